/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Files with more of something than the format allows, or cut in the middle of it; and sinks that fail at any call. */
#include <errno.h>
#include <string.h>
#include <criterion/criterion.h>

#include "snap.h"

#define CAPS   1u
#define SHAPES 5u
#define REGS   1000u
#define STRIDE 60000u

static struct snap_sample sample;
static uint8_t file[1 << 17], bad[1 << 18], section[1 << 16];
static _Alignas(16) uint8_t store[1 << 20];

/* The rich sample with other contents in one section. Return: what the reader says, and why in @e. */
static int read_with(uint32_t type, size_t bytes, struct cvmm_error *e)
{
	struct snap_part part[16];
	struct cvmm_view v;
	size_t len = 0, n, i;

	cr_assert_eq(cvmm_snapshot_write(snap_rich(&sample), CVMM_FORMAT_1_1, file, sizeof(file), &len, e), 0);
	n = snap_split(file, len, part, 16);
	for (i = 0; i < n; i++) {
		if (part[i].type != type)
			continue;
		part[i].data = section;
		part[i].bytes = bytes;
	}
	len = snap_join(file, part, n, bad, sizeof(bad));
	cr_assert(len);
	return cvmm_snapshot_read(bad, len, store, sizeof(store), &v, e);
}

Test(format_limits, more_capabilities_than_allowed)
{
	struct cvmm_error e;
	uint32_t i;

	memset(section, 0, sizeof(section));
	for (i = 0; i <= CVMM_SNAPSHOT_CAPS_MAX; i++)
		snap_put(section + 16 * i, 8, i);
	cr_assert_eq(read_with(CAPS, 16 * (CVMM_SNAPSHOT_CAPS_MAX + 1), &e), -E2BIG);
	cr_assert_eq(e.reason, CVMM_REASON_LIMIT);
	cr_assert_eq(e.section, CAPS);
}

/* A shape: features, number of registers, 0; then id and size of each. */
static size_t put_shape(uint8_t *p, uint64_t features)
{
	memset(p, 0, 32);
	snap_put(p, 8, features);
	snap_put(p + 8, 4, 1);
	snap_put(p + 16, 8, UINT64_C(0x6030000000100000));
	snap_put(p + 24, 4, 8);
	return 32;
}

Test(format_limits, more_shapes_than_allowed)
{
	struct cvmm_error e;
	size_t at = 0;
	uint32_t i;

	for (i = 0; i <= CVMM_SNAPSHOT_SHAPES_MAX; i++)
		at += put_shape(section + at, i);
	cr_assert_eq(read_with(SHAPES, at, &e), -E2BIG);
	cr_assert_eq(e.reason, CVMM_REASON_LIMIT);
	cr_assert_eq(e.section, SHAPES);
}

Test(format_limits, a_shape_that_is_cut)
{
	struct cvmm_error e;
	size_t at = put_shape(section, 4);

	(void)put_shape(section + at, 8);
	cr_assert_eq(read_with(SHAPES, at + 8, &e), -EBADMSG);
	cr_assert_eq(e.reason, CVMM_REASON_COUNT);
	cr_assert_eq(e.section, SHAPES);
}

static int fail_later(void *arg, const void *p, size_t len)
{
	uint32_t *left = arg;

	(void)p;
	(void)len;
	return (*left)-- ? 0 : -ENOSPC;
}

/* Columns that are so long that they reach the sink in several pieces. */
Test(format_limits, a_sink_that_fails_at_any_call)
{
	static struct cvmm_item item[REGS + 1];
	static uint8_t col[2][STRIDE];
	static const uint32_t id[2] = { 0, 1 };
	static const struct cvmm_vcpu_ref vcpu[2] = { { 0, 0, 0 }, { 1, 0, 1 } };
	const struct cvmm_shape shape = { 0, { item, col[0], REGS + 1, 2, STRIDE, 0 }, id };
	struct cvmm_view v = { .arch = CVMM_ARCH_ARM64, .nshapes = 1, .nvcpus = 2, .shape = &shape, .vcpu = vcpu };
	uint32_t n, left, odd, i;
	struct cvmm_error e;
	size_t len;

	for (odd = 0; odd < 2; odd++) {
		/* Words that change all over the column, or seldom. */
		for (i = 0; i < REGS; i++)
			item[i] = (struct cvmm_item){ UINT64_C(0x6030000000130000) + 0x10 * i, 8, i * 8 };
		item[REGS] = (struct cvmm_item){ UINT64_C(0x60f0000200000009), STRIDE - 8 * REGS, 8 * REGS };
		memset(col, 0x11, sizeof(col));
		for (i = 0; i < sizeof(col[1]); i += 3 + odd * 8)
			col[1][i] = (uint8_t)i;
		for (n = 0;; n++) {
			left = n;
			if (cvmm_snapshot_stream(&v, CVMM_FORMAT_1_1, fail_later, &left, &len, &e) == 0)
				break;
			cr_assert_eq(e.err, -ENOSPC, "call %u: %s", n, cvmm_reason_name(e.reason));
		}
		cr_assert_gt(n, 4);
	}
}
