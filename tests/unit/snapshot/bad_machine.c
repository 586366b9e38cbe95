/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Bad input that is well formed: values no machine can have (B13 to B21). Each is refused by the plan, or it ends in a
 * dead machine that names the block: never in a guest that runs. B1 to B12, B22 and B23 are in format_bad.c, B24 to B27 in
 * bad_host.c.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>
#include <cvmm/kvm-ioctls/x86-vm.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include "world.h"
#include "x86.h"

#define X86_HOST "6.18.15-svm"
#define HOST	 "6.18.15-neoverse-n1"
#define SREGS(m) CVMM_X86_VCPU_SREGS2, (uint32_t)offsetof(struct cvmm_x86_sregs2, m)
#define EVENT(m) CVMM_X86_VCPU_EVENTS, (uint32_t)offsetof(struct cvmm_x86_events, m)
#define PIT(m)	 CVMM_X86_VM_PIT2, (uint32_t)offsetof(struct cvmm_x86_pit, m)
#define XCR(n)	 CVMM_X86_VCPU_XCRS, (uint32_t)(offsetof(struct cvmm_x86_xcrs, xcrs) + (n))

/* One change of one value: at an offset of a block, so many bytes. */
struct change {
	uint64_t id;
	uint32_t at;
	uint32_t bytes;
	uint64_t value;
};

static struct x86_world xa, xb;
static struct x86_guest xg, xh;
static struct x86_saved xs;
static struct x86_planned xp;
static struct cvmm_error e;

static void x86_open(void)
{
	x86_world_open(&xa, X86_HOST);
	x86_world_open(&xb, X86_HOST);
	cr_assert_eq(x86_guest_start(&xg, &xa, NULL, 1, &e), 0);
	cr_assert_eq(x86_guest_save(&xg, &xa, &xs, &e), 0);
}

static void x86_close(void)
{
	free(xs.store);
	x86_guest_close(&xg);
	x86_world_close(&xa);
	x86_world_close(&xb);
}

/* Refused, or dead and named. */
static void must_not_run(const char *what, uint32_t i, uint64_t id)
{
	int ret;

	x86_plan_on(&xp, &xs.v, &xb);
	if (xp.p.nrefused) {
		cr_expect(!id || x86_step_of(&xp, id)->verdict == CVMM_VERDICT_REFUSED, "%s %u: another one", what, i);
		return;
	}
	memset(&xh, 0, sizeof(xh));
	ret = x86_guest_restore(&xh, &xb, NULL, &xs.v, &xp.p, &e);
	cr_expect_lt(ret, 0, "%s %u: taken", what, i);
	cr_expect_neq(xh.gate.dead, 0, "%s %u: alive", what, i);
	cr_expect(!id || e.id == id, "%s %u: %llx is named", what, i, (unsigned long long)e.id);
	x86_guest_close(&xh);
}

static void each_change(const char *what, const struct change *c, uint32_t n)
{
	uint32_t i;

	x86_open();
	for (i = 0; i < n; i++) {
		uint8_t *v = x86_value(&xs.v, c[i].id, 0, NULL), was[8];

		cr_assert(v, "%s %u: the view has none", what, i);
		memcpy(was, v + c[i].at, c[i].bytes);
		cvmm_store_le(v + c[i].at, c[i].bytes, c[i].value);
		must_not_run(what, i, c[i].id);
		memcpy(v + c[i].at, was, c[i].bytes);
	}
	/* And it was the change. */
	x86_plan_on(&xp, &xs.v, &xb);
	memset(&xh, 0, sizeof(xh));
	cr_assert_eq(x86_guest_restore(&xh, &xb, NULL, &xs.v, &xp.p, &e), 0);
	x86_guest_close(&xh);
	x86_close();
}

#define EACH(what, list) each_change(what, list, sizeof(list) / sizeof((list)[0]))

Test(bad_machine, B13_control_registers)
{
	static const struct change c[] = {
		{ SREGS(cr0), 8, 0x80000010 },	     /* paging without protection */
		{ SREGS(cr0), 8, 0x1ffffffffull },   /* beyond 32 bits */
		{ SREGS(cr0), 8, 0x20000011 },	     /* NW without CD */
		{ SREGS(cr4), 8, 1ull << 13 },	     /* VMX on a machine that has SVM */
		{ SREGS(cr4), 8, 1ull << 40 },	     /* no such bit */
		{ SREGS(efer), 8, 1ull << 40 },	     /* no such bit */
		{ SREGS(efer), 8, 0x400 },	     /* long mode active and not enabled */
		{ SREGS(apic_base), 8, 0xfee00901 }, /* reserved bits */
		{ SREGS(apic_base), 8, 0xfee00400 }, /* x2APIC without APIC */
	};

	EACH("B13", c);
}

Test(bad_machine, B14_extended_state)
{
	static const struct change c[] = {
		{ CVMM_X86_VCPU_XSAVE, 512, 8, 1ull << 62 }, /* components beyond the host's */
		{ CVMM_X86_VCPU_XSAVE, 520, 8, 1 },	     /* XCOMP_BV: a compacted area */
		{ CVMM_X86_VCPU_XSAVE, 520, 8, 1ull << 63 }, /* the same as hardware says it */
		{ CVMM_X86_VCPU_XSAVE, 528, 8, 1 },	     /* reserved in the header */
		{ XCR(8), 8, 0x6 },			     /* x87 cannot be off */
		{ XCR(8), 8, 0x5 },			     /* AVX without SSE */
		{ XCR(8), 8, 1ull << 62 | 1 },		     /* beyond the host's */
		{ CVMM_X86_VCPU_XCRS, 0, 4, 17 },	     /* more registers than there is room for */
	};

	EACH("B14", c);
}

/* Reserved bits of MXCSR, with each component that uses it; without one, nobody reads it. */
Test(bad_machine, B14_mxcsr)
{
	uint64_t in;
	uint8_t *v;

	x86_open();
	v = x86_value(&xs.v, CVMM_X86_VCPU_XSAVE, 0, NULL);
	for (in = 1; in < 8; in++) {
		cvmm_store_le(v + 512, 8, in);
		cvmm_store_le(v + 24, 4, 0xffff1f80);
		must_not_run("B14 MXCSR", (uint32_t)in, CVMM_X86_VCPU_XSAVE);
	}
	cvmm_store_le(v + 512, 8, 0);
	x86_plan_on(&xp, &xs.v, &xb);
	memset(&xh, 0, sizeof(xh));
	cr_expect_eq(x86_guest_restore(&xh, &xb, NULL, &xs.v, &xp.p, &e), 0);
	x86_guest_close(&xh);
	x86_close();
}

/* An MSR that nobody has: first, in the middle, last. */
Test(bad_machine, B15_unknown_msrs)
{
	const struct cvmm_regset *set;
	uint32_t i, n = 0, which[3], msr[512];

	x86_open();
	set = &xs.v.shape[0].regs;
	for (i = 0; i + 1 < set->n && n < 512; i++) {
		uint64_t id = set->item[i].id;

		/* With room behind it, so that the list still ascends. */
		if (id >> 32 == 0x20300002 && set->item[i + 1].id > id + 1)
			msr[n++] = i;
	}
	cr_assert_gt(n, 3);
	which[0] = msr[0];
	which[1] = msr[n / 2];
	which[2] = msr[n - 1];
	for (i = 0; i < 3; i++) {
		struct cvmm_item *item = (struct cvmm_item *)(uintptr_t)&set->item[which[i]];
		uint64_t was = item->id;
		uint8_t *v = x86_value(&xs.v, was, 0, NULL), old[8];

		memcpy(old, v, 8);
		cvmm_store_le(v, 8, 0x1234);
		item->id = was + 1;
		must_not_run("B15", i, 0);
		item->id = was;
		memcpy(v, old, 8);
	}
	x86_close();
}

static void arm64_refuses(const char *what, uint64_t features, uint64_t id, uint64_t value)
{
	static struct planned p;
	struct world a, b;
	struct guest g, h;
	struct saved s;

	world_open_for(&a, HOST, 1);
	world_open_for(&b, HOST, 1);
	guest_start(&g, &a, 1, features, NULL, 0);
	guest_save(&g, &s);
	set_value(&s.v, id, 0, value);
	plan_on(&p, &s.v, &b, NULL);
	if (p.p.nrefused) {
		cr_expect_eq(step_of(&p, id)->verdict, CVMM_VERDICT_REFUSED, "%s", what);
	} else {
		cr_expect_lt(guest_restore(&h, &b, NULL, &s.v, &p.p, &e), 0, "%s %llx: taken", what,
			(unsigned long long)value);
		cr_expect_neq(h.gate.dead, 0);
		cr_expect_eq(e.id, id, "%s: %llx", what, (unsigned long long)e.id);
		guest_close(&h);
	}
	free(s.store);
	guest_close(&g);
	world_close(&a);
	world_close(&b);
}

Test(bad_machine, B16_pending_events)
{
	static const struct change c[] = {
		{ EVENT(flags), 4, 0x40 },		  /* no such flag */
		{ EVENT(exception_injected), 2, 0x2101 }, /* exception 33 */
		{ EVENT(exception_injected), 2, 0x0201 }, /* the NMI is none */
	};

	EACH("B16", c);
	/* arm64: an SError that is neither there nor not, and reserved bytes. */
	arm64_refuses("B16", PSCI, CVMM_ARM64_VCPU_EVENTS, 2);
	arm64_refuses("B16", PSCI, CVMM_ARM64_VCPU_EVENTS, 1ull << 40);
}

Test(bad_machine, B17_mp_state)
{
	static const struct change c[] = { { CVMM_X86_VCPU_MP_STATE, 0, 4, 77 },
		{ CVMM_X86_VCPU_MP_STATE, 0, 4, 0xffffffff } };

	EACH("B17", c);
	arm64_refuses("B17", PSCI, CVMM_ARM64_VCPU_MP_STATE, 1);
	arm64_refuses("B17", PSCI, CVMM_ARM64_VCPU_MP_STATE, 77);
}

/* KVM would take all of these and give the guest an 8254 that no guest had. */
Test(bad_machine, B18_timer)
{
	static const struct change c[] = {
		{ PIT(channels[1].count), 4, 65537 },	 /* more than its 16 bits hold */
		{ PIT(channels[2].count), 4, 1u << 31 }, /* a sign */
		{ PIT(channels[0].mode), 1, 8 },	 /* three bits */
		{ PIT(channels[0].mode), 1, 0xfe },
		{ PIT(channels[2].gate), 1, 2 },
		{ PIT(channels[0].bcd), 1, 0xff },
		{ PIT(flags), 4, 4 },
		{ PIT(reserved[8]), 4, 1 },
	};
	static const uint8_t modes[] = { 0, 5, 6, 7, 0xff };
	struct cvmm_x86_pit pit;
	struct x86_saved again;
	uint8_t *v, was;
	uint32_t i;

	EACH("B18", c);
	/* A count of 0 is 65536. Modes 2 and 3 by their other names, and a channel that was never programmed, stay. */
	x86_open();
	v = x86_value(&xs.v, CVMM_X86_VM_PIT2, 0, NULL) + offsetof(struct cvmm_x86_pit, channels[0].mode);
	cvmm_store_le(v - offsetof(struct cvmm_x86_pit_channel, mode), 4, 0);
	for (i = 0, was = *v; i < sizeof(modes); i++, *v = was) {
		*v = modes[i];
		x86_plan_on(&xp, &xs.v, &xb);
		memset(&xh, 0, sizeof(xh));
		cr_assert_eq(x86_guest_restore(&xh, &xb, NULL, &xs.v, &xp.p, &e), 0);
		cr_assert_eq(x86_guest_save(&xh, &xb, &again, &e), 0);
		memcpy(&pit, x86_value(&again.v, CVMM_X86_VM_PIT2, 0, NULL), sizeof(pit));
		cr_expect(pit.channels[0].mode == modes[i] && pit.channels[0].count == 65536);
		free(again.store);
		x86_guest_close(&xh);
	}
	x86_close();
}

/*
 * Interrupt controllers: chips by other numbers than KVM's three are no ids of ours; what a guest can write into a
 * redirection, a vector below 16 as well, it gets back.
 */
Test(bad_machine, B18_chips)
{
	struct cvmm_item *vm;
	struct x86_saved again;
	uint8_t *v;
	uint64_t was;
	uint32_t chip, i, pit = 0;

	x86_open();
	vm = (struct cvmm_item *)(uintptr_t)xs.v.vm.item;
	for (i = 0; i < xs.v.vm.n; i++)
		pit = vm[i].id == CVMM_X86_VM_PIT2 ? i : pit;
	was = vm[pit].id;
	for (chip = 3; chip < 6; chip++) {
		vm[pit].id = CVMM_X86_BLOCK(0x117 - 3 + chip - 3);
		must_not_run("B18 chip", chip, vm[pit].id);
	}
	vm[pit].id = was;
	v = x86_value(&xs.v, CVMM_X86_VM_IOAPIC, 0, NULL) + offsetof(struct cvmm_x86_ioapic, redirtbl[4]);
	for (i = 0; i < 16; i++) {
		cvmm_store_le(v, 8, 0x10000 | i);
		x86_plan_on(&xp, &xs.v, &xb);
		memset(&xh, 0, sizeof(xh));
		cr_assert_eq(x86_guest_restore(&xh, &xb, NULL, &xs.v, &xp.p, &e), 0);
		cr_assert_eq(x86_guest_save(&xh, &xb, &again, &e), 0);
		cr_expect_eq(cvmm_load_le(x86_value(&again.v, CVMM_X86_VM_IOAPIC, 0, NULL) +
						  offsetof(struct cvmm_x86_ioapic, redirtbl[4]),
				     8),
			0x10000 | i);
		free(again.store);
		x86_guest_close(&xh);
	}
	x86_close();
}

/* The ID of an x2APIC is its vCPU's, in the format that the VMM chose; that of an xAPIC is the guest's to write. */
Test(bad_machine, B18_apic_ids)
{
	static const struct {
		uint64_t base;
		uint32_t id;
		int taken;
	} ids[] = {
		{ 0xfee00900, 7u << 24, 1 }, /* xAPIC */
		{ 0xfee00d00, 7u << 24, 0 },
		{ 0xfee00d00, 0, 1 },
		{ 0xfee00d00, 1, 0 },
	};
	const struct cvmm_step *step;
	uint8_t *base, *id;
	uint32_t i;

	x86_open();
	base = x86_value(&xs.v, CVMM_X86_VCPU_SREGS2, 0, NULL) + offsetof(struct cvmm_x86_sregs2, apic_base);
	id = x86_value(&xs.v, CVMM_X86_VCPU_LAPIC, 0, NULL) + 0x20;
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		cvmm_store_le(base, 8, ids[i].base);
		cvmm_store_le(id, 4, ids[i].id);
		x86_plan_on(&xp, &xs.v, &xb);
		step = x86_step_of(&xp, CVMM_X86_VCPU_LAPIC);
		cr_expect_eq(step->verdict != CVMM_VERDICT_REFUSED, ids[i].taken, "%u", i);
		cr_expect(ids[i].taken || step->reason == CVMM_REASON_HOST_REFUSES, "%u", i);
	}
	x86_close();
}

/* Flags that only a getter gives are not in the format; a clock that shall go on needs a time, and never goes back. */
Test(bad_machine, B19_clock)
{
	struct cvmm_clock clock = { .policy = CVMM_CLOCK_CONTINUE };
	struct cvmm_view v;

	x86_open();
	cr_assert_eq(cvmm_reg_bytes(CVMM_X86_VM_CLOCK), 0);
	v = xs.v;
	v.clock = clock;
	cr_assert_eq(cvmm_view_check(&v, &e), -EINVAL);
	cr_assert_eq(e.reason, CVMM_REASON_SECTION_FIELD);
	v.clock.policy = 3;
	cr_assert_eq(cvmm_view_check(&v, &e), -EINVAL);
	clock.saved_ns = 2000;
	cr_assert_eq(cvmm_clock_ahead(&clock, 1000, 1000000000), 0);
	x86_close();
}

Test(bad_machine, B20_registers)
{
	static const uint64_t bad[] = {
		0x6030000000100041, /* between two core registers */
		0x6030000000100052, /* padding */
		0x603000000010ffff, /* behind the last */
		0x6030000000190000, /* no such class */
		0x60800000001503e0, /* Z31 without SVE */
		0x606000000015ffff, /* vector lengths without SVE */
	};
	static struct planned p;
	struct world a, b;
	struct guest g;
	struct saved s;
	uint32_t i;

	/* PSTATE of EL2, and none at all. */
	arm64_refuses("B20", PSCI, CVMM_ARM64_CORE | CVMM_REG_U64 | 0x42, 0x3c9);
	arm64_refuses("B20", PSCI, CVMM_ARM64_CORE | CVMM_REG_U64 | 0x42, 0x3c2);
	world_open_for(&a, HOST, 1);
	world_open_for(&b, HOST, 1);
	guest_start(&g, &a, 1, PSCI, NULL, 0);
	guest_save(&g, &s);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct cvmm_item *list = malloc((s.v.shape[0].regs.n + 1) * sizeof(*list)), last;
		struct cvmm_shape shape = s.v.shape[0];
		uint32_t n = shape.regs.n, k;
		struct cvmm_view v = s.v;

		/* One item more, in its place; its value is somebody else's bytes. */
		memcpy(list, shape.regs.item, n * sizeof(*list));
		last = (struct cvmm_item){ .id = bad[i], .size = cvmm_reg_bytes(bad[i]) };
		for (k = n; k > 0 && list[k - 1].id > last.id; k--)
			list[k] = list[k - 1];
		list[k] = last;
		shape.regs.item = list;
		shape.regs.n = n + 1;
		v.shape = &shape;
		if (cvmm_view_check(&v, &e) == 0) {
			plan_on(&p, &v, &b, NULL);
			/* What the guest's features do not reach is left behind, and everything else is refused. */
			cr_expect(p.p.nrefused == 1 || step_of(&p, bad[i])->reason == CVMM_REASON_UNREACHABLE,
				"B20 %016llx", (unsigned long long)bad[i]);
			cr_expect_eq(step_of(&p, bad[i])->write, 0);
		}
		/* A size that is not the id's is no view at all. */
		list[k].size /= 2;
		cr_expect_eq(cvmm_view_check(&v, &e), -EINVAL);
		free(list);
	}
	free(s.store);
	guest_close(&g);
	world_close(&a);
	world_close(&b);
}

Test(bad_machine, B21_nested_state)
{
	static const struct change c[] = {
		{ CVMM_X86_VCPU_NESTED, 4, 4, 64 },	    /* shorter than its header */
		{ CVMM_X86_VCPU_NESTED, 4, 4, 70000 },	    /* longer than the block */
		{ CVMM_X86_VCPU_NESTED, 4, 4, 0xffffffff }, /* a sign */
	};

	EACH("B21", c);
}
