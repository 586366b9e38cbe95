/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The moves that have to come out right, whole way: save, judge, restore, read back, and what the guest sees. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <cvmm/snapshot/format.h>

#include "world.h"

#define N1	   "-neoverse-n1"
#define A72	   "-cortex-a72"
#define DFR0	   CVMM_ARM64_SYS(3, 0, 0, 5, 0)
#define CTR	   CVMM_ARM64_SYS(3, 3, 0, 0, 1)
#define TCR2	   CVMM_ARM64_SYS(3, 0, 2, 0, 3)
#define PIR	   CVMM_ARM64_SYS(3, 0, 10, 2, 3)
#define PIRE	   CVMM_ARM64_SYS(3, 0, 10, 2, 2)
#define MMFR3	   CVMM_ARM64_SYS(3, 0, 0, 7, 3)
#define CLIDR	   CVMM_ARM64_SYS(3, 1, 0, 0, 1)
#define PMCNTENSET CVMM_ARM64_SYS(3, 3, 9, 12, 1)
#define PMINTENSET CVMM_ARM64_SYS(3, 0, 9, 14, 1)
#define PMINTENCLR CVMM_ARM64_SYS(3, 0, 9, 14, 2)

/* What neoverse-n1 hosts with 6.1 and with 6.12 or later can both give a guest without a PMU. */
static struct cvmm_pair pair_6_1[] = {
	{ CVMM_ARM64_PSCI_VERSION, 0x10001 },
	{ DFR0, 0x10305006 },
	{ CTR, 0x8444c004 },
	{ CLIDR, 0x82000023 },
	{ CVMM_ARM64_DEMUX | 0, 0x701fe01a },
	{ CVMM_ARM64_DEMUX | 1, 0x201fe01a },
	{ CVMM_ARM64_DEMUX | 2, 0x70ffe03a },
	{ CVMM_ARM64_VENDOR_BMAP_2, 0 },
};
#define NPAIR (sizeof(pair_6_1) / sizeof(pair_6_1[0]))

static void judge(const struct guest *from, const struct world *to, struct saved *s, struct planned *p)
{
	guest_save(from, s);
	plan_on(p, &s->v, to, NULL);
}

/* Through a file's bytes, in one format and the other in turn. */
struct file {
	uint8_t *bytes;
	void *store;
	struct cvmm_view v;
};

static void through_a_file(const struct cvmm_view *v, struct file *f)
{
	static uint32_t turn;
	uint32_t format = turn++ % 2 ? CVMM_FORMAT_1_0 : CVMM_FORMAT_1_1;
	struct cvmm_error e;
	size_t size = 0, len = 0, need = 0;

	cr_assert_eq(cvmm_snapshot_size(v, format, &size, &e), 0, "%s", cvmm_reason_text(e.reason));
	f->bytes = malloc(size);
	cr_assert_eq(cvmm_snapshot_write(v, format, f->bytes, size, &len, &e), 0);
	cr_assert_eq(cvmm_snapshot_need(f->bytes, len, &need, &e), 0);
	f->store = aligned_alloc(16, (need + 15) / 16 * 16);
	cr_assert_eq(cvmm_snapshot_read(f->bytes, len, f->store, need, &f->v, &e), 0, "%s", cvmm_reason_text(e.reason));
	cr_assert_eq(views_differ(v, &f->v), 0);
}

/* One hop: guest @from onto host @to, accepted, equal for the guest. */
static void hop(const struct guest *from, struct world *to, struct planned *p, struct guest *out)
{
	struct cvmm_error e;
	struct saved s;
	struct file f;
	int ret;

	guest_save(from, &s);
	through_a_file(&s.v, &f);
	free(s.store);
	plan_on(p, &f.v, to, NULL);
	if (p->p.nrefused)
		print_plan(p);
	cr_assert_eq(p->p.nrefused, 0, "%s -> %s: %u refused", from->world->name, to->name, p->p.nrefused);
	ret = guest_restore(out, to, NULL, &f.v, &p->p, &e);
	cr_assert_eq(ret, 0, "%s -> %s: %d, %s, phase %u, id %llx, other %llx", from->world->name, to->name, ret,
		cvmm_reason_text(e.reason), e.phase, (unsigned long long)e.id, (unsigned long long)e.other);
	cr_assert_eq(guests_see_the_same(from, out), 0);
	free(f.bytes);
	free(f.store);
}

static void expect(const struct planned *p, uint64_t id, enum cvmm_verdict verdict, enum cvmm_reason reason)
{
	const struct cvmm_step *s = step_of(p, id);

	cr_assert(s, "no step for %llx", (unsigned long long)id);
	cr_assert_eq(steps_with(p, id), 1, "%u steps for %llx", steps_with(p, id), (unsigned long long)id);
	cr_expect_eq(s->verdict, verdict, "%llx is %s (%s), not %s", (unsigned long long)id,
		cvmm_verdict_name(s->verdict), cvmm_reason_name(s->reason), cvmm_verdict_name(verdict));
	cr_expect_eq(s->reason, reason, "%llx: %s, not %s", (unsigned long long)id, cvmm_reason_name(s->reason),
		cvmm_reason_name(reason));
}

/* Same registers, same values, on the first and the last host of a way. */
static void expect_equal(const struct guest *a, const struct guest *b)
{
	struct saved s, t;

	guest_save(a, &s);
	guest_save(b, &t);
	cr_expect_eq(views_differ(&s.v, &t.v), 0, "%llx differs", (unsigned long long)views_differ(&s.v, &t.v));
	free(s.store);
	free(t.store);
}

Test(cases, from_6_12_to_6_18_and_back)
{
	struct world a, b;
	struct guest g, h, i;
	struct planned p;
	struct saved s;

	world_open(&a, "6.12.117" N1);
	world_open(&b, "6.18.15" N1);
	guest_start(&g, &a, 4, PSCI, NULL, 0);
	guest_save(&g, &s);
	cr_assert_eq(vm_value(&s.v, MMFR3), 0);
	cr_assert_eq(vcpu_value(&s.v, TCR2, 0), 0);
	free(s.store);
	hop(&g, &b, &p, &h);
	expect(&p, TCR2, CVMM_VERDICT_DROPPED, CVMM_REASON_UNREACHABLE);
	expect(&p, PIR, CVMM_VERDICT_DROPPED, CVMM_REASON_UNREACHABLE);
	expect(&p, PIRE, CVMM_VERDICT_DROPPED, CVMM_REASON_UNREACHABLE);
	hop(&h, &a, &p, &i);
	expect(&p, TCR2, CVMM_VERDICT_LEFT, CVMM_REASON_HARMLESS);
	expect(&p, PIR, CVMM_VERDICT_LEFT, CVMM_REASON_HARMLESS);
	expect(&p, CVMM_ARM64_VENDOR_BMAP_2, CVMM_VERDICT_DROPPED, CVMM_REASON_NEUTRAL);
	cr_assert_eq(guests_see_the_same(&g, &i), 0);
	expect_equal(&g, &i);
	guest_close(&g);
	guest_close(&h);
	guest_close(&i);
	world_close(&a);
	world_close(&b);
}

Test(cases, the_same_registers_where_the_guest_could_use_them_are_refused)
{
	struct world a, b;
	struct guest g;
	struct planned p;
	struct saved s;

	world_open(&a, "6.12.117" N1);
	world_open(&b, "6.18.15" N1);
	guest_start(&g, &a, 1, PSCI, NULL, 0);
	guest_save(&g, &s);
	set_value(&s.v, MMFR3, 0, 0x101);
	plan_on(&p, &s.v, &b, NULL);
	expect(&p, TCR2, CVMM_VERDICT_REFUSED, CVMM_REASON_HOST_LACKS);
	expect(&p, PIR, CVMM_VERDICT_REFUSED, CVMM_REASON_HOST_LACKS);
	expect(&p, MMFR3, CVMM_VERDICT_REFUSED, CVMM_REASON_FIELD_HIGHER);
	free(s.store);
	guest_close(&g);
	world_close(&a);
	world_close(&b);
}

Test(cases, from_6_18_to_6_1_with_the_pairs_baseline)
{
	struct world a, b;
	struct guest g, h, i;
	struct planned p;

	pair_sort(pair_6_1, NPAIR);
	world_open(&a, "6.18.15" N1);
	world_open(&b, "6.1.192" N1);
	guest_start(&g, &a, 4, PSCI, pair_6_1, NPAIR);
	hop(&g, &b, &p, &h);
	expect(&p, CVMM_ARM64_VENDOR_BMAP_2, CVMM_VERDICT_DROPPED, CVMM_REASON_NEUTRAL);
	expect(&p, CTR, CVMM_VERDICT_NOT_WRITTEN, CVMM_REASON_HOST_SHOWS_IT);
	hop(&h, &a, &p, &i);
	expect(&p, CTR, CVMM_VERDICT_SUBSTITUTED, CVMM_REASON_GUEST_SAW);
	expect(&p, DFR0, CVMM_VERDICT_PINNED, CVMM_REASON_HIDDEN);
	expect(&p, CVMM_ARM64_PSCI_VERSION, CVMM_VERDICT_PINNED, CVMM_REASON_HIDDEN);
	cr_assert_eq(guests_see_the_same(&g, &i), 0);
	guest_close(&g);
	guest_close(&h);
	guest_close(&i);
	world_close(&a);
	world_close(&b);
}

Test(cases, from_6_18_to_6_1_with_bits_in_the_second_vendor_bitmap)
{
	struct world a, b;
	struct guest g;
	struct planned p;
	struct saved s;

	pair_sort(pair_6_1, NPAIR);
	for (uint32_t i = 0; i < NPAIR; i++)
		pair_6_1[i].value = pair_6_1[i].id == CVMM_ARM64_VENDOR_BMAP_2 ? 3 : pair_6_1[i].value;
	world_open(&a, "6.18.15" N1);
	world_open(&b, "6.1.192" N1);
	guest_start(&g, &a, 2, PSCI, pair_6_1, NPAIR);
	judge(&g, &b, &s, &p);
	expect(&p, CVMM_ARM64_VENDOR_BMAP_2, CVMM_VERDICT_REFUSED, CVMM_REASON_HOST_LACKS);
	cr_assert_eq(p.p.nrefused, 1);
	free(s.store);
	guest_close(&g);
	world_close(&a);
	world_close(&b);
}

/* PV_TIME yes, TRNG, UID and PTP no: what 5.10 really offered, which no register of 5.10 tells. */
Test(cases, from_5_10_to_6_1_on_cortex_a72_with_a_pmu)
{
	struct world a, b;
	struct guest g, h, i;
	struct planned p;
	struct saved s;

	world_open(&a, "5.10.223" A72);
	world_open(&b, "6.1.192" A72);
	guest_start(&g, &a, 4, PSCI | PMU, NULL, 0);
	hop(&g, &b, &p, &h);
	expect(&p, CVMM_ARM64_STD_BMAP, CVMM_VERDICT_PINNED, CVMM_REASON_HIDDEN);
	expect(&p, CVMM_ARM64_STD_HYP_BMAP, CVMM_VERDICT_PINNED, CVMM_REASON_HIDDEN);
	expect(&p, CVMM_ARM64_VENDOR_HYP_BMAP, CVMM_VERDICT_PINNED, CVMM_REASON_HIDDEN);
	guest_save(&h, &s);
	cr_expect_eq(vm_value(&s.v, CVMM_ARM64_STD_BMAP), 0);
	cr_expect_eq(vm_value(&s.v, CVMM_ARM64_STD_HYP_BMAP), 1);
	cr_expect_eq(vm_value(&s.v, CVMM_ARM64_VENDOR_HYP_BMAP), 0);
	cr_expect_eq(vm_value(&s.v, CVMM_ARM64_PSCI_VERSION), 0x10000);
	free(s.store);
	hop(&h, &a, &p, &i);
	cr_assert_eq(guests_see_the_same(&g, &i), 0);
	guest_close(&g);
	guest_close(&h);
	guest_close(&i);
	world_close(&a);
	world_close(&b);
}

Test(cases, from_5_10_to_6_1_on_neoverse_n1_is_refused_for_debugver)
{
	struct world a, b;
	struct guest g;
	struct planned p;
	struct saved s;

	world_open(&a, "5.10.223" N1);
	world_open(&b, "6.1.192" N1);
	guest_start(&g, &a, 1, PSCI | PMU, NULL, 0);
	judge(&g, &b, &s, &p);
	cr_assert_eq(p.p.nrefused, 1);
	expect(&p, DFR0, CVMM_VERDICT_REFUSED, CVMM_REASON_FIELD_HIGHER);
	expect(&p, CVMM_ARM64_STD_BMAP, CVMM_VERDICT_PINNED, CVMM_REASON_HIDDEN);
	expect(&p, CVMM_ARM64_STD_HYP_BMAP, CVMM_VERDICT_PINNED, CVMM_REASON_HIDDEN);
	expect(&p, CVMM_ARM64_VENDOR_HYP_BMAP, CVMM_VERDICT_PINNED, CVMM_REASON_HIDDEN);
	cr_assert_eq(step_of(&p, CVMM_ARM64_STD_BMAP)->value, 0);
	cr_assert_eq(step_of(&p, CVMM_ARM64_STD_HYP_BMAP)->value, 1);
	free(s.store);
	/* And the other way, for the same field. */
	guest_close(&g);
	guest_start(&g, &b, 1, PSCI | PMU, NULL, 0);
	judge(&g, &a, &s, &p);
	expect(&p, DFR0, CVMM_VERDICT_REFUSED, CVMM_REASON_FIELD_FIXED);
	free(s.store);
	guest_close(&g);
	world_close(&a);
	world_close(&b);
}

Test(cases, the_destination_gets_the_ctr_that_the_guest_saw)
{
	static const char *const from[] = { "5.10.223" N1, "6.1.192" N1 };
	static const char *const to[] = { "6.12.117" N1, "6.16.12" N1, "6.17.13" N1, "6.18.15" N1, "6.19.14" N1,
		"7.0.13" N1, "7.1.13" N1, "7.2.13" N1, "7.3.4" N1 };
	struct world a, b;
	struct guest g, h;
	struct planned p;
	struct saved s;

	for (uint32_t i = 0; i < 2; i++) {
		for (uint32_t k = 0; k < sizeof(to) / sizeof(to[0]); k++) {
			uint64_t seen = 0;

			world_open(&a, from[i]);
			world_open(&b, to[k]);
			guest_start(&g, &a, 1, PSCI, NULL, 0);
			judge(&g, &b, &s, &p);
			cr_assert_eq(vm_value(&s.v, CTR), 0x9444c004);
			expect(&p, CTR, CVMM_VERDICT_SUBSTITUTED, CVMM_REASON_GUEST_SAW);
			cr_assert_eq(step_of(&p, CTR)->value, 0x8444c004);
			free(s.store);
			/* From 5.10 the PMU that its guests see without having one stands in the way. */
			if (i == 1) {
				hop(&g, &b, &p, &h);
				cr_assert_eq(cvmm_sim_guest_reg(&b.be, h.vcpu[0].fd, CTR, &seen), 0);
				cr_assert_eq(seen, 0x8444c004);
				guest_close(&h);
			}
			guest_close(&g);
			world_close(&a);
			world_close(&b);
		}
	}
}

Test(cases, from_7_3_to_5_10_every_reason_is_listed)
{
	static const uint64_t refused[] = { CVMM_ARM64_SYS(3, 0, 0, 1, 2), DFR0, CTR, CVMM_ARM64_PSCI_VERSION,
		CVMM_ARM64_STD_BMAP, CVMM_ARM64_VENDOR_HYP_BMAP, CLIDR, CVMM_ARM64_DEMUX | 0, CVMM_ARM64_DEMUX | 1,
		CVMM_ARM64_DEMUX | 2 };
	struct world a, b;
	struct guest g;
	struct planned p;
	struct saved s;

	world_open(&a, "7.3.4" N1);
	world_open(&b, "5.10.223" N1);
	guest_start(&g, &a, 4, PSCI, NULL, 0);
	judge(&g, &b, &s, &p);
	cr_assert_eq(p.p.nrefused, sizeof(refused) / sizeof(refused[0]));
	for (uint32_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		cr_expect_eq(
			step_of(&p, refused[i])->verdict, CVMM_VERDICT_REFUSED, "%llx", (unsigned long long)refused[i]);
	/* Every id of either side has one verdict. */
	for (uint32_t i = 0; i < s.v.vm.n; i++)
		cr_expect_eq(steps_with(&p, s.v.vm.item[i].id), 1);
	for (uint32_t i = 0; i < s.v.shape[0].regs.n; i++)
		cr_expect_eq(steps_with(&p, s.v.shape[0].regs.item[i].id), 1);
	for (uint32_t i = 0; i < b.profile.variant[0].regs.n; i++)
		cr_expect_eq(steps_with(&p, b.profile.variant[0].regs.item[i].id), 1);
	free(s.store);
	guest_close(&g);
	world_close(&a);
	world_close(&b);
}

/* In list order PMINTENCLR comes after PMINTENSET and clears on 6.12 what that wrote; every write returns 0. */
Test(cases, from_6_12_with_a_pmu_to_6_12_the_enables_survive)
{
	struct world a;
	struct guest g, h;
	struct planned p;
	struct saved s;

	world_open(&a, "6.12.117" N1);
	guest_start(&g, &a, 4, PSCI | PMU, NULL, 0);
	hop(&g, &a, &p, &h);
	expect(&p, PMINTENCLR, CVMM_VERDICT_NOT_WRITTEN, CVMM_REASON_ALIAS);
	guest_save(&h, &s);
	for (uint32_t i = 0; i < 4; i++) {
		cr_expect_eq(vcpu_value(&s.v, PMCNTENSET, i) & 0x8000000f, 0x8000000b);
		cr_expect_eq(vcpu_value(&s.v, PMINTENSET, i) & 0x8000000f, 0x80000005);
	}
	free(s.store);
	expect_equal(&g, &h);
	guest_close(&g);
	guest_close(&h);
	world_close(&a);
}

Test(cases, an_sve_guest_on_a_host_without_sve_is_refused_before_any_vm_exists)
{
	struct cvmm_error e;
	struct world a, b;
	struct guest g, h;
	struct planned p;
	struct saved s;
	uint64_t count[CVMM_SIM_NCOUNTS];

	world_open(&a, "6.18.15-max");
	world_open(&b, "6.18.15" N1);
	guest_start(&g, &a, 2, PSCI | SVE, NULL, 0);
	judge(&g, &b, &s, &p);
	expect(&p, CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_FEATURES), CVMM_VERDICT_REFUSED,
		CVMM_REASON_FEATURES_NOT_OFFERED);
	cr_assert_eq(step_of(&p, CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_FEATURES))->other, SVE);
	cr_assert_eq(cvmm_sim_counts(&b.be, count), 0);
	cr_assert_eq(count[CVMM_SIM_COUNT_OPEN] + count[CVMM_SIM_COUNT_CREATE_VM], 0);
	/* And apply() takes no plan with a refusal, whatever is asked of it. */
	cr_assert_eq(guest_restore(&h, &b, NULL, &s.v, &p.p, &e), -EACCES);
	cr_assert_eq(e.reason, CVMM_REASON_PLAN_REFUSED);
	cr_assert_eq(h.gate.dead, 0);
	free(s.store);
	guest_close(&g);
	guest_close(&h);
	world_close(&a);
	world_close(&b);
}

/* A newer kernel's guest on itself: what the older one did not show stays hidden, and that is what makes the way back. */
Test(cases, a_guest_of_6_1_keeps_its_machine_on_7_3_and_goes_back)
{
	struct world a, b;
	struct guest g, h, i;
	struct planned p;

	world_open(&a, "6.1.192" N1);
	world_open(&b, "7.3.4" N1);
	guest_start(&g, &a, 4, PSCI, NULL, 0);
	hop(&g, &b, &p, &h);
	expect(&p, CVMM_ARM64_PSCI_VERSION, CVMM_VERDICT_PINNED, CVMM_REASON_HIDDEN);
	hop(&h, &a, &p, &i);
	cr_assert_eq(guests_see_the_same(&g, &i), 0);
	expect_equal(&g, &i);
	guest_close(&g);
	guest_close(&h);
	guest_close(&i);
	world_close(&a);
	world_close(&b);
}

static int move(const char *cpu, const char *from, const char *to, uint64_t features)
{
	struct world a, b;
	struct guest g, h;
	struct planned p;
	struct saved s;
	char name[2][64];
	int ok;

	snprintf(name[0], sizeof(name[0]), "%s-%s", from, cpu);
	snprintf(name[1], sizeof(name[1]), "%s-%s", to, cpu);
	world_open(&a, name[0]);
	world_open(&b, name[1]);
	guest_start(&g, &a, 2, features, NULL, 0);
	judge(&g, &b, &s, &p);
	ok = !p.p.nrefused;
	if (ok) {
		hop(&g, &b, &p, &h);
		guest_close(&h);
	}
	free(s.store);
	guest_close(&g);
	world_close(&a);
	world_close(&b);
	return ok;
}

/* Whatever is accepted, on any pair of kernels and CPU: applied, read back, equal for the guest. */
Test(cases, every_accepted_move_holds)
{
	static const char *const kernel[] = { "5.10.223", "6.1.192", "6.12.117", "6.16.12", "6.17.13", "6.18.15",
		"6.19.14", "7.0.13", "7.1.13", "7.2.13", "7.3.4" };
	static const struct {
		const char *cpu;
		uint64_t features;
		uint32_t accepted;
	} set[] = {
		{ "neoverse-n1", PSCI, 84 },
		{ "neoverse-n1", PSCI | PMU, 75 },
		{ "cortex-a72", PSCI, 84 },
		{ "cortex-a72", PSCI | PMU, 76 },
		{ "max", PSCI | SVE, 81 },
		{ "max", PSCI | PMU | SVE | PAUTH, 75 },
		{ "max", PSCI | PAUTH, 81 },
	};
	uint32_t i, k, m, n;

	for (m = 0; m < sizeof(set) / sizeof(set[0]); m++) {
		for (i = 0, n = 0; i < 11; i++) {
			for (k = 0; k < 11; k++)
				n += (uint32_t)move(set[m].cpu, kernel[i], kernel[k], set[m].features);
		}
		cr_expect_eq(n, set[m].accepted, "%s %llx: %u of 121 accepted, not %u", set[m].cpu,
			(unsigned long long)set[m].features, n, set[m].accepted);
	}
}
