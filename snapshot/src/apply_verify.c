/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A write that returned 0 proves nothing: everything is read back before anybody may run. */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include <errno.h>

#include "apply_parts.h"
#include "machine_arch.h"

#define VERIFY_EQUAL  1
#define VERIFY_BEHIND 2

static int mismatch(struct apply *a, const struct cvmm_step *step, enum cvmm_reason reason, uint32_t vcpu, uint64_t got)
{
	(void)cvmm_fail_id(&a->why, -EIO, reason, step->id, got);
	a->why.vcpu = vcpu;
	return -EIO;
}

static int compare(struct apply *a, const struct cvmm_step *step, uint32_t vcpu, uint64_t want, uint64_t got)
{
	if (step->verify == VERIFY_BEHIND)
		/* Counters wrap: not behind is less than half the range ahead. */
		return got - (want + a->m->ahead) <= INT64_MAX
			       ? 0
			       : mismatch(a, step, CVMM_REASON_COUNTER_BEHIND, vcpu, got);
	return (want ^ got) & step->compare ? mismatch(a, step, CVMM_REASON_READ_BACK, vcpu, got) : 0;
}

static int get_one(struct apply *a, struct cvmm_vcpu vcpu, uint64_t id, uint8_t *got, uint32_t bytes)
{
	struct cvmm_vcpu_reg reg = cvmm_vcpu_reg_from_id(id);

	if (reg.id)
		return cvmm_vcpu_reg_get(vcpu, reg, got, bytes, &a->why);
	return cvmm_vcpu_get_one_reg(vcpu, id, got, bytes, &a->why);
}

/*
 * Through the last vCPU: what was written through the first one has to be seen there too. Kernels that let vCPUs differ in
 * features show each its own ID registers, so it has to be one of the same shape.
 */
static struct cvmm_vcpu witness(const struct apply *a)
{
	uint32_t i = a->m->nvcpus - 1;

	while (a->v->vcpu[i].shape != a->v->vcpu[0].shape)
		i--;
	return a->m->vcpu[i];
}

static int verify_vm(struct apply *a, const struct cvmm_step *step)
{
	struct cvmm_vcpu vcpu = witness(a);
	struct cvmm_vm_reg reg = cvmm_vm_reg_from_id(step->id);
	uint8_t raw[8] = { 0 };
	uint64_t got;
	int ret;

	if (reg.id) {
		ret = cvmm_vm_regs_get(a->m->regs, vcpu, reg, &got, &a->why);
	} else {
		ret = get_one(a, vcpu, step->id, raw, cvmm_reg_bytes(step->id));
		got = cvmm_load_le(raw, sizeof(raw));
	}
	return ret < 0 ? ret : compare(a, step, CVMM_NO_VCPU, step->value, got);
}

static int verify_vcpu(struct apply *a, const struct cvmm_step *step, uint32_t index)
{
	const struct cvmm_vcpu_ref *ref = &a->v->vcpu[index];
	const struct cvmm_regset *set = &a->v->shape[ref->shape].regs;
	struct cvmm_vcpu vcpu = a->m->vcpu[index];
	uint32_t bytes = cvmm_reg_bytes(step->id);
	uint8_t got[CVMM_REG_BYTES_MAX], pinned[8];
	const uint8_t *want = pinned;
	int ret;

	/* A rule's value is the same for all; everything else has its own in each column. */
	if (step->item != CVMM_NO_ITEM && step->write != 2 && (step->write || step->verdict != CVMM_VERDICT_PINNED))
		want = cvmm_regset_value(set, step->item, ref->col);
	else
		cvmm_store_le(pinned, sizeof(pinned), step->value);
	ret = get_one(a, vcpu, step->id, got, bytes);
	if (ret < 0)
		return ret;
	if (bytes <= 8)
		return compare(a, step, vcpu.id, cvmm_load_le(want, bytes), cvmm_load_le(got, bytes));
	return a->arch->differ(step->id, want, got, bytes)
		       ? mismatch(a, step, CVMM_REASON_READ_BACK, vcpu.id, cvmm_load_le(got, 8))
		       : 0;
}

int cvmm_apply_verify(struct apply *a)
{
	uint32_t i, k;
	int ret = 0;

	for (k = 0; ret == 0 && k < a->p->n; k++) {
		const struct cvmm_step *step = &a->p->step[k];

		if (step->scope == CVMM_SCOPE_VM && step->verify)
			ret = verify_vm(a, step);
	}
	for (i = 0; ret == 0 && i < a->m->nvcpus; i++) {
		for (k = 0; ret == 0 && k < a->p->n; k++) {
			const struct cvmm_step *step = &a->p->step[k];

			if (step->scope == CVMM_SCOPE_VCPU && step->verify && step->shape == a->v->vcpu[i].shape)
				ret = verify_vcpu(a, step, i);
		}
	}
	return ret;
}
