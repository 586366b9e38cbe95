/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The proposal of ONE_REG and REG_LIST on the VM fd: registers with VM scope, immutable once a vCPU exists. Values that
 * were written here are kept by the first KVM_ARM_VCPU_INIT, which fails with EINVAL if they are not ones that a vCPU
 * with its features could show.
 */
#include "internal.h"

#define VM_ONLY_BITS UINT64_C(3)

static uint8_t *preset_of(struct sim_call *c)
{
	return (uint8_t *)c->vm + c->s->vm_presets;
}

int cvmm_sim_vm_preset(struct sim_call *c, uint32_t item)
{
	return preset_of(c)[sim_items(c->s)[item].slot];
}

int cvmm_sim_vm_preset_check(struct sim_call *c, uint64_t features)
{
	const struct sim_item *items = sim_items(c->s);
	uint32_t i;

	if (!c->vm->preset)
		return 0;
	for (i = 0; i < c->s->nitems; i++) {
		uint64_t val;

		if (!(items[i].flags & SIM_ITEM_VM) || items[i].class != SIM_ID || !cvmm_sim_vm_preset(c, i))
			continue;
		val = atomic_load_explicit(&sim_vm_vals(c->s, c->vm)[items[i].slot], memory_order_relaxed);
		if (cvmm_sim_id_check(c->s, features, items[i].id, cvmm_sim_vm_default(c->s, features, i), &val) < 0)
			return -EINVAL;
	}
	return 0;
}

/* What the VM fd offers: a VM-scoped register of 8 bytes that some feature set has. */
static int offered(struct sim_call *c, uint64_t id, uint32_t *item)
{
	*item = cvmm_sim_find(c->s, id & ~CVMM_ARM64_REG_SCOPE_VM);
	if (*item == SIM_NONE)
		return (id & ~CVMM_REG_SIZE_MASK) >> 32 != UINT64_C(0x60000000) ? -EINVAL : -ENOENT;
	return sim_items(c->s)[*item].flags & SIM_ITEM_SCOPE ? 0 : -ENOENT;
}

static uint64_t vm_features(struct sim_call *c)
{
	if (c->vm->features_fixed)
		return atomic_load_explicit(&c->vm->features, memory_order_relaxed);
	return c->s->offered & ~(CVMM_ARM64_FEATURE_POWER_OFF | CVMM_ARM64_FEATURE_EL1_32BIT |
				       CVMM_ARM64_FEATURE_HAS_EL2 | CVMM_ARM64_FEATURE_HAS_EL2_E2H0);
}

static uint64_t vm_get(struct sim_call *c, uint32_t item)
{
	const struct sim_item *it = &sim_items(c->s)[item];
	const struct sim_image *im;
	uint32_t psci;

	switch (it->class) {
	case SIM_PSCI:
		psci = atomic_load_explicit(&c->vm->psci, memory_order_relaxed);
		return psci ? psci : c->s->psci_max;
	case SIM_CNT:
	case SIM_PCNT:
		return cvmm_sim_counter(c->s) -
		       atomic_load_explicit(
			       it->class == SIM_CNT ? &c->vm->voffset : &c->vm->poffset, memory_order_relaxed);
	case SIM_WA:
		im = cvmm_sim_image_for(c->s, vm_features(c), item);
		return sim_load64((uint8_t *)sim_at(c->s, im->vals) + it->slot);
	default: return atomic_load_explicit(&sim_vm_vals(c->s, c->vm)[it->slot], memory_order_relaxed);
	}
}

/* The checks that the same write has through a vCPU, and then the value is the VM's. */
static int vm_set(struct sim_call *c, uint32_t item, uint64_t val)
{
	struct sim_item *it = &sim_items(c->s)[item];
	const struct cvmm_pair *bits = cvmm_pair_find(c->s->profile->bits, c->s->profile->nbits, it->id);
	uint64_t limit = it->flags & SIM_ITEM_VM ? cvmm_sim_vm_default(c->s, vm_features(c), item) : 0;
	int ret = 0;

	switch (it->class) {
	case SIM_VMONLY: ret = val & ~VM_ONLY_BITS ? -EINVAL : 0; break;
	case SIM_BMAP: ret = val & ~(bits ? bits->value : limit) ? -EINVAL : 0; break;
	case SIM_ID: ret = cvmm_sim_id_check(c->s, vm_features(c), it->id, limit, &val); break;
	case SIM_IMP: ret = val == limit ? 0 : -EINVAL; break;
	case SIM_PSCI:
		if (val < 2 || val > c->s->psci_max)
			return -EINVAL;
		atomic_store_explicit(&c->vm->psci, (uint32_t)val, memory_order_relaxed);
		return 0;
	case SIM_WA: return val == vm_get(c, item) ? 0 : -EINVAL;
	default: return -EINVAL; /* counters start with the first vCPU */
	}
	if (ret == 0) {
		atomic_store_explicit(&sim_vm_vals(c->s, c->vm)[it->slot], val, memory_order_relaxed);
		preset_of(c)[it->slot] = 1;
		c->vm->preset = 1;
	}
	return ret;
}

int cvmm_sim_vm_get_one_reg(struct sim_call *c, uintptr_t arg)
{
	struct cvmm_kvm_one_reg r;
	uint32_t item;
	uint64_t val;
	int ret = sim_fetch(&r, arg, sizeof(r));

	if (ret == 0)
		ret = offered(c, r.id, &item);
	if (ret < 0)
		return ret;
	sim_acquire(&c->vm->lock);
	val = vm_get(c, item);
	sim_release(&c->vm->lock);
	return sim_put(r.addr, &val, sizeof(val));
}

int cvmm_sim_vm_set_one_reg(struct sim_call *c, uintptr_t arg)
{
	struct cvmm_kvm_one_reg r;
	uint32_t item;
	uint64_t val = 0;
	int ret = sim_fetch(&r, arg, sizeof(r));

	if (ret == 0)
		ret = offered(c, r.id, &item);
	if (ret == 0)
		ret = sim_fetch(&val, r.addr, sizeof(val));
	if (ret < 0)
		return ret;
	sim_acquire(&c->vm->lock);
	if (c->vm->nvcpus)
		ret = sim_items(c->s)[item].class != SIM_CNT && sim_items(c->s)[item].class != SIM_PCNT &&
				      val == vm_get(c, item)
			      ? 0
			      : -EBUSY;
	else
		ret = vm_set(c, item, val);
	sim_release(&c->vm->lock);
	return ret;
}

int cvmm_sim_vm_reg_list(struct sim_call *c, uintptr_t arg)
{
	const uint32_t *order = sim_at(c->s, c->s->order);
	const struct sim_item *items = sim_items(c->s);
	uint64_t n, count = 0;
	uint32_t i;
	int ret = sim_fetch(&n, arg, sizeof(n));

	if (ret < 0)
		return ret;
	for (i = 0; i < c->s->nitems; i++)
		count += items[i].flags & SIM_ITEM_SCOPE ? 1 : 0;
	ret = sim_put(arg, &count, sizeof(count));
	if (ret < 0 || (uint32_t)n < count)
		return ret < 0 ? ret : -E2BIG;
	for (i = 0; i < c->s->nitems; i++)
		if (items[order[i]].flags & SIM_ITEM_SCOPE) {
			arg += sizeof(uint64_t);
			memcpy((void *)arg, &items[order[i]].id, sizeof(uint64_t));
		}
	return 0;
}
