/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* vCPUs for which a rule would say different things, rows of the caller's, hosts that lack what others are judged by. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cvmm/kvm-ioctls/cap.h>
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/x86.h>
#include <cvmm/snapshot/plan.h>

#include "strange.h"
#include "world.h"
#include "x86.h"

#define TCR2  CVMM_ARM64_SYS(3, 0, 2, 0, 3)
#define MMFR3 CVMM_ARM64_SYS(3, 0, 0, 7, 3)
#define PFR1  CVMM_ARM64_SYS(3, 0, 0, 4, 1)
#define CTR   CVMM_ARM64_SYS(3, 3, 0, 0, 1)
#define MTRR  CVMM_X86_REG_MSR(0x2ff)

static struct world w;
static struct guest g;
static struct saved s;
static struct planned p;
static struct cvmm_variant variant;
static struct cvmm_item items[4096];
static struct cvmm_error e;

static void teardown(void)
{
	free(s.store);
	guest_close(&g);
	world_close(&w);
}

/* A list of its own for the host, to be changed. */
static struct cvmm_regset *own_list(struct cvmm_profile *host, uint64_t features)
{
	variant = *cvmm_profile_variant(host, features);
	memcpy(items, variant.regs.item, variant.regs.n * sizeof(*items));
	variant.regs.item = items;
	host->variant = &variant;
	host->nvariants = 1;
	return &variant.regs;
}

static void drop(struct cvmm_regset *set, uint64_t id)
{
	struct cvmm_item *item = (struct cvmm_item *)(uintptr_t)set->item;
	int at = cvmm_regset_find(set, id);

	cr_assert_geq(at, 0);
	memmove(&item[at], &item[at + 1], (set->n - (uint32_t)at - 1) * sizeof(*item));
	set->n--;
}

static void set_reset(const struct cvmm_regset *set, uint64_t id, uint64_t value)
{
	int at = cvmm_regset_find(set, id);

	cr_assert_geq(at, 0);
	cvmm_store_le((uint8_t *)(uintptr_t)cvmm_regset_value(set, (uint32_t)at, 0), 8, value);
}

/* ---- two columns ---- */

/* The host alone decides these bits of the stranger; a fresh vCPU has 0. */
static struct cvmm_row row;
static uint8_t scope;
static struct cvmm_rule rule;
static struct cvmm_rules mine = { .v = &rule, .row = &row, .scope = &scope, .nrows = 1 };

static void strange_setup(uint8_t whose, uint32_t n)
{
	row = strange_row;
	scope = whose;
	mine.n = 0;
	strange_open(&w, 2);
	guest_start(&g, &w, n, PSCI, NULL, 0);
	g.m.mine = &mine;
	guest_save(&g, &s);
}

/* The step for two vCPUs with these values, where @act decides about a vCPU whose value the host cannot take. */
static const struct cvmm_step *decided(uint64_t first, uint64_t second, uint8_t act)
{
	rule = (struct cvmm_rule){ .first = STRANGER, .count = 1, .on = CVMM_ON_DIFFER, .act = act };
	mine.n = 1;
	set_value(&s.v, STRANGER, 0, first);
	set_value(&s.v, STRANGER, 1, second);
	plan_on(&p, &s.v, &w, &mine);
	return step_of(&p, STRANGER);
}

static void contradicts(uint64_t first, uint64_t second, uint8_t act)
{
	const struct cvmm_step *step = decided(first, second, act);

	cr_expect_eq(step->verdict, CVMM_VERDICT_REFUSED, "%llx, %llx: action %u", (unsigned long long)first,
		(unsigned long long)second, act);
	cr_expect_eq(step->reason, CVMM_REASON_GUEST_SEES_OTHER);
	cr_expect_eq(step->vcpu, 1);
}

Test(plan_columns, no_step_writes_one_vcpus_value_and_not_the_others)
{
	strange_setup(CVMM_SCOPE_VCPU, 2);
	row.fixed = 0xf0;
	contradicts(1, 0x11, CVMM_ACT_PIN);
	contradicts(0x11, 1, CVMM_ACT_PIN);
	contradicts(1, 0x11, CVMM_ACT_DROP);
	contradicts(0x11, 1, CVMM_ACT_DROP);
	contradicts(1, 0x11, CVMM_ACT_LEAVE);
	contradicts(0x11, 1, CVMM_ACT_LEAVE);
	/* Of one mind. */
	cr_expect_eq(decided(0x11, 0x12, CVMM_ACT_PIN)->verdict, CVMM_VERDICT_PINNED);
	cr_expect_eq(decided(0x11, 0x11, CVMM_ACT_PIN)->verdict, CVMM_VERDICT_PINNED);
	cr_expect_eq(decided(0x11, 0x12, CVMM_ACT_DROP)->verdict, CVMM_VERDICT_DROPPED);
	cr_expect_eq(decided(0x11, 0x12, CVMM_ACT_LEAVE)->verdict, CVMM_VERDICT_LEFT);
	cr_expect_eq(decided(1, 0x11, CVMM_ACT_WRITE)->verdict, CVMM_VERDICT_EXACT);
	cr_expect_eq(decided(1, 2, CVMM_ACT_PIN)->verdict, CVMM_VERDICT_EXACT);
	teardown();
}

/* ---- rows of the caller's ---- */

/* Bits that the other scope owns are compared, not written. */
Test(plan_columns, bits_of_the_other_scope)
{
	strange_setup(CVMM_SCOPE_VCPU, 2);
	row.other_bits = 0xf0;
	set_value(&s.v, STRANGER, 0, 1);
	plan_on(&p, &s.v, &w, &mine);
	cr_expect_eq(step_of(&p, STRANGER)->verdict, CVMM_VERDICT_EXACT);
	set_value(&s.v, STRANGER, 1, 0x11);
	plan_on(&p, &s.v, &w, &mine);
	cr_expect_eq(step_of(&p, STRANGER)->verdict, CVMM_VERDICT_REFUSED);
	cr_expect_eq(step_of(&p, STRANGER)->reason, CVMM_REASON_FIXED_BITS_DIFFER);
	cr_expect_eq(step_of(&p, STRANGER)->vcpu, 1);
	teardown();
}

/* Phases and ranks that do not exist: such a register is in no phase, and the plan is in order all the same. */
Test(plan_columns, a_row_of_no_phase)
{
	uint32_t i;

	strange_setup(CVMM_SCOPE_VCPU, 1);
	row.phase = 200;
	row.rank = CVMM_RANKS;
	plan_on(&p, &s.v, &w, &mine);
	cr_expect_eq(step_of(&p, STRANGER)->phase, CVMM_PHASE_NONE);
	for (i = 1; i < p.p.n; i++)
		cr_assert_leq(p.step[i - 1].phase, p.step[i].phase);
	teardown();
}

/* Only the host has it, and what a fresh vCPU reads says that there is nothing. */
Test(plan_columns, fields_that_promise_nothing)
{
	strange_setup(CVMM_SCOPE_VM, 1);
	row.write = CVMM_WRITE_SAFE;
	row.combine = CVMM_COMBINE_FIELDS;
	drop(&s.v.vm, STRANGER);
	plan_on(&p, &s.v, &w, &mine);
	cr_expect_eq(step_of(&p, STRANGER)->verdict, CVMM_VERDICT_LEFT);
	cr_expect_eq(step_of(&p, STRANGER)->reason, CVMM_REASON_HARMLESS);
	row.combine = CVMM_COMBINE_EXACT;
	plan_on(&p, &s.v, &w, &mine);
	cr_expect_eq(step_of(&p, STRANGER)->reason, CVMM_REASON_NEW_ON_HOST);
	teardown();
}

/* Bits that are state: also what the host has already has to be offered. The short way to the answer says the same. */
Test(plan_columns, bits_that_are_state)
{
	static _Alignas(16) uint8_t store[CVMM_MOVES_BYTES];
	const struct cvmm_profile *host = &w.profile;
	struct cvmm_pair bits = { STRANGER, 0 };
	struct cvmm_move m;

	strange_setup(CVMM_SCOPE_VM, 1);
	row.write = CVMM_WRITE_BITS;
	set_reset(own_list(&w.profile, PSCI), STRANGER, 1);
	set_value(&s.v, STRANGER, 0, 1);
	w.profile.bits = &bits;
	w.profile.nbits = 1;
	plan_on(&p, &s.v, &w, &mine);
	cr_expect_eq(step_of(&p, STRANGER)->reason, CVMM_REASON_BITS_NOT_OFFERED);
	cr_assert_eq(cvmm_plan_moves(&s.v, &host, 1, &mine, &m, store, sizeof(store), &e), 0);
	cr_expect_eq(m.nrefused, p.p.nrefused);
	teardown();
}

/* ---- hosts that lack something ---- */

/* Nobody can say that the host's ID register shows more than the guest's: it is not there. */
Test(plan_columns, id_registers_that_the_host_lacks)
{
	struct cvmm_regset *set;

	world_open_for(&w, "6.12.117-max", 1);
	guest_start(&g, &w, 1, PSCI, NULL, 0);
	guest_save(&g, &s);
	cr_assert_geq(cvmm_regset_find(&s.v.shape[0].regs, TCR2), 0);
	set = own_list(&w.profile, PSCI);
	set_reset(set, MMFR3, 1);
	plan_on(&p, &s.v, &w, NULL);
	cr_expect_eq(step_of(&p, TCR2)->verdict, CVMM_VERDICT_DROPPED);
	cr_expect_eq(step_of(&p, TCR2)->reason, CVMM_REASON_UNREACHABLE);
	drop(set, MMFR3);
	drop(set, PFR1);
	plan_on(&p, &s.v, &w, NULL);
	cr_expect_eq(step_of(&p, TCR2)->verdict, CVMM_VERDICT_EXACT);
	cr_expect_eq(step_of(&p, CVMM_ARM64_WORKAROUND_2)->verdict, CVMM_VERDICT_ASSERTED);
	cr_expect_eq(step_of(&p, PFR1)->verdict, CVMM_VERDICT_REFUSED);
	teardown();
}

/* Kernels up to 6.1 show guests the hardware's CTR_EL0, whatever was written: a rule can only say what is seen anyway. */
Test(plan_columns, a_pinned_value_that_guests_see_anyway)
{
	const struct cvmm_rules rules = { .v = &rule, .n = 1 };

	world_open_for(&w, STRANGE_HOST, 1);
	guest_start(&g, &w, 1, PSCI, NULL, 0);
	guest_save(&g, &s);
	s.v.nseen = 0;
	set_value(&s.v, CTR, 0, 0x9444c004);
	rule = (struct cvmm_rule){
		.first = CTR, .count = 1, .on = CVMM_ON_DIFFER, .act = CVMM_ACT_PIN, .value = 0x8444c004
	};
	plan_on(&p, &s.v, &w, &rules);
	cr_expect_eq(step_of(&p, CTR)->verdict, CVMM_VERDICT_PINNED);
	cr_expect_eq(step_of(&p, CTR)->write, 0);
	cr_expect_eq(step_of(&p, CTR)->verify, 0, "ONE_REG shows another value than the guest sees");
	rule.value = 0x9444c004;
	plan_on(&p, &s.v, &w, &rules);
	cr_expect_eq(step_of(&p, CTR)->reason, CVMM_REASON_GUEST_SEES_OTHER);
	teardown();
}

/* ---- x86_64 ---- */

static struct x86_world xw;
static struct x86_guest xg;
static struct x86_saved xs;
static struct x86_planned xp;

static struct cvmm_regset *x86_setup(const char *name)
{
	x86_world_open(&xw, name);
	cr_assert_eq(x86_guest_start(&xg, &xw, NULL, 1, &e), 0);
	cr_assert_eq(x86_guest_save(&xg, &xw, &xs, &e), 0);
	return (struct cvmm_regset *)(uintptr_t)&xs.v.shape[0].regs;
}

static void x86_teardown(void)
{
	free(xs.store);
	x86_guest_close(&xg);
	x86_world_close(&xw);
}

/* Judged by capabilities where a snapshot has it; where only a host's list has it, it is a register as any other. */
Test(plan_columns, a_host_that_lists_what_others_do_not)
{
	struct cvmm_regset *set = x86_setup("6.12.117-svm"), *list;
	uint32_t i;

	drop(set, MTRR);
	list = own_list(&xw.profile, 0);
	for (i = 0; i + 1 < list->n && items[i + 1].id < MTRR; i++)
		;
	cr_assert_eq(items[i].size, 8);
	items[i].id = MTRR;
	x86_plan_on(&xp, &xs.v, &xw);
	cr_expect_eq(x86_step_of(&xp, MTRR)->verdict, CVMM_VERDICT_LEFT);
	cr_expect_eq(x86_step_of(&xp, MTRR)->reason, CVMM_REASON_HARMLESS);
	x86_teardown();
}

/* Listed, and no bit of it was taken: no register. One bit that was, and it is one. */
Test(plan_columns, an_msr_of_which_a_bit_was_taken)
{
	struct cvmm_pair one;
	struct cvmm_regset *set = x86_setup("5.10.223-svm");
	uint32_t i;

	for (i = 0; i < xw.profile.nbits; i++)
		if (cvmm_regset_find(&xw.profile.variant[0].regs, xw.profile.bits[i].id) >= 0)
			break;
	cr_assert_lt(i, xw.profile.nbits);
	one = xw.profile.bits[i];
	if (cvmm_regset_find(set, one.id) >= 0)
		drop(set, one.id);
	x86_plan_on(&xp, &xs.v, &xw);
	cr_expect_null(x86_step_of(&xp, one.id));
	one.value = 1;
	xw.profile.bits = &one;
	xw.profile.nbits = 1;
	x86_plan_on(&xp, &xs.v, &xw);
	cr_assert(x86_step_of(&xp, one.id));
	cr_expect_eq(x86_step_of(&xp, one.id)->verdict, CVMM_VERDICT_LEFT);
	x86_teardown();
}

/* A host whose nested state is shorter than the guest's own; and more leaves than KVM takes. */
Test(plan_columns, blocks_that_are_too_long)
{
	const uint32_t n = CVMM_X86_CPUID_MAX + 1,
		       bytes = (uint32_t)(sizeof(struct cvmm_x86_cpuid) + n * sizeof(struct cvmm_x86_cpuid_entry));
	static struct cvmm_pair caps[CVMM_SNAPSHOT_CAPS_MAX];
	struct cvmm_regset *set = x86_setup("6.12.117-svm");
	struct cvmm_item *item;
	uint8_t *col;
	uint32_t i;

	memcpy(caps, xw.profile.cap, xw.profile.ncaps * sizeof(*caps));
	xw.profile.cap = caps;
	for (i = 0; i < xw.profile.ncaps && caps[i].id != CVMM_CAP_NESTED_STATE; i++)
		;
	cr_assert_lt(i, xw.profile.ncaps);
	caps[i].value = 1;
	x86_plan_on(&xp, &xs.v, &xw);
	cr_expect_eq(x86_step_of(&xp, CVMM_X86_VCPU_NESTED)->verdict, CVMM_VERDICT_REFUSED);
	cr_expect_eq(x86_step_of(&xp, CVMM_X86_VCPU_NESTED)->reason, CVMM_REASON_CAP_NOT_OFFERED);
	/* The list of leaves behind everything else of the column. */
	item = (struct cvmm_item *)(uintptr_t)&set->item[cvmm_regset_find(set, CVMM_X86_VCPU_CPUID2)];
	col = calloc(1, set->stride + bytes);
	memcpy(col, set->col, set->stride);
	cvmm_store_le(col + set->stride, 4, n);
	item->off = set->stride;
	item->size = bytes;
	set->stride += bytes;
	set->col = col;
	x86_plan_on(&xp, &xs.v, &xw);
	cr_expect_eq(x86_step_of(&xp, CVMM_X86_VCPU_CPUID2)->verdict, CVMM_VERDICT_REFUSED);
	cr_expect_eq(x86_step_of(&xp, CVMM_X86_VCPU_CPUID2)->reason, CVMM_REASON_REG_SIZE);
	free(col);
	x86_teardown();
}
