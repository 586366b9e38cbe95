/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Target functions: cvmm_rules_need cvmm_rules_parse; and cvmm_plan_make with what they accept */
#include <cvmm/snapshot/rules.h>

#include "../check.h"
#include "../rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static _Alignas(16) uint8_t store[8 << 20], fresh[CVMM_VIEW_FRESH_BYTES];
	static struct cvmm_step step[RIG_STEPS];
	const struct fuzz_host *from = fuzz_profile((uint32_t)size), *to = fuzz_profile((uint32_t)(size / 7));
	struct cvmm_plan p = { .step = step, .cap = RIG_STEPS };
	struct cvmm_rules rules;
	struct cvmm_error e;
	struct cvmm_view v;
	size_t need = 0;

	if (cvmm_rules_need((const char *)data, size, &need, &e) || need > sizeof(store))
		return 0;
	if (cvmm_rules_parse((const char *)data, size, store, need, &rules, &e)) {
		FUZZ_CHECK(e.reason != CVMM_REASON_BUFFER_TOO_SMALL, "needs %zu, not %zu", (size_t)e.other, need);
		return 0;
	}
	FUZZ_CHECK(!cvmm_view_fresh(
			   &from->profile, from->profile.variant[0].features, NULL, 0, fresh, sizeof(fresh), &v, &e),
		"fresh");
	if (!cvmm_plan_make(&v, &to->profile, &rules, &p, &e))
		FUZZ_CHECK(p.n <= RIG_STEPS && p.nrefused <= p.n, "%u of %u", p.nrefused, p.n);
	return 0;
}
