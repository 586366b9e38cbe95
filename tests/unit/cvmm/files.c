/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <unistd.h>

#include "run.h"

TestSuite(files, .init = run_setup, .fini = run_clean);

/* Every way to read a file, with what is wrong with it. */
static void each_reader(int status, const char *said, const char *file)
{
	static const char *const readers[] = {
		"inspect %s",
		"check %s --on sim:6.1",
		"restore %s --kvm sim:6.1 -o out",
		"edit %s --drop X0 -o out",
		"diff %s %s",
		"baseline %s -o out",
		"probe --kvm sim:@%s -o out",
		"save --kvm sim:@%s -o out",
		"save --kvm sim:6.1 --baseline %s -o out",
		"check good.snap --on %s",
		"check good.snap --on sim:6.1 --rules %s",
		"matrix %s sim:6.1",
	};
	char line[256];
	size_t i;

	cr_assert(system("$CVMM save --kvm sim:6.1 -o good.snap 2>/dev/null") == 0);
	for (i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		struct ran r;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(line, sizeof(line), readers[i], file, file);
#pragma GCC diagnostic pop
		r = run("timeout 20 $CVMM %s", line);
		cr_expect(r.status == status, "%s: exit status %d, %s", line, r.status, r.err);
		cr_expect(strstr(r.err, said), "%s: %s", line, r.err);
		cr_expect(strstr(r.err, file), "%s does not name the file: %s", line, r.err);
		cr_expect(access("out", F_OK) != 0, "%s left something", line);
		/* One line, about one thing. */
		cr_expect(strchr(r.err, '\n') == r.err + strlen(r.err) - 1, "%s: %s", line, r.err);
		ran_free(&r);
	}
}

Test(files, missing)
{
	each_reader(1, "No such file or directory", "nowhere");
}

Test(files, directory)
{
	cr_assert(system("mkdir folder") == 0);
	each_reader(1, "is a directory", "folder");
}

Test(files, empty)
{
	cr_assert(system(": >nothing") == 0);
	each_reader(1, "is empty", "nothing");
}

Test(files, ten_gigabytes)
{
	cr_assert(system("truncate -s 10G huge") == 0);
	each_reader(1, "too long", "huge");
}

Test(files, endless_device)
{
	expect(1, NULL, "/dev/zero: too long", "timeout 20 $CVMM inspect /dev/zero");
}

Test(files, something_else)
{
	expect(1, NULL, "neither a snapshot nor a host profile nor a baseline", "echo hello >x; $CVMM inspect x");
	expect(1, NULL, "this is not a c-vmm snapshot", "head -c 4096 /dev/zero >x; $CVMM check x --on sim:6.1");
	expect(1, NULL, "x: ", "echo hello >x; $CVMM check good --on x; $CVMM baseline x");
}

/* Whatever fails, the old file is there as it was, and nothing else. */
static void keeps(const char *what, const char *prepare, const char *command, const char *undo)
{
	cr_assert(system("rm -rf d; mkdir d; echo old >d/out") == 0);
	cr_assert(system(prepare) == 0);
	expect(1, NULL, "d/out", "%s", command);
	cr_assert(system(undo) == 0);
	cr_expect(system("test \"$(cat d/out)\" = old") == 0, "%s: the old file is gone", what);
	cr_expect(lines_of("ls -A d") == 1, "%s: something was left behind", what);
}

Test(files, unwritable_output)
{
	if (geteuid() == 0)
		cr_skip_test("files.unwritable_output: root may write everywhere");
	keeps("folder", "chmod a-w d", "$CVMM save --kvm sim:6.1 -o d/out", "chmod u+w d");
	keeps("file", "chmod a-w d/out", "$CVMM save --kvm sim:6.1 -o d/out", "true");
}

Test(files, no_room_for_the_output)
{
	/* A limit on file size stands for a full disk; the signal that comes with it is ignored by the shell's children. */
	keeps("size", "true", "(trap '' XFSZ; ulimit -f 1; exec $CVMM save --kvm sim:6.1 --vcpus 8 -o d/out)", "true");
}

Test(files, output_folder_missing_or_a_folder)
{
	expect(1, NULL, "nowhere/out: No such file", "$CVMM save --kvm sim:6.1 -o nowhere/out");
	expect(1, NULL, "d: Is a directory", "mkdir d; $CVMM save --kvm sim:6.1 -o d");
}

Test(files, a_failed_command_writes_nothing)
{
	expect(3, "refused", "no VM was created",
		"echo old >out; $CVMM save --kvm sim:7.3 -o a 2>/dev/null; $CVMM restore a --kvm sim:5.10 -o out");
	cr_expect(system("test \"$(cat out)\" = old") == 0);
	expect(3, "exclude", "nothing written", "$CVMM baseline sim:5.10 sim:6.1 -o out");
	cr_expect(system("test \"$(cat out)\" = old") == 0);
	cr_expect(lines_of("ls -A") == 2);
}

Test(files, output_goes_where_links_and_devices_lead)
{
	expect(0, NULL, "", "echo old >real; ln -s real link; $CVMM save --kvm sim:6.1 -o link && test -L link");
	expect(0, "snapshot", NULL, "$CVMM inspect real");
	expect(0, NULL, "", "$CVMM save --kvm sim:6.1 -o /dev/null && test -c /dev/null");
	expect(0, "snapshot", NULL, "$CVMM save --kvm sim:6.1 -o /dev/stdout 2>/dev/null | cat >p; $CVMM inspect p");
	expect(0, "snapshot", NULL, "cat real | $CVMM inspect /dev/stdin");
}

Test(files, an_existing_file_keeps_its_mode)
{
	expect(0, "640\n", NULL,
		"echo old >out; chmod 640 out; $CVMM save --kvm sim:6.1 -o out 2>/dev/null; stat -c %%a out");
	expect(0, "600\n", NULL, "umask 077; $CVMM save --kvm sim:6.1 -o new 2>/dev/null; stat -c %%a new");
}

Test(files, too_many_vcpus)
{
	expect(1, NULL, "513 vCPUs: this KVM has at most 512", "$CVMM save --kvm sim:6.1 --vcpus 513 -o x");
	expect(0, NULL, "512 vCPUs", "$CVMM save --kvm sim:6.1 --vcpus 512 -o x");
}

/* Whose a register is, and to whom it was offered. */
Test(files, a_register_of_the_other_scope_is_refused_with_both_names)
{
	expect(1, NULL, "register X0, which is a vCPU's, offered to the VM, line 4",
		"printf 'cvmm-baseline 1\narch arm64\nfeatures psci_0_2\nreg 6030000000100000 0000000000000000\n' >b; "
		"$CVMM inspect b");
	expect(1, NULL, "register S3_7_C15_C15_7, which is nobody's that is known, offered to the VM, line 4",
		"printf 'cvmm-baseline 1\narch arm64\nfeatures psci_0_2\nreg 603000000013ffff 0000000000000000\n' >b; "
		"$CVMM inspect b");
}
