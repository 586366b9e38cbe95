/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* x86_64: may the guest keep what CPUID told it? */
#ifndef CVMM_SNAPSHOT_PLAN_CPUID_H
#define CVMM_SNAPSHOT_PLAN_CPUID_H

#include "plan_parts.h"

/* What the host offers in a leaf; 0 if it has none, 1 with @reg filled. */
int cvmm_cpuid_host(const struct plan_ctx *c, uint32_t function, uint32_t index, uint32_t reg[4]);

/* A list of entries as KVM gives it: 0, or a reason to refuse. */
uint16_t cvmm_cpuid_well_formed(const uint8_t *value, uint32_t size);

/*
 * One step for each leaf of either side, ascending by id, through @put; the worst over the shape's vCPUs. They are judgement
 * alone: what is written is vcpu.cpuid2.
 */
void cvmm_plan_cpuid(const struct plan_ctx *c, void (*put)(void *to, const struct cvmm_step *step), void *to);

#endif
