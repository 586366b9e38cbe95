/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "say.h"

/* A header before each block, so that the end of the command can release all of them and a leak checker stays quiet. */
struct block {
	_Alignas(16) struct block *next;
	struct block **link;
};

static struct block *all;

static _Noreturn void out_of_memory(size_t n)
{
	say("out of memory: %zu bytes", n);
	exit(EXIT_FAILURE);
}

void *mem_get(size_t n)
{
	struct block *b;

	if (n > SIZE_MAX - sizeof(*b))
		out_of_memory(n);
	b = calloc(1, sizeof(*b) + n);
	if (!b)
		out_of_memory(n);
	b->next = all;
	b->link = &all;
	if (all)
		all->link = &b->next;
	all = b;
	return b + 1;
}

void *mem_array(size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		out_of_memory(SIZE_MAX);
	return mem_get(bytes);
}

void mem_drop(void *p)
{
	struct block *b = p;

	if (!p)
		return;
	b--;
	*b->link = b->next;
	if (b->next)
		b->next->link = b->link;
	free(b);
}

char *mem_copy(const char *p, size_t len)
{
	char *s = mem_get(len + 1);

	memcpy(s, p, len);
	return s;
}

char *mem_format(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		out_of_memory(0);
	s = mem_get((size_t)n + 1);
	va_start(ap, fmt);
	(void)vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}

void mem_end(void)
{
	while (all)
		mem_drop(all + 1);
}
