/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Tables of a rules text's words. */
#ifndef CVMM_SNAPSHOT_RULES_TEXT_H
#define CVMM_SNAPSHOT_RULES_TEXT_H

#include <cvmm/kvm-ioctls/text.h>

/* A table of names ends with one without a name. */
struct word_value {
	const char *name;
	uint32_t value;
};

enum row_key_id { ROW_PHASE, ROW_WRITE, ROW_COMBINE, ROW_COMPARE, ROW_FIXED };

struct row_key {
	const char *name;
	enum row_key_id key;
	const struct word_value *words; /* NULL: a number */
};

extern const struct word_value cvmm_word_archs[], cvmm_word_events[], cvmm_word_tests[], cvmm_word_actions[],
	cvmm_word_scopes[];

int cvmm_word_lookup(const struct cvmm_word *w, const struct word_value *table, uint32_t *value);
int cvmm_word_reason(const struct cvmm_word *w, uint16_t *reason);
const struct row_key *cvmm_row_key_find(const struct cvmm_word *w);

#endif
