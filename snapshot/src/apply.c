/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Performing a plan, phase by phase. One table says what each phase does; whatever fails once the first of them has
 * begun kills the gate, because a guest that is half restored must never run.
 */
#include <cvmm/kvm-ioctls/arm64.h>
#include <cvmm/kvm-ioctls/reg-id.h>

#include <errno.h>

#include "apply_parts.h"
#include "capture_parts.h"
#include "plan_parts.h"

static int set_one(struct apply *a, struct cvmm_vcpu vcpu, const struct cvmm_step *step, const uint8_t *value)
{
	uint32_t bytes = cvmm_reg_bytes(step->id);
	struct cvmm_vcpu_reg reg = cvmm_vcpu_reg_from_id(step->id);
	int ret;

	/* What neither library knows was brought by the caller's rows; those are registers, never properties. */
	if (reg.id)
		ret = cvmm_vcpu_reg_set(vcpu, reg, value, bytes, &a->why);
	else
		ret = cvmm_vcpu_set_one_reg(vcpu, step->id, value, bytes, &a->why);
	if (ret < 0 && a->why.reason == CVMM_REASON_IOCTL)
		a->why.reason = CVMM_REASON_APPLY_SET;
	return ret;
}

static int set_step(struct apply *a, uint32_t index, const struct cvmm_step *step)
{
	const struct cvmm_vcpu_ref *ref = &a->v->vcpu[index];
	const struct cvmm_regset *set = step->scope == CVMM_SCOPE_VM ? &a->v->vm : &a->v->shape[ref->shape].regs;
	uint32_t col = step->scope == CVMM_SCOPE_VM ? 0 : ref->col;
	uint8_t le[8];

	if (step->write == 2) {
		cvmm_store_le(le, sizeof(le), step->value);
		return set_one(a, a->m->vcpu[index], step, le);
	}
	return set_one(a, a->m->vcpu[index], step, cvmm_regset_value(set, step->item, col));
}

/* Registers of the VM that only the caller's rows know: once, through the first vCPU. */
static int apply_foreign(struct apply *a)
{
	uint32_t k;
	int ret = 0;

	for (k = a->first; ret == 0 && k < a->end; k++) {
		const struct cvmm_step *step = &a->p->step[k];

		if (step->scope == CVMM_SCOPE_VM && step->write && !cvmm_vm_reg_from_id(step->id).id)
			ret = set_step(a, 0, step);
	}
	return ret;
}

/* Each vCPU's part of a phase, in the order of the plan. */
static int apply_steps(struct apply *a)
{
	uint32_t i, k;
	int ret = apply_foreign(a);

	for (i = 0; ret == 0 && i < a->m->nvcpus; i++) {
		for (k = a->first; k < a->end; k++) {
			const struct cvmm_step *step = &a->p->step[k];

			if (step->scope != CVMM_SCOPE_VCPU || !step->write || step->shape != a->v->vcpu[i].shape)
				continue;
			ret = set_step(a, i, step);
			if (ret < 0)
				return ret;
		}
	}
	return ret;
}

/* Everything that the VM owns is stated at once: the dialects with VM scope write it here, today's kernels later. */
static int stage_all(struct apply *a)
{
	uint32_t k;
	int ret;

	for (k = 0; k < a->p->n; k++) {
		const struct cvmm_step *step = &a->p->step[k];
		struct cvmm_vm_reg reg = cvmm_vm_reg_from_id(step->id);

		if (step->scope != CVMM_SCOPE_VM || !step->write || !reg.id || step->phase == CVMM_PHASE_CLOCK)
			continue;
		ret = cvmm_vm_regs_stage(a->m->regs, reg, step->value, &a->why);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int apply_vm(struct apply *a)
{
	int ret = stage_all(a);

	if (ret < 0)
		return ret;
	a->touched = 1;
	return cvmm_vm_regs_commit_early(a->m->regs, &a->why);
}

/* The vCPUs are the embedding VMM's; they came through cvmm_machine_vcpus(). */
static int apply_nothing(struct apply *a)
{
	(void)a;
	return 0;
}

static int apply_init(struct apply *a)
{
	uint32_t i;
	int ret = 0;

	for (i = 0; ret == 0 && i < a->m->nvcpus; i++)
		ret = cvmm_machine_init_vcpu(a->m->vcpu[i], a->v->shape[a->v->vcpu[i].shape].features, &a->why);
	a->m->features = a->v->shape[a->v->vcpu[0].shape].features;
	return ret;
}

static int apply_finalize(struct apply *a)
{
	uint32_t i;
	int ret = apply_steps(a);

	for (i = 0; ret == 0 && i < a->m->nvcpus; i++)
		ret = cvmm_machine_finalize_vcpu(a->m->vcpu[i], a->v->shape[a->v->vcpu[i].shape].features, &a->why);
	return ret;
}

/* The VM's registers decide which others exist: what the plan is about to write has to be there now. */
static int check_list(struct apply *a, uint32_t index)
{
	uint64_t list[LIST_WORDS];
	uint32_t k, n = 0;
	int ret = cvmm_list_read(a->m->vcpu[index], list, LIST_MAX, &n, &a->why);

	if (ret < 0)
		return ret;
	for (k = 0; k < a->p->n; k++) {
		const struct cvmm_step *step = &a->p->step[k];

		if (!step->write || cvmm_reg_is_property(step->id) || is_vcpu_property(step->id))
			continue;
		if (step->scope == CVMM_SCOPE_VCPU && step->shape != a->v->vcpu[index].shape)
			continue;
		if (cvmm_list_has(list + 1, n, step->id))
			continue;
		(void)cvmm_fail_id(&a->why, -EIO, CVMM_REASON_LIST_DIFFERS, step->id, n);
		a->why.vcpu = a->m->vcpu[index].id;
		return -EIO;
	}
	return 0;
}

static int apply_config(struct apply *a)
{
	uint32_t i, k;
	int ret = cvmm_vm_regs_commit(a->m->regs, a->m->vcpu[0], &a->why);

	if (ret == 0)
		ret = apply_foreign(a);
	/* One list for each shape: the first vCPU that has it. */
	for (i = 0; ret == 0 && i < a->m->nvcpus; i++) {
		for (k = 0; k < i && a->v->vcpu[k].shape != a->v->vcpu[i].shape; k++)
			;
		if (k == i)
			ret = check_list(a, i);
		if (a->v->nshapes == 1)
			break;
	}
	return ret;
}

static int apply_clock(struct apply *a)
{
	uint32_t k;
	int ret = 0;

	for (k = a->first; ret == 0 && k < a->end; k++) {
		const struct cvmm_step *step = &a->p->step[k];
		struct cvmm_vm_reg reg = cvmm_vm_reg_from_id(step->id);

		if (step->scope == CVMM_SCOPE_VM && step->write && reg.id)
			ret = cvmm_vm_regs_clock(a->m->regs, a->m->vcpu[0], reg, step->value + a->m->ahead, &a->why);
	}
	return ret < 0 ? ret : apply_foreign(a);
}

static int (*const phases[])(struct apply *a) = {
	[CVMM_PHASE_VM] = apply_vm,
	[CVMM_PHASE_VCPUS] = apply_nothing,
	[CVMM_PHASE_INIT] = apply_init,
	[CVMM_PHASE_FINALIZE] = apply_finalize,
	[CVMM_PHASE_CONFIG] = apply_config,
	[CVMM_PHASE_IDENTITY] = apply_steps,
	[CVMM_PHASE_DEVICES] = apply_steps,
	[CVMM_PHASE_STATE] = apply_steps,
	[CVMM_PHASE_CLOCK] = apply_clock,
	[CVMM_PHASE_TIMER] = apply_steps,
	[CVMM_PHASE_EVENTS] = apply_steps,
	[CVMM_PHASE_MP_STATE] = apply_steps,
	[CVMM_PHASE_DONE] = cvmm_apply_verify,
};

static int refuse(struct cvmm_error *e, int err, enum cvmm_reason reason, uint32_t phase)
{
	(void)cvmm_fail(e, err, reason);
	if (e)
		e->phase = (uint16_t)phase;
	return err;
}

static int check_vcpus(const struct cvmm_machine *m, const struct cvmm_view *v, struct cvmm_error *e)
{
	uint32_t i;

	for (i = 0; i < m->nvcpus && i < v->nvcpus && m->vcpu[i].id == v->vcpu[i].id; i++)
		;
	if (i == m->nvcpus && i == v->nvcpus)
		return 0;
	(void)refuse(e, -EINVAL, CVMM_REASON_VCPU_COUNT, CVMM_PHASE_VCPUS);
	if (e) {
		e->other = m->nvcpus;
		e->vcpu = i < m->nvcpus ? m->vcpu[i].id : CVMM_NO_VCPU;
	}
	return -EINVAL;
}

/* Everything that can be said before anything is touched. */
static int check(const struct cvmm_machine *m, const struct cvmm_view *v, const struct cvmm_plan *p, uint32_t phase,
	struct cvmm_error *e)
{
	int ret = cvmm_gate_check(m->vm.be, e);

	if (ret < 0)
		return ret;
	if (p->nrefused)
		return refuse(e, -EACCES, CVMM_REASON_PLAN_REFUSED, 0);
	if (p->check != cvmm_view_checksum(v))
		return refuse(e, -EINVAL, CVMM_REASON_PLAN_STALE, 0);
	if (v->arch != CVMM_ARCH_ARM64)
		return refuse(e, -EOPNOTSUPP, CVMM_REASON_WRONG_ARCH, 0);
	if (phase <= m->phase || phase > CVMM_PHASE_DONE)
		return refuse(e, -EINVAL, CVMM_REASON_PHASE_ORDER, phase);
	if (phase >= CVMM_PHASE_VCPUS && m->phase < CVMM_PHASE_VCPUS)
		return refuse(e, -EINVAL, CVMM_REASON_PHASE_ORDER, CVMM_PHASE_VCPUS);
	return phase >= CVMM_PHASE_VCPUS ? check_vcpus(m, v, e) : 0;
}

static void find_steps(struct apply *a, uint32_t phase)
{
	while (a->end < a->p->n && a->p->step[a->end].phase < phase)
		a->end++;
	a->first = a->end;
	while (a->end < a->p->n && a->p->step[a->end].phase == phase)
		a->end++;
}

int cvmm_apply_until(struct cvmm_machine *m, const struct cvmm_view *v, const struct cvmm_plan *p, uint32_t phase,
	struct cvmm_error *e)
{
	struct apply a = { .m = m, .v = v, .p = p };
	uint32_t at;
	int ret = check(m, v, p, phase, e);

	if (ret < 0)
		return ret;
	a.touched = m->phase != CVMM_PHASE_NONE;
	for (at = m->phase + 1; at <= phase; at++) {
		find_steps(&a, at);
		ret = phases[at](&a);
		if (ret < 0)
			break;
		m->phase = at;
	}
	if (ret >= 0)
		return 0;
	a.why.phase = (uint16_t)at;
	if (a.touched)
		cvmm_gate_kill(m->gate, &a.why);
	if (e)
		*e = a.why;
	return ret;
}
