/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Every register of every recorded kernel belongs to the VM or to a vCPU, never to both, never to nobody. */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>
#include <cvmm/vm-regs/vm-regs.h>

#include <ctype.h>

#include "../kvm-ioctls/profiles.h"

static uint32_t owners(uint64_t id)
{
	return (cvmm_vm_reg_from_id(id).id ? 1u : 0u) + (cvmm_vcpu_reg_from_id(id).id ? 1u : 0u);
}

Test(ownership, each_recorded_register_has_one_owner)
{
	struct loaded_profile *all = load_profiles();
	uint32_t i, k, r, seen = 0;

	for (i = 0; i < nprofiles; i++) {
		for (k = 0; k < all[i].p.nvariants; k++) {
			const struct cvmm_regset *set = &all[i].p.variant[k].regs;

			for (r = 0; r < set->n; r++) {
				cr_expect_eq(owners(set->item[r].id), 1u, "%s: %016llx has %u owners", all[i].file,
					(unsigned long long)set->item[r].id, owners(set->item[r].id));
				seen++;
			}
		}
	}
	cr_expect_gt(seen, 50000u);
	free_profiles(all);
}

/* 6.18 on neoverse-n1, PSCI_0_2: the figures of the project's issue. */
Test(ownership, how_many_are_whose)
{
	struct loaded_profile *all = load_profiles();
	uint32_t i, r, vm = 0, clocks = 0, vcpu = 0;

	for (i = 0; i < nprofiles; i++) {
		const struct cvmm_variant *v = cvmm_profile_variant(&all[i].p, CVMM_ARM64_FEATURE_PSCI_0_2);

		if (strcmp(all[i].file, "6.18.15-neoverse-n1.profile"))
			continue;
		for (r = 0; r < v->regs.n; r++) {
			const struct cvmm_row *row = cvmm_vm_reg_row(cvmm_vm_reg_from_id(v->regs.item[r].id));

			if (!row)
				vcpu++;
			else if (row->phase == CVMM_PHASE_CLOCK)
				clocks++;
			else
				vm++;
		}
	}
	cr_expect_eq(vm, 68u, "%u", vm);
	cr_expect_eq(clocks, 2u, "%u", clocks);
	cr_expect_eq(vcpu, 187u, "%u", vcpu);
	free_profiles(all);
}

/* Two people wrote the encodings down: here, and in kvm-ioctls' names. Rows of one register carry its name. */
Test(ownership, rows_and_names_agree)
{
	uint32_t scope, i, n, compared = 0;

	for (scope = 0; scope < 2; scope++) {
		const struct cvmm_row *row =
			scope ? cvmm_vcpu_reg_rows(CVMM_ARCH_ARM64, &n) : cvmm_vm_reg_rows(CVMM_ARCH_ARM64, &n);

		for (i = 0; i < n; i++) {
			char name[CVMM_REG_NAME_MAX];

			cr_assert_gt(cvmm_reg_name(row[i].first, name, sizeof(name)), 0);
			if (row[i].count > 1 || isdigit((unsigned char)name[0]))
				continue;
			cr_expect_str_eq(name, row[i].name);
			compared++;
		}
	}
	cr_expect_gt(compared, 180u, "%u", compared);
}

static void check_row(const struct cvmm_row *row)
{
	uint32_t k;

	cr_expect(row->name && row->kernels && row->source && row->source[0], "%s", row->name);
	cr_expect_eq(row->compare & row->other_bits, row->other_bits, "%s", row->name);
	for (k = 0; k < row->count; k++) {
		uint64_t id = row->first + (uint64_t)k * row->step;

		cr_expect_eq(cvmm_vcpu_reg_row(cvmm_vcpu_reg_from_id(id)), row, "%s", row->name);
		cr_expect_eq(owners(id), 1u, "%s", row->name);
	}
	if (row->peer) {
		const struct cvmm_row *peer = cvmm_vcpu_reg_row(cvmm_vcpu_reg_from_id(row->peer));

		cr_assert(peer, "%s", row->name);
		cr_expect_eq(peer->peer, row->first, "%s", row->name);
		/* Of the two names exactly one is written. */
		cr_expect_eq((row->write == CVMM_WRITE_ALIAS) + (peer->write == CVMM_WRITE_ALIAS), 1, "%s", row->name);
	}
}

Test(ownership, vcpu_rows_are_whole)
{
	const uint32_t arches[] = { CVMM_ARCH_ARM64, CVMM_ARCH_X86_64, CVMM_ARCH_RISCV64 };
	uint32_t a, i, n;

	for (a = 0; a < 3; a++) {
		const struct cvmm_row *row = cvmm_vcpu_reg_rows(arches[a], &n);

		for (i = 0; i < n; i++) {
			cr_expect(!i || row[i].first > row[i - 1].first, "%s", row[i].name);
			check_row(&row[i]);
		}
	}
}

Test(ownership, every_vcpu_rule_is_about_a_vcpus_register)
{
	struct cvmm_rules rules = cvmm_vcpu_reg_rules(CVMM_ARCH_ARM64);
	uint32_t i;

	cr_assert_gt(rules.n, 50u);
	for (i = 0; i < rules.n; i++) {
		cr_expect(cvmm_vcpu_reg_from_id(rules.v[i].first).id, "rule %u", i);
		cr_expect_eq(rules.v[i].expected & ~rules.v[i].mask, 0u, "rule %u never holds", i);
		if (rules.v[i].test == CVMM_TEST_REGISTER)
			cr_expect_eq(owners(rules.v[i].arg), 1u, "rule %u looks at nobody's register", i);
	}
}

/* CLIDR_EL1 of neoverse-n1 on 6.1: level 1 apart, level 2 unified. So CCSIDR 0, 1, 2 exist and 3 to 13 do not. */
Test(ownership, ccsidr_of_absent_caches)
{
	struct cvmm_rules rules = cvmm_vcpu_reg_rules(CVMM_ARCH_ARM64);
	const uint64_t clidr = 0x82000023;
	uint32_t n, i;

	for (n = 0; n < 14; n++) {
		int dropped = 0;

		for (i = 0; i < rules.n && !dropped; i++) {
			const struct cvmm_rule *r = &rules.v[i];

			dropped = (r->on & CVMM_ON_SNAPSHOT_ONLY) && r->act == CVMM_ACT_DROP &&
				  r->test == CVMM_TEST_REGISTER && r->arg == CVMM_ARM64_CLIDR_EL1 &&
				  cvmm_rule_has(r, CVMM_ARM64_DEMUX | n) && (clidr & r->mask) == r->expected;
		}
		cr_expect_eq(dropped, n > 2, "CCSIDR[%u]", n);
	}
}

/* Only counters that exist count. */
Test(ownership, compare_follows_the_number_of_counters)
{
	const struct cvmm_row *set = cvmm_vcpu_reg_row((struct cvmm_vcpu_reg){ CVMM_ARM64_SYS(3, 3, 9, 12, 1) });
	const struct cvmm_row *pc = cvmm_vcpu_reg_row((struct cvmm_vcpu_reg){ UINT64_C(0x6030000000100040) });

	cr_expect_eq(cvmm_row_compare(set, 0x410c30ac), UINT64_C(0x8000003f));
	cr_expect_eq(cvmm_row_compare(set, 31 << 11), UINT64_C(0xffffffff));
	cr_expect_eq(cvmm_row_compare(set, 0), UINT64_C(0x80000000));
	cr_expect_eq(cvmm_row_compare(pc, 0), UINT64_MAX);
}
