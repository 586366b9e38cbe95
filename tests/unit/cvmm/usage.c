/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "run.h"

TestSuite(usage, .init = run_setup, .fini = run_clean);

static const char *const commands[] = { "kernels", "probe", "save", "inspect", "diff", "check", "restore", "baseline",
	"matrix", "reg", "audit", "edit", "demo" };

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

Test(usage, every_command_has_help)
{
	size_t i;

	for (i = 0; i < NCOMMANDS; i++) {
		expect(0, commands[i], NULL, "$CVMM --help");
		expect(0, "cvmm", NULL, "$CVMM %s --help", commands[i]);
		/* Help is for reading: no line wider than a wide terminal. */
		cr_expect(lines_of("$CVMM --help | awk 'length > 110'") == 0);
	}
}

Test(usage, version)
{
	expect(0, "cvmm 0.1.0\n", NULL, "$CVMM --version");
}

Test(usage, nothing_and_unknown)
{
	expect(2, NULL, "usage: cvmm COMMAND", "$CVMM");
	expect(2, NULL, "migrate: unknown command", "$CVMM migrate");
	expect(2, NULL, "unknown command", "$CVMM ''");
	expect(2, NULL, "unknown option: --turbo", "$CVMM check --turbo");
	expect(2, NULL, "unknown option: --kv", "$CVMM save --kv sim:6.1 -o x");
}

Test(usage, wrong_arguments)
{
	expect(2, NULL, "needs an argument: --kvm", "$CVMM save --kvm");
	expect(2, NULL, "needs an argument: --kvm", "$CVMM save --kvm -o x");
	expect(2, NULL, "given twice: --kvm", "$CVMM save --kvm sim:6.1 --kvm sim:6.1 -o x");
	expect(2, NULL, "an empty argument of --kvm", "$CVMM save --kvm '' -o x");
	expect(2, NULL, "takes no argument: --json", "$CVMM kernels --json=1");
	expect(2, NULL, "is needed: -o", "$CVMM save --kvm sim:6.1");
	expect(2, NULL, "is needed: --on", "$CVMM check x.snap");
	expect(2, NULL, "is needed: --kvm", "$CVMM restore x.snap");
	expect(2, NULL, "F.snap", "$CVMM check --on sim:6.1");
	expect(2, NULL, "one argument too many: b", "$CVMM inspect a b");
	expect(2, NULL, "more are needed", "$CVMM diff a");
	expect(2, NULL, "is missing", "$CVMM reg");
	expect(2, NULL, "one argument too many", "$CVMM demo now");
}

Test(usage, numbers)
{
	static const char *const bad[] = { "0", "-1", "1x", "4097", "99999999999999999999", "0x4", "1.5", "+4" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect(2, NULL, "--vcpus", "$CVMM save --kvm sim:6.1 --vcpus=%s -o x.snap; s=$?; ls; exit $s", bad[i]);
	expect(2, NULL, "there are 1.0 and 1.1", "$CVMM save --kvm sim:6.1 --format 2.0 -o x.snap");
	expect(2, NULL, "turbo: no such vCPU feature", "$CVMM save --kvm sim:6.1 --features psci_0_2,turbo -o x.snap");
}

Test(usage, equals_sign_and_double_dash)
{
	expect(0, "accepted", NULL,
		"$CVMM save --kvm=sim:6.1 -o=-x.snap 2>/dev/null && $CVMM check --on=sim:6.1 -- -x.snap");
}

Test(usage, a_full_disk_is_no_answer)
{
	expect(1, NULL, "No space left", "$CVMM kernels >/dev/full");
	expect(1, NULL, "No space left", "$CVMM demo >/dev/full");
}

Test(usage, names_cannot_steer_a_terminal)
{
	expect(1, NULL, "\\x1b[31m", "$CVMM inspect \"$(printf '\\033[31m')\"");
}
