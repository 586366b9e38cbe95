/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* First half of a baseline: every host's own values combine, in one pass over each profile. */
#include "fold.h"

#include <cvmm/kvm-ioctls/reg-id.h>

#include <errno.h>
#include <string.h>

/* Where there is no room the last ones fall off. */
void cvmm_fold_exclude(struct fold *f, const struct cvmm_exclusion *x)
{
	struct cvmm_exclusions *why = f->why;
	uint32_t have = why->n < why->cap ? why->n : why->cap, at = have;

	while (at && why->v[at - 1].features == x->features && why->v[at - 1].id > x->id)
		at--;
	if (have == why->cap && at < have)
		have--;
	if (at < why->cap) {
		memmove(&why->v[at + 1], &why->v[at], (have - at) * sizeof(*x));
		why->v[at] = *x;
	}
	why->n++;
}

static int insert(struct fold *f, uint32_t at, const struct promise *fresh)
{
	struct promises *all = &f->all;

	if (all->n == CVMM_BASELINE_REGS_MAX || (fresh->nwide && all->nwide == CVMM_BASELINE_WIDE_MAX))
		return cvmm_fail_id(f->e, -E2BIG, CVMM_REASON_LIMIT, fresh->id,
			fresh->nwide ? CVMM_BASELINE_WIDE_MAX : CVMM_BASELINE_REGS_MAX);
	all->nwide += fresh->nwide != 0;
	memmove(&all->v[at + 1], &all->v[at], (all->n - at) * sizeof(all->v[0]));
	all->v[at] = *fresh;
	all->n++;
	return 0;
}

/* Nobody knows what to do with it: not even the host itself takes back a guest that has it. */
static void unknown(struct fold *f, uint64_t id, uint32_t h)
{
	struct cvmm_exclusion x = { .features = f->all.features, .id = id, .host = { h, h } };
	uint32_t i;

	for (i = 0; i < f->why->n && i < f->why->cap; i++)
		if (f->why->v[i].id == id && f->why->v[i].features == x.features)
			return;
	x.reason = CVMM_REASON_UNKNOWN_TO_CATALOGUE;
	cvmm_fold_exclude(f, &x);
}

/* Merges one host's register list, which ascends like ours. */
static int take_host(struct fold *f, uint32_t h)
{
	const struct cvmm_variant *variant = cvmm_profile_variant(f->host[h], f->all.features);
	const struct cvmm_regset *set = &variant->regs;
	struct promise fresh;
	uint32_t i, at = 0;

	for (i = 0; i < set->n; i++) {
		struct promise *p;

		while (at < f->all.n && f->all.v[at].id < set->item[i].id)
			at++;
		if (at == f->all.n || f->all.v[at].id != set->item[i].id) {
			if (!cvmm_promise_of(set->item[i].id, f->all.features, &fresh)) {
				if (!cvmm_promise_known(set->item[i].id, f->all.mine))
					unknown(f, set->item[i].id, h);
				continue;
			}
			if (insert(f, at, &fresh))
				return -E2BIG;
		}
		p = &f->all.v[at];
		p->nhave++;
		if (p->nwide)
			cvmm_promise_take_wide(p, cvmm_regset_value(set, i, 0), h);
		else
			cvmm_promise_take(p, cvmm_promise_seen(p, variant, i), h);
	}
	return 0;
}

/* What guests read without ONE_REG having it. */
static int take_guest(struct fold *f, uint32_t h)
{
	const struct cvmm_variant *variant = cvmm_profile_variant(f->host[h], f->all.features);
	struct promise fresh;
	uint32_t i, at = 0;

	for (i = 0; i < variant->nguest; i++) {
		const struct cvmm_pair *seen = &variant->guest[i];

		if (!cvmm_promise_of_guest(seen->id, f->all.features, &fresh))
			continue;
		while (at < f->all.n && f->all.v[at].id < seen->id)
			at++;
		if ((at == f->all.n || f->all.v[at].id != seen->id) && insert(f, at, &fresh))
			return -E2BIG;
		cvmm_promise_take(&f->all.v[at], seen->value, h);
	}
	return 0;
}

/* What a host tells of itself by a trait. */
static int take_traits(struct fold *f, uint32_t h)
{
	struct promise fresh;
	uint32_t i, at;

	for (i = 0; cvmm_promise_of_trait(i, &fresh); i++) {
		const struct cvmm_pair *own = cvmm_pair_find(f->host[h]->trait, f->host[h]->ntraits, fresh.trait);

		if (!own)
			continue;
		for (at = 0; at < f->all.n && f->all.v[at].id < fresh.id; at++)
			;
		if ((at == f->all.n || f->all.v[at].id != fresh.id) && insert(f, at, &fresh))
			return -E2BIG;
		f->all.v[at].nhave++;
		cvmm_promise_take(&f->all.v[at], own->value, h);
	}
	return 0;
}

/* Hosts that lack a register may have given its guests something all the same. */
static void take_lacking(struct fold *f)
{
	uint32_t i, h;

	for (i = 0; i < f->all.n; i++) {
		struct promise *p = &f->all.v[i];

		for (h = 0; !p->guest_only && !p->trait && p->nhave < f->n && h < f->n; h++) {
			const struct cvmm_variant *variant = cvmm_profile_variant(f->host[h], f->all.features);
			uint16_t reason;
			uint64_t had;

			if (cvmm_regset_find(&variant->regs, p->id) >= 0)
				continue;
			if (cvmm_reg_is_cpuid(p->id))
				cvmm_promise_take_wide(p, NULL, h);
			else if (cvmm_promise_lacking(&f->all, p, f->host[h], &had, &reason) > 0)
				cvmm_promise_take(p, had, h);
		}
	}
}

int cvmm_fold_take(struct fold *f)
{
	uint32_t h;
	int ret;

	for (h = 0; h < f->n; h++) {
		ret = take_host(f, h);
		if (!ret)
			ret = take_guest(f, h);
		if (!ret)
			ret = take_traits(f, h);
		if (ret)
			return ret;
	}
	take_lacking(f);
	return 0;
}
