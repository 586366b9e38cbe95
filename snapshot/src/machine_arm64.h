/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What the parts of an arm64 machine share. */
#ifndef CVMM_SNAPSHOT_MACHINE_ARM64_H
#define CVMM_SNAPSHOT_MACHINE_ARM64_H

#include "machine_arch.h"

int cvmm_arm64_init_vcpu(struct cvmm_vcpu vcpu, uint64_t features, struct cvmm_error *e);
/* Nothing without SVE. */
int cvmm_arm64_finalize_vcpu(struct cvmm_vcpu vcpu, uint64_t features, struct cvmm_error *e);

/* Entries of struct machine_arch. */
int cvmm_arm64_init(struct apply *a);
int cvmm_arm64_finalize(struct apply *a);
int cvmm_arm64_config(struct apply *a);
int cvmm_arm64_verify(struct apply *a);
int cvmm_arm64_differ(uint64_t id, const uint8_t *want, const uint8_t *got, uint32_t bytes);

#endif
