/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <inttypes.h>
#include <string.h>

#include "hint.h"
#include "mem.h"
#include "opt.h"
#include "words.h"

/* Would the kernel that this profile is of have taken such a guest? Then it may well have been the source. */
static int fits(const struct judged *j, const struct host *h)
{
	struct judged back;
	int ret;

	if (strcmp(h->profile.kernel, j->view->kernel) != 0)
		return 0;
	ret = judge(j->name, j->view, h, NULL, &back) == STATUS_YES && back.plan.nrefused == 0;
	judged_drop(&back);
	return ret;
}

/* A built-in kernel of the snapshot's release that takes the guest; one with the destination's CPU before others. */
static int find_source(const struct judged *j, struct host *out)
{
	size_t n, i;
	const struct host_builtin *b = host_builtins(&n);
	int same_cpu;

	for (same_cpu = 1; same_cpu >= 0; same_cpu--) {
		for (i = 0; i < n; i++) {
			if (strcmp(b[i].kernel, j->view->kernel) != 0)
				continue;
			if ((strcmp(b[i].cpu, j->host->profile.cpu) == 0) != same_cpu)
				continue;
			if (host_from_builtin(&b[i], out) == STATUS_YES && fits(j, out))
				return 1;
		}
	}
	return 0;
}

int hint_find(const struct judged *j, const char *from, struct hint *out)
{
	int ret;

	memset(out, 0, sizeof(*out));
	if (j->view->arch != j->host->profile.arch) {
		out->kind = HINT_NONE;
		return STATUS_YES;
	}
	out->kind = HINT_NO_SOURCE;
	if (from) {
		ret = host_measure(from, 1, &out->pair[0]);
		if (ret)
			return ret;
	} else if (!find_source(j, &out->pair[0])) {
		return STATUS_YES;
	}
	out->pair[1] = *j->host;
	if (out->pair[0].profile.arch != out->pair[1].profile.arch)
		return STATUS_YES;
	ret = baseline_compute(out->pair, 2, NULL, &out->baseline);
	out->kind = out->baseline.exists ? HINT_BASELINE : HINT_EXCLUDED;
	return ret;
}

/* What the guest would have got instead, for each register that stood in the way. */
static void instead(FILE *f, const struct judged *j, const struct hint *h)
{
	char name[CVMM_REG_NAME_MAX], features[FEATURES_TEXT_MAX], base[FEATURES_TEXT_MAX];
	uint64_t value;
	uint32_t i;

	if (h->baseline.b.features != j->view->shape[0].features)
		fprintf(f, "    vCPU features %s instead of %s\n", features_text(h->baseline.b.features, base),
			features_text(j->view->shape[0].features, features));
	for (i = 0; i < j->plan.n; i++) {
		const struct cvmm_step *s = &j->plan.step[i];
		struct sides both;

		if (s->verdict != CVMM_VERDICT_REFUSED || !baseline_pin(&h->baseline, s->id, &value))
			continue;
		step_sides(j, s, &both);
		if (both.guest && value == both.guest_u64)
			continue;
		fprintf(f, "    %s 0x%" PRIx64 " instead of %s\n", reg_text(s->id, name), value,
			both.guest ? both.guest : "nothing");
	}
}

void hint_print(FILE *f, const struct judged *j, const struct hint *h)
{
	switch (h->kind) {
	case HINT_NONE: break;
	case HINT_NO_SOURCE:
		fprintf(f, "a baseline may exist: give the profile of the host that it was taken on with --from\n");
		break;
	case HINT_BASELINE:
		fprintf(f, "a guest started with the baseline of both hosts could move (%u values):\n",
			h->baseline.b.n);
		instead(f, j, h);
		fprintf(f, "    cvmm baseline %s %s -o B; cvmm save --baseline B ...\n", h->pair[0].name,
			h->pair[1].name);
		break;
	case HINT_EXCLUDED:
		fprintf(f, "no baseline would help: %s and %s exclude each other\n", h->pair[0].name, h->pair[1].name);
		baseline_excluded(f, &h->baseline, "    ");
		break;
	}
}

void hint_json(struct json *out, const struct hint *h)
{
	if (h->kind == HINT_NONE || h->kind == HINT_NO_SOURCE) {
		json_null(out, "baseline");
		return;
	}
	json_object(out, "baseline");
	json_list(out, "hosts");
	json_string(out, NULL, h->pair[0].name);
	json_string(out, NULL, h->pair[1].name);
	json_end(out);
	baseline_json(out, &h->baseline);
	json_end(out);
}
