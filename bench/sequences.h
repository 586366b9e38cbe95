/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Stand-ins for other VMMs: exactly the register sequences that they issue on arm64, written here from a description of
 * their behaviour, on the same handles. And the floor: a hand-written loop of only the ioctls that are necessary.
 */
#ifndef BENCH_SEQUENCES_H
#define BENCH_SEQUENCES_H

#include "rig.h"

/* Which of a snapshot's registers a VMM writes, and how often. */
struct sequence {
	const char *name;
	/* 1: VM-owned registers through every vCPU; 0: once. */
	int vm_per_vcpu;
	/* 1: register classes FW_FEAT_BMAP and SVE are left out (and so lost). */
	int drops_bitmaps;
	/* 1: writes and reads back what the plan of our restore does, and nothing else. */
	int by_plan;
};

extern const struct sequence sequence_firecracker, sequence_qemu, sequence_crosvm, sequence_floor;

struct sequence_run {
	struct rig *rig;
	const struct sequence *how;
};

int sequence_restore(void *sequence_run);
int sequence_save(void *sequence_run);

#endif
