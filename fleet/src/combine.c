/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* How the values of several hosts combine, by the register's row. */
#include "promise.h"

#include <cvmm/snapshot/plan.h>

#include <string.h>

static uint64_t field_mask(const struct cvmm_field *f)
{
	return (f->width >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << f->width) - 1) << f->shift;
}

static uint64_t field_raw(const struct cvmm_field *f, uint64_t v)
{
	return (v & field_mask(f)) >> f->shift;
}

static int64_t field_number(const struct cvmm_field *f, uint64_t v)
{
	uint64_t raw = field_raw(f, v);

	if (f->is_signed && f->width < 64 && raw >> (f->width - 1))
		raw |= ~UINT64_C(0) << f->width;
	return (int64_t)raw;
}

/* The raw value of a field that @a's and @b's hosts can both stand in for, if one of them can. */
static uint64_t meet_field(const struct cvmm_field *f, uint64_t a, uint64_t b)
{
	int64_t na = field_number(f, a), nb = field_number(f, b);
	uint64_t lower = field_raw(f, na < nb ? a : b), higher = field_raw(f, na < nb ? b : a);

	if (na == nb)
		return lower;
	switch (f->safe) {
	case CVMM_SAFE_HIGHER: return higher;
	case CVMM_SAFE_HIGHER_OR_ZERO: return na && nb ? higher : 0;
	case CVMM_SAFE_EXACT_OR_FLOOR: return f->floor;
	default: return lower;
	}
}

static uint64_t meet_fields(const struct cvmm_row *row, uint64_t a, uint64_t b)
{
	uint64_t v = a & b;
	uint32_t i;

	for (i = 0; i < row->nfields; i++) {
		const struct cvmm_field *f = &row->field[i];

		v = (v & ~field_mask(f)) | meet_field(f, a, b) << f->shift;
	}
	return v;
}

uint64_t cvmm_promise_meet(const struct promise *p, uint64_t a, uint64_t b)
{
	if (a == b)
		return a;
	switch (p->row->combine) {
	case CVMM_COMBINE_AND: return a & b;
	case CVMM_COMBINE_FIELDS: return meet_fields(p->row, a, b);
	/* The lower level; of equals that differ any one will do, but always the same one. */
	default: return a < b ? a : b;
	}
}

/* The least value that offers what both offer: per field the less safe direction. */
static uint64_t join_fields(const struct cvmm_row *row, uint64_t a, uint64_t b)
{
	uint64_t v = a | b;
	uint32_t i;

	for (i = 0; i < row->nfields; i++) {
		const struct cvmm_field *f = &row->field[i];
		uint64_t met = meet_field(f, a, b), ra = field_raw(f, a), rb = field_raw(f, b);

		v = (v & ~field_mask(f)) | (met == ra ? rb : ra) << f->shift;
	}
	return v;
}

uint64_t cvmm_promise_join(const struct promise *p, uint64_t a, uint64_t b)
{
	if (a == b)
		return a;
	switch (p->row->combine) {
	case CVMM_COMBINE_AND: return a | b;
	case CVMM_COMBINE_FIELDS: return join_fields(p->row, a, b);
	default: return a > b ? a : b;
	}
}

void cvmm_promise_take(struct promise *p, uint64_t seen, uint32_t host)
{
	uint64_t v = p->set ? cvmm_promise_meet(p, p->value, seen) : seen;

	if (!p->set || v != p->value)
		p->host = host;
	p->moved |= p->set && seen != p->value;
	p->set = 1;
	p->value = v;
}

void cvmm_promise_take_wide(struct promise *p, const uint8_t *seen, uint32_t host)
{
	uint8_t v[CVMM_WIDE_BYTES] = { 0 };
	int differs;

	if (seen)
		memcpy(v, seen, p->nwide);
	differs = p->set && memcmp(v, p->wide, p->nwide) != 0;
	if (differs)
		cvmm_wide_meet(p->id, p->wide, v, v);
	if (!p->set || memcmp(v, p->wide, p->nwide) != 0)
		p->host = host;
	p->moved |= (uint8_t)differs;
	p->set = 1;
	memcpy(p->wide, v, p->nwide);
}
