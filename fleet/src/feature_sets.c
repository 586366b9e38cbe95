/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "feature_sets.h"

#include <cvmm/fleet/matrix.h>
#include <cvmm/kvm-ioctls/reg-id.h>

#define NOT_BY_DEFAULT (CVMM_ARM64_FEATURE_EL1_32BIT | CVMM_ARM64_FEATURE_HAS_EL2 | CVMM_ARM64_FEATURE_HAS_EL2_E2H0)

int cvmm_features_common(const struct cvmm_profile *const *host, uint32_t n, uint64_t features)
{
	uint32_t h;

	for (h = 0; h < n; h++)
		if (!cvmm_profile_variant(host[h], features))
			return 0;
	return 1;
}

static uint32_t count(uint64_t set)
{
	uint32_t n = 0;

	for (; set; set &= set - 1)
		n++;
	return n;
}

static int tried_before(uint64_t a, uint64_t b)
{
	uint32_t na = count(a), nb = count(b);

	return na != nb ? na > nb : a > b;
}

int cvmm_features_next(const struct cvmm_profile *const *host, uint32_t n, uint64_t last, int first, uint64_t *out)
{
	const struct cvmm_profile *p = host[0];
	uint64_t best = 0;
	int found = 0;
	uint32_t i;

	for (i = 0; i < p->nvariants; i++) {
		uint64_t set = p->variant[i].features;

		if (set & NOT_BY_DEFAULT || (!first && !tried_before(last, set)))
			continue;
		if ((found && !tried_before(set, best)) || !cvmm_features_common(host, n, set))
			continue;
		best = set;
		found = 1;
	}
	if (found)
		*out = best;
	return found;
}

uint64_t cvmm_default_features(const struct cvmm_profile *host)
{
	uint64_t set = 0;

	return cvmm_features_next(&host, 1, 0, 1, &set) ? set : 0;
}
