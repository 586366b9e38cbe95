/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * usage: bench-x86 [--json] [PROFILE], PROFILE being what cvmm probe wrote on this host; without it no whole machine.
 *
 * (a) on the host's own /dev/kvm, x86_64: one vCPU's state saved, restored and read back by the library, against the floor:
 * the same calls with the same arguments, recorded once and made by a loop that does nothing else. Each call costs
 * microseconds there, so their number is what counts; beside it stand the fewest, one per block and one for all MSRs. Exits
 * 77 where there is no /dev/kvm.
 */
#include "bench.h"

#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/x86-kvm.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>
#include <cvmm/kvm-ioctls/x86-vm.h>
#include <cvmm/snapshot/machine.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define CALLS_MAX 512
#define ROUNDS	  201

enum scope { SCOPE_KVM, SCOPE_VM, SCOPE_VCPU, SCOPES };

struct call {
	unsigned long req;
	uintptr_t arg;
	enum scope scope;
	int fails;
};

struct trace {
	struct call call[CALLS_MAX];
	int fd[SCOPES];
	uint32_t n, xsave_bytes;
};

struct vcpu {
	struct cvmm_kvm kvm;
	struct cvmm_vm vm;
	struct cvmm_vcpu vcpu;
	struct cvmm_gate gate;
	struct cvmm_vm_regs staged;
	struct cvmm_vm_slot slot[CVMM_VM_SLOTS_MAX];
	struct cvmm_machine machine;
	struct cvmm_vcpu_regs regs;
	uint8_t *col;
	size_t len;
};

static const struct cvmm_error *last;

static void die(const char *what, const struct cvmm_error *e)
{
	fprintf(stderr, "x86: %s: %s (errno %d, register %016llx, phase %u)\n", what, cvmm_reason_text(e->reason),
		-e->err, (unsigned long long)e->id, e->phase);
	exit(1);
}

static void *storage(size_t bytes)
{
	void *p = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);

	if (!p)
		exit(1);
	return memset(p, 0, (bytes + 4095) / 4096 * 4096);
}

/* Bytes that an argument points at; 0 for one that is a number. */
static size_t pointed_at(const struct trace *t, unsigned long req, const void *arg)
{
	uint32_t head[2];

	if ((req >> 16 & 0x3fff) < sizeof(head))
		return req >> 16 & 0x3fff;
	memcpy(head, arg, sizeof(head));
	switch (req) {
	case CVMM_KVM_GET_MSRS:
	case CVMM_KVM_SET_MSRS: return 8 + head[0] * sizeof(struct cvmm_x86_msr);
	case CVMM_KVM_GET_CPUID2:
	case CVMM_KVM_SET_CPUID2: return 8 + head[0] * sizeof(struct cvmm_x86_cpuid_entry);
	case CVMM_KVM_SET_XSAVE:
	case CVMM_KVM_GET_XSAVE2: return t->xsave_bytes;
	case CVMM_KVM_GET_NESTED_STATE:
	case CVMM_KVM_SET_NESTED_STATE: return head[1];
	default: return req >> 16 & 0x3fff;
	}
}

static enum scope gives(unsigned long req)
{
	return req == CVMM_KVM_CREATE_VM ? SCOPE_VM : req == CVMM_KVM_CREATE_VCPU ? SCOPE_VCPU : SCOPES;
}

static int record(void *ctx, int fd, unsigned long req, uintptr_t arg)
{
	struct trace *t = ctx;
	struct call *c = &t->call[t->n];
	size_t bytes = pointed_at(t, req, (const void *)arg);
	int ret;

	if (t->n == CALLS_MAX)
		return -E2BIG;
	*c = (struct call){ .req = req, .arg = arg };
	for (c->scope = SCOPE_KVM; c->scope < SCOPE_VCPU && t->fd[c->scope] != fd;)
		c->scope++;
	if (bytes) {
		c->arg = (uintptr_t)storage(bytes);
		memcpy((void *)c->arg, (const void *)arg, bytes);
	}
	t->n++;
	ret = cvmm_backend_dev_ioctl(NULL, fd, req, arg);
	c->fails = ret < 0;
	if (gives(req) != SCOPES)
		t->fd[gives(req)] = ret;
	return ret;
}

static int replay(void *ctx)
{
	struct trace *t = ctx;
	uint32_t i;

	for (i = 0; i < t->n; i++) {
		const struct call *c = &t->call[i];
		int ret = ioctl(t->fd[c->scope], c->req, c->arg);

		if (ret < 0 && !c->fails)
			return -1;
		if (gives(c->req) != SCOPES)
			t->fd[gives(c->req)] = ret;
	}
	return 0;
}

/* Closing a VM and making one take many times what a restore takes and never the same: neither is in the time. */
static int fresh_replayed(void *ctx)
{
	struct trace *t = ctx;

	if (t->fd[SCOPE_VM] >= 0 && (close(t->fd[SCOPE_VCPU]) < 0 || close(t->fd[SCOPE_VM]) < 0))
		return -1;
	t->fd[SCOPE_VM] = ioctl(t->fd[SCOPE_KVM], CVMM_KVM_CREATE_VM, 0);
	return t->fd[SCOPE_VM] < 0 ? -1 : 0;
}

static int save(void *ctx)
{
	static struct cvmm_error e;
	struct vcpu *v = ctx;

	last = &e;
	return cvmm_vcpu_regs_capture(v->vcpu, &v->regs, v->col, v->len, &e);
}

static int restore(void *ctx)
{
	static struct cvmm_error e;
	struct vcpu *v = ctx;
	uint32_t phase;
	int ret = 0;

	last = &e;
	for (phase = CVMM_PHASE_INIT; ret == 0 && phase < CVMM_PHASE_DONE; phase++)
		ret = cvmm_vcpu_regs_restore(v->vcpu, &v->regs, v->col, v->len, phase, &e);
	return ret;
}

static int verify(void *ctx)
{
	static struct cvmm_error e;
	struct vcpu *v = ctx;

	last = &e;
	return cvmm_vcpu_regs_verify(v->vcpu, &v->regs, v->col, v->len, &e);
}

static int is_msrs(unsigned long req)
{
	return req == CVMM_KVM_GET_MSRS || req == CVMM_KVM_SET_MSRS;
}

/* The fewest calls that move the same: all MSRs of a direction in one batch, where the first of them was. */
static void merge(const struct trace *t, struct trace *out)
{
	const size_t entry = sizeof(struct cvmm_x86_msr);
	uint8_t *batch[2] = { NULL, NULL };
	uint32_t i, n;

	memset(out, 0, sizeof(*out));
	memcpy(out->fd, t->fd, sizeof(out->fd));
	for (i = 0; i < t->n; i++) {
		const int set = t->call[i].req == CVMM_KVM_SET_MSRS;
		const uint32_t count = is_msrs(t->call[i].req) ? *(const uint32_t *)t->call[i].arg : 0;

		if (count && batch[set] && (n = *(uint32_t *)batch[set]) + count <= CVMM_X86_MSRS_MAX) {
			memcpy(batch[set] + 8 + n * entry, (const uint8_t *)t->call[i].arg + 8, count * entry);
			*(uint32_t *)batch[set] = n + count;
			continue;
		}
		out->call[out->n] = t->call[i];
		if (count) {
			batch[set] = storage(8 + CVMM_X86_MSRS_MAX * entry);
			memcpy(batch[set], (const void *)t->call[i].arg, 8 + count * entry);
			out->call[out->n].arg = (uintptr_t)batch[set];
		}
		out->n++;
	}
}

/* Does the work once with every call recorded. */
static void watch(struct vcpu *v, int (*work)(void *), struct trace *t)
{
	struct cvmm_backend_ops ops = *cvmm_backend_dev()->ops;
	const struct cvmm_backend be = { .ops = &ops, .ctx = t };
	struct vcpu watched = *v;

	ops.ioctl = record;
	watched.kvm.be = &be;
	watched.vcpu.be = &be;
	memset(t, 0, sizeof(*t));
	t->fd[SCOPE_KVM] = v->kvm.fd;
	t->fd[SCOPE_VM] = v->vm.fd;
	t->fd[SCOPE_VCPU] = v->vcpu.fd;
	t->xsave_bytes = (uint32_t)cvmm_vm_get_xsave_bytes(v->vm, NULL);
	if (work(&watched) < 0)
		die("recording", last);
}

static void report(struct vcpu *v, const char *what, int (*work)(void *), const char *same, const char *fewest)
{
	static struct trace t, few;
	struct bench_contestant c[] = { { "ours", NULL, work, v, 0 }, { "floor", NULL, replay, &t, 0 },
		{ "fewest", NULL, replay, &few, 0 } };
	char name[96];

	watch(v, work, &t);
	merge(&t, &few);
	bench_interleaved(c, 3);
	snprintf(name, sizeof(name), "vCPU %s, time: ours / the same calls by hand", what);
	bench_ratio(name, c[0].median_ns / 1000, c[1].median_ns / 1000, "us", same);
	snprintf(name, sizeof(name), "vCPU %s, ioctls: ours / one per block, MSRs in one batch", what);
	bench_ratio(name, t.n, few.n, "calls", "");
	snprintf(name, sizeof(name), "vCPU %s, time: ours / one per block, MSRs in one batch", what);
	bench_ratio(name, c[0].median_ns / 1000, c[2].median_ns / 1000, "us", fewest);
}

static int save_and_restore(void *ctx)
{
	return save(ctx) < 0 ? -1 : restore(ctx);
}

/* A whole machine in a VM that is there: its vCPU made, everything written and read back. */
static struct {
	struct cvmm_view view;
	struct cvmm_profile host;
	struct cvmm_plan plan;
	void *scratch;
	struct vcpu now;
} whole;

static int fresh_machine(void *ctx)
{
	const struct vcpu *v = ctx;
	struct vcpu *n = &whole.now;

	if (n->vm.be && (cvmm_vcpu_close(&n->vcpu) < 0 || cvmm_vm_close(&n->vm) < 0))
		return -1;
	n->kvm = v->kvm;
	return cvmm_kvm_create_vm(n->kvm, 0, &n->gate, &n->vm, NULL);
}

static int restore_machine(void *ctx)
{
	static struct cvmm_error e;
	struct vcpu *n = &whole.now;

	(void)ctx;
	last = &e;
	if (cvmm_vm_regs_init(&n->staged, n->vm, CVMM_DIALECT_VCPU, n->slot, CVMM_VM_SLOTS_MAX, &e) < 0 ||
		cvmm_machine_init(&n->machine, n->vm, &n->gate, &n->staged, &e) < 0 ||
		cvmm_machine_x86(&n->machine, n->kvm, whole.scratch, CVMM_MACHINE_X86_BYTES, &e) < 0 ||
		cvmm_apply_until(&n->machine, &whole.view, &whole.plan, CVMM_PHASE_VM, &e) < 0 ||
		cvmm_vm_create_vcpu(n->vm, whole.view.vcpu[0].id, &n->vcpu, &e) < 0 ||
		cvmm_machine_vcpus(&n->machine, &n->vcpu, 1, &e) < 0)
		return -1;
	return cvmm_apply_until(&n->machine, &whole.view, &whole.plan, CVMM_PHASE_DONE, &e);
}

/* To be recorded: the VM has to be made through the handle that is watched. */
static int fresh_and_restore(void *ctx)
{
	return fresh_machine(ctx) < 0 ? -1 : restore_machine(ctx);
}

static void report_machine(struct vcpu *v, const char *profile)
{
	static struct trace t;
	struct bench_contestant c[] = { { "ours", fresh_machine, restore_machine, v, 0 },
		{ "floor", fresh_replayed, replay, &t, 0 } };
	char *text = storage(CVMM_PROFILE_BYTES_MAX);
	struct cvmm_error e = { 0 };
	FILE *f = fopen(profile, "rb");
	size_t bytes, len = f ? fread(text, 1, CVMM_PROFILE_BYTES_MAX, f) : 0;

	whole.scratch = storage(CVMM_MACHINE_X86_BYTES);
	whole.plan = (struct cvmm_plan){ .step = storage(CVMM_PLAN_STEPS_MAX * sizeof(struct cvmm_step)),
		.cap = CVMM_PLAN_STEPS_MAX };
	if (cvmm_profile_need(text, len, &bytes, &e) < 0 ||
		cvmm_profile_parse(text, len, storage(bytes), bytes, &whole.host, &e) < 0 ||
		cvmm_plan_make(&whole.view, &whole.host, NULL, &whole.plan, &e) < 0)
		die(profile, &e);
	if (whole.plan.nrefused) {
		fprintf(stderr, "x86: this host refuses its own machine\n");
		exit(1);
	}
	watch(v, fresh_and_restore, &t);
	/* What was recorded is closed as the machine that it is, and its first call makes the VM. */
	t.fd[SCOPE_VM] = -1;
	memmove(t.call, t.call + 1, --t.n * sizeof(t.call[0]));
	bench_interleaved(c, 2);
	bench_figure("machine of 1 vCPU restored and read back, ioctls", t.n, "calls", "");
	bench_ratio("machine of 1 vCPU restored and read back, time: ours / the same calls by hand",
		c[0].median_ns / 1000, c[1].median_ns / 1000, "us", "<= 1.02");
}

static int make(struct vcpu *v, struct cvmm_error *e)
{
	struct cvmm_x86_cpuid *cpuid =
		storage(sizeof(*cpuid) + CVMM_X86_CPUID_MAX * sizeof(struct cvmm_x86_cpuid_entry));
	uint32_t n;

	if (cvmm_kvm_create_vm(v->kvm, 0, &v->gate, &v->vm, e) < 0 ||
		cvmm_vm_regs_init(&v->staged, v->vm, CVMM_DIALECT_VCPU, v->slot, CVMM_VM_SLOTS_MAX, e) < 0 ||
		cvmm_machine_init(&v->machine, v->vm, &v->gate, &v->staged, e) < 0 ||
		cvmm_machine_x86(&v->machine, v->kvm, storage(CVMM_MACHINE_X86_BYTES), CVMM_MACHINE_X86_BYTES, e) < 0 ||
		cvmm_vm_regs_stage(&v->staged, cvmm_vm_reg_from_id(CVMM_X86_BLOCK(CVMM_X86_IRQCHIP)), 1, e) < 0 ||
		cvmm_machine_early(&v->machine, e) < 0 || cvmm_vm_create_vcpu(v->vm, 0, &v->vcpu, e) < 0 ||
		cvmm_kvm_get_supported_cpuid(v->kvm, cpuid, CVMM_X86_CPUID_MAX, &n, e) < 0 ||
		cvmm_vcpu_set_cpuid2(v->vcpu, cpuid, e) < 0 || cvmm_machine_vcpus(&v->machine, &v->vcpu, 1, e) < 0)
		return -1;
	return cvmm_machine_start(&v->machine, 0, NULL, 0, NULL, e);
}

/* The list of registers is the one that a snapshot has. */
static int list(struct vcpu *v, struct cvmm_error *e)
{
	struct cvmm_view *view = &whole.view;
	size_t bytes;

	if (cvmm_capture_need(&v->machine, &bytes, e) < 0 ||
		cvmm_capture(&v->machine, NULL, NULL, storage(bytes), bytes, view, e) < 0)
		return -1;
	v->len = view->shape[0].regs.stride;
	v->col = storage(v->len);
	memcpy(v->col, view->shape[0].regs.col, v->len);
	return cvmm_vcpu_regs_init(&v->regs, view->shape[0].regs.item, view->shape[0].regs.n, NULL, e);
}

int main(int argc, char **argv)
{
	static struct vcpu v;
	struct cvmm_error e = { 0 };
	const int json = argc > 1 && !strcmp(argv[1], "--json");
	const char *profile = argv[1 + json];

	bench_json(json);
	if (cvmm_kvm_open(cvmm_backend_dev(), &v.kvm, &e) < 0) {
		fprintf(stderr, "x86: skipped: no /dev/kvm (%s)\n", strerror(-e.err));
		return 77;
	}
	if (make(&v, &e) < 0 || list(&v, &e) < 0)
		die("machine", &e);
	bench_rounds(ROUNDS);
	bench_figure("registers and blocks of a vCPU", v.regs.n, "", "");
	report(&v, "save", save, "", "");
	report(&v, "restore", restore, "<= 1.02", "");
	report(&v, "read-back", verify, "", "");
	report(&v, "save and restore", save_and_restore, "", "<= 1");
	if (profile)
		report_machine(&v, profile);
	bench_end();
	return 0;
}
