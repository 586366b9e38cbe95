/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * One machine, many hosts. What a register's row says is looked up once; then most registers of most hosts are equal,
 * and for those one comparison is the whole judgement. Everything else goes the way of every plan.
 */
#include <cvmm/kvm-ioctls/reg-id.h>

#include <errno.h>
#include <string.h>

#include "plan_verdict.h"

/* How far a look at the values alone gets. */
enum shortcut {
	SHORTCUT_NONE,	/* a decision is needed */
	SHORTCUT_EQUAL, /* not if both have the same */
	SHORTCUT_ANY,	/* the host takes any value */
};

struct plan_entry {
	uint64_t id;
	uint64_t value;
	const struct cvmm_row *row;
	uint32_t item;	 /* in the view's list that it is in */
	uint8_t scope;	 /* of that list */
	uint8_t foreign; /* a row of the caller's says that it is the other scope's */
	uint8_t shortcut;
};

_Static_assert(sizeof(struct plan_entry) * CVMM_PLAN_STEPS_MAX <= CVMM_MOVES_BYTES, "CVMM_MOVES_BYTES");

/* Each line is what cvmm_judge_value() comes to; the test compares the two for every pair of recorded hosts. */
static uint8_t shortcut_of(const struct cvmm_view *v, const struct cvmm_regset *set, const struct plan_entry *x)
{
	const struct judge j = { .row = x->row };
	uint32_t ncols = x->scope == CVMM_SCOPE_VCPU ? set->ncols : 1;

	if (!x->row || x->foreign || cvmm_is_property(x->id) || x->row->write == CVMM_WRITE_ALIAS ||
		set->item[x->item].size > 8)
		return SHORTCUT_NONE;
	if (x->row->write == CVMM_WRITE_VOLATILE)
		return SHORTCUT_ANY;
	if (x->scope == CVMM_SCOPE_VCPU && !cvmm_judge_depends_on_value(&j))
		return SHORTCUT_ANY;
	if (ncols > 1 || (x->scope == CVMM_SCOPE_VM && cvmm_pair_find(v->seen, v->nseen, x->id)))
		return SHORTCUT_NONE;
	if (x->row->write == CVMM_WRITE_BITS && x->row->combine == CVMM_COMBINE_NONE)
		return SHORTCUT_NONE;
	return SHORTCUT_EQUAL;
}

static void decide(const struct plan_ctx *c, struct plan_sum *sum, uint64_t id, const struct plan_entry *x,
	const struct cvmm_row *row, uint8_t scope, uint32_t host)
{
	struct subject s = { .id = id, .row = row, .item = x ? x->item : CVMM_NO_ITEM, .host = host, .scope = scope };
	struct cvmm_step step;

	s.set = scope == CVMM_SCOPE_VCPU ? &c->v->shape[c->shape].regs : &c->v->vm;
	cvmm_plan_decide(c, &s, &step);
	cvmm_plan_sum_step(sum, &step, cvmm_plan_place(row));
}

/* Does the guest of this host see another value than ONE_REG gives? Registers are asked in ascending order. */
static int shown(const struct cvmm_variant *variant, uint32_t *at, uint64_t id)
{
	while (*at < variant->nguest && variant->guest[*at].id < id)
		(*at)++;
	return *at < variant->nguest && variant->guest[*at].id == id;
}

static int obvious(const struct plan_entry *x, const struct cvmm_variant *variant, uint32_t item, uint32_t *guest)
{
	if (x->shortcut != SHORTCUT_EQUAL)
		return x->shortcut == SHORTCUT_ANY;
	if (x->scope == CVMM_SCOPE_VM && shown(variant, guest, x->id))
		return 0;
	return cvmm_regset_u64(&variant->regs, item, 0) == x->value;
}

static void host_only(const struct plan_ctx *c, struct plan_sum *sum, uint32_t item)
{
	uint64_t id = c->variant->regs.item[item].id;
	const struct cvmm_row *row;
	uint8_t owner = cvmm_plan_owner(c->mine, id, &row);

	/* cvmm_plan_cpuid() was asked about those. */
	if (cvmm_reg_is_cpuid(id) || cvmm_plan_only_listed(c->host, id))
		return;

	/* What nobody knows is reported with the VM's. */
	decide(c, sum, id, NULL, row, owner == CVMM_SCOPE_VCPU ? CVMM_SCOPE_VCPU : CVMM_SCOPE_VM, item);
}

void cvmm_plan_sum_lists(const struct plan_ctx *c, int exact, struct plan_sum *sum)
{
	const struct cvmm_variant *variant = c->variant;
	uint32_t i = 0, k = 0, guest = 0;

	if (!variant)
		return;
	while (i < sum->n || k < variant->regs.n) {
		const struct plan_entry *x = &sum->entry[i];
		uint64_t a = i < sum->n ? x->id : UINT64_MAX;
		uint64_t b = k < variant->regs.n ? variant->regs.item[k].id : UINT64_MAX;
		int both = a == b && !cvmm_plan_only_listed(c->host, b);

		if (b < a) {
			host_only(c, sum, k++);
			continue;
		}
		i++;
		if (both && obvious(x, variant, k, &guest)) {
			k++;
			continue;
		}
		if (exact || !cvmm_plan_features_id(a))
			decide(c, sum, a, x, x->row, x->scope, both ? k : CVMM_NO_ITEM);
		if (a != b)
			continue;
		if (x->foreign)
			host_only(c, sum, k);
		k++;
	}
}

void cvmm_plan_sum_step(struct plan_sum *sum, const struct cvmm_step *step, uint32_t place)
{
	uint32_t at = place << 8 | step->scope;

	if (step->verdict != CVMM_VERDICT_REFUSED)
		return;
	if (!sum->out->nrefused++ || at < sum->first) {
		sum->first = at;
		sum->out->id = step->id;
		sum->out->reason = step->reason;
	}
}

/* Both lists of the view in one; no id stands in both. */
static uint32_t collect(const struct cvmm_view *v, const struct cvmm_rules *mine, struct plan_entry *entry)
{
	const struct cvmm_regset *list[2] = { &v->vm, &v->shape[0].regs };
	uint32_t at[2] = { 0, 0 }, n = 0;

	while (at[0] < list[0]->n || at[1] < list[1]->n) {
		int k = at[0] == list[0]->n ||
			(at[1] < list[1]->n && list[1]->item[at[1]].id < list[0]->item[at[0]].id);
		struct plan_entry *x = &entry[n++];

		*x = (struct plan_entry){ .id = list[k]->item[at[k]].id, .item = at[k] };
		x->scope = k ? CVMM_SCOPE_VCPU : CVMM_SCOPE_VM;
		x->foreign = cvmm_plan_owner(mine, x->id, &x->row) != x->scope && x->row;
		if (list[k]->item[at[k]].size <= 8)
			x->value = cvmm_regset_u64(list[k], at[k], 0);
		x->shortcut = shortcut_of(v, list[k], x);
		at[k]++;
	}
	return n;
}

static int check(const struct cvmm_view *v, const struct cvmm_rules *mine, struct cvmm_error *e)
{
	int ret = cvmm_view_check(v, e);

	if (ret == 0)
		ret = cvmm_view_check_values(v, e);
	if (ret == 0)
		ret = cvmm_plan_check_rules(mine, e);
	if (ret == 0 && v->nshapes != 1)
		ret = cvmm_fail_id(e, -EINVAL, CVMM_REASON_SHAPE, 0, v->nshapes);
	return ret;
}

int cvmm_plan_moves(const struct cvmm_view *v, const struct cvmm_profile *const *host, uint32_t n,
	const struct cvmm_rules *mine, struct cvmm_move *out, void *store, size_t cap, struct cvmm_error *e)
{
	struct rule_index index;
	struct plan_sum sum = { .index = &index, .entry = store };
	int ret = check(v, mine, e);
	size_t need;
	uint32_t i;

	if (ret < 0)
		return ret;
	need = ((size_t)v->vm.n + v->shape[0].regs.n) * sizeof(*sum.entry);
	if (!store || need > cap)
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL, 0, need);
	if ((uintptr_t)store % 16)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_ARGUMENT);
	cvmm_plan_index_rules(v->arch, &index);
	sum.n = collect(v, mine, store);
	for (i = 0; i < n; i++) {
		out[i] = (struct cvmm_move){ 0 };
		sum.out = &out[i];
		cvmm_plan_sum(v, host[i], mine, &sum);
	}
	return 0;
}
