/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Registers of more than 64 bits that promise something. */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/snapshot/plan.h>

#include <errno.h>
#include <string.h>

#include "judge_wide.h"

#define YES(why, wr) ((struct judgement){ .reason = CVMM_REASON_##why, .ok = 1, .write = (wr) })
#define NO(why)	     ((struct judgement){ .reason = CVMM_REASON_##why })
#define VLS_BYTES    64

/* SVE_VLS: only the host's own set up to some length is accepted. */
static struct judgement judge_vls(const uint8_t *want, const uint8_t *have)
{
	uint64_t seen = 0;
	int i;

	/* From the longest length down: until the snapshot's own maximum appears it may offer less, from there none. */
	for (i = 7; i >= 0; i--) {
		uint64_t w = cvmm_load_le(want + 8 * i, 8), h = cvmm_load_le(have + 8 * i, 8), upto;

		if (w & ~h)
			return NO(BITS_NOT_OFFERED);
		upto = seen ? ~UINT64_C(0) : 0;
		if (!seen && w)
			upto = ~UINT64_C(0) >> __builtin_clzll(w);
		if ((h & upto) != w)
			return NO(HOST_REFUSES);
		seen |= w;
	}
	if (!seen)
		return NO(HOST_REFUSES);
	for (i = 0; i < 64; i++) {
		if (want[i] != have[i])
			return YES(HIDDEN, 1);
	}
	return YES(SAME, 0);
}

/* The longest set that is all of what either has up to its longest length; none if they differ in the shortest one. */
static void meet_vls(const uint8_t *a, const uint8_t *b, uint8_t *out)
{
	uint8_t both[VLS_BYTES] = { 0 };
	int bit, top = -1;

	for (bit = 0; bit < 8 * VLS_BYTES; bit++) {
		int in_a = a[bit / 8] >> bit % 8 & 1, in_b = b[bit / 8] >> bit % 8 & 1;

		if (in_a != in_b)
			break;
		if (in_a)
			top = bit;
	}
	for (bit = 0; bit <= top; bit++)
		both[bit / 8] |= (uint8_t)((a[bit / 8] >> bit % 8 & 1) << bit % 8);
	memcpy(out, both, sizeof(both));
}

int cvmm_wide_promises(uint64_t id)
{
	return id == CVMM_ARM64_SVE_VLS || cvmm_reg_is_cpuid(id);
}

struct judgement cvmm_judge_wide(uint64_t id, const uint8_t *want, const uint8_t *have)
{
	if (id == CVMM_ARM64_SVE_VLS)
		return judge_vls(want, have);
	if (cvmm_reg_is_cpuid(id))
		return cvmm_judge_cpuid(id, want, have);
	return YES(WRITTEN, 1);
}

int cvmm_host_accepts_wide(
	const struct cvmm_variant *variant, uint64_t id, const uint8_t *value, uint16_t *detail, uint8_t *write)
{
	static const uint8_t nothing[CVMM_WIDE_BYTES];
	int item = cvmm_regset_find(&variant->regs, id);
	struct judgement g;

	if (!cvmm_wide_promises(id) || (item < 0 && !cvmm_reg_is_cpuid(id)))
		return -ENOENT;
	/* A leaf that a host does not list reads as zeroes there. */
	g = cvmm_judge_wide(id, value, item < 0 ? nothing : cvmm_regset_value(&variant->regs, (uint32_t)item, 0));
	if (detail)
		*detail = g.reason;
	if (write)
		*write = g.write;
	return g.ok;
}

void cvmm_wide_meet(uint64_t id, const uint8_t *a, const uint8_t *b, uint8_t *out)
{
	if (cvmm_reg_is_cpuid(id))
		cvmm_cpuid_meet(id, a, b, out);
	else
		meet_vls(a, b, out);
}
