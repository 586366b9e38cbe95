/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Columns: the canonical order of a column's bytes, and the sparse coding of format 1.1. */
#include "columns.h"

#include <errno.h>
#include <string.h>

uint32_t cvmm_regset_packed_bytes(const struct cvmm_regset *set)
{
	uint32_t i, sum = 0;

	for (i = 0; i < set->n; i++)
		sum += set->item[i].size;
	return sum;
}

int cvmm_regset_packed(const struct cvmm_regset *set)
{
	uint32_t i, sum = 0;

	for (i = 0; i < set->n; sum += set->item[i++].size)
		if (set->item[i].off != sum)
			return 0;
	return 1;
}

void cvmm_gather_start(struct cvmm_gather *g, const struct cvmm_regset *set, const uint8_t *col, int packed)
{
	g->set = set;
	g->col = col;
	g->item = 0;
	g->done = 0;
	g->packed = packed;
}

void cvmm_gather_next(struct cvmm_gather *g, uint8_t *dst, size_t n)
{
	const struct cvmm_item *it;
	size_t part;

	if (!g->col) {
		memset(dst, 0, n);
		return;
	}
	if (g->packed) {
		memcpy(dst, g->col, n);
		g->col += n;
		return;
	}
	for (; n; n -= part, dst += part) {
		it = &g->set->item[g->item];
		part = it->size - g->done < n ? it->size - g->done : n;
		memcpy(dst, g->col + it->off + g->done, part);
		g->done += (uint32_t)part;
		if (g->done == it->size) {
			g->item++;
			g->done = 0;
		}
	}
}

static inline uint8_t code_of(uint64_t word, uint64_t before)
{
	return (uint8_t)((word != before) << (word != 0));
}

_Static_assert(CODE_SAME == 0 && CODE_ZERO == 1 && CODE_LITERAL == 2, "code_of()");

#define BLOCK_WORDS 128u
#define BLOCK_BYTES (BLOCK_WORDS * WORD_BYTES)
#define BLOCK_CODES (BLOCK_WORDS / CODES_PER_BYTE)
#define SKIP_BYTES  128u

/* The next @n bytes of a column, where they lie if that is a whole number of words; else in @local, zero-extended. */
static const uint8_t *next_block(struct cvmm_gather *g, uint8_t *local, size_t n)
{
	const uint8_t *at = g->col;

	if (g->packed && at && n % WORD_BYTES == 0) {
		g->col += n;
		return at;
	}
	cvmm_gather_next(g, local, n);
	memset(local + n, 0, round_up(n, WORD_BYTES) - n);
	return local;
}

/*
 * Code up to four words, which share a byte. Nothing is decided by jumping, because what a column holds is not to be
 * guessed; so 8 bytes are written at @lit even where fewer of them stay. Return: bytes that stay.
 */
static inline size_t code_words(const uint8_t *was, const uint8_t *is, uint32_t words, uint8_t *codes, uint8_t *lit)
{
	const uint8_t *start = lit;
	uint32_t k, byte = 0;

	for (k = 0; k < words; k++) {
		uint64_t a, b;
		uint32_t code;

		memcpy(&a, was + (size_t)k * WORD_BYTES, WORD_BYTES);
		memcpy(&b, is + (size_t)k * WORD_BYTES, WORD_BYTES);
		code = code_of(b, a);
		byte |= code << 2 * k;
		memcpy(lit, &b, WORD_BYTES);
		lit += (code >> 1) * WORD_BYTES;
	}
	*codes = (uint8_t)byte;
	return (size_t)(lit - start);
}

/*
 * The next block of @n bytes, at most BLOCK_BYTES: its codes, and its literals, for which there is room for all words.
 * Return: bytes of literals.
 */
static size_t code_block(struct cvmm_gather *before, struct cvmm_gather *col, size_t n, uint8_t *codes, uint8_t *lit)
{
	uint8_t old[BLOCK_BYTES], new[BLOCK_BYTES];
	const uint8_t *was = next_block(before, old, n), *is = next_block(col, new, n);
	size_t at, bytes = round_up(n, WORD_BYTES), len = 0, step;

	for (at = 0; at < bytes; at += step) {
		size_t words = (bytes - at) / WORD_BYTES;

		/* Most of most columns did not change. */
		step = SKIP_BYTES;
		if (bytes - at >= SKIP_BYTES && !memcmp(was + at, is + at, SKIP_BYTES)) {
			memset(codes, 0, SKIP_BYTES / WORD_BYTES / CODES_PER_BYTE);
			codes += SKIP_BYTES / WORD_BYTES / CODES_PER_BYTE;
			continue;
		}
		step = (size_t)CODES_PER_BYTE * WORD_BYTES;
		/* A number that the compiler knows unrolls the loop. */
		if (words >= CODES_PER_BYTE)
			len += code_words(was + at, is + at, CODES_PER_BYTE, codes, lit + len);
		else
			len += code_words(was + at, is + at, (uint32_t)words, codes, lit + len);
		codes++;
	}
	/* The last word is as long as it is in the column. */
	if (n % WORD_BYTES && codes[-1] >> (bytes / WORD_BYTES - 1) % CODES_PER_BYTE * 2 == CODE_LITERAL)
		len -= bytes - n;
	return len;
}

size_t cvmm_sparse_room(uint32_t stride)
{
	size_t words = round_up(stride, WORD_BYTES) / WORD_BYTES;

	return round_up(words, CODES_PER_BYTE) / CODES_PER_BYTE + words * WORD_BYTES;
}

size_t cvmm_sparse_encode(struct cvmm_gather before, struct cvmm_gather col, uint32_t stride, uint8_t *to)
{
	size_t words = round_up(stride, WORD_BYTES) / WORD_BYTES;
	uint8_t *codes = to, *lit = to + round_up(words, CODES_PER_BYTE) / CODES_PER_BYTE;
	size_t at, n;

	for (at = 0; at < stride; at += n, codes += BLOCK_CODES) {
		n = stride - at < BLOCK_BYTES ? stride - at : BLOCK_BYTES;
		lit += code_block(&before, &col, n, codes, lit);
	}
	return (size_t)(lit - to);
}

/* One walk over a column for the codes, or for the literals. */
static int put_blocks(struct cvmm_gather before, struct cvmm_gather col, uint32_t stride, int literals,
	cvmm_snapshot_sink *put, void *arg)
{
	uint8_t codes[BLOCK_CODES], lit[BLOCK_BYTES];
	size_t at, n, len;
	int err = 0;

	for (at = 0; at < stride && !err; at += n) {
		n = stride - at < BLOCK_BYTES ? stride - at : BLOCK_BYTES;
		len = code_block(&before, &col, n, codes, lit);
		if (literals)
			err = len ? put(arg, lit, len) : 0;
		else
			err = put(arg, codes, round_up(n, CODES_PER_BYTE * WORD_BYTES) / (CODES_PER_BYTE * WORD_BYTES));
	}
	return err;
}

int cvmm_sparse_put(
	struct cvmm_gather before, struct cvmm_gather col, uint32_t stride, cvmm_snapshot_sink *put, void *arg)
{
	int err = put_blocks(before, col, stride, 0, put, arg);

	return err ? err : put_blocks(before, col, stride, 1, put, arg);
}

static int bad(struct cvmm_error *e, enum cvmm_reason reason, size_t offset)
{
	return cvmm_fail_at(e, -EBADMSG, reason, SECTION_SPARSE, offset);
}

/*
 * Four whole words at once, if all is well: otherwise nothing is taken, and the loop below says what is wrong and where.
 */
static inline int decode_four(struct cvmm_span *in, uint32_t byte, const uint8_t *prev, uint8_t *col)
{
	uint64_t old[CODES_PER_BYTE] = { 0 }, word[CODES_PER_BYTE];
	const uint8_t *lit = in->buf + in->pos;
	uint32_t k, wrong = 0;

	if (in->end - in->pos < sizeof(word))
		return 0;
	if (prev)
		memcpy(old, prev, sizeof(old));
	for (k = 0; k < CODES_PER_BYTE; k++) {
		uint32_t code = byte >> 2 * k & 3;
		uint64_t literal;

		memcpy(&literal, lit, WORD_BYTES);
		lit += (code >> 1) * WORD_BYTES;
		word[k] = (literal & (0 - (uint64_t)(code == CODE_LITERAL))) |
			  (old[k] & (0 - (uint64_t)(code == CODE_SAME)));
		wrong |= code ^ code_of(word[k], old[k]);
	}
	if (wrong)
		return 0;
	memcpy(col, word, sizeof(word));
	in->pos = (size_t)(lit - in->buf);
	return 1;
}

/* How many of @n bytes of codes are 0 in front: most of most columns did not change. */
static inline uint32_t unchanged(const uint8_t *codes, uint32_t n)
{
	uint64_t eight = 0;
	uint32_t i = 0;

	for (; n - i >= 8 && !eight; i += eight ? 0 : 8)
		memcpy(&eight, codes + i, 8);
	while (i < n && !codes[i])
		i++;
	return i;
}

int cvmm_sparse_decode(struct cvmm_span *in, const uint8_t *prev, uint8_t *col, uint32_t stride, struct cvmm_error *e)
{
	uint32_t words = (stride + WORD_BYTES - 1) / WORD_BYTES, i;
	size_t start = in->pos;
	const uint8_t *codes = cvmm_span_take(in, (words + 3) / 4);

	if (!codes)
		return bad(e, CVMM_REASON_COUNT, start);
	if (words % 4 && codes[words / 4] >> words % 4 * 2)
		return bad(e, CVMM_REASON_PADDING, start + words / 4);
	for (i = 0; i < words; i++) {
		size_t at = (size_t)i * WORD_BYTES;
		size_t n = stride - at < WORD_BYTES ? stride - at : WORD_BYTES;
		enum code code = (enum code)(codes[i / 4] >> i % 4 * 2 & 3);
		size_t here = code == CODE_LITERAL ? in->pos : start + i / 4;
		const uint8_t *lit;
		uint64_t word = 0, old = 0;

		if (i % 4 == 0 && !codes[i / 4] && stride - at >= 4 * WORD_BYTES) {
			uint32_t run = unchanged(codes + i / 4, (stride - (uint32_t)at) / (4 * WORD_BYTES));

			if (prev)
				memcpy(col + at, prev + at, (size_t)run * 4 * WORD_BYTES);
			else
				memset(col + at, 0, (size_t)run * 4 * WORD_BYTES);
			i += run * 4 - 1;
			continue;
		}
		if (i % 4 == 0 && stride - at >= 4 * WORD_BYTES &&
			decode_four(in, codes[i / 4], prev ? prev + at : NULL, col + at)) {
			i += 3;
			continue;
		}
		if (prev)
			memcpy(&old, prev + at, n);
		if (code == CODE_SAME)
			word = old;
		if (code == CODE_LITERAL) {
			lit = cvmm_span_take(in, n);
			if (!lit)
				return bad(e, CVMM_REASON_COUNT, here);
			memcpy(&word, lit, n);
		}
		if (code != code_of(word, old))
			return bad(e, CVMM_REASON_NOT_CANONICAL, here);
		memcpy(col + at, &word, n);
	}
	return 0;
}
