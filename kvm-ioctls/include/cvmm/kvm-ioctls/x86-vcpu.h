/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: x86_64: the vCPU scope
 *
 * Saving and restoring is a pair of calls per block of state. KVM looks at blocks when they are written, so that their
 * order matters: CPUID before all; SREGS before MSRs and LAPIC; LAPIC before the TSC deadline MSR; nested state after
 * SREGS and before REGS; EVENTS, then MP_STATE, last. vcpu-regs has that order as data.
 *
 * What holds for every function here:
 *
 * - @vcpu is the vCPU; @e receives the error, or is NULL; e->vcpu names the vCPU.
 * - Return: 0, or -errno. -EFAULT a bad pointer; -EINTR a fatal signal came while another thread was inside the same
 *   vCPU; -EIO the VM is dying; -EBADF a closed handle. Further errors stand with each function.
 * - On another architecture's KVM the answer is -EINVAL or -ENOTTY.
 */
#ifndef CVMM_KVM_IOCTLS_X86_VCPU_H
#define CVMM_KVM_IOCTLS_X86_VCPU_H

#include <cvmm/kvm-ioctls/handle.h>
#include <cvmm/kvm-ioctls/x86-control.h>
#include <cvmm/kvm-ioctls/x86.h>

CVMM_BEGIN_DECLS

/**
 * cvmm_vcpu_get_regs() - read the general registers
 * @vcpu: the vCPU
 * @regs: receives the registers
 * @e:    receives the error, or NULL
 *
 * KVM_GET_REGS. Return: 0, or -errno: -EINVAL: the guest's memory is encrypted.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_get_regs(
	struct cvmm_vcpu vcpu, struct cvmm_x86_regs *regs, struct cvmm_error *e);

/**
 * cvmm_vcpu_set_regs() - write the general registers (KVM_SET_REGS)
 *
 * Any value is taken; bit 1 of RFLAGS is set by KVM. Clears a pending exception. -EINVAL: encrypted.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_set_regs(
	struct cvmm_vcpu vcpu, const struct cvmm_x86_regs *regs, struct cvmm_error *e);

/**
 * cvmm_vcpu_get_sregs() - read segments and control registers
 * @vcpu:  the vCPU
 * @sregs: receives segments and control registers
 * @e:     receives the error, or NULL
 *
 * KVM_GET_SREGS. Return: 0, or -errno: -EINVAL: encrypted.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_get_sregs(
	struct cvmm_vcpu vcpu, struct cvmm_x86_sregs *sregs, struct cvmm_error *e);

/**
 * cvmm_vcpu_set_sregs() - write segments and control registers (KVM_SET_SREGS)
 *
 * -EINVAL: CR0, CR4, EFER or the APIC base hold bits that CPUID does not offer or that contradict each other (PG
 * without PE, LME without PAE, ...); nothing was changed then.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_set_sregs(
	struct cvmm_vcpu vcpu, const struct cvmm_x86_sregs *sregs, struct cvmm_error *e);

/**
 * cvmm_vcpu_get_sregs2() - the same with PDPTRs
 * @vcpu:  the vCPU
 * @sregs: receives segments and control registers
 * @e:     receives the error, or NULL
 *
 * KVM_GET_SREGS2 (5.14, KVM_CAP_SREGS2). Return: 0, or -errno: -ENOTTY or -EINVAL before 5.14; -EINVAL encrypted.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_get_sregs2(
	struct cvmm_vcpu vcpu, struct cvmm_x86_sregs2 *sregs, struct cvmm_error *e);

/**
 * cvmm_vcpu_set_sregs2() - the same with PDPTRs
 * @vcpu:  the vCPU
 * @sregs: segments and control registers
 * @e:     receives the error, or NULL
 *
 * KVM_SET_SREGS2 (5.14, KVM_CAP_SREGS2). Return: 0, or -errno: -EINVAL as cvmm_vcpu_set_sregs(), or an unknown flag.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_set_sregs2(
	struct cvmm_vcpu vcpu, const struct cvmm_x86_sregs2 *sregs, struct cvmm_error *e);

/**
 * cvmm_vcpu_get_fpu() - read x87 and SSE state
 * @vcpu: the vCPU
 * @fpu:  receives the state
 * @e:    receives the error, or NULL
 *
 * KVM_GET_FPU. cvmm_vcpu_get_xsave() has more. Return: 0 or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_get_fpu(struct cvmm_vcpu vcpu, struct cvmm_x86_fpu *fpu, struct cvmm_error *e);

/**
 * cvmm_vcpu_set_fpu() - write x87 and SSE state
 * @vcpu: the vCPU
 * @fpu:  the state
 * @e:    receives the error, or NULL
 *
 * KVM_SET_FPU. Values are not checked. Return: 0 or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_set_fpu(
	struct cvmm_vcpu vcpu, const struct cvmm_x86_fpu *fpu, struct cvmm_error *e);

/**
 * cvmm_vcpu_get_lapic() - read the local APIC (KVM_GET_LAPIC)
 *
 * -EINVAL: the VM has no local APIC in the kernel. The x2APIC id takes the form that KVM_CAP_X2APIC_API chose.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_get_lapic(
	struct cvmm_vcpu vcpu, struct cvmm_x86_lapic *lapic, struct cvmm_error *e);

/**
 * cvmm_vcpu_set_lapic() - write the local APIC (KVM_SET_LAPIC)
 *
 * -EINVAL: no local APIC in the kernel, or an x2APIC id that is not the vCPU's. Starts the timer that it describes, so
 * the APIC base (SREGS) and CPUID come first.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_set_lapic(
	struct cvmm_vcpu vcpu, const struct cvmm_x86_lapic *lapic, struct cvmm_error *e);

/**
 * cvmm_vcpu_get_msrs() - read model-specific registers (KVM_GET_MSRS)
 * @vcpu: the vCPU
 * @msrs: @n entries; index says which, data receives the value of every one, or of none if the call fails
 * @n:    at most CVMM_X86_MSRS_MAX
 * @e:    receives the error, or NULL
 *
 * KVM stops at the first MSR that it does not give and still returns success; here that is an error. Return: 0; -EINVAL
 * with CVMM_REASON_SHORT_COUNT, e->other the index in @msrs and e->id the MSR's number; -E2BIG with
 * CVMM_REASON_BUFFER_TOO_SMALL and e->other CVMM_X86_MSRS_MAX, without an ioctl, if @n is more.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_get_msrs(
	struct cvmm_vcpu vcpu, struct cvmm_x86_msr *msrs, uint32_t n, struct cvmm_error *e);

/**
 * cvmm_vcpu_set_msrs() - write model-specific registers (KVM_SET_MSRS)
 * @vcpu: the vCPU
 * @msrs: @n entries: numbers and values; their order is the order in which they are written
 * @n:    at most CVMM_X86_MSRS_MAX
 * @e:    receives the error, or NULL
 *
 * Return: as cvmm_vcpu_get_msrs(). After CVMM_REASON_SHORT_COUNT the entries before e->other have been written.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_set_msrs(
	struct cvmm_vcpu vcpu, const struct cvmm_x86_msr *msrs, uint32_t n, struct cvmm_error *e);

/**
 * cvmm_vcpu_set_cpuid1() - say what CPUID answers, in the form of 2007 (KVM_SET_CPUID)
 * @vcpu:  the vCPU
 * @cpuid: head, with nent entries of struct cvmm_x86_cpuid1_entry after it
 * @e:     receives the error, or NULL
 *
 * Without subleaves; for old snapshots. Return: as cvmm_vcpu_set_cpuid2().
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_set_cpuid1(
	struct cvmm_vcpu vcpu, const struct cvmm_x86_cpuid *cpuid, struct cvmm_error *e);

/**
 * cvmm_vcpu_set_cpuid2() - say what CPUID answers (KVM_SET_CPUID2)
 * @vcpu:  the vCPU
 * @cpuid: head, with nent entries of struct cvmm_x86_cpuid_entry after it
 * @e:     receives the error, or NULL
 *
 * Decides which bits of CR4, EFER, XCR0 and which MSRs exist, so it comes first. -E2BIG: more than CVMM_X86_CPUID_MAX
 * entries; -EINVAL: a vCPU that has run would get other answers (5.16), or a contradiction (address widths).
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_set_cpuid2(
	struct cvmm_vcpu vcpu, const struct cvmm_x86_cpuid *cpuid, struct cvmm_error *e);

/**
 * cvmm_vcpu_get_cpuid2() - what CPUID answers (KVM_GET_CPUID2)
 * @vcpu:  the vCPU
 * @cpuid: head with room for @cap entries after it; receives the entries and their number in nent
 * @cap:   entries that fit, at most CVMM_X86_CPUID_MAX
 * @n:     receives the number of entries; CVMM_X86_CPUID_MAX when @cap is too small
 * @e:     receives the error, or NULL; other is CVMM_X86_CPUID_MAX when @cap is too small
 *
 * Linux 6.1 does not say how many it gave: then up to nine further calls find out. Return: 0; -E2BIG with *@n and e->other
 * a number that is always enough, because no KVM says how many there are; -EINVAL for a larger @cap, without an ioctl.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_get_cpuid2(
	struct cvmm_vcpu vcpu, struct cvmm_x86_cpuid *cpuid, uint32_t cap, uint32_t *n, struct cvmm_error *e);

/**
 * cvmm_vcpu_get_supported_hv_cpuid() - Hyper-V leaves that this vCPU could be given (KVM_GET_SUPPORTED_HV_CPUID, 4.20)
 * @vcpu:  the vCPU
 * @cpuid: head with room for @cap entries after it
 * @cap:   entries that fit
 * @n:     receives the number of entries; CVMM_X86_CPUID_MAX when @cap is too small
 * @e:     receives the error, or NULL
 *
 * cvmm_kvm_get_supported_hv_cpuid() does the same without a vCPU (5.11). Return: 0; -E2BIG; -EINVAL not offered.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_get_supported_hv_cpuid(
	struct cvmm_vcpu vcpu, struct cvmm_x86_cpuid *cpuid, uint32_t cap, uint32_t *n, struct cvmm_error *e);

/**
 * cvmm_vcpu_get_xsave() - read the extended state, all of it (KVM_GET_XSAVE2, or KVM_GET_XSAVE before 5.17)
 * @vcpu:  the vCPU
 * @vm:    its VM; says how large the area is (cvmm_vm_get_xsave_bytes())
 * @buf:   receives the area, in the standard format; written as a whole or not at all
 * @cap:   bytes at @buf
 * @bytes: receives the size of the area; also when @cap is too small
 * @e:     receives the error, or NULL; other is the number of bytes that would have been enough
 *
 * Return: 0; -E2BIG with *@bytes set and nothing read.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_get_xsave(
	struct cvmm_vcpu vcpu, struct cvmm_vm vm, void *buf, size_t cap, size_t *bytes, struct cvmm_error *e);

/**
 * cvmm_vcpu_set_xsave() - write the extended state (KVM_SET_XSAVE)
 * @vcpu:  the vCPU
 * @vm:    its VM; says how many bytes KVM is going to read from @buf
 * @buf:   the area, in the standard format
 * @bytes: its size; at least cvmm_vm_get_xsave_bytes()
 * @e:     receives the error, or NULL; other is the size that KVM reads
 *
 * There is no other way to this ioctl here, because KVM would read beyond a shorter area. -EINVAL with
 * CVMM_REASON_BUFFER_TOO_SMALL: @bytes is less, nothing written. -EINVAL: XSTATE_BV or MXCSR hold bits that the host
 * does not have.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_set_xsave(
	struct cvmm_vcpu vcpu, struct cvmm_vm vm, const void *buf, size_t bytes, struct cvmm_error *e);

/**
 * cvmm_vcpu_get_xcrs() - read XCR0 and its like
 * @vcpu: the vCPU
 * @xcrs: receives the registers
 * @e:    receives the error, or NULL
 *
 * KVM_GET_XCRS. Return: 0, or -errno: -EINVAL: the host has no XSAVE.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_get_xcrs(
	struct cvmm_vcpu vcpu, struct cvmm_x86_xcrs *xcrs, struct cvmm_error *e);

/**
 * cvmm_vcpu_set_xcrs() - write XCR0
 * @vcpu: the vCPU
 * @xcrs: the registers
 * @e:    receives the error, or NULL
 *
 * KVM_SET_XCRS. Return: 0, or -errno: -EINVAL: more than 16, flags, or bits that CPUID does not offer.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_set_xcrs(
	struct cvmm_vcpu vcpu, const struct cvmm_x86_xcrs *xcrs, struct cvmm_error *e);

/**
 * cvmm_vcpu_get_debugregs() - read DR0 to DR3, DR6, DR7
 * @vcpu: the vCPU
 * @regs: receives the registers
 * @e:    receives the error, or NULL
 *
 * KVM_GET_DEBUGREGS. Return: 0 or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_get_debugregs(
	struct cvmm_vcpu vcpu, struct cvmm_x86_debugregs *regs, struct cvmm_error *e);

/**
 * cvmm_vcpu_set_debugregs() - write them
 * @vcpu: the vCPU
 * @regs: the registers
 * @e:    receives the error, or NULL
 *
 * KVM_SET_DEBUGREGS. Return: 0, or -errno: -EINVAL: flags, or DR6 or DR7 above 32 bits.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_set_debugregs(
	struct cvmm_vcpu vcpu, const struct cvmm_x86_debugregs *regs, struct cvmm_error *e);

/**
 * cvmm_vcpu_get_x86_events() - read what is pending
 * @vcpu: the vCPU
 * @ev:   receives what is pending
 * @e:    receives the error, or NULL
 *
 * KVM_GET_VCPU_EVENTS. Flags say which members are valid. Return: 0 or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_get_x86_events(
	struct cvmm_vcpu vcpu, struct cvmm_x86_events *ev, struct cvmm_error *e);

/**
 * cvmm_vcpu_set_x86_events() - write what is pending (KVM_SET_VCPU_EVENTS)
 *
 * -EINVAL: an unknown flag, a flag whose capability is not enabled, a vector of 32 or more or of 2, SMM without
 * KVM_CAP_X86_SMM.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_set_x86_events(
	struct cvmm_vcpu vcpu, const struct cvmm_x86_events *ev, struct cvmm_error *e);

/**
 * cvmm_vcpu_get_nested_state() - read a guest hypervisor's state (KVM_GET_NESTED_STATE, 4.20)
 * @vcpu:  the vCPU
 * @state: head, with data after it
 * @cap:   bytes of both, at least 128
 * @bytes: receives how many are used; also when @cap is too small
 * @e:     receives the error, or NULL; other is the number of bytes that would have been enough
 *
 * cvmm_vm_check_extension() of CVMM_CAP_NESTED_STATE gives a size that is always enough. Return: 0; -E2BIG with *@bytes
 * set; -EINVAL: @cap is less than 128, without an ioctl; or the host offers no nesting.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_get_nested_state(
	struct cvmm_vcpu vcpu, struct cvmm_x86_nested_state *state, size_t cap, size_t *bytes, struct cvmm_error *e);

/**
 * cvmm_vcpu_set_nested_state() - write a guest hypervisor's state (KVM_SET_NESTED_STATE, 4.20)
 * @vcpu:  the vCPU
 * @state: head, with data after it; size is looked at
 * @bytes: bytes that are really there
 * @e:     receives the error, or NULL
 *
 * After SREGS and CPUID. Return: 0; -EINVAL with CVMM_REASON_ARGUMENT, without an ioctl, if state->size is less than
 * 128 or more than @bytes; -EINVAL: flags or addresses that contradict each other or the other state.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_set_nested_state(
	struct cvmm_vcpu vcpu, const struct cvmm_x86_nested_state *state, size_t bytes, struct cvmm_error *e);

CVMM_END_DECLS

#endif
