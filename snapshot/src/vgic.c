/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The interrupt controller, captured: which registers there are depends on what the embedding VMM asked for. */
#include <cvmm/kvm-ioctls/arm64.h>
#include <cvmm/kvm-ioctls/device.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vgic.h>

#include <errno.h>

#include "vgic.h"

#define PRIBITS(ctlr) (((uint32_t)(ctlr) >> 8 & 7) + 1)
#define ICC(crn, crm, op2) \
	CVMM_VGIC_REG(CVMM_VGIC_CPU_SYSREGS, CVMM_REG_U64, CVMM_ARM64_SYS(3, 0, crn, crm, op2) & 0xffff)
#define ICH(crm, op2)	   CVMM_VGIC_REG(CVMM_VGIC_CPU_SYSREGS, CVMM_REG_U64, CVMM_ARM64_SYS(3, 4, 12, crm, op2) & 0xffff)
#define GICD(size, offset) CVMM_VGIC_REG(CVMM_VGIC_DIST_REGS, CVMM_REG_##size, offset)
#define GICR(size, offset) CVMM_VGIC_REG(CVMM_VGIC_REDIST_REGS, CVMM_REG_##size, offset)
#define GITS(offset)	   CVMM_VGIC_REG(CVMM_VGIC_ITS_REGS, CVMM_REG_U64, offset)
#define LINE(intid)	   CVMM_VGIC_REG(CVMM_VGIC_LEVEL_INFO, CVMM_REG_U32, intid)

/* One of each. */
static const uint64_t vm_single[] = {
	CVMM_VGIC_REG(CVMM_VGIC_ADDR, CVMM_REG_U64, CVMM_VGIC_ADDR_DIST),
	CVMM_VGIC_REG(CVMM_VGIC_ADDR, CVMM_REG_U64, CVMM_VGIC_ADDR_REDIST), CVMM_VGIC_NR_IRQS_ID,
	GICD(U32, 0x0), /* CTLR */
	GICD(U32, 0x4), /* TYPER */
	GICD(U32, 0xc), /* TYPER2 */
};

/* One for each 32 SPIs: id of bank 0, distance to the next. */
static const struct {
	uint64_t first;
	uint32_t step;
} vm_bank[] = {
	{ GICD(U32, 0x80), 4 },	      /* IGROUPR */
	{ GICD(U32, 0x100), 4 },      /* ISENABLER */
	{ GICD(U32, 0x200), 4 },      /* ISPENDR */
	{ GICD(U32, 0x300), 4 },      /* ISACTIVER */
	{ GICD(U256, 0x400), 32 },    /* IPRIORITYR */
	{ GICD(U64, 0xc00), 8 },      /* ICFGR */
	{ GICD(U2048, 0x6000), 256 }, /* IROUTER */
	{ LINE(0), 32 },
};

static const uint64_t its_single[] = {
	GITS(0x0),   /* CTLR */
	GITS(0x8),   /* TYPER */
	GITS(0x80),  /* CBASER */
	GITS(0x88),  /* CWRITER */
	GITS(0x90),  /* CREADR */
	GITS(0x100), /* BASER0, devices */
	GITS(0x108), /* BASER1, collections */
	CVMM_VGIC_ITS_TABLES,
};

static const uint64_t vcpu_single[] = {
	GICR(U32, 0x0),					       /* CTLR */
	GICR(U64, 0x8),					       /* TYPER */
	GICR(U64, 0x70),				       /* PROPBASER */
	GICR(U64, 0x78),				       /* PENDBASER */
	GICR(U32, 0x10080),				       /* IGROUPR0 */
	GICR(U32, 0x10100),				       /* ISENABLER0 */
	GICR(U32, 0x10200),				       /* ISPENDR0 */
	GICR(U32, 0x10300),				       /* ISACTIVER0 */
	GICR(U256, 0x10400),				       /* IPRIORITYR */
	GICR(U64, 0x10c00),				       /* ICFGR */
	LINE(0), ICC(4, 6, 0),				       /* PMR */
	ICC(12, 8, 3),					       /* BPR0 */
	ICC(12, 12, 3),					       /* BPR1 */
	CVMM_VGIC_ICC_CTLR, CVMM_VGIC_ICC_SRE, ICC(12, 12, 6), /* IGRPEN0 */
	ICC(12, 12, 7),					       /* IGRPEN1 */
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

int cvmm_machine_vgic(
	struct cvmm_machine *m, struct cvmm_device gic, const struct cvmm_device *its, struct cvmm_error *e)
{
	if (m->arch != CVMM_ARCH_ARM64)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_WRONG_ARCH);
	if (gic.fd < 0 || gic.be != m->vm.be || (its && (its->fd < 0 || its->be != m->vm.be)))
		return cvmm_fail(e, -EINVAL, CVMM_REASON_ARGUMENT);
	m->gic = gic;
	m->its = (struct cvmm_device){ .fd = -1 };
	if (its)
		m->its = *its;
	m->vgic = CVMM_VGIC_GIVEN;
	return 0;
}

void cvmm_machine_leave_vgic(struct cvmm_machine *m)
{
	m->vgic = CVMM_VGIC_LEFT;
}

static int is_given(const struct cvmm_machine *m)
{
	return m->vgic == CVMM_VGIC_GIVEN;
}

static int has_el2(const struct cvmm_machine *m)
{
	return (m->features & CVMM_ARM64_FEATURE_HAS_EL2) != 0;
}

static int affinity_of(struct cvmm_vcpu vcpu, uint32_t *affinity, struct cvmm_error *e)
{
	uint64_t mpidr;
	int ret = cvmm_vcpu_get_one_reg(vcpu, CVMM_ARM64_MPIDR_EL1, &mpidr, sizeof(mpidr), e);

	if (ret == 0)
		*affinity = cvmm_vgic_affinity(mpidr);
	return ret;
}

static int record(const struct cvmm_machine *m, uint32_t property, struct cvmm_device dev, struct cvmm_error *e)
{
	return cvmm_vm_regs_knob_record(m->regs, dev, cvmm_vm_reg_from_id(CVMM_ARM64_PROPERTY(property)), e);
}

static int ask_sizes(struct capture *c, struct cvmm_error *e)
{
	uint8_t nr[4], ctlr[8];
	uint32_t affinity;
	int ret = affinity_of(c->m->vcpu[0], &affinity, e);

	if (ret == 0)
		ret = cvmm_device_get_vgic_reg(c->m->gic, CVMM_VGIC_NR_IRQS_ID, 0, nr, e);
	if (ret == 0)
		ret = cvmm_device_get_vgic_reg(c->m->gic, CVMM_VGIC_ICC_CTLR, affinity, ctlr, e);
	if (ret < 0)
		return ret;
	c->banks = (uint32_t)cvmm_load_le(nr, sizeof(nr)) / 32;
	if (c->banks > CVMM_VGIC_BANKS_MAX)
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_LIMIT, CVMM_VGIC_NR_IRQS_ID, c->banks * 32);
	/* Priorities of so many bits have as many bits of active ones. */
	c->aprs = PRIBITS(cvmm_load_le(ctlr, sizeof(ctlr))) > 6	  ? 4
		  : PRIBITS(cvmm_load_le(ctlr, sizeof(ctlr))) > 5 ? 2
								  : 1;
	return 0;
}

int cvmm_vgic_survey(struct capture *c, struct cvmm_error *e)
{
	int ret;

	if (!is_given(c->m))
		return 0;
	ret = ask_sizes(c, e);
	if (ret == 0)
		ret = record(c->m, CVMM_ARM64_PROPERTY_GICD_IIDR, c->m->gic, e);
	if (ret == 0 && c->m->its.fd >= 0)
		ret = record(c->m, CVMM_ARM64_PROPERTY_GITS_IIDR, c->m->its, e);
	return ret;
}

static uint32_t take(uint64_t *id, uint32_t n, const uint64_t *list, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		id[n++] = list[i];
	return n;
}

static uint32_t take_row(uint64_t *id, uint32_t n, uint64_t first, uint32_t step, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		id[n++] = first + (uint64_t)i * step;
	return n;
}

uint32_t cvmm_vgic_vm_ids(const struct capture *c, uint64_t *id)
{
	uint32_t i, n = 0;

	if (!is_given(c->m))
		return 0;
	n = take(id, n, vm_single, COUNT(vm_single));
	for (i = 0; i < COUNT(vm_bank); i++)
		n = take_row(id, n, vm_bank[i].first + vm_bank[i].step, vm_bank[i].step, c->banks - 1);
	if (has_el2(c->m))
		id[n++] = CVMM_VGIC_MAINT_IRQ_ID;
	return c->m->its.fd >= 0 ? take(id, n, its_single, COUNT(its_single)) : n;
}

uint32_t cvmm_vgic_vcpu_ids(const struct capture *c, uint64_t *id)
{
	uint32_t n = 0;

	if (!is_given(c->m))
		return 0;
	n = take(id, n, vcpu_single, COUNT(vcpu_single));
	n = take_row(id, n, ICC(12, 8, 4), 1, c->aprs);
	n = take_row(id, n, ICC(12, 9, 0), 1, c->aprs);
	if (!has_el2(c->m))
		return n;
	n = take_row(id, n, ICH(8, 0), 1, c->aprs);
	n = take_row(id, n, ICH(9, 0), 1, c->aprs);
	n = take_row(id, n, ICH(12, 0), 1, 16);
	id[n++] = ICH(11, 0);
	id[n++] = ICH(11, 7);
	return n;
}

int cvmm_vgic_flush(const struct capture *c, struct cvmm_error *e)
{
	return is_given(c->m)
		       ? cvmm_device_set_attr(c->m->gic, CVMM_VGIC_CTRL, CVMM_VGIC_CTRL_SAVE_PENDING_TABLES, NULL, e)
		       : 0;
}

int cvmm_vgic_read_vm(const struct capture *c, const struct cvmm_item *item, struct cvmm_error *e)
{
	uint32_t group = cvmm_vgic_group(item->id);
	int its = group == CVMM_VGIC_ITS_REGS || group == CVMM_VGIC_CTRL;

	return cvmm_vm_vgic_get(
		its ? c->m->its : c->m->gic, cvmm_vm_reg_from_id(item->id), c->vm_col + item->off, item->size, e);
}

int cvmm_vgic_read_vcpu(const struct capture *c, uint32_t index, struct cvmm_error *e)
{
	uint8_t *col = c->col + (size_t)c->column * c->stride;
	uint32_t i, affinity;
	int ret;

	if (!is_given(c->m))
		return 0;
	ret = affinity_of(c->m->vcpu[index], &affinity, e);
	for (i = 0; ret == 0 && i < c->n; i++)
		if (cvmm_reg_is_vgic(c->item[i].id))
			ret = cvmm_vcpu_vgic_get(c->m->gic, affinity, cvmm_vcpu_reg_from_id(c->item[i].id),
				col + c->item[i].off, c->item[i].size, e);
	if (ret < 0 && e)
		e->vcpu = c->m->vcpu[index].id;
	return ret;
}
