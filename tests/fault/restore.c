/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Every call of a restore fails, with every errno, once and for ever: the error says what and where, the machine is dead
 * through every handle, and the same snapshot restores elsewhere as if nothing had happened.
 */
#include <criterion/criterion.h>

#include <cvmm/snapshot/format.h>

#include "faults.h"

struct sweep {
	struct world a, b;
	struct guest g;
	struct saved s;
	struct saved good; /* what a restore without any fault makes of it */
	struct planned p;
	struct faulty f;
	uint32_t crc;
	uint64_t calls;
	uint64_t tolerated;
	uint64_t dead;
};

static uint32_t view_crc(const struct cvmm_view *v)
{
	const struct cvmm_regset *regs = &v->shape[0].regs;
	uint32_t crc = cvmm_crc32c(0, v->vm.col, v->vm.stride);

	return cvmm_crc32c(crc, regs->col, (size_t)regs->stride * regs->ncols);
}

static void must_be_identical(struct sweep *t, const struct guest *h)
{
	struct saved again;

	guest_save(h, &again);
	cr_assert_eq(views_differ(&t->good.v, &again.v), 0);
	free(again.store);
}

static void sweep_open_vgic(
	struct sweep *t, const char *from, const char *to, uint32_t vcpus, uint64_t features, uint32_t irqs)
{
	struct cvmm_error e;
	struct guest h;

	world_open(&t->a, from);
	world_open_for(&t->b, to, vcpus);
	t->a.vgic = t->b.vgic = irqs;
	guest_start(&t->g, &t->a, vcpus, features, NULL, 0);
	if (irqs)
		guest_fill_vgic(&t->g, 3);
	guest_save(&t->g, &t->s);
	plan_on(&t->p, &t->s.v, &t->b, NULL);
	cr_assert_eq(t->p.p.nrefused, 0);
	faulty_open(&t->f, &t->b);
	faulty_reset(&t->f);
	cr_assert_eq(guest_restore(&h, &t->b, &t->f.be, &t->s.v, &t->p.p, &e), 0);
	t->calls = t->f.fault.seen;
	guest_save(&h, &t->good);
	guest_close(&h);
	t->crc = view_crc(&t->s.v);
}

static void sweep_open(struct sweep *t, const char *from, const char *to, uint32_t vcpus, uint64_t features)
{
	sweep_open_vgic(t, from, to, vcpus, features, 0);
}

static void sweep_close(struct sweep *t)
{
	free(t->s.store);
	free(t->good.store);
	guest_close(&t->g);
	faulty_close(&t->f);
	world_close(&t->a);
	world_close(&t->b);
}

static void must_be_dead(struct sweep *t, const struct guest *h, const struct cvmm_error *e)
{
	struct cvmm_vcpu copy = h->vcpu[h->nvcpus - 1];
	struct cvmm_error run = { 0 };
	uint64_t before = t->f.fault.seen;

	cr_assert_eq(cvmm_vcpu_run(copy, &run), -EOWNERDEAD);
	cr_assert_eq(t->f.fault.seen, before, "a dead machine's KVM_RUN reached KVM");
	cr_assert_eq(run.err, -EOWNERDEAD);
	cr_assert_eq(run.reason, e->reason);
	cr_assert_eq(run.phase, e->phase);
	cr_assert_eq(run.id, e->id);
	cr_assert_eq(run.vcpu, e->vcpu);
	cr_assert_eq(run.req, e->req);
	t->dead++;
}

static void one(struct sweep *t, uint64_t at, int err, uint64_t times, uint32_t after)
{
	struct cvmm_error e;
	struct guest h;
	int ret;

	cr_assert_eq(cvmm_sim_rewind(&t->b.be, &t->f.pristine), 0);
	faulty_arm(&t->f, at, err, times, after);
	ret = guest_restore(&h, &t->b, &t->f.be, &t->s.v, &t->p.p, &e);
	cr_assert_eq(t->f.fault.injected > 0, 1, "call %llu was never made", (unsigned long long)at);
	if (ret == 0) {
		/* ENXIO says that a vCPU has no stolen time, which is what was asked. Nothing else may be shrugged off. */
		cr_assert_eq(err, ENXIO, "call %llu failed with %d and nobody noticed", (unsigned long long)at, err);
		t->f.fault.nrules = 0;
		must_be_identical(t, &h);
		t->tolerated++;
	} else {
		cr_assert_eq(ret, -err, "call %llu failed with %d: restore says %d (%s, id %llx)",
			(unsigned long long)at, err, ret, cvmm_reason_name(e.reason), (unsigned long long)e.id);
		cr_assert_eq(e.err, -err);
		cr_assert_neq(e.reason, CVMM_REASON_NONE);
		/* Call 0 opens /dev/kvm, which is no ioctl. */
		cr_assert_eq(e.req != 0, at != 0);
		/* Before apply() the VM is still the embedding VMM's: nothing of the guest is in it. */
		cr_assert_eq(h.gate.dead != 0, e.phase != 0 && h.m.regs && !h.own, "phase %u, dead %u", e.phase,
			h.gate.dead);
		if (h.gate.dead)
			must_be_dead(t, &h, &e);
		else
			cr_assert_eq(h.m.phase <= CVMM_PHASE_VM || h.own, 1);
	}
	cr_assert_eq(view_crc(&t->s.v), t->crc, "the snapshot was changed");
	t->f.fault.nrules = 0;
	guest_close(&h);
}

/* A restore fails, and so does the next one: each machine is dead by itself, and the one after them is whole. */
static void two(struct sweep *t, uint64_t at, uint64_t then, int first, int second)
{
	struct cvmm_error e;
	struct guest h;
	uint32_t tries;
	int ret = -1;

	cr_assert_eq(cvmm_sim_rewind(&t->b.be, &t->f.pristine), 0);
	faulty_arm_pair(&t->f, at, then, first, second);
	for (tries = 0; ret < 0; tries++) {
		uint64_t injected = t->f.fault.injected;

		cr_assert_lt(tries, 3, "calls %llu and %llu", (unsigned long long)at, (unsigned long long)(at + then));
		ret = guest_restore(&h, &t->b, &t->f.be, &t->s.v, &t->p.p, &e);
		if (ret < 0) {
			cr_assert_gt(t->f.fault.injected, injected, "failed without a fault: %d", ret);
			cr_assert(ret == -first || ret == -second);
			if (h.gate.dead)
				must_be_dead(t, &h, &e);
			guest_close(&h);
		}
	}
	cr_assert_eq(t->f.fault.injected, 2);
	t->f.fault.nrules = 0;
	must_be_identical(t, &h);
	guest_close(&h);
}

/* B26: so many calls in a row fail. Every try ends in a dead machine of its own, the first one after the storm is whole. */
static void storm(struct sweep *t, uint64_t at, int err, uint64_t times)
{
	struct cvmm_error e;
	struct guest h;
	uint32_t tries;
	int ret = -1;

	cr_assert_eq(cvmm_sim_rewind(&t->b.be, &t->f.pristine), 0);
	faulty_arm(&t->f, at, err, times, 0);
	for (tries = 0; ret < 0; tries++) {
		ret = guest_restore(&h, &t->b, &t->f.be, &t->s.v, &t->p.p, &e);
		if (ret < 0) {
			cr_assert_eq(ret, -err);
			cr_assert_eq(t->f.fault.injected, tries + 1);
			if (h.gate.dead)
				must_be_dead(t, &h, &e);
			guest_close(&h);
		}
	}
	cr_assert_eq(tries, times + 1);
	must_be_identical(t, &h);
	guest_close(&h);
}

static void fresh_restore(struct sweep *t)
{
	struct cvmm_error e;
	struct guest h;

	cr_assert_eq(cvmm_sim_rewind(&t->b.be, &t->f.pristine), 0);
	faulty_reset(&t->f);
	cr_assert_eq(guest_restore(&h, &t->b, &t->f.be, &t->s.v, &t->p.p, &e), 0);
	must_be_identical(t, &h);
	guest_close(&h);
}

static void sweep(struct sweep *t)
{
	uint64_t at;
	uint32_t k;

	for (at = 0; at < t->calls; at++) {
		for (k = 0; k < FAULT_ERRNOS; k++) {
			one(t, at, fault_errno[k], 1, 0);
			one(t, at, fault_errno[k], CVMM_FAULT_FOR_EVER, 0);
		}
		/* The worst kind: KVM did it and said that it did not. */
		one(t, at, EIO, 1, 1);
		if (at % 64 == 0)
			fresh_restore(t);
	}
	fresh_restore(t);
	cr_assert_gt(t->dead, 0);
	cr_assert_leq(t->tolerated, t->s.v.nvcpus);
}

Test(fault_restore, each_call_of_one_vcpu)
{
	static struct sweep t;

	sweep_open(&t, "6.1.192-neoverse-n1", "6.18.15-neoverse-n1", 1, PSCI);
	sweep(&t);
	sweep_close(&t);
}

Test(fault_restore, each_call_of_four_vcpus)
{
	static struct sweep t;

	sweep_open(&t, "6.1.192-neoverse-n1", "6.18.15-neoverse-n1", 4, PSCI);
	sweep(&t);
	sweep_close(&t);
}

/* Everything that a guest can have: finalising, vector registers of 256 bytes, names that clear and names that set. */
Test(fault_restore, each_call_with_pmu_sve_and_pauth)
{
	static struct sweep t;

	sweep_open(&t, "6.12.117-max", "6.18.15-max", 1, PSCI | PMU | SVE | PAUTH);
	sweep(&t);
	sweep_close(&t);
}

/* The interrupt controller with its ITS: hundreds of attributes, and commands. Each errno for each call in --all. */
Test(fault_restore, each_call_with_an_interrupt_controller, .timeout = 900)
{
	static struct sweep t;

	uint64_t at;

	sweep_open_vgic(&t, "6.1.192-neoverse-n1", "6.18.15-neoverse-n1", 2, PSCI, 64);
	if (faults_all()) {
		sweep(&t);
	} else {
		for (at = 0; at < t.calls; at++)
			one(&t, at, fault_errno[at % FAULT_ERRNOS], at % 2 ? CVMM_FAULT_FOR_EVER : 1, 0);
		fresh_restore(&t);
	}
	sweep_close(&t);
}

/* Signals that keep coming, a resource that stays busy: nothing is tried again behind the caller's back. */
Test(fault_restore, B26_storms)
{
	static const int errs[] = { EINTR, EAGAIN };
	static const uint64_t times[] = { 2, 7, 40 };
	static struct sweep t;
	uint64_t at;
	uint32_t i, k;

	sweep_open(&t, "6.1.192-neoverse-n1", "6.18.15-neoverse-n1", 1, PSCI);
	for (at = 0; at < t.calls; at += 3)
		for (i = 0; i < sizeof(errs) / sizeof(errs[0]); i++)
			for (k = 0; k < sizeof(times) / sizeof(times[0]); k++)
				storm(&t, at, errs[i], times[k]);
	sweep_close(&t);
}

/* In scripts/test --all: a big machine, one errno for each call in turn. */
Test(fault_restore, each_call_of_64_vcpus, .timeout = 900)
{
	static struct sweep t;
	uint64_t at;

	if (!faults_all())
		cr_skip_test("only in scripts/test --all");
	sweep_open(&t, "6.1.192-neoverse-n1", "6.18.15-neoverse-n1", 64, PSCI);
	for (at = 0; at < t.calls; at++)
		one(&t, at, fault_errno[at % FAULT_ERRNOS], at % 2 ? CVMM_FAULT_FOR_EVER : 1, 0);
	fresh_restore(&t);
	sweep_close(&t);
}

/* In scripts/test --all: every pair of calls, the second one anywhere in the try that follows. */
Test(fault_restore, each_pair_of_calls_of_one_vcpu, .timeout = 1800)
{
	static struct sweep t;
	uint64_t at, then;
	uint32_t k;

	if (!faults_all())
		cr_skip_test("only in scripts/test --all");
	sweep_open(&t, "6.1.192-neoverse-n1", "6.18.15-neoverse-n1", 1, PSCI);
	for (at = 0; at < t.calls; at++)
		for (then = 1; then <= t.calls; then++)
			for (k = 0; k < PAIR_ERRNOS; k++)
				two(&t, at, then, pair_errno[k], pair_errno[(k + at + then) % PAIR_ERRNOS]);
	sweep_close(&t);
}
