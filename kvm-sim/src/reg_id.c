/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* ID registers: what a VM shows, who may change it, and when. */
#include "internal.h"

#define GIC_SHIFT   24 /* of ID_AA64PFR0_EL1 */
#define GIC32_SHIFT 28 /* of ID_PFR1_EL1 */
#define CTR_IDC	    UINT64_C(0x10000000)
#define CLIDR_RES0  UINT64_C(0xffff800000000000)

/* Kernels without masks have a value per vCPU, of which one or two fields belong to the VM and can be lowered. */
static uint64_t vm_fields(struct sim_call *c, uint64_t id)
{
	return cvmm_sim_pair_value(c->s->profile->lower, c->s->profile->nlower, id);
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
	uint64_t features = atomic_load_explicit(&c->vm->features, memory_order_relaxed);
	uint64_t limit = cvmm_sim_vm_default(c->s, features, item);
	int masks = (int)sim_trait(c->s, CVMM_TRAIT_WRITABLE_MASKS), same, ret = 0;

	if (masks)
		ret = cvmm_sim_id_value(c->s, features, it->id, limit, &val);
	if (ret < 0)
		return ret;
	same = val == cvmm_sim_id_get(c, item);
	if (sim_trait(c->s, CVMM_TRAIT_ID_FROZEN) && atomic_load_explicit(&c->vm->ran, memory_order_relaxed))
		return same ? 0 : -EBUSY;
	/* With masks, what is there need not be what may be written: a run takes the interrupt controller away. */
	if (same && !masks)
		return 0;
	ret = masks ? cvmm_sim_id_fits(c->s, it->id, limit, val) : old_check(c, item, val);
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
	uint64_t mask = cvmm_sim_pair_value(c->s->profile->mask, c->s->profile->nmasks, it->id);

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
