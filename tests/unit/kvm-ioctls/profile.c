/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The text of host profiles: strict reader, canonical writer. */
#include "profile-text.h"

#include <cvmm/kvm-ioctls/reg-id.h>

#include <errno.h>

Test(profile, says_what_the_text_says)
{
	struct cvmm_profile p;
	struct cvmm_error e;
	const struct cvmm_variant *v;
	int i;

	cr_assert_eq(parse(good, strlen(good), &p, &e), 0);
	cr_assert_eq(p.arch, (uint32_t)CVMM_ARCH_ARM64);
	cr_assert_str_eq(p.kernel, "6.1.192");
	cr_assert_str_eq(p.cpu, "max");
	cr_assert_eq(cvmm_profile_cap(&p, 126), UINT64_MAX);
	cr_assert_eq(cvmm_profile_cap(&p, 70), 0);
	cr_assert_eq(cvmm_profile_trait(&p, CVMM_TRAIT_UNIFIED_FEATURES, 7), 0);
	cr_assert_eq(cvmm_profile_trait(&p, CVMM_TRAIT_PMU_CLR, 7), 7);
	cr_assert_eq(p.nmasks, 1u);
	cr_assert_eq(p.mask[0].value, UINT64_C(0xff000000));
	cr_assert_eq(p.nlower, 1u);
	cr_assert_eq(p.nbits, 1u);
	cr_assert_eq(p.nvariants, 3u);
	cr_assert_null(cvmm_profile_variant(&p, 0x10));
	cr_assert_eq(cvmm_profile_variant(&p, 0)->regs.n, 0u);
	v = cvmm_profile_variant(&p, CVMM_ARM64_FEATURE_PSCI_0_2);
	cr_assert_eq(v->regs.n, 3u);
	cr_assert_eq(v->regs.stride, 28u);
	i = cvmm_regset_find(&v->regs, UINT64_C(0x6030000000100000));
	cr_assert_eq(cvmm_regset_u64(&v->regs, (uint32_t)i, 0), UINT64_C(0x0123456789abcdef));
	cr_assert_eq(cvmm_regset_value(&v->regs, 2, 0)[0], 0xff);
	cr_assert_eq(cvmm_regset_value(&v->regs, 2, 0)[14], 0x11);
	cr_assert_eq(v->nguest, 1u);
	cr_assert_eq(v->guest[0].value, UINT64_C(0x8444c004));
	cr_assert_eq(v->nhvc, 2u);
	cr_assert_eq(v->hvc[1].x[1], CVMM_HVC_ANY);
	v = cvmm_profile_variant(&p, CVMM_ARM64_FEATURE_PSCI_0_2 | CVMM_ARM64_FEATURE_PMU_V3);
	cr_assert_eq(v->regs.n, 1u);
	cr_assert_eq(v->nhvc, 0u);
}

static const struct {
	const char *text;
	enum cvmm_reason reason;
	uint32_t line;
} bad[] = {
	{ "", CVMM_REASON_TEXT_MISSING, 1 },
	{ "\n", CVMM_REASON_TEXT_SYNTAX, 1 },
	{ "cvmm-snapshot 1\n", CVMM_REASON_TEXT_MISSING, 1 },
	{ "cvmm-profile 2\n", CVMM_REASON_TEXT_VERSION, 1 },
	{ "cvmm-profile 01\n", CVMM_REASON_TEXT_NUMBER, 1 },
	{ "cvmm-profile\n", CVMM_REASON_TEXT_SYNTAX, 1 },
	{ "cvmm-profile 1", CVMM_REASON_TEXT_SYNTAX, 1 },
	{ "cvmm-profile 1\n", CVMM_REASON_TEXT_MISSING, 2 },
	{ "cvmm-profile 1\nkernel 6.1\n", CVMM_REASON_TEXT_MISSING, 2 },
	{ "cvmm-profile 1\nx-note early\narch arm64\n", CVMM_REASON_TEXT_MISSING, 2 },
	{ "cvmm-profile 1\narch arm\n", CVMM_REASON_TEXT_NAME, 2 },
	{ "cvmm-profile 1\narch arm64 \n", CVMM_REASON_TEXT_SYNTAX, 2 },
	{ "cvmm-profile 1\r\narch arm64\r\n", CVMM_REASON_TEXT_NUMBER, 1 },
	{ "cvmm-profile 1\narch arm64\r\n", CVMM_REASON_TEXT_SYNTAX, 2 },
	{ "cvmm-profile 1\narch arm64\nkernel 6.1 beta\n", CVMM_REASON_TEXT_SYNTAX, 3 },
	{ "cvmm-profile 1\narch arm64\nkernel 6.1\ncpu "
	  "0123456789012345678901234567890123456789012345678901234567890123\n",
		CVMM_REASON_TEXT_NAME, 4 },
	{ HEAD "kernel 6.1\n", CVMM_REASON_TEXT_DUPLICATE, 5 },
	{ HEAD "widget 1\n", CVMM_REASON_TEXT_KIND, 5 },
	{ HEAD "x-\n", CVMM_REASON_TEXT_KIND, 5 },
	{ HEAD "# a comment\n", CVMM_REASON_TEXT_KIND, 5 },
	{ HEAD " cap 9 1\n", CVMM_REASON_TEXT_SYNTAX, 5 },
	{ HEAD "cap\n", CVMM_REASON_TEXT_SYNTAX, 5 },
	{ HEAD "cap 9\n", CVMM_REASON_TEXT_SYNTAX, 5 },
	{ HEAD "cap  9 1\n", CVMM_REASON_TEXT_SYNTAX, 5 },
	{ HEAD "cap 9 1 \n", CVMM_REASON_TEXT_SYNTAX, 5 },
	{ HEAD "cap 9 1 1\n", CVMM_REASON_TEXT_SYNTAX, 5 },
	{ HEAD "cap 9 0\n", CVMM_REASON_TEXT_NUMBER, 5 },
	{ HEAD "cap 9 -1\n", CVMM_REASON_TEXT_NUMBER, 5 },
	{ HEAD "cap 9 0x1\n", CVMM_REASON_TEXT_NUMBER, 5 },
	{ HEAD "cap 09 1\n", CVMM_REASON_TEXT_NUMBER, 5 },
	{ HEAD "cap 9 18446744073709551616\n", CVMM_REASON_TEXT_NUMBER, 5 },
	{ HEAD "cap 4294967296 1\n", CVMM_REASON_TEXT_NUMBER, 5 },
	{ HEAD "cap 9 1\ncap 9 1\n", CVMM_REASON_TEXT_DUPLICATE, 6 },
	{ HEAD "cap 9 1\ncap 8 1\n", CVMM_REASON_TEXT_ORDER, 6 },
	{ HEAD "trait id-frozen 1\ncap 9 1\n", CVMM_REASON_TEXT_ORDER, 6 },
	{ HEAD "trait no-such-trait 1\n", CVMM_REASON_TEXT_NAME, 5 },
	{ HEAD "trait id-frozen 1\ntrait unified-features 1\n", CVMM_REASON_TEXT_ORDER, 6 },
	{ HEAD "trait id-frozen 1\ntrait id-frozen 0\n", CVMM_REASON_TEXT_DUPLICATE, 6 },
	{ HEAD "mask 603000000013c020 ff000000\n", CVMM_REASON_TEXT_NUMBER, 5 },
	{ HEAD "mask 603000000013C020 00000000ff000000\n", CVMM_REASON_TEXT_NUMBER, 5 },
	{ HEAD "mask 2030000200000010 00000000ff000000\n", CVMM_REASON_WRONG_ARCH, 5 },
	{ HEAD "mask 6040000000100054 00000000ff000000\n", CVMM_REASON_TEXT_NUMBER, 5 },
	{ HEAD "mask 60f0000000100054 00000000ff000000\n", CVMM_REASON_REG_ID_MALFORMED, 5 },
	{ HEAD "bits 603000000013c020 00000000ff000000\nlower 603000000013c020 00000000ff000000\n",
		CVMM_REASON_TEXT_ORDER, 6 },
	{ HEAD "features\n", CVMM_REASON_TEXT_SYNTAX, 5 },
	{ HEAD "features flux\n", CVMM_REASON_TEXT_NAME, 5 },
	{ HEAD "features power_off\n", CVMM_REASON_TEXT_NAME, 5 },
	{ HEAD "features none pmu_v3\n", CVMM_REASON_TEXT_NAME, 5 },
	{ HEAD "features psci_0_2 none\n", CVMM_REASON_TEXT_NAME, 5 },
	{ HEAD "features psci_0_2 psci_0_2\n", CVMM_REASON_TEXT_DUPLICATE, 5 },
	{ HEAD "features pmu_v3 psci_0_2\n", CVMM_REASON_TEXT_ORDER, 5 },
	{ HEAD "features psci_0_2\nfeatures psci_0_2\n", CVMM_REASON_TEXT_DUPLICATE, 6 },
	{ HEAD "features pmu_v3\nfeatures psci_0_2\n", CVMM_REASON_TEXT_ORDER, 6 },
	{ HEAD "reg " X0 " " ZEROS "\n", CVMM_REASON_TEXT_ORDER, 5 },
	{ HEAD "hvc 80000000 0 10001 0 0 0\n", CVMM_REASON_TEXT_ORDER, 5 },
	{ HEAD "features none\ncap 9 1\n", CVMM_REASON_TEXT_ORDER, 6 },
	{ HEAD "features none\nreg " X0 " 000000000000000\n", CVMM_REASON_TEXT_NUMBER, 6 },
	{ HEAD "features none\nreg " X0 " 00000000000000000\n", CVMM_REASON_TEXT_NUMBER, 6 },
	{ HEAD "features none\nreg " X0 " 0000000000000000 \n", CVMM_REASON_TEXT_SYNTAX, 6 },
	{ HEAD "features none\nreg " X0 " 000000000000000g\n", CVMM_REASON_TEXT_NUMBER, 6 },
	{ HEAD "features none\nreg " X0 " 000000000000000A\n", CVMM_REASON_TEXT_NUMBER, 6 },
	{ HEAD "features none\nreg " V0 " " ZEROS "\n", CVMM_REASON_TEXT_NUMBER, 6 },
	{ HEAD "features none\nreg " X1 " " ZEROS "\nreg " X0 " " ZEROS "\n", CVMM_REASON_TEXT_ORDER, 7 },
	{ HEAD "features none\nreg " X1 " " ZEROS "\nreg " X1 " " ZEROS "\n", CVMM_REASON_TEXT_DUPLICATE, 7 },
	{ HEAD "features none\nreg 8030000002000000 " ZEROS "\n", CVMM_REASON_WRONG_ARCH, 6 },
	{ HEAD "features none\nreg 6090000002000000 " ZEROS "\n", CVMM_REASON_REG_ID_MALFORMED, 6 },
	{ HEAD "features none\nguest " X0 " " ZEROS "\nreg " X1 " " ZEROS "\n", CVMM_REASON_TEXT_ORDER, 7 },
	{ HEAD "features none\nguest " V0 " " ZEROS ZEROS "\n", CVMM_REASON_TEXT_NUMBER, 6 },
	{ HEAD "features none\nguest " X0 " " ZEROS "\nguest " X0 " " ZEROS "\n", CVMM_REASON_TEXT_DUPLICATE, 7 },
	{ HEAD "features none\nhvc 80000000 0 10001 0 0\n", CVMM_REASON_TEXT_SYNTAX, 6 },
	{ HEAD "features none\nhvc 080000000 0 10001 0 0 0\n", CVMM_REASON_TEXT_NUMBER, 6 },
	{ HEAD "features none\nhvc * 0 10001 0 0 0\n", CVMM_REASON_TEXT_NUMBER, 6 },
	{ HEAD "features none\nhvc 1 0 ** 0 0 0\n", CVMM_REASON_TEXT_NUMBER, 6 },
	{ HEAD "features none\nhvc 1 0 a11a11a11a11a11a 0 0 0\n", CVMM_REASON_TEXT_NUMBER, 6 },
	{ HEAD "features none\nhvc 1 0 11111111111111111 0 0 0\n", CVMM_REASON_TEXT_NUMBER, 6 },
	{ HEAD "features none\nhvc 2 0 1 0 0 0\nhvc 1 9 1 0 0 0\n", CVMM_REASON_TEXT_ORDER, 7 },
	{ HEAD "features none\nhvc 2 1 1 0 0 0\nhvc 2 0 1 0 0 0\n", CVMM_REASON_TEXT_ORDER, 7 },
	{ HEAD "features none\nhvc 2 1 1 0 0 0\nhvc 2 1 2 0 0 0\n", CVMM_REASON_TEXT_DUPLICATE, 7 },
	{ HEAD "features none\nhvc 2 1 1 0 0 0\nguest " X0 " " ZEROS "\n", CVMM_REASON_TEXT_ORDER, 7 },
	{ HEAD "x-note tab\there\n", CVMM_REASON_TEXT_SYNTAX, 5 },
	{ HEAD "x-note line end\r\n", CVMM_REASON_TEXT_SYNTAX, 5 },
	{ HEAD "\n", CVMM_REASON_TEXT_SYNTAX, 5 },
	{ HEAD "cap 9 1", CVMM_REASON_TEXT_SYNTAX, 5 },
};

Test(profile, bad_text_is_refused_with_reason_and_line)
{
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct cvmm_profile p, before;
		struct cvmm_error e = { 0 };

		memset(&p, 0x5a, sizeof(p));
		before = p;
		cr_expect_eq(parse(bad[i].text, strlen(bad[i].text), &p, &e), -EINVAL, "%s", bad[i].text);
		cr_expect_eq(e.reason, bad[i].reason, "%s: %s", bad[i].text, cvmm_reason_name(e.reason));
		cr_expect_eq(e.section, bad[i].line, "%s: line %u", bad[i].text, e.section);
		cr_expect_leq(e.offset, strlen(bad[i].text));
		cr_expect_eq(memcmp(&p, &before, sizeof(p)), 0, "output touched: %s", bad[i].text);
	}
}

Test(profile, nul_bytes_are_refused)
{
	static const char one[] = HEAD "cap 9 1\0\n", two[] = HEAD "x-note \0\n", three[] = "cvmm-profile 1\0\n";
	struct cvmm_profile p;
	struct cvmm_error e;

	cr_assert_eq(parse(one, sizeof(one) - 1, &p, &e), -EINVAL);
	cr_assert_eq(e.section, 5u);
	cr_assert_eq(parse(two, sizeof(two) - 1, &p, &e), -EINVAL);
	cr_assert_eq(e.section, 5u);
	cr_assert_eq(parse(three, sizeof(three) - 1, &p, &e), -EINVAL);
	cr_assert_eq(e.section, 1u);
}

Test(profile, vendor_lines_are_counted_and_skipped)
{
	static const char text[] = HEAD "x-note anything  at all \nx-acme: 1\ncap 9 1\nx-y\n";
	struct cvmm_profile p;
	struct cvmm_error e;
	char out[256];
	size_t len = 0;

	cr_assert_eq(parse(text, strlen(text), &p, &e), 0);
	cr_assert_eq(p.nskipped, 3u);
	cr_assert_eq(p.ncaps, 1u);
	cr_assert_eq(cvmm_profile_write(&p, out, sizeof(out), &len, &e), 0);
	cr_assert_eq(len, strlen(HEAD "cap 9 1\n"));
	cr_assert_eq(memcmp(out, HEAD "cap 9 1\n", len), 0);
}

Test(profile, recorded_profiles_are_canonical)
{
	struct loaded_profile *all = load_all_profiles();
	uint32_t i;

	for (i = 0; i < nprofiles; i++) {
		char *out = malloc(all[i].len);
		struct cvmm_error e = { 0 };
		size_t len = 0;

		cr_assert_eq(cvmm_profile_write(&all[i].p, NULL, 0, &len, &e), -E2BIG);
		cr_assert_eq(e.other, len);
		cr_assert_eq(len, all[i].len, "%s", all[i].file);
		cr_assert_eq(cvmm_profile_write(&all[i].p, out, len, &len, &e), 0);
		cr_assert_eq(memcmp(out, all[i].text, len), 0, "%s", all[i].file);
		free(out);
	}
	free_profiles(all);
}

Test(profile, limits_and_storage)
{
	struct cvmm_profile p;
	struct cvmm_error e = { 0 };
	size_t need = 0;

	cr_assert_eq(cvmm_profile_need(good, CVMM_PROFILE_BYTES_MAX + 1, &need, &e), -E2BIG);
	cr_assert_eq(e.reason, CVMM_REASON_TEXT_LIMIT);
	cr_assert_eq(cvmm_profile_parse(good, CVMM_PROFILE_BYTES_MAX + 1, store, sizeof(store), &p, &e), -E2BIG);
	cr_assert_eq(cvmm_profile_need(good, strlen(good), &need, &e), 0);
	cr_assert_eq(cvmm_profile_parse(good, strlen(good), store, need - 1, &p, &e), -E2BIG);
	cr_assert_eq(e.reason, CVMM_REASON_BUFFER_TOO_SMALL);
	cr_assert_eq(e.other, need);
	cr_assert_eq(cvmm_profile_parse(good, strlen(good), store + 8, need, &p, &e), -EINVAL);
	cr_assert_eq(e.reason, CVMM_REASON_ARGUMENT);
	cr_assert_eq(cvmm_profile_parse(NULL, 0, store, sizeof(store), &p, NULL), -EINVAL);
}

Test(profile, a_profile_without_a_text_is_not_written)
{
	static const struct cvmm_pair two[] = { { 9, 1 }, { 8, 1 } }, zero[] = { { 9, 0 } };
	static const struct cvmm_pair msr[] = { { UINT64_C(0x2030000200000010), 1 } };
	struct cvmm_profile p = { .arch = CVMM_ARCH_ARM64, .kernel = "6.1", .cpu = "max" };
	struct cvmm_variant v = { .features = CVMM_ARM64_FEATURE_POWER_OFF };
	struct cvmm_error e;
	char out[512];
	size_t len = 0;

	cr_assert_eq(cvmm_profile_write(&p, out, sizeof(out), &len, &e), 0);
	p.ncaps = 2;
	p.cap = two;
	cr_assert_eq(cvmm_profile_write(&p, out, sizeof(out), &len, &e), -EINVAL);
	cr_assert_eq(e.reason, CVMM_REASON_TEXT_ORDER);
	p.ncaps = 1;
	p.cap = zero;
	cr_assert_eq(cvmm_profile_write(&p, out, sizeof(out), &len, &e), -EINVAL);
	cr_assert_eq(e.reason, CVMM_REASON_TEXT_NUMBER);
	p.ncaps = 0;
	p.nmasks = 1;
	p.mask = msr;
	cr_assert_eq(cvmm_profile_write(&p, out, sizeof(out), &len, &e), -EINVAL);
	cr_assert_eq(e.reason, CVMM_REASON_REG_ID_MALFORMED);
	p.nmasks = 0;
	p.nvariants = 1;
	p.variant = &v;
	cr_assert_eq(cvmm_profile_write(&p, out, sizeof(out), &len, &e), -EINVAL);
	cr_assert_eq(e.reason, CVMM_REASON_TEXT_NAME);
	p.nvariants = 0;
	p.cpu = "two words";
	cr_assert_eq(cvmm_profile_write(&p, out, sizeof(out), &len, &e), -EINVAL);
	cr_assert_eq(e.reason, CVMM_REASON_TEXT_NAME);
}
