/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A guest that computes, on /dev/kvm: started, interrupted, saved into a file, continued. */
#ifndef LIVE_X86_MACHINE_H
#define LIVE_X86_MACHINE_H

#include <cvmm/kvm-ioctls/exit.h>
#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/vm.h>
#include <cvmm/kvm-ioctls/x86-kvm.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>
#include <cvmm/snapshot/format.h>
#include <cvmm/snapshot/machine.h>

#define MEM_BYTES      (2u << 20)
#define VCPUS_MAX      2u
#define OUT_RESULT     0xf4
#define OUT_FAULT      0xf6
#define GUEST_PAGES    0x20000u /* a page for each vCPU: the layout is in machine_guest.S */
#define GUEST_P_RESULT 8u
#define LEAST_ROUNDS   12u

/* One machine of this process. Nothing points into it from outside while it is open. */
struct machine {
	struct cvmm_backend be;
	struct cvmm_kvm kvm;
	struct cvmm_gate gate;
	struct cvmm_vm vm;
	struct cvmm_vm_slot slot[CVMM_VM_SLOTS_MAX];
	struct cvmm_vm_regs regs;
	struct cvmm_machine m;
	struct cvmm_vcpu vcpu[VCPUS_MAX];
	struct cvmm_run *run[VCPUS_MAX];
	size_t run_bytes;
	uint32_t n;
	uint8_t *mem;
	struct cvmm_profile host;
	void *host_store;
	uint64_t scratch[CVMM_MACHINE_X86_BYTES / 8] __attribute__((aligned(16)));
};

/*
 * 0, or -1 with a line that says what failed. All of them. @arithmetic: 1: the guest computes with SSE and x87 too, 2: and
 * with AVX, if the host says that it has it; see machine_guest.S.
 */
int machine_start(struct machine *m, const char *profile, uint32_t nvcpus, uint32_t rounds, int arithmetic);
int machine_restore(struct machine *m, const char *profile, const char *file);
/* Registers into @file, guest memory into @file with ".mem" behind. All vCPUs stopped. */
int machine_save(struct machine *m, const char *file);
void machine_close(struct machine *m);

/*
 * Runs until vCPU 0 gives its answer (1), or until @us microseconds have passed (0; 0 us: for ever). All vCPUs have stopped
 * then, with nothing left to complete. -1 with a line that says what happened.
 */
int machine_run(struct machine *m, uint64_t us, uint64_t *answer);

/* 0: the same machine, but for time; -1 with a line that names what differs. */
int machine_files_differ(const char *a, const char *b);

/* Where each vCPU is, on standard error. */
void machine_tell(const struct machine *m);

/* The steps of both; @v NULL: a new guest. */
int machine_open(struct machine *m, const char *profile);
int machine_add_memory(struct machine *m);
int machine_add_vcpus(struct machine *m, const struct cvmm_view *v, uint32_t n);

int complain(const char *what, const struct cvmm_error *e);
void *file_load(const char *name, size_t *len);
int file_store(const char *name, const void *p, size_t len);

#endif
