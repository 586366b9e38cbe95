/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include <errno.h>
#include <string.h>

#include "block.h"
#include "catalogue.h"

/* Is it a vCPU's, and is @size what the id says? 0, or -errno with the error filled. */
static int refuse(struct cvmm_vcpu_reg reg, const struct cvmm_row *row, struct cvmm_error *e)
{
	if (!row)
		return cvmm_fail_id(e, -EXDEV, CVMM_REASON_NOT_VCPU_OWNED, reg.id, 0);
	return cvmm_fail_id(e, -EINVAL, CVMM_REASON_REG_SIZE, reg.id, value_bytes(row, reg.id, 0));
}

static inline int owned(const struct cvmm_row *row, uint64_t id, uint32_t size)
{
	return row && size && size == value_bytes(row, id, size);
}

static int one(int ret)
{
	return ret < 0 ? ret : 0;
}

int cvmm_vcpu_access_get(
	struct cvmm_vcpu vcpu, const struct cvmm_row *row, uint64_t id, void *v, uint32_t size, struct cvmm_error *e)
{
	if (__builtin_expect(row->access == CVMM_ACCESS_ONE_REG, 1))
		return cvmm_vcpu_get_one_reg(vcpu, id, v, size, e);
	if (row->access == CVMM_ACCESS_MSR)
		return one(cvmm_vcpu_regs_msrs_get(vcpu, &(struct cvmm_item){ .id = id, .size = size }, 1, v, e));
	return cvmm_vcpu_block_get(vcpu, id, v, size, e);
}

int cvmm_vcpu_reg_get(struct cvmm_vcpu vcpu, struct cvmm_vcpu_reg reg, void *v, uint32_t size, struct cvmm_error *e)
{
	const struct cvmm_row *row = catalogue_row(reg.id);

	if (__builtin_expect(!owned(row, reg.id, size), 0))
		return refuse(reg, row, e);
	return cvmm_vcpu_access_get(vcpu, row, reg.id, v, size, e);
}

/*
 * Where a register has a name that sets bits and one that clears them, some kernels store a value through either name and
 * others only add and take away. All bits away, then the value: ends the same on both.
 */
static int clear_first(
	struct cvmm_vcpu vcpu, const struct cvmm_row *row, uint64_t id, uint32_t size, struct cvmm_error *e)
{
	uint64_t bits = row->compare;
	uint64_t peer = row->peer + (id - row->first);

	return cvmm_vcpu_set_one_reg(vcpu, peer, &bits, size, e);
}

/* What a kernel gives back of a command bit must not be obeyed by the next one. */
static int without_command(struct cvmm_vcpu vcpu, const struct cvmm_row *row, uint64_t id, const void *v, uint32_t size,
	struct cvmm_error *e)
{
	uint8_t le[8];

	if (size > sizeof(le))
		return cvmm_fail_id(e, -EINVAL, CVMM_REASON_REG_SIZE, id, size);
	cvmm_store_le(le, size, cvmm_load_le(v, size) & ~row->command);
	return cvmm_vcpu_set_one_reg(vcpu, id, le, size, e);
}

int cvmm_vcpu_access_set(struct cvmm_vcpu vcpu, const struct cvmm_row *row, uint64_t id, const void *v, uint32_t size,
	struct cvmm_error *e)
{
	int ret;

	if (__builtin_expect(row->access != CVMM_ACCESS_ONE_REG, 0)) {
		if (row->access != CVMM_ACCESS_MSR)
			return cvmm_vcpu_block_set(vcpu, id, v, size, e);
		return one(cvmm_vcpu_regs_msrs_set(
			vcpu, &(struct cvmm_item){ .id = id, .size = size }, 1, v, NULL, NULL, e));
	}
	if (__builtin_expect(row->idle, 0) && size <= 8 && cvmm_load_le(v, size) == 0)
		return 0;
	if (row->peer && row->write == CVMM_WRITE_STORED) {
		ret = clear_first(vcpu, row, id, size, e);
		if (ret < 0)
			return ret;
	}
	if (__builtin_expect(row->command != 0, 0))
		return without_command(vcpu, row, id, v, size, e);
	return cvmm_vcpu_set_one_reg(vcpu, id, v, size, e);
}

int cvmm_vcpu_reg_set(
	struct cvmm_vcpu vcpu, struct cvmm_vcpu_reg reg, const void *v, uint32_t size, struct cvmm_error *e)
{
	const struct cvmm_row *row = catalogue_row(reg.id);

	if (__builtin_expect(!owned(row, reg.id, size), 0))
		return refuse(reg, row, e);
	return cvmm_vcpu_access_set(vcpu, row, reg.id, v, size, e);
}

/* Bytes 0: an SError waits; 1: the host can have a syndrome; 8 to 15: the syndrome. */
static int same_events(const uint8_t *x, const uint8_t *y)
{
	if (x[0] != y[0])
		return 0;
	return !x[0] || !x[1] || !y[1] || memcmp(x + 8, y + 8, 8) == 0;
}

int cvmm_vcpu_value_holds(
	const struct cvmm_row *row, uint64_t id, const void *got, const void *want, uint32_t size, uint64_t pmcr)
{
	const struct block *b = size > 8 ? cvmm_vcpu_block_find(id) : NULL;

	if (id == CVMM_ARM64_VCPU_EVENTS)
		return same_events(got, want);
	if (b && b->holds)
		return b->holds(got, want, size);
	if (size > 8)
		return memcmp(got, want, size) == 0;
	return !((cvmm_load_le(got, size) ^ cvmm_load_le(want, size)) & cvmm_row_compare(row, pmcr));
}

int cvmm_vcpu_reg_equal(struct cvmm_vcpu_reg reg, const void *x, const void *y, uint64_t pmcr)
{
	const struct cvmm_row *row = cvmm_vcpu_reg_row(reg);
	uint32_t bytes = row ? value_bytes(row, reg.id, 0) : 0;

	/* Of a block whose size the host decides nobody says here how many bytes there are. */
	if (!bytes || bytes > VALUE_BYTES_MAX)
		return 0;
	return cvmm_vcpu_value_holds(row, reg.id, x, y, bytes, pmcr);
}
