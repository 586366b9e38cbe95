/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* x86_64: blocks of state that are as large on every host, and MSRs in batches. */
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "block.h"

#define BLOCK(n)      (UINT64_C(0x20f0008000000000) | (n))
#define MSR_ID	      UINT64_C(0x2030000200000000)

#define MSR_MCG_CAP   0x179u
#define LAPIC_PPR     0xa0u
#define LAPIC_IRR     0x200u
#define LAPIC_IRR_END 0x280u
#define LAPIC_TMCCT   0x390u

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
FIXED(xcrs, cvmm_x86_xcrs)
FIXED(debugregs, cvmm_x86_debugregs)
FIXED(lapic, cvmm_x86_lapic)
FIXED(x86_events, cvmm_x86_events)

/*
 * Kernels before 5.14 have SREGS alone. That moves the same state but for a PAE guest's PDPTRs, which KVM then reads from
 * guest memory, and an interrupt bitmap that VCPU_EVENTS says as well.
 */
static int sregs2_get(struct cvmm_vcpu vcpu, void *v, uint32_t size, struct cvmm_error *e)
{
	const size_t shared = offsetof(struct cvmm_x86_sregs2, flags);
	struct cvmm_x86_sregs2 now = { 0 };
	struct cvmm_x86_sregs old;
	int ret = cvmm_vcpu_get_sregs2(vcpu, &now, e);

	if (ret == -EINVAL) {
		ret = cvmm_vcpu_get_sregs(vcpu, &old, e);
		if (ret == 0)
			memcpy(&now, &old, shared);
	}
	if (ret == 0)
		memcpy(v, &now, size);
	return ret;
}

static int sregs2_set(struct cvmm_vcpu vcpu, const void *v, uint32_t size, struct cvmm_error *e)
{
	const size_t shared = offsetof(struct cvmm_x86_sregs2, flags);
	struct cvmm_x86_sregs2 now;
	struct cvmm_x86_sregs old = { 0 };
	int ret;

	memcpy(&now, v, size);
	ret = cvmm_vcpu_set_sregs2(vcpu, &now, e);
	if (ret != -EINVAL || now.flags)
		return ret;
	memcpy(&old, &now, shared);
	return cvmm_vcpu_set_sregs(vcpu, &old, e);
}

static int load_msr(struct cvmm_vcpu vcpu, uint32_t index, uint64_t *v, struct cvmm_error *e)
{
	struct cvmm_x86_msr msr = { .index = index };
	int ret = cvmm_vcpu_get_msrs(vcpu, &msr, 1, e);

	*v = msr.data;
	return ret;
}

static int mcg_cap_get(struct cvmm_vcpu vcpu, void *v, uint32_t size, struct cvmm_error *e)
{
	uint64_t cap;
	int ret = load_msr(vcpu, MSR_MCG_CAP, &cap, e);

	if (ret == 0)
		cvmm_store_le(v, size, cap);
	return ret;
}

/* Setting it up resets the banks, and not every host sets up what it has by default. */
static int mcg_cap_set(struct cvmm_vcpu vcpu, const void *v, uint32_t size, struct cvmm_error *e)
{
	uint64_t want = cvmm_load_le(v, size), have;
	int ret = load_msr(vcpu, MSR_MCG_CAP, &have, e);

	return ret < 0 || have == want ? ret : cvmm_vcpu_setup_mce(vcpu, want, e);
}

/* Interrupts may have come in since; the timer's count moves, and the processor priority follows from the rest. */
static int lapic_holds(const uint8_t *got, const uint8_t *want, uint32_t size)
{
	uint32_t i;

	for (i = 0; i < size; i++) {
		if (got[i] == want[i] || (i & ~3u) == LAPIC_TMCCT || (i & ~3u) == LAPIC_PPR)
			continue;
		if (i < LAPIC_IRR || i >= LAPIC_IRR_END || want[i] & ~got[i])
			return 0;
	}
	return 1;
}

/* Flags say which members the ioctl carries, and the start-up vector is one that it does not give back. */
static int events_hold(const uint8_t *got, const uint8_t *want, uint32_t size)
{
	const size_t sipi = offsetof(struct cvmm_x86_events, sipi_vector);
	const size_t smi = offsetof(struct cvmm_x86_events, smi_smm);

	return !memcmp(got, want, sipi) && !memcmp(got + smi, want + smi, size - smi);
}

_Static_assert(sizeof(struct cvmm_x86_lapic) <= VALUE_BYTES_MAX, "a block is larger than any value");
_Static_assert(sizeof(struct cvmm_x86_sregs2) <= VALUE_BYTES_MAX, "a block is larger than any value");
_Static_assert(sizeof(struct cvmm_x86_xcrs) <= VALUE_BYTES_MAX, "a block is larger than any value");

const struct block cvmm_vcpu_blocks_x86_64[] = {
	{ BLOCK(0x01), 0, cvmm_vcpu_cpuid2_get, cvmm_vcpu_cpuid2_set, NULL },
	{ BLOCK(0x02), 4, tsc_khz_get, tsc_khz_set, NULL },
	{ BLOCK(0x03), sizeof(struct cvmm_x86_sregs2), sregs2_get, sregs2_set, NULL },
	{ BLOCK(0x04), 0, cvmm_vcpu_nested_get, cvmm_vcpu_nested_set, NULL },
	{ BLOCK(0x05), sizeof(struct cvmm_x86_regs), regs_get, regs_set, NULL },
	{ BLOCK(0x06), 0, cvmm_vcpu_xsave_get, cvmm_vcpu_xsave_set, cvmm_vcpu_xsave_holds },
	{ BLOCK(0x07), sizeof(struct cvmm_x86_xcrs), xcrs_get, xcrs_set, NULL },
	{ BLOCK(0x08), sizeof(struct cvmm_x86_debugregs), debugregs_get, debugregs_set, NULL },
	{ BLOCK(0x09), sizeof(struct cvmm_x86_lapic), lapic_get, lapic_set, lapic_holds },
	{ BLOCK(0x0a), sizeof(struct cvmm_x86_events), x86_events_get, x86_events_set, events_hold },
	{ BLOCK(0x0b), 4, mp_state_get, mp_state_set, NULL },
	{ BLOCK(0x0c), 8, mcg_cap_get, mcg_cap_set, NULL },
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

/*
 * KVM stops at the first MSR that it does not take. Some cannot even be given what they hold (asynchronous page faults
 * without a local APIC in the kernel): those are as they shall be, and the rest goes on.
 */
static int set_batch(struct cvmm_vcpu vcpu, const struct cvmm_x86_msr *msr, uint32_t n, struct cvmm_error *e)
{
	struct cvmm_error why, look;
	uint32_t done;
	uint64_t held;

	for (; n; msr += done + 1, n -= done + 1) {
		int ret = cvmm_vcpu_set_msrs(vcpu, msr, n, &why);

		if (ret == 0)
			return 0;
		done = (uint32_t)why.other;
		if (why.reason == CVMM_REASON_SHORT_COUNT) {
			ret = load_msr(vcpu, msr[done].index, &held, &look);
			if (ret == 0 && held == msr[done].data)
				continue;
			if (ret < 0 && look.reason != CVMM_REASON_SHORT_COUNT)
				why = look;
		}
		if (e)
			*e = why;
		return named(why.err, e);
	}
	return 0;
}

int cvmm_vcpu_regs_msrs_set(struct cvmm_vcpu vcpu, const struct cvmm_item *item, uint32_t n, const uint8_t *col,
	int (*skip)(const struct cvmm_item *item, void *ctx), void *ctx, struct cvmm_error *e)
{
	struct cvmm_x86_msr msr[CVMM_X86_MSRS_MAX];
	uint32_t i, used = 0, run = run_length(item, n);
	int ret;

	memset(msr, 0, run * sizeof(msr[0]));
	for (i = 0; i < run; i++) {
		if (skip && skip(&item[i], ctx))
			continue;
		msr[used].index = (uint32_t)item[i].id;
		msr[used++].data = cvmm_load_le(col + item[i].off, 8);
	}
	ret = set_batch(vcpu, msr, used, e);
	return ret < 0 ? ret : (int)run;
}
