/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* (f) a fleet of 1,000 hosts: loading profiles, the matrix of a million verdicts, a baseline of hosts that all differ. */
#include "bench.h"

#include <cvmm/fleet/matrix.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-sim/profiles.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define HOSTS 1000u

struct fleet {
	struct cvmm_profile p[HOSTS], other[HOSTS];
	struct cvmm_profile own[HOSTS];
	const struct cvmm_profile *host[HOSTS], *differ[HOSTS], *rep_host[HOSTS], *each[HOSTS];
	const char *text[HOSTS];
	size_t len[HOSTS], need[HOSTS], bytes;
	void *store[HOSTS];
	uint32_t cls[HOSTS], rep[HOSTS];
	uint64_t hash[HOSTS];
	struct cvmm_move row[HOSTS];
	uint8_t *verdict; /* a million */
	void *work;
	struct cvmm_baseline b;
	uint32_t ndiffer;
};

static void *storage(size_t bytes)
{
	void *p = aligned_alloc(64, (bytes + 63) / 64 * 64);

	if (!p) {
		fprintf(stderr, "bench: out of memory\n");
		exit(1);
	}
	return p;
}

static int run_load(void *ctx)
{
	struct fleet *f = ctx;
	uint32_t i;

	for (i = 0; i < HOSTS; i++) {
		if (cvmm_profile_need(f->text[i], f->len[i], &f->need[i], NULL) < 0 ||
			cvmm_profile_parse(f->text[i], f->len[i], f->store[i], f->need[i], &f->p[i], NULL) < 0)
			return -1;
	}
	return 0;
}

static int run_matrix(void *ctx)
{
	struct fleet *f = ctx;
	uint32_t i, k, n = cvmm_hosts_classes(f->host, HOSTS, f->cls, f->rep, f->hash);
	static uint8_t by_class[HOSTS * HOSTS];

	for (i = 0; i < n; i++)
		f->rep_host[i] = f->host[f->rep[i]];
	for (i = 0; i < n; i++) {
		if (cvmm_matrix_row(
			    f->rep_host[i], NULL, f->rep_host, n, NULL, f->row, f->work, CVMM_MATRIX_BYTES, NULL))
			return -1;
		for (k = 0; k < n; k++)
			by_class[i * n + k] = f->row[k].nrefused == 0;
	}
	for (i = 0; i < HOSTS; i++)
		for (k = 0; k < HOSTS; k++)
			f->verdict[i * HOSTS + k] = by_class[f->cls[i] * n + f->cls[k]];
	return 0;
}

/* Hosts of which no two gave equal answers: each row is one call, and a million verdicts are a million judgements. */
static double matrix_of_all(struct fleet *f)
{
	uint64_t start = bench_now_ns();
	uint32_t i, k;

	for (i = 0; i < HOSTS; i++) {
		if (cvmm_matrix_row(f->each[i], NULL, f->each, HOSTS, NULL, f->row, f->work, CVMM_MATRIX_BYTES, NULL))
			exit(1);
		for (k = 0; k < HOSTS; k++)
			f->verdict[i * HOSTS + k] = f->row[k].nrefused == 0;
	}
	return (double)(bench_now_ns() - start) / 1e6;
}

static int run_baseline(void *ctx)
{
	struct fleet *f = ctx;

	return cvmm_baseline_compute(f->differ, HOSTS, 0, &f->b, NULL, NULL);
}

static void open_fleet(struct fleet *f)
{
	uint32_t i, n = cvmm_sim_profile_count();

	for (i = 0; i < HOSTS; i++) {
		f->text[i] = cvmm_sim_profile_text(i % n, &f->len[i]);
		f->bytes += f->len[i];
		if (cvmm_profile_need(f->text[i], f->len[i], &f->need[i], NULL) < 0)
			exit(1);
		f->store[i] = storage(f->need[i]);
		f->host[i] = &f->p[i];
	}
	f->work = storage(CVMM_MATRIX_BYTES);
	f->verdict = storage((size_t)HOSTS * HOSTS);
	if (run_load(f))
		exit(1);
}

/* Hosts of one CPU model that have a baseline, each with an answer that nobody else gave. */
static void make_differ(struct fleet *f)
{
	const struct cvmm_profile *model[HOSTS];
	uint32_t i, n = 0;

	for (i = 0; i < cvmm_sim_profile_count() && i < HOSTS; i++)
		if (!strcmp(f->p[i].cpu, "neoverse-n1") && strncmp(f->p[i].kernel, "5.", 2) != 0)
			model[n++] = &f->p[i];
	for (i = 0; n && i < HOSTS; i++) {
		struct cvmm_pair *caps;

		f->other[i] = *model[i % n];
		caps = storage(f->other[i].ncaps * sizeof(*caps));
		memcpy(caps, f->other[i].cap, f->other[i].ncaps * sizeof(*caps));
		caps[0].value += i;
		f->other[i].cap = caps;
		f->differ[i] = &f->other[i];
	}
	f->ndiffer = n ? cvmm_hosts_classes(f->differ, HOSTS, f->cls, f->rep, f->hash) : 0;
}

/* All kernels and CPU models, and a REVIDR_EL1 of its own for each host. */
static uint32_t make_each(struct fleet *f)
{
	uint32_t i, k;

	for (i = 0; i < HOSTS; i++) {
		struct cvmm_profile *p = &f->own[i];
		void *store = storage(f->need[i]);

		if (cvmm_profile_parse(f->text[i], f->len[i], store, f->need[i], p, NULL) < 0)
			exit(1);
		for (k = 0; k < p->nvariants; k++) {
			const struct cvmm_regset *regs = &p->variant[k].regs;
			int at = cvmm_regset_find(regs, CVMM_ARM64_REVIDR_EL1);

			if (at >= 0)
				cvmm_store_le((uint8_t *)(uintptr_t)cvmm_regset_value(regs, (uint32_t)at, 0), 8, i);
		}
		f->each[i] = p;
	}
	return cvmm_hosts_classes(f->each, HOSTS, f->cls, f->rep, f->hash);
}

static double resident_mb(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)u.ru_maxrss / 1024;
}

int main(int argc, char **argv)
{
	static struct fleet f;
	struct bench_contestant who[] = { { "load", NULL, run_load, &f, 0 }, { "matrix", NULL, run_matrix, &f, 0 },
		{ "baseline", NULL, run_baseline, &f, 0 } };

	bench_json(argc > 1 && !strcmp(argv[1], "--json"));
	open_fleet(&f);
	make_differ(&f);
	if (f.ndiffer != HOSTS || make_each(&f) != HOSTS) {
		fprintf(stderr, "bench: only %u hosts differ\n", f.ndiffer);
		return 1;
	}
	bench_interleaved(who, sizeof(who) / sizeof(who[0]));
	bench_figure("loading 1,000 profiles", (double)f.bytes / who[0].median_ns * 1000, "MB/s", ">= 100");
	bench_figure(
		"matrix of 1,000 x 1,000 hosts, equal answers judged once", who[1].median_ns / 1e6, "ms", "< 10000");
	bench_figure("matrix of 1,000 x 1,000 hosts, no two alike (once)", matrix_of_all(&f), "ms", "< 10000");
	bench_figure("baseline of 1,000 loaded hosts, all different", who[2].median_ns / 1e6, "ms", "< 100");
	bench_figure("memory of all that", resident_mb(), "MB", "< 512");
	bench_end();
	return 0;
}
