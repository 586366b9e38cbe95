/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <cvmm/fleet/matrix.h>
#include <cvmm/snapshot/view.h>

#include "baseline.h"
#include "matrix.h"
#include "mem.h"
#include "opt.h"
#include "report.h"
#include "say.h"

static struct objections *cell(const struct matrix *m, uint32_t from, uint32_t to, enum matrix_start start)
{
	return &m->move[start][(size_t)from * m->nclasses + to];
}

const struct objections *matrix_of(const struct matrix *m, uint32_t from, uint32_t to, enum matrix_start start)
{
	return cell(m, m->cls[from], m->cls[to], start);
}

static struct objection *add(struct objections *list, uint64_t id, uint32_t reason)
{
	struct objection *v = mem_array(list->n + 1, sizeof(*v));

	if (list->n)
		memcpy(v, list->v, list->n * sizeof(*v));
	mem_drop(list->v);
	list->v = v;
	v[list->n] = (struct objection){ .id = id, .reason = reason, .a = "", .b = "" };
	return &v[list->n++];
}

static const char *keep(const char *text)
{
	return text ? mem_copy(text, strlen(text)) : "";
}

static const char *hex(uint64_t v)
{
	return mem_format("0x%" PRIx64, v);
}

static void refusals(const struct judged *j, struct objections *out)
{
	uint32_t i;

	for (i = 0; i < j->plan.n; i++) {
		const struct cvmm_step *s = &j->plan.step[i];
		struct objection *o;
		struct sides both;

		if (s->verdict != CVMM_VERDICT_REFUSED)
			continue;
		step_sides(j, s, &both);
		o = add(out, s->id, s->reason);
		o->a = keep(both.guest);
		o->b = both.shows ? hex(both.shown) : keep(both.host);
	}
}

/* A guest that was just started on @from, judged on @to. */
static int judge_fresh(const struct matrix *m, const struct host *from, const struct cvmm_baseline *b,
	const struct host *to, struct objections *out)
{
	uint64_t features = b ? b->features : cvmm_default_features(&from->profile);
	void *store = mem_get(CVMM_VIEW_FRESH_BYTES);
	struct cvmm_view view;
	struct cvmm_error e;
	struct judged j;
	int ret;

	if (cvmm_view_fresh(&from->profile, features, b ? b->pin : NULL, b ? b->n : 0, store, CVMM_VIEW_FRESH_BYTES,
		    &view, &e) ||
		(b && cvmm_view_fresh_wide(&view, &from->profile, b->wide, b->nwide, &e))) {
		(void)add(out, e.id, e.reason);
		mem_drop(store);
		return STATUS_YES;
	}
	ret = judge(from->name, &view, to, m->rules, &j);
	if (!ret)
		refusals(&j, out);
	judged_drop(&j);
	mem_drop(store);
	return ret;
}

static void exclusions(const struct baseline *b, struct objections *out)
{
	uint32_t i;

	if (!b->nwhy)
		(void)add(out, 0, CVMM_REASON_FLEET_NO_FEATURES);
	/* The feature set that needs least was tried last: what excludes it excludes the pair. */
	for (i = 0; i < b->nwhy; i++) {
		const struct cvmm_exclusion *x = &b->why[i];
		struct objection *o;

		if (x->features != b->why[b->nwhy - 1].features)
			continue;
		o = add(out, x->id, x->reason);
		o->a = hex(x->value[0]);
		o->b = hex(x->value[1]);
	}
}

/* A baseline belongs to a pair, whatever the direction; each direction is then judged by itself. */
static int with_baseline(struct matrix *m, uint32_t a, uint32_t b)
{
	const struct host pair[2] = { m->host[m->rep[a]], m->host[m->rep[b]] };
	struct baseline *base = mem_get(sizeof(*base));
	int ret = baseline_compute(pair, 2, m->rules, base);

	if (!ret && base->exists) {
		ret = judge_fresh(m, &pair[0], &base->b, &pair[1], cell(m, a, b, MATRIX_BASELINE));
		if (!ret)
			ret = judge_fresh(m, &pair[1], &base->b, &pair[0], cell(m, b, a, MATRIX_BASELINE));
	} else if (!ret) {
		exclusions(base, cell(m, a, b, MATRIX_BASELINE));
		exclusions(base, cell(m, b, a, MATRIX_BASELINE));
	}
	mem_drop(base);
	return ret;
}

static int judge_class(struct matrix *m, uint32_t a)
{
	uint32_t b;
	int ret = STATUS_YES;

	for (b = 0; b < m->nclasses && !ret; b++)
		ret = judge_fresh(m, &m->host[m->rep[a]], NULL, &m->host[m->rep[b]], cell(m, a, b, MATRIX_DEFAULT));
	for (b = a + 1; b < m->nclasses && !ret; b++)
		ret = with_baseline(m, a, b);
	return ret;
}

static int same_architecture(const struct host *h, uint32_t n)
{
	uint32_t i;

	for (i = 1; i < n; i++) {
		if (h[i].profile.arch != h[0].profile.arch) {
			say("%s: another architecture than %s", h[i].name, h[0].name);
			return STATUS_REFUSED;
		}
	}
	return STATUS_YES;
}

int matrix_make(const struct host *h, uint32_t n, const struct cvmm_rules *rules, struct matrix *out)
{
	const struct cvmm_profile **p = mem_array(n, sizeof(*p));
	uint64_t *hash = mem_array(n, sizeof(*hash));
	size_t pairs;
	uint32_t i;
	int ret = same_architecture(h, n);

	if (ret)
		return ret;
	for (i = 0; i < n; i++)
		p[i] = &h[i].profile;
	*out = (struct matrix){ .host = h, .n = n, .rules = rules };
	out->cls = mem_array(n, sizeof(*out->cls));
	out->rep = mem_array(n, sizeof(*out->rep));
	out->nclasses = cvmm_hosts_classes(p, n, out->cls, out->rep, hash);
	mem_drop(p);
	mem_drop(hash);
	pairs = (size_t)out->nclasses * out->nclasses;
	for (i = 0; i < MATRIX_NSTARTS; i++)
		out->move[i] = mem_array(pairs, sizeof(*out->move[i]));
	for (i = 0; i < out->nclasses && !ret; i++) {
		ret = judge_class(out, i);
		say_progress("judged hosts", i + 1, out->nclasses);
	}
	return ret;
}
