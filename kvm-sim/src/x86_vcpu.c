/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* x86_64: the vCPU: creation, CPUID (frozen by the first run), the calls on its fd. */
#include "x86.h"

#define CR0_PG UINT64_C(0x80000000)

void cvmm_sim_x86_create(struct sim_call *c, struct sim_vcpu *v)
{
	const struct sim_image *im = sim_at(c->s, c->s->images);
	struct x86_vcpu *x;
	uint32_t i;

	memcpy(sim_present(v), sim_at(c->s, im->present), c->s->nwords * 8);
	memcpy(sim_vals(c->s, v), sim_at(c->s, im->vals), c->s->x86_off);
	x = x86_of(c->s, v);
	memset(x, 0, sizeof(*x));
	v->inited = v->finalized = 1;
	v->mp_state = v->id && c->vm->x86.irqchip ? 1 : 0;
	x->regs.rip = 0xfff0;
	x->regs.rflags = 2;
	x->regs.rdx = 0x600;
	x->sregs.cr0 = 0x60000010;
	x->sregs.apic_base = UINT64_C(0xfee00000) | 0x800 | (v->id ? 0 : 0x100);
	x->sregs.cs = (struct cvmm_x86_segment){
		.base = 0xffff0000, .limit = 0xffff, .selector = 0xf000, .type = 11, .present = 1, .s = 1
	};
	for (i = 1; i < 6; i++)
		(&x->sregs.cs)[i] = (struct cvmm_x86_segment){ .limit = 0xffff, .type = 3, .present = 1, .s = 1 };
	x->sregs.tr = (struct cvmm_x86_segment){ .limit = 0xffff, .type = 11, .present = 1 };
	x->sregs.ldt = (struct cvmm_x86_segment){ .limit = 0xffff, .type = 2, .present = 1 };
	x->sregs.gdt.limit = x->sregs.idt.limit = 0xffff;
	x->fpu.fcw = 0x37f;
	x->fpu.mxcsr = 0x1f80;
	x->xcrs.nr_xcrs = 1;
	x->xcrs.xcrs[0].value = 1;
	x->debug.dr6 = 0xffff0ff0;
	x->debug.dr7 = 0x400;
	memcpy(x->lapic.regs + 0x20, &(uint32_t){ v->id << 24 }, 4);
	memcpy(x->lapic.regs + 0x30, &(uint32_t){ 0x50014 }, 4);
	memcpy(x->xsave + 24, &x->fpu.mxcsr, 4);
	memcpy(x->xsave, &x->fpu.fcw, 2);
	x->tsc_khz = 2000000;
	cvmm_sim_x86_reset_state(c, x);
}

/* ---- CPUID ---- */

static int set_cpuid(struct sim_call *c, uintptr_t arg, int old)
{
	struct cvmm_x86_cpuid_entry list[CVMM_X86_CPUID_MAX];
	struct x86_vcpu *x = x86_of(c->s, c->v);
	uint32_t head[2], i;
	int ret = sim_fetch(head, arg, sizeof(head));

	if (ret == 0 && head[0] > CVMM_X86_CPUID_MAX)
		ret = -E2BIG;
	memset(list, 0, sizeof(list));
	for (i = 0; ret == 0 && old && i < head[0]; i++) {
		struct cvmm_x86_cpuid1_entry e;

		ret = sim_fetch(&e, arg + 8 + i * sizeof(e), sizeof(e));
		list[i] = (struct cvmm_x86_cpuid_entry){
			.function = e.function, .eax = e.eax, .ebx = e.ebx, .ecx = e.ecx, .edx = e.edx
		};
	}
	if (ret == 0 && !old)
		ret = sim_fetch(list, arg + 8, head[0] * sizeof(list[0]));
	if (ret < 0)
		return ret;
	if (c->v->ran && sim_trait(c->s, CVMM_TRAIT_ID_FROZEN) &&
		(head[0] != x->nent || memcmp(list, x->cpuid, sizeof(list))))
		return -EINVAL;
	x->nent = head[0];
	memcpy(x->cpuid, list, sizeof(list));
	return 0;
}

static int mp_state(struct sim_call *c, uintptr_t arg)
{
	uint32_t state;
	int ret = sim_fetch(&state, arg, sizeof(state));

	if (ret < 0)
		return ret;
	if (state > 4 && state != 9)
		return -EINVAL;
	if (!x86_has_lapic(c->vm) && state)
		return -EINVAL;
	/* SIPI received: ready to run at once. */
	c->v->mp_state = state == 4 ? 0 : state;
	return 0;
}

static int set_mce(uintptr_t arg)
{
	struct cvmm_x86_mce m;
	int ret = sim_fetch(&m, arg, sizeof(m));

	if (ret < 0)
		return ret;
	return m.bank < 32 && m.status >> 63 ? 0 : -EINVAL;
}

/* Only a guest that switched its clock on can be told that it was paused. */
static int kvmclock_ctrl(struct sim_call *c)
{
	uint64_t clock = 0;

	return cvmm_sim_x86_msr_get(c, 0x4b564d01, &clock) == 0 && clock & 1 ? 0 : -EINVAL;
}

static int enable_cap(struct sim_call *c, uintptr_t arg)
{
	struct cvmm_kvm_enable_cap a;
	int ret = sim_fetch(&a, arg, sizeof(a));

	if (ret < 0)
		return ret;
	return a.cap == CVMM_CAP_ENFORCE_PV_FEATURE_CPUID && cvmm_profile_cap(c->s->profile, a.cap) ? 0 : -EINVAL;
}

static int interrupt(struct sim_call *c, uintptr_t arg)
{
	uint32_t vector;
	int ret = sim_fetch(&vector, arg, sizeof(vector));

	if (ret < 0)
		return ret;
	if (vector > 255)
		return -EINVAL;
	return c->vm->x86.irqchip == 1 ? -ENXIO : 0;
}

static int vapic(struct sim_call *c, uintptr_t arg)
{
	uint64_t gpa;
	int ret = sim_fetch(&gpa, arg, sizeof(gpa));

	if (ret < 0 || !x86_has_lapic(c->vm))
		return ret < 0 ? ret : -EINVAL;
	sim_acquire(&c->vm->lock);
	ret = !gpa || cvmm_sim_in_slot(c->s, c->vm, gpa, 4) ? 0 : -EINVAL;
	sim_release(&c->vm->lock);
	return ret;
}

/* Without paging an address is what it is. */
static int translate(struct sim_call *c, uintptr_t arg)
{
	struct {
		uint64_t linear, physical;
		uint8_t valid, writeable, usermode, pad[5];
	} t;
	int ret = sim_fetch(&t, arg, sizeof(t));

	if (ret < 0)
		return ret;
	t.valid = !(x86_of(c->s, c->v)->sregs.cr0 & CR0_PG);
	t.physical = t.valid ? t.linear : UINT64_MAX;
	t.writeable = 1;
	t.usermode = 0;
	return sim_put(arg, &t, sizeof(t));
}

static int tsc_attr(struct sim_call *c, unsigned long req, uintptr_t arg)
{
	struct cvmm_kvm_device_attr a;
	const uint64_t zero = 0;
	int ret = sim_fetch(&a, arg, sizeof(a));

	(void)c;
	if (ret < 0)
		return ret;
	if (a.group || a.attr)
		return -ENXIO;
	return req == CVMM_KVM_GET_DEVICE_ATTR ? sim_put(a.addr, &zero, sizeof(zero)) : 0;
}

int cvmm_sim_x86_vcpu(struct sim_call *c, unsigned long req, uintptr_t arg)
{
	struct x86_vcpu *x = x86_of(c->s, c->v);
	const uint64_t none = 0;
	int ret = cvmm_sim_x86_block(c, req, arg);

	if (ret <= 0)
		return ret;
	switch (req) {
	case CVMM_KVM_RUN: return cvmm_sim_vcpu_run(c, arg);
	case CVMM_KVM_GET_ONE_REG: return cvmm_sim_x86_one_reg(c, arg, 0);
	case CVMM_KVM_SET_ONE_REG: return cvmm_sim_x86_one_reg(c, arg, 1);
	case CVMM_KVM_GET_REG_LIST:
		return cvmm_profile_cap(c->s->profile, 70) ? sim_put(arg, &none, sizeof(none)) : -EINVAL;
	case CVMM_KVM_GET_SREGS:
	case CVMM_KVM_SET_SREGS:
	case CVMM_KVM_GET_SREGS2:
	case CVMM_KVM_SET_SREGS2: return cvmm_sim_x86_sregs(c, req, arg);
	case CVMM_KVM_GET_MSRS: return cvmm_sim_x86_msrs(c, arg, 0);
	case CVMM_KVM_SET_MSRS: return cvmm_sim_x86_msrs(c, arg, 1);
	case CVMM_KVM_SET_CPUID: return set_cpuid(c, arg, 1);
	case CVMM_KVM_SET_CPUID2: return set_cpuid(c, arg, 0);
	case CVMM_KVM_GET_CPUID2: return cvmm_x86_put_list(arg, 8, sizeof(x->cpuid[0]), x->cpuid, x->nent);
	case CVMM_KVM_GET_MP_STATE: return sim_put(arg, &c->v->mp_state, sizeof(uint32_t));
	case CVMM_KVM_SET_MP_STATE: return mp_state(c, arg);
	case CVMM_KVM_NMI: return 0;
	case CVMM_KVM_SMI: return cvmm_profile_cap(c->s->profile, 117) ? 0 : -ENOTTY;
	case CVMM_KVM_X86_SETUP_MCE: return cvmm_sim_x86_setup_mce(x, arg);
	case CVMM_KVM_X86_SET_MCE: return set_mce(arg);
	case CVMM_KVM_KVMCLOCK_CTRL: return kvmclock_ctrl(c);
	case CVMM_KVM_ENABLE_CAP: return enable_cap(c, arg);
	case CVMM_KVM_GET_TSC_KHZ: return (int)x->tsc_khz;
	case CVMM_KVM_SET_TSC_KHZ:
		if (arg && arg < 1000)
			return -EINVAL;
		x->tsc_khz = arg ? arg : x->tsc_khz;
		return 0;
	case 0x4004ae86: return interrupt(c, arg);
	case CVMM_KVM_X86_GUEST_DEBUG:
	case CVMM_KVM_TPR_ACCESS_REPORTING:
	case 0x4004ae8b: return arg < SIM_FAULT_END && req != 0x4004ae8b ? -EFAULT : 0;
	case CVMM_KVM_GET_DEVICE_ATTR:
	case CVMM_KVM_SET_DEVICE_ATTR:
	case CVMM_KVM_HAS_DEVICE_ATTR: return tsc_attr(c, req, arg);
	case CVMM_KVM_SET_VAPIC_ADDR: return vapic(c, arg);
	case 0xc018ae85: return translate(c, arg);
	case 0xc040aed5: return cvmm_profile_cap(c->s->profile, 236) ? 0 : -EOPNOTSUPP;
	case CVMM_KVM_GET_NESTED_STATE: return cvmm_sim_x86_nested(c, arg, 0);
	case CVMM_KVM_SET_NESTED_STATE: return cvmm_sim_x86_nested(c, arg, 1);
	default: return -EINVAL;
	}
}
