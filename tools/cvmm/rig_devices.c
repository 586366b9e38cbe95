/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The embedding VMM's part of a machine: an interrupt controller, and the PMU's interrupt. */
#include <errno.h>

#include <cvmm/kvm-ioctls/arm64.h>
#include <cvmm/kvm-ioctls/device.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vgic.h>

#include "opt.h"
#include "rig.h"
#include "say.h"

#define PMU_V3_IRQ  0u
#define PMU_V3_INIT 1u

/* Where common machines have them; the redistributors' region is last, because it grows with the vCPUs. */
#define GIC_DIST   UINT64_C(0x08000000)
#define GIC_REDIST UINT64_C(0x080a0000)
#define GIC_ITS	   UINT64_C(0x08080000)
#define PMU_PPI	   23

/* A snapshot says where its guest has it. */
static uint64_t place(const struct cvmm_view *v, uint32_t attr, uint64_t otherwise)
{
	int i = v ? cvmm_regset_find(&v->vm, CVMM_VGIC_REG(CVMM_VGIC_ADDR, CVMM_REG_U64, attr)) : -1;

	return i < 0 ? otherwise : cvmm_regset_u64(&v->vm, (uint32_t)i, 0);
}

/* The interrupt controller of a snapshot that has its registers: as many interrupts, an ITS if it has one. */
static int as_saved(struct rig *r, const struct cvmm_view *v, struct cvmm_error *e)
{
	const uint64_t its = GIC_ITS;
	int i = v ? cvmm_regset_find(&v->vm, CVMM_VGIC_NR_IRQS_ID) : -1;
	int with_its = v && cvmm_regset_find(&v->vm, CVMM_VGIC_ITS_TABLES) >= 0, ret;
	uint32_t n;

	if (i < 0)
		return 0;
	/* An ITS's tables are in guest memory, and there is none here. */
	if (r->host->kind == HOST_DEV) {
		say("%s: the interrupt controller's registers are left out", r->host->name);
		cvmm_machine_leave_vgic(&r->m);
		return 0;
	}
	n = (uint32_t)cvmm_regset_u64(&v->vm, (uint32_t)i, 0);
	ret = cvmm_device_set_attr(r->gic, CVMM_VGIC_NR_IRQS, 0, &n, e);
	if (ret == 0 && with_its)
		ret = cvmm_vm_create_device(r->vm, CVMM_DEV_ARM_VGIC_ITS, &r->its, e);
	if (ret == 0 && with_its)
		ret = cvmm_device_set_attr(r->its, CVMM_VGIC_ADDR, CVMM_VGIC_ADDR_ITS, &its, e);
	return ret == 0 ? cvmm_machine_vgic(&r->m, r->gic, with_its ? &r->its : NULL, e) : ret;
}

int rig_gic(struct rig *r, const struct cvmm_view *v)
{
	const uint64_t dist = place(v, CVMM_VGIC_ADDR_DIST, GIC_DIST);
	const uint64_t redist = place(v, CVMM_VGIC_ADDR_REDIST, GIC_REDIST);
	struct cvmm_error e;
	int ret = cvmm_vm_create_device(r->vm, CVMM_DEV_ARM_VGIC_V3, &r->gic, &e);

	if (ret == -ENODEV) {
		r->gic.fd = -1;
		return STATUS_YES;
	}
	if (ret || cvmm_device_set_attr(r->gic, CVMM_VGIC_ADDR, CVMM_VGIC_ADDR_DIST, &dist, &e) ||
		cvmm_device_set_attr(r->gic, CVMM_VGIC_ADDR, CVMM_VGIC_ADDR_REDIST, &redist, &e) || as_saved(r, v, &e))
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
	if (cvmm_device_set_attr(r->gic, CVMM_VGIC_CTRL, CVMM_VGIC_CTRL_INIT, NULL, &e))
		return say_error(r->host->name, &e);
	if (r->its.fd >= 0 && cvmm_device_set_attr(r->its, CVMM_VGIC_CTRL, CVMM_VGIC_CTRL_INIT, NULL, &e))
		return say_error(r->host->name, &e);
	if (revision && set)
		set = cvmm_vm_regs_knob_set(&r->regs, r->gic, iidr, *revision, &e);
	else if (!revision)
		set = cvmm_vm_regs_knob_record(&r->regs, r->gic, iidr, &e);
	return set ? say_error(r->host->name, &e) : STATUS_YES;
}

/* Of a PMU's attributes KVM gives back its interrupt alone, so that one is read back, after INIT, which is final. */
static int pmu(struct rig *r, struct cvmm_vcpu vcpu, struct cvmm_error *e)
{
	const int irq = PMU_PPI;
	int got = 0, ret = 0;

	if (r->gic.fd >= 0)
		ret = cvmm_vcpu_set_attr(vcpu, CVMM_ARM64_VCPU_PMU_V3_CTRL, PMU_V3_IRQ, &irq, e);
	if (!ret)
		ret = cvmm_vcpu_set_attr(vcpu, CVMM_ARM64_VCPU_PMU_V3_CTRL, PMU_V3_INIT, NULL, e);
	if (!ret && r->gic.fd >= 0)
		ret = cvmm_vcpu_get_attr(vcpu, CVMM_ARM64_VCPU_PMU_V3_CTRL, PMU_V3_IRQ, &got, e);
	if (!ret && r->gic.fd >= 0 && got != irq)
		ret = cvmm_fail_id(e, -EIO, CVMM_REASON_READ_BACK, 0, (uint32_t)got);
	return ret ? say_error(r->host->name, e) : STATUS_YES;
}

int rig_devices(struct rig *r, const uint64_t *revision)
{
	struct cvmm_error e;
	uint32_t i;
	int ret = gic_init(r, revision);

	for (i = 0; !ret && i < r->n && r->m.features & CVMM_ARM64_FEATURE_PMU_V3; i++)
		ret = pmu(r, r->vcpu[i], &e);
	return ret;
}
