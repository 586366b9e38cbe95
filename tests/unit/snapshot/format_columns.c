/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Sparse columns against a coder that follows FORMAT.md word by word, and writing into storage of every size. */
#include "../../../snapshot/src/columns.c"

#include "collect.h"
#include "snap.h"

#include <criterion/criterion.h>

#include <stdlib.h>

#define STRIDE_MAX 5000u
#define GUARD	   0xee

static uint8_t was[STRIDE_MAX], is[STRIDE_MAX], plain[2 * STRIDE_MAX], coded[2 * STRIDE_MAX];
static uint64_t seed = 1;

static uint32_t rnd(uint32_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)(seed >> 33) % n;
}

/* FORMAT.md, section 7. */
static size_t by_the_book(const uint8_t *before, const uint8_t *column, size_t stride, uint8_t *to)
{
	static const uint8_t zero[8];
	size_t words = (stride + 7) / 8, len = (words + 3) / 4, i;

	memset(to, 0, len);
	for (i = 0; i < words; i++) {
		size_t n = stride - 8 * i < 8 ? stride - 8 * i : 8;
		unsigned int code = 2;

		if (!memcmp(column + 8 * i, before + 8 * i, n))
			code = 0;
		else if (!memcmp(column + 8 * i, zero, n))
			code = 1;
		to[i / 4] = (uint8_t)(to[i / 4] | code << i % 4 * 2);
		if (code == 2) {
			memcpy(to + len, column + 8 * i, n);
			len += n;
		}
	}
	return len;
}

/* Of each 16 words, @changed differ on average, every other one of them by being zero. */
static void columns(size_t stride, uint32_t changed)
{
	size_t i, k;

	for (i = 0; i < stride; i++)
		was[i] = rnd(3) ? (uint8_t)rnd(256) : 0;
	memcpy(is, was, stride);
	for (i = 0; i < stride; i += 8)
		if (rnd(16) < changed) {
			uint32_t zero = rnd(2);

			for (k = i; k < i + 8 && k < stride; k++)
				is[k] = zero ? 0 : (uint8_t)rnd(256);
		}
}

static void check_coding(
	const struct cvmm_regset *set, const uint8_t *before, const uint8_t *col, int packed, size_t len)
{
	uint32_t stride = cvmm_regset_packed_bytes(set);
	struct cvmm_gather a, b;
	struct collected c = { coded, 0, SIZE_MAX };
	size_t room = cvmm_sparse_room(stride), calls;

	cvmm_gather_start(&a, set, before, packed);
	cvmm_gather_start(&b, set, col, packed);
	memset(coded, GUARD, sizeof(coded));
	cr_assert_eq(cvmm_sparse_encode(a, b, stride, coded), len);
	cr_assert_arr_eq(coded, plain, len);
	cr_assert_eq(coded[room], GUARD);
	cr_assert_eq(cvmm_sparse_put(a, b, stride, collect, &c), 0);
	cr_assert_eq((size_t)(c.at - coded), len);
	cr_assert_arr_eq(coded, plain, len);
	for (calls = c.calls; calls--;) {
		c = (struct collected){ coded, 0, calls };
		cr_assert_eq(cvmm_sparse_put(a, b, stride, collect, &c), -EDQUOT);
	}
}

static void check_decoding(const uint8_t *before, uint32_t stride, size_t len)
{
	static uint8_t back[STRIDE_MAX + 1];
	struct cvmm_span in = { plain, 0, len };
	struct cvmm_error e;

	memset(back, GUARD, sizeof(back));
	cr_assert_eq(cvmm_sparse_decode(&in, before, back, stride, &e), 0);
	cr_assert_eq(in.pos, len);
	cr_assert_arr_eq(back, is, stride);
	cr_assert_eq(back[stride], GUARD);
}

/* Every length around the sizes of a word, of a byte of codes, of what is skipped and of a block; and long ones. */
static uint32_t stride_of(uint32_t i)
{
	static const uint32_t around[] = { 128, 256, 1024, 2048, 4096 };

	if (i < 80)
		return i + 1;
	if (i < 80 + 5 * 19)
		return around[(i - 80) / 19] - 9 + (i - 80) % 19;
	return 1 + rnd(STRIDE_MAX - 8);
}

Test(format_columns, codes_are_by_the_book)
{
	static const uint32_t changed[] = { 0, 1, 4, 12, 16 };
	static uint8_t none[STRIDE_MAX];
	uint32_t i, k;

	for (i = 0; i < 400; i++)
		for (k = 0; k < sizeof(changed) / sizeof(changed[0]); k++) {
			uint32_t stride = stride_of(i);
			struct cvmm_item item = { .id = 1, .size = stride };
			struct cvmm_regset set = { .n = 1, .ncols = 1, .stride = stride, .item = &item };
			size_t len;

			columns(stride, changed[k]);
			len = by_the_book(was, is, stride, plain);
			check_coding(&set, was, is, 1, len);
			check_coding(&set, was, is, 0, len);
			check_decoding(was, stride, len);
			len = by_the_book(none, is, stride, plain);
			check_coding(&set, NULL, is, 1, len);
			check_decoding(NULL, stride, len);
		}
}

/* Values with gaps between them and in another order than their ids: the coding is that of the canonical column. */
Test(format_columns, values_that_lie_anywhere)
{
	static uint8_t gaps[2][2 * STRIDE_MAX];
	struct cvmm_item item[64];
	uint32_t round, i, at, stride;
	size_t len;

	for (round = 0; round < 200; round++) {
		struct cvmm_regset set = { .n = 1 + rnd(64), .ncols = 1, .stride = sizeof(gaps[0]), .item = item };

		for (i = 0, stride = 0; i < set.n; i++) {
			item[i] = (struct cvmm_item){ .id = i, .size = 1 + rnd(70) };
			stride += item[i].size;
		}
		columns(stride, rnd(8));
		for (i = set.n, at = 0; i--; at += item[i].size + rnd(9))
			item[i].off = at;
		for (i = 0, at = 0; i < set.n; at += item[i++].size) {
			memcpy(gaps[0] + item[i].off, was + at, item[i].size);
			memcpy(gaps[1] + item[i].off, is + at, item[i].size);
		}
		len = by_the_book(was, is, stride, plain);
		check_coding(&set, gaps[0], gaps[1], 0, len);
	}
}

/*
 * Storage of every size, too small by anything and larger than needed: the length is told, the bytes are the stream's, and
 * nothing is written behind the storage.
 */
Test(format_columns, storage_of_every_size)
{
	static struct snap_sample sample;
	const struct cvmm_view *v = snap_rich(&sample);
	const uint32_t formats[] = { CVMM_FORMAT_1_0, CVMM_FORMAT_1_1 };
	struct cvmm_error e;
	size_t i, cap, need, len;

	for (i = 0; i < 2; i++) {
		uint8_t *streamed, *file;
		struct collected c = { NULL, 0, SIZE_MAX };

		cr_assert_eq(cvmm_snapshot_size(v, formats[i], &need, &e), 0);
		c.at = streamed = malloc(need);
		cr_assert_eq(cvmm_snapshot_stream(v, formats[i], collect, &c, &len, &e), 0);
		for (cap = 0; cap < need + 3000; cap++) {
			file = malloc(cap + 1);
			memset(file, GUARD, cap + 1);
			cr_assert_eq(cvmm_snapshot_write(v, formats[i], file, cap, &len, &e), cap < need ? -E2BIG : 0);
			cr_assert_eq(len, need);
			cr_assert_eq(file[cap], GUARD);
			if (cap < need)
				cr_assert(e.reason == CVMM_REASON_BUFFER_TOO_SMALL && e.other == need);
			else
				cr_assert_arr_eq(file, streamed, need);
			free(file);
		}
		free(streamed);
	}
}
