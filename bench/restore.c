/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * (a) what a restore and a save cost against the number of vCPUs: register writes and reads, VM-lock acquisitions, time.
 * usage: bench-restore [--json] [PROFILE]. On the simulated KVM; with PROFILE, which cvmm probe wrote on this host, on
 * /dev/kvm, where nobody counts locks. live.py boots a kernel for that.
 */
#include "bench.h"
#include "sequences.h"

#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include <stdio.h>
#include <string.h>

#define KERNEL "6.18.15-neoverse-n1"

struct cost {
	uint64_t set, get, lock;
};

static int prepare(void *ctx)
{
	return rig_rewind(ctx);
}

static int prepare_sequence(void *ctx)
{
	return rig_rewind(((struct sequence_run *)ctx)->rig);
}

static int prepare_save(void *ctx)
{
	return rig_rewind(ctx) < 0 ? -1 : rig_start(ctx);
}

static int prepare_sequence_save(void *ctx)
{
	return prepare_save(((struct sequence_run *)ctx)->rig);
}

static int restore(void *ctx)
{
	return rig_restore(ctx);
}

/* What a fresh vCPU holds is left out; the guest's vCPUs never ran, as its secondary ones would be. */
static int restore_delta(struct rig *r, uint32_t delta)
{
	if (rig_create(r) < 0)
		return -1;
	r->machine.delta = delta;
	r->machine.reset = &r->profile;
	if (cvmm_apply_until(&r->machine, &r->view, &r->plan, CVMM_PHASE_VM, NULL) < 0 || rig_vcpus(r) < 0 ||
		cvmm_machine_vcpus(&r->machine, r->vcpu, r->nvcpus, NULL) < 0)
		return -1;
	return cvmm_apply_until(&r->machine, &r->view, &r->plan, CVMM_PHASE_DONE, NULL);
}

static int restore_trusting(void *ctx)
{
	return restore_delta(ctx, CVMM_DELTA_TRUST);
}

static int restore_auditing(void *ctx)
{
	return restore_delta(ctx, CVMM_DELTA_AUDIT);
}

static int save(void *ctx)
{
	struct rig *r = ctx;
	struct cvmm_view view;

	return cvmm_capture(&r->machine, &r->profile, r->profile.kernel, r->capture, r->capture_bytes, &view, NULL);
}

static struct cost cost_now(struct rig *r)
{
	return (struct cost){ rig_count(r, CVMM_SIM_COUNT_SET_ONE_REG), rig_count(r, CVMM_SIM_COUNT_GET_ONE_REG),
		rig_count(r, CVMM_SIM_COUNT_VM_LOCK) };
}

/* Counts of one run: prepared, performed once, without the preparation's own calls. */
static struct cost measure(struct rig *r, struct bench_contestant *c)
{
	struct cost before, after;

	(void)c->prepare(c->ctx);
	before = cost_now(r);
	(void)c->run(c->ctx);
	after = cost_now(r);
	return (struct cost){ after.set - before.set, after.get - before.get, after.lock - before.lock };
}

/* What is asked for, by contestant: of the time, simulated and on /dev/kvm, and of the register writes. */
static const struct goal {
	const char *what, *other, *time, *time_on_host, *sets;
} goals[] = {
	{ "restore", "floor", "<= 1.05", "<= 1.02", "" },
	{ "save", "floor", "<= 1.05", "", "" },
	{ "restore", "Firecracker", "", "", "<= 0.75" },
	{ "restore", "QEMU", "", "", "<= 0.75" },
	{ "restore", "crosvm", "", "", "<= 0.75" },
	{ "delta restore", "whole restore", "", "", "<= 0.5" },
	{ "delta restore", "Firecracker", "", "", "<= 0.4" },
};

static struct goal goal_of(const char *what, const char *other)
{
	size_t i;

	for (i = 0; i < sizeof(goals) / sizeof(goals[0]); i++)
		if (!strcmp(goals[i].what, what) && !strcmp(goals[i].other, other))
			return goals[i];
	return (struct goal){ what, other, "", "", "" };
}

static void report(struct rig *r, const char *what, struct bench_contestant *c, size_t n)
{
	struct cost cost[8];
	char name[96];
	size_t i;

	for (i = 0; i < n; i++)
		cost[i] = measure(r, &c[i]);
	bench_interleaved(c, n);
	for (i = 1; i < n; i++) {
		const struct goal goal = goal_of(what, c[i].name);

		snprintf(name, sizeof(name), "%s, %u vCPUs, time: ours / %s", what, r->nvcpus, c[i].name);
		bench_ratio(name, c[0].median_ns / 1000, c[i].median_ns / 1000, "us",
			r->on_host ? goal.time_on_host : goal.time);
		if (cost[i].set) {
			snprintf(
				name, sizeof(name), "%s, %u vCPUs, SET_ONE_REG: ours / %s", what, r->nvcpus, c[i].name);
			/* What is written once for the VM weighs little beside many vCPUs only. */
			bench_ratio(name, (double)cost[0].set, (double)cost[i].set, "calls",
				r->nvcpus < 64 ? "" : goal.sets);
		}
		snprintf(name, sizeof(name), "%s, %u vCPUs, GET_ONE_REG: ours / %s", what, r->nvcpus, c[i].name);
		if (cost[i].get)
			bench_ratio(name, (double)cost[0].get, (double)cost[i].get, "calls", "");
		snprintf(name, sizeof(name), "%s, %u vCPUs, VM lock: ours / %s", what, r->nvcpus, c[i].name);
		if (cost[i].lock)
			bench_ratio(name, (double)cost[0].lock, (double)cost[i].lock, "times", "");
	}
}

/* What the library adds to the backend's own calls: one vCPU's registers, many times over. */
#define OVER_AND_OVER 200

static struct cvmm_vcpu_regs own;

/* The registers alone, by the backend's operation: what moving them cannot take less than. */
static int by_hand(struct rig *r, unsigned long req, uint8_t *col)
{
	const struct cvmm_regset *s = &r->view.shape[0].regs;
	int bad = 0;
	uint32_t i, k;

	for (k = 0; k < OVER_AND_OVER; k++)
		for (i = 0; i < s->n; i++) {
			struct cvmm_kvm_one_reg arg = { s->item[i].id, (uintptr_t)(col + s->item[i].off) };

			if (!(s->item[i].id & UINT64_C(0x000fffff00000000)))
				bad |= r->work.ops->ioctl(r->work.ctx, r->vcpu[0].fd, req, (uintptr_t)&arg);
		}
	return bad;
}

static uint8_t column[1 << 16];

static int set_by_hand(void *ctx)
{
	return by_hand(ctx, CVMM_KVM_SET_ONE_REG, column);
}

static int get_by_hand(void *ctx)
{
	return by_hand(ctx, CVMM_KVM_GET_ONE_REG, column);
}

static int set_all_phases(void *ctx)
{
	struct rig *r = ctx;
	uint32_t k, phase;
	int bad = 0;

	for (k = 0; k < OVER_AND_OVER; k++)
		for (phase = CVMM_PHASE_FINALIZE; phase <= CVMM_PHASE_MP_STATE; phase++)
			bad |= cvmm_vcpu_regs_restore(r->vcpu[0], &own, column, sizeof(column), phase, NULL);
	return bad;
}

static int get_column(void *ctx)
{
	struct rig *r = ctx;
	int bad = 0;
	uint32_t k;

	for (k = 0; k < OVER_AND_OVER; k++)
		bad |= cvmm_vcpu_regs_capture(r->vcpu[0], &own, column, sizeof(column), NULL);
	return bad;
}

static void report_overhead(struct rig *r)
{
	struct bench_contestant c[] = { { "set by hand", NULL, set_by_hand, r, 0 },
		{ "set", NULL, set_all_phases, r, 0 }, { "get by hand", NULL, get_by_hand, r, 0 },
		{ "get", NULL, get_column, r, 0 } };
	const struct cvmm_regset *s = &r->view.shape[0].regs;
	const double moved = (double)s->n * OVER_AND_OVER;

	if (rig_rewind(r) < 0 || rig_restore(r) < 0 || cvmm_vcpu_regs_init(&own, s->item, s->n, NULL, NULL) < 0)
		return;
	memcpy(column, s->col, s->stride);
	bench_interleaved(c, 4);
	bench_figure("vcpu-regs, restore in all phases, more than the backend's calls, per register",
		(c[1].median_ns - c[0].median_ns) / moved, "ns", "<= 10");
	bench_figure("vcpu-regs, capture, more than the backend's calls, per register",
		(c[3].median_ns - c[2].median_ns) / moved, "ns", "<= 10");
}

int main(int argc, char **argv)
{
	static const uint32_t sizes[] = { 1, 8, 64, 512 };
	static struct rig rig;
	const int json = argc > 1 && !strcmp(argv[1], "--json");
	const char *profile = argv[1 + json];
	size_t i;

	bench_json(json);
	/* An emulated processor takes seconds for one round of the largest. */
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]) - (profile != NULL); i++) {
		struct sequence_run s[] = { { &rig, &sequence_floor }, { &rig, &sequence_firecracker },
			{ &rig, &sequence_qemu }, { &rig, &sequence_crosvm } };
		struct bench_contestant r[] = { { "ours", prepare, restore, &rig, 0 },
			{ "floor", prepare_sequence, sequence_restore, &s[0], 0 },
			{ "Firecracker", prepare_sequence, sequence_restore, &s[1], 0 },
			{ "QEMU", prepare_sequence, sequence_restore, &s[2], 0 },
			{ "crosvm", prepare_sequence, sequence_restore, &s[3], 0 } };
		struct bench_contestant v[] = { { "ours", prepare_save, save, &rig, 0 },
			{ "floor", prepare_sequence_save, sequence_save, &s[0], 0 },
			{ "Firecracker", prepare_sequence_save, sequence_save, &s[1], 0 } };

		struct bench_contestant d[] = { { "ours", prepare, restore_trusting, &rig, 0 },
			{ "delta with audit", prepare, restore_auditing, &rig, 0 },
			{ "whole restore", prepare, restore, &rig, 0 },
			{ "Firecracker", prepare_sequence, sequence_restore, &s[1], 0 } };

		if (profile)
			rig_open_host(&rig, profile, sizes[i], CVMM_ARM64_FEATURE_PSCI_0_2);
		else
			rig_open(&rig, KERNEL, sizes[i], CVMM_ARM64_FEATURE_PSCI_0_2);
		bench_rounds(profile && sizes[i] > 8 ? 5 : 15);
		report(&rig, "restore", r, sizeof(r) / sizeof(r[0]));
		report(&rig, "delta restore", d, sizeof(d) / sizeof(d[0]));
		report(&rig, "save", v, sizeof(v) / sizeof(v[0]));
		if (i == 0)
			report_overhead(&rig);
		rig_close(&rig);
	}
	bench_end();
	return 0;
}
