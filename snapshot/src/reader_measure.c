/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Reading, second part: counts, lengths and limits, before anything is sized from them. FORMAT.md, "Order of checks", 8. */
#include "reader.h"

#include <errno.h>

static int bad(struct cvmm_error *e, enum cvmm_reason reason, uint32_t section, size_t offset)
{
	return cvmm_fail_at(e, reason == CVMM_REASON_LIMIT ? -E2BIG : -EBADMSG, reason, section, offset);
}

/* Step over @n items and add their sizes up. Sizes and offsets are checked here, because storage depends on them. */
static int measure_items(struct cvmm_span *in, uint32_t n, uint32_t section, uint32_t *stride, struct cvmm_error *e)
{
	size_t at = in->pos;
	const uint8_t *p = cvmm_span_take(in, (size_t)n * ITEM_BYTES);
	uint32_t sum = 0;

	if (!p)
		return bad(e, CVMM_REASON_COUNT, section, at);
	for (; n; n--, at += ITEM_BYTES, p += ITEM_BYTES) {
		if (get32(p + 8) > CVMM_SNAPSHOT_BLOCK_MAX)
			return bad(e, CVMM_REASON_LIMIT, section, at);
		if (get32(p + 12) != sum)
			return bad(e, CVMM_REASON_NOT_CANONICAL, section, at);
		sum += get32(p + 8);
	}
	*stride = sum;
	return 0;
}

static int measure_lists(const struct cvmm_reader *r, struct cvmm_error *e)
{
	static const uint32_t most[SECTION_OURS] = {
		[SECTION_CAPS] = CVMM_SNAPSHOT_CAPS_MAX * PAIR_BYTES,
		[SECTION_SEEN] = CVMM_SNAPSHOT_REGS_MAX * PAIR_BYTES,
		[SECTION_SLOTS] = CVMM_SNAPSHOT_SLOTS_MAX * SLOT_BYTES,
		[SECTION_CLOCK] = CLOCK_BYTES,
	};
	uint32_t i;

	for (i = 1; i < SECTION_OURS; i++) {
		const struct cvmm_section *s = &r->ours[i];
		const struct cvmm_section_kind *k = cvmm_section_kind(i, r->format & 0xffff);

		if (!s->bytes)
			continue;
		if (s->bytes % k->unit)
			return bad(e, CVMM_REASON_COUNT, i, s->offset);
		if (most[i] && s->bytes > most[i])
			return bad(e, i == SECTION_CLOCK ? CVMM_REASON_COUNT : CVMM_REASON_LIMIT, i, s->offset);
	}
	return 0;
}

static int measure_vm(struct cvmm_reader *r, struct cvmm_error *e)
{
	struct cvmm_span in = cvmm_reader_span(r, SECTION_VM);
	const uint8_t *p;
	int err;

	if (!cvmm_span_left(&in))
		return 0;
	p = cvmm_span_take(&in, LIST_BYTES);
	if (!p)
		return bad(e, CVMM_REASON_COUNT, SECTION_VM, in.pos);
	r->vm_n = get32(p);
	if (!r->vm_n)
		return bad(e, CVMM_REASON_NOT_CANONICAL, SECTION_VM, in.pos);
	if (r->vm_n > CVMM_SNAPSHOT_REGS_MAX)
		return bad(e, CVMM_REASON_LIMIT, SECTION_VM, in.pos);
	if (get32(p + 4))
		return bad(e, CVMM_REASON_PADDING, SECTION_VM, in.pos);
	err = measure_items(&in, r->vm_n, SECTION_VM, &r->vm_stride, e);
	if (err)
		return err;
	return cvmm_span_left(&in) == r->vm_stride ? 0 : bad(e, CVMM_REASON_COUNT, SECTION_VM, in.pos);
}

static int measure_shapes(struct cvmm_reader *r, struct cvmm_error *e)
{
	struct cvmm_span in = cvmm_reader_span(r, SECTION_SHAPES);

	for (r->nshapes = 0; cvmm_span_left(&in); r->nshapes++) {
		struct cvmm_shape_dims *d = &r->dims[r->nshapes];
		size_t at = in.pos;
		const uint8_t *p;
		int err;

		if (r->nshapes == CVMM_SNAPSHOT_SHAPES_MAX)
			return bad(e, CVMM_REASON_LIMIT, SECTION_SHAPES, at);
		p = cvmm_span_take(&in, SHAPE_BYTES);
		if (!p)
			return bad(e, CVMM_REASON_COUNT, SECTION_SHAPES, at);
		d->features = get64(p);
		d->n = get32(p + 8);
		d->items = in.pos;
		if (!d->n)
			return bad(e, CVMM_REASON_SHAPE, SECTION_SHAPES, at);
		if (d->n > CVMM_SNAPSHOT_REGS_MAX)
			return bad(e, CVMM_REASON_LIMIT, SECTION_SHAPES, at);
		if (get32(p + 12))
			return bad(e, CVMM_REASON_PADDING, SECTION_SHAPES, at);
		err = measure_items(&in, d->n, SECTION_SHAPES, &d->stride, e);
		if (err)
			return err;
		r->nitems += d->n;
	}
	return 0;
}

static int measure_vcpus(struct cvmm_reader *r, struct cvmm_error *e)
{
	struct cvmm_span in = cvmm_reader_span(r, SECTION_VCPUS);
	const uint8_t *p;
	uint32_t i;

	if (cvmm_span_left(&in) != (size_t)r->nvcpus * VCPU_BYTES)
		return bad(e, CVMM_REASON_COUNT, SECTION_VCPUS, in.pos);
	while ((p = cvmm_span_take(&in, VCPU_BYTES)) && get32(p + 4) < r->nshapes)
		r->dims[get32(p + 4)].ncols++;
	if (p)
		return bad(e, CVMM_REASON_SHAPE, SECTION_VCPUS, in.pos - VCPU_BYTES);
	for (i = 0; i < r->nshapes; i++)
		r->state += (uint64_t)r->dims[i].stride * r->dims[i].ncols;
	if (r->state > CVMM_SNAPSHOT_BYTES_MAX)
		return bad(e, CVMM_REASON_LIMIT, SECTION_SHAPES, r->ours[SECTION_SHAPES].offset);
	if (r->ours[SECTION_COLUMNS].bytes && r->ours[SECTION_COLUMNS].bytes != r->state)
		return bad(e, CVMM_REASON_COUNT, SECTION_COLUMNS, r->ours[SECTION_COLUMNS].offset);
	return 0;
}

int cvmm_reader_measure(struct cvmm_reader *r, const void *buf, size_t len, struct cvmm_error *e)
{
	int err = cvmm_reader_open(r, buf, len, e);

	if (!err)
		err = measure_lists(r, e);
	if (!err)
		err = measure_vm(r, e);
	if (!err)
		err = measure_shapes(r, e);
	return err ? err : measure_vcpus(r, e);
}
