/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* ID registers, value by value: which of them a kernel with writable masks takes. */
#include "internal.h"

#define ID(crm, op2) CVMM_ARM64_SYS(3, 0, 0, crm, op2)
#define PFR0	     ID(4, 0)
#define FPFR0	     ID(4, 7)
#define DFR0	     ID(5, 0)
#define MMFR0	     ID(7, 0)
#define MMFR1	     ID(7, 1)
#define MMFR4	     ID(7, 4)
#define DFR0_32	     ID(1, 2)
#define MMFR0_32     ID(1, 4)
#define MMFR4_32     ID(2, 6)
#define DFR1_32	     ID(3, 5)
#define CTR_L1IP     UINT64_C(0xc000)

enum field_kind {
	FIELD_SIGNED, /* 0xf means absent */
	FIELD_LAX,    /* signed on 6.16 to 6.19, seen on real ones: the kernels that take any revision of GICD_IIDR */
	FIELD_EXACT,  /* the limit, or @arg */
	FIELD_HIGHER, /* as much or more */
	FIELD_MIN,    /* less than @arg is refused at any time, by what every kernel with masks has */
	FIELD_EL,     /* the same, by kernels that know of EL2 in a guest */
	FIELD_ZEROED, /* the value @arg is taken and 0 stored */
	FIELD_GAP,    /* 1 to @arg are refused at any time */
	FIELD_NESTED, /* of an EL2 guest: nothing but the limit, at any time */
	FIELD_NESTED_EARLY, /* the same, by the first kernels with EL2 guests: they list timers first */
};

/* Fields that are not simply "as much or less". */
static const struct {
	uint64_t id;
	uint8_t shift, kind, arg;
} field_rule[] = {
	{ PFR0, 16, FIELD_SIGNED, 0 },
	{ PFR0, 20, FIELD_SIGNED, 0 },
	{ PFR0, 0, FIELD_EL, 1 },
	{ PFR0, 4, FIELD_EL, 1 },
	{ PFR0, 8, FIELD_NESTED, 0 },
	{ DFR0, 36, FIELD_SIGNED, 0 },
	{ DFR0, 0, FIELD_MIN, 6 },
	{ DFR0, 8, FIELD_ZEROED, 15 },
	{ DFR0, 8, FIELD_LAX, 0 },
	{ DFR0_32, 0, FIELD_MIN, 6 },
	{ DFR0_32, 24, FIELD_ZEROED, 15 },
	{ DFR0_32, 24, FIELD_GAP, 2 },
	{ DFR0_32, 24, FIELD_SIGNED, 0 },
	{ DFR1_32, 0, FIELD_SIGNED, 0 },
	{ MMFR0, 24, FIELD_SIGNED, 0 },
	{ MMFR0, 28, FIELD_SIGNED, 0 },
	{ MMFR0, 32, FIELD_EXACT, 1 },
	{ MMFR0, 36, FIELD_EXACT, 1 },
	{ MMFR0, 40, FIELD_EXACT, 1 },
	{ MMFR0, 32, FIELD_NESTED_EARLY, 0 },
	{ MMFR0, 36, FIELD_NESTED_EARLY, 0 },
	{ MMFR0, 40, FIELD_NESTED_EARLY, 0 },
	{ MMFR1, 24, FIELD_HIGHER, 0 },
	{ MMFR4, 24, FIELD_SIGNED, 0 },
	{ MMFR0_32, 8, FIELD_SIGNED, 0 },
	{ MMFR0_32, 28, FIELD_SIGNED, 0 },
	{ MMFR4_32, 0, FIELD_HIGHER, 0 },
};
#define NRULES (sizeof(field_rule) / sizeof(field_rule[0]))

static int rule_of(uint64_t id, uint32_t shift, enum field_kind kind)
{
	uint32_t i;

	for (i = 0; i < NRULES; i++)
		if (field_rule[i].id == id && field_rule[i].shift == shift && field_rule[i].kind == kind)
			return field_rule[i].arg;
	return -1;
}

uint64_t cvmm_sim_pair_value(const struct cvmm_pair *list, uint32_t n, uint64_t id)
{
	const struct cvmm_pair *p = cvmm_pair_find(list, n, id);

	return p ? p->value : 0;
}

static int32_t signed4(uint32_t v)
{
	return v & 8 ? (int32_t)v - 16 : (int32_t)v;
}

/* The field as the probe found it when it tried one less; 0: it was not tried. */
static uint32_t tried(const struct sim *s, uint64_t id, uint32_t shift)
{
	uint32_t item = cvmm_sim_find(s, id);

	if (!s->profile->nlower || item == SIM_NONE || !(sim_items(s)[item].flags & SIM_ITEM_VM))
		return 0;
	return (uint32_t)(cvmm_sim_vm_default(s, CVMM_ARM64_FEATURE_PSCI_0_2, item) >> shift) & 15;
}

/* One field that differs from the limit: is it less, in the way that this field counts? */
static int field_ok(const struct sim *s, uint64_t id, uint32_t shift, uint32_t val, uint32_t limit, uint64_t lower)
{
	int exact = rule_of(id, shift, FIELD_EXACT);
	uint32_t was = tried(s, id, shift);

	if (exact >= 0)
		return val == (uint32_t)exact;
	if (rule_of(id, shift, FIELD_HIGHER) >= 0)
		return val > limit;
	/* What was tried is known; a field that refused one less takes no other value. */
	if (was && was == limit && (val == limit - 1 || !(lower >> shift & 15)))
		return (lower >> shift & 15) != 0;
	if (rule_of(id, shift, FIELD_SIGNED) >= 0 ||
		(rule_of(id, shift, FIELD_LAX) >= 0 && sim_trait(s, CVMM_TRAIT_IIDR_ACCEPT) >> 4 & 1))
		return signed4(val) < signed4(limit);
	return val < limit;
}

/* CTR_EL0 has its own fields: cache line sizes, DIC, IDC; L1Ip may be VIPT where the host is PIPT. */
static int ctr_ok(uint64_t val, uint64_t limit)
{
	uint32_t l1ip = (uint32_t)(val >> 14) & 3;

	return (val & 15) <= (limit & 15) && (val >> 16 & 15) <= (limit >> 16 & 15) &&
	       !(val & ~limit & UINT64_C(0x30000000)) && (l1ip == (limit >> 14 & 3) || l1ip == 2);
}

static int fields_ok(const struct sim *s, uint64_t id, uint64_t limit, uint64_t val, uint64_t mask)
{
	uint64_t lower = cvmm_sim_pair_value(s->profile->lower, s->profile->nlower, id);
	uint32_t shift;

	if (id == CVMM_ARM64_CTR_EL0)
		return ctr_ok(val, limit);
	if (id == FPFR0)
		return !(val & ~limit);
	for (shift = 0; shift < 64; shift += 4) {
		uint32_t m = (uint32_t)(mask >> shift) & 15, v = (uint32_t)(val >> shift) & 15;
		uint32_t l = (uint32_t)(limit >> shift) & 15;

		if (v == l)
			continue;
		/* Part of a field is writable: its bits count one by one. */
		if (m != 15 ? (v & ~l) != 0 : !field_ok(s, id, shift, v, l, lower))
			return 0;
	}
	return 1;
}

/* Values that older kernels handed out are taken, and something else is stored. */
static uint64_t tolerate(uint64_t id, uint64_t val, uint64_t limit)
{
	uint32_t i;

	for (i = 0; i < NRULES; i++)
		if (field_rule[i].id == id && field_rule[i].kind == FIELD_ZEROED &&
			(val >> field_rule[i].shift & 15) == field_rule[i].arg &&
			(limit >> field_rule[i].shift & 15) != field_rule[i].arg)
			val &= ~(UINT64_C(15) << field_rule[i].shift);
	return val;
}

/* What some registers never take, looked at before anything else. */
static int never(const struct sim *s, uint64_t features, uint64_t id, uint64_t val, uint64_t limit, uint64_t mask)
{
	uint32_t i;

	if (id == CVMM_ARM64_CTR_EL0)
		return mask & CTR_L1IP && (val & CTR_L1IP) >> 14 < 2;
	for (i = 0; i < NRULES; i++) {
		uint32_t v = (uint32_t)(val >> field_rule[i].shift) & 15, arg = field_rule[i].arg;
		int el = field_rule[i].kind == FIELD_EL && s->known & CVMM_ARM64_FEATURE_HAS_EL2;
		int nested = features & CVMM_ARM64_FEATURE_HAS_EL2 &&
			     (field_rule[i].kind == FIELD_NESTED ||
				     (field_rule[i].kind == FIELD_NESTED_EARLY && sim_trait(s, CVMM_TRAIT_LIST_HEAD)));

		if (field_rule[i].id != id || (limit >> field_rule[i].shift & 15) < arg)
			continue;
		if (nested && v != (limit >> field_rule[i].shift & 15))
			return 1;
		if ((field_rule[i].kind == FIELD_MIN || el) && v < arg)
			return 1;
	}
	return rule_of(id, 24, FIELD_GAP) >= 0 && val >> 24 & 15 && (int)(val >> 24 & 15) <= rule_of(id, 24, FIELD_GAP);
}

/* A value as the kernel takes it; -EINVAL for one that it never does. */
int cvmm_sim_id_value(const struct sim *s, uint64_t features, uint64_t id, uint64_t limit, uint64_t *val)
{
	uint64_t v = tolerate(id, *val, limit);

	if (never(s, features, id, v, limit, cvmm_sim_pair_value(s->profile->mask, s->profile->nmasks, id)))
		return -EINVAL;
	*val = v;
	return 0;
}

int cvmm_sim_id_fits(const struct sim *s, uint64_t id, uint64_t limit, uint64_t val)
{
	uint64_t mask = cvmm_sim_pair_value(s->profile->mask, s->profile->nmasks, id);

	return (val ^ limit) & ~mask || !fields_ok(s, id, limit, val, mask) ? -EINVAL : 0;
}

int cvmm_sim_id_check(struct sim *s, uint64_t features, uint64_t id, uint64_t limit, uint64_t *val)
{
	int ret = cvmm_sim_id_value(s, features, id, limit, val);

	return ret < 0 ? ret : cvmm_sim_id_fits(s, id, limit, *val);
}
