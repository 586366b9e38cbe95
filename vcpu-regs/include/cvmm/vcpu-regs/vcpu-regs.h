/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: registers that belong to a vCPU
 *
 * The other half of the catalogue: everything that exists once per vCPU. For every id of every recorded kernel exactly
 * one of vm-regs and vcpu-regs says "mine"; neither library includes the other.
 */
#ifndef CVMM_VCPU_REGS_VCPU_REGS_H
#define CVMM_VCPU_REGS_VCPU_REGS_H

#include <cvmm/kvm-ioctls/handle.h>
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/row.h>

CVMM_BEGIN_DECLS

/**
 * struct cvmm_vcpu_reg - the id of a register that a vCPU owns
 * @id: the register id, or a property id; 0: none
 */
struct cvmm_vcpu_reg {
	uint64_t id;
};

/* Per-vCPU state that KVM moves by ioctls of its own travels as properties: ids that no kernel accepts. */
#define CVMM_ARM64_VCPU_MP_STATE   UINT64_C(0x6020000200000001) /* 4 bytes: KVM_GET/SET_MP_STATE */
#define CVMM_ARM64_VCPU_EVENTS	   UINT64_C(0x6060000200000002) /* 64 bytes: KVM_GET/SET_VCPU_EVENTS */
#define CVMM_ARM64_VCPU_PVTIME	   UINT64_C(0x6030000200000003) /* 8 bytes: stolen time address, all ones: none */
#define CVMM_RISCV64_VCPU_MP_STATE UINT64_C(0x8020000200000001) /* 4 bytes: KVM_GET/SET_MP_STATE */

/** cvmm_vcpu_reg_from_id() - is this register a vCPU's? Return: the typed id, or { 0 } if not. */
CVMM_API struct cvmm_vcpu_reg cvmm_vcpu_reg_from_id(uint64_t id);

/** cvmm_vcpu_reg_row() - what is known of it. Return: a constant row, or NULL. Two table look-ups, no search. */
CVMM_API const struct cvmm_row *cvmm_vcpu_reg_row(struct cvmm_vcpu_reg reg);

/**
 * cvmm_vcpu_reg_rows() - the whole catalogue
 * @arch: enum cvmm_arch
 * @n:    receives the number of rows
 *
 * Return: constant rows, ascending by first; NULL and 0 for an architecture without any.
 */
CVMM_API const struct cvmm_row *cvmm_vcpu_reg_rows(uint32_t arch, uint32_t *n);

/** cvmm_vcpu_reg_rules() - what the library decides when snapshot and host disagree about vCPU-owned registers. */
CVMM_API struct cvmm_rules cvmm_vcpu_reg_rules(uint32_t arch);

/**
 * cvmm_vcpu_reg_get() - read a vCPU-owned register or property
 * @vcpu: the vCPU
 * @reg:  the register
 * @v:    receives the value, little-endian
 * @size: bytes at @v
 * @e:    receives the error, or NULL; id names the register
 *
 * KVM_GET_ONE_REG, or the ioctl of the property: KVM_GET_MP_STATE, KVM_GET_VCPU_EVENTS, KVM_GET_DEVICE_ATTR for the
 * stolen time address (all ones if none was set, or the host does not offer it). Return: 0; -EXDEV with
 * CVMM_REASON_NOT_VCPU_OWNED; -EINVAL with CVMM_REASON_REG_SIZE; -errno of KVM.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_reg_get(
	struct cvmm_vcpu vcpu, struct cvmm_vcpu_reg reg, void *v, uint32_t size, struct cvmm_error *e);

/**
 * cvmm_vcpu_reg_set() - write a vCPU-owned register or property
 * @vcpu: the vCPU
 * @reg:  the register
 * @v:    the value, little-endian
 * @size: bytes at @v
 * @e:    receives the error, or NULL; id names the register
 *
 * KVM_SET_ONE_REG, or the ioctl of the property. A register with one name that sets bits and another that clears them
 * (PMCNTENSET_EL0, PMINTENSET_EL1, PMOVSSET_EL0) takes two calls: some kernels only add bits through the first, so all
 * are cleared through the second before. A stolen time address of all ones is not written: there is no way to unset one.
 * Nothing is read back. Return: as cvmm_vcpu_reg_get().
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_reg_set(
	struct cvmm_vcpu vcpu, struct cvmm_vcpu_reg reg, const void *v, uint32_t size, struct cvmm_error *e);

/**
 * cvmm_vcpu_reg_equal() - are two values of a register the same to the guest?
 * @reg:  the register
 * @x:    one value, as many bytes as @reg's size says
 * @y:    the other one
 * @pmcr: PMCR_EL0 of the vCPU, 0 if it has none: how many event counters exist
 *
 * Under the row's mask. Of pending exceptions (VCPU_EVENTS) only whether an SError waits, and its syndrome if both have
 * one: whether a syndrome could be had is the host's property. No ioctl. Return: 1 or 0; 0 for a register that is not a
 * vCPU's.
 */
CVMM_API int cvmm_vcpu_reg_equal(struct cvmm_vcpu_reg reg, const void *x, const void *y, uint64_t pmcr);

/**
 * cvmm_vcpu_vgic_get() - read a register of a vCPU's redistributor or GIC CPU interface
 * @dev:      the VGICv3
 * @affinity: cvmm_vgic_affinity() of the vCPU
 * @reg:      which: a row of access CVMM_ACCESS_VGIC
 * @v:        receives the value, little-endian
 * @size:     bytes at @v
 * @e:        receives the error, or NULL; id is the register
 *
 * KVM_GET_DEVICE_ATTR; see vgic.h. Return: 0; -EXDEV with CVMM_REASON_NOT_VCPU_OWNED for what is no VGIC register of a
 * vCPU; -EINVAL with CVMM_REASON_REG_SIZE; -errno of KVM.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_vgic_get(struct cvmm_device dev, uint32_t affinity, struct cvmm_vcpu_reg reg,
	void *v, uint32_t size, struct cvmm_error *e);

/**
 * cvmm_vcpu_vgic_set() - restore a register of a vCPU's redistributor or GIC CPU interface
 * @dev:      the VGICv3
 * @affinity: cvmm_vgic_affinity() of the vCPU, whose MPIDR_EL1 was restored
 * @reg:      which
 * @v:        the value, little-endian
 * @size:     bytes at @v
 * @e:        receives the error, or NULL; id is the register
 *
 * As its row says: see cvmm_device_restore_vgic_reg(). The order of registers is the rows' rank. Return: as
 * cvmm_vcpu_vgic_get(); -EIO with CVMM_REASON_DEVICE_DIFFERS for GICR_TYPER if it differs.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_vgic_set(struct cvmm_device dev, uint32_t affinity, struct cvmm_vcpu_reg reg,
	const void *v, uint32_t size, struct cvmm_error *e);

/*
 * Whole vCPUs: a list of registers is checked once, whatever the number of vCPUs that have it, and then moved between
 * KVM and columns of values without looking anything up.
 */

/** CVMM_VCPU_REGS_MAX: registers that one vCPU can have; the catalogue of no architecture knows as many. */
#define CVMM_VCPU_REGS_MAX 2048u

/** CVMM_PHASES: values of enum cvmm_phase. */
#define CVMM_PHASES 16u

/**
 * struct cvmm_vcpu_regs - the registers of vCPUs that have the same ones
 * @item:  the caller's list, ascending
 * @reset: what a fresh vCPU holds, or NULL
 * @n:     number of @item
 * @bytes: the least length of a column
 * @first: for each phase the first item that it writes; @end for none
 * @end:   for each phase the item after the last one
 * @tag:   for each item what is done with it; the library's own
 *
 * The caller owns it, cvmm_vcpu_regs_init() fills it and nothing else changes it, so threads may share it. 2 KiB.
 */
struct cvmm_vcpu_regs {
	const struct cvmm_item *item;
	const struct cvmm_regset *reset;
	uint32_t n;
	uint32_t bytes;
	uint16_t first[CVMM_PHASES];
	uint16_t end[CVMM_PHASES];
	uint8_t tag[CVMM_VCPU_REGS_MAX];
};

/**
 * cvmm_vcpu_regs_init() - check a list of registers, once for all vCPUs that have them
 * @r:     the caller's structure
 * @item:  registers, ascending, each one a vCPU's; outlives @r. Those of the interrupt controller may be among them and
 *         are passed over by the functions below: they are the device's, see cvmm_vcpu_vgic_get()
 * @n:     their number
 * @reset: NULL: a restore writes everything. Or what a fresh vCPU of this host holds with these features: a host
 *         profile's variant, ascending; its first column counts, and a restore leaves out what the vCPU holds already
 * @e:     receives the error, or NULL; id is the register
 *
 * With @reset a register is left out if @reset has it with the same bytes; not if its reset value follows the vCPU's
 * number (MPIDR_EL1) and not in the phases FINALIZE, TIMER, EVENTS and MP_STATE. @reset is believed: a profile of another
 * host, or a vCPU that is not fresh, makes a wrong machine. cvmm_vcpu_regs_verify() proves afterwards that it is the right
 * one. For vCPUs that were never powered on, next to nothing is written.
 *
 * No ioctl. Return: 0; -EXDEV with CVMM_REASON_NOT_VCPU_OWNED for a register that is the VM's or that nobody knows;
 * -EINVAL with CVMM_REASON_REG_SIZE or CVMM_REASON_ID_ORDER; -E2BIG with CVMM_REASON_BUFFER_TOO_SMALL for
 * more than CVMM_VCPU_REGS_MAX.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_regs_init(struct cvmm_vcpu_regs *r, const struct cvmm_item *item, uint32_t n,
	const struct cvmm_regset *reset, struct cvmm_error *e);

/*
 * What holds for the functions below:
 *
 * - @vcpu is not running. Different vCPUs, of one VM too, may be handled by different threads at the same time, with the
 *   same @r. VM-owned registers are vm-regs' and are written once, before.
 * - @col are the values, at each item's offset; @len bytes, at least @r's. -E2BIG with CVMM_REASON_BUFFER_TOO_SMALL
 *   (other: the bytes needed), before the first ioctl, if they are fewer.
 * - @e receives the error, or is NULL; id names the register, vcpu the vCPU, phase the phase of a restore.
 */

/**
 * cvmm_vcpu_regs_capture() - read all of a vCPU's own registers into one column
 * @vcpu: the vCPU
 * @r:    which registers
 * @col:  receives the values
 * @len:  bytes at @col
 * @e:    receives the error, or NULL
 *
 * One KVM_GET_ONE_REG (or the property's ioctl) per item. Return: 0; -errno as above or of KVM. On failure the contents
 * of @col are unspecified.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_regs_capture(
	struct cvmm_vcpu vcpu, const struct cvmm_vcpu_regs *r, uint8_t *col, size_t len, struct cvmm_error *e);

/**
 * cvmm_vcpu_regs_restore() - write those of a vCPU's registers that belong into one phase
 * @vcpu:  the vCPU
 * @r:     which registers; with reset values: the vCPU is as KVM_ARM_VCPU_INIT left it, apart from earlier phases of
 *         this restore
 * @col:   their values
 * @len:   bytes at @col
 * @phase: enum cvmm_phase; items whose row has another phase are skipped. In ascending order: FINALIZE, IDENTITY,
 *         DEVICES, STATE, (vm-regs' CLOCK,) TIMER, EVENTS, MP_STATE
 * @e:     receives the error, or NULL
 *
 * Aliases and registers whose writes are ignored are not written. CVMM_PHASE_FINALIZE writes SVE_VLS and finalises
 * (KVM_ARM_VCPU_FINALIZE), if SVE_VLS is among the items. Return: 0; -errno as above or of KVM; the registers before the
 * failing one have been written then, so the machine is not whole.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_regs_restore(struct cvmm_vcpu vcpu, const struct cvmm_vcpu_regs *r,
	const uint8_t *col, size_t len, uint32_t phase, struct cvmm_error *e);

/**
 * cvmm_vcpu_regs_verify() - does a vCPU hold these values?
 * @vcpu: the vCPU
 * @r:    which registers; all of them are read, also those that a restore with reset values left out
 * @col:  their values
 * @len:  bytes at @col
 * @e:    receives the error, or NULL; id is the first register that differs, other the low 8 bytes of what it holds
 *
 * One read per item (MSRs in batches), compared under its row's mask (registers of PMU counters that do not exist, interrupt status of the
 * moment and the like do not count). A running timer's status and counters are not compared. Return: 0; -EIO with
 * CVMM_REASON_VCPU_NOT_STORED; -errno as above or of KVM.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_regs_verify(
	struct cvmm_vcpu vcpu, const struct cvmm_vcpu_regs *r, const uint8_t *col, size_t len, struct cvmm_error *e);

CVMM_END_DECLS

#endif
