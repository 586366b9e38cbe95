/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What becomes of a register: from a judgement, from a rule, or from its row alone. */
#include "plan_verdict.h"

static uint64_t features_of(const struct plan_ctx *c)
{
	return c->v->shape[c->shape].features;
}

static int unreachable(const struct plan_ctx *c, const struct subject *s)
{
	return s->row->needs && !(s->row->needs & features_of(c));
}

struct decision cvmm_verdict_lost(const struct plan_ctx *c, const struct subject *s)
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

struct decision cvmm_verdict_found(const struct plan_ctx *c, const struct subject *s, uint64_t reset)
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

struct decision cvmm_verdict_take(const struct subject *s, struct judgement g, uint64_t own, uint64_t want)
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
	/* A rule's value has 64 bits: what else a longer register would hold, nobody says. */
	d.reason = CVMM_REASON_REG_SIZE;
	if (c->variant->regs.item[s->host].size > 8)
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

struct decision cvmm_verdict_by_rule(const struct plan_ctx *c, const struct subject *s, const struct rule_pick *p)
{
	uint16_t accepts = p->rule->reason ? p->rule->reason : CVMM_REASON_RULE_ACCEPTS;
	struct decision d;

	switch (p->rule->act) {
	case CVMM_ACT_DROP: d = settle(CVMM_VERDICT_DROPPED, accepts); break;
	case CVMM_ACT_LEAVE: d = settle(CVMM_VERDICT_LEFT, accepts); break;
	case CVMM_ACT_PIN:
	case CVMM_ACT_HIDE:
		d = pin(c, s, p->rule);
		if (d.verdict == CVMM_VERDICT_REFUSED && p->rule->act == CVMM_ACT_HIDE) {
			d = settle(CVMM_VERDICT_LEFT, CVMM_REASON_HARMLESS);
			break;
		}
		if (d.verdict != CVMM_VERDICT_REFUSED)
			d.reason = accepts;
		break;
	case CVMM_ACT_WRITE:
		d = settle(CVMM_VERDICT_REFUSED, CVMM_REASON_HOST_LACKS);
		if ((s->host == CVMM_NO_ITEM && !cvmm_is_property(s->id)) || s->item == CVMM_NO_ITEM || !s->row)
			break;
		d = settle(CVMM_VERDICT_EXACT, accepts);
		d.write = WRITE_VIEW;
		/* Nothing is stored by an assertion; whoever writes it all the same knows. */
		d.verify = s->row->write == CVMM_WRITE_ASSERT ? VERIFY_NO : VERIFY_EQUAL;
		break;
	default:
		/* The libraries' own rules have a reason each. */
		d = settle(CVMM_VERDICT_REFUSED, p->rule->reason ? p->rule->reason : CVMM_REASON_RULE_REFUSES);
		break;
	}
	d.rule = p->index;
	return d;
}
