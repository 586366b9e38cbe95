/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Interrupts: of every kind one that is pending when the guest is stopped, and one that was taken and not ended. On the
 * other side the registers have to be the same, and the pending ones have to arrive, the most urgent first. Nothing is
 * ever signalled: interrupts stay masked, the guest asks for them.
 */
#include "guest.h"

#define GITS	  0x08080000ul
#define RD(cpu)	  (GUEST_GICR + (cpu)*GUEST_GICR_STRIDE)
#define SGI_FRAME 0x10000ul
#define GICD_LPIS (1u << 17)
#define GIC_V3	  0x3bul

/* Tables in guest memory, 64 KiB each, behind what guest.ld uses. */
#define LPI_CONFIG  0x40080000ul
#define LPI_PENDING 0x40090000ul
#define ITS_DEVICES 0x400a0000ul
#define ITS_COLLECT 0x400b0000ul
#define ITS_QUEUE   0x400c0000ul
#define ITS_ENTRIES 0x400d0000ul

#define DEVICE	    1ul
#define EVENT	    3ul
#define LPI	    8195ul

/* Interrupts, from the most urgent to the least, and their priorities. */
#define SPI_TAKEN   40ul /* 0xa0 */
#define PPI	    20ul /* 0xb0: taken on vCPUs other than the first */
#define SPI_WAITS   75ul /* 0xc0 */
#define SGI	    3ul	 /* 0xd0 */
#define LPI_PRIO    0xe0
#define NONE	    1023ul

#define MRS(v, reg) __asm__ volatile("mrs %0, " reg : "=r"(v) : : "memory")
#define MSR(reg, v) __asm__ volatile("msr " reg ", %0\n\tisb" : : "r"(v) : "memory")
#define ICC_PMR	    "S3_0_C4_C6_0"
#define ICC_AP1R0   "S3_0_C12_C9_0"
#define ICC_DIR	    "S3_0_C12_C11_1"
#define ICC_RPR	    "S3_0_C12_C11_3"
#define ICC_SGI1R   "S3_0_C12_C11_5"
#define ICC_IAR1    "S3_0_C12_C12_0"
#define ICC_EOIR1   "S3_0_C12_C12_1"
#define ICC_HPPIR1  "S3_0_C12_C12_2"
#define ICC_BPR1    "S3_0_C12_C12_3"
#define ICC_CTLR    "S3_0_C12_C12_4"
#define ICC_IGRPEN1 "S3_0_C12_C12_7"

static u32 read32(u64 at)
{
	u32 v;

	__asm__ volatile("ldr %w0, [%1]" : "=r"(v) : "r"(at) : "memory");
	return v;
}

static u64 read64(u64 at)
{
	u64 v;

	__asm__ volatile("ldr %0, [%1]" : "=r"(v) : "r"(at) : "memory");
	return v;
}

static void write32(u64 at, u32 v)
{
	__asm__ volatile("str %w0, [%1]" : : "r"(v), "r"(at) : "memory");
}

static void write64(u64 at, u64 v)
{
	__asm__ volatile("str %0, [%1]\n\tdsb sy" : : "r"(v), "r"(at) : "memory");
}

static void write8(u64 at, u32 v)
{
	__asm__ volatile("strb %w0, [%1]\n\tdsb sy" : : "r"(v), "r"(at) : "memory");
}

/* A bit of a register with one bit per interrupt. */
static void set_bit(u64 base, u64 intid)
{
	write32(base + 4 * (intid / 32), 1u << intid % 32);
}

static int has_lpis(u64 cpu)
{
	return cpu == 0 && read32(GUEST_GICD + 4) & GICD_LPIS;
}

/* ---- an LPI through the ITS: the first vCPU's ---- */

static void command(u64 a, u64 b, u64 c)
{
	u64 at = read64(GITS + 0x88), end = (at + 32) % 4096, spins;

	write64(ITS_QUEUE + at, a);
	write64(ITS_QUEUE + at + 8, b);
	write64(ITS_QUEUE + at + 16, c);
	write64(ITS_QUEUE + at + 24, 0);
	write64(GITS + 0x88, end);
	for (spins = 0; read64(GITS + 0x90) != end && spins < 100000; spins++)
		;
}

static void its_setup(void)
{
	const u64 valid = 1ul << 63;

	write8(LPI_CONFIG + LPI - 8192, LPI_PRIO | 1);
	write64(RD(0) + 0x70, LPI_CONFIG | 13);
	write64(RD(0) + 0x78, LPI_PENDING);
	write32(RD(0), 1);
	write64(GITS + 0x80, valid | ITS_QUEUE);
	write64(GITS + 0x100, valid | ITS_DEVICES | 2 << 8); /* one page of 64 KiB */
	write64(GITS + 0x108, valid | ITS_COLLECT | 2 << 8);
	write32(GITS, 1);
	command(9, 0, valid);				   /* MAPC: collection 0 is the first vCPU */
	command(8 | DEVICE << 32, 4, valid | ITS_ENTRIES); /* MAPD: 32 events */
	command(0xa | DEVICE << 32, EVENT | LPI << 32, 0); /* MAPTI */
	command(0xd, 0, 0);				   /* INVALL */
}

static void lpi_raise(void)
{
	command(3 | DEVICE << 32, EVENT, 0); /* INT */
}

/* ---- everything else ---- */

static void shared_setup(void)
{
	write32(GUEST_GICD, 2);
	write32(GUEST_GICD + 0x84, 0xffffffff); /* group 1 */
	write32(GUEST_GICD + 0x88, 0xffffffff);
	write32(GUEST_GICD + 0xc08, 0xaaaaaaaa & ~(3u << 2 * (41 - 32))); /* 41 is triggered by level */
	write32(GUEST_GICD + 0xc10, 0xaaaaaaaa);
	write8(GUEST_GICD + 0x400 + SPI_TAKEN, 0xa0);
	write8(GUEST_GICD + 0x400 + 41, 0x90);
	write8(GUEST_GICD + 0x400 + SPI_WAITS, 0xc0);
	write64(GUEST_GICD + 0x6000 + 8 * SPI_TAKEN, 0);
	write64(GUEST_GICD + 0x6000 + 8 * SPI_WAITS, 0);
	write64(GUEST_GICD + 0x6000 + 8 * 76, 1);
	set_bit(GUEST_GICD + 0x100, SPI_TAKEN);
	set_bit(GUEST_GICD + 0x100, SPI_WAITS);
	set_bit(GUEST_GICD + 0x100, 76);
	set_bit(GUEST_GICD + 0x200, 41); /* pending, and not enabled */
}

static void own_setup(u64 cpu)
{
	u64 sgi = RD(cpu) + SGI_FRAME, ctlr;

	write32(sgi + 0x80, 0xffffffff);
	write8(sgi + 0x400 + PPI, 0xb0);
	write8(sgi + 0x400 + SGI, 0xd0);
	write32(sgi + 0x180, 1u << 6); /* an SGI that is switched off */
	write32(sgi + 0x100, 1u << PPI | 1u << SGI);
	MSR(ICC_PMR, 0xf0ul);
	MSR(ICC_BPR1, 3ul);
	MRS(ctlr, ICC_CTLR);
	MSR(ICC_CTLR, ctlr | 2); /* priority drop and the end of an interrupt apart */
	MSR(ICC_IGRPEN1, 1ul);
}

/* Pending ones, and the most urgent of them taken. */
static u64 raise_all(u64 cpu)
{
	u64 intid;

	write32(RD(cpu) + SGI_FRAME + 0x200, 1u << PPI);
	MSR(ICC_SGI1R, 1ul << cpu | SGI << 24);
	if (cpu == 0) {
		set_bit(GUEST_GICD + 0x200, SPI_TAKEN);
		set_bit(GUEST_GICD + 0x200, SPI_WAITS);
		if (has_lpis(cpu))
			lpi_raise();
	}
	__asm__ volatile("dsb sy" : : : "memory");
	MRS(intid, ICC_IAR1);
	return intid;
}

/* ---- what is looked at ---- */

enum frame { DIST, REDIST, ITS };

/* PPIs of the PMU, the maintenance interrupt and the timers follow their devices. */
#define PPIS_OF_DEVICES 0x7c800000ul

static const struct {
	const char *name;
	u64 mask;
	u32 frame, offset, bytes;
} fact[] = {
	{ "IRQ GICD_CTLR", ~0ul, DIST, 0x0, 4 },
	{ "IRQ GICD_IGROUPR1", ~0ul, DIST, 0x84, 4 },
	{ "IRQ GICD_IGROUPR2", ~0ul, DIST, 0x88, 4 },
	{ "IRQ GICD_ISENABLER1", ~0ul, DIST, 0x104, 4 },
	{ "IRQ GICD_ISENABLER2", ~0ul, DIST, 0x108, 4 },
	{ "IRQ GICD_ISPENDR1", ~0ul, DIST, 0x204, 4 },
	{ "IRQ GICD_ISPENDR2", ~0ul, DIST, 0x208, 4 },
	{ "IRQ GICD_ISACTIVER1", ~0ul, DIST, 0x304, 4 },
	{ "IRQ GICD_ISACTIVER2", ~0ul, DIST, 0x308, 4 },
	{ "IRQ GICD_IPRIORITYR10", ~0ul, DIST, 0x428, 4 },
	{ "IRQ GICD_IPRIORITYR18", ~0ul, DIST, 0x448, 4 },
	{ "IRQ GICD_ICFGR2", ~0ul, DIST, 0xc08, 4 },
	{ "IRQ GICD_ICFGR4", ~0ul, DIST, 0xc10, 4 },
	{ "IRQ GICD_IROUTER40", ~0ul, DIST, 0x6140, 8 },
	{ "IRQ GICD_IROUTER76", ~0ul, DIST, 0x6260, 8 },
	{ "IRQ GITS_CTLR", ~0ul, ITS, 0x0, 4 },
	{ "IRQ GITS_IIDR", ~0ul, ITS, 0x4, 4 },
	{ "IRQ GITS_TYPER", ~0ul, ITS, 0x8, 8 },
	{ "IRQ GITS_CBASER", ~0ul, ITS, 0x80, 8 },
	{ "IRQ GITS_CWRITER", ~0ul, ITS, 0x88, 8 },
	{ "IRQ GITS_CREADR", ~0ul, ITS, 0x90, 8 },
	{ "IRQ GITS_BASER0", ~0ul, ITS, 0x100, 8 },
	{ "IRQ GITS_BASER1", ~0ul, ITS, 0x108, 8 },
	{ "IRQ GICR_CTLR", ~0ul, REDIST, 0x0, 4 },
	{ "IRQ GICR_PROPBASER", ~0ul, REDIST, 0x70, 8 },
	{ "IRQ GICR_PENDBASER", ~0ul, REDIST, 0x78, 8 },
	{ "IRQ GICR_IGROUPR0", ~0ul, REDIST, 0x10080, 4 },
	{ "IRQ GICR_ISENABLER0", ~0ul, REDIST, 0x10100, 4 },
	{ "IRQ GICR_ISPENDR0", ~PPIS_OF_DEVICES, REDIST, 0x10200, 4 },
	{ "IRQ GICR_ISACTIVER0", ~PPIS_OF_DEVICES, REDIST, 0x10300, 4 },
	{ "IRQ GICR_IPRIORITYR0", ~0ul, REDIST, 0x10400, 4 },
	{ "IRQ GICR_IPRIORITYR5", ~0ul, REDIST, 0x10414, 4 },
	{ "IRQ GICR_ICFGR1", ~0ul, REDIST, 0x10c04, 4 },
};
#define NFACTS (sizeof(fact) / sizeof(fact[0]))

static const char *const icc_name[] = { "IRQ ICC_PMR_EL1", "IRQ ICC_BPR1_EL1", "IRQ ICC_CTLR_EL1",
	"IRQ ICC_IGRPEN1_EL1", "IRQ ICC_RPR_EL1", "IRQ ICC_AP1R0_EL1", "IRQ ICC_HPPIR1_EL1" };
#define NICC (sizeof(icc_name) / sizeof(icc_name[0]))

static struct seen {
	u64 fact[NFACTS];
	u64 icc[NICC];
	u64 armed;
} seen[GUEST_VCPUS_MAX];

/* The distributor is the first vCPU's to look at, and so is the ITS, if there is one. */
static int mine(u64 cpu, u32 frame)
{
	return frame == REDIST || (cpu == 0 && (frame == DIST || has_lpis(cpu)));
}

static void look(u64 cpu, struct seen *s)
{
	u32 i;

	for (i = 0; i < NFACTS; i++) {
		u64 base = fact[i].frame == DIST ? GUEST_GICD : fact[i].frame == ITS ? GITS : RD(cpu);

		s->fact[i] = 0;
		if (mine(cpu, fact[i].frame))
			s->fact[i] = fact[i].bytes == 8 ? read64(base + fact[i].offset) : read32(base + fact[i].offset);
		s->fact[i] &= fact[i].mask;
	}
	MRS(s->icc[0], ICC_PMR);
	MRS(s->icc[1], ICC_BPR1);
	MRS(s->icc[2], ICC_CTLR);
	MRS(s->icc[3], ICC_IGRPEN1);
	MRS(s->icc[4], ICC_RPR);
	MRS(s->icc[5], ICC_AP1R0);
	MRS(s->icc[6], ICC_HPPIR1);
}

static u64 expect(u64 cpu, const char *name, u64 was, u64 is)
{
	if (was == is)
		return 0;
	guest_say(cpu, "different: ", name, was, is);
	return 1;
}

/* Ends the one that is active, takes the others one by one: each has to be there, and then no more. */
static u64 drain(u64 cpu)
{
	static const u64 first[] = { SPI_TAKEN, PPI, SPI_WAITS, SGI, LPI }, other[] = { PPI, SGI };
	const u64 *want = cpu ? other : first;
	u64 n = cpu ? 2 : has_lpis(cpu) ? 5 : 4, i, intid = want[0], differences = 0;

	for (i = 1; i <= n; i++) {
		MSR(ICC_EOIR1, intid);
		MSR(ICC_DIR, intid);
		MRS(intid, ICC_IAR1);
		differences += expect(cpu, "IRQ that arrives", i < n ? want[i] : NONE, intid);
		if (intid == NONE)
			break;
	}
	return differences;
}

void guest_irq_arm(u64 cpu)
{
	struct seen *s = &seen[cpu];

	if (read32(GUEST_GICD + 0xffe8) != GIC_V3)
		return;
	if (!s->armed && cpu == 0) {
		shared_setup();
		if (has_lpis(cpu))
			its_setup();
	}
	if (!s->armed)
		own_setup(cpu);
	s->armed = 1;
	(void)expect(cpu, "IRQ that is taken", cpu ? PPI : SPI_TAKEN, raise_all(cpu));
	look(cpu, s);
}

u64 guest_irq_check(u64 cpu)
{
	struct seen now, *s = &seen[cpu];
	u64 differences = 0, i;

	if (!s->armed)
		return 0;
	look(cpu, &now);
	for (i = 0; i < NFACTS; i++)
		differences += expect(cpu, fact[i].name, s->fact[i], now.fact[i]);
	for (i = 0; i < NICC; i++)
		differences += expect(cpu, icc_name[i], s->icc[i], now.icc[i]);
	return differences + drain(cpu);
}
