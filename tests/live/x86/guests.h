/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Guests on /dev/kvm: parts of one program, by subject. */
#ifndef LIVE_X86_GUESTS_H
#define LIVE_X86_GUESTS_H

#include "rig.h"

/* Counts, and says what failed. Return: @ok. */
int check(int ok, const char *what, const char *where, int line);

#define CHECK(what) check(!!(what), #what, __func__, __LINE__)

/* Writes 8 bytes to 2 MiB, then to 512 MiB, where no memory is, then halts. */
extern const uint8_t long_code[31];

void save_and_restore(void);
void dirty_bitmap(void);
void dirty_ring(void);
void coalesced(void);

#endif
