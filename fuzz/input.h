/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What an input is to a harness: some bytes that choose, then a snapshot or a text or a sequence of calls. */
#ifndef CVMM_FUZZ_INPUT_H
#define CVMM_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

/** fuzz_prefix - bytes in front of the snapshot; each harness that is fed snapshots defines it. */
extern const size_t fuzz_prefix;

/** struct fuzz_input - bytes that are used up from the front; 0 when there are no more. */
struct fuzz_input {
	const uint8_t *p;
	size_t left;
};

static inline uint64_t fuzz_take(struct fuzz_input *in, unsigned int bytes)
{
	uint64_t v = 0;
	unsigned int i;

	for (i = 0; i < bytes && in->left; i++, in->p++, in->left--)
		v |= (uint64_t)*in->p << (8 * i);
	return v;
}

#endif
