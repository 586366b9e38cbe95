/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: the plan: may this machine continue on that host, and what exactly would be done?
 *
 * plan() compares a view with a host profile and touches nothing. Every register id of either side gets exactly one
 * verdict, the worst over the vCPUs, with a reason; all refusals are listed, not the first. The result is a flat list
 * of steps in the order in which apply() performs them. Pure: no Linux header, no ioctl.
 */
#ifndef CVMM_SNAPSHOT_PLAN_H
#define CVMM_SNAPSHOT_PLAN_H

#include <cvmm/kvm-ioctls/row.h>
#include <cvmm/snapshot/view.h>

CVMM_BEGIN_DECLS

/**
 * enum cvmm_verdict - what becomes of one register; from best to worst
 * @CVMM_VERDICT_EXACT:       written as it is
 * @CVMM_VERDICT_NOT_WRITTEN: nothing to write: another name of a register that is, or the host already has it
 * @CVMM_VERDICT_ASSERTED:    the host was asked to confirm that it is as good
 * @CVMM_VERDICT_LEFT:        only the host has it, and its reset value is harmless
 * @CVMM_VERDICT_PINNED:      only the host has it, or offers more; kept hidden from the guest
 * @CVMM_VERDICT_SUBSTITUTED: the value that the guest saw is written, not the one that ONE_REG gave
 * @CVMM_VERDICT_DROPPED:     the host lacks it and nothing is lost
 * @CVMM_VERDICT_REFUSED:     the guest cannot move there
 */
enum cvmm_verdict {
	CVMM_VERDICT_EXACT = 0,
	CVMM_VERDICT_NOT_WRITTEN = 1,
	CVMM_VERDICT_ASSERTED = 2,
	CVMM_VERDICT_LEFT = 3,
	CVMM_VERDICT_PINNED = 4,
	CVMM_VERDICT_SUBSTITUTED = 5,
	CVMM_VERDICT_DROPPED = 6,
	CVMM_VERDICT_REFUSED = 7,
};

/** CVMM_NO_ITEM: a step's @item if the snapshot does not have the register. */
#define CVMM_NO_ITEM UINT32_MAX

/** CVMM_NO_RULE: a step's @rule if no rule decided it. */
#define CVMM_NO_RULE UINT16_MAX

/**
 * enum cvmm_quick - what apply() can do with a step without looking anything up; bits
 * @CVMM_QUICK_ONE_REG: one KVM_SET_ONE_REG writes the register and one KVM_GET_ONE_REG reads it, nothing before or after
 * @CVMM_QUICK_WRITE:   and what is written are each vCPU's own bytes of the view
 * @CVMM_QUICK_VERIFY:  and what is read has to be these bytes
 */
enum cvmm_quick {
	CVMM_QUICK_ONE_REG = 1,
	CVMM_QUICK_WRITE = 2,
	CVMM_QUICK_VERIFY = 4,
};

/**
 * struct cvmm_step - one register's verdict, and what apply() does with it
 * @id:      the register
 * @value:   low 8 bytes of the value that is written: of the VM's, of the deciding vCPU's, or the pinned one
 * @other:   what the host has (reset value), or the second number of @reason
 * @compare: bits that read-back compares
 * @item:    index in the view's VM registers or in the shape's list, or CVMM_NO_ITEM
 * @vcpu:    the first vCPU that decided the verdict, or CVMM_NO_VCPU
 * @reason:  enum cvmm_reason
 * @rule:    index of the deciding rule (the caller's first, then the libraries'), or CVMM_NO_RULE
 * @shape:   index of the shape; 0 for VM-owned registers
 * @verdict: enum cvmm_verdict
 * @phase:   enum cvmm_phase in which it is written
 * @scope:   enum cvmm_scope
 * @write:   0: nothing is written; 1: the view's value (each vCPU its own); 2: @value for all
 * @verify:  0: not read back; 1: read back and compared; 2: read back, must not be behind (counters)
 * @quick:   enum cvmm_quick bits: what needs no look-up when it is performed
 * @reset:   index of its reset value in the host's variant, or CVMM_NO_ITEM if a delta has to write it all the same
 */
struct cvmm_step {
	uint64_t id;
	uint64_t value;
	uint64_t other;
	uint64_t compare;
	uint32_t item;
	uint32_t vcpu;
	uint16_t reason;
	uint16_t rule;
	uint16_t shape;
	uint8_t verdict;
	uint8_t phase;
	uint8_t scope;
	uint8_t write;
	uint8_t verify;
	uint8_t quick;
	uint32_t reset;
};

/** CVMM_PLAN_STEPS_MAX: steps that are enough for one shape on any recorded host; more shapes: that many each. */
#define CVMM_PLAN_STEPS_MAX 1024u

/**
 * struct cvmm_plan - a verdict, with everything that would be done
 * @step:     the caller's storage; ordered by phase, then scope, then shape, then id
 * @cap:      steps that fit
 * @n:        steps in use
 * @nrefused: steps with CVMM_VERDICT_REFUSED; 0: the guest may move
 * @check:    checksum over the view's lists, so that apply() notices a plan made for another view
 */
struct cvmm_plan {
	struct cvmm_step *step;
	uint32_t cap;
	uint32_t n;
	uint32_t nrefused;
	uint32_t check;
};

/**
 * cvmm_plan_make() - judge a machine against a host
 * @v:    the machine
 * @host: what the host answered
 * @mine: the caller's rules and rows; they come before the libraries'. Rows are not looked at on x86_64, where a register that
 *        the catalogue does not know cannot be moved
 * @p:    the plan; @p->step and @p->cap are the caller's, the rest is written
 * @e:    receives the error, or NULL
 *
 * A refusal is a result, not an error: it is counted in @p->nrefused. Return: 0; -E2BIG with the number of steps needed
 * in other; -EINVAL for contradictory rules or a view that breaks the rules of view.h.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_plan_make(const struct cvmm_view *v, const struct cvmm_profile *host,
	const struct cvmm_rules *mine, struct cvmm_plan *p, struct cvmm_error *e);

/**
 * cvmm_host_accepts_wide() - the same for a register of more than 64 bits: SVE_VLS, or a CPUID leaf of a profile
 * @variant: the variant whose answers count
 * @id:      the register
 * @value:   the value that the guest shall see, as many bytes as the id says
 * @detail:  receives the enum cvmm_reason; or NULL
 * @write:   receives 1 if it has to be written; or NULL
 *
 * Vector lengths: the host's own ones up to some length (KVM selects only a longest one). CPUID: features that the host
 * supports, levels up to its own, vendor and hypervisor equal; what names a model may be anything, as the guest keeps what it
 * saw. Return: 1 yes, 0 no, -ENOENT if the variant does not have the register or it promises nothing; a leaf that is
 * not listed has zeroes.
 */
CVMM_API int cvmm_host_accepts_wide(
	const struct cvmm_variant *variant, uint64_t id, const uint8_t *value, uint16_t *detail, uint8_t *write);

/**
 * cvmm_wide_meet() - the most that both of two hosts can promise of such a register
 * @id:  the register
 * @a:   the one's value
 * @b:   the other's
 * @out: receives the value; may be @a or @b. Where there is none that both accept, cvmm_host_accepts_wide() tells
 */
CVMM_API void cvmm_wide_meet(uint64_t id, const uint8_t *a, const uint8_t *b, uint8_t *out);

/**
 * struct cvmm_move - may it move? What is left of a plan if only that is asked
 * @id:       the first register that stands in the way, in the order of the plan; 0 if it is not a register
 * @nrefused: number of registers that stand in the way; 0: it may move
 * @reason:   enum cvmm_reason of the first one
 * @zero:     0
 */
struct cvmm_move {
	uint64_t id;
	uint32_t nrefused;
	uint16_t reason;
	uint16_t zero;
};

/** CVMM_MOVES_BYTES: storage that cvmm_plan_moves() needs for a view of one shape with CVMM_PLAN_STEPS_MAX registers. */
#define CVMM_MOVES_BYTES (CVMM_PLAN_STEPS_MAX * 64u)

/**
 * cvmm_plan_moves() - one machine against many hosts
 * @v:     the machine; all of its vCPUs have the same registers (one shape)
 * @host:  the hosts
 * @n:     their number
 * @mine:  the caller's rules and rows, or NULL
 * @out:   receives @n answers
 * @store: storage, aligned to 16 bytes
 * @cap:   its size; CVMM_MOVES_BYTES is enough for a fresh guest
 * @e:     receives the error, or NULL
 *
 * Says of each host what cvmm_plan_make() would: how many registers are refused, and which comes first. No step is kept, so
 * that what is equal on both sides costs next to nothing: meant for a fleet's matrix of a million verdicts.
 *
 * Return: 0; -E2BIG if @cap is too small (other: the bytes needed); -EINVAL for contradictory rules, for a view that breaks
 * the rules of view.h or has several shapes (SHAPE), or a misaligned @store (ARGUMENT).
 */
CVMM_API CVMM_MUST_CHECK int cvmm_plan_moves(const struct cvmm_view *v, const struct cvmm_profile *const *host,
	uint32_t n, const struct cvmm_rules *mine, struct cvmm_move *out, void *store, size_t cap,
	struct cvmm_error *e);

/** cvmm_verdict_name() - "exact", "not-written", "asserted", "left", "pinned", "substituted", "dropped", "refused". */
CVMM_API const char *cvmm_verdict_name(uint32_t verdict);

/**
 * cvmm_host_accepts() - would this host give its guests this value of a VM-owned or identity register?
 * @host:     the host's profile
 * @variant:  the variant whose answers count
 * @row:      the register's row
 * @id:       the register
 * @value:    the value that the guest shall see
 * @detail:   receives the enum cvmm_reason; or NULL
 * @write:    receives 1 if the value has to be written, 0 if the host shows it anyway; or NULL
 *
 * The judgement that plan() and the fleet's baseline share, from the profile alone: equal values, bits offered, levels,
 * ID register fields within the host's masks and in the safe direction, values that the guest sees although ONE_REG
 * says another. Return: 1 yes, 0 no, -ENOENT if the variant does not have the register.
 */
CVMM_API int cvmm_host_accepts(const struct cvmm_profile *host, const struct cvmm_variant *variant,
	const struct cvmm_row *row, uint64_t id, uint64_t value, uint16_t *detail, uint8_t *write);

CVMM_END_DECLS

#endif
