/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "wrap.h"

#include <cvmm/kvm-ioctls/x86-vcpu.h>

#include <string.h>

#define NESTED_HEAD sizeof(struct cvmm_x86_nested_state)

int cvmm_vcpu_get_regs(struct cvmm_vcpu vcpu, struct cvmm_x86_regs *regs, struct cvmm_error *e)
{
	return vcpu_read(vcpu, CVMM_KVM_GET_REGS, regs, e);
}

int cvmm_vcpu_set_regs(struct cvmm_vcpu vcpu, const struct cvmm_x86_regs *regs, struct cvmm_error *e)
{
	return vcpu_write(vcpu, CVMM_KVM_SET_REGS, regs, e);
}

int cvmm_vcpu_get_sregs(struct cvmm_vcpu vcpu, struct cvmm_x86_sregs *sregs, struct cvmm_error *e)
{
	return vcpu_read(vcpu, CVMM_KVM_GET_SREGS, sregs, e);
}

int cvmm_vcpu_set_sregs(struct cvmm_vcpu vcpu, const struct cvmm_x86_sregs *sregs, struct cvmm_error *e)
{
	return vcpu_write(vcpu, CVMM_KVM_SET_SREGS, sregs, e);
}

int cvmm_vcpu_get_sregs2(struct cvmm_vcpu vcpu, struct cvmm_x86_sregs2 *sregs, struct cvmm_error *e)
{
	return vcpu_read(vcpu, CVMM_KVM_GET_SREGS2, sregs, e);
}

int cvmm_vcpu_set_sregs2(struct cvmm_vcpu vcpu, const struct cvmm_x86_sregs2 *sregs, struct cvmm_error *e)
{
	return vcpu_write(vcpu, CVMM_KVM_SET_SREGS2, sregs, e);
}

int cvmm_vcpu_get_fpu(struct cvmm_vcpu vcpu, struct cvmm_x86_fpu *fpu, struct cvmm_error *e)
{
	return vcpu_read(vcpu, CVMM_KVM_GET_FPU, fpu, e);
}

int cvmm_vcpu_set_fpu(struct cvmm_vcpu vcpu, const struct cvmm_x86_fpu *fpu, struct cvmm_error *e)
{
	return vcpu_write(vcpu, CVMM_KVM_SET_FPU, fpu, e);
}

int cvmm_vcpu_get_lapic(struct cvmm_vcpu vcpu, struct cvmm_x86_lapic *lapic, struct cvmm_error *e)
{
	return vcpu_read(vcpu, CVMM_KVM_GET_LAPIC, lapic, e);
}

int cvmm_vcpu_set_lapic(struct cvmm_vcpu vcpu, const struct cvmm_x86_lapic *lapic, struct cvmm_error *e)
{
	return vcpu_write(vcpu, CVMM_KVM_SET_LAPIC, lapic, e);
}

int cvmm_vcpu_get_xcrs(struct cvmm_vcpu vcpu, struct cvmm_x86_xcrs *xcrs, struct cvmm_error *e)
{
	return vcpu_read(vcpu, CVMM_KVM_GET_XCRS, xcrs, e);
}

int cvmm_vcpu_set_xcrs(struct cvmm_vcpu vcpu, const struct cvmm_x86_xcrs *xcrs, struct cvmm_error *e)
{
	return vcpu_write(vcpu, CVMM_KVM_SET_XCRS, xcrs, e);
}

int cvmm_vcpu_get_debugregs(struct cvmm_vcpu vcpu, struct cvmm_x86_debugregs *regs, struct cvmm_error *e)
{
	return vcpu_read(vcpu, CVMM_KVM_GET_DEBUGREGS, regs, e);
}

int cvmm_vcpu_set_debugregs(struct cvmm_vcpu vcpu, const struct cvmm_x86_debugregs *regs, struct cvmm_error *e)
{
	return vcpu_write(vcpu, CVMM_KVM_SET_DEBUGREGS, regs, e);
}

int cvmm_vcpu_get_x86_events(struct cvmm_vcpu vcpu, struct cvmm_x86_events *ev, struct cvmm_error *e)
{
	return vcpu_read(vcpu, CVMM_KVM_X86_GET_VCPU_EVENTS, ev, e);
}

int cvmm_vcpu_set_x86_events(struct cvmm_vcpu vcpu, const struct cvmm_x86_events *ev, struct cvmm_error *e)
{
	return vcpu_write(vcpu, CVMM_KVM_X86_SET_VCPU_EVENTS, ev, e);
}

int cvmm_vcpu_get_nested_state(
	struct cvmm_vcpu vcpu, struct cvmm_x86_nested_state *state, size_t cap, size_t *bytes, struct cvmm_error *e)
{
	uint32_t used = 0;
	int ret;

	if (cap < NESTED_HEAD || cap > UINT32_MAX)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_ARGUMENT);
	state->size = (uint32_t)cap;
	ret = vcpu_read(vcpu, CVMM_KVM_GET_NESTED_STATE, state, e);
	ret = list_result(ret, state->size, cap, UINT32_MAX, &used, e);
	if (ret == 0 || ret == -E2BIG)
		*bytes = used;
	return ret;
}

int cvmm_vcpu_set_nested_state(
	struct cvmm_vcpu vcpu, const struct cvmm_x86_nested_state *state, size_t bytes, struct cvmm_error *e)
{
	if (bytes < NESTED_HEAD || state->size < NESTED_HEAD || state->size > bytes)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_ARGUMENT);
	return vcpu_write(vcpu, CVMM_KVM_SET_NESTED_STATE, state, e);
}

int cvmm_vcpu_get_tsc_khz(struct cvmm_vcpu vcpu, struct cvmm_error *e)
{
	return vcpu_ioctl(vcpu, CVMM_KVM_GET_TSC_KHZ, 0, e);
}

int cvmm_vcpu_set_tsc_khz(struct cvmm_vcpu vcpu, uint32_t khz, struct cvmm_error *e)
{
	return vcpu_ioctl(vcpu, CVMM_KVM_SET_TSC_KHZ, khz, e);
}

int cvmm_vcpu_nmi(struct cvmm_vcpu vcpu, struct cvmm_error *e)
{
	return vcpu_ioctl(vcpu, CVMM_KVM_NMI, 0, e);
}

int cvmm_vcpu_smi(struct cvmm_vcpu vcpu, struct cvmm_error *e)
{
	return vcpu_ioctl(vcpu, CVMM_KVM_SMI, 0, e);
}

int cvmm_vcpu_kvmclock_ctrl(struct cvmm_vcpu vcpu, struct cvmm_error *e)
{
	return vcpu_ioctl(vcpu, CVMM_KVM_KVMCLOCK_CTRL, 0, e);
}

int cvmm_vcpu_set_x86_guest_debug(struct cvmm_vcpu vcpu, const struct cvmm_x86_guest_debug *debug, struct cvmm_error *e)
{
	return vcpu_write(vcpu, CVMM_KVM_X86_GUEST_DEBUG, debug, e);
}

int cvmm_vcpu_setup_mce(struct cvmm_vcpu vcpu, uint64_t mcg_cap, struct cvmm_error *e)
{
	return vcpu_write(vcpu, CVMM_KVM_X86_SETUP_MCE, &mcg_cap, e);
}

int cvmm_vcpu_set_mce(struct cvmm_vcpu vcpu, const struct cvmm_x86_mce *mce, struct cvmm_error *e)
{
	return vcpu_write(vcpu, CVMM_KVM_X86_SET_MCE, mce, e);
}

int cvmm_vcpu_set_vapic_addr(struct cvmm_vcpu vcpu, uint64_t gpa, struct cvmm_error *e)
{
	return vcpu_write(vcpu, CVMM_KVM_SET_VAPIC_ADDR, &gpa, e);
}

int cvmm_vcpu_tpr_access_reporting(struct cvmm_vcpu vcpu, uint32_t enabled, struct cvmm_error *e)
{
	struct cvmm_x86_tpr_access_ctl arg = { .enabled = enabled };

	return vcpu_write(vcpu, CVMM_KVM_TPR_ACCESS_REPORTING, &arg, e);
}
