/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: the VM scope
 */
#ifndef CVMM_KVM_IOCTLS_VM_H
#define CVMM_KVM_IOCTLS_VM_H

#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/arm64.h>
#include <cvmm/kvm-ioctls/handle.h>

CVMM_BEGIN_DECLS

/**
 * cvmm_vm_close() - close a VM handle
 * @vm: the handle; its fd becomes -1. An adopted or already closed one is left alone
 *
 * KVM frees the VM when its last vCPU and device fd is closed too. Return: 0 or -errno of close.
 */
CVMM_API int cvmm_vm_close(struct cvmm_vm *vm);

/**
 * cvmm_vm_check_extension() - ask for a capability on the VM fd
 * @vm:  the VM
 * @cap: capability number
 * @e:   receives the error, or NULL
 *
 * KVM_CHECK_EXTENSION (on VM fds since 3.13, KVM_CAP_CHECK_EXTENSION_VM). Return: the value, 0 if it is not offered, or
 * -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_check_extension(struct cvmm_vm vm, uint32_t cap, struct cvmm_error *e);

/**
 * cvmm_vm_enable_cap() - switch a capability on
 * @vm:   the VM
 * @cap:  capability number
 * @args: four arguments, or NULL for zeroes
 * @e:    receives the error, or NULL
 *
 * KVM_ENABLE_CAP; flags are 0. Most cannot be undone and none can be read back: vm-regs remembers them. Return: 0, or
 * -errno: -EINVAL unknown, not offered, or too late (arm64: KVM_CAP_ARM_MTE and WRITABLE_IMP_ID_REGS before the first
 * vCPU).
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_enable_cap(
	struct cvmm_vm vm, uint32_t cap, const uint64_t args[4], struct cvmm_error *e);

/**
 * cvmm_vm_create_vcpu() - make a vCPU
 * @vm:  the VM
 * @id:  vCPU id
 * @out: receives the handle; close it with cvmm_vcpu_close()
 * @e:   receives the error, or NULL; vcpu is @id
 *
 * KVM_CREATE_VCPU. On arm64 it resets the VM's virtual counter, so counters are restored after the last one. Return: 0,
 * or -errno: -EEXIST the id is taken, -EINVAL id or number too high, -EBUSY the interrupt controller is initialised.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_create_vcpu(
	struct cvmm_vm vm, uint32_t id, struct cvmm_vcpu *out, struct cvmm_error *e);

/**
 * cvmm_vm_adopt_vcpu() - a handle for a vCPU fd that the embedding VMM owns
 * @vm:  the VM that the vCPU belongs to
 * @fd:  the vCPU fd; do not give the handle to cvmm_vcpu_close()
 * @id:  its vCPU id
 * @out: receives the handle
 * @e:   receives the error, or NULL
 *
 * No ioctl. Return: 0, or -EBADF for a negative @fd.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_adopt_vcpu(
	struct cvmm_vm vm, int fd, uint32_t id, struct cvmm_vcpu *out, struct cvmm_error *e);

/**
 * cvmm_vm_create_device() - make a device inside KVM
 * @vm:   the VM
 * @type: KVM_DEV_TYPE_...
 * @out:  receives the handle; close it with cvmm_device_close()
 * @e:    receives the error, or NULL
 *
 * KVM_CREATE_DEVICE; flags are 0. Return: 0, or -errno: -ENODEV the type is not offered, -EEXIST there is one already,
 * -EBUSY a vCPU has run.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_create_device(
	struct cvmm_vm vm, uint32_t type, struct cvmm_device *out, struct cvmm_error *e);

/**
 * cvmm_vm_test_device() - could a device of this type be made?
 * @vm:   the VM
 * @type: KVM_DEV_TYPE_...
 * @e:    receives the error, or NULL
 *
 * KVM_CREATE_DEVICE, only asking. 0, or Return: 0, or -errno: -ENODEV.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_test_device(struct cvmm_vm vm, uint32_t type, struct cvmm_error *e);

/**
 * cvmm_vm_copy_mte_tags() - copy memory tags to or from a guest (arm64)
 * @vm:   the VM
 * @tags: guest range, address and direction
 * @e:    receives the error, or NULL
 *
 * KVM_ARM_MTE_COPY_TAGS (5.15, KVM_CAP_ARM_MTE enabled). Stops at the first page that is not there. Return: bytes of
 * guest memory done, less than length if it stopped; -EINVAL not enabled or unaligned, -EFAULT nothing done.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_copy_mte_tags(
	struct cvmm_vm vm, const struct cvmm_arm64_mte_tags *tags, struct cvmm_error *e);

/**
 * cvmm_vm_set_arm64_device_addr() - where a device in KVM lies (arm64)
 * @vm:   the VM
 * @id:   device in bits 31:16 (0: GICv2), address type in bits 15:0 (0 distributor, 1 CPU interface)
 * @addr: guest address
 * @e:    receives the error, or NULL
 *
 * KVM_ARM_SET_DEVICE_ADDR; the device attributes of CVMM_DEV_ARM_VGIC_V2 and _V3 are the newer way. Return: 0, or
 * -errno: -ENODEV, -ENXIO no such device, -EEXIST set before, -E2BIG beyond the guest's addresses.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_set_arm64_device_addr(
	struct cvmm_vm vm, uint64_t id, uint64_t addr, struct cvmm_error *e);

/**
 * cvmm_vm_set_user_memory_region() - add, change or remove a memory slot
 * @vm:     the VM
 * @region: slot, flags, guest address, size (0 removes the slot), host address
 * @e:      receives the error, or NULL
 *
 * KVM_SET_USER_MEMORY_REGION. The host memory stays the caller's. Return: 0, or -errno: -EINVAL unaligned or wrapping,
 * -EEXIST overlap, -EFAULT.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_set_user_memory_region(
	struct cvmm_vm vm, const struct cvmm_kvm_memory_region *region, struct cvmm_error *e);

/**
 * cvmm_vm_set_counter_offset() - set the offset of both guest counters (arm64)
 * @vm:     the VM
 * @offset: subtracted from the physical counter
 * @e:      receives the error, or NULL
 *
 * KVM_ARM_SET_COUNTER_OFFSET (6.4, KVM_CAP_COUNTER_OFFSET). From then on writes to the counters through ONE_REG return
 * 0 and are ignored. Return: 0, or -errno: -EINVAL not offered, -EBUSY a vCPU is inside an ioctl.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_set_counter_offset(struct cvmm_vm vm, uint64_t offset, struct cvmm_error *e);

/**
 * cvmm_vm_get_reg_writable_masks() - which bits of the ID registers can be written (arm64)
 * @vm:    the VM
 * @masks: receives CVMM_ARM64_MASKS words; index (op1' << 6) | (CRm << 3) | op2 with op1 0, 1, 3 as 0, 1, 2
 * @e:     receives the error, or NULL
 *
 * KVM_ARM_GET_REG_WRITABLE_MASKS (6.7). A field inside a mask may still refuse every other value. Return: 0, or
 * -errno: -EINVAL on older kernels.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_get_reg_writable_masks(
	struct cvmm_vm vm, uint64_t masks[CVMM_ARM64_MASKS], struct cvmm_error *e);

/**
 * cvmm_vm_preferred_target() - what KVM_ARM_VCPU_INIT wants to be given (arm64)
 * @vm:   the VM
 * @init: receives the target; features are zeroes
 * @e:    receives the error, or NULL
 *
 * KVM_ARM_PREFERRED_TARGET. Return: 0, or -errno: -ENODEV.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_preferred_target(
	struct cvmm_vm vm, struct cvmm_arm64_vcpu_init *init, struct cvmm_error *e);

#ifndef __cplusplus
/* A pointer to a handle of another scope does not compile; see CVMM_EXACT(). */
#define cvmm_vm_close(vm)		       cvmm_vm_close(CVMM_EXACT(struct cvmm_vm *, vm))
#define cvmm_vm_create_vcpu(vm, id, out, e)    cvmm_vm_create_vcpu(vm, id, CVMM_EXACT(struct cvmm_vcpu *, out), e)
#define cvmm_vm_adopt_vcpu(vm, fd, id, out, e) cvmm_vm_adopt_vcpu(vm, fd, id, CVMM_EXACT(struct cvmm_vcpu *, out), e)
#define cvmm_vm_create_device(vm, type, out, e) \
	cvmm_vm_create_device(vm, type, CVMM_EXACT(struct cvmm_device *, out), e)
#endif

CVMM_END_DECLS

#endif
