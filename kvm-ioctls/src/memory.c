/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "wrap.h"

#include <cvmm/kvm-ioctls/memory.h>

int cvmm_vm_set_user_memory_region2(
	struct cvmm_vm vm, const struct cvmm_kvm_memory_region2 *region, struct cvmm_error *e)
{
	return vm_write(vm, CVMM_KVM_SET_USER_MEMORY_REGION2, region, e);
}

int cvmm_vm_create_guest_memfd(struct cvmm_vm vm, uint64_t bytes, uint64_t flags, struct cvmm_error *e)
{
	struct cvmm_kvm_guest_memfd arg = { .size = bytes, .flags = flags };

	return vm_ioctl(vm, CVMM_KVM_CREATE_GUEST_MEMFD, (uintptr_t)&arg, e);
}

int cvmm_vm_set_memory_attributes(
	struct cvmm_vm vm, uint64_t gpa, uint64_t bytes, uint64_t attributes, struct cvmm_error *e)
{
	struct cvmm_kvm_memory_attributes arg = { .address = gpa, .size = bytes, .attributes = attributes };

	return vm_write(vm, CVMM_KVM_SET_MEMORY_ATTRIBUTES, &arg, e);
}

int cvmm_vcpu_pre_fault_memory(struct cvmm_vcpu vcpu, uint64_t gpa, uint64_t *size, struct cvmm_error *e)
{
	struct cvmm_kvm_pre_fault arg = { .gpa = gpa, .size = *size };
	uint64_t before;
	int ret;

	do {
		before = arg.size;
		ret = vcpu_ioctl(vcpu, CVMM_KVM_PRE_FAULT_MEMORY, (uintptr_t)&arg, e);
	} while (ret >= 0 && arg.size && arg.size < before);
	if (arg.size <= *size)
		*size = arg.size;
	if (ret >= 0 && arg.size)
		ret = cvmm_fail_id(e, -EAGAIN, CVMM_REASON_SHORT_COUNT, 0, arg.size);
	return ret < 0 ? ret : 0;
}

int cvmm_vm_memory_encrypt_op(struct cvmm_vm vm, void *cmd, struct cvmm_error *e)
{
	return vm_read(vm, CVMM_KVM_MEMORY_ENCRYPT_OP, cmd, e);
}

int cvmm_vcpu_memory_encrypt_op(struct cvmm_vcpu vcpu, void *cmd, struct cvmm_error *e)
{
	return vcpu_read(vcpu, CVMM_KVM_MEMORY_ENCRYPT_OP, cmd, e);
}

int cvmm_vm_register_enc_region(struct cvmm_vm vm, uint64_t addr, uint64_t bytes, struct cvmm_error *e)
{
	struct cvmm_kvm_enc_region arg = { .addr = addr, .size = bytes };

	return vm_write(vm, CVMM_KVM_MEMORY_ENCRYPT_REG_REGION, &arg, e);
}

int cvmm_vm_unregister_enc_region(struct cvmm_vm vm, uint64_t addr, uint64_t bytes, struct cvmm_error *e)
{
	struct cvmm_kvm_enc_region arg = { .addr = addr, .size = bytes };

	return vm_write(vm, CVMM_KVM_MEMORY_ENCRYPT_UNREG_REGION, &arg, e);
}

int cvmm_vm_register_coalesced_mmio(struct cvmm_vm vm, uint64_t addr, uint32_t size, uint32_t pio, struct cvmm_error *e)
{
	struct cvmm_kvm_coalesced_zone arg = { .addr = addr, .size = size, .pio = pio };

	return vm_write(vm, CVMM_KVM_REGISTER_COALESCED_MMIO, &arg, e);
}

int cvmm_vm_unregister_coalesced_mmio(
	struct cvmm_vm vm, uint64_t addr, uint32_t size, uint32_t pio, struct cvmm_error *e)
{
	struct cvmm_kvm_coalesced_zone arg = { .addr = addr, .size = size, .pio = pio };

	return vm_write(vm, CVMM_KVM_UNREGISTER_COALESCED_MMIO, &arg, e);
}

struct coalesced_ring {
	uint32_t first;
	uint32_t last;
	struct cvmm_coalesced entry[];
};

int cvmm_coalesced_next(
	struct cvmm_run *run, size_t bytes, size_t page_bytes, uint32_t page, struct cvmm_coalesced *out)
{
	struct coalesced_ring *ring;
	uint32_t first, last;
	size_t max;

	if (page == 0 || page_bytes < sizeof(*ring) || page >= bytes / page_bytes)
		return -EINVAL;
	max = (page_bytes - sizeof(*ring)) / sizeof(ring->entry[0]);
	ring = (struct coalesced_ring *)(void *)((uint8_t *)run + page * page_bytes);
	first = __atomic_load_n(&ring->first, __ATOMIC_RELAXED);
	last = __atomic_load_n(&ring->last, __ATOMIC_ACQUIRE);
	if (first == last)
		return 0;
	if (first >= max || last >= max)
		return -EIO;
	*out = ring->entry[first];
	__atomic_store_n(&ring->first, (uint32_t)((first + 1) % max), __ATOMIC_RELEASE);
	return 1;
}
