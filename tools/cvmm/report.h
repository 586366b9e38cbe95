/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: a plan in words and as JSON
 */
#ifndef CVMM_TOOL_REPORT_H
#define CVMM_TOOL_REPORT_H

#include <stdio.h>

#include <cvmm/snapshot/plan.h>

#include "host.h"
#include "json.h"
#include "words.h"

/** CVMM_NVERDICTS: number of enum cvmm_verdict */
#define CVMM_NVERDICTS 8u

/**
 * struct judged - a view, a host, and what the plan says
 * @name: the snapshot's name
 * @view: the machine
 * @host: the host
 * @plan: the verdicts; steps in memory of the command
 */
struct judged {
	const char *name;
	const struct cvmm_view *view;
	const struct host *host;
	struct cvmm_plan plan;
};

/** judge() - make the plan; Return: enum status (STATUS_YES also for a refusal: see plan.nrefused) */
int judge(const char *name, const struct cvmm_view *v, const struct host *h, const struct cvmm_rules *rules,
	struct judged *out);

/** judged_drop() - give the plan's memory back */
void judged_drop(struct judged *j);

/**
 * struct sides - both values that a step is about, as text
 * @guest: what the snapshot has, or NULL
 * @host:  what the host has, or NULL
 * @guest_u64: the same as a number, low 8 bytes
 * @host_u64:  likewise
 * @shows: 1 if guests of the host see another value than @host
 * @shown: that value
 * @text:  room for both
 */
struct sides {
	const char *guest;
	const char *host;
	uint64_t guest_u64;
	uint64_t host_u64;
	int shows;
	uint64_t shown;
	char text[2][520];
};

/** step_sides() - look both values up */
void step_sides(const struct judged *j, const struct cvmm_step *s, struct sides *out);

/** step_name() - its register's name, "machine" for a step about the whole; Return: @buf, or a constant */
const char *step_name(const struct cvmm_step *s, char buf[CVMM_REG_NAME_MAX]);

/** report_counts() - steps of each verdict */
void report_counts(const struct cvmm_plan *p, uint32_t count[CVMM_NVERDICTS]);

/** report_steps() - for people: every refusal, pin, substitution and drop; with @all every step */
void report_steps(FILE *f, const struct judged *j, int all);

/** report_refusals() - the refusals alone */
void report_refusals(FILE *f, const struct judged *j);

/** report_brief() - the refusals, register and reason alone */
void report_brief(FILE *f, const struct judged *j);

/** report_totals() - "238 exact, 9 pinned, ..." on one line */
void report_totals(FILE *f, const struct cvmm_plan *p);

/** report_json() - keys "registers" (counts) and "steps" of the open object */
void report_json(struct json *out, const struct judged *j, int all);

#endif
