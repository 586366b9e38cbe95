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

/** fuzz_profile() - host @i, modulo the number of all, without a KVM. Never NULL. */
const struct fuzz_host *fuzz_profile(uint32_t i);

/** fuzz_host() - host @i, modulo the number of all, its KVM as new. Never NULL. */
const struct fuzz_host *fuzz_host(uint32_t i);

/** fuzz_hosts() - the number of those with arm64. */
uint32_t fuzz_hosts(void);

/**
 * fuzz_any() - the number of a host of any architecture
 * @byte: of the input; most are arm64's, from FUZZ_OTHERS on x86_64's and riscv64's
 *
 * Return: a number for the functions above.
 */
uint32_t fuzz_any(uint32_t byte);
#define FUZZ_OTHERS 225u

/** fuzz_peer() - the number of another host of the same architecture as @i, picked by @byte. */
uint32_t fuzz_peer(uint32_t i, uint32_t byte);

#endif
