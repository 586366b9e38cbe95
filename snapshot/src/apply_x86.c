/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* x86_64: each phase of a restore. The plan says what is written, vcpu-regs moves it in batches. */
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>
#include <cvmm/kvm-ioctls/x86-vm.h>

#include <errno.h>
#include <string.h>

#include "apply_parts.h"
#include "machine_x86.h"

#define TAKE_WRITE  1u
#define TAKE_VERIFY 2u

/* What a refused write is called here; KVM's errno and the register stay. */
int cvmm_x86_failed(struct apply *a, int ret, enum cvmm_reason reason)
{
	if (ret < 0 && (a->why.reason == CVMM_REASON_IOCTL || a->why.reason == CVMM_REASON_SHORT_COUNT ||
			       a->why.reason == CVMM_REASON_VCPU_NOT_STORED))
		a->why.reason = (uint16_t)reason;
	return ret;
}

/*
 * The items of a shape that the plan writes or reads back; the list of the phase before is often the same. The TSC is
 * nobody's here: it goes by itself.
 */
static int load(struct apply *a, uint32_t shape, uint32_t what)
{
	const struct cvmm_regset *set = &a->v->shape[shape].regs;
	struct x86_list *l = a->m->scratch;
	const uint32_t list = shape * 2 * TAKE_VERIFY + what;
	uint32_t i, n = 0;
	int ret;

	if (a->loaded == list)
		return 0;
	a->loaded = 0;
	if (set->n > CVMM_VCPU_REGS_MAX)
		return cvmm_fail_id(&a->why, -E2BIG, CVMM_REASON_LIMIT, 0, CVMM_VCPU_REGS_MAX);
	memset(l->take, 0, set->n);
	for (i = 0; i < a->p->n; i++) {
		const struct cvmm_step *step = &a->p->step[i];

		if (step->scope != CVMM_SCOPE_VCPU || step->shape != shape || step->item == CVMM_NO_ITEM ||
			step->id == X86_TSC)
			continue;
		if (what == TAKE_WRITE ? step->write == 1 : step->verify == 1 && step->write != 2)
			l->take[step->item] = 1;
	}
	for (i = 0; i < set->n; i++) {
		if (l->take[i])
			l->item[n++] = set->item[i];
	}
	ret = cvmm_vcpu_regs_init(&l->regs, l->item, n, NULL, &a->why);
	if (ret == 0)
		a->loaded = list;
	return ret;
}

/* Does @one for each vCPU, shape by shape, with the shape's list at hand. */
static int each_vcpu(struct apply *a, uint32_t what, uint32_t phase,
	int (*one)(struct apply *a, const struct cvmm_vcpu_regs *r, uint32_t index, uint32_t phase))
{
	struct x86_list *l = a->m->scratch;
	uint32_t shape, i;
	int ret = 0;

	for (shape = 0; ret == 0 && shape < a->v->nshapes; shape++) {
		ret = load(a, shape, what);
		for (i = 0; ret == 0 && i < a->m->nvcpus; i++) {
			if (a->v->vcpu[i].shape == shape)
				ret = one(a, &l->regs, i, phase);
		}
	}
	return ret;
}

static const uint8_t *column(const struct apply *a, uint32_t index, uint32_t *stride)
{
	const struct cvmm_regset *set = &a->v->shape[a->v->vcpu[index].shape].regs;

	*stride = set->stride;
	return set->col + (size_t)a->v->vcpu[index].col * set->stride;
}

static int write_vcpu(struct apply *a, const struct cvmm_vcpu_regs *r, uint32_t index, uint32_t phase)
{
	uint32_t stride;
	const uint8_t *col = column(a, index, &stride);
	int ret = cvmm_vcpu_regs_restore(a->m->vcpu[index], r, col, stride, phase, &a->why);

	return cvmm_x86_failed(a, ret, CVMM_REASON_APPLY_SET);
}

/* Values that a rule says, the same for all. */
static int write_pinned(struct apply *a)
{
	uint32_t i, k;
	int ret = 0;

	for (k = a->first; k < a->end; k++) {
		const struct cvmm_step *step = &a->p->step[k];
		uint8_t le[8];

		cvmm_store_le(le, sizeof(le), step->value);
		for (i = 0; ret == 0 && step->scope == CVMM_SCOPE_VCPU && step->write == 2 && i < a->m->nvcpus; i++) {
			if (a->v->vcpu[i].shape == step->shape)
				ret = cvmm_vcpu_reg_set(
					a->m->vcpu[i], cvmm_vcpu_reg_from_id(step->id), le, sizeof(le), &a->why);
		}
	}
	return cvmm_x86_failed(a, ret, CVMM_REASON_APPLY_SET);
}

static uint32_t phase_of(const struct apply *a)
{
	return a->m->phase + 1;
}

int cvmm_x86_steps(struct apply *a)
{
	int ret = each_vcpu(a, TAKE_WRITE, phase_of(a), write_vcpu);

	return ret < 0 ? ret : write_pinned(a);
}

/* KVM reads as many bytes as its own areas have: no more than the column has, and no fewer than the guest used. */
int cvmm_x86_state(struct apply *a)
{
	uint32_t i;
	int ret = cvmm_vm_get_xsave_bytes(a->m->vm, &a->why);

	if (ret < 0)
		return ret;
	for (i = 0; i < a->v->nshapes; i++) {
		const struct cvmm_regset *set = &a->v->shape[i].regs;
		int at = cvmm_regset_find(set, CVMM_X86_VCPU_XSAVE);

		if (at >= 0 && set->item[at].size != (uint32_t)ret)
			return cvmm_fail_id(
				&a->why, -EINVAL, CVMM_REASON_HOST_REFUSES, CVMM_X86_VCPU_XSAVE, (uint64_t)ret);
	}
	return cvmm_x86_steps(a);
}

/*
 * The TSC before its deadline, which is one of the other MSRs. The 8254 last: it runs as soon as it is set, and its interrupt
 * needs everything that it goes through.
 */
int cvmm_x86_timer(struct apply *a)
{
	int ret = cvmm_x86_write_tscs(a);

	if (ret == 0)
		ret = cvmm_x86_steps(a);
	return ret < 0 ? ret : cvmm_x86_vm_blocks(a);
}

/* ---- reading back ---- */

static int mismatch(struct apply *a, uint64_t id, enum cvmm_reason reason, uint32_t vcpu, uint64_t got)
{
	(void)cvmm_fail_id(&a->why, -EIO, reason, id, got);
	a->why.vcpu = vcpu;
	return -EIO;
}

static int verify_vm(struct apply *a)
{
	uint8_t want[sizeof(struct cvmm_x86_ioapic)], got[sizeof(struct cvmm_x86_ioapic)];
	uint32_t k;
	int ret = 0;

	for (k = 0; ret == 0 && k < a->p->n; k++) {
		const struct cvmm_step *step = &a->p->step[k];
		struct cvmm_vm_reg reg = cvmm_vm_reg_from_id(step->id);
		uint32_t size;

		if (step->scope != CVMM_SCOPE_VM || !step->verify || !cvmm_vm_block_bytes(reg))
			continue;
		size = cvmm_x86_block_value(a, step, want);
		ret = cvmm_vm_get_block(a->m->vm, reg, got, size, &a->why);
		if (ret == 0 && !cvmm_vm_block_holds(reg, got, want))
			ret = mismatch(a, step->id,
				step->id == CVMM_X86_VM_CLOCK ? CVMM_REASON_COUNTER_BEHIND : CVMM_REASON_READ_BACK,
				CVMM_NO_VCPU, cvmm_load_le(got, 8));
	}
	return ret;
}

static int verify_vcpu(struct apply *a, const struct cvmm_vcpu_regs *r, uint32_t index, uint32_t phase)
{
	struct cvmm_vcpu vcpu = a->m->vcpu[index];
	uint32_t stride;
	const uint8_t *col = column(a, index, &stride);
	uint64_t want;
	uint8_t le[8];
	int ret = cvmm_vcpu_regs_verify(vcpu, r, col, stride, &a->why);

	(void)phase;
	if (ret < 0)
		return a->why.reason == CVMM_REASON_VCPU_NOT_STORED ? cvmm_x86_failed(a, ret, CVMM_REASON_READ_BACK)
								    : ret;
	if (cvmm_x86_tsc(a, index, &want) < 0)
		return 0;
	ret = cvmm_vcpu_reg_get(vcpu, (struct cvmm_vcpu_reg){ X86_TSC }, le, sizeof(le), &a->why);
	/* Counters wrap: not behind is less than half the range ahead. */
	if (ret == 0 && cvmm_load_le(le, 8) - want > INT64_MAX)
		ret = mismatch(a, X86_TSC, CVMM_REASON_COUNTER_BEHIND, vcpu.id, cvmm_load_le(le, 8));
	return ret;
}

/* Values that a rule says, the same for all. */
static int verify_pinned(struct apply *a)
{
	uint32_t i, k;
	int ret = 0;

	for (k = 0; ret == 0 && k < a->p->n; k++) {
		const struct cvmm_step *step = &a->p->step[k];
		uint8_t le[8];

		for (i = 0; ret == 0 && step->scope == CVMM_SCOPE_VCPU && step->write == 2 && i < a->m->nvcpus; i++) {
			if (a->v->vcpu[i].shape != step->shape)
				continue;
			ret = cvmm_vcpu_reg_get(
				a->m->vcpu[i], cvmm_vcpu_reg_from_id(step->id), le, sizeof(le), &a->why);
			if (ret == 0 && (cvmm_load_le(le, 8) ^ step->value) & step->compare)
				ret = mismatch(
					a, step->id, CVMM_REASON_READ_BACK, a->m->vcpu[i].id, cvmm_load_le(le, 8));
		}
	}
	return ret;
}

int cvmm_x86_verify(struct apply *a)
{
	int ret = verify_vm(a);

	if (ret == 0)
		ret = each_vcpu(a, TAKE_VERIFY, CVMM_PHASE_DONE, verify_vcpu);
	return ret < 0 ? ret : verify_pinned(a);
}
