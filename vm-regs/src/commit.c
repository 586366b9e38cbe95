/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The commit points: each VM-owned register is written once, read back, and then frozen here before KVM freezes it. */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vm.h>
#include <cvmm/vm-regs/vm-regs.h>

#include <errno.h>

#include "attr.h"
#include "dialect.h"
#include "x86.h"

/* The capability that a property says to enable. */
static const struct {
	uint64_t id;
	uint32_t cap;
} enable[] = {
	{ CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_CAPS_MTE), CVMM_CAP_ARM_MTE },
	{ CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_CAPS_IMP_ID), CVMM_CAP_ARM_WRITABLE_IMP_ID },
	{ CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_CAPS_NISV), CVMM_CAP_ARM_NISV_TO_USER },
	{ CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_CAPS_SUSPEND), CVMM_CAP_ARM_SYSTEM_SUSPEND },
	{ CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_CAPS_SEA), CVMM_CAP_ARM_SEA_TO_USER },
	{ CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_ASYMMETRIC), CVMM_CAP_SIM_ASYMMETRIC },
};

static int enable_caps(struct cvmm_vm_regs *r, struct cvmm_error *e)
{
	uint32_t i, k;
	int ret;

	for (i = 0; i < r->n; i++) {
		for (k = 0; k < sizeof(enable) / sizeof(enable[0]) && enable[k].id != r->slot[i].reg.id; k++)
			;
		if (k == sizeof(enable) / sizeof(enable[0]) || !r->slot[i].value || r->slot[i].written)
			continue;
		ret = cvmm_vm_enable_cap(r->vm, enable[k].cap, NULL, e);
		if (ret < 0) {
			if (e)
				e->id = r->slot[i].reg.id;
			return ret;
		}
		r->slot[i].written = 1;
	}
	return 0;
}

/* What is compared after a write; nothing for what KVM only checks and does not keep. */
static uint64_t kept(const struct cvmm_row *row)
{
	return row->write == CVMM_WRITE_ASSERT || row->write == CVMM_WRITE_IGNORED ? 0 : row->compare;
}

static int not_stored(const struct cvmm_vm_slot *s, uint64_t got, struct cvmm_error *e)
{
	return cvmm_fail_id(e, -EIO, CVMM_REASON_VM_NOT_STORED, s->reg.id, got);
}

static int same(const struct cvmm_vm_slot *s, const struct cvmm_row *row, uint64_t got)
{
	return !((got ^ s->value) & kept(row));
}

/* Registers that exist at VM scope only have no other way; a zero is what a VMM that never asks has as well. */
static int vm_scope_missing(const struct cvmm_vm_slot *s, const struct cvmm_row *row, struct cvmm_error *e)
{
	if (row->phase != CVMM_PHASE_VM || row->access != CVMM_ACCESS_ONE_REG || !s->value)
		return 0;
	return cvmm_fail_id(e, -EOPNOTSUPP, CVMM_REASON_DIALECT_FORBIDDEN, s->reg.id, s->value);
}

/*
 * Only CVMM_DIALECT_VM writes here. What it does not take at VM scope, and what asserts something about a vCPU, is left to
 * the second commit point, where every dialect gets KVM's answer through a vCPU.
 */
static int early_register(const struct cvmm_vm_regs *r, struct cvmm_vm_slot *s, struct cvmm_error *e)
{
	const struct cvmm_row *row = cvmm_vm_reg_row(s->reg);
	uint64_t got = 0;
	int ret;

	if (r->dialect != CVMM_DIALECT_VM)
		return vm_scope_missing(s, row, e);
	if (row->access != CVMM_ACCESS_ONE_REG || !kept(row))
		return 0;
	ret = cvmm_vm_dialect_vm_set(r, s->reg.id, s->value, e);
	if (ret < 0 && row->phase != CVMM_PHASE_VM)
		return 0;
	if (ret == 0)
		ret = cvmm_vm_dialect_vm_get(r, s->reg.id, &got, e);
	if (ret < 0)
		return ret;
	if (!same(s, row, got))
		return not_stored(s, got, e);
	s->written = 1;
	return 0;
}

int cvmm_vm_regs_commit_early(struct cvmm_vm_regs *r, struct cvmm_error *e)
{
	uint32_t i;
	int ret;

	if (r->state != CVMM_VM_STAGING)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_VM_ORDER);
	ret = cvmm_vm_dialect_enable(r, e);
	if (ret == 0)
		ret = enable_caps(r, e);
	if (ret == 0)
		ret = cvmm_vm_x86_commit(r, e);
	for (i = 0; ret == 0 && i < r->n; i++)
		ret = early_register(r, &r->slot[i], e);
	if (ret == 0)
		r->state = CVMM_VM_EARLY;
	return ret;
}

static int commit_register(
	const struct cvmm_vm_regs *r, struct cvmm_vcpu through, struct cvmm_vm_slot *s, struct cvmm_error *e)
{
	const struct cvmm_row *row = cvmm_vm_reg_row(s->reg);
	int ret;

	if (row->phase != CVMM_PHASE_CONFIG || s->written)
		return 0;
	if (row->access == CVMM_ACCESS_ONE_REG)
		ret = cvmm_vm_dialect_vcpu_set(r, through, s->reg.id, s->value, e);
	else
		ret = cvmm_vm_attr_commit(r, through, s, e);
	if (ret == 0)
		s->written = 1;
	return ret;
}

/* Apart from writing: a later write may change what an earlier one stored, so all are read when all are written. */
static int check_register(
	const struct cvmm_vm_regs *r, struct cvmm_vcpu through, const struct cvmm_vm_slot *s, struct cvmm_error *e)
{
	const struct cvmm_row *row = cvmm_vm_reg_row(s->reg);
	uint64_t got;
	int ret;

	if (row->access != CVMM_ACCESS_ONE_REG || row->phase != CVMM_PHASE_CONFIG || !kept(row))
		return 0;
	ret = cvmm_vm_dialect_vcpu_get(r, through, s->reg.id, &got, e);
	if (ret < 0)
		return ret;
	return same(s, row, got) ? 0 : not_stored(s, got, e);
}

int cvmm_vm_regs_commit(struct cvmm_vm_regs *r, struct cvmm_vcpu through, struct cvmm_error *e)
{
	uint32_t i;
	int ret = 0;

	if (r->state != CVMM_VM_EARLY)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_VM_ORDER);
	/* Ascending by id: system registers first, then the firmware's, whose levels depend on them (SSBS). */
	for (i = 0; ret == 0 && i < r->n; i++)
		ret = commit_register(r, through, &r->slot[i], e);
	for (i = 0; ret == 0 && i < r->n; i++)
		ret = check_register(r, through, &r->slot[i], e);
	if (ret == 0)
		r->state = CVMM_VM_SEALED;
	return ret;
}

int cvmm_vm_regs_clock(
	struct cvmm_vm_regs *r, struct cvmm_vcpu through, struct cvmm_vm_reg reg, uint64_t value, struct cvmm_error *e)
{
	struct cvmm_vm_reg offset = { CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_COUNTER_OFFSET) };
	const struct cvmm_row *row = cvmm_vm_reg_row(reg);
	uint64_t got;
	int ret;

	if (!row || row->phase != CVMM_PHASE_CLOCK)
		return cvmm_fail_id(e, -EXDEV, CVMM_REASON_NOT_VM_OWNED, reg.id, 0);
	if (r->state != CVMM_VM_SEALED)
		return cvmm_fail_id(e, -EBUSY, CVMM_REASON_VM_ORDER, reg.id, 0);
	if (cvmm_vm_regs_staged(r, offset, &got) == 0)
		return cvmm_fail_id(e, -EBUSY, CVMM_REASON_VM_ORDER, reg.id, got);
	ret = cvmm_vm_dialect_vcpu_set(r, through, reg.id, value, e);
	if (ret == 0)
		ret = cvmm_vm_dialect_vcpu_get(r, through, reg.id, &got, e);
	if (ret < 0)
		return ret;
	/* Counters wrap: not behind means less than half the range ahead. */
	if (got - value > INT64_MAX)
		return cvmm_fail_id(e, -EIO, CVMM_REASON_VM_NOT_STORED, reg.id, got);
	return 0;
}
