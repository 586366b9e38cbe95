/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The recorded kernels as simulated KVMs, made once and set back before each input. */
#ifndef CVMM_FUZZ_HOST_H
#define CVMM_FUZZ_HOST_H

#include <cvmm/kvm-sim/sim.h>

/** FUZZ_VCPUS: vCPUs that a simulated KVM has room for. */
#define FUZZ_VCPUS 8u

/**
 * struct fuzz_host - one of them
 * @profile: what it answers
 * @name:    "RELEASE-CPU"
 * @be:      the one to use
 * @clean:   its state before anything happened
 */
struct fuzz_host {
	struct cvmm_profile profile;
	const char *name;
	struct cvmm_backend be;
	struct cvmm_backend clean;
};

/** fuzz_profile() - host @i modulo their number, without a KVM. Never NULL. */
const struct fuzz_host *fuzz_profile(uint32_t i);

/** fuzz_host() - host @i modulo their number, its KVM as new. Never NULL. */
const struct fuzz_host *fuzz_host(uint32_t i);

/** fuzz_hosts() - their number. */
uint32_t fuzz_hosts(void);

#endif
