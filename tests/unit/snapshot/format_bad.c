/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Bad input for the decoder: the classes B1 to B12, B22 and B23 that have each been a real bug in some VMM. One line for
 * each corruption, with the reason that is expected of it. Checksums are repaired unless a test says otherwise. The other
 * classes, B13 to B21 and B24 to B27, are in bad_machine.c and bad_host.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#include "snap.h"

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

static struct snap_sample sample;
static uint8_t good[2][1 << 14], bad[1 << 17], scratch[1 << 14];
static size_t good_len[2];
static _Alignas(16) uint8_t store[1 << 17];

static void make(void)
{
	size_t i;

	(void)snap_rich(&sample);
	for (i = 0; i < 2; i++) {
		sample.view.clock = (struct cvmm_clock){ i ? CVMM_CLOCK_CONTINUE : 0, 0, i ? 77 : 0 };
		cr_assert_eq(cvmm_snapshot_write(&sample.view, CVMM_FORMAT_1_0 + (uint32_t)i, good[i], sizeof(good[i]),
				     &good_len[i], NULL),
			0);
	}
}

/* Reads from memory of exactly @len bytes. A refusal leaves the view alone and says the same through the error. */
static int read_exactly(const uint8_t *buf, size_t len, struct cvmm_error *e)
{
	struct cvmm_view v, before;
	uint8_t *exact = malloc(len ? len : 1);
	size_t need = 0;
	int err, sized;

	memcpy(exact, buf, len);
	memset(&v, 0x5a, sizeof(v));
	memset(&before, 0x5a, sizeof(before));
	memset(e, 0, sizeof(*e));
	sized = cvmm_snapshot_need(exact, len, &need, NULL);
	err = cvmm_snapshot_read(exact, len, store, sizeof(store), &v, e);
	if (err) {
		cr_assert_arr_eq(&v, &before, sizeof(v));
		cr_assert_eq(e->err, err);
	}
	cr_assert(!sized || sized == err, "need says %d, read says %d", sized, err);
	cr_assert(err || need <= sizeof(store));
	free(exact);
	return err;
}

static void refused(const char *what, size_t len, int err, enum cvmm_reason reason, uint32_t section)
{
	struct cvmm_error e;
	int got = read_exactly(bad, len, &e);

	cr_expect(got == err && e.reason == reason && e.section == section,
		"%s: expected %d %s in section %u, got %d %s in section %u at %lu, id %016lx", what, err,
		cvmm_reason_name(reason), section, got, got ? cvmm_reason_name(e.reason) : "accepted", e.section,
		(unsigned long)e.offset, (unsigned long)e.id);
}

enum where { HEADER, ENTRY, SECTION };

/** struct mangle - change a number at a place, repair the checksums, and expect this */
struct mangle {
	const char *what;
	int minor;
	enum where where;
	uint32_t type;
	size_t at;
	unsigned int width;
	uint64_t value;
	int err;
	enum cvmm_reason reason;
};

static void check_mangle(const struct mangle *m, size_t n)
{
	make();
	for (; n; n--, m++) {
		size_t len = good_len[m->minor], at = m->at;

		memcpy(bad, good[m->minor], len);
		if (m->where == ENTRY)
			at += snap_entry(bad, len, m->type);
		if (m->where == SECTION)
			at += snap_section(bad, len, m->type);
		cr_assert(m->where == HEADER || at != m->at, "%s: no section %u", m->what, m->type);
		cr_assert_neq(snap_get(bad + at, m->width), m->value, "%s changes nothing", m->what);
		snap_put(bad + at, m->width, m->value);
		snap_repair(bad, len);
		refused(m->what, len, m->err, m->reason, m->where == HEADER ? 0 : m->type);
	}
}

#define CHECK_MANGLE(rows) check_mangle(rows, sizeof(rows) / sizeof((rows)[0]))

#define MSG		   -EBADMSG
#define BIG		   -E2BIG
#define NEW		   -EPROTONOSUPPORT
#define R(x)		   CVMM_REASON_##x

/* clang-format off: one line per corruption */

Test(bad_input, B1_truncation)
{
	static const struct mangle rows[] = {
		{ "length one less", 0, HEADER, 0, 24, 8, 1, MSG, R(TRAILING) },
		{ "length one more", 0, HEADER, 0, 24, 8, 1 << 20, MSG, R(TRUNCATED) },
		{ "length above the limit", 0, HEADER, 0, 24, 8, (64 << 20) + 1, BIG, R(LIMIT) },
		{ "length all ones", 0, HEADER, 0, 24, 8, UINT64_MAX, BIG, R(LIMIT) },
		{ "length 0", 0, HEADER, 0, 24, 8, 0, MSG, R(TRAILING) },
	};
	struct cvmm_error e;
	size_t i, k;

	CHECK_MANGLE(rows);
	for (i = 0; i < 2; i++)
		for (k = 0; k < good_len[i]; k++) {
			cr_assert_eq(read_exactly(good[i], k, &e), MSG);
			cr_assert_eq(e.reason, R(TRUNCATED), "cut at %zu", k);
			/* A truncation that the header was made to agree with. */
			memcpy(bad, good[i], k);
			if (k >= SNAP_HEADER) {
				snap_put(bad + 24, 8, k);
				snap_repair(bad, k);
				cr_assert_eq(read_exactly(bad, k, &e), MSG, "cut at %zu", k);
				cr_assert_eq(e.reason, k < SNAP_HEADER + SNAP_ENTRY * snap_get(bad + 36, 4)
							       ? R(SECTION_BOUNDS)
							       : e.reason);
			}
		}
}

Test(bad_input, B2_bit_flips_and_bytes)
{
	static const uint8_t values[] = { 0x00, 0x7f, 0x80, 0xff };
	struct cvmm_error e;
	size_t i, k, n;

	make();
	for (i = 0; i < 2; i++)
		for (k = 0; k < good_len[i]; k++)
			for (n = 0; n < 8 + sizeof(values); n++) {
				size_t table = SNAP_HEADER + SNAP_ENTRY * snap_get(good[i] + 36, 4);
				uint8_t v = n < 8 ? good[i][k] : values[n - 8];

				if (n < 8)
					v ^= (uint8_t)(1u << n);

				if (v == good[i][k])
					continue;
				memcpy(bad, good[i], good_len[i]);
				bad[k] = v;
				cr_assert_eq(read_exactly(bad, good_len[i], &e), MSG, "byte %zu = %02x", k, v);
				cr_assert_eq(e.reason,
					k < 8		  ? R(MAGIC)
					: k < SNAP_HEADER ? R(HEADER_CRC)
					: k < table	  ? R(TABLE_CRC)
							  : R(SECTION_CRC),
					"byte %zu = %02x: %s", k, v, cvmm_reason_name(e.reason));
				cr_assert((k < table) == !e.section);
			}
}

Test(bad_input, B3_magic_architecture_version)
{
	static const struct mangle rows[] = {
		{ "magic", 0, HEADER, 0, 0, 1, 'C', MSG, R(MAGIC) },
		{ "other byte order", 0, HEADER, 0, 8, 4, 0x01000000, NEW, R(FORMAT_VERSION) },
		{ "version 0", 0, HEADER, 0, 8, 4, 0, NEW, R(FORMAT_VERSION) },
		{ "major 0", 0, HEADER, 0, 8, 2, 0, NEW, R(FORMAT_VERSION) },
		{ "next major", 0, HEADER, 0, 8, 2, 2, NEW, R(FORMAT_VERSION) },
		{ "major ffff", 0, HEADER, 0, 8, 2, 0xffff, NEW, R(FORMAT_VERSION) },
		{ "next minor", 1, HEADER, 0, 10, 2, 2, NEW, R(FORMAT_VERSION) },
		{ "minor ffff", 1, HEADER, 0, 10, 2, 0xffff, NEW, R(FORMAT_VERSION) },
		{ "no architecture", 0, HEADER, 0, 12, 4, 0, MSG, R(HEADER_FIELD) },
		{ "unknown architecture", 0, HEADER, 0, 12, 4, 0x61, MSG, R(HEADER_FIELD) },
		{ "header one longer", 0, HEADER, 0, 16, 4, 193, MSG, R(HEADER_FIELD) },
		{ "table elsewhere", 0, HEADER, 0, 32, 4, 224, MSG, R(HEADER_FIELD) },
		{ "kernel with ESC", 0, HEADER, 0, 48, 1, 0x1b, MSG, R(HEADER_FIELD) },
		{ "kernel with a rest", 0, HEADER, 0, 111, 1, 'x', MSG, R(HEADER_FIELD) },
		{ "writer with DEL", 0, HEADER, 0, 112, 1, 0x7f, MSG, R(HEADER_FIELD) },
	};
	struct cvmm_error e;

	CHECK_MANGLE(rows);
	/* The other architecture's ids: the file says x86_64, its registers say arm64. */
	memcpy(bad, good[0], good_len[0]);
	snap_put(bad + 12, 4, CVMM_ARCH_X86_64);
	snap_repair(bad, good_len[0]);
	cr_assert_eq(read_exactly(bad, good_len[0], &e), MSG);
	cr_assert_eq(e.reason, R(WRONG_ARCH));
	/* A 1.0 that says 1.1 and the other way round lacks its columns or has foreign ones. */
	memcpy(bad, good[0], good_len[0]);
	snap_put(bad + 10, 2, 1);
	snap_repair(bad, good_len[0]);
	refused("1.0 as 1.1", good_len[0], NEW, R(SECTION_UNKNOWN), 6);
	memcpy(bad, good[1], good_len[1]);
	snap_put(bad + 10, 2, 0);
	snap_repair(bad, good_len[1]);
	refused("1.1 as 1.0", good_len[1], NEW, R(SECTION_UNKNOWN), 7);
}

Test(bad_input, B4_section_bounds)
{
	static const struct mangle rows[] = {
		{ "length 0", 0, ENTRY, 1, 16, 8, 0, MSG, R(SECTION_BOUNDS) },
		{ "length 1", 0, ENTRY, 1, 16, 8, 1, MSG, R(SECTION_BOUNDS) },
		{ "length 2^31", 0, ENTRY, 1, 16, 8, UINT64_C(1) << 31, MSG, R(SECTION_BOUNDS) },
		{ "length 2^32 - 1", 0, ENTRY, 1, 16, 8, UINT32_MAX, MSG, R(SECTION_BOUNDS) },
		{ "length 2^63", 0, ENTRY, 1, 16, 8, UINT64_C(1) << 63, MSG, R(SECTION_BOUNDS) },
		{ "length 2^64 - 1", 0, ENTRY, 1, 16, 8, UINT64_MAX, MSG, R(SECTION_BOUNDS) },
		{ "length 2^64 - 15", 0, ENTRY, 1, 16, 8, UINT64_MAX - 14, MSG, R(SECTION_BOUNDS) },
		{ "offset 0", 0, ENTRY, 1, 8, 8, 0, MSG, R(SECTION_BOUNDS) },
		{ "offset in the table", 0, ENTRY, 1, 8, 8, 192, MSG, R(SECTION_BOUNDS) },
		{ "offset unaligned", 0, ENTRY, 2, 8, 8, 193, MSG, R(SECTION_BOUNDS) },
		{ "offset 2^31", 0, ENTRY, 2, 8, 8, UINT64_C(1) << 31, MSG, R(SECTION_BOUNDS) },
		{ "offset 2^64 - 16", 0, ENTRY, 2, 8, 8, UINT64_MAX - 15, MSG, R(SECTION_BOUNDS) },
	};
	struct cvmm_error e;
	uint64_t v;
	size_t t;

	make();
	/* Where the next section starts shows which of the two is wrong: the entry behind it is the one that is named. */
	for (t = 0; t < 7; t++) {
		struct mangle m = rows[t];

		memcpy(bad, good[0], good_len[0]);
		snap_put(bad + snap_entry(bad, good_len[0], m.type) + m.at, m.width, m.value);
		snap_repair(bad, good_len[0]);
		cr_expect(read_exactly(bad, good_len[0], &e) == MSG &&
				  (e.reason == R(SECTION_BOUNDS) || e.reason == R(NOT_CANONICAL)) && e.section <= 2,
			"%s: %s", m.what, cvmm_reason_name(e.reason));
	}
	check_mangle(rows + 7, sizeof(rows) / sizeof(rows[0]) - 7);
	/* A gap, and a section that is one byte longer than what is left. */
	memcpy(bad, good[0], good_len[0]);
	t = snap_entry(bad, good_len[0], 2) + 8;
	v = snap_get(bad + t, 8);
	snap_put(bad + t, 8, v + 16);
	snap_repair(bad, good_len[0]);
	refused("gap", good_len[0], MSG, R(NOT_CANONICAL), 2);
	memcpy(bad, good[0], good_len[0]);
	t = snap_entry(bad, good_len[0], 0xfffffffe) + 16;
	snap_put(bad + t, 8, 1);
	snap_repair(bad, good_len[0]);
	refused("one byte beyond the end", good_len[0], MSG, R(SECTION_BOUNDS), 0xfffffffe);
}

/* clang-format on */

/* Take the sample apart; the caller changes the list. */
static size_t split(int minor, struct snap_part *part)
{
	make();
	return snap_split(good[minor], good_len[minor], part, 16);
}

static void refused_parts(
	const char *what, const struct snap_part *part, size_t n, int err, enum cvmm_reason reason, uint32_t section)
{
	size_t len = snap_join(good[0], part, n, bad, sizeof(bad));

	cr_assert_gt(len, 0);
	refused(what, len, err, reason, section);
}

static size_t without(struct snap_part *out, const struct snap_part *in, size_t n, uint32_t type)
{
	size_t i, k = 0;

	for (i = 0; i < n; i++)
		if (in[i].type != type)
			out[k++] = in[i];
	return k;
}

static struct snap_part *find(struct snap_part *part, size_t n, uint32_t type)
{
	while (n-- && part->type != type)
		part++;
	return part;
}

Test(bad_input, B5_duplicate_missing_unknown_out_of_order)
{
	static const uint32_t needed[] = { 4, 5, 6 };
	struct snap_part part[20], other[20];
	size_t n = split(0, part), k, i;
	struct cvmm_view v;
	struct cvmm_error e;

	memcpy(other, part, sizeof(part));
	other[1] = other[0];
	refused_parts("section twice", other, n, MSG, R(SECTION_ORDER), 1);
	memcpy(other, part, sizeof(part));
	other[0] = part[1];
	other[1] = part[0];
	refused_parts("out of order", other, n, MSG, R(SECTION_ORDER), 1);
	memcpy(other, part, sizeof(part));
	other[0].type = 0;
	refused_parts("type 0", other, n, MSG, R(SECTION_ORDER), 0);
	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		k = without(other, part, n, needed[i]);
		refused_parts("missing", other, k, MSG, R(SECTION_MISSING), needed[i]);
	}
	memcpy(other, part, sizeof(part));
	find(other, n, 8)->type = 10;
	refused_parts("unknown critical", other, n, NEW, R(SECTION_UNKNOWN), 10);
	find(other, n, 10)->type = 0x7fffffff;
	refused_parts("unknown critical, largest type", other, n, NEW, R(SECTION_UNKNOWN), 0x7fffffff);
	/* Unknown and optional: skipped, counted, and everything else is there. */
	find(other, n, 0x7fffffff)->flags = 0;
	k = snap_join(good[0], other, n, bad, sizeof(bad));
	cr_assert_eq(cvmm_snapshot_read(bad, k, store, sizeof(store), &v, &e), 0);
	cr_assert_eq(v.skipped, 1);
	cr_assert_eq(v.nslots, 0);
	cr_assert_eq(v.nvcpus, 4);
	memcpy(other, part, sizeof(part));
	find(other, n, 4)->version = 2;
	refused_parts("version of contents", other, n, NEW, R(SECTION_UNKNOWN), 4);
	find(other, n, 4)->version = 1;
	find(other, n, 4)->flags = 0;
	refused_parts("mandatory and optional", other, n, MSG, R(NOT_CANONICAL), 4);
	/* Trailing bytes, with and without the header knowing of them. */
	memcpy(bad, good[0], good_len[0]);
	memset(bad + good_len[0], 0, 32);
	refused("trailing bytes", good_len[0] + 1, MSG, R(TRAILING), 0);
	snap_put(bad + 24, 8, good_len[0] + 16);
	snap_repair(bad, good_len[0] + 16);
	refused("trailing bytes within the length", good_len[0] + 16, MSG, R(TRAILING), 0);
	/* Two vCPUs of one id. */
	memcpy(bad, good[0], good_len[0]);
	snap_put(bad + snap_section(bad, good_len[0], 4) + 8, 4, 0);
	snap_repair(bad, good_len[0]);
	refused("vCPU id twice", good_len[0], MSG, R(VCPU_ID), 4);
}

/* clang-format off */

Test(bad_input, B6_counts_and_bytes)
{
	static const struct mangle rows[] = {
		{ "VM: one more",          0, SECTION, 3, 0, 4, 5, MSG, R(NOT_CANONICAL) },
		{ "VM: one less",          0, SECTION, 3, 0, 4, 3, MSG, R(COUNT) },
		{ "VM: none",              0, SECTION, 3, 0, 4, 0, MSG, R(NOT_CANONICAL) },
		{ "VM: 4097",              0, SECTION, 3, 0, 4, 4097, BIG, R(LIMIT) },
		{ "VM: 2^32 - 1",          0, SECTION, 3, 0, 4, UINT32_MAX, BIG, R(LIMIT) },
		{ "shape: none",           0, SECTION, 5, 8, 4, 0, MSG, R(SHAPE) },
		{ "shape: 4097",           0, SECTION, 5, 8, 4, 4097, BIG, R(LIMIT) },
		{ "shape: 2^28 (wraps)",   0, SECTION, 5, 8, 4, 1 << 28, BIG, R(LIMIT) },
		{ "vCPU: shape 2",         0, SECTION, 4, 4, 4, 2, MSG, R(SHAPE) },
		{ "vCPU: shape 2^32 - 1",  0, SECTION, 4, 4, 4, UINT32_MAX, MSG, R(SHAPE) },
		{ "vCPU: other shape",     0, SECTION, 4, 4, 4, 1, MSG, R(COUNT) },
		{ "item: size 4",          0, SECTION, 3, 16, 4, 4, MSG, R(NOT_CANONICAL) },
		{ "item: size 65537",      0, SECTION, 3, 16, 4, 65537, BIG, R(LIMIT) },
		{ "item: offset 1",        0, SECTION, 3, 20, 4, 1, MSG, R(NOT_CANONICAL) },
		{ "capability 2^32",       0, SECTION, 1, 32, 8, UINT64_C(1) << 32, MSG, R(SECTION_FIELD) },
	};
	static const uint32_t cut[] = { 1, 2, 3, 4, 5, 6, 8 };
	struct snap_part part[20], other[20];
	struct cvmm_error e;
	size_t n, i;

	make();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (i != 10)
			check_mangle(&rows[i], 1);
	/* With the other shape the columns have another length. */
	memcpy(bad, good[0], good_len[0]);
	snap_put(bad + snap_section(bad, good_len[0], 4) + 4, 4, 1);
	snap_repair(bad, good_len[0]);
	refused("vCPU: other shape", good_len[0], MSG, R(COUNT), 6);
	/* One byte more and one byte less than whole entries. */
	n = split(0, part);
	for (i = 0; i < 2 * sizeof(cut) / sizeof(cut[0]); i++) {
		struct snap_part *p;

		memcpy(other, part, sizeof(part));
		p = find(other, n, cut[i / 2]);
		memcpy(scratch, p->data, p->bytes);
		scratch[p->bytes] = 0;
		p->data = scratch;
		p->bytes += i % 2 ? 1 : (size_t)-1;
		cr_expect(read_exactly(bad, snap_join(good[0], other, n, bad, sizeof(bad)), &e) == MSG &&
			(e.reason == R(COUNT) || e.reason == R(NOT_CANONICAL)), "section %u: %s", cut[i / 2],
			cvmm_reason_name(e.reason));
	}
	/* vCPUs in the header and in the list. */
	memcpy(bad, good[0], good_len[0]);
	snap_put(bad + 20, 4, 3);
	snap_repair(bad, good_len[0]);
	refused("3 of 4 vCPUs", good_len[0], MSG, R(COUNT), 4);
	/* Empty where an empty section is left out. */
	memcpy(other, part, sizeof(part));
	find(other, n, 1)->bytes = 0;
	refused_parts("empty capabilities", other, n, MSG, R(NOT_CANONICAL), 1);
}

Test(bad_input, B7_signs)
{
	static const struct mangle rows[] = {
		{ "vCPUs 2^31",        0, HEADER, 0, 20, 4, UINT32_C(0x80000000), BIG, R(LIMIT) },
		{ "vCPUs -1",          0, HEADER, 0, 20, 4, UINT32_MAX, BIG, R(LIMIT) },
		{ "sections 2^31",     0, HEADER, 0, 36, 4, UINT32_C(0x80000000), BIG, R(LIMIT) },
		{ "sections -1",       0, HEADER, 0, 36, 4, UINT32_MAX, BIG, R(LIMIT) },
		{ "VM registers 2^31", 0, SECTION, 3, 0, 4, UINT32_C(0x80000000), BIG, R(LIMIT) },
		{ "shape -1",          0, SECTION, 5, 8, 4, UINT32_MAX, BIG, R(LIMIT) },
		{ "size 2^31",         0, SECTION, 5, 24, 4, UINT32_C(0x80000000), BIG, R(LIMIT) },
		{ "offset -8",         0, SECTION, 5, 44, 4, UINT32_MAX - 7, MSG, R(NOT_CANONICAL) },
		{ "vCPU id 2^31",      0, SECTION, 4, 0, 4, UINT32_C(0x80000000), BIG, R(LIMIT) },
		{ "shape index 2^31",  0, SECTION, 4, 4, 4, UINT32_C(0x80000000), MSG, R(SHAPE) },
		{ "slot bytes -4096",  0, SECTION, 8, 16, 8, UINT64_MAX - 4095, MSG, R(MEMSLOT) },
	};

	CHECK_MANGLE(rows);
}

Test(bad_input, B8_scopes)
{
	static const struct mangle rows[] = {
		{ "vCPU's register in the VM's", 0, SECTION, 3, 8, 8, CVMM_ARM64_MPIDR_EL1, MSG, R(WRONG_SCOPE) },
		{ "vCPU's register guest-seen",  0, SECTION, 2, 0, 8, CVMM_ARM64_MPIDR_EL1, MSG, R(WRONG_SCOPE) },
		{ "VM's register in a shape",    0, SECTION, 5, 16 + 16 * 2, 8, UINT64_C(0x6030000000140000), MSG, R(WRONG_SCOPE) },
		{ "vCPU of no shape",            0, SECTION, 4, 4, 4, 64, MSG, R(SHAPE) },
		{ "foreign register",            0, SECTION, 5, 16, 8, UINT64_C(0x20200000001000d4), MSG, R(WRONG_ARCH) },
		{ "foreign VM register",         0, SECTION, 3, 8 + 16 * 3, 8, UINT64_C(0x8030000100000001), MSG, R(WRONG_ARCH) },
	};
	struct cvmm_error e;
	size_t at, i;

	make();
	/* Ids must stay in order: the first two are put where they belong. */
	memcpy(bad, good[0], good_len[0]);
	at = snap_section(bad, good_len[0], 3) + 8;
	snap_put(bad + at, 8, CVMM_ARM64_MPIDR_EL1);
	snap_repair(bad, good_len[0]);
	refused("vCPU's register in the VM's", good_len[0], MSG, R(WRONG_SCOPE), 3);
	check_mangle(rows + 1, 1);
	/* A VM-owned register into each place of the first shape: never accepted. */
	for (i = 0; i < sample.shape[0].regs.n; i++) {
		memcpy(bad, good[0], good_len[0]);
		snap_put(bad + snap_section(bad, good_len[0], 5) + 16 + 16 * i, 8, UINT64_C(0x6030000000140000));
		snap_repair(bad, good_len[0]);
		cr_assert_eq(read_exactly(bad, good_len[0], &e), MSG);
	}
	memcpy(bad, good[0], good_len[0]);
	snap_put(bad + snap_section(bad, good_len[0], 5) + 16 + 16 * 36, 8, UINT64_C(0x6030000000140000));
	snap_repair(bad, good_len[0]);
	refused("VM's register in a shape", good_len[0], MSG, R(WRONG_SCOPE), 5);
	check_mangle(rows + 3, sizeof(rows) / sizeof(rows[0]) - 3);
	/* An id that nobody knows, in both scopes. */
	memcpy(bad, good[0], good_len[0]);
	snap_put(bad + snap_section(bad, good_len[0], 3) + 8 + 16, 8, CVMM_ARM64_SYS(3, 7, 15, 15, 7));
	snap_put(bad + snap_section(bad, good_len[0], 3) + 8, 8, UINT64_C(0x6030000000130001));
	snap_repair(bad, good_len[0]);
	refused("unknown register in both", good_len[0], MSG, R(WRONG_SCOPE), 5);
}

Test(bad_input, B9_padding)
{
	static const struct mangle rows[] = {
		{ "header, reserved 44",  0, HEADER, 0, 44, 1, 1, MSG, R(PADDING) },
		{ "header, reserved 176", 0, HEADER, 0, 176, 1, 1, MSG, R(PADDING) },
		{ "header, reserved 187", 0, HEADER, 0, 187, 1, 0x80, MSG, R(PADDING) },
		{ "table, flags",         0, ENTRY, 4, 6, 2, 3, MSG, R(PADDING) },
		{ "table, flags high",    0, ENTRY, 4, 6, 2, 0x8001, MSG, R(PADDING) },
		{ "table, reserved",      0, ENTRY, 4, 28, 4, 1, MSG, R(PADDING) },
		{ "VM, reserved",         0, SECTION, 3, 4, 4, 1, MSG, R(PADDING) },
		{ "shape, reserved",      0, SECTION, 5, 12, 4, 1, MSG, R(PADDING) },
		{ "after a section",      0, SECTION, 0x80000001, 7, 1, 1, MSG, R(PADDING) },
		{ "after a section, last", 0, SECTION, 0x80000001, 15, 1, 0x80, MSG, R(PADDING) },
		{ "clock, reserved",      1, SECTION, 9, 4, 4, 1, MSG, R(SECTION_FIELD) },
	};

	CHECK_MANGLE(rows);
}

/* clang-format on */

Test(bad_input, B10_equal_but_not_canonical)
{
	struct snap_part part[20];
	size_t n = split(1, part), at, words, i;
	uint32_t stride = sample.shape[0].regs.stride;
	struct snap_part *sparse = find(part, n, 7);
	struct cvmm_error e;

	words = (stride + 7) / 8;
	at = snap_section(good[1], good_len[1], 7);
	/* The first column is vCPU 0's, each code against zero: 1 never occurs there, though it would mean the same. */
	for (i = 0; i < words; i++) {
		uint8_t code = good[1][at + i / 4] >> i % 4 * 2 & 3;

		cr_assert(code == 0 || code == 2);
		if (code)
			continue;
		memcpy(bad, good[1], good_len[1]);
		bad[at + i / 4] |= (uint8_t)(1 << i % 4 * 2);
		snap_repair(bad, good_len[1]);
		refused("zero instead of same", good_len[1], MSG, R(NOT_CANONICAL), 7);
	}
	/* Code 3. */
	memcpy(bad, good[1], good_len[1]);
	bad[at] |= 3;
	snap_repair(bad, good_len[1]);
	cr_assert_eq(read_exactly(bad, good_len[1], &e), MSG);
	cr_assert_eq(e.reason, R(NOT_CANONICAL));
	/* A literal zero, a literal that equals the column before: spelled out although there is a code for it. */
	for (i = 0; i < words; i++) {
		size_t lit = (words + 3) / 4, k, width;
		uint8_t code = sparse->data[i / 4] >> i % 4 * 2 & 3;

		if (code)
			continue;
		for (k = 0; k < i; k++)
			if (sparse->data[k / 4] >> k % 4 * 2 & 3)
				lit += 8;
		width = i + 1 == words && stride % 8 ? stride % 8 : 8;
		memcpy(scratch, sparse->data, lit);
		memset(scratch + lit, 0, width);
		memcpy(scratch + lit + width, sparse->data + lit, sparse->bytes - lit);
		scratch[i / 4] |= (uint8_t)(2 << i % 4 * 2);
		{
			struct snap_part changed = *sparse, all[20];

			memcpy(all, part, sizeof(part));
			changed.data = scratch;
			changed.bytes += width;
			*find(all, n, 7) = changed;
			at = snap_join(good[1], all, n, bad, sizeof(bad));
			refused("zero spelled out", at, MSG, R(NOT_CANONICAL), 7);
		}
	}
	/* Clock: a section that says nothing; critical where it need not be. */
	memcpy(bad, good[1], good_len[1]);
	snap_put(bad + snap_entry(bad, good_len[1], 9) + 6, 2, 0);
	snap_repair(bad, good_len[1]);
	refused("clock goes on, but optional", good_len[1], MSG, R(NOT_CANONICAL), 9);
	memset(bad + snap_section(bad, good_len[1], 9), 0, 16);
	snap_repair(bad, good_len[1]);
	refused("clock that says nothing", good_len[1], MSG, R(SECTION_FIELD), 9);
	/* Shapes in the other order, and one shape as two. */
	memcpy(bad, good[0], good_len[0]);
	snap_put(bad + snap_section(bad, good_len[0], 5), 8, 99);
	snap_repair(bad, good_len[0]);
	refused("shapes not in order", good_len[0], MSG, R(SHAPE), 5);
}

Test(bad_input, B11_bombs)
{
	static const uint32_t counts[] = { 4097, 1 << 20, 1 << 30, UINT32_MAX };
	static uint8_t list[8 * 4096];
	struct snap_part part[20];
	struct cvmm_error e;
	size_t n = split(1, part), i, need = 0, len;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		memcpy(bad, good[0], good_len[0]);
		snap_put(bad + 20, 4, counts[i]);
		snap_repair(bad, good_len[0]);
		refused("vCPUs", good_len[0], BIG, R(LIMIT), 0);
		memcpy(bad, good[0], good_len[0]);
		snap_put(bad + 36, 4, counts[i]);
		snap_repair(bad, good_len[0]);
		refused("sections", good_len[0], BIG, R(LIMIT), 0);
	}
	/* 4096 vCPUs of a shape with a block of 64 KiB: a small file that would decode to 256 MiB. */
	memset(scratch, 0, 48);
	snap_put(scratch + 8, 4, 1);
	snap_put(scratch + 16, 8, UINT64_C(0x60f0000200000009));
	snap_put(scratch + 24, 4, 65536);
	memset(list, 0, sizeof(list));
	for (i = 0; i < 4096; i++)
		snap_put(list + 8 * i, 4, i);
	part[0] = (struct snap_part){ 4, 1, 1, list, sizeof(list) };
	part[1] = (struct snap_part){ 5, 1, 1, scratch, 32 };
	part[2] = (struct snap_part){ 7, 1, 1, list, 4096 };
	n = 3;
	memcpy(bad, good[1], SNAP_HEADER);
	snap_put(good[1] + 20, 4, 4096);
	len = snap_join(good[1], part, n, bad, sizeof(bad));
	cr_assert_gt(len, 0);
	cr_assert_eq(cvmm_snapshot_need(bad, len, &need, &e), BIG);
	cr_assert_eq(need, 0);
	refused("decodes to 256 MiB", len, BIG, R(LIMIT), 5);
}

/* clang-format off */

Test(bad_input, B12_values_of_another_size)
{
	static const struct mangle rows[] = {
		{ "4-byte register, 8 bytes by id", 0, SECTION, 5, 16, 8, UINT64_C(0x60300000001000d4), MSG, R(ID_ORDER) },
		{ "size field 9",  0, SECTION, 5, 16 + 16 * 36, 8, UINT64_C(0x6090000000130000), MSG, R(ID_ORDER) },
		{ "last, size field 9", 0, SECTION, 5, 16 + 16 * 39, 8, UINT64_C(0x6090000200000002), MSG, R(REG_ID_MALFORMED) },
		{ "last, size field 14", 0, SECTION, 5, 16 + 16 * 39, 8, UINT64_C(0x60e0000200000002), MSG, R(REG_ID_MALFORMED) },
		{ "last, 128 bytes by id", 0, SECTION, 5, 16 + 16 * 39, 8, UINT64_C(0x6070000200000002), MSG, R(REG_SIZE) },
		{ "guest-seen block", 0, SECTION, 2, 0, 8, UINT64_C(0x60f0000000000001), MSG, R(REG_ID_MALFORMED) },
	};
	uint8_t *item;
	size_t at;

	make();
	cr_assert_eq(sample.shape[0].regs.n, 40);
	/* The order is judged item by item, so the first two are found at the item behind. */
	check_mangle(rows + 2, 4);
	memcpy(bad, good[0], good_len[0]);
	snap_put(bad + snap_section(bad, good_len[0], 5) + 16, 8, rows[0].value);
	snap_repair(bad, good_len[0]);
	refused(rows[0].what, good_len[0], MSG, R(REG_SIZE), 5);
	/* A block whose length was padded or cut: columns no longer fit. */
	at = snap_section(good[0], good_len[0], 5) + 16 + 16 * 40 + 16 + 16 * 40 + 8;
	memcpy(bad, good[0], good_len[0]);
	item = bad + at;
	cr_assert_eq(snap_get(item, 4), 100);
	snap_put(item, 4, 99);
	snap_repair(bad, good_len[0]);
	refused("block cut", good_len[0], MSG, R(COUNT), 6);
	snap_put(item, 4, 101);
	snap_repair(bad, good_len[0]);
	refused("block padded", good_len[0], MSG, R(COUNT), 6);
	snap_put(item, 4, 0);
	snap_repair(bad, good_len[0]);
	refused("block of nothing", good_len[0], MSG, R(COUNT), 6);
}

Test(bad_input, B22_memory_slots)
{
	static const struct mangle rows[] = {
		{ "empty",                  0, SECTION, 8, 16, 8, 0, MSG, R(MEMSLOT) },
		{ "size unaligned",         0, SECTION, 8, 16, 8, 4097, MSG, R(MEMSLOT) },
		{ "address unaligned",      0, SECTION, 8, 8, 8, UINT64_C(0x40000800), MSG, R(MEMSLOT) },
		{ "wraps",                  0, SECTION, 8, 16, 8, UINT64_MAX - 4095, MSG, R(MEMSLOT) },
		{ "beyond 2^56",            0, SECTION, 8, 16, 8, UINT64_C(1) << 56, MSG, R(MEMSLOT) },
		{ "address beyond 2^56",    0, SECTION, 8, 8, 8, UINT64_C(1) << 56, MSG, R(MEMSLOT) },
		{ "overlaps the next",      0, SECTION, 8, 16, 8, UINT64_C(0x8001000), MSG, R(MEMSLOT) },
		{ "slot beyond the limit",  0, SECTION, 8, 0, 4, 0x8000, MSG, R(MEMSLOT) },
		{ "address space 2",        0, SECTION, 8, 48, 4, 0x20001, MSG, R(MEMSLOT) },
		{ "slot number twice",      0, SECTION, 8, 24, 4, 3, MSG, R(MEMSLOT) },
		{ "not in order of address", 0, SECTION, 8, 24 + 8, 8, UINT64_C(0x3ffff000), MSG, R(MEMSLOT) },
		{ "spaces not in order",    0, SECTION, 8, 0, 4, 0x10003, MSG, R(MEMSLOT) },
	};

	CHECK_MANGLE(rows);
	/* Up to 2^56 is fine, and the same address in the other address space too. */
	memcpy(bad, good[0], good_len[0]);
	snap_put(bad + snap_section(bad, good_len[0], 8) + 48 + 16, 8, (UINT64_C(1) << 56) - UINT64_C(0x40000000));
	snap_repair(bad, good_len[0]);
	cr_assert_eq(read_exactly(bad, good_len[0], &(struct cvmm_error){ 0 }), 0);
}

Test(bad_input, B23_combinations_that_no_writer_makes)
{
	static const struct mangle rows[] = {
		{ "slot flag 8",              0, SECTION, 8, 4, 4, 8, MSG, R(MEMSLOT) },
		{ "slot flags all",           0, SECTION, 8, 4, 4, UINT32_MAX, MSG, R(MEMSLOT) },
		{ "clock policy 3",           1, SECTION, 9, 0, 4, 3, MSG, R(NOT_CANONICAL) },
		{ "clock stops, critical",    1, SECTION, 9, 0, 4, 1, MSG, R(NOT_CANONICAL) },
		{ "clock goes on since never", 1, SECTION, 9, 8, 8, 0, MSG, R(SECTION_FIELD) },
		{ "no sections",              0, HEADER, 0, 36, 4, 0, MSG, R(HEADER_FIELD) },
		{ "no vCPUs",                 0, HEADER, 0, 20, 4, 0, MSG, R(HEADER_FIELD) },
		{ "vCPU id 65536",            0, SECTION, 4, 0, 4, 65536, BIG, R(LIMIT) },
	};
	struct snap_part part[20];
	size_t n, i;

	CHECK_MANGLE(rows);
	/* A shape that no vCPU has: with the columns of three vCPUs of the first one. */
	n = split(0, part);
	memcpy(scratch, find(part, n, 4)->data, 32);
	snap_put(scratch + 12, 4, 0);
	find(part, n, 4)->data = scratch;
	find(part, n, 6)->bytes = 4 * sample.shape[0].regs.stride;
	memset(store, 0, sizeof(store));
	find(part, n, 6)->data = store;
	i = snap_join(good[0], part, n, bad, sizeof(bad));
	refused("a shape without vCPU", i, MSG, R(SHAPE), 5);
}

/* clang-format on */
