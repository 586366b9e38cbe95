/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The judgement against the kernels themselves: whatever cvmm_host_accepts() says yes to, the host takes and gives back.
 * A yes that is none would kill a machine in the middle of a restore.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <cvmm/kvm-sim/profiles.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include "world.h"

struct tally {
	uint32_t yes;
	uint32_t no;
	uint32_t no_but_taken;
};

/* KVM's own answer: written, and read back as it was written; then put back. */
static int taken(const struct guest *g, uint64_t id, uint64_t value)
{
	uint32_t size = cvmm_reg_bytes(id);
	uint64_t before = 0, after = 0;
	struct cvmm_error e;
	int ret;

	cr_assert_eq(cvmm_vcpu_get_one_reg(g->vcpu[0], id, &before, size, &e), 0);
	ret = cvmm_vcpu_set_one_reg(g->vcpu[0], id, &value, size, &e);
	cr_assert_eq(cvmm_vcpu_get_one_reg(g->vcpu[0], id, &after, size, &e), 0);
	if (ret == 0)
		cr_assert_eq(cvmm_vcpu_set_one_reg(g->vcpu[0], id, &before, size, &e), 0);
	return ret == 0 && after == value;
}

static void ask(const struct guest *g, const struct cvmm_variant *variant, const struct cvmm_row *row, uint64_t id,
	uint64_t value, struct tally *t)
{
	uint16_t reason = 0;
	uint8_t write = 0;
	int yes = cvmm_host_accepts(&g->world->profile, variant, row, id, value, &reason, &write);
	int really;

	cr_assert_neq(reason, 0);
	if (yes && !write) {
		/* Nothing to write: the guest itself has to see it. */
		uint64_t seen = ~value;

		t->yes++;
		if (cvmm_sim_guest_reg(&g->world->be, g->vcpu[0].fd, id, &seen) == 0)
			cr_assert_eq(seen, value, "%s %llx: %llx, guest sees %llx (%s)", g->world->name,
				(unsigned long long)id, (unsigned long long)value, (unsigned long long)seen,
				cvmm_reason_name(reason));
		return;
	}
	really = taken(g, id, value);
	t->yes += yes == 1;
	t->no += yes == 0;
	t->no_but_taken += !yes && really;
	/* What KVM asserts it never stores; equal values read back all the same. */
	cr_assert(!yes || really, "%s, features %llx: %llx = %llx is said to be accepted (%s) and is not",
		g->world->name, (unsigned long long)variant->features, (unsigned long long)id,
		(unsigned long long)value, cvmm_reason_name(reason));
}

static void ask_around(const struct guest *g, const struct cvmm_variant *variant, uint32_t item, struct tally *t)
{
	uint64_t id = variant->regs.item[item].id, reset = cvmm_regset_u64(&variant->regs, item, 0);
	const struct cvmm_row *row = cvmm_vm_reg_row(cvmm_vm_reg_from_id(id));
	uint32_t shift, v;

	if (!row || row->write == CVMM_WRITE_VOLATILE || row->write == CVMM_WRITE_ASSERT)
		return;
	ask(g, variant, row, id, reset, t);
	ask(g, variant, row, id, 0, t);
	for (shift = 0; shift < 64; shift += 4) {
		for (v = 0; v < 16; v++)
			ask(g, variant, row, id, (reset & ~(0xfull << shift)) | (uint64_t)v << shift, t);
	}
	for (v = 0; v < 64; v++)
		ask(g, variant, row, id, reset ^ 1ull << v, t);
}

Test(judge, whatever_is_accepted_is_taken_by_every_recorded_kernel)
{
	struct tally all = { 0 };
	struct world w;
	struct guest g;

	for (uint32_t i = 0; i < cvmm_sim_profile_count(); i++) {
		world_open(&w, cvmm_sim_profile_name(i));
		for (uint32_t k = 0; k < w.profile.nvariants; k++) {
			const struct cvmm_variant *variant = &w.profile.variant[k];
			struct tally t = { 0 };

			guest_start(&g, &w, 1, variant->features, NULL, 0);
			for (uint32_t m = 0; m < variant->regs.n; m++)
				ask_around(&g, variant, m, &t);
			guest_close(&g);
			all.yes += t.yes;
			all.no += t.no;
			all.no_but_taken += t.no_but_taken;
		}
		world_close(&w);
	}
	fprintf(stderr, "judge: %u yes, %u no, of which the kernel would have taken %u\n", all.yes, all.no,
		all.no_but_taken);
	cr_assert_gt(all.yes, 50000);
}

/* What a profile does not tell is refused, never guessed. */
Test(judge, a_profile_without_facts_accepts_only_what_it_shows)
{
	static const uint64_t pfr0 = CVMM_ARM64_SYS(3, 0, 0, 4, 0);
	const struct cvmm_row *row = cvmm_vm_reg_row(cvmm_vm_reg_from_id(pfr0));
	struct cvmm_profile bare;
	uint16_t reason;
	struct world w;

	world_open(&w, "6.18.15-neoverse-n1");
	bare = w.profile;
	cr_assert_eq(cvmm_host_accepts(&bare, bare.variant, row, pfr0, 0x1100000011110111, &reason, NULL), 1);
	bare.nlower = bare.nmasks = 0;
	cr_assert_eq(cvmm_host_accepts(&bare, bare.variant, row, pfr0, 0x1100000011110111, &reason, NULL), 0);
	cr_assert_eq(reason, CVMM_REASON_FIELD_FIXED);
	cr_assert_eq(cvmm_host_accepts(&bare, bare.variant, row, pfr0, 0x1100000011110112, &reason, NULL), 1);
	cr_assert_eq(reason, CVMM_REASON_SAME);
	/* Masks alone are what a kernel says of itself. */
	bare.nmasks = w.profile.nmasks;
	cr_assert_eq(cvmm_host_accepts(&bare, bare.variant, row, pfr0, 0x1100000011110111, &reason, NULL), 1);
	cr_assert_eq(cvmm_host_accepts(&bare, bare.variant, row, 0x603000000013ffff, 0, &reason, NULL), -ENOENT);
	world_close(&w);
}

static int accepts(const struct world *w, uint64_t id, uint64_t value, uint16_t *reason)
{
	const struct cvmm_row *row = cvmm_vm_reg_row(cvmm_vm_reg_from_id(id));

	if (!row)
		row = cvmm_vcpu_reg_row(cvmm_vcpu_reg_from_id(id));
	return cvmm_host_accepts(&w->profile, w->profile.variant, row, id, value, reason, NULL);
}

Test(judge, levels_bits_assertions_and_identity)
{
	static const struct {
		uint64_t id, value;
		int ok;
		uint16_t reason;
	} c[] = {
		{ CVMM_ARM64_PSCI_VERSION, 0x10003, 1, CVMM_REASON_SAME },
		{ CVMM_ARM64_PSCI_VERSION, 0x10000, 1, CVMM_REASON_HIDDEN },
		{ CVMM_ARM64_PSCI_VERSION, 0x10004, 0, CVMM_REASON_PSCI_NEWER },
		{ CVMM_ARM64_PSCI_VERSION, 0x3, 0, CVMM_REASON_HOST_REFUSES },
		{ CVMM_ARM64_PSCI_VERSION, 0x1, 0, CVMM_REASON_HOST_REFUSES },
		{ CVMM_ARM64_VENDOR_HYP_BMAP, 1, 1, CVMM_REASON_HIDDEN },
		{ CVMM_ARM64_VENDOR_HYP_BMAP, 4, 0, CVMM_REASON_BITS_NOT_OFFERED },
		{ CVMM_ARM64_VENDOR_BMAP_2, 3, 1, CVMM_REASON_WRITTEN },
		{ CVMM_ARM64_VENDOR_BMAP_2, 4, 0, CVMM_REASON_BITS_NOT_OFFERED },
		{ CVMM_ARM64_WORKAROUND_1, 2, 1, CVMM_REASON_SAME },
		{ CVMM_ARM64_WORKAROUND_1, 1, 0, CVMM_REASON_ASSERT_DIFFERS },
		{ CVMM_ARM64_WORKAROUND_1, 3, 0, CVMM_REASON_ASSERT_FAILS },
		{ CVMM_ARM64_WORKAROUND_2, 1, 1, CVMM_REASON_SAME },
		{ CVMM_ARM64_WORKAROUND_2, 2, 0, CVMM_REASON_ASSERT_FAILS },
		{ CVMM_ARM64_MIDR_EL1, 0x410fd0c1, 0, CVMM_REASON_HOST_REFUSES },
		{ CVMM_ARM64_DEMUX, 0x701fe01a, 1, CVMM_REASON_WRITTEN },
	};
	struct world w, old;
	uint16_t reason;

	world_open(&w, "6.18.15-neoverse-n1");
	for (uint32_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		cr_expect_eq(accepts(&w, c[i].id, c[i].value, &reason), c[i].ok, "%llx = %llx",
			(unsigned long long)c[i].id, (unsigned long long)c[i].value);
		cr_expect_eq(reason, c[i].reason, "%llx = %llx: %s", (unsigned long long)c[i].id,
			(unsigned long long)c[i].value, cvmm_reason_name(reason));
	}
	world_open(&old, "6.1.192-neoverse-n1");
	cr_expect_eq(accepts(&old, CVMM_ARM64_DEMUX, 2, &reason), 0);
	cr_expect_eq(reason, CVMM_REASON_HOST_REFUSES);
	cr_expect_eq(accepts(&old, CVMM_ARM64_SYS(3, 3, 0, 0, 1), 0x8444c004, &reason), 1);
	cr_expect_eq(reason, CVMM_REASON_HOST_SHOWS_IT);
	cr_expect_eq(accepts(&old, CVMM_ARM64_SYS(3, 3, 0, 0, 1), 0x9444c004, &reason), 0);
	cr_expect_eq(reason, CVMM_REASON_GUEST_SEES_OTHER);
	world_close(&w);
	world_close(&old);
}
