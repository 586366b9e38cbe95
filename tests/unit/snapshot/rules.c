/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The caller's rules as a text: what is understood, and what is refused naming the line. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/snapshot/rules.h>

#define HEAD "cvmm-rules 1\narch arm64\n"

static _Alignas(16) uint8_t store[1 << 18];

static int parse(const char *text, struct cvmm_rules *r, struct cvmm_error *e)
{
	return cvmm_rules_parse(text, strlen(text), store, sizeof(store), r, e);
}

Test(rules, every_kind_of_line)
{
	static const char text[] = "cvmm-rules 1\n"
				   "# a comment\n"
				   "arch arm64\n"
				   "rule host-only STD_BMAP always pin 1 hidden\n"
				   "rule differ+snapshot-only CCSIDR[2]+1*12 register CLIDR_EL1 7 0 drop unreachable\n"
				   "rule snapshot-only 6030000000160003 self ffffffffffffffff 0 drop\n"
				   "rule any PMCR_EL0 features 8 8 write\n"
				   "row vcpu 603000000013ff00+2*4 phase=timer compare=ff write=stored\n"
				   "row vm 603000000014ff00 combine=and write=bits fixed=1\n";
	struct cvmm_error e;
	struct cvmm_rules r;

	cr_assert_eq(parse(text, &r, &e), 0, "line %u: %s", e.section, cvmm_reason_text(e.reason));
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
	cr_assert_eq(r.v[2].reason, CVMM_REASON_RULE_ACCEPTS);
	cr_assert_eq(r.v[3].on, 7);
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
		{ "cvmm-rules 1", 1, CVMM_REASON_TEXT_SYNTAX },
		{ "cvmm-rules 1 \n", 1, CVMM_REASON_TEXT_SYNTAX },
		{ "# x\ncvmm-rules 1\n", 1, CVMM_REASON_TEXT_VERSION },
		{ "cvmm-rules 1\nrule differ STD_BMAP always drop\n", 2, CVMM_REASON_TEXT_ORDER },
		{ "cvmm-rules 1\narch z80\n", 2, CVMM_REASON_TEXT_NAME },
		{ HEAD "arch arm64\n", 3, CVMM_REASON_TEXT_DUPLICATE },
		{ HEAD "\n", 3, CVMM_REASON_TEXT_SYNTAX },
		{ HEAD "law any X0 always drop\n", 3, CVMM_REASON_TEXT_KIND },
		{ HEAD "rule differ NO_SUCH always drop\n", 3, CVMM_REASON_TEXT_NAME },
		{ HEAD "rule sometimes STD_BMAP always drop\n", 3, CVMM_REASON_TEXT_NAME },
		{ HEAD "rule differ+ STD_BMAP always drop\n", 3, CVMM_REASON_TEXT_NAME },
		{ HEAD "rule differ STD_BMAP maybe drop\n", 3, CVMM_REASON_TEXT_NAME },
		{ HEAD "rule differ STD_BMAP always ignore\n", 3, CVMM_REASON_TEXT_NAME },
		{ HEAD "rule differ STD_BMAP always drop because\n", 3, CVMM_REASON_TEXT_NAME },
		{ HEAD "rule differ STD_BMAP always drop unknown\n", 3, CVMM_REASON_TEXT_NAME },
		{ HEAD "rule differ STD_BMAP always drop neutral x\n", 3, CVMM_REASON_TEXT_SYNTAX },
		{ HEAD "rule differ\n", 3, CVMM_REASON_TEXT_SYNTAX },
		{ HEAD "rule differ STD_BMAP self 1\n", 3, CVMM_REASON_TEXT_SYNTAX },
		{ HEAD "rule differ STD_BMAP self 1 2 drop\n", 3, CVMM_REASON_TEXT_NUMBER },
		{ HEAD "rule differ STD_BMAP self 0x1 0 drop\n", 3, CVMM_REASON_TEXT_NUMBER },
		{ HEAD "rule differ STD_BMAP self 01 0 drop\n", 3, CVMM_REASON_TEXT_NUMBER },
		{ HEAD "rule differ STD_BMAP self 10000000000000000 0 drop\n", 3, CVMM_REASON_TEXT_NUMBER },
		{ HEAD "rule differ STD_BMAP cap 99999999999 1 1 drop\n", 3, CVMM_REASON_TEXT_NUMBER },
		{ HEAD "rule differ STD_BMAP+1 always drop\n", 3, CVMM_REASON_TEXT_SYNTAX },
		{ HEAD "rule differ STD_BMAP+0*3 always drop\n", 3, CVMM_REASON_TEXT_NUMBER },
		{ HEAD "rule differ STD_BMAP+1*0 always drop\n", 3, CVMM_REASON_TEXT_NUMBER },
		{ HEAD "rule differ STD_BMAP+1*70000 always drop\n", 3, CVMM_REASON_TEXT_NUMBER },
		{ HEAD "rule differ STD_BMAP+*2 always drop\n", 3, CVMM_REASON_TEXT_NUMBER },
		{ HEAD "rule differ STD_BMAP register STD_BMAP+1*2 1 0 drop\n", 3, CVMM_REASON_TEXT_SYNTAX },
		{ HEAD "rule differ STD_BMAP always pin\n", 3, CVMM_REASON_TEXT_SYNTAX },
		{ HEAD "rule differ STD_BMAP always pin 0x1\n", 3, CVMM_REASON_TEXT_NUMBER },
		{ HEAD "rule differ 8030000000000000 always drop\n", 3, CVMM_REASON_TEXT_NAME },
		{ HEAD "row both 603000000013ff00\n", 3, CVMM_REASON_TEXT_NAME },
		{ HEAD "row vm\n", 3, CVMM_REASON_TEXT_SYNTAX },
		{ HEAD "row vm 603000000013ff00 phase\n", 3, CVMM_REASON_TEXT_SYNTAX },
		{ HEAD "row vm 603000000013ff00 phase=init\n", 3, CVMM_REASON_TEXT_NAME },
		{ HEAD "row vm 603000000013ff00 colour=red\n", 3, CVMM_REASON_TEXT_NAME },
		{ HEAD "row vm 603000000013ff00 compare=x\n", 3, CVMM_REASON_TEXT_NUMBER },
		{ HEAD "row vm 603000000013ff00 compare=\n", 3, CVMM_REASON_TEXT_NUMBER },
		{ HEAD "row vm X0\n", 3, CVMM_REASON_TEXT_DUPLICATE },
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

	cr_assert_eq(parse(HEAD "rule differ STD_BMAP always drop\n# b\nrule any STD_BMAP self 1 1 write\n", &r, &e),
		-EINVAL);
	cr_assert_eq(e.reason, CVMM_REASON_RULES_OVERLAP);
	cr_assert_eq(e.section, 5);
	cr_assert_eq(e.other, 3);
	cr_assert_eq(e.id, CVMM_ARM64_STD_BMAP);
	cr_assert_eq(
		parse(HEAD "rule differ CCSIDR[0]+1*14 self 1 1 write\nrule differ CCSIDR[9] self 1 1 drop\n", &r, &e),
		-EINVAL);
	cr_assert_eq(e.section, 4);
	cr_assert_eq(e.other, 3);
	/* First this, then that is a chain, no contradiction. */
	cr_assert_eq(parse(HEAD "rule differ STD_BMAP self 1 1 write\nrule differ STD_BMAP always drop\n"
				"rule host-only STD_BMAP always drop\n",
			     &r, &e),
		0);
	cr_assert_eq(parse(HEAD "row vm 603000000013ff00+1*4\nrow vcpu 603000000013ff02\n", &r, &e), -EINVAL);
	cr_assert_eq(e.reason, CVMM_REASON_TEXT_DUPLICATE);
	cr_assert_eq(e.section, 4);
	cr_assert_eq(e.other, 3);
}

Test(rules, storage_and_limits)
{
	static const char text[] = HEAD "rule differ STD_BMAP always drop\n";
	struct cvmm_error e;
	struct cvmm_rules r;
	size_t need = 0;
	char *big;

	cr_assert_eq(cvmm_rules_need(text, sizeof(text) - 1, &need, &e), 0);
	cr_assert_eq(cvmm_rules_parse(text, sizeof(text) - 1, store, need - 1, &r, &e), -E2BIG);
	cr_assert_eq(e.other, need);
	cr_assert_eq(cvmm_rules_parse(text, sizeof(text) - 1, store, need, &r, &e), 0);
	big = malloc(CVMM_RULES_BYTES_MAX + 1);
	memset(big, '\n', CVMM_RULES_BYTES_MAX + 1);
	cr_assert_eq(cvmm_rules_need(big, CVMM_RULES_BYTES_MAX + 1, &need, &e), -E2BIG);
	cr_assert_eq(e.reason, CVMM_REASON_TEXT_LIMIT);
	free(big);
	/* One more rule than the limit. */
	big = malloc(64 * (CVMM_RULES_MAX + 3));
	strcpy(big, HEAD);
	need = strlen(big);
	for (unsigned int i = 0; i <= CVMM_RULES_MAX; i++)
		need += (size_t)sprintf(big + need, "rule differ STD_BMAP self ffff %x drop\n", i);
	cr_assert_eq(cvmm_rules_parse(big, need, store, sizeof(store), &r, &e), -EINVAL);
	cr_assert_eq(e.reason, CVMM_REASON_TEXT_LIMIT);
	cr_assert_eq(e.section, CVMM_RULES_MAX + 3);
	need -= strlen("rule differ STD_BMAP self ffff 400 drop\n");
	cr_assert_eq(cvmm_rules_parse(big, need, store, sizeof(store), &r, &e), 0);
	cr_assert_eq(r.n, CVMM_RULES_MAX);
	free(big);
}
