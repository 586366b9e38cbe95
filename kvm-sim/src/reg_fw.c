/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Firmware registers: the PSCI version, workaround levels, the hypercall bitmaps. */
#include "internal.h"

#define PSCI_0_1    1u
#define WA_LEVEL    UINT64_C(0xf)
#define WA2_ENABLED UINT64_C(0x10)
#define WA2_AVAIL   2u
#define WA2_NOT_REQ 3u
#define PFR1_SSBS   4

static const uint32_t psci_versions[] = { 1, 2, 0x10000, 0x10001, 0x10002, 0x10003 };

uint64_t cvmm_sim_psci_get(struct sim_call *c)
{
	uint32_t v = atomic_load_explicit(&c->vm->psci, memory_order_relaxed);

	/* Where each vCPU has its own features, the VM's version is that of the vCPUs with PSCI 0.2. */
	if (!(c->v->features & CVMM_ARM64_FEATURE_PSCI_0_2))
		return PSCI_0_1;
	return v ? v : c->s->psci_max;
}

int cvmm_sim_psci_set(struct sim_call *c, uint64_t val)
{
	uint32_t i;

	if (val > c->s->psci_max || (val == PSCI_0_1) == ((c->v->features & CVMM_ARM64_FEATURE_PSCI_0_2) != 0))
		return -EINVAL;
	for (i = 0; i < sizeof(psci_versions) / sizeof(psci_versions[0]) && psci_versions[i] != val; i++)
		;
	if (i == sizeof(psci_versions) / sizeof(psci_versions[0]))
		return -EINVAL;
	/* The kernel takes no lock for it. */
	atomic_store_explicit(&c->vm->psci, (uint32_t)val, memory_order_relaxed);
	return 0;
}

/* A CPU with SSBS has no firmware call for it; to a guest that does not see SSBS the kernel says that none is needed. */
uint64_t cvmm_sim_wa_get(struct sim_call *c, uint32_t item)
{
	const struct sim_item *it = &sim_items(c->s)[item];
	uint64_t host = sim_load64(sim_vals(c->s, c->v) + it->slot);

	if (it->arg != 2 || host & WA_LEVEL || c->s->pfr1 == SIM_NONE ||
		!(cvmm_sim_vm_default(c->s, c->v->features, c->s->pfr1) >> PFR1_SSBS & 15) ||
		cvmm_sim_id_field(c, c->s->pfr1, PFR1_SSBS))
		return host;
	return WA2_NOT_REQ;
}

/* Nothing is stored: the value is a claim about the host, which has to be true. */
int cvmm_sim_wa_set(struct sim_call *c, uint32_t item, uint64_t val)
{
	const struct sim_item *it = &sim_items(c->s)[item];
	uint64_t host = cvmm_sim_wa_get(c, item), level = val & WA_LEVEL;

	if (it->arg != 2)
		return val & ~WA_LEVEL || level > host ? -EINVAL : 0;
	if (val & ~(WA_LEVEL | WA2_ENABLED) || (val & WA2_ENABLED && level != WA2_AVAIL) || level > WA2_NOT_REQ)
		return -EINVAL;
	/* Two kinds of yes and two kinds of no. */
	return (level >= WA2_AVAIL ? WA2_NOT_REQ : 0) > (host & WA_LEVEL) ? -EINVAL : 0;
}

static uint64_t bmap_bits(struct sim_call *c, uint32_t item)
{
	uint64_t id = sim_items(c->s)[item].id;
	const struct cvmm_pair *p = cvmm_pair_find(c->s->profile->bits, c->s->profile->nbits, id);

	return p ? p->value : cvmm_sim_vm_default(c->s, c->v->features, item);
}

int cvmm_sim_bmap_set(struct sim_call *c, uint32_t item, uint64_t val)
{
	_Atomic uint64_t *cur = &sim_vm_vals(c->s, c->vm)[sim_items(c->s)[item].slot];
	int ret = 0;

	if (val & ~bmap_bits(c, item))
		return -EINVAL;
	sim_vm_lock(c);
	if (atomic_load_explicit(&c->vm->ran, memory_order_relaxed) &&
		atomic_load_explicit(cur, memory_order_relaxed) != val)
		ret = -EBUSY;
	else
		atomic_store_explicit(cur, val, memory_order_relaxed);
	sim_release(&c->vm->lock);
	return ret;
}
