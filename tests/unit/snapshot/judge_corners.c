/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Judgements that no recorded host is asked for: fields as wide as a register, promises in later words, wide registers. */
#include <criterion/criterion.h>

#include <errno.h>
#include <string.h>

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/row.h>
#include <cvmm/snapshot/plan.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>
#include <cvmm/vm-regs/vm-regs.h>

#define PFR0	CVMM_ARM64_SYS(3, 0, 0, 4, 0)
#define RV_ISA	UINT64_C(0x8030000001000000)
#define LOWER	.safe = CVMM_SAFE_LOWER
#define VLS_MAX 8

/* A host with one register. */
static struct cvmm_item item;
static uint8_t column[64];
static struct cvmm_variant variant = { .regs = { .item = &item, .col = column, .n = 1, .ncols = 1, .stride = 64 } };
static struct cvmm_profile host;
static struct cvmm_pair fact;
static uint16_t reason;

static void host_with(uint32_t arch, uint64_t id, uint64_t reset)
{
	item = (struct cvmm_item){ .id = id, .size = cvmm_reg_bytes(id) };
	memset(column, 0, sizeof(column));
	cvmm_store_le(column, 8, reset);
	host = (struct cvmm_profile){ .arch = arch, .nvariants = 1, .variant = &variant };
}

static int accepts(const struct cvmm_row *row, uint64_t value)
{
	return cvmm_host_accepts(&host, &variant, row, item.id, value, &reason, NULL);
}

/* A row of the caller's: one signed field, all of the register. */
Test(judge_corners, a_field_as_wide_as_the_register)
{
	static const struct cvmm_field whole = { .width = 64, LOWER, .is_signed = 1, .name = "WHOLE" };
	const struct cvmm_row row = { .first = PFR0,
		.compare = UINT64_MAX,
		.count = 1,
		.nfields = 1,
		.write = CVMM_WRITE_SAFE,
		.combine = CVMM_COMBINE_FIELDS,
		.field = &whole };

	host_with(CVMM_ARCH_ARM64, PFR0, 5);
	fact = (struct cvmm_pair){ PFR0, UINT64_MAX };
	host.mask = &fact;
	host.nmasks = 1;
	cr_expect_eq(accepts(&row, 4), 1);
	cr_expect_eq(reason, CVMM_REASON_HIDDEN);
	cr_expect_eq(accepts(&row, UINT64_MAX), 1, "not implemented is less than implemented");
	cr_expect_eq(accepts(&row, UINT64_MAX - 1), 0);
	cr_expect_eq(reason, CVMM_REASON_HOST_REFUSES);
	cr_expect_eq(accepts(&row, 6), 0);
	cr_expect_eq(reason, CVMM_REASON_FIELD_HIGHER);
	fact.value = UINT64_MAX >> 1;
	cr_expect_eq(accepts(&row, 4), 0, "the kernel changes but a part of it");
	cr_expect_eq(reason, CVMM_REASON_FIELD_FIXED);
}

/* Fields that were lowered on a host whose variants nobody kept: what was tried still counts, and nothing else. */
Test(judge_corners, lowered_fields_without_variants)
{
	static const struct cvmm_field two[] = { { .width = 4, LOWER, .name = "A" },
		{ .shift = 4, .width = 4, LOWER, .name = "B" } };
	const struct cvmm_row row = { .first = PFR0,
		.compare = UINT64_MAX,
		.count = 1,
		.nfields = 2,
		.write = CVMM_WRITE_SAFE,
		.combine = CVMM_COMBINE_FIELDS,
		.field = two };

	host_with(CVMM_ARCH_ARM64, PFR0, 0x22);
	fact = (struct cvmm_pair){ PFR0, 0xf };
	host.lower = &fact;
	host.nlower = 1;
	host.nvariants = 0;
	host.variant = NULL;
	cr_expect_eq(accepts(&row, 0x21), 1);
	cr_expect_eq(accepts(&row, 0x12), 0);
	cr_expect_eq(reason, CVMM_REASON_FIELD_FIXED);
}

/* A level that is none of KVM's: unknown and not available are one only below 4. */
Test(judge_corners, a_mitigation_of_a_level_that_nobody_knows)
{
	const struct cvmm_row *row = cvmm_vm_reg_row(cvmm_vm_reg_from_id(CVMM_ARM64_WORKAROUND_2));

	host_with(CVMM_ARCH_ARM64, CVMM_ARM64_WORKAROUND_2, 5);
	cr_expect_eq(accepts(row, 5), 1);
	cr_expect_eq(accepts(row, 3), 0);
	cr_expect_eq(reason, CVMM_REASON_ASSERT_DIFFERS);
	cr_expect_eq(accepts(row, 9), 0);
	cr_expect_eq(reason, CVMM_REASON_ASSERT_FAILS);
}

/* riscv64's single letters: what a profile says can be had, or else what a fresh vCPU has. */
Test(judge_corners, letters_that_a_profile_offers)
{
	const struct cvmm_row *row = cvmm_vcpu_reg_row(cvmm_vcpu_reg_from_id(RV_ISA));

	host_with(CVMM_ARCH_RISCV64, RV_ISA, 0x5);
	cr_expect_eq(accepts(row, 0x4), 1);
	cr_expect_eq(accepts(row, 0x7), 0);
	cr_expect_eq(reason, CVMM_REASON_BITS_NOT_OFFERED);
	fact = (struct cvmm_pair){ RV_ISA, 0x7 };
	host.mask = &fact;
	host.nmasks = 1;
	cr_expect_eq(accepts(row, 0x7), 1);
	cr_expect_eq(accepts(row, 0xc), 0);
	cr_expect_eq(reason, CVMM_REASON_BITS_NOT_OFFERED);
}

static int lengths(const uint16_t *length, uint32_t n)
{
	uint8_t want[64] = { 0 };
	uint32_t i;

	for (i = 0; i < n; i++)
		want[length[i] / 8] |= (uint8_t)(1u << length[i] % 8);
	return cvmm_host_accepts_wide(&variant, CVMM_ARM64_SVE_VLS, want, &reason, NULL);
}

/* Lengths of more than 64 quadwords stand in the words behind the first one. */
Test(judge_corners, vector_lengths_beyond_the_first_word)
{
	static const uint16_t up_to_64[] = { 0, 1, 63, 64 }, up_to_63[] = { 0, 1, 63 }, gap[] = { 0, 63, 64 },
			      more[] = { 0, 1, 63, 64, 65 };

	host_with(CVMM_ARCH_ARM64, CVMM_ARM64_SVE_VLS, UINT64_C(0x8000000000000003));
	column[VLS_MAX] = 0x41; /* 64 and 70 */
	cr_expect_eq(lengths(up_to_64, 4), 1);
	cr_expect_eq(reason, CVMM_REASON_HIDDEN);
	cr_expect_eq(lengths(up_to_63, 3), 1);
	cr_expect_eq(lengths(gap, 3), 0, "KVM selects only a longest one");
	cr_expect_eq(reason, CVMM_REASON_HOST_REFUSES);
	cr_expect_eq(lengths(more, 5), 0);
	cr_expect_eq(reason, CVMM_REASON_BITS_NOT_OFFERED);
	cr_expect_eq(lengths(NULL, 0), 0);
	cr_expect_eq(reason, CVMM_REASON_HOST_REFUSES);
}

/*
 * A row of the caller's says that a register of 128 bits is the VM's. Steps carry 64 bits, so on every architecture the view
 * is refused, whatever the host says.
 */
Test(judge_corners, no_register_of_the_vm_is_wider_than_64_bits)
{
	static const struct {
		uint32_t arch;
		uint64_t wide, own;
	} c[] = {
		{ CVMM_ARCH_ARM64, UINT64_C(0x604000000013ff00), CVMM_ARM64_CORE | CVMM_REG_U64 },
		{ CVMM_ARCH_X86_64, UINT64_C(0x2040000200001234), UINT64_C(0x2030000200000011) },
		{ CVMM_ARCH_RISCV64, UINT64_C(0x804000000a7fff00), UINT64_C(0x8030000002000000) },
	};
	static _Alignas(16) uint8_t store[CVMM_MOVES_BYTES];
	const uint8_t scope = CVMM_SCOPE_VM;
	struct cvmm_item vm = { .size = 16 }, own = { .size = 8 };
	struct cvmm_vcpu_ref vcpu = { 0, 0, 0 };
	uint32_t number = 0, i;

	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		const struct cvmm_row row = { .first = c[i].wide, .compare = UINT64_MAX, .count = 1 };
		const struct cvmm_rules mine = { .nrows = 1, .row = &row, .scope = &scope };
		const struct cvmm_profile *hosts = &host;
		struct cvmm_shape shape = { .vcpu_id = &number,
			.regs = { .item = &own, .col = column, .n = 1, .ncols = 1, .stride = 8 } };
		struct cvmm_view v = { .arch = c[i].arch,
			.vm = { .item = &vm, .col = column, .n = 1, .ncols = 1, .stride = 16 },
			.shape = &shape,
			.nshapes = 1,
			.vcpu = &vcpu,
			.nvcpus = 1 };
		struct cvmm_step step[8];
		struct cvmm_plan p = { .step = step, .cap = 8 };
		struct cvmm_move move;
		struct cvmm_error e;

		host_with(c[i].arch, c[i].own, 0);
		vm.id = c[i].wide;
		own.id = c[i].own;
		cr_assert_eq(cvmm_view_check(&v, &e), 0, "%u: %s", i, cvmm_reason_name(e.reason));
		cr_expect_eq(cvmm_plan_make(&v, &host, &mine, &p, &e), -EINVAL, "%u", i);
		cr_expect_eq(e.reason, CVMM_REASON_REG_SIZE, "%u: %s", i, cvmm_reason_name(e.reason));
		cr_expect_eq(e.id, c[i].wide);
		cr_expect_eq(e.other, 16);
		cr_expect_eq(cvmm_plan_moves(&v, &hosts, 1, &mine, &move, store, sizeof(store), &e), -EINVAL, "%u", i);
		cr_expect_eq(e.reason, CVMM_REASON_REG_SIZE);
	}
}
