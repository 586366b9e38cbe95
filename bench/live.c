/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * (a) on a real kernel: register writes and reads of a restore and a save, and their time as a ratio within one boot.
 * usage: bench-live PROFILE [--json], PROFILE being what cvmm probe wrote on this host. live.py boots a kernel for it.
 */
#include "bench.h"
#include "sequences.h"

#include <cvmm/kvm-ioctls/reg-id.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cost {
	uint64_t set, get;
};

static int prepare(void *ctx)
{
	return rig_rewind(ctx);
}

static int prepare_other(void *ctx)
{
	return rig_rewind(((struct sequence_run *)ctx)->rig);
}

static int prepare_save(void *ctx)
{
	return rig_rewind(ctx) < 0 ? -1 : rig_start(ctx);
}

static int prepare_save_other(void *ctx)
{
	return prepare_save(((struct sequence_run *)ctx)->rig);
}

static int restore(void *ctx)
{
	return rig_restore(ctx);
}

static int restore_as(struct rig *r, enum cvmm_delta delta)
{
	int ret;

	r->delta = delta;
	ret = rig_restore(r);
	r->delta = CVMM_DELTA_OFF;
	return ret;
}

static int restore_audited(void *ctx)
{
	return restore_as(ctx, CVMM_DELTA_AUDIT);
}

static int restore_trusting(void *ctx)
{
	return restore_as(ctx, CVMM_DELTA_TRUST);
}

static int save(void *ctx)
{
	struct rig *r = ctx;
	struct cvmm_view view;

	return cvmm_capture(&r->machine, &r->profile, r->profile.kernel, r->capture, r->capture_bytes, &view, NULL);
}

static struct cost measure(struct rig *r, struct bench_contestant *c)
{
	uint64_t set, get;

	(void)c->prepare(c->ctx);
	set = rig_count(r, CVMM_SIM_COUNT_SET_ONE_REG);
	get = rig_count(r, CVMM_SIM_COUNT_GET_ONE_REG);
	(void)c->run(c->ctx);
	return (struct cost){ rig_count(r, CVMM_SIM_COUNT_SET_ONE_REG) - set,
		rig_count(r, CVMM_SIM_COUNT_GET_ONE_REG) - get };
}

static void report(struct rig *r, const char *what, struct bench_contestant *c, size_t n)
{
	const char *fewer = r->nvcpus != 64			  ? ""
			    : !strcmp(what, "restore")		  ? "<= 0.75"
			    : !strncmp(what, "delta restore", 13) ? "<= 0.4"
								  : "";
	struct cost cost[8];
	char name[96];
	size_t i;

	for (i = 0; i < n; i++)
		cost[i] = measure(r, &c[i]);
	bench_interleaved(c, n);
	for (i = 1; i < n; i++) {
		const int peer = strcmp(c[i].name, "floor") != 0;

		snprintf(name, sizeof(name), "%s, %u vCPUs, SET_ONE_REG: ours / %s", what, r->nvcpus, c[i].name);
		if (cost[i].set)
			bench_ratio(name, (double)cost[0].set, (double)cost[i].set, "calls", peer ? fewer : "");
		snprintf(name, sizeof(name), "%s, %u vCPUs, GET_ONE_REG: ours / %s", what, r->nvcpus, c[i].name);
		if (cost[i].get)
			bench_ratio(name, (double)cost[0].get, (double)cost[i].get, "calls", "");
		snprintf(name, sizeof(name), "%s, %u vCPUs, time: ours / %s", what, r->nvcpus, c[i].name);
		bench_ratio(name, c[0].median_ns / 1000, c[i].median_ns / 1000, "us",
			peer || strcmp(what, "restore") ? "" : "<= 1.02");
	}
}

static char *slurp(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	char *text = f ? malloc(CVMM_PROFILE_BYTES_MAX) : NULL;

	*len = text ? fread(text, 1, CVMM_PROFILE_BYTES_MAX, f) : 0;
	if (!*len) {
		fprintf(stderr, "bench: cannot read %s\n", path);
		exit(1);
	}
	fclose(f);
	return text;
}

int main(int argc, char **argv)
{
	static const uint32_t sizes[] = { 1, 8, 64 };
	static struct rig rig;
	size_t i, len;
	char *text;

	if (argc < 2) {
		fprintf(stderr, "usage: bench-live PROFILE [--json]\n");
		return 2;
	}
	bench_json(argc > 2 && !strcmp(argv[2], "--json"));
	text = slurp(argv[1], &len);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct sequence_run s[] = { { &rig, &sequence_floor }, { &rig, &sequence_firecracker },
			{ &rig, &sequence_qemu }, { &rig, &sequence_crosvm } };
		struct bench_contestant r[] = { { "ours", prepare, restore, &rig, 0 },
			{ "floor", prepare_other, sequence_restore, &s[0], 0 },
			{ "Firecracker", prepare_other, sequence_restore, &s[1], 0 },
			{ "QEMU", prepare_other, sequence_restore, &s[2], 0 },
			{ "crosvm", prepare_other, sequence_restore, &s[3], 0 } };
		struct bench_contestant v[] = { { "ours", prepare_save, save, &rig, 0 },
			{ "floor", prepare_save_other, sequence_save, &s[0], 0 },
			{ "Firecracker", prepare_save_other, sequence_save, &s[1], 0 } };

		/* An emulated CPU takes seconds for one round of the largest; its counts do not need many. */
		bench_rounds(sizes[i] < 64 ? 15 : 5);
		rig_open_host(&rig, text, len, sizes[i], CVMM_ARM64_FEATURE_PSCI_0_2);
		report(&rig, "restore", r, sizeof(r) / sizeof(r[0]));
		/* The guest's vCPUs were never powered on: what a delta is for. */
		r[0].run = restore_audited;
		report(&rig, "delta restore with read-back", r, 3);
		r[0].run = restore_trusting;
		report(&rig, "delta restore", r, 3);
		report(&rig, "save", v, sizeof(v) / sizeof(v[0]));
		rig_close(&rig);
	}
	bench_end();
	return 0;
}
