/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* VM-owned state behind attributes: filters, which nobody can read back, and the interrupt controller's ABI revision. */
#include <cvmm/kvm-ioctls/device.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/regset.h>

#include <errno.h>

#include "attr.h"

#define VM_SMCCC_CTRL	0u
#define SMCCC_FILTER	0
#define PMU_FILTER	2
#define VGIC_DIST_REGS	1u
#define VGIC_ITS_REGS	8u
#define GICD_IIDR	0x8
#define GITS_IIDR	0x4
#define PROP(name)	CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_##name)
#define IN(first, last) (s->reg.id >= PROP(first) && s->reg.id <= PROP(last))

static int smccc_filter(struct cvmm_vm vm, uint64_t value, struct cvmm_error *e)
{
	const struct cvmm_arm64_smccc_filter f = {
		.base = (uint32_t)(value >> 32), .nr_functions = ((uint32_t)value >> 2) + 1, .action = value & 3
	};

	return cvmm_vm_set_attr(vm, VM_SMCCC_CTRL, SMCCC_FILTER, &f, e);
}

static int pmu_filter(struct cvmm_vcpu through, uint64_t value, struct cvmm_error *e)
{
	const struct cvmm_arm64_pmu_filter f = {
		.base_event = (uint16_t)value, .nevents = (uint16_t)(value >> 16), .action = value >> 32 & 1
	};

	return cvmm_vcpu_set_attr(through, CVMM_ARM64_VCPU_PMU_V3_CTRL, PMU_FILTER, &f, e);
}

int cvmm_vm_attr_commit(
	const struct cvmm_vm_regs *r, struct cvmm_vcpu through, const struct cvmm_vm_slot *s, struct cvmm_error *e)
{
	int ret = 0;

	/* 0 is no range: the slot is not in use. */
	if (s->value && IN(SMCCC_FILTER_0, SMCCC_FILTER_7))
		ret = smccc_filter(r->vm, s->value, e);
	else if (s->value && IN(PMU_FILTER_0, PMU_FILTER_7))
		ret = pmu_filter(through, s->value, e);
	if (ret < 0 && e)
		e->id = s->reg.id;
	return ret;
}

static const struct knob {
	uint64_t id;
	uint64_t attr;
	uint32_t group;
	uint32_t bytes;
} knobs[] = {
	{ PROP(GICD_IIDR), GICD_IIDR, VGIC_DIST_REGS, 4 },
	{ PROP(GITS_IIDR), GITS_IIDR, VGIC_ITS_REGS, 8 },
};

static const struct knob *knob_of(struct cvmm_vm_reg reg, struct cvmm_error *e)
{
	uint32_t i;

	for (i = 0; i < sizeof(knobs) / sizeof(knobs[0]); i++)
		if (knobs[i].id == reg.id)
			return &knobs[i];
	(void)cvmm_fail_id(e, -EXDEV, CVMM_REASON_NOT_VM_OWNED, reg.id, 0);
	return NULL;
}

static int knob_get(struct cvmm_device dev, const struct knob *k, uint64_t *value, struct cvmm_error *e)
{
	uint8_t v[8] = { 0 };
	int ret = cvmm_device_get_attr(dev, k->group, k->attr, v, e);

	if (ret == 0)
		*value = cvmm_load_le(v, k->bytes);
	else if (e)
		e->id = k->id;
	return ret;
}

int cvmm_vm_regs_knob_set(
	struct cvmm_vm_regs *r, struct cvmm_device dev, struct cvmm_vm_reg reg, uint64_t value, struct cvmm_error *e)
{
	const struct knob *k = knob_of(reg, e);
	uint8_t v[8];
	uint64_t got = 0;
	int ret;

	if (!k)
		return -EXDEV;
	cvmm_store_le(v, sizeof(v), value);
	ret = cvmm_device_set_attr(dev, k->group, k->attr, v, e);
	if (ret < 0 && e)
		e->id = reg.id;
	if (ret == 0)
		ret = knob_get(dev, k, &got, e);
	if (ret < 0)
		return ret;
	if (got != value)
		return cvmm_fail_id(e, -EIO, CVMM_REASON_VM_NOT_STORED, reg.id, got);
	return cvmm_vm_regs_stage(r, reg, value, e);
}

int cvmm_vm_regs_knob_record(
	struct cvmm_vm_regs *r, struct cvmm_device dev, struct cvmm_vm_reg reg, struct cvmm_error *e)
{
	const struct knob *k = knob_of(reg, e);
	uint64_t got = 0;
	int ret;

	if (!k)
		return -EXDEV;
	ret = knob_get(dev, k, &got, e);
	return ret < 0 ? ret : cvmm_vm_regs_stage(r, reg, got, e);
}
