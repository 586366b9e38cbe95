/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Plans in the corners: hosts that tell little, rules that ask for much, machines that differ from everybody's. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cvmm/kvm-ioctls/cap.h>
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/x86.h>
#include <cvmm/snapshot/plan.h>

#include "world.h"
#include "x86.h"

#define HOST  "6.18.15-neoverse-n1"
#define RULES 40u

static _Alignas(16) uint8_t moves_store[CVMM_MOVES_BYTES];
static struct cvmm_pair caps[CVMM_SNAPSHOT_CAPS_MAX + 1];
static struct world w;
static struct guest g;
static struct saved s;
static struct planned p;
static struct x86_world xw;
static struct x86_guest xg;
static struct x86_saved xs;
static struct x86_planned xp;
static struct cvmm_error e;

static void setup(uint32_t n)
{
	world_open(&w, HOST);
	guest_start(&g, &w, n, PSCI, NULL, 0);
	guest_save(&g, &s);
}

static void teardown(void)
{
	free(s.store);
	guest_close(&g);
	world_close(&w);
}

static void x86_setup(void)
{
	x86_world_open(&xw, "6.12.117-svm");
	cr_assert_eq(x86_guest_start(&xg, &xw, NULL, 1, &e), 0);
	cr_assert_eq(x86_guest_save(&xg, &xw, &xs, &e), 0);
}

static void x86_teardown(void)
{
	free(xs.store);
	x86_guest_close(&xg);
	x86_world_close(&xw);
}

/* The host has no opinion about a capability, or another one. */
static void answer(struct cvmm_profile *host, uint32_t id, uint64_t value)
{
	uint32_t i;

	if (host->cap != caps)
		memcpy(caps, host->cap, host->ncaps * sizeof(*caps));
	host->cap = caps;
	for (i = 0; i < host->ncaps && caps[i].id < id; i++)
		;
	if (i == host->ncaps || caps[i].id != id) {
		memmove(&caps[i + 1], &caps[i], (host->ncaps - i) * sizeof(*caps));
		host->ncaps++;
	}
	caps[i] = (struct cvmm_pair){ id, value };
}

/* The register in front of where @id would be becomes @id. */
static void rename_to(const struct cvmm_regset *set, uint64_t id)
{
	struct cvmm_item *item = (struct cvmm_item *)(uintptr_t)set->item;
	uint32_t i;

	for (i = 0; i + 1 < set->n && item[i + 1].id < id; i++)
		;
	item[i].id = id;
	cr_assert_eq(item[i].size, 8);
}

static void moves_agree(const struct cvmm_view *v, const struct cvmm_profile *host, const struct cvmm_plan *plan)
{
	struct cvmm_move m;

	cr_assert_eq(cvmm_plan_moves(v, &host, 1, NULL, &m, moves_store, sizeof(moves_store), &e), 0);
	cr_expect_eq(m.nrefused, plan->nrefused);
}

Test(plan_corners, a_host_that_was_not_measured_at_all)
{
	setup(1);
	w.profile.nvariants = 0;
	plan_on(&p, &s.v, &w, NULL);
	cr_expect_eq(p.p.nrefused, 1);
	cr_expect_eq(p.step[0].reason, CVMM_REASON_NO_VARIANT);
	cr_expect_eq(p.step[0].other, 0);
	moves_agree(&s.v, &w.profile, &p.p);
	teardown();
	x86_setup();
	xw.profile.nvariants = 0;
	x86_plan_on(&xp, &xs.v, &xw);
	cr_expect_eq(xp.p.nrefused, 1);
	moves_agree(&xs.v, &xw.profile, &xp.p);
	x86_teardown();
}

Test(plan_corners, names_of_verdicts)
{
	cr_expect_str_eq(cvmm_verdict_name(CVMM_VERDICT_REFUSED), "refused");
	cr_expect_str_eq(cvmm_verdict_name(CVMM_VERDICT_REFUSED + 1), "unknown");
}

/* Rules whose tests do not hold: of more than there is room for the later ones are not asked. */
Test(plan_corners, more_rules_than_a_register_can_have)
{
	static struct cvmm_rule rule[RULES];
	struct cvmm_rules mine = { .v = rule, .n = RULES };
	uint64_t id = CVMM_ARM64_PSCI_VERSION;
	uint32_t i;

	setup(1);
	for (i = 0; i < RULES; i++)
		rule[i] = (struct cvmm_rule){ .first = id,
			.count = 1,
			.on = CVMM_ON_DIFFER,
			.test = CVMM_TEST_REGISTER,
			.arg = 1 + i,
			.act = CVMM_ACT_LEAVE };
	set_value(&s.v, id, 0, 0x20000);
	plan_on(&p, &s.v, &w, &mine);
	cr_expect_eq(step_of(&p, id)->verdict, CVMM_VERDICT_REFUSED);
	rule[0].test = CVMM_TEST_ALWAYS;
	mine.n = 1;
	plan_on(&p, &s.v, &w, &mine);
	cr_expect_eq(step_of(&p, id)->verdict, CVMM_VERDICT_LEFT);
	/* And one about no register. */
	rule[0].step = 1;
	rule[0].count = 0;
	cr_expect_eq(cvmm_plan_make(&s.v, &w.profile, &mine, &p.p, NULL), -EINVAL);
	teardown();
}

/* Values that a guest asserts: a rule may write or state them, nobody reads them back. */
Test(plan_corners, rules_about_what_is_asserted)
{
	static struct cvmm_item item[4096];
	struct cvmm_rule rule = { .first = CVMM_ARM64_WORKAROUND_2, .count = 1, .on = 7, .act = CVMM_ACT_WRITE };
	struct cvmm_rules mine = { .v = &rule, .n = 1 };
	struct cvmm_regset *vm = &s.v.vm;
	const struct cvmm_step *step;
	int at;

	setup(1);
	at = cvmm_regset_find(vm, rule.first);
	cr_assert_geq(at, 0);
	set_value(&s.v, rule.first, 0, 99);
	plan_on(&p, &s.v, &w, &mine);
	step = step_of(&p, rule.first);
	cr_expect_eq(step->verdict, CVMM_VERDICT_EXACT);
	cr_expect_eq(step->verify, 0);
	rule.act = CVMM_ACT_PIN;
	rule.value = cvmm_regset_u64(&cvmm_profile_variant(&w.profile, PSCI)->regs,
		(uint32_t)cvmm_regset_find(&cvmm_profile_variant(&w.profile, PSCI)->regs, rule.first), 0);
	memcpy(item, vm->item, vm->n * sizeof(*item));
	memmove(&item[at], &item[at + 1], (vm->n - (uint32_t)at - 1) * sizeof(*item));
	vm->item = item;
	vm->n--;
	plan_on(&p, &s.v, &w, &mine);
	step = step_of(&p, rule.first);
	cr_expect_eq(step->verdict, CVMM_VERDICT_PINNED);
	cr_expect_eq(step->verify, 0);
	teardown();
}

/* vCPUs of two feature sets, stated by the machine: for hosts that let them differ. */
Test(plan_corners, vcpus_that_differ_on_purpose)
{
	uint64_t id = CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_ASYMMETRIC);
	struct cvmm_vcpu_ref ref[2] = { { 0, 0, 0 }, { 1, 1, 0 } };
	uint32_t number[2] = { 0, 1 }, with, without;
	struct cvmm_shape shape[2];

	setup(2);
	shape[0] = shape[1] = s.v.shape[0];
	shape[0].regs.ncols = shape[1].regs.ncols = 1;
	shape[0].vcpu_id = &number[0];
	shape[1].vcpu_id = &number[1];
	shape[1].regs.col += shape[1].regs.stride;
	shape[1].features |= PMU;
	s.v.shape = shape;
	s.v.nshapes = 2;
	s.v.vcpu = ref;
	rename_to(&s.v.vm, id);
	set_value(&s.v, id, 0, 1);
	plan_on(&p, &s.v, &w, NULL);
	without = p.p.nrefused;
	answer(&w.profile, CVMM_CAP_SIM_ASYMMETRIC, 1);
	plan_on(&p, &s.v, &w, NULL);
	with = p.p.nrefused;
	/* Neither the property nor the sets stand in the way any more. */
	cr_expect_eq(without - with, 2, "%u, %u", without, with);
	cr_expect_eq(step_of(&p, id)->verdict, CVMM_VERDICT_EXACT);
	teardown();
}

/* A guest of a larger address space than a host without an opinion has. */
Test(plan_corners, address_bits)
{
	uint64_t id = CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_IPA_BITS);

	setup(1);
	if (cvmm_regset_find(&s.v.vm, id) < 0)
		rename_to(&s.v.vm, id);
	answer(&w.profile, 165, 0);
	set_value(&s.v, id, 0, 40);
	plan_on(&p, &s.v, &w, NULL);
	cr_expect_eq(step_of(&p, id)->verdict, CVMM_VERDICT_EXACT);
	set_value(&s.v, id, 0, 41);
	plan_on(&p, &s.v, &w, NULL);
	cr_expect_eq(step_of(&p, id)->reason, CVMM_REASON_VM_PROPERTY);
	teardown();
}

/* x2APIC: the ID in the format that the VMM chose, and of the vCPU's own number. */
Test(plan_corners, x2apic_ids_of_32_bits)
{
	uint64_t api = CVMM_X86_BLOCK(CVMM_X86_X2APIC_API);
	struct cvmm_regset *set;
	struct cvmm_item *item;
	uint8_t *sregs, *lapic;
	int at;

	x86_setup();
	set = (struct cvmm_regset *)(uintptr_t)&xs.v.shape[0].regs;
	sregs = x86_value(&xs.v, CVMM_X86_VCPU_SREGS2, 0, NULL) + offsetof(struct cvmm_x86_sregs2, apic_base);
	lapic = x86_value(&xs.v, CVMM_X86_VCPU_LAPIC, 0, NULL);
	cvmm_store_le(sregs, 8, cvmm_load_le(sregs, 8) | 0xc00);
	rename_to(&xs.v.vm, api);
	cvmm_store_le(x86_value(&xs.v, api, 0, NULL), 8, 1);
	cvmm_store_le(lapic + 0x20, 4, 1u << 24);
	x86_plan_on(&xp, &xs.v, &xw);
	cr_expect_eq(x86_step_of(&xp, CVMM_X86_VCPU_LAPIC)->reason, CVMM_REASON_HOST_REFUSES);
	cvmm_store_le(lapic + 0x20, 4, 0);
	x86_plan_on(&xp, &xs.v, &xw);
	cr_expect_eq(x86_step_of(&xp, CVMM_X86_VCPU_LAPIC)->verdict, CVMM_VERDICT_EXACT);
	/* Without SREGS2 nobody knows of a mode. */
	cvmm_store_le(lapic + 0x20, 4, 1u << 24);
	at = cvmm_regset_find(set, CVMM_X86_VCPU_SREGS2);
	item = (struct cvmm_item *)(uintptr_t)&set->item[at];
	memmove(item, item + 1, (set->n - (uint32_t)at - 1) * sizeof(*item));
	set->n--;
	x86_plan_on(&xp, &xs.v, &xw);
	cr_expect_eq(x86_step_of(&xp, CVMM_X86_VCPU_LAPIC)->verdict, CVMM_VERDICT_EXACT);
	/* A nested state that is shorter than its own head. */
	at = cvmm_regset_find(set, CVMM_X86_VCPU_NESTED);
	item = (struct cvmm_item *)(uintptr_t)&set->item[at];
	item->size = 100;
	x86_plan_on(&xp, &xs.v, &xw);
	cr_expect_eq(x86_step_of(&xp, CVMM_X86_VCPU_NESTED)->reason, CVMM_REASON_HOST_REFUSES);
	x86_teardown();
}

/* Vector registers in use, with a control register as processors have it. */
Test(plan_corners, vector_registers_in_use)
{
	uint8_t *xsave;

	x86_setup();
	xsave = x86_value(&xs.v, CVMM_X86_VCPU_XSAVE, 0, NULL);
	cvmm_store_le(xsave + 512, 8, 3);
	cvmm_store_le(xsave + 24, 4, 0x1f80);
	x86_plan_on(&xp, &xs.v, &xw);
	cr_expect_eq(x86_step_of(&xp, CVMM_X86_VCPU_XSAVE)->verdict, CVMM_VERDICT_EXACT);
	cvmm_store_le(xsave + 24, 4, 0x41f80);
	x86_plan_on(&xp, &xs.v, &xw);
	cr_expect_eq(x86_step_of(&xp, CVMM_X86_VCPU_XSAVE)->reason, CVMM_REASON_HOST_REFUSES);
	x86_teardown();
}
