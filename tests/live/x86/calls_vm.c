/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Calls on the system and the VM: what they offer, memory, vCPUs, devices, filters, rates. */
#include "calls.h"

#include <string.h>

/* A request number as it is, on any of the fds: what a wrong scope answers, which the types here never allow. */
static int c_raw(struct contract *c)
{
	static uint64_t buf[1024];
	uint64_t on = A("on");
	int fd = on == 0 ? c->r.kvm.fd : on == 1 ? c->r.vm.fd : c->r.vcpu.fd;

	return cvmm_ioctl(
		cvmm_backend_dev(), fd, (unsigned long)A("req"), (uintptr_t)AOR("arg", (uintptr_t)buf), &c->e);
}

static int c_memslot(struct contract *c)
{
	struct cvmm_kvm_memory_region m = { .slot = (uint32_t)AOR("slot", 1),
		.flags = A32("flags"),
		.guest_phys_addr = AOR("gpa", 16 << 20),
		.memory_bytes = AOR("bytes", 4096) };

	if (!c->r.mem || c->r.mem == (void *)-1)
		m.userspace_addr = (uintptr_t)&m & ~UINT64_C(4095);
	else
		m.userspace_addr = (uintptr_t)c->r.mem + A("hva");
	m.userspace_addr = AOR("at", m.userspace_addr);
	return cvmm_vm_set_user_memory_region(c->r.vm, &m, &c->e);
}

static int c_memslot2(struct contract *c)
{
	struct cvmm_kvm_memory_region2 m = { .slot = (uint32_t)AOR("slot", 1),
		.flags = A32("flags"),
		.guest_phys_addr = AOR("gpa", 16 << 20),
		.memory_bytes = AOR("bytes", 4096),
		.userspace_addr = (uintptr_t)c->r.mem + A("hva") };

	return cvmm_vm_set_user_memory_region2(c->r.vm, &m, &c->e);
}

static int c_dirty_log(struct contract *c)
{
	static uint64_t bitmap[MEM_BYTES / 4096 / 64];

	return cvmm_vm_get_dirty_log(c->r.vm, A32("slot"), bitmap, (size_t)AOR("words", 16), AOR("pages", 1024), &c->e);
}

static int c_clear_dirty_log(struct contract *c)
{
	static uint64_t bitmap[MEM_BYTES / 4096 / 64];

	return cvmm_vm_clear_dirty_log(c->r.vm, A32("slot"), bitmap, A("first"), (uint32_t)AOR("pages", 1024), &c->e);
}

static int c_open(struct contract *c)
{
	struct cvmm_kvm kvm;
	int ret = cvmm_kvm_open(cvmm_backend_dev(), &kvm, &c->e);

	return ret < 0 ? ret : cvmm_kvm_close(&kvm);
}

static int c_create_vcpu(struct contract *c)
{
	struct cvmm_vcpu v;
	int ret = cvmm_vm_create_vcpu(c->r.vm, A32("id"), &v, &c->e);

	return ret < 0 ? ret : cvmm_vcpu_close(&v);
}

static int c_create_vm(struct contract *c)
{
	struct cvmm_gate gate;
	struct cvmm_vm v;
	int ret = cvmm_kvm_create_vm(c->r.kvm, A("type"), &gate, &v, &c->e);

	return ret < 0 ? ret : cvmm_vm_close(&v);
}

static int c_create_device(struct contract *c)
{
	struct cvmm_device d;
	int ret = cvmm_vm_create_device(c->r.vm, A32("type"), &d, &c->e);

	return ret < 0 ? ret : cvmm_device_close(&d);
}

/* A device in KVM that every x86_64 host has: type 4, VFIO. */
static int c_device_attr(struct contract *c)
{
	const int32_t fd = (int32_t)A("fd");
	uint32_t group = A32("group");
	uint64_t attr = A("attr");
	struct cvmm_device d;
	int ret = cvmm_vm_create_device(c->r.vm, CVMM_DEV_VFIO, &d, &c->e);

	if (ret < 0)
		return ret;
	if (A("has"))
		ret = cvmm_device_has_attr(d, group, attr, &c->e);
	else if (A("set"))
		ret = cvmm_device_set_attr(d, group, attr, &fd, &c->e);
	else
		ret = cvmm_device_get_attr(d, group, attr, &c->value, &c->e);
	(void)cvmm_device_close(&d);
	return ret;
}

static int c_enable_cap(struct contract *c)
{
	const uint64_t args[4] = { A("arg"), A("arg1") };

	return cvmm_vm_enable_cap(c->r.vm, A32("cap"), args, &c->e);
}

static int c_msr_filter(struct contract *c)
{
	static uint8_t bits[8192];
	struct cvmm_x86_msr_filter f = { .flags = A32("flags") };

	f.ranges[0] = (struct cvmm_x86_msr_range){
		.flags = A32("rflags"), .nmsrs = A32("nmsrs"), .base = 0x10, .bitmap = (uintptr_t)bits
	};
	return cvmm_vm_set_msr_filter(c->r.vm, &f, &c->e);
}

static int c_pmu_filter(struct contract *c)
{
	struct {
		struct cvmm_x86_pmu_filter head;
		uint64_t event[512];
	} f = { .head = { .action = A32("action"), .nevents = A32("n"), .flags = A32("flags") } };

	return cvmm_vm_set_pmu_event_filter(c->r.vm, &f.head, &c->e);
}

static int c_sys_attr(struct contract *c)
{
	return A("has") ? cvmm_kvm_has_attr(c->r.kvm, A32("group"), A("attr"), &c->e)
			: cvmm_kvm_get_attr(c->r.kvm, A32("group"), A("attr"), &c->value, &c->e);
}

SIMPLE(check_extension, cvmm_kvm_check_extension(c->r.kvm, A32("cap"), &c->e))
SIMPLE(vm_check_extension, cvmm_vm_check_extension(c->r.vm, A32("cap"), &c->e))
SIMPLE(mmap_size, cvmm_kvm_get_vcpu_mmap_size(c->r.kvm, &c->e))
SIMPLE(nr_vcpus, cvmm_kvm_get_nr_vcpus(c->r.kvm, &c->e))
SIMPLE(max_vcpus, cvmm_kvm_get_max_vcpus(c->r.kvm, &c->e))
SIMPLE(max_vcpu_id, cvmm_kvm_get_max_vcpu_id(c->r.kvm, &c->e))
SIMPLE(nr_memslots, cvmm_kvm_get_nr_memslots(c->r.kvm, &c->e))
SIMPLE(test_device, cvmm_vm_test_device(c->r.vm, A32("type"), &c->e))
SIMPLE(reset_rings, cvmm_vm_reset_dirty_rings(c->r.vm, &c->e))
SIMPLE(tss_addr, cvmm_vm_set_tss_addr(c->r.vm, A32("gpa"), &c->e))
SIMPLE(identity_map, cvmm_vm_set_identity_map_addr(c->r.vm, A("gpa"), &c->e))
SIMPLE(set_mmu_pages, cvmm_vm_set_nr_mmu_pages(c->r.vm, A32("pages"), &c->e))
SIMPLE(get_mmu_pages, cvmm_vm_get_nr_mmu_pages(c->r.vm, &c->e))
SIMPLE(boot_cpu, cvmm_vm_set_boot_cpu_id(c->r.vm, A32("id"), &c->e))
SIMPLE(vm_tsc, cvmm_vm_get_tsc_khz(c->r.vm, &c->e))
SIMPLE(vm_set_tsc, cvmm_vm_set_tsc_khz(c->r.vm, A32("khz"), &c->e))
SIMPLE(xsave_bytes, cvmm_vm_get_xsave_bytes(c->r.vm, &c->e))
SIMPLE(guest_memfd, closed(cvmm_vm_create_guest_memfd(c->r.vm, A("bytes"), A("flags"), &c->e)))
SIMPLE(mem_attr, cvmm_vm_set_memory_attributes(c->r.vm, A("gpa"), A("bytes"), A("attr"), &c->e))
SIMPLE(encrypt_op, cvmm_vm_memory_encrypt_op(c->r.vm, NULL, &c->e))
SIMPLE(enc_region, cvmm_vm_register_enc_region(c->r.vm, 0x1000, 0x1000, &c->e))
SIMPLE(unenc_region, cvmm_vm_unregister_enc_region(c->r.vm, 0x1000, 0x1000, &c->e))
SIMPLE(coalesce, cvmm_vm_register_coalesced_mmio(c->r.vm, A("addr"), (uint32_t)AOR("size", 4096), A32("pio"), &c->e))
SIMPLE(uncoalesce,
	cvmm_vm_unregister_coalesced_mmio(c->r.vm, A("addr"), (uint32_t)AOR("size", 4096), A32("pio"), &c->e))
SIMPLE(vm_stats, closed(cvmm_vm_get_stats_fd(c->r.vm, &c->e)))
SIMPLE(vm_attr, cvmm_vm_has_attr(c->r.vm, A32("group"), A("attr"), &c->e))

const struct contract_op contract_vm[] = {
	{ "kvm.open", c_open },
	{ "raw", c_raw },
	{ "kvm.check_extension", c_check_extension },
	{ "kvm.get_vcpu_mmap_size", c_mmap_size },
	{ "kvm.get_nr_vcpus", c_nr_vcpus },
	{ "kvm.get_max_vcpus", c_max_vcpus },
	{ "kvm.get_max_vcpu_id", c_max_vcpu_id },
	{ "kvm.get_nr_memslots", c_nr_memslots },
	{ "kvm.create_vm", c_create_vm },
	{ "kvm.attr", c_sys_attr },
	{ "vm.check_extension", c_vm_check_extension },
	{ "vm.create_vcpu", c_create_vcpu },
	{ "vm.create_device", c_create_device },
	{ "vm.test_device", c_test_device },
	{ "vm.enable_cap", c_enable_cap },
	{ "vm.set_user_memory_region", c_memslot },
	{ "vm.set_user_memory_region2", c_memslot2 },
	{ "vm.get_dirty_log", c_dirty_log },
	{ "vm.clear_dirty_log", c_clear_dirty_log },
	{ "vm.reset_dirty_rings", c_reset_rings },
	{ "vm.set_tss_addr", c_tss_addr },
	{ "vm.set_identity_map_addr", c_identity_map },
	{ "vm.set_nr_mmu_pages", c_set_mmu_pages },
	{ "vm.get_nr_mmu_pages", c_get_mmu_pages },
	{ "vm.set_boot_cpu_id", c_boot_cpu },
	{ "vm.set_msr_filter", c_msr_filter },
	{ "vm.set_pmu_event_filter", c_pmu_filter },
	{ "vm.get_tsc_khz", c_vm_tsc },
	{ "vm.set_tsc_khz", c_vm_set_tsc },
	{ "vm.get_xsave_bytes", c_xsave_bytes },
	{ "vm.create_guest_memfd", c_guest_memfd },
	{ "vm.set_memory_attributes", c_mem_attr },
	{ "vm.memory_encrypt_op", c_encrypt_op },
	{ "vm.register_enc_region", c_enc_region },
	{ "vm.unregister_enc_region", c_unenc_region },
	{ "vm.register_coalesced_mmio", c_coalesce },
	{ "vm.unregister_coalesced_mmio", c_uncoalesce },
	{ "vm.get_stats_fd", c_vm_stats },
	{ "vm.has_attr", c_vm_attr },
	{ "device.attr", c_device_attr },
	{ NULL, NULL },
};
