/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The PMU's attributes, and its checks of the first run. */
#include "attr.h"

#define CAP_IMP_ID 239u
#define SIM_PMU	   8u /* the id of the host's only PMU */
#define PMU_EVENTS 0x10000u

enum { PMU_IRQ, PMU_INIT, PMU_FILTER, PMU_SET_PMU, PMU_SET_NR };

struct pmu_filter {
	uint16_t base;
	uint16_t n;
	uint8_t action;
	uint8_t pad[3];
};

static int is_ppi(uint32_t irq)
{
	return irq >= 16 && irq < 32;
}

static int is_spi(uint32_t irq)
{
	return irq >= 32 && irq < 1020;
}

static int has_pmu(struct sim_call *c)
{
	return (sim_features(c->s, c->vm, c->v) & CVMM_ARM64_FEATURE_PMU_V3) != 0;
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
		ret = is_ppi(irq) ? cvmm_sim_take_ppi(c, irq, SIM_OWNER_PMU) : irq < c->vm->gic.nr_irqs ? 0 : -EINVAL;
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

int cvmm_attr_pmu_set(struct sim_call *c, const struct cvmm_kvm_device_attr *a)
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

int cvmm_attr_pmu_get(struct sim_call *c, const struct cvmm_kvm_device_attr *a)
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

int cvmm_attr_pmu_has(struct sim_call *c, const struct cvmm_kvm_device_attr *a)
{
	return pmu_attr_known(c, a->attr) && has_pmu(c) ? 0 : -ENXIO;
}
