/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Registers of a vCPU that are more than storage: vector lengths, core registers, timers and counters. */
#include "internal.h"

#define CTL_ISTATUS UINT64_C(4)
#define X(n)	    (CVMM_ARM64_CORE | CVMM_REG_U64 | (2u * (n)))
#define CORE_PC	    32u /* as X(n) counts */
#define PSTATE_A32  0x10u
#define MODE_USR    0x10u
#define MODE_FIQ    0x11u
#define VQ_MAX	    512u

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
	if (!sim_trait(c->s, CVMM_TRAIT_TIMER_ISTATUS) || it->arg == SIM_NONE)
		return ctl;
	cval = sim_load64(own(c, it->arg));
	ctl &= UINT32_MAX & ~CTL_ISTATUS;
	return ctl | (cval <= cvmm_sim_counter(c->s) - offset_of(c, virtual) ? CTL_ISTATUS : 0);
}

int cvmm_sim_timer_set(struct sim_call *c, uint32_t item, uint64_t val)
{
	const struct sim_item *it = &sim_items(c->s)[item];
	int keeps;

	if (it->class == SIM_CTL) {
		/* The first kernels with EL2's timers keep what was written: those whose timers are not yet registers like others. */
		keeps = it->arg == SIM_NONE && sim_trait(c->s, CVMM_TRAIT_LIST_HEAD);
		sim_store64(own(c, item), keeps ? val : val & ~CTL_ISTATUS);
		return 0;
	}
	/* With an offset for both counters these writes do nothing. The kernel takes no lock for them. */
	if (!atomic_load_explicit(&c->vm->offset_set, memory_order_relaxed))
		atomic_store_explicit(it->class == SIM_CNT ? &c->vm->voffset : &c->vm->poffset,
			atomic_load_explicit(&sim_state(c->s)->now, memory_order_relaxed) - val, memory_order_relaxed);
	return 0;
}
