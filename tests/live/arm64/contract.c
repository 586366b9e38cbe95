/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * live-contract TABLE RELEASE-CPU: the rows of tests/contract that are about this kernel, asked of /dev/kvm. Each row in
 * a process of its own, which takes its VM with it. Exit status: 0 all as the table says, 1 error, 5 some are not.
 */
#include "../../contract/runner.c"

#include <sys/wait.h>
#include <unistd.h>

#include <cvmm/kvm-ioctls/backend.h>
#include <cvmm/kvm-ioctls/exit.h>

/*
 * The table's "run" is one that gets past KVM's checks; a real vCPU without memory would then never come back. So each
 * real run is told to leave at once, and its EINTR is that success.
 */
static int ioctl_real(void *ctx, int fd, unsigned long req, uintptr_t arg)
{
	const struct cvmm_backend_ops *ops = cvmm_backend_dev()->ops;
	struct cvmm_run *run;
	int err = 0, asked, ret;

	if (req != CVMM_KVM_RUN || !(run = ops->mmap(ctx, fd, sizeof(*run), &err)))
		return ops->ioctl(ctx, fd, req, arg);
	asked = run->immediate_exit;
	run->immediate_exit = 1;
	ret = ops->ioctl(ctx, fd, req, arg);
	run->immediate_exit = (uint8_t)asked;
	(void)ops->munmap(ctx, run, sizeof(*run));
	return ret == -EINTR && !asked ? 0 : ret;
}

/* 0 as expected, 5 not, 1 the state could not be reached. */
static int run_row(char *col[5], const char *kernel)
{
	struct cvmm_backend_ops ops = *cvmm_backend_dev()->ops;
	struct bench b = { .be = { .ops = &ops }, .arch = CVMM_ARCH_ARM64, .dev = -1, .its = -1 };
	int last = 0;

	ops.ioctl = ioctl_real;
	memset(b.vcpu, 0xff, sizeof(b.vcpu));
	b.kvm = b.be.ops->open(b.be.ctx);
	b.vm = io_int(&b, b.kvm, CVMM_KVM_CREATE_VM, 0);
	if (b.vm < 0)
		return 1;
	if (!strncmp(col[4], "=6", 3) && strstr(col[3], "run"))
		col[4] = "OK"; /* the exit that the simulator gives; here the run leaves at once */
	if (reach(&b, col[2]) == 0 && run_calls(&b, col[3], &last) == 0 && expected(&b, col[4], last))
		return 0;
	printf("different: %s on %s: %s | %s: table %s, real %s (value %llx)\n", col[0], kernel, col[2], col[3], col[4],
		err_name(last), (unsigned long long)b.value);
	return 5;
}

static int in_a_process(char *col[5], const char *kernel)
{
	int status = 1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		alarm(5);
		status = run_row(col, kernel);
		fflush(stdout);
		_exit(status);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	if (WIFSIGNALED(status))
		printf("different: %s on %s: signal %d\n", col[0], kernel, WTERMSIG(status));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 5;
}

/*
 * Rows that cannot be asked of this host: what only a guest could tell or do (live runs ask a guest elsewhere), and the
 * GICv2, which a host with a GICv3 need not emulate.
 */
static int cannot_ask(char *col[5])
{
	static int v2 = -1;
	const struct cvmm_backend_ops *ops = cvmm_backend_dev()->ops;
	struct cvmm_kvm_create_device d = { .type = CVMM_DEV_ARM_VGIC_V2, .flags = CVMM_CREATE_DEVICE_TEST };

	if (v2 < 0) {
		int kvm = ops->open(NULL), vm = ops->ioctl(NULL, kvm, CVMM_KVM_CREATE_VM, 0);

		v2 = ops->ioctl(NULL, vm, CVMM_KVM_CREATE_DEVICE, (uintptr_t)&d) >= 0;
		(void)ops->close(NULL, vm);
		(void)ops->close(NULL, kvm);
	}
	if (strstr(col[3], "mrs ") || strstr(col[3], "hvc ") || !strncmp(col[0], "guest-", 6))
		return 1;
	return !v2 && (strstr(col[2], "v2") || strstr(col[3], "device 5") || strstr(col[3], "0xae60"));
}

static int matches(char *patterns, const char *kernel)
{
	char *save, *pattern;

	for (pattern = strtok_r(patterns, ",", &save); pattern; pattern = strtok_r(NULL, ",", &save))
		if (fnmatch(pattern, kernel, 0) == 0)
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	uint32_t rows = 0, failed = 0, skipped = 0;
	char *text, *line, *save;

	if (argc != 3)
		return 2;
	text = slurp(argv[1]);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *col[5] = { 0 }, *in = line;
		int i;

		for (i = 0; *line != '#' && i < 5; i++)
			col[i] = strsep(&in, "\t");
		if (!col[4] || !matches(col[1], argv[2]))
			continue;
		rows++;
		if (cannot_ask(col)) {
			printf("skipped: %s\n", col[0]);
			skipped++;
			continue;
		}
		failed += in_a_process(col, argv[2]) != 0;
	}
	printf("%u rows, %u different, %u skipped\n", rows, failed, skipped);
	return !rows || failed ? 5 : 0;
}
