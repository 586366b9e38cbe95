/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* apply(): exactly the plan, in its order, read back; whole or dead. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define N1   "-neoverse-n1"
#define CTR  CVMM_ARM64_SYS(3, 3, 0, 0, 1)
#define X(n) (CVMM_ARM64_CORE | CVMM_REG_U64 | 2u * (n))

struct scene {
	struct world a, b;
	struct guest g, h;
	struct saved s;
	struct planned p;
	struct cvmm_error e;
};

static void setup(struct scene *t, const char *from, const char *to, uint32_t vcpus, uint64_t features)
{
	memset(t, 0, sizeof(*t));
	t->h.kvm.fd = t->h.vm.fd = -1;
	world_open(&t->a, from);
	world_open(&t->b, to);
	guest_start(&t->g, &t->a, vcpus, features, NULL, 0);
	guest_save(&t->g, &t->s);
	plan_on(&t->p, &t->s.v, &t->b, NULL);
}

static void teardown(struct scene *t)
{
	free(t->s.store);
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

/* VM-owned registers once: 70 at most, and 187 per vCPU. Peers: 257 per vCPU. */
Test(apply, a_restore_takes_at_most_70_sets_and_187_per_vcpu)
{
	static const uint32_t n[] = { 1, 4, 64 };
	struct scene t;

	for (uint32_t i = 0; i < 3; i++) {
		setup(&t, "6.18.15" N1, "6.18.15" N1, n[i], PSCI);
		cr_assert_eq(restore(&t), 0);
		cr_expect_leq(counted(&t.b, CVMM_SIM_COUNT_SET_ONE_REG), 70 + 187 * n[i], "%u vCPUs: %llu", n[i],
			(unsigned long long)counted(&t.b, CVMM_SIM_COUNT_SET_ONE_REG));
		cr_expect_leq(counted(&t.b, CVMM_SIM_COUNT_REG_LIST), 1);
		teardown(&t);
	}
	cr_assert_eq(70 + 187 * 64, 12038);
}

Test(apply, save_and_save_again_gives_the_same)
{
	struct scene t;
	struct saved again;

	setup(&t, "7.3.4" N1, "7.3.4" N1, 4, PSCI | PMU);
	cr_assert_eq(restore(&t), 0);
	guest_save(&t.h, &again);
	cr_expect_eq(views_differ(&t.s.v, &again.v), 0);
	cr_expect_eq(t.s.v.ncaps, again.v.ncaps);
	free(again.store);
	guest_save(&t.g, &again);
	cr_expect_eq(views_differ(&t.s.v, &again.v), 0);
	free(again.store);
	teardown(&t);
}

Test(apply, every_vcpu_gets_its_own_values)
{
	struct scene t;
	struct saved again;

	setup(&t, "6.18.15" N1, "6.17.13" N1, 4, PSCI);
	cr_assert_eq(restore(&t), 0);
	guest_save(&t.h, &again);
	for (uint32_t i = 0; i < 4; i++)
		cr_expect_eq(vcpu_value(&again.v, X(7), i), 0x1000000000000ull * (i + 1) + 7);
	free(again.store);
	teardown(&t);
}

Test(apply, phases_only_go_forward)
{
	struct cvmm_vcpu swapped[2];
	const struct cvmm_view *v;
	struct guest h = { 0 };
	struct scene t;

	setup(&t, "6.18.15" N1, "6.18.15" N1, 2, PSCI);
	v = &t.s.v;
	/* A machine without vCPUs cannot go beyond CVMM_PHASE_VM. */
	cr_assert_eq(cvmm_kvm_open(&t.b.be, &h.kvm, &t.e), 0);
	cr_assert_eq(cvmm_kvm_create_vm(h.kvm, 0, &h.gate, &h.vm, &t.e), 0);
	cr_assert_eq(cvmm_vm_regs_init(&h.regs, h.vm, CVMM_DIALECT_VCPU, h.slot, CVMM_VM_SLOTS_MAX, &t.e), 0);
	cr_assert_eq(cvmm_machine_init(&h.m, h.vm, &h.gate, &h.regs, &t.e), 0);
	cr_assert_eq(cvmm_apply_until(&h.m, v, &t.p.p, CVMM_PHASE_DONE, &t.e), -EINVAL);
	cr_assert_eq(t.e.reason, CVMM_REASON_PHASE_ORDER);
	cr_assert_eq(cvmm_apply_until(&h.m, v, &t.p.p, CVMM_PHASE_DONE + 1, &t.e), -EINVAL);
	cr_assert_eq(cvmm_machine_vcpus(&h.m, h.vcpu, 1, &t.e), -EINVAL);
	cr_assert_eq(cvmm_apply_until(&h.m, v, &t.p.p, CVMM_PHASE_VM, &t.e), 0);
	cr_assert_eq(cvmm_apply_until(&h.m, v, &t.p.p, CVMM_PHASE_VM, &t.e), -EINVAL);
	cr_assert_eq(t.e.reason, CVMM_REASON_PHASE_ORDER);
	/* One vCPU too few, then ids in another order: said before anything is touched, and nobody dies of it. */
	cr_assert_eq(cvmm_vm_create_vcpu(h.vm, 0, &h.vcpu[0], &t.e), 0);
	cr_assert_eq(cvmm_vm_create_vcpu(h.vm, 1, &h.vcpu[1], &t.e), 0);
	cr_assert_eq(cvmm_machine_vcpus(&h.m, h.vcpu, 1, &t.e), 0);
	cr_assert_eq(cvmm_apply_until(&h.m, v, &t.p.p, CVMM_PHASE_DONE, &t.e), -EINVAL);
	cr_assert_eq(t.e.reason, CVMM_REASON_VCPU_COUNT);
	cr_assert_eq(t.e.other, 1);
	swapped[0] = h.vcpu[1];
	swapped[1] = h.vcpu[0];
	h.m.phase = CVMM_PHASE_VM;
	cr_assert_eq(cvmm_machine_vcpus(&h.m, swapped, 2, &t.e), 0);
	cr_assert_eq(cvmm_apply_until(&h.m, v, &t.p.p, CVMM_PHASE_DONE, &t.e), -EINVAL);
	cr_assert_eq(t.e.reason, CVMM_REASON_VCPU_COUNT);
	cr_assert_eq(t.e.vcpu, 1);
	cr_assert_eq(h.gate.dead, 0);
	h.m.phase = CVMM_PHASE_VM;
	cr_assert_eq(cvmm_machine_vcpus(&h.m, h.vcpu, 2, &t.e), 0);
	/* Phase by phase is the same as at once. */
	for (uint32_t phase = CVMM_PHASE_INIT; phase <= CVMM_PHASE_DONE; phase++) {
		cr_assert_eq(cvmm_apply_until(&h.m, v, &t.p.p, phase, &t.e), 0, "phase %u: %s %llx", phase,
			cvmm_reason_text(t.e.reason), (unsigned long long)t.e.id);
		cr_assert_eq(h.m.phase, phase);
	}
	cr_assert_eq(cvmm_apply_until(&h.m, v, &t.p.p, CVMM_PHASE_DONE, &t.e), -EINVAL);
	cr_assert_eq(h.gate.dead, 0);
	h.world = &t.b;
	h.nvcpus = 2;
	guest_close(&h);
	teardown(&t);
}

Test(apply, a_plan_for_another_view_is_refused)
{
	struct scene t;
	uint64_t x7;

	setup(&t, "6.18.15" N1, "6.18.15" N1, 2, PSCI);
	x7 = vcpu_value(&t.s.v, X(7), 1);
	set_value(&t.s.v, X(7), 1, x7 ^ 1);
	cr_assert_eq(restore(&t), -EINVAL);
	cr_assert_eq(t.e.reason, CVMM_REASON_PLAN_STALE);
	cr_assert_eq(t.h.gate.dead, 0);
	guest_close(&t.h);
	set_value(&t.s.v, X(7), 1, x7);
	set_value(&t.s.v, CVMM_ARM64_PSCI_VERSION, 0, 0x10002);
	cr_assert_eq(restore(&t), -EINVAL);
	cr_assert_eq(t.e.reason, CVMM_REASON_PLAN_STALE);
	guest_close(&t.h);
	set_value(&t.s.v, CVMM_ARM64_PSCI_VERSION, 0, 0x10003);
	cr_assert_eq(restore(&t), 0);
	teardown(&t);
}

/* The plan was made for one kernel, the machine stands on another: KVM's refusal, and only then. */
Test(apply, a_dead_machine_says_why_through_every_handle)
{
	struct cvmm_error e, run;
	struct cvmm_vcpu copy;
	struct scene t;
	struct world c;

	setup(&t, "7.3.4" N1, "7.3.4" N1, 4, PSCI);
	world_open(&c, "6.1.192" N1);
	cr_assert_lt(guest_restore(&t.h, &c, NULL, &t.s.v, &t.p.p, &e), 0);
	cr_assert_neq(e.id, 0);
	cr_assert_neq(e.phase, 0);
	copy = t.h.vcpu[3];
	cr_assert_eq(cvmm_vcpu_run(copy, &run), -EOWNERDEAD);
	cr_assert_eq(run.err, -EOWNERDEAD);
	cr_assert_eq(run.reason, e.reason);
	cr_assert_eq(run.id, e.id);
	cr_assert_eq(run.phase, e.phase);
	cr_assert_eq(cvmm_apply_until(&t.h.m, &t.s.v, &t.p.p, CVMM_PHASE_DONE, &run), -EOWNERDEAD);
	cr_assert_eq(run.id, e.id);
	cr_assert_eq(cvmm_machine_start(&t.h.m, PSCI, NULL, 0, NULL, &run), -EOWNERDEAD);
	guest_close(&t.h);
	/* The snapshot is as it was: elsewhere it still works. */
	cr_assert_eq(restore(&t), 0);
	cr_assert_eq(cvmm_vcpu_run(t.h.vcpu[0], &run), 0);
	teardown(&t);
	world_close(&c);
}

/* A backend that drops one write and says 0. */
struct liar {
	struct cvmm_backend inner;
	struct cvmm_backend_ops ops;
	uint64_t id;	/* writes to it do nothing */
	uint64_t shown; /* reads as another value */
};

static int lie(void *ctx, int fd, unsigned long req, uintptr_t arg)
{
	struct liar *l = ctx;

	const struct cvmm_kvm_one_reg *one = (const struct cvmm_kvm_one_reg *)arg;
	int ret;

	if (req == CVMM_KVM_SET_ONE_REG && one->id == l->id)
		return 0;
	ret = l->inner.ops->ioctl(l->inner.ctx, fd, req, arg);
	if (ret == 0 && req == CVMM_KVM_GET_ONE_REG && one->id == l->shown)
		*(uint8_t *)(uintptr_t)one->addr ^= 0x10;
	return ret;
}

static int liar_open(void *ctx)
{
	struct liar *l = ctx;

	return l->inner.ops->open(l->inner.ctx);
}

static int liar_close(void *ctx, int fd)
{
	struct liar *l = ctx;

	return l->inner.ops->close(l->inner.ctx, fd);
}

Test(apply, a_write_that_returned_0_and_did_nothing_is_found)
{
	static const uint64_t id[] = { X(5), CVMM_ARM64_PSCI_VERSION, CTR, CVMM_ARM64_SYS(3, 3, 13, 0, 2),
		CVMM_ARM64_CORE | CVMM_REG_U128 | 0x54, CVMM_ARM64_SYS(3, 0, 0, 0, 5), CVMM_ARM64_TIMER_CNT };
	struct cvmm_backend be;
	struct cvmm_error run;
	struct scene t;

	for (uint32_t i = 0; i < sizeof(id) / sizeof(id[0]); i++) {
		struct liar l = { .id = id[i] };

		setup(&t, "6.1.192" N1, "7.3.4" N1, 2, PSCI);
		/* What it holds by itself would read back right: make it differ. */
		if (id[i] == CVMM_ARM64_SYS(3, 0, 0, 0, 5))
			set_value(&t.s.v, id[i], 1, 0x80000705);
		if (id[i] == CVMM_ARM64_TIMER_CNT)
			set_value(&t.s.v, id[i], 0, 1ull << 40);
		plan_on(&t.p, &t.s.v, &t.b, NULL);
		l.inner = t.b.be;
		l.ops = *t.b.be.ops;
		l.ops.open = liar_open;
		l.ops.close = liar_close;
		l.ops.ioctl = lie;
		be = (struct cvmm_backend){ .ops = &l.ops, .ctx = &l };
		cr_expect_eq(
			guest_restore(&t.h, &t.b, &be, &t.s.v, &t.p.p, &t.e), -EIO, "%llx", (unsigned long long)id[i]);
		cr_expect_eq(t.e.id, id[i], "%llx, not %llx: %s", (unsigned long long)t.e.id, (unsigned long long)id[i],
			cvmm_reason_text(t.e.reason));
		cr_expect_eq(cvmm_vcpu_run(t.h.vcpu[0], &run), -EOWNERDEAD);
		teardown(&t);
	}
}

/* The profile said that the host has it already, so nothing was written; the host is not the one of the profile. */
Test(apply, what_was_not_written_is_read_back_as_well)
{
	static const uint64_t id[] = { CVMM_ARM64_SYS(3, 0, 0, 6, 0), CVMM_ARM64_MIDR_EL1, CVMM_ARM64_DEMUX | 4 };
	struct cvmm_backend be;
	struct scene t;

	for (uint32_t i = 0; i < sizeof(id) / sizeof(id[0]); i++) {
		struct liar l = { .shown = id[i] };

		setup(&t, "6.18.15" N1, "6.18.15" N1, 2, PSCI);
		cr_assert_eq(step_of(&t.p, id[i])->verdict, CVMM_VERDICT_NOT_WRITTEN);
		l.inner = t.b.be;
		l.ops = *t.b.be.ops;
		l.ops.open = liar_open;
		l.ops.close = liar_close;
		l.ops.ioctl = lie;
		be = (struct cvmm_backend){ .ops = &l.ops, .ctx = &l };
		cr_expect_eq(guest_restore(&t.h, &t.b, &be, &t.s.v, &t.p.p, &t.e), -EIO);
		cr_expect_eq(t.e.reason, CVMM_REASON_READ_BACK);
		cr_expect_eq(t.e.id, id[i]);
		cr_expect_eq(t.e.phase, CVMM_PHASE_DONE);
		cr_expect_neq(t.h.gate.dead, 0);
		teardown(&t);
	}
}

Test(apply, a_counter_is_continued_not_compared)
{
	struct scene t;
	struct saved again;

	setup(&t, "6.18.15" N1, "6.12.117" N1, 2, PSCI);
	set_value(&t.s.v, CVMM_ARM64_TIMER_CNT, 0, 0x123456789abcdull);
	set_value(&t.s.v, CVMM_ARM64_PSCI_VERSION, 0, 0x10001);
	plan_on(&t.p, &t.s.v, &t.b, NULL);
	cr_assert_eq(t.p.p.nrefused, 0);
	cr_assert_eq(step_of(&t.p, CVMM_ARM64_TIMER_CNT)->verify, 2);
	cr_assert_eq(restore(&t), 0);
	guest_save(&t.h, &again);
	cr_expect_geq(vm_value(&again.v, CVMM_ARM64_TIMER_CNT), 0x123456789abcdull);
	cr_expect_lt(vm_value(&again.v, CVMM_ARM64_TIMER_CNT), 0x123456789abcdull + 100 * CVMM_SIM_TICKS);
	free(again.store);
	teardown(&t);
}

/* A restored guest has run or not; its VM-owned registers are sealed either way. */
Test(apply, vm_owned_registers_are_sealed_afterwards)
{
	struct cvmm_vm_reg psci = cvmm_vm_reg_from_id(CVMM_ARM64_PSCI_VERSION);
	struct scene t;

	setup(&t, "6.1.192" N1, "7.3.4" N1, 1, PSCI);
	cr_assert_eq(restore(&t), 0);
	cr_assert_eq(cvmm_vm_regs_stage(&t.h.regs, psci, 0x10003, &t.e), -EBUSY);
	cr_assert_eq(t.e.reason, CVMM_REASON_VM_SEALED);
	cr_assert_eq(cvmm_vm_regs_stage(&t.h.regs, psci, 0x10001, &t.e), 0);
	teardown(&t);
}

/* The VM's registers decide which others exist; a list that is not the one of the plan stops the restore right there. */
Test(apply, a_register_that_is_not_listed_stops_the_restore)
{
	uint64_t pmmir = CVMM_ARM64_SYS(3, 0, 9, 14, 6);
	struct cvmm_error run;
	struct world other;
	struct scene t;

	setup(&t, "7.3.4" N1, "7.3.4" N1, 2, PSCI | PMU);
	cr_assert_eq(t.p.p.nrefused, 0);
	world_open(&other, "7.2.13" N1);
	cr_assert_eq(guest_restore(&t.h, &other, NULL, &t.s.v, &t.p.p, &t.e), -EIO);
	cr_assert_eq(t.e.reason, CVMM_REASON_LIST_DIFFERS);
	cr_assert_eq(t.e.id, pmmir);
	cr_assert_eq(t.e.phase, CVMM_PHASE_CONFIG);
	cr_assert_eq(cvmm_vcpu_run(t.h.vcpu[0], &run), -EOWNERDEAD);
	teardown(&t);
	world_close(&other);
}

Test(apply, the_clock_goes_on_if_that_was_the_choice)
{
	struct cvmm_clock clock = { .policy = CVMM_CLOCK_CONTINUE, .saved_ns = 5000000000ull };
	uint64_t cnt = 0;
	uint32_t i;
	struct scene t;

	cr_assert_eq(cvmm_clock_ahead(&clock, 7500000000ull, 1000), 2500);
	cr_assert_eq(cvmm_clock_ahead(&clock, 4000000000ull, 1000), 0);
	cr_assert_eq(cvmm_clock_ahead(&clock, 7500000000ull, 0), 0);
	cr_assert_eq(cvmm_clock_ahead(&clock, UINT64_MAX, 100000000), (UINT64_MAX - 5000000000ull) / 10);
	cr_assert_eq(cvmm_clock_ahead(&clock, UINT64_MAX, 2000000000), INT64_MAX);
	cr_assert_eq(cvmm_clock_ahead(&clock, UINT64_MAX, UINT64_MAX), INT64_MAX);
	clock.policy = CVMM_CLOCK_STOP;
	cr_assert_eq(cvmm_clock_ahead(&clock, 7500000000ull, 1000), 0);
	setup(&t, "6.18.15" N1, "6.18.15" N1, 2, PSCI);
	cr_assert_eq(cvmm_kvm_open(&t.b.be, &t.h.kvm, &t.e), 0);
	cr_assert_eq(cvmm_kvm_create_vm(t.h.kvm, 0, &t.h.gate, &t.h.vm, &t.e), 0);
	cr_assert_eq(cvmm_vm_regs_init(&t.h.regs, t.h.vm, CVMM_DIALECT_VCPU, t.h.slot, CVMM_VM_SLOTS_MAX, &t.e), 0);
	cr_assert_eq(cvmm_machine_init(&t.h.m, t.h.vm, &t.h.gate, &t.h.regs, &t.e), 0);
	t.h.m.ahead = 1ull << 50;
	cr_assert_eq(cvmm_apply_until(&t.h.m, &t.s.v, &t.p.p, CVMM_PHASE_VM, &t.e), 0);
	for (i = 0; i < 2; i++)
		cr_assert_eq(cvmm_vm_create_vcpu(t.h.vm, i, &t.h.vcpu[t.h.nvcpus++], &t.e), 0);
	cr_assert_eq(cvmm_machine_vcpus(&t.h.m, t.h.vcpu, 2, &t.e), 0);
	cr_assert_eq(cvmm_apply_until(&t.h.m, &t.s.v, &t.p.p, CVMM_PHASE_DONE, &t.e), 0);
	cr_assert_eq(cvmm_vcpu_get_one_reg(t.h.vcpu[1], CVMM_ARM64_TIMER_CNT, &cnt, 8, &t.e), 0);
	cr_assert_geq(cnt, vm_value(&t.s.v, CVMM_ARM64_TIMER_CNT) + (1ull << 50));
	cr_assert_lt(cnt, vm_value(&t.s.v, CVMM_ARM64_TIMER_CNT) + (1ull << 50) + 100 * CVMM_SIM_TICKS);
	teardown(&t);
}

/* Up to 6.1 a VM's vCPUs may have different features: one shape each. */
Test(apply, two_shapes_where_the_kernel_allows_them)
{
	struct cvmm_vcpu_ref ref[2] = { { .id = 0, .shape = 0 }, { .id = 1, .shape = 1 } };
	static uint32_t ids[2] = { 0, 1 };
	struct cvmm_shape shape[2];
	struct world w, later;
	struct guest a, b, h;
	struct saved s, t;
	struct planned p;
	struct cvmm_error e;
	uint64_t value = 0;

	world_open(&w, "6.1.192" N1);
	world_open(&later, "6.18.15" N1);
	guest_start(&a, &w, 2, PSCI, NULL, 0);
	guest_start(&b, &w, 2, PSCI | PMU, NULL, 0);
	guest_save(&a, &s);
	guest_save(&b, &t);
	shape[0] = s.v.shape[0];
	shape[1] = t.v.shape[0];
	shape[0].regs.ncols = shape[1].regs.ncols = 1;
	shape[1].regs.col += shape[1].regs.stride;
	shape[0].vcpu_id = &ids[0];
	shape[1].vcpu_id = &ids[1];
	s.v.shape = shape;
	s.v.nshapes = 2;
	s.v.vcpu = ref;
	plan_on(&p, &s.v, &w, NULL);
	if (p.p.nrefused)
		print_plan(&p);
	cr_assert_eq(p.p.nrefused, 0);
	for (uint32_t i = 1; i < p.p.n; i++)
		cr_assert_leq(p.step[i - 1].phase, p.step[i].phase);
	cr_assert_eq(guest_restore(&h, &w, NULL, &s.v, &p.p, &e), 0, "%s %llx phase %u", cvmm_reason_text(e.reason),
		(unsigned long long)e.id, e.phase);
	cr_assert_eq(cvmm_vcpu_get_one_reg(h.vcpu[1], CVMM_ARM64_SYS(3, 3, 9, 12, 1), &value, 8, &e), 0);
	cr_assert_eq(value & 0x8000000f, 0x8000000b);
	cr_assert_lt(cvmm_vcpu_get_one_reg(h.vcpu[0], CVMM_ARM64_SYS(3, 3, 9, 12, 1), &value, 8, &e), 0);
	guest_close(&h);
	/* From 6.5 on it is refused, whichever of the two sets comes first. */
	plan_on(&p, &s.v, &later, NULL);
	cr_assert_geq(steps_with(&p, 0), 1);
	cr_assert_eq(step_of(&p, 0)->reason, CVMM_REASON_FEATURES_NOT_OFFERED);
	free(s.store);
	free(t.store);
	guest_close(&a);
	guest_close(&b);
	world_close(&w);
	world_close(&later);
}

/* The proposals of the thread: another way to the same machine. */
static void in_dialect(uint32_t dialect, uint32_t proposals)
{
	struct saved again;
	struct world b;
	struct guest h;
	struct scene t;
	size_t need = 0;
	uint32_t i;

	setup(&t, "6.1.192" N1, "7.3.4" N1, 3, PSCI);
	world_open(&b, "7.3.4" N1);
	b.config.proposals = proposals;
	cr_assert_eq(cvmm_sim_need(&b.config, &need, &t.e), 0);
	cr_assert_eq(cvmm_sim_init(&b.config, b.sim_store, need, &b.be, &t.e), 0);
	memset(&h, 0, sizeof(h));
	h.world = &b;
	cr_assert_eq(cvmm_kvm_open(&b.be, &h.kvm, &t.e), 0);
	cr_assert_eq(cvmm_kvm_create_vm(h.kvm, 0, &h.gate, &h.vm, &t.e), 0);
	cr_assert_eq(cvmm_vm_regs_init(&h.regs, h.vm, dialect, h.slot, CVMM_VM_SLOTS_MAX, &t.e), 0);
	cr_assert_eq(h.regs.dialect, dialect);
	cr_assert_eq(cvmm_machine_init(&h.m, h.vm, &h.gate, &h.regs, &t.e), 0);
	cr_assert_eq(cvmm_apply_until(&h.m, &t.s.v, &t.p.p, CVMM_PHASE_VM, &t.e), 0, "%s %llx",
		cvmm_reason_text(t.e.reason), (unsigned long long)t.e.id);
	for (i = 0; i < 3; i++)
		cr_assert_eq(cvmm_vm_create_vcpu(h.vm, i, &h.vcpu[h.nvcpus++], &t.e), 0);
	cr_assert_eq(cvmm_machine_vcpus(&h.m, h.vcpu, 3, &t.e), 0);
	cr_assert_eq(cvmm_apply_until(&h.m, &t.s.v, &t.p.p, CVMM_PHASE_DONE, &t.e), 0, "%s %llx phase %u",
		cvmm_reason_text(t.e.reason), (unsigned long long)t.e.id, t.e.phase);
	cr_assert_eq(guests_see_the_same(&t.g, &h), 0);
	guest_save(&h, &again);
	cr_assert_eq(vm_value(&again.v, CVMM_ARM64_PSCI_VERSION), 0x10001);
	free(again.store);
	guest_close(&h);
	world_close(&b);
	teardown(&t);
}

Test(apply, in_the_dialects_that_no_kernel_speaks_yet)
{
	in_dialect(CVMM_DIALECT_SCOPE, CVMM_SIM_REG_SCOPE);
	in_dialect(CVMM_DIALECT_VM, CVMM_SIM_VM_ONE_REG);
}
