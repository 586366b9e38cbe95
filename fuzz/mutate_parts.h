/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef CVMM_FUZZ_MUTATE_PARTS_H
#define CVMM_FUZZ_MUTATE_PARTS_H

#include "mutator.h"

/* Change the machine that a snapshot describes. Return: the new length; 0 if it is not a valid snapshot. */
size_t fuzz_mutate_view(struct fuzz_rng *r, uint8_t *buf, size_t len, size_t cap);

#endif
