/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The first pass over a profile's text: how much of what is there? */
#include "profile_layout.h"

#include <string.h>

const size_t cvmm_profile_element[NLISTS] = {
	[CAP] = sizeof(struct cvmm_pair),
	[TRAIT] = sizeof(struct cvmm_pair),
	[MASK] = sizeof(struct cvmm_pair),
	[LOWER] = sizeof(struct cvmm_pair),
	[BITS] = sizeof(struct cvmm_pair),
	[GUEST] = sizeof(struct cvmm_pair),
	[VARIANT] = sizeof(struct cvmm_variant),
	[ITEM] = sizeof(struct cvmm_item),
	[HVC] = sizeof(struct cvmm_hvc),
	[COLUMN] = 1,
	[STRING] = 1,
};

/* By rank. A line is never shorter than @min, so text cannot ask for much more storage than it is long. */
static const struct kind {
	const char *word;
	uint8_t list;
	uint8_t min;
} kinds[NRANKS] = {
	[RANK_CAP] = { "cap", CAP, 7 },
	[RANK_TRAIT] = { "trait", TRAIT, 9 },
	[RANK_MASK] = { "mask", MASK, 38 },
	[RANK_LOWER] = { "lower", LOWER, 39 },
	[RANK_BITS] = { "bits", BITS, 38 },
	[RANK_FEATURES] = { "features", VARIANT, 12 },
	[RANK_REG] = { "reg", ITEM, 23 },
	[RANK_GUEST] = { "guest", GUEST, 25 },
	[RANK_HVC] = { "hvc", HVC, 15 },
};

#define REG_PREFIX 21 /* "reg ", 16 digits, a space */

int cvmm_profile_rank(const struct cvmm_word *w)
{
	int i;

	/* Nearly every line of a profile is a reg line. */
	if (w->len == 3 && !memcmp(w->p, "reg", 3))
		return RANK_REG;
	for (i = 0; i < NRANKS; i++)
		if (cvmm_word_is(w, kinds[i].word))
			return i;
	return -1;
}

void cvmm_profile_layout(const char *text, size_t len, struct profile_layout *l)
{
	struct cvmm_text t;
	struct cvmm_word w;
	size_t i, off = 0;

	memset(l, 0, sizeof(*l));
	cvmm_text_init(&t, text, len, NULL);
	while (cvmm_text_line(&t, &w) > 0) {
		int rank = cvmm_profile_rank(&w);
		size_t line = (size_t)(t.eol - w.p);

		if (rank < 0)
			continue;
		if (line < kinds[rank].min)
			break;
		l->n[kinds[rank].list]++;
		if (rank == RANK_REG)
			l->n[COLUMN] += (line - REG_PREFIX) / 2;
	}
	l->n[STRING] = 2 * (CVMM_PROFILE_NAME_MAX + 1);
	for (i = 0; i < NLISTS; i++) {
		l->off[i] = off;
		off += (l->n[i] * cvmm_profile_element[i] + 15) & ~(size_t)15;
	}
	l->bytes = off;
}
