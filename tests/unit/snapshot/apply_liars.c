/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* arm64: hosts that take a value and show another one, registers that only the caller knows, plans that were changed. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cvmm/kvm-ioctls/arm64.h>
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include "strange.h"
#include "world.h"

#define HOST "7.3.4-neoverse-n1"
#define X5   (CVMM_ARM64_CORE | CVMM_REG_U64 | 10)

static struct world a, b;
static struct guest g, h;
static struct saved s;
static struct planned p;
static struct cvmm_error e;

static void teardown(void)
{
	free(s.store);
	guest_close(&g);
	world_close(&a);
	world_close(&b);
}

static void setup(void)
{
	world_open(&a, HOST);
	world_open(&b, HOST);
	guest_start(&g, &a, 1, PSCI, NULL, 0);
	guest_save(&g, &s);
	plan_on(&p, &s.v, &b, NULL);
	cr_assert_eq(p.p.nrefused, 0);
}

/* An SError that waits where none waited. */
static int with_an_serror(void *ctx, int fd, unsigned long req, uintptr_t arg)
{
	int ret = b.be.ops->ioctl(ctx, fd, req, arg);

	if (req == CVMM_KVM_ARM_GET_VCPU_EVENTS)
		*(uint8_t *)arg = 1;
	return ret;
}

Test(apply_liars, an_serror_from_nowhere)
{
	struct cvmm_backend_ops ops;
	struct cvmm_backend be;

	setup();
	ops = *b.be.ops;
	ops.ioctl = with_an_serror;
	be = b.be;
	be.ops = &ops;
	cr_assert_eq(guest_restore(&h, &b, &be, &s.v, &p.p, &e), -EIO);
	cr_expect_eq(e.reason, CVMM_REASON_READ_BACK, "%s", cvmm_reason_name(e.reason));
	cr_expect_eq(e.id, CVMM_ARM64_VCPU_EVENTS);
	cr_expect_neq(h.gate.dead, 0);
	guest_close(&h);
	teardown();
}

/* Reset values of another profile are not believed: the same place in the list, the same register, another length. */
Test(apply_liars, a_delta_against_shorter_registers)
{
	static struct cvmm_item item[4096];
	const struct cvmm_variant *now;
	struct cvmm_variant variant;
	struct cvmm_profile other;
	struct saved again;
	int at;

	setup();
	now = cvmm_profile_variant(&b.profile, PSCI);
	at = cvmm_regset_find(&now->regs, X5);
	cr_assert_geq(at, 0);
	/* The low half is what a fresh vCPU has. */
	set_value(&s.v, X5, 0, UINT64_C(0x1234567800000000) | (uint32_t)cvmm_regset_u64(&now->regs, (uint32_t)at, 0));
	plan_on(&p, &s.v, &b, NULL);
	memcpy(item, now->regs.item, now->regs.n * sizeof(*item));
	item[at].size = 4;
	variant = *now;
	variant.regs.item = item;
	other = b.profile;
	other.variant = &variant;
	other.nvariants = 1;
	b.delta = CVMM_DELTA_TRUST;
	b.reset = &other;
	cr_assert_eq(guest_restore(&h, &b, NULL, &s.v, &p.p, &e), 0);
	guest_save(&h, &again);
	cr_expect_eq(vcpu_value(&again.v, X5, 0), vcpu_value(&s.v, X5, 0));
	free(again.store);
	guest_close(&h);
	teardown();
}

/* What the VM was made with: a rule says that it does not matter, and it is remembered as it was. */
Test(apply_liars, a_property_by_rule)
{
	static const struct cvmm_rule rule = { .first = CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_IPA_BITS),
		.count = 1,
		.on = CVMM_ON_DIFFER,
		.act = CVMM_ACT_WRITE };
	static const struct cvmm_rules mine = { .v = &rule, .n = 1 };
	struct saved again;

	setup();
	free(s.store);
	cr_assert_eq(cvmm_vm_regs_record(&g.regs, cvmm_vm_reg_from_id(rule.first), 60, &e), 0);
	guest_save(&g, &s);
	plan_on(&p, &s.v, &b, NULL);
	cr_expect_eq(step_of(&p, rule.first)->reason, CVMM_REASON_VM_PROPERTY);
	plan_on(&p, &s.v, &b, &mine);
	cr_assert_eq(p.p.nrefused, 0);
	cr_assert_eq(guest_restore(&h, &b, NULL, &s.v, &p.p, &e), 0, "%s %llx", cvmm_reason_name(e.reason),
		(unsigned long long)e.id);
	guest_save(&h, &again);
	cr_expect_eq(vm_value(&again.v, rule.first), 60);
	free(again.store);
	guest_close(&h);
	teardown();
}

/* A register that no catalogue knows, of the scope that the caller's row says. */
static void strange_setup(uint8_t scope, const struct cvmm_rules *mine)
{
	uint64_t value = 41;

	strange_open(&a, 1);
	strange_open(&b, 1);
	guest_start(&g, &a, 1, PSCI, NULL, 0);
	cr_assert_eq(cvmm_vcpu_set_one_reg(g.vcpu[0], STRANGER, &value, 8, &e), 0);
	g.m.mine = mine;
	guest_save(&g, &s);
	plan_on(&p, &s.v, &b, mine);
	cr_assert_eq(p.p.nrefused, 0);
	cr_assert_eq(step_of(&p, STRANGER)->scope, scope);
}

static void carried(uint8_t scope)
{
	const struct cvmm_rules mine = { .row = &strange_row, .scope = &scope, .nrows = 1 };
	uint64_t value = 0;
	struct cvmm_step *step;

	strange_setup(scope, &mine);
	cr_assert_eq(guest_restore(&h, &b, NULL, &s.v, &p.p, &e), 0);
	cr_assert_eq(cvmm_vcpu_get_one_reg(h.vcpu[0], STRANGER, &value, 8, &e), 0);
	cr_expect_eq(value, 41);
	guest_close(&h);
	/* A plan that was changed: there is no other way to the register, and it is the library that says so. */
	step = (struct cvmm_step *)(uintptr_t)step_of(&p, STRANGER);
	step->quick = 0;
	cr_expect_eq(guest_restore(&h, &b, NULL, &s.v, &p.p, &e), -EXDEV);
	cr_expect_eq(e.reason, CVMM_REASON_NOT_VCPU_OWNED, "%s", cvmm_reason_name(e.reason));
	cr_expect_eq(e.id, STRANGER);
	cr_expect_neq(h.gate.dead, 0);
	guest_close(&h);
	teardown();
}

Test(apply_liars, a_vcpus_register_that_only_the_caller_knows)
{
	carried(CVMM_SCOPE_VCPU);
}

Test(apply_liars, a_register_of_the_vm_that_only_the_caller_knows)
{
	carried(CVMM_SCOPE_VM);
}
