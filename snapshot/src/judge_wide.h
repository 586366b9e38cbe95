/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Registers of more than 64 bits that promise something: SVE_VLS, and x86_64's CPUID leaves. */
#ifndef CVMM_SNAPSHOT_JUDGE_WIDE_H
#define CVMM_SNAPSHOT_JUDGE_WIDE_H

#include "judge.h"

/* Does its value matter? Other wide registers are state, which every host takes. */
int cvmm_wide_promises(uint64_t id);
/* Can a host that has @have give its guests @want? For what promises nothing: it is written. */
struct judgement cvmm_judge_wide(uint64_t id, const uint8_t *want, const uint8_t *have);

/*
 * One leaf, eax to edx: may a guest that has @guest keep it on a host that offers @host? 0, or the reason with the register
 * that is in the way in *@at (0 eax to 3 edx); *@differs: what the host would promise is more.
 */
uint16_t cvmm_cpuid_refused(uint64_t id, const uint32_t guest[4], const uint32_t host[4], uint32_t *at, int *differs);
/* A CPUID leaf: 16 bytes. @have: all zeroes where the host does not list it. */
struct judgement cvmm_judge_cpuid(uint64_t id, const uint8_t *want, const uint8_t *have);
void cvmm_cpuid_meet(uint64_t id, const uint8_t *a, const uint8_t *b, uint8_t *out);

#endif
