/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Every save and restore call once, from one VM into a fresh one in the middle of a computation. */
#include "guests.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* inc rax; out 0x10, al; jmp back: one exit per count */
static const uint8_t count_code[] = { 0x48, 0xff, 0xc0, 0xe6, 0x10, 0xeb, 0xf9 };

struct state {
	struct cvmm_x86_regs regs;
	struct cvmm_x86_sregs sregs;
	struct cvmm_x86_sregs2 sregs2;
	struct cvmm_x86_fpu fpu;
	struct cvmm_x86_lapic lapic;
	struct cvmm_x86_xcrs xcrs;
	struct cvmm_x86_debugregs debugregs;
	struct cvmm_x86_events events;
	struct cvmm_x86_clock clock;
	struct cvmm_x86_pit pit;
	struct cvmm_x86_pit1 pit1;
	struct cvmm_x86_irqchip chip[3];
	struct cpuid cpuid;
	struct cvmm_x86_msr msr[CVMM_X86_MSRS_MAX];
	uint32_t nmsrs, ncpuid, mp_state;
	size_t xsave_bytes, nested_bytes;
	_Alignas(64) uint8_t xsave[65536];
	_Alignas(8) uint8_t nested[16384];
};

static void save_vm(struct rig *r, struct state *s)
{
	uint32_t i;

	for (i = 0; i < 3; i++) {
		s->chip[i].chip_id = i;
		CHECK(cvmm_vm_get_irqchip(r->vm, &s->chip[i], NULL) == 0);
	}
	CHECK(cvmm_vm_get_pit2(r->vm, &s->pit, NULL) == 0);
	CHECK(cvmm_vm_get_pit(r->vm, &s->pit1, NULL) == 0);
	CHECK(cvmm_vm_get_clock(r->vm, &s->clock, NULL) == 0);
}

/* The host's list, less what this vCPU does not give: each call asks for one, so that a refusal names it. */
static void save_msrs(struct rig *r, struct state *s)
{
	static uint32_t list[1 + 1024];
	uint32_t n = 0, i;

	CHECK(cvmm_kvm_get_msr_index_list(r->kvm, list, 1024, &n, NULL) == 0 && n > 0);
	for (i = 0; i < n && s->nmsrs < CVMM_X86_MSRS_MAX; i++) {
		s->msr[s->nmsrs].index = list[1 + i];
		s->nmsrs += cvmm_vcpu_get_msrs(r->vcpu, &s->msr[s->nmsrs], 1, NULL) == 0;
	}
	CHECK(cvmm_vcpu_get_msrs(r->vcpu, s->msr, s->nmsrs, NULL) == 0);
	printf("%u of %u MSRs saved\n", s->nmsrs, n);
}

static void save_vcpu(struct rig *r, struct state *s)
{
	struct cvmm_x86_nested_state *nested = (void *)s->nested;
	int ret;

	CHECK(cvmm_vcpu_get_cpuid2(r->vcpu, &s->cpuid.head, CVMM_X86_CPUID_MAX, &s->ncpuid, NULL) == 0);
	CHECK(cvmm_vcpu_get_mp_state(r->vcpu, &s->mp_state, NULL) == 0);
	CHECK(cvmm_vcpu_get_regs(r->vcpu, &s->regs, NULL) == 0);
	CHECK(cvmm_vcpu_get_sregs(r->vcpu, &s->sregs, NULL) == 0);
	CHECK(cvmm_vcpu_get_sregs2(r->vcpu, &s->sregs2, NULL) == 0);
	CHECK(memcmp(&s->sregs, &s->sregs2, offsetof(struct cvmm_x86_sregs, interrupt_bitmap)) == 0);
	CHECK(cvmm_vcpu_get_fpu(r->vcpu, &s->fpu, NULL) == 0);
	CHECK(cvmm_vcpu_get_xsave(r->vcpu, r->vm, s->xsave, sizeof(s->xsave), &s->xsave_bytes, NULL) == 0);
	CHECK(cvmm_vcpu_get_xcrs(r->vcpu, &s->xcrs, NULL) == 0);
	CHECK(cvmm_vcpu_get_debugregs(r->vcpu, &s->debugregs, NULL) == 0);
	CHECK(cvmm_vcpu_get_lapic(r->vcpu, &s->lapic, NULL) == 0);
	CHECK(cvmm_vcpu_get_x86_events(r->vcpu, &s->events, NULL) == 0);
	save_msrs(r, s);
	ret = cvmm_vcpu_get_nested_state(r->vcpu, nested, sizeof(s->nested), &s->nested_bytes, NULL);
	CHECK(ret == 0 || ret == -EINVAL || ret == -ENOTTY);
	if (ret < 0)
		printf("skipped: nested state (this host offers none)\n");
	printf("XSAVE area %zu bytes, nested state %zu bytes\n", s->xsave_bytes, s->nested_bytes);
}

static void restore_vm(struct rig *r, struct state *s)
{
	struct cvmm_x86_clock clock = { .clock = s->clock.clock };
	uint32_t i;

	for (i = 0; i < 3; i++)
		CHECK(cvmm_vm_set_irqchip(r->vm, &s->chip[i], NULL) == 0);
	CHECK(cvmm_vm_set_pit(r->vm, &s->pit1, NULL) == 0);
	CHECK(cvmm_vm_set_pit2(r->vm, &s->pit, NULL) == 0);
	CHECK(cvmm_vm_set_clock(r->vm, &clock, NULL) == 0);
}

static void restore_vcpu(struct rig *r, struct state *s)
{
	struct cvmm_error e;
	uint32_t i, refused = 0;

	CHECK(cvmm_vcpu_set_cpuid2(r->vcpu, &s->cpuid.head, NULL) == 0);
	CHECK(cvmm_vcpu_set_sregs(r->vcpu, &s->sregs, NULL) == 0);
	CHECK(cvmm_vcpu_set_sregs2(r->vcpu, &s->sregs2, NULL) == 0);
	if (s->nested_bytes)
		CHECK(cvmm_vcpu_set_nested_state(r->vcpu, (void *)s->nested, s->nested_bytes, NULL) == 0);
	CHECK(cvmm_vcpu_set_regs(r->vcpu, &s->regs, NULL) == 0);
	CHECK(cvmm_vcpu_set_xcrs(r->vcpu, &s->xcrs, NULL) == 0);
	CHECK(cvmm_vcpu_set_fpu(r->vcpu, &s->fpu, NULL) == 0);
	CHECK(cvmm_vcpu_set_xsave(r->vcpu, r->vm, s->xsave, s->xsave_bytes, NULL) == 0);
	CHECK(cvmm_vcpu_set_debugregs(r->vcpu, &s->debugregs, NULL) == 0);
	CHECK(cvmm_vcpu_set_lapic(r->vcpu, &s->lapic, NULL) == 0);
	for (i = 0; i < s->nmsrs; i++) {
		if (cvmm_vcpu_set_msrs(r->vcpu, &s->msr[i], 1, &e) == 0)
			continue;
		refused++;
		CHECK(e.reason == CVMM_REASON_SHORT_COUNT && e.id == s->msr[i].index);
		printf("MSR %#x refused with its own value %#llx\n", s->msr[i].index,
			(unsigned long long)s->msr[i].data);
	}
	CHECK(refused < s->nmsrs);
	CHECK(cvmm_vcpu_set_x86_events(r->vcpu, &s->events, NULL) == 0);
	CHECK(cvmm_vcpu_set_mp_state(r->vcpu, s->mp_state, NULL) == 0);
}

static uint64_t count_to(struct rig *r, uint64_t n)
{
	struct cvmm_x86_regs regs = { 0 };
	struct cvmm_exit x;
	uint64_t i;

	for (i = 0; i < n; i++)
		if (!CHECK(cvmm_vcpu_run_exit(r->vcpu, r->run, r->run_bytes, &x, NULL) == 0 &&
			    x.reason == CVMM_EXIT_IO))
			break;
	CHECK(cvmm_vcpu_get_regs(r->vcpu, &regs, NULL) == 0);
	return regs.rax;
}

void save_and_restore(void)
{
	static struct state s, again;
	struct rig from, to;

	if (!CHECK(rig_make(&from, "irqchip+pit+mem+vcpu+cpuid") == 0))
		return;
	CHECK(rig_long_mode(&from, count_code, sizeof(count_code)) == 0);
	CHECK(count_to(&from, 10) == 10);
	/* Registers have a port access to finish: KVM does that on the next entry, which this one cuts short. */
	from.run->immediate_exit = 1;
	CHECK(cvmm_vcpu_run(from.vcpu, NULL) == -EINTR);
	save_vm(&from, &s);
	save_vcpu(&from, &s);

	if (CHECK(rig_make(&to, "irqchip+pit+mem+vcpu") == 0)) {
		memcpy(to.mem, from.mem, MEM_BYTES);
		restore_vm(&to, &s);
		restore_vcpu(&to, &s);
		save_vcpu(&to, &again);
		CHECK(memcmp(&s.regs, &again.regs, sizeof(s.regs)) == 0);
		CHECK(memcmp(&s.sregs, &again.sregs, sizeof(s.sregs)) == 0);
		CHECK(memcmp(&s.fpu, &again.fpu, sizeof(s.fpu)) == 0);
		CHECK(memcmp(&s.xcrs, &again.xcrs, sizeof(s.xcrs)) == 0);
		CHECK(memcmp(&s.debugregs, &again.debugregs, sizeof(s.debugregs)) == 0);
		CHECK(memcmp(s.xsave, again.xsave, s.xsave_bytes) == 0);
		CHECK(memcmp(&s.cpuid, &again.cpuid, sizeof(s.cpuid)) == 0);
		CHECK(s.nmsrs == again.nmsrs && s.mp_state == again.mp_state);
		CHECK(count_to(&to, 10) == 20);
		rig_free(&to);
	}
	rig_free(&from);
}
