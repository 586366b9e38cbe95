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

/**
 * struct maker - a matrix in the making
 * @m:      the matrix
 * @detail: are the objections asked for?
 * @to:     each class's profile
 * @row:    room for a row of verdicts
 * @store:  CVMM_MATRIX_BYTES
 * @known:  lists of objections that were met before, by their hash; @room of them, a power of two, @nknown in use
 */
struct maker {
	struct matrix *m;
	int detail;
	const struct cvmm_profile **to;
	struct cvmm_move *row;
	void *store;
	struct objections *known;
	uint32_t room;
	uint32_t nknown;
};

/** struct list - objections of the move at hand */
struct list {
	struct objection *v;
	uint32_t n;
	uint32_t room;
};

static struct objection *add(struct list *list, uint64_t id, uint32_t reason)
{
	if (list->n == list->room) {
		struct objection *v = mem_array(list->room ? 2 * list->room : 8, sizeof(*v));

		if (list->n)
			memcpy(v, list->v, list->n * sizeof(*v));
		mem_drop(list->v);
		list->v = v;
		list->room = list->room ? 2 * list->room : 8;
	}
	list->v[list->n] = (struct objection){ .id = id, .reason = reason, .a = "", .b = "" };
	return &list->v[list->n++];
}

static const char *keep(const char *text)
{
	return text && *text ? mem_copy(text, strlen(text)) : "";
}

static const char *hex(uint64_t v)
{
	return mem_format("0x%" PRIx64, v);
}

static void drop(struct list *list)
{
	uint32_t i;

	for (i = 0; i < list->n; i++) {
		mem_drop(*list->v[i].a ? (void *)(uintptr_t)list->v[i].a : NULL);
		mem_drop(*list->v[i].b ? (void *)(uintptr_t)list->v[i].b : NULL);
	}
	mem_drop(list->v);
}

static uint64_t hash_text(uint64_t h, const char *s)
{
	while (*s)
		h = (h ^ (uint8_t)*s++) * UINT64_C(0x100000001b3);
	return (h ^ 0xff) * UINT64_C(0x100000001b3);
}

static uint64_t hash_of(const struct objection *v, uint32_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	uint32_t i;

	for (i = 0; i < n; i++)
		h = hash_text(hash_text((h ^ v[i].id ^ v[i].reason) * UINT64_C(0x9e3779b97f4a7c15), v[i].a), v[i].b);
	return h ^ h >> 32;
}

static int same(const struct objections *a, const struct list *b)
{
	uint32_t i;

	if (a->n != b->n)
		return 0;
	for (i = 0; i < a->n; i++) {
		const struct objection *x = &a->v[i], *y = &b->v[i];

		if (x->id != y->id || x->reason != y->reason || strcmp(x->a, y->a) != 0 || strcmp(x->b, y->b) != 0)
			return 0;
	}
	return 1;
}

static struct objections *slot_of(const struct maker *k, const struct list *list)
{
	uint32_t at = (uint32_t)hash_of(list->v, list->n) & (k->room - 1);

	while (k->known[at].n && !same(&k->known[at], list))
		at = (at + 1) & (k->room - 1);
	return &k->known[at];
}

static void grow(struct maker *k)
{
	struct objections *old = k->known;
	uint32_t was = k->room, i;

	k->room = was ? 2 * was : 1024;
	k->known = mem_array(k->room, sizeof(*k->known));
	for (i = 0; i < was; i++) {
		const struct list list = { (struct objection *)(uintptr_t)old[i].v, old[i].n, 0 };

		if (old[i].n)
			*slot_of(k, &list) = old[i];
	}
	mem_drop(old);
}

/* Hosts that differ in what no guest minds have the same objections: a large fleet has few lists of them. */
static void put(struct maker *k, struct list *list, struct objections *out)
{
	struct objections *known;

	if (!list->n)
		return;
	if (2 * k->nknown >= k->room)
		grow(k);
	known = slot_of(k, list);
	if (known->n) {
		drop(list);
	} else {
		*known = (struct objections){ list->v, list->n };
		k->nknown++;
	}
	*out = *known;
}

static void refusals(const struct judged *j, struct list *out)
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
static int judge_fresh(struct maker *k, const struct host *from, const struct cvmm_baseline *b, const struct host *to,
	struct objections *out)
{
	uint64_t features = b ? b->features : cvmm_default_features(&from->profile);
	struct list list = { NULL, 0, 0 };
	struct cvmm_view view;
	struct cvmm_error e;
	struct judged j;
	int ret;

	if (cvmm_view_fresh(&from->profile, features, b ? b->pin : NULL, b ? b->n : 0, k->store, CVMM_VIEW_FRESH_BYTES,
		    &view, &e) ||
		(b && cvmm_view_fresh_wide(&view, &from->profile, b->wide, b->nwide, &e))) {
		(void)add(&list, e.id, e.reason);
		put(k, &list, out);
		return STATUS_YES;
	}
	ret = judge(from->name, &view, to, k->m->rules, &j);
	if (!ret)
		refusals(&j, &list);
	judged_drop(&j);
	put(k, &list, out);
	return ret;
}

/* From one class to @n others: first who refuses, all in one go; then, if that is asked for, why. */
static int judge_row(struct maker *k, uint32_t a, const struct cvmm_baseline *b, uint32_t first, uint32_t n)
{
	enum matrix_start start = b ? MATRIX_BASELINE : MATRIX_DEFAULT;
	const struct matrix *m = k->m;
	const struct host *from = &m->host[m->rep[a]];
	struct cvmm_error e;
	uint32_t i;
	int ret = STATUS_YES;

	if (cvmm_matrix_row(&from->profile, b, k->to + first, n, m->rules, k->row, k->store, CVMM_MATRIX_BYTES, &e))
		return say_error(from->name, &e);
	for (i = 0; i < n && !ret; i++) {
		struct objections *out = cell(m, a, first + i, start);

		if (k->row[i].nrefused && k->detail)
			ret = judge_fresh(k, from, b, &m->host[m->rep[first + i]], out);
		else
			out->n = k->row[i].nrefused;
	}
	return ret;
}

static void exclusions(struct maker *k, const struct baseline *b, struct objections *out)
{
	struct list list = { NULL, 0, 0 };
	uint32_t i;

	if (!b->nwhy)
		(void)add(&list, 0, CVMM_REASON_FLEET_NO_FEATURES);
	/* The feature set that needs least was tried last: what excludes it excludes the pair. */
	for (i = 0; i < b->nwhy; i++) {
		const struct cvmm_exclusion *x = &b->why[i];
		struct objection *o;

		if (x->features != b->why[b->nwhy - 1].features)
			continue;
		o = add(&list, x->id, x->reason);
		o->a = hex(x->value[0]);
		o->b = hex(x->value[1]);
	}
	put(k, &list, out);
}

/* A baseline belongs to a pair, whatever the direction; each direction is then judged by itself. */
static int with_baseline(struct maker *k, uint32_t a, uint32_t b, struct baseline *base)
{
	const struct matrix *m = k->m;
	const struct host pair[2] = { m->host[m->rep[a]], m->host[m->rep[b]] };
	int ret = baseline_compute(pair, 2, m->rules, base);

	if (!ret && base->exists) {
		ret = judge_row(k, a, &base->b, b, 1);
		if (!ret)
			ret = judge_row(k, b, &base->b, a, 1);
	} else if (!ret) {
		exclusions(k, base, cell(m, a, b, MATRIX_BASELINE));
		*cell(m, b, a, MATRIX_BASELINE) = *cell(m, a, b, MATRIX_BASELINE);
	}
	return ret;
}

static int judge_class(struct maker *k, uint32_t a, struct baseline *base)
{
	uint32_t b;
	int ret = judge_row(k, a, NULL, 0, k->m->nclasses);

	for (b = a + 1; b < k->m->nclasses && !ret; b++)
		ret = with_baseline(k, a, b, base);
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

int matrix_make(const struct host *h, uint32_t n, const struct cvmm_rules *rules, int detail, struct matrix *out)
{
	const struct cvmm_profile **p = mem_array(n, sizeof(*p));
	uint64_t *hash = mem_array(n, sizeof(*hash));
	struct baseline *base = mem_get(sizeof(*base));
	struct maker k = { .m = out, .detail = detail };
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
	pairs = (size_t)out->nclasses * out->nclasses;
	for (i = 0; i < MATRIX_NSTARTS; i++)
		out->move[i] = mem_array(pairs, sizeof(*out->move[i]));
	for (i = 0; i < out->nclasses; i++)
		p[i] = &h[out->rep[i]].profile;
	k.to = p;
	k.row = mem_array(out->nclasses, sizeof(*k.row));
	k.store = mem_get(CVMM_MATRIX_BYTES);
	for (i = 0; i < out->nclasses && !ret; i++) {
		ret = judge_class(&k, i, base);
		say_progress("judged hosts", i + 1, out->nclasses);
	}
	mem_drop(k.store);
	mem_drop(k.row);
	mem_drop(base);
	mem_drop(p);
	mem_drop(hash);
	return ret;
}
