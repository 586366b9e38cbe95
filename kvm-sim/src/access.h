/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* How the store is walked: everything in it refers to the rest by offset. */
#ifndef SIM_ACCESS_H
#define SIM_ACCESS_H

#include "state.h"

static inline void *sim_at(const struct sim *s, size_t off)
{
	return (char *)(uintptr_t)s + off;
}

static inline struct sim_state *sim_state(const struct sim *s)
{
	return sim_at(s, s->state);
}

static inline uint8_t *sim_sve_used(const struct sim *s)
{
	return sim_at(s, s->sve_used);
}

static inline struct sim_item *sim_items(const struct sim *s)
{
	return sim_at(s, s->items);
}

static inline struct sim_vm *sim_vm(const struct sim *s, uint32_t i)
{
	return sim_at(s, s->vms + (size_t)i * s->vm_bytes);
}

static inline struct sim_vcpu *sim_vcpu(const struct sim *s, uint32_t vm, uint32_t i)
{
	return sim_at(s, s->vcpus + ((size_t)vm * s->cfg.max_vcpus + i) * s->vcpu_bytes);
}

static inline uint8_t *sim_run(const struct sim *s, uint32_t vm, uint32_t i)
{
	return sim_at(s, s->runs + ((size_t)vm * s->cfg.max_vcpus + i) * CVMM_SIM_RUN_BYTES);
}

static inline _Atomic uint64_t *sim_vm_vals(const struct sim *s, struct sim_vm *vm)
{
	return (_Atomic uint64_t *)(void *)((char *)vm + s->vm_vals);
}

static inline struct sim_slot *sim_slots(const struct sim *s, struct sim_vm *vm)
{
	return (struct sim_slot *)(void *)((char *)vm + s->vm_slots);
}

static inline uint32_t *sim_devices(const struct sim *s, struct sim_vm *vm)
{
	return (uint32_t *)(void *)((char *)vm + s->vm_devices);
}

static inline uint64_t *sim_present(struct sim_vcpu *v)
{
	return (uint64_t *)(void *)(v + 1);
}

static inline uint8_t *sim_vals(const struct sim *s, struct sim_vcpu *v)
{
	return (uint8_t *)(sim_present(v) + s->nwords);
}

static inline uint8_t *sim_sve(const struct sim *s, const struct sim_vcpu *v)
{
	return sim_at(s, s->sves + (size_t)(v->sve - 1) * s->sve_bytes);
}

static inline int sim_has(struct sim_vcpu *v, uint32_t item)
{
	return (int)(sim_present(v)[item >> 6] >> (item & 63) & 1);
}

static inline uint64_t sim_trait(const struct sim *s, enum cvmm_trait t)
{
	return s->trait[t];
}

static inline int sim_oldest(const struct sim *s)
{
	return (int)s->oldest;
}

/* The features that the kernel thinks a vCPU has: the VM's, or the vCPU's own, be it initialised or not. */
static inline uint64_t sim_features(const struct sim *s, const struct sim_vm *vm, const struct sim_vcpu *v)
{
	if (!sim_trait(s, CVMM_TRAIT_UNIFIED_FEATURES))
		return v->bits;
	return v->inited ? v->features : atomic_load_explicit(&vm->features, memory_order_relaxed);
}

static inline void sim_acquire(struct sim_lock *l)
{
	while (atomic_exchange_explicit(&l->held, 1, memory_order_acquire))
		while (atomic_load_explicit(&l->held, memory_order_relaxed))
			;
}

static inline int sim_try(struct sim_lock *l)
{
	return !atomic_exchange_explicit(&l->held, 1, memory_order_acquire);
}

static inline void sim_release(struct sim_lock *l)
{
	atomic_store_explicit(&l->held, 0, memory_order_release);
}

static inline void sim_count(struct sim *s, enum cvmm_sim_count which)
{
	atomic_fetch_add_explicit(&sim_state(s)->count[which], 1, memory_order_relaxed);
}

/* How many calls of a kind were made on a vCPU's fd. */
static inline uint64_t sim_calls(const struct sim_vcpu *v, uint32_t which)
{
	switch (which) {
	case CVMM_SIM_COUNT_GET_ONE_REG: return v->gets;
	case CVMM_SIM_COUNT_SET_ONE_REG: return v->sets;
	default: return atomic_load_explicit(&v->calls[which], memory_order_relaxed);
	}
}

/* The VM's lock on behalf of a vCPU: what the thread wanted to be taken less often. */
static inline void sim_vm_lock(struct sim_call *c)
{
	sim_acquire(&c->vm->lock);
	sim_count(c->s, CVMM_SIM_COUNT_VM_LOCK);
}

/* User memory. The kernel would fault on bad addresses; here only the first page is refused. */
static inline int sim_fetch(void *to, uint64_t addr, size_t n)
{
	if (addr < SIM_FAULT_END)
		return -EFAULT;
	memcpy(to, (const void *)(uintptr_t)addr, n);
	return 0;
}

static inline int sim_put(uint64_t addr, const void *from, size_t n)
{
	if (addr < SIM_FAULT_END)
		return -EFAULT;
	memcpy((void *)(uintptr_t)addr, from, n);
	return 0;
}

static inline uint64_t sim_load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline void sim_store64(uint8_t *p, uint64_t v)
{
	memcpy(p, &v, sizeof(v));
}

#endif
