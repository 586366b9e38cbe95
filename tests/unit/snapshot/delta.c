/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Restores that leave out what a fresh vCPU holds, and restores whose vCPUs are shared among threads: the same machine. */
#include <criterion/criterion.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define N1   "-neoverse-n1"
#define X(n) (CVMM_ARM64_CORE | CVMM_REG_U64 | 2u * (n))
#define FAR  CVMM_ARM64_SYS(3, 0, 6, 0, 0)

struct scene {
	struct world a, b;
	struct guest g, h;
	struct saved s, again;
	struct planned p;
	struct cvmm_error e;
};

/* Only the first vCPU was ever powered on. */
static void setup(struct scene *t, const char *from, const char *to, uint32_t vcpus, uint64_t features)
{
	uint32_t i;

	memset(t, 0, sizeof(*t));
	world_open(&t->a, from);
	world_open(&t->b, to);
	cr_assert_eq(guest_open(&t->g, &t->a, NULL, vcpus, &t->e), 0);
	cr_assert_eq(cvmm_machine_start(&t->g.m, features, NULL, 0, NULL, &t->e), 0);
	for (i = 0; i < 31; i++) {
		const uint64_t v = 0x1000 + i;

		cr_assert_eq(cvmm_vcpu_set_one_reg(t->g.vcpu[0], X(i), &v, 8, &t->e), 0);
	}
	guest_save(&t->g, &t->s);
	plan_on(&t->p, &t->s.v, &t->b, NULL);
	cr_assert_eq(t->p.p.nrefused, 0);
}

static void teardown(struct scene *t)
{
	free(t->s.store);
	free(t->again.store);
	guest_close(&t->g);
	guest_close(&t->h);
	world_close(&t->a);
	world_close(&t->b);
}

static uint64_t counted(const struct world *w, enum cvmm_sim_count which)
{
	uint64_t n[CVMM_SIM_NCOUNTS];

	cr_assert_eq(cvmm_sim_counts(&w->be, n), 0);
	return n[which];
}

static int restore(struct scene *t)
{
	return guest_restore(&t->h, &t->b, NULL, &t->s.v, &t->p.p, &t->e);
}

struct cost {
	uint64_t set, get;
};

/* A restore of its own with this kind of delta; the scene stays open, with what was saved of the machine that it made. */
static struct cost restored(
	struct scene *t, const char *from, const char *to, uint32_t vcpus, uint64_t features, uint32_t delta)
{
	struct cost c;

	setup(t, from, to, vcpus, features);
	t->b.delta = delta;
	cr_assert_eq(restore(t), 0, "%s: %llx", cvmm_reason_text(t->e.reason), (unsigned long long)t->e.id);
	c.set = counted(&t->b, CVMM_SIM_COUNT_SET_ONE_REG);
	c.get = counted(&t->b, CVMM_SIM_COUNT_GET_ONE_REG);
	guest_save(&t->h, &t->again);
	return c;
}

/* The figures of the issues: at most half the writes, 60 % fewer than 257 per vCPU. */
Test(delta, writes_at_most_half_of_a_guest_whose_secondary_vcpus_never_started)
{
	static struct scene off, checked, believed;
	struct cost full = restored(&off, "6.18.15" N1, "6.18.15" N1, 64, PSCI, CVMM_DELTA_OFF);
	struct cost audit = restored(&checked, "6.18.15" N1, "6.18.15" N1, 64, PSCI, CVMM_DELTA_AUDIT);
	struct cost trust = restored(&believed, "6.18.15" N1, "6.18.15" N1, 64, PSCI, CVMM_DELTA_TRUST);

	cr_expect_leq(
		audit.set * 2, full.set, "%llu of %llu", (unsigned long long)audit.set, (unsigned long long)full.set);
	cr_expect_leq(audit.set * 10, 257u * 64 * 4, "%llu of %u", (unsigned long long)audit.set, 257u * 64);
	cr_expect_eq(audit.get, full.get, "an audit reads everything");
	cr_expect_eq(trust.set, audit.set);
	cr_expect_leq(
		trust.get * 2, full.get, "%llu of %llu", (unsigned long long)trust.get, (unsigned long long)full.get);
	cr_expect_eq(views_differ(&off.s.v, &off.again.v), 0);
	cr_expect_eq(views_differ(&off.again.v, &checked.again.v), 0);
	cr_expect_eq(views_differ(&off.again.v, &believed.again.v), 0);
	teardown(&off);
	teardown(&checked);
	teardown(&believed);
}

Test(delta, is_the_same_machine_on_another_kernel_and_with_every_feature)
{
	static const struct {
		const char *from, *to;
		uint64_t features;
	} move[] = { { "6.1.192" N1, "7.3.4" N1, PSCI }, { "6.12.117-max", "6.18.15-max", PSCI | PMU | SVE | PAUTH },
		{ "5.10.223-cortex-a72", "6.1.192-cortex-a72", PSCI | PMU } };
	static struct scene off, checked;
	uint32_t i;

	for (i = 0; i < 3; i++) {
		struct cost full = restored(&off, move[i].from, move[i].to, 3, move[i].features, CVMM_DELTA_OFF);
		struct cost less = restored(&checked, move[i].from, move[i].to, 3, move[i].features, CVMM_DELTA_AUDIT);

		cr_expect_lt(less.set, full.set, "%s to %s", move[i].from, move[i].to);
		cr_expect_eq(views_differ(&off.again.v, &checked.again.v), 0, "%s to %s", move[i].from, move[i].to);
		teardown(&off);
		teardown(&checked);
	}
}

/* What follows the vCPU's number is no vCPU's reset value but its own. */
Test(delta, writes_each_vcpu_its_own_mpidr)
{
	static struct scene t;

	setup(&t, "6.18.15" N1, "6.18.15" N1, 2, PSCI);
	/* vCPU 1 with vCPU 0's number: the profile's bytes, and not what a fresh vCPU 1 holds. */
	set_value(&t.s.v, CVMM_ARM64_MPIDR_EL1, 1, vcpu_value(&t.s.v, CVMM_ARM64_MPIDR_EL1, 0));
	plan_on(&t.p, &t.s.v, &t.b, NULL);
	t.b.delta = CVMM_DELTA_TRUST;
	cr_assert_eq(restore(&t), 0);
	guest_save(&t.h, &t.again);
	cr_expect_eq(vcpu_value(&t.again.v, CVMM_ARM64_MPIDR_EL1, 1), vcpu_value(&t.s.v, CVMM_ARM64_MPIDR_EL1, 1));
	teardown(&t);
}

/* The host's profile claims that a fresh vCPU holds just what the guest has in FAR_EL1. */
static void lie(struct scene *t, struct cvmm_profile *profile, struct cvmm_variant *variant, uint8_t *col)
{
	uint32_t i;
	int at;

	*profile = t->b.profile;
	for (i = 0; i < profile->nvariants; i++)
		variant[i] = profile->variant[i];
	profile->variant = variant;
	for (i = 0; variant[i].features != PSCI; i++)
		;
	memcpy(col, variant[i].regs.col, variant[i].regs.stride);
	at = cvmm_regset_find(&variant[i].regs, FAR);
	cr_assert_geq(at, 0);
	cvmm_store_le(col + variant[i].regs.item[at].off, 8, 0x1234);
	variant[i].regs.col = col;
	set_value(&t->s.v, FAR, 1, 0x1234);
	cr_assert_eq(cvmm_plan_make(&t->s.v, profile, NULL, &t->p.p, &t->e), 0);
	cr_assert_eq(t->p.p.nrefused, 0);
	t->b.reset = profile;
}

Test(delta, an_audit_finds_reset_values_that_are_wrong)
{
	static struct scene t;
	static struct cvmm_variant variant[64];
	static uint8_t col[1 << 16];
	struct cvmm_profile profile;
	struct cvmm_error run;

	setup(&t, "6.18.15" N1, "6.18.15" N1, 2, PSCI);
	lie(&t, &profile, variant, col);
	t.b.delta = CVMM_DELTA_AUDIT;
	cr_expect_eq(restore(&t), -EIO);
	cr_expect_eq(t.e.reason, CVMM_REASON_READ_BACK);
	cr_expect_eq(t.e.id, FAR);
	cr_expect_eq(t.e.vcpu, 1);
	cr_expect_eq(t.e.phase, CVMM_PHASE_DONE);
	cr_expect_eq(cvmm_vcpu_run(t.h.vcpu[0], &run), -EOWNERDEAD);
	guest_close(&t.h);
	/* Without a delta nobody asks what a fresh vCPU holds; with one that is trusted nobody finds out. */
	t.b.delta = CVMM_DELTA_OFF;
	cr_expect_eq(restore(&t), 0);
	guest_close(&t.h);
	t.b.delta = CVMM_DELTA_TRUST;
	cr_expect_eq(restore(&t), 0);
	guest_save(&t.h, &t.again);
	cr_expect_neq(vcpu_value(&t.again.v, FAR, 1), 0x1234);
	teardown(&t);
}

/* Reset values that the plan was not made with: where the plan looks for FAR_EL1 they have another register. */
Test(delta, another_hosts_profile_is_not_mistaken_for_the_plans)
{
	static struct scene t;
	static struct cvmm_variant variant[64];
	static uint8_t col[1 << 16];
	static struct cvmm_item item[1024];
	struct cvmm_profile profile;
	uint32_t i;
	int at;

	setup(&t, "6.18.15" N1, "6.18.15" N1, 2, PSCI);
	lie(&t, &profile, variant, col);
	for (i = 0; variant[i].features != PSCI; i++)
		;
	memcpy(item, variant[i].regs.item, variant[i].regs.n * sizeof(*item));
	at = cvmm_regset_find(&variant[i].regs, FAR);
	item[at].id++;
	variant[i].regs.item = item;
	plan_on(&t.p, &t.s.v, &t.b, NULL);
	t.b.delta = CVMM_DELTA_AUDIT;
	cr_expect_eq(restore(&t), 0, "%s: %llx", cvmm_reason_text(t.e.reason), (unsigned long long)t.e.id);
	guest_save(&t.h, &t.again);
	cr_expect_eq(views_differ(&t.s.v, &t.again.v), 0);
	teardown(&t);
}

/* The embedding VMM's threads: each vCPU on one of four. */
#define THREADS 4u

struct share {
	void (*one)(void *work, uint32_t i);
	void *work;
	uint32_t first, n;
};

static void *work_on(void *arg)
{
	struct share *s = arg;
	uint32_t i;

	for (i = s->first; i < s->n; i += THREADS)
		s->one(s->work, i);
	return NULL;
}

static void spread(void *ctx, uint32_t n, void (*one)(void *work, uint32_t i), void *work)
{
	struct share s[THREADS];
	pthread_t thread[THREADS];
	uint32_t i;

	(void)ctx;
	for (i = 0; i < THREADS; i++) {
		s[i] = (struct share){ one, work, i, n };
		cr_assert_eq(pthread_create(&thread[i], NULL, work_on, &s[i]), 0);
	}
	for (i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_join(thread[i], NULL), 0);
}

Test(spread, threads_make_the_same_machine)
{
	static struct scene t, alone;

	(void)restored(&alone, "6.1.192" N1, "6.18.15" N1, 16, PSCI, CVMM_DELTA_OFF);
	setup(&t, "6.1.192" N1, "6.18.15" N1, 16, PSCI);
	t.b.spread = spread;
	cr_assert_eq(restore(&t), 0);
	guest_save(&t.h, &t.again);
	cr_expect_eq(views_differ(&alone.again.v, &t.again.v), 0);
	teardown(&t);
	teardown(&alone);
}

Test(spread, one_vcpu_that_fails_ends_it_and_is_named)
{
	static struct scene t;
	struct cvmm_fault_rule rule = { .ops = CVMM_FAULT_IOCTL, .err = -EPERM, .at = 1500, .times = 1 };
	struct cvmm_error e, run;
	struct cvmm_fault fault;
	struct cvmm_backend be;

	setup(&t, "6.1.192" N1, "6.18.15" N1, 16, PSCI);
	t.b.spread = spread;
	cr_assert_eq(cvmm_fault_init(&fault, &t.b.be, &rule, 1, &be, &e), 0);
	cr_expect_eq(guest_restore(&t.h, &t.b, &be, &t.s.v, &t.p.p, &t.e), -EPERM);
	cr_expect_eq(t.e.reason, CVMM_REASON_APPLY_SET, "%s", cvmm_reason_text(t.e.reason));
	cr_expect_neq(t.e.id, 0);
	cr_expect_lt(t.e.vcpu, 16);
	cr_expect_eq(cvmm_vcpu_run(t.h.vcpu[3], &run), -EOWNERDEAD);
	cr_expect_eq(run.id, t.e.id);
	teardown(&t);
}
