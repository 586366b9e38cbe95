/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* x86_64: acts that KVM cannot be asked about, and state that a VM has as a whole. */
#include <criterion/criterion.h>

#include <errno.h>
#include <string.h>

#include <cvmm/kvm-ioctls/irq.h>
#include <cvmm/kvm-ioctls/vm.h>
#include <cvmm/kvm-ioctls/x86-vm.h>
#include <cvmm/vm-regs/vm-regs.h>

#include "x86.h"

#define ACT(name) cvmm_vm_reg_from_id(CVMM_X86_BLOCK(CVMM_X86_##name))

struct bench {
	struct x86_world w;
	struct cvmm_kvm kvm;
	struct cvmm_gate gate;
	struct cvmm_vm vm;
	struct cvmm_vm_slot slot[CVMM_VM_SLOTS_MAX];
	struct cvmm_vm_regs regs;
	struct cvmm_error e;
};

static void setup(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	x86_world_open(&b->w, "6.12.117-svm");
	cr_assert_eq(cvmm_kvm_open(&b->w.be, &b->kvm, &b->e), 0);
	cr_assert_eq(cvmm_kvm_create_vm(b->kvm, 0, &b->gate, &b->vm, &b->e), 0);
	cr_assert_eq(cvmm_vm_regs_init(&b->regs, b->vm, CVMM_DIALECT_VCPU, b->slot, CVMM_VM_SLOTS_MAX, &b->e), 0);
}

static void teardown(struct bench *b)
{
	(void)cvmm_vm_close(&b->vm);
	(void)cvmm_kvm_close(&b->kvm);
	x86_world_close(&b->w);
}

static int has_irqchip(struct bench *b)
{
	struct cvmm_x86_irqchip chip = { .chip_id = 0 };

	return cvmm_vm_get_irqchip(b->vm, &chip, NULL) == 0;
}

static int has_pit(struct bench *b)
{
	struct cvmm_x86_pit pit;

	return cvmm_vm_get_pit2(b->vm, &pit, NULL) == 0;
}

Test(x86, what_is_staged_is_done_once)
{
	static struct bench b;

	setup(&b);
	/* In any order: the timer needs the interrupt controllers, and comes after them. */
	cr_assert_eq(cvmm_vm_regs_stage(&b.regs, ACT(PIT), 1, &b.e), 0);
	cr_assert_eq(cvmm_vm_regs_stage(&b.regs, ACT(IRQCHIP), 1, &b.e), 0);
	cr_assert_eq(cvmm_vm_regs_stage(&b.regs, ACT(IDENTITY_MAP_ADDR), 0xfffbc000, &b.e), 0);
	cr_expect(!has_irqchip(&b) && !has_pit(&b));
	cr_assert_eq(cvmm_vm_regs_commit_early(&b.regs, &b.e), 0);
	cr_expect(has_irqchip(&b) && has_pit(&b));
	cr_expect_eq(cvmm_vm_create_irqchip(b.vm, &b.e), -EEXIST);
	teardown(&b);
}

Test(x86, what_is_zero_is_not_done)
{
	static struct bench b;

	setup(&b);
	cr_assert_eq(cvmm_vm_regs_stage(&b.regs, ACT(IRQCHIP), 0, &b.e), 0);
	cr_assert_eq(cvmm_vm_regs_commit_early(&b.regs, &b.e), 0);
	cr_expect(!has_irqchip(&b));
	teardown(&b);
}

Test(x86, what_the_vmm_did_itself_is_recorded)
{
	static struct bench b;
	uint64_t v;

	setup(&b);
	cr_assert_eq(cvmm_vm_create_irqchip(b.vm, &b.e), 0);
	cr_assert_eq(cvmm_vm_regs_record(&b.regs, ACT(IRQCHIP), 1, &b.e), 0);
	cr_assert_eq(cvmm_vm_regs_commit_early(&b.regs, &b.e), 0, "done twice");
	cr_assert_eq(cvmm_vm_regs_staged(&b.regs, ACT(IRQCHIP), &v), 0);
	cr_expect_eq(v, 1);
	/* Later as well: whatever the VMM does, whenever it does it. */
	cr_expect_eq(cvmm_vm_regs_record(&b.regs, ACT(PIT), 3, &b.e), 0);
	cr_expect_eq(cvmm_vm_regs_record(&b.regs, cvmm_vm_reg_from_id(CVMM_X86_VM_CLOCK), 1, &b.e), -EINVAL);
	cr_expect_eq(b.e.reason, CVMM_REASON_ARGUMENT);
	cr_expect_eq(cvmm_vm_regs_record(&b.regs, (struct cvmm_vm_reg){ 1 }, 1, &b.e), -EXDEV);
	teardown(&b);
}

Test(x86, what_cannot_be_done_names_the_property)
{
	static struct bench b;

	setup(&b);
	cr_assert_eq(cvmm_vm_regs_stage(&b.regs, ACT(PIT), 1, &b.e), 0);
	cr_expect_eq(cvmm_vm_regs_commit_early(&b.regs, &b.e), -ENOENT, "a timer without interrupt controllers");
	cr_expect_eq(b.e.id, CVMM_X86_BLOCK(CVMM_X86_PIT));
	teardown(&b);
	setup(&b);
	cr_assert_eq(cvmm_vm_regs_stage(&b.regs, ACT(TSC_KHZ), UINT64_C(1) << 32, &b.e), 0);
	cr_expect_eq(cvmm_vm_regs_commit_early(&b.regs, &b.e), -EINVAL);
	cr_expect_eq(b.e.reason, CVMM_REASON_ARGUMENT);
	cr_expect_eq(b.e.id, CVMM_X86_BLOCK(CVMM_X86_TSC_KHZ));
	/* State is not staged. */
	cr_expect_eq(cvmm_vm_regs_stage(&b.regs, cvmm_vm_reg_from_id(CVMM_X86_VM_PIT2), 1, &b.e), -EINVAL);
	teardown(&b);
}

Test(x86, state_of_the_vm_as_a_whole)
{
	static const uint64_t ids[] = { CVMM_X86_VM_PIC(0), CVMM_X86_VM_PIC(1), CVMM_X86_VM_IOAPIC, CVMM_X86_VM_PIT2,
		CVMM_X86_VM_CLOCK };
	static struct bench b;
	uint8_t v[256], got[256];
	uint32_t i;

	setup(&b);
	cr_expect_eq(cvmm_vm_get_block(b.vm, cvmm_vm_reg_from_id(ids[0]), v, 16, &b.e), -ENXIO);
	cr_expect_eq(b.e.id, ids[0]);
	cr_assert_eq(cvmm_vm_regs_stage(&b.regs, ACT(IRQCHIP), 1, &b.e), 0);
	cr_assert_eq(cvmm_vm_regs_stage(&b.regs, ACT(PIT), 1, &b.e), 0);
	cr_assert_eq(cvmm_vm_regs_commit_early(&b.regs, &b.e), 0);
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct cvmm_vm_reg reg = cvmm_vm_reg_from_id(ids[i]);
		uint32_t size = cvmm_vm_block_bytes(reg);

		cr_assert(size && size <= sizeof(v));
		memset(v, 0, sizeof(v));
		v[0] = (uint8_t)(i + 1);
		cr_expect_eq(cvmm_vm_set_block(b.vm, reg, v, size, &b.e), 0);
		cr_expect_eq(cvmm_vm_get_block(b.vm, reg, got, size, &b.e), 0);
		cr_expect(cvmm_vm_block_holds(reg, got, v), "%u", i);
		cr_expect_eq(cvmm_vm_get_block(b.vm, reg, got, size - 1, &b.e), -EINVAL);
		cr_expect_eq(b.e.reason, CVMM_REASON_REG_SIZE);
	}
	cr_expect_eq(cvmm_vm_get_block(b.vm, ACT(PIT), got, 8, &b.e), -EXDEV);
	cr_expect_eq(cvmm_vm_block_bytes(ACT(PIT)), 0);
	teardown(&b);
}

/* What may be further by the time it is read, and what may not. */
Test(x86, what_runs_by_itself)
{
	struct cvmm_vm_reg pic = cvmm_vm_reg_from_id(CVMM_X86_VM_PIC(0)), pit = cvmm_vm_reg_from_id(CVMM_X86_VM_PIT2);
	struct cvmm_vm_reg clock = cvmm_vm_reg_from_id(CVMM_X86_VM_CLOCK);
	struct cvmm_x86_pic want = { .irr = 1, .imr = 0xf0 }, got = want;
	struct cvmm_x86_pit a = { .flags = 0 }, t;
	uint8_t early[8], late[8];

	got.irr = 3;
	cr_expect(cvmm_vm_block_holds(pic, &got, &want), "another line has risen");
	got.irr = 2;
	cr_expect(!cvmm_vm_block_holds(pic, &got, &want), "a pending interrupt was lost");
	got = want;
	got.imr = 0;
	cr_expect(!cvmm_vm_block_holds(pic, &got, &want));
	t = a;
	t.channels[0].count_load_time = 5;
	cr_expect(cvmm_vm_block_holds(pit, &t, &a));
	t.channels[0].count = 5;
	cr_expect(!cvmm_vm_block_holds(pit, &t, &a));
	cvmm_store_le(early, 8, 100);
	cvmm_store_le(late, 8, 101);
	cr_expect(cvmm_vm_block_holds(clock, late, early));
	cr_expect(!cvmm_vm_block_holds(clock, early, late));
}
