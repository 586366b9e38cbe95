/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef COMMON_H
#define COMMON_H

#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/vm.h>
#include <cvmm/kvm-sim/profiles.h>
#include <cvmm/kvm-sim/sim.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A simulated kernel by name, in storage of its own. */
struct host {
	struct cvmm_profile profile;
	struct cvmm_sim_config cfg;
	struct cvmm_backend be;
	size_t bytes;
	void *facts, *store;
};

void *storage(size_t n);
void host_make(struct host *h, const char *name, struct cvmm_sim_config cfg);
void host_free(struct host *h);
int call(const struct cvmm_backend *be, int fd, unsigned long req, const void *arg);
int call_int(const struct cvmm_backend *be, int fd, unsigned long req, uintptr_t arg);
int get(const struct cvmm_backend *be, int v, uint64_t id, uint64_t *val);
int set(const struct cvmm_backend *be, int v, uint64_t id, uint64_t val);
int init(const struct cvmm_backend *be, int v, uint32_t features);

#endif
