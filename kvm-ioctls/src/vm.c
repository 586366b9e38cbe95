/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "wrap.h"

#include <cvmm/kvm-ioctls/vm.h>

#include <string.h>

/* The functions themselves, not the macros that check their callers. */
#undef cvmm_vm_close
#undef cvmm_vm_create_vcpu
#undef cvmm_vm_adopt_vcpu
#undef cvmm_vm_create_device

int cvmm_vm_close(struct cvmm_vm *vm)
{
	int fd = vm->adopted ? -1 : vm->fd;

	vm->fd = -1;
	return fd < 0 ? 0 : vm->be->ops->close(vm->be->ctx, fd);
}

int cvmm_vm_check_extension(struct cvmm_vm vm, uint32_t cap, struct cvmm_error *e)
{
	return vm_ioctl(vm, CVMM_KVM_CHECK_EXTENSION, cap, e);
}

int cvmm_vm_enable_cap(struct cvmm_vm vm, uint32_t cap, const uint64_t args[4], struct cvmm_error *e)
{
	struct cvmm_kvm_enable_cap arg = { .cap = cap };

	if (args)
		memcpy(arg.args, args, sizeof(arg.args));
	return vm_ioctl(vm, CVMM_KVM_ENABLE_CAP, (uintptr_t)&arg, e);
}

int cvmm_vm_create_vcpu(struct cvmm_vm vm, uint32_t id, struct cvmm_vcpu *out, struct cvmm_error *e)
{
	int fd = vm_ioctl(vm, CVMM_KVM_CREATE_VCPU, id, e);

	if (fd < 0) {
		if (e)
			e->vcpu = id;
		return fd;
	}
	*out = (struct cvmm_vcpu){ .be = vm.be, .fd = fd, .id = id };
	return 0;
}

int cvmm_vm_adopt_vcpu(struct cvmm_vm vm, int fd, uint32_t id, struct cvmm_vcpu *out, struct cvmm_error *e)
{
	if (fd < 0)
		return cvmm_fail(e, -EBADF, CVMM_REASON_ARGUMENT);
	*out = (struct cvmm_vcpu){ .be = vm.be, .fd = fd, .id = id };
	return 0;
}

int cvmm_vm_create_device(struct cvmm_vm vm, uint32_t type, struct cvmm_device *out, struct cvmm_error *e)
{
	struct cvmm_kvm_create_device arg = { .type = type };
	int ret = vm_ioctl(vm, CVMM_KVM_CREATE_DEVICE, (uintptr_t)&arg, e);

	if (ret < 0)
		return ret;
	*out = (struct cvmm_device){ .be = vm.be, .fd = (int32_t)arg.fd, .type = type };
	return 0;
}

int cvmm_vm_test_device(struct cvmm_vm vm, uint32_t type, struct cvmm_error *e)
{
	struct cvmm_kvm_create_device arg = { .type = type, .flags = CVMM_CREATE_DEVICE_TEST };

	return vm_ioctl(vm, CVMM_KVM_CREATE_DEVICE, (uintptr_t)&arg, e);
}

int cvmm_vm_copy_mte_tags(struct cvmm_vm vm, const struct cvmm_arm64_mte_tags *tags, struct cvmm_error *e)
{
	return vm_ioctl(vm, CVMM_KVM_ARM_MTE_COPY_TAGS, (uintptr_t)tags, e);
}

int cvmm_vm_set_arm64_device_addr(struct cvmm_vm vm, uint64_t id, uint64_t addr, struct cvmm_error *e)
{
	struct cvmm_arm64_device_addr arg = { .id = id, .addr = addr };

	return vm_ioctl(vm, CVMM_KVM_ARM_SET_DEVICE_ADDR, (uintptr_t)&arg, e);
}

int cvmm_vm_set_user_memory_region(struct cvmm_vm vm, const struct cvmm_kvm_memory_region *region, struct cvmm_error *e)
{
	return vm_ioctl(vm, CVMM_KVM_SET_USER_MEMORY_REGION, (uintptr_t)region, e);
}

int cvmm_vm_set_counter_offset(struct cvmm_vm vm, uint64_t offset, struct cvmm_error *e)
{
	struct cvmm_arm64_counter_offset arg = { .counter_offset = offset };

	return vm_ioctl(vm, CVMM_KVM_ARM_SET_COUNTER_OFFSET, (uintptr_t)&arg, e);
}

int cvmm_vm_get_reg_writable_masks(struct cvmm_vm vm, uint64_t masks[CVMM_ARM64_MASKS], struct cvmm_error *e)
{
	uint64_t got[CVMM_ARM64_MASKS] = { 0 };
	struct cvmm_arm64_reg_mask_range arg = { .addr = (uintptr_t)got };
	int ret = vm_ioctl(vm, CVMM_KVM_ARM_GET_REG_WRITABLE_MASKS, (uintptr_t)&arg, e);

	if (ret < 0)
		return ret;
	memcpy(masks, got, sizeof(got));
	return 0;
}

int cvmm_vm_preferred_target(struct cvmm_vm vm, struct cvmm_arm64_vcpu_init *init, struct cvmm_error *e)
{
	struct cvmm_arm64_vcpu_init got = { 0 };
	int ret = vm_ioctl(vm, CVMM_KVM_ARM_PREFERRED_TARGET, (uintptr_t)&got, e);

	if (ret < 0)
		return ret;
	*init = got;
	return 0;
}
