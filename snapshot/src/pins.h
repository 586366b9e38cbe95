/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A baseline's values, against what a host has. For new guests, live and imagined. */
#ifndef CVMM_SNAPSHOT_PINS_H
#define CVMM_SNAPSHOT_PINS_H

#include <cvmm/kvm-ioctls/error.h>
#include <cvmm/kvm-ioctls/profile.h>

/* More than VM-owned registers and a vCPU's identity can be. */
#define PINS_MAX 256u

struct pins {
	const struct cvmm_pair *pair;
	uint32_t n;
	uint64_t features;
	uint8_t take[PINS_MAX]; /* the value has to be written */
};

/* Ascending, few enough, and each one somebody's that we know. Touches nothing. */
int cvmm_pins_check(const struct pins *pins, struct cvmm_error *e);
/* Fills @take. @id: the registers that are there, ascending. @host may be NULL. */
int cvmm_pins_choose(
	struct pins *pins, const struct cvmm_profile *host, const uint64_t *id, uint32_t n, struct cvmm_error *e);

#endif
