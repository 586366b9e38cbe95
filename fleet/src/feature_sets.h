/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Private: which vCPU feature sets are tried, and in which order. */
#ifndef CVMM_FLEET_FEATURE_SETS_H
#define CVMM_FLEET_FEATURE_SETS_H

#include <cvmm/kvm-ioctls/profile.h>

/**
 * Of the sets that every host was measured with, the one that is tried after @last (or first of all, if @first): more
 * features first, of as many the larger number. 32-bit EL1 and EL2 apart: machines that nobody wants by default.
 * Return: 1, or 0 if there is none.
 */
int cvmm_features_next(const struct cvmm_profile *const *host, uint32_t n, uint64_t last, int first, uint64_t *out);

/** Was every host measured with this set? Return: 1 or 0. */
int cvmm_features_common(const struct cvmm_profile *const *host, uint32_t n, uint64_t features);

#endif
