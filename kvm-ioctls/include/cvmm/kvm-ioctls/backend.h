/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: the backend seam
 *
 * Everything above this header talks to "a KVM" through five operations. /dev/kvm is one backend; the simulated KVM,
 * the recorder and the fault injector of kvm-sim are others. Code above the seam cannot tell them apart, so what is
 * tested on one runs unchanged on the other.
 *
 * A VM's handles do not point at the backend that opened /dev/kvm but at the copy of it in a struct cvmm_gate, which
 * also holds the VM's fate: once somebody declares the VM dead, no handle of it, copied ones included, can run a vCPU.
 */
#ifndef CVMM_KVM_IOCTLS_BACKEND_H
#define CVMM_KVM_IOCTLS_BACKEND_H

#include <cvmm/kvm-ioctls/error.h>

CVMM_BEGIN_DECLS

struct cvmm_gate;

/**
 * struct cvmm_backend_ops - what a KVM is made of
 * @size:   sizeof(struct cvmm_backend_ops) as the backend was compiled; operations beyond it are absent
 * @zero:   must be 0
 * @open:   open the system handle (/dev/kvm); returns an fd >= 0 or -errno
 * @close:  close an fd that this backend gave out; returns 0 or -errno
 * @ioctl:  as ioctl(2), but returns a value >= 0 or -errno; @arg is the third argument, pointer or integer
 * @mmap:   map @len bytes of an fd, readable, writable and shared; NULL with *@err = -errno on failure
 * @munmap: undo @mmap; returns 0 or -errno
 *
 * The operations must not touch errno's meaning for the caller and may be called by several threads at once.
 */
struct cvmm_backend_ops {
	uint32_t size;
	uint32_t zero;
	int (*open)(void *ctx);
	int (*close)(void *ctx, int fd);
	int (*ioctl)(void *ctx, int fd, unsigned long req, uintptr_t arg);
	void *(*mmap)(void *ctx, int fd, size_t len, int *err);
	int (*munmap)(void *ctx, void *p, size_t len);
};

/**
 * struct cvmm_backend - one KVM to talk to
 * @ops:  its operations
 * @ctx:  handed to each operation
 * @gate: the gate that this copy lives in, or NULL for a backend outside of one (system handles)
 *
 * The owner of the storage that @ctx points at keeps it alive as long as any handle exists.
 */
struct cvmm_backend {
	const struct cvmm_backend_ops *ops;
	void *ctx;
	struct cvmm_gate *gate;
};

/**
 * struct cvmm_gate - a VM's copy of its backend, and its fate
 * @be:   the backend; all handles of the VM point here
 * @dead: not 0 once the VM was declared dead; never goes back to 0
 * @zero: 0
 * @why:  the error that the VM died of; valid once @dead is set
 *
 * The caller owns the storage, does not move it while handles of the VM exist, and lets cvmm_kvm_create_vm() or
 * cvmm_kvm_adopt_vm() fill it.
 */
struct cvmm_gate {
	struct cvmm_backend be;
	uint32_t dead;
	uint32_t zero;
	struct cvmm_error why;
};

/**
 * cvmm_gate_kill() - declare a VM dead
 * @gate: the VM's gate
 * @why:  what it died of; copied. NULL: no reason recorded
 *
 * The first reason stays; later calls change nothing. From now on cvmm_vcpu_run() through any handle of this VM
 * returns -EOWNERDEAD and the first reason. Ioctls that only look or clean up still work. May be called by any thread:
 * the reason is complete before @dead can be seen set.
 */
CVMM_API void cvmm_gate_kill(struct cvmm_gate *gate, const struct cvmm_error *why);

/**
 * cvmm_gate_check() - has the VM been declared dead?
 * @be: a VM's backend (any of its handles' be)
 * @e:  receives the original reason, or NULL
 *
 * Return: 0 while the VM lives or @be has no gate; -EOWNERDEAD with the first reason in @e otherwise (@e->err is
 * -EOWNERDEAD; reason, id, vCPU and so on are those of the death).
 */
CVMM_API CVMM_MUST_CHECK int cvmm_gate_check(const struct cvmm_backend *be, struct cvmm_error *e);

/**
 * cvmm_backend_dev() - the backend that talks to /dev/kvm
 *
 * Return: a constant backend, never NULL. Whether /dev/kvm exists shows when it is opened. It belongs to the
 * architecture that the library was compiled for.
 */
CVMM_API const struct cvmm_backend *cvmm_backend_dev(void);

/**
 * cvmm_backend_dev_ioctl() - the ioctl operation of cvmm_backend_dev()
 * @ctx: not looked at
 * @fd:  a KVM fd
 * @req: the request number
 * @arg: its argument
 *
 * A symbol of its own, so that code which is compiled into the caller (hot.h) can tell that a backend's ioctl is
 * ioctl(2), and so that a backend which watches another part of /dev/kvm can use it as it is. Return: >= 0 or -errno.
 */
CVMM_API int cvmm_backend_dev_ioctl(void *ctx, int fd, unsigned long req, uintptr_t arg);

/**
 * cvmm_ioctl() - any ioctl
 * @be:  the handle's backend
 * @fd:  the handle's fd
 * @req: the request number
 * @arg: its argument
 * @e:   on failure receives err, reason CVMM_REASON_IOCTL and req; or NULL
 *
 * For requests that have no function of their own, such as those of a newer kernel. The same thing compiled into the
 * caller is cvmm_ioctl_hot() of hot.h, through which every wrapper of this library goes. Return: what the ioctl
 * returned (>= 0), or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_ioctl(
	const struct cvmm_backend *be, int fd, unsigned long req, uintptr_t arg, struct cvmm_error *e);

CVMM_END_DECLS

#endif
