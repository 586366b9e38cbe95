/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What a VMM does: memory, tables, vCPUs, devices. */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cvmm/kvm-ioctls/reg-id.h>

#define CODE	     0x1000u
#define IDT	     0x8000u
#define GDT	     0x9000u
#define STACK	     0xa000u /* grows down, a page for each vCPU */
#define PML4	     0x10000u
#define TSS_ADDR     0xfffbd000u
#define IDENTITY_MAP 0xfffbc000u
#define VECTOR	     0x30u
#define CODE_SEL     0x08u
#define DATA_SEL     0x10u
#define CPUID_AVX    (1u << 28)
#define CPUID_XSAVE  (1u << 26)
#define CPUID_TSCD   (1u << 24)
#define HAS_AVX	     1u
#define HAS_DEADLINE 2u
#define HAS_ARITH    4u
#define CR0	     0x80000033u /* PG NE ET MP PE */
#define CR4	     0x620u	 /* PAE OSFXSR OSXMMEXCPT */
#define CR4_OSXSAVE  0x40000u
#define EFER	     0x500u /* LME LMA */

extern const uint8_t machine_guest[], machine_guest_end[], machine_guest_timer[], machine_guest_fault[];

int machine_open(struct machine *m, const char *profile)
{
	struct cvmm_error e;
	size_t len, need;
	char *text = file_load(profile, &len);
	int ret;

	if (!text)
		return -1;
	ret = cvmm_profile_need(text, len, &need, &e);
	m->host_store = ret ? NULL : aligned_alloc(16, (need + 15) / 16 * 16);
	if (ret == 0 && m->host_store)
		ret = cvmm_profile_parse(text, len, m->host_store, need, &m->host, &e);
	free(text);
	m->be = *cvmm_backend_dev();
	if (ret || cvmm_kvm_open(&m->be, &m->kvm, &e) || cvmm_kvm_create_vm(m->kvm, 0, &m->gate, &m->vm, &e) ||
		cvmm_vm_regs_init(&m->regs, m->vm, CVMM_DIALECT_VCPU, m->slot, CVMM_VM_SLOTS_MAX, &e) ||
		cvmm_machine_init(&m->m, m->vm, &m->gate, &m->regs, &e) ||
		cvmm_machine_x86(&m->m, m->kvm, m->scratch, sizeof(m->scratch), &e))
		return complain("open", &e);
	m->mem = mmap(NULL, MEM_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (m->mem == MAP_FAILED) {
		perror("mmap");
		return -1;
	}
	return 0;
}

int machine_add_memory(struct machine *m)
{
	const struct cvmm_kvm_memory_region slot = { .memory_bytes = MEM_BYTES, .userspace_addr = (uintptr_t)m->mem };
	struct cvmm_error e;

	return cvmm_vm_set_user_memory_region(m->vm, &slot, &e) ? complain("memory", &e) : 0;
}

int machine_add_vcpus(struct machine *m, const struct cvmm_view *v, uint32_t n)
{
	struct cvmm_error e;
	int bytes = cvmm_kvm_get_vcpu_mmap_size(m->kvm, &e);

	if (bytes < 0)
		return complain("size of the shared area", &e);
	m->run_bytes = (size_t)bytes;
	for (; m->n < n; m->n++) {
		if (cvmm_vm_create_vcpu(m->vm, v ? v->vcpu[m->n].id : m->n, &m->vcpu[m->n], &e) ||
			cvmm_vcpu_map_run(m->vcpu[m->n], m->run_bytes, &m->run[m->n], &e))
			return complain("vCPU", &e);
	}
	return cvmm_machine_vcpus(&m->m, m->vcpu, n, &e) ? complain("vCPUs", &e) : 0;
}

static void put64(uint8_t *p, uint64_t v)
{
	memcpy(p, &v, sizeof(v));
}

/* 4 GiB, each address to itself: memory, and the interrupt controllers below 4 GiB. */
static void make_tables(uint8_t *mem)
{
	uint32_t i;

	put64(mem + PML4, (PML4 + 0x1000) | 3);
	for (i = 0; i < 4; i++)
		put64(mem + PML4 + 0x1000 + 8 * i, (PML4 + 0x2000 + i * 0x1000) | 3);
	for (i = 0; i < 2048; i++)
		put64(mem + PML4 + 0x2000 + 8 * i, (uint64_t)i << 21 | 0x83);
	put64(mem + GDT + CODE_SEL, UINT64_C(0x00af9b000000ffff));
	put64(mem + GDT + DATA_SEL, UINT64_C(0x00cf93000000ffff));
}

static void put_gate(uint8_t *mem, uint32_t vector, const uint8_t *handler)
{
	uint64_t at = CODE + (uint64_t)(handler - machine_guest);

	put64(mem + IDT + 16 * vector, (at & 0xffff) | CODE_SEL << 16 | UINT64_C(0x8e00) << 32 | (at >> 16) << 48);
	put64(mem + IDT + 16 * vector + 8, 0);
}

static void load_guest(struct machine *m)
{
	uint32_t i;

	memcpy(m->mem + CODE, machine_guest, (size_t)(machine_guest_end - machine_guest));
	make_tables(m->mem);
	for (i = 0; i < 256; i++)
		put_gate(m->mem, i, machine_guest_fault);
	put_gate(m->mem, VECTOR, machine_guest_timer);
}

struct cpuid {
	struct cvmm_x86_cpuid head;
	struct cvmm_x86_cpuid_entry entry[CVMM_X86_CPUID_MAX];
};

static int set_cpuid(struct machine *m, uint32_t i, uint32_t *flags, struct cvmm_error *e)
{
	struct cpuid c = { .head = { 0 } };
	uint32_t k, n = 0;
	int ret = cvmm_kvm_get_supported_cpuid(m->kvm, &c.head, CVMM_X86_CPUID_MAX, &n, e);

	*flags = 0;
	for (k = 0; k < n; k++) {
		if (c.entry[k].function != 1)
			continue;
		c.entry[k].ebx = (c.entry[k].ebx & 0x00ffffff) | i << 24;
		if ((c.entry[k].ecx & (CPUID_AVX | CPUID_XSAVE)) == (CPUID_AVX | CPUID_XSAVE))
			*flags |= HAS_AVX;
		*flags |= c.entry[k].ecx & CPUID_TSCD ? HAS_DEADLINE : 0;
	}
	return ret ? ret : cvmm_vcpu_set_cpuid2(m->vcpu[i], &c.head, e);
}

static int set_registers(struct machine *m, uint32_t i, uint32_t rounds, uint32_t flags, struct cvmm_error *e)
{
	const struct cvmm_x86_segment code = {
		.limit = ~0u, .selector = CODE_SEL, .type = 11, .present = 1, .s = 1, .l = 1, .g = 1
	};
	const struct cvmm_x86_segment data = {
		.limit = ~0u, .selector = DATA_SEL, .type = 3, .present = 1, .s = 1, .db = 1, .g = 1
	};
	const struct cvmm_x86_regs regs = { .rdi = i,
		.rsi = rounds,
		.rdx = m->n,
		.rcx = flags,
		.rsp = STACK + (i + 1) * 0x1000,
		.rip = CODE,
		.rflags = 2 };
	struct cvmm_x86_sregs s;
	int ret = cvmm_vcpu_get_sregs(m->vcpu[i], &s, e);

	if (ret)
		return ret;
	s.cs = code;
	s.ds = s.es = s.fs = s.gs = s.ss = data;
	s.gdt = (struct cvmm_x86_dtable){ .base = GDT, .limit = 23 };
	s.idt = (struct cvmm_x86_dtable){ .base = IDT, .limit = 4095 };
	s.cr0 = CR0;
	s.cr3 = PML4;
	s.cr4 = CR4 | (flags & HAS_AVX ? CR4_OSXSAVE : 0);
	s.efer = EFER;
	ret = cvmm_vcpu_set_sregs(m->vcpu[i], &s, e);
	if (ret == 0)
		ret = cvmm_vcpu_set_regs(m->vcpu[i], &regs, e);
	return ret ? ret : cvmm_vcpu_set_mp_state(m->vcpu[i], CVMM_MP_STATE_RUNNABLE, e);
}

int machine_start(struct machine *m, const char *profile, uint32_t nvcpus, uint32_t rounds, int arithmetic)
{
	static const struct {
		uint32_t number;
		uint64_t value;
	} acts[] = { { CVMM_X86_IRQCHIP, 1 }, { CVMM_X86_TSS_ADDR, TSS_ADDR },
		{ CVMM_X86_IDENTITY_MAP_ADDR, IDENTITY_MAP }, { CVMM_X86_PIT, 1 } };
	struct cvmm_error e;
	uint32_t i, flags;

	memset(m, 0, sizeof(*m));
	if (machine_open(m, profile))
		return -1;
	for (i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (cvmm_vm_regs_stage(
			    &m->regs, cvmm_vm_reg_from_id(CVMM_X86_BLOCK(acts[i].number)), acts[i].value, &e))
			return complain("stage", &e);
	}
	if (cvmm_machine_early(&m->m, &e))
		return complain("early", &e);
	load_guest(m);
	if (machine_add_memory(m) || machine_add_vcpus(m, NULL, nvcpus))
		return -1;
	for (i = 0; i < nvcpus; i++) {
		if (set_cpuid(m, i, &flags, &e))
			return complain("CPUID", &e);
		flags = (arithmetic > 1 ? flags : flags & ~HAS_AVX) | (arithmetic ? HAS_ARITH : 0);
		if (set_registers(m, i, rounds, flags, &e))
			return complain("registers", &e);
	}
	return cvmm_machine_start(&m->m, 0, NULL, 0, NULL, &e) ? complain("start", &e) : 0;
}

void machine_close(struct machine *m)
{
	while (m->n) {
		m->n--;
		if (m->run[m->n])
			(void)cvmm_vcpu_unmap_run(m->vcpu[m->n], m->run[m->n], m->run_bytes);
		(void)cvmm_vcpu_close(&m->vcpu[m->n]);
	}
	if (m->vm.be)
		(void)cvmm_vm_close(&m->vm);
	if (m->kvm.be)
		(void)cvmm_kvm_close(&m->kvm);
	if (m->mem && m->mem != MAP_FAILED)
		(void)munmap(m->mem, MEM_BYTES);
	free(m->host_store);
}
