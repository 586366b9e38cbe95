/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * x86_64: state blocks that are stored, their existence rules, windows and errnos. A profile's reg lines are MSRs by their
 * ONE_REG ids (type 2) and CPUID entries by private ones: 16 bytes, type 0x80 + index, the function below.
 */
#ifndef SIM_X86_H
#define SIM_X86_H

#include "internal.h"

#include <cvmm/kvm-ioctls/x86-vm.h>
#include <cvmm/kvm-ioctls/x86.h>

#define X86_MCG_CAP	 0x179u
#define X86_MSR(n)	 (UINT64_C(0x2030000200000000) | (uint32_t)(n))
#define X86_IS_MSR(id)	 ((id) >> 32 == UINT64_C(0x20300002))
#define X86_IS_CPUID(id) (((id) >> 32 & ~UINT64_C(0x7f)) == UINT64_C(0x20400080))

struct x86_vcpu {
	struct cvmm_x86_regs regs;
	struct cvmm_x86_sregs2 sregs;
	uint64_t bitmap[4];
	struct cvmm_x86_fpu fpu;
	struct cvmm_x86_xcrs xcrs;
	struct cvmm_x86_debugregs debug;
	struct cvmm_x86_events events;
	struct cvmm_x86_lapic lapic;
	uint64_t tsc_khz;
	uint64_t tsc_offset;
	uint64_t mtrr[256];
	uint32_t nent, zero;
	struct cvmm_x86_cpuid_entry cpuid[CVMM_X86_CPUID_MAX];
	uint8_t xsave[CVMM_X86_XSAVE_BYTES];
	uint64_t mcg_cap;
	uint64_t mc[128];
	struct cvmm_x86_nested_state nested;
};

static inline int sim_is_x86(const struct sim *s)
{
	return s->profile->arch == CVMM_ARCH_X86_64;
}

static inline struct x86_vcpu *x86_of(const struct sim *s, struct sim_vcpu *v)
{
	return (struct x86_vcpu *)(void *)(sim_vals(s, v) + s->x86_off);
}

static inline int x86_has_lapic(const struct sim_vm *vm)
{
	return vm->x86.irqchip != 0;
}

/* x86_vm.c */
int cvmm_sim_x86_vm(struct sim_call *c, unsigned long req, uintptr_t arg);
/* x86_system.c */
int cvmm_sim_x86_system(struct sim *s, unsigned long req, uintptr_t arg);
int cvmm_x86_put_list(uintptr_t arg, uint32_t head, uint32_t entry, const void *list, uint32_t n);
uint32_t cvmm_kvm_sim_x86_cpuid(const struct sim *s, struct cvmm_x86_cpuid_entry *out, uint32_t max);
/* x86_vcpu.c */
void cvmm_sim_x86_create(struct sim_call *c, struct sim_vcpu *v);
int cvmm_sim_x86_vcpu(struct sim_call *c, unsigned long req, uintptr_t arg);
/* x86_block.c: 1 if the request is about no block */
int cvmm_sim_x86_block(struct sim_call *c, unsigned long req, uintptr_t arg);
int cvmm_sim_x86_sregs(struct sim_call *c, unsigned long req, uintptr_t arg);
/* x86_msr.c */
int cvmm_sim_x86_msr_get(struct sim_call *c, uint32_t index, uint64_t *v);
int cvmm_sim_x86_msrs(struct sim_call *c, uintptr_t arg, int set);
int cvmm_sim_x86_one_reg(struct sim_call *c, uintptr_t arg, int set);
/* x86_state.c */
void cvmm_sim_x86_reset_state(struct sim_call *c, struct x86_vcpu *x);
int cvmm_sim_x86_nested(struct sim_call *c, uintptr_t arg, int set);
int cvmm_sim_x86_setup_mce(struct x86_vcpu *x, uintptr_t arg);
/* The MSR's storage if it is a machine check bank, or NULL. */
uint64_t *cvmm_sim_x86_bank(struct x86_vcpu *x, uint32_t index);

#endif
