/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A cvmm_snapshot_sink that keeps what it is given, and can fail. */
#ifndef CVMM_TESTS_COLLECT_H
#define CVMM_TESTS_COLLECT_H

#include <criterion/criterion.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>

/**
 * struct collected - what came so far
 * @at:      where the next bytes go
 * @calls:   how often something came
 * @fail_at: the call that is answered with -EDQUOT, counted from 0
 */
struct collected {
	uint8_t *at;
	size_t calls;
	size_t fail_at;
};

static int collect(void *arg, const void *p, size_t len)
{
	struct collected *c = arg;

	cr_assert_gt(len, 0);
	if (c->calls++ == c->fail_at)
		return -EDQUOT;
	memcpy(c->at, p, len);
	c->at += len;
	return 0;
}

#endif
