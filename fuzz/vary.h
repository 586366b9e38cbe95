/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Hosts that nobody has recorded yet: a recorded one, and a few of its answers are others. */
#ifndef CVMM_FUZZ_VARY_H
#define CVMM_FUZZ_VARY_H

#include <cvmm/snapshot/view.h>

#include "host.h"

/**
 * fuzz_vary() - a host as @h with a few other answers
 * @seed: decides everything; every other one changes nothing
 * @h:    the host
 * @v:    the snapshot that it shall be asked about: registers that nobody knows are taken from it
 *
 * Its KVM still answers as before: for plans only. Return: a host; valid until the next call.
 */
const struct fuzz_host *fuzz_vary(uint32_t seed, const struct fuzz_host *h, const struct cvmm_view *v);

#endif
