/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "wrap.h"

#include <cvmm/kvm-ioctls/x86-kvm.h>
#include <cvmm/kvm-ioctls/x86-vm.h>

int cvmm_kvm_get_mce_cap_supported(struct cvmm_kvm kvm, uint64_t *mcg_cap, struct cvmm_error *e)
{
	int ret = kvm_ioctl(kvm, CVMM_KVM_X86_GET_MCE_CAP_SUPPORTED, (uintptr_t)mcg_cap, e);

	return ret < 0 ? ret : 0;
}

int cvmm_vm_set_tss_addr(struct cvmm_vm vm, uint32_t gpa, struct cvmm_error *e)
{
	return vm_ioctl(vm, CVMM_KVM_SET_TSS_ADDR, gpa, e);
}

int cvmm_vm_set_identity_map_addr(struct cvmm_vm vm, uint64_t gpa, struct cvmm_error *e)
{
	return vm_write(vm, CVMM_KVM_SET_IDENTITY_MAP_ADDR, &gpa, e);
}

int cvmm_vm_set_nr_mmu_pages(struct cvmm_vm vm, uint32_t pages, struct cvmm_error *e)
{
	return vm_ioctl(vm, CVMM_KVM_SET_NR_MMU_PAGES, pages, e);
}

int cvmm_vm_get_nr_mmu_pages(struct cvmm_vm vm, struct cvmm_error *e)
{
	return vm_ioctl(vm, CVMM_KVM_GET_NR_MMU_PAGES, 0, e);
}

int cvmm_vm_set_boot_cpu_id(struct cvmm_vm vm, uint32_t id, struct cvmm_error *e)
{
	return vm_ioctl(vm, CVMM_KVM_SET_BOOT_CPU_ID, id, e);
}

int cvmm_vm_get_irqchip(struct cvmm_vm vm, struct cvmm_x86_irqchip *chip, struct cvmm_error *e)
{
	return vm_read(vm, CVMM_KVM_GET_IRQCHIP, chip, e);
}

int cvmm_vm_set_irqchip(struct cvmm_vm vm, const struct cvmm_x86_irqchip *chip, struct cvmm_error *e)
{
	return vm_write(vm, CVMM_KVM_SET_IRQCHIP, chip, e);
}

int cvmm_vm_create_pit2(struct cvmm_vm vm, uint32_t flags, struct cvmm_error *e)
{
	struct cvmm_x86_pit_config arg = { .flags = flags };

	return vm_write(vm, CVMM_KVM_CREATE_PIT2, &arg, e);
}

int cvmm_vm_create_pit(struct cvmm_vm vm, struct cvmm_error *e)
{
	return vm_ioctl(vm, CVMM_KVM_CREATE_PIT, 0, e);
}

int cvmm_vm_get_pit2(struct cvmm_vm vm, struct cvmm_x86_pit *pit, struct cvmm_error *e)
{
	return vm_read(vm, CVMM_KVM_GET_PIT2, pit, e);
}

int cvmm_vm_set_pit2(struct cvmm_vm vm, const struct cvmm_x86_pit *pit, struct cvmm_error *e)
{
	return vm_write(vm, CVMM_KVM_SET_PIT2, pit, e);
}

int cvmm_vm_get_pit(struct cvmm_vm vm, struct cvmm_x86_pit1 *pit, struct cvmm_error *e)
{
	return vm_read(vm, CVMM_KVM_GET_PIT, pit, e);
}

int cvmm_vm_set_pit(struct cvmm_vm vm, const struct cvmm_x86_pit1 *pit, struct cvmm_error *e)
{
	return vm_write(vm, CVMM_KVM_SET_PIT, pit, e);
}

int cvmm_vm_reinject_control(struct cvmm_vm vm, uint8_t reinject, struct cvmm_error *e)
{
	struct cvmm_x86_reinject arg = { .pit_reinject = reinject };

	return vm_write(vm, CVMM_KVM_REINJECT_CONTROL, &arg, e);
}

int cvmm_vm_get_clock(struct cvmm_vm vm, struct cvmm_x86_clock *clock, struct cvmm_error *e)
{
	return vm_read(vm, CVMM_KVM_GET_CLOCK, clock, e);
}

int cvmm_vm_set_clock(struct cvmm_vm vm, const struct cvmm_x86_clock *clock, struct cvmm_error *e)
{
	return vm_write(vm, CVMM_KVM_SET_CLOCK, clock, e);
}

int cvmm_vm_get_tsc_khz(struct cvmm_vm vm, struct cvmm_error *e)
{
	return vm_ioctl(vm, CVMM_KVM_GET_TSC_KHZ, 0, e);
}

int cvmm_vm_set_tsc_khz(struct cvmm_vm vm, uint32_t khz, struct cvmm_error *e)
{
	return vm_ioctl(vm, CVMM_KVM_SET_TSC_KHZ, khz, e);
}

int cvmm_vm_set_msr_filter(struct cvmm_vm vm, const struct cvmm_x86_msr_filter *filter, struct cvmm_error *e)
{
	return vm_write(vm, CVMM_KVM_X86_SET_MSR_FILTER, filter, e);
}

int cvmm_vm_set_pmu_event_filter(struct cvmm_vm vm, const struct cvmm_x86_pmu_filter *filter, struct cvmm_error *e)
{
	return vm_write(vm, CVMM_KVM_SET_PMU_EVENT_FILTER, filter, e);
}
