/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What the guest's parts share. */
#ifndef TINY_VMM_GUEST_GUEST_H
#define TINY_VMM_GUEST_GUEST_H

#include "notes.h"

typedef unsigned long u64;
typedef unsigned int u32;

/* say.c: a line of the console, put together piece by piece */
struct guest_line {
	u64 word;
	u32 n;
};

void guest_begin(struct guest_line *l, u64 cpu);
void guest_put_char(struct guest_line *l, char c);
void guest_put(struct guest_line *l, const char *s);
void guest_put_hex(struct guest_line *l, u64 v, u32 digits);
void guest_put_number(struct guest_line *l, u64 v);
void guest_end(struct guest_line *l);
/* Says that something changed; @kind begins with "different: " or "note: " */
void guest_say(u64 cpu, const char *kind, const char *name, u64 was, u64 is);
void guest_summary(u64 cpu, u64 rounds, u64 differences);
/* The compiler may call these. */
void *memcpy(void *to, const void *from, u64 n);
void *memset(void *to, int c, u64 n);

/* irq.c: interrupts of every kind, pending and active while the guest is stopped */
void guest_irq_arm(u64 cpu);
/* Were they still there, and do they arrive? Returns the number of differences. */
u64 guest_irq_check(u64 cpu);

#endif
