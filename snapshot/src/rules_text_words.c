/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <cvmm/kvm-ioctls/row.h>

#include "rules_text.h"

const struct word_value cvmm_word_archs[] = {
	{ "arm64", CVMM_ARCH_ARM64 },
	{ "x86_64", CVMM_ARCH_X86_64 },
	{ "riscv64", CVMM_ARCH_RISCV64 },
	{ NULL, 0 },
};

const struct word_value cvmm_word_events[] = {
	{ "snapshot-only", CVMM_ON_SNAPSHOT_ONLY },
	{ "host-only", CVMM_ON_HOST_ONLY },
	{ "differ", CVMM_ON_DIFFER },
	{ "any", CVMM_ON_SNAPSHOT_ONLY | CVMM_ON_HOST_ONLY | CVMM_ON_DIFFER },
	{ NULL, 0 },
};

const struct word_value cvmm_word_tests[] = {
	{ "always", CVMM_TEST_ALWAYS },
	{ "self", CVMM_TEST_SELF },
	{ "register", CVMM_TEST_REGISTER },
	{ "cap", CVMM_TEST_CAP },
	{ "features", CVMM_TEST_FEATURES },
	{ "host", CVMM_TEST_HOST },
	{ NULL, 0 },
};

const struct word_value cvmm_word_actions[] = {
	{ "refuse", CVMM_ACT_REFUSE },
	{ "drop", CVMM_ACT_DROP },
	{ "leave", CVMM_ACT_LEAVE },
	{ "pin", CVMM_ACT_PIN },
	{ "write", CVMM_ACT_WRITE },
	{ "hide", CVMM_ACT_HIDE },
	{ NULL, 0 },
};

const struct word_value cvmm_word_scopes[] = {
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
	{ "phase", ROW_PHASE, phases },
	{ "write", ROW_WRITE, writes },
	{ "combine", ROW_COMBINE, combines },
	{ "compare", ROW_COMPARE, NULL },
	{ "fixed", ROW_FIXED, NULL },
};

int cvmm_word_lookup(const struct cvmm_word *w, const struct word_value *table, uint32_t *value)
{
	for (; table->name; table++) {
		if (cvmm_word_is(w, table->name)) {
			*value = table->value;
			return 1;
		}
	}
	return 0;
}

int cvmm_word_reason(const struct cvmm_word *w, uint16_t *reason)
{
	uint32_t i;

	/* Verdicts' reasons only; see the ranges in reason.h. A number without a reason has this name. */
	if (cvmm_word_is(w, "unknown"))
		return 0;
	for (i = 400; i < 500; i++) {
		if (cvmm_word_is(w, cvmm_reason_name(i))) {
			*reason = (uint16_t)i;
			return 1;
		}
	}
	return 0;
}

const struct row_key *cvmm_row_key_find(const struct cvmm_word *w)
{
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (cvmm_word_is(w, keys[i].name))
			return &keys[i];
	}
	return NULL;
}
