/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/vm-regs/vm-regs.h>

#include <errno.h>

#include "dialect.h"

int cvmm_vm_regs_get(const struct cvmm_vm_regs *r, struct cvmm_vcpu through, struct cvmm_vm_reg reg, uint64_t *value,
	struct cvmm_error *e)
{
	const struct cvmm_row *row = cvmm_vm_reg_row(reg);
	uint64_t got;
	int ret;

	if (!row)
		return cvmm_fail_id(e, -EXDEV, CVMM_REASON_NOT_VM_OWNED, reg.id, 0);
	if (row->access != CVMM_ACCESS_ONE_REG) {
		ret = cvmm_vm_regs_staged(r, reg, value);
		return ret < 0 ? cvmm_fail_id(e, ret, CVMM_REASON_VM_UNKNOWN_PROPERTY, reg.id, 0) : 0;
	}
	if (row->phase == CVMM_PHASE_VM)
		ret = r->dialect == CVMM_DIALECT_VM
			      ? cvmm_vm_dialect_vm_get(r, reg.id, &got, e)
			      : cvmm_fail_id(e, -ENOENT, CVMM_REASON_DIALECT_FORBIDDEN, reg.id, 0);
	else
		ret = cvmm_vm_dialect_vcpu_get(r, through, reg.id, &got, e);
	if (ret == 0)
		*value = got;
	return ret;
}

int cvmm_vm_regs_agree(struct cvmm_vcpu other, const struct cvmm_pair *shown, uint32_t n, struct cvmm_error *e)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		const struct cvmm_row *row = cvmm_vm_reg_row((struct cvmm_vm_reg){ shown[i].id });
		uint64_t got;
		int ret;

		if (!row)
			return cvmm_fail_id(e, -EXDEV, CVMM_REASON_NOT_VM_OWNED, shown[i].id, 0);
		if (row->access != CVMM_ACCESS_ONE_REG || row->write == CVMM_WRITE_VOLATILE ||
			row->phase == CVMM_PHASE_VM)
			continue;
		ret = cvmm_vcpu_get_one_reg(other, shown[i].id, &got, sizeof(got), e);
		if (ret < 0)
			return ret;
		if (got != shown[i].value) {
			ret = cvmm_fail_id(e, -EIO, CVMM_REASON_VM_DISAGREE, shown[i].id, got);
			if (e)
				e->vcpu = other.id;
			return ret;
		}
	}
	return 0;
}
