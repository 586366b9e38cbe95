/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * A fold over hosts: first their values combine, then each host judges the result. Two passes over each profile, in
 * storage that does not grow with their number.
 */
#include <cvmm/fleet/baseline.h>

#include "feature_sets.h"
#include "fold.h"

#include <cvmm/vm-regs/vm-regs.h>

#include <cvmm/kvm-ioctls/reg-id.h>

#include <errno.h>
#include <string.h>

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
		return cvmm_promise_lacking(&f->all, p, f->host[h], value, &reason) > 0;
	*value = cvmm_promise_seen(p, variant, (uint32_t)item);
	return 1;
}

static uint16_t asks(const struct fold *f, const struct promise *p, uint32_t h)
{
	return cvmm_promise_refused(&f->all, p, f->host[h], cvmm_profile_variant(f->host[h], f->all.features));
}

/* Do both accept p->value? Returns the reason of the one that does not, or 0. */
static uint16_t both_take(const struct fold *f, const struct promise *p, uint32_t a, uint32_t b)
{
	uint16_t reason = asks(f, p, b);

	return reason ? reason : asks(f, p, a);
}

static const uint8_t *own_wide(const struct fold *f, const struct promise *p, uint32_t h)
{
	const struct cvmm_variant *variant = cvmm_profile_variant(f->host[h], f->all.features);
	int item = cvmm_regset_find(&variant->regs, p->id);

	return item >= 0 ? cvmm_regset_value(&variant->regs, (uint32_t)item, 0) : NULL;
}

/* Of a register that a host lacks the other one's value is asked; a leaf of CPUID is nothing there. */
static uint16_t pair_excludes_wide(const struct fold *f, const struct promise *of, uint32_t a, uint32_t b)
{
	struct promise p = *of;
	const uint8_t *va = own_wide(f, &p, a), *vb = own_wide(f, &p, b);

	p.set = 0;
	if (va || cvmm_reg_is_cpuid(p.id))
		cvmm_promise_take_wide(&p, va, a);
	if (vb || cvmm_reg_is_cpuid(p.id))
		cvmm_promise_take_wide(&p, vb, b);
	return p.set ? both_take(f, &p, a, b) : 0;
}

/* Two hosts alone: is there a value that both accept? Returns a reason against it, or 0. */
static uint16_t pair_excludes(const struct fold *f, const struct promise *of, uint32_t a, uint32_t b)
{
	struct promise p = *of;
	uint64_t va, vb;
	int has_a, has_b;

	if (p.nwide)
		return pair_excludes_wide(f, of, a, b);
	has_a = own_value(f, &p, a, &va);
	has_b = own_value(f, &p, b, &vb);
	/* Of a host that has nothing to say the other one's value is asked. */
	p.value = has_a ? va : vb;
	if (has_a != has_b)
		return both_take(f, &p, a, b);
	if ((!has_a && !has_b) || !both_take(f, &p, a, b))
		return 0;
	p.value = vb;
	if (!both_take(f, &p, a, b))
		return 0;
	p.value = cvmm_promise_meet(&p, va, vb);
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
	cvmm_fold_exclude(f, &x);
}

/* A value that has to be the same everywhere and that some hosts let the VMM choose: that of a host that does not. */
static int settle(const struct fold *f, struct promise *p, uint32_t h)
{
	uint64_t own;

	if (p->row->combine != CVMM_COMBINE_EXACT || p->fixed || p->nwide || !own_value(f, p, h, &own))
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
			uint16_t reason = p->failed || p->waived ? 0 : asks(f, p, h);

			if (!reason)
				continue;
			p->waived = cvmm_promise_waived(&f->all, p, f->host[h]) != 0;
			if (p->waived)
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
	uint32_t before = f->why->n;
	int ret;

	f->all.n = f->all.nwide = 0;
	f->all.features = features;
	ret = cvmm_fold_take(f);
	if (ret)
		return ret;
	while (ask_all(f))
		;
	return f->why->n == before;
}

static void finish_wide(const struct promise *p, struct cvmm_baseline *out)
{
	struct cvmm_wide *w = &out->wide[out->nwide];

	w->id = p->id;
	memcpy(w->value, p->wide, p->nwide);
	out->wide_host[out->nwide++] = p->moved ? p->host : CVMM_NO_HOST;
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
		if (!p->told || p->waived || (p->trait && p->nhave < f->n))
			continue;
		if (p->nwide) {
			finish_wide(p, out);
			continue;
		}
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
	return cvmm_baseline_compute_by_rules(host, n, features, NULL, out, why, e);
}

int cvmm_baseline_compute_by_rules(const struct cvmm_profile *const *host, uint32_t n, uint64_t features,
	const struct cvmm_rules *rules, struct cvmm_baseline *out, struct cvmm_exclusions *why, struct cvmm_error *e)
{
	struct cvmm_exclusion one;
	struct cvmm_exclusions mine = { &one, 1, 0 };
	struct fold f = { .host = host, .n = n, .why = &mine, .e = e, .all = { .mine = rules } };
	uint64_t set = features;
	int first = 1, ret = check_hosts(host, n, e);

	if (ret)
		return ret;
	if (why && why->cap) {
		why->n = 0;
		f.why = why;
	}
	while (features ? first && cvmm_features_common(host, n, set) : cvmm_features_next(host, n, set, first, &set)) {
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
