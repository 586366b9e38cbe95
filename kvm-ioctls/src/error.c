/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Reasons in words: one table, read from the X-macro list. */
#include <cvmm/kvm-ioctls/error.h>

struct reason {
	uint32_t number;
	const char *name;
	const char *text;
};

static const struct reason reasons[] = {
#define REASON_ENTRY(symbol, number, name, text) { number, name, text },
	CVMM_REASONS(REASON_ENTRY)
#undef REASON_ENTRY
};

static const struct reason *find(uint32_t number)
{
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].number == number)
			return &reasons[i];
	return NULL;
}

const char *cvmm_reason_text(uint32_t reason)
{
	const struct reason *r = find(reason);

	return r ? r->text : "unknown reason";
}

const char *cvmm_reason_name(uint32_t reason)
{
	const struct reason *r = find(reason);

	return r ? r->name : "unknown";
}
