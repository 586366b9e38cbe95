/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Reading, last part: from checked and measured sections to a view. FORMAT.md, "Order of checks", 8. */
#include "reader.h"

#include <errno.h>
#include <string.h>

#include "columns.h"

#define STORE_ALIGN 16u

static int bad(struct cvmm_error *e, enum cvmm_reason reason, uint32_t section, size_t offset)
{
	return cvmm_fail_at(e, -EBADMSG, reason, section, offset);
}

/** struct store - the caller's storage, cut up; with base NULL it only counts */
struct store {
	uint8_t *base;
	size_t used;
};

static void *cut(struct store *s, size_t n, size_t size)
{
	uint8_t *p = s->base ? s->base + s->used : NULL;

	s->used += round_up(n * size, STORE_ALIGN);
	return p;
}

/** struct parts - where each list of the view goes */
struct parts {
	struct cvmm_pair *cap, *seen;
	struct cvmm_item *vm, *item;
	struct cvmm_shape *shape;
	struct cvmm_vcpu_ref *vcpu;
	struct cvmm_memslot *slot;
	struct cvmm_extra *extra;
	uint32_t *vcpu_id;
	uint8_t *col;
};

static uint32_t entries(const struct cvmm_reader *r, uint32_t type, uint32_t size)
{
	return (uint32_t)(r->ours[type].bytes / size);
}

static size_t lay_out(const struct cvmm_reader *r, void *base, struct parts *p)
{
	struct store s = { base, 0 };

	p->cap = cut(&s, entries(r, SECTION_CAPS, PAIR_BYTES), sizeof(*p->cap));
	p->seen = cut(&s, entries(r, SECTION_SEEN, PAIR_BYTES), sizeof(*p->seen));
	p->vm = cut(&s, r->vm_n, sizeof(*p->vm));
	p->item = cut(&s, r->nitems, sizeof(*p->item));
	p->shape = cut(&s, r->nshapes, sizeof(*p->shape));
	p->vcpu = cut(&s, r->nvcpus, sizeof(*p->vcpu));
	p->vcpu_id = cut(&s, r->nvcpus, sizeof(*p->vcpu_id));
	p->slot = cut(&s, entries(r, SECTION_SLOTS, SLOT_BYTES), sizeof(*p->slot));
	p->extra = cut(&s, r->nextra, sizeof(*p->extra));
	/* Format 1.0: columns are used where they lie. */
	p->col = cut(&s, r->ours[SECTION_SPARSE].bytes ? (size_t)r->state : 0, 1);
	return s.used;
}

int cvmm_snapshot_need(const void *buf, size_t len, size_t *bytes, struct cvmm_error *e)
{
	struct cvmm_reader r;
	struct parts p;
	int err = cvmm_reader_measure(&r, buf, len, e);

	if (!err)
		*bytes = lay_out(&r, NULL, &p);
	return err;
}

static uint32_t fill_pairs(const struct cvmm_reader *r, uint32_t type, struct cvmm_pair *out)
{
	struct cvmm_span in = cvmm_reader_span(r, type);
	const uint8_t *p;
	uint32_t n;

	for (n = 0; (p = cvmm_span_take(&in, PAIR_BYTES)); n++) {
		out[n].id = get64(p);
		out[n].value = get64(p + 8);
	}
	return n;
}

static void fill_items(struct cvmm_span *in, uint32_t n, struct cvmm_item *out)
{
	const uint8_t *p;

	for (; n && (p = cvmm_span_take(in, ITEM_BYTES)); n--, out++) {
		out->id = get64(p);
		out->size = get32(p + 8);
		out->off = get32(p + 12);
	}
}

static void fill_vm(const struct cvmm_reader *r, struct cvmm_item *item, struct cvmm_regset *out)
{
	struct cvmm_span in = cvmm_reader_span(r, SECTION_VM);

	if (!r->vm_n)
		return;
	(void)cvmm_span_take(&in, LIST_BYTES);
	fill_items(&in, r->vm_n, item);
	out->item = item;
	out->n = r->vm_n;
	out->ncols = 1;
	out->stride = r->vm_stride;
	out->col = r->buf + in.pos;
}

/* Shapes get their columns one after the other; @col is the first. */
static void fill_shapes(const struct cvmm_reader *r, const struct parts *p, const uint8_t *col)
{
	struct cvmm_item *item = p->item;
	uint32_t *vcpu_id = p->vcpu_id, i;

	for (i = 0; i < r->nshapes; i++) {
		const struct cvmm_shape_dims *d = &r->dims[i];
		struct cvmm_span in = { r->buf, d->items, r->len };
		struct cvmm_shape *s = &p->shape[i];

		memset(s, 0, sizeof(*s));
		fill_items(&in, d->n, item);
		s->features = d->features;
		s->vcpu_id = vcpu_id;
		s->regs.item = item;
		s->regs.n = d->n;
		s->regs.ncols = d->ncols;
		s->regs.stride = d->stride;
		s->regs.col = col;
		item += d->n;
		vcpu_id += d->ncols;
		col += (size_t)d->ncols * d->stride;
	}
}

/* The n-th vCPU of a shape has its n-th column. */
static void fill_vcpus(struct cvmm_reader *r, const struct parts *p)
{
	struct cvmm_span in = cvmm_reader_span(r, SECTION_VCPUS);
	uint32_t first[CVMM_SNAPSHOT_SHAPES_MAX], used[CVMM_SNAPSHOT_SHAPES_MAX], i, sum = 0;
	const uint8_t *b;

	for (i = 0; i < r->nshapes; i++) {
		first[i] = sum;
		used[i] = 0;
		sum += r->dims[i].ncols;
	}
	for (i = 0; (b = cvmm_span_take(&in, VCPU_BYTES)); i++) {
		uint32_t shape = get32(b + 4);

		p->vcpu[i].id = get32(b);
		p->vcpu[i].shape = shape;
		p->vcpu[i].col = used[shape]++;
		p->vcpu_id[first[shape] + p->vcpu[i].col] = p->vcpu[i].id;
	}
}

static uint32_t fill_slots(const struct cvmm_reader *r, struct cvmm_memslot *out)
{
	struct cvmm_span in = cvmm_reader_span(r, SECTION_SLOTS);
	const uint8_t *p;
	uint32_t n;

	for (n = 0; (p = cvmm_span_take(&in, SLOT_BYTES)); n++) {
		out[n].slot = get32(p);
		out[n].flags = get32(p + 4);
		out[n].gpa = get64(p + 8);
		out[n].bytes = get64(p + 16);
	}
	return n;
}

static void fill_extras(const struct cvmm_reader *r, struct cvmm_extra *out)
{
	uint32_t i;

	for (i = r->nsections - r->nextra; i < r->nsections; i++, out++) {
		struct cvmm_section s = cvmm_reader_section(r, i);

		memset(out, 0, sizeof(*out));
		out->type = s.type;
		out->version = s.version;
		out->critical = s.critical;
		out->data = r->buf + s.offset;
		out->bytes = s.bytes;
	}
}

static int fill_clock(const struct cvmm_reader *r, struct cvmm_clock *out, struct cvmm_error *e)
{
	struct cvmm_span in = cvmm_reader_span(r, SECTION_CLOCK);
	const uint8_t *p = cvmm_span_take(&in, CLOCK_BYTES);

	if (!p)
		return 0;
	out->policy = get32(p);
	out->zero = get32(p + 4);
	out->saved_ns = get64(p + 8);
	if (!out->policy && !out->saved_ns)
		return bad(e, CVMM_REASON_SECTION_FIELD, SECTION_CLOCK, in.pos - CLOCK_BYTES);
	if (r->ours[SECTION_CLOCK].critical != (out->policy == CVMM_CLOCK_CONTINUE))
		return bad(e, CVMM_REASON_NOT_CANONICAL, SECTION_CLOCK, in.pos - CLOCK_BYTES);
	return 0;
}

static int fill_sparse(const struct cvmm_reader *r, uint8_t *col, struct cvmm_error *e)
{
	struct cvmm_span in = cvmm_reader_span(r, SECTION_SPARSE);
	uint32_t i, k;

	for (i = 0; i < r->nshapes; i++) {
		const uint8_t *before = NULL;

		for (k = 0; k < r->dims[i].ncols; k++, col += r->dims[i].stride) {
			int err = cvmm_sparse_decode(&in, before, col, r->dims[i].stride, e);

			if (err)
				return err;
			before = col;
		}
	}
	return cvmm_span_left(&in) ? bad(e, CVMM_REASON_COUNT, SECTION_SPARSE, in.pos) : 0;
}

/* The rules speak of offsets within a section; a file has offsets of its own. */
static int check_meaning(const struct cvmm_reader *r, const struct cvmm_view *v, struct cvmm_error *e)
{
	struct cvmm_error local;
	int err = cvmm_view_check(v, &local);

	if (!err)
		return 0;
	if (err == -EINVAL)
		local.err = -EBADMSG;
	if (local.section < SECTION_OURS)
		local.offset += r->ours[local.section].offset;
	if (e)
		*e = local;
	return local.err;
}

int cvmm_snapshot_read(
	const void *buf, size_t len, void *store, size_t cap, struct cvmm_view *out, struct cvmm_error *e)
{
	struct cvmm_view v = { 0 };
	struct cvmm_reader r;
	struct parts p;
	size_t need;
	int err = cvmm_reader_measure(&r, buf, len, e);

	if (err)
		return err;
	need = lay_out(&r, NULL, &p);
	if (need > cap)
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL, 0, need);
	if ((uintptr_t)store % STORE_ALIGN)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_ARGUMENT);
	(void)lay_out(&r, store, &p);
	v.arch = r.arch;
	v.format = r.format;
	v.kernel = (const char *)r.buf + HEADER_KERNEL;
	v.writer = (const char *)r.buf + HEADER_WRITER;
	v.skipped = r.skipped;
	v.cap = p.cap;
	v.ncaps = fill_pairs(&r, SECTION_CAPS, p.cap);
	v.seen = p.seen;
	v.nseen = fill_pairs(&r, SECTION_SEEN, p.seen);
	fill_vm(&r, p.vm, &v.vm);
	v.shape = p.shape;
	v.nshapes = r.nshapes;
	fill_shapes(&r, &p, r.ours[SECTION_SPARSE].bytes ? p.col : r.buf + r.ours[SECTION_COLUMNS].offset);
	v.vcpu = p.vcpu;
	v.nvcpus = r.nvcpus;
	fill_vcpus(&r, &p);
	v.slot = p.slot;
	v.nslots = fill_slots(&r, p.slot);
	v.extra = p.extra;
	v.nextra = r.nextra;
	fill_extras(&r, p.extra);
	err = fill_clock(&r, &v.clock, e);
	if (!err && r.ours[SECTION_SPARSE].bytes)
		err = fill_sparse(&r, p.col, e);
	if (!err)
		err = check_meaning(&r, &v, e);
	if (!err)
		*out = v;
	return err;
}
