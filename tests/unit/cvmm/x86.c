/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* x86_64: the readme's words for machines of recorded kernels, and of this machine where it is one. */
#include <unistd.h>

#include "run.h"

#define AT(kernel) CVMM_SOURCE_DIR "/kvm-sim/profiles/x86_64/" kernel "-svm.profile"

TestSuite(x86, .init = run_setup, .fini = run_clean);

Test(x86, there_and_back_with_a_baseline)
{
	expect(0, NULL, "1 vCPU on", "$CVMM save --kvm sim:@%s -o plain.snap", AT("7.3.4"));
	expect(3, "CPUID[0x00000007,1]", NULL, "$CVMM check plain.snap --on %s", AT("6.1.192"));
	expect(3, "guest eax 0x1c80, host eax 0x0", NULL, "$CVMM check plain.snap --on %s", AT("6.1.192"));
	expect(3, NULL, "refused", "$CVMM restore plain.snap --kvm sim:@%s >/dev/null", AT("6.1.192"));
	expect(0, "baseline   x86_64", NULL, "$CVMM baseline %s %s -o fleet.baseline", AT("6.1.192"), AT("7.3.4"));
	expect(0, NULL, "3 vCPUs on", "$CVMM save --kvm sim:@%s --vcpus 3 --baseline fleet.baseline -o guest.snap",
		AT("7.3.4"));
	expect(0, "accepted", NULL, "$CVMM check guest.snap --on %s", AT("6.1.192"));
	expect(0, "read back", NULL, "$CVMM restore guest.snap --kvm sim:@%s -o hop.snap", AT("6.1.192"));
	expect(0, "accepted", NULL, "$CVMM check hop.snap --on %s", AT("7.3.4"));
	expect(0, "read back", NULL, "$CVMM restore hop.snap --kvm sim:@%s -o back.snap", AT("7.3.4"));
}

Test(x86, what_a_snapshot_says)
{
	expect(0, NULL, NULL, "$CVMM save --kvm sim:@%s --vcpus 2 -o a.snap 2>/dev/null", AT("6.12.117"));
	expect(0, "x86_64, 2 vCPUs", NULL, "$CVMM inspect a.snap");
	expect(0, "vm.irqchip", NULL, "$CVMM inspect a.snap");
	expect(0, "\"vcpu.cpuid2\"", NULL, "$CVMM inspect a.snap --json");
	expect(0, NULL, NULL, "$CVMM restore a.snap --kvm sim:@%s -o b.snap >/dev/null", AT("6.12.117"));
	/* Nothing but time is another one. */
	expect(1, NULL, NULL, "$CVMM diff a.snap b.snap | grep -v -e vm.pit2 -e vm.clock -e IA32_TSC");
	expect(3, "the host has another architecture", NULL, "$CVMM check a.snap --on sim:6.1");
}

/* A probe of a simulated kernel says what its recording says, counters apart. */
Test(x86, probe)
{
	expect(1, NULL, NULL,
		"$CVMM probe --kvm sim:@%s -o p && diff p %s | grep -v -e 2030000200000010 -e 20300002400000[12]0 -e "
		"'^<.trait' -e '^[0-9]' "
		"-e ---",
		AT("6.12.117"), AT("6.12.117"));
	expect(0, "", NULL, "$CVMM inspect p");
}

Test(x86, this_machine)
{
#ifdef __x86_64__
	if (access("/dev/kvm", R_OK | W_OK))
		cr_skip_test("no /dev/kvm");
	expect(0, NULL, NULL,
		"$CVMM probe --kvm dev -o a.profile && $CVMM probe --kvm dev -o b.profile && cmp a.profile b.profile");
	expect(0, NULL, "2 vCPUs on dev", "$CVMM save --kvm dev --vcpus 2 -o a.snap");
	expect(0, "accepted", NULL, "$CVMM check a.snap --on a.profile");
	expect(0, "read back", NULL, "$CVMM restore a.snap --kvm dev -o b.snap");
	expect(0, "accepted", NULL, "$CVMM check b.snap --on dev");
#else
	cr_skip_test("vCPUs of this machine are not x86_64");
#endif
}
