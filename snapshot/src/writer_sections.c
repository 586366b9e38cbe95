/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Writing the contents of each section; reader_view.c has the other direction. */
#include "writer.h"

#include "columns.h"

/* Entries are handed on as many at a time as fit into this. */
#define BATCH_BYTES 1024u

static int put_pairs(struct cvmm_out *o, const struct cvmm_pair *list, uint32_t n)
{
	uint8_t b[BATCH_BYTES];
	size_t len = 0;
	int err = 0;

	for (; n && !err; n--, list++) {
		put64(b + len, list->id);
		put64(b + len + 8, list->value);
		len += PAIR_BYTES;
		if (len == sizeof(b) || n == 1) {
			err = cvmm_out_put(o, b, len);
			len = 0;
		}
	}
	return err;
}

static int put_items(struct cvmm_out *o, const struct cvmm_regset *set)
{
	uint8_t b[BATCH_BYTES];
	uint32_t i, sum = 0;
	size_t len = 0;
	int err = 0;

	for (i = 0; i < set->n && !err; i++) {
		put64(b + len, set->item[i].id);
		put32(b + len + 8, set->item[i].size);
		put32(b + len + 12, sum);
		sum += set->item[i].size;
		len += ITEM_BYTES;
		if (len == sizeof(b) || i + 1 == set->n) {
			err = cvmm_out_put(o, b, len);
			len = 0;
		}
	}
	return err;
}

/* One column in canonical order: as it lies if it lies so, which @packed tells: its bytes, or 0. */
static int put_column(struct cvmm_out *o, const struct cvmm_regset *set, uint32_t col, uint32_t packed)
{
	const uint8_t *base = set->col + (size_t)col * set->stride;
	uint32_t i;
	int err = 0;

	if (packed)
		return cvmm_out_put(o, base, packed);
	for (i = 0; i < set->n && !err; i++)
		err = cvmm_out_put(o, base + set->item[i].off, set->item[i].size);
	return err;
}

static uint32_t bytes_if_packed(const struct cvmm_regset *set)
{
	return cvmm_regset_packed(set) ? cvmm_regset_packed_bytes(set) : 0;
}

static int put_vm(struct cvmm_out *o, const struct cvmm_regset *vm)
{
	uint8_t b[LIST_BYTES];
	int err;

	put32(b, vm->n);
	put32(b + 4, 0);
	err = cvmm_out_put(o, b, sizeof(b));
	if (!err)
		err = put_items(o, vm);
	return err ? err : put_column(o, vm, 0, bytes_if_packed(vm));
}

static int put_vcpus(struct cvmm_out *o, const struct cvmm_view *v)
{
	uint8_t b[BATCH_BYTES];
	size_t len = 0;
	uint32_t i;
	int err = 0;

	for (i = 0; i < v->nvcpus && !err; i++) {
		put32(b + len, v->vcpu[i].id);
		put32(b + len + 4, v->vcpu[i].shape);
		len += VCPU_BYTES;
		if (len == sizeof(b) || i + 1 == v->nvcpus) {
			err = cvmm_out_put(o, b, len);
			len = 0;
		}
	}
	return err;
}

static int put_shapes(struct cvmm_out *o, const struct cvmm_view *v)
{
	uint8_t b[SHAPE_BYTES];
	uint32_t i;
	int err = 0;

	for (i = 0; i < v->nshapes && !err; i++) {
		put64(b, v->shape[i].features);
		put32(b + 8, v->shape[i].regs.n);
		put32(b + 12, 0);
		err = cvmm_out_put(o, b, sizeof(b));
		if (!err)
			err = put_items(o, &v->shape[i].regs);
	}
	return err;
}

static int put_columns(struct cvmm_out *o, const struct cvmm_view *v)
{
	uint32_t i, k;
	int err = 0;

	for (i = 0; i < v->nshapes; i++) {
		const struct cvmm_regset *set = &v->shape[i].regs;
		uint32_t packed = bytes_if_packed(set);

		for (k = 0; k < v->nvcpus && !err; k++)
			if (v->vcpu[k].shape == i)
				err = put_column(o, set, v->vcpu[k].col, packed);
	}
	return err;
}

static int put_any(void *arg, const void *p, size_t n)
{
	return cvmm_out_put(arg, p, n);
}

static int put_sparse_column(
	struct cvmm_out *o, const struct cvmm_gather *before, const struct cvmm_gather *col, uint32_t stride)
{
	if (!o->to || o->room < cvmm_sparse_room(stride))
		return cvmm_sparse_put(*before, *col, stride, put_any, o);
	cvmm_out_made(o, cvmm_sparse_encode(*before, *col, stride, o->to));
	return 0;
}

static int put_sparse(struct cvmm_out *o, const struct cvmm_view *v)
{
	struct cvmm_gather before, col;
	uint32_t i, k;
	int err = 0;

	for (i = 0; i < v->nshapes; i++) {
		const struct cvmm_regset *set = &v->shape[i].regs;
		uint32_t stride = cvmm_regset_packed_bytes(set);
		int packed = cvmm_regset_packed(set);

		cvmm_gather_start(&before, set, NULL, packed);
		for (k = 0; k < v->nvcpus && !err; k++) {
			if (v->vcpu[k].shape != i)
				continue;
			cvmm_gather_start(&col, set, set->col + (size_t)v->vcpu[k].col * set->stride, packed);
			err = put_sparse_column(o, &before, &col, stride);
			before = col;
		}
	}
	return err;
}

static int put_slots(struct cvmm_out *o, const struct cvmm_view *v)
{
	uint8_t b[SLOT_BYTES];
	uint32_t i;
	int err = 0;

	for (i = 0; i < v->nslots && !err; i++) {
		put32(b, v->slot[i].slot);
		put32(b + 4, v->slot[i].flags);
		put64(b + 8, v->slot[i].gpa);
		put64(b + 16, v->slot[i].bytes);
		err = cvmm_out_put(o, b, sizeof(b));
	}
	return err;
}

static int put_clock(struct cvmm_out *o, const struct cvmm_clock *c)
{
	uint8_t b[CLOCK_BYTES];

	put32(b, c->policy);
	put32(b + 4, 0);
	put64(b + 8, c->saved_ns);
	return cvmm_out_put(o, b, sizeof(b));
}

int cvmm_section_present(const struct cvmm_view *v, uint32_t type)
{
	switch (type) {
	case SECTION_CAPS: return v->ncaps != 0;
	case SECTION_SEEN: return v->nseen != 0;
	case SECTION_VM: return v->vm.n != 0;
	case SECTION_SLOTS: return v->nslots != 0;
	case SECTION_CLOCK: return v->clock.policy || v->clock.saved_ns;
	default: return 1;
	}
}

int cvmm_write_section(const struct cvmm_view *v, uint32_t type, struct cvmm_out *o)
{
	switch (type) {
	case SECTION_CAPS: return put_pairs(o, v->cap, v->ncaps);
	case SECTION_SEEN: return put_pairs(o, v->seen, v->nseen);
	case SECTION_VM: return put_vm(o, &v->vm);
	case SECTION_VCPUS: return put_vcpus(o, v);
	case SECTION_SHAPES: return put_shapes(o, v);
	case SECTION_COLUMNS: return put_columns(o, v);
	case SECTION_SPARSE: return put_sparse(o, v);
	case SECTION_SLOTS: return put_slots(o, v);
	default: return put_clock(o, &v->clock);
	}
}
