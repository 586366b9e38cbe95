/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The PMU's registers of a vCPU. */
#include "internal.h"

#define PMUVER_SHIFT 8
#define PMUV3P5	     6u
#define TYPER_EL2    UINT64_C(0x08000000)
#define TYPER_EL3    UINT64_C(0x34000000)
#define TYPER_V3P1   UINT64_C(0xfc00)
#define PFR0_EL2     8
#define PFR0_EL3     12
#define PMUV3P1	     4u
#define PMCR_N_SHIFT 11
#define PMCR_N	     UINT64_C(0xf800)
#define PM_CYCLES    UINT64_C(0x80000000)
#define MDCR_EL2     CVMM_ARM64_SYS(3, 4, 1, 1, 1)
#define MDCR_HPMN    UINT64_C(0x1f)

static uint8_t *own(struct sim_call *c, uint32_t item)
{
	return sim_vals(c->s, c->v) + sim_items(c->s)[item].slot;
}

/* A kernel that keeps only PMCR_EL0's control bits has the number of counters for the whole VM. */
static int vm_wide_n(const struct sim *s)
{
	return sim_trait(s, CVMM_TRAIT_PMCR_KEEP) <= 0xff;
}

static uint32_t host_n(struct sim_call *c)
{
	uint64_t features = sim_features(c->s, c->vm, c->v);
	const struct sim_image *im = cvmm_sim_image_for(c->s, features, c->s->pmcr);
	const uint8_t *p = (uint8_t *)sim_at(c->s, im->vals) + sim_items(c->s)[c->s->pmcr].slot;

	if (features & SIM_FEATURE_PMU_FIXED)
		return 0;
	return (uint32_t)((sim_load64(p) & PMCR_N) >> PMCR_N_SHIFT);
}

static uint32_t counters(struct sim_call *c)
{
	uint32_t n = atomic_load_explicit(&c->vm->pmcr_n, memory_order_relaxed);

	if (c->s->pmcr == SIM_NONE)
		return 31;
	if (vm_wide_n(c->s))
		return n == SIM_NONE ? host_n(c) : n;
	return (uint32_t)((sim_load64(own(c, c->s->pmcr)) & PMCR_N) >> PMCR_N_SHIFT);
}

static uint64_t counter_mask(struct sim_call *c)
{
	if (!sim_trait(c->s, CVMM_TRAIT_PMU_MASKED))
		return UINT64_MAX;
	return ((UINT64_C(1) << counters(c)) - 1) | PM_CYCLES;
}

/* Event counters have 64 bits from PMUv3p5 on, and on the oldest kernels, whatever the guest is told. */
static uint64_t event_counter(struct sim_call *c, uint64_t v)
{
	uint32_t version = c->s->dfr0 == SIM_NONE ? 0 : cvmm_sim_id_field(c, c->s->dfr0, PMUVER_SHIFT);

	if (sim_trait(c->s, CVMM_TRAIT_PMU_COUNTER_BITS) == 64 || (version >= PMUV3P5 && version != 15))
		return v;
	return v & UINT32_MAX;
}

/* Below EL2 a guest hypervisor has the last word: MDCR_EL2.HPMN. */
static uint64_t shown_n(struct sim_call *c)
{
	uint32_t mdcr = cvmm_sim_find(c->s, MDCR_EL2);
	uint64_t mode = c->s->pstate == SIM_NONE ? 0 : sim_load64(own(c, c->s->pstate)) & 0xf;

	if (!(c->v->features & CVMM_ARM64_FEATURE_HAS_EL2) || mode == 8 || mode == 9 || mdcr == SIM_NONE)
		return counters(c);
	return sim_load64(own(c, mdcr)) & MDCR_HPMN;
}

uint64_t cvmm_sim_pmu_get(struct sim_call *c, uint32_t item)
{
	uint64_t v = sim_load64(own(c, item));

	switch (sim_items(c->s)[item].class) {
	case SIM_PMCNT: return event_counter(c, v);
	case SIM_PMCR: return vm_wide_n(c->s) ? (v & ~PMCR_N) | shown_n(c) << PMCR_N_SHIFT : v;
	case SIM_PMSWINC: return sim_trait(c->s, CVMM_TRAIT_PMU_SWINC) ? v : 0;
	default: return v & counter_mask(c);
	}
}

/* A field of an ID register that the host has and the VM does not show, or shows below @least. */
static int hidden(struct sim_call *c, uint32_t item, uint32_t shift, uint32_t least)
{
	uint64_t features = atomic_load_explicit(&c->vm->features, memory_order_relaxed);

	return item != SIM_NONE && (cvmm_sim_vm_default(c->s, features, item) >> shift & 15) >= least &&
	       cvmm_sim_id_field(c, item, shift) < least;
}

/* Event types are reset to what the VM's CPU can count: exception levels, 16 bits of event number from PMUv3p1 on. */
void cvmm_sim_pmu_reset(struct sim_call *c)
{
	uint64_t gone = 0;
	uint32_t i, item;

	if (!sim_trait(c->s, CVMM_TRAIT_WRITABLE_MASKS))
		return;
	gone |= hidden(c, c->s->pfr0, PFR0_EL2, 1) ? TYPER_EL2 : 0;
	gone |= hidden(c, c->s->pfr0, PFR0_EL3, 1) ? TYPER_EL3 : 0;
	gone |= hidden(c, c->s->dfr0, PMUVER_SHIFT, PMUV3P1) ? TYPER_V3P1 : 0;
	for (i = 0; gone && i < 31; i++) {
		item = cvmm_sim_find(c->s, CVMM_ARM64_SYS(3, 3, 14, 12 + (i >> 3), i & 7));
		if (item != SIM_NONE && sim_has(c->v, item))
			sim_store64(own(c, item), sim_load64(own(c, item)) & ~gone);
	}
}

static void pmcr_set(struct sim_call *c, uint32_t item, uint64_t val)
{
	uint32_t n = (uint32_t)((val & PMCR_N) >> PMCR_N_SHIFT);

	if (vm_wide_n(c->s) && n <= host_n(c)) {
		sim_vm_lock(c);
		if (!atomic_load_explicit(&c->vm->ran, memory_order_relaxed) &&
			!(c->v->features & CVMM_ARM64_FEATURE_HAS_EL2))
			atomic_store_explicit(&c->vm->pmcr_n, n, memory_order_relaxed);
		sim_release(&c->vm->lock);
	}
	sim_store64(own(c, item), val & sim_trait(c->s, CVMM_TRAIT_PMCR_KEEP));
}

/* KVM_ARM_VCPU_PMU_V3_SET_NR_COUNTERS, with the VM's lock held. */
int cvmm_sim_pmu_counters_set(struct sim_call *c, uint32_t n)
{
	if (c->s->pmcr == SIM_NONE || n > host_n(c))
		return -EINVAL;
	atomic_store_explicit(&c->vm->pmcr_n, n, memory_order_relaxed);
	return 0;
}

/* SET and CLR names of one register: either both store, or each does what its name says. */
static void mask_set(struct sim_call *c, uint32_t item, uint64_t val)
{
	int clr = sim_items(c->s)[item].class == SIM_PMCLR;
	uint64_t cur = sim_load64(own(c, item));

	val &= counter_mask(c);
	switch (sim_trait(c->s, CVMM_TRAIT_PMU_CLR)) {
	case 1: val = clr ? cur & ~val : cur | val; break;
	case 2: val = cur | val; break;
	default: break;
	}
	sim_store64(own(c, item), val);
}

int cvmm_sim_pmu_set(struct sim_call *c, uint32_t item, uint64_t val)
{
	switch (sim_items(c->s)[item].class) {
	case SIM_PMCR: pmcr_set(c, item, val); break;
	case SIM_PMCNT: sim_store64(own(c, item), val); break;
	case SIM_PMSWINC:
		if (sim_trait(c->s, CVMM_TRAIT_PMU_SWINC))
			sim_store64(own(c, item), val);
		break;
	default: mask_set(c, item, val); break;
	}
	return 0;
}
