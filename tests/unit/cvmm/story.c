/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <time.h>

#include "run.h"

TestSuite(story, .init = run_setup, .fini = run_clean);

Test(story, demo_tells_it_in_under_a_second)
{
	static const char *const told[] = { "REFUSED", "PSCI_VERSION", "a machine that both can promise", "accepted",
		"unchanged", "stays hidden", "64 vCPUs", "/dev/kvm" };
	struct timespec a, b;
	struct ran r;
	double s;
	size_t i;

	(void)clock_gettime(CLOCK_MONOTONIC, &a);
	r = run("$CVMM demo");
	(void)clock_gettime(CLOCK_MONOTONIC, &b);
	s = (double)(b.tv_sec - a.tv_sec) + 1e-9 * (double)(b.tv_nsec - a.tv_nsec);
	cr_expect(r.status == 0);
	cr_expect(s < 1.0, "%f s", s);
	cr_expect(*r.err == '\0', "%s", r.err);
	for (i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		cr_expect(strstr(r.out, told[i]), "no \"%s\"", told[i]);
	ran_free(&r);
	expect(0, NULL, NULL, "$CVMM demo >a; $CVMM demo >b; cmp a b");
}

Test(story, the_words_of_the_readme)
{
	expect(0, NULL, "4 vCPUs on sim:7.3.4/neoverse-n1", "$CVMM save --kvm sim:7.3 --vcpus 4 -o guest.snap");
	expect(3, "PSCI_VERSION", NULL, "$CVMM check guest.snap --on sim:6.1");
	expect(3, "a guest started with the baseline of both hosts could move", NULL,
		"$CVMM check guest.snap --on sim:6.1");
	expect(0, "vCPU features psci_0_2", NULL, "$CVMM baseline sim:6.1 sim:7.3 -o fleet.baseline");
	expect(0, NULL, "features psci_0_2",
		"$CVMM save --kvm sim:7.3 --baseline fleet.baseline --vcpus 4 -o guest.snap");
	expect(0, "accepted", NULL, "$CVMM check guest.snap --on sim:6.1");
	expect(0, "read back", NULL, "$CVMM restore guest.snap --kvm sim:6.1 -o hop.snap");
	expect(0, "pinned", NULL, "$CVMM check hop.snap --on sim:7.3");
	expect(0, "read back", NULL, "$CVMM restore hop.snap --kvm sim:7.3 -o back.snap");
	/* Back on 7.3 it is the same guest: nothing but the running counters differs. */
	expect(0, "TIMER_CNT", NULL,
		"$CVMM diff guest.snap back.snap | grep -v TIMER_CNT | grep . && exit 1; "
		"$CVMM diff guest.snap back.snap");
}

Test(story, saving_again_gives_the_same_bytes)
{
	expect(0, NULL, NULL,
		"for f in 1.0 1.1; do $CVMM save --kvm sim:6.18/max --vcpus 3 --format $f -o a 2>/dev/null; "
		"$CVMM save --kvm sim:6.18/max --vcpus 3 --format $f -o b 2>/dev/null; cmp a b || exit 1; done");
}

/* 6.12.43 was recorded without a guest: which GIC revisions it keeps is not known, so a guest that has one is refused. */
Test(story, every_kernel_takes_its_own_guest)
{
	struct ran r =
		run("for k in $($CVMM kernels | sed -n 's/^\\(sim:[^ ]*\\).*/\\1/p' | grep -v 6.12.43); do "
		    "$CVMM save --kvm $k --vcpus 2 -o a.snap 2>/dev/null && $CVMM restore a.snap --kvm $k -o b.snap "
		    ">/dev/null || echo \"$k: restore\"; "
		    "$CVMM diff a.snap b.snap | grep -v TIMER_CNT && echo \"$k: changed\"; echo done; done");
	int n = 0;
	char *s;

	for (s = r.out; (s = strstr(s, "done\n")); s++)
		n++;
	cr_expect(n == 44, "%d kernels", n);
	cr_expect(!strstr(r.out, ": "), "%s", r.out);
	ran_free(&r);
	expect(3, "vm.gicd_iidr", "no VM was created",
		"$CVMM save --kvm sim:6.12.43/max -o a 2>/dev/null; $CVMM restore a --kvm sim:6.12.43/max");
}

/* A guest's values are its own: no two vCPUs hold the same, and what a guest cannot have is not there. */
Test(story, vcpus_differ)
{
	cr_expect(lines_of("$CVMM save --kvm sim:6.18 --vcpus 4 -o a 2>/dev/null; "
			   "$CVMM inspect a --all | grep ' X7 ' | sort -u") == 4);
	cr_expect(lines_of("$CVMM inspect a --all | grep ' PMCNTENSET_EL0 ' | grep -v ' 0x0$'") == 4);
}
