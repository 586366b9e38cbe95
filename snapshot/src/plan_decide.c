/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* One register: facts first, a rule if they disagree, the row's own meaning if there is no rule. */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include <string.h>

#include "judge.h"
#include "plan_parts.h"

#define VERIFY_NO     0
#define VERIFY_EQUAL  1
#define VERIFY_BEHIND 2

#define WRITE_NO      0
#define WRITE_VIEW    1
#define WRITE_VALUE   2

static struct decision settle(uint8_t verdict, uint16_t reason)
{
	return (struct decision){ .verdict = verdict, .reason = reason, .rule = CVMM_NO_RULE };
}

static uint64_t features_of(const struct plan_ctx *c)
{
	return c->v->shape[c->shape].features;
}

static int is_property(uint64_t id)
{
	return cvmm_reg_is_property(id) || id == CVMM_ARM64_VCPU_MP_STATE || id == CVMM_ARM64_VCPU_EVENTS ||
	       id == CVMM_ARM64_VCPU_PVTIME;
}

static int unreachable(const struct plan_ctx *c, const struct subject *s)
{
	return s->row && s->row->needs && !(s->row->needs & features_of(c));
}

/* No rule: what the row itself says of a register that the host lacks. */
static struct decision lost(const struct plan_ctx *c, const struct subject *s)
{
	if (!s->row)
		return settle(CVMM_VERDICT_REFUSED, CVMM_REASON_UNKNOWN_TO_CATALOGUE);
	if (s->row->write == CVMM_WRITE_ALIAS)
		return settle(CVMM_VERDICT_DROPPED, CVMM_REASON_ALIAS);
	if (unreachable(c, s))
		return settle(CVMM_VERDICT_DROPPED, CVMM_REASON_UNREACHABLE);
	if (s->row->write == CVMM_WRITE_IGNORED && !s->row->compare)
		return settle(CVMM_VERDICT_DROPPED, CVMM_REASON_IGNORED_BY_HOST);
	return settle(CVMM_VERDICT_REFUSED, CVMM_REASON_HOST_LACKS);
}

/* No rule: what the row itself says of a register that only the host has. */
static struct decision found(const struct plan_ctx *c, const struct subject *s, uint64_t reset)
{
	const struct cvmm_row *row = s->row;

	if (!row)
		return settle(CVMM_VERDICT_REFUSED, CVMM_REASON_NEW_ON_HOST);
	if (row->write == CVMM_WRITE_ALIAS)
		return settle(CVMM_VERDICT_LEFT, CVMM_REASON_ALIAS);
	if (unreachable(c, s) || row->combine == CVMM_COMBINE_NONE)
		return settle(CVMM_VERDICT_LEFT, CVMM_REASON_HARMLESS);
	/* A promise that promises nothing: a bitmap without bits, an ID register that reads as if it were not there. */
	if (reset == 0 && (row->combine == CVMM_COMBINE_AND || row->combine == CVMM_COMBINE_FIELDS))
		return settle(CVMM_VERDICT_LEFT, CVMM_REASON_HARMLESS);
	return settle(CVMM_VERDICT_REFUSED, CVMM_REASON_NEW_ON_HOST);
}

/* The host gives its guests this value, by a write or without one. */
static struct decision take(const struct subject *s, struct judgement g, uint64_t own, uint64_t want)
{
	struct decision d = settle(CVMM_VERDICT_EXACT, g.reason);

	d.write = g.write ? WRITE_VIEW : WRITE_NO;
	d.verify = VERIFY_EQUAL;
	d.value = want;
	switch (s->row->write) {
	case CVMM_WRITE_ALIAS: d.verify = VERIFY_NO; break;
	case CVMM_WRITE_VOLATILE: d.verify = VERIFY_BEHIND; break;
	case CVMM_WRITE_ASSERT:
		d.verdict = CVMM_VERDICT_ASSERTED;
		d.verify = VERIFY_NO;
		return d;
	case CVMM_WRITE_IGNORED: d.verify = VERIFY_NO; break;
	default: break;
	}
	if (g.reason == CVMM_REASON_HOST_SHOWS_IT)
		d.verify = VERIFY_NO;
	if (!g.write)
		d.verdict = CVMM_VERDICT_NOT_WRITTEN;
	else if (own != want) {
		d.verdict = CVMM_VERDICT_SUBSTITUTED;
		d.reason = CVMM_REASON_GUEST_SAW;
		d.write = WRITE_VALUE;
	} else if (g.reason == CVMM_REASON_HIDDEN)
		d.verdict = CVMM_VERDICT_PINNED;
	return d;
}

/* A rule's value goes through the same judgement as everybody's. */
static struct decision pin(const struct plan_ctx *c, const struct subject *s, const struct cvmm_rule *rule)
{
	struct decision d = settle(CVMM_VERDICT_REFUSED, CVMM_REASON_HOST_LACKS);
	struct judgement g;
	struct judge j;

	d.value = rule->value;
	if (s->host == CVMM_NO_ITEM)
		return d;
	d.reason = CVMM_REASON_UNKNOWN_TO_CATALOGUE;
	if (!s->row)
		return d;
	cvmm_judge_init(&j, c->host, c->variant, s->row, s->host);
	j.imp_id = c->imp_id;
	g = cvmm_judge_value(&j, rule->value);
	d.reason = g.reason;
	if (!g.ok)
		return d;
	d.verdict = CVMM_VERDICT_PINNED;
	d.write = g.write ? WRITE_VALUE : WRITE_NO;
	d.verify =
		g.reason == CVMM_REASON_HOST_SHOWS_IT || s->row->write == CVMM_WRITE_ASSERT ? VERIFY_NO : VERIFY_EQUAL;
	return d;
}

static struct decision by_rule(const struct plan_ctx *c, const struct subject *s, const struct rule_pick *p)
{
	int mine = p->index < c->lists[0].n;
	uint16_t accepts = p->rule->reason ? p->rule->reason : CVMM_REASON_RULE_ACCEPTS;
	struct decision d;

	switch (p->rule->act) {
	case CVMM_ACT_DROP: d = settle(CVMM_VERDICT_DROPPED, accepts); break;
	case CVMM_ACT_LEAVE: d = settle(CVMM_VERDICT_LEFT, accepts); break;
	case CVMM_ACT_PIN:
		d = pin(c, s, p->rule);
		if (d.verdict != CVMM_VERDICT_REFUSED)
			d.reason = accepts;
		break;
	case CVMM_ACT_WRITE:
		d = settle(CVMM_VERDICT_REFUSED, CVMM_REASON_HOST_LACKS);
		if ((s->host == CVMM_NO_ITEM && !is_property(s->id)) || s->item == CVMM_NO_ITEM || !s->row)
			break;
		d = settle(CVMM_VERDICT_EXACT, accepts);
		d.write = WRITE_VIEW;
		/* Nothing is stored by an assertion; whoever writes it all the same knows. */
		d.verify = s->row->write == CVMM_WRITE_ASSERT ? VERIFY_NO : VERIFY_EQUAL;
		break;
	default:
		d = settle(CVMM_VERDICT_REFUSED, p->rule->reason);
		if (!d.reason)
			d.reason = mine ? CVMM_REASON_RULE_REFUSES : CVMM_REASON_HOST_REFUSES;
		break;
	}
	d.rule = p->index;
	return d;
}

/* What is asked about one register of one column, prepared once for all columns. */
struct question {
	const struct plan_ctx *c;
	const struct subject *s;
	struct judge judge;
	struct rule_picks picks; /* filled when something disagrees */
	const struct cvmm_pair *seen;
	uint64_t reset;
	uint8_t event;
	uint8_t per_column;
	uint8_t property;
	uint8_t picked;
	uint8_t vanishes;
};

static struct decision without_rule(const struct question *q, uint16_t reason)
{
	if (q->event == CVMM_ON_SNAPSHOT_ONLY)
		return lost(q->c, q->s);
	if (q->event == CVMM_ON_HOST_ONLY)
		return found(q->c, q->s, q->reset);
	return settle(CVMM_VERDICT_REFUSED, reason);
}

static struct decision disagree(struct question *q, uint32_t col, uint64_t want, uint16_t reason)
{
	const struct rule_pick *p;
	struct decision d;

	if (!q->picked) {
		cvmm_plan_pick_rules(q->c, q->s, q->event ? q->event : CVMM_ON_DIFFER, &q->picks);
		q->picked = 1;
	}
	p = cvmm_plan_rule_for(q->c, q->s, &q->picks, col);
	d = p ? by_rule(q->c, q->s, p) : without_rule(q, reason);

	if (!p || p->rule->act != CVMM_ACT_PIN)
		d.value = want;
	return d;
}

static int peer_missing(const struct subject *s)
{
	uint64_t peer;

	if (s->row->write != CVMM_WRITE_ALIAS)
		return 0;
	peer = s->row->peer + (s->id - s->row->first);
	return cvmm_regset_find(s->set, peer) < 0;
}

/* Wide registers are state, SVE_VLS apart. */
static struct judgement judge_wide(const struct question *q, uint32_t col)
{
	const struct subject *s = q->s;

	if (s->id == CVMM_ARM64_SVE_VLS)
		return cvmm_judge_vls(
			cvmm_regset_value(s->set, s->item, col), cvmm_regset_value(&q->c->variant->regs, s->host, 0));
	return (struct judgement){ .reason = CVMM_REASON_WRITTEN, .ok = 1, .write = 1 };
}

static struct decision decide_property(struct question *q, uint32_t col)
{
	struct decision d = cvmm_plan_property(q->c, q->s, col);

	return d.verdict == CVMM_VERDICT_REFUSED ? disagree(q, col, d.value, d.reason) : d;
}

static struct decision decide_column(struct question *q, uint32_t col)
{
	const struct subject *s = q->s;
	struct judgement g;
	struct decision d;
	uint64_t own = 0, want;

	if (q->property)
		return decide_property(q, col);
	if (s->item != CVMM_NO_ITEM)
		own = cvmm_regset_u64(s->set, s->item, col);
	want = q->seen ? q->seen->value : own;
	if (q->event || !s->row)
		return disagree(q, col, want, CVMM_REASON_UNKNOWN_TO_CATALOGUE);
	if (q->vanishes) {
		d = settle(CVMM_VERDICT_DROPPED, CVMM_REASON_UNREACHABLE);
		d.value = want;
		return d;
	}
	if (peer_missing(s)) {
		/* Its value would come through the other name, and that was taken out of the snapshot. */
		d = settle(CVMM_VERDICT_REFUSED, CVMM_REASON_ALIAS);
		d.value = want;
		return d;
	}
	g = s->set->item[s->item].size > 8 ? judge_wide(q, col) : cvmm_judge_value(&q->judge, want);
	return g.ok ? take(s, g, own, want) : disagree(q, col, want, g.reason);
}

/*
 * The host lists the register because its CPU has the feature; the guest's own ID registers say that it has not, and once
 * they are written the register is gone. Where the host's ID register says the same as the guest's, it stays listed.
 */
static int vanishes(const struct question *q)
{
	const struct cvmm_regset *host = &q->c->variant->regs;
	struct rule_picks picks;
	uint32_t i;

	cvmm_plan_pick_rules(q->c, q->s, CVMM_ON_SNAPSHOT_ONLY, &picks);
	for (i = 0; i < picks.n; i++) {
		const struct rule_pick *p = &picks.pick[i];
		const struct cvmm_rule *rule = p->rule;
		int at;

		if (rule->test != CVMM_TEST_REGISTER || rule->reason != CVMM_REASON_UNREACHABLE || !p->arg_vm)
			continue;
		at = cvmm_regset_find(host, rule->arg);
		if (at >= 0 && (cvmm_regset_u64(p->arg_set, p->arg_item, 0) & rule->mask) == rule->expected &&
			(cvmm_regset_u64(host, (uint32_t)at, 0) & rule->mask) != rule->expected)
			return 1;
	}
	return 0;
}

static void prepare(struct question *q, const struct plan_ctx *c, const struct subject *s)
{
	memset(q, 0, sizeof(*q));
	q->c = c;
	q->s = s;
	q->property = is_property(s->id) && s->item != CVMM_NO_ITEM;
	if (s->item == CVMM_NO_ITEM)
		q->event = CVMM_ON_HOST_ONLY;
	else if (s->host == CVMM_NO_ITEM && !q->property)
		q->event = CVMM_ON_SNAPSHOT_ONLY;
	if (q->event) {
		cvmm_plan_pick_rules(c, s, q->event, &q->picks);
		q->picked = 1;
	}
	q->per_column = q->picks.per_column || q->property;
	if (s->host != CVMM_NO_ITEM)
		q->reset = cvmm_regset_u64(&c->variant->regs, s->host, 0);
	if (q->event || !s->row || q->property)
		return;
	q->vanishes = vanishes(q) != 0;
	cvmm_judge_init(&q->judge, c->host, c->variant, s->row, s->host);
	q->judge.imp_id = c->imp_id;
	if (s->scope == CVMM_SCOPE_VM)
		q->seen = cvmm_pair_find(c->v->seen, c->v->nseen, s->id);
	if (s->set->item[s->item].size > 8)
		q->per_column = s->id == CVMM_ARM64_SVE_VLS;
	else
		q->per_column = cvmm_judge_depends_on_value(&q->judge) != 0;
}

/* A bit per event counter: those that this machine has. All its vCPUs have as many. */
static uint64_t compare_mask(const struct question *q)
{
	const struct cvmm_regset *set = q->s->set;
	int i;

	if (!q->s->row)
		return ~UINT64_C(0);
	i = q->s->row->counters ? cvmm_regset_find(set, CVMM_ARM64_SYS(3, 3, 9, 12, 0)) : -1;
	return cvmm_row_compare(q->s->row, i >= 0 ? cvmm_regset_u64(set, (uint32_t)i, 0) : 0);
}

static void fill(struct cvmm_step *out, const struct question *q, const struct decision *d)
{
	const struct subject *s = q->s;

	*out = (struct cvmm_step){
		.id = s->id,
		.value = d->value,
		.other = q->reset,
		.compare = compare_mask(q),
		.item = s->item,
		.vcpu = CVMM_NO_VCPU,
		.reason = d->reason,
		.rule = d->rule,
		.shape = s->scope == CVMM_SCOPE_VCPU ? (uint16_t)q->c->shape : 0,
		.verdict = d->verdict,
		.phase = s->row ? s->row->phase : (uint8_t)CVMM_PHASE_NONE,
		.scope = s->scope,
		.write = d->write,
		.verify = d->verify,
	};
}

/* One column keeps its own value and another one shall not: no single step can do both. */
static int contradict(const struct decision *a, const struct decision *b)
{
	if (a->write == b->write)
		return 0;
	return a->write == WRITE_VALUE || b->write == WRITE_VALUE || a->verdict == CVMM_VERDICT_DROPPED ||
	       b->verdict == CVMM_VERDICT_DROPPED || a->verdict == CVMM_VERDICT_LEFT || b->verdict == CVMM_VERDICT_LEFT;
}

/* Takes another column's decision in; returns 1 if it became the one that counts. */
static int worsen(struct decision *worst, struct decision d)
{
	if (d.verdict != CVMM_VERDICT_REFUSED && worst->verdict != CVMM_VERDICT_REFUSED && contradict(worst, &d)) {
		d.verdict = CVMM_VERDICT_REFUSED;
		d.reason = CVMM_REASON_GUEST_SEES_OTHER;
		d.write = WRITE_NO;
		d.verify = VERIFY_NO;
	}
	/* One vCPU that needs the write is enough to write it to all. */
	if (d.verdict <= worst->verdict) {
		if (worst->verdict != CVMM_VERDICT_REFUSED && d.write > worst->write)
			worst->write = d.write;
		return 0;
	}
	if (d.verdict != CVMM_VERDICT_REFUSED && worst->write > d.write)
		d.write = worst->write;
	*worst = d;
	return 1;
}

/* vCPUs mostly hold the same: what was decided for the column in front holds again, unless a rule looks elsewhere. */
static int as_before(const struct question *q, uint32_t col)
{
	const struct cvmm_regset *set = q->s->set;

	return !(q->picked && q->picks.per_column) &&
	       !memcmp(cvmm_regset_value(set, q->s->item, col), cvmm_regset_value(set, q->s->item, col - 1),
		       set->item[q->s->item].size);
}

void cvmm_plan_decide(const struct plan_ctx *c, const struct subject *s, struct cvmm_step *out)
{
	const struct cvmm_shape *shape = &c->v->shape[c->shape];
	uint32_t col, at = 0, ncols = 1;
	struct decision worst;
	struct question q;

	prepare(&q, c, s);
	if (s->set == &shape->regs && s->item != CVMM_NO_ITEM && q.per_column)
		ncols = s->set->ncols;
	worst = decide_column(&q, 0);
	for (col = 1; col < ncols; col++) {
		if (!as_before(&q, col) && worsen(&worst, decide_column(&q, col)))
			at = col;
	}
	fill(out, &q, &worst);
	if (s->scope == CVMM_SCOPE_VCPU && q.per_column && s->item != CVMM_NO_ITEM)
		out->vcpu = shape->vcpu_id[at];
}
