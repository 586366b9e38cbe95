/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * x86_64: blocks of state, and MSRs in batches. CPUID2, nested state and XSAVE are not here: their sizes are the VM's to
 * tell, so the embedding VMM moves them through kvm-ioctls.
 */
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>

#include <errno.h>
#include <string.h>

#include "block.h"

#define BLOCK(n) (UINT64_C(0x20f0008000000000) | (n))
#define MSR_ID	 UINT64_C(0x2030000200000000)

static int tsc_khz_get(struct cvmm_vcpu vcpu, void *v, uint32_t size, struct cvmm_error *e)
{
	int khz = cvmm_vcpu_get_tsc_khz(vcpu, e);

	if (khz >= 0)
		cvmm_store_le(v, size, (uint64_t)khz);
	return khz < 0 ? khz : 0;
}

static int tsc_khz_set(struct cvmm_vcpu vcpu, const void *v, uint32_t size, struct cvmm_error *e)
{
	return cvmm_vcpu_set_tsc_khz(vcpu, (uint32_t)cvmm_load_le(v, size), e);
}

static int mp_state_get(struct cvmm_vcpu vcpu, void *v, uint32_t size, struct cvmm_error *e)
{
	uint32_t state;
	int ret = cvmm_vcpu_get_mp_state(vcpu, &state, e);

	if (ret == 0)
		cvmm_store_le(v, size, state);
	return ret;
}

static int mp_state_set(struct cvmm_vcpu vcpu, const void *v, uint32_t size, struct cvmm_error *e)
{
	return cvmm_vcpu_set_mp_state(vcpu, (uint32_t)cvmm_load_le(v, size), e);
}

/* Columns are not aligned: each block goes through a structure of its own. */
#define FIXED(name, type)                                                                                \
	static int name##_get(struct cvmm_vcpu vcpu, void *v, uint32_t size, struct cvmm_error *e)       \
	{                                                                                                \
		struct type t;                                                                           \
		int ret;                                                                                 \
                                                                                                         \
		memset(&t, 0, sizeof(t));                                                                \
		ret = cvmm_vcpu_get_##name(vcpu, &t, e);                                                 \
		if (ret == 0)                                                                            \
			memcpy(v, &t, size);                                                             \
		return ret;                                                                              \
	}                                                                                                \
	static int name##_set(struct cvmm_vcpu vcpu, const void *v, uint32_t size, struct cvmm_error *e) \
	{                                                                                                \
		struct type t;                                                                           \
                                                                                                         \
		memcpy(&t, v, size);                                                                     \
		return cvmm_vcpu_set_##name(vcpu, &t, e);                                                \
	}

FIXED(regs, cvmm_x86_regs)
FIXED(sregs2, cvmm_x86_sregs2)
FIXED(xcrs, cvmm_x86_xcrs)
FIXED(debugregs, cvmm_x86_debugregs)
FIXED(lapic, cvmm_x86_lapic)
FIXED(x86_events, cvmm_x86_events)

_Static_assert(sizeof(struct cvmm_x86_lapic) <= VALUE_BYTES_MAX, "a block is larger than any value");
_Static_assert(sizeof(struct cvmm_x86_sregs2) <= VALUE_BYTES_MAX, "a block is larger than any value");
_Static_assert(sizeof(struct cvmm_x86_xcrs) <= VALUE_BYTES_MAX, "a block is larger than any value");

const struct block cvmm_vcpu_blocks_x86_64[] = {
	{ BLOCK(0x02), 4, tsc_khz_get, tsc_khz_set },
	{ BLOCK(0x03), sizeof(struct cvmm_x86_sregs2), sregs2_get, sregs2_set },
	{ BLOCK(0x05), sizeof(struct cvmm_x86_regs), regs_get, regs_set },
	{ BLOCK(0x07), sizeof(struct cvmm_x86_xcrs), xcrs_get, xcrs_set },
	{ BLOCK(0x08), sizeof(struct cvmm_x86_debugregs), debugregs_get, debugregs_set },
	{ BLOCK(0x09), sizeof(struct cvmm_x86_lapic), lapic_get, lapic_set },
	{ BLOCK(0x0a), sizeof(struct cvmm_x86_events), x86_events_get, x86_events_set },
	{ BLOCK(0x0b), 4, mp_state_get, mp_state_set },
};
const uint32_t cvmm_vcpu_nblocks_x86_64 = sizeof(cvmm_vcpu_blocks_x86_64) / sizeof(cvmm_vcpu_blocks_x86_64[0]);

/* How many of the next items are MSRs, at most one call's worth. */
static uint32_t run_length(const struct cvmm_item *item, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n && i < CVMM_X86_MSRS_MAX; i++)
		if (item[i].id >> 32 != MSR_ID >> 32)
			break;
	return i;
}

/* Errors name the register by its id, as everywhere. */
static int named(int ret, struct cvmm_error *e)
{
	if (ret < 0 && e && e->reason == CVMM_REASON_SHORT_COUNT)
		e->id |= MSR_ID;
	return ret;
}

int cvmm_vcpu_regs_msrs_get(
	struct cvmm_vcpu vcpu, const struct cvmm_item *item, uint32_t n, uint8_t *col, struct cvmm_error *e)
{
	struct cvmm_x86_msr msr[CVMM_X86_MSRS_MAX];
	uint32_t i, run = run_length(item, n);
	int ret;

	memset(msr, 0, run * sizeof(msr[0]));
	for (i = 0; i < run; i++)
		msr[i].index = (uint32_t)item[i].id;
	ret = named(cvmm_vcpu_get_msrs(vcpu, msr, run, e), e);
	if (ret < 0)
		return ret;
	for (i = 0; i < run; i++)
		cvmm_store_le(col + item[i].off, 8, msr[i].data);
	return (int)run;
}

int cvmm_vcpu_regs_msrs_set(struct cvmm_vcpu vcpu, const struct cvmm_item *item, uint32_t n, const uint8_t *col,
	int (*skip)(const struct cvmm_item *item, void *ctx), void *ctx, struct cvmm_error *e)
{
	struct cvmm_x86_msr msr[CVMM_X86_MSRS_MAX];
	uint32_t i, used = 0, run = run_length(item, n);
	int ret = 0;

	memset(msr, 0, run * sizeof(msr[0]));
	for (i = 0; i < run; i++) {
		if (skip && skip(&item[i], ctx))
			continue;
		msr[used].index = (uint32_t)item[i].id;
		msr[used++].data = cvmm_load_le(col + item[i].off, 8);
	}
	if (used)
		ret = named(cvmm_vcpu_set_msrs(vcpu, msr, used, e), e);
	return ret < 0 ? ret : (int)run;
}
