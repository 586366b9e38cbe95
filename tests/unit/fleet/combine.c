/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* How two hosts' values make one, on hosts made up for each case: every direction that a field can have. */
#include "../kvm-ioctls/profiles.h"

#include <cvmm/fleet/baseline.h>
#include <cvmm/kvm-ioctls/reg-id.h>

#include <errno.h>

#define ID(crm, op2) CVMM_ARM64_SYS(3, 0, 0, crm, op2)
#define NONE	     UINT64_MAX /* no baseline */

struct made {
	_Alignas(16) char store[4096];
	struct cvmm_profile p;
};

/* A host with one register, and what it lets a VMM change. */
static const struct cvmm_profile *make(struct made *m, const char *facts, uint64_t id, uint64_t value, int has)
{
	char text[1024], reg[64] = "";
	struct cvmm_error e = { 0 };
	int len;

	if (has)
		snprintf(reg, sizeof(reg), "reg %016lx %0*lx\n", (unsigned long)id, (int)cvmm_reg_bytes(id) * 2,
			(unsigned long)value);
	len = snprintf(
		text, sizeof(text), "cvmm-profile 1\narch arm64\nkernel 1\ncpu a\n%sfeatures psci_0_2\n%s", facts, reg);
	cr_assert_eq(cvmm_profile_parse(text, (size_t)len, m->store, sizeof(m->store), &m->p, &e), 0, "%s: %s, line %u",
		text, cvmm_reason_name(e.reason), e.section);
	return &m->p;
}

/* Both orders, and one of them twice. */
static uint64_t combine(const struct cvmm_profile *a, const struct cvmm_profile *b, uint64_t id)
{
	static struct cvmm_baseline out, again;
	const struct cvmm_profile *ab[] = { a, b }, *bab[] = { b, a, b };
	struct cvmm_error e;
	int ret = cvmm_baseline_compute(ab, 2, 0, &out, NULL, &e);

	cr_assert_eq(cvmm_baseline_compute(bab, 3, 0, &again, NULL, &e), ret);
	if (ret == -ENOTUNIQ)
		return NONE;
	cr_assert_eq(ret, 0, "%s", cvmm_reason_name(e.reason));
	cr_assert_eq(out.n, again.n);
	cr_assert_eq(memcmp(out.pin, again.pin, out.n * sizeof(out.pin[0])), 0);
	cr_assert(cvmm_pair_find(out.pin, out.n, id));
	return cvmm_pair_find(out.pin, out.n, id)->value;
}

static const struct {
	const char *what;
	uint64_t id;
	uint64_t a, b;
	uint64_t expect;
} writable[] = {
	{ "lower is safe", ID(6, 0), 0x10, 0x20, 0x10 },
	{ "each field by itself", ID(6, 0), 0x120, 0x210, 0x110 },
	{ "signed: not implemented is less than implemented", ID(4, 0), 0xf0011, 0x00011, 0xf0011 },
	{ "signed the other way round in the next field", ID(4, 0), 0x0f0011, 0xf00011, 0xff0011 },
	{ "higher is safe, but no kernel takes it", ID(7, 4), 0x100000, 0x200000, NONE },
	{ "higher or zero is safe, but no kernel takes it", CVMM_ARM64_CTR_EL0, 0x400000, 0x500000, NONE },
	{ "exact", ID(5, 0), 0x0001006, 0x0002006, NONE },
	{ "exact or a certain one", ID(7, 0), 0x20000000000, 0x30000000000, 0x10000000000 },
	{ "exact or a certain one: equal", ID(7, 0), 0x20000000000, 0x20000000000, 0x20000000000 },
	{ "outside of any field", ID(3, 2), 0x100000, 0, NONE },
	{ "not below what KVM accepts", ID(5, 0), 0x6, 0x9, 0x6 },
};

Test(combine, fields_of_hosts_that_let_everything_be_changed)
{
	static struct made a, b;
	size_t i;

	for (i = 0; i < sizeof(writable) / sizeof(writable[0]); i++) {
		char facts[128];
		uint64_t v;

		snprintf(facts, sizeof(facts), "mask %016lx ffffffffffffffff\n", (unsigned long)writable[i].id);
		v = combine(make(&a, facts, writable[i].id, writable[i].a, 1),
			make(&b, facts, writable[i].id, writable[i].b, 1), writable[i].id);
		cr_expect_eq(v, writable[i].expect, "%s: %lx", writable[i].what, (unsigned long)v);
	}
}

Test(combine, a_host_that_cannot_be_changed_decides)
{
	static struct made a, b;
	const char *mask = "mask 603000000013c030 ffffffffffffffff\n";
	const char *lower = "lower 603000000013c030 00000000000000f0\n";

	/* The fixed one is lower: the other one follows. The fixed one is higher: nothing can be done. */
	cr_expect_eq(combine(make(&a, "", ID(6, 0), 0x10, 1), make(&b, mask, ID(6, 0), 0x20, 1), ID(6, 0)), 0x10);
	cr_expect_eq(combine(make(&a, "", ID(6, 0), 0x20, 1), make(&b, mask, ID(6, 0), 0x10, 1), ID(6, 0)), NONE);
	/* No masks, but a smaller value was tried and accepted. */
	cr_expect_eq(combine(make(&a, "", ID(6, 0), 0x10, 1), make(&b, lower, ID(6, 0), 0x20, 1), ID(6, 0)), 0x10);
	cr_expect_eq(combine(make(&a, "", ID(6, 0), 0x100, 1), make(&b, lower, ID(6, 0), 0x200, 1), ID(6, 0)), NONE);
}

Test(combine, equal_everywhere_or_chosen)
{
	static struct made a, b, c;
	const uint64_t id = CVMM_ARM64_CLIDR_EL1;
	const char *settable = "trait cache-writable 1\n";
	const struct cvmm_profile *all[] = { make(&a, settable, id, 3, 1), make(&b, "", id, 0x23, 1),
		make(&c, settable, id, 1, 1) };
	static struct cvmm_baseline out;
	struct cvmm_error e;

	cr_expect_eq(combine(all[0], all[1], id), 0x23, "the one that cannot be changed");
	cr_expect_eq(combine(all[0], all[2], id), 1, "any, but always the same");
	cr_assert_eq(cvmm_baseline_compute(all, 3, 0, &out, NULL, &e), 0);
	cr_expect_eq(cvmm_pair_find(out.pin, out.n, id)->value, 0x23);
	cr_expect_eq(combine(make(&a, "", id, 3, 1), all[1], id), NONE);
}

Test(combine, bitmaps_levels_and_hosts_without_them)
{
	static struct made a, b;
	const uint64_t bmap = CVMM_ARM64_VENDOR_HYP_BMAP, hyp = CVMM_ARM64_STD_HYP_BMAP, psci = CVMM_ARM64_PSCI_VERSION;

	cr_expect_eq(combine(make(&a, "", bmap, 3, 1), make(&b, "", bmap, 1, 1), bmap), 1);
	cr_expect_eq(combine(make(&a, "", bmap, 2, 1), make(&b, "", bmap, 1, 1), bmap), 0);
	cr_expect_eq(combine(make(&a, "", bmap, 3, 1), make(&b, "", bmap, 0, 0), bmap), 0);
	cr_expect_eq(combine(make(&a, "", hyp, 1, 1), make(&b, "", hyp, 0, 0), hyp), 0, "no stolen time there");
	cr_expect_eq(combine(make(&a, "", hyp, 1, 1), make(&b, "cap 187 1\n", hyp, 0, 0), hyp), 1);
	cr_expect_eq(combine(make(&a, "", hyp, 0, 1), make(&b, "cap 187 1\n", hyp, 0, 0), hyp), NONE,
		"it cannot be hidden there");
	cr_expect_eq(combine(make(&a, "", psci, 0x10001, 1), make(&b, "", psci, 0x10003, 1), psci), 0x10001);
	/* A mitigation that one host announces and the other one does not: both only assert. */
	cr_expect_eq(combine(make(&a, "", CVMM_ARM64_WORKAROUND_1, 1, 1), make(&b, "", CVMM_ARM64_WORKAROUND_1, 2, 1),
			     CVMM_ARM64_WORKAROUND_1),
		NONE);
}

Test(combine, what_only_guests_see_has_to_agree)
{
	static struct made a, b, c;
	static struct cvmm_baseline out;
	const uint64_t cntfrq = CVMM_ARM64_SYS(3, 3, 14, 0, 0), x0 = UINT64_C(0x6030000000100000);
	struct cvmm_exclusion v[4];
	struct cvmm_exclusions why = { v, 4, 0 };
	struct cvmm_error e;
	const struct cvmm_profile *h[3];

	h[0] = make(&a, "", x0, 0, 1);
	h[1] = make(&b, "", x0, 0, 1);
	h[2] = make(&c, "", x0, 0, 1);
	cr_assert_eq(cvmm_baseline_compute(h, 3, 0, &out, &why, &e), 0);
	cr_expect_eq(out.n, 0u);
	/* The third one does not tell. */
	((struct cvmm_variant *)(uintptr_t)a.p.variant)->guest = &(const struct cvmm_pair){ cntfrq, 1000 };
	((struct cvmm_variant *)(uintptr_t)a.p.variant)->nguest = 1;
	((struct cvmm_variant *)(uintptr_t)b.p.variant)->guest = &(const struct cvmm_pair){ cntfrq, 1000 };
	((struct cvmm_variant *)(uintptr_t)b.p.variant)->nguest = 1;
	cr_assert_eq(cvmm_baseline_compute(h, 3, 0, &out, &why, &e), 0);
	((struct cvmm_variant *)(uintptr_t)b.p.variant)->guest = &(const struct cvmm_pair){ cntfrq, 2000 };
	cr_assert_eq(cvmm_baseline_compute(h, 3, 0, &out, &why, &e), -ENOTUNIQ);
	cr_expect_eq(e.id, cntfrq);
	cr_expect_eq(why.n, 1u);
	cr_expect_eq(v[0].host[0] + v[0].host[1], 1u);
	cr_expect_eq(v[0].value[0] + v[0].value[1], 3000);
}

Test(combine, a_register_that_nobody_knows_stands_in_the_way)
{
	static struct made a, b;
	static struct cvmm_baseline out;
	const uint64_t nobodys = UINT64_C(0x60300000001400ff);
	const struct cvmm_profile *h[] = { make(&b, "", UINT64_C(0x6030000000100000), 0, 1),
		make(&a, "", nobodys, 0, 1), make(&a, "", nobodys, 0, 1) };
	struct cvmm_exclusion v[4];
	struct cvmm_exclusions why = { v, 4, 0 };
	struct cvmm_error e;

	cr_assert_eq(cvmm_baseline_compute(h, 3, 0, &out, &why, &e), -ENOTUNIQ);
	cr_expect_eq(e.id, nobodys);
	cr_expect_eq(why.n, 1u);
	cr_expect_eq(v[0].reason, CVMM_REASON_UNKNOWN_TO_CATALOGUE);
	cr_expect_eq(v[0].host[0], 1u);
	cr_expect_eq(v[0].host[1], 1u);
}

Test(combine, revision_of_the_interrupt_controller)
{
	static struct made a, b, c;
	static struct cvmm_baseline out;
	struct cvmm_error e;
	const uint64_t x0 = UINT64_C(0x6030000000100000);
	const uint64_t iidr = CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_GICD_IIDR);
	const char *only2 = "trait iidr-keep 4\ntrait iidr-value 1258300475\n"; /* 4b00243b */
	const char *both = "trait iidr-keep 12\ntrait iidr-value 1258304571\n"; /* 4b00343b */
	const char *only3 = "trait iidr-keep 8\ntrait iidr-value 1258304571\n";
	const char *both2 = "trait iidr-keep 12\ntrait iidr-value 1258300475\n";
	const struct cvmm_profile *h[] = { NULL, NULL, make(&c, only3, x0, 0, 1) };

	cr_expect_eq(combine(make(&a, both, x0, 0, 1), make(&b, only2, x0, 0, 1), iidr), 0x4b00243b);
	cr_expect_eq(combine(make(&a, both, x0, 0, 1), make(&b, only3, x0, 0, 1), iidr), 0x4b00343b);
	cr_expect_eq(combine(make(&a, only2, x0, 0, 1), make(&b, only3, x0, 0, 1), iidr), NONE);
	/* The lowest that anybody has by itself is not what all can have. */
	h[0] = make(&a, both, x0, 0, 1);
	h[1] = make(&b, both2, x0, 0, 1);
	cr_assert_eq(cvmm_baseline_compute(h, 3, 0, &out, NULL, &e), 0);
	cr_expect_eq(cvmm_pair_find(out.pin, out.n, iidr)->value, 0x4b00343b);
	/* A host that does not tell: no promise. */
	h[1] = make(&b, "", x0, 0, 1);
	cr_assert_eq(cvmm_baseline_compute(h, 3, 0, &out, NULL, &e), 0);
	cr_expect_null(cvmm_pair_find(out.pin, out.n, iidr));
}

/* Vector lengths of two hosts, and what a baseline makes of them. */
static int vector_lengths(uint64_t a, uint64_t b, struct cvmm_baseline *out)
{
	static _Alignas(16) char store[2][4096];
	static const char head[] = "cvmm-profile 1\narch arm64\nkernel 1\ncpu a\nfeatures psci_0_2\nreg "
				   "6030000000100000 0000000000000000\nfeatures psci_0_2 sve\nreg 606000000015ffff ";
	const uint64_t set[2] = { a, b };
	struct cvmm_profile p[2];
	const struct cvmm_profile *h[] = { &p[0], &p[1] };
	struct cvmm_error e;
	char text[512];
	int i, len;

	for (i = 0; i < 2; i++) {
		len = snprintf(text, sizeof(text), "%s%0112x%016lx\n", head, 0, (unsigned long)set[i]);
		cr_assert_eq(cvmm_profile_parse(text, (size_t)len, store[i], sizeof(store[i]), &p[i], &e), 0);
	}
	return cvmm_baseline_compute(h, 2, CVMM_ARM64_FEATURE_PSCI_0_2 | CVMM_ARM64_FEATURE_SVE, out, NULL, &e);
}

Test(combine, vector_lengths_up_to_the_longest_that_are_alike)
{
	static const struct {
		uint64_t a, b, both;
	} sets[] = {
		{ 0xffff, 0xffff, 0xffff },
		{ 0xffff, 0xff, 0xff },
		/* Powers of two only: KVM takes a set that is all of the host's up to its longest. */
		{ 0x8b, 0xff, 0x3 },
		{ 0x8b, 0xb, 0xb },
		{ 0x1, 0xffff, 0x1 },
	};
	static struct cvmm_baseline out;
	size_t i;

	for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		cr_assert_eq(vector_lengths(sets[i].a, sets[i].b, &out), 0, "set %zu", i);
		cr_assert_eq(out.nwide, 1u);
		cr_expect_eq(out.wide[0].id, CVMM_ARM64_SVE_VLS);
		cr_expect_eq(cvmm_load_le(out.wide[0].value, 8), sets[i].both);
		cr_assert_eq(vector_lengths(sets[i].b, sets[i].a, &out), 0);
		cr_expect_eq(cvmm_load_le(out.wide[0].value, 8), sets[i].both);
	}
	/* No length in common. */
	cr_expect_eq(vector_lengths(0x2, 0x1, &out), -ENOTUNIQ);
}
