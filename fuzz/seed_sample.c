/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Snapshots to begin with, for harnesses that only decode: a bit of everything that the format has. */
#include "mutator.h"
#include "snap.h"

size_t fuzz_seed(uint8_t *buf, size_t cap, struct fuzz_rng *r)
{
	static struct snap_sample sample;
	const struct cvmm_view *v = fuzz_below(r, 4) ? snap_rich(&sample) : snap_small(&sample);
	size_t len = 0;

	sample.view.clock.policy = fuzz_below(r, 2);
	if (cvmm_snapshot_write(v, CVMM_FORMAT_1_0 + fuzz_below(r, 2), buf, cap, &len, NULL))
		return 0;
	return len;
}
