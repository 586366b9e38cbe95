/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* x86_64: the vCPU. Blocks of state, MSRs, CPUID; frozen by the first run: CPUID. */
#include "x86.h"

#define CR0_PE	      UINT64_C(1)
#define CR0_PG	      UINT64_C(0x80000000)
#define CR0_CD	      UINT64_C(0x40000000)
#define CR0_NW	      UINT64_C(0x20000000)
#define CR4_BITS      UINT64_C(0x37ffff)
#define CR4_VMX	      UINT64_C(0x6000)
#define CR4_PAE	      UINT64_C(0x20)
#define EFER_BITS     UINT64_C(0x5d01)
#define EFER_LME      UINT64_C(0x100)
#define EFER_LMA      UINT64_C(0x400)
#define APIC_ON	      UINT64_C(0xc00)
#define CAP_SREGS2    200u
#define EFER	      0xc0000080u
#define APIC_BASE     0x1bu

#define BLOCK(member) (uint32_t) offsetof(struct x86_vcpu, member), (uint32_t)sizeof(((struct x86_vcpu *)0)->member)

static int canonical(uint64_t v)
{
	return (v >> 47) == 0 || (v >> 47) == 0x1ffff;
}

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

/* ---- checks of blocks ---- */

static int check_sregs(const struct cvmm_x86_sregs2 *n)
{
	uint64_t cr4_ok = CR4_BITS & ~CR4_VMX;
	int lma = (n->efer & EFER_LMA) != 0, lme = (n->efer & EFER_LME) != 0, paging = (n->cr0 & CR0_PG) != 0;

	if (n->cr0 >> 32 || (paging && !(n->cr0 & CR0_PE)) || (n->cr0 & CR0_NW && !(n->cr0 & CR0_CD)) ||
		n->cr4 & ~cr4_ok)
		return -EINVAL;
	if (n->efer & ~EFER_BITS || (lma && (!lme || !paging)) || (lme && paging && (!(n->cr4 & CR4_PAE) || !lma)))
		return -EINVAL;
	if (lma && paging && n->cr3 >> 52)
		return -EINVAL;
	if (n->apic_base & UINT64_C(0xff) || (n->apic_base & APIC_ON) == 0x400 || n->apic_base >> 52)
		return -EINVAL;
	return (n->apic_base & APIC_ON) == APIC_ON ? -EINVAL : 0;
}

static int check_debug(struct sim_call *c, const void *val)
{
	const struct cvmm_x86_debugregs *d = val;

	(void)c;
	return d->flags || d->dr6 >> 32 || d->dr7 >> 32 ? -EINVAL : 0;
}

static int check_xcrs(struct sim_call *c, const void *val)
{
	const struct cvmm_x86_xcrs *x = val;
	uint32_t i;

	(void)c;
	if (x->nr_xcrs > 16 || x->flags)
		return -EINVAL;
	for (i = 0; i < x->nr_xcrs; i++) {
		uint64_t v = x->xcrs[i].value;

		if (x->xcrs[i].xcr == 0 && (!(v & 1) || (v & 4 && !(v & 2)) || v & ~UINT64_C(0x207)))
			return -EINVAL;
	}
	return 0;
}

static int check_events(struct sim_call *c, const void *val)
{
	const struct cvmm_x86_events *e = val;

	if (e->flags & ~0x3fu || (e->flags & CVMM_X86_EVENT_PAYLOAD && !c->vm->x86.payload) ||
		e->flags & CVMM_X86_EVENT_TRIPLE_FAULT)
		return -EINVAL;
	if ((e->exception_injected || (e->flags & CVMM_X86_EVENT_PAYLOAD && e->exception_pending)) &&
		(e->exception_nr > 31 || e->exception_nr == 2))
		return -EINVAL;
	if (e->flags & CVMM_X86_EVENT_SMM && (e->smi_smm || e->smi_pending) && !cvmm_profile_cap(c->s->profile, 117))
		return -EINVAL;
	return 0;
}

static int check_lapic(struct sim_call *c, const void *val)
{
	(void)val;
	return x86_has_lapic(c->vm) ? 0 : -EINVAL;
}

static int check_xsave(struct sim_call *c, const void *val)
{
	const uint8_t *x = val;
	uint64_t bv = sim_load64(x + 512), comp = sim_load64(x + 520);
	uint32_t mxcsr;

	(void)c;
	memcpy(&mxcsr, x + 24, sizeof(mxcsr));
	if (bv & ~UINT64_C(0x207) || comp || (bv & 2 && mxcsr & ~0x2ffffu))
		return -EINVAL;
	return 0;
}

/* Requests that read and write one block as it is. */
static const struct {
	unsigned long get, set;
	uint32_t off, bytes;
	int (*check)(struct sim_call *c, const void *val);
} blocks[] = {
	{ CVMM_KVM_GET_REGS, CVMM_KVM_SET_REGS, BLOCK(regs), NULL },
	{ CVMM_KVM_GET_FPU, CVMM_KVM_SET_FPU, BLOCK(fpu), NULL },
	{ CVMM_KVM_GET_LAPIC, CVMM_KVM_SET_LAPIC, BLOCK(lapic), check_lapic },
	{ CVMM_KVM_GET_XSAVE, CVMM_KVM_SET_XSAVE, BLOCK(xsave), check_xsave },
	{ CVMM_KVM_GET_XSAVE2, 0, BLOCK(xsave), NULL },
	{ CVMM_KVM_GET_XCRS, CVMM_KVM_SET_XCRS, BLOCK(xcrs), check_xcrs },
	{ CVMM_KVM_GET_DEBUGREGS, CVMM_KVM_SET_DEBUGREGS, BLOCK(debug), check_debug },
	{ CVMM_KVM_X86_GET_VCPU_EVENTS, CVMM_KVM_X86_SET_VCPU_EVENTS, BLOCK(events), check_events },
};

static int block(struct sim_call *c, unsigned long req, uintptr_t arg)
{
	struct x86_vcpu *x = x86_of(c->s, c->v);
	uint8_t in[CVMM_X86_XSAVE_BYTES];
	uint32_t i;
	int ret;

	for (i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		uint8_t *at = (uint8_t *)x + blocks[i].off;

		if (req == blocks[i].get) {
			if (blocks[i].check == check_lapic && !x86_has_lapic(c->vm))
				return -EINVAL;
			return sim_put(arg, at, blocks[i].bytes);
		}
		if (!blocks[i].set || req != blocks[i].set)
			continue;
		ret = sim_fetch(in, arg, blocks[i].bytes);
		if (ret == 0 && blocks[i].check)
			ret = blocks[i].check(c, in);
		if (ret < 0)
			return ret;
		memcpy(at, in, blocks[i].bytes);
		x->regs.rflags |= 2;
		return 0;
	}
	return 1;
}

/* SREGS and SREGS2 are two views of one state. */
static int sregs(struct sim_call *c, unsigned long req, uintptr_t arg)
{
	struct x86_vcpu *x = x86_of(c->s, c->v);
	struct cvmm_x86_sregs2 n;
	struct cvmm_x86_sregs old;
	const size_t shared = offsetof(struct cvmm_x86_sregs2, flags);
	int two = req == CVMM_KVM_SET_SREGS2 || req == CVMM_KVM_GET_SREGS2, ret;

	if (two && !cvmm_profile_cap(c->s->profile, CAP_SREGS2))
		return -EINVAL;
	if (req == CVMM_KVM_GET_SREGS2)
		return sim_put(arg, &x->sregs, sizeof(x->sregs));
	if (req == CVMM_KVM_GET_SREGS) {
		memcpy(&old, &x->sregs, shared);
		memcpy(old.interrupt_bitmap, x->bitmap, sizeof(x->bitmap));
		return sim_put(arg, &old, sizeof(old));
	}
	n = x->sregs;
	ret = two ? sim_fetch(&n, arg, sizeof(n)) : sim_fetch(&old, arg, sizeof(old));
	if (ret < 0)
		return ret;
	if (!two)
		memcpy(&n, &old, shared);
	if (two && (n.flags & ~CVMM_X86_SREGS2_PDPTRS_VALID ||
			   (n.flags && !((n.cr0 & CR0_PG) && n.cr4 & CR4_PAE && !(n.efer & EFER_LMA)))))
		return -EINVAL;
	ret = check_sregs(&n);
	if (ret < 0)
		return ret;
	n.cr8 = n.cr8 > 15 ? x->sregs.cr8 : n.cr8;
	x->sregs = n;
	if (!two) {
		uint32_t i;

		memset(x->bitmap, 0, sizeof(x->bitmap));
		for (i = 0; i < 4; i++)
			if (old.interrupt_bitmap[i]) {
				x->bitmap[i] = old.interrupt_bitmap[i] & (~old.interrupt_bitmap[i] + 1);
				break;
			}
	}
	return 0;
}

/* ---- MSRs ---- */

/* Listed by KVM_GET_MSR_INDEX_LIST and refused all the same, as a "bits" line without bits says. */
static int msr_refused(const struct sim_call *c, uint32_t index)
{
	const struct cvmm_pair *p = cvmm_pair_find(c->s->profile->bits, c->s->profile->nbits, X86_MSR(index));

	return p && !p->value;
}

static int msr_get(struct sim_call *c, uint32_t index, uint64_t *v)
{
	uint32_t item = cvmm_sim_find(c->s, X86_MSR(index));
	struct x86_vcpu *x = x86_of(c->s, c->v);

	if (index == EFER || index == APIC_BASE) {
		*v = index == EFER ? x->sregs.efer : x->sregs.apic_base;
		return 0;
	}
	if (item == SIM_NONE && index >> 8 == 2) {
		*v = x->mtrr[index & 0xff];
		return 0;
	}
	if (cvmm_sim_x86_bank(x, index) || index == X86_MCG_CAP) {
		*v = index == X86_MCG_CAP ? x->mcg_cap : *cvmm_sim_x86_bank(x, index);
		return 0;
	}
	if (msr_refused(c, index))
		return -EINVAL;
	if (item == SIM_NONE)
		return index == 0xfe ? (*v = 0x508, 0) : -EINVAL;
	*v = index == 0x10 ? cvmm_sim_counter(c->s) + x->tsc_offset
			   : sim_load64(sim_vals(c->s, c->v) + sim_items(c->s)[item].slot);
	return 0;
}

static int msr_set(struct sim_call *c, uint32_t index, uint64_t v)
{
	uint32_t item = cvmm_sim_find(c->s, X86_MSR(index));
	struct x86_vcpu *x = x86_of(c->s, c->v);

	switch (index) {
	case EFER:
		if (v & ~EFER_BITS)
			return -EINVAL;
		x->sregs.efer = v;
		return 0;
	case APIC_BASE:
		if (v & 0xff)
			return -EINVAL;
		x->sregs.apic_base = v;
		return 0;
	case 0x10: x->tsc_offset = v - cvmm_sim_counter(c->s); return 0;
	case 0xc0000082:
	case 0xc0000083:
	case 0xc0000102:
		if (!canonical(v))
			return -EINVAL;
		break;
	case 0x2ff:
		if (v & ~UINT64_C(0xcff) || (v & 0xff) > 6)
			return -EINVAL;
		break;
	case 0x4b564d06: return -EINVAL; /* written by the guest alone */
	default: break;
	}
	if (item == SIM_NONE && index >> 8 == 2) {
		x->mtrr[index & 0xff] = v;
		return 0;
	}
	if (cvmm_sim_x86_bank(x, index)) {
		*cvmm_sim_x86_bank(x, index) = v;
		return 0;
	}
	if (item == SIM_NONE || msr_refused(c, index))
		return -EINVAL;
	sim_store64(sim_vals(c->s, c->v) + sim_items(c->s)[item].slot, v);
	return 0;
}

/* The number of entries done; the first one that fails ends the loop. */
static int msrs(struct sim_call *c, uintptr_t arg, int set)
{
	uint32_t head[2], i;
	int ret = sim_fetch(head, arg, sizeof(head));

	if (ret < 0 || head[0] >= 256)
		return ret < 0 ? ret : -E2BIG;
	for (i = 0; i < head[0]; i++) {
		struct cvmm_x86_msr m;

		ret = sim_fetch(&m, arg + 8 + i * sizeof(m), sizeof(m));
		if (ret == 0)
			ret = set ? msr_set(c, m.index, m.data) : msr_get(c, m.index, &m.data);
		if (ret == 0 && !set)
			ret = sim_put(arg + 8 + i * sizeof(m), &m, sizeof(m));
		if (ret < 0)
			break;
	}
	return (int)i;
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

/* ---- ONE_REG: MSRs, and nothing in the list ---- */

static int one_reg(struct sim_call *c, uintptr_t arg, int set)
{
	struct cvmm_kvm_one_reg r;
	uint64_t v = 0;
	int ret = sim_fetch(&r, arg, sizeof(r));

	if (ret == 0 && (!X86_IS_MSR(r.id) || !cvmm_profile_cap(c->s->profile, 70)))
		ret = -EINVAL;
	if (ret == 0 && set)
		ret = sim_fetch(&v, r.addr, sizeof(v));
	if (ret == 0)
		ret = set ? msr_set(c, (uint32_t)r.id, v) : msr_get(c, (uint32_t)r.id, &v);
	return ret < 0 || set ? ret : sim_put(r.addr, &v, sizeof(v));
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

	return msr_get(c, 0x4b564d01, &clock) == 0 && clock & 1 ? 0 : -EINVAL;
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
	int ret = block(c, req, arg);

	if (ret <= 0)
		return ret;
	switch (req) {
	case CVMM_KVM_RUN: return cvmm_sim_vcpu_run(c, arg);
	case CVMM_KVM_GET_ONE_REG: return one_reg(c, arg, 0);
	case CVMM_KVM_SET_ONE_REG: return one_reg(c, arg, 1);
	case CVMM_KVM_GET_REG_LIST:
		return cvmm_profile_cap(c->s->profile, 70) ? sim_put(arg, &none, sizeof(none)) : -EINVAL;
	case CVMM_KVM_GET_SREGS:
	case CVMM_KVM_SET_SREGS:
	case CVMM_KVM_GET_SREGS2:
	case CVMM_KVM_SET_SREGS2: return sregs(c, req, arg);
	case CVMM_KVM_GET_MSRS: return msrs(c, arg, 0);
	case CVMM_KVM_SET_MSRS: return msrs(c, arg, 1);
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
