/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A machine of x86_64: what a VMM does before and after its vCPUs exist, and a guest that does something. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <cvmm/kvm-ioctls/exit.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vm.h>
#include <cvmm/kvm-ioctls/x86-kvm.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>

#include "mem.h"
#include "opt.h"
#include "rig.h"
#include "say.h"

#define PAGE	     4096u
#define TSS_ADDR     0xfffbd000u
#define IDENTITY_MAP 0xfffbc000u
#define APIC_ID	     24

int rig_x86(struct rig *r)
{
	struct cvmm_error e;

	if (cvmm_machine_x86(&r->m, r->kvm, mem_get(CVMM_MACHINE_X86_BYTES), CVMM_MACHINE_X86_BYTES, &e))
		return say_error(r->host->name, &e);
	return STATUS_YES;
}

int rig_x86_stage(struct rig *r)
{
	static const struct {
		uint32_t number;
		uint64_t value;
	} act[] = { { CVMM_X86_IRQCHIP, 1 }, { CVMM_X86_IDENTITY_MAP_ADDR, IDENTITY_MAP },
		{ CVMM_X86_TSS_ADDR, TSS_ADDR }, { CVMM_X86_PIT, 1 } };
	struct cvmm_error e;
	size_t i;

	for (i = 0; i < sizeof(act) / sizeof(act[0]); i++) {
		struct cvmm_vm_reg reg = cvmm_vm_reg_from_id(CVMM_X86_BLOCK(act[i].number));

		if (cvmm_vm_regs_stage(&r->regs, reg, act[i].value, &e))
			return say_error(r->host->name, &e);
	}
	return STATUS_YES;
}

/* A leaf as the baseline has it; one that it has not reads as zeroes. */
static void promise(const struct rig *r, struct cvmm_x86_cpuid_entry *c)
{
	uint32_t index = c->flags & CVMM_X86_CPUID_INDEX_MATTERS ? c->index : 0, i = 0;
	const uint8_t *v = NULL;

	while (i < r->nwide && r->wide[i].id != CVMM_X86_CPUID(c->function, index))
		i++;
	if (i < r->nwide)
		v = r->wide[i].value;
	c->eax = v ? (uint32_t)cvmm_load_le(v, 4) : 0;
	c->ebx = v ? (uint32_t)cvmm_load_le(v + 4, 4) : 0;
	c->ecx = v ? (uint32_t)cvmm_load_le(v + 8, 4) : 0;
	c->edx = v ? (uint32_t)cvmm_load_le(v + 12, 4) : 0;
}

/* Each vCPU is told its own number. */
int rig_x86_vcpus(struct rig *r)
{
	struct {
		struct cvmm_x86_cpuid head;
		struct cvmm_x86_cpuid_entry entry[CVMM_X86_CPUID_MAX];
	} c = { .head = { 0 } };
	struct cvmm_error e;
	uint32_t i, k, n = 0;

	if (cvmm_kvm_get_supported_cpuid(r->kvm, &c.head, CVMM_X86_CPUID_MAX, &n, &e))
		return say_error(r->host->name, &e);
	for (k = 0; r->nwide && k < n; k++)
		promise(r, &c.entry[k]);
	for (i = 0; i < r->n; i++) {
		for (k = 0; k < n; k++)
			if (c.entry[k].function == 1)
				c.entry[k].ebx = (c.entry[k].ebx & 0x00ffffff) | i << APIC_ID;
		if (cvmm_vcpu_set_cpuid2(r->vcpu[i], &c.head, &e))
			return say_error(r->host->name, &e);
	}
	return STATUS_YES;
}

/* Real mode at address 0, registers that depend on the vCPU alone. */
static int fill(const struct rig *r, uint32_t i, struct cvmm_error *e)
{
	const struct cvmm_x86_msr msr[] = { { 0x174, 0, 0x10 + i }, { 0xc0000082, 0, 0xffffffff81000000 + i },
		{ 0xc0000102, 0, 0xffff888000000000 + i } };
	struct cvmm_x86_sregs sregs;
	struct cvmm_x86_regs regs;
	int ret = cvmm_vcpu_get_sregs(r->vcpu[i], &sregs, e);

	if (ret)
		return ret;
	memset(&regs, 0x11 + (int)(i & 0x3f), sizeof(regs));
	regs.rip = 0;
	regs.rflags = 2;
	sregs.cs.base = sregs.cs.selector = 0;
	ret = cvmm_vcpu_set_sregs(r->vcpu[i], &sregs, e);
	if (ret == 0)
		ret = cvmm_vcpu_set_regs(r->vcpu[i], &regs, e);
	if (ret == 0)
		ret = cvmm_vcpu_set_mp_state(r->vcpu[i], CVMM_MP_STATE_RUNNABLE, e);
	return ret ? ret : cvmm_vcpu_set_msrs(r->vcpu[i], msr, sizeof(msr) / sizeof(msr[0]), e);
}

/* The guest's OUT, and then nothing more: what a VMM has to complete is completed. */
static int run(const struct rig *r, uint32_t i, size_t bytes, struct cvmm_error *e)
{
	struct cvmm_run *area;
	int ret = cvmm_vcpu_map_run(r->vcpu[i], bytes, &area, e);

	if (ret)
		return ret;
	area->immediate_exit = r->host->kind != HOST_DEV;
	ret = cvmm_vcpu_run(r->vcpu[i], e);
	area->immediate_exit = 1;
	if (ret == 0)
		ret = cvmm_vcpu_run(r->vcpu[i], e);
	area->immediate_exit = 0;
	(void)cvmm_vcpu_unmap_run(r->vcpu[i], area, bytes);
	return ret == -EINTR ? 0 : ret;
}

int rig_x86_fill(struct rig *r)
{
	static uint8_t page[PAGE] __attribute__((aligned(PAGE)));
	const struct cvmm_kvm_memory_region slot = { .memory_bytes = PAGE, .userspace_addr = (uintptr_t)page };
	struct cvmm_error e;
	uint32_t i;
	int ret, bytes = cvmm_kvm_get_vcpu_mmap_size(r->kvm, &e);

	/* out 0x10, al; jmp $ */
	memcpy(page, "\xe6\x10\xeb\xfe", 4);
	ret = bytes < 0 ? bytes : cvmm_vm_set_user_memory_region(r->vm, &slot, &e);
	for (i = 0; ret == 0 && i < r->n; i++) {
		ret = fill(r, i, &e);
		if (ret == 0)
			ret = run(r, i, (size_t)bytes, &e);
	}
	return ret ? say_error(r->host->name, &e) : STATUS_YES;
}
