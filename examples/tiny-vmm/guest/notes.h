/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What the guest writes down and the VMM may read in its memory: the layout both sides agree on. It is part of the
 * guest's RAM, so it travels with a snapshot like any other memory.
 */
#ifndef TINY_VMM_GUEST_NOTES_H
#define TINY_VMM_GUEST_NOTES_H

#include "facts.h"

/* Registers of the VMM's device at GUEST_CONSOLE, 8 bytes each. */
enum guest_port {
	GUEST_PORT_TEXT = 0, /* up to 8 characters, first one in the low byte, 0 ends early */
	GUEST_PORT_CHECK =
		8, /* the vCPU stops here; the value is the number of differences it found since the last one */
};

/* A value that was read, and the syndrome of the exception that reading it caused (bit 63 set), or 0. */
struct guest_value {
	unsigned long value;
	unsigned long flag;
};

struct guest_answer {
	unsigned long x[4];
	unsigned long flag;
};

struct guest_facts {
	struct guest_value id[GUEST_NID];
	struct guest_value gic[GUEST_NGIC];
	struct guest_answer hvc[GUEST_NHVC];
};

#define GUEST_MAGIC 0x7965756775657374ul

/* One per vCPU; the first one lies at GUEST_NOTES. */
struct guest_note {
	unsigned long magic;
	unsigned long rounds;
	struct guest_facts first;
	struct guest_facts now;
	unsigned long counter;
};

#define GUEST_NOTES 0x40010000

#endif
