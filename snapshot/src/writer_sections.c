/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Writing the contents of each section; reader_view.c has the other direction. */
#include "writer.h"

#include "columns.h"

/** struct batch - entries on their way out, handed on as many at a time as fit */
struct batch {
	struct cvmm_out *o;
	int err;
	size_t len;
	uint8_t b[1024];
};

static int hand_on(struct batch *t)
{
	if (t->len && !t->err)
		t->err = cvmm_out_put(t->o, t->b, t->len);
	t->len = 0;
	return t->err;
}

/* Room for an entry of @bytes; NULL after an error. */
static inline uint8_t *next_entry(struct batch *t, size_t bytes)
{
	uint8_t *p;

	if (sizeof(t->b) - t->len < bytes && hand_on(t))
		return NULL;
	p = t->b + t->len;
	t->len += bytes;
	return p;
}

static void begin(struct batch *t, struct cvmm_out *o)
{
	t->o = o;
	t->err = 0;
	t->len = 0;
}

static int put_pairs(struct cvmm_out *o, const struct cvmm_pair *list, uint32_t n)
{
	struct batch t;
	uint8_t *b;

	begin(&t, o);
	for (; n && (b = next_entry(&t, PAIR_BYTES)); n--, list++) {
		put64(b, list->id);
		put64(b + 8, list->value);
	}
	return hand_on(&t);
}

static int put_items(struct cvmm_out *o, const struct cvmm_regset *set)
{
	uint32_t i, sum = 0;
	struct batch t;
	uint8_t *b;

	begin(&t, o);
	for (i = 0; i < set->n && (b = next_entry(&t, ITEM_BYTES)); i++) {
		put64(b, set->item[i].id);
		put32(b + 8, set->item[i].size);
		put32(b + 12, sum);
		sum += set->item[i].size;
	}
	return hand_on(&t);
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
	struct batch t;
	uint32_t i;
	uint8_t *b;

	begin(&t, o);
	for (i = 0; i < v->nvcpus && (b = next_entry(&t, VCPU_BYTES)); i++) {
		put32(b, v->vcpu[i].id);
		put32(b + 4, v->vcpu[i].shape);
	}
	return hand_on(&t);
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
	struct batch t;
	uint32_t i;
	uint8_t *b;

	begin(&t, o);
	for (i = 0; i < v->nslots && (b = next_entry(&t, SLOT_BYTES)); i++) {
		put32(b, v->slot[i].slot);
		put32(b + 4, v->slot[i].flags);
		put64(b + 8, v->slot[i].gpa);
		put64(b + 16, v->slot[i].bytes);
	}
	return hand_on(&t);
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
