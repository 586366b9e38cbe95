/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: KVM's VGICv3 and ITS: attribute numbers, and registers by id
 *
 * KVM reaches the registers of its GICv3 through attributes of a device fd: a group says which block of registers, the
 * attribute which register and, where each vCPU has its own, whose. Here each of them has an id like every other
 * register, so that lists, snapshots, plans and names treat them alike: bits 51:32 are 0x10 plus KVM's group, bits 31:0
 * the low half of KVM's attribute. No kernel accepts such an id through ONE_REG (arm64: bits 51:32 not zero).
 *
 * A *bank* is what a family of registers says about 32 interrupts, INTIDs 32n to 32n + 31, as one value: 4 bytes of
 * GICD_ISENABLER, 8 of GICD_ICFGR, 32 of GICD_IPRIORITYR, 256 of GICD_IROUTER.
 */
#ifndef CVMM_KVM_IOCTLS_VGIC_H
#define CVMM_KVM_IOCTLS_VGIC_H

#include <cvmm/kvm-ioctls/handle.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/row.h>

CVMM_BEGIN_DECLS

/** Attribute groups of CVMM_DEV_ARM_VGIC_V3 and CVMM_DEV_ARM_VGIC_ITS, as KVM numbers them. */
enum cvmm_vgic_group {
	CVMM_VGIC_ADDR = 0,	   /* 8 bytes: where a block of registers lies; see enum cvmm_vgic_addr */
	CVMM_VGIC_DIST_REGS = 1,   /* 4 bytes: distributor, at the attribute's offset */
	CVMM_VGIC_NR_IRQS = 3,	   /* 4 bytes: INTIDs below this exist; 64 to 992, a multiple of 32; before CTRL_INIT */
	CVMM_VGIC_CTRL = 4,	   /* no value: see enum cvmm_vgic_ctrl */
	CVMM_VGIC_REDIST_REGS = 5, /* 4 bytes: a vCPU's redistributor */
	CVMM_VGIC_CPU_SYSREGS = 6, /* 8 bytes: a vCPU's ICC registers, by their encoding */
	CVMM_VGIC_LEVEL_INFO = 7,  /* 4 bytes: input lines of 32 interrupts from the attribute's INTID on */
	CVMM_VGIC_ITS_REGS = 8,	   /* 8 bytes: of an ITS, at the attribute's offset */
	CVMM_VGIC_MAINT_IRQ = 9,   /* 4 bytes: the PPI that an EL2 guest's hypervisor gets; before CTRL_INIT */
};

/** Attributes of CVMM_VGIC_ADDR. The ITS's cannot be read back. */
enum cvmm_vgic_addr {
	CVMM_VGIC_ADDR_DIST = 2,	  /* 64 KiB */
	CVMM_VGIC_ADDR_REDIST = 3,	  /* 128 KiB for each vCPU, one region */
	CVMM_VGIC_ADDR_ITS = 4,		  /* 128 KiB, on the ITS's fd */
	CVMM_VGIC_ADDR_REDIST_REGION = 5, /* one of several regions: vCPUs << 52 | address | index */
};

/**
 * enum cvmm_vgic_ctrl - attributes of CVMM_VGIC_CTRL: commands, written with NULL as value
 * @CVMM_VGIC_CTRL_INIT:                after the last vCPU was created; on an ITS too
 * @CVMM_VGIC_CTRL_ITS_SAVE_TABLES:     an ITS writes its tables into guest memory
 * @CVMM_VGIC_CTRL_ITS_RESTORE_TABLES:  and reads them from there
 * @CVMM_VGIC_CTRL_SAVE_PENDING_TABLES: the GIC writes pending LPIs into guest memory; they are read back by
 *                                      CVMM_VGIC_CTRL_ITS_RESTORE_TABLES
 * @CVMM_VGIC_CTRL_ITS_RESET:           an ITS as after INIT
 */
enum cvmm_vgic_ctrl {
	CVMM_VGIC_CTRL_INIT = 0,
	CVMM_VGIC_CTRL_ITS_SAVE_TABLES = 1,
	CVMM_VGIC_CTRL_ITS_RESTORE_TABLES = 2,
	CVMM_VGIC_CTRL_SAVE_PENDING_TABLES = 3,
	CVMM_VGIC_CTRL_ITS_RESET = 4,
};

/**
 * CVMM_VGIC_REG() - id of a VGIC register
 * @group: enum cvmm_vgic_group
 * @size:  CVMM_REG_U32 and the like
 * @low:   offset, encoding or INTID: bits 31:0 of KVM's attribute
 */
#define CVMM_VGIC_REG(group, size, low) \
	(UINT64_C(0x6000001000000000) | (size) | (uint64_t)(group) << 32 | (uint64_t)(low))

/** Ids that code has to name. */
#define CVMM_VGIC_NR_IRQS_ID   CVMM_VGIC_REG(CVMM_VGIC_NR_IRQS, CVMM_REG_U32, 0)
#define CVMM_VGIC_MAINT_IRQ_ID CVMM_VGIC_REG(CVMM_VGIC_MAINT_IRQ, CVMM_REG_U32, 0)
/* 1: the tables of the ITS are in guest memory, and a restore reads them from there; KVM has no such register */
#define CVMM_VGIC_ITS_TABLES CVMM_VGIC_REG(CVMM_VGIC_CTRL, CVMM_REG_U32, CVMM_VGIC_CTRL_ITS_SAVE_TABLES)
#define CVMM_VGIC_ICC_CTLR   CVMM_VGIC_REG(CVMM_VGIC_CPU_SYSREGS, CVMM_REG_U64, 0xc664)
#define CVMM_VGIC_ICC_SRE    CVMM_VGIC_REG(CVMM_VGIC_CPU_SYSREGS, CVMM_REG_U64, 0xc665)

/** Banks of 32 SPIs: 1 to 30; bank 0 (SGIs and PPIs) is each vCPU's own. */
#define CVMM_VGIC_BANKS_MAX 31u

/**
 * cvmm_reg_is_vgic() - is it the id of a VGIC register?
 * @id: any number
 *
 * Whether the register exists is not asked. Return: 1 or 0.
 */
static inline int cvmm_reg_is_vgic(uint64_t id)
{
	return cvmm_reg_arch(id) == CVMM_ARCH_ARM64 && (id & UINT64_C(0x000ffff000000000)) == UINT64_C(0x1000000000);
}

/** cvmm_vgic_group() - the enum cvmm_vgic_group of a VGIC register's id. */
static inline uint32_t cvmm_vgic_group(uint64_t id)
{
	return (uint32_t)(id >> 32) & 15;
}

/**
 * cvmm_vgic_affinity() - a vCPU's affinity as VGIC attributes want it
 * @mpidr: its MPIDR_EL1
 *
 * Return: Aff3 in bits 31:24, Aff2, Aff1, Aff0 below.
 */
static inline uint32_t cvmm_vgic_affinity(uint64_t mpidr)
{
	return (uint32_t)(mpidr & 0xffffff) | (uint32_t)(mpidr >> 32 & 0xff) << 24;
}

/**
 * cvmm_device_get_vgic_reg() - read a VGIC register
 * @dev:      the VGICv3; the ITS for CVMM_VGIC_ITS_REGS
 * @id:       a VGIC register's id
 * @affinity: cvmm_vgic_affinity() of the vCPU for redistributors, ICC registers and lines of INTIDs below 32; else 0
 * @v:        receives cvmm_reg_bytes(@id) bytes, little-endian
 * @e:        receives the error, or NULL; id is @id
 *
 * KVM_GET_DEVICE_ATTR, one for each 4 bytes (8 in the groups of 8). After CVMM_VGIC_CTRL_INIT, no vCPU running. Return: 0;
 * -EINVAL with CVMM_REASON_ARGUMENT for what is no VGIC register; -errno of KVM: -EBUSY while a vCPU runs or before INIT,
 * -EINVAL no such vCPU, -ENXIO no such register. CVMM_VGIC_ITS_TABLES is read by CVMM_VGIC_CTRL_ITS_SAVE_TABLES, which
 * writes guest memory, and is 1 then.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_device_get_vgic_reg(
	struct cvmm_device dev, uint64_t id, uint32_t affinity, void *v, struct cvmm_error *e);

/**
 * cvmm_device_set_vgic_reg() - write a VGIC register
 * @dev:      as for cvmm_device_get_vgic_reg()
 * @id:       a VGIC register's id
 * @affinity: as for cvmm_device_get_vgic_reg()
 * @v:        cvmm_reg_bytes(@id) bytes, little-endian
 * @e:        receives the error, or NULL; id is @id
 *
 * KVM_SET_DEVICE_ATTR, as often. A failure may leave a bank half written. GICD_ISENABLER and GICD_ISACTIVER only add
 * bits, unlike GICD_ISPENDR, which stores the latch of pending interrupts as it is. Return: as
 * cvmm_device_get_vgic_reg(); -EINVAL a value that this kernel does not take.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_device_set_vgic_reg(
	struct cvmm_device dev, uint64_t id, uint32_t affinity, const void *v, struct cvmm_error *e);

/**
 * cvmm_device_restore_vgic_reg() - give a VGIC register a value as its row says
 * @dev:      as for cvmm_device_get_vgic_reg()
 * @row:      the register's row, access CVMM_ACCESS_VGIC
 * @id:       a VGIC register's id
 * @affinity: as for cvmm_device_get_vgic_reg()
 * @v:        cvmm_reg_bytes(@id) bytes, little-endian
 * @e:        receives the error, or NULL; id is @id
 *
 * What the host or the embedding VMM decides (CVMM_WRITE_ASSERT: addresses, number of interrupts, TYPER) is read and
 * compared, not written: -EIO with CVMM_REASON_DEVICE_DIFFERS (other: what the device has). A register that only adds
 * bits is cleared through its row's peer first. CVMM_VGIC_ITS_TABLES, if not 0, is the command
 * CVMM_VGIC_CTRL_ITS_RESTORE_TABLES. Return: otherwise as cvmm_device_set_vgic_reg().
 */
CVMM_API CVMM_MUST_CHECK int cvmm_device_restore_vgic_reg(struct cvmm_device dev, const struct cvmm_row *row,
	uint64_t id, uint32_t affinity, const void *v, struct cvmm_error *e);

CVMM_END_DECLS

#endif
