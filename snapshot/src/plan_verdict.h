/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The verdicts that one register of one column can get. */
#ifndef CVMM_SNAPSHOT_PLAN_VERDICT_H
#define CVMM_SNAPSHOT_PLAN_VERDICT_H

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vgic.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include "judge.h"
#include "plan_parts.h"

/* See struct cvmm_step: write and verify. */
#define VERIFY_NO     0
#define VERIFY_EQUAL  1
#define VERIFY_BEHIND 2

#define WRITE_NO      0
#define WRITE_VIEW    1
#define WRITE_VALUE   2

/* Is a vCPU to have its own value of the view? A rule's value is the same for all. */
static inline int cvmm_step_is_own(uint32_t item, uint8_t write, uint8_t verdict)
{
	return item != CVMM_NO_ITEM && write != WRITE_VALUE && (write || verdict != CVMM_VERDICT_PINNED);
}

static inline struct decision settle(uint8_t verdict, uint16_t reason)
{
	return (struct decision){ .verdict = verdict, .reason = reason, .rule = CVMM_NO_RULE };
}

/* State that no kernel lists; see plan_property.c. */
static inline int cvmm_is_property(uint64_t id)
{
	if (cvmm_reg_arch(id) == CVMM_ARCH_X86_64)
		return cvmm_x86_is_property(id);
	return cvmm_reg_is_property(id) || cvmm_reg_is_vgic(id) || id == CVMM_ARM64_VCPU_MP_STATE ||
	       id == CVMM_ARM64_VCPU_EVENTS || id == CVMM_ARM64_VCPU_PVTIME || id == CVMM_RISCV64_VCPU_MP_STATE;
}

/* No rule: what the row itself says of a register that the host lacks, or that only the host has. */
struct decision cvmm_verdict_lost(const struct plan_ctx *c, const struct subject *s);
struct decision cvmm_verdict_found(const struct plan_ctx *c, const struct subject *s, uint64_t reset);
/* The host gives its guests this value, by a write or without one. */
struct decision cvmm_verdict_take(const struct subject *s, struct judgement g, uint64_t own, uint64_t want);
struct decision cvmm_verdict_by_rule(const struct plan_ctx *c, const struct subject *s, const struct rule_pick *p);

#endif
