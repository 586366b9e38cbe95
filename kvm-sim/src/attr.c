/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Attributes of vCPUs (timer interrupts, stolen time; the PMU's are in attr_pmu.c) and of the VM (SMCCC filter). */
#include "attr.h"

#define CAP_STEAL_TIME 187u
#define PVTIME_BYTES   64u

struct smccc_filter {
	uint32_t base;
	uint32_t n;
	uint8_t action;
	uint8_t pad[15];
};

static int is_ppi(uint32_t irq)
{
	return irq >= 16 && irq < 32;
}

/* A private interrupt belongs to whom it was given first. */
int cvmm_sim_take_ppi(struct sim_call *c, uint32_t irq, uint8_t owner)
{
	uint8_t *now = &c->v->owner[irq - 16];

	if (*now && *now != owner)
		return -EEXIST;
	*now = owner;
	return 0;
}

/* ---- timer interrupts: the VM's where the counter offset is; before that a vCPU's, though written on all at once ---- */

static int timers_of_vm(const struct sim_call *c)
{
	return sim_trait(c->s, CVMM_TRAIT_COUNTER_OFFSET) != 0;
}

static int timer_has(struct sim_call *c, const struct cvmm_kvm_device_attr *a)
{
	/* The EL2 timers' interrupts came at the same time. */
	return a->attr < (timers_of_vm(c) ? 4 : 2) ? 0 : -ENXIO;
}

static void timer_set_all(struct sim_call *c, uint64_t attr, uint32_t irq)
{
	uint32_t i;

	if (timers_of_vm(c))
		c->vm->ppi[attr] = irq;
	for (i = 0; !timers_of_vm(c) && i < c->vm->nvcpus; i++)
		sim_vcpu(c->s, c->vm_idx, i)->ppi[attr] = irq;
}

static int timer_irqs_valid(struct sim_call *c, const uint32_t *ppi)
{
	uint32_t timers = c->v->features & CVMM_ARM64_FEATURE_HAS_EL2 ? 4 : 2, i;

	for (i = 0; i < timers; i++)
		if (cvmm_sim_take_ppi(c, ppi[i], (uint8_t)(i + 1)) < 0)
			return 0;
	for (i = 0; !timers_of_vm(c) && i < c->vm->nvcpus; i++)
		if (memcmp(sim_vcpu(c->s, c->vm_idx, i)->ppi, ppi, sizeof(c->v->ppi)) != 0)
			return 0;
	return 1;
}

/* At the first run, with the VM's lock held: with an interrupt controller the interrupts are checked, and stay as they are. */
int cvmm_sim_timer_enable(struct sim_call *c)
{
	if (!c->v->timer_on && c->vm->gic.type) {
		if (!timer_irqs_valid(c, timers_of_vm(c) ? c->vm->ppi : c->v->ppi))
			return -EINVAL;
		c->vm->ppis_fixed = 1;
	}
	c->v->timer_on = 1;
	return 0;
}

static int timer_set(struct sim_call *c, const struct cvmm_kvm_device_attr *a)
{
	uint32_t irq;
	int ret = c->vm->gic.type ? sim_fetch(&irq, a->addr, sizeof(irq)) : -EINVAL;

	if (ret < 0)
		return ret;
	if (!is_ppi(irq))
		return -EINVAL;
	if (timers_of_vm(c) ? c->vm->ppis_fixed : c->v->timer_on)
		return -EBUSY;
	if (timer_has(c, a) < 0)
		return -ENXIO;
	timer_set_all(c, a->attr, irq);
	return 0;
}

static int timer_get(struct sim_call *c, const struct cvmm_kvm_device_attr *a)
{
	const uint32_t *ppi = timers_of_vm(c) ? c->vm->ppi : c->v->ppi;

	return timer_has(c, a) < 0 ? -ENXIO : sim_put(a->addr, &ppi[a->attr], sizeof(uint32_t));
}

/* ---- stolen time ---- */

static int pvtime_has(struct sim_call *c, const struct cvmm_kvm_device_attr *a)
{
	return a->attr == 0 && cvmm_profile_cap(c->s->profile, CAP_STEAL_TIME) ? 0 : -ENXIO;
}

static int pvtime_set(struct sim_call *c, const struct cvmm_kvm_device_attr *a)
{
	uint64_t ipa;
	int ret = pvtime_has(c, a) < 0 ? -ENXIO : sim_fetch(&ipa, a->addr, sizeof(ipa));

	if (ret < 0)
		return ret;
	if (ipa % PVTIME_BYTES)
		return -EINVAL;
	if (c->v->pvtime != UINT64_MAX)
		return -EEXIST;
	if (!cvmm_sim_in_slot(c->s, c->vm, ipa, 1))
		return -EINVAL;
	c->v->pvtime = ipa;
	return 0;
}

static int pvtime_get(struct sim_call *c, const struct cvmm_kvm_device_attr *a)
{
	return pvtime_has(c, a) < 0 ? -ENXIO : sim_put(a->addr, &c->v->pvtime, sizeof(uint64_t));
}

typedef int attr_fn(struct sim_call *c, const struct cvmm_kvm_device_attr *a);

static attr_fn *const groups[3][3] = {
	[CVMM_ARM64_VCPU_PMU_V3_CTRL] = { cvmm_attr_pmu_set, cvmm_attr_pmu_get, cvmm_attr_pmu_has },
	[CVMM_ARM64_VCPU_TIMER_CTRL] = { timer_set, timer_get, timer_has },
	[CVMM_ARM64_VCPU_PVTIME_CTRL] = { pvtime_set, pvtime_get, pvtime_has },
};

static uint32_t verb(unsigned long req)
{
	return req == CVMM_KVM_SET_DEVICE_ATTR ? 0 : req == CVMM_KVM_GET_DEVICE_ATTR ? 1 : 2;
}

int cvmm_sim_vcpu_attr(struct sim_call *c, unsigned long req, uintptr_t arg)
{
	struct cvmm_kvm_device_attr a;
	int ret = sim_fetch(&a, arg, sizeof(a));

	if (ret < 0)
		return ret;
	if (a.group >= 3)
		return -ENXIO;
	sim_acquire(&c->vm->lock);
	ret = groups[a.group][verb(req)](c, &a);
	sim_release(&c->vm->lock);
	return ret;
}

/* ---- the VM's: the SMCCC filter, which came with the counter offset; it cannot be read back ---- */

static int overlaps(uint32_t base, uint32_t n, uint32_t other, uint32_t on)
{
	return base < (uint64_t)other + on && other < (uint64_t)base + n;
}

static int filter_add(struct sim_call *c, const struct smccc_filter *f)
{
	uint32_t i;

	if (atomic_load_explicit(&c->vm->ran, memory_order_relaxed))
		return -EBUSY;
	if (overlaps(f->base, f->n, 0x80000000, 0x10000) || overlaps(f->base, f->n, 0xc0000000, 0x10000))
		return -EEXIST;
	for (i = 0; i < c->vm->nfilters; i++)
		if (overlaps(f->base, f->n, c->vm->filter[i].base, c->vm->filter[i].n))
			return -EEXIST;
	if (c->vm->nfilters == SIM_FILTERS)
		return -ENOMEM;
	c->vm->filter[c->vm->nfilters++] = (struct sim_filter){ f->base, f->n, f->action };
	return 0;
}

int cvmm_sim_vm_attr(struct sim_call *c, unsigned long req, uintptr_t arg)
{
	struct cvmm_kvm_device_attr a;
	struct smccc_filter f;
	uint32_t i;
	int ret;

	if (!sim_trait(c->s, CVMM_TRAIT_COUNTER_OFFSET) || req == CVMM_KVM_GET_DEVICE_ATTR)
		return -EINVAL;
	ret = sim_fetch(&a, arg, sizeof(a));
	if (ret < 0)
		return ret;
	if (a.group || a.attr)
		return -ENXIO;
	if (req == CVMM_KVM_HAS_DEVICE_ATTR)
		return 0;
	ret = sim_fetch(&f, a.addr, sizeof(f));
	if (ret < 0)
		return ret;
	for (i = 0; i < sizeof(f.pad); i++)
		if (f.pad[i])
			return -EINVAL;
	if (!f.n || (uint64_t)f.base + f.n > UINT64_C(0x100000000) || f.action > 2)
		return -EINVAL;
	sim_acquire(&c->vm->lock);
	ret = filter_add(c, &f);
	sim_release(&c->vm->lock);
	return ret;
}
