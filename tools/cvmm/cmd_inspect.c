/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <stdio.h>
#include <string.h>

#include "baseline.h"
#include "commands.h"
#include "file.h"
#include "inspect.h"
#include "load.h"
#include "say.h"

/* Each kind of file has its own printer; a snapshot's is in inspect_snapshot.c, a profile's in inspect_profile.c. */
static int inspect_baseline(const struct bytes *b, const struct args *a)
{
	struct baseline base;
	struct json j;
	int ret = baseline_parse(b->name, (const char *)b->p, b->len, &base);

	if (ret)
		return ret;
	if (!a->json) {
		baseline_print(stdout, &base, a->all);
		return STATUS_YES;
	}
	json_begin(&j, stdout, "inspect");
	json_string(&j, "kind", "baseline");
	json_string(&j, "file", b->name);
	baseline_json(&j, &base);
	json_finish(&j);
	return STATUS_YES;
}

static int run(const struct args *a)
{
	const char *name = a->files.v[0];
	struct bytes b;
	int ret;

	if (strncmp(name, "sim:", 4) == 0)
		return inspect_kernel(name, a);
	ret = file_read(name, CVMM_SNAPSHOT_BYTES_MAX, "a snapshot, host profile or baseline", &b);

	if (ret)
		return ret;
	switch (file_kind_of(b.p, b.len)) {
	case FILE_PROFILE: return inspect_profile(&b, a);
	case FILE_BASELINE: return inspect_baseline(&b, a);
	case FILE_SNAPSHOT: return inspect_snapshot(&b, a);
	default: say("%s: neither a snapshot nor a host profile nor a baseline", name); return STATUS_ERROR;
	}
}

static const struct opt options[] = {
	OPT_ROW("--all", OPT_FLAG, all, NULL, "every register of every vCPU"),
	OPT_JSON,
	OPT_END,
};

const struct command command_inspect = {
	.name = "inspect",
	.usage = "F [--all] [--json]",
	.what = "snapshot, profile or baseline, in words",
	.help = "Says what a file is and prints what it contains. Of a snapshot's vCPUs it prints a summary, with\n"
		"--all every register; the JSON form always has everything. A damaged file: exit status 1, with the\n"
		"damaged part named, after what its header still tells.",
	.opt = options,
	.min = 1,
	.max = 1,
	.run = run,
};
