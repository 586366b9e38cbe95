/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: the hot calls, inline
 *
 * A VMM makes KVM_RUN and ONE_REG calls by the million. The functions here do exactly what their namesakes in vcpu.h do,
 * gate, size check and error included, but are compiled into the caller and, with the /dev/kvm backend, end in ioctl(2)
 * at once: no return but libc's own stands between the system call and the caller. Right after a system call processors
 * mispredict returns, and that is nearly all that a real function costs more. Every other backend is asked through its
 * operations.
 *
 * Only for C and C++ callers; from other languages call the real functions, which are made of these.
 *
 * errno is as ioctl(2) leaves it and of no interest: return values say all. Nothing here keeps state; threads may use copies
 * of one handle at the same time, as far as KVM lets them (two KVM_RUN of one vCPU wait for each other). Beside an ioctl()
 * of one's own the cost is a comparison and what the size or gate check takes: less than a nanosecond where it was
 * measured (bench/ioctl-overhead).
 *
 * The loop of a vCPU thread, with cvmm_run_exit() of exit.h:
 *
 *   while ((ret = cvmm_vcpu_run_hot(vcpu, &e)) == 0)
 *           if (cvmm_run_exit(run, bytes, &exit, &e) < 0 || emulate(&exit) < 0)
 *                   break;
 */
#ifndef CVMM_KVM_IOCTLS_HOT_H
#define CVMM_KVM_IOCTLS_HOT_H

#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/handle.h>
#include <cvmm/kvm-ioctls/reg-id.h>

#include <errno.h>
#include <sys/ioctl.h>

CVMM_BEGIN_DECLS

/**
 * cvmm_sys_ioctl() - ioctl(2) without errno
 * @fd:  the fd
 * @req: the request number
 * @arg: its argument: an integer, or the address of what the request takes or gives
 *
 * Through libc's function, so that what is preloaded before libc sees the call. Return: what it returned, or -errno.
 */
static inline int cvmm_sys_ioctl(int fd, unsigned long req, uintptr_t arg)
{
#ifdef __GLIBC__
	int ret = ioctl(fd, req, arg);
#else
	/* POSIX would have the request be an int; the kernel looks at 32 bits on every architecture. */
	int ret = ioctl(fd, (int)req, arg);
#endif

	return __builtin_expect(ret < 0, 0) ? -errno : ret;
}

/**
 * cvmm_ioctl_hot() - any ioctl, inline: the one choke point of every ioctl
 * @be:  the handle's backend
 * @fd:  the handle's fd
 * @req: the request number
 * @arg: its argument
 * @e:   receives the error, or NULL
 *
 * As cvmm_ioctl(). A look at this one place shows what is asked of KVM.
 *
 * Return: what the ioctl returned (>= 0), or -errno, with CVMM_REASON_IOCTL and e->req @req:
 * -EBADF a closed handle;
 * -ENOTTY or -EINVAL a request that this fd or kernel does not know;
 * -EINTR only of requests that wait, KVM_RUN above all.
 */
static inline int cvmm_ioctl_hot(
	const struct cvmm_backend *be, int fd, unsigned long req, uintptr_t arg, struct cvmm_error *e)
{
	int ret;

	if (__builtin_expect(be->ops->ioctl == cvmm_backend_dev_ioctl, 1))
		ret = cvmm_sys_ioctl(fd, req, arg);
	else
		ret = be->ops->ioctl(be->ctx, fd, req, arg);
	if (__builtin_expect(ret >= 0, 1))
		return ret;
	(void)cvmm_fail(e, ret, CVMM_REASON_IOCTL);
	if (e)
		e->req = req;
	return ret;
}

/**
 * cvmm_vcpu_ioctl_hot() - any vCPU ioctl, inline
 * @vcpu: the vCPU
 * @req:  the request number, CVMM_KVM_GET_REGS or the like
 * @arg:  its argument
 * @e:    receives the error, or NULL; vcpu is the vCPU's id
 *
 * For the blocks of state of x86.h and arm64.h that an emulator reads at every exit; @arg is then the address of the
 * struct, which stays the caller's, and is not written to if the call fails before KVM has all of it. Not for KVM_RUN,
 * which has to ask the gate first. Return: what the ioctl returned (>= 0), 0 for every block of state; or -errno.
 */
static inline int cvmm_vcpu_ioctl_hot(struct cvmm_vcpu vcpu, unsigned long req, uintptr_t arg, struct cvmm_error *e)
{
	int ret = cvmm_ioctl_hot(vcpu.be, vcpu.fd, req, arg, e);

	if (__builtin_expect(ret < 0, 0) && e)
		e->vcpu = vcpu.id;
	return ret;
}

/**
 * cvmm_vcpu_run_hot() - let the guest run until it exits, inline
 * @vcpu: the vCPU
 * @e:    receives the error, or NULL
 *
 * As cvmm_vcpu_run(): KVM_RUN, unless the VM was declared dead. The exit is in the shared area; see exit.h. Return: 0;
 * -EOWNERDEAD with the reason of the death; -EINTR a signal, or immediate_exit was set; -EFAULT or -EHWPOISON guest
 * memory that cannot be used (the area says which, 6.8); -ENOEXEC arm64: not initialised or not finalised; other -errno.
 */
static inline int cvmm_vcpu_run_hot(struct cvmm_vcpu vcpu, struct cvmm_error *e)
{
	const struct cvmm_gate *gate = vcpu.be->gate;

	if (gate && __builtin_expect(__atomic_load_n(&gate->dead, __ATOMIC_ACQUIRE) != 0, 0))
		return cvmm_gate_check(vcpu.be, e);
	return cvmm_vcpu_ioctl_hot(vcpu, CVMM_KVM_RUN, 0, e);
}

/**
 * cvmm_vcpu_one_reg_hot() - read or write a register, inline
 * @vcpu: the vCPU
 * @req:  CVMM_KVM_GET_ONE_REG or CVMM_KVM_SET_ONE_REG
 * @id:   the register's id
 * @v:    the value, or where it goes
 * @size: bytes at @v; must be the size that @id says
 * @e:    receives the error, or NULL; id is @id
 *
 * As cvmm_vcpu_get_one_reg() and cvmm_vcpu_set_one_reg(); the value is in the host's byte order. Return: 0; -EINVAL with
 * CVMM_REASON_REG_SIZE and e->other @size, without an ioctl, if @size is another one; -ENOENT the host does not have the
 * register; -EINVAL it refuses the value; -EBUSY or -EPERM it cannot be written any more, or here; other -errno.
 */
static inline int cvmm_vcpu_one_reg_hot(
	struct cvmm_vcpu vcpu, unsigned long req, uint64_t id, void *v, uint32_t size, struct cvmm_error *e)
{
	struct cvmm_kvm_one_reg arg = { id, (uintptr_t)v };
	int ret = -EINVAL;

	if (__builtin_expect(size == cvmm_reg_bytes(id), 1)) {
		ret = cvmm_vcpu_ioctl_hot(vcpu, req, (uintptr_t)&arg, e);
		if (__builtin_expect(ret >= 0, 1))
			return ret;
	} else {
		ret = cvmm_fail_id(e, -EINVAL, CVMM_REASON_REG_SIZE, id, size);
	}
	if (e) {
		e->vcpu = vcpu.id;
		e->id = id;
	}
	return ret;
}

/**
 * cvmm_vcpu_one_reg_op() - read or write a register through the backend's operation, inline
 * @vcpu: the vCPU
 * @req:  CVMM_KVM_GET_ONE_REG or CVMM_KVM_SET_ONE_REG
 * @id:   the register's id
 * @v:    the value, or where it goes: as many bytes as @id says
 * @e:    receives the error; id is @id
 *
 * For libraries that make no system call themselves and move many registers whose sizes they have checked: as
 * cvmm_vcpu_one_reg_hot(), with the function of the backend in between for /dev/kvm too. Return: 0; -errno.
 */
static inline int cvmm_vcpu_one_reg_op(
	struct cvmm_vcpu vcpu, unsigned long req, uint64_t id, const void *v, struct cvmm_error *e)
{
	struct cvmm_kvm_one_reg arg = { id, (uintptr_t)v };
	int ret = vcpu.be->ops->ioctl(vcpu.be->ctx, vcpu.fd, req, (uintptr_t)&arg);

	if (__builtin_expect(ret >= 0, 1))
		return 0;
	(void)cvmm_fail_id(e, ret, CVMM_REASON_IOCTL, id, 0);
	if (e) {
		e->req = req;
		e->vcpu = vcpu.id;
	}
	return ret;
}

CVMM_END_DECLS

#endif
