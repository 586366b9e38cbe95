/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What KVM shares with user space: exits, coalesced writes, dirty rings, statistics. Nothing of it is believed. */
#include "mock.h"

#include <cvmm/kvm-ioctls/cap.h>
#include <cvmm/kvm-ioctls/exit.h>
#include <cvmm/kvm-ioctls/hot.h>
#include <cvmm/kvm-ioctls/memory.h>
#include <cvmm/kvm-ioctls/stats.h>
#include <cvmm/kvm-ioctls/vcpu.h>

#include <criterion/criterion.h>

#define PAGE 4096u

static union {
	struct cvmm_run run;
	uint8_t bytes[68 * PAGE];
	uint32_t word[68 * PAGE / 4];
} area;

static struct cvmm_error e;
static struct cvmm_exit x;

static struct cvmm_run *run_with(uint32_t reason)
{
	memset(&area, 0, 3 * PAGE);
	area.run.exit_reason = reason;
	return &area.run;
}

/* Each reason has a name, the kernel's, and the pointer leads to its member. */
Test(exits, every_reason)
{
	uint32_t reason;

	for (reason = 0; reason < 44; reason++) {
		struct cvmm_run *run = run_with(reason);

		cr_assert(cvmm_exit_name(reason), "%u", reason);
		cr_expect_eq(strncmp(cvmm_exit_name(reason), "KVM_EXIT_", 9), 0);
		cr_expect_eq(cvmm_run_exit(run, 3 * PAGE, &x, &e), 0);
		cr_expect_eq(x.reason, reason);
		cr_expect_eq(x.known, 1);
		cr_expect_eq(x.raw, run->raw);
	}
	cr_expect_str_eq(cvmm_exit_name(CVMM_EXIT_MMIO), "KVM_EXIT_MMIO");
	cr_expect_str_eq(cvmm_exit_name(CVMM_EXIT_SNP_REQ_CERTS), "KVM_EXIT_SNP_REQ_CERTS");
}

Test(exits, unknown_ones_are_passed_on)
{
	cr_expect_null(cvmm_exit_name(44));
	cr_expect_null(cvmm_exit_name(UINT32_MAX));
	cr_expect_eq(cvmm_run_exit(run_with(4711), 3 * PAGE, &x, &e), 0);
	cr_expect_eq(x.reason, 4711);
	cr_expect_eq(x.known, 0);
	cr_expect_eq(x.raw, area.run.raw);
}

Test(exits, port_data_lies_inside)
{
	static const struct {
		uint64_t offset;
		uint32_t count;
		uint8_t size;
		int ret;
	} rows[] = {
		{ PAGE, 1, 4, 0 },
		{ PAGE, PAGE, 1, 0 },
		{ 3 * PAGE - 4, 1, 4, 0 },
		{ 3 * PAGE, 0, 4, 0 },
		{ 3 * PAGE - 3, 1, 4, -EIO },
		{ 3 * PAGE, 1, 1, -EIO },
		{ 3 * PAGE + 1, 0, 1, -EIO },
		{ UINT64_MAX, 1, 4, -EIO },
		{ UINT64_MAX - 3, 1, 4, -EIO },
		{ PAGE, UINT32_MAX, 255, -EIO },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cvmm_run *run = run_with(CVMM_EXIT_IO);

		run->io.data_offset = rows[i].offset;
		run->io.count = rows[i].count;
		run->io.size = rows[i].size;
		x.reason = 4711;
		cr_expect_eq(cvmm_run_exit(run, 3 * PAGE, &x, &e), rows[i].ret, "row %zu", i);
		if (rows[i].ret == 0) {
			cr_expect_eq(x.data, area.bytes + rows[i].offset);
			cr_expect_eq(x.bytes, (size_t)rows[i].count * rows[i].size);
			cr_expect_eq(x.io, &run->io);
		} else {
			cr_expect_eq(e.other, CVMM_EXIT_IO);
			cr_expect_eq(x.reason, 4711, "untouched");
		}
	}
}

Test(exits, mmio_and_internal_error)
{
	struct cvmm_run *run = run_with(CVMM_EXIT_MMIO);

	for (run->mmio.len = 0; run->mmio.len <= 8; run->mmio.len++) {
		cr_expect_eq(cvmm_run_exit(run, 3 * PAGE, &x, &e), 0);
		cr_expect_eq(x.data, run->mmio.data);
		cr_expect_eq(x.bytes, run->mmio.len);
	}
	cr_expect_eq(cvmm_run_exit(run, 3 * PAGE, &x, &e), -EIO);
	run = run_with(CVMM_EXIT_INTERNAL_ERROR);
	run->internal.ndata = 16;
	cr_expect_eq(cvmm_run_exit(run, 3 * PAGE, &x, &e), 0);
	run->internal.ndata = 17;
	cr_expect_eq(cvmm_run_exit(run, 3 * PAGE, &x, &e), -EIO);
}

static int run_ret;

static int answer_run(unsigned long req, void *arg)
{
	(void)arg;
	cr_assert_eq(req, CVMM_KVM_RUN);
	return run_ret;
}

/* A dead VM does not run, through any handle and any copy of one; the reason is the first one. */
Test(gate, a_dead_vm_does_not_run)
{
	struct cvmm_gate gate;
	struct cvmm_error why;
	struct mock m;
	struct cvmm_vcpu copy;

	mock_init(&m, answer_run);
	gate = (struct cvmm_gate){ .be = m.be };
	gate.be.gate = &gate;
	m.vcpu.be = &gate.be;
	copy = m.vcpu;
	run_ret = 0;
	cr_expect_eq(cvmm_vcpu_run_exit(m.vcpu, run_with(CVMM_EXIT_HLT), 3 * PAGE, &x, &e), 0);
	cr_expect_eq(x.reason, CVMM_EXIT_HLT);
	cr_expect_eq(cvmm_vcpu_run_hot(m.vcpu, &e), 0, "another backend is asked as always");
	run_ret = -EINTR;
	cr_expect_eq(cvmm_vcpu_run_exit(m.vcpu, run_with(CVMM_EXIT_HLT), 3 * PAGE, &x, &e), -EINTR);

	(void)cvmm_fail_id(&why, -EINVAL, CVMM_REASON_READ_BACK, 0x1234, 5);
	cvmm_gate_kill(&gate, &why);
	(void)cvmm_fail_id(&why, -EIO, CVMM_REASON_APPLY_SET, 0x9999, 6);
	cvmm_gate_kill(&gate, &why);
	cr_expect_eq(cvmm_vcpu_run(m.vcpu, &e), -EOWNERDEAD);
	cr_expect_eq(e.err, -EOWNERDEAD);
	cr_expect_eq(e.reason, CVMM_REASON_READ_BACK);
	cr_expect_eq(e.id, 0x1234);
	cr_expect_eq(cvmm_vcpu_run(copy, NULL), -EOWNERDEAD);
	cr_expect_eq(cvmm_vcpu_run_hot(copy, &e), -EOWNERDEAD);
	cr_expect_eq(e.reason, CVMM_REASON_READ_BACK);
	cr_expect_eq(cvmm_gate_check(&gate.be, NULL), -EOWNERDEAD);
	cr_expect_eq(cvmm_gate_check(&m.be, &e), 0, "a system handle has no gate");
}

Test(coalesced, ring)
{
	struct cvmm_coalesced *entry = (void *)(area.bytes + 2 * PAGE + 8);
	uint32_t *first = &area.word[2 * PAGE / 4], *last = first + 1;
	const uint32_t max = (PAGE - 8) / sizeof(*entry);
	struct cvmm_coalesced got;

	(void)run_with(0);
	cr_expect_eq(cvmm_coalesced_next(&area.run, 3 * PAGE, PAGE, 2, &got), 0);
	entry[max - 1].phys_addr = 0x1000;
	entry[0].phys_addr = 0x2000;
	*first = max - 1;
	*last = 1;
	cr_expect_eq(cvmm_coalesced_next(&area.run, 3 * PAGE, PAGE, 2, &got), 1);
	cr_expect_eq(got.phys_addr, 0x1000);
	cr_expect_eq(cvmm_coalesced_next(&area.run, 3 * PAGE, PAGE, 2, &got), 1);
	cr_expect_eq(got.phys_addr, 0x2000);
	cr_expect_eq(cvmm_coalesced_next(&area.run, 3 * PAGE, PAGE, 2, &got), 0);
	*first = max;
	cr_expect_eq(cvmm_coalesced_next(&area.run, 3 * PAGE, PAGE, 2, &got), -EIO);
	*first = 0;
	*last = UINT32_MAX;
	cr_expect_eq(cvmm_coalesced_next(&area.run, 3 * PAGE, PAGE, 2, &got), -EIO);
	cr_expect_eq(cvmm_coalesced_next(&area.run, 3 * PAGE, PAGE, 3, &got), -EINVAL);
	cr_expect_eq(cvmm_coalesced_next(&area.run, 3 * PAGE, PAGE, 0, &got), -EINVAL);
	cr_expect_eq(cvmm_coalesced_next(&area.run, 3 * PAGE, 0, 2, &got), -EINVAL);
}

Test(dirty_ring, harvest)
{
	struct cvmm_dirty_ring ring;
	struct cvmm_dirty_gfn *gfn = (void *)(area.bytes + 64 * PAGE), got;
	uint32_t i;

	memset(&area, 0, sizeof(area));
	cr_expect_eq(cvmm_dirty_ring_at(&area.run, 68 * PAGE, PAGE, 5 * PAGE, &ring), -EINVAL, "no power of two");
	cr_expect_eq(cvmm_dirty_ring_at(&area.run, 68 * PAGE, PAGE, 8 * PAGE, &ring), -EINVAL, "area too short");
	cr_expect_eq(cvmm_dirty_ring_at(&area.run, 64 * PAGE, PAGE, PAGE, &ring), -EINVAL);
	cr_expect_eq(cvmm_dirty_ring_at(&area.run, 68 * PAGE, PAGE, 0, &ring), -EINVAL);
	cr_expect_eq(cvmm_dirty_ring_at(&area.run, 68 * PAGE, 0, PAGE, &ring), -EINVAL);
	cr_assert_eq(cvmm_dirty_ring_at(&area.run, 68 * PAGE, PAGE, PAGE, &ring), 0);
	cr_assert_eq(ring.entries, 256);
	for (i = 0; i < 600; i++) {
		struct cvmm_dirty_gfn *g = &gfn[i % 256];

		cr_expect_eq(cvmm_dirty_ring_next(&ring, &got), 0);
		*g = (struct cvmm_dirty_gfn){ .flags = 1, .slot = 3, .offset = i };
		cr_expect_eq(cvmm_dirty_ring_next(&ring, &got), 1);
		cr_expect_eq(got.offset, i);
		cr_expect_eq(g->flags, 3);
	}
}

/* Two statistics with names of 16 bytes, as a VM's file has them. */
static size_t stats_file(uint8_t *file)
{
	static const struct cvmm_stats_header h = {
		.name_size = 16, .num_desc = 2, .id_offset = 24, .desc_offset = 72, .data_offset = 136
	};
	static const uint32_t desc[2][4] = { { 0x0012, 0x0001fffd, 0, 0 }, { 0x0003, 0x00020000, 8, 64 } };
	size_t i;

	memset(file, 0, 160);
	memcpy(file, &h, sizeof(h));
	for (i = 0; i < 2; i++) {
		memcpy(file + 72 + i * 32, desc[i], 16);
		memcpy(file + 88 + i * 32, i ? "histogram" : "bytes", 6 + 4 * i);
	}
	return 160;
}

Test(stats, description)
{
	uint8_t file[160];
	size_t len = stats_file(file);
	struct cvmm_stats_header h;
	struct cvmm_stat s;

	cr_assert_eq(cvmm_stats_check(file, len, &h, &e), 0);
	cr_expect_eq(h.num_desc, 2);
	cr_assert_eq(cvmm_stats_get(file, len, 0, &s, &e), 0);
	cr_expect_str_eq(s.name, "bytes");
	cr_expect_eq(CVMM_STAT_TYPE(s.flags), 2);
	cr_expect_eq(CVMM_STAT_UNIT(s.flags), 1);
	cr_expect_eq(s.exponent, -3);
	cr_expect_eq(s.offset, 136);
	cr_assert_eq(cvmm_stats_get(file, len, 1, &s, &e), 0);
	cr_expect_eq(s.count, 2);
	cr_expect_eq(s.bucket_size, 64);
	cr_expect_eq(s.offset, 144);
	cr_expect_eq(cvmm_stats_get(file, len, 2, &s, &e), -ENOENT);
}

/* Every truncation and every bit flip, in a buffer of exactly that size: never read beyond it, never a crash. */
Test(stats, damaged)
{
	static const size_t enough = 72 + 2 * 32;
	uint8_t file[160];
	size_t len, bit;
	struct cvmm_stats_header h;
	struct cvmm_stat s;

	(void)stats_file(file);
	for (len = 0; len < enough; len++) {
		uint8_t part[160];

		memcpy(part, file, len);
		memset(part + len, 0xff, sizeof(part) - len);
		cr_expect_eq(cvmm_stats_check(part, len, &h, &e), -ENODATA);
		cr_expect_eq(e.offset, len);
		cr_expect_eq(e.other, len < 24 ? 24 : enough);
		cr_expect_eq(cvmm_stats_get(part, len, 0, &s, &e), -ENODATA);
	}
	for (bit = 0; bit < enough * 8; bit++) {
		uint32_t i;

		file[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		for (i = 0; i < 2; i++) {
			int ret = cvmm_stats_get(file, sizeof(file), i, &s, &e);

			if (ret == 0)
				cr_expect(strlen(s.name) < sizeof(file));
			else
				cr_expect(
					ret == -ENODATA || ret == -EBADMSG || ret == -ENOENT, "bit %zu: %d", bit, ret);
		}
		file[bit / 8] ^= (uint8_t)(1u << (bit % 8));
	}
	memset(file + 88, 'x', 16);
	cr_expect_eq(cvmm_stats_get(file, sizeof(file), 0, &s, &e), -EBADMSG, "a name without an end");
	cr_expect_eq(e.offset, 88);
}

Test(caps, names)
{
	cr_expect_str_eq(cvmm_cap_name(CVMM_CAP_ONE_REG), "KVM_CAP_ONE_REG");
	cr_expect_null(cvmm_cap_name(5));
	cr_expect_null(cvmm_cap_name(100000));
	cr_expect_eq(cvmm_cap_from_name("KVM_CAP_ARM_SVE", 15), 170);
	cr_expect_eq(cvmm_cap_from_name("ARM_SVE", 7), 170);
	cr_expect_eq(cvmm_cap_from_name("IRQCHIP", 7), 0);
	cr_expect_eq(cvmm_cap_from_name("ARM_SV", 6), -ENOENT);
	cr_expect_eq(cvmm_cap_from_name("ARM_SVEX", 8), -ENOENT);
	cr_expect_eq(cvmm_cap_from_name("KVM_CAP_", 8), -ENOENT);
	cr_expect_eq(cvmm_cap_from_name("", 0), -ENOENT);
#define ROUND_TRIP(symbol, number) \
	cr_expect_eq(cvmm_cap_from_name(cvmm_cap_name(number), strlen(cvmm_cap_name(number))), number);
	CVMM_CAPS(ROUND_TRIP)
}
