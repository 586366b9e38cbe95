/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The ITS: registers that are stored, with what KVM makes of their values. No command is carried out. */
#include "gic.h"

#define GITS_CTLR      0x0u
#define GITS_IIDR      0x4u
#define GITS_TYPER     0x8u
#define GITS_CBASER    0x80u
#define GITS_CWRITER   0x88u
#define GITS_CREADR    0x90u
#define GITS_BASER     0x100u
#define GITS_BASERS    8u
#define GITS_IDREGS    0xffd0u
#define ITS_IIDR       UINT64_C(0x4b00043b)
#define ITS_TYPER      UINT64_C(0x1ef71)
#define CTLR_ENABLE    UINT64_C(1)
#define CTLR_QUIET     UINT64_C(0x80000000)
#define VALID	       UINT64_C(0x8000000000000000)
#define INDIRECT       UINT64_C(0x4000000000000000)
#define BASER_FIXED    UINT64_C(0x071f000000000000) /* type of table, bytes of an entry */
#define BASER_PAGE     UINT64_C(0x300)
#define BASER_PAGE_64K UINT64_C(0x200)
#define OFFSET_MASK    UINT64_C(0xfffe0)
#define QUEUE_PAGES    UINT64_C(0xff)

enum { CTLR, CBASER, CWRITER, CREADR, DEVICES, COLLECTIONS };

/* Write-back or non-cacheable memory only, inner shareable instead of outer. */
static uint64_t memory(uint64_t val)
{
	uint64_t inner = val >> 59 & 7, outer = val >> 53 & 7, share = val >> 10 & 3;

	inner = inner < 2 ? 3 : inner;
	outer = outer > 1 ? 0 : outer;
	share = share == 2 ? 1 : share;
	val &= ~(UINT64_C(7) << 59 | UINT64_C(7) << 53 | UINT64_C(3) << 10);
	return val | inner << 59 | outer << 53 | share << 10;
}

/* Tables of devices and of collections: type and size of an entry are fixed, pages have 64 KiB. */
static uint64_t baser(uint64_t val, int collections)
{
	val &= ~(BASER_FIXED | (collections ? INDIRECT : 0));
	val |= UINT64_C(7) << 48 | UINT64_C(1) << (collections ? 58 : 56);
	return (memory(val) & ~BASER_PAGE) | BASER_PAGE_64K;
}

void cvmm_gic_its_reset(struct sim_gic *g)
{
	const uint64_t fresh = UINT64_C(3) << 59 | UINT64_C(1) << 10;

	memset(g->itsreg, 0, sizeof(g->itsreg));
	g->itsreg[DEVICES] = baser(fresh, 0);
	g->itsreg[COLLECTIONS] = baser(fresh, 1);
}

static int outside_queue(const struct sim_gic *g, uint64_t off)
{
	return off >= ((g->itsreg[CBASER] & QUEUE_PAGES) + 1) * SIM_PAGE;
}

static int its_write(struct sim_gic *g, uint32_t off, uint64_t val)
{
	uint64_t *r = g->itsreg;
	int on = (r[CTLR] & CTLR_ENABLE) != 0;

	switch (off) {
	case GITS_CTLR:
		/* Without its tables and its queue the ITS stays off. */
		if (!on && val & CTLR_ENABLE && !(r[DEVICES] & r[COLLECTIONS] & r[CBASER] & VALID))
			return 0;
		r[CTLR] = val & CTLR_ENABLE;
		return 0;
	/* The revision of the tables' layout: 0 is the only one. */
	case GITS_IIDR: return val & REV_MASK ? -EINVAL : 0;
	case GITS_CBASER:
		if (on)
			return 0;
		r[CBASER] = memory(val) & ~UINT64_C(0xf000);
		r[CREADR] = r[CWRITER] = 0;
		return 0;
	case GITS_CWRITER:
		if (!outside_queue(g, val & OFFSET_MASK))
			r[CWRITER] = val & OFFSET_MASK;
		return 0;
	case GITS_CREADR:
		if (on)
			return -EBUSY;
		if (outside_queue(g, val & OFFSET_MASK))
			return -EINVAL;
		r[CREADR] = val & OFFSET_MASK;
		return 0;
	case GITS_BASER:
	case GITS_BASER + 8:
		if (!on)
			r[off == GITS_BASER ? DEVICES : COLLECTIONS] = baser(val, off != GITS_BASER);
		return 0;
	default: return 0;
	}
}

static uint64_t its_read(const struct sim_gic *g, uint32_t off)
{
	const uint64_t *r = g->itsreg;

	switch (off) {
	case GITS_CTLR: return r[CTLR] | (r[CREADR] == r[CWRITER] ? CTLR_QUIET : 0);
	case GITS_IIDR: return ITS_IIDR;
	case GITS_TYPER: return ITS_TYPER;
	case GITS_CBASER: return r[CBASER];
	case GITS_CWRITER: return r[CWRITER];
	case GITS_CREADR: return r[CREADR];
	case GITS_BASER: return r[DEVICES];
	case GITS_BASER + 8: return r[COLLECTIONS];
	case 0xffe8: return 0x3b;
	default: return 0;
	}
}

/* 32-bit registers before GITS_TYPER and from the identification registers on, 64 bits between. */
static int known(uint64_t off)
{
	return off <= GITS_TYPER || (off >= GITS_CBASER && off <= GITS_CREADR) ||
	       (off >= GITS_BASER && off < GITS_BASER + 8 * GITS_BASERS) || (off >= GITS_IDREGS && off < 0x10000);
}

int cvmm_gic_its_reg(struct sim_call *c, const struct cvmm_kvm_device_attr *a, enum gic_verb verb)
{
	struct sim_gic *g = &c->vm->gic;
	uint64_t val = 0, align = a->attr < GITS_TYPER || a->attr >= GITS_IDREGS ? 3 : 7;
	int ret;

	if (a->group != GRP_ITS_REGS)
		return -ENXIO;
	if (a->attr & align)
		return -EINVAL;
	if (g->its_base == GIC_UNSET || !known(a->attr))
		return -ENXIO;
	if (verb == GIC_GET) {
		val = its_read(g, (uint32_t)a->attr);
		return sim_put(a->addr, &val, sizeof(val));
	}
	ret = sim_fetch(&val, a->addr, sizeof(val));
	return ret < 0 ? ret : its_write(g, (uint32_t)a->attr, val);
}
