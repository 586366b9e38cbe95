/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* One register: write something else through vCPU 0, look through both. */
#include <errno.h>
#include <string.h>

#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include "audit_parts.h"

/* A register under test. */
struct subject {
	struct bench *b;
	struct audit_entry *en;
	struct audit_change *change;
	const struct cvmm_row *row;
	uint64_t id;
	uint64_t compare;
	uint32_t bytes;
	uint8_t old[2][CVMM_REG_BYTES_MAX];
};

enum outcome {
	REFUSED,  /* an errno */
	STORED,	  /* reads back */
	NO_EFFECT /* returned 0 and the old value is still there */
};

static int equal(const struct subject *s, const uint8_t *x, const uint8_t *y)
{
	if (s->bytes > 8)
		return memcmp(x, y, s->bytes) == 0;
	return !((cvmm_load_le(x, s->bytes) ^ cvmm_load_le(y, s->bytes)) & s->compare);
}

/* Back to how it was; a register that does not go back takes the whole VM with it. */
static void put_back(struct subject *s)
{
	uint8_t now[CVMM_REG_BYTES_MAX];

	if (bench_set(s->b, 0, s->id, s->old[0]) == 0 && bench_get(s->b, 0, s->id, now) == 0 &&
		equal(s, now, s->old[0]))
		return;
	(void)bench_fresh(s->b, s->b->features, (int)s->b->finalize, NULL);
}

static void judge_scope(struct subject *s, const uint8_t *v)
{
	uint8_t other[CVMM_REG_BYTES_MAX];
	int vm = s->en->scope == CVMM_SCOPE_VM;

	if (bench_get(s->b, 1, s->id, other) < 0)
		return;
	if (equal(s, other, vm ? v : s->old[1]))
		audit_proven(s->en, AUDIT_SCOPE);
	else
		audit_contradicted(s->en, AUDIT_SCOPE,
			vm ? "the other vCPU does not show the change" : "the other vCPU shows the change", s->id,
			cvmm_load_le(vm ? v : s->old[1], 8), cvmm_load_le(other, 8));
}

static enum outcome try_value(struct subject *s, const uint8_t *v)
{
	uint8_t now[CVMM_REG_BYTES_MAX];

	if (bench_set(s->b, 0, s->id, v) < 0 || bench_get(s->b, 0, s->id, now) < 0)
		return REFUSED;
	if (equal(s, now, v)) {
		judge_scope(s, v);
		audit_proven(s->en, AUDIT_WRITE);
		if (!s->change->found) {
			s->change->found = 1;
			s->change->fresh = cvmm_load_le(s->old[0], s->bytes);
			s->change->other = cvmm_load_le(v, s->bytes);
		}
		put_back(s);
		return STORED;
	}
	if (s->row->write != CVMM_WRITE_ASSERT)
		audit_contradicted(s->en, AUDIT_WRITE, "accepted, and something else is there", s->id,
			cvmm_load_le(v, s->bytes), cvmm_load_le(now, s->bytes));
	put_back(s);
	return NO_EFFECT;
}

static enum outcome try_u64(struct subject *s, uint64_t value)
{
	uint8_t v[CVMM_REG_BYTES_MAX] = { 0 };

	cvmm_store_le(v, s->bytes, value);
	return try_value(s, v);
}

static void must_refuse(struct subject *s, uint64_t value)
{
	uint8_t v[CVMM_REG_BYTES_MAX] = { 0 }, now[CVMM_REG_BYTES_MAX];

	cvmm_store_le(v, s->bytes, value);
	if (bench_set(s->b, 0, s->id, v) < 0) {
		audit_proven(s->en, AUDIT_WRITE);
		return;
	}
	(void)bench_get(s->b, 0, s->id, now);
	audit_contradicted(s->en, AUDIT_WRITE, "accepted what has to be refused", s->id, value, cvmm_load_le(now, 8));
	put_back(s);
}

static void look_stored(struct subject *s, int all)
{
	uint64_t bits = s->compare & ~s->row->fixed & ~s->row->other_bits;
	uint64_t old = cvmm_load_le(s->old[0], s->bytes);
	uint8_t v[CVMM_REG_BYTES_MAX];
	uint32_t i;

	if (s->bytes > 8) {
		memcpy(v, s->old[0], sizeof(v));
		v[0] ^= 1;
		(void)try_value(s, v);
		return;
	}
	for (i = 0; i < 8 * s->bytes; i++)
		if (bits >> i & 1 && try_u64(s, old ^ UINT64_C(1) << i) == STORED && !all)
			return;
}

/* Of SVE's vector lengths only the largest can be chosen: leave the top one out. */
static void look_vls(struct subject *s)
{
	uint8_t v[CVMM_REG_BYTES_MAX];
	uint32_t i;

	memcpy(v, s->old[0], sizeof(v));
	for (i = 8 * s->bytes; i-- > 1;) {
		if (!(v[i / 8] >> (i % 8) & 1))
			continue;
		v[i / 8] = (uint8_t)(v[i / 8] & ~(1u << (i % 8)));
		(void)try_value(s, v);
		return;
	}
}

static void look_fields(struct subject *s, int all)
{
	uint64_t old = cvmm_load_le(s->old[0], 8);
	uint32_t i;

	for (i = 0; i < s->row->nfields; i++) {
		const struct cvmm_field *f = &s->row->field[i];
		uint64_t have = old >> f->shift & ((UINT64_C(1) << f->width) - 1);
		uint64_t want = have;

		if (f->safe == CVMM_SAFE_LOWER && have > f->floor)
			want = have - 1;
		else if (f->safe == CVMM_SAFE_EXACT_OR_FLOOR)
			want = f->floor;
		if (want != have && try_u64(s, old ^ (have ^ want) << f->shift) == STORED && !all)
			return;
	}
	must_refuse(s, ~old);
}

static void look_volatile(struct subject *s)
{
	uint64_t want = cvmm_load_le(s->old[0], 8) + (UINT64_C(1) << 44);
	uint8_t v[CVMM_REG_BYTES_MAX] = { 0 };
	uint64_t got[2] = { 0, 0 };
	uint32_t i;

	cvmm_store_le(v, 8, want);
	if (bench_set(s->b, 0, s->id, v) < 0)
		return;
	for (i = 0; i < 2; i++)
		if (bench_get(s->b, i, s->id, v) == 0)
			got[i] = cvmm_load_le(v, 8);
	if (got[0] - want < UINT64_C(1) << 43)
		audit_proven(s->en, AUDIT_WRITE);
	else
		audit_contradicted(s->en, AUDIT_WRITE, "the counter is not where it was set", s->id, want, got[0]);
	if (got[1] - want < UINT64_C(1) << 43)
		audit_proven(s->en, AUDIT_SCOPE);
	else
		audit_contradicted(s->en, AUDIT_SCOPE, "the other vCPU's counter did not move", s->id, want, got[1]);
	s->change->found = 1;
	s->change->fresh = want;
	s->change->other = want + (UINT64_C(1) << 44);
	(void)bench_fresh(s->b, s->b->features, 1, NULL);
}

static void look_assert(struct subject *s)
{
	uint64_t old = cvmm_load_le(s->old[0], 8), level;

	audit_untested(s->en, AUDIT_SCOPE, "nothing is stored");
	audit_untested(s->en, AUDIT_WINDOW, "nothing is stored");
	for (level = 0; level < 4; level++)
		if (level != old && try_u64(s, level) == STORED)
			audit_contradicted(s->en, AUDIT_WRITE, "a level was stored", s->id, old, level);
	must_refuse(s, 0x1f00);
}

/* Written through the other name, seen through this one. */
static void look_alias(struct subject *s)
{
	uint64_t peer = s->row->peer + (s->id - s->row->first);
	uint64_t old = cvmm_load_le(s->old[0], 8), want = old ^ 1;
	uint8_t v[CVMM_REG_BYTES_MAX] = { 0 }, now[2][CVMM_REG_BYTES_MAX];

	cvmm_store_le(v, 8, want);
	if (bench_set(s->b, 0, peer, v) < 0 || bench_get(s->b, 0, s->id, now[0]) < 0 ||
		bench_get(s->b, 1, s->id, now[1]) < 0)
		return;
	audit_untested(s->en, AUDIT_WINDOW, "written through its other name");
	if (equal(s, now[0], v))
		audit_proven(s->en, AUDIT_WRITE);
	else
		audit_contradicted(
			s->en, AUDIT_WRITE, "does not follow its other name", s->id, want, cvmm_load_le(now[0], 8));
	if (equal(s, now[1], s->old[1]))
		audit_proven(s->en, AUDIT_SCOPE);
	else
		audit_contradicted(s->en, AUDIT_SCOPE, "the other vCPU shows the change", s->id,
			cvmm_load_le(s->old[1], 8), cvmm_load_le(now[1], 8));
	(void)bench_set(s->b, 0, peer, s->old[0]);
}

static void look_block(struct subject *s)
{
	uint8_t v[CVMM_REG_BYTES_MAX];

	memcpy(v, s->old[0], sizeof(v));
	/* Stopped instead of runnable; an SError pending instead of none. */
	v[0] = s->id == CVMM_ARM64_VCPU_MP_STATE ? CVMM_MP_STATE_STOPPED : 1;
	(void)try_value(s, v);
}

static void look_ignored(struct subject *s)
{
	if (!s->row->compare) {
		audit_untested(s->en, AUDIT_SCOPE, "kernels differ, and nothing depends on it");
		audit_untested(s->en, AUDIT_WRITE, "kernels differ, and nothing depends on it");
		audit_untested(s->en, AUDIT_WINDOW, "kernels differ, and nothing depends on it");
		return;
	}
	if (try_u64(s, cvmm_load_le(s->old[0], 8) ^ 1) == STORED)
		audit_contradicted(s->en, AUDIT_WRITE, "a write changed it", s->id, 0, 1);
}

static void look_bits(struct subject *s)
{
	uint64_t old = cvmm_load_le(s->old[0], 8);
	uint32_t i;

	for (i = 0; i < 4; i++)
		(void)try_u64(s, old ^ UINT64_C(1) << i);
	must_refuse(s, UINT64_C(1) << 63);
}

static void look_level(struct subject *s)
{
	const uint64_t levels[] = { 0x10001, 0x10000, 2 };
	uint32_t i;

	for (i = 0; i < 3; i++)
		if (levels[i] != cvmm_load_le(s->old[0], 8))
			(void)try_u64(s, levels[i]);
	must_refuse(s, 0x90009);
}

void audit_look(struct bench *b, uint32_t entry, uint64_t id, int all)
{
	struct subject s = { .b = b,
		.en = &b->entry[entry],
		.change = &b->change[b->nchanges - 1],
		.row = b->entry[entry].row,
		.id = id,
		.bytes = cvmm_reg_bytes(id) };

	s.change->features = b->features;
	s.compare = cvmm_row_compare(s.row, b->pmcr);
	if (bench_get(b, 0, id, s.old[0]) < 0 || bench_get(b, 1, id, s.old[1]) < 0) {
		audit_contradicted(s.en, AUDIT_WRITE, "listed, and cannot be read", id, 0, 0);
		return;
	}
	if (s.row->access != CVMM_ACCESS_ONE_REG) {
		look_block(&s);
		return;
	}
	if (id == CVMM_ARM64_SVE_VLS) {
		if (!b->finalize)
			look_vls(&s);
		return;
	}
	switch (s.row->write) {
	case CVMM_WRITE_STORED: look_stored(&s, all); break;
	case CVMM_WRITE_SAFE: look_fields(&s, all); break;
	case CVMM_WRITE_BITS: look_bits(&s); break;
	case CVMM_WRITE_LEVEL: look_level(&s); break;
	case CVMM_WRITE_ASSERT: look_assert(&s); break;
	case CVMM_WRITE_VOLATILE: look_volatile(&s); break;
	case CVMM_WRITE_ALIAS: look_alias(&s); break;
	case CVMM_WRITE_IGNORED: look_ignored(&s); break;
	default: break;
	}
}
