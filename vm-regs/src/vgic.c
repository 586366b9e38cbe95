/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The VM's part of the interrupt controller: distributor and ITS. */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vgic.h>
#include <cvmm/vm-regs/vm-regs.h>

#include <errno.h>

static const struct cvmm_row *row_of(struct cvmm_vm_reg reg, uint32_t size, struct cvmm_error *e)
{
	const struct cvmm_row *row = cvmm_vm_reg_row(reg);

	if (!row || row->access != CVMM_ACCESS_VGIC) {
		(void)cvmm_fail_id(e, -EXDEV, CVMM_REASON_NOT_VM_OWNED, reg.id, 0);
		return NULL;
	}
	if (size == cvmm_reg_bytes(reg.id))
		return row;
	(void)cvmm_fail_id(e, -EINVAL, CVMM_REASON_REG_SIZE, reg.id, cvmm_reg_bytes(reg.id));
	return NULL;
}

static int wrong(struct cvmm_vm_reg reg)
{
	const struct cvmm_row *row = cvmm_vm_reg_row(reg);

	return row && row->access == CVMM_ACCESS_VGIC ? -EINVAL : -EXDEV;
}

int cvmm_vm_vgic_get(struct cvmm_device dev, struct cvmm_vm_reg reg, void *v, uint32_t size, struct cvmm_error *e)
{
	if (!row_of(reg, size, e))
		return wrong(reg);
	return cvmm_device_get_vgic_reg(dev, reg.id, 0, v, e);
}

int cvmm_vm_vgic_set(struct cvmm_device dev, struct cvmm_vm_reg reg, const void *v, uint32_t size, struct cvmm_error *e)
{
	const struct cvmm_row *row = row_of(reg, size, e);

	return row ? cvmm_device_restore_vgic_reg(dev, row, reg.id, 0, v, e) : wrong(reg);
}
