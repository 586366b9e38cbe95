/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The one entry for ioctls, and the system handle's. */
#include "riscv.h"
#include "x86.h"

#define KVMIO 0xaeul

static const struct {
	uint32_t bit, cap;
} proposal[] = {
	{ CVMM_SIM_REG_SCOPE, CVMM_CAP_SIM_REG_SCOPE },
	{ CVMM_SIM_VM_ONE_REG, CVMM_CAP_SIM_VM_ONE_REG },
	{ CVMM_SIM_ASYMMETRIC, CVMM_CAP_SIM_ASYMMETRIC },
};

int cvmm_sim_check_extension(struct sim *s, uint64_t cap)
{
	uint32_t i;
	uint64_t v;

	sim_count(s, CVMM_SIM_COUNT_CHECK_EXTENSION);
	for (i = 0; i < sizeof(proposal) / sizeof(proposal[0]); i++)
		if (proposal[i].cap == cap)
			return (s->cfg.proposals & proposal[i].bit) != 0;
	v = cap > UINT32_MAX ? 0 : cvmm_profile_cap(s->profile, (uint32_t)cap);
	return v > INT32_MAX ? INT32_MAX : (int)v;
}

static int system_ioctl(struct sim *s, unsigned long req, uintptr_t arg)
{
	switch (req) {
	case CVMM_KVM_GET_API_VERSION: return arg ? -EINVAL : CVMM_KVM_API_VERSION;
	case CVMM_KVM_CREATE_VM: return cvmm_sim_create_vm(s, arg);
	case CVMM_KVM_CHECK_EXTENSION:
		if (s->profile->arch == CVMM_ARCH_ARM64 &&
			(arg == SIM_CAP_MSI_DEVID || (arg == SIM_CAP_PFNMAP && sim_trait(s, CVMM_TRAIT_IIDR_EARLY))))
			return -EINVAL;
		return cvmm_sim_check_extension(s, arg);
	case CVMM_KVM_GET_VCPU_MMAP_SIZE: return arg ? -EINVAL : (int)CVMM_SIM_RUN_BYTES;
	default: return sim_is_x86(s) ? cvmm_sim_x86_system(s, req, arg) : -EINVAL;
	}
}

/* What is counted for each request; all others are "other". */
static enum cvmm_sim_count kind(unsigned long req)
{
	switch (req) {
	case CVMM_KVM_CREATE_VM: return CVMM_SIM_COUNT_CREATE_VM;
	case CVMM_KVM_CREATE_VCPU: return CVMM_SIM_COUNT_CREATE_VCPU;
	case CVMM_KVM_ARM_VCPU_INIT: return CVMM_SIM_COUNT_VCPU_INIT;
	case CVMM_KVM_ARM_VCPU_FINALIZE: return CVMM_SIM_COUNT_FINALIZE;
	case CVMM_KVM_GET_REG_LIST: return CVMM_SIM_COUNT_REG_LIST;
	case CVMM_KVM_RUN: return CVMM_SIM_COUNT_RUN;
	case CVMM_KVM_SET_DEVICE_ATTR:
	case CVMM_KVM_GET_DEVICE_ATTR:
	case CVMM_KVM_HAS_DEVICE_ATTR: return CVMM_SIM_COUNT_DEVICE_ATTR;
	default: return CVMM_SIM_COUNT_OTHER;
	}
}

int cvmm_sim_ioctl(void *ctx, int fd, unsigned long req, uintptr_t arg)
{
	struct sim_call c;
	enum sim_fd_type type = cvmm_sim_fd_get(ctx, fd, &c);

	if (type == SIM_FD_FREE)
		return -EBADF;
	/* A vCPU counts its own calls, the two frequent ones elsewhere; so does CHECK_EXTENSION. */
	if (type == SIM_FD_VCPU) {
		if (req != CVMM_KVM_GET_ONE_REG && req != CVMM_KVM_SET_ONE_REG && req != CVMM_KVM_CHECK_EXTENSION)
			atomic_fetch_add_explicit(&c.v->calls[kind(req)], 1, memory_order_relaxed);
	} else if (req != CVMM_KVM_CHECK_EXTENSION) {
		sim_count(c.s, kind(req));
	}
	if (type == SIM_FD_SYSTEM)
		return system_ioctl(c.s, req, arg);
	if (atomic_load_explicit(&c.vm->dead, memory_order_relaxed))
		return -EIO;
	if (sim_is_riscv(c.s) && cvmm_sim_rv_lacks(req))
		return -EINVAL;
	if (type == SIM_FD_VM && sim_is_x86(c.s))
		return cvmm_sim_x86_vm(&c, req, arg);
	if (type == SIM_FD_VM)
		return cvmm_sim_vm_ioctl(&c, req, arg);
	if (type == SIM_FD_DEVICE)
		return cvmm_sim_device_ioctl(&c, req, arg);
	return (req >> 8 & 0xff) == KVMIO ? cvmm_sim_vcpu_ioctl(&c, req, arg) : -EINVAL;
}
