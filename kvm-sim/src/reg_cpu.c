/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Registers of a vCPU that are more than storage: vector lengths, PSTATE, timers and counters, the PMU. */
#include "internal.h"

#define CTL_ISTATUS  UINT64_C(4)
#define X(n)	     (CVMM_ARM64_CORE | CVMM_REG_U64 | (2u * (n)))
#define CORE_PC	     32u /* as X(n) counts */
#define PSTATE_A32   0x10u
#define MODE_USR     0x10u
#define MODE_FIQ     0x11u
#define TYPER_EL2    UINT64_C(0x08000000)
#define TYPER_EL3    UINT64_C(0x34000000)
#define TYPER_V3P1   UINT64_C(0xfc00)
#define PFR0_EL2     8
#define PFR0_EL3     12
#define PMUV3P1	     4u
#define PMUVER_SHIFT 8
#define PMUV3P5	     6u
#define PMCR_N_SHIFT 11
#define PMCR_N	     UINT64_C(0xf800)
#define PM_CYCLES    UINT64_C(0x80000000)
#define VQ_MAX	     512u

static uint8_t *own(struct sim_call *c, uint32_t item)
{
	return sim_vals(c->s, c->v) + sim_items(c->s)[item].slot;
}

/* ---- SVE ---- */

static int vq_set(const uint8_t *set, uint32_t vq)
{
	return set[(vq - 1) / 8] >> ((vq - 1) % 8) & 1;
}

/* Only the maximum can be chosen: below it the set must be the host's. */
int cvmm_sim_vls_set(struct sim_call *c, uint32_t item, const uint8_t *val)
{
	const struct sim_image *im = cvmm_sim_image_for(c->s, c->v->features, item);
	const uint8_t *host = (uint8_t *)sim_at(c->s, im->vals) + sim_items(c->s)[item].slot;
	uint32_t max = 0, host_max = 0, vq;

	for (vq = 1; vq <= VQ_MAX; vq++) {
		max = vq_set(val, vq) ? vq : max;
		host_max = vq_set(host, vq) ? vq : host_max;
	}
	if (!max || max > host_max)
		return -EINVAL;
	for (vq = 1; vq <= max; vq++)
		if (vq_set(val, vq) != vq_set(host, vq))
			return -EINVAL;
	memcpy(own(c, item), val, sim_items(c->s)[item].size);
	return 0;
}

/* ---- core registers ---- */

static void narrow(struct sim_call *c, uint32_t n)
{
	uint32_t item = cvmm_sim_find(c->s, X(n));

	if (item != SIM_NONE)
		sim_store64(own(c, item), sim_load64(own(c, item)) & UINT32_MAX);
}

/* Where a 32-bit mode's R13 and R14 are: { mode, R13, R14 }. */
static const uint8_t banked[][3] = {
	{ 0x10, 13, 14 },
	{ 0x11, 29, 30 },
	{ 0x12, 17, 16 },
	{ 0x13, 19, 18 },
	{ 0x17, 21, 20 },
	{ 0x1b, 23, 22 },
};

/* The oldest kernels narrow what the mode has: R0 to R12, of which FIQ has five of its own, and its R13 and R14. */
static void narrow_mode(struct sim_call *c, uint32_t mode)
{
	uint32_t n;

	for (n = 0; n < 13; n++)
		narrow(c, mode == MODE_FIQ && n > 7 ? n + 16 : n);
	for (n = 0; n < sizeof(banked) / sizeof(banked[0]); n++)
		if (banked[n][0] == mode) {
			narrow(c, banked[n][1]);
			narrow(c, banked[n][2]);
		}
}

/* A write of whichever core register leaves a vCPU in a 32-bit mode with registers of 32 bits: R0 to R14 in user mode. */
static void narrow_all(struct sim_call *c)
{
	uint32_t mode = c->s->pstate == SIM_NONE ? 0 : (uint32_t)sim_load64(own(c, c->s->pstate)) & 0x1f, n;

	if (!(mode & PSTATE_A32))
		return;
	if (sim_oldest(c->s))
		narrow_mode(c, mode);
	for (n = 0; !sim_oldest(c->s) && n < (mode == MODE_USR ? 15 : 31); n++)
		narrow(c, n);
	narrow(c, CORE_PC);
}

void cvmm_sim_core_set(struct sim_call *c, uint32_t item, const uint8_t *val)
{
	memcpy(own(c, item), val, sim_items(c->s)[item].size);
	narrow_all(c);
}

/*
 * Where EL1's registers are the CPU's own during KVM_RUN, they come back as the CPU keeps them: bits that no CPU here
 * implements are gone. Seen on neoverse-n1 and max, kernels 6.1 to 7.3.
 */
static const struct {
	uint64_t id, keeps;
} cpu_keeps[] = {
	{ CVMM_ARM64_SYS(3, 0, 1, 0, 0), UINT64_C(0xfffff01fffffffff) }, /* SCTLR_EL1: no MTE */
	{ CVMM_ARM64_SYS(3, 0, 5, 1, 0), 0 },				 /* AFSR0_EL1 */
	{ CVMM_ARM64_SYS(3, 0, 5, 1, 1), 0 },				 /* AFSR1_EL1 */
	{ CVMM_ARM64_SYS(3, 0, 10, 3, 0), 0 },				 /* AMAIR_EL1 */
	{ CVMM_ARM64_SYS(3, 0, 12, 0, 0), ~UINT64_C(0x1f) },		 /* VBAR_EL1 */
	{ CVMM_ARM64_SYS(3, 2, 0, 0, 0), 0xf },				 /* CSSELR_EL1 */
};
#define CSSELR CVMM_ARM64_SYS(3, 2, 0, 0, 0)

void cvmm_sim_through_cpu(struct sim_call *c)
{
	uint32_t i, item;

	/* The oldest kernels look at immediate_exit before they load anything. */
	if (!c->s->vhe || sim_oldest(c->s))
		return;
	for (i = 0; i < sizeof(cpu_keeps) / sizeof(cpu_keeps[0]); i++) {
		item = cvmm_sim_find(c->s, cpu_keeps[i].id);
		/* A kernel that lets caches be described does not give the guest the CPU's selector. */
		if (item == SIM_NONE || !sim_has(c->v, item) ||
			(cpu_keeps[i].id == CSSELR && sim_trait(c->s, CVMM_TRAIT_CACHE_WRITABLE)))
			continue;
		sim_store64(own(c, item), sim_load64(own(c, item)) & cpu_keeps[i].keeps);
	}
}

/* ---- PSTATE: the mode must be one that the vCPU can be in ---- */

int cvmm_sim_pstate_set(struct sim_call *c, uint32_t item, uint64_t val)
{
	int narrow = (c->v->features & CVMM_ARM64_FEATURE_EL1_32BIT) != 0;
	int el2 = (c->v->features & CVMM_ARM64_FEATURE_HAS_EL2) != 0;

	switch (val & 0x1f) {
	case 0x10:
		if (!c->s->aarch32_el0)
			return -EINVAL;
		break;
	case 0x11:
	case 0x12:
	case 0x13:
	case 0x17:
	case 0x1b:
		if (!narrow)
			return -EINVAL;
		break;
	case 0x08:
	case 0x09:
		if (!el2)
			return -EINVAL;
		break;
	case 0x00:
	case 0x04:
	case 0x05:
		if (narrow)
			return -EINVAL;
		break;
	default: return -EINVAL;
	}
	sim_store64(own(c, item), val);
	narrow_all(c);
	return 0;
}

/* ---- timers ---- */

/* The physical counter: moves on each time somebody looks. */
uint64_t cvmm_sim_counter(struct sim *s)
{
	return atomic_fetch_add_explicit(&sim_state(s)->now, CVMM_SIM_TICKS, memory_order_relaxed) + CVMM_SIM_TICKS;
}

static uint64_t offset_of(struct sim_call *c, int virtual)
{
	return atomic_load_explicit(virtual ? &c->vm->voffset : &c->vm->poffset, memory_order_relaxed);
}

uint64_t cvmm_sim_timer_get(struct sim_call *c, uint32_t item)
{
	const struct sim_item *it = &sim_items(c->s)[item];
	int virtual = it->class == SIM_CNT || it->id == CVMM_ARM64_TIMER_CTL;
	uint64_t ctl, cval;

	if (it->class != SIM_CTL)
		return cvmm_sim_counter(c->s) - offset_of(c, virtual);
	ctl = sim_load64(own(c, item));
	if (!sim_trait(c->s, CVMM_TRAIT_TIMER_ISTATUS))
		return ctl;
	cval = it->arg == SIM_NONE ? 0 : sim_load64(own(c, it->arg));
	ctl &= UINT32_MAX & ~CTL_ISTATUS;
	return ctl | (cval <= cvmm_sim_counter(c->s) - offset_of(c, virtual) ? CTL_ISTATUS : 0);
}

int cvmm_sim_timer_set(struct sim_call *c, uint32_t item, uint64_t val)
{
	const struct sim_item *it = &sim_items(c->s)[item];

	if (it->class == SIM_CTL) {
		sim_store64(own(c, item), val & ~CTL_ISTATUS);
		return 0;
	}
	/* With an offset for both counters these writes do nothing. The kernel takes no lock for them. */
	if (!atomic_load_explicit(&c->vm->offset_set, memory_order_relaxed))
		atomic_store_explicit(it->class == SIM_CNT ? &c->vm->voffset : &c->vm->poffset,
			atomic_load_explicit(&sim_state(c->s)->now, memory_order_relaxed) - val, memory_order_relaxed);
	return 0;
}

/* ---- PMU ---- */

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

uint64_t cvmm_sim_pmu_get(struct sim_call *c, uint32_t item)
{
	uint64_t v = sim_load64(own(c, item));

	switch (sim_items(c->s)[item].class) {
	case SIM_PMCNT: return event_counter(c, v);
	case SIM_PMCR: return vm_wide_n(c->s) ? (v & ~PMCR_N) | (uint64_t)counters(c) << PMCR_N_SHIFT : v;
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
