/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What the guest's parts share. */
#ifndef TINY_VMM_GUEST_GUEST_H
#define TINY_VMM_GUEST_GUEST_H

#include "notes.h"

typedef unsigned long u64;
typedef unsigned int u32;

/* guest.c: says on the console that something changed; @kind begins with "different: " or "note: " */
void guest_say(u64 cpu, const char *kind, const char *name, u64 was, u64 is);

/* irq.c: interrupts of every kind, pending and active while the guest is stopped */
void guest_irq_arm(u64 cpu);
/* Were they still there, and do they arrive? Returns the number of differences. */
u64 guest_irq_check(u64 cpu);

#endif
