/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <cvmm/vm-regs/vm-regs.h>
#include <cvmm/kvm-ioctls/reg-id.h>

#include <errno.h>
#include <string.h>

#include "dialect.h"

int cvmm_vm_regs_init(struct cvmm_vm_regs *r, struct cvmm_vm vm, uint32_t allowed, struct cvmm_vm_slot *slot,
	uint32_t cap, struct cvmm_error *e)
{
	int dialect = cvmm_vm_dialect_choose(vm, allowed, e);

	if (dialect < 0)
		return dialect;
	memset(r, 0, sizeof(*r));
	r->vm = vm;
	r->slot = slot;
	r->cap = cap;
	r->dialect = (uint32_t)dialect;
	return 0;
}

/* Index of the first slot that is not below @id. */
static uint32_t lower_bound(const struct cvmm_vm_regs *r, uint64_t id)
{
	uint32_t lo = 0, hi = r->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (r->slot[mid].reg.id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static const struct cvmm_vm_slot *find(const struct cvmm_vm_regs *r, struct cvmm_vm_reg reg)
{
	uint32_t i = lower_bound(r, reg.id);

	return i < r->n && r->slot[i].reg.id == reg.id ? &r->slot[i] : NULL;
}

/* What records an act of the embedding VMM can be recorded whenever it happens. */
static int only_records(const struct cvmm_row *row, const struct cvmm_vm_slot *have)
{
	if (row->access == CVMM_ACCESS_ONE_REG)
		return 0;
	if (row->phase == CVMM_PHASE_NONE || row->phase > CVMM_PHASE_CONFIG)
		return 1;
	return row->window == CVMM_WINDOW_ALWAYS && !have;
}

/*
 * What has been written stays: the dialects with VM scope write at the first commit point what today's kernels take at
 * the second, and the same calls shall end the same way in all of them. So the first point closes what was staged.
 */
static int may_stage(const struct cvmm_vm_regs *r, const struct cvmm_row *row, const struct cvmm_vm_slot *have,
	uint64_t id, struct cvmm_error *e)
{
	uint64_t now = have ? have->value : 0;

	if (row->write == CVMM_WRITE_VOLATILE || row->access == CVMM_ACCESS_BLOCK)
		return cvmm_fail_id(e, -EINVAL, CVMM_REASON_ARGUMENT, id, 0);
	if (only_records(row, have))
		return 0;
	if (r->state == CVMM_VM_SEALED)
		return cvmm_fail_id(e, -EBUSY, CVMM_REASON_VM_SEALED, id, now);
	if (r->state == CVMM_VM_EARLY && row->phase != CVMM_PHASE_INIT && (have || row->phase == CVMM_PHASE_VM))
		return cvmm_fail_id(e, -EBUSY, CVMM_REASON_VM_ORDER, id, now);
	return 0;
}

static int put(struct cvmm_vm_regs *r, struct cvmm_vm_slot slot, struct cvmm_error *e)
{
	uint32_t i = lower_bound(r, slot.reg.id);

	if (i == r->n || r->slot[i].reg.id != slot.reg.id) {
		if (r->n == r->cap)
			return cvmm_fail_id(e, -E2BIG, CVMM_REASON_VM_SLOTS_FULL, slot.reg.id, r->cap);
		memmove(&r->slot[i + 1], &r->slot[i], (r->n - i) * sizeof(r->slot[0]));
		r->n++;
	}
	r->slot[i] = slot;
	return 0;
}

static int unknown(struct cvmm_vm_reg reg, struct cvmm_error *e)
{
	return cvmm_fail_id(e, -EXDEV,
		cvmm_reg_is_property(reg.id) ? CVMM_REASON_VM_UNKNOWN_PROPERTY : CVMM_REASON_NOT_VM_OWNED, reg.id, 0);
}

int cvmm_vm_regs_stage(struct cvmm_vm_regs *r, struct cvmm_vm_reg reg, uint64_t value, struct cvmm_error *e)
{
	const struct cvmm_row *row = cvmm_vm_reg_row(reg);
	const struct cvmm_vm_slot *have;
	int ret;

	if (!row)
		return unknown(reg, e);
	have = find(r, reg);
	if (have && have->value == value)
		return 0;
	ret = may_stage(r, row, have, reg.id, e);
	if (ret < 0)
		return ret;
	return put(r, (struct cvmm_vm_slot){ .reg = reg, .value = value }, e);
}

int cvmm_vm_regs_record(struct cvmm_vm_regs *r, struct cvmm_vm_reg reg, uint64_t value, struct cvmm_error *e)
{
	const struct cvmm_row *row = cvmm_vm_reg_row(reg);

	if (!row)
		return unknown(reg, e);
	if (row->access != CVMM_ACCESS_PROPERTY)
		return cvmm_fail_id(e, -EINVAL, CVMM_REASON_ARGUMENT, reg.id, 0);
	return put(r, (struct cvmm_vm_slot){ .reg = reg, .value = value, .written = 1 }, e);
}

int cvmm_vm_regs_staged(const struct cvmm_vm_regs *r, struct cvmm_vm_reg reg, uint64_t *value)
{
	const struct cvmm_vm_slot *have = find(r, reg);

	if (!have)
		return -ENOENT;
	*value = have->value;
	return 0;
}
