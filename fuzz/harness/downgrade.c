/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Target functions: cvmm_snapshot_losses cvmm_snapshot_write, for an older reader
 *
 * What an older format is written from is what it says, less what was listed; refused if what is lost is critical. */
#include <errno.h>
#include <string.h>

#include "../check.h"
#include "../input.h"
#include "../mutator.h"
#include "../rig.h"

const size_t fuzz_prefix = 0;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t old[4 << 20], new[4 << 20], back[4 << 20];
	static _Alignas(16) uint8_t store[8 << 20];
	struct cvmm_loss loss[8];
	struct cvmm_view v, w;
	struct cvmm_error e;
	size_t nold = 0, nnew = 0, nback = 0;
	uint32_t n = 0;
	int err;

	if (rig_read(data, size, &v, &e))
		return 0;
	FUZZ_CHECK(!cvmm_snapshot_losses(&v, CVMM_FORMAT_1_0, loss, 8, &n, &e) && n <= 1, "losses");
	err = cvmm_snapshot_write(&v, CVMM_FORMAT_1_0, old, sizeof(old), &nold, &e);
	if (n && loss[0].critical) {
		FUZZ_CHECK(
			err == -EPROTONOSUPPORT && e.reason == CVMM_REASON_FORMAT_LOSS && e.section == loss[0].section,
			"critical and written: %d", err);
		return 0;
	}
	if (err == -E2BIG)
		return 0;
	FUZZ_CHECK(!err, "%d, reason %u", err, e.reason);
	FUZZ_CHECK(!cvmm_snapshot_read(old, nold, store, sizeof(store), &w, &e), "not read: reason %u", e.reason);
	/* In the new format again, it is what the new format says without what was lost. */
	v.clock = w.clock;
	FUZZ_CHECK(!cvmm_snapshot_write(&v, CVMM_FORMAT_1_1, new, sizeof(new), &nnew, &e), "reason %u", e.reason);
	FUZZ_CHECK(!cvmm_snapshot_write(&w, CVMM_FORMAT_1_1, back, sizeof(back), &nback, &e), "reason %u", e.reason);
	FUZZ_CHECK(nnew == nback && !memcmp(new, back, nnew), "something else was lost");
	return 0;
}
