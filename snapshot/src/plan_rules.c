/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Which rule decides? The caller's first, then the library's whose register it is. */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>
#include <cvmm/vm-regs/vm-regs.h>

#include <errno.h>
#include <string.h>

#include "plan_parts.h"

uint8_t cvmm_plan_owner(const struct cvmm_rules *mine, uint64_t id, const struct cvmm_row **row)
{
	/* x86_64 moves registers in batches, by the catalogue alone: what it does not know, nobody would write. */
	uint32_t i, n = mine && cvmm_reg_arch(id) != CVMM_ARCH_X86_64 ? mine->nrows : 0;

	*row = cvmm_vm_reg_row((struct cvmm_vm_reg){ id });
	if (*row)
		return CVMM_SCOPE_VM;
	*row = cvmm_vcpu_reg_row((struct cvmm_vcpu_reg){ id });
	if (*row)
		return CVMM_SCOPE_VCPU;
	for (i = 0; i < n; i++) {
		if (cvmm_row_has(&mine->row[i], id)) {
			*row = &mine->row[i];
			return mine->scope[i];
		}
	}
	*row = NULL;
	return CVMM_SCOPE_UNKNOWN;
}

/* Where a rule's register stands: the VM's list first, then the list of the register that the rule is about. */
static void find_arg(const struct plan_ctx *c, const struct subject *s, struct rule_pick *p)
{
	int i = cvmm_regset_find(&c->v->vm, p->rule->arg);

	p->arg_vm = i >= 0;
	p->arg_set = &c->v->vm;
	if (i < 0) {
		i = cvmm_regset_find(s->set, p->rule->arg);
		p->arg_set = s->set;
	}
	p->arg_found = i >= 0;
	p->arg_item = i >= 0 ? (uint32_t)i : 0;
}

static void pick_from(const struct plan_ctx *c, const struct subject *s, uint32_t list, uint8_t event, uint32_t base,
	struct rule_picks *out)
{
	const struct cvmm_rules *rules = &c->lists[list];
	uint32_t i;

	for (i = 0; i < rules->n && out->n < RULES_PER_REG; i++) {
		const struct cvmm_rule *rule = &rules->v[i];
		struct rule_pick *p = &out->pick[out->n];

		if (!(rule->on & event) || !cvmm_rule_has(rule, s->id))
			continue;
		*p = (struct rule_pick){ .rule = rule, .index = (uint16_t)(base + i) };
		if (rule->test == CVMM_TEST_REGISTER)
			find_arg(c, s, p);
		if (rule->test == CVMM_TEST_SELF || (rule->test == CVMM_TEST_REGISTER && !p->arg_vm))
			out->per_column = 1;
		out->n++;
		/* Nothing after a rule that always holds can decide. */
		if (rule->test == CVMM_TEST_ALWAYS)
			return;
	}
}

/* Sixteen neighbours share a bit: families have thousands. */
static uint32_t hash_of(uint64_t id)
{
	return (uint32_t)((id >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 52) % RULE_BITS;
}

/* Which sets a rule is in. */
static uint32_t sets_of(const struct cvmm_rule *r)
{
	uint32_t sets = r->on;

	if (r->on & CVMM_ON_SNAPSHOT_ONLY && r->test == CVMM_TEST_REGISTER && r->reason == CVMM_REASON_UNREACHABLE)
		sets |= 1u << RULE_VANISH;
	return sets;
}

static void index_list(const struct cvmm_rules *rules, struct rule_index *out)
{
	uint64_t id, last;
	uint32_t i, set;

	for (i = 0; i < rules->n; i++) {
		const struct cvmm_rule *r = &rules->v[i];
		uint32_t sets = sets_of(r);

		last = r->first + (uint64_t)(r->count - 1) * r->step;
		for (id = r->first & ~UINT64_C(15); id <= last; id += 16) {
			uint32_t bit = hash_of(id);

			for (set = 0; set <= RULE_VANISH; set++)
				if (sets >> set & 1)
					out->bits[set][bit / 64] |= UINT64_C(1) << bit % 64;
		}
	}
}

void cvmm_plan_index_rules(uint32_t arch, struct rule_index *out)
{
	struct cvmm_rules vm = cvmm_vm_reg_rules(arch), vcpu = cvmm_vcpu_reg_rules(arch);

	memset(out, 0, sizeof(*out));
	index_list(&vm, out);
	index_list(&vcpu, out);
}

/* Few registers have a rule at all, and a plan asks about all of them. */
static int indexed(const struct rule_index *index, uint32_t sets, uint64_t id)
{
	uint32_t bit = hash_of(id), i;

	for (i = 0; i <= RULE_VANISH; i++)
		if (sets >> i & 1 && index->bits[i][bit / 64] >> bit % 64 & 1)
			return 1;
	return 0;
}

int cvmm_plan_may_vanish(const struct rule_index *index, uint64_t id)
{
	return indexed(index, 1u << RULE_VANISH, id);
}

void cvmm_plan_pick_rules(const struct plan_ctx *c, const struct subject *s, uint8_t event, struct rule_picks *out)
{
	out->n = 0;
	out->per_column = 0;
	pick_from(c, s, 0, event, 0, out);
	if (c->index && !indexed(c->index, event, s->id))
		return;
	if (s->scope == CVMM_SCOPE_VM)
		pick_from(c, s, 1, event, c->lists[0].n, out);
	else
		pick_from(c, s, 2, event, c->lists[0].n + c->lists[1].n, out);
}

/* Does the thing that the rule looks at exist, and which value has it? */
static int looked_at(
	const struct plan_ctx *c, const struct subject *s, const struct rule_pick *p, uint32_t col, uint64_t *value)
{
	const struct cvmm_pair *cap;

	switch (p->rule->test) {
	case CVMM_TEST_SELF:
		if (s->item == CVMM_NO_ITEM)
			return 0;
		*value = cvmm_regset_u64(s->set, s->item, col);
		return 1;
	case CVMM_TEST_REGISTER:
		if (!p->arg_found)
			return 0;
		*value = cvmm_regset_u64(p->arg_set, p->arg_item, p->arg_vm ? 0 : col);
		return 1;
	case CVMM_TEST_CAP:
		cap = cvmm_pair_find(c->v->cap, c->v->ncaps, p->rule->arg);
		*value = cap ? cap->value : 0;
		return 1;
	case CVMM_TEST_FEATURES: *value = c->v->shape[c->shape].features; return 1;
	case CVMM_TEST_HOST:
		if (s->host == CVMM_NO_ITEM)
			return 0;
		*value = cvmm_regset_u64(&c->variant->regs, s->host, 0);
		return 1;
	default: return 0;
	}
}

const struct rule_pick *cvmm_plan_rule_for(
	const struct plan_ctx *c, const struct subject *s, const struct rule_picks *picks, uint32_t col)
{
	uint32_t i;

	for (i = 0; i < picks->n; i++) {
		const struct rule_pick *p = &picks->pick[i];
		uint64_t value;

		if (p->rule->test == CVMM_TEST_ALWAYS)
			return p;
		if (looked_at(c, s, p, col, &value) && (value & p->rule->mask) == p->rule->expected)
			return p;
	}
	return NULL;
}

static uint32_t rule_count(const struct cvmm_rule *r)
{
	return r->step ? r->count : 1;
}

/* Do two arithmetic progressions of ids meet? Walks the shorter one. */
static int ids_meet(const struct cvmm_rule *a, const struct cvmm_rule *b, uint64_t *id)
{
	uint32_t i;

	if (rule_count(a) > rule_count(b)) {
		const struct cvmm_rule *t = a;

		a = b;
		b = t;
	}
	for (i = 0; i < rule_count(a); i++) {
		*id = a->first + (uint64_t)i * a->step;
		if (cvmm_rule_has(b, *id))
			return 1;
	}
	return 0;
}

/* The later rule never decides, or decides otherwise in the very same case. */
static int rules_clash(const struct cvmm_rule *a, const struct cvmm_rule *b)
{
	if (!(a->on & b->on))
		return 0;
	if (a->test == CVMM_TEST_ALWAYS)
		return 1;
	return a->test == b->test && a->arg == b->arg && a->mask == b->mask && a->expected == b->expected;
}

int cvmm_plan_check_rules(const struct cvmm_rules *mine, struct cvmm_error *e)
{
	uint32_t i, k;
	uint64_t id;

	for (i = 0; mine && i < mine->n; i++) {
		const struct cvmm_rule *r = &mine->v[i];

		if (!r->on || r->on > 7 || r->test > CVMM_TEST_HOST || r->act > CVMM_ACT_HIDE || !rule_count(r))
			return cvmm_fail_id(e, -EINVAL, CVMM_REASON_ARGUMENT, r->first, i);
		for (k = 0; k < i; k++) {
			if (rules_clash(&mine->v[k], r) && ids_meet(&mine->v[k], r, &id)) {
				(void)cvmm_fail_id(e, -EINVAL, CVMM_REASON_RULES_OVERLAP, id, k);
				if (e)
					e->offset = i;
				return -EINVAL;
			}
		}
	}
	return 0;
}
