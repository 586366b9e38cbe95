/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* ID registers: which values a kernel takes, and when. */
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
#define GIC_SHIFT    24 /* of ID_AA64PFR0_EL1 */
#define GIC32_SHIFT  28 /* of ID_PFR1_EL1 */
#define CTR_IDC	     UINT64_C(0x10000000)
#define CLIDR_RES0   UINT64_C(0xffff800000000000)

enum field_kind {
	FIELD_SIGNED, /* 0xf means absent */
	FIELD_EXACT,  /* the limit, or @arg */
	FIELD_HIGHER, /* as much or more */
	FIELD_MIN,    /* less than @arg is refused at any time, by what every kernel with masks has */
	FIELD_EL,     /* the same, by kernels that know of EL2 in a guest */
	FIELD_ZEROED, /* the value @arg is taken and 0 stored */
	FIELD_GAP,    /* 1 to @arg are refused at any time */
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
	{ DFR0, 36, FIELD_SIGNED, 0 },
	{ DFR0, 0, FIELD_MIN, 6 },
	{ DFR0, 8, FIELD_ZEROED, 15 },
	{ DFR0, 8, FIELD_SIGNED, 0 },
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

static uint64_t pair_value(const struct cvmm_pair *list, uint32_t n, uint64_t id)
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
	if (rule_of(id, shift, FIELD_SIGNED) >= 0)
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
	uint64_t lower = pair_value(s->profile->lower, s->profile->nlower, id);
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
static int never(const struct sim *s, uint64_t id, uint64_t val, uint64_t limit, uint64_t mask)
{
	uint32_t i;

	if (id == CVMM_ARM64_CTR_EL0)
		return mask & CTR_L1IP && (val & CTR_L1IP) >> 14 < 2;
	for (i = 0; i < NRULES; i++) {
		uint32_t v = (uint32_t)(val >> field_rule[i].shift) & 15, arg = field_rule[i].arg;
		int el = field_rule[i].kind == FIELD_EL && s->known & CVMM_ARM64_FEATURE_HAS_EL2;

		if (field_rule[i].id != id || (limit >> field_rule[i].shift & 15) < arg)
			continue;
		if ((field_rule[i].kind == FIELD_MIN || el) && v < arg)
			return 1;
	}
	return rule_of(id, 24, FIELD_GAP) >= 0 && val >> 24 & 15 && (int)(val >> 24 & 15) <= rule_of(id, 24, FIELD_GAP);
}

/* A value as the kernel takes it; -EINVAL for one that it never does. */
static int id_value(const struct sim *s, uint64_t id, uint64_t limit, uint64_t *val)
{
	uint64_t v = tolerate(id, *val, limit);

	if (never(s, id, v, limit, pair_value(s->profile->mask, s->profile->nmasks, id)))
		return -EINVAL;
	*val = v;
	return 0;
}

static int id_fits(const struct sim *s, uint64_t id, uint64_t limit, uint64_t val)
{
	uint64_t mask = pair_value(s->profile->mask, s->profile->nmasks, id);

	return (val ^ limit) & ~mask || !fields_ok(s, id, limit, val, mask) ? -EINVAL : 0;
}

int cvmm_sim_id_check(struct sim *s, uint64_t id, uint64_t limit, uint64_t *val)
{
	int ret = id_value(s, id, limit, val);

	return ret < 0 ? ret : id_fits(s, id, limit, *val);
}

/* Kernels without masks have a value per vCPU, of which one or two fields belong to the VM and can be lowered. */
static uint64_t vm_fields(struct sim_call *c, uint64_t id)
{
	return pair_value(c->s->profile->lower, c->s->profile->nlower, id);
}

uint64_t cvmm_sim_id_get(struct sim_call *c, uint32_t item)
{
	const struct sim_item *it = &sim_items(c->s)[item];
	uint64_t vm = atomic_load_explicit(&sim_vm_vals(c->s, c->vm)[it->slot], memory_order_relaxed), fields;

	if (sim_trait(c->s, CVMM_TRAIT_WRITABLE_MASKS))
		return vm;
	fields = vm_fields(c, it->id);
	return (cvmm_sim_vm_default(c->s, c->v->features, item) & ~fields) | (vm & fields);
}

uint32_t cvmm_sim_id_field(struct sim_call *c, uint32_t item, uint32_t shift)
{
	return (uint32_t)(cvmm_sim_id_get(c, item) >> shift) & 15;
}

static void show_field(struct sim_call *c, uint32_t item, uint32_t shift, int show)
{
	uint64_t field = UINT64_C(15) << shift, host = 0;
	_Atomic uint64_t *val;

	if (item == SIM_NONE || !(sim_items(c->s)[item].flags & SIM_ITEM_VM))
		return;
	val = &sim_vm_vals(c->s, c->vm)[sim_items(c->s)[item].slot];
	if (show)
		host = cvmm_sim_vm_default(c->s, atomic_load_explicit(&c->vm->features, memory_order_relaxed), item);
	atomic_store_explicit(
		val, (atomic_load_explicit(val, memory_order_relaxed) & ~field) | (host & field), memory_order_relaxed);
}

/*
 * The system register interface of the VGICv3: a vCPU that runs without one takes it out of what the VM shows; making one
 * afterwards brings it back on kernels whose timers are registers like the others. Called with the VM's lock held.
 */
void cvmm_sim_id_show_gic(struct sim_call *c, int show)
{
	if (!sim_trait(c->s, CVMM_TRAIT_WRITABLE_MASKS) || (show && sim_trait(c->s, CVMM_TRAIT_LIST_HEAD)))
		return;
	show_field(c, c->s->pfr0, GIC_SHIFT, show);
	show_field(c, c->s->pfr1_32, GIC32_SHIFT, show);
}

static int old_check(struct sim_call *c, uint32_t item, uint64_t val)
{
	uint64_t id = sim_items(c->s)[item].id, fields = vm_fields(c, id);
	uint64_t limit = cvmm_sim_vm_default(c->s, c->v->features, item);
	uint32_t shift;

	if ((val ^ limit) & ~fields)
		return -EINVAL;
	for (shift = 0; shift < 64; shift += 4)
		if ((val >> shift & 15) > (limit >> shift & 15))
			return -EINVAL;
	return 0;
}

static int id_set_locked(struct sim_call *c, uint32_t item, uint64_t val)
{
	const struct sim_item *it = &sim_items(c->s)[item];
	uint64_t limit = cvmm_sim_vm_default(c->s, atomic_load_explicit(&c->vm->features, memory_order_relaxed), item);
	int masks = (int)sim_trait(c->s, CVMM_TRAIT_WRITABLE_MASKS), same, ret = 0;

	if (masks)
		ret = id_value(c->s, it->id, limit, &val);
	if (ret < 0)
		return ret;
	same = val == cvmm_sim_id_get(c, item);
	if (sim_trait(c->s, CVMM_TRAIT_ID_FROZEN) && atomic_load_explicit(&c->vm->ran, memory_order_relaxed))
		return same ? 0 : -EBUSY;
	/* With masks, what is there need not be what may be written: a run takes the interrupt controller away. */
	if (same && !masks)
		return 0;
	ret = masks ? id_fits(c->s, it->id, limit, val) : old_check(c, item, val);
	if (ret == 0)
		atomic_store_explicit(&sim_vm_vals(c->s, c->vm)[it->slot], val, memory_order_relaxed);
	return ret;
}

int cvmm_sim_id_set(struct sim_call *c, uint32_t item, uint64_t val)
{
	int ret;

	sim_vm_lock(c);
	ret = id_set_locked(c, item, val);
	sim_release(&c->vm->lock);
	return ret;
}

static int imp_set_locked(struct sim_call *c, uint32_t item, uint64_t val)
{
	const struct sim_item *it = &sim_items(c->s)[item];
	_Atomic uint64_t *cur = &sim_vm_vals(c->s, c->vm)[it->slot];
	uint64_t mask = pair_value(c->s->profile->mask, c->s->profile->nmasks, it->id);

	if (atomic_load_explicit(cur, memory_order_relaxed) == val)
		return 0;
	if (!(atomic_load_explicit(&c->vm->caps, memory_order_relaxed) & SIM_CAP_IMP_ID))
		return -EINVAL;
	if (atomic_load_explicit(&c->vm->ran, memory_order_relaxed))
		return -EBUSY;
	if (val & ~mask)
		return -EINVAL;
	atomic_store_explicit(cur, val, memory_order_relaxed);
	return 0;
}

int cvmm_sim_imp_set(struct sim_call *c, uint32_t item, uint64_t val)
{
	int ret;

	sim_vm_lock(c);
	ret = imp_set_locked(c, item, val);
	sim_release(&c->vm->lock);
	return ret;
}

/* The host's CTR_EL0, whatever the VM shows. */
static uint64_t host_ctr(struct sim_call *c)
{
	return c->s->ctr == SIM_NONE ? 0 : cvmm_sim_vm_default(c->s, c->v->features, c->s->ctr);
}

int cvmm_sim_clidr_set(struct sim_call *c, uint32_t item, uint64_t val)
{
	uint8_t *cur = sim_vals(c->s, c->v) + sim_items(c->s)[item].slot;
	uint32_t loc = (uint32_t)(val >> 24) & 7, louis = (uint32_t)(val >> 21) & 7, louu = (uint32_t)(val >> 27) & 7;

	if (!sim_trait(c->s, CVMM_TRAIT_CACHE_WRITABLE))
		return val == sim_load64(cur) ? 0 : -EINVAL;
	/* Levels of unification that only a host with IDC can have. */
	if (val & CLIDR_RES0 || (!(host_ctr(c) & CTR_IDC) && (!loc || (!louis && !louu))))
		return -EINVAL;
	sim_store64(cur, val);
	return 0;
}

int cvmm_sim_ccsidr_set(struct sim_call *c, uint32_t item, uint32_t val)
{
	const struct sim_item *it = &sim_items(c->s)[item];
	uint8_t *cur = sim_vals(c->s, c->v) + it->slot;
	uint64_t ctr = host_ctr(c);
	uint32_t line = it->id & 1 ? (uint32_t)(ctr & 15) : (uint32_t)(ctr >> 16 & 15), old;

	memcpy(&old, cur, 4);
	if (!sim_trait(c->s, CVMM_TRAIT_CACHE_WRITABLE))
		return val == old ? 0 : -EINVAL;
	if ((val & 7) + 4 < line + 2)
		return -EINVAL;
	memcpy(cur, &val, 4);
	return 0;
}
