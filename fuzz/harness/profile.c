/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Target functions: cvmm_profile_need cvmm_profile_parse cvmm_profile_write
 *
 * What is accepted has one canonical text, which is accepted and has itself as its text. */
#include <string.h>

#include <cvmm/kvm-ioctls/profile.h>

#include "../check.h"

#define MOST (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static _Alignas(16) uint8_t store[4 * MOST];
	static char text[MOST], again[MOST];
	struct cvmm_profile p, q;
	struct cvmm_error e;
	size_t need = 0, len = 0, len2 = 0;

	if (size > MOST / 4 || cvmm_profile_need((const char *)data, size, &need, &e))
		return 0;
	FUZZ_CHECK(need <= sizeof(store), "%zu bytes of text need %zu", size, need);
	if (cvmm_profile_parse((const char *)data, size, store, need, &p, &e))
		return 0;
	FUZZ_CHECK(!cvmm_profile_write(&p, text, sizeof(text), &len, &e), "reason %u", e.reason);
	FUZZ_CHECK(!cvmm_profile_need(text, len, &need, &e), "own text: reason %u, line %u", e.reason, e.section);
	FUZZ_CHECK(need <= sizeof(store), "own text of %zu bytes needs %zu", len, need);
	FUZZ_CHECK(!cvmm_profile_parse(text, len, store, sizeof(store), &q, &e), "own text: reason %u, line %u",
		e.reason, e.section);
	FUZZ_CHECK(!cvmm_profile_write(&q, again, sizeof(again), &len2, &e), "reason %u", e.reason);
	FUZZ_CHECK(len == len2 && !memcmp(text, again, len), "the canonical text is not canonical");
	return 0;
}
