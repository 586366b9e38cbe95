/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <cvmm/kvm-ioctls/error.h>
#include <cvmm/kvm-ioctls/row.h>

#include <string.h>

#include "rules_words.h"

const struct word_value word_events[] = {
	{ "snapshot-only", CVMM_ON_SNAPSHOT_ONLY },
	{ "host-only", CVMM_ON_HOST_ONLY },
	{ "differ", CVMM_ON_DIFFER },
	{ NULL, 0 },
};

const struct word_value word_tests[] = {
	{ "always", CVMM_TEST_ALWAYS },
	{ "self", CVMM_TEST_SELF },
	{ "register", CVMM_TEST_REGISTER },
	{ "cap", CVMM_TEST_CAP },
	{ "features", CVMM_TEST_FEATURES },
	{ "host", CVMM_TEST_HOST },
	{ NULL, 0 },
};

const struct word_value word_actions[] = {
	{ "refuse", CVMM_ACT_REFUSE },
	{ "drop", CVMM_ACT_DROP },
	{ "leave", CVMM_ACT_LEAVE },
	{ "pin", CVMM_ACT_PIN },
	{ "write", CVMM_ACT_WRITE },
	{ NULL, 0 },
};

static const struct word_value scopes[] = {
	{ "vm", CVMM_SCOPE_VM },
	{ "vcpu", CVMM_SCOPE_VCPU },
	{ NULL, 0 },
};

/* Only phases in which registers are written one by one. */
static const struct word_value phases[] = {
	{ "config", CVMM_PHASE_CONFIG },
	{ "identity", CVMM_PHASE_IDENTITY },
	{ "devices", CVMM_PHASE_DEVICES },
	{ "state", CVMM_PHASE_STATE },
	{ "clock", CVMM_PHASE_CLOCK },
	{ "timer", CVMM_PHASE_TIMER },
	{ NULL, 0 },
};

static const struct word_value writes[] = {
	{ "stored", CVMM_WRITE_STORED },
	{ "assert", CVMM_WRITE_ASSERT },
	{ "ignored", CVMM_WRITE_IGNORED },
	{ "volatile", CVMM_WRITE_VOLATILE },
	{ "bits", CVMM_WRITE_BITS },
	{ "level", CVMM_WRITE_LEVEL },
	{ NULL, 0 },
};

static const struct word_value combines[] = {
	{ "none", CVMM_COMBINE_NONE },
	{ "and", CVMM_COMBINE_AND },
	{ "min", CVMM_COMBINE_MIN },
	{ "exact", CVMM_COMBINE_EXACT },
	{ NULL, 0 },
};

static const struct row_key keys[] = {
	{ "scope", ROW_SCOPE, scopes },
	{ "phase", ROW_PHASE, phases },
	{ "write", ROW_WRITE, writes },
	{ "combine", ROW_COMBINE, combines },
	{ "compare", ROW_COMPARE, NULL },
	{ "fixed", ROW_FIXED, NULL },
};

static int is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

void words_split(struct words *w, const char *p, const char *end)
{
	w->n = 0;
	w->at = 0;
	w->too_many = 0;
	for (;;) {
		const char *start;

		while (p < end && is_space(*p))
			p++;
		if (p == end)
			return;
		if (w->n == WORDS_MAX) {
			w->too_many = 1;
			return;
		}
		for (start = p; p < end && !is_space(*p); p++)
			;
		w->v[w->n++] = (struct word){ start, (size_t)(p - start) };
	}
}

struct word *words_take(struct words *w)
{
	return w->at < w->n ? &w->v[w->at++] : NULL;
}

int word_is(const struct word *a, const struct word *b)
{
	return a->len == b->len && !memcmp(a->p, b->p, a->len);
}

static int is_name(const struct word *w, const char *name)
{
	return strlen(name) == w->len && !memcmp(w->p, name, w->len);
}

int word_lookup(const struct word *w, const struct word_value *table, uint32_t *value)
{
	for (; table->name; table++) {
		if (is_name(w, table->name)) {
			*value = table->value;
			return 1;
		}
	}
	return 0;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

int word_number(const struct word *w, uint64_t *value)
{
	unsigned int base = w->len > 2 && w->p[0] == '0' && w->p[1] == 'x' ? 16 : 10;
	size_t i = base == 16 ? 2 : 0;
	uint64_t v = 0;

	if (is_name(w, "all")) {
		*value = UINT64_MAX;
		return 1;
	}
	if (i == w->len)
		return 0;
	for (; i < w->len; i++) {
		unsigned int d = (unsigned int)digit(w->p[i]);

		if (d >= base || v > (UINT64_MAX - d) / base)
			return 0;
		v = v * base + d;
	}
	*value = v;
	return 1;
}

int word_reason(const struct word *w, uint16_t *reason)
{
	uint32_t i;

	/* Verdicts' reasons only; see the ranges in reason.h. */
	for (i = 400; i < 500; i++) {
		if (is_name(w, cvmm_reason_name(i)) && !is_name(w, "unknown")) {
			*reason = (uint16_t)i;
			return 1;
		}
	}
	return 0;
}

const struct row_key *row_key_find(const struct word *w)
{
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (is_name(w, keys[i].name))
			return &keys[i];
	}
	return NULL;
}
