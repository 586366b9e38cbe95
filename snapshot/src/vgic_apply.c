/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The interrupt controller, restored: rank by rank, in each first the VM's registers, then every vCPU's, because an ITS
 * reads its tables only when the redistributors know where pending LPIs are.
 */
#include <cvmm/kvm-ioctls/device.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vgic.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include <errno.h>
#include <string.h>

#include "plan_verdict.h"
#include "vgic.h"

#define GICD_IIDR CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_GICD_IIDR)
#define GITS_IIDR CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_GITS_IIDR)

/* The device that holds a register: NULL if it is none of a device's. */
static const struct cvmm_device *device_of(const struct cvmm_machine *m, uint64_t id)
{
	uint32_t group = cvmm_vgic_group(id);

	if (id == GITS_IIDR || (cvmm_reg_is_vgic(id) && (group == CVMM_VGIC_ITS_REGS || group == CVMM_VGIC_CTRL)))
		return &m->its;
	return id == GICD_IIDR || cvmm_reg_is_vgic(id) ? &m->gic : NULL;
}

/* Knobs of a device that the VMM keeps to itself are its own to set; registers need the device. */
int cvmm_vgic_ready(const struct cvmm_machine *m, const struct cvmm_plan *p, struct cvmm_error *e)
{
	uint32_t i;

	for (i = 0; m->vgic != CVMM_VGIC_LEFT && i < p->n; i++) {
		uint64_t id = p->step[i].id;

		if (!p->step[i].write || !cvmm_reg_is_vgic(id))
			continue;
		if (m->vgic == CVMM_VGIC_NONE || device_of(m, id)->fd < 0) {
			(void)cvmm_fail_id(e, -ENODEV, CVMM_REASON_NO_DEVICE, id, 0);
			if (e)
				e->phase = CVMM_PHASE_DEVICES;
			return -ENODEV;
		}
	}
	return 0;
}

static uint32_t rank_of(const struct cvmm_step *step)
{
	struct cvmm_vm_reg reg = cvmm_vm_reg_from_id(step->id);
	const struct cvmm_row *row = reg.id ? cvmm_vm_reg_row(reg) : cvmm_vcpu_reg_row(cvmm_vcpu_reg_from_id(step->id));

	return row ? row->rank : 0;
}

/* A step's value for a vCPU; the VM's have one column. */
static const uint8_t *value_of(const struct apply *a, const struct cvmm_step *step, uint32_t index, uint8_t *le)
{
	const struct cvmm_vcpu_ref *ref = &a->v->vcpu[index];

	if (step->write == WRITE_VALUE) {
		cvmm_store_le(le, CVMM_REG_BYTES_MAX, step->value);
		return le;
	}
	if (step->scope == CVMM_SCOPE_VM)
		return cvmm_regset_value(&a->v->vm, step->item, 0);
	return cvmm_regset_value(&a->v->shape[ref->shape].regs, step->item, ref->col);
}

static int set_vm(struct apply *a, const struct cvmm_step *step)
{
	const struct cvmm_device *dev = device_of(a->m, step->id);
	struct cvmm_vm_reg reg = cvmm_vm_reg_from_id(step->id);
	uint8_t le[CVMM_REG_BYTES_MAX];

	/* An ITS that is not there: its revision alone says nothing that could be set. */
	if (!dev || dev->fd < 0)
		return 0;
	if (!cvmm_reg_is_vgic(step->id))
		return cvmm_vm_regs_knob_set(a->m->regs, *dev, reg, step->value, &a->why);
	return cvmm_vm_vgic_set(*dev, reg, value_of(a, step, 0, le), cvmm_reg_bytes(step->id), &a->why);
}

static int set_vcpu(struct apply *a, const struct cvmm_step *step, uint32_t index, uint32_t affinity)
{
	uint8_t le[CVMM_REG_BYTES_MAX];
	int ret = cvmm_vcpu_vgic_set(a->m->gic, affinity, cvmm_vcpu_reg_from_id(step->id), value_of(a, step, index, le),
		cvmm_reg_bytes(step->id), &a->why);

	if (ret < 0)
		a->why.vcpu = a->m->vcpu[index].id;
	return ret;
}

static int affinity_of(struct apply *a, uint32_t index, uint32_t *affinity)
{
	uint64_t mpidr;
	int ret = cvmm_vcpu_get_one_reg(a->m->vcpu[index], CVMM_ARM64_MPIDR_EL1, &mpidr, sizeof(mpidr), &a->why);

	if (ret == 0)
		*affinity = cvmm_vgic_affinity(mpidr);
	return ret;
}

/* What a step does to one vCPU, @index. */
typedef int vcpu_work(struct apply *a, const struct cvmm_step *step, uint32_t index, uint32_t affinity);

/* Does @work for the vCPU's steps between @first and @end, if it has any. */
static int each_of_vcpu(struct apply *a, uint32_t first, uint32_t end, uint32_t index, vcpu_work *work)
{
	uint32_t k, affinity = 0, known = 0;
	int ret = 0;

	for (k = first; ret == 0 && k < end; k++) {
		const struct cvmm_step *step = &a->p->step[k];

		if (step->scope != CVMM_SCOPE_VCPU || !cvmm_reg_is_vgic(step->id) ||
			step->shape != a->v->vcpu[index].shape)
			continue;
		if (!known)
			ret = affinity_of(a, index, &affinity);
		known = 1;
		if (ret == 0)
			ret = work(a, step, index, affinity);
	}
	return ret;
}

static int write_vcpu(struct apply *a, const struct cvmm_step *step, uint32_t index, uint32_t affinity)
{
	return step->write ? set_vcpu(a, step, index, affinity) : 0;
}

static int apply_rank(struct apply *a, uint32_t first, uint32_t end)
{
	uint32_t i, k;
	int ret = 0;

	for (k = first; ret == 0 && k < end; k++)
		if (a->p->step[k].scope == CVMM_SCOPE_VM && a->p->step[k].write)
			ret = set_vm(a, &a->p->step[k]);
	for (i = 0; ret == 0 && i < a->m->nvcpus; i++)
		ret = each_of_vcpu(a, first, end, i, write_vcpu);
	if (ret < 0 && a->why.reason == CVMM_REASON_IOCTL)
		a->why.reason = CVMM_REASON_APPLY_SET;
	return ret;
}

int cvmm_vgic_apply(struct apply *a)
{
	uint32_t k, first, last = a->end;
	int ret;

	for (k = a->first; k < last && rank_of(&a->p->step[k]) == 0; k++)
		;
	a->end = k;
	ret = cvmm_apply_steps(a);
	a->end = last;
	for (; ret == 0 && a->m->vgic == CVMM_VGIC_GIVEN && k < last;) {
		uint32_t rank = rank_of(&a->p->step[k]);

		for (first = k; k < last && rank_of(&a->p->step[k]) == rank; k++)
			;
		ret = apply_rank(a, first, k);
	}
	return ret;
}

/* Something was written that can be read: not what was only compared, and no tables, whose reading would write them. */
static int keeps(const struct cvmm_step *step)
{
	return step->write && step->verdict != CVMM_VERDICT_ASSERTED && step->id != CVMM_VGIC_ITS_TABLES;
}

static int differs(
	struct apply *a, const struct cvmm_step *step, const uint8_t *want, const uint8_t *got, uint32_t vcpu)
{
	uint32_t bytes = cvmm_reg_bytes(step->id);
	int same = bytes > 8 ? !memcmp(want, got, bytes)
			     : !((cvmm_load_le(want, bytes) ^ cvmm_load_le(got, bytes)) & step->compare);

	if (same)
		return 0;
	(void)cvmm_fail_id(&a->why, -EIO, CVMM_REASON_READ_BACK, step->id, cvmm_load_le(got, bytes));
	a->why.vcpu = vcpu;
	return -EIO;
}

static int verify_vm(struct apply *a, const struct cvmm_step *step)
{
	const struct cvmm_device *dev = device_of(a->m, step->id);
	struct cvmm_vm_reg reg = cvmm_vm_reg_from_id(step->id);
	uint8_t got[CVMM_REG_BYTES_MAX], le[CVMM_REG_BYTES_MAX];
	uint64_t value = 0;
	int ret;

	if (!dev || dev->fd < 0)
		return 0;
	if (cvmm_reg_is_vgic(step->id)) {
		ret = cvmm_vm_vgic_get(*dev, reg, got, cvmm_reg_bytes(step->id), &a->why);
	} else {
		ret = cvmm_vm_regs_knob_record(a->m->regs, *dev, reg, &a->why);
		if (ret == 0)
			ret = cvmm_vm_regs_staged(a->m->regs, reg, &value);
		cvmm_store_le(got, 8, value);
	}
	return ret < 0 ? ret : differs(a, step, value_of(a, step, 0, le), got, CVMM_NO_VCPU);
}

static int verify_vcpu(struct apply *a, const struct cvmm_step *step, uint32_t index, uint32_t affinity)
{
	uint8_t got[CVMM_REG_BYTES_MAX], le[CVMM_REG_BYTES_MAX];
	int ret;

	if (!keeps(step))
		return 0;
	ret = cvmm_vcpu_vgic_get(
		a->m->gic, affinity, cvmm_vcpu_reg_from_id(step->id), got, cvmm_reg_bytes(step->id), &a->why);
	if (ret == 0)
		ret = differs(a, step, value_of(a, step, index, le), got, a->m->vcpu[index].id);
	if (ret < 0)
		a->why.vcpu = a->m->vcpu[index].id;
	return ret;
}

int cvmm_vgic_verify(struct apply *a)
{
	uint32_t i, k;
	int ret = 0;

	if (a->m->vgic != CVMM_VGIC_GIVEN)
		return 0;
	for (k = 0; ret == 0 && k < a->p->n; k++)
		if (a->p->step[k].scope == CVMM_SCOPE_VM && keeps(&a->p->step[k]))
			ret = verify_vm(a, &a->p->step[k]);
	for (i = 0; ret == 0 && i < a->m->nvcpus; i++)
		ret = each_of_vcpu(a, 0, a->p->n, i, verify_vcpu);
	return ret;
}
