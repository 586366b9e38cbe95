/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What arm64 adds: the interrupt controller, the PMU's attributes, where a vCPU begins, which features to ask for. */
#include "tiny-vmm.h"

#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-ioctls/reg-id.h>

#define VGIC_V3		     7u
#define VGIC_GROUP_ADDR	     0u
#define VGIC_ADDR_DIST	     2u
#define VGIC_ADDR_REDIST     3u
#define VGIC_GROUP_DIST_REGS 1u
#define VGIC_GROUP_CTRL	     4u
#define VGIC_CTRL_INIT	     0u
#define PMU_ATTR_IRQ	     0u
#define PMU_ATTR_INIT	     1u
#define PMU_PPI		     23

#define CORE_X0		     (CVMM_ARM64_CORE | CVMM_REG_U64)
#define CORE_PC		     (CVMM_ARM64_CORE | CVMM_REG_U64 | 0x40)

/* Before the first vCPU: the ID registers say which GIC there is, and kernels differ in when they look. */
int tiny_gic_create(struct tiny *t, struct cvmm_error *e)
{
	const uint64_t dist = GUEST_GICD, redist = GUEST_GICR;
	int ret;

	t->step = "creating the interrupt controller";
	ret = cvmm_vm_create_device(t->vm, VGIC_V3, &t->gic, e);
	if (ret < 0)
		return ret;
	ret = cvmm_device_set_attr(t->gic, VGIC_GROUP_ADDR, VGIC_ADDR_DIST, &dist, e);
	if (ret < 0)
		return ret;
	return cvmm_device_set_attr(t->gic, VGIC_GROUP_ADDR, VGIC_ADDR_REDIST, &redist, e);
}

/* GICD_IIDR is KVM's compatibility level of the GIC. Some kernels accept any value and change nothing: read it back. */
static int gic_revision(struct tiny *t, struct cvmm_error *e)
{
	const struct cvmm_vm_reg reg = cvmm_vm_reg_from_id(CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_GICD_IIDR));
	uint64_t want;
	uint32_t iidr;
	int ret = cvmm_device_get_attr(t->gic, VGIC_GROUP_DIST_REGS, 8, &iidr, e);

	if (ret < 0)
		return ret;
	if (cvmm_vm_regs_staged(&t->regs, reg, &want) == 0 && want != iidr) {
		iidr = (uint32_t)want;
		ret = cvmm_device_set_attr(t->gic, VGIC_GROUP_DIST_REGS, 8, &iidr, e);
		if (ret < 0)
			return ret;
		ret = cvmm_device_get_attr(t->gic, VGIC_GROUP_DIST_REGS, 8, &iidr, e);
		if (ret < 0)
			return ret;
		if (iidr != want)
			return cvmm_fail_id(e, -5, CVMM_REASON_VM_NOT_STORED, reg.id, iidr);
	}
	return cvmm_vm_regs_stage(&t->regs, reg, iidr, e);
}

/* After every vCPU is initialised. The GIC first: without it the PMU's INIT has no interrupt to use. */
int tiny_devices_init(struct tiny *t, struct cvmm_error *e)
{
	const int irq = PMU_PPI;
	uint32_t i;
	int ret;

	t->step = "initialising the interrupt controller";
	ret = cvmm_device_set_attr(t->gic, VGIC_GROUP_CTRL, VGIC_CTRL_INIT, NULL, e);
	if (ret < 0)
		return ret;
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
