/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: gate: what may be switched on now, and what waits for whom
 *
 * "Don't use these unless your entire fleet has been upgraded" holds for kernels (a feature, a higher level of a register)
 * and for VMMs (a way to talk to KVM, a version of the snapshot format). A gate is the list of such things, each with the
 * answer for this fleet: yes, or the hosts that it waits for. Pure: no Linux header, no ioctl, no allocation.
 */
#ifndef CVMM_FLEET_GATE_H
#define CVMM_FLEET_GATE_H

#include <cvmm/fleet/baseline.h>

CVMM_BEGIN_DECLS

/**
 * enum cvmm_gate_kind - what an item is about
 * @CVMM_GATE_FEATURE:  a vCPU feature; @id is its bit number
 * @CVMM_GATE_REGISTER: a register of which some host offers more than the baseline; @id is the register
 * @CVMM_GATE_DIALECT:  a way to talk to KVM about VM-owned registers; @id is the enum cvmm_dialect bit
 * @CVMM_GATE_FORMAT:   a version of the snapshot format to write; @id is major << 16 | minor
 */
enum cvmm_gate_kind {
	CVMM_GATE_FEATURE = 1,
	CVMM_GATE_REGISTER = 2,
	CVMM_GATE_DIALECT = 3,
	CVMM_GATE_FORMAT = 4,
};

/**
 * struct cvmm_gate_item - one thing that could be switched on
 * @kind:   enum cvmm_gate_kind
 * @open:   1: may be switched on now, 0: not yet. A register's item is open if no host stands in the way of @later
 * @reason: enum cvmm_reason: why not yet; NONE if @open
 * @nwait:  number of hosts that it waits for
 * @host:   index of the first of them, or CVMM_NO_HOST
 * @zero:   0
 * @id:     see enum cvmm_gate_kind
 * @now:    register: the value that the baseline promises; otherwise @open
 * @later:  register: what could be promised without the hosts that it waits for; otherwise 1
 * @other:  feature: the register that stands in the way although all hosts have the feature, or 0
 */
struct cvmm_gate_item {
	uint8_t kind;
	uint8_t open;
	uint16_t reason;
	uint32_t nwait;
	uint32_t host;
	uint32_t zero;
	uint64_t id;
	uint64_t now;
	uint64_t later;
	uint64_t other;
};

/** CVMM_GATE_ITEMS_MAX: items that are always enough. */
#define CVMM_GATE_ITEMS_MAX (CVMM_BASELINE_REGS_MAX + 64u + 8u)

/**
 * cvmm_gate_compute() - what may be switched on for these hosts
 * @host: the hosts' profiles
 * @n:    their number
 * @b:    their baseline
 * @why:  what cvmm_baseline_compute() said to feature sets that it gave up; or NULL
 * @item: receives the items: features, registers, dialects, formats, each ascending by id
 * @cap:  items that fit; CVMM_GATE_ITEMS_MAX is always enough
 * @got:  receives the number of items, also when @cap is too small
 * @e:    receives the error, or NULL
 *
 * What a VMM understands comes from its host's profile, traits "vmm-formats" and "vmm-dialects". A profile without them
 * stands for a VMM that reads and writes format 1.0 and talks to KVM as today's kernels want it.
 *
 * Return: 0; -EINVAL with FLEET_EMPTY or FLEET_ARCH; -E2BIG with *@got set.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_gate_compute(const struct cvmm_profile *const *host, uint32_t n,
	const struct cvmm_baseline *b, const struct cvmm_exclusions *why, struct cvmm_gate_item *item, uint32_t cap,
	uint32_t *got, struct cvmm_error *e);

/**
 * cvmm_gate_rollback() - what rolling a VMM back would lose once an item is in use
 * @item: the item
 *
 * Return: a constant English sentence without a full stop, never NULL.
 */
CVMM_API const char *cvmm_gate_rollback(const struct cvmm_gate_item *item);

CVMM_END_DECLS

#endif
