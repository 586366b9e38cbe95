/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The interrupt controller in a snapshot: saved, judged, restored in KVM's order, and refused where it cannot be. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cvmm/kvm-ioctls/device.h>
#include <cvmm/kvm-ioctls/vgic.h>
#include <cvmm/kvm-sim/profiles.h>
#include <cvmm/kvm-sim/record.h>
#include <cvmm/snapshot/format.h>

#include "world.h"

#define OLD	   "6.1.192-neoverse-n1"
#define NEW	   "7.3.4-neoverse-n1"
#define ENABLE(n)  CVMM_VGIC_REG(CVMM_VGIC_DIST_REGS, CVMM_REG_U32, 0x100 + 4 * (n))
#define IROUTER(n) CVMM_VGIC_REG(CVMM_VGIC_DIST_REGS, CVMM_REG_U2048, 0x6000 + 256 * (n))
#define ENABLE0	   CVMM_VGIC_REG(CVMM_VGIC_REDIST_REGS, CVMM_REG_U32, 0x10100)
#define PENDBASER  CVMM_VGIC_REG(CVMM_VGIC_REDIST_REGS, CVMM_REG_U64, 0x78)
#define GICR_CTLR  CVMM_VGIC_REG(CVMM_VGIC_REDIST_REGS, CVMM_REG_U32, 0)
#define GITS(off)  CVMM_VGIC_REG(CVMM_VGIC_ITS_REGS, CVMM_REG_U64, off)
#define GICD_IIDR  CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_GICD_IIDR)

/* A guest on one host, saved; and another host to go to. */
struct trip {
	struct world a, b;
	struct guest g, h;
	struct saved s;
	struct planned p;
	struct cvmm_error e;
};

static void pack(struct trip *t, const char *from, const char *to, uint32_t irqs, uint32_t vcpus)
{
	static const struct cvmm_pair old_psci[] = { { CVMM_ARM64_PSCI_VERSION, 0x10001 } };

	memset(t, 0, sizeof(*t));
	world_open_for(&t->a, from, vcpus);
	world_open_for(&t->b, to, vcpus);
	t->a.vgic = t->b.vgic = irqs;
	guest_start(&t->g, &t->a, vcpus, PSCI, old_psci, 1);
	guest_fill_vgic(&t->g, 5);
	guest_save(&t->g, &t->s);
	plan_on(&t->p, &t->s.v, &t->b, NULL);
}

static void unpack(struct trip *t)
{
	free(t->s.store);
	guest_close(&t->g);
	if (t->h.world)
		guest_close(&t->h);
	world_close(&t->a);
	world_close(&t->b);
}

static int go(struct trip *t)
{
	return guest_restore(&t->h, &t->b, NULL, &t->s.v, &t->p.p, &t->e);
}

/* The interrupt controller's registers; the others are other tests'. */
static uint64_t vgic_differs(const struct cvmm_regset *a, const struct cvmm_regset *b)
{
	uint32_t i, col;

	for (i = 0; i < a->n; i++) {
		uint64_t id = a->item[i].id;
		int k = cvmm_regset_find(b, id);

		if (!cvmm_reg_is_vgic(id) && id != GICD_IIDR)
			continue;
		for (col = 0; col < a->ncols; col++)
			if (k < 0 || memcmp(cvmm_regset_value(a, i, col), cvmm_regset_value(b, (uint32_t)k, col),
					     a->item[i].size))
				return id;
	}
	return 0;
}

static void arrived(struct trip *t)
{
	struct saved again;
	uint64_t differ;

	cr_assert_eq(t->p.p.nrefused, 0, "%s to %s", t->a.name, t->b.name);
	cr_assert_eq(go(t), 0, "%s to %s: %s, phase %u, id %llx, other %llx", t->a.name, t->b.name,
		cvmm_reason_name(t->e.reason), t->e.phase, (unsigned long long)t->e.id, (unsigned long long)t->e.other);
	guest_save(&t->h, &again);
	differ = vgic_differs(&t->s.v.vm, &again.v.vm);
	if (!differ)
		differ = vgic_differs(&t->s.v.shape[0].regs, &again.v.shape[0].regs);
	cr_assert_eq(differ, 0, "%s to %s: %llx", t->a.name, t->b.name, (unsigned long long)differ);
	free(again.store);
}

Test(vgic, every_register_comes_back_on_the_same_kernel)
{
	struct trip t;

	pack(&t, OLD, OLD, 256, 2);
	arrived(&t);
	cr_assert_eq(vm_value(&t.s.v, ENABLE(3)), 0x10101u * 5 + 3);
	cr_assert_eq(vm_value(&t.s.v, GITS(0x88)), 0x40 * 5);
	cr_assert_eq(vm_value(&t.s.v, GITS(0)) & 1, 1);
	cr_assert_eq(vcpu_value(&t.s.v, ENABLE0, 1), 0x08000005);
	unpack(&t);
}

/* Both ways, and the two sizes at the ends. */
Test(vgic, moves_between_kernels)
{
	static const char *const host[] = { OLD, "6.12.117-neoverse-n1", "6.18.15-neoverse-n1" };
	static const uint32_t irqs[] = { 64, 992 };
	uint32_t i, k;

	for (i = 0; i < 3; i++) {
		for (k = 0; k < 3; k++) {
			struct trip t;

			pack(&t, host[i], host[k], irqs[(i + k) % 2], 3);
			/* Other registers may refuse: then there is nothing to see here. */
			if (t.p.p.nrefused == 0)
				arrived(&t);
			else
				cr_assert_neq(i, k);
			unpack(&t);
		}
	}
}

Test(vgic, travels_through_both_formats)
{
	static const uint32_t format[] = { CVMM_FORMAT_1_0, CVMM_FORMAT_1_1 };
	struct trip t;
	uint32_t i;

	pack(&t, OLD, OLD, 128, 2);
	for (i = 0; i < 2; i++) {
		_Alignas(16) static uint8_t file[1 << 18], store[1 << 18];
		struct cvmm_view v;
		size_t len;

		cr_assert_eq(cvmm_snapshot_write(&t.s.v, format[i], file, sizeof(file), &len, &t.e), 0);
		cr_assert_eq(cvmm_snapshot_read(file, len, store, sizeof(store), &v, &t.e), 0, "%s",
			cvmm_reason_name(t.e.reason));
		cr_assert_eq(views_differ(&t.s.v, &v), 0);
	}
	unpack(&t);
}

/* Nothing is touched: the VM's gate lives, and the phase is where it was. */
static void refused_at_once(struct trip *t, uint64_t id)
{
	cr_assert_eq(go(t), -ENODEV);
	cr_assert_eq(t->e.reason, CVMM_REASON_NO_DEVICE);
	cr_assert(id == 0 || t->e.id == id, "%llx", (unsigned long long)t->e.id);
	cr_assert_eq(t->h.gate.dead, 0);
	cr_assert_eq(t->h.m.phase, CVMM_PHASE_NONE);
}

Test(vgic, a_machine_without_it_is_refused_before_anything_is_touched)
{
	struct trip t;

	pack(&t, OLD, OLD, 64, 1);
	t.b.vgic = 0;
	refused_at_once(&t, 0);
	unpack(&t);
}

Test(vgic, the_vmm_can_keep_it_to_itself)
{
	struct cvmm_error e;
	struct trip t;
	uint32_t ctlr = 1;

	pack(&t, OLD, OLD, 64, 1);
	t.b.leave = 1;
	cr_assert_eq(go(&t), 0);
	cr_assert_eq(cvmm_device_get_attr(t.h.gic, CVMM_VGIC_DIST_REGS, 0, &ctlr, &e), 0);
	cr_assert_eq(ctlr & 2, 0, "written all the same");
	unpack(&t);
}

static void differs_in(struct trip *t, uint64_t id)
{
	cr_assert_eq(go(t), -EIO, "%d %s %llx", t->e.err, cvmm_reason_name(t->e.reason), (unsigned long long)t->e.id);
	cr_assert_eq(t->e.reason, CVMM_REASON_DEVICE_DIFFERS, "%s", cvmm_reason_name(t->e.reason));
	cr_assert_eq(t->e.id, id, "%llx", (unsigned long long)t->e.id);
	cr_assert_eq(t->e.phase, CVMM_PHASE_DEVICES);
	cr_assert_neq(t->h.gate.dead, 0);
}

Test(vgic, another_number_of_interrupts_is_found_before_a_register_is_written)
{
	struct trip t;

	pack(&t, OLD, OLD, 128, 1);
	t.b.vgic = 96;
	differs_in(&t, CVMM_VGIC_REG(CVMM_VGIC_DIST_REGS, CVMM_REG_U32, 4));
	unpack(&t);
}

Test(vgic, another_address_is_found)
{
	const uint64_t id = CVMM_VGIC_REG(CVMM_VGIC_ADDR, CVMM_REG_U64, CVMM_VGIC_ADDR_REDIST);
	struct trip t;

	pack(&t, OLD, OLD, 64, 1);
	set_value(&t.s.v, id, 0, 0x09000000);
	plan_on(&t.p, &t.s.v, &t.b, NULL);
	differs_in(&t, id);
	unpack(&t);
}

Test(vgic, a_bank_that_the_machine_has_not_is_refused_by_the_plan)
{
	struct trip t;

	pack(&t, OLD, OLD, 128, 1);
	set_value(&t.s.v, CVMM_VGIC_NR_IRQS_ID, 0, 96);
	plan_on(&t.p, &t.s.v, &t.b, NULL);
	cr_assert_eq(t.p.p.nrefused, 8);
	cr_assert_eq(step_of(&t.p, IROUTER(3))->verdict, CVMM_VERDICT_REFUSED);
	cr_assert_eq(step_of(&t.p, IROUTER(2))->verdict, CVMM_VERDICT_EXACT);
	set_value(&t.s.v, CVMM_VGIC_NR_IRQS_ID, 0, 33);
	plan_on(&t.p, &t.s.v, &t.b, NULL);
	cr_assert_gt(t.p.p.nrefused, 40);
	unpack(&t);
}

Test(vgic, a_value_that_kvm_refuses_is_refused_by_the_plan)
{
	struct trip t;

	pack(&t, OLD, OLD, 64, 2);
	set_value(&t.s.v, CVMM_VGIC_ICC_SRE, 1, 6);
	plan_on(&t.p, &t.s.v, &t.b, NULL);
	cr_assert_eq(t.p.p.nrefused, 1);
	cr_assert_eq(step_of(&t.p, CVMM_VGIC_ICC_SRE)->vcpu, 1);
	unpack(&t);
}

static uint32_t place(const struct planned *p, uint64_t id)
{
	const struct cvmm_step *s = step_of(p, id);

	cr_assert(s, "%llx", (unsigned long long)id);
	return (uint32_t)(s - p->step);
}

/* KVM's documented order: the revision; redistributors before the ITS; queue, pointers, tables, switched on last. */
Test(vgic, the_plan_has_kvms_order)
{
	static const uint64_t order[] = { GICD_IIDR, PENDBASER, GICR_CTLR, GITS(0x80), GITS(0x90), CVMM_VGIC_ITS_TABLES,
		GITS(0) };
	struct trip t;
	uint32_t i;

	pack(&t, OLD, OLD, 64, 2);
	for (i = 1; i < sizeof(order) / sizeof(order[0]); i++)
		cr_assert_lt(place(&t.p, order[i - 1]), place(&t.p, order[i]), "%llx", (unsigned long long)order[i]);
	cr_assert_lt(place(&t.p, CVMM_VGIC_NR_IRQS_ID), place(&t.p, IROUTER(1)));
	cr_assert_lt(place(&t.p, GITS(0x100)), place(&t.p, CVMM_VGIC_ITS_TABLES));
	unpack(&t);
}

/* A restore into devices that hold something already, as after a reset in place: what only adds bits is cleared. */
Test(vgic, bits_that_were_set_before_do_not_stay)
{
	struct cvmm_error e;
	struct trip t;
	uint32_t i, all = ~0u, got;

	pack(&t, OLD, OLD, 64, 1);
	memset(&t.h, 0, sizeof(t.h));
	cr_assert_eq(guest_open(&t.h, &t.b, NULL, 1, &e), 0);
	guest_close(&t.h);
	cr_assert_eq(go(&t), 0);
	for (i = 0x100; i <= 0x300; i += 0x200) {
		uint64_t id = CVMM_VGIC_REG(CVMM_VGIC_DIST_REGS, CVMM_REG_U32, i + 4);
		uint8_t le[4];

		cr_assert_eq(cvmm_device_set_vgic_reg(t.h.gic, id, 0, &all, &e), 0);
		cvmm_store_le(le, 4, vm_value(&t.s.v, id));
		cr_assert_eq(cvmm_vm_vgic_set(t.h.gic, cvmm_vm_reg_from_id(id), le, 4, &e), 0);
		cr_assert_eq(cvmm_device_get_vgic_reg(t.h.gic, id, 0, &got, &e), 0);
		cr_assert_eq(got, vm_value(&t.s.v, id));
	}
	unpack(&t);
}

Test(vgic, ids_of_nothing_are_refused)
{
	static const uint64_t none[] = { CVMM_VGIC_REG(CVMM_VGIC_CTRL, CVMM_REG_U32, 0),
		CVMM_VGIC_REG(CVMM_VGIC_ITS_REGS, CVMM_REG_U32, 0), CVMM_ARM64_PSCI_VERSION,
		CVMM_VGIC_REG(CVMM_VGIC_DIST_REGS, UINT64_C(0x00f0000000000000), 0) };
	struct cvmm_error e;
	struct trip t;
	uint8_t v[CVMM_REG_BYTES_MAX] = { 0 };
	uint32_t i;

	pack(&t, OLD, OLD, 64, 1);
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		cr_assert_eq(cvmm_device_get_vgic_reg(t.g.gic, none[i], 0, v, &e), -EINVAL);
		cr_assert_eq(cvmm_device_set_vgic_reg(t.g.gic, none[i], 0, v, &e), -EINVAL);
		cr_assert_eq(e.reason, CVMM_REASON_ARGUMENT);
		cr_assert_eq(e.id, none[i]);
	}
	/* The other scope's: not this library's to move. */
	cr_assert_eq(cvmm_vm_vgic_get(t.g.gic, (struct cvmm_vm_reg){ ENABLE0 }, v, 4, &e), -EXDEV);
	cr_assert_eq(cvmm_vm_vgic_get(t.g.gic, cvmm_vm_reg_from_id(ENABLE(1)), v, 8, &e), -EINVAL);
	cr_assert_eq(e.reason, CVMM_REASON_REG_SIZE);
	unpack(&t);
}

Test(vgic, only_devices_of_this_vm_can_be_handed_over)
{
	struct cvmm_error e;
	struct trip t;
	struct cvmm_device none = { .fd = -1 };

	pack(&t, OLD, OLD, 64, 1);
	cr_assert_eq(cvmm_machine_vgic(&t.g.m, none, NULL, &e), -EINVAL);
	cr_assert_eq(cvmm_machine_vgic(&t.g.m, t.g.gic, &none, &e), -EINVAL);
	cr_assert_eq(t.g.m.vgic, CVMM_VGIC_GIVEN);
	/* Without its ITS the machine has fewer registers, and the snapshot's are refused. */
	cr_assert_eq(cvmm_machine_vgic(&t.g.m, t.g.gic, NULL, &e), 0);
	free(t.s.store);
	guest_save(&t.g, &t.s);
	cr_assert_lt(cvmm_regset_find(&t.s.v.vm, GITS(0)), 0);
	unpack(&t);
}

/* GICR_TYPER.Last: 5.10 does not show it to userspace, 6.1 does. The affinity is another thing. */
Test(vgic, what_older_kernels_do_not_tell_is_not_compared)
{
	const uint64_t typer = CVMM_VGIC_REG(CVMM_VGIC_REDIST_REGS, CVMM_REG_U64, 8);
	struct trip t;
	uint64_t value;

	pack(&t, OLD, OLD, 64, 2);
	value = vcpu_value(&t.s.v, typer, 1);
	cr_assert(value & 0x10);
	set_value(&t.s.v, typer, 1, value & ~UINT64_C(0x10));
	plan_on(&t.p, &t.s.v, &t.b, NULL);
	cr_assert_eq(go(&t), 0);
	guest_close(&t.h);
	set_value(&t.s.v, typer, 1, value ^ UINT64_C(1) << 33);
	plan_on(&t.p, &t.s.v, &t.b, NULL);
	differs_in(&t, typer);
	unpack(&t);
}
