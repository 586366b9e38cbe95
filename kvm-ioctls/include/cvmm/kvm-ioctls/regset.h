/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: register sets: ids once, values in columns
 *
 * The same shape serves a host profile (one column: the reset values) and a snapshot (one column per vCPU), so that
 * comparing the two is one merge of two ascending lists. Pure: no Linux header, no ioctl.
 */
#ifndef CVMM_KVM_IOCTLS_REGSET_H
#define CVMM_KVM_IOCTLS_REGSET_H

#include <cvmm/kvm-ioctls/base.h>

CVMM_BEGIN_DECLS

/**
 * struct cvmm_item - one register of a set
 * @id:   the register id
 * @size: bytes of its value, 1 to CVMM_REG_BYTES_MAX
 * @off:  where its value starts in each column
 */
struct cvmm_item {
	uint64_t id;
	uint32_t size;
	uint32_t off;
};

/**
 * struct cvmm_regset - registers and their values
 * @item:   @n items, strictly ascending by id
 * @col:    @ncols columns of @stride bytes each; values little-endian, as KVM writes them on every supported host
 * @n:      number of registers
 * @ncols:  number of columns (vCPUs)
 * @stride: bytes of one column; every item's off + size is at most this
 * @zero:   0
 *
 * Points into storage of the caller, which outlives it. A set with @n == 0 is valid.
 */
struct cvmm_regset {
	const struct cvmm_item *item;
	const uint8_t *col;
	uint32_t n;
	uint32_t ncols;
	uint32_t stride;
	uint32_t zero;
};

/**
 * struct cvmm_pair - an id and a 64-bit value
 * @id:    what it is about: a register id, a capability number, a trait number
 * @value: the value
 *
 * Lists of pairs ascend strictly by @id.
 */
struct cvmm_pair {
	uint64_t id;
	uint64_t value;
};

/** CVMM_WIDE_BYTES: the longest value that promises something: SVE_VLS. */
#define CVMM_WIDE_BYTES 64u

/**
 * struct cvmm_wide - an id and a value of more than 8 bytes
 * @id:    the register
 * @value: its value, as many bytes as the id says; the others are 0
 *
 * Lists of them ascend strictly by @id.
 */
struct cvmm_wide {
	uint64_t id;
	uint8_t value[CVMM_WIDE_BYTES];
};

/**
 * cvmm_regset_find() - look a register up
 * @set: the set
 * @id:  the register id
 *
 * Return: its index in @set->item, or -ENOENT. Binary search.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_regset_find(const struct cvmm_regset *set, uint64_t id);

/**
 * cvmm_regset_value() - a register's bytes in one column
 * @set:  the set
 * @item: index of the register, less than @set->n
 * @col:  index of the column, less than @set->ncols
 *
 * Return: pointer to @set->item[@item].size bytes inside the set.
 */
static inline const uint8_t *cvmm_regset_value(const struct cvmm_regset *set, uint32_t item, uint32_t col)
{
	return set->col + (size_t)col * set->stride + set->item[item].off;
}

/**
 * cvmm_regset_u64() - a register's value as an integer
 * @set:  the set
 * @item: index of the register
 * @col:  index of the column
 *
 * Return: the value of a register of up to 8 bytes, zero-extended; the low 8 bytes of a wider one.
 */
CVMM_API uint64_t cvmm_regset_u64(const struct cvmm_regset *set, uint32_t item, uint32_t col);

/**
 * cvmm_pair_find() - look an id up in an ascending list of pairs
 * @list: the list
 * @n:    its length
 * @id:   the id
 *
 * Return: the pair inside @list, or NULL.
 */
CVMM_API const struct cvmm_pair *cvmm_pair_find(const struct cvmm_pair *list, uint32_t n, uint64_t id);

/** cvmm_load_le() - @size (1 to 8) little-endian bytes at @p as an integer; only the low 8 bytes of more. */
static inline uint64_t cvmm_load_le(const uint8_t *p, uint32_t size)
{
	uint64_t v = 0;
	uint32_t i;

	/* Nearly all are 8 bytes long, and written like this they are one load. */
	if (size >= 8)
		return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
		       (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
	for (i = 0; i < size; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

/** cvmm_store_le() - the low @size bytes of @v at @p, little-endian; bytes beyond 8 become 0. */
static inline void cvmm_store_le(uint8_t *p, uint32_t size, uint64_t v)
{
	uint32_t i;

	for (i = 0; i < size; i++)
		p[i] = (uint8_t)(i < 8 ? v >> (8 * i) : 0);
}

CVMM_END_DECLS

#endif
