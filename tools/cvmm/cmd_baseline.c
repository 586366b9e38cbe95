/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <stdio.h>

#include "baseline.h"
#include "commands.h"
#include "gate.h"
#include "mem.h"
#include "rules.h"
#include "say.h"

static int refuse(const struct args *a, const struct baseline *b)
{
	if (!a->json) {
		printf("no baseline: the hosts exclude each other\n");
		baseline_excluded(stdout, b, "  ");
	}
	say("baseline: no machine that all %zu hosts can promise%s", b->nhost, a->out ? "; nothing written" : "");
	return STATUS_REFUSED;
}

static int document(const struct args *a, const struct baseline *b)
{
	struct json j;
	int ret = STATUS_YES;
	size_t i;

	json_begin(&j, stdout, "baseline");
	json_list(&j, "hosts");
	for (i = 0; i < b->nhost; i++)
		json_string(&j, NULL, b->host[i].name);
	json_end(&j);
	baseline_json(&j, b);
	if (a->gate && b->exists)
		ret = gate_json(&j, b);
	json_finish(&j);
	return ret;
}

static int run(const struct args *a)
{
	struct host *h = mem_array(a->files.n, sizeof(*h));
	struct baseline *b = mem_get(sizeof(*b));
	struct cvmm_rules rules;
	size_t i;
	int ret = rules_load(a->rules, &rules);

	for (i = 0; i < a->files.n && !ret; i++) {
		ret = host_measure(a->files.v[i], 1, &h[i]);
		say_progress("read", i + 1, a->files.n);
	}
	if (!ret)
		ret = baseline_compute(h, a->files.n, &rules, b);
	if (ret)
		return ret;
	if (a->json)
		ret = document(a, b);
	if (!ret && !b->exists)
		return refuse(a, b);
	if (!ret && a->out)
		ret = baseline_store(a->out, b);
	if (ret || a->json)
		return ret;
	baseline_print(stdout, b, a->all);
	return a->gate ? gate_print(stdout, b) : STATUS_YES;
}

static const struct opt options[] = {
	OPT_ROW("-o", OPT_STRING, out, "B", "write the baseline here"),
	OPT_RULES,
	OPT_ROW("--gate", OPT_FLAG, gate, NULL, "also: what may be switched on now, and what waits for which host"),
	OPT_ROW("--all", OPT_FLAG, all, NULL, "every value, also those that all hosts have by themselves"),
	OPT_JSON,
	OPT_END,
};

const struct command command_baseline = {
	.name = "baseline",
	.usage = "PROFILE... [--rules R] [--gate] [--all] [--json] [-o B]",
	.what = "what every one of these hosts can promise a guest",
	.help = "Computes the best machine that all of these hosts can promise a guest: a vCPU feature set and the\n"
		"values of the registers that make the machine. A guest that is started with it (cvmm save\n"
		"--baseline) may continue on each of them. Each value is printed with the host that decided it. Where\n"
		"two hosts exclude each other there is none: exit status 3, the registers named, nothing written. "
		"With\n"
		"--rules what they decide is not promised: moves have to be judged with the same ones.\n"
		"PROFILE is a host profile's file, or dev, or a sim: selector.",
	.opt = options,
	.min = 1,
	.max = 1u << 20,
	.run = run,
};
