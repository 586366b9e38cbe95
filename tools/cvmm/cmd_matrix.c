/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "file.h"
#include "json.h"
#include "matrix.h"
#include "mem.h"
#include "rules.h"
#include "say.h"
#include "words.h"

/* One character says both starts. */
static char sign(const struct matrix *m, uint32_t from, uint32_t to)
{
	int plain = matrix_of(m, from, to, MATRIX_DEFAULT)->n == 0;
	int base = matrix_of(m, from, to, MATRIX_BASELINE)->n == 0;

	if (from == to)
		return '.';
	if (plain)
		return 'Y';
	return base ? 'b' : '-';
}

static void print_table(const struct matrix *m)
{
	int width = 4;
	uint32_t i, k;

	for (i = 0; i < m->n; i++)
		if ((int)strlen(m->host[i].label) > width)
			width = (int)strlen(m->host[i].label);
	printf("Y can move, b can move if started with the pair's baseline, - cannot, . itself\n");
	printf("rows: from, columns: to, by number\n\n%*s ", width + 5, "");
	for (k = 0; k < m->n; k++)
		printf("%4u", k + 1);
	putchar('\n');
	for (i = 0; i < m->n; i++) {
		printf("%4u %-*s ", i + 1, width, m->host[i].label);
		for (k = 0; k < m->n; k++)
			printf("   %c", sign(m, i, k));
		putchar('\n');
	}
}

static void print_totals(const struct matrix *m)
{
	size_t yes[MATRIX_NSTARTS] = { 0 }, pairs = 0;
	uint32_t i, k, s;

	for (i = 0; i < m->n; i++) {
		for (k = 0; k < m->n; k++) {
			if (i == k)
				continue;
			pairs++;
			for (s = 0; s < MATRIX_NSTARTS; s++)
				yes[s] += matrix_of(m, i, k, (enum matrix_start)s)->n == 0;
		}
	}
	printf("\n%zu moves of %u hosts (%u with answers of their own): %zu started by default, %zu with the pair's "
	       "baseline\n",
		pairs, m->n, m->nclasses, yes[MATRIX_DEFAULT], yes[MATRIX_BASELINE]);
}

static void json_objections(struct json *j, const char *key, const struct objections *o)
{
	char name[CVMM_REG_NAME_MAX];
	uint32_t i;

	json_array(j, key);
	for (i = 0; i < o->n; i++) {
		json_flat(j, NULL);
		if (o->v[i].id)
			json_string(j, "register", reg_text(o->v[i].id, name));
		json_string(j, "reason", cvmm_reason_name(o->v[i].reason));
		if (*o->v[i].a)
			json_string(j, "guest", o->v[i].a);
		if (*o->v[i].b)
			json_string(j, "host", o->v[i].b);
		json_end(j);
	}
	json_end(j);
}

static void json_move(struct json *j, const struct matrix *m, uint32_t i, uint32_t k)
{
	const struct objections *plain = matrix_of(m, i, k, MATRIX_DEFAULT);
	const struct objections *base = matrix_of(m, i, k, MATRIX_BASELINE);

	json_object(j, NULL);
	json_string(j, "from", m->host[i].name);
	json_string(j, "to", m->host[k].name);
	json_string(j, "default", plain->n ? "refused" : "accepted");
	json_string(j, "baseline", base->n ? "refused" : "accepted");
	json_objections(j, "default_reasons", plain);
	json_objections(j, "baseline_reasons", base);
	json_end(j);
}

static void print_json(const struct matrix *m)
{
	struct json j;
	uint32_t i, k;

	json_begin(&j, stdout, "matrix");
	json_array(&j, "hosts");
	for (i = 0; i < m->n; i++) {
		json_flat(&j, NULL);
		json_string(&j, "name", m->host[i].name);
		json_string(&j, "kernel", m->host[i].profile.kernel);
		json_string(&j, "cpu", m->host[i].profile.cpu);
		json_number(&j, "class", m->cls[i]);
		json_end(&j);
	}
	json_end(&j);
	json_array(&j, "moves");
	for (i = 0; i < m->n; i++)
		for (k = 0; k < m->n; k++)
			if (i != k)
				json_move(&j, m, i, k);
	json_finish(&j);
}

static int write_page(const char *name, const struct matrix *m)
{
	char *text;
	size_t len;
	int ret;

	matrix_html(m, &text, &len);
	ret = file_write(name, text, len);
	free(text);
	return ret;
}

static int run(const struct args *a)
{
	struct host *h = mem_array(a->files.n, sizeof(*h));
	struct cvmm_rules rules;
	struct matrix m;
	size_t i;
	int ret = rules_load(a->rules, &rules);

	for (i = 0; i < a->files.n && !ret; i++) {
		ret = host_measure(a->files.v[i], 1, &h[i]);
		say_progress("read", i + 1, a->files.n);
	}
	if (!ret)
		ret = matrix_make(h, (uint32_t)a->files.n, &rules, a->json || a->html, &m);
	if (ret)
		return ret;
	if (a->html)
		ret = write_page(a->html, &m);
	if (!ret && a->json) {
		print_json(&m);
	} else if (!ret && !a->html) {
		print_table(&m);
		print_totals(&m);
	}
	return ret;
}

static const struct opt options[] = {
	OPT_ROW("--html", OPT_STRING, html, "F", "write a page to look around in: one file, no network"),
	OPT_RULES,
	OPT_JSON,
	OPT_END,
};

const struct command command_matrix = {
	.name = "matrix",
	.usage = "PROFILE... [--rules R] [--json] [--html F]",
	.what = "who can move where, each direction by itself",
	.help = "Judges every ordered pair of hosts: can a guest that was just started on the one, by default or with\n"
		"the baseline of the two, move to the other? Prints a table; --json and --html have each register "
		"that\n"
		"stands in the way. Hosts with equal answers are judged once. PROFILE is a host profile's file, or\n"
		"dev, or a sim: selector.",
	.opt = options,
	.min = 1,
	.max = 1u << 16,
	.run = run,
};
