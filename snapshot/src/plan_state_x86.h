/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* x86_64: what the checks of values that no profile has a line for share: the table of them, and those of state blocks. */
#ifndef CVMM_SNAPSHOT_PLAN_STATE_X86_H
#define CVMM_SNAPSHOT_PLAN_STATE_X86_H

#include "plan_cpuid.h"
#include "plan_verdict.h"

/* A value that is judged; its size was compared with the fact's. */
struct x86_value {
	const struct subject *s;
	uint32_t col;
	const uint8_t *value;
	uint32_t size;
	uint32_t cap; /* the fact's */
};

/* Returns a reason to refuse, or CVMM_REASON_NONE. */
typedef uint16_t x86_check(const struct plan_ctx *c, const struct x86_value *x);

/* Does the host have the capability? */
uint16_t cvmm_x86_needs(const struct plan_ctx *c, uint32_t cap);
x86_check cvmm_x86_offered;

x86_check cvmm_x86_nested, cvmm_x86_xsave, cvmm_x86_xcrs, cvmm_x86_events, cvmm_x86_mp_state, cvmm_x86_lapic,
	cvmm_x86_pit;

#endif
