/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What x86_64 adds: interrupt controllers and timer in KVM, what CPUID tells the guest, 64-bit mode from the first instruction. */
#include "tiny-vmm.h"

#include <errno.h>
#include <unistd.h>

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/x86-kvm.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>

#include "guest/x86_64_facts.h"

#define TSS_ADDR     0xfffbd000u
#define IDENTITY_MAP 0xfffbc000u
#define CR0	     0x80000033u /* PG NE ET MP PE */
#define CR4	     0x620u	 /* PAE OSFXSR OSXMMEXCPT */
#define EFER	     0x500u	 /* LME LMA */

struct cpuid {
	struct cvmm_x86_cpuid head;
	struct cvmm_x86_cpuid_entry entry[CVMM_X86_CPUID_MAX];
};

/* A new guest's; a restore stages what the snapshot says, in the same place. */
int tiny_irqchip(struct tiny *t, struct cvmm_error *e)
{
	static uint64_t scratch[CVMM_MACHINE_X86_BYTES / 8] __attribute__((aligned(16)));
	static const struct {
		uint32_t number;
		uint64_t value;
	} act[] = { { CVMM_X86_IRQCHIP, 1 }, { CVMM_X86_TSS_ADDR, TSS_ADDR },
		{ CVMM_X86_IDENTITY_MAP_ADDR, IDENTITY_MAP }, { CVMM_X86_PIT, 1 } };
	uint32_t i;
	int ret = cvmm_machine_x86(&t->machine, t->kvm, scratch, sizeof(scratch), e);

	t->step = "staging the interrupt controllers";
	for (i = 0; ret == 0 && i < sizeof(act) / sizeof(act[0]) && !t->restored; i++)
		ret = cvmm_vm_regs_stage(&t->regs, cvmm_vm_reg_from_id(CVMM_X86_BLOCK(act[i].number)), act[i].value, e);
	return ret;
}

/* A leaf as the baseline has it; 0 for one that it has not. */
static int pin_leaf(struct cvmm_x86_cpuid_entry *c, const struct cvmm_baseline *base)
{
	uint64_t id = CVMM_X86_CPUID(c->function, c->flags & CVMM_X86_CPUID_INDEX_MATTERS ? c->index : 0);
	uint32_t i;

	for (i = 0; i < base->nwide; i++) {
		const uint8_t *v = base->wide[i].value;

		if (base->wide[i].id != id)
			continue;
		c->eax = (uint32_t)cvmm_load_le(v, 4);
		c->ebx = (uint32_t)cvmm_load_le(v + 4, 4);
		c->ecx = (uint32_t)cvmm_load_le(v + 8, 4);
		c->edx = (uint32_t)cvmm_load_le(v + 12, 4);
		return 1;
	}
	return 0;
}

/* Where a leaf names the processor that is asked, that is the vCPU and not the host's. */
static void number_leaf(struct cvmm_x86_cpuid_entry *c, uint32_t id)
{
	switch (c->function) {
	case 0x1: c->ebx = (c->ebx & 0x00ffffff) | id << 24; break;
	case 0xb:
	case 0x1f: c->edx = id; break;
	case 0x8000001e: c->eax = id; break;
	default: break;
	}
}

int tiny_cpuid(struct tiny *t, const struct cvmm_baseline *base, struct cvmm_error *e)
{
	static struct cpuid host, guest;
	uint32_t i, k, n = 0;
	int ret = cvmm_kvm_get_supported_cpuid(t->kvm, &host.head, CVMM_X86_CPUID_MAX, &n, e);

	t->step = "telling the vCPUs what they are";
	for (i = 0; ret == 0 && i < t->nvcpus; i++) {
		guest.head.nent = 0;
		for (k = 0; k < n; k++) {
			struct cvmm_x86_cpuid_entry c = host.entry[k];

			if (base && !pin_leaf(&c, base))
				continue;
			number_leaf(&c, t->vcpu[i].id);
			guest.entry[guest.head.nent++] = c;
		}
		ret = cvmm_vcpu_set_cpuid2(t->vcpu[i], &guest.head, e);
	}
	return ret;
}

int tiny_devices_init(struct tiny *t, struct cvmm_error *e)
{
	(void)t;
	(void)e;
	return 0;
}

/* kvm_pvm runs a guest's kernel by its instruction emulator alone, which has no XSAVE, and no ioctl tells. */
static int emulates(void)
{
	return access("/sys/module/kvm_pvm", F_OK) == 0;
}

static int enter(struct cvmm_vcpu vcpu, uint64_t index, struct cvmm_error *e)
{
	const struct cvmm_x86_segment code = {
		.limit = ~0u, .selector = GUEST_X86_CODE, .type = 11, .present = 1, .s = 1, .l = 1, .g = 1
	};
	const struct cvmm_x86_segment data = {
		.limit = ~0u, .selector = GUEST_X86_DATA, .type = 3, .present = 1, .s = 1, .db = 1, .g = 1
	};
	const struct cvmm_x86_regs regs = { .rdi = index, .rsi = !emulates(), .rip = GUEST_RAM, .rflags = 2 };
	struct cvmm_x86_sregs s;
	int ret = cvmm_vcpu_get_sregs(vcpu, &s, e);

	if (ret < 0)
		return ret;
	s.cs = code;
	s.ds = s.es = s.fs = s.gs = s.ss = data;
	s.cr0 = CR0;
	s.cr3 = GUEST_X86_CR3;
	s.cr4 = CR4;
	s.efer = EFER;
	ret = cvmm_vcpu_set_sregs(vcpu, &s, e);
	if (ret == 0)
		ret = cvmm_vcpu_set_regs(vcpu, &regs, e);
	return ret < 0 ? ret : cvmm_vcpu_set_mp_state(vcpu, CVMM_MP_STATE_RUNNABLE, e);
}

int tiny_entry(struct tiny *t, struct cvmm_error *e)
{
	uint32_t i;
	int ret = 0;

	t->step = "setting where the vCPUs begin";
	for (i = 0; ret == 0 && i < t->nvcpus; i++)
		ret = enter(t->vcpu[i], i, e);
	return ret;
}

uint64_t tiny_default_features(struct tiny *t)
{
	(void)t;
	return 0;
}

int tiny_naive(struct tiny *t, const struct cvmm_view *v, struct cvmm_error *e)
{
	(void)v;
	t->step = "--naive, which only arm64 has";
	return cvmm_fail(e, -EOPNOTSUPP, CVMM_REASON_WRONG_ARCH);
}
