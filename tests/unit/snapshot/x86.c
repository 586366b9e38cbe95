/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Whole x86_64 machines on recorded kernels: saved, judged, restored; and what must be refused. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>
#include <cvmm/snapshot/format.h>

#include "x86.h"

#define MSR(n)		  CVMM_X86_REG_MSR(n)
#define ARCH_CAPABILITIES MSR(0x10a)
#define LEAF(f, i)	  (UINT64_C(0x2040008000000000) | (uint64_t)(i) << 32 | (f))
#define ENTRY_AT(e)	  (sizeof(struct cvmm_x86_cpuid) + (e) * sizeof(struct cvmm_x86_cpuid_entry))

static const char *const hosts[] = { "5.10.223-svm", "6.1.192-svm", "6.12.117-svm", "6.18.15-svm", "7.3.4-svm",
	"6.18.44-kvm_pvm" };
#define HOSTS	 (sizeof(hosts) / sizeof(hosts[0]))
#define SAME_CPU 5u

struct scene {
	struct x86_world a, b;
	struct x86_guest g, h;
	struct x86_saved s;
	struct x86_planned p;
	struct cvmm_error e;
};

static void setup(struct scene *t, const char *from, const char *to, uint32_t n)
{
	int ret;

	memset(t, 0, sizeof(*t));
	x86_world_open(&t->a, from);
	x86_world_open(&t->b, to);
	ret = x86_guest_start(&t->g, &t->a, NULL, n, &t->e);
	cr_assert_eq(ret, 0, "%s: start: %d %s %016llx", from, ret, cvmm_reason_text(t->e.reason),
		(unsigned long long)t->e.id);
	ret = x86_guest_save(&t->g, &t->a, &t->s, &t->e);
	cr_assert_eq(ret, 0, "%s: save: %d %s %016llx", from, ret, cvmm_reason_text(t->e.reason),
		(unsigned long long)t->e.id);
	x86_plan_on(&t->p, &t->s.v, &t->b);
}

static int restore(struct scene *t)
{
	return x86_guest_restore(&t->h, &t->b, NULL, &t->s.v, &t->p.p, &t->e);
}

static void teardown(struct scene *t)
{
	free(t->s.store);
	x86_guest_close(&t->g);
	x86_guest_close(&t->h);
	x86_world_close(&t->a);
	x86_world_close(&t->b);
}

/* Every id once, and every item of the snapshot among them. */
static void each_id_has_one_verdict(const struct scene *t)
{
	const struct cvmm_regset *set[] = { &t->s.v.vm, &t->s.v.shape[0].regs };
	uint32_t i, k;

	for (i = 0; i < t->p.p.n; i++) {
		for (k = i + 1; k < t->p.p.n; k++)
			cr_assert_neq(
				t->p.step[i].id, t->p.step[k].id, "%016llx twice", (unsigned long long)t->p.step[i].id);
	}
	for (k = 0; k < 2; k++) {
		for (i = 0; i < set[k]->n; i++)
			cr_assert(x86_step_of(&t->p, set[k]->item[i].id), "%016llx: no verdict",
				(unsigned long long)set[k]->item[i].id);
	}
}

Test(x86, every_recorded_kernel_takes_its_own_machine)
{
	static struct scene t;
	struct x86_saved again;
	uint32_t i;

	for (i = 0; i < HOSTS; i++) {
		setup(&t, hosts[i], hosts[i], 2);
		each_id_has_one_verdict(&t);
		cr_assert_eq(x86_refusals(&t.p, 0), 0, "%s", hosts[i]);
		cr_assert_eq(restore(&t), 0, "%s: %s %016llx, phase %u, other %llx", hosts[i],
			cvmm_reason_text(t.e.reason), (unsigned long long)t.e.id, t.e.phase,
			(unsigned long long)t.e.other);
		cr_assert_eq(x86_guest_save(&t.h, &t.b, &again, &t.e), 0);
		cr_expect_eq(x86_views_differ(&t.s.v, &again.v), 0, "%s: %016llx", hosts[i],
			(unsigned long long)x86_views_differ(&t.s.v, &again.v));
		free(again.store);
		teardown(&t);
	}
}

/* What a VMM does that wants to come back: it tells the guest what both hosts have. */
static void tell_less(struct scene *t)
{
	struct cvmm_x86_cpuid_entry e;
	uint32_t size, i, n, reg;
	uint8_t *list = x86_value(&t->s.v, CVMM_X86_VCPU_CPUID2, 0, &size);

	n = (uint32_t)((size - sizeof(struct cvmm_x86_cpuid)) / sizeof(e));
	for (i = 0; i < n; i++) {
		uint32_t *told[] = { &e.eax, &e.ebx, &e.ecx, &e.edx };
		int at;

		memcpy(&e, list + ENTRY_AT(i), sizeof(e));
		if (e.function != 7 && e.function != 0x8000000a)
			continue;
		at = cvmm_regset_find(&t->b.profile.variant[0].regs, LEAF(e.function, e.index));
		for (reg = 0; reg < 4; reg++) {
			const uint8_t *v =
				at < 0 ? NULL : cvmm_regset_value(&t->b.profile.variant[0].regs, (uint32_t)at, 0);

			*told[reg] &= v ? (uint32_t)cvmm_load_le(v + 4 * reg, 4) : 0;
		}
		memcpy(list + ENTRY_AT(i), &e, sizeof(e));
	}
	list = x86_value(&t->s.v, ARCH_CAPABILITIES, 0, NULL);
	cvmm_store_le(list, 8,
		cvmm_load_le(list, 8) &
			cvmm_pair_find(t->b.profile.mask, t->b.profile.nmasks, ARCH_CAPABILITIES)->value);
	x86_plan_on(&t->p, &t->s.v, &t->b);
}

/* CPUID, and the MSR that says what the processor is immune to. */
static int only_promises_are_refused(const struct scene *t)
{
	uint32_t i;

	for (i = 0; i < t->p.p.n; i++) {
		if (t->p.step[i].verdict == CVMM_VERDICT_REFUSED && t->p.step[i].id >> 48 != 0x2040 &&
			t->p.step[i].id != ARCH_CAPABILITIES)
			return 0;
	}
	return 1;
}

/* The same processor under another kernel: up, and down for a guest that was told no more than both have. */
Test(x86, machines_move_between_kernels)
{
	static struct scene t;
	uint32_t i, k, refused = 0;

	for (i = 0; i < SAME_CPU; i++) {
		for (k = 0; k < SAME_CPU; k++) {
			setup(&t, hosts[i], hosts[k], 1);
			each_id_has_one_verdict(&t);
			cr_expect(i > k || t.p.p.nrefused == 0, "%s to %s: %u refused", hosts[i], hosts[k],
				x86_refusals(&t.p, 0));
			cr_expect(only_promises_are_refused(&t));
			refused += t.p.p.nrefused != 0;
			tell_less(&t);
			cr_expect_eq(x86_refusals(&t.p, 0), 0, "%s to %s", hosts[i], hosts[k]);
			cr_expect_eq(restore(&t), 0, "%s to %s: %s %016llx", hosts[i], hosts[k],
				cvmm_reason_text(t.e.reason), (unsigned long long)t.e.id);
			teardown(&t);
		}
	}
	cr_expect_gt(refused, 0);
}

Test(x86, both_formats_carry_it)
{
	static const uint32_t format[] = { CVMM_FORMAT_1_0, CVMM_FORMAT_1_1 };
	static struct scene t;
	struct cvmm_view back;
	uint8_t *file, *twice;
	size_t len, need, n;
	void *store;
	uint32_t i;

	setup(&t, "6.12.117-svm", "6.12.117-svm", 3);
	for (i = 0; i < 2; i++) {
		cr_assert_eq(cvmm_snapshot_size(&t.s.v, format[i], &len, &t.e), 0);
		file = malloc(len);
		twice = malloc(len);
		cr_assert_eq(cvmm_snapshot_write(&t.s.v, format[i], file, len, &n, &t.e), 0);
		cr_assert_eq(cvmm_snapshot_need(file, len, &need, &t.e), 0);
		store = aligned_alloc(16, (need + 15) / 16 * 16);
		cr_assert_eq(cvmm_snapshot_read(file, len, store, need, &back, &t.e), 0);
		cr_expect_eq(x86_views_differ(&t.s.v, &back), 0);
		cr_assert_eq(cvmm_snapshot_write(&back, format[i], twice, len, &n, &t.e), 0);
		cr_expect_eq(memcmp(file, twice, len), 0);
		free(store);
		free(file);
		free(twice);
	}
	teardown(&t);
}

/* The golden file of an x86_64 machine restores for ever. */
Test(x86, golden_file)
{
	static uint8_t file[1 << 16];
	static struct scene t;
	struct x86_saved again;
	struct cvmm_view v;
	size_t len, need;
	void *store;
	FILE *f = fopen(CVMM_SOURCE_DIR "/snapshot/golden/x86_64-6.12.117-svm-1.1.snap", "rb");

	cr_assert(f);
	len = fread(file, 1, sizeof(file), f);
	(void)fclose(f);
	memset(&t, 0, sizeof(t));
	x86_world_open(&t.a, "6.12.117-svm");
	x86_world_open(&t.b, "6.12.117-svm");
	cr_assert_eq(cvmm_snapshot_need(file, len, &need, &t.e), 0);
	store = aligned_alloc(16, (need + 15) / 16 * 16);
	cr_assert_eq(cvmm_snapshot_read(file, len, store, need, &v, &t.e), 0);
	x86_plan_on(&t.p, &v, &t.b);
	cr_assert_eq(x86_refusals(&t.p, 0), 0);
	cr_assert_eq(x86_guest_restore(&t.h, &t.b, NULL, &v, &t.p.p, &t.e), 0, "%s %016llx",
		cvmm_reason_text(t.e.reason), (unsigned long long)t.e.id);
	cr_assert_eq(x86_guest_save(&t.h, &t.b, &again, &t.e), 0);
	cr_expect_eq(x86_views_differ(&v, &again.v), 0);
	free(again.store);
	free(store);
	teardown(&t);
}

/* What the guest was told and the host cannot keep: the leaf, the vCPU, both registers. */
Test(x86, cpuid_is_judged_leaf_by_leaf)
{
	const struct cvmm_step *s;
	struct cvmm_x86_cpuid_entry e;
	static struct scene t;
	uint32_t size, i, n;
	uint8_t *list;

	setup(&t, "6.12.117-svm", "6.12.117-svm", 2);
	list = x86_value(&t.s.v, CVMM_X86_VCPU_CPUID2, 1, &size);
	n = (uint32_t)((size - sizeof(struct cvmm_x86_cpuid)) / sizeof(e));
	for (i = 0; i < n; i++) {
		memcpy(&e, list + ENTRY_AT(i), sizeof(e));
		if (e.function == 7 && e.index == 0)
			e.ebx |= 1u << 16; /* AVX512F */
		if (e.function == 0x80000008)
			e.eax += 1;
		memcpy(list + ENTRY_AT(i), &e, sizeof(e));
	}
	x86_plan_on(&t.p, &t.s.v, &t.b);
	each_id_has_one_verdict(&t);
	cr_expect_eq(x86_refusals(&t.p, 2), 2);
	s = x86_step_of(&t.p, LEAF(7, 0));
	cr_expect_eq(s->verdict, CVMM_VERDICT_REFUSED);
	cr_expect_eq(s->reason, CVMM_REASON_BITS_NOT_OFFERED);
	cr_expect_eq(s->vcpu, 1);
	cr_expect_eq(s->value >> 32, 1, "ebx");
	cr_expect(s->value & 1u << 16 && !(s->other & 1u << 16));
	cr_expect_eq(x86_step_of(&t.p, LEAF(0x80000008, 0))->reason, CVMM_REASON_FIXED_BITS_DIFFER);
	cr_expect_eq(restore(&t), -EACCES);
	teardown(&t);
}

/* Less than the host offers: stays hidden. */
Test(x86, a_guest_that_was_told_less_sees_no_more)
{
	struct cvmm_x86_cpuid_entry e;
	static struct scene t;
	uint32_t size, i, n;
	uint8_t *list;

	setup(&t, "7.3.4-svm", "7.3.4-svm", 1);
	list = x86_value(&t.s.v, CVMM_X86_VCPU_CPUID2, 0, &size);
	n = (uint32_t)((size - sizeof(struct cvmm_x86_cpuid)) / sizeof(e));
	for (i = 0; i < n; i++) {
		memcpy(&e, list + ENTRY_AT(i), sizeof(e));
		if (e.function == 1)
			e.ecx = e.edx = 0;
		memcpy(list + ENTRY_AT(i), &e, sizeof(e));
	}
	x86_plan_on(&t.p, &t.s.v, &t.b);
	cr_expect_eq(x86_refusals(&t.p, 0), 0);
	cr_expect_eq(x86_step_of(&t.p, LEAF(1, 0))->verdict, CVMM_VERDICT_PINNED);
	cr_expect_eq(x86_step_of(&t.p, LEAF(1, 0))->reason, CVMM_REASON_HIDDEN);
	cr_expect_eq(restore(&t), 0);
	teardown(&t);
}

struct refusal {
	uint64_t id;
	uint32_t at;
	uint32_t bytes;
	uint64_t value;
	uint16_t reason;
};

/* One value each that this host cannot take, and the reason that is given. */
Test(x86, values_that_are_refused)
{
	static const struct refusal bad[] = {
		{ CVMM_X86_VCPU_CPUID2, 0, 4, 3, CVMM_REASON_HOST_REFUSES },
		{ CVMM_X86_VCPU_XSAVE, 512, 8, 1ull << 62, CVMM_REASON_BITS_NOT_OFFERED },
		{ CVMM_X86_VCPU_XCRS, 0, 4, 17, CVMM_REASON_HOST_REFUSES },
		{ CVMM_X86_VCPU_XCRS, 16, 8, 1ull << 62 | 1, CVMM_REASON_BITS_NOT_OFFERED },
		{ CVMM_X86_VCPU_EVENTS, 20, 4, 0x40, CVMM_REASON_HOST_REFUSES },
		{ CVMM_X86_VCPU_MP_STATE, 0, 4, 77, CVMM_REASON_HOST_REFUSES },
		{ CVMM_X86_VCPU_MCG_CAP, 0, 8, 33, CVMM_REASON_CAP_NOT_OFFERED },
		{ CVMM_X86_VCPU_NESTED, 4, 4, 64, CVMM_REASON_HOST_REFUSES },
		{ CVMM_X86_VCPU_NESTED, 4, 4, 70000, CVMM_REASON_HOST_REFUSES },
	};
	static struct scene t;
	uint32_t i;

	setup(&t, "6.12.117-svm", "6.12.117-svm", 1);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint8_t *v = x86_value(&t.s.v, bad[i].id, 0, NULL), was[8];

		cr_assert(v, "%u", i);
		memcpy(was, v + bad[i].at, sizeof(was));
		cvmm_store_le(v + bad[i].at, bad[i].bytes, bad[i].value);
		x86_plan_on(&t.p, &t.s.v, &t.b);
		cr_expect_eq(x86_step_of(&t.p, bad[i].id)->verdict, CVMM_VERDICT_REFUSED, "%u", i);
		cr_expect_eq(x86_step_of(&t.p, bad[i].id)->reason, bad[i].reason, "%u: %s", i,
			cvmm_reason_name(x86_step_of(&t.p, bad[i].id)->reason));
		memcpy(v + bad[i].at, was, sizeof(was));
	}
	teardown(&t);
}

/* LBR MSRs: listed by 6.12, not by 6.18.15. One that says nothing may be dropped, one that says something may not. */
Test(x86, an_msr_that_the_host_lacks)
{
	static struct scene t;
	uint8_t *v;

	setup(&t, "6.12.117-svm", "6.18.15-svm", 1);
	cr_expect_eq(x86_step_of(&t.p, MSR(0x1db))->verdict, CVMM_VERDICT_DROPPED);
	cr_expect_eq(x86_step_of(&t.p, MSR(0x1db))->reason, CVMM_REASON_NEUTRAL);
	v = x86_value(&t.s.v, MSR(0x1db), 0, NULL);
	cvmm_store_le(v, 8, 0xffffffff81000123);
	x86_plan_on(&t.p, &t.s.v, &t.b);
	cr_expect_eq(x86_step_of(&t.p, MSR(0x1db))->verdict, CVMM_VERDICT_REFUSED);
	cr_expect_eq(x86_step_of(&t.p, MSR(0x1db))->reason, CVMM_REASON_HOST_LACKS);
	teardown(&t);
}

/* An interrupt controller that nobody stated would be missing in the restored machine. */
Test(x86, devices_have_to_be_stated)
{
	static struct scene t;
	struct x86_saved again;
	struct cvmm_vm_reg irqchip = { CVMM_X86_BLOCK(CVMM_X86_IRQCHIP) };
	uint32_t i;

	setup(&t, "6.12.117-svm", "6.12.117-svm", 1);
	for (i = 0; i < t.g.regs.n && t.g.slot[i].reg.id != irqchip.id; i++)
		;
	t.g.slot[i].value = 0;
	cr_assert_eq(x86_guest_save(&t.g, &t.a, &again, &t.e), -EINVAL);
	cr_expect_eq(t.e.reason, CVMM_REASON_VM_UNKNOWN_PROPERTY);
	cr_expect_eq(t.e.id, irqchip.id);
	cr_assert_eq(cvmm_vm_regs_record(&t.g.regs, irqchip, 1, &t.e), 0);
	cr_assert_eq(x86_guest_save(&t.g, &t.a, &again, &t.e), 0);
	cr_expect_eq(x86_views_differ(&t.s.v, &again.v), 0);
	free(again.store);
	teardown(&t);
}

/* One shape has one list: a vCPU that was told more, or less, is named. */
Test(x86, cpuid_lists_of_other_lengths)
{
	struct {
		struct cvmm_x86_cpuid head;
		struct cvmm_x86_cpuid_entry entry[CVMM_X86_CPUID_MAX];
	} c = { .head = { 0 } };
	static struct scene t;
	struct x86_saved again;
	uint32_t n, i;

	setup(&t, "6.12.117-svm", "6.12.117-svm", 2);
	cr_assert_eq(cvmm_vcpu_get_cpuid2(t.g.vcpu[1], &c.head, CVMM_X86_CPUID_MAX, &n, &t.e), 0);
	c.entry[n] = c.entry[n - 1];
	c.entry[n].function++;
	for (i = 0; i < 2; i++) {
		c.head.nent = i ? n - 1 : n + 1;
		cr_assert_eq(cvmm_vcpu_set_cpuid2(t.g.vcpu[1], &c.head, &t.e), 0);
		cr_assert_eq(x86_guest_save(&t.g, &t.a, &again, &t.e), -EIO, "%u", i);
		cr_expect_eq(t.e.reason, CVMM_REASON_SHAPES_DIFFER);
		cr_expect_eq(t.e.id, CVMM_X86_VCPU_CPUID2);
		cr_expect_eq(t.e.vcpu, 1);
	}
	teardown(&t);
}

/* The guest's clock goes on: TSC and clock are where they would be by now. */
Test(x86, time_that_the_guest_missed)
{
	static struct scene t;
	struct x86_saved again;
	uint64_t khz, before, after;

	setup(&t, "6.12.117-svm", "6.12.117-svm", 2);
	memset(&t.h, 0, sizeof(t.h));
	cr_assert_eq(restore(&t), 0);
	cr_assert_eq(x86_guest_save(&t.h, &t.b, &again, &t.e), 0);
	before = cvmm_load_le(x86_value(&t.s.v, MSR(0x10), 1, NULL), 8);
	after = cvmm_load_le(x86_value(&again.v, MSR(0x10), 1, NULL), 8);
	cr_expect_leq(after - before, INT64_MAX, "the TSC went back");
	khz = cvmm_load_le(x86_value(&t.s.v, CVMM_X86_VCPU_TSC_KHZ, 0, NULL), 4);
	cr_expect_gt(khz, 0);
	free(again.store);
	teardown(&t);
}

/* A machine that was not made one of x86_64 does not take such a snapshot, and the other way round. */
Test(x86, the_machine_has_to_be_one)
{
	static struct scene t;

	setup(&t, "6.12.117-svm", "6.12.117-svm", 1);
	t.g.m.arch = CVMM_ARCH_ARM64;
	t.g.m.phase = CVMM_PHASE_NONE;
	cr_expect_eq(cvmm_apply_until(&t.g.m, &t.s.v, &t.p.p, CVMM_PHASE_VM, &t.e), -EOPNOTSUPP);
	cr_expect_eq(t.e.reason, CVMM_REASON_WRONG_ARCH);
	cr_expect_eq(cvmm_machine_x86(&t.g.m, t.g.kvm, (uint8_t *)t.g.scratch + 1, sizeof(t.g.scratch), &t.e), -EINVAL);
	cr_expect_eq(cvmm_machine_x86(&t.g.m, t.g.kvm, t.g.scratch, CVMM_MACHINE_X86_BYTES - 1, &t.e), -E2BIG);
	t.g.m.phase = CVMM_PHASE_VM;
	cr_expect_eq(cvmm_machine_x86(&t.g.m, t.g.kvm, t.g.scratch, sizeof(t.g.scratch), &t.e), -EINVAL);
	teardown(&t);
}

/* Dead and telling why, through a copied handle too. */
Test(x86, a_value_that_does_not_stay_kills_the_machine)
{
	static struct scene t;
	struct cvmm_vcpu copy;
	struct cvmm_error run;
	uint8_t *v;

	setup(&t, "6.12.117-svm", "6.12.117-svm", 1);
	v = x86_value(&t.s.v, CVMM_X86_VCPU_SREGS2, 0, NULL);
	/* CR8 above 15 is ignored: accepted, and something else is there. */
	cvmm_store_le(v + offsetof(struct cvmm_x86_sregs2, cr8), 8, 77);
	x86_plan_on(&t.p, &t.s.v, &t.b);
	cr_assert_eq(restore(&t), -EIO);
	cr_expect_eq(t.e.reason, CVMM_REASON_READ_BACK);
	cr_expect_eq(t.e.id, CVMM_X86_VCPU_SREGS2);
	cr_expect_eq(t.e.phase, CVMM_PHASE_DONE);
	copy = t.h.vcpu[0];
	cr_expect_eq(cvmm_vcpu_run(copy, &run), -EOWNERDEAD);
	cr_expect_eq(run.id, CVMM_X86_VCPU_SREGS2);
	teardown(&t);
}
