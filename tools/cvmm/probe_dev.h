/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: measuring a KVM: everything is asked of throwaway VMs, nothing is taken from version numbers
 *
 * Works through any backend. A guest's view (registers as read by MRS, hypercalls) comes from a small guest on /dev/kvm
 * and from the simulator's own answer on a simulated KVM.
 */
#ifndef CVMM_TOOL_PROBE_DEV_H
#define CVMM_TOOL_PROBE_DEV_H

#include <cvmm/kvm-ioctls/device.h>
#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-ioctls/profile.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/vm.h>

/** Feature bits that a probe sets only in variants of their own: a 64-bit guest at EL1 cannot run with them. */
#define PROBE_NO_GUEST (CVMM_ARM64_FEATURE_EL1_32BIT | CVMM_ARM64_FEATURE_HAS_EL2 | CVMM_ARM64_FEATURE_HAS_EL2_E2H0)

#define PROBE_VCPUS    2u

/**
 * struct probe_vm - a throwaway VM: a VGICv3 and two vCPUs, as a VMM would make it
 * @kvm:      the system handle, not ours
 * @gate:     its gate
 * @vm:       the VM
 * @vcpu:     the vCPUs, initialised and finalised with @features
 * @gic:      the interrupt controller; fd -1 if there is none
 * @n:        vCPUs that exist
 * @features: their feature set
 */
struct probe_vm {
	struct cvmm_kvm kvm;
	struct cvmm_gate gate;
	struct cvmm_vm vm;
	struct cvmm_vcpu vcpu[PROBE_VCPUS];
	struct cvmm_device gic;
	uint32_t n;
	uint64_t features;
};

/** probe_vm_bare() - a VM with a VGICv3 (where the host has one) and two vCPUs that are not initialised; 0 or -errno */
int probe_vm_bare(struct cvmm_kvm kvm, struct probe_vm *p);

/** probe_vm_open() - probe_vm_bare(), and every vCPU initialised and finalised with @features; 0 or -errno */
int probe_vm_open(struct cvmm_kvm kvm, uint64_t features, struct probe_vm *p);

/** probe_vm_devices() - initialise the interrupt controller and, with the PMU feature, every vCPU's PMU; 0 or -errno */
int probe_vm_devices(struct probe_vm *p);

/** probe_vm_init() - KVM_ARM_VCPU_INIT of one vCPU, and FINALIZE if @features has SVE; 0 or -errno */
int probe_vm_init(struct probe_vm *p, uint32_t i, uint64_t features);

/** probe_vm_run_once() - KVM_RUN, so that the VM counts as having run: without a guest instruction, or to an exit; 0 or -errno */
int probe_vm_run_once(struct probe_vm *p, int enter);

/** probe_vm_close() - close whatever is open */
void probe_vm_close(struct probe_vm *p);

/** probe_get(), probe_set() - a register of up to 8 bytes through vCPU 0; 0 or -errno */
int probe_get(const struct probe_vm *p, uint64_t id, uint64_t *v);
int probe_set(const struct probe_vm *p, uint64_t id, uint64_t v);

/** probe_takes() - set, and read back as set; 1 or 0 */
int probe_takes(const struct probe_vm *p, uint64_t id, uint64_t v);

/** struct probe_pairs - a growing list of facts */
struct probe_pairs {
	struct cvmm_pair *v;
	uint32_t n;
};

/** probe_pair() - append a fact; the caller keeps the order */
void probe_pair(struct probe_pairs *list, uint64_t id, uint64_t value);

/** probe_caps() - KVM_CHECK_EXTENSION of everything; ascending */
void probe_caps(struct cvmm_kvm kvm, struct probe_pairs *out);

/** probe_release() - the running kernel's upstream release */
const char *probe_release(void);

/** probe_masks(), _lower(), _bits(), _traits() - one kind of fact each; ascending. @all: every offered feature */
void probe_masks(struct cvmm_kvm kvm, struct probe_pairs *out);
void probe_lower(struct cvmm_kvm kvm, struct probe_pairs *out);
void probe_bits(struct cvmm_kvm kvm, struct probe_pairs *out);
void probe_traits(struct cvmm_kvm kvm, uint64_t all, struct probe_pairs *out);

/** probe_lower_fields() - the 4-bit fields of a register that take a value one less than their own, and keep it */
uint64_t probe_lower_fields(const struct probe_vm *p, uint64_t id);

/** probe_pmu() - a trait of the PMU, on a fresh vCPU that has one; 0 or -errno, -EOPNOTSUPP for any other trait */
int probe_pmu(struct cvmm_kvm kvm, uint32_t trait, uint64_t *v);

/**
 * probe_list() - a vCPU's register list as the kernel gives it
 * @vcpu: the vCPU
 * @n:    receives the number of ids
 *
 * Return: the ids, in memory of the command; NULL if there is none.
 */
uint64_t *probe_list(struct cvmm_vcpu vcpu, uint32_t *n);

/**
 * struct probe_look - what a guest of one variant saw
 * @reg:  registers that it read, by id; ascending
 * @nreg: their number
 * @hvc:  hypercalls; ascending
 * @nhvc: their number
 * @pmcr_clear: bits of PMCR_EL0 that were 1 before the guest ran and 0 afterwards
 * @traps: bits of CVMM_TRAIT_GUEST_TRAPS
 */
struct probe_look {
	struct cvmm_pair *reg;
	uint32_t nreg;
	struct cvmm_hvc *hvc;
	uint32_t nhvc;
	uint64_t pmcr_clear;
	uint64_t traps;
};

/**
 * probe_look() - let a guest look at its machine
 * @be:       the backend
 * @kvm:      the system handle of it
 * @features: the variant
 * @out:      receives what it saw
 *
 * Return: 0; -EOPNOTSUPP if no guest can be run here (a variant without 64-bit EL1, a backend that is neither /dev/kvm
 * of an arm64 host nor the simulator); -errno.
 */
int probe_look(const struct cvmm_backend *be, struct cvmm_kvm kvm, uint64_t features, struct probe_look *out);

/**
 * probe_profile() - measure
 * @be:     the backend
 * @kernel: release for the profile, or NULL to ask uname()
 * @cpu:    CPU name for the profile, or NULL to derive it from MIDR_EL1
 * @name:   what to call the KVM in messages
 * @out:    receives the profile, in memory of the command
 *
 * Return: enum status.
 */
int probe_profile(
	const struct cvmm_backend *be, const char *kernel, const char *cpu, const char *name, struct cvmm_profile *out);

/** probe_profile_x86() - the same of an x86_64 KVM; @cpu NULL: from CPUID */
int probe_profile_x86(
	const struct cvmm_backend *be, const char *kernel, const char *cpu, const char *name, struct cvmm_profile *out);

#endif
