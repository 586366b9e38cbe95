/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>
#include <cvmm/kvm-ioctls/x86-vm.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include "x86.h"

#define TSC CVMM_X86_REG_MSR(0x10)

static char *load_text(const char *name, size_t *len)
{
	char path[4096], *text;
	FILE *f;

	snprintf(path, sizeof(path), "%s/kvm-sim/profiles/x86_64/%s.profile", CVMM_SOURCE_DIR, name);
	f = fopen(path, "r");
	cr_assert(f, "%s", path);
	text = malloc(1 << 20);
	*len = fread(text, 1, 1 << 20, f);
	(void)fclose(f);
	return text;
}

void x86_world_open(struct x86_world *w, const char *name)
{
	struct cvmm_error e;
	size_t len, need;
	char *text = load_text(name, &len);

	memset(w, 0, sizeof(*w));
	cr_assert_eq(cvmm_profile_need(text, len, &need, &e), 0);
	w->profile_store = aligned_alloc(64, (need + 63) / 64 * 64);
	cr_assert_eq(cvmm_profile_parse(text, len, w->profile_store, need, &w->profile, &e), 0, "line %u", e.section);
	free(text);
	w->config = (struct cvmm_sim_config){
		.size = sizeof(w->config), .profile = &w->profile, .max_vms = 2, .max_vcpus = X86_VCPUS
	};
	cr_assert_eq(cvmm_sim_need(&w->config, &need, &e), 0);
	need = (need + 4095) / 4096 * 4096;
	w->sim_store = aligned_alloc(4096, need);
	cr_assert_eq(cvmm_sim_init(&w->config, w->sim_store, need, &w->be, &e), 0);
}

void x86_world_close(struct x86_world *w)
{
	free(w->profile_store);
	free(w->sim_store);
}

static int open_vm(struct x86_guest *g, const struct x86_world *w, const struct cvmm_backend *be, struct cvmm_error *e)
{
	int ret;

	memset(g, 0, sizeof(*g));
	ret = cvmm_kvm_open(be ? be : &w->be, &g->kvm, e);
	if (ret == 0)
		ret = cvmm_kvm_create_vm(g->kvm, 0, &g->gate, &g->vm, e);
	g->own = ret != 0;
	if (ret == 0)
		ret = cvmm_vm_regs_init(&g->regs, g->vm, CVMM_DIALECT_VCPU, g->slot, CVMM_VM_SLOTS_MAX, e);
	if (ret == 0)
		ret = cvmm_machine_init(&g->m, g->vm, &g->gate, &g->regs, e);
	return ret ? ret : cvmm_machine_x86(&g->m, g->kvm, g->scratch, sizeof(g->scratch), e);
}

static int open_vcpus(struct x86_guest *g, uint32_t n, struct cvmm_error *e)
{
	int ret = 0;

	for (; ret == 0 && g->nvcpus < n; g->nvcpus += ret == 0)
		ret = cvmm_vm_create_vcpu(g->vm, g->nvcpus, &g->vcpu[g->nvcpus], e);
	g->own = ret != 0;
	return ret ? ret : cvmm_machine_vcpus(&g->m, g->vcpu, n, e);
}

static int set_cpuid(struct x86_guest *g, uint32_t i, struct cvmm_error *e)
{
	struct {
		struct cvmm_x86_cpuid head;
		struct cvmm_x86_cpuid_entry entry[CVMM_X86_CPUID_MAX];
	} c = { .head = { 0 } };
	uint32_t k, n = 0;
	int ret = cvmm_kvm_get_supported_cpuid(g->kvm, &c.head, CVMM_X86_CPUID_MAX, &n, e);

	for (k = 0; k < n; k++) {
		if (c.entry[k].function == 1)
			c.entry[k].ebx = (c.entry[k].ebx & 0x00ffffff) | i << 24;
	}
	return ret ? ret : cvmm_vcpu_set_cpuid2(g->vcpu[i], &c.head, e);
}

/* A state that differs in each vCPU and that KVM takes: 64-bit mode, values in every block. */
static int fill(struct x86_guest *g, uint32_t i, struct cvmm_error *e)
{
	const struct cvmm_x86_msr msr[] = { { 0x174, 0, 0x10 + i }, { 0x277, 0, 0x0007040600070400 + i },
		{ 0xc0000081, 0, 0x0023001000000000 }, { 0xc0000082, 0, 0xffffffff81000000 + i },
		{ 0xc0000102, 0, 0xffff888000000000 + i }, { 0x200, 0, 0x80000006 }, { 0x2ff, 0, 0xc06 },
		{ 0x401, 0, 0xb200000000070000 + i }, { 0x10, 0, 0x123456789 + i } };
	struct cvmm_x86_lapic lapic;
	struct cvmm_x86_sregs sregs;
	struct cvmm_x86_regs regs;
	struct cvmm_x86_debugregs debug;
	int ret = cvmm_vcpu_get_sregs(g->vcpu[i], &sregs, e);

	if (ret == 0)
		ret = cvmm_vcpu_get_lapic(g->vcpu[i], &lapic, e);
	if (ret == 0)
		ret = cvmm_vcpu_get_debugregs(g->vcpu[i], &debug, e);
	if (ret)
		return ret;
	memset(&regs, 0x11 + (int)i, sizeof(regs));
	regs.rip = 0x1000 + i;
	regs.rflags = 2;
	sregs.cr0 = 0x80000011;
	sregs.cr3 = 0x10000 + 0x1000 * i;
	sregs.cr4 = 0x20;
	sregs.efer = 0x500;
	lapic.regs[0xf0] = 0xff;
	lapic.regs[0xf1] = 1;
	debug.db[0] = 0x1000 + i;
	ret = cvmm_vcpu_set_sregs(g->vcpu[i], &sregs, e);
	if (ret == 0)
		ret = cvmm_vcpu_set_regs(g->vcpu[i], &regs, e);
	if (ret == 0)
		ret = cvmm_vcpu_set_lapic(g->vcpu[i], &lapic, e);
	if (ret == 0)
		ret = cvmm_vcpu_set_debugregs(g->vcpu[i], &debug, e);
	return ret ? ret : cvmm_vcpu_set_msrs(g->vcpu[i], msr, sizeof(msr) / sizeof(msr[0]), e);
}

static int fill_vm(struct x86_guest *g, struct cvmm_error *e)
{
	struct cvmm_x86_irqchip chip = { .chip_id = CVMM_X86_CHIP_IOAPIC };
	struct cvmm_x86_pit pit;
	int ret = cvmm_vm_get_irqchip(g->vm, &chip, e);

	chip.ioapic.redirtbl[4] = 0x10034;
	if (ret == 0)
		ret = cvmm_vm_set_irqchip(g->vm, &chip, e);
	if (ret == 0)
		ret = cvmm_vm_get_pit2(g->vm, &pit, e);
	pit.channels[0].count = 1193;
	pit.channels[0].mode = 2;
	return ret ? ret : cvmm_vm_set_pit2(g->vm, &pit, e);
}

int x86_guest_start(
	struct x86_guest *g, const struct x86_world *w, const struct cvmm_backend *be, uint32_t n, struct cvmm_error *e)
{
	static const struct {
		uint32_t number;
		uint64_t value;
	} acts[] = { { CVMM_X86_IRQCHIP, 1 }, { CVMM_X86_IDENTITY_MAP_ADDR, 0xfffbc000 },
		{ CVMM_X86_TSS_ADDR, 0xfffbd000 }, { CVMM_X86_PIT, 1 } };
	int ret = open_vm(g, w, be, e);
	uint32_t i;

	for (i = 0; ret == 0 && i < sizeof(acts) / sizeof(acts[0]); i++)
		ret = cvmm_vm_regs_stage(
			&g->regs, cvmm_vm_reg_from_id(CVMM_X86_BLOCK(acts[i].number)), acts[i].value, e);
	if (ret == 0)
		ret = cvmm_machine_early(&g->m, e);
	if (ret == 0)
		ret = open_vcpus(g, n, e);
	for (i = 0; ret == 0 && i < n; i++) {
		ret = set_cpuid(g, i, e);
		if (ret == 0)
			ret = fill(g, i, e);
	}
	if (ret == 0)
		ret = fill_vm(g, e);
	return ret ? ret : cvmm_machine_start(&g->m, 0, NULL, 0, NULL, e);
}

void x86_guest_close(struct x86_guest *g)
{
	while (g->nvcpus)
		(void)cvmm_vcpu_close(&g->vcpu[--g->nvcpus]);
	if (g->vm.be)
		(void)cvmm_vm_close(&g->vm);
	if (g->kvm.be)
		(void)cvmm_kvm_close(&g->kvm);
}

int x86_guest_save(const struct x86_guest *g, const struct x86_world *w, struct x86_saved *s, struct cvmm_error *e)
{
	size_t need;
	int ret;

	memset(s, 0, sizeof(*s));
	ret = cvmm_capture_need(&g->m, &need, e);
	if (ret)
		return ret;
	s->store = aligned_alloc(16, (need + 15) / 16 * 16);
	ret = cvmm_capture(&g->m, &w->profile, "test", s->store, need, &s->v, e);
	if (ret) {
		free(s->store);
		s->store = NULL;
	}
	return ret;
}

int x86_guest_restore(struct x86_guest *g, const struct x86_world *w, const struct cvmm_backend *be,
	const struct cvmm_view *v, const struct cvmm_plan *p, struct cvmm_error *e)
{
	int ret = open_vm(g, w, be, e);

	if (ret == 0)
		ret = cvmm_apply_until(&g->m, v, p, CVMM_PHASE_VM, e);
	if (ret == 0)
		ret = open_vcpus(g, v->nvcpus, e);
	return ret ? ret : cvmm_apply_until(&g->m, v, p, CVMM_PHASE_DONE, e);
}

void x86_plan_on(struct x86_planned *p, const struct cvmm_view *v, const struct x86_world *w)
{
	struct cvmm_error e;

	p->p = (struct cvmm_plan){ .step = p->step, .cap = X86_STEPS };
	cr_assert_eq(cvmm_plan_make(v, &w->profile, NULL, &p->p, &e), 0, "%s, %016llx", cvmm_reason_text(e.reason),
		(unsigned long long)e.id);
}

const struct cvmm_step *x86_step_of(const struct x86_planned *p, uint64_t id)
{
	uint32_t i;

	for (i = 0; i < p->p.n; i++) {
		if (p->step[i].id == id)
			return &p->step[i];
	}
	return NULL;
}

uint32_t x86_refusals(const struct x86_planned *p, uint32_t expected)
{
	char name[CVMM_REG_NAME_MAX];
	uint32_t i;

	for (i = 0; i < p->p.n && p->p.nrefused != expected; i++) {
		if (p->step[i].verdict != CVMM_VERDICT_REFUSED)
			continue;
		(void)cvmm_reg_name(p->step[i].id, name, sizeof(name));
		fprintf(stderr, "refused: %s: %s (%llx, %llx)\n", name, cvmm_reason_text(p->step[i].reason),
			(unsigned long long)p->step[i].value, (unsigned long long)p->step[i].other);
	}
	return p->p.nrefused;
}

static uint64_t sets_differ(const struct cvmm_regset *a, const struct cvmm_regset *b)
{
	uint32_t i, col;

	if (a->n != b->n || a->ncols != b->ncols || a->stride != b->stride)
		return UINT64_MAX;
	for (i = 0; i < a->n; i++) {
		struct cvmm_vm_reg vm = cvmm_vm_reg_from_id(a->item[i].id);

		if (a->item[i].id != b->item[i].id || a->item[i].size != b->item[i].size)
			return a->item[i].id;
		for (col = 0; col < a->ncols; col++) {
			const uint8_t *x = cvmm_regset_value(a, i, col), *y = cvmm_regset_value(b, i, col);

			if (a->item[i].id == TSC || (cvmm_vm_block_bytes(vm) && cvmm_vm_block_holds(vm, y, x)))
				continue;
			if (memcmp(x, y, a->item[i].size) != 0)
				return a->item[i].id;
		}
	}
	return 0;
}

uint64_t x86_views_differ(const struct cvmm_view *a, const struct cvmm_view *b)
{
	uint64_t id = sets_differ(&a->vm, &b->vm);

	return id ? id : sets_differ(&a->shape[0].regs, &b->shape[0].regs);
}

uint8_t *x86_value(const struct cvmm_view *v, uint64_t id, uint32_t col, uint32_t *size)
{
	const struct cvmm_regset *set = cvmm_vm_reg_from_id(id).id ? &v->vm : &v->shape[0].regs;
	int at = cvmm_regset_find(set, id);

	if (at < 0)
		return NULL;
	if (size)
		*size = set->item[at].size;
	return (uint8_t *)(uintptr_t)cvmm_regset_value(set, (uint32_t)at, col);
}
