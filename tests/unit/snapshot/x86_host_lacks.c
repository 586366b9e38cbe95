/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* x86_64: what a machine uses and the host does not offer. Each value with the capability, and without it. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cvmm/kvm-ioctls/cap.h>
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>
#include <cvmm/kvm-ioctls/x86-vm.h>

#include "x86.h"

#define HOST	  "6.12.117-svm"
#define MSR(n)	  CVMM_X86_REG_MSR(n)
#define EVENT(m)  CVMM_X86_VCPU_EVENTS, (uint32_t)offsetof(struct cvmm_x86_events, m)
#define NESTED(m) CVMM_X86_VCPU_NESTED, (uint32_t)offsetof(struct cvmm_x86_nested_state, m)
#define ACT(name) CVMM_X86_BLOCK(CVMM_X86_##name), 0
#define OK	  0

struct lack {
	uint64_t id;
	uint32_t at;
	uint32_t bytes;
	uint64_t value;
	uint32_t cap;	 /* of the host, */
	uint64_t answer; /* which answers this */
	uint32_t reason; /* OK: accepted */
};

static struct x86_world w;
static struct x86_guest g;
static struct x86_saved s;
static struct x86_planned p;
static struct cvmm_error e;
static struct cvmm_pair caps[CVMM_SNAPSHOT_CAPS_MAX];
static struct cvmm_pair masks[4096];

static void start(uint32_t vcpus)
{
	memset(&g, 0, sizeof(g));
	x86_world_open(&w, HOST);
	cr_assert_eq(x86_guest_start(&g, &w, NULL, vcpus, &e), 0);
	cr_assert_eq(x86_guest_save(&g, &w, &s, &e), 0);
	memcpy(caps, w.profile.cap, w.profile.ncaps * sizeof(*caps));
	memcpy(masks, w.profile.mask, w.profile.nmasks * sizeof(*masks));
	w.profile.cap = caps;
	w.profile.mask = masks;
}

static void end(void)
{
	free(s.store);
	x86_guest_close(&g);
	x86_world_close(&w);
}

/* What a host does not tell of it does not have. */
static struct cvmm_pair *cap_of(uint32_t id)
{
	uint32_t i;

	for (i = 0; i < w.profile.ncaps && caps[i].id < id; i++)
		;
	if (i == w.profile.ncaps || caps[i].id != id) {
		memmove(&caps[i + 1], &caps[i], (w.profile.ncaps - i) * sizeof(*caps));
		caps[i] = (struct cvmm_pair){ id, 0 };
		w.profile.ncaps++;
	}
	return &caps[i];
}

/* The register in front of where @id would be becomes @id. */
static uint8_t *rename_to(const struct cvmm_regset *set, uint64_t id)
{
	struct cvmm_item *item = (struct cvmm_item *)(uintptr_t)set->item;
	uint32_t i;

	for (i = 0; i + 1 < set->n && item[i + 1].id < id; i++)
		;
	item[i].id = id;
	cr_assert_eq(item[i].size, 8);
	return x86_value(&s.v, id, 0, NULL);
}

static void each(const struct lack *l, uint32_t n)
{
	uint32_t i;

	start(1);
	for (i = 0; i < n; i++) {
		uint8_t *v = x86_value(&s.v, l[i].id, 0, NULL), was[8];
		struct cvmm_pair *cap = l[i].cap ? cap_of(l[i].cap) : NULL, old = { 0 };
		const struct cvmm_step *step;

		cr_assert(v, "%u: the view has none", i);
		memcpy(was, v + l[i].at, l[i].bytes);
		cvmm_store_le(v + l[i].at, l[i].bytes, l[i].value);
		if (cap) {
			old = *cap;
			cap->value = l[i].answer;
		}
		x86_plan_on(&p, &s.v, &w);
		step = x86_step_of(&p, l[i].id);
		cr_expect_eq(step->verdict == CVMM_VERDICT_REFUSED, l[i].reason != OK, "%u: verdict %u, %s", i,
			step->verdict, cvmm_reason_name(step->reason));
		cr_expect(
			l[i].reason == OK || step->reason == l[i].reason, "%u: %s", i, cvmm_reason_name(step->reason));
		memcpy(v + l[i].at, was, l[i].bytes);
		if (cap)
			*cap = old;
	}
	end();
}

#define EACH(list) each(list, sizeof(list) / sizeof((list)[0]))

Test(x86_host_lacks, events)
{
	static const struct lack l[] = {
		{ EVENT(smi_smm), 4, 1, CVMM_CAP_X86_SMM, 1, OK },
		{ EVENT(smi_smm), 4, 1, CVMM_CAP_X86_SMM, 0, CVMM_REASON_CAP_NOT_OFFERED },
		{ EVENT(flags), 4, CVMM_X86_EVENT_PAYLOAD, CVMM_CAP_EXCEPTION_PAYLOAD, 1, OK },
		{ EVENT(flags), 4, CVMM_X86_EVENT_PAYLOAD, CVMM_CAP_EXCEPTION_PAYLOAD, 0, CVMM_REASON_CAP_NOT_OFFERED },
		{ EVENT(flags), 4, CVMM_X86_EVENT_TRIPLE_FAULT, CVMM_CAP_X86_TRIPLE_FAULT_EVENT, 1, OK },
		{ EVENT(flags), 4, CVMM_X86_EVENT_TRIPLE_FAULT, CVMM_CAP_X86_TRIPLE_FAULT_EVENT, 0,
			CVMM_REASON_CAP_NOT_OFFERED },
		{ EVENT(flags), 4, 0x40, 0, 0, CVMM_REASON_HOST_REFUSES },
		{ EVENT(flags), 4, 0, CVMM_CAP_VCPU_EVENTS, 0, CVMM_REASON_CAP_NOT_OFFERED },
		{ CVMM_X86_VCPU_MP_STATE, 0, 4, 9, 0, 0, OK },
		{ CVMM_X86_VCPU_MP_STATE, 0, 4, 5, 0, 0, CVMM_REASON_HOST_REFUSES },
		{ CVMM_X86_VCPU_MP_STATE, 0, 4, 0, CVMM_CAP_MP_STATE, 0, CVMM_REASON_CAP_NOT_OFFERED },
	};

	EACH(l);
}

Test(x86_host_lacks, registers)
{
	static const struct lack l[] = {
		{ CVMM_X86_VCPU_SREGS2, (uint32_t)offsetof(struct cvmm_x86_sregs2, flags), 8, 1, CVMM_CAP_SREGS2, 1,
			OK },
		{ CVMM_X86_VCPU_SREGS2, (uint32_t)offsetof(struct cvmm_x86_sregs2, flags), 8, 1, CVMM_CAP_SREGS2, 0,
			CVMM_REASON_CAP_NOT_OFFERED },
		{ CVMM_X86_VCPU_SREGS2, (uint32_t)offsetof(struct cvmm_x86_sregs2, flags), 8, 0, CVMM_CAP_SREGS2, 0,
			OK },
		{ CVMM_X86_VCPU_XCRS, 0, 4, 1, CVMM_CAP_XCRS, 0, CVMM_REASON_CAP_NOT_OFFERED },
		{ CVMM_X86_VCPU_XCRS, 0, 4, 17, CVMM_CAP_XCRS, 0, CVMM_REASON_HOST_REFUSES },
		/* Another XCR than the first is not XCR0's business. */
		{ CVMM_X86_VCPU_XCRS, (uint32_t)offsetof(struct cvmm_x86_xcrs, xcrs), 4, 1, 0, 0, OK },
		{ CVMM_X86_VCPU_XSAVE, 0, 1, 0, CVMM_CAP_XSAVE2, 8192, CVMM_REASON_HOST_REFUSES },
		{ CVMM_X86_VCPU_XSAVE, 0, 1, 0, CVMM_CAP_XSAVE2, 0, OK },
		{ CVMM_X86_VCPU_MCG_CAP, 0, 8, 33, 0, 0, CVMM_REASON_CAP_NOT_OFFERED },
	};

	EACH(l);
}

/* A processor that cannot scale takes what is near its own frequency. */
Test(x86_host_lacks, tsc_frequency)
{
	static struct cvmm_pair trait = { CVMM_TRAIT_TSC_KHZ, 2000000 };
	static const struct {
		uint64_t khz;
		uint64_t scaling;
		uint32_t reason;
	} c[] = {
		{ 2000000, 0, OK },
		{ 2000400, 0, OK },
		{ 1999600, 0, OK },
		{ 2000600, 0, CVMM_REASON_HOST_REFUSES },
		{ 1999400, 0, CVMM_REASON_HOST_REFUSES },
		{ 3000000, 1, OK },
	};
	const struct cvmm_step *step;
	uint32_t i;

	start(1);
	w.profile.trait = &trait;
	w.profile.ntraits = 1;
	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		cvmm_store_le(x86_value(&s.v, CVMM_X86_VCPU_TSC_KHZ, 0, NULL), 4, c[i].khz);
		cap_of(CVMM_CAP_TSC_CONTROL)->value = c[i].scaling;
		x86_plan_on(&p, &s.v, &w);
		step = x86_step_of(&p, CVMM_X86_VCPU_TSC_KHZ);
		cr_expect_eq(step->verdict == CVMM_VERDICT_REFUSED, c[i].reason != OK, "%u: %s", i,
			cvmm_reason_name(step->reason));
		cr_expect(c[i].reason == OK || step->reason == c[i].reason, "%u", i);
	}
	end();
}

/* A guest that never was a hypervisor leaves nothing behind on a host without nesting. */
Test(x86_host_lacks, nested_state)
{
	static const struct {
		uint64_t flags, format, first;
		uint32_t verdict;
	} c[] = {
		{ CVMM_X86_NESTED_GIF_SET, 1, 0, CVMM_VERDICT_DROPPED },
		{ 1, 1, 0, CVMM_VERDICT_REFUSED },
		{ 0, 0, UINT64_MAX, CVMM_VERDICT_DROPPED },
		{ 0, 0, 0x1000, CVMM_VERDICT_REFUSED },
		{ 1, 0, UINT64_MAX, CVMM_VERDICT_REFUSED },
	};
	uint32_t i;

	start(1);
	cap_of(CVMM_CAP_NESTED_STATE)->value = 0;
	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		uint8_t *v = x86_value(&s.v, CVMM_X86_VCPU_NESTED, 0, NULL);

		cvmm_store_le(v, 2, c[i].flags);
		cvmm_store_le(v + 2, 2, c[i].format);
		cvmm_store_le(v + offsetof(struct cvmm_x86_nested_state, hdr), 8, c[i].first);
		x86_plan_on(&p, &s.v, &w);
		cr_expect_eq(x86_step_of(&p, CVMM_X86_VCPU_NESTED)->verdict, c[i].verdict, "%u", i);
	}
	end();
}

/* A feature MSR that no list of state names: bits by the host's mask; without a mask, none. */
Test(x86_host_lacks, feature_msr)
{
	static const uint64_t id = MSR(0xc0011029);
	uint32_t i;
	uint8_t *v;

	start(1);
	v = rename_to(&s.v.shape[0].regs, id);
	cvmm_store_le(v, 8, 2);
	x86_plan_on(&p, &s.v, &w);
	cr_expect_eq(x86_step_of(&p, id)->verdict, CVMM_VERDICT_EXACT);
	cvmm_store_le(v, 8, 3);
	x86_plan_on(&p, &s.v, &w);
	cr_expect_eq(x86_step_of(&p, id)->reason, CVMM_REASON_BITS_NOT_OFFERED);
	cvmm_store_le(v, 8, 2);
	for (i = 0; masks[i].id != id; i++)
		;
	memmove(&masks[i], &masks[i + 1], (w.profile.nmasks - i - 1) * sizeof(*masks));
	w.profile.nmasks--;
	x86_plan_on(&p, &s.v, &w);
	cr_expect_eq(x86_step_of(&p, id)->reason, CVMM_REASON_BITS_NOT_OFFERED);
	end();
}

/* Acts of the VMM: one that was not done asks for nothing, and of bits each has to be there. */
Test(x86_host_lacks, acts)
{
	static const struct lack l[] = {
		{ ACT(PIT), 8, 0, CVMM_CAP_PIT2, 0, OK },
		{ ACT(PIT), 8, 1, CVMM_CAP_PIT2, 0, CVMM_REASON_CAP_NOT_OFFERED },
	};
	const uint64_t id = CVMM_X86_BLOCK(CVMM_X86_DISABLE_EXITS);

	EACH(l);
	/* The same machine, had it disabled exits instead of having told where its TSS is. */
	start(1);
	cvmm_store_le(rename_to(&s.v.vm, id), 8, 3);
	x86_plan_on(&p, &s.v, &w);
	cr_expect_eq(x86_step_of(&p, id)->verdict, CVMM_VERDICT_EXACT);
	cap_of(CVMM_CAP_X86_DISABLE_EXITS)->value = 1;
	x86_plan_on(&p, &s.v, &w);
	cr_expect_eq(x86_step_of(&p, id)->reason, CVMM_REASON_CAP_NOT_OFFERED);
	end();
}

/* Blocks whose length nobody else has, and lists that are none. */
Test(x86_host_lacks, lengths)
{
	static const uint32_t cpuid[] = { 4, sizeof(struct cvmm_x86_cpuid) + 1 };
	struct cvmm_item *item;
	uint32_t was, i;

	start(1);
	item = (struct cvmm_item *)(uintptr_t)s.v.shape[0].regs.item;
	item += cvmm_regset_find(&s.v.shape[0].regs, CVMM_X86_VCPU_REGS);
	was = item->size--;
	x86_plan_on(&p, &s.v, &w);
	cr_expect_eq(x86_step_of(&p, CVMM_X86_VCPU_REGS)->reason, CVMM_REASON_REG_SIZE);
	item->size = was;
	item = (struct cvmm_item *)(uintptr_t)s.v.shape[0].regs.item;
	item += cvmm_regset_find(&s.v.shape[0].regs, CVMM_X86_VCPU_CPUID2);
	was = item->size;
	for (i = 0; i < sizeof(cpuid) / sizeof(cpuid[0]); i++) {
		item->size = cpuid[i];
		x86_plan_on(&p, &s.v, &w);
		cr_expect_eq(x86_step_of(&p, CVMM_X86_VCPU_CPUID2)->reason, CVMM_REASON_REG_SIZE, "%u", i);
	}
	item->size = was;
	end();
}

/* The plan knew another area than the KVM that it is applied to has. */
Test(x86_host_lacks, an_area_that_the_profile_did_not_tell)
{
	static struct x86_guest h;
	static struct x86_world other;

	start(1);
	x86_plan_on(&p, &s.v, &w);
	cr_assert_eq(p.p.nrefused, 0);
	x86_world_open(&other, HOST);
	memcpy(caps, other.profile.cap, other.profile.ncaps * sizeof(*caps));
	cap_of(CVMM_CAP_XSAVE2)->value = 8192;
	other.profile.cap = caps;
	cr_expect_eq(x86_guest_restore(&h, &other, NULL, &s.v, &p.p, &e), -EINVAL);
	cr_expect_eq(e.reason, CVMM_REASON_HOST_REFUSES);
	cr_expect_eq(e.id, CVMM_X86_VCPU_XSAVE);
	cr_expect_neq(h.gate.dead, 0);
	x86_guest_close(&h);
	x86_world_close(&other);
	end();
}
