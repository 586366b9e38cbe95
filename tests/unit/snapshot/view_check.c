/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The rules of a view, each broken once: by a VMM that fills in views itself, so also those that no file can break. */
#include <errno.h>
#include <string.h>
#include <criterion/criterion.h>

#include <cvmm/kvm-ioctls/reg-id.h>

#include "snap.h"

#define OVER(limit) ((limit) + 1)

static struct snap_sample s;
static char longest[CVMM_SNAPSHOT_NAME_MAX + 2];

/* Two shapes that differ in the length of a block alone: the second one's is shorter. */
static void make_shapes_alike(void)
{
	memcpy(s.item[0], s.item[1], sizeof(s.item[0]));
	s.shape[0].features = s.shape[1].features;
	s.shape[0].regs.n = s.shape[1].regs.n;
	s.shape[0].regs.stride = s.shape[1].regs.stride;
	s.item[1][40].size -= 1;
}

/* clang-format off: a table, one rule a line: its name, the reason of its refusal, how it is broken */
#define RULES(X)                                                                                         \
	X(arch, HEADER_FIELD, s.view.arch = 7)                                                           \
	X(no_vcpus, HEADER_FIELD, s.view.nvcpus = 0)                                                     \
	X(vcpus_over, LIMIT, s.view.nvcpus = OVER(CVMM_VCPUS_MAX))                                       \
	X(kernel_long, HEADER_FIELD, memset(longest, 'k', sizeof(longest) - 1); s.view.kernel = longest) \
	X(kernel_escape, HEADER_FIELD, s.view.kernel = "6.1\x1b[31m")                                    \
	X(writer_beyond_ascii, HEADER_FIELD, s.view.writer = "caf\x7f")                                  \
	X(caps_over, LIMIT, s.view.ncaps = OVER(CVMM_SNAPSHOT_CAPS_MAX))                                 \
	X(caps_order, ID_ORDER, s.cap[1].id = s.cap[0].id)                                               \
	X(cap_wide, SECTION_FIELD, s.cap[2].id = UINT64_C(0x100000000))                                  \
	X(seen_over, LIMIT, s.view.nseen = OVER(CVMM_SNAPSHOT_REGS_MAX))                                 \
	X(seen_arch, WRONG_ARCH, s.seen[0].id = UINT64_C(0x2030000000000000))                            \
	X(seen_malformed, REG_ID_MALFORMED, s.seen[0].id = UINT64_C(0x60f0000000000001))                 \
	X(seen_scope, WRONG_SCOPE, s.seen[0].id = CVMM_ARM64_MPIDR_EL1)                                  \
	X(vm_over, LIMIT, s.view.vm.n = OVER(CVMM_SNAPSHOT_REGS_MAX))                                    \
	X(vm_order, ID_ORDER, s.vm[1].id = s.vm[0].id)                                                   \
	X(vm_arch, WRONG_ARCH, s.vm[0].id = UINT64_C(0x2030000000000000))                                \
	X(vm_malformed, REG_ID_MALFORMED, s.vm[3].id = UINT64_C(0x60e0000000000001))                     \
	X(vm_scope, WRONG_SCOPE, s.vm[0].id = CVMM_ARM64_MPIDR_EL1)                                      \
	X(vm_two_columns, COUNT, s.view.vm.ncols = 2)                                                    \
	X(block_long, LIMIT, s.item[1][40].size = OVER(CVMM_SNAPSHOT_BLOCK_MAX))                         \
	X(block_empty, REG_SIZE, s.item[1][40].size = 0)                                                 \
	X(item_size, REG_SIZE, s.item[0][0].size += 1)                                                   \
	X(item_offset, COUNT, s.item[0][3].off = s.shape[0].regs.stride + 1)                             \
	X(item_end, COUNT, s.item[0][3].off = s.shape[0].regs.stride - 1)                                \
	X(item_scope, WRONG_SCOPE, s.item[0][35].id = CVMM_ARM64_CTR_EL0)                                \
	X(item_of_both, WRONG_SCOPE, s.vm[0].id = s.item[0][36].id)                                      \
	X(no_shapes, SECTION_MISSING, s.view.nshapes = 0)                                                \
	X(shapes_over, LIMIT, s.view.nshapes = OVER(CVMM_SNAPSHOT_SHAPES_MAX))                           \
	X(shape_without_registers, SHAPE, s.shape[0].regs.n = 0)                                         \
	X(shape_without_vcpus, SHAPE, s.shape[0].regs.ncols = 0)                                         \
	X(shape_with_all_vcpus, SHAPE, s.shape[0].regs.ncols = 5)                                        \
	X(shapes_order, SHAPE, s.shape[1].features = 0)                                                  \
	X(shapes_sizes, SHAPE, make_shapes_alike())                                                      \
	X(shapes_equal, SHAPE, make_shapes_alike(); s.item[1][40].size += 1)                             \
	X(one_column_less, SHAPE, s.shape[0].regs.ncols = 2)                                             \
	X(state_over, LIMIT, s.shape[0].regs.stride = CVMM_SNAPSHOT_BYTES_MAX / 2)                       \
	X(vcpu_id, LIMIT, s.vcpu[1].id = OVER(CVMM_SNAPSHOT_VCPU_ID_MAX))                                \
	X(vcpu_twice, VCPU_ID, s.vcpu[1].id = s.vcpu[0].id)                                              \
	X(vcpu_shape, SHAPE, s.vcpu[1].shape = 2)                                                        \
	X(vcpu_column, SHAPE, s.vcpu[1].col = 1)                                                         \
	X(vcpu_of_another, SHAPE, s.id[1][0] = 77)                                                       \
	X(slots_over, LIMIT, s.view.nslots = OVER(CVMM_SNAPSHOT_SLOTS_MAX))                              \
	X(slot_space, MEMSLOT, s.slot[2].slot = 0x20000)                                                 \
	X(slot_number, MEMSLOT, s.slot[0].slot = 0x8000)                                                 \
	X(slot_flags, MEMSLOT, s.slot[0].flags = 8)                                                      \
	X(slot_empty, MEMSLOT, s.slot[0].bytes = 0)                                                      \
	X(slot_odd_address, MEMSLOT, s.slot[0].gpa += 1)                                                 \
	X(slot_odd_size, MEMSLOT, s.slot[2].bytes += 1)                                                  \
	X(slot_high, MEMSLOT, s.slot[1].gpa = CVMM_SNAPSHOT_ADDRESS_MAX)                                 \
	X(slot_end, MEMSLOT, s.slot[1].gpa = CVMM_SNAPSHOT_ADDRESS_MAX - 4096; s.slot[1].bytes = 8192)   \
	X(slots_overlap, MEMSLOT, s.slot[0].bytes += 4096)                                               \
	X(slots_order, MEMSLOT, s.slot[0].slot = 0x10000)                                                \
	X(slot_twice, MEMSLOT, s.slot[1].slot = s.slot[0].slot)                                          \
	X(clock_policy, SECTION_FIELD, s.view.clock.policy = 3)                                          \
	X(clock_zero, SECTION_FIELD, s.view.clock.zero = 1)                                              \
	X(clock_without_time, SECTION_FIELD, s.view.clock.policy = CVMM_CLOCK_CONTINUE)                  \
	X(extras_over, LIMIT, s.view.nextra = OVER(CVMM_SNAPSHOT_SECTIONS_MAX))                          \
	X(extra_of_ours, SECTION_ORDER, s.extra[0].type = 9)                                             \
	X(extras_order, SECTION_ORDER, s.extra[1].type = s.extra[0].type)                                \
	X(extra_critical, PADDING, s.extra[0].critical = 2)                                              \
	X(extra_zero, PADDING, s.extra[0].zero = 1)                                                      \
	X(extra_long, LIMIT, s.extra[0].bytes = (size_t)CVMM_SNAPSHOT_BYTES_MAX + 1)
/* clang-format on */

static const struct {
	const char *name;
	uint32_t reason;
} broken[] = {
#define X(name, reason, how) { #name, CVMM_REASON_##reason },
	RULES(X)
#undef X
};

static void spoil(size_t rule)
{
	size_t i = 0;

#define X(name, reason, how) \
	if (i++ == rule) {   \
		how;         \
	}
	RULES(X)
#undef X
}

Test(view_check, each_rule_broken_once_is_refused_by_check_and_writer)
{
	static uint8_t out[1 << 16];
	struct cvmm_error e;
	size_t i, len = 0;

	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		int want = broken[i].reason == CVMM_REASON_LIMIT ? -E2BIG : -EINVAL;

		(void)snap_rich(&s);
		cr_assert_eq(
			cvmm_view_check(&s.view, &e), 0, "before %s: %s", broken[i].name, cvmm_reason_name(e.reason));
		spoil(i);
		cr_expect_eq(cvmm_view_check(&s.view, &e), want, "%s: %d", broken[i].name, e.err);
		cr_expect_eq(e.reason, broken[i].reason, "%s: %s", broken[i].name, cvmm_reason_name(e.reason));
		cr_expect_eq(cvmm_view_check(&s.view, NULL), want, "%s, nobody asks why", broken[i].name);
		cr_expect_eq(cvmm_snapshot_write(&s.view, CVMM_FORMAT_1_1, out, sizeof(out), &len, &e), want, "%s",
			broken[i].name);
		cr_expect_eq(e.reason, broken[i].reason, "%s, writer: %s", broken[i].name, cvmm_reason_name(e.reason));
	}
}

Test(view_check, what_may_be_left_out)
{
	(void)snap_rich(&s);
	s.view.kernel = s.view.writer = NULL;
	s.view.ncaps = s.view.nseen = s.view.nslots = s.view.nextra = s.view.vm.n = 0;
	s.view.vm.ncols = 0;
	cr_assert_eq(cvmm_view_check(&s.view, NULL), 0);
}

Test(view_check, shapes_may_differ_in_the_length_of_a_block_alone)
{
	(void)snap_rich(&s);
	make_shapes_alike();
	s.item[0][40].size -= 2;
	cr_assert_eq(cvmm_view_check(&s.view, NULL), 0);
}

Test(view_check, a_critical_section_has_to_be_known)
{
	const uint32_t known[] = { 5, UINT32_C(0xfffffffe) };
	struct cvmm_error e;

	(void)snap_rich(&s);
	cr_assert_eq(cvmm_view_extras(&s.view, known, 2, &e), 0);
	cr_assert_eq(cvmm_view_extras(&s.view, known, 1, &e), -EPROTONOSUPPORT);
	cr_assert_eq(e.reason, CVMM_REASON_SECTION_UNKNOWN);
	cr_assert_eq(e.section, UINT32_C(0xfffffffe));
	cr_assert_eq(cvmm_view_extras(&s.view, NULL, 0, NULL), -EPROTONOSUPPORT);
	s.view.nextra = 1;
	cr_assert_eq(cvmm_view_extras(&s.view, NULL, 0, &e), 0);
}
