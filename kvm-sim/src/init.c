/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* KVM_ARM_VCPU_INIT: which feature sets are taken, and what a vCPU starts with. */
#include "internal.h"

#define PAUTH	   (CVMM_ARM64_FEATURE_PTRAUTH_ADDRESS | CVMM_ARM64_FEATURE_PTRAUTH_GENERIC)
#define KNOWN_BITS 32u
#define PSTATE_SVC UINT64_C(0x1d3) /* where a 32-bit vCPU starts */

/* Can the host give this set, whatever the VM's other vCPUs have? */
static int check_offer(const struct sim *s, uint64_t f)
{
	if (f & ~s->offered)
		return -EINVAL;
	if ((f & PAUTH) && (f & PAUTH) != PAUTH)
		return -EINVAL;
	if (f & CVMM_ARM64_FEATURE_EL1_32BIT && f & CVMM_ARM64_FEATURE_HAS_EL2)
		return -EINVAL;
	if (f & SIM_FEATURE_PMU_FIXED && !(f & CVMM_ARM64_FEATURE_PMU_V3))
		return -EINVAL;
	return 0;
}

/* Kernels that fix the features for the whole VM: an unknown bit, an impossible set, another set than the VM's. */
static int check_unified(struct sim_call *c, uint64_t f)
{
	uint64_t caps = atomic_load_explicit(&c->vm->caps, memory_order_relaxed);
	int ret;

	if (f & ~c->s->known)
		return -ENOENT;
	ret = check_offer(c->s, f);
	if (ret < 0)
		return ret;
	f &= ~CVMM_ARM64_FEATURE_POWER_OFF;
	if (c->v->inited && f != c->v->features)
		return -EINVAL;
	if (!c->vm->features_fixed || f == atomic_load_explicit(&c->vm->features, memory_order_relaxed))
		return 0;
	/* Asymmetry, where it was asked for, never mixes register widths. */
	if (caps & SIM_CAP_ASYM && !((f ^ c->vm->features) & CVMM_ARM64_FEATURE_EL1_32BIT))
		return 0;
	return -EINVAL;
}

/*
 * Kernels where each vCPU has its own set, POWER_OFF included: bit by bit, and what was taken before the bit that is refused
 * stays. So a second try of a vCPU that was never initialised gets both sets.
 */
static int collect_single(struct sim_call *c, uint64_t f)
{
	uint32_t i;

	for (i = 0; i < KNOWN_BITS; i++) {
		if (f >> i & 1 && !(c->s->known >> i & 1))
			return -ENOENT;
		if (c->v->inited && (c->v->bits ^ f) >> i & 1)
			return -EINVAL;
		c->v->bits |= f & UINT64_C(1) << i;
	}
	return 0;
}

/* All vCPUs have one register width; the first that gets here chooses it, even if it fails later. */
static int fix_width(struct sim_call *c, uint64_t f)
{
	uint32_t width = f & CVMM_ARM64_FEATURE_EL1_32BIT ? 32 : 64, i;

	if (width == 32 && !(c->s->offered & CVMM_ARM64_FEATURE_EL1_32BIT))
		return -EINVAL;
	/* The oldest kernels compare with what the others have so far, be they initialised or not. */
	for (i = 0; sim_oldest(c->s) && i < c->vm->nvcpus; i++)
		if ((sim_vcpu(c->s, c->vm_idx, i)->bits ^ f) & CVMM_ARM64_FEATURE_EL1_32BIT)
			return -EINVAL;
	if (!c->vm->width)
		c->vm->width = width;
	return sim_oldest(c->s) || c->vm->width == width ? 0 : -EINVAL;
}

/* The rest in the kernel's order, the width last in the oldest. SVE that was asked for once is on, whatever comes after. */
static int check_single(struct sim_call *c, uint64_t f)
{
	int ret = sim_oldest(c->s) ? 0 : fix_width(c, f);

	if (ret == 0 && f & CVMM_ARM64_FEATURE_SVE) {
		ret = c->s->offered & CVMM_ARM64_FEATURE_SVE ? 0 : -EINVAL;
		c->v->sve_on |= ret == 0;
	}
	if (ret == 0)
		ret = check_offer(c->s, f);
	return ret < 0 || !sim_oldest(c->s) ? ret : fix_width(c, f);
}

static int take_sve_block(struct sim *s, struct sim_vcpu *v)
{
	uint8_t *used = sim_sve_used(s);
	uint32_t i;

	if (v->sve || !s->sve_bytes)
		return 0;
	for (i = 0; i < s->nsve_max; i++)
		if (!used[i]) {
			used[i] = 1;
			v->sve = i + 1;
			return 0;
		}
	return -ENOMEM;
}

/* Values that belong to the VM: taken once, from the first vCPU's features. */
static void fix_vm(struct sim_call *c, uint64_t f)
{
	const struct sim_item *items = sim_items(c->s);
	uint32_t i;

	if (c->vm->features_fixed)
		return;
	for (i = 0; i < c->s->nitems; i++)
		if (items[i].flags & SIM_ITEM_VM && items[i].class != SIM_VMONLY && !cvmm_sim_vm_preset(c, i))
			atomic_store_explicit(&sim_vm_vals(c->s, c->vm)[items[i].slot], cvmm_sim_vm_default(c->s, f, i),
				memory_order_relaxed);
	c->vm->pmcr_n = SIM_NONE;
	atomic_store_explicit(&c->vm->features, f, memory_order_relaxed);
	c->vm->features_fixed = 1;
}

static uint64_t mpidr_of(uint32_t id)
{
	return UINT64_C(0x80000000) | (id & 0xf) | ((uint64_t)(id >> 4) & 0xff) << 8 |
	       ((uint64_t)(id >> 12) & 0xff) << 16;
}

/* The vCPU's own values, item by item: for a set that was not measured as a whole. */
static void fill_derived(struct sim_call *c, uint64_t f)
{
	const struct sim_item *items = sim_items(c->s);
	uint64_t *present = sim_present(c->v);
	uint32_t i;

	memset(present, 0, c->s->nwords * 8);
	for (i = 0; i < c->s->nitems; i++) {
		const struct sim_image *im;

		if (!cvmm_sim_image_has(c->s, f, i))
			continue;
		present[i >> 6] |= UINT64_C(1) << (i & 63);
		im = cvmm_sim_image_for(c->s, f, i);
		if (!(items[i].flags & SIM_ITEM_VM) && items[i].class != SIM_SVE)
			memcpy(sim_vals(c->s, c->v) + items[i].slot, (uint8_t *)sim_at(c->s, im->vals) + items[i].slot,
				items[i].size);
	}
}

/* A second INIT leaves identity, timer compare values, vector lengths that were finalised. */
static int kept(const struct sim_call *c, const struct sim_item *it)
{
	switch (it->class) {
	case SIM_SVE:
	case SIM_CLIDR:
	case SIM_CCSIDR: return 1;
	case SIM_VLS: return c->v->finalized != 0;
	default: return it->flags & (SIM_ITEM_VM | SIM_ITEM_KEPT);
	}
}

static void reset_again(struct sim_call *c, const struct sim_image *im, uint64_t f)
{
	const struct sim_item *items = sim_items(c->s);
	uint32_t i;

	for (i = 0; i < c->s->nitems; i++) {
		const struct sim_image *from = im;

		if (!sim_has(c->v, i) || kept(c, &items[i]) || i == c->s->mpidr)
			continue;
		if (!from)
			from = cvmm_sim_image_for(c->s, f, i);
		memcpy(sim_vals(c->s, c->v) + items[i].slot, (uint8_t *)sim_at(c->s, from->vals) + items[i].slot,
			items[i].size);
	}
}

static void reset_values(struct sim_call *c, uint64_t f, int again)
{
	const struct sim_image *im = cvmm_sim_image_of(c->s, f);
	const struct sim_item *items = sim_items(c->s);

	if (again) {
		reset_again(c, im, f);
	} else if (im) {
		memcpy(sim_present(c->v), sim_at(c->s, im->present), c->s->nwords * 8);
		memcpy(sim_vals(c->s, c->v), sim_at(c->s, im->vals), c->s->vals_bytes);
	} else {
		fill_derived(c, f);
	}
	if (f & CVMM_ARM64_FEATURE_EL1_32BIT && c->s->pstate != SIM_NONE)
		sim_store64(sim_vals(c->s, c->v) + items[c->s->pstate].slot, PSTATE_SVC);
	if (c->s->mpidr != SIM_NONE && (!again || !sim_trait(c->s, CVMM_TRAIT_UNIFIED_FEATURES)))
		sim_store64(sim_vals(c->s, c->v) + items[c->s->mpidr].slot, mpidr_of(c->v->id));
	if (c->v->sve)
		memset(sim_sve(c->s, c->v), 0, c->s->sve_bytes);
	if (f & CVMM_ARM64_FEATURE_PMU_V3)
		cvmm_sim_pmu_reset(c);
}

static int init_single(struct sim_call *c, uint64_t *f)
{
	int ret = collect_single(c, *f);
	uint64_t own;

	if (ret < 0)
		return ret;
	ret = check_single(c, c->v->bits);
	own = (c->v->bits | (c->v->sve_on ? CVMM_ARM64_FEATURE_SVE : 0)) & ~CVMM_ARM64_FEATURE_POWER_OFF;
	*f = own | (c->v->bits & CVMM_ARM64_FEATURE_POWER_OFF);
	if (ret < 0) {
		c->v->bits = 0;
		c->v->inited = 0;
	}
	return ret;
}

static int init_locked(struct sim_call *c, const struct cvmm_arm64_vcpu_init *init, uint64_t f)
{
	int again = (int)c->v->inited;
	int ret = sim_trait(c->s, CVMM_TRAIT_UNIFIED_FEATURES) ? check_unified(c, f) : init_single(c, &f);
	uint64_t own = f & ~CVMM_ARM64_FEATURE_POWER_OFF;

	if (ret == 0 && !c->vm->features_fixed)
		ret = cvmm_sim_vm_preset_check(c, own);
	if (ret == 0 && own & CVMM_ARM64_FEATURE_SVE)
		ret = take_sve_block(c->s, c->v);
	if (ret < 0)
		return ret;
	fix_vm(c, own);
	c->v->inited = 1;
	c->v->target = init->target;
	c->v->features = own;
	if (!(own & CVMM_ARM64_FEATURE_SVE))
		c->v->finalized = 1;
	c->v->mp_state = f & CVMM_ARM64_FEATURE_POWER_OFF ? CVMM_MP_STATE_STOPPED : CVMM_MP_STATE_RUNNABLE;
	c->v->serror = 0;
	reset_values(c, own, again);
	return 0;
}

int cvmm_sim_vcpu_init(struct sim_call *c, uintptr_t arg)
{
	struct cvmm_arm64_vcpu_init init;
	int ret = sim_fetch(&init, arg, sizeof(init)), sve;
	uint32_t i;

	if (ret < 0)
		return ret;
	if (init.target != CVMM_ARM64_TARGET_GENERIC)
		return -EINVAL;
	for (i = 1; i < 7; i++)
		if (init.features[i])
			return -ENOENT;
	/* SVE blocks are shared by all VMs. */
	sve = c->v->sve_on || ((init.features[0] | c->v->bits) & CVMM_ARM64_FEATURE_SVE) != 0;
	if (sve)
		sim_acquire(&sim_state(c->s)->lock);
	sim_vm_lock(c);
	ret = init_locked(c, &init, init.features[0]);
	sim_release(&c->vm->lock);
	if (sve)
		sim_release(&sim_state(c->s)->lock);
	return ret;
}
