/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <stdio.h>
#include <unistd.h>

#include "commands.h"
#include "hint.h"
#include "load.h"
#include "mem.h"
#include "report.h"
#include "rules.h"
#include "say.h"
#include "words.h"

/**
 * struct checking - snapshots against hosts
 * @a:        the arguments
 * @host:     the hosts
 * @rules:    the caller's rules
 * @json:     the document, where one is written
 * @accepted: pairs so far
 * @refused:  likewise
 * @errors:   snapshots that could not be judged
 */
struct checking {
	const struct args *a;
	struct host *host;
	struct cvmm_rules rules;
	struct json json;
	size_t accepted;
	size_t refused;
	size_t errors;
};

static int alone(const struct checking *c)
{
	return c->a->files.n == 1 && c->a->on.n == 1;
}

/* Many pairs: one line each, the refused registers by name. */
static void short_line(const struct judged *j)
{
	char name[CVMM_REG_NAME_MAX];
	uint32_t told = 0;
	uint32_t i;

	printf("%s on %s: %s: ", j->name, j->host->name, j->plan.nrefused ? "refused" : "accepted");
	for (i = 0; i < j->plan.n && told < 6; i++)
		if (j->plan.step[i].verdict == CVMM_VERDICT_REFUSED)
			printf("%s%s", told++ ? ", " : "", step_name(&j->plan.step[i], name));
	if (j->plan.nrefused > told)
		printf(" and %u more", j->plan.nrefused - told);
	if (j->plan.nrefused)
		putchar('\n');
	else
		report_totals(stdout, &j->plan);
}

static void long_text(const struct checking *c, const struct snap *s, const struct judged *j)
{
	char features[FEATURES_TEXT_MAX];

	printf("%s: %s, %u vCPU%s, features %s, taken on %s\n", s->name, arch_word(s->view.arch), s->view.nvcpus,
		s->view.nvcpus == 1 ? "" : "s", features_text(s->view.shape[0].features, features), s->view.kernel);
	printf("on %s: %s\n", j->host->name, j->plan.nrefused ? "REFUSED" : "accepted");
	report_steps(stdout, j, c->a->all);
	printf("registers: ");
	report_totals(stdout, &j->plan);
}

static int one_text(const struct checking *c, const struct snap *s, const struct judged *j)
{
	struct hint hint;
	int ret;

	if (!alone(c)) {
		short_line(j);
		return STATUS_YES;
	}
	long_text(c, s, j);
	if (!j->plan.nrefused)
		return STATUS_YES;
	ret = hint_find(j, c->a->from, &hint);
	if (!ret)
		hint_print(stdout, j, &hint);
	return ret;
}

static int one_json(struct checking *c, const struct snap *s, const struct judged *j)
{
	struct hint hint;
	int ret = STATUS_YES;

	json_object(&c->json, NULL);
	json_string(&c->json, "snapshot", j->name);
	json_string(&c->json, "host", j->host->name);
	json_string(&c->json, "arch", arch_word(s->view.arch));
	json_string(&c->json, "kernel", s->view.kernel);
	json_number(&c->json, "vcpus", s->view.nvcpus);
	json_string(&c->json, "verdict", j->plan.nrefused ? "refused" : "accepted");
	report_json(&c->json, j, c->a->all);
	if (alone(c) && j->plan.nrefused) {
		ret = hint_find(j, c->a->from, &hint);
		if (!ret)
			hint_json(&c->json, &hint);
	}
	json_end(&c->json);
	return ret;
}

static int check_one(struct checking *c, const struct snap *s, const struct host *h)
{
	struct judged j;
	int ret = judge(s->name, &s->view, h, &c->rules, &j);

	if (ret)
		return ret;
	if (j.plan.nrefused)
		c->refused++;
	else
		c->accepted++;
	ret = c->a->json ? one_json(c, s, &j) : one_text(c, s, &j);
	judged_drop(&j);
	return ret;
}

static void error_json(struct checking *c, const char *name)
{
	json_flat(&c->json, NULL);
	json_string(&c->json, "snapshot", name);
	json_string(&c->json, "verdict", "error");
	json_end(&c->json);
}

/* A snapshot that cannot be judged is named, and the others are judged all the same. */
static int check_file(struct checking *c, size_t i)
{
	size_t total = c->a->files.n * c->a->on.n;
	struct cvmm_error e;
	struct snap s;
	size_t k;
	int ret = snap_load(c->a->files.v[i], &s);

	if (!ret && cvmm_view_extras(&s.view, NULL, 0, &e))
		ret = say_error(s.name, &e);
	if (ret && c->a->json)
		error_json(c, c->a->files.v[i]);
	for (k = 0; !ret && k < c->a->on.n; k++) {
		ret = check_one(c, &s, &c->host[k]);
		/* On the same terminal the lines themselves are the progress. */
		if (total > 1 && !isatty(STDOUT_FILENO))
			say_progress("checked", i * c->a->on.n + k + 1, total);
	}
	snap_drop(&s);
	return ret;
}

static int summary(struct checking *c)
{
	if (c->a->json) {
		json_end(&c->json);
		json_number(&c->json, "accepted", c->accepted);
		json_number(&c->json, "refused", c->refused);
		json_number(&c->json, "errors", c->errors);
		json_finish(&c->json);
	} else if (!alone(c)) {
		printf("%zu accepted, %zu refused", c->accepted, c->refused);
		if (c->errors)
			printf(", %zu snapshots could not be judged", c->errors);
		putchar('\n');
	}
	if (c->errors)
		return STATUS_ERROR;
	return c->refused ? STATUS_REFUSED : STATUS_YES;
}

static int run(const struct args *a)
{
	struct checking c = { .a = a };
	size_t i;
	int ret = rules_load(a->rules, &c.rules);

	c.host = mem_array(a->on.n, sizeof(*c.host));
	for (i = 0; !ret && i < a->on.n; i++)
		ret = host_measure(a->on.v[i], 1, &c.host[i]);
	if (ret)
		return ret;
	if (a->json) {
		json_begin(&c.json, stdout, "check");
		json_array(&c.json, "results");
	}
	for (i = 0; i < a->files.n; i++)
		c.errors += check_file(&c, i) != STATUS_YES;
	return summary(&c);
}

static const struct opt options[] = {
	{ .name = "--on",
		.kind = OPT_WORDS,
		.needed = 1,
		.field = offsetof(struct args, on),
		.arg = "K|PROFILE",
		.help = "the hosts, up to the next option" },
	OPT_RULES,
	OPT_ROW("--from", OPT_STRING, from, "K|PROFILE",
		"the source's host, for the baseline that a refusal comes with"),
	OPT_ROW("--all", OPT_FLAG, all, NULL, "every register, also those that are written as they are"),
	OPT_JSON,
	OPT_END,
};

const struct command command_check = {
	.name = "check",
	.usage = "F.snap... --on (K|PROFILE)... [--rules R] [--from K|PROFILE] [--all] [--json]",
	.what = "may it continue there? refused: why, and the way out",
	.help = "Judges snapshots against hosts, from the hosts' answers alone; touches nothing. Prints the verdict,\n"
		"every refusal with both values and the reason, then what would be substituted, pinned and dropped. A\n"
		"refusal comes with the baseline that would have made the move possible, if there is one: of the\n"
		"destination and the source's host (--from, or a built-in kernel that the snapshot fits).\n"
		"Several snapshots or hosts: a line for each pair, and a summary. Exit status 3 if any is refused.",
	.opt = options,
	.min = 1,
	.max = 1u << 20,
	.run = run,
};
