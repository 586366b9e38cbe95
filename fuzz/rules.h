/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef CVMM_FUZZ_RULES_H
#define CVMM_FUZZ_RULES_H

#include <cvmm/snapshot/plan.h>

#include "mutator.h"

/** fuzz_unknown_id() - a register of the view's that no catalogue knows; 0 if the list that was looked at has none. */
uint64_t fuzz_unknown_id(struct fuzz_rng *r, const struct cvmm_view *v);

/**
 * fuzz_rules() - an embedding VMM's rules
 * @seed: 0: none; every other number gives other rules, always the same
 * @v:    the machine that they are about
 * @host: where it goes
 *
 * Not all of them are valid. Return: the rules, or NULL; until the next call.
 */
const struct cvmm_rules *fuzz_rules(uint32_t seed, const struct cvmm_view *v, const struct cvmm_profile *host);

#endif
