/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Registers of the interrupt controllers: stored state with the aliases that save and restore depend on. */
#include "gic.h"

#define GICD_CTLR    0x0u
#define GICD_TYPER   0x4u
#define GICD_IIDR    0x8u
#define GICD_TYPER2  0xcu
#define GICD_STATUSR 0x10u
#define GICD_ICFGR_N 64u
#define EDGE	     0xaaaaaaaau
#define GIC_PIDR2    0xffe8u
#define V2_ENABLE    1u
#define V3_ENABLE    2u
#define V3_CTLR	     0x50u /* one security state, affinity routing */
#define V3_PIDR2     0x3bu
#define V3_REV_RDIST 3u /* from this revision on GICR_CTLR says that LPIs can be switched off again */
#define GICR_CTLR_V3 0x6u
#define REV_SHIFT    12
#define TYPER_V3     0x00480000u /* 8 id bits more than 16, as every recording shows */
#define TYPER_ITS    0x007a0000u /* LPIs, and as many id bits as they take: 6.1 to 7.3 with an ITS */

void cvmm_gic_reset(struct sim *s, struct sim_vm *vm, uint32_t type)
{
	struct sim_gic *g = &vm->gic;
	uint32_t its = g->its, its_inited = g->its_inited, maint = g->maint;
	uint64_t its_base = g->its_base;
	uint32_t i;

	memset(g, 0, sizeof(*g));
	g->type = type;
	g->its = its;
	g->its_inited = its_inited;
	g->its_base = its_base;
	g->maint = maint; /* a run that failed for want of a VGIC has chosen one already */
	g->dist = g->redist = g->cpu = GIC_UNSET;
	g->iidr = (uint32_t)sim_trait(s, CVMM_TRAIT_IIDR_VALUE);
	for (i = 2; i < GICD_ICFGR_N; i++)
		g->gicd[GICD_ICFGR / 4 + i] = EDGE;
}

/* Bit registers with a set and a clear name: { set offset, clear offset }, 0x80 bytes each. */
static uint32_t alias_of(uint32_t off, int *clear)
{
	*clear = 0;
	if ((off >= 0x180 && off < 0x200) || (off >= 0x380 && off < 0x400)) {
		*clear = 1;
		return off - 0x80;
	}
	return off;
}

static int dist_word(uint32_t off, uint32_t *word)
{
	*word = 0;
	if (off & 3)
		return -EINVAL;
	if (off == GIC_PIDR2)
		return 0;
	if (off < 0x1000)
		*word = off / 4;
	else if (off >= 0x6000 && off < 0x8000)
		*word = 0x400 + (off - 0x6000) / 4;
	else
		return -ENXIO;
	return 0;
}

static uint32_t dist_typer(const struct sim_call *c)
{
	const struct sim_gic *g = &c->vm->gic;
	uint32_t lines = (g->nr_irqs ? g->nr_irqs : 256) / 32 - 1;

	if (g->type == GIC_V3)
		return lines | (g->its ? TYPER_ITS : TYPER_V3);
	return lines | (c->vm->nvcpus ? c->vm->nvcpus - 1 : 0) << 5;
}

/* The guest-ABI revision: each kernel has its own idea of which ones it takes and which it keeps. */
static int set_iidr(struct sim_call *c, uint32_t val)
{
	struct sim_gic *g = &c->vm->gic;
	uint32_t base = (uint32_t)sim_trait(c->s, CVMM_TRAIT_IIDR_VALUE), rev = (val & REV_MASK) >> REV_SHIFT;

	if ((val ^ base) & ~REV_MASK || !(sim_trait(c->s, CVMM_TRAIT_IIDR_ACCEPT) >> rev & 1))
		return -EINVAL;
	if (sim_trait(c->s, CVMM_TRAIT_IIDR_KEEP) >> rev & 1)
		g->iidr = val;
	return 0;
}

static uint32_t dist_read(struct sim_call *c, uint32_t off, uint32_t word)
{
	const struct sim_gic *g = &c->vm->gic;
	int v3 = g->type == GIC_V3;

	switch (off) {
	case GICD_CTLR: return g->gicd[word] | (v3 ? V3_CTLR : 0);
	case GICD_IIDR: return g->iidr;
	case GICD_TYPER: return dist_typer(c);
	case GICD_TYPER2: return 0;
	case GICD_STATUSR: return v3 ? UINT32_MAX : 0;
	case GIC_PIDR2: return v3 ? V3_PIDR2 : 0;
	default: return off >= 0x280 && off < 0x300 ? 0 : g->gicd[word];
	}
}

static int dist_reg(struct sim_call *c, uint32_t off, uint32_t *val, enum gic_verb verb)
{
	struct sim_gic *g = &c->vm->gic;
	uint32_t word, bits = *val;
	int clear, absent = dist_word(alias_of(off, &clear), &word) < 0;

	if (!g->inited && g->type == GIC_V3 &&
		!((off == GICD_IIDR || off == GICD_TYPER2) && sim_trait(c->s, CVMM_TRAIT_IIDR_EARLY)))
		return -EBUSY;
	/* What is not there reads 0 and takes any value. */
	if (absent) {
		*val = 0;
		return 0;
	}
	if (off == GICD_IIDR && verb == GIC_SET)
		return set_iidr(c, bits);
	if (verb == GIC_GET) {
		*val = dist_read(c, off, word);
		return 0;
	}
	if (off == GICD_TYPER2)
		return !bits ? 0 : g->inited && sim_trait(c->s, CVMM_TRAIT_IIDR_EARLY) ? -EBUSY : -EINVAL;
	if (off == GICD_TYPER || off == GICD_STATUSR || off == GIC_PIDR2 || (off >= 0x280 && off < 0x300))
		return 0;
	if (off == GICD_CTLR)
		bits &= g->type == GIC_V3 ? V3_ENABLE : V2_ENABLE;
	if (clear)
		g->gicd[word] &= ~bits;
	else if ((off >= 0x100 && off < 0x180) || (off >= 0x300 && off < 0x380))
		g->gicd[word] |= bits;
	else
		g->gicd[word] = bits;
	return 0;
}

/* ---- redistributors ---- */

/* { offset, words, first word of storage } */
static const struct {
	uint32_t off, n, at;
} redist[] = {
	{ 0x0, 1, 0 },	    /* CTLR */
	{ 0x10, 1, 1 },	    /* STATUSR */
	{ 0x14, 1, 2 },	    /* WAKER */
	{ 0x70, 2, 3 },	    /* PROPBASER */
	{ 0x78, 2, 5 },	    /* PENDBASER */
	{ 0x10080, 1, 7 },  /* IGROUPR0 */
	{ 0x10100, 1, 8 },  /* ISENABLER0 */
	{ 0x10180, 1, 8 },  /* ICENABLER0 */
	{ 0x10200, 1, 9 },  /* ISPENDR0 */
	{ 0x10280, 1, 10 }, /* ICPENDR0 */
	{ 0x10300, 1, 11 }, /* ISACTIVER0 */
	{ 0x10380, 1, 11 }, /* ICACTIVER0 */
	{ 0x10400, 8, 12 }, /* IPRIORITYR0-7 */
	{ 0x10c00, 2, 20 }, /* ICFGR0-1 */
	{ 0x10d00, 1, 22 }, /* IGRPMODR0 */
	{ 0x4, 1, 23 },	    /* IIDR */
	{ 0x8, 2, 24 },	    /* TYPER */
	{ 0xffe8, 1, 26 },  /* PIDR2 */
};

static int redist_word(uint32_t off, uint32_t *word)
{
	uint32_t i;

	for (i = 0; i < sizeof(redist) / sizeof(redist[0]); i++)
		if (off >= redist[i].off && off < redist[i].off + 4 * redist[i].n) {
			*word = redist[i].at + (off - redist[i].off) / 4;
			return off & 3 ? -EINVAL : 0;
		}
	return -ENXIO;
}

/* The vCPU with this affinity; bits 63:32 of an attribute are Aff3 to Aff0. */
struct sim_vcpu *cvmm_gic_by_affinity(struct sim_call *c, uint64_t attr, uint32_t *idx)
{
	uint32_t aff = (uint32_t)(attr >> 32), i;

	for (i = 0; i < c->vm->nvcpus; i++) {
		struct sim_vcpu *v = sim_vcpu(c->s, c->vm_idx, i);
		uint64_t mpidr;

		/* Before KVM_ARM_VCPU_INIT every vCPU has affinity 0. */
		if (c->s->mpidr == SIM_NONE)
			continue;
		mpidr = sim_load64(sim_vals(c->s, v) + sim_items(c->s)[c->s->mpidr].slot);
		if (((mpidr & 0xffffff) | (mpidr >> 32 & 0xff) << 24) == aff) {
			*idx = i;
			return v;
		}
	}
	return NULL;
}

static uint64_t redist_typer(struct sim_call *c, uint64_t attr, uint32_t idx)
{
	return (attr >> 32) << 32 | (uint64_t)idx << 8 | (idx + 1 == c->vm->nvcpus ? 0x10 : 0) |
	       (c->vm->gic.its ? 1 : 0);
}

static int redist_reg(struct sim_call *c, uint64_t attr, uint32_t *val, enum gic_verb verb)
{
	uint32_t off = (uint32_t)attr, word, idx = 0;
	struct sim_vcpu *v = cvmm_gic_by_affinity(c, attr, &idx);
	int ret;

	if (!v)
		return -EINVAL;
	if (!c->vm->gic.inited)
		return -EBUSY;
	ret = redist_word(off, &word);
	if (ret < 0)
		return ret;
	if (verb == GIC_GET) {
		uint64_t typer = redist_typer(c, attr, idx);

		switch (off) {
		case 0x0:
			*val = v->gicr[word];
			if ((c->vm->gic.iidr & REV_MASK) >> REV_SHIFT >= V3_REV_RDIST)
				*val |= GICR_CTLR_V3;
			break;
		case 0x4: *val = c->vm->gic.iidr & ~REV_MASK; break;
		case 0x8: *val = (uint32_t)typer; break;
		case 0xc: *val = (uint32_t)(typer >> 32); break;
		case GIC_PIDR2: *val = V3_PIDR2; break;
		case 0x10280: *val = 0; break;
		default: *val = v->gicr[word]; break;
		}
		return 0;
	}
	switch (off) {
	case 0x4:
	case 0x8:
	case 0xc:
	case GIC_PIDR2:
	case 0x10280: return 0;
	case 0x0: v->gicr[word] = *val & (c->vm->gic.its ? 1 : 0); return 0;
	case 0x10180:
	case 0x10380: v->gicr[word] &= ~*val; return 0;
	case 0x10100:
	case 0x10300: v->gicr[word] |= *val; return 0;
	default: v->gicr[word] = *val; return 0;
	}
}

/* A register needs its vCPU: the distributor the first, all else the one with the affinity. */
int cvmm_gic_no_vcpu(struct sim_call *c, uint32_t type, const struct cvmm_kvm_device_attr *a)
{
	uint32_t idx;

	if (type != GIC_V3 ||
		(a->group != GRP_DIST_REGS && a->group != GRP_REDIST_REGS && a->group != GRP_CPU_SYSREGS &&
			a->group != GRP_LEVEL_INFO && a->group != GRP_MAINT_IRQ))
		return 0;
	return a->group == GRP_DIST_REGS ? !c->vm->nvcpus : !cvmm_gic_by_affinity(c, a->attr, &idx);
}

int cvmm_gic_has_reg(struct sim_call *c, uint32_t type, const struct cvmm_kvm_device_attr *a)
{
	uint32_t off = (uint32_t)a->attr, word;
	int ret = -ENXIO, clear;

	if (cvmm_gic_no_vcpu(c, type, a))
		return -EINVAL;

	if (a->group == GRP_DIST_REGS && type != GIC_ITS)
		ret = dist_word(alias_of(off, &clear), &word);
	else if (a->group == GRP_REDIST_REGS && type == GIC_V3)
		ret = redist_word(off, &word);
	else if (a->group == GRP_CPU_SYSREGS && type == GIC_V3)
		ret = cvmm_gic_icc_index(off);
	else if (a->group == GRP_LEVEL_INFO && type == GIC_V3)
		ret = off >> 10 ? -ENXIO : 0;
	else if (a->group == GRP_CPU_REGS && type == GIC_V2)
		ret = 0;
	else if (a->group == GRP_ITS_REGS && type == GIC_ITS)
		ret = 0;
	return ret < 0 ? -ENXIO : 0;
}

int cvmm_gic_reg(struct sim_call *c, uint32_t type, const struct cvmm_kvm_device_attr *a, enum gic_verb verb)
{
	uint32_t val = 0;
	int ret;

	if (cvmm_gic_no_vcpu(c, type, a))
		return -EINVAL;
	if (a->group == GRP_CPU_SYSREGS)
		return type == GIC_V3 ? cvmm_gic_cpu_sysreg(c, a, verb) : -ENXIO;
	ret = verb == GIC_SET ? sim_fetch(&val, a->addr, sizeof(val)) : 0;
	if (ret < 0)
		return ret;
	if (a->group == GRP_DIST_REGS)
		ret = dist_reg(c, (uint32_t)a->attr, &val, verb);
	else if (a->group == GRP_REDIST_REGS && type == GIC_V3)
		ret = redist_reg(c, a->attr, &val, verb);
	else if (a->group == GRP_LEVEL_INFO && type == GIC_V3)
		ret = cvmm_gic_level(c, a->attr, &val, verb);
	else if (a->group == GRP_CPU_REGS && type == GIC_V2)
		ret = cvmm_gic_v2_cpu_reg(c, a->attr, &val, verb);
	else
		ret = -ENXIO;
	return ret < 0 || verb == GIC_SET ? ret : sim_put(a->addr, &val, sizeof(val));
}
