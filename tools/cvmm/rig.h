/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: a machine of our own on some KVM: brought up, filled, saved, restored
 */
#ifndef CVMM_TOOL_RIG_H
#define CVMM_TOOL_RIG_H

#include <cvmm/kvm-ioctls/device.h>
#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/snapshot/machine.h>

#include "count.h"
#include "host.h"

/**
 * struct rig - a VM with everything that it stands on; not moved once open
 * @host:  where it runs
 * @inner: the KVM itself
 * @outer: the same, with its ioctls counted
 * @count: the ioctls
 * @kvm:   the system handle
 * @vm:    the VM
 * @gate:  its gate
 * @gic:   its interrupt controller, a VGICv3; fd -1 if the KVM has none
 * @its:   the interrupt controller's ITS, where a snapshot has one; otherwise fd -1
 * @slot:  room for VM-owned values
 * @regs:  VM-owned values
 * @vcpu:  the vCPUs
 * @n:     how many of them exist
 * @wide:  x86_64: CPUID leaves of a baseline that rig_start() gives the guest; NULL: all that the host supports
 * @nwide: their number
 * @m:     the machine
 * @locks: how often rig_restore() took the VM's lock once the vCPUs were initialised; simulated kernels only
 */
struct rig {
	const struct host *host;
	struct cvmm_backend inner;
	struct cvmm_backend outer;
	struct count count;
	struct cvmm_kvm kvm;
	struct cvmm_vm vm;
	struct cvmm_gate gate;
	struct cvmm_device gic;
	struct cvmm_device its;
	struct cvmm_vm_slot slot[CVMM_VM_SLOTS_MAX];
	struct cvmm_vm_regs regs;
	struct cvmm_vcpu *vcpu;
	uint32_t n;
	uint32_t nwide;
	const struct cvmm_wide *wide;
	struct cvmm_machine m;
	uint64_t locks;
};

/**
 * rig_open() - open the KVM and create a VM
 * @r:     receives the rig
 * @h:     the host
 * @vcpus: number of vCPUs that it will have; checked against what the KVM offers (capability MAX_VCPUS)
 * @type:  machine type of KVM_CREATE_VM
 *
 * Failures are named on standard error, here and below, and leave a rig that rig_close() takes. Return: enum status.
 */
int rig_open(struct rig *r, const struct host *h, uint32_t vcpus, uint64_t type);

/** rig_vcpus() - create @n vCPUs with the ids @id (NULL: 0, 1, ...) and hand them to the machine; Return: enum status */
int rig_vcpus(struct rig *r, const uint32_t *id, uint32_t n);

/** rig_open_for() - the same for a snapshot to restore: with its interrupt controller, if it has one's registers */
int rig_open_for(struct rig *r, const struct host *h, uint32_t vcpus, uint64_t type, const struct cvmm_view *v);

/** rig_gic() - create the interrupt controller of a VM without vCPUs (rig_devices.c); Return: enum status */
int rig_gic(struct rig *r, const struct cvmm_view *v);

/**
 * rig_devices() - what stands between identity and state: initialise the interrupt controller and the PMUs
 * @r:        the rig
 * @revision: GICD_IIDR as the guest shall see it, or NULL: as the KVM has it
 *
 * Return: enum status.
 */
int rig_devices(struct rig *r, const uint64_t *revision);

/** rig_start() - a new guest: @n vCPUs with @features, and the values of a baseline; Return: enum status */
int rig_start(struct rig *r, uint32_t n, uint64_t features, const struct cvmm_pair *pin, uint32_t npin);

/** rig_capture() - read the machine's state into memory of the command; Return: enum status */
int rig_capture(struct rig *r, struct cvmm_view *out);

/** rig_restore() - open, create the vCPUs and perform a plan, with an enum cvmm_delta; Return: enum status */
int rig_restore(
	struct rig *r, const struct host *h, const struct cvmm_view *v, const struct cvmm_plan *p, uint32_t delta);

/** rig_x86() - make the machine one of x86_64 (rig_x86.c, the next three too); Return: enum status */
int rig_x86(struct rig *r);

/** rig_x86_stage() - interrupt controllers, timer, addresses: what rig_start()'s first commit point does */
int rig_x86_stage(struct rig *r);

/** rig_x86_vcpus() - give each vCPU its CPUID: all that the host supports, or what the baseline has of it */
int rig_x86_vcpus(struct rig *r);

/** rig_x86_fill() - rig_fill() of an x86_64 guest; on /dev/kvm it runs an instruction */
int rig_x86_fill(struct rig *r);

/** rig_locks() - how often the VM's lock was taken so far, as a simulated kernel counts it; 0 for others */
uint64_t rig_locks(const struct rig *r);

/** rig_list() - a vCPU's register list in the kernel's order, from (*list)[1] on; Return: enum status */
int rig_list(const struct rig *r, struct cvmm_vcpu vcpu, uint64_t **list, uint32_t *n);

/** rig_close() - close whatever is open */
void rig_close(struct rig *r);

/** rig_fill() - give a simulated guest a state of its own and let each vCPU run once (guest.c); Return: enum status */
int rig_fill(struct rig *r);

#endif
