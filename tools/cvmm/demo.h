/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: the parts of cvmm demo
 */
#ifndef CVMM_TOOL_DEMO_H
#define CVMM_TOOL_DEMO_H

#include "baseline.h"
#include "load.h"
#include "report.h"
#include "rig.h"

/** demo_line() - one line of the table: what, result, ioctls (DEMO_NONE: no number) */
void demo_line(const char *result, uint64_t ioctls, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/** DEMO_NONE: a line without a number of ioctls */
#define DEMO_NONE UINT64_MAX

/**
 * demo_save() - start a guest on @h, let it run, save it in memory
 * @start: ioctls that starting took
 * @save:  ioctls that saving took
 *
 * The snapshot went through its bytes: what comes out was decoded. Return: enum status.
 */
int demo_save(const struct host *h, uint32_t vcpus, uint64_t features, const struct cvmm_baseline *b, struct snap *out,
	uint64_t *start, uint64_t *save);

/** demo_hop() - restore @s on @h as planned, and save it there; @count receives the restore's ioctls; @out may be NULL */
int demo_hop(
	const struct snap *s, const struct host *h, const struct cvmm_plan *p, struct snap *out, struct rig *count);

/** demo_cost() - step 4: VM-owned registers once, beside every register on every vCPU; Return: enum status */
int demo_cost(const struct host *h, uint64_t features);

#endif
