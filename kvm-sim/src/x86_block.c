/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* x86_64: blocks of a vCPU's state that are stored as they are once they pass, and SREGS. */
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
#define BLOCK(member) (uint32_t) offsetof(struct x86_vcpu, member), (uint32_t)sizeof(((struct x86_vcpu *)0)->member)

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
	uint64_t bv = sim_load64(x + 512), rest = 0;
	uint32_t mxcsr, i;

	(void)c;
	/* XCOMP_BV, and what is reserved in the header. */
	for (i = 520; i < 576; i += 8)
		rest |= sim_load64(x + i);
	memcpy(&mxcsr, x + 24, sizeof(mxcsr));
	if (bv & ~UINT64_C(0x207) || rest || (bv & 7 && mxcsr & ~0x2ffffu))
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

int cvmm_sim_x86_block(struct sim_call *c, unsigned long req, uintptr_t arg)
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
int cvmm_sim_x86_sregs(struct sim_call *c, unsigned long req, uintptr_t arg)
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
