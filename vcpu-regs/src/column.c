/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Whole vCPUs: a column of values out of KVM, and phase by phase into it. */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include <errno.h>
#include <string.h>

#include "block.h"
#include "catalogue.h"

/* The number that KVM_ARM_VCPU_FINALIZE wants for SVE: the feature's bit number. */
#define FEATURE_SVE 4

static int wrong_item(const struct cvmm_item *item, const struct cvmm_row *row, int ascends, struct cvmm_error *e)
{
	if (!ascends)
		return cvmm_fail_id(e, -EINVAL, CVMM_REASON_ID_ORDER, item->id, 0);
	if (!row)
		return cvmm_fail_id(e, -EXDEV, CVMM_REASON_NOT_VCPU_OWNED, item->id, 0);
	if (!item->size || item->size != value_bytes(row, item->id))
		return cvmm_fail_id(e, -EINVAL, CVMM_REASON_REG_SIZE, item->id, value_bytes(row, item->id));
	return cvmm_fail_id(e, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL, item->id, (uint64_t)item->off + item->size);
}

/*
 * All items are looked at before the first ioctl, so that a wrong list leaves the vCPU as it was. Which of them are
 * @phase's lies between *@first and *@end; CVMM_PHASE_NONE: all.
 */
static int check_items(const struct cvmm_item *item, uint32_t n, size_t len, uint32_t phase, uint32_t *first,
	uint32_t *end, struct cvmm_error *e)
{
	uint32_t i;

	*first = n;
	*end = 0;
	for (i = 0; i < n; i++) {
		const struct cvmm_row *row = catalogue_row(item[i].id);
		int ascends = !i || item[i].id > item[i - 1].id;

		if (__builtin_expect(!ascends || !row || !item[i].size ||
					     item[i].size != value_bytes(row, item[i].id) || item[i].off > len ||
					     item[i].size > len - item[i].off,
			    0))
			return wrong_item(&item[i], row, ascends, e);
		if (phase && row->phase != phase)
			continue;
		*first = *first < i ? *first : i;
		*end = i + 1;
	}
	return 0;
}

static int at(int ret, struct cvmm_vcpu vcpu, uint32_t phase, struct cvmm_error *e)
{
	if (ret < 0 && e) {
		e->vcpu = vcpu.id;
		e->phase = (uint16_t)phase;
	}
	return ret;
}

/* Reads the first of the items, or as many as one call of KVM takes. Returns how many, or -errno. */
static int capture_some(
	struct cvmm_vcpu vcpu, const struct cvmm_item *item, uint32_t n, uint8_t *col, struct cvmm_error *e)
{
	const struct cvmm_row *row = catalogue_row(item->id);
	int ret;

	if (row->access == CVMM_ACCESS_MSR)
		return cvmm_vcpu_regs_msrs_get(vcpu, item, n, col, e);
	ret = cvmm_vcpu_access_get(vcpu, row, item->id, col + item->off, item->size, e);
	return ret < 0 ? ret : 1;
}

int cvmm_vcpu_regs_capture(
	struct cvmm_vcpu vcpu, const struct cvmm_item *item, uint32_t n, uint8_t *col, size_t len, struct cvmm_error *e)
{
	uint32_t i, end;
	int ret = check_items(item, n, len, CVMM_PHASE_NONE, &i, &end, e);

	while (ret >= 0 && i < end) {
		ret = capture_some(vcpu, &item[i], end - i, col, e);
		i += ret > 0 ? (uint32_t)ret : 0;
	}
	return at(ret < 0 ? ret : 0, vcpu, 0, e);
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

struct pass {
	const uint8_t *col;
	uint32_t phase;
	const struct cvmm_regset *reset;
};

static int left_out(const struct cvmm_item *item, const void *ctx)
{
	const struct pass *p = ctx;
	const struct cvmm_row *row = catalogue_row(item->id);

	return !is_written(row, p->phase) || is_fresh(p->reset, row, item, p->col);
}

/* Writes the first of the items, or as many as one call of KVM takes. Returns how many, or -errno. */
static int restore_some(
	struct cvmm_vcpu vcpu, const struct cvmm_item *item, uint32_t n, const struct pass *p, struct cvmm_error *e)
{
	const struct cvmm_row *row = catalogue_row(item->id);
	int ret;

	if (row->access == CVMM_ACCESS_MSR)
		return cvmm_vcpu_regs_msrs_set(vcpu, item, n, p->col, left_out, p, e);
	if (!is_written(row, p->phase) || is_fresh(p->reset, row, item, p->col))
		return 1;
	ret = cvmm_vcpu_access_set(vcpu, row, item->id, p->col + item->off, item->size, e);
	if (ret == 0 && item->id == CVMM_ARM64_SVE_VLS)
		ret = cvmm_vcpu_finalize(vcpu, FEATURE_SVE, e);
	return ret < 0 ? ret : 1;
}

int cvmm_vcpu_regs_restore_delta(struct cvmm_vcpu vcpu, const struct cvmm_item *item, uint32_t n, const uint8_t *col,
	size_t len, uint32_t phase, const struct cvmm_regset *reset, struct cvmm_error *e)
{
	const struct pass p = { col, phase, reset };
	uint32_t i, end;
	int ret = check_items(item, n, len, phase, &i, &end, e);

	while (ret >= 0 && i < end) {
		ret = restore_some(vcpu, &item[i], end - i, &p, e);
		i += ret > 0 ? (uint32_t)ret : 0;
	}
	return at(ret < 0 ? ret : 0, vcpu, phase, e);
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
	const struct cvmm_row *row = catalogue_row(item->id);
	uint8_t got[VALUE_BYTES_MAX];
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
	uint32_t i, end;
	int ret = check_items(item, n, len, CVMM_PHASE_NONE, &i, &end, e);

	if (ret < 0)
		return at(ret, vcpu, 0, e);
	pmcr = pmcr_of(item, n, col);
	for (; ret == 0 && i < end; i++)
		ret = verify(vcpu, &item[i], col + item[i].off, pmcr, e);
	return at(ret, vcpu, 0, e);
}
