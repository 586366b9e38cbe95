/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: four handles, one per scope
 *
 * KVM has four kinds of file descriptor, and the kernel does not reliably tell a wrong one from a bad argument (a VM
 * ioctl on a vCPU fd answers EINVAL). Here each kind is a struct of its own, passed by value: the wrong scope does not
 * compile, with gcc and with clang, and costs nothing at run time (16 bytes, two registers).
 *
 * A handle is made by its parent's function or adopted from an fd that the embedding VMM owns; adopted fds are never
 * closed by this library. Copies of a handle are equal to it. Handles hold no state of their own.
 */
#ifndef CVMM_KVM_IOCTLS_HANDLE_H
#define CVMM_KVM_IOCTLS_HANDLE_H

#include <cvmm/kvm-ioctls/backend.h>

/**
 * struct cvmm_kvm - the system handle (/dev/kvm)
 * @be:   the backend it was opened with
 * @fd:   the file descriptor
 * @zero: 0
 */
struct cvmm_kvm {
	const struct cvmm_backend *be;
	int32_t fd;
	uint32_t zero;
};

/**
 * struct cvmm_vm - a VM
 * @be:      the gate's copy of the backend
 * @fd:      the file descriptor
 * @adopted: 1 if the fd belongs to the embedding VMM and is not ours to close
 */
struct cvmm_vm {
	const struct cvmm_backend *be;
	int32_t fd;
	uint32_t adopted;
};

/**
 * struct cvmm_vcpu - a vCPU
 * @be: the gate's copy of the backend
 * @fd: the file descriptor
 * @id: the vCPU id that KVM_CREATE_VCPU was given; errors name it
 */
struct cvmm_vcpu {
	const struct cvmm_backend *be;
	int32_t fd;
	uint32_t id;
};

/**
 * struct cvmm_device - a device inside KVM (an interrupt controller, ...)
 * @be:   the gate's copy of the backend
 * @fd:   the file descriptor
 * @type: the KVM_DEV_TYPE_... it was made with
 */
struct cvmm_device {
	const struct cvmm_backend *be;
	int32_t fd;
	uint32_t type;
};

#endif
