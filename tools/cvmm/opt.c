/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "opt.h"
#include "say.h"

int number_parse(const char *s, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (!*s)
		return -1;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return -1;
		if (__builtin_mul_overflow(v, UINT64_C(10), &v) || __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v))
			return -1;
	}
	if (v < min || v > max)
		return -1;
	*out = v;
	return 0;
}

int hex_or_decimal(const char *s, uint64_t *out)
{
	uint64_t v = 0;
	size_t n;

	if (s[0] != '0' || (s[1] != 'x' && s[1] != 'X'))
		return number_parse(s, 0, UINT64_MAX, out);
	s += 2;
	n = strlen(s);
	if (n == 0 || n > 16 || strspn(s, "0123456789abcdefABCDEF") != n)
		return -1;
	for (; *s; s++)
		v = v << 4 | (uint64_t)(*s <= '9' ? *s - '0' : (*s | 0x20) - 'a' + 10);
	*out = v;
	return 0;
}

static void words_add(struct words *w, const char *s)
{
	const char **v;

	/* Doubling only when full: the length is a power of two then. */
	if ((w->n & (w->n - 1)) == 0) {
		v = mem_array(w->n ? 2 * w->n : 1, sizeof(*v));
		if (w->n)
			memcpy(v, w->v, w->n * sizeof(*v));
		mem_drop(w->v);
		w->v = v;
	}
	w->v[w->n++] = s;
}

static void edits_add(struct args *a, const struct opt *o, const char *s)
{
	struct edit *v = mem_array(a->nedits + 1, sizeof(*v));

	if (a->nedits)
		memcpy(v, a->edit, a->nedits * sizeof(*v));
	mem_drop(a->edit);
	v[a->nedits].what = o->name[2];
	v[a->nedits].arg = s;
	a->edit = v;
	a->nedits++;
}

static int usage(const struct command *c, const char *text, const char *what)
{
	say("%s: %s %s; see cvmm %s --help", c->name, text, what, c->name);
	return STATUS_USAGE;
}

/* "--name", "--name=value" and "-o" find their row; *@value is what follows "=", or NULL. */
static const struct opt *find(const struct command *c, const char *word, const char **value)
{
	size_t len = strcspn(word, "=");
	const struct opt *o;

	*value = word[len] ? word + len + 1 : NULL;
	for (o = c->opt; o->name; o++)
		if (strlen(o->name) == len && memcmp(o->name, word, len) == 0)
			return o;
	return NULL;
}

static int take_string(const struct command *c, const struct opt *o, const char *value, struct args *a)
{
	const char **field = (const char **)(void *)((char *)a + o->field);

	if (*field)
		return usage(c, "given twice:", o->name);
	if (!*value)
		return usage(c, "an empty argument of", o->name);
	*field = value;
	return STATUS_YES;
}

static int take_number(const struct command *c, const struct opt *o, const char *value, struct args *a)
{
	uint64_t v;

	if (number_parse(value, o->min, o->max, &v)) {
		say("%s: %s %s: not a number from %u to %u", c->name, o->name, value, o->min, o->max);
		return STATUS_USAGE;
	}
	*(uint32_t *)(void *)((char *)a + o->field) = (uint32_t)v;
	return STATUS_YES;
}

static int take(const struct command *c, const struct opt *o, const char *value, struct args *a)
{
	switch (o->kind) {
	case OPT_STRING: return take_string(c, o, value, a);
	case OPT_NUMBER: return take_number(c, o, value, a);
	case OPT_WORDS: words_add((struct words *)(void *)((char *)a + o->field), value); return STATUS_YES;
	case OPT_EDIT: edits_add(a, o, value); return STATUS_YES;
	default: *(int *)(void *)((char *)a + o->field) = 1; return STATUS_YES;
	}
}

static int is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

/* One option and its words; returns how many words were used, or -STATUS_USAGE. */
static int option(const struct command *c, int argc, char **argv, struct args *a)
{
	const char *value;
	const struct opt *o = find(c, argv[0], &value);
	int used = 1;
	int ret;

	if (!o)
		return -usage(c, "unknown option:", argv[0]);
	if (o->kind == OPT_FLAG) {
		if (value)
			return -usage(c, "takes no argument:", o->name);
		return take(c, o, NULL, a) ? -STATUS_USAGE : 1;
	}
	if (!value) {
		if (argc < 2 || is_option(argv[1]))
			return -usage(c, "needs an argument:", o->name);
		value = argv[used++];
	}
	ret = take(c, o, value, a);
	while (!ret && o->kind == OPT_WORDS && used > 1 && used < argc && !is_option(argv[used]))
		ret = take(c, o, argv[used++], a);
	return ret ? -ret : used;
}

static int check_needed(const struct command *c, const struct args *a)
{
	const struct opt *o;

	for (o = c->opt; o->name; o++) {
		const char *field = (const char *)a + o->field;
		int there = 1;

		if (o->needed && o->kind == OPT_STRING)
			there = *(const char *const *)(const void *)field != NULL;
		if (o->needed && o->kind == OPT_WORDS)
			there = ((const struct words *)(const void *)field)->n > 0;
		if (!there)
			return usage(c, "is needed:", o->name);
	}
	if (a->files.n < c->min)
		return usage(c, c->min == 1 ? "is missing:" : "more are needed:", c->usage);
	if (a->files.n > c->max)
		return usage(c, "one argument too many:", a->files.v[c->max]);
	return STATUS_YES;
}

int opt_parse(const struct command *c, int argc, char **argv, struct args *a)
{
	int only_files = 0;
	int i = 0;

	while (i < argc) {
		int used = 1;

		if (!only_files && strcmp(argv[i], "--") == 0) {
			only_files = 1;
		} else if (!only_files && (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)) {
			a->help = 1;
			return STATUS_YES;
		} else if (!only_files && is_option(argv[i])) {
			used = option(c, argc - i, argv + i, a);
			if (used < 0)
				return -used;
		} else {
			words_add(&a->files, argv[i]);
		}
		i += used;
	}
	return check_needed(c, a);
}

void opt_help(const struct command *c)
{
	const struct opt *o;

	printf("cvmm %s%s%s\n\n%s\n", c->name, *c->usage ? " " : "", c->usage, c->help);
	if (c->opt->name)
		printf("\nOptions:\n");
	for (o = c->opt; o->name; o++) {
		int n = printf("  %s%s%s%s", o->name, o->arg ? " " : "", o->arg ? o->arg : "",
			o->kind == OPT_WORDS ? "..." : "");

		printf("%*s%s%s\n", n < 22 ? 22 - n : 1, "", o->help, o->needed ? " (needed)" : "");
	}
}
