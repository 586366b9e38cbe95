/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What capture and fresh guests share: carving the caller's storage, and lists of register ids. */
#ifndef CVMM_SNAPSHOT_CAPTURE_PARTS_H
#define CVMM_SNAPSHOT_CAPTURE_PARTS_H

#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/snapshot/view.h>

/* Longest list that anybody here reads; one word more for the kernel. */
#define LIST_MAX   CVMM_SNAPSHOT_REGS_MAX
#define LIST_WORDS (LIST_MAX + 1)

/*
 * The caller's storage, handed out piece by piece. Without storage it only counts, so that "how much?" and "do it" are
 * the same code.
 */
struct carve {
	uint8_t *base;
	size_t used;
	size_t cap;
};

/* NULL if it does not fit, or if only counting; @used always tells what would be enough. */
void *cvmm_carve(struct carve *c, size_t n, size_t bytes);

/* The ids of a vCPU's registers, ascending. @buf has LIST_WORDS words; the ids start at buf[1]. */
int cvmm_list_read(struct cvmm_vcpu vcpu, uint64_t *buf, uint32_t cap, uint32_t *n, struct cvmm_error *e);
void cvmm_list_sort(uint64_t *id, uint32_t n);
/* Ascending, so a look-up is a binary search. */
int cvmm_list_has(const uint64_t *id, uint32_t n, uint64_t want);

/* Puts an item at the end of a list that is being built. Values follow one another without gaps, as in a snapshot. */
void cvmm_item_append(struct cvmm_item *item, uint32_t *n, uint32_t *stride, uint64_t id);

#endif
