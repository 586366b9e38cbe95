/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* capture() and the start of new guests. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cvmm/vcpu-regs/vcpu-regs.h>

#include "world.h"

#define N1   "-neoverse-n1"
#define PFR0 CVMM_ARM64_SYS(3, 0, 0, 4, 0)

static struct world w;
static struct guest g;
static struct cvmm_error e;

static void setup(void)
{
	world_open(&w, "6.18.15" N1);
	memset(&g, 0, sizeof(g));
	g.kvm.fd = g.vm.fd = -1;
}

static void teardown(void)
{
	guest_close(&g);
	world_close(&w);
}

TestSuite(capture, .init = setup, .fini = teardown);

Test(capture, says_how_much_storage_it_takes)
{
	static _Alignas(16) uint8_t store[1 << 20];
	struct cvmm_view v = { .nvcpus = 99 };
	size_t need = 0;

	guest_start(&g, &w, 4, PSCI, NULL, 0);
	cr_assert_eq(cvmm_capture_need(&g.m, &need, &e), 0);
	cr_assert_leq(need, sizeof(store));
	cr_assert_eq(cvmm_capture(&g.m, NULL, NULL, store, 100, &v, &e), -E2BIG);
	cr_assert_eq(e.reason, CVMM_REASON_BUFFER_TOO_SMALL);
	cr_assert_eq(v.nvcpus, 99);
	cr_assert_leq(e.other, need);
	cr_assert_eq(cvmm_capture(&g.m, NULL, NULL, store, e.other - 16, &v, &e), -E2BIG);
	cr_assert_eq(cvmm_capture(&g.m, NULL, NULL, store, e.other, &v, &e), 0);
	cr_assert_eq(cvmm_capture(&g.m, &w.profile, "6.18.15", store, need, &v, &e), 0);
	cr_assert_eq(cvmm_view_check(&v, &e), 0);
	cr_assert_str_eq(v.kernel, "6.18.15");
}

/* A further vCPU's own bytes, and nothing else. */
Test(capture, a_vcpu_takes_its_own_values_only)
{
	struct saved s;
	uint32_t i, raw = 0;

	guest_start(&g, &w, 2, PSCI, NULL, 0);
	guest_save(&g, &s);
	for (i = 0; i < s.v.shape[0].regs.n; i++)
		raw += s.v.shape[0].regs.item[i].size;
	cr_assert_eq(s.v.shape[0].regs.stride, raw);
	cr_assert_eq(s.v.nshapes, 1);
	/* About 1.7 KB: 187 registers, MP_STATE, pending exceptions, stolen time. */
	cr_assert_lt(raw, 1900);
	for (i = 0; i < s.v.shape[0].regs.n; i++)
		cr_expect_eq(cvmm_vm_reg_from_id(s.v.shape[0].regs.item[i].id).id, 0);
	free(s.store);
}

Test(capture, capabilities_are_those_that_the_host_answered)
{
	static _Alignas(16) uint8_t store[1 << 20];
	struct cvmm_view asked, told;
	struct saved s;

	guest_start(&g, &w, 1, PSCI, NULL, 0);
	guest_save(&g, &s);
	told = s.v;
	cr_assert_eq(cvmm_capture(&g.m, NULL, NULL, store, sizeof(store), &asked, &e), 0);
	for (uint32_t i = 0; i < asked.ncaps; i++) {
		const struct cvmm_pair *p = cvmm_pair_find(told.cap, told.ncaps, asked.cap[i].id);

		cr_expect(p && p->value == asked.cap[i].value, "capability %llu", (unsigned long long)asked.cap[i].id);
	}
	cr_assert_gt(asked.ncaps, 20);
	free(s.store);
}

Test(capture, not_before_the_vcpus_are_finalised)
{
	size_t need = 0;

	cr_assert_eq(guest_open(&g, &w, NULL, 1, &e), 0);
	cr_assert_eq(cvmm_capture_need(&g.m, &need, &e), -EINVAL);
	cr_assert_eq(e.reason, CVMM_REASON_PHASE_ORDER);
}

Test(capture, what_kvm_does_not_give_back_travels_as_properties)
{
	struct cvmm_vm_reg nisv = cvmm_vm_reg_from_id(CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_CAPS_NISV));
	struct cvmm_arm64_vcpu_events ev = { .serror_pending = 1 };
	struct planned p;
	struct saved s;
	struct guest h;
	struct world old;
	uint32_t state = 0;

	guest_start(&g, &w, 2, PSCI, NULL, 0);
	cr_assert_eq(cvmm_vm_regs_stage(&g.regs, nisv, 1, &e), 0);
	cr_assert_eq(cvmm_vcpu_set_mp_state(g.vcpu[1], CVMM_MP_STATE_STOPPED, &e), 0);
	cr_assert_eq(cvmm_vcpu_set_events(g.vcpu[0], &ev, &e), 0);
	guest_save(&g, &s);
	cr_assert_eq(vm_value(&s.v, nisv.id), 1);
	cr_assert_eq(vm_value(&s.v, CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_FEATURES)), PSCI);
	cr_assert_eq(vcpu_value(&s.v, CVMM_ARM64_VCPU_MP_STATE, 1), CVMM_MP_STATE_STOPPED);
	cr_assert_eq(vcpu_value(&s.v, CVMM_ARM64_VCPU_EVENTS, 0) & 0xff, 1);
	plan_on(&p, &s.v, &w, NULL);
	cr_assert_eq(p.p.nrefused, 0);
	cr_assert_eq(guest_restore(&h, &w, NULL, &s.v, &p.p, &e), 0);
	cr_assert_eq(cvmm_vcpu_get_mp_state(h.vcpu[1], &state, &e), 0);
	cr_assert_eq(state, CVMM_MP_STATE_STOPPED);
	cr_assert_eq(cvmm_vcpu_get_events(h.vcpu[0], &ev, &e), 0);
	cr_assert_eq(ev.serror_pending, 1);
	guest_close(&h);
	/* SEA_TO_USER came with 6.19: a guest that had it cannot go to 6.18. */
	free(s.store);
	guest_close(&g);
	world_open(&old, "7.3.4" N1);
	guest_start(&g, &old, 1, PSCI, NULL, 0);
	cr_assert_eq(cvmm_vm_regs_stage(
			     &g.regs, cvmm_vm_reg_from_id(CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_CAPS_SEA)), 1, &e),
		0);
	guest_save(&g, &s);
	plan_on(&p, &s.v, &w, NULL);
	cr_assert_eq(
		step_of(&p, CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_CAPS_SEA))->reason, CVMM_REASON_CAP_NOT_OFFERED);
	cr_assert_eq(p.p.nrefused, 1);
	free(s.store);
	guest_close(&g);
	world_close(&old);
}

/* A KVM that answers one vCPU differently. */
struct liar {
	struct cvmm_backend inner;
	struct cvmm_backend_ops ops;
	int fd;
	uint64_t id;
	uint64_t value;
	uint32_t shorter;
	uint64_t stranger;
	uint64_t missing;
};

static int lie(void *ctx, int fd, unsigned long req, uintptr_t arg)
{
	struct liar *l = ctx;
	int ret = l->inner.ops->ioctl(l->inner.ctx, fd, req, arg);

	if ((ret < 0 && ret != -E2BIG) || (l->fd && fd != l->fd))
		return ret;
	if (req == CVMM_KVM_GET_ONE_REG && ((const struct cvmm_kvm_one_reg *)arg)->id == l->missing)
		return -ENOENT;
	if (req == CVMM_KVM_GET_REG_LIST) {
		uint64_t *list = (uint64_t *)arg;

		list[0] -= l->shorter;
		if (l->stranger && ret == 0)
			list[list[0]] = l->stranger;
	}
	if (req == CVMM_KVM_GET_ONE_REG && ((const struct cvmm_kvm_one_reg *)arg)->id == l->id)
		memcpy((void *)(uintptr_t)((const struct cvmm_kvm_one_reg *)arg)->addr, &l->value, 8);
	return ret;
}

static int liar_open(void *ctx)
{
	struct liar *l = ctx;

	return l->inner.ops->open(l->inner.ctx);
}

static int liar_close(void *ctx, int fd)
{
	struct liar *l = ctx;

	return l->inner.ops->close(l->inner.ctx, fd);
}

static struct liar l;

static int save_with_a_liar(void)
{
	struct saved s;
	int ret = guest_save_e(&g, &s, &e);

	free(s.store);
	return ret;
}

static void start_with_a_liar(void)
{
	static struct cvmm_backend be;

	memset(&l, 0, sizeof(l));
	l.inner = w.be;
	l.ops = *w.be.ops;
	l.ops.open = liar_open;
	l.ops.close = liar_close;
	l.ops.ioctl = lie;
	be = (struct cvmm_backend){ .ops = &l.ops, .ctx = &l };
	cr_assert_eq(guest_open(&g, &w, &be, 4, &e), 0);
	cr_assert_eq(cvmm_machine_start(&g.m, PSCI, NULL, 0, NULL, &e), 0);
	cr_assert_eq(save_with_a_liar(), 0);
}

Test(capture, vcpus_with_other_registers_are_noticed)
{
	start_with_a_liar();
	l.fd = g.vcpu[2].fd;
	l.shorter = 1;
	cr_assert_eq(save_with_a_liar(), -EIO);
	cr_assert_eq(e.reason, CVMM_REASON_SHAPES_DIFFER);
	cr_assert_eq(e.vcpu, 2);
	/* As many registers, and one of them another one. */
	l.shorter = 0;
	l.missing = CVMM_ARM64_CORE | CVMM_REG_U64;
	cr_assert_eq(save_with_a_liar(), -ENOENT);
	cr_assert_eq(e.reason, CVMM_REASON_CAPTURE_GET);
	cr_assert_eq(e.id, l.missing);
	cr_assert_eq(e.vcpu, 2);
}

Test(capture, a_vm_owned_register_that_two_vcpus_show_differently_is_noticed)
{
	start_with_a_liar();
	l.fd = g.vcpu[3].fd;
	l.id = PFR0;
	l.value = 1;
	cr_assert_eq(save_with_a_liar(), -EIO);
	cr_assert_eq(e.reason, CVMM_REASON_VM_DISAGREE);
	cr_assert_eq(e.id, PFR0);
}

Test(capture, a_register_that_no_row_knows_is_not_left_out)
{
	start_with_a_liar();
	l.stranger = 0x603000000013ffff;
	cr_assert_eq(save_with_a_liar(), -EXDEV);
	cr_assert_eq(e.reason, CVMM_REASON_UNKNOWN_REGISTER);
	cr_assert_eq(e.id, 0x603000000013ffff);
	/* The same id twice is no list. */
	l.stranger = CVMM_ARM64_CORE | CVMM_REG_U64;
	cr_assert_eq(save_with_a_liar(), -EIO);
	cr_assert_eq(e.reason, CVMM_REASON_ID_ORDER);
}

static int start(const char *name, uint64_t features, const struct cvmm_pair *pin, uint32_t n, int with_profile)
{
	int ret;

	world_close(&w);
	world_open(&w, name);
	ret = guest_open(&g, &w, NULL, 2, &e);
	if (ret == 0)
		ret = cvmm_machine_start(&g.m, features, pin, n, with_profile ? &w.profile : NULL, &e);
	return ret;
}

Test(capture, a_baseline_goes_into_both_scopes)
{
	static const struct cvmm_pair pin[] = { { CVMM_ARM64_DEMUX, 0x701fe01a },
		{ CVMM_ARM64_PSCI_VERSION, 0x10001 } };
	struct saved s;

	for (int with = 0; with < 2; with++) {
		cr_assert_eq(start("6.18.15" N1, PSCI, pin, 2, with), 0);
		guest_save(&g, &s);
		cr_expect_eq(vm_value(&s.v, CVMM_ARM64_PSCI_VERSION), 0x10001);
		cr_expect_eq(vcpu_value(&s.v, CVMM_ARM64_DEMUX, 0), 0x701fe01a);
		cr_expect_eq(vcpu_value(&s.v, CVMM_ARM64_DEMUX, 1), 0x701fe01a);
		free(s.store);
		guest_close(&g);
	}
}

Test(capture, what_the_host_lacks_must_be_neutral)
{
	struct cvmm_pair pin[] = { { CVMM_ARM64_VENDOR_BMAP_2, 0 } };
	struct cvmm_error run;

	cr_assert_eq(start("6.1.192" N1, PSCI, pin, 1, 0), 0);
	guest_close(&g);
	pin[0].value = 3;
	cr_assert_eq(start("6.1.192" N1, PSCI, pin, 1, 0), -ENOENT);
	cr_assert_eq(e.id, CVMM_ARM64_VENDOR_BMAP_2);
	cr_assert_eq(e.phase, CVMM_PHASE_CONFIG);
	cr_assert_eq(cvmm_vcpu_run(g.vcpu[1], &run), -EOWNERDEAD);
	cr_assert_eq(run.id, CVMM_ARM64_VENDOR_BMAP_2);
}

/* 6.1's guests see another CTR_EL0 than ONE_REG has: nothing to write, and writing would fail. */
Test(capture, what_the_host_shows_anyway_is_not_written)
{
	static const struct cvmm_pair pin[] = { { CVMM_ARM64_SYS(3, 3, 0, 0, 1), 0x8444c004 } };

	cr_assert_eq(start("6.1.192" N1, PSCI, pin, 1, 1), 0);
	guest_close(&g);
	cr_assert_eq(start("6.1.192" N1, PSCI, pin, 1, 0), -EINVAL);
	cr_assert_eq(g.gate.dead != 0, 1);
}

Test(capture, a_baseline_that_is_none_touches_nothing)
{
	static const struct cvmm_pair order[] = { { CVMM_ARM64_PSCI_VERSION, 1 }, { CVMM_ARM64_DEMUX, 1 } };
	static const struct cvmm_pair stranger[] = { { 0x603000000013ffff, 1 } };
	static const struct cvmm_pair other[] = { { CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_FEATURES), PSCI | PMU } };

	cr_assert_eq(start("6.18.15" N1, PSCI, order, 2, 1), -EINVAL);
	cr_assert_eq(e.reason, CVMM_REASON_ID_ORDER);
	guest_close(&g);
	cr_assert_eq(start("6.18.15" N1, PSCI, stranger, 1, 1), -EINVAL);
	cr_assert_eq(e.reason, CVMM_REASON_UNKNOWN_REGISTER);
	guest_close(&g);
	cr_assert_eq(start("6.18.15" N1, PSCI, other, 1, 1), -EINVAL);
	cr_assert_eq(g.gate.dead, 0);
	cr_assert_eq(cvmm_machine_start(&g.m, PSCI, NULL, 0, NULL, &e), 0);
	cr_assert_eq(cvmm_machine_start(&g.m, PSCI, NULL, 0, NULL, &e), -EINVAL);
	cr_assert_eq(e.reason, CVMM_REASON_PHASE_ORDER);
}
