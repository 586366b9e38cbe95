/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Private: how a profile lies in the caller's storage, and which kinds of lines it has. */
#ifndef CVMM_PROFILE_LAYOUT_H
#define CVMM_PROFILE_LAYOUT_H

#include <cvmm/kvm-ioctls/profile.h>
#include <cvmm/kvm-ioctls/text.h>

/* The lists in the caller's storage; the first ones are lists of pairs. */
enum profile_list {
	CAP,
	TRAIT,
	MASK,
	LOWER,
	BITS,
	GUEST,
	VARIANT,
	ITEM,
	HVC,
	COLUMN,
	STRING,
	NLISTS,
};

/** struct profile_layout - elements of each list, and where it starts */
struct profile_layout {
	size_t n[NLISTS];
	size_t off[NLISTS];
	size_t bytes;
};

/* Kinds of lines in canonical order; those behind RANK_FEATURES belong to a variant. */
enum profile_rank {
	RANK_CAP,
	RANK_TRAIT,
	RANK_MASK,
	RANK_LOWER,
	RANK_BITS,
	RANK_FEATURES,
	RANK_REG,
	RANK_GUEST,
	RANK_HVC,
	NRANKS,
};

extern const size_t cvmm_profile_element[NLISTS];

/** The enum profile_rank of a line's first word, or -1. */
int cvmm_profile_rank(const struct cvmm_word *w);

/**
 * Counts lines by kind. A guess: whoever fills the lists goes only as far as they were laid out, and refuses the line at
 * which the counting stopped.
 */
void cvmm_profile_layout(const char *text, size_t len, struct profile_layout *l);

#endif
