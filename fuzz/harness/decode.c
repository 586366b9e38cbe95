/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Target functions: cvmm_snapshot_peek cvmm_snapshot_need cvmm_snapshot_read cvmm_view_check */
#include <string.h>

#include "../check.h"
#include "../input.h"
#include "../rig.h"

const size_t fuzz_prefix = 0;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static _Alignas(16) uint8_t store[4 << 20];
	struct cvmm_snapshot_info info;
	struct cvmm_view v;
	struct cvmm_error e, e2;
	size_t need = 0;
	int peeked = cvmm_snapshot_peek(data, size, &info, &e);
	int sized = cvmm_snapshot_need(data, size, &need, &e);
	int err = cvmm_snapshot_read(data, size, store, sizeof(store), &v, &e2);

	if (peeked)
		FUZZ_CHECK(sized == peeked && err == peeked, "peek %d, need %d, read %d", peeked, sized, err);
	if (sized) {
		FUZZ_CHECK(err == sized && e.reason == e2.reason, "need %d %u, read %d %u", sized, e.reason, err,
			e2.reason);
		return 0;
	}
	FUZZ_CHECK(!memchr(info.kernel, 0x1b, sizeof(info.kernel)), "escape sequence");
	if (need > sizeof(store)) {
		FUZZ_CHECK(err, "read without room");
		return 0;
	}
	if (err)
		return 0;
	FUZZ_CHECK(!cvmm_view_check(&v, &e), "reason %u", e.reason);
	FUZZ_CHECK(info.vcpus == v.nvcpus && info.arch == v.arch && info.format == v.format, "header and view differ");
	/* One byte less than needed is not enough. */
	FUZZ_CHECK(cvmm_snapshot_read(data, size, store, need - 1, &v, &e) && e.other == need, "needs %zu", need);
	return 0;
}
