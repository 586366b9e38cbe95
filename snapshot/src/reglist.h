/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Captures of architectures whose KVM lists a vCPU's registers. Entries of struct machine_arch. */
#ifndef CVMM_SNAPSHOT_REGLIST_H
#define CVMM_SNAPSHOT_REGLIST_H

#include "capture_parts.h"

int cvmm_reglist_survey(struct capture *c, struct cvmm_error *e);
int cvmm_reglist_items(struct capture *c, const uint64_t *id, uint32_t n, struct cvmm_error *e);
int cvmm_reglist_read_vm(struct capture *c, struct cvmm_error *e);
int cvmm_reglist_read_vcpu(struct capture *c, uint32_t index, struct cvmm_error *e);

#endif
