/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Private: the fold over hosts that makes a baseline. */
#ifndef CVMM_FLEET_FOLD_H
#define CVMM_FLEET_FOLD_H

#include "promise.h"

/**
 * struct fold - hosts, the reasons against, and what is promised so far
 * @host: the profiles
 * @n:    their number
 * @why:  receives exclusions; has room for one at least
 * @e:    receives errors
 * @all:  the promises for the feature set that is tried
 */
struct fold {
	const struct cvmm_profile *const *host;
	uint32_t n;
	struct cvmm_exclusions *why;
	struct cvmm_error *e;
	struct promises all;
};

/** Combines all hosts' values for the feature set f->all.features. Return: 0, or -E2BIG. */
int cvmm_fold_take(struct fold *f);

/** Lists an exclusion: ascending by register within one feature set, so that the order of the hosts does not show. */
void cvmm_fold_exclude(struct fold *f, const struct cvmm_exclusion *x);

#endif
