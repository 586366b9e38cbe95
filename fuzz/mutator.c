/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Three levels of mutation; see mutator.h. The level of the machine is in mutate_view.c. */
#include "mutator.h"

#include <string.h>

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>
#include <cvmm/vm-regs/vm-regs.h>

#include "mutate_parts.h"
#include "snap.h"

#define PARTS 64u
#define ARCH  12u /* offset in the header */

uint64_t fuzz_next(struct fuzz_rng *r)
{
	r->state += UINT64_C(0x9e3779b97f4a7c15);
	uint64_t z = r->state;

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint32_t fuzz_below(struct fuzz_rng *r, uint32_t n)
{
	return n ? (uint32_t)(fuzz_next(r) % n) : 0;
}

uint64_t fuzz_reg_id(struct fuzz_rng *r, uint32_t arch)
{
	uint32_t n[2], i;
	const struct cvmm_row *rows[2];
	const struct cvmm_row *row;
	uint64_t id;

	if (arch != CVMM_ARCH_X86_64 && arch != CVMM_ARCH_RISCV64)
		arch = CVMM_ARCH_ARM64;
	rows[0] = cvmm_vm_reg_rows(arch, &n[0]);
	rows[1] = cvmm_vcpu_reg_rows(arch, &n[1]);
	i = fuzz_below(r, 4) ? 1 : 0;
	if (!n[i])
		return UINT64_C(0x6030000000100000);
	row = &rows[i][fuzz_below(r, n[i])];
	id = row->first + (uint64_t)row->step * fuzz_below(r, row->count);
	switch (fuzz_below(r, 16)) {
	case 0: return id + 1;
	case 1: return id ^ UINT64_C(1) << fuzz_below(r, 64);
	case 2: /* nobody knows it; of 8 bytes mostly */
		return (uint64_t)arch << 56 | (uint64_t)(fuzz_below(r, 4) ? 3 : fuzz_below(r, 16)) << 52 |
		       UINT64_C(0x200000000) | fuzz_below(r, 16);
	default: return id;
	}
}

uint64_t fuzz_value(struct fuzz_rng *r)
{
	static const uint64_t odd[] = { 0, 1, 2, 7, 8, 15, 16, 63, 64, 255, 256, 4095, 4096, 4097, 65535, 65536, 65537,
		0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff, UINT64_C(0x100000000), UINT64_C(0x7fffffffffffffff),
		UINT64_C(0x8000000000000000), UINT64_C(0xfffffffffffffff0), UINT64_MAX, 0x10000, 0x10001, 0x10003,
		0x8444c004, 0x9444c004 };

	switch (fuzz_below(r, 4)) {
	case 0: return fuzz_next(r);
	case 1: return UINT64_C(1) << fuzz_below(r, 64);
	case 2: return fuzz_below(r, 16);
	default: return odd[fuzz_below(r, sizeof(odd) / sizeof(odd[0]))];
	}
}

/* A section's contents in entries of this many bytes. */
static uint32_t unit_of(uint32_t type)
{
	switch (type) {
	case 4: return 8;
	case 8: return 24;
	case 6:
	case 7: return 1;
	default: return 16;
	}
}

static void change_contents(struct fuzz_rng *r, uint32_t arch, struct snap_part *p, uint8_t *room, size_t cap)
{
	uint32_t unit = unit_of(p->type), entries = (uint32_t)(p->bytes / unit), at, other, width;

	if (p->bytes + 64 > cap)
		return;
	if (p->bytes)
		memcpy(room, p->data, p->bytes);
	p->data = room;
	at = fuzz_below(r, entries) * unit;
	other = fuzz_below(r, entries) * unit;
	width = 1u << fuzz_below(r, 4);
	switch (fuzz_below(r, 9)) {
	case 0: /* a number somewhere */
		if (p->bytes >= 8)
			snap_put(room + fuzz_below(r, (uint32_t)(p->bytes - 7)), width, fuzz_value(r));
		break;
	case 1: /* a number at the start of an entry */
		if (p->bytes >= at + 8)
			snap_put(room + at, unit == 16 ? 8 : 4, unit == 16 ? fuzz_reg_id(r, arch) : fuzz_value(r));
		break;
	case 2: /* one bit */
		if (p->bytes)
			room[fuzz_below(r, (uint32_t)p->bytes)] ^= (uint8_t)(1u << fuzz_below(r, 8));
		break;
	case 3: /* an entry twice */
		if (entries) {
			memmove(room + at + unit, room + at, p->bytes - at);
			p->bytes += unit;
		}
		break;
	case 4: /* an entry gone */
		if (entries) {
			memmove(room + at, room + at + unit, p->bytes - at - unit);
			p->bytes -= unit;
		}
		break;
	case 5: /* two entries swapped */
		if (entries) {
			uint8_t keep[24];

			memcpy(keep, room + at, unit);
			memmove(room + at, room + other, unit);
			memcpy(room + other, keep, unit);
		}
		break;
	case 6: /* cut */ p->bytes = fuzz_below(r, (uint32_t)p->bytes + 1); break;
	case 7: /* longer */
		memset(room + p->bytes, (int)fuzz_below(r, 2), 40);
		p->bytes += 1 + fuzz_below(r, 40);
		break;
	default: /* a number of an entry, one more or less */
		if (p->bytes >= at + 8)
			snap_put(room + at, 4, snap_get(room + at, 4) + (fuzz_below(r, 2) ? 1 : (uint64_t)-1));
	}
}

static size_t change_list(struct fuzz_rng *r, struct snap_part *part, size_t n)
{
	static const uint32_t types[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0x7fffffff, 0x80000000, 0x80000001,
		0xffffffff };
	uint32_t i = fuzz_below(r, (uint32_t)n), k = fuzz_below(r, (uint32_t)n);
	struct snap_part keep;

	if (!n)
		return n;
	switch (fuzz_below(r, 6)) {
	case 0: part[i].type = types[fuzz_below(r, sizeof(types) / sizeof(types[0]))]; break;
	case 1: part[i].version = (uint16_t)fuzz_below(r, 3); break;
	case 2: part[i].flags = (uint16_t)fuzz_below(r, 3); break;
	case 3:
		keep = part[i];
		part[i] = part[k];
		part[k] = keep;
		break;
	case 4: memmove(&part[i], &part[i + 1], (n - i - 1) * sizeof(*part)); return n - 1;
	default:
		if (n == PARTS)
			break;
		memmove(&part[i + 1], &part[i], (n - i) * sizeof(*part));
		part[i + 1].type += fuzz_below(r, 2);
		return n + 1;
	}
	return n;
}

/* Sections change, layout and checksums are right again. */
static size_t mutate_structure(struct fuzz_rng *r, uint8_t *buf, size_t len, size_t cap)
{
	static uint8_t room[4][FUZZ_MAX], out[FUZZ_MAX];
	struct snap_part part[PARTS + 1];
	size_t n = snap_split(buf, len, part, PARTS), total;
	uint32_t times = 1 + fuzz_below(r, 3), arch = (uint32_t)snap_get(buf + ARCH, 4), i;

	for (i = 0; i < times; i++) {
		if (fuzz_below(r, 3) && n)
			change_contents(r, arch, &part[fuzz_below(r, (uint32_t)n)], room[i], FUZZ_MAX);
		else if (fuzz_below(r, 4))
			n = change_list(r, part, n);
		else
			snap_put(buf + 8 + 2 * fuzz_below(r, 12), 2, fuzz_value(r));
	}
	total = snap_join(buf, part, n, out, cap);
	if (!total)
		return len;
	memcpy(buf, out, total);
	return total;
}

static size_t mutate_bytes(struct fuzz_rng *r, uint8_t *buf, size_t len, size_t cap)
{
	uint32_t times = 1 + fuzz_below(r, 4);

	for (; times && len; times--) {
		uint32_t at = fuzz_below(r, (uint32_t)len);

		/* Most of a snapshot is values: header and table get as much attention. */
		if (fuzz_below(r, 2) && len > 512)
			at = fuzz_below(r, 512);
		switch (fuzz_below(r, 5)) {
		case 0: buf[at] ^= (uint8_t)(1u << fuzz_below(r, 8)); break;
		case 1: buf[at] = (uint8_t)fuzz_value(r); break;
		case 2:
			if (len - at >= 8)
				snap_put(buf + at, 1u << fuzz_below(r, 4), fuzz_value(r));
			break;
		case 3: len = at; break;
		default:
			if (len + 16 <= cap) {
				memset(buf + len, 0, 16);
				len += 1 + fuzz_below(r, 16);
			}
		}
	}
	if (fuzz_below(r, 4))
		snap_repair(buf, len);
	return len;
}

size_t fuzz_mutate(uint8_t *buf, size_t len, size_t cap, uint32_t seed)
{
	struct fuzz_rng r = { seed };
	uint32_t level;
	size_t out;

	if (cap > FUZZ_MAX)
		cap = FUZZ_MAX;
	if (len > cap)
		len = cap;
	if (len < SNAP_HEADER + SNAP_ENTRY || memcmp(buf, "cvmmsnap", 8)) {
		out = fuzz_seed(buf, cap, &r);
		return out ? out : len;
	}
	level = fuzz_below(&r, 8);
	if (level < 4) {
		out = fuzz_mutate_view(&r, buf, len, cap);
		if (out)
			return out;
	}
	return level == 7 ? mutate_bytes(&r, buf, len, cap) : mutate_structure(&r, buf, len, cap);
}
