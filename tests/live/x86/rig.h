/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A VM on /dev/kvm in a state that a word per step describes: "vm+irqchip+pit", "vcpu+mem+cpuid+ran", ... */
#ifndef LIVE_X86_RIG_H
#define LIVE_X86_RIG_H

#include <cvmm/kvm-ioctls/exit.h>
#include <cvmm/kvm-ioctls/irq.h>
#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/vm.h>
#include <cvmm/kvm-ioctls/x86-kvm.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>
#include <cvmm/kvm-ioctls/x86-vm.h>

#define SKIP	  77
#define MEM_BYTES (4u << 20)
#define CODE	  0x1000u
#define NO_LIMIT  (-1)

struct cpuid {
	struct cvmm_x86_cpuid head;
	struct cvmm_x86_cpuid_entry entry[CVMM_X86_CPUID_MAX];
};

struct rig {
	struct cvmm_kvm kvm;
	struct cvmm_gate gate;
	struct cvmm_vm vm;
	struct cvmm_vcpu vcpu;
	struct cvmm_run *run;
	size_t run_bytes;
	uint8_t *mem;
	int limit;     /* RLIMIT_... that is 0 during the call of the row, or NO_LIMIT */
	int elsewhere; /* the call is made by another process */
};

/* 1 if /dev/kvm opens; 0 with a line that says why not. */
int rig_available(void);

/* 0, or -1 with a line that says which step of @state failed. */
int rig_make(struct rig *r, const char *state);
void rig_free(struct rig *r);

/* Flat real mode at CODE, and 64-bit mode with identity-mapped 1 GiB at CODE. */
int rig_real_mode(struct rig *r, const void *code, size_t bytes);
int rig_long_mode(struct rig *r, const void *code, size_t bytes);

#endif
