/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Private: one register of a baseline in the making, and what hosts say to it. */
#ifndef CVMM_FLEET_PROMISE_H
#define CVMM_FLEET_PROMISE_H

#include <cvmm/fleet/baseline.h>
#include <cvmm/kvm-ioctls/row.h>

/**
 * struct promise - a register that guests rely on
 * @id:    the register
 * @value: the best value so far
 * @row:   its row
 * @wide:  the best value so far of a register of more than 8 bytes
 * @nwide: bytes of it; 0: the value is in @value
 * @nhave: hosts that have the register
 * @host:  the host that decided the value
 * @scope: enum cvmm_scope
 * @told:  the value belongs into the baseline; 0: state, of which only the bits count that no host can change
 * @moved: not every host has the value by itself
 * @fixed: the value is that of a host that cannot give another one
 * @set:   @value is valid
 * @failed: hosts exclude each other
 * @waived: a rule of the caller's lets guests move although some host cannot give the value; so it is not promised
 * @guest_only: only guests can read it; hosts that do not tell are not asked
 * @trait: it is no register: hosts tell of it by this enum cvmm_trait; 0 otherwise
 */
struct promise {
	uint64_t id;
	uint64_t value;
	const struct cvmm_row *row;
	uint8_t wide[CVMM_WIDE_BYTES];
	uint32_t nhave;
	uint32_t host;
	uint8_t scope;
	uint8_t told;
	uint8_t moved;
	uint8_t fixed;
	uint8_t set;
	uint8_t failed;
	uint8_t guest_only;
	uint8_t trait;
	uint8_t nwide;
	uint8_t waived;
};

/** struct promises - all of them, ascending by id */
struct promises {
	uint64_t features;
	uint32_t n;
	uint32_t nwide;		       /* of them of more than 8 bytes */
	const struct cvmm_rules *mine; /* the caller's; or NULL */
	struct promise v[CVMM_BASELINE_REGS_MAX];
};

/** Is this register of a host a promise? Fills what belongs to the register. Return: 1 or 0. */
int cvmm_promise_of(uint64_t id, uint64_t features, struct promise *out);

/** Does the catalogue, or a row of the caller's, know the register at all? Return: 1 or 0. */
int cvmm_promise_known(uint64_t id, const struct cvmm_rules *mine);

/** Does a rule of the caller's say that it does not matter that @host cannot give p->value? Return: 1 or 0. */
int cvmm_promise_waived(const struct promises *all, const struct promise *p, const struct cvmm_profile *host);

/** The same for what only guests can read. */
int cvmm_promise_of_guest(uint64_t id, uint64_t features, struct promise *out);

/** The same for the @i-th of what no register list has. Return: 1, or 0 if there are not as many. */
int cvmm_promise_of_trait(uint32_t i, struct promise *out);

/** The value that the host's guests see by themselves. */
uint64_t cvmm_promise_seen(const struct promise *p, const struct cvmm_variant *variant, uint32_t item);

/** The best value that both @a and @b may stand in for. */
uint64_t cvmm_promise_meet(const struct promise *p, uint64_t a, uint64_t b);

/** The least value that offers all that @a and @b offer. */
uint64_t cvmm_promise_join(const struct promise *p, uint64_t a, uint64_t b);

/** Takes host @host's own value in. */
void cvmm_promise_take(struct promise *p, uint64_t seen, uint32_t host);

/** The same for a register of more than 8 bytes. @seen: NULL for what such a host's guests have, which is nothing. */
void cvmm_promise_take_wide(struct promise *p, const uint8_t *seen, uint32_t host);

/**
 * What a host that lacks the register imposes: 1 and the value its guests had all the same, 0 if nothing, -1 if the guest
 * of such a host must not come to one that has it (then *reason says why).
 */
int cvmm_promise_lacking(const struct promises *all, const struct promise *p, const struct cvmm_profile *host,
	uint64_t *value, uint16_t *reason);

/** Would @host give its guests p->value? Return: 0, or the enum cvmm_reason of the refusal. */
uint16_t cvmm_promise_refused(const struct promises *all, const struct promise *p, const struct cvmm_profile *host,
	const struct cvmm_variant *variant);

#endif
