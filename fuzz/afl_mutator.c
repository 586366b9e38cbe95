/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The shared mutator for AFL++, which loads mutators from a library instead of taking them from the program. */
#include <string.h>

#include "check.h"
#include "mutator.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);
__attribute__((visibility("default"))) void *afl_custom_init(void *afl, unsigned int seed);
__attribute__((visibility("default"))) size_t afl_custom_fuzz(
	void *state, uint8_t *buf, size_t size, uint8_t **out, const uint8_t *other, size_t other_size, size_t max);
__attribute__((visibility("default"))) void afl_custom_deinit(void *state);

static struct {
	struct fuzz_rng rng;
	uint8_t out[FUZZ_MAX];
} own;

void *afl_custom_init(void *afl, unsigned int seed)
{
	(void)afl;
	own.rng.state = seed;
	return &own;
}

size_t afl_custom_fuzz(
	void *state, uint8_t *buf, size_t size, uint8_t **out, const uint8_t *other, size_t other_size, size_t max)
{
	(void)state;
	(void)other;
	(void)other_size;
	if (size > FUZZ_MAX)
		size = FUZZ_MAX;
	if (max > FUZZ_MAX)
		max = FUZZ_MAX;
	memcpy(own.out, buf, size);
	*out = own.out;
	return LLVMFuzzerCustomMutator(own.out, size, max, (unsigned int)fuzz_next(&own.rng));
}

void afl_custom_deinit(void *state)
{
	(void)state;
}
