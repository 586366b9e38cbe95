/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: the mutator that all harnesses share
 *
 * A fuzzer that flips bits never gets past a checksum, and one that repairs checksums never builds a register list. So
 * mutation happens on three levels: of the machine (values, registers, vCPUs, capabilities: the result is a snapshot
 * that a writer could have written), of the structure (sections, entries, counts: laid out and summed again), and of the
 * bytes. The libraries know nothing of it: what is fuzzed is what ships.
 */
#ifndef CVMM_FUZZ_MUTATOR_H
#define CVMM_FUZZ_MUTATOR_H

#include <stddef.h>
#include <stdint.h>

/** FUZZ_MAX: no input is longer. */
#define FUZZ_MAX 65536u

/** struct fuzz_rng - a small deterministic generator: the same seed gives the same mutation for ever */
struct fuzz_rng {
	uint64_t state;
};

uint64_t fuzz_next(struct fuzz_rng *r);

/** fuzz_below() - a number less than @n; 0 for @n == 0. */
uint32_t fuzz_below(struct fuzz_rng *r, uint32_t n);

/** fuzz_reg_id() - an id out of the catalogue of @arch (enum cvmm_arch; 0: arm64), or one close to it. */
uint64_t fuzz_reg_id(struct fuzz_rng *r, uint32_t arch);

/** fuzz_value() - a value that has broken something before. */
uint64_t fuzz_value(struct fuzz_rng *r);

/**
 * fuzz_mutate() - change a snapshot in place
 * @buf:  the snapshot, or anything
 * @len:  its length
 * @cap:  room at @buf, at most FUZZ_MAX
 * @seed: decides everything
 *
 * Return: the new length, at most @cap.
 */
size_t fuzz_mutate(uint8_t *buf, size_t len, size_t cap, uint32_t seed);

/**
 * fuzz_seed() - a snapshot to begin with when the corpus is empty
 *
 * seed_sample.c has one for harnesses that decode, seed_host.c one for those that restore. Return: its length.
 */
size_t fuzz_seed(uint8_t *buf, size_t cap, struct fuzz_rng *r);

#endif
