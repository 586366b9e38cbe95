/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The guest speaks: lines through the VMM's console, eight characters a store. The same on every architecture. */
#include "guest.h"

static void flush(struct guest_line *l)
{
	if (l->n)
		*(volatile u64 *)(GUEST_CONSOLE + GUEST_PORT_TEXT) = l->word;
	l->word = 0;
	l->n = 0;
}

void guest_put_char(struct guest_line *l, char c)
{
	l->word |= (u64)(unsigned char)c << (8 * l->n);
	if (++l->n == 8)
		flush(l);
}

void guest_put(struct guest_line *l, const char *s)
{
	while (*s)
		guest_put_char(l, *s++);
}

void guest_put_hex(struct guest_line *l, u64 v, u32 digits)
{
	while (digits--)
		guest_put_char(l, "0123456789abcdef"[v >> (4 * digits) & 15]);
}

void guest_put_number(struct guest_line *l, u64 v)
{
	if (v >= 10)
		guest_put_number(l, v / 10);
	guest_put_char(l, (char)('0' + v % 10));
}

void guest_begin(struct guest_line *l, u64 cpu)
{
	l->word = 0;
	l->n = 0;
	guest_put(l, "guest: vCPU ");
	guest_put_number(l, cpu);
	guest_put(l, ": ");
}

void guest_end(struct guest_line *l)
{
	guest_put_char(l, '\n');
	flush(l);
}

void guest_say(u64 cpu, const char *kind, const char *name, u64 was, u64 is)
{
	struct guest_line l;

	guest_begin(&l, cpu);
	guest_put(&l, kind);
	guest_put(&l, name);
	guest_put(&l, " was ");
	guest_put_hex(&l, was, 16);
	guest_put(&l, ", is ");
	guest_put_hex(&l, is, 16);
	guest_end(&l);
}

void guest_summary(u64 cpu, u64 rounds, u64 differences)
{
	struct guest_line l;

	guest_begin(&l, cpu);
	guest_put(&l, "look ");
	guest_put_number(&l, rounds);
	guest_put(&l, ": ");
	guest_put_number(&l, differences);
	guest_put(&l, " differences");
	guest_end(&l);
}

void *memcpy(void *to, const void *from, u64 n)
{
	volatile unsigned char *t = to;
	const unsigned char *f = from;

	while (n--)
		*t++ = *f++;
	return to;
}

void *memset(void *to, int c, u64 n)
{
	volatile unsigned char *t = to;

	while (n--)
		*t++ = (unsigned char)c;
	return to;
}
