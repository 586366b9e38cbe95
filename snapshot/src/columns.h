/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Columns: the canonical order of a column's bytes, and the sparse coding of format 1.1. */
#ifndef CVMM_SNAPSHOT_COLUMNS_H
#define CVMM_SNAPSHOT_COLUMNS_H

#include "wire.h"

/* Sparse coding: FORMAT.md, section 7. */
#define WORD_BYTES     8u
#define CODES_PER_BYTE 4u
enum code {
	CODE_SAME = 0,
	CODE_ZERO = 1,
	CODE_LITERAL = 2,
};

/**
 * struct cvmm_gather - a column's values in canonical order, wherever they lie
 * @set:    the set
 * @col:    the column, or what is left of a packed one; NULL: all zero
 * @item:   next item
 * @done:   bytes of it that were handed out
 * @packed: cvmm_regset_packed()
 */
struct cvmm_gather {
	const struct cvmm_regset *set;
	const uint8_t *col;
	uint32_t item;
	uint32_t done;
	int packed;
};

/* Is every value right behind the one in front, so that a column is the canonical one as it lies? */
int cvmm_regset_packed(const struct cvmm_regset *set);

/* Bytes of a canonical column. */
uint32_t cvmm_regset_packed_bytes(const struct cvmm_regset *set);

void cvmm_gather_start(struct cvmm_gather *g, const struct cvmm_regset *set, const uint8_t *col, int packed);

/* The next @n bytes; there are as many. */
void cvmm_gather_next(struct cvmm_gather *g, uint8_t *dst, size_t n);

/* Storage that cvmm_sparse_encode() may write to, which is more than it gives back. */
size_t cvmm_sparse_room(uint32_t stride);

/* Code a column at @to, in one walk. Both columns are at their start. Return: bytes of the coding. */
size_t cvmm_sparse_encode(struct cvmm_gather before, struct cvmm_gather col, uint32_t stride, uint8_t *to);

/* The same coding for whoever has no storage of that size: two walks. Return: 0, or @put's error. */
int cvmm_sparse_put(
	struct cvmm_gather before, struct cvmm_gather col, uint32_t stride, cvmm_snapshot_sink *put, void *arg);

/* Decode one column of @stride bytes; @prev may be NULL. Return: 0, or -EBADMSG with the reason. */
int cvmm_sparse_decode(struct cvmm_span *in, const uint8_t *prev, uint8_t *col, uint32_t stride, struct cvmm_error *e);

#endif
