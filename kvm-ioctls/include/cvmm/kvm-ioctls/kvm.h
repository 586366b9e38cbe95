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
 * cvmm_kvm_adopt() - a system handle for an fd that the embedding VMM opened
 * @be:  the backend that the fd belongs to
 * @fd:  an open /dev/kvm, however it was named or passed; do not give the handle to cvmm_kvm_close()
 * @out: receives the handle
 * @e:   receives the error, or NULL
 *
 * Asks for the API version. Return: as cvmm_kvm_open(); -EBADF for a negative @fd. The fd is never closed here.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_kvm_adopt(
	const struct cvmm_backend *be, int fd, struct cvmm_kvm *out, struct cvmm_error *e);

/**
 * cvmm_kvm_get_nr_vcpus() - vCPUs that KVM recommends per VM
 * @kvm: the system handle
 * @e:   receives the error, or NULL
 *
 * KVM_CAP_NR_VCPUS. Return: their number, 4 if KVM has no opinion, or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_kvm_get_nr_vcpus(struct cvmm_kvm kvm, struct cvmm_error *e);

/**
 * cvmm_kvm_get_max_vcpus() - vCPUs that are possible
 * @kvm: the system handle
 * @e:   receives the error, or NULL
 *
 * KVM_CAP_MAX_VCPUS. Return: their number; where KVM does not say, that of cvmm_kvm_get_nr_vcpus(); or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_kvm_get_max_vcpus(struct cvmm_kvm kvm, struct cvmm_error *e);

/**
 * cvmm_kvm_get_max_vcpu_id() - one more than the highest vCPU id
 * @kvm: the system handle
 * @e:   receives the error, or NULL
 *
 * KVM_CAP_MAX_VCPU_ID (4.8). Ids may be sparse, so it can be more than the number of vCPUs. Return: it; where KVM
 * does not say, that of cvmm_kvm_get_max_vcpus(); or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_kvm_get_max_vcpu_id(struct cvmm_kvm kvm, struct cvmm_error *e);

/**
 * cvmm_kvm_get_nr_memslots() - memory slots per VM
 * @kvm: the system handle
 * @e:   receives the error, or NULL
 *
 * KVM_CAP_NR_MEMSLOTS. Return: their number, 32 where KVM does not say, or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_kvm_get_nr_memslots(struct cvmm_kvm kvm, struct cvmm_error *e);

/**
 * cvmm_kvm_get_ipa_bits() - bits of the largest guest address (arm64, KVM_CAP_ARM_VM_IPA_SIZE)
 * @kvm: the system handle
 * @e:   receives the error, or NULL
 *
 * KVM_CAP_ARM_VM_IPA_SIZE (4.20). Return: bits, 40 where KVM does not say, or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_kvm_get_ipa_bits(struct cvmm_kvm kvm, struct cvmm_error *e);

/**
 * cvmm_kvm_has_attr() - has the system fd such an attribute?
 * @kvm:   the system handle
 * @group: attribute group
 * @attr:  attribute
 * @e:     receives the error, or NULL
 *
 * KVM_HAS_DEVICE_ATTR (here 5.17, KVM_CAP_SYS_ATTRIBUTES; x86). Return: 0, or -errno: -ENXIO it has not; -EINVAL or
 * -ENOTTY before 5.17.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_kvm_has_attr(
	struct cvmm_kvm kvm, uint32_t group, uint64_t attr, struct cvmm_error *e);

/**
 * cvmm_kvm_get_attr() - read an attribute of the system fd
 * @kvm:   the system handle
 * @group: attribute group
 * @attr:  attribute; x86 group 0 attribute 0: the state components that guests may use, 64 bits
 * @v:     receives the value; its size belongs to the attribute
 * @e:     receives the error, or NULL; id is the attribute, other the group
 *
 * KVM_GET_DEVICE_ATTR (here 5.17). Return: 0; -ENXIO unknown; -ENOTTY or -EINVAL before.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_kvm_get_attr(
	struct cvmm_kvm kvm, uint32_t group, uint64_t attr, void *v, struct cvmm_error *e);

/**
 * cvmm_kvm_create_vm() - make a VM
 * @kvm:  the system handle
 * @type: machine type; arm64: bits 7:0 the IPA size in bits (0 for 40), bit 31 protected (7.x); x86_64: 0, or one of
 *        CVMM_CAP_VM_TYPES' bits by its number: 1 software-protected, 2 to 4 SEV, SEV-ES, SEV-SNP, 5 TDX; riscv64: 0
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
#define cvmm_kvm_open(be, out, e)      cvmm_kvm_open(be, CVMM_EXACT(struct cvmm_kvm *, out), e)
#define cvmm_kvm_adopt(be, fd, out, e) cvmm_kvm_adopt(be, fd, CVMM_EXACT(struct cvmm_kvm *, out), e)
#define cvmm_kvm_close(kvm)	       cvmm_kvm_close(CVMM_EXACT(struct cvmm_kvm *, kvm))
#define cvmm_kvm_create_vm(kvm, type, gate, out, e) \
	cvmm_kvm_create_vm(kvm, type, gate, CVMM_EXACT(struct cvmm_vm *, out), e)
#define cvmm_kvm_adopt_vm(kvm, fd, gate, out, e) cvmm_kvm_adopt_vm(kvm, fd, gate, CVMM_EXACT(struct cvmm_vm *, out), e)
#endif

CVMM_END_DECLS

#endif
