/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Whole vCPUs: a column of values out of KVM, and phase by phase into it. */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include <errno.h>

/* The number that KVM_ARM_VCPU_FINALIZE wants for SVE: the feature's bit number. */
#define FEATURE_SVE 4

/* All items are looked at before the first ioctl, so that a wrong list leaves the vCPU as it was. */
static int check_items(
	struct cvmm_vcpu vcpu, const struct cvmm_item *item, uint32_t n, size_t len, struct cvmm_error *e)
{
	uint32_t i;
	int ret = 0;

	for (i = 0; ret == 0 && i < n; i++) {
		if (i && item[i].id <= item[i - 1].id)
			ret = cvmm_fail_id(e, -EINVAL, CVMM_REASON_ID_ORDER, item[i].id, item[i - 1].id);
		else if (!cvmm_vcpu_reg_from_id(item[i].id).id)
			ret = cvmm_fail_id(e, -EXDEV, CVMM_REASON_NOT_VCPU_OWNED, item[i].id, 0);
		else if (item[i].size != cvmm_reg_bytes(item[i].id))
			ret = cvmm_fail_id(e, -EINVAL, CVMM_REASON_REG_SIZE, item[i].id, cvmm_reg_bytes(item[i].id));
		else if (item[i].off > len || item[i].size > len - item[i].off)
			ret = cvmm_fail_id(e, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL, item[i].id,
				(uint64_t)item[i].off + item[i].size);
	}
	if (ret < 0 && e)
		e->vcpu = vcpu.id;
	return ret;
}

static int at(int ret, struct cvmm_vcpu vcpu, uint32_t phase, struct cvmm_error *e)
{
	if (ret < 0 && e) {
		e->vcpu = vcpu.id;
		e->phase = (uint16_t)phase;
	}
	return ret;
}

int cvmm_vcpu_regs_capture(
	struct cvmm_vcpu vcpu, const struct cvmm_item *item, uint32_t n, uint8_t *col, size_t len, struct cvmm_error *e)
{
	uint32_t i;
	int ret = check_items(vcpu, item, n, len, e);

	for (i = 0; ret == 0 && i < n; i++)
		ret = cvmm_vcpu_reg_get(vcpu, (struct cvmm_vcpu_reg){ item[i].id }, col + item[i].off, item[i].size, e);
	return at(ret, vcpu, 0, e);
}

static int is_written(const struct cvmm_row *row, uint32_t phase)
{
	return row->phase == phase && row->write != CVMM_WRITE_ALIAS && row->write != CVMM_WRITE_IGNORED;
}

int cvmm_vcpu_regs_restore(struct cvmm_vcpu vcpu, const struct cvmm_item *item, uint32_t n, const uint8_t *col,
	size_t len, uint32_t phase, struct cvmm_error *e)
{
	int finalize = 0;
	uint32_t i;
	int ret = check_items(vcpu, item, n, len, e);

	for (i = 0; ret == 0 && i < n; i++) {
		struct cvmm_vcpu_reg reg = { item[i].id };

		if (!is_written(cvmm_vcpu_reg_row(reg), phase))
			continue;
		finalize |= reg.id == CVMM_ARM64_SVE_VLS;
		ret = cvmm_vcpu_reg_set(vcpu, reg, col + item[i].off, item[i].size, e);
	}
	if (ret == 0 && finalize)
		ret = cvmm_vcpu_finalize(vcpu, FEATURE_SVE, e);
	return at(ret, vcpu, phase, e);
}
