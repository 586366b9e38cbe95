/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The profile compiled into tables: one item per register of any feature set, an image per measured feature set. */
#include "x86.h"

#define FEATURES_MAX	 UINT64_C(0xffffffff)
#define LIST_TIMER_CVAL	 4u
#define LIST_PTIMER_CVAL 32u
#define MMFR1		 CVMM_ARM64_SYS(3, 0, 0, 7, 1)
#define MMFR1_VH	 8
#define PFR0_EL1	 4

/* One entry per trait: what a profile that does not tell is taken for; modern: it has writable masks. */
static const struct {
	uint32_t trait;
	uint64_t old, modern;
} trait_default[] = {
	{ CVMM_TRAIT_UNIFIED_FEATURES, 0, 1 },
	{ CVMM_TRAIT_ID_FROZEN, 0, 1 },
	{ CVMM_TRAIT_IIDR_ACCEPT, 4, 12 },
	{ CVMM_TRAIT_IIDR_KEEP, 4, 12 },
	{ CVMM_TRAIT_IIDR_EARLY, 0, 1 },
	{ CVMM_TRAIT_COUNTER_OFFSET, 0, 1 },
	{ CVMM_TRAIT_WRITABLE_MASKS, 0, 1 },
	{ CVMM_TRAIT_FEATURES_KNOWN, 0x7f, 0x1ff },
	{ CVMM_TRAIT_PMU_MASKED, 0, 1 },
	{ CVMM_TRAIT_PMU_COUNTER_BITS, 64, 32 },
	{ CVMM_TRAIT_PMCR_KEEP, UINT64_MAX, 0xff },
	{ CVMM_TRAIT_CACHE_WRITABLE, 0, 1 },
	{ CVMM_TRAIT_IIDR_VALUE, 0x4b00243b, 0x4b00343b },
};

/* The sample of a register that exists at VM scope only: default 0, bits 0 and 1 can be set. */
static const uint64_t vm_only[] = { CVMM_ARM64_FW_BMAP | 0x100 };
#define VM_ONLY (sizeof(vm_only) / sizeof(vm_only[0]))

/* The smallest id that a cursor of any variant stands at, all of them moved on; 0 at the end. */
static uint64_t next_id(const struct cvmm_profile *p, uint32_t *at)
{
	uint64_t id = UINT64_MAX;
	uint32_t k;

	for (k = 0; k < p->nvariants; k++)
		if (at[k] < p->variant[k].regs.n && p->variant[k].regs.item[at[k]].id < id)
			id = p->variant[k].regs.item[at[k]].id;
	for (k = 0; k < p->nvariants; k++)
		if (at[k] < p->variant[k].regs.n && p->variant[k].regs.item[at[k]].id == id)
			at[k]++;
	return id == UINT64_MAX ? 0 : id;
}

static int check_profile(const struct cvmm_profile *p, struct cvmm_error *e)
{
	uint32_t k, i;

	if (p->arch != CVMM_ARCH_ARM64 && p->arch != CVMM_ARCH_RISCV64 && p->arch != CVMM_ARCH_X86_64)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_WRONG_ARCH);
	if (p->nvariants == 0 || p->nvariants > SIM_VARIANTS)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_SIM_CONFIG);
	for (k = 0; k < p->nvariants; k++) {
		const struct cvmm_regset *set = &p->variant[k].regs;

		if (p->variant[k].features > FEATURES_MAX || set->n > 65536 || (set->n && set->ncols < 1))
			return cvmm_fail(e, -EINVAL, CVMM_REASON_SIM_CONFIG);
		for (i = 0; i < set->n; i++)
			if (set->item[i].size != cvmm_reg_bytes(set->item[i].id) || set->item[i].size == 0 ||
				cvmm_reg_arch(set->item[i].id) != p->arch || set->item[i].off > set->stride ||
				set->stride - set->item[i].off < set->item[i].size)
				return cvmm_fail_id(e, -EINVAL, CVMM_REASON_SIM_CONFIG, set->item[i].id, k);
	}
	return 0;
}

/* Where an item's value lives. */
static void place(struct sim *s, struct sim_item *it)
{
	uint32_t size = (it->size + 7u) & ~7u;

	if (it->flags & SIM_ITEM_VM) {
		it->slot = s->nvm++;
	} else if (it->class == SIM_SVE) {
		it->slot = s->sve_bytes;
		s->sve_bytes += size;
	} else {
		it->slot = s->vals_bytes;
		s->vals_bytes += size;
	}
}

static void item_make(struct sim_item *it, uint64_t id)
{
	memset(it, 0, sizeof(*it));
	it->id = id;
	it->size = (uint16_t)cvmm_reg_bytes(id);
	it->arg = SIM_NONE;
	cvmm_sim_classify(it);
}

static void set_traits(struct sim *s, const struct cvmm_profile *p)
{
	uint32_t i;

	for (i = 0; i < sizeof(trait_default) / sizeof(trait_default[0]); i++)
		s->trait[trait_default[i].trait] = p->nmasks ? trait_default[i].modern : trait_default[i].old;
	for (i = 0; i < p->ntraits; i++)
		if (p->trait[i].id < SIM_TRAITS)
			s->trait[p->trait[i].id] = p->trait[i].value;
	s->known = s->trait[CVMM_TRAIT_FEATURES_KNOWN] | CVMM_ARM64_FEATURE_POWER_OFF;
	s->offered = CVMM_ARM64_FEATURE_POWER_OFF | CVMM_ARM64_FEATURE_PSCI_0_2;
	for (i = 0; i < p->nvariants; i++)
		s->offered |= p->variant[i].features;
	/* What needs nothing of the host is offered where it is known. */
	s->offered |= s->known & (CVMM_ARM64_FEATURE_HAS_EL2_E2H0 | SIM_FEATURE_PMU_FIXED);
}

int cvmm_sim_model_size(const struct cvmm_sim_config *cfg, struct sim *s, size_t *bytes, struct cvmm_error *e)
{
	const struct cvmm_profile *p = cfg->profile;
	uint32_t at[SIM_VARIANTS] = { 0 }, image;
	struct sim_item it;
	size_t off = sizeof(struct sim);
	uint64_t id;
	int ret = check_profile(p, e);

	if (ret < 0)
		return ret;
	set_traits(s, p);
	while ((id = next_id(p, at)) != 0) {
		item_make(&it, id);
		place(s, &it);
		s->nitems++;
	}
	if (cfg->proposals && p->arch != CVMM_ARCH_ARM64)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_SIM_CONFIG);
	if (cfg->proposals & CVMM_SIM_VM_ONE_REG) {
		s->nitems += VM_ONLY;
		s->nvm += VM_ONLY;
	}
	s->x86_off = s->vals_bytes;
	if (p->arch == CVMM_ARCH_X86_64)
		s->vals_bytes += (uint32_t)((sizeof(struct x86_vcpu) + 7) & ~(size_t)7);
	s->nwords = (s->nitems + 63) / 64;
	s->nimages = p->nvariants;
	for (s->hash_bits = 4; UINT32_C(1) << s->hash_bits < 2 * s->nitems; s->hash_bits++)
		;
	s->items = (uint32_t)off;
	s->order = s->items + s->nitems * (uint32_t)sizeof(struct sim_item);
	s->hash = s->order + ((s->nitems * 4 + 7u) & ~7u);
	s->images = s->hash + (UINT32_C(4) << s->hash_bits);
	off = s->images + s->nimages * sizeof(struct sim_image);
	image = s->nwords * 8 + s->vals_bytes + s->nvm * 8 + s->sve_bytes;
	*bytes = off + (size_t)image * s->nimages;
	return *bytes > UINT32_MAX ? cvmm_fail(e, -EINVAL, CVMM_REASON_SIM_CONFIG) : 0;
}

uint32_t cvmm_sim_find(const struct sim *s, uint64_t id)
{
	const uint32_t *hash = sim_at(s, s->hash);
	const struct sim_item *items = sim_items(s);
	uint32_t h = (uint32_t)(id * UINT64_C(0x9e3779b97f4a7c15) >> (64 - s->hash_bits));

	for (; hash[h]; h = (h + 1) & ((UINT32_C(1) << s->hash_bits) - 1))
		if (items[hash[h] - 1].id == id)
			return hash[h] - 1;
	return SIM_NONE;
}

static void hash_add(struct sim *s, uint32_t item)
{
	uint32_t *hash = sim_at(s, s->hash), mask = (UINT32_C(1) << s->hash_bits) - 1;
	uint32_t h = (uint32_t)(sim_items(s)[item].id * UINT64_C(0x9e3779b97f4a7c15) >> (64 - s->hash_bits));

	while (hash[h])
		h = (h + 1) & mask;
	hash[h] = item + 1;
}

/* Shell sort: a few hundred items once per simulated KVM. */
static void sort_order(struct sim *s)
{
	uint32_t *order = sim_at(s, s->order), gap, i, j;

	for (i = 0; i < s->nitems; i++)
		order[i] = i;
	for (gap = 701; gap; gap = gap == 2 ? 1 : gap * 4 / 9)
		for (i = gap; i < s->nitems; i++) {
			uint32_t moved = order[i];
			uint64_t key = cvmm_sim_order_key(s, sim_items(s)[moved].id);

			for (j = i; j >= gap && cvmm_sim_order_key(s, sim_items(s)[order[j - gap]].id) > key; j -= gap)
				order[j] = order[j - gap];
			order[j] = moved;
		}
}

static void fill_image(struct sim *s, struct sim_image *im, const struct cvmm_variant *v)
{
	uint64_t *present = sim_at(s, im->present), *vm = sim_at(s, im->vmvals);
	uint32_t i;

	im->features = v->features;
	for (i = 0; i < v->regs.n; i++) {
		uint32_t item = cvmm_sim_find(s, v->regs.item[i].id);
		const struct sim_item *it = &sim_items(s)[item];
		const uint8_t *val = cvmm_regset_value(&v->regs, i, 0);

		present[item >> 6] |= UINT64_C(1) << (item & 63);
		if (it->flags & SIM_ITEM_VM)
			vm[it->slot] = cvmm_load_le(val, it->size);
		else
			memcpy((uint8_t *)sim_at(s, it->class == SIM_SVE ? im->sve : im->vals) + it->slot, val,
				it->size);
	}
}

static void keep_item(struct sim *s, uint64_t id)
{
	uint32_t item = cvmm_sim_find(s, id);

	if (item != SIM_NONE)
		sim_items(s)[item].flags |= SIM_ITEM_KEPT;
}

/* Items that others refer to: a CLR name shares its SET name's storage, a timer's control knows its compare value. */
static void link_items(struct sim *s)
{
	struct sim_item *items = sim_items(s);
	uint32_t i, other;

	for (i = 0; i < s->nitems; i++) {
		if (items[i].class != SIM_PMCLR && items[i].class != SIM_CTL)
			continue;
		other = items[i].arg == SIM_NONE ? SIM_NONE : cvmm_sim_find(s, CVMM_ARM64_SYSREG | items[i].arg);
		if (other != SIM_NONE && items[i].class == SIM_PMCLR)
			items[i].slot = items[other].slot;
		items[i].arg = other;
	}
	s->mpidr = cvmm_sim_find(s, CVMM_ARM64_MPIDR_EL1);
	s->pmcr = cvmm_sim_find(s, CVMM_ARM64_PMCR_EL0);
	s->ctr = cvmm_sim_find(s, CVMM_ARM64_CTR_EL0);
	s->pfr0 = cvmm_sim_find(s, CVMM_ARM64_SYS(3, 0, 0, 4, 0));
	s->pfr1 = cvmm_sim_find(s, CVMM_ARM64_SYS(3, 0, 0, 4, 1));
	s->pfr1_32 = cvmm_sim_find(s, CVMM_ARM64_SYS(3, 0, 0, 1, 1));
	s->dfr0 = cvmm_sim_find(s, CVMM_ARM64_SYS(3, 0, 0, 5, 0));
	s->pstate = cvmm_sim_find(s, CVMM_ARM64_CORE | CVMM_REG_U64 | 0x42);
	s->oldest = s->profile->arch == CVMM_ARCH_ARM64 && cvmm_sim_find(s, CVMM_ARM64_FW_BMAP) == SIM_NONE;
	keep_item(s, CVMM_ARM64_CORE | CVMM_REG_U64 | 0x44); /* SP_EL1, ELR_EL1, SPSR_EL1 */
	keep_item(s, CVMM_ARM64_CORE | CVMM_REG_U64 | 0x46);
	keep_item(s, CVMM_ARM64_CORE | CVMM_REG_U64 | 0x48);
	/* A timer that is listed ahead of the system registers is not reset as they are. */
	if (sim_trait(s, CVMM_TRAIT_LIST_HEAD) & LIST_TIMER_CVAL)
		keep_item(s, CVMM_ARM64_TIMER_CVAL);
	if (sim_trait(s, CVMM_TRAIT_LIST_HEAD) & LIST_PTIMER_CVAL)
		keep_item(s, CVMM_ARM64_SYS(3, 3, 14, 2, 2));
	s->psci_item = cvmm_sim_find(s, CVMM_ARM64_PSCI_VERSION);
}

void cvmm_sim_model_build(struct sim *s)
{
	const struct cvmm_profile *p = s->cfg.profile;
	struct sim_image *images = sim_at(s, s->images);
	uint32_t at[SIM_VARIANTS] = { 0 }, i, k, n = 0;
	uint32_t off = s->images + s->nimages * (uint32_t)sizeof(struct sim_image);
	uint64_t id;

	s->nvm = s->vals_bytes = s->sve_bytes = 0;
	while ((id = next_id(p, at)) != 0) {
		item_make(&sim_items(s)[n], id);
		place(s, &sim_items(s)[n++]);
	}
	for (i = 0; n < s->nitems; i++, n++) {
		item_make(&sim_items(s)[n], vm_only[i]);
		sim_items(s)[n].class = SIM_VMONLY;
		sim_items(s)[n].flags = SIM_ITEM_VM | SIM_ITEM_SCOPE;
		place(s, &sim_items(s)[n]);
	}
	if (p->arch == CVMM_ARCH_X86_64)
		s->vals_bytes += (uint32_t)((sizeof(struct x86_vcpu) + 7) & ~(size_t)7);
	for (i = 0; i < s->nitems; i++)
		hash_add(s, i);
	link_items(s);
	sort_order(s);
	for (k = 0; k < s->nimages; k++) {
		images[k].present = off;
		images[k].vals = images[k].present + s->nwords * 8;
		images[k].vmvals = images[k].vals + s->vals_bytes;
		images[k].sve = images[k].vmvals + s->nvm * 8;
		off = images[k].sve + s->sve_bytes;
		fill_image(s, &images[k], &p->variant[k]);
	}
	for (k = 0; k < s->nimages; k++)
		if (s->psci_item != SIM_NONE && cvmm_sim_vm_default(s, images[k].features, s->psci_item) > s->psci_max)
			s->psci_max = (uint32_t)cvmm_sim_vm_default(s, images[k].features, s->psci_item);
	i = cvmm_sim_find(s, MMFR1);
	s->vhe = i != SIM_NONE && sim_items(s)[i].flags & SIM_ITEM_VM &&
		 (cvmm_sim_vm_default(s, images[0].features, i) >> MMFR1_VH & 15) != 0;
	if (s->pfr0 != SIM_NONE && (cvmm_sim_vm_default(s, images[0].features, s->pfr0) >> PFR0_EL1 & 15) == 2)
		s->offered |= CVMM_ARM64_FEATURE_EL1_32BIT;
	s->aarch32_el0 = s->pfr0 != SIM_NONE && (cvmm_sim_vm_default(s, images[0].features, s->pfr0) & 15) == 2;
}
