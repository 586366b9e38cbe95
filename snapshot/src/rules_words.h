/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Words of a rules text, and the tables that they are looked up in. */
#ifndef CVMM_SNAPSHOT_RULES_WORDS_H
#define CVMM_SNAPSHOT_RULES_WORDS_H

#include <stddef.h>
#include <stdint.h>

#define WORDS_MAX 12u

struct word {
	const char *p;
	size_t len;
};

struct words {
	struct word v[WORDS_MAX];
	uint32_t n;
	uint32_t at;
	uint8_t too_many;
};

/* A table of names ends with one without a name. */
struct word_value {
	const char *name;
	uint32_t value;
};

enum row_key_id { ROW_SCOPE, ROW_PHASE, ROW_WRITE, ROW_COMBINE, ROW_COMPARE, ROW_FIXED };

struct row_key {
	const char *name;
	enum row_key_id key;
	const struct word_value *words; /* NULL: a number */
};

extern const struct word_value word_events[], word_tests[], word_actions[];

void words_split(struct words *w, const char *p, const char *end);
/* The next word, or NULL. */
struct word *words_take(struct words *w);
int word_is(const struct word *a, const struct word *b);
int word_lookup(const struct word *w, const struct word_value *table, uint32_t *value);
int word_number(const struct word *w, uint64_t *value);
int word_reason(const struct word *w, uint16_t *reason);
const struct row_key *row_key_find(const struct word *w);

#endif
