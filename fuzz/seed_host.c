/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Snapshots to begin with, for harnesses that restore: a new guest of some recorded kernel. */
#include <cvmm/snapshot/format.h>

#include "mutator.h"
#include "rig.h"

/* What a profile does not tell, a guest that is made and saved does: x86_64's registers, an interrupt controller's. */
static int saved(const struct fuzz_host *h, uint32_t vcpus, uint64_t features, uint32_t irqs, struct cvmm_view *v)
{
	static struct rig r;
	int err = rig_start(&r, h, &h->be, vcpus, features, irqs, NULL);

	if (!err)
		err = rig_capture(&r, h, v, NULL);
	rig_close(&r);
	return err;
}

size_t fuzz_seed(uint8_t *buf, size_t cap, struct fuzz_rng *r)
{
	static _Alignas(16) uint8_t store[CVMM_VIEW_FRESH_BYTES];
	const struct fuzz_host *h = fuzz_host(fuzz_any(fuzz_below(r, 256)));
	uint64_t features = h->profile.variant[fuzz_below(r, h->profile.nvariants)].features;
	struct cvmm_view v;
	size_t len = 0;
	int err;

	if (h->profile.arch == CVMM_ARCH_X86_64)
		err = saved(h, 1 + fuzz_below(r, 2), 0, 0, &v);
	else if (h->profile.arch == CVMM_ARCH_ARM64 && !fuzz_below(r, 3))
		err = saved(h, 1 + fuzz_below(r, 2), features, 64, &v);
	else
		err = cvmm_view_fresh(&h->profile, features, NULL, 0, store, sizeof(store), &v, NULL);
	v.writer = "fuzz";
	if (err || cvmm_snapshot_write(&v, CVMM_FORMAT_1_0 + fuzz_below(r, 2), buf, cap, &len, NULL))
		return 0;
	return len;
}
