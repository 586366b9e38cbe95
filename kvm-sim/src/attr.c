/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Attributes of vCPUs (PMU, timer interrupts, stolen time) and of the VM (SMCCC filter). */
#include "internal.h"

#define CAP_STEAL_TIME 187u
#define CAP_IMP_ID     239u
#define SIM_PMU	       8u /* the id of the host's only PMU */
#define PVTIME_BYTES   64u
#define PMU_EVENTS     0x10000u

enum { PMU_IRQ, PMU_INIT, PMU_FILTER, PMU_SET_PMU, PMU_SET_NR };

struct pmu_filter {
	uint16_t base;
	uint16_t n;
	uint8_t action;
	uint8_t pad[3];
};

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

static int is_spi(uint32_t irq)
{
	return irq >= 32 && irq < 1020;
}

/* ---- PMU ---- */

static int has_pmu(struct sim_call *c)
{
	return (sim_features(c->s, c->vm, c->v) & CVMM_ARM64_FEATURE_PMU_V3) != 0;
}

/* A private interrupt belongs to whom it was given first. */
static int take_ppi(struct sim_call *c, uint32_t irq, uint8_t owner)
{
	uint8_t *now = &c->v->owner[irq - 16];

	if (*now && *now != owner)
		return -EEXIST;
	*now = owner;
	return 0;
}

static int pmu_attr_known(struct sim_call *c, uint64_t attr)
{
	/* The number of counters came with the kernels that offer writable implementation ids. */
	return attr <= PMU_FILTER || (attr == PMU_SET_PMU && !sim_oldest(c->s)) ||
	       (attr == PMU_SET_NR && cvmm_profile_cap(c->s->profile, CAP_IMP_ID));
}

/* A PPI is the same on all vCPUs, an SPI another on each; a vCPU that has one counts too. With the VM's lock held. */
static int pmu_irq_fits(struct sim_call *c, uint32_t irq)
{
	uint32_t i;

	for (i = 0; i < c->vm->nvcpus; i++) {
		uint32_t other = atomic_load_explicit(&sim_vcpu(c->s, c->vm_idx, i)->pmu_irq, memory_order_relaxed);

		if (other && (is_ppi(irq) ? other != irq : other == irq))
			return 0;
	}
	return 1;
}

static int pmu_set_irq(struct sim_call *c, uint64_t addr)
{
	uint32_t irq;
	int ret = c->vm->gic.type ? sim_fetch(&irq, addr, sizeof(irq)) : -EINVAL;

	if (ret < 0)
		return ret;
	if ((!is_ppi(irq) && !is_spi(irq)) || !pmu_irq_fits(c, irq))
		return -EINVAL;
	if (c->v->pmu_irq)
		return -EBUSY;
	atomic_store_explicit(&c->v->pmu_irq, irq, memory_order_relaxed);
	return 0;
}

static int pmu_set_filter(struct sim_call *c, uint64_t addr)
{
	struct pmu_filter f;
	int ret = sim_fetch(&f, addr, sizeof(f));

	if (ret < 0)
		return ret;
	if ((uint32_t)f.base + f.n > PMU_EVENTS || f.action > 1)
		return -EINVAL;
	if (atomic_load_explicit(&c->vm->ran, memory_order_relaxed) && !sim_oldest(c->s))
		return -EBUSY;
	c->vm->pmu_filter = 1;
	return 0;
}

static int pmu_choose(struct sim_call *c, uint64_t addr)
{
	int32_t pmu;
	int ret = sim_fetch(&pmu, addr, sizeof(pmu));

	if (ret < 0)
		return ret;
	if (pmu != (int32_t)SIM_PMU)
		return -ENXIO;
	if (atomic_load_explicit(&c->vm->ran, memory_order_relaxed) || (c->vm->pmu_filter && c->vm->pmu != SIM_PMU))
		return -EBUSY;
	c->vm->pmu = SIM_PMU;
	atomic_store_explicit(&c->vm->pmcr_n, SIM_NONE, memory_order_relaxed);
	return 0;
}

static int pmu_set_counters(struct sim_call *c, uint64_t addr)
{
	uint32_t n;
	int ret = sim_fetch(&n, addr, sizeof(n));

	if (ret < 0)
		return ret;
	if (atomic_load_explicit(&c->vm->ran, memory_order_relaxed))
		return -EBUSY;
	return cvmm_sim_pmu_counters_set(c, n);
}

static int pmu_init(struct sim_call *c)
{
	uint32_t irq = c->v->pmu_irq;
	int ret = 0;

	if (c->vm->gic.type && !c->vm->gic.inited)
		return -ENODEV;
	if (c->vm->gic.type && !irq)
		return -ENXIO;
	if (c->vm->gic.type)
		ret = is_ppi(irq) ? take_ppi(c, irq, SIM_OWNER_PMU) : irq < c->vm->gic.nr_irqs ? 0 : -EINVAL;
	if (ret == 0)
		c->v->pmu_ready = 1;
	return ret;
}

/* At the first run, with the VM's lock held. The oldest kernels let a vCPU run whose PMU was never initialised. */
int cvmm_sim_pmu_enable(struct sim_call *c)
{
	uint32_t irq = c->v->pmu_irq;

	if (!has_pmu(c))
		return 0;
	if (!c->v->pmu_ready)
		return sim_oldest(c->s) ? 0 : -EINVAL;
	return !c->vm->gic.type || is_ppi(irq) || (is_spi(irq) && irq < c->vm->gic.nr_irqs) ? 0 : -EINVAL;
}

static int pmu_set(struct sim_call *c, const struct cvmm_kvm_device_attr *a)
{
	if (!has_pmu(c))
		return -ENODEV;
	if (c->v->pmu_ready)
		return -EBUSY;
	if (!pmu_attr_known(c, a->attr))
		return -ENXIO;
	switch (a->attr) {
	case PMU_IRQ: return pmu_set_irq(c, a->addr);
	case PMU_INIT: return pmu_init(c);
	case PMU_FILTER: return pmu_set_filter(c, a->addr);
	case PMU_SET_PMU: return pmu_choose(c, a->addr);
	default: return pmu_set_counters(c, a->addr);
	}
}

static int pmu_get(struct sim_call *c, const struct cvmm_kvm_device_attr *a)
{
	uint32_t irq = c->v->pmu_irq;

	if (a->attr != PMU_IRQ)
		return -ENXIO;
	if (!c->vm->gic.type)
		return -EINVAL;
	if (!has_pmu(c))
		return -ENODEV;
	return irq ? sim_put(a->addr, &irq, sizeof(irq)) : -ENXIO;
}

static int pmu_has(struct sim_call *c, const struct cvmm_kvm_device_attr *a)
{
	return pmu_attr_known(c, a->attr) && has_pmu(c) ? 0 : -ENXIO;
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
	uint32_t i;

	if (take_ppi(c, ppi[0], 1) < 0 || take_ppi(c, ppi[1], 2) < 0)
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
	[CVMM_ARM64_VCPU_PMU_V3_CTRL] = { pmu_set, pmu_get, pmu_has },
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
