/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What a VMM does: memory, tables, vCPUs, devices; and the two files that a saved machine is. */
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

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
#define CR0	     0x80000033u /* PG NE ET MP PE */
#define CR4	     0x620u	 /* PAE OSFXSR OSXMMEXCPT */
#define CR4_OSXSAVE  0x40000u
#define EFER	     0x500u /* LME LMA */
#define PLAN_STEPS   2048u

extern const uint8_t machine_guest[], machine_guest_end[], machine_guest_timer[], machine_guest_fault[];

int complain(const char *what, const struct cvmm_error *e)
{
	char name[CVMM_REG_NAME_MAX] = "";

	if (e->id)
		(void)cvmm_reg_name(e->id, name, sizeof(name));
	fprintf(stderr, "%s: %s %s (errno %d, phase %u, vCPU %d, other %llx)\n", what, name,
		cvmm_reason_text(e->reason), -e->err, e->phase, (int)e->vcpu, (unsigned long long)e->other);
	return -1;
}

void *file_load(const char *name, size_t *len)
{
	int fd = open(name, O_RDONLY);
	struct stat st;
	void *p = NULL;

	if (fd >= 0 && fstat(fd, &st) == 0 && (p = aligned_alloc(16, ((size_t)st.st_size + 16) / 16 * 16)) &&
		read(fd, p, (size_t)st.st_size) != st.st_size) {
		free(p);
		p = NULL;
	}
	if (!p)
		perror(name);
	else
		*len = (size_t)st.st_size;
	if (fd >= 0)
		(void)close(fd);
	return p;
}

int file_store(const char *name, const void *p, size_t len)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600), ret = -1;

	if (fd >= 0 && write(fd, p, len) == (ssize_t)len)
		ret = 0;
	if (ret)
		perror(name);
	if (fd >= 0 && close(fd))
		ret = -1;
	return ret;
}

static int open_vm(struct machine *m, const char *profile)
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

static int add_memory(struct machine *m)
{
	const struct cvmm_kvm_memory_region slot = { .memory_bytes = MEM_BYTES, .userspace_addr = (uintptr_t)m->mem };
	struct cvmm_error e;

	return cvmm_vm_set_user_memory_region(m->vm, &slot, &e) ? complain("memory", &e) : 0;
}

static int add_vcpus(struct machine *m, const struct cvmm_view *v, uint32_t n)
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

int machine_start(struct machine *m, const char *profile, uint32_t nvcpus, uint32_t rounds)
{
	static const struct {
		uint32_t number;
		uint64_t value;
	} acts[] = { { CVMM_X86_IRQCHIP, 1 }, { CVMM_X86_TSS_ADDR, TSS_ADDR },
		{ CVMM_X86_IDENTITY_MAP_ADDR, IDENTITY_MAP }, { CVMM_X86_PIT, 1 } };
	struct cvmm_error e;
	uint32_t i, flags;

	memset(m, 0, sizeof(*m));
	if (open_vm(m, profile))
		return -1;
	for (i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (cvmm_vm_regs_stage(
			    &m->regs, cvmm_vm_reg_from_id(CVMM_X86_BLOCK(acts[i].number)), acts[i].value, &e))
			return complain("stage", &e);
	}
	if (cvmm_machine_early(&m->m, &e))
		return complain("early", &e);
	load_guest(m);
	if (add_memory(m) || add_vcpus(m, NULL, nvcpus))
		return -1;
	for (i = 0; i < nvcpus; i++) {
		if (set_cpuid(m, i, &flags, &e) || set_registers(m, i, rounds, flags, &e))
			return complain("set up", &e);
	}
	return cvmm_machine_start(&m->m, 0, NULL, 0, NULL, &e) ? complain("start", &e) : 0;
}

static char *mem_name(const char *file)
{
	static char name[4096];

	snprintf(name, sizeof(name), "%s.mem", file);
	return name;
}

int machine_save(struct machine *m, const char *file)
{
	struct cvmm_error e;
	struct cvmm_view v;
	size_t need, len;
	void *store = NULL;
	uint8_t *out = NULL;
	int ret = cvmm_capture_need(&m->m, &need, &e);

	if (ret == 0 && (store = aligned_alloc(16, (need + 15) / 16 * 16)))
		ret = cvmm_capture(&m->m, &m->host, m->host.kernel, store, need, &v, &e);
	if (ret == 0)
		ret = cvmm_snapshot_size(&v, CVMM_FORMAT_1_1, &len, &e);
	if (ret == 0 && (out = malloc(len)))
		ret = cvmm_snapshot_write(&v, CVMM_FORMAT_1_1, out, len, &len, &e);
	if (ret)
		ret = complain("save", &e);
	else if (file_store(file, out, len) || file_store(mem_name(file), m->mem, MEM_BYTES))
		ret = -1;
	free(out);
	free(store);
	return ret;
}

/* What would be refused is said, all of it. */
static int refusals(const struct cvmm_plan *p)
{
	char name[CVMM_REG_NAME_MAX];
	uint32_t i;

	for (i = 0; i < p->n; i++) {
		if (p->step[i].verdict != CVMM_VERDICT_REFUSED)
			continue;
		(void)cvmm_reg_name(p->step[i].id, name, sizeof(name));
		fprintf(stderr, "refused: %s: %s (%llx, host %llx)\n", name, cvmm_reason_text(p->step[i].reason),
			(unsigned long long)p->step[i].value, (unsigned long long)p->step[i].other);
	}
	return p->nrefused ? -1 : 0;
}

static int restore_view(struct machine *m, const struct cvmm_view *v, const char *file)
{
	struct cvmm_plan p = { .cap = PLAN_STEPS };
	struct cvmm_error e;
	uint8_t *mem = NULL;
	size_t len = 0;
	int ret;

	p.step = calloc(PLAN_STEPS, sizeof(*p.step));
	ret = p.step && cvmm_plan_make(v, &m->host, NULL, &p, &e) ? complain("plan", &e) : refusals(&p);
	if (ret == 0 && cvmm_apply_until(&m->m, v, &p, CVMM_PHASE_VM, &e))
		ret = complain("apply", &e);
	if (ret == 0 && (!(mem = file_load(mem_name(file), &len)) || len != MEM_BYTES))
		ret = -1;
	if (ret == 0)
		memcpy(m->mem, mem, MEM_BYTES);
	if (ret == 0)
		ret = add_memory(m);
	if (ret == 0)
		ret = add_vcpus(m, v, v->nvcpus);
	if (ret == 0 && cvmm_apply_until(&m->m, v, &p, CVMM_PHASE_DONE, &e))
		ret = complain("apply", &e);
	free(mem);
	free(p.step);
	return ret;
}

int machine_restore(struct machine *m, const char *profile, const char *file)
{
	struct cvmm_error e;
	struct cvmm_view v;
	void *store = NULL;
	size_t len, need;
	uint8_t *in;
	int ret;

	memset(m, 0, sizeof(*m));
	in = file_load(file, &len);
	if (!in)
		return -1;
	ret = cvmm_snapshot_need(in, len, &need, &e);
	if (ret == 0 && (store = aligned_alloc(16, (need + 15) / 16 * 16)))
		ret = cvmm_snapshot_read(in, len, store, need, &v, &e);
	if (ret)
		ret = complain(file, &e);
	else if (v.nvcpus > VCPUS_MAX || open_vm(m, profile))
		ret = -1;
	else
		ret = restore_view(m, &v, file);
	free(store);
	free(in);
	return ret;
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
