/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* x86_64: hosts that take a value and show another one, and plans and machines that a restore does not expect. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/x86-vm.h>
#include <cvmm/kvm-ioctls/x86.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include "x86.h"

#define HOST	   "6.12.117-svm"
#define MSR(n)	   CVMM_X86_REG_MSR(n)
#define TSC	   MSR(0x10)
#define ARCH_CAPS  MSR(0x10a)
#define GS_BASE	   MSR(0xc0000102)
#define MSR_FILTER CVMM_X86_BLOCK(0x114)
#define MANY	   (CVMM_VCPU_REGS_MAX + 1)

static struct x86_world from, to;
static struct x86_guest g, h;
static struct x86_saved s;
static struct x86_planned p;
static struct cvmm_rule rule;
static const struct cvmm_rules mine = { .v = &rule, .n = 1 };
static struct cvmm_error e;

static void setup(uint32_t n)
{
	x86_world_open(&from, HOST);
	x86_world_open(&to, HOST);
	memset(&h, 0, sizeof(h));
	cr_assert_eq(x86_guest_start(&g, &from, NULL, n, &e), 0);
	cr_assert_eq(x86_guest_save(&g, &from, &s, &e), 0);
}

static void teardown(void)
{
	free(s.store);
	x86_guest_close(&g);
	x86_world_close(&from);
	x86_world_close(&to);
}

static void drop(const struct cvmm_regset *in, uint64_t id)
{
	struct cvmm_regset *set = (struct cvmm_regset *)(uintptr_t)in;
	struct cvmm_item *item = (struct cvmm_item *)(uintptr_t)set->item;
	int at = cvmm_regset_find(set, id);

	cr_assert_geq(at, 0);
	memmove(&item[at], &item[at + 1], (set->n - (uint32_t)at - 1) * sizeof(*item));
	set->n--;
}

static void plan(const struct cvmm_rules *rules)
{
	p.p = (struct cvmm_plan){ .step = p.step, .cap = X86_STEPS };
	cr_assert_eq(cvmm_plan_make(&s.v, &to.profile, rules, &p.p, &e), 0, "%s", cvmm_reason_name(e.reason));
	cr_assert_eq(x86_refusals(&p, 0), 0);
}

static struct cvmm_step *step_of(uint64_t id)
{
	struct cvmm_step *step = (struct cvmm_step *)(uintptr_t)x86_step_of(&p, id);

	cr_assert(step);
	return step;
}

/* What is read is so much more than what is there; or a write of this MSR, alone, fails. */
static struct {
	uint64_t id;
	uint64_t add;
	uint32_t fail;
} lie;

static int lying(void *ctx, int fd, unsigned long req, uintptr_t arg)
{
	struct cvmm_x86_msr *msr = (struct cvmm_x86_msr *)(arg + 8);
	struct cvmm_x86_clock *clock = (struct cvmm_x86_clock *)arg;
	int ret, i;

	if (req == CVMM_KVM_SET_MSRS && lie.fail && *(uint32_t *)arg == 1 && MSR(msr->index) == lie.id)
		return -EIO;
	ret = to.be.ops->ioctl(ctx, fd, req, arg);
	if (req == CVMM_KVM_GET_CLOCK && lie.id == CVMM_X86_VM_CLOCK)
		clock->clock += lie.add;
	for (i = 0; req == CVMM_KVM_GET_MSRS && i < ret; i++)
		if (MSR(msr[i].index) == lie.id)
			msr[i].data += lie.add;
	return ret;
}

static int restore_where(uint64_t id, uint64_t add, uint32_t fail)
{
	struct cvmm_backend_ops ops = *to.be.ops;
	struct cvmm_backend be = to.be;
	int ret;

	lie.id = id;
	lie.add = add;
	lie.fail = fail;
	ops.ioctl = lying;
	be.ops = &ops;
	ret = x86_guest_restore(&h, &to, &be, &s.v, &p.p, &e);
	cr_expect_eq(h.gate.dead != 0, ret < 0);
	x86_guest_close(&h);
	return ret;
}

static void must_fail(uint64_t id, uint64_t add, uint32_t fail, uint16_t reason, uint32_t vcpu)
{
	cr_expect_eq(restore_where(id, add, fail), -EIO);
	cr_expect_eq(e.reason, reason, "%s", cvmm_reason_name(e.reason));
	cr_expect_eq(e.vcpu, vcpu);
	if (!fail)
		cr_expect_eq(e.id, id, "%llx", (unsigned long long)e.id);
}

/* Time may go on between a write and a look at it, never back. */
Test(x86_liars, time_that_goes_back)
{
	setup(2);
	plan(NULL);
	cr_assert_eq(restore_where(0, 0, 0), 0);
	cr_assert_eq(restore_where(TSC, 1000, 0), 0);
	must_fail(TSC, -(UINT64_C(1) << 40), 0, CVMM_REASON_COUNTER_BEHIND, 0);
	cr_assert_eq(restore_where(CVMM_X86_VM_CLOCK, 1000, 0), 0);
	must_fail(CVMM_X86_VM_CLOCK, -(UINT64_C(1) << 40), 0, CVMM_REASON_COUNTER_BEHIND, CVMM_NO_VCPU);
	teardown();
}

/* A rule's value, for a register that the snapshot does not have. */
Test(x86_liars, a_pinned_value_that_does_not_stay)
{
	setup(2);
	drop(&s.v.shape[0].regs, GS_BASE);
	rule = (struct cvmm_rule){
		.first = GS_BASE, .count = 1, .on = CVMM_ON_HOST_ONLY, .act = CVMM_ACT_PIN, .value = 77
	};
	plan(&mine);
	cr_assert_eq(restore_where(0, 0, 0), 0);
	must_fail(GS_BASE, 1, 0, CVMM_REASON_READ_BACK, 0);
	must_fail(GS_BASE, 0, 1, CVMM_REASON_APPLY_SET, 0);
	/* A plan that says something else by now: the reason is the library's, not KVM's. */
	step_of(GS_BASE)->id = CVMM_X86_BLOCK(CVMM_X86_IRQCHIP);
	cr_expect_eq(restore_where(0, 0, 0), -EXDEV);
	cr_expect_eq(e.reason, CVMM_REASON_NOT_VCPU_OWNED, "%s", cvmm_reason_name(e.reason));
	teardown();
}

/* A rule's value instead of the snapshot's own: each vCPU gets it, and it is what is compared. */
Test(x86_liars, a_pinned_value_instead_of_the_guests)
{
	uint64_t own;
	uint32_t i;

	setup(2);
	own = cvmm_load_le(x86_value(&s.v, ARCH_CAPS, 0, NULL), 8);
	cr_assert_neq(own, 0);
	for (i = 0; i < 2; i++)
		cvmm_store_le(x86_value(&s.v, ARCH_CAPS, i, NULL), 8, UINT64_MAX);
	rule = (struct cvmm_rule){
		.first = ARCH_CAPS, .count = 1, .on = CVMM_ON_DIFFER, .act = CVMM_ACT_PIN, .value = own & (own - 1)
	};
	plan(&mine);
	cr_expect_eq(step_of(ARCH_CAPS)->verdict, CVMM_VERDICT_PINNED);
	cr_assert_eq(restore_where(0, 0, 0), 0, "%s %llx", cvmm_reason_name(e.reason), (unsigned long long)e.id);
	must_fail(ARCH_CAPS, 1, 0, CVMM_REASON_READ_BACK, 0);
	teardown();
}

/* A filter cannot be written by anybody but the VMM. Who says that it is written all the same has it remembered. */
Test(x86_liars, an_act_of_the_vmm_by_rule)
{
	struct cvmm_item *clock;

	setup(1);
	/* In the place of another one of 8 bytes. */
	clock = (struct cvmm_item *)(uintptr_t)&s.v.vm.item[cvmm_regset_find(&s.v.vm, CVMM_X86_VM_CLOCK)];
	clock->id = MSR_FILTER;
	p.p = (struct cvmm_plan){ .step = p.step, .cap = X86_STEPS };
	cr_assert_eq(cvmm_plan_make(&s.v, &to.profile, NULL, &p.p, &e), 0);
	cr_expect_eq(step_of(MSR_FILTER)->reason, CVMM_REASON_VM_PROPERTY);
	rule = (struct cvmm_rule){ .first = MSR_FILTER, .count = 1, .on = CVMM_ON_DIFFER, .act = CVMM_ACT_WRITE };
	plan(&mine);
	cr_expect_eq(step_of(MSR_FILTER)->phase, CVMM_PHASE_DEVICES);
	cr_assert_eq(restore_where(0, 0, 0), 0, "%s %llx", cvmm_reason_name(e.reason), (unsigned long long)e.id);
	teardown();
}

static int restore_ahead(uint64_t ns)
{
	int ret = cvmm_kvm_open(&to.be, &h.kvm, &e);

	if (ret == 0)
		ret = cvmm_kvm_create_vm(h.kvm, 0, &h.gate, &h.vm, &e);
	if (ret == 0)
		ret = cvmm_vm_regs_init(&h.regs, h.vm, CVMM_DIALECT_VCPU, h.slot, CVMM_VM_SLOTS_MAX, &e);
	if (ret == 0)
		ret = cvmm_machine_init(&h.m, h.vm, &h.gate, &h.regs, &e);
	if (ret == 0)
		ret = cvmm_machine_x86(&h.m, h.kvm, h.scratch, sizeof(h.scratch), &e);
	h.m.ahead = ns;
	if (ret == 0)
		ret = cvmm_apply_until(&h.m, &s.v, &p.p, CVMM_PHASE_VM, &e);
	if (ret == 0)
		ret = cvmm_vm_create_vcpu(h.vm, 0, &h.vcpu[h.nvcpus++], &e);
	if (ret == 0)
		ret = cvmm_machine_vcpus(&h.m, h.vcpu, 1, &e);
	return ret ? ret : cvmm_apply_until(&h.m, &s.v, &p.p, CVMM_PHASE_DONE, &e);
}

static uint64_t tsc_after(uint64_t ns)
{
	uint8_t le[8];

	plan(NULL);
	cr_assert_eq(restore_ahead(ns), 0, "%s %llx", cvmm_reason_name(e.reason), (unsigned long long)e.id);
	cr_assert_eq(cvmm_vcpu_reg_get(h.vcpu[0], (struct cvmm_vcpu_reg){ TSC }, le, 8, &e), 0);
	x86_guest_close(&h);
	return cvmm_load_le(le, 8) - cvmm_load_le(x86_value(&s.v, TSC, 0, NULL), 8);
}

/* A counter of a frequency that nobody said stands still, whatever the guest missed. */
Test(x86_liars, time_missed_by_a_counter_without_a_frequency)
{
	const uint64_t hour = UINT64_C(3600000000000);
	uint64_t khz;

	setup(1);
	khz = cvmm_load_le(x86_value(&s.v, CVMM_X86_VCPU_TSC_KHZ, 0, NULL), 4);
	cr_expect_geq(tsc_after(hour), 3600000 * khz);
	drop(&s.v.shape[0].regs, CVMM_X86_VCPU_TSC_KHZ);
	cr_expect_lt(tsc_after(hour), 3600000 * khz);
	teardown();
}

/* More registers than any vCPU has, which a rule leaves out: the plan can be made, a restore has no room for them. */
Test(x86_liars, more_registers_than_a_vcpu_can_have)
{
	static struct cvmm_item item[MANY];
	static uint8_t col[MANY * 8];
	static struct cvmm_step steps[2 * X86_STEPS + MANY];
	struct cvmm_vcpu_ref vcpu = { 0, 0, 0 };
	uint32_t number = 0, i;
	struct cvmm_shape shape = { .vcpu_id = &number,
		.regs = { .item = item, .col = col, .n = MANY, .ncols = 1, .stride = sizeof(col) } };
	struct cvmm_view v = { .arch = CVMM_ARCH_X86_64, .shape = &shape, .nshapes = 1, .vcpu = &vcpu, .nvcpus = 1 };

	setup(1);
	for (i = 0; i < MANY; i++)
		item[i] = (struct cvmm_item){ .id = MSR(0x70000000 + i), .off = 8 * i, .size = 8 };
	rule = (struct cvmm_rule){
		.first = item[0].id, .count = MANY, .step = 1, .on = CVMM_ON_SNAPSHOT_ONLY, .act = CVMM_ACT_DROP
	};
	p.p = (struct cvmm_plan){ .step = steps, .cap = sizeof(steps) / sizeof(steps[0]) };
	cr_assert_eq(cvmm_plan_make(&v, &to.profile, &mine, &p.p, &e), 0, "%s", cvmm_reason_name(e.reason));
	cr_assert_eq(p.p.nrefused, 0);
	cr_expect_eq(x86_guest_restore(&h, &to, NULL, &v, &p.p, &e), -E2BIG);
	cr_expect_eq(e.reason, CVMM_REASON_LIMIT);
	cr_expect_eq(e.other, CVMM_VCPU_REGS_MAX);
	cr_expect_neq(h.gate.dead, 0);
	x86_guest_close(&h);
	teardown();
}

/*
 * A register that no catalogue knows: on x86_64 nothing but the catalogue says how a register is moved, so a row of the
 * caller's does not help, and a restore that a changed plan sends there ends before the register is touched.
 */
Test(x86_liars, a_register_that_only_the_caller_knows)
{
	static const uint64_t strange = MSR(0x13);
	static struct cvmm_variant variant;
	static struct cvmm_item item[4096], vm_item[64];
	const struct cvmm_row row = {
		.first = strange, .compare = UINT64_MAX, .count = 1, .phase = CVMM_PHASE_DEVICES
	};
	uint8_t scope = CVMM_SCOPE_VCPU;
	const struct cvmm_rules with_row = { .row = &row, .scope = &scope, .nrows = 1 };
	struct cvmm_item *own;

	setup(1);
	variant = to.profile.variant[0];
	memcpy(item, variant.regs.item, variant.regs.n * sizeof(*item));
	item[cvmm_regset_find(&variant.regs, MSR(0x12))].id = strange;
	variant.regs.item = item;
	to.profile.variant = &variant;
	own = (struct cvmm_item *)(uintptr_t)s.v.shape[0].regs.item + cvmm_regset_find(&s.v.shape[0].regs, MSR(0x12));
	own->id = strange;
	p.p = (struct cvmm_plan){ .step = p.step, .cap = X86_STEPS };
	cr_assert_eq(cvmm_plan_make(&s.v, &to.profile, &with_row, &p.p, &e), 0);
	cr_expect_eq(step_of(strange)->verdict, CVMM_VERDICT_REFUSED);
	cr_expect_eq(step_of(strange)->reason, CVMM_REASON_UNKNOWN_TO_CATALOGUE);
	rule = (struct cvmm_rule){ .first = strange, .count = 1, .on = CVMM_ON_DIFFER, .act = CVMM_ACT_DROP };
	plan(&mine);
	cr_assert_eq(restore_where(0, 0, 0), 0, "%s", cvmm_reason_name(e.reason));
	step_of(strange)->write = 1;
	cr_expect_eq(restore_where(0, 0, 0), -EXDEV);
	cr_expect_eq(e.reason, CVMM_REASON_NOT_VCPU_OWNED, "%s", cvmm_reason_name(e.reason));
	cr_expect_eq(e.id, strange);
	/* As a register of the VM nobody would write it. */
	scope = CVMM_SCOPE_VM;
	own->id = MSR(0x12);
	memcpy(vm_item, s.v.vm.item, s.v.vm.n * sizeof(*item));
	vm_item[0].id = strange;
	s.v.vm.item = vm_item;
	cr_assert_eq(cvmm_plan_make(&s.v, &to.profile, &with_row, &p.p, &e), 0);
	cr_expect_eq(step_of(strange)->verdict, CVMM_VERDICT_REFUSED);
	cr_expect_eq(step_of(strange)->reason, CVMM_REASON_UNKNOWN_TO_CATALOGUE);
	teardown();
}
