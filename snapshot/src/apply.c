/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Performing a plan, phase by phase. The architecture's table says what each phase does (machine_arch.h); whatever fails
 * once the first of them has begun kills the gate, because a guest that is half restored must never run.
 */
#include <cvmm/kvm-ioctls/reg-id.h>

#include <errno.h>

#include "apply_parts.h"
#include "machine_arch.h"
#include "plan_parts.h"

/* Registers of the VM that only the caller's rows know: once, through the first vCPU. */
int cvmm_apply_foreign(struct apply *a)
{
	uint32_t k;
	int ret = 0;

	for (k = a->first; ret == 0 && k < a->end; k++) {
		const struct cvmm_step *step = &a->p->step[k];
		uint8_t le[8];

		if (step->scope != CVMM_SCOPE_VM || !step->write || cvmm_vm_reg_from_id(step->id).id)
			continue;
		cvmm_store_le(le, sizeof(le), step->value);
		ret = cvmm_apply_set(a->m->vcpu[0], step, le, &a->why);
		if (ret < 0 && a->why.reason == CVMM_REASON_IOCTL)
			a->why.reason = CVMM_REASON_APPLY_SET;
	}
	return ret;
}

/* Most phases have nothing to do for the vCPUs, and then there is nobody to wake. */
static int any_vcpu(const struct apply *a)
{
	return a->end > a->first && a->p->step[a->end - 1].scope == CVMM_SCOPE_VCPU;
}

int cvmm_apply_steps(struct apply *a)
{
	int ret = cvmm_apply_foreign(a);

	return ret == 0 && any_vcpu(a) ? cvmm_apply_each(a, cvmm_apply_vcpu) : ret;
}

/* Everything that the VM owns is stated at once: the dialects with VM scope write it here, today's kernels later. */
static int stage_all(struct apply *a)
{
	uint32_t k;
	int ret;

	for (k = 0; k < a->p->n; k++) {
		const struct cvmm_step *step = &a->p->step[k];
		struct cvmm_vm_reg reg;

		if (step->scope != CVMM_SCOPE_VM || !step->write || step->phase == CVMM_PHASE_CLOCK)
			continue;
		reg = cvmm_vm_reg_from_id(step->id);
		if (!reg.id || cvmm_vm_reg_row(reg)->access == CVMM_ACCESS_VGIC || cvmm_vm_block_bytes(reg))
			continue;
		ret = cvmm_vm_regs_stage(a->m->regs, reg, step->value, &a->why);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int cvmm_apply_vm(struct apply *a)
{
	int ret = stage_all(a);

	if (ret < 0)
		return ret;
	a->touched = 1;
	return cvmm_vm_regs_commit_early(a->m->regs, &a->why);
}

int cvmm_apply_clock(struct apply *a)
{
	uint32_t k;
	int ret = 0;

	for (k = a->first; ret == 0 && k < a->end; k++) {
		const struct cvmm_step *step = &a->p->step[k];
		struct cvmm_vm_reg reg = cvmm_vm_reg_from_id(step->id);

		if (step->scope == CVMM_SCOPE_VM && step->write && reg.id)
			ret = cvmm_vm_regs_clock(a->m->regs, a->m->vcpu[0], reg, step->value + a->m->ahead, &a->why);
	}
	return ret < 0 ? ret : cvmm_apply_foreign(a);
}

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
	if (v->arch != m->arch || !cvmm_machine_arch(v->arch))
		return refuse(e, -EOPNOTSUPP, CVMM_REASON_WRONG_ARCH, 0);
	if (phase <= m->phase || phase > CVMM_PHASE_DONE)
		return refuse(e, -EINVAL, CVMM_REASON_PHASE_ORDER, phase);
	if (phase >= CVMM_PHASE_VCPUS && m->phase < CVMM_PHASE_VCPUS)
		return refuse(e, -EINVAL, CVMM_REASON_PHASE_ORDER, CVMM_PHASE_VCPUS);
	ret = phase >= CVMM_PHASE_VCPUS ? check_vcpus(m, v, e) : 0;
	return ret == 0 && cvmm_machine_arch(v->arch)->ready ? cvmm_machine_arch(v->arch)->ready(m, p, e) : ret;
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
	struct apply a = { .m = m, .v = v, .p = p, .arch = cvmm_machine_arch(v->arch) };
	uint32_t at;
	int ret = check(m, v, p, phase, e);

	if (ret < 0)
		return ret;
	a.touched = m->phase != CVMM_PHASE_NONE;
	for (at = m->phase + 1; at <= phase; at++) {
		find_steps(&a, at);
		ret = a.arch->phase[at] ? a.arch->phase[at](&a) : 0;
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
