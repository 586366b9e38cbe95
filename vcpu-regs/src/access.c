/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include <errno.h>
#include <string.h>

#include "block.h"

/* Is it a vCPU's, and is @size what the id says? Its row, or NULL with the error filled. */
static const struct cvmm_row *owned(struct cvmm_vcpu_reg reg, uint32_t size, int *ret, struct cvmm_error *e)
{
	const struct cvmm_row *row = cvmm_vcpu_reg_row(reg);

	if (!row) {
		*ret = cvmm_fail_id(e, -EXDEV, CVMM_REASON_NOT_VCPU_OWNED, reg.id, 0);
		return NULL;
	}
	if (!size || size != value_bytes(row, reg.id)) {
		*ret = cvmm_fail_id(e, -EINVAL, CVMM_REASON_REG_SIZE, reg.id, value_bytes(row, reg.id));
		return NULL;
	}
	return row;
}

static int one(int ret)
{
	return ret < 0 ? ret : 0;
}

int cvmm_vcpu_reg_get(struct cvmm_vcpu vcpu, struct cvmm_vcpu_reg reg, void *v, uint32_t size, struct cvmm_error *e)
{
	int ret;
	const struct cvmm_row *row = owned(reg, size, &ret, e);

	if (!row)
		return ret;
	if (row->access == CVMM_ACCESS_MSR)
		return one(msrs_get(vcpu, &(struct cvmm_item){ .id = reg.id, .size = size }, 1, v, e));
	if (row->access != CVMM_ACCESS_ONE_REG)
		return block_get(vcpu, reg.id, v, size, e);
	return cvmm_vcpu_get_one_reg(vcpu, reg.id, v, size, e);
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

int cvmm_vcpu_reg_set(
	struct cvmm_vcpu vcpu, struct cvmm_vcpu_reg reg, const void *v, uint32_t size, struct cvmm_error *e)
{
	int ret;
	const struct cvmm_row *row = owned(reg, size, &ret, e);

	if (!row)
		return ret;
	if (row->access == CVMM_ACCESS_MSR)
		return one(msrs_set(vcpu, &(struct cvmm_item){ .id = reg.id, .size = size }, 1, v, NULL, NULL, e));
	if (row->access != CVMM_ACCESS_ONE_REG)
		return block_set(vcpu, reg.id, v, size, e);
	if (row->peer && row->write == CVMM_WRITE_STORED) {
		ret = clear_first(vcpu, row, reg.id, size, e);
		if (ret < 0)
			return ret;
	}
	return cvmm_vcpu_set_one_reg(vcpu, reg.id, v, size, e);
}

/* Bytes 0: an SError waits; 1: the host can have a syndrome; 8 to 15: the syndrome. */
static int same_events(const uint8_t *x, const uint8_t *y)
{
	if (x[0] != y[0])
		return 0;
	return !x[0] || !x[1] || !y[1] || memcmp(x + 8, y + 8, 8) == 0;
}

int cvmm_vcpu_reg_equal(struct cvmm_vcpu_reg reg, const void *x, const void *y, uint64_t pmcr)
{
	const struct cvmm_row *row = cvmm_vcpu_reg_row(reg);
	uint32_t bytes = row ? value_bytes(row, reg.id) : 0;

	if (!bytes)
		return 0;
	if (reg.id == CVMM_ARM64_VCPU_EVENTS)
		return same_events(x, y);
	if (bytes > 8)
		return memcmp(x, y, bytes) == 0;
	return !((cvmm_load_le(x, bytes) ^ cvmm_load_le(y, bytes)) & cvmm_row_compare(row, pmcr));
}
