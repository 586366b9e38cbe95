/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The embedding VMM's part of a machine: an interrupt controller, and the PMU's interrupt. */
#include <errno.h>

#include <cvmm/kvm-ioctls/arm64.h>
#include <cvmm/kvm-ioctls/device.h>
#include <cvmm/kvm-ioctls/reg-id.h>

#include "opt.h"
#include "rig.h"
#include "say.h"

#define VGIC_V3		 7u
#define VGIC_GROUP_ADDR	 0u
#define VGIC_ADDR_DIST	 2u
#define VGIC_ADDR_REDIST 3u
#define VGIC_GROUP_CTRL	 4u
#define VGIC_CTRL_INIT	 0u
#define PMU_V3_IRQ	 0u
#define PMU_V3_INIT	 1u

/* Where common machines have them; the redistributors' region is last, because it grows with the vCPUs. */
#define GIC_DIST   UINT64_C(0x08000000)
#define GIC_REDIST UINT64_C(0x080a0000)
#define PMU_PPI	   23

int rig_gic(struct rig *r)
{
	const uint64_t dist = GIC_DIST, redist = GIC_REDIST;
	struct cvmm_error e;
	int ret = cvmm_vm_create_device(r->vm, VGIC_V3, &r->gic, &e);

	if (ret == -ENODEV) {
		r->gic.fd = -1;
		return STATUS_YES;
	}
	if (ret || cvmm_device_set_attr(r->gic, VGIC_GROUP_ADDR, VGIC_ADDR_DIST, &dist, &e) ||
		cvmm_device_set_attr(r->gic, VGIC_GROUP_ADDR, VGIC_ADDR_REDIST, &redist, &e))
		return say_error(r->host->name, &e);
	return STATUS_YES;
}

/*
 * The controller's revision is an ABI knob that guests see. Kernels differ in whether it can be written before or only
 * after the controller is initialised; those that take it early answer EBUSY later.
 */
static int gic_init(struct rig *r, const uint64_t *revision)
{
	const struct cvmm_vm_reg iidr = cvmm_vm_reg_from_id(CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_GICD_IIDR));
	struct cvmm_error e;
	int set = -EBUSY;

	if (r->gic.fd < 0)
		return STATUS_YES;
	if (revision)
		set = cvmm_vm_regs_knob_set(&r->regs, r->gic, iidr, *revision, &e);
	if (set && set != -EBUSY)
		return say_error(r->host->name, &e);
	if (cvmm_device_set_attr(r->gic, VGIC_GROUP_CTRL, VGIC_CTRL_INIT, NULL, &e))
		return say_error(r->host->name, &e);
	if (revision && set)
		set = cvmm_vm_regs_knob_set(&r->regs, r->gic, iidr, *revision, &e);
	else if (!revision)
		set = cvmm_vm_regs_knob_record(&r->regs, r->gic, iidr, &e);
	return set ? say_error(r->host->name, &e) : STATUS_YES;
}

int rig_devices(struct rig *r, const uint64_t *revision)
{
	const int irq = PMU_PPI;
	struct cvmm_error e;
	uint32_t i;
	int ret = gic_init(r, revision);

	for (i = 0; !ret && i < r->n && r->m.features & CVMM_ARM64_FEATURE_PMU_V3; i++) {
		if (r->gic.fd >= 0 && cvmm_vcpu_set_attr(r->vcpu[i], CVMM_ARM64_VCPU_PMU_V3_CTRL, PMU_V3_IRQ, &irq, &e))
			return say_error(r->host->name, &e);
		if (cvmm_vcpu_set_attr(r->vcpu[i], CVMM_ARM64_VCPU_PMU_V3_CTRL, PMU_V3_INIT, NULL, &e))
			return say_error(r->host->name, &e);
	}
	return ret;
}
