/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: rows are facts; here is their form
 *
 * A *row* states facts about a register or a family of registers: whose it is (by the library whose table it stands
 * in), how it is accessed, until when it can be set, in which phase of a restore, what a write does, what it holds by
 * default and how two hosts' values combine. vm-regs and vcpu-regs hold the tables. Pure: no Linux header, no ioctl.
 *
 * PSCI_VERSION, for example: the VM's, written once with the other registers that say what the machine is, at any time; KVM
 * takes every level up to its own and gives new guests the highest; two hosts agree on the lower one.
 *
 *   { .first = 0x6030000000140000, .count = 1, .compare = UINT64_MAX, .access = CVMM_ACCESS_ONE_REG,
 *     .phase = CVMM_PHASE_CONFIG, .window = CVMM_WINDOW_ALWAYS, .write = CVMM_WRITE_LEVEL, .dflt = CVMM_DEFAULT_ALL,
 *     .combine = CVMM_COMBINE_MIN, .name = "PSCI_VERSION", .kernels = "4.17-", .source = "where that was seen" }
 *
 * rule.h has the decisions, catalogue.h the way from an id to its row.
 */
#ifndef CVMM_KVM_IOCTLS_ROW_H
#define CVMM_KVM_IOCTLS_ROW_H

#include <cvmm/kvm-ioctls/base.h>
#include <cvmm/kvm-ioctls/rule.h>

CVMM_BEGIN_DECLS

/**
 * enum cvmm_phase - the order of a restore, and so of every write
 * @CVMM_PHASE_NONE:     not written at all
 * @CVMM_PHASE_VM:       before the first vCPU: capabilities, VM attributes, VM-scoped registers (first commit point)
 * @CVMM_PHASE_VCPUS:    all vCPUs are created, in the source's order
 * @CVMM_PHASE_INIT:     KVM_ARM_VCPU_INIT on every vCPU
 * @CVMM_PHASE_FINALIZE: SVE_VLS, then KVM_ARM_VCPU_FINALIZE
 * @CVMM_PHASE_CONFIG:   VM-owned registers, once (second commit point). They decide which other registers exist, so
 *                       the register list is read again afterwards
 * @CVMM_PHASE_IDENTITY: what a vCPU is: MPIDR, CLIDR, CCSIDR
 * @CVMM_PHASE_DEVICES:  the embedding VMM's: PMU, PVTIME, interrupt controller
 * @CVMM_PHASE_STATE:    what a vCPU holds
 * @CVMM_PHASE_CLOCK:    VM-wide counters, once, after the last vCPU exists
 * @CVMM_PHASE_TIMER:    each vCPU's comparators and timer controls
 * @CVMM_PHASE_EVENTS:   pending exceptions
 * @CVMM_PHASE_MP_STATE: last: who may run
 * @CVMM_PHASE_DONE:     everything was read back; the machine may run
 */
enum cvmm_phase {
	CVMM_PHASE_NONE = 0,
	CVMM_PHASE_VM = 1,
	CVMM_PHASE_VCPUS = 2,
	CVMM_PHASE_INIT = 3,
	CVMM_PHASE_FINALIZE = 4,
	CVMM_PHASE_CONFIG = 5,
	CVMM_PHASE_IDENTITY = 6,
	CVMM_PHASE_DEVICES = 7,
	CVMM_PHASE_STATE = 8,
	CVMM_PHASE_CLOCK = 9,
	CVMM_PHASE_TIMER = 10,
	CVMM_PHASE_EVENTS = 11,
	CVMM_PHASE_MP_STATE = 12,
	CVMM_PHASE_DONE = 13,
};

/**
 * enum cvmm_scope - whose a register is
 * @CVMM_SCOPE_UNKNOWN: no row says so
 * @CVMM_SCOPE_VM:      one per VM, whatever it is accessed through; vm-regs holds its row
 * @CVMM_SCOPE_VCPU:    one per vCPU; vcpu-regs holds its row
 */
enum cvmm_scope {
	CVMM_SCOPE_UNKNOWN = 0,
	CVMM_SCOPE_VM = 1,
	CVMM_SCOPE_VCPU = 2,
};

/**
 * enum cvmm_access - through what a row's register is reached
 * @CVMM_ACCESS_ONE_REG:  KVM_GET/SET_ONE_REG
 * @CVMM_ACCESS_MSR:      KVM_GET/SET_MSRS
 * @CVMM_ACCESS_BLOCK:    an ioctl that moves a whole structure (SREGS2, XSAVE2, VCPU_EVENTS, ...)
 * @CVMM_ACCESS_ATTR:     KVM_GET/SET_DEVICE_ATTR
 * @CVMM_ACCESS_PROPERTY: nowhere: KVM cannot give it back, the library remembers what the VMM set
 * @CVMM_ACCESS_VGIC:     the device fd of the VGICv3 or of its ITS (vgic.h)
 */
enum cvmm_access {
	CVMM_ACCESS_ONE_REG = 0,
	CVMM_ACCESS_MSR = 1,
	CVMM_ACCESS_BLOCK = 2,
	CVMM_ACCESS_ATTR = 3,
	CVMM_ACCESS_PROPERTY = 4,
	CVMM_ACCESS_VGIC = 5,
};

/**
 * enum cvmm_window - until when KVM takes a changed value
 * @CVMM_WINDOW_ALWAYS:          at any time, after a run too
 * @CVMM_WINDOW_BEFORE_VCPU:     until the VM has its first vCPU
 * @CVMM_WINDOW_BEFORE_FINALIZE: until KVM_ARM_VCPU_FINALIZE of this vCPU
 * @CVMM_WINDOW_BEFORE_RUN:      until the VM (riscv64: this vCPU) ran, on every kernel; older ones may take it later too
 * @CVMM_WINDOW_NEVER:           only when the VM is created
 *
 * An equal value is taken at any time where the register can be written at all.
 */
enum cvmm_window {
	CVMM_WINDOW_ALWAYS = 0,
	CVMM_WINDOW_BEFORE_VCPU = 1,
	CVMM_WINDOW_BEFORE_FINALIZE = 2,
	CVMM_WINDOW_BEFORE_RUN = 3,
	CVMM_WINDOW_NEVER = 4,
};

/**
 * enum cvmm_write - what a write does
 * @CVMM_WRITE_STORED:   it reads back, under the row's compare mask
 * @CVMM_WRITE_ASSERT:   nothing is stored; KVM checks that the host is at least as good
 * @CVMM_WRITE_IGNORED:  returns 0 and changes nothing
 * @CVMM_WRITE_ALIAS:    another name of the register in peer; written through that one only
 * @CVMM_WRITE_VOLATILE: stored, but runs on by itself (counters)
 * @CVMM_WRITE_SAFE:     accepted if every field is safe for the host (ID registers)
 * @CVMM_WRITE_BITS:     accepted if every bit is offered by the host (bitmaps)
 * @CVMM_WRITE_LEVEL:    accepted up to the host's level (PSCI version)
 */
enum cvmm_write {
	CVMM_WRITE_STORED = 0,
	CVMM_WRITE_ASSERT = 1,
	CVMM_WRITE_IGNORED = 2,
	CVMM_WRITE_ALIAS = 3,
	CVMM_WRITE_VOLATILE = 4,
	CVMM_WRITE_SAFE = 5,
	CVMM_WRITE_BITS = 6,
	CVMM_WRITE_LEVEL = 7,
};

/**
 * enum cvmm_default - what a VMM that never writes the register gives its guest
 * @CVMM_DEFAULT_RESET: a reset value, the same in every vCPU
 * @CVMM_DEFAULT_ALL:   all that the host offers
 * @CVMM_DEFAULT_ZERO:  nothing
 * @CVMM_DEFAULT_HOST:  the host's own
 * @CVMM_DEFAULT_VCPU:  one that follows the vCPU's number
 */
enum cvmm_default {
	CVMM_DEFAULT_RESET = 0,
	CVMM_DEFAULT_ALL = 1,
	CVMM_DEFAULT_ZERO = 2,
	CVMM_DEFAULT_HOST = 3,
	CVMM_DEFAULT_VCPU = 4,
};

/**
 * enum cvmm_combine - how the values of two hosts make one that both can promise
 * @CVMM_COMBINE_NONE:   it is state, not a promise
 * @CVMM_COMBINE_AND:    bits that both offer
 * @CVMM_COMBINE_MIN:    the lower level
 * @CVMM_COMBINE_EXACT:  equal, or settable on the host that differs
 * @CVMM_COMBINE_FIELDS: per field, in the field's safe direction
 */
enum cvmm_combine {
	CVMM_COMBINE_NONE = 0,
	CVMM_COMBINE_AND = 1,
	CVMM_COMBINE_MIN = 2,
	CVMM_COMBINE_EXACT = 3,
	CVMM_COMBINE_FIELDS = 4,
};

/**
 * enum cvmm_safe - which other value of an ID register's field a host can stand in for
 * @CVMM_SAFE_EXACT:          only its own
 * @CVMM_SAFE_LOWER:          a smaller one
 * @CVMM_SAFE_HIGHER:         a larger one
 * @CVMM_SAFE_HIGHER_OR_ZERO: a larger one, or 0
 * @CVMM_SAFE_EXACT_OR_FLOOR: only its own, or the one that the field's floor names (TGRAN4_2: 1, not supported)
 */
enum cvmm_safe {
	CVMM_SAFE_EXACT = 0,
	CVMM_SAFE_LOWER = 1,
	CVMM_SAFE_HIGHER = 2,
	CVMM_SAFE_HIGHER_OR_ZERO = 3,
	CVMM_SAFE_EXACT_OR_FLOOR = 4,
};

/**
 * struct cvmm_field - a field of an ID register
 * @shift:     lowest bit
 * @width:     bits
 * @safe:      enum cvmm_safe
 * @is_signed: 1 if the value is a signed number (0xf: not implemented)
 * @floor:     smallest value that KVM accepts (unsigned), 0 if it does not matter; for CVMM_SAFE_EXACT_OR_FLOOR the
 *             other value
 * @name:      architectural name
 */
struct cvmm_field {
	uint8_t shift;
	uint8_t width;
	uint8_t safe;
	uint8_t is_signed;
	uint8_t floor;
	uint8_t zero[3];
	const char *name;
};

/** CVMM_RANKS: ranks within a phase; see struct cvmm_row. */
#define CVMM_RANKS 8u

/**
 * struct cvmm_row - facts about a register, or about a family of them
 * @first:      the first (or only) register id
 * @peer:       the register that this one is another name of (CVMM_WRITE_ALIAS); for a family, the first one's. With
 *              CVMM_WRITE_STORED: the name through which bits are cleared; some kernels only add bits through this one,
 *              so cvmm_vcpu_reg_set() clears all of them first
 * @other_bits: bits that the other scope owns: its library writes them, this one only compares
 * @compare:    bits that read-back compares; all ones for registers wider than 64 bits
 * @fixed:      bits that the host alone decides: a write does not change them, so they must be equal
 * @command:    bits that do something when written as 1 and hold no state (PMCR_EL0.C resets the cycle counter): written 0
 * @step:       distance of one id to the next in a family, 0 for a single register
 * @count:      number of ids, at least 1
 * @nfields:    number of @field
 * @access:     enum cvmm_access
 * @phase:      enum cvmm_phase
 * @window:     enum cvmm_window
 * @write:      enum cvmm_write
 * @dflt:       enum cvmm_default
 * @combine:    enum cvmm_combine
 * @counters:   1: of @compare only bit 31 and the bits of existing PMU event counters count; see cvmm_row_compare()
 * @rank:       order within the phase, 0 to CVMM_RANKS - 1: all registers of a rank, the VM's and every vCPU's, are written
 *              before those of the next (an ITS after the redistributors); above 0: registers of a device
 * @idle:       1: 0 is what a fresh vCPU has and KVM refuses to be told: it is not written (riscv64's timer that is off)
 * @needs:      vCPU feature bits without any of which the guest cannot reach the register; 0: always reachable
 * @field:      fields of an ID register, ascending by shift; NULL otherwise
 * @name:       name of the register or of the family, for documentation (ids get names from cvmm_reg_name())
 * @kernels:    documentation: kernels that have it ("5.19-", "6.12 only")
 * @source:     documentation: where the fact was read or measured
 */
struct cvmm_row {
	uint64_t first;
	uint64_t peer;
	uint64_t other_bits;
	uint64_t compare;
	uint64_t fixed;
	uint64_t command;
	uint16_t step;
	uint16_t count;
	uint16_t nfields;
	uint8_t access;
	uint8_t phase;
	uint8_t window;
	uint8_t write;
	uint8_t dflt;
	uint8_t combine;
	uint8_t counters;
	uint8_t rank;
	uint8_t idle;
	uint8_t zero[1];
	uint64_t needs;
	const struct cvmm_field *field;
	const char *name;
	const char *kernels;
	const char *source;
};

/**
 * cvmm_row_has() - does a row cover a register?
 * @row: the row: one register, or a family with equal distances
 * @id:  any number
 *
 * Return: 1 or 0.
 */
static inline int cvmm_row_has(const struct cvmm_row *row, uint64_t id)
{
	uint64_t d = id - row->first;

	/* A division takes longer than all the rest, and next to never is it needed. */
	if (!row->step || d >= (uint64_t)row->step * row->count)
		return d == 0;
	return d % row->step == 0;
}

/**
 * cvmm_row_compare() - the bits that read-back compares on a machine with this PMU
 * @row:  the register's row
 * @pmcr: PMCR_EL0 of the same vCPU, 0 if it has none; its field N is the number of event counters
 *
 * PMCNTENSET_EL0 and the like have a bit per counter. Kernels up to 5.10 keep and return bits of counters that do not
 * exist, later ones do not; the guest never saw them. Return: the mask.
 */
static inline uint64_t cvmm_row_compare(const struct cvmm_row *row, uint64_t pmcr)
{
	uint64_t counters = (UINT64_C(1) << (pmcr >> 11 & 31)) - 1;

	return row->counters ? row->compare & (UINT64_C(0x80000000) | counters) : row->compare;
}

CVMM_END_DECLS

#endif
