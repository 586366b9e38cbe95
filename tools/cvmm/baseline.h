/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: baselines: what several hosts can promise a guest
 */
#ifndef CVMM_TOOL_BASELINE_H
#define CVMM_TOOL_BASELINE_H

#include <stdio.h>

#include <cvmm/fleet/baseline.h>

#include "host.h"
#include "json.h"

/** BASELINE_WHY_MAX: how many exclusions are kept and shown */
#define BASELINE_WHY_MAX 64u

/**
 * struct baseline - a baseline, or why there is none
 * @b:     the fleet library's; valid if @exists
 * @exists: 1 if there is one
 * @why:   what stood in the way of the feature sets that were given up
 * @nwhy:  number of @why
 * @host:  the hosts that it was computed from; NULL if it was read from a file
 * @nhost: their number
 */
struct baseline {
	struct cvmm_baseline b;
	int exists;
	struct cvmm_exclusion why[BASELINE_WHY_MAX];
	uint32_t nwhy;
	const struct host *host;
	size_t nhost;
};

/** baseline_parse() - read a baseline's text; Return: enum status */
int baseline_parse(const char *name, const char *text, size_t len, struct baseline *out);

/** baseline_load() - read a baseline's file; Return: enum status */
int baseline_load(const char *name, struct baseline *out);

/**
 * baseline_compute() - the best machine that all of @n hosts can promise; @rules may be NULL
 *
 * No such machine is a result: @out->exists is 0 then. Return: enum status.
 */
int baseline_compute(const struct host *h, size_t n, const struct cvmm_rules *rules, struct baseline *out);

/** baseline_store() - write it as a file; NULL: to standard output; Return: enum status */
int baseline_store(const char *name, const struct baseline *b);

/** baseline_print() - for people; without @all, of values that the hosts here do not differ in only the number */
void baseline_print(FILE *f, const struct baseline *b, int all);

/** baseline_json() - keys of a baseline into the open object */
void baseline_json(struct json *j, const struct baseline *b);

/** baseline_excluded() - the exclusions of the feature set that came nearest, for people */
void baseline_excluded(FILE *f, const struct baseline *b, const char *indent);

/** baseline_pin() - the value that it gives a register; Return: 1, or 0 if it says nothing about it */
int baseline_pin(const struct baseline *b, uint64_t id, uint64_t *value);

#endif
