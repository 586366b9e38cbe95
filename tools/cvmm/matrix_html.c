/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <stdlib.h>
#include <string.h>

#include <cvmm/kvm-ioctls/error.h>

#include "matrix.h"
#include "mem.h"
#include "words.h"

extern const char cvmm_matrix_page[];
extern const char cvmm_matrix_page_end[];

/* Where the data stands in the page. */
#define MARK "@DATA@"

/** struct index - numbers for values that occur again and again; open addressing, never full */
struct index {
	uint64_t *key;
	uint32_t *slot;
	uint32_t n;
	uint32_t cap;
};

static uint64_t spread(uint64_t v)
{
	v ^= v >> 33;
	v *= UINT64_C(0xff51afd7ed558ccd);
	return v ^ v >> 33;
}

/* The number of @key, given out in the order in which keys come first. */
static uint32_t number_of(struct index *x, uint64_t key)
{
	uint32_t at = (uint32_t)(spread(key) & (x->cap - 1));

	while (x->slot[at]) {
		if (x->key[x->slot[at] - 1] == key)
			return x->slot[at] - 1;
		at = (at + 1) & (x->cap - 1);
	}
	x->key[x->n] = key;
	x->slot[at] = ++x->n;
	return x->n - 1;
}

static void index_begin(struct index *x, uint32_t cap)
{
	x->n = 0;
	x->cap = cap;
	x->key = mem_array(cap, sizeof(*x->key));
	x->slot = mem_array(cap, sizeof(*x->slot));
}

/* Lists of objections are told apart by a hash over all they say; equal lists are written once. */
static uint64_t list_key(const struct objections *o)
{
	uint64_t h = o->n;
	uint32_t i;
	const char *s;

	for (i = 0; i < o->n; i++) {
		h = spread(h ^ o->v[i].id ^ (uint64_t)o->v[i].reason << 48);
		for (s = o->v[i].a; *s; s++)
			h = spread(h * 31 + (unsigned char)*s);
		h = spread(h + 1);
		for (s = o->v[i].b; *s; s++)
			h = spread(h * 31 + (unsigned char)*s);
	}
	return h;
}

/** struct page - the data as it is collected */
struct page {
	const struct matrix *m;
	struct json j;
	struct index regs;
	struct index reasons;
	struct index lists;
	const struct objections **list;
};

static uint32_t pow2_above(size_t n)
{
	uint32_t cap = 1024;

	while (cap < 2 * n && cap < (1u << 30))
		cap *= 2;
	return cap;
}

static void write_hosts(struct page *p)
{
	uint32_t i;

	json_array(&p->j, "hosts");
	for (i = 0; i < p->m->n; i++) {
		json_flat(&p->j, NULL);
		json_string(&p->j, "name", p->m->host[i].label);
		json_number(&p->j, "class", p->m->cls[i]);
		json_end(&p->j);
	}
	json_end(&p->j);
	json_number(&p->j, "classes", p->m->nclasses);
}

/* For each pair of classes the numbers of its two lists. */
static void write_moves(struct page *p)
{
	size_t pairs = (size_t)p->m->nclasses * p->m->nclasses, i;
	uint32_t s;

	json_list(&p->j, "moves");
	for (i = 0; i < pairs; i++) {
		json_list(&p->j, NULL);
		for (s = 0; s < MATRIX_NSTARTS; s++) {
			const struct objections *o = &p->m->move[s][i];
			uint32_t k = number_of(&p->lists, list_key(o));

			p->list[k] = o;
			json_number(&p->j, NULL, k);
		}
		json_end(&p->j);
	}
	json_end(&p->j);
}

static void write_lists(struct page *p)
{
	uint32_t i, k;

	json_array(&p->j, "lists");
	for (i = 0; i < p->lists.n; i++) {
		json_list(&p->j, NULL);
		for (k = 0; k < p->list[i]->n; k++) {
			const struct objection *o = &p->list[i]->v[k];

			json_list(&p->j, NULL);
			json_number(&p->j, NULL, number_of(&p->regs, o->id));
			json_number(&p->j, NULL, number_of(&p->reasons, o->reason));
			json_string(&p->j, NULL, o->a);
			json_string(&p->j, NULL, o->b);
			json_end(&p->j);
		}
		json_end(&p->j);
	}
	json_end(&p->j);
}

static void write_names(struct page *p)
{
	char name[CVMM_REG_NAME_MAX];
	uint32_t i;

	json_list(&p->j, "registers");
	for (i = 0; i < p->regs.n; i++)
		json_string(&p->j, NULL, p->regs.key[i] ? reg_text(p->regs.key[i], name) : "vCPU features");
	json_end(&p->j);
	json_array(&p->j, "reasons");
	for (i = 0; i < p->reasons.n; i++) {
		json_flat(&p->j, NULL);
		json_string(&p->j, "name", cvmm_reason_name((uint32_t)p->reasons.key[i]));
		json_string(&p->j, "text", cvmm_reason_text((uint32_t)p->reasons.key[i]));
		json_end(&p->j);
	}
	json_end(&p->j);
}

void matrix_html(const struct matrix *m, char **text, size_t *len)
{
	size_t pairs = (size_t)m->nclasses * m->nclasses * MATRIX_NSTARTS;
	size_t page_len = (size_t)(cvmm_matrix_page_end - cvmm_matrix_page);
	const char *mark = memmem(cvmm_matrix_page, page_len, MARK, strlen(MARK));
	struct page p = { .m = m };
	FILE *f;

	if (!mark)
		__builtin_trap();
	f = open_memstream(text, len);
	if (!f)
		abort();
	index_begin(&p.regs, 8192);
	index_begin(&p.reasons, 2048);
	index_begin(&p.lists, pow2_above(pairs));
	p.list = mem_array(p.lists.cap, sizeof(*p.list));
	(void)fwrite(cvmm_matrix_page, 1, (size_t)(mark - cvmm_matrix_page), f);
	json_begin(&p.j, f, "matrix");
	write_hosts(&p);
	write_moves(&p);
	write_lists(&p);
	write_names(&p);
	json_finish(&p.j);
	(void)fwrite(mark + strlen(MARK), 1, page_len - (size_t)(mark - cvmm_matrix_page) - strlen(MARK), f);
	(void)fclose(f);
}
