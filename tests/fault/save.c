/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Every call of a save fails: the error says which, nothing is handed out, and the guest goes on as it was. */
#include <criterion/criterion.h>

#include <string.h>

#include "faults.h"

struct sweep {
	struct world a;
	struct guest g;
	struct saved good;
	struct faulty f;
	uint64_t calls;
};

static void sweep_open(struct sweep *t, const char *name, uint32_t vcpus, uint64_t features, uint32_t irqs)
{
	struct cvmm_error e;

	world_open(&t->a, name);
	t->a.vgic = irqs;
	faulty_open(&t->f, &t->a);
	faulty_reset(&t->f);
	cr_assert_eq(guest_open(&t->g, &t->a, &t->f.be, vcpus, &e), 0);
	cr_assert_eq(cvmm_machine_start(&t->g.m, features, NULL, 0, &t->a.profile, &e), 0);
	guest_fill(&t->g);
	cr_assert_eq(guest_init_vgic(&t->g, &e), 0);
	if (irqs)
		guest_fill_vgic(&t->g, 3);
	faulty_reset(&t->f);
	guest_save(&t->g, &t->good);
	t->calls = t->f.fault.seen;
}

static void sweep_close(struct sweep *t)
{
	faulty_reset(&t->f);
	free(t->good.store);
	guest_close(&t->g);
	faulty_close(&t->f);
	world_close(&t->a);
}

static void must_be_alive(struct sweep *t)
{
	struct saved again;

	faulty_reset(&t->f);
	cr_assert_eq(t->g.gate.dead, 0, "a save killed the machine");
	guest_save(&t->g, &again);
	cr_assert_eq(views_differ(&t->good.v, &again.v), 0);
	free(again.store);
}

static void one(struct sweep *t, uint64_t at, int err, uint64_t times)
{
	struct cvmm_error e;
	struct saved s;
	int ret;

	faulty_arm(&t->f, at, err, times, 0);
	ret = guest_save_e(&t->g, &s, &e);
	cr_assert_gt(t->f.fault.injected, 0);
	if (ret == 0) {
		cr_assert_eq(err, ENXIO, "call %llu failed with %d and nobody noticed", (unsigned long long)at, err);
		t->f.fault.nrules = 0;
		cr_assert_eq(views_differ(&t->good.v, &s.v), 0);
		free(s.store);
		return;
	}
	cr_assert_eq(ret, -err, "call %llu failed with %d: save says %d (%s)", (unsigned long long)at, err, ret,
		cvmm_reason_name(e.reason));
	cr_assert_eq(e.err, -err);
	cr_assert_neq(e.req, 0);
	cr_assert_eq(s.v.nvcpus, 0, "a failed save handed a view out");
}

/* A save fails, and so does the next one; the guest goes on, and the third is the same as ever. */
static void two(struct sweep *t, uint64_t at, uint64_t then, int first, int second)
{
	struct cvmm_error e;
	struct saved s;
	uint32_t tries;
	int ret = -1;

	faulty_arm_pair(&t->f, at, then, first, second);
	for (tries = 0; ret < 0; tries++) {
		cr_assert_lt(tries, 3);
		ret = guest_save_e(&t->g, &s, &e);
		cr_assert(ret == 0 || ret == -first || ret == -second);
	}
	cr_assert_eq(t->f.fault.injected, 2);
	cr_assert_eq(views_differ(&t->good.v, &s.v), 0);
	free(s.store);
}

static void sweep(struct sweep *t)
{
	uint64_t at;
	uint32_t k;

	for (at = 0; at < t->calls; at++) {
		for (k = 0; k < FAULT_ERRNOS; k++) {
			one(t, at, fault_errno[k], 1);
			one(t, at, fault_errno[k], CVMM_FAULT_FOR_EVER);
		}
		if (at % 16 == 0)
			must_be_alive(t);
	}
	must_be_alive(t);
}

Test(fault_save, each_call_of_one_vcpu)
{
	static struct sweep t;

	sweep_open(&t, "6.18.15-neoverse-n1", 1, PSCI | PMU, 0);
	sweep(&t);
	sweep_close(&t);
}

Test(fault_save, each_call_of_four_vcpus)
{
	static struct sweep t;

	sweep_open(&t, "7.3.4-max", 4, PSCI | SVE, 0);
	sweep(&t);
	sweep_close(&t);
}

/* Each errno for each call in scripts/test --all. */
Test(fault_save, each_call_with_an_interrupt_controller, .timeout = 900)
{
	static struct sweep t;
	uint64_t at;

	sweep_open(&t, "6.18.15-neoverse-n1", 2, PSCI, 64);
	if (faults_all()) {
		sweep(&t);
	} else {
		for (at = 0; at < t.calls; at++)
			one(&t, at, fault_errno[at % FAULT_ERRNOS], at % 2 ? CVMM_FAULT_FOR_EVER : 1);
		must_be_alive(&t);
	}
	sweep_close(&t);
}

Test(fault_save, each_call_of_64_vcpus, .timeout = 900)
{
	static struct sweep t;
	uint64_t at;

	if (!faults_all())
		cr_skip_test("only in scripts/test --all");
	sweep_open(&t, "6.18.15-neoverse-n1", 64, PSCI, 0);
	for (at = 0; at < t.calls; at++)
		one(&t, at, fault_errno[at % FAULT_ERRNOS], at % 2 ? CVMM_FAULT_FOR_EVER : 1);
	must_be_alive(&t);
	sweep_close(&t);
}

Test(fault_save, each_pair_of_calls_of_one_vcpu, .timeout = 1800)
{
	static struct sweep t;
	uint64_t at, then;
	uint32_t k;

	if (!faults_all())
		cr_skip_test("only in scripts/test --all");
	sweep_open(&t, "6.18.15-neoverse-n1", 1, PSCI, 0);
	for (at = 0; at < t.calls; at++)
		for (then = 1; then <= t.calls; then++)
			for (k = 0; k < PAIR_ERRNOS; k++)
				two(&t, at, then, pair_errno[k], pair_errno[(k + at + then) % PAIR_ERRNOS]);
	sweep_close(&t);
}
