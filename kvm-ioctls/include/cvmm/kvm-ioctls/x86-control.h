/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: x86_64: what is done to a vCPU rather than held by it
 *
 * TSC rate, interrupts that do not come from a controller, machine checks, breakpoints, exits on the TPR. What holds for every
 * function of x86-vcpu.h holds here.
 */
#ifndef CVMM_KVM_IOCTLS_X86_CONTROL_H
#define CVMM_KVM_IOCTLS_X86_CONTROL_H

#include <cvmm/kvm-ioctls/handle.h>
#include <cvmm/kvm-ioctls/x86.h>

CVMM_BEGIN_DECLS

/**
 * cvmm_vcpu_get_tsc_khz() - the guest's TSC rate
 * @vcpu: the vCPU
 * @e:    receives the error, or NULL
 *
 * KVM_GET_TSC_KHZ. Return: kHz or -errno. No kernel of today answers the -EIO that its manual has for an unstable TSC.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_get_tsc_khz(struct cvmm_vcpu vcpu, struct cvmm_error *e);

/**
 * cvmm_vcpu_set_tsc_khz() - choose the guest's TSC rate (KVM_SET_TSC_KHZ)
 * @vcpu: the vCPU
 * @khz:  the rate; 0 for the host's
 * @e:    receives the error, or NULL
 *
 * -EINVAL: less than the host's rate where it cannot scale (more is caught up with), or out of reach where it can.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_set_tsc_khz(struct cvmm_vcpu vcpu, uint32_t khz, struct cvmm_error *e);

/**
 * cvmm_vcpu_nmi() - queue a non-maskable interrupt
 * @vcpu: the vCPU
 * @e:    receives the error, or NULL
 *
 * KVM_NMI (KVM_CAP_USER_NMI). A second one waits, further ones are merged. Return: 0 or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_nmi(struct cvmm_vcpu vcpu, struct cvmm_error *e);

/**
 * cvmm_vcpu_smi() - queue a system management interrupt
 * @vcpu: the vCPU
 * @e:    receives the error, or NULL
 *
 * KVM_SMI (4.2, KVM_CAP_X86_SMM). Return: 0 or -errno: -ENOTTY: a host without SMM.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_smi(struct cvmm_vcpu vcpu, struct cvmm_error *e);

/**
 * cvmm_vcpu_kvmclock_ctrl() - tell the guest that it was paused (KVM_KVMCLOCK_CTRL)
 *
 * Its watchdogs then do not fire. -EINVAL: the guest does not use kvmclock.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_kvmclock_ctrl(struct cvmm_vcpu vcpu, struct cvmm_error *e);

/**
 * cvmm_vcpu_set_x86_guest_debug() - breakpoints and single steps from outside
 * @vcpu:  the vCPU
 * @debug: what to stop at
 * @e:     receives the error, or NULL
 *
 * KVM_SET_GUEST_DEBUG. Return: 0, or -errno: -EBUSY injecting #DB or #BP while an exception is pending; -EINVAL
 * encrypted.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_set_x86_guest_debug(
	struct cvmm_vcpu vcpu, const struct cvmm_x86_guest_debug *debug, struct cvmm_error *e);

/**
 * cvmm_vcpu_setup_mce() - choose MCG_CAP
 * @vcpu:    the vCPU
 * @mcg_cap: the MCG_CAP
 * @e:       receives the error, or NULL
 *
 * KVM_X86_SETUP_MCE. Return: 0, or -errno: -EINVAL: no bank, too many, or bits not offered.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_setup_mce(struct cvmm_vcpu vcpu, uint64_t mcg_cap, struct cvmm_error *e);

/**
 * cvmm_vcpu_set_mce() - inject a machine check
 * @vcpu: the vCPU
 * @mce:  the machine check
 * @e:    receives the error, or NULL
 *
 * KVM_X86_SET_MCE. Return: 0, or -errno: -EINVAL: no such bank, or status is not valid.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_set_mce(
	struct cvmm_vcpu vcpu, const struct cvmm_x86_mce *mce, struct cvmm_error *e);

/**
 * cvmm_vcpu_set_vapic_addr() - where the shared TPR page lies
 * @vcpu: the vCPU
 * @gpa:  guest physical address
 * @e:    receives the error, or NULL
 *
 * KVM_SET_VAPIC_ADDR. 0 ends it. Return: 0, or -errno: -EINVAL no local APIC in the kernel, or an address outside of
 * the slots.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_set_vapic_addr(struct cvmm_vcpu vcpu, uint64_t gpa, struct cvmm_error *e);

/**
 * cvmm_vcpu_tpr_access_reporting() - exit on TPR accesses, or not
 * @vcpu:    the vCPU
 * @enabled: 1 on, 0 off
 * @e:       receives the error, or NULL
 *
 * KVM_TPR_ACCESS_REPORTING (KVM_CAP_VAPIC). Return: 0 or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_tpr_access_reporting(
	struct cvmm_vcpu vcpu, uint32_t enabled, struct cvmm_error *e);

CVMM_END_DECLS

#endif
