/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Where the interrupt controllers are: addresses and regions, and the place of each vCPU's redistributor. */
#include "gic.h"

#define SZ_64K	     UINT64_C(0x10000)
#define REDIST_BYTES (2 * SZ_64K)
#define ITS_BYTES    (2 * SZ_64K)
#define REGION_FLAGS UINT64_C(0xf000)
#define REGION_BASE  UINT64_C(0xfffffffff0000)

static int check_range(const struct sim_vm *vm, uint64_t cur, uint64_t base, uint64_t align, uint64_t size)
{
	if (cur != GIC_UNSET)
		return -EEXIST;
	if (base % align || base + size < base)
		return -EINVAL;
	return base >> vm->ipa_bits || base + size > UINT64_C(1) << vm->ipa_bits ? -E2BIG : 0;
}

static int hits(uint64_t a, uint64_t an, uint64_t b, uint64_t bn)
{
	return a < b + bn && b < a + an;
}

static uint64_t region_bytes(const struct sim_call *c, const struct sim_region *r)
{
	return REDIST_BYTES * (r->count ? r->count : c->vm->nvcpus);
}

/* Do the distributor and the redistributors of the vCPUs that exist have places that fit together? */
int cvmm_gic_places_fit(const struct sim_call *c)
{
	const struct sim_gic *g = &c->vm->gic;
	uint32_t i;

	for (i = 0; i < g->nregions; i++) {
		const struct sim_region *r = &g->region[i];

		if (r->base + region_bytes(c, r) < r->base ||
			(!sim_oldest(c->s) && r->base + region_bytes(c, r) > UINT64_C(1) << c->vm->ipa_bits) ||
			(g->dist != GIC_UNSET && hits(g->dist, SZ_64K, r->base, region_bytes(c, r))))
			return 0;
	}
	return 1;
}

/* A vCPU's redistributor goes to the first region with room; without one it has no place. */
int cvmm_sim_gic_place(struct sim_call *c, struct sim_vcpu *v)
{
	struct sim_gic *g = &c->vm->gic;
	uint32_t i;

	if (g->type != GIC_V3 || v->rdist != GIC_UNSET)
		return 0;
	for (i = 0; i < g->nregions && g->region[i].count && g->region[i].taken == g->region[i].count; i++)
		;
	if (i == g->nregions)
		return 0;
	if (!cvmm_gic_places_fit(c))
		return -EINVAL;
	v->rdist = g->region[i].base + REDIST_BYTES * g->region[i].taken++;
	return 0;
}

static int place_all(struct sim_call *c)
{
	uint32_t i;
	int ret = 0;

	for (i = 0; ret == 0 && i < c->vm->nvcpus; i++)
		ret = cvmm_sim_gic_place(c, sim_vcpu(c->s, c->vm_idx, i));
	return ret;
}

static int add_region(struct sim_call *c, uint32_t index, uint64_t base, uint64_t count)
{
	struct sim_gic *g = &c->vm->gic;
	uint64_t size = REDIST_BYTES * count;
	uint32_t i;
	int ret;

	if (base + size < base)
		return -EINVAL;
	if (g->nregions) {
		if (!count != !g->region[0].count)
			return -EINVAL;
		if (!count)
			return sim_oldest(c->s) ? -EINVAL : -EEXIST;
	}
	if (index != g->nregions)
		return -EINVAL;
	if (!count && g->dist != GIC_UNSET && hits(base, size, g->dist, SZ_64K))
		return -EINVAL;
	for (i = 0; i < g->nregions; i++)
		if (hits(base, size, g->region[i].base, region_bytes(c, &g->region[i])))
			return -EINVAL;
	ret = check_range(c->vm, GIC_UNSET, base, SZ_64K, size);
	if (ret < 0)
		return ret;
	if (g->nregions == SIM_REGIONS)
		return -ENOMEM;
	g->region[g->nregions++] = (struct sim_region){ base, count, 0 };
	ret = place_all(c);
	/* The oldest kernels refuse it and have it all the same. */
	if (ret < 0 && !sim_oldest(c->s))
		g->nregions--;
	return ret;
}

static int set_region(struct sim_call *c, uint64_t v)
{
	if (v & REGION_FLAGS || !(v >> 52))
		return -EINVAL;
	return add_region(c, (uint32_t)(v & 0xfff), v & REGION_BASE, v >> 52);
}

static int get_region(struct sim_call *c, uint64_t *v)
{
	const struct sim_gic *g = &c->vm->gic;
	uint32_t i = (uint32_t)(*v & 0xfff);

	if (i >= g->nregions || !g->region[0].count)
		return -ENOENT;
	*v = i | g->region[i].base | g->region[i].count << 52;
	return 0;
}

/* Which attribute numbers a device has. */
static int addr_known(uint32_t type, uint64_t attr)
{
	switch (type) {
	case GIC_V2: return attr == 0 || attr == 1;
	case GIC_V3: return attr == 2 || attr == 3 || attr == 5;
	default: return attr == 4;
	}
}

static int set_addr(struct sim_call *c, uint64_t attr, uint64_t v)
{
	struct sim_gic *g = &c->vm->gic;
	uint64_t *where = attr == 1 ? &g->cpu : attr == 4 ? &g->its_base : &g->dist;
	uint64_t align = attr < 2 ? SIM_PAGE : SZ_64K;
	uint64_t size = attr == 0 ? SIM_PAGE : attr == 1 ? 2 * SIM_PAGE : attr == 4 ? ITS_BYTES : SZ_64K;
	int ret;

	if (attr == 3)
		return add_region(c, 0, v, 0);
	if (attr == 5)
		return set_region(c, v);
	ret = check_range(c->vm, *where, v, align, size);
	if (ret == 0)
		*where = v;
	return ret;
}

static int get_addr(struct sim_call *c, uint64_t attr, uint64_t *v)
{
	const struct sim_gic *g = &c->vm->gic;

	if (attr == 5)
		return get_region(c, v);
	*v = attr == 1 ? g->cpu : attr == 3 ? (g->nregions ? g->region[0].base : GIC_UNSET) : g->dist;
	return 0;
}

int cvmm_gic_addr(struct sim_call *c, uint32_t type, const struct cvmm_kvm_device_attr *a, enum gic_verb verb)
{
	uint64_t v;
	int ret;

	if (!addr_known(type, a->attr))
		return -ENXIO;
	if (verb == GIC_HAS)
		return 0;
	if (type == GIC_ITS && verb == GIC_GET)
		return -ENXIO;
	ret = sim_fetch(&v, a->addr, sizeof(v));
	if (ret < 0)
		return ret;
	if (verb == GIC_SET)
		return set_addr(c, a->attr, v);
	ret = get_addr(c, a->attr, &v);
	return ret < 0 ? ret : sim_put(a->addr, &v, sizeof(v));
}
