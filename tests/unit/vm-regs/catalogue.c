/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The VM's rows against what real kernels answered. */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/vm-regs/vm-regs.h>

#include "../kvm-ioctls/profiles.h"

static const struct cvmm_field *field_at(const struct cvmm_row *row, uint32_t shift)
{
	uint32_t i;

	for (i = 0; i < row->nfields; i++)
		if (row->field[i].shift == shift && row->field[i].width == 4)
			return &row->field[i];
	return NULL;
}

/* Does the catalogue say that a host with @have can stand in for @have - 1? */
static int one_less_is_safe(const struct cvmm_field *f, uint32_t have)
{
	if (!f || !have)
		return 0;
	switch (f->safe) {
	case CVMM_SAFE_LOWER: return (!f->is_signed || have != 8) && have - 1 >= f->floor;
	case CVMM_SAFE_EXACT_OR_FLOOR: return have - 1 == f->floor;
	default: return 0;
	}
}

/* 6.12.117 takes an EL1 of 0 from a VMM, although no guest could run; later kernels refuse it. */
static int known_exception(const struct loaded_profile *l, uint64_t id, uint32_t shift)
{
	return !strcmp(l->file, "6.12.117-neoverse-n1.profile") && id == CVMM_ARM64_SYS(3, 0, 0, 4, 0) && shift == 4;
}

static uint32_t check_id_register(const struct loaded_profile *l, const struct cvmm_pair *lower, uint32_t *exceptions)
{
	const struct cvmm_variant *base = cvmm_profile_variant(&l->p, CVMM_ARM64_FEATURE_PSCI_0_2);
	const struct cvmm_row *row = cvmm_vm_reg_row((struct cvmm_vm_reg){ lower->id });
	const struct cvmm_pair *mask = cvmm_pair_find(l->p.mask, l->p.nmasks, lower->id);
	uint32_t shift, checked = 0;
	uint64_t value;
	int item;

	/* CTR_EL0's fields are not nibbles, and only some were tried. */
	if (!row || lower->id == CVMM_ARM64_CTR_EL0)
		return 0;
	item = cvmm_regset_find(&base->regs, lower->id);
	cr_assert_geq(item, 0);
	value = cvmm_regset_u64(&base->regs, (uint32_t)item, 0);
	for (shift = 0; shift < 64; shift += 4) {
		uint32_t have = value >> shift & 15;
		int accepted = (lower->value >> shift & 15) == 15;
		int safe = one_less_is_safe(field_at(row, shift), have);

		if (!have)
			continue;
		checked++;
		if (accepted && !safe && known_exception(l, lower->id, shift)) {
			(*exceptions)++;
			continue;
		}
		cr_expect(!accepted || safe, "%s: %s bit %u: %x took one less, the catalogue says no", l->file,
			row->name, shift, have);
		if (mask && (mask->value >> shift & 15) == 15)
			cr_expect(!safe || accepted, "%s: %s bit %u: %x refused one less, the catalogue says yes",
				l->file, row->name, shift, have);
		if (mask && (mask->value >> shift & 15) == 0)
			cr_expect(!accepted, "%s: %s bit %u: taken outside of the mask", l->file, row->name, shift);
	}
	return checked;
}

Test(vm_regs, fields_agree_with_what_kernels_accepted)
{
	struct loaded_profile *all = load_profiles();
	uint32_t i, k, checked = 0, exceptions = 0;

	for (i = 0; i < nprofiles; i++)
		for (k = 0; k < all[i].p.nlower; k++)
			checked += check_id_register(&all[i], &all[i].p.lower[k], &exceptions);
	cr_expect_gt(checked, 4000u, "only %u fields were compared", checked);
	cr_expect_eq(exceptions, 1u);
	free_profiles(all);
}

static void check_fields(const struct cvmm_row *row)
{
	uint32_t i, next = 0;

	for (i = 0; i < row->nfields; i++) {
		const struct cvmm_field *f = &row->field[i];

		cr_expect_geq(f->shift, next, "%s.%s", row->name, f->name);
		cr_expect(f->width >= 1 && f->shift + f->width <= 64, "%s.%s", row->name, f->name);
		cr_expect_leq(f->safe, CVMM_SAFE_EXACT_OR_FLOOR, "%s.%s", row->name, f->name);
		next = f->shift + f->width;
	}
	cr_expect_eq(row->nfields != 0, row->field != NULL, "%s", row->name);
}

Test(vm_regs, rows_ascend_and_are_found)
{
	const uint32_t arches[] = { CVMM_ARCH_ARM64, CVMM_ARCH_X86_64, CVMM_ARCH_RISCV64 };
	uint32_t a, i, k, n;

	for (a = 0; a < 3; a++) {
		const struct cvmm_row *row = cvmm_vm_reg_rows(arches[a], &n);

		for (i = 0; i < n; i++) {
			cr_expect(!i || row[i].first > row[i - 1].first, "%s", row[i].name);
			cr_expect(
				row[i].name && row[i].kernels && row[i].source && row[i].source[0], "%s", row[i].name);
			check_fields(&row[i]);
			for (k = 0; k < row[i].count; k++) {
				uint64_t id = row[i].first + (uint64_t)k * row[i].step;

				cr_expect_eq(cvmm_vm_reg_row(cvmm_vm_reg_from_id(id)), &row[i], "%s", row[i].name);
				/* One bit beside it is another register, or none. */
				cr_expect_neq(cvmm_vm_reg_row((struct cvmm_vm_reg){ id ^ UINT64_C(1) << 40 }), &row[i]);
				cr_expect_neq(cvmm_vm_reg_row((struct cvmm_vm_reg){ id ^ UINT64_C(1) << 28 }), &row[i]);
				cr_expect_neq(cvmm_vm_reg_row((struct cvmm_vm_reg){ id ^ UINT64_C(1) << 53 }), &row[i]);
			}
		}
	}
	cr_expect_null(cvmm_vm_reg_rows(0x50, &n));
	cr_expect_eq(n, 0u);
}

Test(vm_regs, the_56_id_slots_are_there)
{
	uint32_t crm, op2, fields = 0;

	for (crm = 1; crm < 8; crm++) {
		for (op2 = 0; op2 < 8; op2++) {
			struct cvmm_vm_reg reg = cvmm_vm_reg_from_id(CVMM_ARM64_SYS(3, 0, 0, crm, op2));
			const struct cvmm_row *row = cvmm_vm_reg_row(reg);

			cr_assert(row, "3,0,0,%u,%u", crm, op2);
			cr_expect_eq(row->write, CVMM_WRITE_SAFE);
			cr_expect_eq(row->combine, CVMM_COMBINE_FIELDS);
			cr_expect_eq(row->window, CVMM_WINDOW_BEFORE_RUN);
			fields += row->nfields;
		}
	}
	cr_expect_gt(fields, 250u, "%u fields", fields);
}

/* The library's rules never contradict each other: the first one that holds decides, and none is out of reach. */
Test(vm_regs, every_rule_can_decide)
{
	struct cvmm_rules rules = cvmm_vm_reg_rules(CVMM_ARCH_ARM64);
	uint32_t i, k;

	cr_assert_gt(rules.n, 10u);
	for (i = 0; i < rules.n; i++) {
		cr_expect(cvmm_vm_reg_from_id(rules.v[i].first).id, "rule %u is about a register that is not the VM's",
			i);
		cr_expect_eq(rules.v[i].expected & ~rules.v[i].mask, 0u);
		for (k = 0; k < i; k++)
			cr_expect(!(rules.v[k].test == CVMM_TEST_ALWAYS && (rules.v[k].on & rules.v[i].on) &&
					  cvmm_rule_has(&rules.v[k], rules.v[i].first)),
				"rule %u hides rule %u", k, i);
	}
}

Test(vm_regs, ids_that_nobody_knows)
{
	const uint64_t ids[] = { 0, UINT64_MAX, CVMM_ARM64_FW | 0x1f, CVMM_ARM64_FW_BMAP | 0x1f,
		CVMM_ARM64_SYS(3, 7, 15, 15, 7), UINT64_C(0x6030000100000fff), UINT64_C(0x5030000000000001),
		UINT64_C(0x6020000000140000), UINT64_C(0x60f0000000140000), UINT64_C(0x6030000010140000) };
	uint32_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		cr_expect_eq(cvmm_vm_reg_from_id(ids[i]).id, 0u, "%llx", (unsigned long long)ids[i]);
		cr_expect_null(cvmm_vm_reg_row((struct cvmm_vm_reg){ ids[i] }));
	}
}
