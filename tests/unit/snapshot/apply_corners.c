/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Restores in the corners: vCPUs that fail at the same time, reset values of nobody, shapes that lack a counter. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cvmm/kvm-ioctls/cap.h>
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include "world.h"
#include "x86.h"

#define HOST "7.3.4-neoverse-n1"

static struct world a, b;
static struct guest g, h;
static struct saved s;
static struct planned p;
static struct cvmm_error e;

static void setup(uint32_t n)
{
	world_open(&a, HOST);
	world_open(&b, HOST);
	guest_start(&g, &a, n, PSCI, NULL, 0);
	guest_save(&g, &s);
	plan_on(&p, &s.v, &b, NULL);
	cr_assert_eq(p.p.nrefused, 0);
}

static void teardown(void)
{
	free(s.store);
	guest_close(&g);
	world_close(&a);
	world_close(&b);
}

/* Both calls were on their way when the first one failed: one of them is told. */
static struct cvmm_backend under;
static void (*do_one)(void *work, uint32_t i);
static void *its_work;
static int inside;

static void spread(void *ctx, uint32_t n, void (*one)(void *work, uint32_t i), void *work)
{
	(void)ctx;
	(void)n;
	do_one = one;
	its_work = work;
	one(work, 0);
}

static int failing(void *ctx, int fd, unsigned long req, uintptr_t arg)
{
	if (req != CVMM_KVM_SET_ONE_REG || !do_one)
		return under.ops->ioctl(ctx, fd, req, arg);
	if (!inside++)
		do_one(its_work, 1);
	return -EIO;
}

Test(apply_corners, two_vcpus_fail_at_once)
{
	struct cvmm_backend_ops ops;
	struct cvmm_backend be;

	setup(2);
	b.spread = spread;
	under = b.be;
	ops = *b.be.ops;
	ops.ioctl = failing;
	be = b.be;
	be.ops = &ops;
	cr_assert_eq(guest_restore(&h, &b, &be, &s.v, &p.p, &e), -EIO);
	cr_expect_eq(inside, 2);
	cr_expect_eq(e.vcpu, 1, "the first one that failed is told, not vCPU %u", e.vcpu);
	cr_expect_neq(h.gate.dead, 0);
	guest_close(&h);
	teardown();
}

Test(apply_corners, nobody_wants_the_reason)
{
	struct cvmm_fault_rule rule = {
		.ops = CVMM_FAULT_IOCTL, .err = -EIO, .req = CVMM_KVM_SET_ONE_REG, .at = 5, .times = 1
	};
	struct cvmm_fault fault;
	struct cvmm_backend be;

	setup(2);
	/* One vCPU where the snapshot has two. */
	cr_assert_eq(guest_open(&h, &b, NULL, 1, &e), 0);
	cr_expect_eq(cvmm_apply_until(&h.m, &s.v, &p.p, CVMM_PHASE_DONE, NULL), -EINVAL);
	cr_expect_eq(h.gate.dead, 0);
	guest_close(&h);
	cr_assert_eq(cvmm_fault_init(&fault, &b.be, &rule, 1, &be, &e), 0);
	cr_expect_eq(guest_restore(&h, &b, &be, &s.v, &p.p, NULL), -EIO);
	cr_expect_neq(h.gate.dead, 0);
	guest_close(&h);
	teardown();
}

/* Reset values that nobody has, or of another feature set: then everything is written. */
Test(apply_corners, a_delta_against_nothing)
{
	static const struct cvmm_profile nothing;
	struct saved again;

	setup(1);
	b.delta = CVMM_DELTA_AUDIT;
	b.reset = &nothing;
	cr_assert_eq(guest_restore(&h, &b, NULL, &s.v, &p.p, &e), 0);
	guest_close(&h);
	cr_assert_eq(guest_open(&h, &b, NULL, 1, &e), 0);
	h.m.reset = NULL;
	cr_assert_eq(cvmm_apply_until(&h.m, &s.v, &p.p, CVMM_PHASE_INIT, &e), 0);
	h.m.reset = NULL;
	cr_assert_eq(cvmm_apply_until(&h.m, &s.v, &p.p, CVMM_PHASE_DONE, &e), 0, "%s", cvmm_reason_name(e.reason));
	guest_save(&h, &again);
	cr_expect_eq(views_differ(&s.v, &again.v), 0);
	free(again.store);
	guest_close(&h);
	teardown();
}

/* The VM's own MIDR: only where the host lets it, and only what it lets. */
Test(apply_corners, identification_registers)
{
	struct cvmm_vm_reg own = cvmm_vm_reg_from_id(CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_CAPS_IMP_ID));
	static struct cvmm_pair cap[CVMM_SNAPSHOT_CAPS_MAX], mask[4096];
	uint64_t midr;
	uint32_t i;

	setup(1);
	free(s.store);
	cr_assert_eq(cvmm_vm_regs_record(&g.regs, own, 1, &e), 0);
	guest_save(&g, &s);
	midr = vm_value(&s.v, CVMM_ARM64_MIDR_EL1);
	memcpy(cap, b.profile.cap, b.profile.ncaps * sizeof(*cap));
	memcpy(mask, b.profile.mask, b.profile.nmasks * sizeof(*mask));
	b.profile.cap = cap;
	b.profile.mask = mask;
	set_value(&s.v, CVMM_ARM64_MIDR_EL1, 0, midr ^ 1);
	plan_on(&p, &s.v, &b, NULL);
	cr_expect_eq(p.p.nrefused, 0);
	for (i = 0; i < b.profile.nmasks; i++)
		if (mask[i].id == CVMM_ARM64_MIDR_EL1)
			mask[i].value = 0;
	plan_on(&p, &s.v, &b, NULL);
	cr_expect_eq(step_of(&p, CVMM_ARM64_MIDR_EL1)->verdict, CVMM_VERDICT_REFUSED);
	for (i = 0; i < b.profile.ncaps; i++)
		if (cap[i].id == CVMM_CAP_ARM_WRITABLE_IMP_ID)
			cap[i].value = 0;
	plan_on(&p, &s.v, &b, NULL);
	cr_expect_eq(step_of(&p, own.id)->reason, CVMM_REASON_CAP_NOT_OFFERED);
	teardown();
}

/* A vCPU of a list of its own: without a TSC it gets none, and a rule's value is for it alone. */
Test(apply_corners, an_x86_64_vcpu_without_a_counter)
{
	static const uint64_t gone[] = { CVMM_X86_REG_MSR(0x10), CVMM_X86_REG_MSR(0xc0000102) };
	static const struct cvmm_rule rule = { .first = CVMM_X86_REG_MSR(0xc0000102),
		.count = 1,
		.on = CVMM_ON_HOST_ONLY,
		.act = CVMM_ACT_PIN,
		.value = 77 };
	static const struct cvmm_rules mine = { .v = &rule, .n = 1 };
	static struct x86_world from, to;
	static struct x86_guest one, two;
	static struct x86_planned xp;
	struct cvmm_vcpu_ref ref[2] = { { 0, 0, 0 }, { 1, 1, 0 } };
	static struct cvmm_item item[4096];
	uint32_t id[2] = { 0, 1 }, i;
	struct cvmm_shape shape[2];
	struct x86_saved xs;
	uint8_t le[8];

	x86_world_open(&from, "6.12.117-svm");
	x86_world_open(&to, "6.12.117-svm");
	cr_assert_eq(x86_guest_start(&one, &from, NULL, 2, &e), 0);
	cr_assert_eq(x86_guest_save(&one, &from, &xs, &e), 0);
	shape[0] = shape[1] = xs.v.shape[0];
	shape[0].regs.ncols = shape[1].regs.ncols = 1;
	shape[0].vcpu_id = &id[0];
	shape[1].vcpu_id = &id[1];
	shape[1].regs.col += shape[1].regs.stride;
	memcpy(item, shape[1].regs.item, shape[1].regs.n * sizeof(*item));
	shape[1].regs.item = item;
	for (i = 0; i < 2; i++) {
		int at = cvmm_regset_find(&shape[1].regs, gone[i]);

		cr_assert_geq(at, 0);
		memmove(&item[at], &item[at + 1], (shape[1].regs.n - (uint32_t)at - 1) * sizeof(*item));
		shape[1].regs.n--;
	}
	xs.v.shape = shape;
	xs.v.nshapes = 2;
	xs.v.vcpu = ref;
	xp.p = (struct cvmm_plan){ .step = xp.step, .cap = X86_STEPS };
	cr_assert_eq(cvmm_plan_make(&xs.v, &to.profile, &mine, &xp.p, &e), 0, "%s", cvmm_reason_name(e.reason));
	cr_assert_eq(x86_refusals(&xp, 0), 0);
	cr_assert_eq(x86_guest_restore(&two, &to, NULL, &xs.v, &xp.p, &e), 0, "%s %llx", cvmm_reason_name(e.reason),
		(unsigned long long)e.id);
	cr_assert_eq(cvmm_vcpu_reg_get(two.vcpu[1], (struct cvmm_vcpu_reg){ gone[1] }, le, 8, &e), 0);
	cr_expect_eq(cvmm_load_le(le, 8), 77);
	cr_assert_eq(cvmm_vcpu_reg_get(two.vcpu[0], (struct cvmm_vcpu_reg){ gone[1] }, le, 8, &e), 0);
	cr_expect_eq(cvmm_load_le(le, 8), cvmm_load_le(x86_value(&xs.v, gone[1], 0, NULL), 8));
	free(xs.store);
	x86_guest_close(&one);
	x86_guest_close(&two);
	x86_world_close(&from);
	x86_world_close(&to);
}
