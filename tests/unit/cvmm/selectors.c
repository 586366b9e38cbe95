/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "run.h"

TestSuite(selectors, .init = run_setup, .fini = run_clean);

/* What a selector means, as the saved snapshot's kernel tells. */
static void means(const char *kvm, const char *kernel)
{
	char said[64];

	(void)snprintf(said, sizeof(said), "taken on   kernel %s\n", kernel);
	expect(0, said, NULL, "$CVMM save --kvm %s -o x 2>/dev/null && $CVMM inspect x", kvm);
}

Test(selectors, leading_whole_components)
{
	means("sim:6.1.192", "6.1.192");
	means("sim:6.1", "6.1.192");
	means("sim:6.12", "6.12.117");
	means("sim:6.12.43/max", "6.12.43");
	means("sim:6.12/max", "6.12.117");
	means("sim:6", "6.19.14");
	means("sim:7.3/cortex-a72", "7.3.4");
}

Test(selectors, unknown_names_list_what_there_is)
{
	static const char *const bad[] = { "sim:6.2", "sim:6.1.19", "sim:6.1.", "sim:.6", "sim:", "sim:/max",
		"sim:6.1/cortex-a7", "sim:6.1/", "sim:6.12.43", "sim:6.1.192-neoverse-n1" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		expect(2, NULL, "5.10.223 6.1.192 ", "$CVMM save --kvm %s -o x", bad[i]);
		expect(2, NULL, "neoverse-n1", "$CVMM check x --on %s", bad[i]);
	}
	expect(2, NULL, "kvm: not a KVM", "$CVMM save --kvm kvm -o x");
	expect(2, NULL, "not a KVM",
		"touch p; $CVMM restore p --kvm p 2>&1 >/dev/null | head -1 >&2; $CVMM probe --kvm p");
}

Test(selectors, a_profile_is_a_kernel)
{
	expect(0, "taken on   kernel 6.18.15", NULL,
		"$CVMM probe --kvm sim:6.18 -o p 2>/dev/null && $CVMM save --kvm sim:@p -o x 2>/dev/null && $CVMM "
		"inspect x");
	expect(0, "accepted", NULL, "$CVMM check x --on p");
	expect(0, "accepted", NULL, "$CVMM check x --on sim:@p");
	expect(0, "read back", NULL, "$CVMM restore x --kvm sim:@p");
}

Test(selectors, a_broken_profile_is_named_with_its_line)
{
	expect(1, NULL, "p: a number is malformed or too wide for its register, line 5",
		"$CVMM probe --kvm sim:6.18 -o p 2>/dev/null; sed -i '5s/.*/cap zero 1/' p; $CVMM baseline p sim:6.1 "
		"-o b");
	expect(1, NULL, "p: the same fact is stated twice: number 9, line 8",
		"$CVMM probe --kvm sim:6.18 -o p 2>/dev/null; sed -i '7p' p; $CVMM save --kvm sim:@p -o x");
	expect(1, NULL, "p: ", "$CVMM probe --kvm sim:6.18 -o q 2>/dev/null; head -c 9000 q >p; $CVMM check x --on p");
}

Test(selectors, two_probes_are_the_same_bytes)
{
	expect(0, NULL, NULL, "$CVMM probe --kvm sim:6.12/max -o a && $CVMM probe --kvm sim:6.12/max >b && cmp a b");
}

/*
 * Asked by ioctl, a simulated kernel gives the profile back that it was made from: all but the running counters, what
 * was tried on cache registers, which the recordings say in other words, and what this VMM adds about itself.
 */
Test(selectors, a_probe_gives_the_profile_back)
{
	struct ran r = run("no='13df1a|13df01|vmm-|^lower 603000000013[cd]801'; "
			   "for p in %s/kvm-sim/profiles/*-cortex-a72.profile %s/kvm-sim/profiles/*[0-9]-max.profile "
			   "%s/kvm-sim/profiles/*-neoverse-n1.profile; do "
			   "n=$(basename $p .profile); [ $n = 6.12.43-max ] && continue; "
			   "$CVMM probe --kvm sim:${n%%%%-*}/${n#*-} | grep -vE \"$no\" >a; grep -vE \"$no\" $p >b; "
			   "cmp -s a b && echo same || echo $n differs; done",
		CVMM_SOURCE_DIR, CVMM_SOURCE_DIR, CVMM_SOURCE_DIR);
	int n = 0;
	char *s;

	for (s = r.out; (s = strstr(s, "same\n")); s++)
		n++;
	cr_expect(n == 33, "%d of 33: %s %s", n, r.out, r.err);
	ran_free(&r);
}

Test(selectors, kernels)
{
	cr_expect(lines_of("$CVMM kernels | grep -c neoverse-n1 | grep -x 11") == 1, "eleven recorded kernels");
	expect(0, "sim:6.12.43/max", NULL, "$CVMM kernels");
}
