/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What the parts of plan() share. */
#ifndef CVMM_SNAPSHOT_PLAN_PARTS_H
#define CVMM_SNAPSHOT_PLAN_PARTS_H

#include <cvmm/snapshot/plan.h>

/* The caller's rules, then vm-regs', then vcpu-regs'; numbered through in this order. */
#define RULE_LISTS 3u

/* For each event: may a rule of the libraries be about this id? A bit for each hash of an id that one names. */
#define RULE_EVENTS 3u
#define RULE_VANISH RULE_EVENTS /* a set of its own: registers that an ID register takes away */
#define RULE_BITS   4096u
struct rule_index {
	uint64_t bits[RULE_EVENTS + 1][RULE_BITS / 64];
};

struct plan_ctx {
	const struct cvmm_view *v;
	const struct cvmm_profile *host;
	const struct cvmm_rules *mine;
	struct cvmm_rules lists[RULE_LISTS];
	const struct rule_index *index;	    /* or NULL: every rule is looked at */
	const struct cvmm_variant *variant; /* of the shape at hand */
	uint32_t shape;			    /* of the shape at hand */
	uint8_t imp_id;
};

/* One register of one scope, as the merge of both lists found it. */
struct subject {
	uint64_t id;
	const struct cvmm_row *row;
	const struct cvmm_regset *set; /* the snapshot's list that it is in, or would be in */
	uint32_t item;		       /* in @set, or CVMM_NO_ITEM */
	uint32_t host;		       /* in the variant's list, or CVMM_NO_ITEM */
	uint8_t scope;
	uint8_t event; /* enum cvmm_event that would have to be decided by a rule */
};

/* What was decided for one column of it. */
struct decision {
	uint64_t value;
	uint16_t reason;
	uint16_t rule;
	uint8_t verdict;
	uint8_t write;
	uint8_t verify;
};

/* Whose is @id, and what is known of it? @mine may be NULL. */
uint8_t cvmm_plan_owner(const struct cvmm_rules *mine, uint64_t id, const struct cvmm_row **row);

/* Rules that name this register and event. */
#define RULES_PER_REG 32u
struct rule_pick {
	const struct cvmm_rule *rule;
	const struct cvmm_regset *arg_set; /* where a register that the rule looks at stands */
	uint32_t arg_item;
	uint16_t index;
	uint8_t arg_found;
	uint8_t arg_vm;
};
struct rule_picks {
	struct rule_pick pick[RULES_PER_REG];
	uint32_t n;
	uint8_t per_column; /* a test looks at the vCPU's own values */
};

/* The index of an architecture's rules. */
void cvmm_plan_index_rules(uint32_t arch, struct rule_index *out);
/* Can a rule of the libraries take the register away from a guest whose ID registers say less than the host's? */
int cvmm_plan_may_vanish(const struct rule_index *index, uint64_t id);
void cvmm_plan_pick_rules(const struct plan_ctx *c, const struct subject *s, uint8_t event, struct rule_picks *out);
/* The first rule that holds, or NULL. */
const struct rule_pick *cvmm_plan_rule_for(
	const struct plan_ctx *c, const struct subject *s, const struct rule_picks *picks, uint32_t col);

/* Properties: what no kernel lists, judged by what the host answered elsewhere. */
struct decision cvmm_plan_property(const struct plan_ctx *c, const struct subject *s, uint32_t col);
struct decision cvmm_plan_property_x86(const struct plan_ctx *c, const struct subject *s, uint32_t col);
int cvmm_x86_is_property(uint64_t id);

/* The variant that answers for a shape: the guest's own feature set (1), or the nearest one, if there is any (0). */
uint8_t cvmm_plan_choose(struct plan_ctx *c, uint32_t shape);
/*
 * The steps about the machine as a whole. *@told: that a feature set was not measured; nobody else has a verdict about it
 * then. 0: it is another architecture's, and there is nothing more to say.
 */
int cvmm_plan_machine(
	const struct plan_ctx *c, void (*take)(void *to, const struct cvmm_step *step), void *to, uint8_t *told);

/* One register's step. */
void cvmm_plan_decide(const struct plan_ctx *c, const struct subject *s, struct cvmm_step *out);

/* A plan without steps: how many refuse, and which comes first. */
struct plan_entry;
struct plan_sum {
	const struct rule_index *index;
	const struct plan_entry *entry; /* the view's registers, of both lists, ascending */
	uint32_t n;
	uint32_t first; /* where out->id would stand in a plan: phase and rank, then whose it is */
	struct cvmm_move *out;
};

/* Judges one host. The view was checked. */
void cvmm_plan_sum(const struct cvmm_view *v, const struct cvmm_profile *host, const struct cvmm_rules *mine,
	struct plan_sum *sum);
/* Its parts: a step that was decided, and all registers of both lists. @exact: see struct walk. */
void cvmm_plan_sum_step(struct plan_sum *sum, const struct cvmm_step *step, uint32_t place);
void cvmm_plan_sum_lists(const struct plan_ctx *c, int exact, struct plan_sum *sum);
/* Where a row's steps stand in a plan: phase, then rank. */
uint32_t cvmm_plan_place(const struct cvmm_row *row);
/* Is it the property that cvmm_plan_machine() tells of? */
int cvmm_plan_features_id(uint64_t id);
int cvmm_plan_only_listed(const struct cvmm_profile *host, uint64_t id);

/* What plan and apply rely on beyond cvmm_view_check(). 0 or -EINVAL. */
int cvmm_view_check_values(const struct cvmm_view *v, struct cvmm_error *e);
/* Notices another view, another value, another order of vCPUs. */
uint32_t cvmm_view_checksum(const struct cvmm_view *v);
/* Contradictory rules: -EINVAL. */
int cvmm_plan_check_rules(const struct cvmm_rules *mine, struct cvmm_error *e);

#endif
