/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * x86_64: what of CPUID is a promise, and what two hosts can promise together. What the table does not name describes
 * (topology, caches, names) or is decided by KVM or the VMM, and is the VMM's own business.
 */
#include <cvmm/kvm-ioctls/reg-id.h>

#include <string.h>

#include "judge_wide.h"

#define ANY UINT32_MAX

enum how {
	HOW_SUBSET, /* each bit is a feature */
	HOW_EQUAL,  /* another value is another machine */
	HOW_UPTO,   /* a number that the host may exceed */
};

enum { EAX, EBX, ECX, EDX };

/*
 * Bits that KVM or the VMM decides by itself are left out: 1.ecx MONITOR, x2APIC, TSC deadline, OSXSAVE, hypervisor; 1.edx HTT;
 * 7.ecx OSPKE; 0x80000001.ecx CmpLegacy, ExtApic, TopologyExtensions.
 */
static const struct promise {
	uint32_t function;
	uint32_t index; /* ANY: all from @from on */
	uint32_t from;
	uint32_t reg;
	uint32_t mask;
	uint32_t how;
} promises[] = {
	{ 0x0, 0, 0, EBX, ~0u, HOW_EQUAL }, /* the vendor */
	{ 0x0, 0, 0, ECX, ~0u, HOW_EQUAL },
	{ 0x0, 0, 0, EDX, ~0u, HOW_EQUAL },
	{ 0x1, 0, 0, ECX, ~0x89200008u, HOW_SUBSET },
	{ 0x1, 0, 0, EDX, ~0x10000000u, HOW_SUBSET },
	{ 0x7, 0, 0, EBX, ~0u, HOW_SUBSET },
	{ 0x7, 0, 0, ECX, ~0x10u, HOW_SUBSET },
	{ 0x7, 0, 0, EDX, ~0u, HOW_SUBSET },
	{ 0x7, 1, 0, EAX, ~0u, HOW_SUBSET },
	{ 0x7, 1, 0, EBX, ~0u, HOW_SUBSET },
	{ 0x7, 1, 0, ECX, ~0u, HOW_SUBSET },
	{ 0x7, 1, 0, EDX, ~0u, HOW_SUBSET },
	{ 0x7, 2, 0, EDX, ~0u, HOW_SUBSET },
	{ 0xd, 0, 0, EAX, ~0u, HOW_SUBSET }, /* XCR0 */
	{ 0xd, 0, 0, EDX, ~0u, HOW_SUBSET },
	{ 0xd, 1, 0, EAX, ~0u, HOW_SUBSET },
	{ 0xd, 1, 0, ECX, ~0u, HOW_SUBSET }, /* XSS */
	{ 0xd, 1, 0, EDX, ~0u, HOW_SUBSET },
	{ 0xd, ANY, 2, EAX, ~0u, HOW_EQUAL }, /* where a component lies in the XSAVE area */
	{ 0xd, ANY, 2, EBX, ~0u, HOW_EQUAL },
	{ 0x14, 0, 0, EBX, ~0u, HOW_SUBSET },
	{ 0x14, 0, 0, ECX, ~0u, HOW_SUBSET },
	{ 0x1d, ANY, 1, EAX, ~0u, HOW_EQUAL }, /* tiles */
	{ 0x1d, ANY, 1, EBX, ~0u, HOW_EQUAL },
	{ 0x40000001, 0, 0, EAX, ~0u, HOW_SUBSET }, /* KVM's own features */
	{ 0x80000001, 0, 0, ECX, ~0x40000au, HOW_SUBSET },
	{ 0x80000001, 0, 0, EDX, ~0u, HOW_SUBSET },
	{ 0x80000007, 0, 0, EDX, ~0u, HOW_SUBSET },
	{ 0x80000008, 0, 0, EAX, 0xffu, HOW_UPTO }, /* bits of a physical address */
	{ 0x80000008, 0, 0, EAX, 0xff00u, HOW_UPTO },
	{ 0x80000008, 0, 0, EBX, ~0u, HOW_SUBSET },
	{ 0x8000000a, 0, 0, EDX, ~0u, HOW_SUBSET },
	{ 0x80000021, 0, 0, EAX, ~0u, HOW_SUBSET },
};

static int about(const struct promise *p, uint64_t id, uint32_t reg)
{
	uint32_t index = (uint32_t)(id >> 32) & 0x7f;

	return p->function == (uint32_t)id && p->reg == reg && (p->index == ANY ? index >= p->from : p->index == index);
}

static int keeps(const struct promise *p, uint32_t guest, uint32_t host)
{
	guest &= p->mask;
	host &= p->mask;
	switch (p->how) {
	case HOW_SUBSET: return !(guest & ~host);
	case HOW_UPTO: return guest <= host;
	default: return guest == host || !guest;
	}
}

uint16_t cvmm_cpuid_refused(uint64_t id, const uint32_t guest[4], const uint32_t host[4], uint32_t *at, int *differs)
{
	uint32_t i, reg;

	*differs = 0;
	for (i = 0; i < sizeof(promises) / sizeof(promises[0]); i++) {
		const struct promise *p = &promises[i];

		reg = p->reg;
		if (!about(p, id, reg))
			continue;
		if (!keeps(p, guest[reg], host[reg])) {
			*at = reg;
			return p->how == HOW_SUBSET ? CVMM_REASON_BITS_NOT_OFFERED : CVMM_REASON_FIXED_BITS_DIFFER;
		}
		*differs |= ((guest[reg] ^ host[reg]) & p->mask) != 0;
	}
	return CVMM_REASON_NONE;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* The most that both keep; of what is no promise, and of what would have to be equal, always the same one of the two. */
static uint32_t meet(uint64_t id, uint32_t reg, uint32_t a, uint32_t b)
{
	uint32_t i, v = 0, rest = ~0u;

	for (i = 0; i < sizeof(promises) / sizeof(promises[0]); i++) {
		const struct promise *p = &promises[i];

		if (!about(p, id, reg))
			continue;
		v |= p->how == HOW_SUBSET ? a & b & p->mask : least(a & p->mask, b & p->mask);
		rest &= ~p->mask;
	}
	return v | least(a & rest, b & rest);
}

static void load(const uint8_t *bytes, uint32_t reg[4])
{
	uint32_t i;

	for (i = 0; i < 4; i++)
		reg[i] = (uint32_t)cvmm_load_le(bytes + 4 * i, 4);
}

struct judgement cvmm_judge_cpuid(uint64_t id, const uint8_t *want, const uint8_t *have)
{
	struct judgement g = { .reason = CVMM_REASON_HIDDEN, .ok = 1, .write = 1 };
	uint32_t guest[4], host[4], at;
	uint16_t reason;
	int differs;

	load(want, guest);
	load(have, host);
	reason = cvmm_cpuid_refused(id, guest, host, &at, &differs);
	return reason ? (struct judgement){ .reason = reason } : g;
}

void cvmm_cpuid_meet(uint64_t id, const uint8_t *a, const uint8_t *b, uint8_t *out)
{
	uint32_t va[4], vb[4], i;

	load(a, va);
	load(b, vb);
	for (i = 0; i < 4; i++)
		cvmm_store_le(out + 4 * i, 4, meet(id, i, va[i], vb[i]));
}
