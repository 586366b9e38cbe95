/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Machines that are not all alike: vCPUs of different features, registers that only the caller knows, riscv64. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cvmm/snapshot/format.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include "strange.h"
#include "world.h"

#define OLD	 "6.1.192-neoverse-n1" /* lets vCPUs differ */
#define NEW	 "7.3.4-neoverse-n1"   /* does not */
#define FEATURES CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_FEATURES)
#define PMCCNTR	 CVMM_ARM64_SYS(3, 3, 9, 13, 0)

static struct world w;
static struct guest g;
static struct cvmm_error e;

static void open_four(const uint64_t *each)
{
	int ret;

	world_open_for(&w, OLD, 4);
	ret = guest_open(&g, &w, NULL, 4, &e);
	g.m.each = each;
	if (ret == 0)
		ret = cvmm_machine_start(&g.m, each[0], NULL, 0, NULL, &e);
	cr_assert_eq(ret, 0, "%d %s", ret, cvmm_reason_name(e.reason));
}

static void put(uint32_t i, uint64_t id, uint64_t value)
{
	cr_assert_eq(cvmm_vcpu_set_one_reg(g.vcpu[i], id, &value, 8, &e), 0, "vCPU %u %llx: %d", i,
		(unsigned long long)id, e.err);
}

/* The second and the fourth have no PMU. */
static const uint64_t mixed[] = { PSCI | PMU, PSCI, PSCI | PMU, PSCI };

Test(shapes, vcpus_of_different_features_make_a_shape_each)
{
	_Alignas(16) static uint8_t file[1 << 18], store[1 << 18];
	struct cvmm_view v;
	struct saved s;
	size_t len;
	uint32_t i;

	open_four(mixed);
	for (i = 0; i < 4; i++)
		put(i, CVMM_ARM64_SYS(3, 3, 13, 0, 2), 100 + i);
	put(2, PMCCNTR, 77);
	guest_save(&g, &s);
	cr_assert_eq(s.v.nshapes, 2);
	cr_assert_eq(s.v.shape[0].features, PSCI);
	cr_assert_eq(s.v.shape[1].features, PSCI | PMU);
	cr_assert_eq(s.v.shape[0].regs.ncols, 2);
	cr_assert_lt(cvmm_regset_find(&s.v.shape[0].regs, PMCCNTR), 0);
	cr_assert_eq(vm_value(&s.v, FEATURES), PSCI);
	for (i = 0; i < 4; i++) {
		const struct cvmm_vcpu_ref *ref = &s.v.vcpu[i];
		const struct cvmm_regset *regs = &s.v.shape[ref->shape].regs;
		int at = cvmm_regset_find(regs, CVMM_ARM64_SYS(3, 3, 13, 0, 2));

		cr_assert_eq(ref->id, i);
		cr_assert_eq(ref->shape, i % 2 ? 0 : 1);
		cr_assert_eq(cvmm_regset_u64(regs, (uint32_t)at, ref->col), 100 + i);
	}
	cr_assert_eq(cvmm_snapshot_write(&s.v, CVMM_FORMAT_NEWEST, file, sizeof(file), &len, &e), 0);
	cr_assert_eq(cvmm_snapshot_read(file, len, store, sizeof(store), &v, &e), 0);
	cr_assert_eq(v.nshapes, 2);
	free(s.store);
	guest_close(&g);
	world_close(&w);
}

Test(shapes, such_a_machine_moves_where_kvm_has_them)
{
	struct planned *p = malloc(sizeof(*p) * 2);
	struct saved s, again;
	struct world to;
	struct guest h;
	uint32_t i;

	open_four(mixed);
	put(2, PMCCNTR, 77);
	put(3, CVMM_ARM64_SYS(3, 3, 13, 0, 2), 5);
	guest_save(&g, &s);
	world_open_for(&to, OLD, 4);
	p->p = (struct cvmm_plan){ .step = p->step, .cap = (uint32_t)(2 * sizeof(*p) / sizeof(p->step[0])) - 8 };
	cr_assert_eq(cvmm_plan_make(&s.v, &to.profile, NULL, &p->p, &e), 0);
	cr_assert_eq(p->p.nrefused, 0);
	cr_assert_eq(guest_restore(&h, &to, NULL, &s.v, &p->p, &e), 0, "%s %llx", cvmm_reason_name(e.reason),
		(unsigned long long)e.id);
	h.m.each = mixed;
	guest_save(&h, &again);
	cr_assert_eq(again.v.nshapes, 2);
	for (i = 0; i < 2; i++) {
		struct cvmm_view a = s.v, b = again.v;

		a.shape += i;
		b.shape += i;
		cr_assert_eq(views_differ(&a, &b), 0, "shape %u", i);
	}
	free(again.store);
	guest_close(&h);
	world_close(&to);
	/* And not where all have to be alike. */
	world_open_for(&to, NEW, 4);
	cr_assert_eq(cvmm_plan_make(&s.v, &to.profile, NULL, &p->p, &e), 0);
	cr_assert_gt(p->p.nrefused, 0);
	world_close(&to);
	free(s.store);
	free(p);
	guest_close(&g);
	world_close(&w);
}

Test(shapes, the_same_features_and_other_registers_are_an_error)
{
	static const uint64_t wrong[] = { PSCI | PMU, PSCI | PMU, PSCI | PMU, PSCI };
	struct saved s;

	open_four(mixed);
	g.m.each = wrong;
	cr_assert_eq(guest_save_e(&g, &s, &e), -EIO);
	cr_assert_eq(e.reason, CVMM_REASON_SHAPES_DIFFER);
	cr_assert_eq(e.vcpu, 1);
	guest_close(&g);
	world_close(&w);
}

/* ---- a register that no catalogue knows ---- */

static void carried(uint8_t scope)
{
	const struct cvmm_rules mine = { .row = &strange_row, .scope = &scope, .nrows = 1 };
	struct saved s;
	int at;

	strange_open(&w, 2);
	cr_assert_eq(guest_open(&g, &w, NULL, 2, &e), 0);
	cr_assert_eq(cvmm_machine_start(&g.m, PSCI, NULL, 0, NULL, &e), 0);
	put(0, STRANGER, 41);
	put(1, STRANGER, 42);
	cr_assert_eq(guest_save_e(&g, &s, &e), -EXDEV);
	cr_assert_eq(e.id, STRANGER);
	g.m.mine = &mine;
	guest_save(&g, &s);
	at = cvmm_regset_find(scope == CVMM_SCOPE_VM ? &s.v.vm : &s.v.shape[0].regs, STRANGER);
	cr_assert_geq(at, 0);
	if (scope == CVMM_SCOPE_VM) {
		cr_assert_eq(vm_value(&s.v, STRANGER), 41);
	} else {
		cr_assert_eq(vcpu_value(&s.v, STRANGER, 0), 41);
		cr_assert_eq(vcpu_value(&s.v, STRANGER, 1), 42);
	}
	free(s.store);
	guest_close(&g);
	world_close(&w);
}

Test(shapes, the_callers_rows_say_whose_an_unknown_register_is)
{
	carried(CVMM_SCOPE_VCPU);
	carried(CVMM_SCOPE_VM);
}

/* ---- riscv64 ---- */

static void open_file(struct world *to, const char *name, uint32_t vcpus)
{
	static char text[2][1 << 18];
	static unsigned int turn;
	char path[512];
	size_t len;
	FILE *f;

	turn ^= 1;
	(void)snprintf(path, sizeof(path), "%s/kvm-sim/profiles/%s", CVMM_SOURCE_DIR, name);
	f = fopen(path, "r");
	cr_assert(f, "%s", path);
	len = fread(text[turn], 1, sizeof(text[turn]) - 1, f);
	(void)fclose(f);
	text[turn][len] = 0;
	world_open_text(to, name, text[turn], len, vcpus);
}

#define RV(type, n) (UINT64_C(0x8030000000000000) | (uint64_t)(type) << 24 | (n))
#define RV_TIME	    RV(4, 1)

static int riscv_open(struct guest *r, struct world *from)
{
	uint32_t i;
	int ret;

	memset(r, 0, sizeof(*r));
	r->world = from;
	ret = cvmm_kvm_open(&from->be, &r->kvm, &e);
	if (ret == 0)
		ret = cvmm_kvm_create_vm(r->kvm, 0, &r->gate, &r->vm, &e);
	if (ret == 0)
		ret = cvmm_vm_regs_init(&r->regs, r->vm, CVMM_DIALECT_VCPU, r->slot, CVMM_VM_SLOTS_MAX, &e);
	if (ret == 0)
		ret = cvmm_machine_init(&r->m, r->vm, &r->gate, &r->regs, &e);
	cvmm_machine_riscv64(&r->m);
	for (i = 0; ret == 0 && i < 2; i++, r->nvcpus++)
		ret = cvmm_vm_create_vcpu(r->vm, i, &r->vcpu[i], &e);
	return ret;
}

static void riscv_start(struct guest *r, struct world *from, const struct cvmm_pair *pin, uint32_t npin)
{
	uint32_t i, k;

	cr_assert_eq(riscv_open(r, from), 0);
	cr_assert_eq(cvmm_machine_early(&r->m, &e), 0);
	cr_assert_eq(cvmm_machine_vcpus(&r->m, r->vcpu, r->nvcpus, &e), 0);
	cr_assert_eq(cvmm_machine_start(&r->m, 0, pin, npin, NULL, &e), 0, "%s %llx", cvmm_reason_name(e.reason),
		(unsigned long long)e.id);
	for (i = 0; i < 2; i++) {
		for (k = 0; k < 32; k++) {
			uint64_t v = 0x1000 * (i + 1) + k;

			cr_assert_eq(cvmm_vcpu_set_one_reg(r->vcpu[i], RV(2, k), &v, 8, &e), 0);
		}
	}
}

static int riscv_restore(struct guest *r, struct world *to, const struct saved *s, const struct planned *p)
{
	int ret = riscv_open(r, to);

	if (ret == 0)
		ret = cvmm_apply_until(&r->m, &s->v, &p->p, CVMM_PHASE_VM, &e);
	if (ret == 0)
		ret = cvmm_machine_vcpus(&r->m, r->vcpu, r->nvcpus, &e);
	return ret == 0 ? cvmm_apply_until(&r->m, &s->v, &p->p, CVMM_PHASE_DONE, &e) : ret;
}

Test(shapes, riscv64_machines_are_captured_and_restored)
{
	static const char *const host[] = { "riscv64/6.12.107-rv64.profile", "riscv64/7.2.13-rv64.profile",
		"riscv64/7.2.13-max.profile" };
	static struct planned p;
	uint32_t i;

	for (i = 0; i < 3; i++) {
		struct saved s, again;
		struct world from, to;
		struct guest a, b;

		open_file(&from, host[i], 2);
		open_file(&to, host[i], 2);
		riscv_start(&a, &from, NULL, 0);
		guest_save(&a, &s);
		cr_assert_eq(vcpu_value(&s.v, RV(2, 5), 1), 0x2005);
		cr_assert_geq(cvmm_regset_find(&s.v.vm, RV_TIME), 0);
		plan_on(&p, &s.v, &to, NULL);
		if (p.p.nrefused)
			print_plan(&p);
		cr_assert_eq(p.p.nrefused, 0, "%s", host[i]);
		cr_assert_eq(riscv_restore(&b, &to, &s, &p), 0, "%s: %s %llx phase %u", host[i],
			cvmm_reason_name(e.reason), (unsigned long long)e.id, e.phase);
		guest_save(&b, &again);
		cr_assert_eq(views_differ(&s.v, &again.v), 0, "%s: %llx", host[i],
			(unsigned long long)views_differ(&s.v, &again.v));
		free(s.store);
		free(again.store);
		guest_close(&a);
		guest_close(&b);
		world_close(&from);
		world_close(&to);
	}
}

/* An extension that the guest was started without stays off, and its registers away. */
Test(shapes, riscv64_extensions_stay_as_they_were)
{
	static const struct cvmm_pair no_aia[] = { { RV(7, 14), 0 } }; /* Ssaia */
	static struct planned p;
	struct saved s, again;
	struct world from, to;
	struct guest a, b;

	open_file(&from, "riscv64/7.2.13-max.profile", 2);
	open_file(&to, "riscv64/7.2.13-max.profile", 2);
	riscv_start(&a, &from, no_aia, 1);
	guest_save(&a, &s);
	cr_assert_lt(cvmm_regset_find(&s.v.shape[0].regs, RV(3, 0x10000)), 0);
	plan_on(&p, &s.v, &to, NULL);
	if (p.p.nrefused)
		print_plan(&p);
	cr_assert_eq(p.p.nrefused, 0);
	cr_assert_eq(riscv_restore(&b, &to, &s, &p), 0, "%s %llx phase %u", cvmm_reason_name(e.reason),
		(unsigned long long)e.id, e.phase);
	guest_save(&b, &again);
	cr_assert_eq(views_differ(&s.v, &again.v), 0);
	free(s.store);
	free(again.store);
	guest_close(&a);
	guest_close(&b);
	world_close(&from);
	world_close(&to);
}
