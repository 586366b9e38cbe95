/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "file.h"
#include "host.h"
#include "json.h"
#include "load.h"
#include "say.h"
#include "words.h"

/**
 * struct differ - where differences go
 * @json:  the document, or NULL for text
 * @where: the part that is being compared, for people and as a key
 * @n:     differences so far
 */
struct differ {
	struct json *json;
	char where[FEATURES_TEXT_MAX];
	size_t n;
};

static void part(struct differ *d, const char *where)
{
	(void)snprintf(d->where, sizeof(d->where), "%s", where);
}

/* One difference; a side that does not have the thing is NULL. */
static void tell(struct differ *d, const char *name, const char *a, const char *b)
{
	d->n++;
	if (!d->json) {
		printf("%-14s %-22s %s -> %s\n", d->where, name, a ? a : "-", b ? b : "-");
		return;
	}
	json_flat(d->json, NULL);
	json_string(d->json, "where", d->where);
	json_string(d->json, "name", name);
	if (a)
		json_string(d->json, "a", a);
	if (b)
		json_string(d->json, "b", b);
	json_end(d->json);
}

/**
 * struct side - one item of a list that is being merged
 * @id:   what it is about
 * @p:    its value, little-endian
 * @size: bytes at @p
 */
struct side {
	uint64_t id;
	const uint8_t *p;
	uint32_t size;
};

/** struct list - something with ascending ids: get() gives the item at an index */
struct list {
	const void *from;
	uint32_t n;
	uint32_t col;
	void (*get)(const struct list *l, uint32_t i, struct side *out);
};

static void get_item(const struct list *l, uint32_t i, struct side *out)
{
	const struct cvmm_regset *set = l->from;

	out->id = set->item[i].id;
	out->p = cvmm_regset_value(set, i, l->col);
	out->size = set->item[i].size;
}

/* Pairs hold integers of the host; every supported host is little-endian, as KVM's values are. */
static void get_pair(const struct list *l, uint32_t i, struct side *out)
{
	const struct cvmm_pair *p = (const struct cvmm_pair *)l->from + i;

	out->id = p->id;
	out->p = (const uint8_t *)&p->value;
	out->size = 8;
}

typedef const char *(namer)(uint64_t id, char buf[CVMM_REG_NAME_MAX]);

static const char *cap_text(uint64_t id, char buf[CVMM_REG_NAME_MAX])
{
	(void)snprintf(buf, CVMM_REG_NAME_MAX, "capability %llu", (unsigned long long)id);
	return buf;
}

static const char *trait_text(uint64_t id, char buf[CVMM_REG_NAME_MAX])
{
	const char *name = cvmm_trait_name((uint32_t)id);

	(void)snprintf(buf, CVMM_REG_NAME_MAX, "trait %s", name ? name : "?");
	return buf;
}

/* One merge of two ascending lists. */
static void merge(struct differ *d, const struct list *a, const struct list *b, namer *name)
{
	char text[CVMM_REG_NAME_MAX], va[VALUE_TEXT_MAX], vb[VALUE_TEXT_MAX];
	uint32_t i = 0, k = 0;

	while (i < a->n || k < b->n) {
		struct side x = { .id = UINT64_MAX }, y = { .id = UINT64_MAX };

		if (i < a->n)
			a->get(a, i, &x);
		if (k < b->n)
			b->get(b, k, &y);
		if (k >= b->n || (i < a->n && x.id < y.id)) {
			tell(d, name(x.id, text), value_text(x.p, x.size, va), NULL);
			i++;
		} else if (i >= a->n || y.id < x.id) {
			tell(d, name(y.id, text), NULL, value_text(y.p, y.size, vb));
			k++;
		} else {
			if (x.size != y.size || memcmp(x.p, y.p, x.size) != 0)
				tell(d, name(x.id, text), value_text(x.p, x.size, va), value_text(y.p, y.size, vb));
			i++;
			k++;
		}
	}
}

static void merge_sets(struct differ *d, const char *where, const struct cvmm_regset *a, uint32_t ca,
	const struct cvmm_regset *b, uint32_t cb)
{
	struct list x = { a, a ? a->n : 0, ca, get_item };
	struct list y = { b, b ? b->n : 0, cb, get_item };

	part(d, where);
	merge(d, &x, &y, reg_text);
}

static void merge_pairs(struct differ *d, const char *where, const struct cvmm_pair *a, uint32_t na,
	const struct cvmm_pair *b, uint32_t nb, namer *name)
{
	struct list x = { a, na, 0, get_pair };
	struct list y = { b, nb, 0, get_pair };

	part(d, where);
	merge(d, &x, &y, name);
}

static void texts(struct differ *d, const char *name, const char *a, const char *b)
{
	if (strcmp(a, b) != 0)
		tell(d, name, a, b);
}

static const struct cvmm_vcpu_ref *vcpu_of(const struct cvmm_view *v, uint32_t id)
{
	uint32_t i;

	for (i = 0; i < v->nvcpus; i++)
		if (v->vcpu[i].id == id)
			return &v->vcpu[i];
	return NULL;
}

static void diff_vcpu(struct differ *d, const struct cvmm_view *a, const struct cvmm_view *b, uint32_t id)
{
	const struct cvmm_vcpu_ref *x = vcpu_of(a, id), *y = vcpu_of(b, id);
	const struct cvmm_shape *sx = x ? &a->shape[x->shape] : NULL, *sy = y ? &b->shape[y->shape] : NULL;
	char fx[FEATURES_TEXT_MAX], fy[FEATURES_TEXT_MAX], where[24];

	(void)snprintf(where, sizeof(where), "vCPU %u", id);
	part(d, where);
	if (!x || !y)
		tell(d, "exists", x ? "yes" : NULL, y ? "yes" : NULL);
	if (x && y) {
		texts(d, "features", features_text(sx->features, fx), features_text(sy->features, fy));
		merge_sets(d, where, &sx->regs, x->col, &sy->regs, y->col);
	}
}

static void diff_views(struct differ *d, const struct cvmm_view *a, const struct cvmm_view *b)
{
	uint32_t i;

	part(d, "snapshot");
	texts(d, "arch", arch_word(a->arch), arch_word(b->arch));
	texts(d, "kernel", a->kernel, b->kernel);
	merge_pairs(d, "capabilities", a->cap, a->ncaps, b->cap, b->ncaps, cap_text);
	merge_pairs(d, "seen by guest", a->seen, a->nseen, b->seen, b->nseen, reg_text);
	merge_sets(d, "vm", &a->vm, 0, &b->vm, 0);
	for (i = 0; i < a->nvcpus; i++)
		diff_vcpu(d, a, b, a->vcpu[i].id);
	for (i = 0; i < b->nvcpus; i++)
		if (!vcpu_of(a, b->vcpu[i].id))
			diff_vcpu(d, a, b, b->vcpu[i].id);
}

static void diff_variant(
	struct differ *d, const struct cvmm_profile *a, const struct cvmm_profile *b, uint64_t features)
{
	const struct cvmm_variant *x = cvmm_profile_variant(a, features), *y = cvmm_profile_variant(b, features);
	char where[FEATURES_TEXT_MAX];

	part(d, features_text(features, where));
	if (!x || !y) {
		tell(d, "feature set", x ? "measured" : NULL, y ? "measured" : NULL);
		return;
	}
	merge_sets(d, where, &x->regs, 0, &y->regs, 0);
	merge_pairs(d, "seen by guest", x->guest, x->nguest, y->guest, y->nguest, reg_text);
}

static void diff_profiles(struct differ *d, const struct cvmm_profile *a, const struct cvmm_profile *b)
{
	uint32_t i;

	part(d, "profile");
	texts(d, "arch", arch_word(a->arch), arch_word(b->arch));
	texts(d, "kernel", a->kernel, b->kernel);
	texts(d, "cpu", a->cpu, b->cpu);
	merge_pairs(d, "capabilities", a->cap, a->ncaps, b->cap, b->ncaps, cap_text);
	merge_pairs(d, "traits", a->trait, a->ntraits, b->trait, b->ntraits, trait_text);
	merge_pairs(d, "writable", a->mask, a->nmasks, b->mask, b->nmasks, reg_text);
	for (i = 0; i < a->nvariants; i++)
		diff_variant(d, a, b, a->variant[i].features);
	for (i = 0; i < b->nvariants; i++)
		if (!cvmm_profile_variant(a, b->variant[i].features))
			diff_variant(d, a, b, b->variant[i].features);
}

static int is_snapshot(const char *name)
{
	struct bytes b;

	/* A selector is a profile. What cannot be read is reported by whoever reads it for good. */
	if (strncmp(name, "sim:", 4) == 0 || strcmp(name, "dev") == 0)
		return 0;
	if (file_read(name, CVMM_SNAPSHOT_BYTES_MAX, "a snapshot or host profile", &b))
		return -STATUS_ERROR;
	return file_kind_of(b.p, b.len) != FILE_PROFILE;
}

static int load_and_diff(const struct args *a, int snapshots, struct differ *d)
{
	struct snap s[2];
	struct host h[2];
	int i, ret = STATUS_YES;

	for (i = 0; i < 2 && !ret; i++)
		ret = snapshots ? snap_load(a->files.v[i], &s[i]) : host_measure(a->files.v[i], 1, &h[i]);
	if (ret)
		return ret;
	if (d->json) {
		json_begin(d->json, stdout, "diff");
		json_string(d->json, "kind", snapshots ? "snapshots" : "profiles");
		json_string(d->json, "a", a->files.v[0]);
		json_string(d->json, "b", a->files.v[1]);
		json_array(d->json, "differences");
	}
	if (snapshots)
		diff_views(d, &s[0].view, &s[1].view);
	else
		diff_profiles(d, &h[0].profile, &h[1].profile);
	return STATUS_YES;
}

static int run(const struct args *a)
{
	struct json j;
	struct differ d = { .json = a->json ? &j : NULL };
	int first = is_snapshot(a->files.v[0]);
	int second = first < 0 ? first : is_snapshot(a->files.v[1]);
	int ret;

	if (second < 0)
		return STATUS_ERROR;
	if (first != second) {
		say("diff: %s is a snapshot and %s a host profile", a->files.v[!first], a->files.v[first]);
		return STATUS_USAGE;
	}
	ret = load_and_diff(a, first, &d);
	if (ret)
		return ret;
	if (a->json) {
		json_end(&j);
		json_bool(&j, "equal", d.n == 0);
		json_finish(&j);
	} else if (d.n == 0) {
		puts("no difference");
	}
	return STATUS_YES;
}

static const struct opt options[] = { OPT_JSON, OPT_END };

const struct command command_diff = {
	.name = "diff",
	.usage = "A B [--json]",
	.what = "two snapshots or two host profiles, registers by name",
	.help = "Prints what differs: where, which register, A's value -> B's value; - for a side that does not have\n"
		"it. A and B are two snapshots, or two host profiles (files, or sim: selectors). Exit status 0 also "
		"if\n"
		"they differ: \"no difference\", or \"equal\" of the JSON form, tell.",
	.opt = options,
	.min = 2,
	.max = 2,
	.run = run,
};
