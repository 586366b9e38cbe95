/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * x86_64: acts of the VMM, blocks of state, and MSRs that KVM has and lists nowhere. No profile has a line for them, so they
 * are judged by the capabilities that the host answered with. CPUID leaves: plan_cpuid.c.
 */
#include <cvmm/kvm-ioctls/cap.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>
#include <cvmm/kvm-ioctls/x86-vm.h>

#include <stddef.h>

#include "plan_cpuid.h"
#include "plan_verdict.h"

#define NO_CAP		  UINT32_MAX
#define XSAVE_BV	  512u
#define MP_STATE_MAX	  4u
#define MP_RESET_HOLD	  9u

#define TSC_TOLERANCE_PPM 250u

/* Returns a reason to refuse, or CVMM_REASON_NONE. The size was compared with the fact's. */
typedef uint16_t x86_check(const struct plan_ctx *c, const uint8_t *value, uint32_t size, uint32_t cap);

static uint16_t none(const struct plan_ctx *c, const uint8_t *value, uint32_t size, uint32_t cap)
{
	(void)c;
	(void)value;
	(void)size;
	(void)cap;
	return 0;
}

static uint16_t offered(const struct plan_ctx *c, const uint8_t *value, uint32_t size, uint32_t cap)
{
	(void)value;
	(void)size;
	return cvmm_profile_cap(c->host, cap) ? 0 : CVMM_REASON_CAP_NOT_OFFERED;
}

/* An act that was not done asks for nothing. */
static uint16_t act(const struct plan_ctx *c, const uint8_t *value, uint32_t size, uint32_t cap)
{
	return cvmm_load_le(value, size) ? offered(c, value, size, cap) : 0;
}

/* The capability answers with the bits that can be asked for. */
static uint16_t bits(const struct plan_ctx *c, const uint8_t *value, uint32_t size, uint32_t cap)
{
	return cvmm_load_le(value, size) & ~cvmm_profile_cap(c->host, cap) ? CVMM_REASON_CAP_NOT_OFFERED : 0;
}

/* Without a scaling processor KVM takes a frequency near the host's own. */
static uint16_t tsc_khz(const struct plan_ctx *c, const uint8_t *value, uint32_t size, uint32_t cap)
{
	uint64_t want = cvmm_load_le(value, size), have = cvmm_profile_trait(c->host, CVMM_TRAIT_TSC_KHZ, want);
	uint64_t differ = want > have ? want - have : have - want;

	if (differ > have * TSC_TOLERANCE_PPM / 1000000 && offered(c, value, size, CVMM_CAP_TSC_CONTROL))
		return CVMM_REASON_HOST_REFUSES;
	return want == have ? 0 : offered(c, value, size, cap);
}

static uint16_t sregs(const struct plan_ctx *c, const uint8_t *value, uint32_t size, uint32_t cap)
{
	(void)size;
	/* Without SREGS2 KVM would read the PDPTRs from guest memory, where others may stand by now. */
	return value[offsetof(struct cvmm_x86_sregs2, flags)] ? offered(c, value, 0, cap) : 0;
}

/* A vCPU that never entered a guest hypervisor's world. SVM: as after reset; VMX: VMXON was never executed. */
static int not_nested(const uint8_t *v)
{
	uint64_t flags = cvmm_load_le(v, 2), format = cvmm_load_le(v + 2, 2);

	if (format)
		return !(flags & ~(uint64_t)CVMM_X86_NESTED_GIF_SET);
	return !flags && cvmm_load_le(v + offsetof(struct cvmm_x86_nested_state, hdr), 8) == UINT64_MAX;
}

static uint16_t nested(const struct plan_ctx *c, const uint8_t *value, uint32_t size, uint32_t cap)
{
	uint64_t used = cvmm_load_le(value + offsetof(struct cvmm_x86_nested_state, size), 4);

	if (size < sizeof(struct cvmm_x86_nested_state) || used < sizeof(struct cvmm_x86_nested_state) || used > size)
		return CVMM_REASON_HOST_REFUSES;
	return used > cvmm_profile_cap(c->host, cap) ? CVMM_REASON_CAP_NOT_OFFERED : 0;
}

static uint64_t host_xcr0(const struct plan_ctx *c)
{
	uint32_t reg[4];

	if (!cvmm_cpuid_host(c, 0xd, 0, reg))
		return 1;
	return ((uint64_t)reg[3] << 32 | reg[0]) | 1;
}

static uint16_t xsave(const struct plan_ctx *c, const uint8_t *value, uint32_t size, uint32_t cap)
{
	uint64_t bytes = cvmm_profile_cap(c->host, cap);

	if (size != (bytes > CVMM_X86_XSAVE_BYTES ? bytes : CVMM_X86_XSAVE_BYTES))
		return CVMM_REASON_HOST_REFUSES;
	/* x87 and SSE are there without being asked for. */
	return cvmm_load_le(value + XSAVE_BV, 8) & ~(host_xcr0(c) | 3) ? CVMM_REASON_BITS_NOT_OFFERED : 0;
}

static uint16_t xcrs(const struct plan_ctx *c, const uint8_t *value, uint32_t size, uint32_t cap)
{
	const size_t first = offsetof(struct cvmm_x86_xcrs, xcrs), one = sizeof(struct cvmm_x86_xcr);
	uint64_t i, n = cvmm_load_le(value, 4);

	if (!offered(c, value, size, cap) && n <= 16) {
		for (i = 0; i < n; i++) {
			const uint8_t *x = value + first + i * one;

			if (!cvmm_load_le(x, 4) && cvmm_load_le(x + 8, 8) & ~host_xcr0(c))
				return CVMM_REASON_BITS_NOT_OFFERED;
		}
		return 0;
	}
	return n > 16 ? CVMM_REASON_HOST_REFUSES : CVMM_REASON_CAP_NOT_OFFERED;
}

/* Which members are there depends on capabilities of the source; those that say something need them here. */
static uint16_t events(const struct plan_ctx *c, const uint8_t *value, uint32_t size, uint32_t cap)
{
	const uint32_t smi = offsetof(struct cvmm_x86_events, smi_smm), smi_bytes = 4;
	uint64_t flags = cvmm_load_le(value + offsetof(struct cvmm_x86_events, flags), 4);

	if (flags & ~UINT64_C(0x3f))
		return CVMM_REASON_HOST_REFUSES;
	if ((cvmm_load_le(value + smi, smi_bytes) && offered(c, value, size, CVMM_CAP_X86_SMM)) ||
		(flags & CVMM_X86_EVENT_PAYLOAD && offered(c, value, size, CVMM_CAP_EXCEPTION_PAYLOAD)) ||
		(flags & CVMM_X86_EVENT_TRIPLE_FAULT && offered(c, value, size, CVMM_CAP_X86_TRIPLE_FAULT_EVENT)))
		return CVMM_REASON_CAP_NOT_OFFERED;
	return offered(c, value, size, cap);
}

static uint16_t mp_state(const struct plan_ctx *c, const uint8_t *value, uint32_t size, uint32_t cap)
{
	uint64_t state = cvmm_load_le(value, size);

	if (state > MP_STATE_MAX && state != MP_RESET_HOLD)
		return CVMM_REASON_HOST_REFUSES;
	return offered(c, value, size, cap);
}

/* Feature MSRs that no list of state names; the profile's masks are what the host offers in them. */
static uint64_t feature(const struct plan_ctx *c, uint64_t id)
{
	const struct cvmm_pair *p = cvmm_pair_find(c->host->mask, c->host->nmasks, id);

	return p ? p->value : 0;
}

static uint16_t de_cfg(const struct plan_ctx *c, const uint8_t *value, uint32_t size, uint32_t cap)
{
	(void)cap;
	return cvmm_load_le(value, size) & ~feature(c, CVMM_X86_REG_MSR(0xc0011029)) ? CVMM_REASON_BITS_NOT_OFFERED : 0;
}

/* KVM_CAP_MCE answers with the number of banks. */
static uint16_t banks(const struct plan_ctx *c, const uint8_t *value, uint32_t size, uint32_t cap)
{
	return (cvmm_load_le(value, size) & 0xff) > cvmm_profile_cap(c->host, cap) ? CVMM_REASON_CAP_NOT_OFFERED : 0;
}

/* clang-format off */
#define ACT(name, fn, nr)       { CVMM_X86_BLOCK(CVMM_X86_##name), 1, 8, CVMM_CAP_##nr, fn, 0 }
#define VM(id, size, nr)        { id, 1, size, CVMM_CAP_##nr, offered, 1 }
#define VCPU(id, size, fn, nr)  { CVMM_X86_VCPU_##id, 1, size, nr, fn, 1 }
#define MSRS(first, count, fn)  { CVMM_X86_REG_MSR(first), count, 8, NO_CAP, fn, 1 }
/* clang-format on */

static const struct x86_fact {
	uint64_t first;
	uint32_t count;
	uint32_t size; /* 0: the host decides */
	uint32_t cap;
	x86_check *check;
	uint8_t verify;
} facts[] = {
	/* clang-format off */
	ACT(IRQCHIP, act, IRQCHIP),
	ACT(SPLIT_IRQCHIP, act, SPLIT_IRQCHIP),
	ACT(TSC_KHZ, act, VM_TSC_CONTROL),
	ACT(IDENTITY_MAP_ADDR, act, SET_IDENTITY_MAP_ADDR),
	ACT(BOOT_CPU_ID, act, SET_BOOT_CPU_ID),
	ACT(DISABLE_EXITS, bits, X86_DISABLE_EXITS),
	ACT(PMU_CAPABILITY, bits, PMU_CAPABILITY),
	ACT(NOTIFY_VMEXIT, act, X86_NOTIFY_VMEXIT),
	ACT(APIC_BUS_CYCLES, act, X86_APIC_BUS_CYCLES_NS),
	ACT(X2APIC_API, act, X2APIC_API),
	ACT(DISABLE_QUIRKS2, bits, DISABLE_QUIRKS2),
	ACT(TSS_ADDR, act, SET_TSS_ADDR),
	ACT(PIT, act, PIT2),
	ACT(EXCEPTION_PAYLOAD, act, EXCEPTION_PAYLOAD),
	ACT(TRIPLE_FAULT, act, X86_TRIPLE_FAULT_EVENT),
	VM(CVMM_X86_VM_PIC(0), sizeof(struct cvmm_x86_pic), IRQCHIP),
	VM(CVMM_X86_VM_PIC(1), sizeof(struct cvmm_x86_pic), IRQCHIP),
	VM(CVMM_X86_VM_IOAPIC, sizeof(struct cvmm_x86_ioapic), IRQCHIP),
	VM(CVMM_X86_VM_PIT2, sizeof(struct cvmm_x86_pit), PIT_STATE2),
	VM(CVMM_X86_VM_CLOCK, 8, ADJUST_CLOCK),
	VCPU(CPUID2, 0, cvmm_cpuid_well_formed, NO_CAP),
	VCPU(TSC_KHZ, 4, tsc_khz, CVMM_CAP_GET_TSC_KHZ),
	VCPU(SREGS2, sizeof(struct cvmm_x86_sregs2), sregs, CVMM_CAP_SREGS2),
	VCPU(NESTED, 0, nested, CVMM_CAP_NESTED_STATE),
	VCPU(REGS, sizeof(struct cvmm_x86_regs), none, NO_CAP),
	VCPU(XSAVE, 0, xsave, CVMM_CAP_XSAVE2),
	VCPU(XCRS, sizeof(struct cvmm_x86_xcrs), xcrs, CVMM_CAP_XCRS),
	VCPU(DEBUGREGS, sizeof(struct cvmm_x86_debugregs), offered, CVMM_CAP_DEBUGREGS),
	VCPU(LAPIC, sizeof(struct cvmm_x86_lapic), offered, CVMM_CAP_IRQCHIP),
	VCPU(EVENTS, sizeof(struct cvmm_x86_events), events, CVMM_CAP_VCPU_EVENTS),
	VCPU(MP_STATE, 4, mp_state, CVMM_CAP_MP_STATE),
	VCPU(MCG_CAP, 8, banks, CVMM_CAP_MCE),
	/* MTRRs, machine check banks */
	MSRS(0x200, 16, none),
	MSRS(0x250, 1, none),
	MSRS(0x258, 2, none),
	MSRS(0x268, 8, none),
	MSRS(0x2ff, 1, none),
	MSRS(0x400, 128, none),
	MSRS(0xc0011029, 1, de_cfg),
	/* clang-format on */
};

static const struct x86_fact *fact_of(uint64_t id)
{
	uint32_t i;

	for (i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		if (id - facts[i].first < facts[i].count)
			return &facts[i];
	}
	return NULL;
}

int cvmm_x86_is_property(uint64_t id)
{
	return cvmm_reg_is_block(id) || fact_of(id);
}

struct decision cvmm_plan_property_x86(const struct plan_ctx *c, const struct subject *s, uint32_t col)
{
	struct decision d = settle(CVMM_VERDICT_REFUSED, CVMM_REASON_VM_PROPERTY);
	const uint8_t *value = cvmm_regset_value(s->set, s->item, col);
	uint32_t size = s->set->item[s->item].size;
	const struct x86_fact *f = fact_of(s->id);

	d.value = cvmm_load_le(value, size);
	if (!f)
		return d;
	d.reason = f->size && f->size != size ? CVMM_REASON_REG_SIZE : f->check(c, value, size, f->cap);
	if (d.reason == CVMM_REASON_CAP_NOT_OFFERED && s->id == CVMM_X86_VCPU_NESTED &&
		!cvmm_profile_cap(c->host, f->cap) && not_nested(value)) {
		d.verdict = CVMM_VERDICT_DROPPED;
		d.reason = CVMM_REASON_NEUTRAL;
		return d;
	}
	if (d.reason)
		return d;
	d.verdict = CVMM_VERDICT_EXACT;
	d.reason = CVMM_REASON_WRITTEN;
	d.write = WRITE_VIEW;
	d.verify = s->id == CVMM_X86_VM_CLOCK ? VERIFY_BEHIND : f->verify;
	return d;
}
