/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Whole vCPUs: a column of values out of KVM, and phase by phase into it. */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include <errno.h>
#include <string.h>

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

/* Left out by a delta: a fresh vCPU holds these bytes. Timers move and events pass, so those are always written. */
static int is_fresh(
	const struct cvmm_regset *reset, const struct cvmm_row *row, const struct cvmm_item *item, const uint8_t *col)
{
	int i;

	if (!reset || row->dflt == CVMM_DEFAULT_VCPU || row->phase >= CVMM_PHASE_CLOCK ||
		row->phase == CVMM_PHASE_FINALIZE)
		return 0;
	i = cvmm_regset_find(reset, item->id);
	return i >= 0 && reset->item[i].size == item->size &&
	       memcmp(cvmm_regset_value(reset, (uint32_t)i, 0), col + item->off, item->size) == 0;
}

int cvmm_vcpu_regs_restore_delta(struct cvmm_vcpu vcpu, const struct cvmm_item *item, uint32_t n, const uint8_t *col,
	size_t len, uint32_t phase, const struct cvmm_regset *reset, struct cvmm_error *e)
{
	int finalize = 0;
	uint32_t i;
	int ret = check_items(vcpu, item, n, len, e);

	for (i = 0; ret == 0 && i < n; i++) {
		struct cvmm_vcpu_reg reg = { item[i].id };
		const struct cvmm_row *row = cvmm_vcpu_reg_row(reg);

		if (!is_written(row, phase) || is_fresh(reset, row, &item[i], col))
			continue;
		finalize |= reg.id == CVMM_ARM64_SVE_VLS;
		ret = cvmm_vcpu_reg_set(vcpu, reg, col + item[i].off, item[i].size, e);
	}
	if (ret == 0 && finalize)
		ret = cvmm_vcpu_finalize(vcpu, FEATURE_SVE, e);
	return at(ret, vcpu, phase, e);
}

int cvmm_vcpu_regs_restore(struct cvmm_vcpu vcpu, const struct cvmm_item *item, uint32_t n, const uint8_t *col,
	size_t len, uint32_t phase, struct cvmm_error *e)
{
	return cvmm_vcpu_regs_restore_delta(vcpu, item, n, col, len, phase, NULL, e);
}

/* PMCR_EL0 of the column, which says how many event counters there are. */
static uint64_t pmcr_of(const struct cvmm_item *item, uint32_t n, const uint8_t *col)
{
	const struct cvmm_regset set = { .item = item, .n = n };
	int i = cvmm_regset_find(&set, CVMM_ARM64_PMCR_EL0);

	return i < 0 ? 0 : cvmm_load_le(col + item[i].off, item[i].size);
}

static int verify(
	struct cvmm_vcpu vcpu, const struct cvmm_item *item, const uint8_t *want, uint64_t pmcr, struct cvmm_error *e)
{
	struct cvmm_vcpu_reg reg = { item->id };
	const struct cvmm_row *row = cvmm_vcpu_reg_row(reg);
	uint8_t got[CVMM_REG_BYTES_MAX];
	int ret;

	if (row->write == CVMM_WRITE_VOLATILE || row->write == CVMM_WRITE_IGNORED)
		return 0;
	ret = cvmm_vcpu_reg_get(vcpu, reg, got, item->size, e);
	if (ret < 0 || cvmm_vcpu_reg_equal(reg, got, want, pmcr))
		return ret;
	return cvmm_fail_id(e, -EIO, CVMM_REASON_VCPU_NOT_STORED, item->id, cvmm_load_le(got, item->size));
}

int cvmm_vcpu_regs_verify(struct cvmm_vcpu vcpu, const struct cvmm_item *item, uint32_t n, const uint8_t *col,
	size_t len, struct cvmm_error *e)
{
	uint64_t pmcr;
	uint32_t i;
	int ret = check_items(vcpu, item, n, len, e);

	if (ret < 0)
		return ret;
	pmcr = pmcr_of(item, n, col);
	for (i = 0; ret == 0 && i < n; i++)
		ret = verify(vcpu, &item[i], col + item[i].off, pmcr, e);
	return at(ret, vcpu, 0, e);
}
