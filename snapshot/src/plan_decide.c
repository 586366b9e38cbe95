/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* One register: facts first, a rule if they disagree, the row's own meaning if there is no rule. */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>
#include <cvmm/vm-regs/vm-regs.h>

#include <stddef.h>
#include <string.h>

#include "judge_wide.h"
#include "plan_verdict.h"

#define ID_AA64PFR1 CVMM_ARM64_SYS(3, 0, 0, 4, 1)
#define PFR1_SSBS   UINT64_C(0xf0)

/* What is asked about one register of one column, prepared once for all columns. */
struct question {
	const struct plan_ctx *c;
	const struct subject *s;
	struct judge judge;
	const struct cvmm_pair *seen;
	uint64_t reset;
	uint8_t event;
	uint8_t per_column;
	uint8_t property;
	uint8_t picked;
	uint8_t vanishes;
	struct rule_picks picks; /* filled when something disagrees; large, so not cleared as a whole */
};

static struct decision without_rule(const struct question *q, uint16_t reason)
{
	if (q->event == CVMM_ON_SNAPSHOT_ONLY)
		return cvmm_verdict_lost(q->c, q->s);
	if (q->event == CVMM_ON_HOST_ONLY)
		return cvmm_verdict_found(q->c, q->s, q->reset);
	return settle(CVMM_VERDICT_REFUSED, reason);
}

static struct decision disagree(struct question *q, uint32_t col, uint64_t want, uint16_t reason)
{
	const struct rule_pick *p;
	struct decision d;

	/* Those about what only one side has were picked at once. */
	if (!q->picked) {
		cvmm_plan_pick_rules(q->c, q->s, CVMM_ON_DIFFER, &q->picks);
		q->picked = 1;
	}
	p = cvmm_plan_rule_for(q->c, q->s, &q->picks, col);
	d = p ? cvmm_verdict_by_rule(q->c, q->s, p) : without_rule(q, reason);

	if (!p || (p->rule->act != CVMM_ACT_PIN && p->rule->act != CVMM_ACT_HIDE))
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

static struct judgement judge_wide(const struct question *q, uint32_t col)
{
	const struct subject *s = q->s;

	return cvmm_judge_wide(
		s->id, cvmm_regset_value(s->set, s->item, col), cvmm_regset_value(&q->c->variant->regs, s->host, 0));
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
	return g.ok ? cvmm_verdict_take(s, g, own, want) : disagree(q, col, want, g.reason);
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

	if (!q->c->lists[0].n && !cvmm_plan_may_vanish(q->c->index, q->s->id))
		return 0;
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

/* Is there a difference in the field SSBS that the guest's ID register makes? */
static int ssbs_hidden(const struct plan_ctx *c)
{
	int host = cvmm_regset_find(&c->variant->regs, ID_AA64PFR1);
	int guest = cvmm_regset_find(&c->v->vm, ID_AA64PFR1);

	return host >= 0 && guest >= 0 && cvmm_regset_u64(&c->variant->regs, (uint32_t)host, 0) & PFR1_SSBS &&
	       !(cvmm_regset_u64(&c->v->vm, (uint32_t)guest, 0) & PFR1_SSBS);
}

static void prepare(struct question *q, const struct plan_ctx *c, const struct subject *s)
{
	memset(q, 0, offsetof(struct question, picks));
	q->picks.n = 0;
	q->picks.per_column = 0;
	q->c = c;
	q->s = s;
	q->property = cvmm_is_property(s->id) && s->item != CVMM_NO_ITEM;
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
	q->judge.ssbs_hidden = s->id == CVMM_ARM64_WORKAROUND_2 && ssbs_hidden(c);
	if (s->scope == CVMM_SCOPE_VM)
		q->seen = cvmm_pair_find(c->v->seen, c->v->nseen, s->id);
	if (s->set->item[s->item].size > 8)
		q->per_column = cvmm_wide_promises(s->id) != 0;
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

/* Is one ioctl all there is to it? */
static int is_one_reg(const struct subject *s)
{
	const struct cvmm_row *row = s->scope == CVMM_SCOPE_VM ? cvmm_vm_reg_row((struct cvmm_vm_reg){ s->id })
							       : cvmm_vcpu_reg_row((struct cvmm_vcpu_reg){ s->id });

	/* What neither library knows was brought by the caller's rows; those are registers, never properties. */
	if (!row)
		return 1;
	/* What exists at VM scope only is not reached through a vCPU. */
	return row->access == CVMM_ACCESS_ONE_REG && row->phase != CVMM_PHASE_VM && !row->command && !row->idle &&
	       !(row->peer && row->write == CVMM_WRITE_STORED);
}

/* Looked up here, once, so that apply() does not do it for each vCPU. */
static uint8_t quick(const struct subject *s, const struct decision *d)
{
	uint8_t q = 0;

	if (!is_one_reg(s))
		return 0;
	if (s->scope == CVMM_SCOPE_VM)
		return CVMM_QUICK_ONE_REG;
	if (d->write == WRITE_VIEW)
		q |= CVMM_QUICK_WRITE;
	if (d->verify == VERIFY_EQUAL && cvmm_step_is_own(s->item, d->write, d->verdict))
		q |= CVMM_QUICK_VERIFY;
	return q | CVMM_QUICK_ONE_REG;
}

/* Timers move, events pass, and what follows the vCPU's number is another one's: those are always written. */
static uint32_t reset_of(const struct subject *s)
{
	const struct cvmm_row *row = s->row;

	if (s->scope != CVMM_SCOPE_VCPU || !row || row->dflt == CVMM_DEFAULT_VCPU ||
		row->phase <= CVMM_PHASE_FINALIZE || row->phase >= CVMM_PHASE_CLOCK)
		return CVMM_NO_ITEM;
	return s->host;
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
		.quick = quick(s, d),
		.reset = reset_of(s),
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
