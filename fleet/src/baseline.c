/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * A fold over hosts: first their values combine, then each host judges the result. Two passes over each profile, in
 * storage that does not grow with their number.
 */
#include <cvmm/fleet/baseline.h>

#include "feature_sets.h"
#include "promise.h"

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/vm-regs/vm-regs.h>

#include <errno.h>
#include <string.h>

struct fold {
	const struct cvmm_profile *const *host;
	uint32_t n;
	struct cvmm_exclusions *why;
	struct cvmm_error *e;
	struct promises all;
};

static int insert(struct fold *f, uint32_t at, const struct promise *fresh)
{
	struct promises *all = &f->all;

	if (all->n == CVMM_BASELINE_REGS_MAX)
		return cvmm_fail_id(f->e, -E2BIG, CVMM_REASON_LIMIT, fresh->id, CVMM_BASELINE_REGS_MAX);
	memmove(&all->v[at + 1], &all->v[at], (all->n - at) * sizeof(all->v[0]));
	all->v[at] = *fresh;
	all->n++;
	return 0;
}

/* Ascending by register within one feature set, so that the order of the hosts does not show; the last ones fall off. */
static void list_exclusion(struct cvmm_exclusions *why, const struct cvmm_exclusion *x)
{
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

/* Nobody knows what to do with it: not even the host itself takes back a guest that has it. */
static void unknown(struct fold *f, uint64_t id, uint32_t h)
{
	struct cvmm_exclusion x = { .features = f->all.features, .id = id, .host = { h, h } };
	uint32_t i;

	for (i = 0; i < f->why->n && i < f->why->cap; i++)
		if (f->why->v[i].id == id && f->why->v[i].features == x.features)
			return;
	x.reason = CVMM_REASON_UNKNOWN_TO_CATALOGUE;
	list_exclusion(f->why, &x);
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
			if (!promise_of(set->item[i].id, f->all.features, &fresh)) {
				if (!promise_known(set->item[i].id))
					unknown(f, set->item[i].id, h);
				continue;
			}
			if (insert(f, at, &fresh))
				return -E2BIG;
		}
		p = &f->all.v[at];
		p->nhave++;
		if (set->item[i].size > 8 && !p->wide)
			p->wide = cvmm_regset_value(set, i, 0);
		promise_take(p, promise_seen(p, variant, i), h);
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

		if (!promise_of_guest(seen->id, f->all.features, &fresh))
			continue;
		while (at < f->all.n && f->all.v[at].id < seen->id)
			at++;
		if ((at == f->all.n || f->all.v[at].id != seen->id) && insert(f, at, &fresh))
			return -E2BIG;
		promise_take(&f->all.v[at], seen->value, h);
	}
	return 0;
}

/* What a host tells of itself by a trait. */
static int take_traits(struct fold *f, uint32_t h)
{
	struct promise fresh;
	uint32_t i, at;

	for (i = 0; promise_of_trait(i, &fresh); i++) {
		const struct cvmm_pair *own = cvmm_pair_find(f->host[h]->trait, f->host[h]->ntraits, fresh.trait);

		if (!own)
			continue;
		for (at = 0; at < f->all.n && f->all.v[at].id < fresh.id; at++)
			;
		if ((at == f->all.n || f->all.v[at].id != fresh.id) && insert(f, at, &fresh))
			return -E2BIG;
		f->all.v[at].nhave++;
		promise_take(&f->all.v[at], own->value, h);
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

			if (cvmm_regset_find(&variant->regs, p->id) < 0 &&
				promise_lacking(&f->all, p, f->host[h], &had, &reason) > 0)
				promise_take(p, had, h);
		}
	}
}

/* What host @h's guests see of a register by themselves; 0 if it has nothing to say. */
static int own_value(const struct fold *f, const struct promise *p, uint32_t h, uint64_t *value)
{
	const struct cvmm_variant *variant = cvmm_profile_variant(f->host[h], f->all.features);
	int item = cvmm_regset_find(&variant->regs, p->id);
	uint16_t reason;

	*value = 0;
	if (p->guest_only || p->trait) {
		const struct cvmm_profile *host = f->host[h];
		const struct cvmm_pair *seen = p->trait ? cvmm_pair_find(host->trait, host->ntraits, p->trait)
							: cvmm_pair_find(variant->guest, variant->nguest, p->id);

		if (seen)
			*value = seen->value;
		return seen != NULL;
	}
	if (item < 0)
		return promise_lacking(&f->all, p, f->host[h], value, &reason) > 0;
	*value = promise_seen(p, variant, (uint32_t)item);
	return 1;
}

static uint16_t asks(const struct fold *f, const struct promise *p, uint32_t h)
{
	return promise_refused(&f->all, p, f->host[h], cvmm_profile_variant(f->host[h], f->all.features));
}

/* Do both accept p->value? Returns the reason of the one that does not, or 0. */
static uint16_t both_take(const struct fold *f, const struct promise *p, uint32_t a, uint32_t b)
{
	uint16_t reason = asks(f, p, b);

	return reason ? reason : asks(f, p, a);
}

static void take_wide(const struct fold *f, struct promise *p, uint32_t h)
{
	const struct cvmm_variant *variant = cvmm_profile_variant(f->host[h], f->all.features);
	int item = cvmm_regset_find(&variant->regs, p->id);

	if (item >= 0)
		p->wide = cvmm_regset_value(&variant->regs, (uint32_t)item, 0);
}

/* Two hosts alone: is there a value that both accept? Returns a reason against it, or 0. */
static uint16_t pair_excludes(const struct fold *f, const struct promise *of, uint32_t a, uint32_t b)
{
	struct promise p = *of;
	uint64_t va, vb;
	int has_a = own_value(f, &p, a, &va), has_b = own_value(f, &p, b, &vb);

	/* Of a host that has nothing to say the other one's value is asked. */
	if (p.wide)
		take_wide(f, &p, has_a ? a : b);
	p.value = has_a ? va : vb;
	if (p.wide || has_a != has_b)
		return both_take(f, &p, a, b);
	if ((!has_a && !has_b) || !both_take(f, &p, a, b))
		return 0;
	p.value = vb;
	if (!both_take(f, &p, a, b))
		return 0;
	p.value = promise_meet(&p, va, vb);
	return both_take(f, &p, a, b);
}

/* Names the two hosts that exclude each other. Where intervals have nothing in common, two of them have nothing. */
static void exclude(struct fold *f, struct promise *p, uint32_t refuser, uint16_t reason)
{
	struct cvmm_exclusion x = { .features = f->all.features, .id = p->id, .reason = reason };
	uint32_t h;

	p->failed = 1;
	x.host[0] = p->host;
	x.host[1] = refuser;
	for (h = 0; h < f->n; h++) {
		uint16_t why = h == refuser ? 0 : pair_excludes(f, p, h, refuser);

		if (why) {
			x.host[0] = h;
			x.reason = why;
			break;
		}
	}
	(void)own_value(f, p, x.host[0], &x.value[0]);
	(void)own_value(f, p, x.host[1], &x.value[1]);
	list_exclusion(f->why, &x);
}

/* A value that has to be the same everywhere and that some hosts let the VMM choose: that of a host that does not. */
static int settle(const struct fold *f, struct promise *p, uint32_t h)
{
	uint64_t own;

	if (p->row->combine != CVMM_COMBINE_EXACT || p->fixed || p->wide || !own_value(f, p, h, &own))
		return 0;
	p->value = own;
	p->host = h;
	p->fixed = 1;
	return 1;
}

/* Asks every host about every value. Returns 1 if a value was settled on the way: earlier hosts are to be asked again. */
static int ask_all(struct fold *f)
{
	uint32_t h, i;
	int again = 0;

	for (h = 0; h < f->n; h++) {
		for (i = 0; i < f->all.n; i++) {
			struct promise *p = &f->all.v[i];
			uint16_t reason = p->failed ? 0 : asks(f, p, h);

			if (!reason)
				continue;
			if (settle(f, p, h))
				again = 1;
			else
				exclude(f, p, h, reason);
		}
	}
	return again;
}

/* Tries one feature set. Returns 1 if it gave a machine, 0 if not. */
static int try_features(struct fold *f, uint64_t features)
{
	uint32_t before = f->why->n, h;
	int ret;

	f->all.n = 0;
	f->all.features = features;
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
	while (ask_all(f))
		;
	return f->why->n == before;
}

static void finish(const struct fold *f, struct cvmm_baseline *out)
{
	uint32_t i;

	memset(out, 0, sizeof(*out));
	out->arch = f->host[0]->arch;
	out->features = f->all.features;
	for (i = 0; i < f->all.n; i++) {
		const struct promise *p = &f->all.v[i];

		/* What not every host tells of is not promised. */
		if (!p->told || p->wide || (p->trait && p->nhave < f->n))
			continue;
		out->pin[out->n].id = p->id;
		out->pin[out->n].value = p->value;
		out->host[out->n] = p->moved ? p->host : CVMM_NO_HOST;
		out->n++;
	}
}

static int check_hosts(const struct cvmm_profile *const *host, uint32_t n, struct cvmm_error *e)
{
	uint32_t h, rows;

	if (!n)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_FLEET_EMPTY);
	for (h = 1; h < n; h++)
		if (host[h]->arch != host[0]->arch)
			return cvmm_fail_id(e, -EINVAL, CVMM_REASON_FLEET_ARCH, 0, h);
	if (!cvmm_vm_reg_rows(host[0]->arch, &rows))
		return cvmm_fail_id(e, -EINVAL, CVMM_REASON_WRONG_ARCH, 0, host[0]->arch);
	return 0;
}

int cvmm_baseline_compute(const struct cvmm_profile *const *host, uint32_t n, uint64_t features,
	struct cvmm_baseline *out, struct cvmm_exclusions *why, struct cvmm_error *e)
{
	struct cvmm_exclusion one;
	struct cvmm_exclusions mine = { &one, 1, 0 };
	struct fold f = { .host = host, .n = n, .why = &mine, .e = e };
	uint64_t set = features;
	int first = 1, ret = check_hosts(host, n, e);

	if (ret)
		return ret;
	if (why && why->cap) {
		why->n = 0;
		f.why = why;
	}
	while (features ? first && features_common(host, n, set) : features_next(host, n, set, first, &set)) {
		first = 0;
		ret = try_features(&f, set);
		if (ret < 0)
			return ret;
		if (ret) {
			finish(&f, out);
			if (why && !why->cap)
				why->n = mine.n;
			return 0;
		}
	}
	if (why && !why->cap)
		why->n = mine.n;
	if (first)
		return cvmm_fail(e, -ENOENT, CVMM_REASON_FLEET_NO_FEATURES);
	one = f.why->v[0];
	return cvmm_fail_id(e, -ENOTUNIQ, CVMM_REASON_FLEET_EXCLUDE, one.id, (uint64_t)one.host[0] << 32 | one.host[1]);
}
