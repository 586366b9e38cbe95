/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What a wrapper costs over the ioctl that it makes, on the host's own /dev/kvm: a call that does next to nothing in the
 * kernel, a read of a block of registers, and the round trip of KVM_RUN. Exits 77 where there is no /dev/kvm.
 */
#include "bench.h"

#include <cvmm/kvm-ioctls/exit.h>
#include <cvmm/kvm-ioctls/hot.h>
#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/vm.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

/* Short batches in turn, so many that a busy machine's interruptions fall out of the medians. */
#define CALLS 100
#define RUNS  20
#define PAIRS 2001

struct machine {
	struct cvmm_kvm kvm;
	struct cvmm_gate gate;
	struct cvmm_vm vm;
	struct cvmm_vcpu vcpu;
	struct cvmm_run *run;
};

static int raw_call(void *ctx)
{
	const struct machine *m = ctx;
	int i;

	for (i = 0; i < CALLS; i++)
		if (ioctl(m->kvm.fd, CVMM_KVM_CHECK_EXTENSION, CVMM_CAP_USER_MEMORY) < 0)
			return -1;
	return 0;
}

static int wrapped_call(void *ctx)
{
	const struct machine *m = ctx;
	struct cvmm_error e;
	int i;

	for (i = 0; i < CALLS; i++)
		if (cvmm_kvm_check_extension(m->kvm, CVMM_CAP_USER_MEMORY, &e) < 0)
			return -1;
	return 0;
}

static int raw_regs(void *ctx)
{
	const struct machine *m = ctx;
	struct cvmm_x86_regs regs;
	int i;

	for (i = 0; i < CALLS; i++)
		if (ioctl(m->vcpu.fd, CVMM_KVM_GET_REGS, &regs) < 0)
			return -1;
	return 0;
}

static int wrapped_regs(void *ctx)
{
	const struct machine *m = ctx;
	struct cvmm_x86_regs regs;
	struct cvmm_error e;
	int i;

	for (i = 0; i < CALLS; i++)
		if (cvmm_vcpu_get_regs(m->vcpu, &regs, &e) < 0)
			return -1;
	return 0;
}

static int raw_run(void *ctx)
{
	const struct machine *m = ctx;
	int i;

	for (i = 0; i < RUNS; i++)
		if (ioctl(m->vcpu.fd, CVMM_KVM_RUN, 0) < 0 || m->run->exit_reason != CVMM_EXIT_IO)
			return -1;
	return 0;
}

static int wrapped_run(void *ctx)
{
	const struct machine *m = ctx;
	struct cvmm_error e;
	struct cvmm_exit x;
	int i;

	for (i = 0; i < RUNS; i++)
		if (cvmm_vcpu_run_exit(m->vcpu, m->run, 8192, &x, &e) < 0 || x.reason != CVMM_EXIT_IO)
			return -1;
	return 0;
}

/* The least that a function around ioctl() can be. What it costs, no library can save whose calls are functions. */
__attribute__((noinline)) static int one_function(int fd, unsigned long req, uintptr_t arg)
{
	int ret = ioctl(fd, req, arg);

	return ret < 0 ? -errno : ret;
}

static int function_call(void *ctx)
{
	const struct machine *m = ctx;
	int i;

	for (i = 0; i < CALLS; i++)
		if (one_function(m->kvm.fd, CVMM_KVM_CHECK_EXTENSION, CVMM_CAP_USER_MEMORY) < 0)
			return -1;
	return 0;
}

static int hot_call(void *ctx)
{
	const struct machine *m = ctx;
	struct cvmm_error e;
	int i;

	for (i = 0; i < CALLS; i++)
		if (cvmm_ioctl_hot(m->kvm.be, m->kvm.fd, CVMM_KVM_CHECK_EXTENSION, CVMM_CAP_USER_MEMORY, &e) < 0)
			return -1;
	return 0;
}

static int hot_regs(void *ctx)
{
	const struct machine *m = ctx;
	struct cvmm_x86_regs regs;
	struct cvmm_error e;
	int i;

	for (i = 0; i < CALLS; i++)
		if (cvmm_vcpu_ioctl_hot(m->vcpu, CVMM_KVM_GET_REGS, (uintptr_t)&regs, &e) < 0)
			return -1;
	return 0;
}

static int hot_run(void *ctx)
{
	const struct machine *m = ctx;
	struct cvmm_error e;
	int i;

	for (i = 0; i < RUNS; i++)
		if (cvmm_vcpu_run_hot(m->vcpu, &e) < 0 || m->run->exit_reason != CVMM_EXIT_IO)
			return -1;
	return 0;
}

/* Real mode, forever: out 0x10, al; jmp back. */
static int make(struct machine *m, struct cvmm_error *e)
{
	static const uint8_t code[] = { 0xe6, 0x10, 0xeb, 0xfc };
	struct cvmm_x86_regs regs = { .rip = 0x1000, .rflags = 2 };
	struct cvmm_kvm_memory_region slot = { .guest_phys_addr = 0x1000, .memory_bytes = 4096 };
	struct cvmm_x86_sregs sregs;
	void *mem = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ret;

	if (mem == MAP_FAILED)
		return -1;
	memcpy(mem, code, sizeof(code));
	slot.userspace_addr = (uintptr_t)mem;
	ret = cvmm_kvm_create_vm(m->kvm, 0, &m->gate, &m->vm, e);
	ret = ret < 0 ? ret : cvmm_vm_set_user_memory_region(m->vm, &slot, e);
	ret = ret < 0 ? ret : cvmm_vm_create_vcpu(m->vm, 0, &m->vcpu, e);
	ret = ret < 0 ? ret : cvmm_vcpu_map_run(m->vcpu, 8192, &m->run, e);
	ret = ret < 0 ? ret : cvmm_vcpu_get_sregs(m->vcpu, &sregs, e);
	if (ret < 0)
		return ret;
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	ret = cvmm_vcpu_set_sregs(m->vcpu, &sregs, e);
	return ret < 0 ? ret : cvmm_vcpu_set_regs(m->vcpu, &regs, e);
}

static int ascending(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t time_of(int (*work)(void *), struct machine *m)
{
	uint64_t start = bench_now_ns();

	if (work(m) < 0) {
		fprintf(stderr, "ioctl-overhead: a call failed\n");
		exit(EXIT_FAILURE);
	}
	return bench_now_ns() - start;
}

/* Medians of a batch, in ns. */
static void compare(struct machine *m, int (*raw)(void *), int (*wrapped)(void *), double *r, double *w)
{
	static uint64_t t[2][PAIRS];
	int i;

	for (i = 0; i < PAIRS; i++) {
		t[i % 2][i] = time_of(i % 2 ? wrapped : raw, m);
		t[!(i % 2)][i] = time_of(i % 2 ? raw : wrapped, m);
	}
	qsort(t[0], PAIRS, sizeof(t[0][0]), ascending);
	qsort(t[1], PAIRS, sizeof(t[1][0]), ascending);
	*r = (double)t[0][PAIRS / 2];
	*w = (double)t[1][PAIRS / 2];
}

int main(int argc, char **argv)
{
	struct machine m;
	struct cvmm_error e;
	double raw, wrapped;

	bench_json(argc > 1 && strcmp(argv[1], "--json") == 0);
	if (cvmm_kvm_open(cvmm_backend_dev(), &m.kvm, &e) < 0 || make(&m, &e) < 0) {
		fprintf(stderr, "ioctl-overhead: skipped: no x86_64 KVM here (%s)\n", strerror(-e.err));
		return 77;
	}
	compare(&m, raw_call, hot_call, &raw, &wrapped);
	bench_figure("KVM_CHECK_EXTENSION, raw", raw / CALLS, "ns", "");
	bench_figure("cvmm_ioctl_hot(), more than raw", (wrapped - raw) / CALLS, "ns", "<= 3");
	compare(&m, raw_call, function_call, &raw, &wrapped);
	bench_figure("any function around ioctl(), more than raw", (wrapped - raw) / CALLS, "ns", "");
	compare(&m, raw_call, wrapped_call, &raw, &wrapped);
	bench_figure("cvmm_kvm_check_extension(), more than raw", (wrapped - raw) / CALLS, "ns", "");
	compare(&m, raw_regs, hot_regs, &raw, &wrapped);
	bench_figure("KVM_GET_REGS, raw", raw / CALLS, "ns", "");
	bench_figure("cvmm_vcpu_ioctl_hot(), more than raw", (wrapped - raw) / CALLS, "ns", "");
	compare(&m, raw_regs, wrapped_regs, &raw, &wrapped);
	bench_figure("cvmm_vcpu_get_regs(), more than raw", (wrapped - raw) / CALLS, "ns", "");
	compare(&m, raw_run, hot_run, &raw, &wrapped);
	bench_ratio("KVM_RUN, cvmm_vcpu_run_hot() to raw", wrapped / RUNS, raw / RUNS, "ns", "<= 1.01");
	compare(&m, raw_run, wrapped_run, &raw, &wrapped);
	bench_ratio("KVM_RUN, cvmm_vcpu_run_exit() to raw", wrapped / RUNS, raw / RUNS, "ns", "<= 1.01");
	bench_end();
	return 0;
}
