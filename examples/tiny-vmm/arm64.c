/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What arm64 adds: the interrupt controller and its ITS, the PMU's attributes, where a vCPU begins, which features to ask for. */
#include "tiny-vmm.h"

#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vgic.h>

#define GITS	      0x08080000u
#define PMU_ATTR_IRQ  0u
#define PMU_ATTR_INIT 1u
#define PMU_PPI	      23

#define CORE_X0	      (CVMM_ARM64_CORE | CVMM_REG_U64)
#define CORE_PC	      (CVMM_ARM64_CORE | CVMM_REG_U64 | 0x40)

/*
 * Before the first vCPU: the ID registers say which GIC there is, and kernels differ in when they look. The machine is told
 * at once, so that a snapshot's plan finds it.
 */
int tiny_irqchip(struct tiny *t, struct cvmm_error *e)
{
	const uint64_t dist = GUEST_GICD, redist = GUEST_GICR, its = GITS;
	int ret;

	t->step = "creating the interrupt controller";
	ret = cvmm_vm_create_device(t->vm, CVMM_DEV_ARM_VGIC_V3, &t->gic, e);
	if (ret == 0)
		ret = cvmm_vm_create_device(t->vm, CVMM_DEV_ARM_VGIC_ITS, &t->its, e);
	if (ret == 0)
		ret = cvmm_device_set_attr(t->gic, CVMM_VGIC_ADDR, CVMM_VGIC_ADDR_DIST, &dist, e);
	if (ret == 0)
		ret = cvmm_device_set_attr(t->gic, CVMM_VGIC_ADDR, CVMM_VGIC_ADDR_REDIST, &redist, e);
	if (ret == 0)
		ret = cvmm_device_set_attr(t->its, CVMM_VGIC_ADDR, CVMM_VGIC_ADDR_ITS, &its, e);
	return ret < 0 ? ret : cvmm_machine_vgic(&t->machine, t->gic, &t->its, e);
}

/* On arm64 the VM's registers say it: the baseline's values are written by cvmm_machine_start(). */
int tiny_cpuid(struct tiny *t, const struct cvmm_baseline *base, struct cvmm_error *e)
{
	(void)t;
	(void)base;
	(void)e;
	return 0;
}

/* A baseline's revision of the GIC, which is staged, goes to the device of a new guest. */
static int gic_revision(struct tiny *t, struct cvmm_error *e)
{
	const struct cvmm_vm_reg reg = cvmm_vm_reg_from_id(CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_GICD_IIDR));
	uint64_t want;

	return cvmm_vm_regs_staged(&t->regs, reg, &want) < 0 ? 0
							     : cvmm_vm_regs_knob_set(&t->regs, t->gic, reg, want, e);
}

/* After every vCPU is initialised. The GIC first: without it the PMU's INIT has no interrupt to use. */
int tiny_devices_init(struct tiny *t, struct cvmm_error *e)
{
	const int irq = PMU_PPI;
	uint32_t i;
	int ret;

	t->step = "initialising the interrupt controller";
	ret = cvmm_device_set_attr(t->gic, CVMM_VGIC_CTRL, CVMM_VGIC_CTRL_INIT, NULL, e);
	if (ret == 0)
		ret = cvmm_device_set_attr(t->its, CVMM_VGIC_CTRL, CVMM_VGIC_CTRL_INIT, NULL, e);
	if (ret == 0)
		ret = gic_revision(t, e);
	if (ret < 0 || !(t->features & CVMM_ARM64_FEATURE_PMU_V3))
		return ret;
	t->step = "initialising the PMU";
	for (i = 0; i < t->nvcpus; i++) {
		ret = cvmm_vcpu_set_attr(t->vcpu[i], CVMM_ARM64_VCPU_PMU_V3_CTRL, PMU_ATTR_IRQ, &irq, e);
		if (ret < 0)
			return ret;
		ret = cvmm_vcpu_set_attr(t->vcpu[i], CVMM_ARM64_VCPU_PMU_V3_CTRL, PMU_ATTR_INIT, NULL, e);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int tiny_entry(struct tiny *t, struct cvmm_error *e)
{
	const uint64_t pc = GUEST_RAM;
	uint64_t i;

	t->step = "setting where the vCPUs begin";
	for (i = 0; i < t->nvcpus; i++) {
		int ret = cvmm_vcpu_set_one_reg(t->vcpu[i], CORE_PC, &pc, 8, e);

		if (ret < 0)
			return ret;
		ret = cvmm_vcpu_set_one_reg(t->vcpu[i], CORE_X0, &i, 8, e);
		if (ret < 0)
			return ret;
	}
	return 0;
}

uint64_t tiny_default_features(struct tiny *t)
{
	static const struct {
		uint32_t cap, also;
		uint64_t features;
	} offer[] = {
		{ CVMM_CAP_ARM_PMU_V3, CVMM_CAP_ARM_PMU_V3, CVMM_ARM64_FEATURE_PMU_V3 },
		{ CVMM_CAP_ARM_SVE, CVMM_CAP_ARM_SVE, CVMM_ARM64_FEATURE_SVE },
		{ CVMM_CAP_ARM_PTRAUTH_ADDRESS, CVMM_CAP_ARM_PTRAUTH_GENERIC,
			CVMM_ARM64_FEATURE_PTRAUTH_ADDRESS | CVMM_ARM64_FEATURE_PTRAUTH_GENERIC },
	};
	uint64_t features = CVMM_ARM64_FEATURE_PSCI_0_2;
	uint32_t i;

	for (i = 0; i < sizeof(offer) / sizeof(offer[0]); i++)
		if (cvmm_kvm_check_extension(t->kvm, offer[i].cap, NULL) > 0 &&
			cvmm_kvm_check_extension(t->kvm, offer[i].also, NULL) > 0)
			features |= offer[i].features;
	return features;
}
