/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Many hosts at once: baselines, matrices and checks of all architectures, and hosts that are no such thing. */
#include "run.h"

#include <unistd.h>

#define PROFILES CVMM_SOURCE_DIR "/kvm-sim/profiles"

TestSuite(fleet, .init = run_setup, .fini = run_clean);

Test(fleet, x86_64_hosts)
{
	expect(0, "30 with the pair's baseline", NULL, "$CVMM matrix " PROFILES "/x86_64/*.profile 2>/dev/null");
	expect(0, "IA32_ARCH_CAPABILITIES", "", "$CVMM baseline " PROFILES "/x86_64/*-svm.profile -o b 2>/dev/null");
	expect(0, "CPUID[0x00000001,0]    eax", NULL, "$CVMM inspect b");
	/* What was written is read back as the same. */
	expect(0, "CPUID[0x00000001,0]", NULL, "$CVMM baseline " PROFILES "/x86_64/*-svm.profile --json --all");
	expect(0, "because of " PROFILES "/x86_64/5.10.223-svm.profile", NULL,
		"$CVMM baseline " PROFILES "/x86_64/*-svm.profile 2>/dev/null");
}

Test(fleet, riscv64_hosts_move_forward)
{
	expect(0, "12 moves of 4 hosts (4 with answers of their own): 5 started by default", NULL,
		"$CVMM matrix " PROFILES "/riscv64/*.profile 2>/dev/null");
	expect(3, "isa.zabha", "nothing written",
		"$CVMM baseline " PROFILES "/riscv64/6.12.107-max.profile " PROFILES
		"/riscv64/7.2.13-max.profile -o b");
	cr_expect(access("b", F_OK) != 0);
}

Test(fleet, what_is_not_one_fleet)
{
	static const struct {
		int status;
		const char *make, *said;
	} bad[] = {
		{ 3, "cp " PROFILES "/x86_64/7.3.4-svm.profile p", "another architecture than" },
		{ 1, "head -c 3001 good >p", "the line cannot be understood, line" },
		{ 1, "sed 's/^cap 66 .*/&\\n&/' good >p", "the same fact is stated twice: number 66, line" },
		{ 1, "sed 's/^cap 66 .*/&\\ncap 66 7/' good >p", "the same fact is stated twice: number 66, line" },
		{ 1, "sed 's/^cap 66 /cap 066 /' good >p", "line" },
		{ 1, "sed 's/^cap 66 .*/&\\r/' good >p", "line" },
		{ 1, "sed '/^cpu/d' good >p", "line 4" },
		{ 1, "sed 's/^features psci_0_2$/features psci_0_9/' good >p", "line" },
		{ 1, "sed '0,/^reg /{/^reg /{h;d}};$G' good >p", "ascending order" },
		{ 1, ": >p", "is empty" },
		{ 1, "truncate -s 10G p", "too long" },
	};
	size_t i;

	expect(0, NULL, "", "$CVMM probe --kvm sim:6.1 -o good");
	expect(2, NULL, "is missing", "$CVMM baseline");
	expect(2, NULL, "is missing", "$CVMM matrix");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cr_assert(system(bad[i].make) == 0);
		expect(bad[i].status, NULL, bad[i].said, "timeout 20 $CVMM baseline good p -o out");
		expect(bad[i].status, NULL, bad[i].said, "timeout 20 $CVMM matrix good p --html out");
		expect(bad[i].status, NULL, "p: ", "timeout 20 $CVMM baseline good p -o out");
		cr_expect(access("out", F_OK) != 0, "%s: something was written", bad[i].make);
	}
}

Test(fleet, a_rule_makes_room_for_a_baseline)
{
	expect(3, "ID_AA64DFR0_EL1", "no machine", "$CVMM baseline sim:5.10 sim:6.1");
	expect(0, "PSCI_VERSION", "",
		"printf 'cvmm-rules 1\\narch arm64\\nrule differ ID_AA64DFR0_EL1 always drop\\n' >rules; "
		"$CVMM baseline sim:5.10 sim:6.1 --rules rules -o b");
	/* What the rule decides is not promised, and with the rule the guest moves. */
	expect(1, NULL, "", "$CVMM inspect b | grep ID_AA64DFR0");
	expect(0, NULL, "", "$CVMM save --kvm sim:6.1 --baseline b -o a.snap");
	expect(3, "ID_AA64DFR0_EL1", NULL, "$CVMM check a.snap --on sim:5.10");
	expect(0, "accepted", NULL, "$CVMM check a.snap --on sim:5.10 --rules rules");
	expect(1, NULL,
		"bad: ", "echo x >bad; $CVMM baseline sim:5.10 sim:6.1 --rules bad -o c; s=$?; test ! -e c; exit $s");
}

Test(fleet, progress_on_a_terminal)
{
	static const char many[] = "a.snap a.snap a.snap a.snap a.snap --on sim:6.1 sim:6.12 sim:6.18 sim:7.3";

	if (system("command -v script >/dev/null"))
		cr_skip_test("fleet.progress_on_a_terminal: there is no script(1)");
	expect(0, NULL, "", "$CVMM save --kvm sim:6.1 --features psci_0_2 -o a.snap");
	/* Behind a pipe there is none; on a terminal there is, and it goes away again. */
	expect(0, "20 accepted, 0 refused", NULL, "$CVMM check %s", many);
	expect(0, "", NULL,
		"script -qec \"$CVMM check %s >out\" t; grep -q 'checked: 7 of 20' t && grep -q '20 accepted' out",
		many);
}

Test(fleet, gate_counts_vmms)
{
	expect(0, "trait vmm-dialects 7", NULL, "$CVMM probe --kvm sim:6.1 | tee p");
	expect(0, "now   format    1.1", NULL, "$CVMM baseline p --gate");
	expect(0, "waits format    1.1                  for q", NULL,
		"sed '/^trait vmm/d' p >q; $CVMM baseline p q --gate");
	expect(0, "\"rollback\"", NULL, "$CVMM baseline p q --gate --json");
}

Test(fleet, vector_lengths_of_both)
{
	/* A host like another one, with half the vector lengths. */
	expect(0, NULL, "",
		"$CVMM probe --kvm sim:7.3/max -o long; sed -E 's/^(reg 606000000015ffff 0+)ffff$/\\100ff/' long "
		">short; "
		"! cmp -s long short");
	expect(0, "SVE_VLS", "", "$CVMM baseline long short -o b");
	expect(0, "00ff", NULL, "$CVMM inspect b | grep SVE_VLS");
	expect(0, NULL, "", "$CVMM save --kvm sim:@long -o a.snap");
	expect(3, "SVE_VLS", NULL, "$CVMM check a.snap --on short");
	expect(0, NULL, "", "$CVMM save --kvm sim:@long --baseline b -o a.snap");
	expect(0, "accepted", NULL, "$CVMM check a.snap --on short");
	expect(0, "read back", NULL, "$CVMM restore a.snap --kvm sim:@short -o c.snap");
	expect(0, "accepted", NULL, "$CVMM check c.snap --on long");
}

/* The table counts refusals only, JSON and the page look into each: they agree, cell by cell. */
Test(fleet, the_table_says_what_json_says)
{
	expect(0, "the same\n", NULL,
		"hosts='sim:5.10 sim:6.1 sim:6.12 sim:6.18 sim:6.18/max sim:7.3 sim:7.3/cortex-a72'\n"
		"$CVMM matrix $hosts >table && $CVMM matrix $hosts --json >json && cat >compare.py <<'END'\n"
		"import json\n"
		"moves = iter(json.load(open('json'))['moves'])\n"
		"rows = [line.split()[2:] for line in open('table') if line[:4].strip().isdigit()]\n"
		"rows = [row for row in rows if row[0] in 'Yb-.']\n"
		"assert len(rows) == 7\n"
		"for i, row in enumerate(rows):\n"
		"    for k, sign in enumerate(row):\n"
		"        if i == k:\n"
		"            assert sign == '.'\n"
		"            continue\n"
		"        m = next(moves)\n"
		"        for start in ('default', 'baseline'):\n"
		"            assert (m[start] == 'refused') == bool(m[start + '_reasons'])\n"
		"        assert sign == ('Y' if m['default'] == 'accepted' else 'b' if m['baseline'] == 'accepted' "
		"else '-')\n"
		"assert next(moves, None) is None\n"
		"print('the same')\n"
		"END\n"
		"python3 compare.py");
}
