/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * x86_64: every call of a save and of a restore fails, with every errno, once and for ever; counts are cut short. The error says
 * which; a machine that was being restored is dead, and a fresh restore of the same snapshot is as if nothing had been.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>

#include "x86.h"

static const int errnos[] = { EPERM, ENOENT, EINTR, EIO, ENXIO, E2BIG, ENOEXEC, EBADF, EAGAIN, ENOMEM, EFAULT, EBUSY,
	EINVAL, ENOTTY };
#define ERRNOS (sizeof(errnos) / sizeof(errnos[0]))

struct sweep {
	struct x86_world w;
	struct x86_guest g, h;
	struct x86_saved s;
	struct x86_planned p;
	struct cvmm_backend pristine;
	void *pristine_store;
	struct cvmm_fault fault;
	struct cvmm_backend be;
	struct cvmm_fault_rule rule;
	struct cvmm_error e;
	uint64_t calls;
	uint64_t noticed;
	uint64_t harmless;
};

static void arm(struct sweep *t, const struct cvmm_fault_rule *rule)
{
	t->fault.nrules = rule != NULL;
	t->fault.seen = t->fault.injected = 0;
	t->fault.matched[0] = 0;
	if (rule)
		t->rule = *rule;
}

static void open_sweep(struct sweep *t, const char *host, uint32_t n)
{
	size_t need = 0;
	int ret;

	memset(t, 0, sizeof(*t));
	x86_world_open(&t->w, host);
	cr_assert_eq(cvmm_sim_need(&t->w.config, &need, &t->e), 0);
	need = (need + 4095) / 4096 * 4096;
	t->pristine_store = aligned_alloc(4096, need);
	cr_assert_eq(cvmm_sim_clone(&t->w.be, t->pristine_store, need, &t->pristine, &t->e), 0);
	cr_assert_eq(cvmm_fault_init(&t->fault, &t->w.be, &t->rule, 0, &t->be, &t->e), 0);
	ret = x86_guest_start(&t->g, &t->w, &t->be, n, &t->e);
	cr_assert_eq(ret, 0);
	arm(t, NULL);
	cr_assert_eq(x86_guest_save(&t->g, &t->w, &t->s, &t->e), 0);
	t->calls = t->fault.seen;
	x86_plan_on(&t->p, &t->s.v, &t->w);
	cr_assert_eq(x86_refusals(&t->p, 0), 0);
}

static void close_sweep(struct sweep *t)
{
	arm(t, NULL);
	free(t->s.store);
	x86_guest_close(&t->g);
	x86_world_close(&t->w);
	free(t->pristine_store);
}

static void same_as_before(struct sweep *t, const struct x86_guest *g)
{
	struct x86_saved again;
	uint64_t id;

	arm(t, NULL);
	cr_assert_eq(x86_guest_save(g, &t->w, &again, &t->e), 0);
	id = x86_views_differ(&t->s.v, &again.v);
	cr_assert_eq(id, 0, "%016llx", (unsigned long long)id);
	free(again.store);
}

/*
 * Answers that say "there is none" or "too small" are part of what is asked: a kernel without SREGS2 (EINVAL), a list that is
 * asked for with too little room (E2BIG). What comes out then is the same, or the call is refused.
 */
static void one_save(struct sweep *t, uint64_t at, int err, uint64_t times)
{
	const struct cvmm_fault_rule rule = { .ops = CVMM_FAULT_IOCTL, .err = -err, .at = at, .times = times };
	struct x86_saved s;
	int ret;

	arm(t, &rule);
	ret = x86_guest_save(&t->g, &t->w, &s, &t->e);
	cr_assert_gt(t->fault.injected, 0);
	if (ret == 0) {
		uint64_t id = x86_views_differ(&t->s.v, &s.v);

		cr_assert(err == EINVAL || err == E2BIG, "call %llu failed with %d and nobody noticed",
			(unsigned long long)at, err);
		cr_assert_eq(id, 0, "call %llu failed with %d: %016llx differs", (unsigned long long)at, err,
			(unsigned long long)id);
		free(s.store);
		t->harmless++;
		return;
	}
	cr_assert(ret == -err || (err == E2BIG && t->e.reason != CVMM_REASON_NONE), "call %llu: %d is told as %d (%s)",
		(unsigned long long)at, err, ret, cvmm_reason_name(t->e.reason));
	cr_assert_eq(s.v.nvcpus, 0, "a failed save handed a view out");
	cr_assert_eq(t->g.gate.dead, 0, "a save killed the machine");
	t->noticed++;
}

static void sweep_save(struct sweep *t)
{
	uint64_t at;
	uint32_t k;

	for (at = 0; at < t->calls; at++) {
		for (k = 0; k < ERRNOS; k++) {
			one_save(t, at, errnos[k], 1);
			one_save(t, at, errnos[k], CVMM_FAULT_FOR_EVER);
		}
	}
	same_as_before(t, &t->g);
	cr_assert_gt(t->noticed, t->calls * (ERRNOS - 2));
}

Test(fault_x86, each_call_of_a_save)
{
	static struct sweep t;

	open_sweep(&t, "6.18.15-svm", 2);
	sweep_save(&t);
	close_sweep(&t);
}

/* KVM says that it did fewer MSRs than it was asked for: the state is whole, or the save is refused and names one. */
Test(fault_x86, short_counts_of_a_save)
{
	static const uint64_t times[] = { 1, CVMM_FAULT_FOR_EVER };
	static struct sweep t;
	uint32_t k, cut, refused = 0;
	uint64_t at;

	open_sweep(&t, "6.12.117-svm", 1);
	for (k = 0; k < 2; k++) {
		for (cut = 1; cut <= 3; cut += 2) {
			for (at = 0; at < 8; at++) {
				const struct cvmm_fault_rule rule = { .ops = CVMM_FAULT_IOCTL,
					.req = CVMM_KVM_GET_MSRS,
					.shorten = cut,
					.at = at,
					.times = times[k] };
				struct x86_saved s;
				int ret;

				arm(&t, &rule);
				ret = x86_guest_save(&t.g, &t.w, &s, &t.e);
				if (t.fault.injected == 0) {
					free(s.store);
					continue;
				}
				if (ret == 0) {
					cr_assert_eq(x86_views_differ(&t.s.v, &s.v), 0, "call %llu by %u",
						(unsigned long long)at, cut);
					free(s.store);
				} else {
					cr_assert_eq(t.e.reason, CVMM_REASON_SHORT_COUNT);
					refused++;
				}
			}
		}
	}
	cr_assert_gt(refused, 0);
	close_sweep(&t);
}

static void must_be_dead(struct sweep *t)
{
	struct cvmm_vcpu copy = t->h.vcpu[t->h.nvcpus - 1];
	struct cvmm_error run = { 0 };

	cr_assert_eq(cvmm_vcpu_run(copy, &run), -EOWNERDEAD);
	cr_assert_eq(run.reason, t->e.reason);
	cr_assert_eq(run.id, t->e.id);
	cr_assert_eq(run.phase, t->e.phase);
}

static int restore_with(struct sweep *t, const struct cvmm_fault_rule *rule)
{
	cr_assert_eq(cvmm_sim_rewind(&t->w.be, &t->pristine), 0);
	arm(t, rule);
	return x86_guest_restore(&t->h, &t->w, &t->be, &t->s.v, &t->p.p, &t->e);
}

static void one_restore(struct sweep *t, uint64_t at, int err, uint64_t times, uint32_t after)
{
	const struct cvmm_fault_rule rule = {
		.ops = CVMM_FAULT_IOCTL | CVMM_FAULT_OPEN, .err = -err, .at = at, .times = times, .after = after
	};
	int ret = restore_with(t, &rule);

	cr_assert_gt(t->fault.injected, 0, "call %llu was never made", (unsigned long long)at);
	if (ret == 0) {
		/* SREGS2 with EINVAL: a kernel that has SREGS alone. Nothing else may be shrugged off. */
		cr_assert_eq(err, EINVAL, "call %llu failed with %d and nobody noticed", (unsigned long long)at, err);
		same_as_before(t, &t->h);
		t->harmless++;
	} else {
		cr_assert_eq(ret, -err, "call %llu: %d is told as %d (%s, %016llx)", (unsigned long long)at, err, ret,
			cvmm_reason_name(t->e.reason), (unsigned long long)t->e.id);
		cr_assert_eq(t->h.gate.dead != 0, t->e.phase != 0 && !t->h.own, "phase %u", t->e.phase);
		if (t->h.gate.dead && t->h.nvcpus)
			must_be_dead(t);
		t->noticed++;
	}
	arm(t, NULL);
	x86_guest_close(&t->h);
}

static void sweep_restore(struct sweep *t)
{
	uint64_t at, calls;
	uint32_t k;

	/* The source is not on this KVM any more; what it was is in the view. */
	x86_guest_close(&t->g);
	cr_assert_eq(restore_with(t, NULL), 0);
	calls = t->fault.seen;
	same_as_before(t, &t->h);
	x86_guest_close(&t->h);
	for (at = 0; at < calls; at++) {
		for (k = 0; k < ERRNOS; k++) {
			one_restore(t, at, errnos[k], 1, 0);
			one_restore(t, at, errnos[k], CVMM_FAULT_FOR_EVER, 0);
		}
		/* The worst kind: KVM did it and said that it did not. */
		one_restore(t, at, EIO, 1, 1);
	}
	cr_assert_eq(restore_with(t, NULL), 0);
	same_as_before(t, &t->h);
	arm(t, NULL);
	x86_guest_close(&t->h);
	cr_assert_gt(t->noticed, calls * (ERRNOS - 1));
	cr_assert_leq(t->harmless, 4 * t->s.v.nvcpus, "%llu", (unsigned long long)t->harmless);
}

Test(fault_x86, each_call_of_a_restore)
{
	static struct sweep t;

	open_sweep(&t, "6.18.15-svm", 1);
	sweep_restore(&t);
	close_sweep(&t);
}

Test(fault_x86, each_call_of_a_restore_of_four_vcpus)
{
	static struct sweep t;

	open_sweep(&t, "5.10.223-svm", 4);
	sweep_restore(&t);
	close_sweep(&t);
}

/* Fewer MSRs written than asked for: dead, and the MSR is named. */
Test(fault_x86, short_counts_of_a_restore)
{
	static struct sweep t;
	uint64_t at;
	uint32_t cut, named = 0;
	int ret;

	open_sweep(&t, "6.12.117-svm", 1);
	x86_guest_close(&t.g);
	for (at = 0; at < 4; at++) {
		for (cut = 1; cut <= 3; cut += 2) {
			const struct cvmm_fault_rule rule = { .ops = CVMM_FAULT_IOCTL,
				.req = CVMM_KVM_SET_MSRS,
				.shorten = cut,
				.at = at,
				.times = CVMM_FAULT_FOR_EVER };

			ret = restore_with(&t, &rule);
			if (ret) {
				cr_expect_eq(t.e.reason, CVMM_REASON_APPLY_SET);
				cr_expect_eq(t.e.id >> 32, 0x20300002, "%016llx", (unsigned long long)t.e.id);
				must_be_dead(&t);
				named++;
			} else if (t.fault.injected) {
				same_as_before(&t, &t.h);
			}
			arm(&t, NULL);
			x86_guest_close(&t.h);
		}
	}
	cr_assert_gt(named, 0);
	close_sweep(&t);
}
