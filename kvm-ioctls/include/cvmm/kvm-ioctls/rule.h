/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: rules are decisions; here is their form
 *
 * A *rule* decides what happens when snapshot and host disagree about a register. The first one that is about the register
 * and the kind of disagreement, and whose test holds, decides. vm-regs and vcpu-regs hold the tables; a caller may bring
 * rules of its own, which are asked first. Pure: no Linux header, no ioctl.
 *
 * A hypercall bitmap that only the new host has, for example, is written as 0, so that the guest goes on not seeing what it
 * never saw:
 *
 *   { .first = 0x6030000000160000, .count = 1, .on = CVMM_ON_HOST_ONLY, .test = CVMM_TEST_ALWAYS,
 *     .act = CVMM_ACT_PIN, .value = 0, .reason = CVMM_REASON_HIDDEN }
 */
#ifndef CVMM_KVM_IOCTLS_RULE_H
#define CVMM_KVM_IOCTLS_RULE_H

#include <cvmm/kvm-ioctls/base.h>

CVMM_BEGIN_DECLS

struct cvmm_row;

/**
 * enum cvmm_event - how snapshot and host disagree; the values are bits, a rule may name several
 * @CVMM_ON_SNAPSHOT_ONLY: the host does not have the register
 * @CVMM_ON_HOST_ONLY:     the snapshot does not have it
 * @CVMM_ON_DIFFER:        both have it and the host cannot simply take the value
 */
enum cvmm_event {
	CVMM_ON_SNAPSHOT_ONLY = 1,
	CVMM_ON_HOST_ONLY = 2,
	CVMM_ON_DIFFER = 4,
};

/**
 * enum cvmm_test - what a rule looks at; it holds if (looked at & mask) == expected
 * @CVMM_TEST_ALWAYS:   nothing: it holds
 * @CVMM_TEST_SELF:     the snapshot's value of this register
 * @CVMM_TEST_REGISTER: the snapshot's value of register @arg (of the same vCPU, or of the VM); absent: does not hold
 * @CVMM_TEST_CAP:      what the source answered for capability @arg; absent: 0
 * @CVMM_TEST_FEATURES: the guest's vCPU feature set
 * @CVMM_TEST_HOST:     the host's reset value of this register; absent: does not hold
 */
enum cvmm_test {
	CVMM_TEST_ALWAYS = 0,
	CVMM_TEST_SELF = 1,
	CVMM_TEST_REGISTER = 2,
	CVMM_TEST_CAP = 3,
	CVMM_TEST_FEATURES = 4,
	CVMM_TEST_HOST = 5,
};

/**
 * enum cvmm_action - what a rule decides
 * @CVMM_ACT_REFUSE: the guest may not move
 * @CVMM_ACT_DROP:   the snapshot's value is left out
 * @CVMM_ACT_LEAVE:  the host's register keeps its reset value
 * @CVMM_ACT_PIN:    the rule's value is written (hidden from the guest)
 * @CVMM_ACT_WRITE:  the snapshot's value is written all the same
 * @CVMM_ACT_HIDE:   as CVMM_ACT_PIN where the host takes the value; where it does not, the register keeps its reset value
 */
enum cvmm_action {
	CVMM_ACT_REFUSE = 0,
	CVMM_ACT_DROP = 1,
	CVMM_ACT_LEAVE = 2,
	CVMM_ACT_PIN = 3,
	CVMM_ACT_WRITE = 4,
	CVMM_ACT_HIDE = 5,
};

/**
 * struct cvmm_rule - one decision
 * @first:    first register id it is about
 * @arg:      register id or capability number that @test looks at
 * @mask:     see enum cvmm_test
 * @expected: see enum cvmm_test
 * @value:    what CVMM_ACT_PIN and CVMM_ACT_HIDE write; a register of more than 64 bits takes none
 * @step:     distance of one id to the next, 0 for a single register
 * @count:    number of ids, at least 1
 * @reason:   enum cvmm_reason that the report gives
 * @on:       enum cvmm_event bits
 * @test:     enum cvmm_test
 * @act:      enum cvmm_action
 *
 * Of several rules that hold, the first one decides. The caller's rules come before the library's.
 */
struct cvmm_rule {
	uint64_t first;
	uint64_t arg;
	uint64_t mask;
	uint64_t expected;
	uint64_t value;
	uint16_t step;
	uint16_t count;
	uint16_t reason;
	uint8_t on;
	uint8_t test;
	uint8_t act;
	uint8_t zero[7];
};

/**
 * struct cvmm_rules - a list of rules, and rows for registers that the catalogue does not know
 * @v:     the rules
 * @n:     their number
 * @nrows: number of rows
 * @row:   rows that the caller brings for registers that the catalogue does not know
 * @scope: for each of @row an enum cvmm_scope: whose it is
 *
 * NULL and 0 are valid: no rules. Points into the caller's storage.
 */
struct cvmm_rules {
	const struct cvmm_rule *v;
	uint32_t n;
	uint32_t nrows;
	const struct cvmm_row *row;
	const uint8_t *scope;
};

/**
 * cvmm_rule_has() - is a rule about a register?
 * @rule: the rule: one register, or a family with equal distances
 * @id:   any number
 *
 * Whether the rule holds is another question: see enum cvmm_test. Return: 1 or 0.
 */
static inline int cvmm_rule_has(const struct cvmm_rule *rule, uint64_t id)
{
	uint64_t d = id - rule->first;

	if (!rule->step || d >= (uint64_t)rule->step * rule->count)
		return d == 0;
	return d % rule->step == 0;
}

CVMM_END_DECLS

#endif
