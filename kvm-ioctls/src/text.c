/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The strict text reader and writer: every byte of an input is judged here, nowhere else. */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/text.h>

#include <errno.h>
#include <string.h>

/* Value of a lower-case hex digit plus 1, so that every other byte is 0. */
static const uint8_t digit[256] = {
	['0'] = 1,
	['1'] = 2,
	['2'] = 3,
	['3'] = 4,
	['4'] = 5,
	['5'] = 6,
	['6'] = 7,
	['7'] = 8,
	['8'] = 9,
	['9'] = 10,
	['a'] = 11,
	['b'] = 12,
	['c'] = 13,
	['d'] = 14,
	['e'] = 15,
	['f'] = 16,
};

void cvmm_text_init(struct cvmm_text *t, const char *text, size_t len, struct cvmm_error *e)
{
	struct cvmm_text fresh = { .e = e };

	fresh.first = text ? text : "";
	fresh.at = fresh.first;
	fresh.end = fresh.first + (text ? len : 0);
	*t = fresh;
}

int cvmm_text_fail(const struct cvmm_text *t, enum cvmm_reason reason, uint64_t id)
{
	(void)cvmm_fail_id(t->e, -EINVAL, reason, id, 0);
	if (t->e) {
		t->e->section = t->line;
		t->e->offset = (uint64_t)(t->at - t->first);
	}
	return -EINVAL;
}

int cvmm_text_line(struct cvmm_text *t, struct cvmm_word *kind)
{
	if (t->eol)
		t->at = t->eol + 1;
	if (t->at == t->end)
		return 0;
	t->line++;
	t->eol = memchr(t->at, '\n', (size_t)(t->end - t->at));
	if (!t->eol)
		return cvmm_text_fail(t, CVMM_REASON_TEXT_SYNTAX, 0);
	kind->p = t->at;
	while (t->at<t->eol && * t->at> ' ' && *t->at < 0x7f)
		t->at++;
	kind->len = (size_t)(t->at - kind->p);
	if (!kind->len || (t->at < t->eol && *t->at != ' '))
		return cvmm_text_fail(t, CVMM_REASON_TEXT_SYNTAX, 0);
	return 1;
}

/* Steps over the one space before a word; the word has at least one byte left in the line. */
static int enter(struct cvmm_text *t)
{
	if (t->eol - t->at < 2 || t->at[0] != ' ' || t->at[1] == ' ')
		return cvmm_text_fail(t, CVMM_REASON_TEXT_SYNTAX, 0);
	t->at++;
	return 0;
}

/* A number ends where its word ends. */
static int leave(struct cvmm_text *t, const char *to)
{
	if (to < t->eol && *to != ' ')
		return cvmm_text_fail(t, CVMM_REASON_TEXT_NUMBER, 0);
	t->at = to;
	return 0;
}

int cvmm_text_word(struct cvmm_text *t, struct cvmm_word *w)
{
	const char *from;
	int ret = enter(t);

	if (ret)
		return ret;
	from = t->at;
	while (t->at<t->eol && * t->at> ' ' && *t->at < 0x7f)
		t->at++;
	if (t->at < t->eol && *t->at != ' ')
		return cvmm_text_fail(t, CVMM_REASON_TEXT_SYNTAX, 0);
	w->p = from;
	w->len = (size_t)(t->at - from);
	return 0;
}

/* Reads up to 16 hex digits; returns the place behind them. */
static const char *hex(const struct cvmm_text *t, uint64_t *v)
{
	const char *p = t->at, *stop = t->eol - t->at > 16 ? t->at + 16 : t->eol;
	uint64_t sum = 0;

	for (; p < stop && digit[(uint8_t)*p]; p++)
		sum = sum << 4 | (uint64_t)(digit[(uint8_t)*p] - 1);
	*v = sum;
	return p;
}

int cvmm_text_hex16(struct cvmm_text *t, uint64_t *v)
{
	const char *to;
	uint64_t sum;
	int ret = enter(t);

	if (ret)
		return ret;
	to = hex(t, &sum);
	if (to - t->at != 16)
		return cvmm_text_fail(t, CVMM_REASON_TEXT_NUMBER, 0);
	ret = leave(t, to);
	if (!ret)
		*v = sum;
	return ret;
}

int cvmm_text_hex(struct cvmm_text *t, uint64_t *v)
{
	const char *to;
	uint64_t sum;
	int ret = enter(t);

	if (ret)
		return ret;
	to = hex(t, &sum);
	if (to == t->at || (*t->at == '0' && to - t->at > 1))
		return cvmm_text_fail(t, CVMM_REASON_TEXT_NUMBER, 0);
	ret = leave(t, to);
	if (!ret)
		*v = sum;
	return ret;
}

int cvmm_text_dec(struct cvmm_text *t, uint64_t max, uint64_t *v)
{
	const char *to;
	uint64_t sum = 0;
	int ret = enter(t);

	if (ret)
		return ret;
	for (to = t->at; to < t->eol && *to >= '0' && *to <= '9'; to++) {
		uint64_t d = (uint64_t)(*to - '0');

		if (d > max || sum > (max - d) / 10)
			return cvmm_text_fail(t, CVMM_REASON_TEXT_NUMBER, 0);
		sum = sum * 10 + d;
	}
	if (to == t->at || (*t->at == '0' && to - t->at > 1))
		return cvmm_text_fail(t, CVMM_REASON_TEXT_NUMBER, 0);
	ret = leave(t, to);
	if (!ret)
		*v = sum;
	return ret;
}

int cvmm_text_reg_id(struct cvmm_text *t, uint32_t arch, uint64_t *id)
{
	uint64_t v;
	int ret = cvmm_text_hex16(t, &v);

	if (ret)
		return ret;
	if (cvmm_reg_arch(v) != arch)
		return cvmm_text_fail(t, CVMM_REASON_WRONG_ARCH, v);
	if (!cvmm_reg_bytes(v))
		return cvmm_text_fail(t, CVMM_REASON_REG_ID_MALFORMED, v);
	*id = v;
	return 0;
}

int cvmm_text_bytes(struct cvmm_text *t, uint32_t size, uint8_t *out)
{
	size_t digits = 2 * (size_t)size, i;
	uint32_t bad = 0;
	int ret = enter(t);

	if (ret)
		return ret;
	if ((size_t)(t->eol - t->at) < digits)
		return cvmm_text_fail(t, CVMM_REASON_TEXT_NUMBER, 0);
	for (i = 0; i < digits; i++)
		bad |= !digit[(uint8_t)t->at[i]];
	if (bad)
		return cvmm_text_fail(t, CVMM_REASON_TEXT_NUMBER, 0);
	ret = leave(t, t->at + digits);
	for (i = 0; !ret && i < size; i++) {
		const char *pair = t->at - 2 * (i + 1);

		out[i] = (uint8_t)((digit[(uint8_t)pair[0]] - 1) << 4 | (digit[(uint8_t)pair[1]] - 1));
	}
	return ret;
}

int cvmm_text_done(const struct cvmm_text *t)
{
	return t->at == t->eol ? 0 : cvmm_text_fail(t, CVMM_REASON_TEXT_SYNTAX, 0);
}

int cvmm_word_is(const struct cvmm_word *w, const char *text)
{
	return strlen(text) == w->len && !memcmp(w->p, text, w->len);
}

void cvmm_out_mem(struct cvmm_out *o, const char *p, size_t len)
{
	if (o->len <= o->cap && len <= o->cap - o->len)
		memcpy(o->buf + o->len, p, len);
	o->len += len;
}

void cvmm_out_str(struct cvmm_out *o, const char *text)
{
	cvmm_out_mem(o, text, strlen(text));
}

void cvmm_out_hex(struct cvmm_out *o, uint64_t v, uint32_t digits)
{
	char text[16];
	uint32_t n = 16;

	if (digits > 16)
		digits = 16;
	do {
		text[--n] = "0123456789abcdef"[v & 15];
		v >>= 4;
	} while (n && (v || 16 - n < digits));
	cvmm_out_mem(o, text + n, 16 - n);
}

void cvmm_out_dec(struct cvmm_out *o, uint64_t v)
{
	char text[20];
	uint32_t n = sizeof(text);

	do {
		text[--n] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	cvmm_out_mem(o, text + n, sizeof(text) - n);
}

void cvmm_out_bytes(struct cvmm_out *o, const uint8_t *p, uint32_t size)
{
	while (size--)
		cvmm_out_hex(o, p[size], 2);
}
