/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The caller's rules as a text: what is understood, and what is refused naming the line. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/snapshot/rules.h>

static _Alignas(16) uint8_t store[1 << 18];

static int parse(const char *text, struct cvmm_rules *r, struct cvmm_error *e)
{
	return cvmm_rules_parse(text, strlen(text), CVMM_ARCH_ARM64, store, sizeof(store), r, e);
}

Test(rules, every_kind_of_line)
{
	struct cvmm_error e;
	struct cvmm_rules r;

	cr_assert_eq(
		parse("cvmm-rules 1\n"
		      "\n"
		      "  # a comment with more words than a line may have a b c d e f g h i j k l m n o p q r s t u v\n"
		      "STD_BMAP host-only always pin 0x1 hidden\n"
		      "CCSIDR[2]+1*12\tdiffer+snapshot-only register CLIDR_EL1 0x7 0 drop unreachable\n"
		      "6030000000160003 snapshot-only self all 0 drop\r\n"
		      "PMCR_EL0 differ features 8 8 write\n"
		      "row 603000000013ff00+2*4 scope=vcpu phase=timer compare=0xff write=stored\n"
		      "row 603000000014ff00 scope=vm combine=and write=bits fixed=1",
			&r, &e),
		0, "line %u: %s", e.section, cvmm_reason_text(e.reason));
	cr_assert_eq(r.n, 4);
	cr_assert_eq(r.nrows, 2);
	cr_assert_eq(r.v[0].first, CVMM_ARM64_STD_BMAP);
	cr_assert_eq(r.v[0].on, CVMM_ON_HOST_ONLY);
	cr_assert_eq(r.v[0].act, CVMM_ACT_PIN);
	cr_assert_eq(r.v[0].value, 1);
	cr_assert_eq(r.v[0].reason, CVMM_REASON_HIDDEN);
	cr_assert_eq(r.v[1].first, CVMM_ARM64_DEMUX | 2);
	cr_assert_eq(r.v[1].step, 1);
	cr_assert_eq(r.v[1].count, 12);
	cr_assert_eq(r.v[1].on, CVMM_ON_DIFFER | CVMM_ON_SNAPSHOT_ONLY);
	cr_assert_eq(r.v[1].test, CVMM_TEST_REGISTER);
	cr_assert_eq(r.v[1].arg, CVMM_ARM64_SYS(3, 1, 0, 0, 1));
	cr_assert_eq(r.v[2].first, CVMM_ARM64_VENDOR_BMAP_2);
	cr_assert_eq(r.v[2].mask, UINT64_MAX);
	cr_assert_eq(r.v[3].test, CVMM_TEST_FEATURES);
	cr_assert_eq(r.v[3].expected, 8);
	cr_assert_eq(r.scope[0], CVMM_SCOPE_VCPU);
	cr_assert_eq(r.row[0].phase, CVMM_PHASE_TIMER);
	cr_assert_eq(r.row[0].count, 4);
	cr_assert_eq(r.row[0].compare, 0xff);
	cr_assert_eq(r.row[0].combine, CVMM_COMBINE_NONE);
	cr_assert_eq(r.scope[1], CVMM_SCOPE_VM);
	cr_assert_eq(r.row[1].phase, CVMM_PHASE_CONFIG);
	cr_assert_eq(r.row[1].write, CVMM_WRITE_BITS);
	cr_assert_eq(r.row[1].combine, CVMM_COMBINE_AND);
	cr_assert_eq(r.row[1].fixed, 1);
}

Test(rules, bad_lines_are_named)
{
	static const struct {
		const char *text;
		uint32_t line;
		uint32_t reason;
	} c[] = {
		{ "", 1, CVMM_REASON_TEXT_VERSION },
		{ "cvmm-rules 2\n", 1, CVMM_REASON_TEXT_VERSION },
		{ "cvmm-rules\n", 1, CVMM_REASON_TEXT_VERSION },
		{ "# x\ncvmm-rules 1\n", 1, CVMM_REASON_TEXT_VERSION },
		{ "cvmm-rules 1\nNO_SUCH differ always drop\n", 2, CVMM_REASON_TEXT_NAME },
		{ "cvmm-rules 1\n\nSTD_BMAP sometimes always drop\n", 3, CVMM_REASON_TEXT_NAME },
		{ "cvmm-rules 1\nSTD_BMAP differ+ always drop\n", 2, CVMM_REASON_TEXT_NAME },
		{ "cvmm-rules 1\nSTD_BMAP differ maybe drop\n", 2, CVMM_REASON_TEXT_NAME },
		{ "cvmm-rules 1\nSTD_BMAP differ always ignore\n", 2, CVMM_REASON_TEXT_NAME },
		{ "cvmm-rules 1\nSTD_BMAP differ always drop because\n", 2, CVMM_REASON_TEXT_NAME },
		{ "cvmm-rules 1\nSTD_BMAP differ always drop unknown\n", 2, CVMM_REASON_TEXT_NAME },
		{ "cvmm-rules 1\nSTD_BMAP differ always drop neutral x\n", 2, CVMM_REASON_TEXT_SYNTAX },
		{ "cvmm-rules 1\nSTD_BMAP\n", 2, CVMM_REASON_TEXT_SYNTAX },
		{ "cvmm-rules 1\nSTD_BMAP differ self 1\n", 2, CVMM_REASON_TEXT_SYNTAX },
		{ "cvmm-rules 1\nSTD_BMAP differ self 1 2 drop\n", 2, CVMM_REASON_TEXT_NUMBER },
		{ "cvmm-rules 1\nSTD_BMAP differ self 0xg 0 drop\n", 2, CVMM_REASON_TEXT_NUMBER },
		{ "cvmm-rules 1\nSTD_BMAP differ self 0x 0 drop\n", 2, CVMM_REASON_TEXT_NUMBER },
		{ "cvmm-rules 1\nSTD_BMAP differ self 18446744073709551616 0 drop\n", 2, CVMM_REASON_TEXT_NUMBER },
		{ "cvmm-rules 1\nSTD_BMAP differ self 0x10000000000000000 0 drop\n", 2, CVMM_REASON_TEXT_NUMBER },
		{ "cvmm-rules 1\nSTD_BMAP+1 differ always drop\n", 2, CVMM_REASON_TEXT_SYNTAX },
		{ "cvmm-rules 1\nSTD_BMAP+0*3 differ always drop\n", 2, CVMM_REASON_TEXT_NUMBER },
		{ "cvmm-rules 1\nSTD_BMAP+1*0 differ always drop\n", 2, CVMM_REASON_TEXT_NUMBER },
		{ "cvmm-rules 1\nSTD_BMAP+1*70000 differ always drop\n", 2, CVMM_REASON_TEXT_NUMBER },
		{ "cvmm-rules 1\nSTD_BMAP differ register STD_BMAP+1*2 1 0 drop\n", 2, CVMM_REASON_TEXT_SYNTAX },
		{ "cvmm-rules 1\nSTD_BMAP differ always pin\n", 2, CVMM_REASON_TEXT_SYNTAX },
		{ "cvmm-rules 1\na b c d e f g h i j k l m\n", 2, CVMM_REASON_TEXT_SYNTAX },
		{ "cvmm-rules 1\nrow 603000000013ff00\n", 2, CVMM_REASON_TEXT_MISSING },
		{ "cvmm-rules 1\nrow 603000000013ff00 scope=both\n", 2, CVMM_REASON_TEXT_NAME },
		{ "cvmm-rules 1\nrow 603000000013ff00 scope\n", 2, CVMM_REASON_TEXT_SYNTAX },
		{ "cvmm-rules 1\nrow 603000000013ff00 scope=vm phase=init\n", 2, CVMM_REASON_TEXT_NAME },
		{ "cvmm-rules 1\nrow 603000000013ff00 scope=vm colour=red\n", 2, CVMM_REASON_TEXT_NAME },
		{ "cvmm-rules 1\nrow 603000000013ff00 scope=vm compare=x\n", 2, CVMM_REASON_TEXT_NUMBER },
	};
	struct cvmm_error e;
	struct cvmm_rules r;

	for (uint32_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		r = (struct cvmm_rules){ .n = 77 };
		cr_expect_eq(parse(c[i].text, &r, &e), -EINVAL, "%s", c[i].text);
		cr_expect_eq(e.section, c[i].line, "%s: line %u", c[i].text, e.section);
		cr_expect_eq(e.reason, c[i].reason, "%s: %s", c[i].text, cvmm_reason_name(e.reason));
		cr_expect_eq(r.n, 77);
	}
}

Test(rules, contradictions_name_both_lines)
{
	struct cvmm_error e;
	struct cvmm_rules r;

	cr_assert_eq(
		parse("cvmm-rules 1\n# a\nSTD_BMAP differ always drop\n\nSTD_BMAP differ self 1 1 write\n", &r, &e),
		-EINVAL);
	cr_assert_eq(e.reason, CVMM_REASON_RULES_OVERLAP);
	cr_assert_eq(e.section, 5);
	cr_assert_eq(e.other, 3);
	cr_assert_eq(e.id, CVMM_ARM64_STD_BMAP);
	cr_assert_eq(
		parse("cvmm-rules 1\nCCSIDR[0]+1*14 differ self 1 1 write\nCCSIDR[9] differ self 1 1 drop\n", &r, &e),
		-EINVAL);
	cr_assert_eq(e.section, 3);
	cr_assert_eq(e.other, 2);
	/* First this, then that is a chain, no contradiction. */
	cr_assert_eq(parse("cvmm-rules 1\nSTD_BMAP differ self 1 1 write\nSTD_BMAP differ always drop\n", &r, &e), 0);
	cr_assert_eq(parse("cvmm-rules 1\nSTD_BMAP differ always write\nSTD_BMAP host-only always drop\n", &r, &e), 0);
	cr_assert_eq(parse("cvmm-rules 1\nrow 603000000013ff00 scope=vm\nrow 603000000013ff00 scope=vcpu\n", &r, &e),
		-EINVAL);
	cr_assert_eq(e.reason, CVMM_REASON_TEXT_DUPLICATE);
	cr_assert_eq(e.section, 3);
	cr_assert_eq(e.other, 2);
}

Test(rules, storage_and_limits)
{
	static const char text[] = "cvmm-rules 1\nSTD_BMAP differ always drop\n";
	struct cvmm_error e;
	struct cvmm_rules r;
	size_t need = 0;
	char *big;

	cr_assert_eq(cvmm_rules_need(text, sizeof(text) - 1, &need, &e), 0);
	cr_assert_eq(cvmm_rules_parse(text, sizeof(text) - 1, CVMM_ARCH_ARM64, store, need - 1, &r, &e), -E2BIG);
	cr_assert_eq(e.other, need);
	cr_assert_eq(cvmm_rules_parse(text, sizeof(text) - 1, CVMM_ARCH_ARM64, store, need, &r, &e), 0);
	big = malloc(CVMM_RULES_BYTES_MAX + 1);
	memset(big, '\n', CVMM_RULES_BYTES_MAX + 1);
	cr_assert_eq(cvmm_rules_need(big, CVMM_RULES_BYTES_MAX + 1, &need, &e), -E2BIG);
	cr_assert_eq(e.reason, CVMM_REASON_TEXT_LIMIT);
	free(big);
	/* One more rule than the limit. */
	big = malloc(40 * (CVMM_RULES_MAX + 2));
	strcpy(big, "cvmm-rules 1\n");
	need = strlen(big);
	for (unsigned int i = 0; i <= CVMM_RULES_MAX; i++)
		need += (size_t)sprintf(big + need, "STD_BMAP differ self 0xffff %u drop\n", i);
	cr_assert_eq(cvmm_rules_parse(big, need, CVMM_ARCH_ARM64, store, sizeof(store), &r, &e), -EINVAL);
	cr_assert_eq(e.reason, CVMM_REASON_TEXT_LIMIT);
	cr_assert_eq(e.section, CVMM_RULES_MAX + 2);
	need -= strlen("STD_BMAP differ self 0xffff 1024 drop\n");
	cr_assert_eq(cvmm_rules_parse(big, need, CVMM_ARCH_ARM64, store, sizeof(store), &r, &e), 0);
	cr_assert_eq(r.n, CVMM_RULES_MAX);
	free(big);
}
