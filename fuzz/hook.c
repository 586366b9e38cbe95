/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The shared mutator as libFuzzer and AFL++ call it. The bytes in front of the snapshot are changed one at a time. */
#include <string.h>

#include "input.h"
#include "mutator.h"
#include "snap.h"

/* The engine's own mutator, for what only it knows (comparisons, dictionary); absent in the standalone program. */
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	struct fuzz_rng r = { seed ^ UINT64_C(0x5bd1e995) };
	uint8_t *snap = data + fuzz_prefix;
	size_t len;

	if (max < fuzz_prefix + 16)
		return size;
	if (size < fuzz_prefix) {
		memset(data + size, 0, fuzz_prefix - size);
		size = fuzz_prefix;
	}
	len = size - fuzz_prefix;
	if (fuzz_prefix && !fuzz_below(&r, 4)) {
		data[fuzz_below(&r, (uint32_t)fuzz_prefix)] = (uint8_t)fuzz_next(&r);
		return size;
	}
	if (LLVMFuzzerMutate && len >= SNAP_HEADER && !fuzz_below(&r, 16)) {
		len = LLVMFuzzerMutate(snap, len, max - fuzz_prefix);
		snap_repair(snap, len);
		return fuzz_prefix + len;
	}
	return fuzz_prefix + fuzz_mutate(snap, len, max - fuzz_prefix, seed);
}
