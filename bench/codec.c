/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* (d) decode, encode and plan of a large snapshot against memcpy and one CRC-32C pass; (e) bytes per vCPU. */
#include "bench.h"
#include "rig.h"

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/snapshot/format.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KERNEL "6.18.15-neoverse-n1"
#define VCPUS  512

struct codec {
	struct rig rig;
	uint32_t format;
	unsigned char *file, *copy;
	size_t len;
	void *store;
	size_t store_bytes;
	struct cvmm_view view;
	const struct cvmm_regset *state;
	struct cvmm_plan plan;
	volatile uint32_t sink;
};

static int run_memcpy(void *ctx)
{
	struct codec *c = ctx;

	memcpy(c->copy, c->file, c->len);
	c->sink = c->copy[c->len / 2];
	return 0;
}

static int run_crc(void *ctx)
{
	struct codec *c = ctx;

	c->sink = cvmm_crc32c(0, c->file, c->len);
	return 0;
}

/* The state itself, whatever the file makes of it. */
static int run_columns(void *ctx)
{
	struct codec *c = ctx;

	c->sink = cvmm_crc32c(0, c->state->col, (size_t)c->state->stride * c->state->ncols);
	return 0;
}

static int run_decode(void *ctx)
{
	struct codec *c = ctx;

	return cvmm_snapshot_read(c->file, c->len, c->store, c->store_bytes, &c->view, NULL);
}

static int run_encode(void *ctx)
{
	struct codec *c = ctx;
	size_t len;

	return cvmm_snapshot_write(&c->rig.view, c->format, c->copy, c->len, &len, NULL);
}

static int run_plan(void *ctx)
{
	struct codec *c = ctx;

	return cvmm_plan_make(&c->rig.view, &c->rig.profile, NULL, &c->plan, NULL);
}

static void open_format(struct codec *c, uint32_t format)
{
	c->format = format;
	if (cvmm_snapshot_size(&c->rig.view, format, &c->len, NULL) < 0)
		exit(1);
	c->file = malloc(c->len);
	c->copy = malloc(c->len);
	if (!c->file || !c->copy || cvmm_snapshot_write(&c->rig.view, format, c->file, c->len, &c->len, NULL) < 0 ||
		cvmm_snapshot_need(c->file, c->len, &c->store_bytes, NULL) < 0)
		exit(1);
	c->store = aligned_alloc(64, (c->store_bytes + 63) / 64 * 64);
	memset(c->copy, 0, c->len);
	if (!c->store)
		exit(1);
	memset(c->store, 0, c->store_bytes);
}

static size_t size_of(const char *kernel, uint32_t vcpus, uint32_t format, size_t *stride)
{
	static struct rig rig;
	size_t bytes;

	rig_open(&rig, kernel, vcpus, CVMM_ARM64_FEATURE_PSCI_0_2);
	if (cvmm_snapshot_size(&rig.view, format, &bytes, NULL) < 0)
		exit(1);
	*stride = rig.view.shape[0].regs.stride;
	rig_close(&rig);
	return bytes;
}

static void report_bytes(uint32_t format, const char *name, const char *goal)
{
	size_t stride, a = size_of(KERNEL, 65, format, &stride), b = size_of(KERNEL, 129, format, &stride);
	char what[96];

	snprintf(what, sizeof(what), "bytes of a further vCPU in reset state, format %s / raw values", name);
	bench_ratio(what, (double)(b - a) / 64, (double)stride, "bytes", goal);
}

/* What others publish of theirs holds devices as well, and is of other machines: orders of magnitude. */
static void report_peers(void)
{
	size_t stride, one = size_of(KERNEL, 1, CVMM_FORMAT_1_0, &stride);
	size_t four = size_of(KERNEL, 4, CVMM_FORMAT_1_0, &stride), five = size_of(KERNEL, 5, CVMM_FORMAT_1_0, &stride);

	bench_ratio("bytes of 1 vCPU's snapshot / Firecracker's state file (published: 16 KiB)", (double)one, 16384,
		"bytes", "");
	bench_ratio("bytes of 4 vCPUs' snapshot / Cloud Hypervisor's state.json (published)", (double)four, 217853,
		"bytes", "");
	bench_ratio("bytes of a further vCPU / an id and a value for each of 256 registers", (double)(five - four),
		2048 + 2240, "bytes", "");
}

static void report_format(struct codec *c, uint32_t format, const char *name)
{
	struct bench_contestant who[] = { { "crc32c", NULL, run_crc, c, 0 }, { "memcpy", NULL, run_memcpy, c, 0 },
		{ "decode", NULL, run_decode, c, 0 }, { "encode", NULL, run_encode, c, 0 },
		{ "columns", NULL, run_columns, c, 0 } };
	char what[96];

	open_format(c, format);
	bench_interleaved(who, sizeof(who) / sizeof(who[0]));
	snprintf(what, sizeof(what), "decode %u vCPUs, format %s / CRC-32C pass", VCPUS, name);
	bench_ratio(what, who[2].median_ns / 1000, who[0].median_ns / 1000, "us", "<= 2");
	snprintf(what, sizeof(what), "encode %u vCPUs, format %s / CRC-32C pass", VCPUS, name);
	bench_ratio(what, who[3].median_ns / 1000, who[0].median_ns / 1000, "us", "<= 2");
	snprintf(what, sizeof(what), "decode %u vCPUs, format %s / memcpy", VCPUS, name);
	bench_ratio(what, who[2].median_ns / 1000, who[1].median_ns / 1000, "us", "");
	if (c->len < (size_t)c->state->stride * c->state->ncols) {
		snprintf(what, sizeof(what), "decode %u vCPUs, format %s / CRC-32C pass over the columns", VCPUS, name);
		bench_ratio(what, who[2].median_ns / 1000, who[4].median_ns / 1000, "us", "");
		snprintf(what, sizeof(what), "encode %u vCPUs, format %s / CRC-32C pass over the columns", VCPUS, name);
		bench_ratio(what, who[3].median_ns / 1000, who[4].median_ns / 1000, "us", "");
	}
	free(c->file);
	free(c->copy);
	free(c->store);
}

int main(int argc, char **argv)
{
	static struct codec c;
	struct bench_contestant plan[] = { { "plan", NULL, run_plan, &c, 0 } };

	bench_json(argc > 1 && !strcmp(argv[1], "--json"));
	rig_open(&c.rig, KERNEL, VCPUS, CVMM_ARM64_FEATURE_PSCI_0_2);
	c.state = &c.rig.view.shape[0].regs;
	c.plan = (struct cvmm_plan){ .step = c.rig.plan.step, .cap = c.rig.plan.cap };
	report_format(&c, CVMM_FORMAT_1_0, "1.0");
	report_format(&c, CVMM_FORMAT_1_1, "1.1");
	bench_interleaved(plan, 1);
	bench_figure("plan for 512 vCPUs", plan[0].median_ns / 1000, "us", "< 1000");
	report_bytes(CVMM_FORMAT_1_0, "1.0", "<= 1.05");
	report_bytes(CVMM_FORMAT_1_1, "1.1", "<= 0.5");
	report_peers();
	bench_end();
	return 0;
}
