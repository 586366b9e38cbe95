/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Baselines over the recorded kernels: known answers, and what has to hold for any set of hosts. */
#include "../kvm-ioctls/profiles.h"

#include <cvmm/fleet/baseline.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/snapshot/plan.h>

#include <errno.h>

#define PSCI CVMM_ARM64_FEATURE_PSCI_0_2
#define PMU  CVMM_ARM64_FEATURE_PMU_V3
#define DFR0 CVMM_ARM64_SYS(3, 0, 0, 5, 0)
#define WHYS 64

static struct loaded_profile *all;
static struct cvmm_exclusion why_store[WHYS];
static struct cvmm_exclusions why;
static struct cvmm_error error;

static void setup(void)
{
	all = load_all_profiles();
	why.v = why_store;
	why.cap = WHYS;
	why.n = 0;
}

static void teardown(void)
{
	free_profiles(all);
}

TestSuite(baseline, .init = setup, .fini = teardown);

/* "6.1.192/max" */
static const struct cvmm_profile *host(const char *name)
{
	char file[128];
	uint32_t i;

	snprintf(file, sizeof(file), "%s.profile", name);
	*strrchr(file, '/') = '-';
	for (i = 0; i < nprofiles; i++)
		if (!strcmp(all[i].file, file))
			return &all[i].p;
	cr_assert_fail("no profile %s", name);
	return NULL;
}

static int of(const char *a, const char *b, struct cvmm_baseline *out)
{
	const struct cvmm_profile *h[] = { host(a), host(b) };

	return cvmm_baseline_compute(h, 2, 0, out, &why, &error);
}

static uint64_t pinned(const struct cvmm_baseline *b, uint64_t id)
{
	const struct cvmm_pair *p = cvmm_pair_find(b->pin, b->n, id);

	cr_assert(p, "%016lx is not in the baseline", (unsigned long)id);
	return p->value;
}

static int excluded(uint64_t features, uint64_t id)
{
	uint32_t i;

	for (i = 0; i < why.n && i < why.cap; i++)
		if (why.v[i].features == features && why.v[i].id == id)
			return 1;
	return 0;
}

Test(baseline, what_guests_see_counts)
{
	static struct cvmm_baseline b;

	/* ONE_REG says 9444c004 on both; guests of 6.1 see 8444c004, and 7.3.4 can be lowered to it. */
	cr_assert_eq(of("6.1.192/neoverse-n1", "7.3.4/neoverse-n1", &b), 0);
	cr_assert_eq(pinned(&b, CVMM_ARM64_CTR_EL0), UINT64_C(0x8444c004));
	cr_assert_eq(of("6.12.117/neoverse-n1", "7.3.4/neoverse-n1", &b), 0);
	cr_assert_eq(pinned(&b, CVMM_ARM64_CTR_EL0), UINT64_C(0x9444c004));
}

Test(baseline, a_feature_is_left_out_where_its_registers_cannot_be_made_equal)
{
	static struct cvmm_baseline b;

	cr_assert_eq(of("6.1.192/neoverse-n1", "6.12.117/neoverse-n1", &b), 0);
	cr_assert_eq(b.features, PSCI);
	cr_assert(excluded(PSCI | PMU, CVMM_ARM64_PMCR_EL0));
	cr_assert_eq(of("6.12.117/neoverse-n1", "7.3.4/neoverse-n1", &b), 0);
	cr_assert_eq(b.features, PSCI | PMU);
	cr_assert_eq(why.n, 0u);
}

Test(baseline, a_feature_is_kept_where_only_with_it_registers_are_equal)
{
	static struct cvmm_baseline b;
	const struct cvmm_profile *h[] = { host("5.10.223/cortex-a72"), host("6.1.192/cortex-a72") };

	cr_assert_eq(cvmm_baseline_compute(h, 2, 0, &b, &why, &error), 0);
	cr_assert_eq(b.features, PSCI | PMU);
	cr_assert_eq(cvmm_baseline_compute(h, 2, PSCI, &b, &why, &error), -ENOTUNIQ);
	cr_assert(excluded(PSCI, DFR0));
}

Test(baseline, hosts_without_bitmaps_offer_what_their_guests_had)
{
	static struct cvmm_baseline b;

	cr_assert_eq(of("6.1.192/cortex-a72", "5.10.223/cortex-a72", &b), 0);
	cr_assert_eq(pinned(&b, CVMM_ARM64_STD_BMAP), 0);
	cr_assert_eq(pinned(&b, CVMM_ARM64_STD_HYP_BMAP), 1);
	cr_assert_eq(pinned(&b, CVMM_ARM64_VENDOR_HYP_BMAP), 0);
	cr_assert_eq(pinned(&b, CVMM_ARM64_PSCI_VERSION), 0x10000);
}

Test(baseline, hosts_that_exclude_each_other_are_named)
{
	static struct cvmm_baseline b, before;
	const struct cvmm_profile *h[] = { host("6.1.192/neoverse-n1"), host("6.1.192/neoverse-n1"),
		host("5.10.223/neoverse-n1") };

	memset(&b, 0x5a, sizeof(b));
	before = b;
	cr_assert_eq(cvmm_baseline_compute(h, 3, 0, &b, &why, &error), -ENOTUNIQ);
	cr_assert_eq(error.reason, CVMM_REASON_FLEET_EXCLUDE);
	cr_assert_eq(error.id, DFR0);
	cr_assert_eq(memcmp(&b, &before, sizeof(b)), 0, "output touched");
	cr_assert_eq(why.v[0].id, DFR0);
	cr_assert_eq(why.v[0].features, PSCI | PMU);
	cr_assert_neq(why.v[0].value[0], why.v[0].value[1]);
	cr_assert((why.v[0].host[0] == 2) != (why.v[0].host[1] == 2));
	/* The same without room for reasons. */
	cr_assert_eq(cvmm_baseline_compute(h, 3, 0, &b, NULL, &error), -ENOTUNIQ);
	cr_assert_eq(error.id, DFR0);
}

static const uint8_t *leaf(const struct cvmm_baseline *b, uint32_t fn, uint32_t index)
{
	uint32_t i;

	for (i = 0; i < b->nwide; i++)
		if (b->wide[i].id == CVMM_X86_CPUID(fn, index))
			return b->wide[i].value;
	cr_assert_fail("no leaf %x,%u", fn, index);
	return NULL;
}

Test(baseline, x86_64_features_that_all_support)
{
	static struct cvmm_baseline b;
	const struct cvmm_profile *h[] = { host("x86_64/6.12.117/svm"), host("x86_64/6.18.15/svm") };

	cr_assert_eq(cvmm_baseline_compute(h, 2, 0, &b, &why, &error), 0);
	/* 6.18 says TSC_DEADLINE (ecx bit 24 of leaf 1), 6.12 does not. */
	cr_assert_not(cvmm_load_le(leaf(&b, 1, 0) + 8, 4) & UINT32_C(1) << 24);
	cr_assert_eq(memcmp(leaf(&b, 0, 0) + 4, "AuthcAMDenti", 12), 0);
	h[0] = host("x86_64/5.10.223/svm");
	cr_assert_eq(cvmm_baseline_compute(h, 2, 0, &b, &why, &error), 0);
	/* ARCH_CAPABILITIES: bits that both offer, above what 5.10 knows. */
	cr_assert_not(pinned(&b, UINT64_C(0x203000020000010a)) & UINT64_C(1) << 62);
}

Test(baseline, x86_64_vendors_exclude_each_other)
{
	static _Alignas(16) char store[1 << 16];
	static struct cvmm_baseline b;
	const struct cvmm_profile *h[] = { host("x86_64/6.12.117/svm"), NULL };
	struct cvmm_profile other;
	char text[1 << 14], *vendor;
	size_t len;

	cr_assert_eq(cvmm_profile_write(h[0], text, sizeof(text), &len, &error), 0);
	text[len] = '\0';
	vendor = strstr(text, "69746e65444d416368747541");
	vendor = vendor ? vendor : strstr(text, "69746e65444d4163687475");
	cr_assert(vendor);
	memcpy(vendor, "6c65746e", 8);
	cr_assert_eq(cvmm_profile_parse(text, len, store, sizeof(store), &other, &error), 0);
	h[1] = &other;
	cr_assert_eq(cvmm_baseline_compute(h, 2, 0, &b, &why, &error), -ENOTUNIQ);
	cr_assert_eq(error.id, CVMM_X86_CPUID(0, 0));
	cr_assert_eq(why.v[0].reason, CVMM_REASON_FIXED_BITS_DIFFER);
}

Test(baseline, riscv64_moves_forward_only)
{
	static struct cvmm_baseline b;
	const struct cvmm_profile *h[] = { host("riscv64/6.12.107/max"), host("riscv64/7.2.13/max") };

	cr_assert_eq(cvmm_baseline_compute(h, 2, 0, &b, &why, &error), -ENOTUNIQ);
	/* Pointer masking of 7.2 cannot be switched off. */
	cr_assert(excluded(0, UINT64_C(0x8030000007000040)) || why.n > 0);
	cr_assert_eq(why.v[0].reason, CVMM_REASON_HOST_LACKS);
	cr_assert_eq(cvmm_baseline_compute(h, 1, 0, &b, &why, &error), 0);
	cr_assert_gt(b.n, 50u);
}

Test(baseline, what_cannot_be_combined_is_refused)
{
	static struct cvmm_baseline b;
	const struct cvmm_profile *h[2] = { host("6.1.192/max"), NULL };
	struct cvmm_profile other = *h[0];

	cr_assert_eq(cvmm_baseline_compute(h, 0, 0, &b, &why, &error), -EINVAL);
	cr_assert_eq(error.reason, CVMM_REASON_FLEET_EMPTY);
	other.arch = CVMM_ARCH_RISCV64;
	h[1] = &other;
	cr_assert_eq(cvmm_baseline_compute(h, 2, 0, &b, &why, &error), -EINVAL);
	cr_assert_eq(error.reason, CVMM_REASON_FLEET_ARCH);
	cr_assert_eq(error.other, 1u);
	other.arch = 0x50; /* s390 */
	cr_assert_eq(cvmm_baseline_compute(h + 1, 1, 0, &b, &why, &error), -EINVAL);
	cr_assert_eq(error.reason, CVMM_REASON_WRONG_ARCH);
	other = *h[0];
	other.nvariants = 0;
	cr_assert_eq(cvmm_baseline_compute(h, 2, 0, &b, &why, &error), -ENOENT);
	cr_assert_eq(error.reason, CVMM_REASON_FLEET_NO_FEATURES);
	cr_assert_eq(cvmm_baseline_compute(h, 1, UINT64_C(1) << 40, &b, &why, &error), -ENOENT);
}

/* --- what has to hold for any hosts --- */

static uint32_t state = 1;

static uint32_t random_below(uint32_t n)
{
	state = state * 1664525u + 1013904223u;
	return (state >> 8) % n;
}

/* A guest that host @a starts with the baseline can move to host @b: the whole plan, not the library's own judgement. */
static void moves(const struct cvmm_baseline *b, const struct cvmm_profile *from, const struct cvmm_profile *to)
{
	static _Alignas(16) char store[CVMM_VIEW_FRESH_BYTES];
	static struct cvmm_step steps[2 * CVMM_PLAN_STEPS_MAX];
	struct cvmm_plan plan = { .step = steps, .cap = 2 * CVMM_PLAN_STEPS_MAX };
	struct cvmm_error e = { 0 };
	struct cvmm_view view;
	uint32_t i;

	cr_assert_eq(cvmm_view_fresh(from, b->features, b->pin, b->n, store, sizeof(store), &view, &e), 0,
		"%s/%s does not start it: %s %016lx", from->kernel, from->cpu, cvmm_reason_name(e.reason),
		(unsigned long)e.id);
	cr_assert_eq(cvmm_view_fresh_wide(&view, from, b->wide, b->nwide, &e), 0, "%s/%s does not start it: %s %016lx",
		from->kernel, from->cpu, cvmm_reason_name(e.reason), (unsigned long)e.id);
	cr_assert_eq(cvmm_plan_make(&view, to, NULL, &plan, &e), 0, "%s", cvmm_reason_name(e.reason));
	for (i = 0; i < plan.n; i++)
		cr_assert_neq(steps[i].verdict, CVMM_VERDICT_REFUSED, "%s/%s to %s/%s: %016lx %s", from->kernel,
			from->cpu, to->kernel, to->cpu, (unsigned long)steps[i].id, cvmm_reason_name(steps[i].reason));
}

static void every_member_accepts(const struct cvmm_baseline *b, const struct cvmm_profile *const *h, uint32_t n)
{
	uint32_t i, k;

	for (i = 0; i < n; i++)
		for (k = 0; k < n; k++)
			moves(b, h[i], h[k]);
}

static void same(const struct cvmm_baseline *a, const struct cvmm_baseline *b)
{
	cr_assert_eq(a->features, b->features);
	cr_assert_eq(a->n, b->n);
	cr_assert_eq(memcmp(a->pin, b->pin, a->n * sizeof(a->pin[0])), 0);
	cr_assert_eq(a->nwide, b->nwide);
	cr_assert_eq(memcmp(a->wide, b->wide, a->nwide * sizeof(a->wide[0])), 0);
}

/* No wide value of @b is more than @a's. */
static void wide_is_lower(const struct cvmm_baseline *a, const struct cvmm_baseline *b)
{
	uint8_t v[CVMM_WIDE_BYTES];
	uint32_t i, k;

	for (i = k = 0; i < a->nwide && k < b->nwide; k++) {
		while (i < a->nwide && a->wide[i].id < b->wide[k].id)
			i++;
		if (i == a->nwide || a->wide[i].id != b->wide[k].id)
			continue;
		memcpy(v, a->wide[i].value, sizeof(v));
		cvmm_wide_meet(a->wide[i].id, v, b->wide[k].value, v);
		cr_assert_eq(memcmp(v, b->wide[k].value, cvmm_reg_bytes(a->wide[i].id)), 0, "%016lx",
			(unsigned long)a->wide[i].id);
	}
}

/* Two hosts that were named exclude each other alone as well. */
static void pair_is_real(const struct cvmm_profile *const *h, const struct cvmm_exclusion *x)
{
	static struct cvmm_baseline b;
	const struct cvmm_profile *two[] = { h[x->host[0]], h[x->host[1]] };
	struct cvmm_exclusion v[WHYS];
	struct cvmm_exclusions w = { v, WHYS, 0 };
	uint32_t i, found = 0;

	cr_assert_eq(cvmm_baseline_compute(two, 2, x->features, &b, &w, &error), -ENOTUNIQ);
	for (i = 0; i < w.n && i < WHYS; i++)
		found |= v[i].id == x->id;
	cr_assert(found, "%016lx", (unsigned long)x->id);
}

static uint32_t nmachines, nnone;

static void properties(const struct cvmm_profile **h, uint32_t n)
{
	static struct cvmm_baseline b, again;
	uint32_t i, k;
	int ret = cvmm_baseline_compute(h, n, 0, &b, &why, &error);

	cr_assert(ret == 0 || ret == -ENOTUNIQ || ret == -ENOENT, "%d %s", ret, cvmm_reason_name(error.reason));
	for (i = 0; i < why.n && i < why.cap; i++)
		pair_is_real(h, &why.v[i]);
	for (i = n; i > 1; i--) {
		const struct cvmm_profile *t = h[i - 1];

		k = random_below(i);
		h[i - 1] = h[k];
		h[k] = t;
	}
	cr_assert_eq(cvmm_baseline_compute(h, n, 0, &again, NULL, &error), ret, "another order");
	if (ret) {
		nnone++;
		return;
	}
	nmachines++;
	same(&b, &again);
	every_member_accepts(&b, h, n);
	/* One host twice. */
	h[n] = h[random_below(n)];
	cr_assert_eq(cvmm_baseline_compute(h, n + 1, 0, &again, NULL, &error), 0);
	same(&b, &again);
	/* One host more can only lower it: what it gives, the others accept; and no feature comes. */
	do
		h[n] = &all[random_below(nprofiles)].p;
	while (h[n]->arch != h[0]->arch);
	if (!cvmm_baseline_compute(h, n + 1, 0, &again, NULL, &error)) {
		every_member_accepts(&again, h, n + 1);
		wide_is_lower(&b, &again);
		cr_assert_leq(__builtin_popcountll(again.features), __builtin_popcountll(b.features));
		for (i = 0; again.features == b.features && i < b.n; i++) {
			uint64_t id = b.pin[i].id, v = pinned(&again, id);

			if (id == CVMM_ARM64_PSCI_VERSION)
				cr_assert_leq(v, b.pin[i].value);
			if (id >= CVMM_ARM64_STD_BMAP && id <= CVMM_ARM64_VENDOR_BMAP_2)
				cr_assert_eq(v & ~b.pin[i].value, 0);
		}
	}
}

Test(baseline, holds_for_every_pair)
{
	const struct cvmm_profile *h[3];
	uint32_t a, b;

	nmachines = nnone = 0;
	for (a = 0; a < nprofiles; a++) {
		for (b = a; b < nprofiles; b++) {
			h[0] = &all[a].p;
			h[1] = &all[b].p;
			if (h[0]->arch == h[1]->arch)
				properties(h, 2);
		}
	}
	cr_assert_gt(nmachines, 100u, "%u of %u pairs have a baseline", nmachines, nmachines + nnone);
	cr_assert_gt(nnone, 100u);
}

Test(baseline, holds_for_random_sets)
{
	const struct cvmm_profile *h[12], *same_cpu[64];
	uint32_t round, i, n, m;

	nmachines = nnone = 0;
	for (round = 0; round < 200; round++) {
		const struct cvmm_profile *one = &all[random_below(nprofiles)].p;

		/* Of one CPU model: across models there is next to never a machine. */
		for (i = m = 0; i < nprofiles; i++)
			if (!strcmp(all[i].p.cpu, one->cpu) && all[i].p.arch == one->arch)
				same_cpu[m++] = &all[i].p;
		n = 1 + random_below(10);
		for (i = 0; i < n; i++)
			h[i] = same_cpu[random_below(m)];
		properties(h, n);
	}
	cr_assert_gt(nmachines, 30u, "%u", nmachines);
}

/* --- text --- */

#define HEAD	  "cvmm-baseline 1\narch arm64\nfeatures psci_0_2\n"
#define PSCI_LINE "reg 6030000000140000 0000000000010000\n"

static const struct {
	const char *text;
	enum cvmm_reason reason;
	uint32_t line;
} bad[] = {
	{ "", CVMM_REASON_TEXT_MISSING, 1 },
	{ "cvmm-profile 1\n", CVMM_REASON_TEXT_MISSING, 1 },
	{ "cvmm-baseline 2\n", CVMM_REASON_TEXT_VERSION, 1 },
	{ "cvmm-baseline 1\nfeatures none\n", CVMM_REASON_TEXT_MISSING, 2 },
	{ "cvmm-baseline 1\narch vax\n", CVMM_REASON_TEXT_NAME, 2 },
	{ "cvmm-baseline 1\narch arm64\n", CVMM_REASON_TEXT_MISSING, 3 },
	{ "cvmm-baseline 1\narch arm64\nfeatures warp\n", CVMM_REASON_TEXT_NAME, 3 },
	{ HEAD "arch arm64\n", CVMM_REASON_TEXT_DUPLICATE, 4 },
	{ HEAD "cap 9 1\n", CVMM_REASON_TEXT_KIND, 4 },
	{ HEAD "reg 6030000000140000 10000\n", CVMM_REASON_TEXT_NUMBER, 4 },
	{ HEAD "reg 6030000000140000  0000000000010000\n", CVMM_REASON_TEXT_SYNTAX, 4 },
	{ HEAD "reg 6030000000140000 0000000000010000 \n", CVMM_REASON_TEXT_SYNTAX, 4 },
	{ HEAD "reg 6030000000140000 0000000000010000\r\n", CVMM_REASON_TEXT_NUMBER, 4 },
	{ HEAD PSCI_LINE PSCI_LINE, CVMM_REASON_TEXT_DUPLICATE, 5 },
	{ HEAD "reg 6030000000160000 0000000000000000\n" PSCI_LINE, CVMM_REASON_TEXT_ORDER, 5 },
	{ HEAD "reg 6030000000100000 0000000000000000\n", CVMM_REASON_NOT_VM_OWNED, 4 },
	{ HEAD "reg 606000000015ffff 0000000000000000\n", CVMM_REASON_NOT_VM_OWNED, 4 },
	{ HEAD "reg 603000000013df1a 0000000000000000\n", CVMM_REASON_NOT_VM_OWNED, 4 },
	{ HEAD "reg 2030000200000010 0000000000000000\n", CVMM_REASON_WRONG_ARCH, 4 },
	{ HEAD "x-note \001\n", CVMM_REASON_TEXT_SYNTAX, 4 },
	{ HEAD "reg 6030000000140000 0000000000010000", CVMM_REASON_TEXT_SYNTAX, 4 },
};

Test(baseline, bad_text_is_refused_with_reason_and_line)
{
	static struct cvmm_baseline b, before;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&b, 0x5a, sizeof(b));
		before = b;
		cr_expect_eq(
			cvmm_baseline_parse(bad[i].text, strlen(bad[i].text), &b, &error), -EINVAL, "%s", bad[i].text);
		cr_expect_eq(error.reason, bad[i].reason, "%s: %s", bad[i].text, cvmm_reason_name(error.reason));
		cr_expect_eq(error.section, bad[i].line, "%s: %u", bad[i].text, error.section);
		cr_expect_eq(memcmp(&b, &before, sizeof(b)), 0);
	}
	cr_expect_eq(cvmm_baseline_parse(HEAD, CVMM_BASELINE_BYTES_MAX + 1, &b, &error), -E2BIG);
}

Test(baseline, text_round_trips)
{
	static struct cvmm_baseline b, back;
	static char text[CVMM_BASELINE_BYTES_MAX], plain[CVMM_BASELINE_BYTES_MAX], again[CVMM_BASELINE_BYTES_MAX];
	const struct cvmm_profile *h[] = { host("6.1.192/neoverse-n1"), host("7.3.4/neoverse-n1") };
	size_t len = 0, need = 0, cut;

	cr_assert_eq(cvmm_baseline_compute(h, 2, 0, &b, NULL, &error), 0);
	cr_assert_eq(cvmm_baseline_write(&b, h, 2, NULL, 0, &need, &error), -E2BIG);
	cr_assert_eq(cvmm_baseline_write(&b, h, 2, text, need, &len, &error), 0);
	cr_assert_eq(len, need);
	text[len] = 0;
	cr_assert(strstr(text, "\nx-decided 603000000013d801 6.1.192 neoverse-n1\n"));
	cr_assert_eq(cvmm_baseline_parse(text, len, &back, &error), 0, "line %u", error.section);
	cr_assert_gt(back.nskipped, 0u);
	same(&b, &back);
	cr_assert_eq(cvmm_baseline_write(&back, NULL, 0, plain, sizeof(plain), &len, &error), 0);
	cr_assert_eq(cvmm_baseline_parse(plain, len, &back, &error), 0);
	cr_assert_eq(cvmm_baseline_write(&back, NULL, 0, again, sizeof(again), &need, &error), 0);
	cr_assert_eq(len, need);
	cr_assert_eq(memcmp(plain, again, len), 0);
	for (cut = 0; cut < len; cut++) {
		char *copy = malloc(cut ? cut : 1);

		memcpy(copy, plain, cut);
		cr_assert(cvmm_baseline_parse(copy, cut, &back, &error) == -EINVAL || copy[cut - 1] == '\n');
		free(copy);
	}
}
