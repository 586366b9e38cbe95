/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A host with N vCPUs, simulated or /dev/kvm, and the snapshot of a guest with N vCPUs: what restore and save are measured on. */
#ifndef BENCH_RIG_H
#define BENCH_RIG_H

#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/vm.h>
#include <cvmm/kvm-sim/sim.h>
#include <cvmm/snapshot/machine.h>

#define RIG_WRITE  1u
#define RIG_VERIFY 2u

struct rig {
	uint32_t nvcpus;
	uint64_t features;
	struct cvmm_profile profile;
	/* The KVM to work with. Simulated: each run begins by setting it back to the pristine one. */
	struct cvmm_backend fresh;
	struct cvmm_backend work;
	/* /dev/kvm: each run begins by closing the VM of the run before; calls are counted here. */
	int on_host;
	struct cvmm_backend_ops ops;
	uint64_t calls[CVMM_SIM_NCOUNTS];
	/* The saved guest. */
	struct cvmm_view view;
	unsigned char *file;
	size_t file_bytes;
	struct cvmm_plan plan;
	/* What the plan does with each item: RIG_WRITE, RIG_VERIFY. */
	uint8_t *vm_todo;
	uint8_t *vcpu_todo;
	/* The machine of the current run. */
	struct cvmm_kvm kvm;
	struct cvmm_vm vm;
	struct cvmm_gate gate;
	struct cvmm_vm_regs regs;
	struct cvmm_vm_slot slot[CVMM_VM_SLOTS_MAX];
	struct cvmm_vcpu *vcpu;
	uint32_t ncreated;
	struct cvmm_machine machine;
	void *capture;
	size_t capture_bytes;
};

/*
 * rig_open() - kernel is a built-in profile's name. rig_open_host() - /dev/kvm, whose profile is in the file. Exit with a
 * message on failure.
 */
void rig_open(struct rig *r, const char *kernel, uint32_t nvcpus, uint64_t features);
void rig_open_host(struct rig *r, const char *profile, uint32_t nvcpus, uint64_t features);
void rig_close(struct rig *r);

/* rig_rewind() - back to a KVM without a VM. rig_create() - a VM; rig_vcpus() - its vCPUs, not initialised. */
int rig_rewind(struct rig *r);
int rig_create(struct rig *r);
int rig_vcpus(struct rig *r);

/* rig_restore() - the whole restore through the library. rig_start() - a new guest, to be saved. */
int rig_restore(struct rig *r);
int rig_start(struct rig *r);

/* rig_count() - calls of one kind since rig_rewind(); on /dev/kvm of SET_ONE_REG and GET_ONE_REG, 0 of others. */
uint64_t rig_count(struct rig *r, enum cvmm_sim_count which);

#endif
