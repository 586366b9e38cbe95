/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "run.h"

TestSuite(verdicts, .init = run_setup, .fini = run_clean);

static void save(const char *kvm, const char *more)
{
	expect(0, NULL, "", "$CVMM save --kvm %s %s -o a.snap", kvm, more);
}

Test(verdicts, from_6_12_to_6_18_and_back)
{
	save("sim:6.12", "--features psci_0_2");
	expect(0, "dropped      TCR2_EL1", NULL, "$CVMM check a.snap --on sim:6.18");
	expect(0, "read back", NULL, "$CVMM restore a.snap --kvm sim:6.18 -o b.snap");
	expect(0, "accepted", NULL, "$CVMM check b.snap --on sim:6.12");
	expect(0, "read back", NULL, "$CVMM restore b.snap --kvm sim:6.12");
}

Test(verdicts, an_unknown_bitmap_only_if_it_is_empty)
{
	expect(0, "", NULL, "$CVMM baseline sim:6.1 sim:6.18 -o b");
	save("sim:6.18", "--baseline b");
	expect(0, "dropped      VENDOR_HYP_BMAP_2", NULL, "$CVMM check a.snap --on sim:6.1");
	expect(0, NULL, NULL, "$CVMM edit a.snap --set VENDOR_HYP_BMAP_2=1 -o c.snap");
	expect(3, "refused      VENDOR_HYP_BMAP_2", NULL, "$CVMM check c.snap --on sim:6.1");
}

Test(verdicts, bitmaps_pinned_to_what_5_10_offered)
{
	save("sim:5.10/cortex-a72", "");
	expect(0, "pinned       STD_BMAP             guest none, host 0x1, written 0x0", NULL,
		"$CVMM check a.snap --on sim:6.1/cortex-a72");
	expect(0, "STD_HYP_BMAP         guest none, host 0x1", NULL,
		"$CVMM check a.snap --on sim:6.1/cortex-a72 --all");
	expect(0, "read back", NULL, "$CVMM restore a.snap --kvm sim:6.1/cortex-a72 -o b.snap");
	expect(0, "VENDOR_HYP_BMAP        0x0", NULL, "$CVMM inspect b.snap");
	expect(0, "STD_HYP_BMAP           0x1", NULL, "$CVMM inspect b.snap");
	save("sim:5.10", "");
	expect(3, "refused      ID_AA64DFR0_EL1", NULL, "$CVMM check a.snap --on sim:6.1");
	expect(3, "pinned       STD_BMAP", NULL, "$CVMM check a.snap --on sim:6.1");
	expect(3, "exclude each other", NULL, "$CVMM check a.snap --on sim:6.1");
}

Test(verdicts, the_guest_saw_another_ctr)
{
	save("sim:6.1", "--features psci_0_2");
	expect(0, "substituted  CTR_EL0              guest 0x9444c004, host 0x9444c004, written 0x8444c004", NULL,
		"$CVMM check a.snap --on sim:6.12");
}

Test(verdicts, every_reason_not_the_first)
{
	save("sim:7.3", "");
	cr_expect(lines_of("$CVMM check a.snap --on sim:5.10 | grep '^  refused'") >= 5);
}

Test(verdicts, pmu_enables_survive_6_12)
{
	save("sim:6.12", "--vcpus 2");
	expect(0, "read back", NULL, "$CVMM restore a.snap --kvm sim:6.12 -o b.snap");
	cr_expect(lines_of("$CVMM inspect b.snap --all | grep ' PMCNTENSET_EL0 ' | grep ' 0x80000005$'") == 2);
}

Test(verdicts, sve_needs_sve)
{
	save("sim:7.3/max", "");
	expect(3, "features-not-offered", NULL, "$CVMM check a.snap --on sim:7.3/neoverse-n1 --json");
	expect(3, "refused", "no VM was created", "$CVMM restore a.snap --kvm sim:7.3/neoverse-n1");
}

Test(verdicts, too_many_vcpus_for_the_host)
{
	save("sim:6.1", "--vcpus 9");
	expect(0, NULL, "", "$CVMM probe --kvm sim:6.1 -o p; sed -i 's/^cap 66 512$/cap 66 8/' p");
	expect(3, "the host cannot have as many vCPUs", NULL, "$CVMM check a.snap --on p");
}

Test(verdicts, damage_is_named)
{
	static const struct {
		const char *how;
		const char *said;
	} damage[] = {
		{ "printf X | dd of=b bs=1 seek=50 conv=notrunc", "the header is damaged" },
		{ "printf XYZ | dd of=b bs=1 seek=200 conv=notrunc", "the section table is damaged" },
		{ "printf XYZ | dd of=b bs=1 seek=1000 conv=notrunc", "a section is damaged" },
		{ "truncate -s 100 b", "ends before" },
		{ "truncate -s -1 b", "ends before" },
		{ "echo >>b", "bytes follow" },
	};
	size_t i;

	save("sim:6.1", "");
	for (i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
		expect(1, NULL, damage[i].said, "cp a.snap b; %s 2>/dev/null; $CVMM check b --on sim:6.1",
			damage[i].how);
		expect(1, "", damage[i].said, "$CVMM inspect b");
		expect(1, NULL, damage[i].said, "$CVMM restore b --kvm sim:6.1 -o c; s=$?; test ! -e c; exit $s");
	}
	expect(1, NULL, "this is not a c-vmm snapshot",
		"cp a.snap b; printf X | dd of=b conv=notrunc 2>/dev/null; "
		"$CVMM check b --on sim:6.1");
	expect(1, NULL, "section vm",
		"cp a.snap b; printf XYZ | dd of=b bs=1 seek=2000 conv=notrunc 2>/dev/null; "
		"$CVMM check b --on sim:6.1");
	expect(1, "taken on   kernel 6.1.192", "section", "$CVMM inspect b");
}

Test(verdicts, many)
{
	expect(0, NULL, "", "for k in 6.1 6.12 7.3; do $CVMM save --kvm sim:$k --features psci_0_2 -o $k.snap; done");
	expect(3, "accepted, ", NULL, "$CVMM check *.snap --on sim:6.1 sim:7.3");
	cr_expect(lines_of("$CVMM check *.snap --on sim:6.1 sim:7.3") == 7);
	expect(0, "2 accepted, 0 refused", NULL, "$CVMM check 6.1.snap --on sim:6.1 sim:7.3");
	/* One that cannot be judged does not hide the others. */
	expect(1, "1 snapshots could not be judged", "broken.snap",
		"echo >broken.snap; $CVMM check broken.snap 6.1.snap --on sim:7.3");
}

Test(verdicts, edit)
{
	save("sim:6.1", "--vcpus 2");
	expect(0, "no difference", NULL,
		"$CVMM edit a.snap --set X0=0 --set X0=0x10 -o b.snap; $CVMM edit b.snap --set X0=16 "
		"-o c.snap; $CVMM diff b.snap c.snap");
	expect(0, "vCPU 1         X0                     0x10 -> -", NULL,
		"$CVMM edit b.snap --drop X0 -o c.snap; $CVMM diff b.snap c.snap");
	expect(2, NULL, "not a register's name", "$CVMM edit a.snap --drop X99 -o c.snap");
	expect(2, NULL, "is not REG=VALUE", "$CVMM edit a.snap --set X0 -o c.snap");
	expect(2, NULL, "not a value of 8 bytes", "$CVMM edit a.snap --set X0=0x10000000000000000 -o c.snap");
	expect(2, NULL, "not a value of 4 bytes", "$CVMM edit a.snap --set FPSR=4294967296 -o c.snap");
	expect(1, NULL, "does not have this register", "$CVMM edit a.snap --drop SVE_VLS -o c.snap");
	expect(2, NULL, "nothing to do", "$CVMM edit a.snap -o c.snap");
	expect(0, "0xffffffffffffffffffffffffffffffff", NULL,
		"$CVMM edit a.snap --set V3=0xffffffffffffffffffffffffffffffff -o c.snap; $CVMM inspect c.snap --all");
}

Test(verdicts, registers_in_words)
{
	expect(0, "owner      the VM", NULL, "$CVMM reg PSCI_VERSION");
	expect(0, "owner      each vCPU", NULL, "$CVMM reg x0");
	expect(0, "PSCI_VERSION", NULL, "$CVMM reg 6030000000140000");
	expect(0, "alias of   PMINTENSET_EL1", NULL, "$CVMM reg PMINTENCLR_EL1");
	expect(0, "DebugVer", NULL, "$CVMM reg ID_AA64DFR0_EL1");
	expect(2, NULL, "not a register's name", "$CVMM reg RAX64");
	expect(1, NULL, "no row of the catalogue", "$CVMM reg 6030000000177777");
}
