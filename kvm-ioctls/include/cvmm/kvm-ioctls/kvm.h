/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: the system scope: /dev/kvm itself
 */
#ifndef CVMM_KVM_IOCTLS_KVM_H
#define CVMM_KVM_IOCTLS_KVM_H

#include <cvmm/kvm-ioctls/handle.h>

CVMM_BEGIN_DECLS

/**
 * cvmm_kvm_open() - open a KVM
 * @be:  the backend: cvmm_backend_dev(), a simulated KVM, ...; outlives the handle
 * @out: receives the handle; close it with cvmm_kvm_close()
 * @e:   receives the error, or NULL
 *
 * Opens the system fd and asks for the API version (KVM_GET_API_VERSION). Return: 0; -EINVAL with
 * CVMM_REASON_API_VERSION if it is not 12; -EINVAL with CVMM_REASON_BACKEND for a backend without the needed
 * operations; or what opening failed with (-ENOENT: there is no /dev/kvm, -EACCES, -EMFILE, ...).
 */
CVMM_API CVMM_MUST_CHECK int cvmm_kvm_open(const struct cvmm_backend *be, struct cvmm_kvm *out, struct cvmm_error *e);

/**
 * cvmm_kvm_close() - close a system handle
 * @kvm: the handle; its fd becomes -1. A handle that is already closed is left alone
 *
 * VMs made from it stay usable. Return: 0 or -errno of close.
 */
CVMM_API int cvmm_kvm_close(struct cvmm_kvm *kvm);

/**
 * cvmm_kvm_check_extension() - ask for a capability on the system fd
 * @kvm: the system handle
 * @cap: capability number
 * @e:   receives the error, or NULL
 *
 * KVM_CHECK_EXTENSION. Return: the capability's value, 0 if it is not offered, or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_kvm_check_extension(struct cvmm_kvm kvm, uint32_t cap, struct cvmm_error *e);

/**
 * cvmm_kvm_get_vcpu_mmap_size() - bytes that a vCPU's shared kvm_run area takes
 * @kvm: the system handle
 * @e:   receives the error, or NULL
 *
 * KVM_GET_VCPU_MMAP_SIZE. Return: the size in bytes (> 0), or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_kvm_get_vcpu_mmap_size(struct cvmm_kvm kvm, struct cvmm_error *e);

/**
 * cvmm_kvm_create_vm() - make a VM
 * @kvm:  the system handle
 * @type: machine type; arm64: bits 7:0 the IPA size in bits (0 for 40); x86_64 and riscv64: 0
 * @gate: storage for the VM's gate; stays where it is as long as handles of the VM exist
 * @out:  receives the VM's handle; close it with cvmm_vm_close()
 * @e:    receives the error, or NULL
 *
 * KVM_CREATE_VM. Return: 0, or -errno: -EINVAL for a type that the host does not offer, -ENOMEM, -EMFILE.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_kvm_create_vm(
	struct cvmm_kvm kvm, uint64_t type, struct cvmm_gate *gate, struct cvmm_vm *out, struct cvmm_error *e);

/**
 * cvmm_kvm_adopt_vm() - a handle for a VM fd that the embedding VMM owns
 * @kvm:  the system handle whose backend the fd belongs to
 * @fd:   the VM fd; never closed by this library
 * @gate: storage for the VM's gate, as in cvmm_kvm_create_vm()
 * @out:  receives the handle
 * @e:    receives the error, or NULL
 *
 * No ioctl. Return: 0, or -EBADF for a negative @fd.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_kvm_adopt_vm(
	struct cvmm_kvm kvm, int fd, struct cvmm_gate *gate, struct cvmm_vm *out, struct cvmm_error *e);

#ifndef __cplusplus
/* A pointer to a handle of another scope does not compile; see CVMM_EXACT(). */
#define cvmm_kvm_open(be, out, e) cvmm_kvm_open(be, CVMM_EXACT(struct cvmm_kvm *, out), e)
#define cvmm_kvm_close(kvm)	  cvmm_kvm_close(CVMM_EXACT(struct cvmm_kvm *, kvm))
#define cvmm_kvm_create_vm(kvm, type, gate, out, e) \
	cvmm_kvm_create_vm(kvm, type, gate, CVMM_EXACT(struct cvmm_vm *, out), e)
#define cvmm_kvm_adopt_vm(kvm, fd, gate, out, e) cvmm_kvm_adopt_vm(kvm, fd, gate, CVMM_EXACT(struct cvmm_vm *, out), e)
#endif

CVMM_END_DECLS

#endif
