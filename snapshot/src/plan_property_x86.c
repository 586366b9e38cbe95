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

#include "plan_state_x86.h"

#define NO_CAP		  UINT32_MAX
#define TSC_TOLERANCE_PPM 250u

static uint16_t none(const struct plan_ctx *c, const struct x86_value *x)
{
	(void)c;
	(void)x;
	return 0;
}

uint16_t cvmm_x86_needs(const struct plan_ctx *c, uint32_t cap)
{
	return cvmm_profile_cap(c->host, cap) ? 0 : CVMM_REASON_CAP_NOT_OFFERED;
}

uint16_t cvmm_x86_offered(const struct plan_ctx *c, const struct x86_value *x)
{
	return cvmm_x86_needs(c, x->cap);
}

/* An act that was not done asks for nothing. */
static uint16_t act(const struct plan_ctx *c, const struct x86_value *x)
{
	return cvmm_load_le(x->value, x->size) ? cvmm_x86_offered(c, x) : 0;
}

/* The capability answers with the bits that can be asked for. */
static uint16_t bits(const struct plan_ctx *c, const struct x86_value *x)
{
	return cvmm_load_le(x->value, x->size) & ~cvmm_profile_cap(c->host, x->cap) ? CVMM_REASON_CAP_NOT_OFFERED : 0;
}

/* Without a scaling processor KVM takes a frequency near the host's own. */
static uint16_t tsc_khz(const struct plan_ctx *c, const struct x86_value *x)
{
	uint64_t want = cvmm_load_le(x->value, x->size), have = cvmm_profile_trait(c->host, CVMM_TRAIT_TSC_KHZ, want);
	uint64_t differ = want > have ? want - have : have - want;

	if (differ > have * TSC_TOLERANCE_PPM / 1000000 && cvmm_x86_needs(c, CVMM_CAP_TSC_CONTROL))
		return CVMM_REASON_HOST_REFUSES;
	return want == have ? 0 : cvmm_x86_offered(c, x);
}

static uint16_t cpuid(const struct plan_ctx *c, const struct x86_value *x)
{
	(void)c;
	return cvmm_cpuid_well_formed(x->value, x->size);
}

static uint16_t sregs(const struct plan_ctx *c, const struct x86_value *x)
{
	/* Without SREGS2 KVM would read the PDPTRs from guest memory, where others may stand by now. */
	return x->value[offsetof(struct cvmm_x86_sregs2, flags)] ? cvmm_x86_offered(c, x) : 0;
}

/* A vCPU that never entered a guest hypervisor's world. SVM: as after reset; VMX: VMXON was never executed. */
static int not_nested(const uint8_t *v)
{
	uint64_t flags = cvmm_load_le(v, 2), format = cvmm_load_le(v + 2, 2);

	if (format)
		return !(flags & ~(uint64_t)CVMM_X86_NESTED_GIF_SET);
	return !flags && cvmm_load_le(v + offsetof(struct cvmm_x86_nested_state, hdr), 8) == UINT64_MAX;
}

/* Feature MSRs that no list of state names; the profile's masks are what the host offers in them. */
static uint64_t feature(const struct plan_ctx *c, uint64_t id)
{
	const struct cvmm_pair *p = cvmm_pair_find(c->host->mask, c->host->nmasks, id);

	return p ? p->value : 0;
}

static uint16_t de_cfg(const struct plan_ctx *c, const struct x86_value *x)
{
	return cvmm_load_le(x->value, x->size) & ~feature(c, CVMM_X86_REG_MSR(0xc0011029))
		       ? CVMM_REASON_BITS_NOT_OFFERED
		       : 0;
}

/* KVM_CAP_MCE answers with the number of banks. */
static uint16_t banks(const struct plan_ctx *c, const struct x86_value *x)
{
	return (cvmm_load_le(x->value, x->size) & 0xff) > cvmm_profile_cap(c->host, x->cap)
		       ? CVMM_REASON_CAP_NOT_OFFERED
		       : 0;
}

/* clang-format off */
#define ACT(name, fn, nr)       { CVMM_X86_BLOCK(CVMM_X86_##name), 1, 8, CVMM_CAP_##nr, fn, 0 }
#define VM(id, size, fn, nr)    { id, 1, size, CVMM_CAP_##nr, fn, 1 }
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
	VM(CVMM_X86_VM_PIC(0), sizeof(struct cvmm_x86_pic), cvmm_x86_offered, IRQCHIP),
	VM(CVMM_X86_VM_PIC(1), sizeof(struct cvmm_x86_pic), cvmm_x86_offered, IRQCHIP),
	VM(CVMM_X86_VM_IOAPIC, sizeof(struct cvmm_x86_ioapic), cvmm_x86_offered, IRQCHIP),
	VM(CVMM_X86_VM_PIT2, sizeof(struct cvmm_x86_pit), cvmm_x86_pit, PIT_STATE2),
	VM(CVMM_X86_VM_CLOCK, 8, cvmm_x86_offered, ADJUST_CLOCK),
	VCPU(CPUID2, 0, cpuid, NO_CAP),
	VCPU(TSC_KHZ, 4, tsc_khz, CVMM_CAP_GET_TSC_KHZ),
	VCPU(SREGS2, sizeof(struct cvmm_x86_sregs2), sregs, CVMM_CAP_SREGS2),
	VCPU(NESTED, 0, cvmm_x86_nested, CVMM_CAP_NESTED_STATE),
	VCPU(REGS, sizeof(struct cvmm_x86_regs), none, NO_CAP),
	VCPU(XSAVE, 0, cvmm_x86_xsave, CVMM_CAP_XSAVE2),
	VCPU(XCRS, sizeof(struct cvmm_x86_xcrs), cvmm_x86_xcrs, CVMM_CAP_XCRS),
	VCPU(DEBUGREGS, sizeof(struct cvmm_x86_debugregs), cvmm_x86_offered, CVMM_CAP_DEBUGREGS),
	VCPU(LAPIC, sizeof(struct cvmm_x86_lapic), cvmm_x86_lapic, CVMM_CAP_IRQCHIP),
	VCPU(EVENTS, sizeof(struct cvmm_x86_events), cvmm_x86_events, CVMM_CAP_VCPU_EVENTS),
	VCPU(MP_STATE, 4, cvmm_x86_mp_state, CVMM_CAP_MP_STATE),
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
	struct x86_value x = { s, col, value, size, f ? f->cap : 0 };

	d.value = cvmm_load_le(value, size);
	if (!f)
		return d;
	d.reason = f->size && f->size != size ? CVMM_REASON_REG_SIZE : f->check(c, &x);
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
