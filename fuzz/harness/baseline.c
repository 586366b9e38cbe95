/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Target functions: cvmm_baseline_compute cvmm_baseline_write cvmm_baseline_parse cvmm_wide_meet
 *
 * A baseline is accepted by every host that it was made for; the order of the hosts does not matter; naming one twice
 * changes nothing; its text leads back to it. */
#include <string.h>

#include <cvmm/fleet/baseline.h>

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/snapshot/plan.h>

#include "../check.h"
#include "../input.h"
#include "../rig.h"

#define HOSTS 4u

static int same(const struct cvmm_baseline *a, const struct cvmm_baseline *b)
{
	return a->arch == b->arch && a->n == b->n && a->features == b->features &&
	       !memcmp(a->pin, b->pin, a->n * sizeof(a->pin[0])) && a->nwide == b->nwide &&
	       !memcmp(a->wide, b->wide, a->nwide * sizeof(a->wide[0]));
}

static void accepted(const struct cvmm_baseline *b, const struct fuzz_host *from, const struct fuzz_host *to)
{
	static _Alignas(16) uint8_t store[CVMM_VIEW_FRESH_BYTES];
	struct cvmm_plan p;
	struct cvmm_view v;
	struct cvmm_error e;
	uint32_t i;

	FUZZ_CHECK(!cvmm_view_fresh(&from->profile, b->features, b->pin, b->n, store, sizeof(store), &v, &e) &&
			   !cvmm_view_fresh_wide(&v, &from->profile, b->wide, b->nwide, &e),
		"%s: reason %s", from->name, cvmm_reason_name(e.reason));
	FUZZ_CHECK(!rig_plan(&v, to, NULL, &p, &e), "plan: %u", e.reason);
	for (i = 0; p.nrefused && i < p.n; i++)
		FUZZ_CHECK(p.step[i].verdict != CVMM_VERDICT_REFUSED,
			"a new guest of %s with the baseline, on %s: %lx, %s", from->name, to->name,
			(unsigned long)p.step[i].id, cvmm_reason_name(p.step[i].reason));
}

/* What two hosts can promise together of a wide register: no matter who is asked first, and no more than either has. */
static void meet(struct fuzz_input *in)
{
	static const uint64_t leaf[] = { CVMM_X86_CPUID(1, 0), CVMM_X86_CPUID(0x80000008, 0), CVMM_X86_CPUID(0xd, 2) };
	uint8_t a[CVMM_WIDE_BYTES] = { 0 }, b[CVMM_WIDE_BYTES] = { 0 }, ab[CVMM_WIDE_BYTES] = { 0 },
		ba[CVMM_WIDE_BYTES] = { 0 };
	uint64_t pick = fuzz_take(in, 1), id = pick & 1 ? leaf[pick % 3] : CVMM_ARM64_SVE_VLS;
	uint32_t i;

	cvmm_store_le(a, 8, fuzz_take(in, 8));
	cvmm_store_le(b, 8, fuzz_take(in, 8));
	cvmm_wide_meet(id, a, b, ab);
	cvmm_wide_meet(id, b, a, ba);
	FUZZ_CHECK(!memcmp(ab, ba, sizeof(ab)), "%lx: the order matters", (unsigned long)id);
	for (i = 0; i < sizeof(ab) && id == CVMM_ARM64_SVE_VLS; i++)
		FUZZ_CHECK(!(ab[i] & ~(a[i] & b[i])), "a length that not both have");
	cvmm_wide_meet(id, ab, a, ba);
	FUZZ_CHECK(!memcmp(ab, ba, sizeof(ab)), "%lx: less than one promise is another promise", (unsigned long)id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cvmm_baseline one, two;
	static char text[CVMM_BASELINE_BYTES_MAX];
	const struct fuzz_host *h[HOSTS];
	const struct cvmm_profile *p[HOSTS + 2];
	struct fuzz_input in = { data, size };
	uint32_t n = (uint32_t)fuzz_take(&in, 1) % HOSTS + 1, i;
	struct cvmm_error e;
	uint64_t features;
	size_t len = 0;
	int err;

	if (in.left > 16) {
		if (!cvmm_baseline_parse((const char *)in.p, in.left, &one, &e))
			FUZZ_CHECK(!cvmm_baseline_write(&one, NULL, 0, text, sizeof(text), &len, &e) &&
					   !cvmm_baseline_parse(text, len, &two, &e) && same(&one, &two),
				"text");
		meet(&in);
		return 0;
	}
	for (i = 0; i < n; i++) {
		h[i] = fuzz_profile((uint32_t)fuzz_take(&in, 1));
		p[i] = &h[i]->profile;
	}
	/* The largest feature set that works, or one that the first host was measured with. */
	i = (uint32_t)fuzz_take(&in, 1);
	features = i ? p[0]->variant[i % p[0]->nvariants].features : 0;
	err = cvmm_baseline_compute(p, n, features, &one, NULL, &e);
	/* Computing is what takes the time here, so one more answers both: another order, and a host named twice. */
	p[n] = p[0];
	p[n + 1] = p[1 % n];
	FUZZ_CHECK(cvmm_baseline_compute(p + 1, n + 1, features, &two, NULL, &e) == err && (err || same(&one, &two)),
		"other order, one named twice");
	if (err)
		return 0;
	FUZZ_CHECK(!cvmm_baseline_write(&one, NULL, 0, text, sizeof(text), &len, &e), "reason %u", e.reason);
	FUZZ_CHECK(!cvmm_baseline_parse(text, len, &two, &e) && same(&one, &two), "text");
	/* Each host once as where the guest is started, and once as where it goes. */
	for (i = 0; i < n; i++)
		accepted(&one, h[i], h[(i + 1) % n]);
	return 0;
}
