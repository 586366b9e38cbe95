/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* One register: is it a promise, and what does a host say to a value, by its answers? */
#include "promise.h"

#include <cvmm/kvm-ioctls/cap.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/snapshot/plan.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>
#include <cvmm/vm-regs/vm-regs.h>

#include <string.h>

/* What guests see and ONE_REG does not have: no VMM can set it, so hosts that tell have to tell the same. */
static const struct cvmm_row guest_only[] = {
	{ .first = CVMM_ARM64_SYS(3, 3, 0, 0, 7), .count = 1, .name = "DCZID_EL0" },
	{ .first = CVMM_ARM64_SYS(3, 3, 9, 12, 6),
		.count = 2,
		.step = 1,
		.name = "PMCEID0_EL0",
		.needs = CVMM_ARM64_FEATURE_PMU_V3 },
	{ .first = CVMM_ARM64_SYS(3, 3, 14, 0, 0), .count = 1, .name = "CNTFRQ_EL0" },
};

/* A leaf is no register of a vCPU, which has them all as one list; cvmm_wide_meet() knows what each means. */
static const struct cvmm_row cpuid = { .count = 1, .combine = CVMM_COMBINE_FIELDS, .name = "CPUID" };

int cvmm_promise_of_guest(uint64_t id, uint64_t features, struct promise *out)
{
	size_t i;

	for (i = 0; i < sizeof(guest_only) / sizeof(guest_only[0]); i++) {
		const struct cvmm_row *row = &guest_only[i];

		if (!cvmm_row_has(row, id) || (row->needs && !(row->needs & features)))
			continue;
		memset(out, 0, sizeof(*out));
		out->id = id;
		out->row = row;
		out->host = CVMM_NO_HOST;
		out->guest_only = 1;
		return 1;
	}
	return 0;
}

static const struct cvmm_row tsc_khz = { .count = 1, .combine = CVMM_COMBINE_EXACT, .name = "TSC rate" };

int cvmm_promise_known(uint64_t id, const struct cvmm_rules *mine)
{
	uint32_t i;

	for (i = 0; mine && i < mine->nrows; i++)
		if (cvmm_row_has(&mine->row[i], id))
			return 1;
	return cvmm_reg_is_cpuid(id) || cvmm_vm_reg_from_id(id).id || cvmm_vcpu_reg_from_id(id).id;
}

int cvmm_promise_of(uint64_t id, uint64_t features, struct promise *out)
{
	const struct cvmm_row *row = cvmm_vm_reg_row((struct cvmm_vm_reg){ id });
	uint8_t scope = CVMM_SCOPE_VM, told;

	if (cvmm_reg_is_cpuid(id)) {
		row = &cpuid;
		scope = CVMM_SCOPE_VCPU;
	}
	if (!row) {
		row = cvmm_vcpu_reg_row((struct cvmm_vcpu_reg){ id });
		scope = CVMM_SCOPE_VCPU;
	}
	if (!row || row->write == CVMM_WRITE_ALIAS || row->write == CVMM_WRITE_VOLATILE)
		return 0;
	told = row->combine != CVMM_COMBINE_NONE;
	if (!told && !row->fixed && !row->other_bits)
		return 0;
	if (row->needs && !(row->needs & features))
		return 0;
	memset(out, 0, sizeof(*out));
	out->id = id;
	out->row = row;
	out->scope = scope;
	out->told = told;
	out->host = CVMM_NO_HOST;
	if (cvmm_reg_bytes(id) > sizeof(out->value))
		out->nwide = (uint8_t)cvmm_reg_bytes(id);
	return !out->nwide || (told && out->nwide <= sizeof(out->wide));
}

/*
 * The interrupt controller's ABI is in no register list; what a host does with a revision was tried out. Neither is the rate of
 * x86_64's TSC: nobody promises one, but a host without scaling cannot go on with another one than its own.
 */
int cvmm_promise_of_trait(uint32_t i, struct promise *out)
{
	if (i == 1) {
		memset(out, 0, sizeof(*out));
		out->id = CVMM_X86_VCPU_TSC_KHZ;
		out->row = &tsc_khz;
		out->host = CVMM_NO_HOST;
		out->trait = CVMM_TRAIT_TSC_KHZ;
		return 1;
	}
	if (i || !cvmm_promise_of(CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_GICD_IIDR), 0, out))
		return 0;
	out->trait = CVMM_TRAIT_IIDR_VALUE;
	return 1;
}

/* Clocks may differ by this much, as KVM sees it: parts in a million. */
#define TSC_TOLERANCE 250u

static uint16_t tsc_refused(const struct promise *p, const struct cvmm_profile *host)
{
	uint64_t own = cvmm_profile_trait(host, CVMM_TRAIT_TSC_KHZ, p->value);
	uint64_t off = own > p->value ? own - p->value : p->value - own;

	if (off * 1000000 <= own * TSC_TOLERANCE || cvmm_profile_cap(host, CVMM_CAP_TSC_CONTROL))
		return CVMM_REASON_NONE;
	return CVMM_REASON_HOST_REFUSES;
}

#define IIDR_REVISION UINT64_C(0xf000)

static uint16_t iidr_refused(const struct promise *p, const struct cvmm_profile *host)
{
	uint64_t own = cvmm_profile_trait(host, CVMM_TRAIT_IIDR_VALUE, p->value);
	uint64_t keep = cvmm_profile_trait(host, CVMM_TRAIT_IIDR_KEEP, 0);

	if (own == p->value)
		return CVMM_REASON_NONE;
	if ((own ^ p->value) & ~IIDR_REVISION)
		return CVMM_REASON_FIXED_BITS_DIFFER;
	return keep >> (p->value >> 12 & 0xf) & 1 ? CVMM_REASON_NONE : CVMM_REASON_HOST_REFUSES;
}

uint64_t cvmm_promise_seen(const struct promise *p, const struct cvmm_variant *variant, uint32_t item)
{
	/* A vCPU's own registers differ for the guest in bits that run by themselves. */
	if (p->scope == CVMM_SCOPE_VM && variant->nguest) {
		const struct cvmm_pair *seen = cvmm_pair_find(variant->guest, variant->nguest, p->id);

		if (seen)
			return seen->value;
	}
	return cvmm_regset_u64(&variant->regs, item, 0);
}

/* What a rule's test looks at; 0 if that does not exist. */
static int looked_at(const struct promises *all, const struct promise *p, const struct cvmm_rule *rule,
	const struct cvmm_profile *source, uint64_t *value)
{
	uint32_t i;

	switch (rule->test) {
	case CVMM_TEST_SELF:
	case CVMM_TEST_HOST: *value = p->value; return 1;
	case CVMM_TEST_FEATURES: *value = all->features; return 1;
	case CVMM_TEST_CAP: *value = source ? cvmm_profile_cap(source, (uint32_t)rule->arg) : 0; return source != NULL;
	case CVMM_TEST_REGISTER:
		for (i = 0; i < all->n; i++) {
			if (all->v[i].id == rule->arg) {
				*value = all->v[i].value;
				return 1;
			}
		}
		return 0;
	default: return 0;
	}
}

static const struct cvmm_rule *find_in(const struct cvmm_rules *rules, const struct promises *all,
	const struct promise *p, const struct cvmm_profile *source, uint32_t event)
{
	uint32_t i;

	for (i = 0; i < rules->n; i++) {
		const struct cvmm_rule *r = &rules->v[i];
		uint64_t value;

		if (!(r->on & event) || !cvmm_rule_has(r, p->id))
			continue;
		if (r->test == CVMM_TEST_ALWAYS)
			return r;
		if (looked_at(all, p, r, source, &value) && (value & r->mask) == r->expected)
			return r;
	}
	return NULL;
}

static const struct cvmm_rule *find_rule(
	const struct promises *all, const struct promise *p, const struct cvmm_profile *source, uint32_t event)
{
	uint32_t arch = cvmm_reg_arch(p->id);
	struct cvmm_rules rules = p->scope == CVMM_SCOPE_VM ? cvmm_vm_reg_rules(arch) : cvmm_vcpu_reg_rules(arch);
	const struct cvmm_rule *rule = all->mine ? find_in(all->mine, all, p, source, event) : NULL;

	return rule ? rule : find_in(&rules, all, p, source, event);
}

int cvmm_promise_waived(const struct promises *all, const struct promise *p, const struct cvmm_profile *host)
{
	const struct cvmm_rule *rule = all->mine ? find_in(all->mine, all, p, host, CVMM_ON_DIFFER) : NULL;

	return rule && rule->act != CVMM_ACT_REFUSE;
}

int cvmm_promise_lacking(const struct promises *all, const struct promise *p, const struct cvmm_profile *host,
	uint64_t *value, uint16_t *reason)
{
	const struct cvmm_rule *rule = find_rule(all, p, host, CVMM_ON_HOST_ONLY);

	if (rule && (rule->act == CVMM_ACT_PIN || rule->act == CVMM_ACT_HIDE)) {
		*value = rule->value;
		return 1;
	}
	if (rule && (rule->act == CVMM_ACT_LEAVE || rule->act == CVMM_ACT_DROP))
		return 0;
	if (!rule && (!p->told || (!p->value && p->row->combine != CVMM_COMBINE_MIN)))
		return 0;
	*reason = rule && rule->reason ? rule->reason : CVMM_REASON_NEW_ON_HOST;
	return -1;
}

/* Would a guest of this baseline miss the register on a host that lacks it? */
static uint16_t lacking_refused(const struct promises *all, const struct promise *p, const struct cvmm_profile *host)
{
	const struct cvmm_rule *rule;
	uint16_t reason = 0;
	uint64_t had;
	int imposes = cvmm_promise_lacking(all, p, host, &had, &reason);

	if (imposes < 0)
		return reason;
	if (imposes && had == p->value)
		return CVMM_REASON_NONE;
	rule = find_rule(all, p, NULL, CVMM_ON_SNAPSHOT_ONLY);
	if (rule && (rule->act == CVMM_ACT_DROP || rule->act == CVMM_ACT_LEAVE))
		return CVMM_REASON_NONE;
	if (rule && rule->reason)
		return rule->reason;
	return CVMM_REASON_HOST_LACKS;
}

uint16_t cvmm_promise_refused(const struct promises *all, const struct promise *p, const struct cvmm_profile *host,
	const struct cvmm_variant *variant)
{
	uint16_t reason = CVMM_REASON_NONE;
	int ok;

	if (p->trait)
		return p->trait == CVMM_TRAIT_TSC_KHZ ? tsc_refused(p, host) : iidr_refused(p, host);
	if (p->guest_only) {
		const struct cvmm_pair *seen = cvmm_pair_find(variant->guest, variant->nguest, p->id);

		return seen && seen->value != p->value ? CVMM_REASON_GUEST_SEES_OTHER : CVMM_REASON_NONE;
	}
	ok = p->nwide ? cvmm_host_accepts_wide(variant, p->id, p->wide, &reason, NULL)
		      : cvmm_host_accepts(host, variant, p->row, p->id, p->value, &reason, NULL);
	if (ok < 0)
		return lacking_refused(all, p, host);
	return ok ? CVMM_REASON_NONE : reason;
}
