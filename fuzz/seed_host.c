/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Snapshots to begin with, for harnesses that restore: a new guest of some recorded kernel. */
#include <cvmm/snapshot/format.h>

#include "host.h"
#include "mutator.h"

size_t fuzz_seed(uint8_t *buf, size_t cap, struct fuzz_rng *r)
{
	static _Alignas(16) uint8_t store[CVMM_VIEW_FRESH_BYTES];
	const struct fuzz_host *h = fuzz_profile(fuzz_below(r, fuzz_hosts()));
	uint64_t features = h->profile.variant[fuzz_below(r, h->profile.nvariants)].features;
	struct cvmm_view v;
	size_t len = 0;

	if (cvmm_view_fresh(&h->profile, features, NULL, 0, store, sizeof(store), &v, NULL))
		return 0;
	v.writer = "fuzz";
	if (cvmm_snapshot_write(&v, CVMM_FORMAT_1_0 + fuzz_below(r, 2), buf, cap, &len, NULL))
		return 0;
	return len;
}
