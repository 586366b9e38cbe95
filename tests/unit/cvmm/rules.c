/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "run.h"

static void setup(void)
{
	run_setup();
	cr_assert(system("$CVMM save --kvm sim:7.3 --features psci_0_2 -o a.snap 2>/dev/null") == 0);
}

TestSuite(rules, .init = setup, .fini = run_clean);

static void refused(const char *text, const char *said)
{
	expect(1, NULL, said, "printf '%s' >r; $CVMM check a.snap --on sim:6.1 --rules r", text);
}

Test(rules, mistakes_are_named_with_their_line)
{
	refused("hello\\n", "r: ");
	refused("cvmm-rules 2\\n", "the version in line 1 is not readable");
}

Test(rules, bad_lines)
{
	static const struct {
		const char *line;
		const char *said;
	} bad[] = {
		{ "arch z80", "a name in the line is not known, line 2" },
		{ "rule any X0 always drop", "line 2" },
		{ "arch arm64\\nrule any X99 always drop", "line 3" },
		{ "arch arm64\\nrule sometimes X0 always drop", "line 3" },
		{ "arch arm64\\nrule any X0 always explode", "line 3" },
		{ "arch arm64\\nrule any X0 always pin", "line 3" },
		{ "arch arm64\\nrule any X0 always pin 0x1", "line 3" },
		{ "arch arm64\\nrule any X0 always drop more", "line 3" },
		{ "arch arm64\\nrule any X0 self f drop", "line 3" },
		{ "arch arm64\\nrule any X0 cap 99999999999 1 1 drop", "line 3" },
		{ "arch arm64\\nrow vm X0", "line 3" },
		{ "arch arm64\\nlaw any X0 always drop", "line 3" },
		{ "arch arm64\\nrule any X0 always drop\\nrule differ X0 always write",
			"the other rule is in line 3, line 4" },
		{ "arch arm64\\nrule any X0 self f 1 drop\\nrule any X0 self f 1 drop", "line 4" },
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect(1, NULL, bad[i].said,
			"printf 'cvmm-rules 1\\n%s\\n' >r; $CVMM check a.snap --on sim:6.1 --rules r", bad[i].line);
}

Test(rules, they_come_first_and_are_shown)
{
	expect(3, "refused      PSCI_VERSION", NULL, "$CVMM check a.snap --on sim:6.1");
	expect(3, "a rule of the caller", NULL,
		"printf 'cvmm-rules 1\\n# as told by the operator\\narch arm64\\nrule differ PSCI_VERSION always "
		"leave\\n' >r; "
		"$CVMM check a.snap --on sim:6.1 --rules r --all");
	cr_expect(lines_of("$CVMM check a.snap --on sim:6.1 --rules r | grep 'refused      PSCI_VERSION'") == 0);
	/* What the library would have dropped, an operator may insist on. */
	expect(3, "VENDOR_HYP_BMAP_2    guest 0x0, host none: a rule of the caller refuses it", NULL,
		"printf 'cvmm-rules 1\\narch arm64\\nrule snapshot-only VENDOR_HYP_BMAP_2 self ff 0 refuse\\n' >r; "
		"$CVMM check a.snap --on sim:6.1 --rules r");
	expect(3, "refused", "no VM was created", "$CVMM restore a.snap --kvm sim:6.1 --rules r");
}

/* A matrix judges each move and makes each pair's baseline by the same rules as check and baseline do. */
Test(rules, a_matrix_goes_by_them)
{
	expect(0, " 1 6.1.192/neoverse-n1     .   b\n", NULL, "$CVMM matrix sim:6.1 sim:6.12");
	expect(0, " 1 6.1.192/neoverse-n1     .   Y\n", NULL,
		"printf 'cvmm-rules 1\\narch arm64\\nrule differ PMCR_EL0 always leave\\n' >r; "
		"$CVMM matrix sim:6.1 sim:6.12 --rules r");
	expect(0, "\"CTR_EL0\", \"reason\": \"rule-refuses\"", NULL,
		"printf 'cvmm-rules 1\\narch arm64\\nrule differ CTR_EL0 always refuse\\n' >r; "
		"$CVMM matrix sim:6.1 sim:6.12 --rules r --json");
	/* No baseline without the rules, one with them. */
	expect(0, "0 started by default, 0 with", NULL, "$CVMM matrix sim:5.10 sim:6.1");
	expect(0, "1 started by default, 2 with", NULL,
		"printf 'cvmm-rules 1\\narch arm64\\nrule any ID_AA64DFR0_EL1 always leave\\n"
		"rule any ID_DFR0_EL1 always leave\\n' >r; $CVMM matrix sim:5.10 sim:6.1 --rules r");
	expect(1, NULL, "r: ", "echo hello >r; $CVMM matrix sim:6.1 sim:6.12 --rules r");
}
