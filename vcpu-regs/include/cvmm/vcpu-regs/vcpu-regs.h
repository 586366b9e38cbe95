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
#define CVMM_ARM64_VCPU_MP_STATE UINT64_C(0x6020000200000001) /* 4 bytes: KVM_GET/SET_MP_STATE */
#define CVMM_ARM64_VCPU_EVENTS   UINT64_C(0x6060000200000002) /* 64 bytes: KVM_GET/SET_VCPU_EVENTS */
#define CVMM_ARM64_VCPU_PVTIME   UINT64_C(0x6030000200000003) /* 8 bytes: stolen time address, all ones: none */

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
 * @v:    receives the value
 * @size: bytes at @v
 * @e:    receives the error, or NULL
 *
 * KVM_GET_ONE_REG, or the ioctl of the property (MP_STATE, VCPU_EVENTS, PVTIME attribute). Return: 0; -EXDEV with
 * CVMM_REASON_NOT_VCPU_OWNED; -EINVAL with CVMM_REASON_REG_SIZE; -errno of KVM.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_reg_get(struct cvmm_vcpu vcpu, struct cvmm_vcpu_reg reg, void *v,
	uint32_t size, struct cvmm_error *e);

/** cvmm_vcpu_reg_set() - write a vCPU-owned register or property; see cvmm_vcpu_reg_get(). */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_reg_set(struct cvmm_vcpu vcpu, struct cvmm_vcpu_reg reg, const void *v,
	uint32_t size, struct cvmm_error *e);

/**
 * cvmm_vcpu_regs_capture() - read all of a vCPU's own registers into one column
 * @vcpu: the vCPU, not running
 * @item: registers to read, ascending; each one a vCPU's
 * @n:    their number
 * @col:  receives the values at each item's offset
 * @len:  bytes at @col
 * @e:    receives the error, or NULL; id names the register
 *
 * Return: 0; -EXDEV, -EINVAL as for cvmm_vcpu_reg_get(); -E2BIG if an item lies beyond @len; -errno of KVM. On failure
 * the contents of @col are unspecified.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_regs_capture(struct cvmm_vcpu vcpu, const struct cvmm_item *item, uint32_t n,
	uint8_t *col, size_t len, struct cvmm_error *e);

/**
 * cvmm_vcpu_regs_restore() - write those of a vCPU's registers that belong into one phase
 * @vcpu:  the vCPU, not running
 * @item:  registers, ascending
 * @n:     their number
 * @col:   their values
 * @len:   bytes at @col
 * @phase: enum cvmm_phase; items whose row has another phase are skipped
 * @e:     receives the error, or NULL
 *
 * Aliases and registers whose writes are ignored are not written. CVMM_PHASE_FINALIZE writes SVE_VLS and finalises.
 * Return: 0 or -errno as for cvmm_vcpu_reg_set().
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_regs_restore(struct cvmm_vcpu vcpu, const struct cvmm_item *item, uint32_t n,
	const uint8_t *col, size_t len, uint32_t phase, struct cvmm_error *e);

CVMM_END_DECLS

#endif
