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

/* The next word of a column that has @left bytes to go, zero-extended. */
static inline uint64_t next_word(struct cvmm_gather *g, uint32_t left)
{
	uint64_t w = 0;

	if (left < WORD_BYTES) {
		cvmm_gather_next(g, (uint8_t *)&w, left);
	} else if (g->packed && g->col) {
		memcpy(&w, g->col, WORD_BYTES);
		g->col += WORD_BYTES;
	} else {
		cvmm_gather_next(g, (uint8_t *)&w, WORD_BYTES);
	}
	return w;
}

static inline enum code code_of(uint64_t word, uint64_t before)
{
	if (word == before)
		return CODE_SAME;
	return word ? CODE_LITERAL : CODE_ZERO;
}

/** struct batch - small pieces on their way to the sink */
struct batch {
	cvmm_snapshot_sink *put;
	void *arg;
	size_t held;
	uint8_t bytes[1024];
};

static int flush(struct batch *b)
{
	size_t n = b->held;

	b->held = 0;
	return n ? b->put(b->arg, b->bytes, n) : 0;
}

static inline int add(struct batch *b, const void *p, size_t n)
{
	int err = sizeof(b->bytes) - b->held < n ? flush(b) : 0;

	memcpy(b->bytes + b->held, p, n);
	b->held += n;
	return err;
}

/*
 * The words behind four codes, which share a byte, of columns without gaps. Nothing is decided by jumping, because what a
 * column holds is not to be guessed.
 */
static inline int take_four(struct cvmm_gather *g, uint64_t *word, uint32_t left)
{
	size_t bytes = CODES_PER_BYTE * WORD_BYTES;

	if (!g->packed || left < bytes)
		return 0;
	if (!g->col) {
		memset(word, 0, bytes);
		return 1;
	}
	memcpy(word, g->col, bytes);
	g->col += bytes;
	return 1;
}

static inline uint8_t quick_code(uint64_t word, uint64_t before)
{
	return (uint8_t)((word != before) << (word != 0));
}

_Static_assert(CODE_SAME == 0 && CODE_ZERO == 1 && CODE_LITERAL == 2, "quick_code()");

/* As far as it goes; the rest is for the loop below. */
static inline int put_four_codes(struct cvmm_gather *before, struct cvmm_gather *col, uint32_t left, struct batch *out)
{
	uint64_t a[CODES_PER_BYTE], b[CODES_PER_BYTE];
	uint32_t k, codes = 0;
	uint8_t byte;
	int err;

	if (!take_four(col, b, left) || !take_four(before, a, left))
		return 0;
	for (k = 0; k < CODES_PER_BYTE; k++)
		codes |= (uint32_t)quick_code(b[k], a[k]) << 2 * k;
	byte = (uint8_t)codes;
	err = add(out, &byte, 1);
	return err ? err : 1;
}

static inline int put_four_literals(
	struct cvmm_gather *before, struct cvmm_gather *col, uint32_t left, struct batch *out)
{
	uint64_t a[CODES_PER_BYTE], b[CODES_PER_BYTE];
	uint32_t k;
	int err;

	if (!take_four(col, b, left) || !take_four(before, a, left))
		return 0;
	err = sizeof(out->bytes) - out->held < sizeof(b) ? flush(out) : 0;
	for (k = 0; k < CODES_PER_BYTE; k++) {
		memcpy(out->bytes + out->held, &b[k], WORD_BYTES);
		out->held += (quick_code(b[k], a[k]) >> 1) * WORD_BYTES;
	}
	return err ? err : 1;
}

static int put_codes(struct cvmm_gather before, struct cvmm_gather col, uint32_t stride, struct batch *out)
{
	uint32_t at, shift = 0;
	uint8_t codes = 0;
	int err = 0;

	for (at = 0; (err = put_four_codes(&before, &col, stride - at, out)) > 0;)
		at += CODES_PER_BYTE * WORD_BYTES;
	for (; at < stride && !err; at += WORD_BYTES) {
		uint64_t old = next_word(&before, stride - at);

		codes |= (uint8_t)(code_of(next_word(&col, stride - at), old) << shift);
		shift += 2;
		if (shift == 8 || stride - at <= WORD_BYTES) {
			err = add(out, &codes, 1);
			codes = 0;
			shift = 0;
		}
	}
	return err;
}

static int put_literals(struct cvmm_gather before, struct cvmm_gather col, uint32_t stride, struct batch *out)
{
	uint32_t at;
	int err = 0;

	for (at = 0; (err = put_four_literals(&before, &col, stride - at, out)) > 0;)
		at += CODES_PER_BYTE * WORD_BYTES;
	for (; at < stride && !err; at += WORD_BYTES) {
		uint64_t old = next_word(&before, stride - at);
		uint64_t new = next_word(&col, stride - at);

		if (code_of(new, old) == CODE_LITERAL)
			err = add(out, &new, stride - at < WORD_BYTES ? stride - at : WORD_BYTES);
	}
	return err;
}

int cvmm_sparse_encode(const struct cvmm_gather *before, const struct cvmm_gather *col, uint32_t stride,
	cvmm_snapshot_sink *put, void *arg)
{
	struct batch out;
	int err;

	out.put = put;
	out.arg = arg;
	out.held = 0;
	err = put_codes(*before, *col, stride, &out);
	if (!err)
		err = put_literals(*before, *col, stride, &out);
	return err ? err : flush(&out);
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
		wrong |= code ^ quick_code(word[k], old[k]);
	}
	if (wrong)
		return 0;
	memcpy(col, word, sizeof(word));
	in->pos = (size_t)(lit - in->buf);
	return 1;
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

		/* Four words that did not change: most of most columns. */
		if (i % 4 == 0 && !codes[i / 4] && stride - at >= 4 * WORD_BYTES) {
			if (prev)
				memcpy(col + at, prev + at, 4 * WORD_BYTES);
			else
				memset(col + at, 0, 4 * WORD_BYTES);
			i += 3;
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
