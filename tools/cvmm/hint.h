/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: after a refusal: the baseline that would have made the move possible
 */
#ifndef CVMM_TOOL_HINT_H
#define CVMM_TOOL_HINT_H

#include "baseline.h"
#include "report.h"

/** enum hint_kind - what there is to say */
enum hint_kind {
	HINT_NONE,	/* nothing could have helped: the architecture differs */
	HINT_NO_SOURCE, /* nobody knows what the source's host answers */
	HINT_BASELINE,	/* there is a baseline */
	HINT_EXCLUDED,	/* the two hosts exclude each other */
};

/**
 * struct hint - a way out, or why there is none
 * @kind:     enum hint_kind
 * @pair:     the source's host and the destination
 * @baseline: their baseline, or what excludes one
 */
struct hint {
	enum hint_kind kind;
	struct host pair[2];
	struct baseline baseline;
};

/**
 * hint_find() - look for the way out
 * @j:    a refusal
 * @from: the source's host as named on the command line, or NULL: a built-in kernel that the snapshot fits
 * @out:  receives it
 *
 * Return: enum status.
 */
int hint_find(const struct judged *j, const char *from, struct hint *out);

/** hint_print() - for people */
void hint_print(FILE *f, const struct judged *j, const struct hint *h);

/** hint_json() - key "baseline" of the open object */
void hint_json(struct json *out, const struct hint *h);

#endif
