/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: x86_64: the system scope
 *
 * What guests of this host can be given: CPUID leaves, MSRs, machine checks, types of VM.
 *
 * What holds for every function here: @kvm is the system handle; @e receives the error, or is NULL. Return: 0, or
 * -errno: -EFAULT a bad pointer, -EBADF a closed handle. Further errors stand with each function.
 */
#ifndef CVMM_KVM_IOCTLS_X86_KVM_H
#define CVMM_KVM_IOCTLS_X86_KVM_H

#include <cvmm/kvm-ioctls/handle.h>
#include <cvmm/kvm-ioctls/x86.h>

CVMM_BEGIN_DECLS

/* VM types for cvmm_kvm_create_vm(); which of them a host offers: the bits of CVMM_CAP_VM_TYPES. */
#define CVMM_X86_VM_DEFAULT	 0u
#define CVMM_X86_VM_SW_PROTECTED 1u
#define CVMM_X86_VM_SEV		 2u
#define CVMM_X86_VM_SEV_ES	 3u
#define CVMM_X86_VM_SNP		 4u
#define CVMM_X86_VM_TDX		 5u

/** CVMM_X86_MSR_LIST_MAX: the most MSR numbers that a list is believed to have. */
#define CVMM_X86_MSR_LIST_MAX		    65536u

#define CVMM_KVM_GET_MSR_INDEX_LIST	    CVMM_IOC(3, 0x02, 4)
#define CVMM_KVM_GET_MSR_FEATURE_INDEX_LIST CVMM_IOC(3, 0x0a, 4)
#define CVMM_KVM_GET_SUPPORTED_CPUID	    CVMM_IOWR(0x05, struct cvmm_x86_cpuid)
#define CVMM_KVM_GET_EMULATED_CPUID	    CVMM_IOWR(0x09, struct cvmm_x86_cpuid)
#define CVMM_KVM_GET_SUPPORTED_HV_CPUID	    CVMM_IOWR(0xc1, struct cvmm_x86_cpuid)
#define CVMM_KVM_X86_GET_MCE_CAP_SUPPORTED  CVMM_IOR(0x9d, uint64_t)

/**
 * cvmm_kvm_get_supported_cpuid() - CPUID leaves that guests can be given (KVM_GET_SUPPORTED_CPUID)
 * @kvm:   the system handle
 * @cpuid: head with room for @cap entries after it; receives the entries
 * @cap:   entries that fit, at most CVMM_X86_CPUID_MAX
 * @n:     receives the number of entries; CVMM_X86_CPUID_MAX when @cap is too small
 * @e:     receives the error, or NULL
 *
 * Return: 0; -E2BIG with CVMM_REASON_BUFFER_TOO_SMALL, *@n and e->other CVMM_X86_CPUID_MAX, which is always enough: KVM
 * does not say how many it wants; -EINVAL for a larger @cap, without an ioctl.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_kvm_get_supported_cpuid(
	struct cvmm_kvm kvm, struct cvmm_x86_cpuid *cpuid, uint32_t cap, uint32_t *n, struct cvmm_error *e);

/**
 * cvmm_kvm_get_emulated_cpuid() - leaves that KVM emulates though the host lacks them
 * @kvm:   the system handle
 * @cpuid: head with room for @cap entries after it; receives the entries
 * @cap:   how many fit
 * @n:     receives their number; also when @cap is too small
 * @e:     receives the error, or NULL
 *
 * KVM_GET_EMULATED_CPUID (3.13, KVM_CAP_EXT_EMUL_CPUID). Return: as cvmm_kvm_get_supported_cpuid().
 */
CVMM_API CVMM_MUST_CHECK int cvmm_kvm_get_emulated_cpuid(
	struct cvmm_kvm kvm, struct cvmm_x86_cpuid *cpuid, uint32_t cap, uint32_t *n, struct cvmm_error *e);

/**
 * cvmm_kvm_get_supported_hv_cpuid() - Hyper-V leaves
 * @kvm:   the system handle
 * @cpuid: head with room for @cap entries after it; receives the entries
 * @cap:   how many fit
 * @n:     receives their number; also when @cap is too small
 * @e:     receives the error, or NULL
 *
 * KVM_GET_SUPPORTED_HV_CPUID (here 5.11, KVM_CAP_SYS_HYPERV_CPUID). Return: as cvmm_kvm_get_supported_cpuid();
 * -EINVAL or -ENOTTY before.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_kvm_get_supported_hv_cpuid(
	struct cvmm_kvm kvm, struct cvmm_x86_cpuid *cpuid, uint32_t cap, uint32_t *n, struct cvmm_error *e);

/**
 * cvmm_kvm_get_msr_index_list() - MSRs that a guest's save should hold (KVM_GET_MSR_INDEX_LIST)
 * @kvm: the system handle
 * @buf: one word for the kernel, then room for @cap numbers: @cap + 1 words in all. On success they start at buf[1]
 * @cap: numbers that fit, at most CVMM_X86_MSR_LIST_MAX
 * @n:   receives how many there are; also when @cap is too small
 * @e:   receives the error, or NULL; other is how many would have been enough
 *
 * Some of them are not readable with a guest's CPUID, and some that matter are missing. Return: 0; -E2BIG with *@n set.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_kvm_get_msr_index_list(
	struct cvmm_kvm kvm, uint32_t *buf, uint32_t cap, uint32_t *n, struct cvmm_error *e);

/**
 * cvmm_kvm_get_msr_feature_index_list() - the same for MSRs that tell features
 * @kvm: the system handle
 * @buf: one word for the kernel, then room for @cap numbers
 * @cap: how many fit
 * @n:   receives their number; also when @cap is too small
 * @e:   receives the error, or NULL
 *
 * KVM_GET_MSR_FEATURE_INDEX_LIST (4.17, KVM_CAP_GET_MSR_FEATURES). Return: as cvmm_kvm_get_msr_index_list().
 */
CVMM_API CVMM_MUST_CHECK int cvmm_kvm_get_msr_feature_index_list(
	struct cvmm_kvm kvm, uint32_t *buf, uint32_t cap, uint32_t *n, struct cvmm_error *e);

/**
 * cvmm_kvm_get_msrs() - read feature MSRs of the host
 * @kvm:  the system handle
 * @msrs: @n entries; data receives the values
 * @n:    how many, at most CVMM_X86_MSRS_MAX
 * @e:    receives the error, or NULL
 *
 * KVM_GET_MSRS (here 4.17, KVM_CAP_GET_MSR_FEATURES). Only numbers of the feature list are answered. Return: as
 * cvmm_vcpu_get_msrs().
 */
CVMM_API CVMM_MUST_CHECK int cvmm_kvm_get_msrs(
	struct cvmm_kvm kvm, struct cvmm_x86_msr *msrs, uint32_t n, struct cvmm_error *e);

/**
 * cvmm_kvm_get_mce_cap_supported() - the largest MCG_CAP that a vCPU can have
 * @kvm:     the system handle
 * @mcg_cap: receives the MCG_CAP
 * @e:       receives the error, or NULL
 *
 * KVM_X86_GET_MCE_CAP_SUPPORTED. Return: 0 or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_kvm_get_mce_cap_supported(
	struct cvmm_kvm kvm, uint64_t *mcg_cap, struct cvmm_error *e);

CVMM_END_DECLS

#endif
