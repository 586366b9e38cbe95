/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <inttypes.h>
#include <string.h>

#include "json.h"

/* Bytes of the valid UTF-8 sequence at @s, 0 if there is none. */
static unsigned int utf8_length(const unsigned char *s)
{
	static const struct {
		uint8_t lo, hi, second_lo, second_hi, len;
	} form[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	unsigned int i, k;

	for (i = 0; i < sizeof(form) / sizeof(form[0]); i++) {
		if (s[0] < form[i].lo || s[0] > form[i].hi)
			continue;
		if (s[1] < form[i].second_lo || s[1] > form[i].second_hi)
			return 0;
		for (k = 2; k < form[i].len; k++)
			if ((s[k] & 0xc0) != 0x80)
				return 0;
		return form[i].len;
	}
	return 0;
}

void json_text(FILE *f, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s) {
		unsigned int n = 1;

		if (*s >= 0x80) {
			n = utf8_length(s);
			if (n)
				(void)fwrite(s, 1, n, f);
			else
				(void)fputs("\\ufffd", f);
			n = n ? n : 1;
		} else if (*s == '"' || *s == '\\') {
			fprintf(f, "\\%c", *s);
		} else if (*s < 0x20 || *s == 0x7f || *s == '<') {
			fprintf(f, "\\u%04x", *s);
		} else {
			fputc(*s, f);
		}
		s += n;
	}
}

static void newline(struct json *j)
{
	fprintf(j->f, "\n%*s", (int)(2 * j->depth), "");
}

static void key(struct json *j, const char *name)
{
	unsigned int top = j->depth - 1;
	int flat = j->flat[top];

	if (j->filled[top])
		fputs(flat ? ", " : ",", j->f);
	j->filled[top] = 1;
	if (!flat)
		newline(j);
	if (!name)
		return;
	fputc('"', j->f);
	json_text(j->f, name);
	fputs("\": ", j->f);
}

static void open_one(struct json *j, char open, char close, int flat)
{
	fputc(open, j->f);
	/* No caller nests deeper: the documents' shapes are fixed. */
	if (j->depth == JSON_DEPTH_MAX)
		__builtin_trap();
	j->close[j->depth] = close;
	j->filled[j->depth] = 0;
	j->flat[j->depth] = (uint8_t)(flat || (j->depth > 0 && j->flat[j->depth - 1]));
	j->depth++;
}

void json_begin(struct json *j, FILE *f, const char *command)
{
	memset(j, 0, sizeof(*j));
	j->f = f;
	open_one(j, '{', '}', 0);
	json_number(j, "cvmm", 1);
	json_string(j, "command", command);
}

void json_finish(struct json *j)
{
	while (j->depth)
		json_end(j);
	fputc('\n', j->f);
}

void json_object(struct json *j, const char *name)
{
	key(j, name);
	open_one(j, '{', '}', 0);
}

void json_array(struct json *j, const char *name)
{
	key(j, name);
	open_one(j, '[', ']', 0);
}

void json_flat(struct json *j, const char *name)
{
	key(j, name);
	open_one(j, '{', '}', 1);
}

void json_list(struct json *j, const char *name)
{
	key(j, name);
	open_one(j, '[', ']', 1);
}

void json_end(struct json *j)
{
	j->depth--;
	if (j->filled[j->depth] && !j->flat[j->depth])
		newline(j);
	fputc(j->close[j->depth], j->f);
}

void json_string(struct json *j, const char *name, const char *value)
{
	key(j, name);
	fputc('"', j->f);
	json_text(j->f, value);
	fputc('"', j->f);
}

void json_number(struct json *j, const char *name, uint64_t value)
{
	key(j, name);
	fprintf(j->f, "%" PRIu64, value);
}

void json_bool(struct json *j, const char *name, int value)
{
	key(j, name);
	fputs(value ? "true" : "false", j->f);
}

void json_null(struct json *j, const char *name)
{
	key(j, name);
	fputs("null", j->f);
}

void json_hex(struct json *j, const char *name, uint64_t value)
{
	key(j, name);
	fprintf(j->f, "\"0x%" PRIx64 "\"", value);
}
