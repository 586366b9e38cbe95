/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* x86_64: may a guest have this state block, and does the host take it? What KVM would refuse or bend is refused before. */
#include <cvmm/kvm-ioctls/cap.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>
#include <cvmm/kvm-ioctls/x86-vm.h>

#include <stddef.h>
#include <string.h>

#include "plan_state_x86.h"

#define XSAVE_BV	 512u
#define XSAVE_MXCSR	 24u
#define XSAVE_MXCSR_USED 7u /* x87, SSE, AVX */
#define MXCSR_BITS	 UINT64_C(0x2ffff)
#define LAPIC_ID	 0x20u
#define X2APIC_MODE	 UINT64_C(0xc00) /* of the APIC base */
#define X2APIC_32BIT_IDS 1u
#define PIT_MODE_MAX	 7u /* 6 and 7 are 2 and 3 to the 8254 */
#define PIT_FLAGS	 3u
#define MP_STATE_MAX	 4u
#define MP_RESET_HOLD	 9u

uint16_t cvmm_x86_nested(const struct plan_ctx *c, const struct x86_value *x)
{
	uint64_t used = cvmm_load_le(x->value + offsetof(struct cvmm_x86_nested_state, size), 4);

	if (x->size < sizeof(struct cvmm_x86_nested_state) || used < sizeof(struct cvmm_x86_nested_state) ||
		used > x->size)
		return CVMM_REASON_HOST_REFUSES;
	return used > cvmm_profile_cap(c->host, x->cap) ? CVMM_REASON_CAP_NOT_OFFERED : 0;
}

static uint64_t host_xcr0(const struct plan_ctx *c)
{
	uint32_t reg[4];

	if (!cvmm_cpuid_host(c, 0xd, 0, reg))
		return 1;
	return ((uint64_t)reg[3] << 32 | reg[0]) | 1;
}

uint16_t cvmm_x86_xsave(const struct plan_ctx *c, const struct x86_value *x)
{
	uint64_t bytes = cvmm_profile_cap(c->host, x->cap), there = cvmm_load_le(x->value + XSAVE_BV, 8);
	uint32_t i;

	if (x->size != (bytes > CVMM_X86_XSAVE_BYTES ? bytes : CVMM_X86_XSAVE_BYTES))
		return CVMM_REASON_HOST_REFUSES;
	/* XCOMP_BV and what is reserved behind it; a host may know fewer bits of MXCSR still. */
	for (i = XSAVE_BV + 8; i < XSAVE_BV + 64; i++) {
		if (x->value[i])
			return CVMM_REASON_HOST_REFUSES;
	}
	if (there & XSAVE_MXCSR_USED && cvmm_load_le(x->value + XSAVE_MXCSR, 4) & ~MXCSR_BITS)
		return CVMM_REASON_HOST_REFUSES;
	/* x87 and SSE are there without being asked for. */
	return there & ~(host_xcr0(c) | 3) ? CVMM_REASON_BITS_NOT_OFFERED : 0;
}

uint16_t cvmm_x86_xcrs(const struct plan_ctx *c, const struct x86_value *x)
{
	const size_t first = offsetof(struct cvmm_x86_xcrs, xcrs), one = sizeof(struct cvmm_x86_xcr);
	uint64_t i, n = cvmm_load_le(x->value, 4);

	if (!cvmm_x86_offered(c, x) && n <= 16) {
		for (i = 0; i < n; i++) {
			const uint8_t *xcr = x->value + first + i * one;

			if (!cvmm_load_le(xcr, 4) && cvmm_load_le(xcr + 8, 8) & ~host_xcr0(c))
				return CVMM_REASON_BITS_NOT_OFFERED;
		}
		return 0;
	}
	return n > 16 ? CVMM_REASON_HOST_REFUSES : CVMM_REASON_CAP_NOT_OFFERED;
}

/* Which members are there depends on capabilities of the source; those that say something need them here. */
uint16_t cvmm_x86_events(const struct plan_ctx *c, const struct x86_value *x)
{
	const uint32_t smi = offsetof(struct cvmm_x86_events, smi_smm), smi_bytes = 4;
	uint64_t flags = cvmm_load_le(x->value + offsetof(struct cvmm_x86_events, flags), 4);

	if (flags & ~UINT64_C(0x3f))
		return CVMM_REASON_HOST_REFUSES;
	if ((cvmm_load_le(x->value + smi, smi_bytes) && cvmm_x86_needs(c, CVMM_CAP_X86_SMM)) ||
		(flags & CVMM_X86_EVENT_PAYLOAD && cvmm_x86_needs(c, CVMM_CAP_EXCEPTION_PAYLOAD)) ||
		(flags & CVMM_X86_EVENT_TRIPLE_FAULT && cvmm_x86_needs(c, CVMM_CAP_X86_TRIPLE_FAULT_EVENT)))
		return CVMM_REASON_CAP_NOT_OFFERED;
	return cvmm_x86_offered(c, x);
}

uint16_t cvmm_x86_mp_state(const struct plan_ctx *c, const struct x86_value *x)
{
	uint64_t state = cvmm_load_le(x->value, x->size);

	if (state > MP_STATE_MAX && state != MP_RESET_HOLD)
		return CVMM_REASON_HOST_REFUSES;
	return cvmm_x86_offered(c, x);
}

/*
 * A guest may write the ID of an xAPIC, not that of an x2APIC. There KVM refuses another one, or stores its own without a
 * word, as the VMM chose the format.
 */
uint16_t cvmm_x86_lapic(const struct plan_ctx *c, const struct x86_value *x)
{
	const struct cvmm_regset *set = x->s->set, *vm = &c->v->vm;
	int sregs_at = cvmm_regset_find(set, CVMM_X86_VCPU_SREGS2);
	int api_at = cvmm_regset_find(vm, CVMM_X86_BLOCK(CVMM_X86_X2APIC_API));
	uint64_t api = api_at < 0 ? 0 : cvmm_regset_u64(vm, (uint32_t)api_at, 0), base = 0;
	uint32_t id = c->v->shape[c->shape].vcpu_id[x->col];

	if (sregs_at >= 0)
		base = cvmm_load_le(cvmm_regset_value(set, (uint32_t)sregs_at, x->col) +
					    offsetof(struct cvmm_x86_sregs2, apic_base),
			8);
	if ((base & X2APIC_MODE) == X2APIC_MODE &&
		cvmm_load_le(x->value + LAPIC_ID, 4) != (api & X2APIC_32BIT_IDS ? id : id << 24))
		return CVMM_REASON_HOST_REFUSES;
	return cvmm_x86_offered(c, x);
}

/* KVM takes anything and would count by it: what no KVM gives is not the guest's. */
uint16_t cvmm_x86_pit(const struct plan_ctx *c, const struct x86_value *x)
{
	struct cvmm_x86_pit p;
	uint32_t i, strange;

	memcpy(&p, x->value, sizeof(p));
	strange = p.flags & ~PIT_FLAGS;
	for (i = 0; i < sizeof(p.reserved) / sizeof(p.reserved[0]); i++)
		strange |= p.reserved[i];
	for (i = 0; i < sizeof(p.channels) / sizeof(p.channels[0]); i++) {
		const struct cvmm_x86_pit_channel *ch = &p.channels[i];

		strange |= ch->count > CVMM_X86_PIT_COUNT_MAX || ch->gate > 1 || ch->bcd > 1 ||
			   (ch->mode > PIT_MODE_MAX && ch->mode != CVMM_X86_PIT_MODE_NONE);
	}
	return strange ? CVMM_REASON_HOST_REFUSES : cvmm_x86_offered(c, x);
}
