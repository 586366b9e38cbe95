/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Properties: state that no kernel lists. A host's register list says nothing about them, so they are judged by the
 * capabilities and traits that it answered with.
 */
#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/arm64.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vgic.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include "plan_parts.h"

#define IPA_BITS_DEFAULT 40u
#define CAP_VM_IPA_SIZE	 165u
#define CAP_SERROR_ESR	 158u
#define CAP_NISV	 177u
#define CAP_SUSPEND	 216u
#define CAP_SEA		 245u

#define PROP(name)	 CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_##name)

/* Returns a reason to refuse, or CVMM_REASON_NONE. */
typedef uint16_t property_check(const struct plan_ctx *c, const uint8_t *value, uint32_t arg);

/* Switched on at the source: the host must offer it too. */
static uint16_t check_cap(const struct plan_ctx *c, const uint8_t *value, uint32_t cap)
{
	return cvmm_load_le(value, 8) && !cvmm_profile_cap(c->host, cap) ? CVMM_REASON_CAP_NOT_OFFERED : 0;
}

static uint16_t check_ipa(const struct plan_ctx *c, const uint8_t *value, uint32_t cap)
{
	uint64_t most = cvmm_profile_cap(c->host, cap), bits = cvmm_load_le(value, 8);

	if (!most)
		most = IPA_BITS_DEFAULT;
	return (bits ? bits : IPA_BITS_DEFAULT) > most ? CVMM_REASON_VM_PROPERTY : 0;
}

/* KVM's own knob for the interrupt controller's ABI; kernels exist that accept any revision and change nothing. */
static uint16_t check_iidr(const struct plan_ctx *c, const uint8_t *value, uint32_t shift)
{
	uint64_t revision = cvmm_load_le(value, 8) >> shift & 0xf;
	uint64_t dflt = cvmm_profile_trait(c->host, CVMM_TRAIT_IIDR_VALUE, 0) >> shift & 0xf;
	uint64_t keep = cvmm_profile_trait(c->host, CVMM_TRAIT_IIDR_KEEP, UINT64_C(1) << dflt);

	return keep >> revision & 1 ? 0 : CVMM_REASON_VM_PROPERTY;
}

static uint16_t check_mp_state(const struct plan_ctx *c, const uint8_t *value, uint32_t cap)
{
	switch (cvmm_load_le(value, 4)) {
	case CVMM_MP_STATE_RUNNABLE:
	case CVMM_MP_STATE_STOPPED: return 0;
	case CVMM_MP_STATE_SUSPENDED: return cvmm_profile_cap(c->host, cap) ? 0 : CVMM_REASON_CAP_NOT_OFFERED;
	default: return CVMM_REASON_HOST_REFUSES;
	}
}

static uint16_t check_events(const struct plan_ctx *c, const uint8_t *value, uint32_t cap)
{
	uint32_t i, reserved = 0;

	for (i = 3; i < 64; i++)
		reserved |= i < 8 || i >= 16 ? value[i] : 0;
	if (reserved || value[0] > 1 || value[1] > 1 || value[2])
		return CVMM_REASON_HOST_REFUSES;
	/* KVM says "there is a syndrome" whenever the host has RAS; it means something if an SError is pending. */
	return value[0] && value[1] && !cvmm_profile_cap(c->host, cap) ? CVMM_REASON_CAP_NOT_OFFERED : 0;
}

static uint16_t check_pvtime(const struct plan_ctx *c, const uint8_t *value, uint32_t cap)
{
	return ~cvmm_load_le(value, 8) && !cvmm_profile_cap(c->host, cap) ? CVMM_REASON_CAP_NOT_OFFERED : 0;
}

/* A range of a filter. The SMCCC filter came with the VM-wide counter offset; no capability of its own tells of it. */
static uint16_t check_filter(const struct plan_ctx *c, const uint8_t *value, uint32_t number)
{
	if (number < CVMM_ARM64_PROPERTY_PMU_FILTER_0)
		return check_cap(c, value, CVMM_CAP_COUNTER_OFFSET);
	return 0;
}

static uint16_t check_none(const struct plan_ctx *c, const uint8_t *value, uint32_t arg)
{
	(void)c;
	(void)value;
	(void)arg;
	return 0;
}

static const struct property_fact {
	uint64_t id;
	property_check *check;
	uint32_t arg;
	uint8_t record; /* remembered by vm-regs; 0: only the counters that it moves are */
	uint8_t verify;
} facts[] = {
	{ PROP(FEATURES), check_none, 0, 1, 0 },
	{ PROP(IPA_BITS), check_ipa, CAP_VM_IPA_SIZE, 1, 0 },
	{ PROP(CAPS_MTE), check_cap, CVMM_CAP_ARM_MTE, 1, 0 },
	{ PROP(CAPS_IMP_ID), check_cap, CVMM_CAP_ARM_WRITABLE_IMP_ID, 1, 0 },
	{ PROP(CAPS_NISV), check_cap, CAP_NISV, 1, 0 },
	{ PROP(CAPS_SUSPEND), check_cap, CAP_SUSPEND, 1, 0 },
	{ PROP(CAPS_SEA), check_cap, CAP_SEA, 1, 0 },
	/* An offset counts from another host's clock; both counters continue from their own values instead. */
	{ PROP(COUNTER_OFFSET), check_none, 0, 0, 0 },
	{ PROP(PMU_CHOICE), check_none, 0, 1, 0 },
	{ PROP(GICD_IIDR), check_iidr, 12, 1, 0 },
	{ PROP(GITS_IIDR), check_none, 0, 1, 0 },
	{ PROP(ASYMMETRIC), check_cap, CVMM_CAP_SIM_ASYMMETRIC, 1, 0 },
#define FILTER_FACT(symbol, number, name, text) { CVMM_ARM64_PROPERTY(number), check_filter, number, 1, 0 },
	CVMM_ARM64_FILTERS(FILTER_FACT)
#undef FILTER_FACT
		{ CVMM_ARM64_VCPU_MP_STATE, check_mp_state, CAP_SUSPEND, 1, 1 },
	{ CVMM_RISCV64_VCPU_MP_STATE, check_mp_state, CAP_SUSPEND, 1, 1 },
	{ CVMM_ARM64_VCPU_EVENTS, check_events, CAP_SERROR_ESR, 1, 1 },
	{ CVMM_ARM64_VCPU_PVTIME, check_pvtime, CVMM_CAP_STEAL_TIME, 1, 1 },
};

/* Banks of 32 interrupts: those that the machine has. Priorities and the like are the guest's, any value will do. */
static uint16_t check_vgic(const struct plan_ctx *c, const struct subject *s, uint64_t value)
{
	uint32_t group = cvmm_vgic_group(s->id);
	int at = cvmm_regset_find(&c->v->vm, CVMM_VGIC_NR_IRQS_ID);
	uint64_t nr = at >= 0 ? cvmm_regset_u64(&c->v->vm, (uint32_t)at, 0) : 0;

	if (nr < 64 || nr > 32 * CVMM_VGIC_BANKS_MAX || nr % 32)
		return CVMM_REASON_VM_PROPERTY;
	if (s->id == CVMM_VGIC_ICC_SRE)
		return value & 1 ? 0 : CVMM_REASON_HOST_REFUSES;
	if (s->scope != CVMM_SCOPE_VM || !s->row->step || group == CVMM_VGIC_ITS_REGS)
		return 0;
	return (s->id - s->row->first) / s->row->step + 2 > nr / 32 ? CVMM_REASON_VM_PROPERTY : 0;
}

/* The interrupt controller's registers: no profile tells of them, so what the row says is all. */
static struct decision plan_vgic(const struct plan_ctx *c, const struct subject *s, struct decision d)
{
	d.reason = check_vgic(c, s, d.value);
	if (d.reason)
		return d;
	switch (s->row->write) {
	case CVMM_WRITE_ALIAS:
		d.verdict = CVMM_VERDICT_NOT_WRITTEN;
		d.reason = CVMM_REASON_ALIAS;
		return d;
	case CVMM_WRITE_ASSERT: d.verdict = CVMM_VERDICT_ASSERTED; break;
	default: d.verdict = CVMM_VERDICT_EXACT; break;
	}
	d.reason = CVMM_REASON_WRITTEN;
	d.write = 1;
	return d;
}

struct decision cvmm_plan_property(const struct plan_ctx *c, const struct subject *s, uint32_t col)
{
	struct decision d = {
		.verdict = CVMM_VERDICT_REFUSED, .reason = CVMM_REASON_VM_PROPERTY, .rule = CVMM_NO_RULE
	};
	const uint8_t *value = cvmm_regset_value(s->set, s->item, col);
	uint32_t i;

	if (c->v->arch == CVMM_ARCH_X86_64)
		return cvmm_plan_property_x86(c, s, col);
	d.value = cvmm_load_le(value, s->set->item[s->item].size);
	if (cvmm_reg_is_vgic(s->id) && s->row)
		return plan_vgic(c, s, d);
	for (i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		const struct property_fact *f = &facts[i];

		if (f->id != s->id)
			continue;
		d.reason = f->check(c, value, f->arg);
		if (d.reason)
			return d;
		d.verdict = f->record ? CVMM_VERDICT_EXACT : CVMM_VERDICT_NOT_WRITTEN;
		d.reason = f->record ? CVMM_REASON_WRITTEN : CVMM_REASON_VOLATILE;
		d.write = f->record;
		d.verify = f->verify;
		break;
	}
	return d;
}
