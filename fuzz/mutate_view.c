/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Mutation of the machine: read a snapshot, change what it says, write it again. */
#include "mutate_parts.h"

#include <string.h>

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/snapshot/format.h>
#include <cvmm/vm-regs/vm-regs.h>

#define SHAPES 4u
#define REGS   1024u
#define VCPUS  16u
#define PAIRS  64u
#define SLOTS  8u
#define EXTRAS 4u
#define STRIDE 16384u

/** struct machine - a view that can be changed; shapes have room for VCPUS columns of STRIDE bytes */
struct machine {
	struct cvmm_view view;
	char kernel[CVMM_SNAPSHOT_NAME_MAX + 1];
	char writer[CVMM_SNAPSHOT_NAME_MAX + 1];
	struct cvmm_pair cap[PAIRS], seen[PAIRS];
	struct cvmm_item vm[REGS], item[SHAPES][REGS];
	uint8_t vm_col[STRIDE], col[SHAPES][VCPUS][STRIDE];
	uint32_t id[SHAPES][VCPUS];
	struct cvmm_shape shape[SHAPES];
	struct cvmm_vcpu_ref vcpu[VCPUS];
	struct cvmm_memslot slot[SLOTS];
	struct cvmm_extra extra[EXTRAS];
};

static void load_set(struct cvmm_regset *to, const struct cvmm_regset *from, struct cvmm_item *item, uint8_t *col)
{
	uint32_t k;

	*to = *from;
	memcpy(item, from->item, from->n * sizeof(*item));
	for (k = 0; k < from->ncols; k++)
		memcpy(col + (size_t)k * STRIDE, from->col + (size_t)k * from->stride, from->stride);
	to->item = item;
	to->col = col;
	to->stride = STRIDE;
}

/* Return: 1; 0 if it does not fit. */
static int load(struct machine *m, const struct cvmm_view *v)
{
	uint32_t i;

	if (v->nshapes > SHAPES || v->nvcpus > VCPUS || v->ncaps > PAIRS || v->nseen > PAIRS || v->nslots > SLOTS ||
		v->nextra > EXTRAS || v->vm.n > REGS - 1 || v->vm.stride > STRIDE / 2)
		return 0;
	for (i = 0; i < v->nshapes; i++)
		if (v->shape[i].regs.n > REGS - 1 || v->shape[i].regs.stride > STRIDE / 2)
			return 0;
	m->view = *v;
	memcpy(m->kernel, v->kernel, sizeof(m->kernel));
	memcpy(m->writer, v->writer, sizeof(m->writer));
	m->view.kernel = m->kernel;
	m->view.writer = m->writer;
	memcpy(m->cap, v->cap, v->ncaps * sizeof(*v->cap));
	memcpy(m->seen, v->seen, v->nseen * sizeof(*v->seen));
	memcpy(m->vcpu, v->vcpu, v->nvcpus * sizeof(*v->vcpu));
	memcpy(m->slot, v->slot, v->nslots * sizeof(*v->slot));
	memcpy(m->extra, v->extra, v->nextra * sizeof(*v->extra));
	m->view.cap = m->cap;
	m->view.seen = m->seen;
	m->view.vcpu = m->vcpu;
	m->view.slot = m->slot;
	m->view.extra = m->extra;
	m->view.shape = m->shape;
	if (v->vm.n)
		load_set(&m->view.vm, &v->vm, m->vm, m->vm_col);
	else
		m->view.vm = (struct cvmm_regset){ m->vm, m->vm_col, 0, 1, STRIDE, 0 };
	for (i = 0; i < v->nshapes; i++) {
		m->shape[i].features = v->shape[i].features;
		load_set(&m->shape[i].regs, &v->shape[i].regs, m->item[i], m->col[i][0]);
		memcpy(m->id[i], v->shape[i].vcpu_id, v->shape[i].regs.ncols * sizeof(uint32_t));
		m->shape[i].vcpu_id = m->id[i];
	}
	return 1;
}

static void drop_item(struct cvmm_regset *set, struct cvmm_item *item, uint32_t at)
{
	if (!set->n)
		return;
	memmove(&item[at], &item[at + 1], (set->n - at - 1) * sizeof(*item));
	set->n--;
}

/* A further register; its values lie in the upper half of the columns, whatever is there. */
static void add_item(struct fuzz_rng *r, struct cvmm_regset *set, struct cvmm_item *item, uint64_t id)
{
	uint32_t bytes = cvmm_reg_is_block(id) ? 1 + fuzz_below(r, 600) : cvmm_reg_bytes(id), at;

	for (at = 0; at < set->n && item[at].id < id; at++)
		;
	if (set->n == REGS || (at < set->n && item[at].id == id) || !bytes)
		return;
	memmove(&item[at + 1], &item[at], (set->n - at) * sizeof(*item));
	item[at] = (struct cvmm_item){ id, bytes, STRIDE / 2 + fuzz_below(r, STRIDE / 2 - bytes) };
	set->n++;
}

/* A block is changed anywhere, at its beginning most often: counts and flags stand there. */
static void set_value(
	struct fuzz_rng *r, const struct cvmm_regset *set, const struct cvmm_item *item, uint8_t *col, uint32_t at)
{
	uint32_t bytes = item[at].size < 8 ? item[at].size : 8;
	uint8_t *p = col + item[at].off;
	uint64_t v;

	if (!set->n)
		return;
	if (item[at].size > 8 && fuzz_below(r, 3)) {
		p += fuzz_below(r, (fuzz_below(r, 2) && item[at].size > 640 ? 640 : item[at].size) - 7);
		bytes = 1u << fuzz_below(r, 4);
	}
	v = cvmm_load_le(p, bytes);
	switch (fuzz_below(r, 5)) {
	case 0: v ^= UINT64_C(1) << fuzz_below(r, 8 * bytes); break;
	case 1: v += UINT64_C(1) << 4 * fuzz_below(r, 2 * bytes); break;
	case 2: v &= ~(UINT64_C(15) << 4 * fuzz_below(r, 2 * bytes)); break;
	case 3: v = 0; break;
	default: v = fuzz_value(r);
	}
	cvmm_store_le(p, bytes, v);
}

/* A block of another length, by single bytes or by entries of a CPUID list; behind everything, and zeroes at its end. */
static void resize(struct fuzz_rng *r, struct cvmm_item *item, uint8_t *col, uint32_t ncols)
{
	static const uint32_t steps[] = { 1, 8, 40, 4096 };
	uint32_t step = steps[fuzz_below(r, 4)], old = item->size, bytes = fuzz_below(r, 2) ? old + step : old - step,
		 k;

	if (!fuzz_below(r, 4))
		bytes = 1 + fuzz_below(r, 64);
	if (!cvmm_reg_is_block(item->id) || !bytes || bytes > STRIDE / 2)
		return;
	for (k = 0; k < ncols; k++, col += STRIDE) {
		memmove(col + STRIDE / 2, col + item->off, old < bytes ? old : bytes);
		if (bytes > old)
			memset(col + STRIDE / 2 + old, 0, bytes - old);
	}
	item->off = STRIDE / 2;
	item->size = bytes;
}

static void change_regs(
	struct fuzz_rng *r, struct cvmm_regset *set, uint32_t arch, struct cvmm_item *item, uint8_t *col)
{
	uint32_t at = fuzz_below(r, set->n), k = fuzz_below(r, set->ncols);

	switch (fuzz_below(r, 8)) {
	case 0: drop_item(set, item, at); break;
	case 1: add_item(r, set, item, fuzz_reg_id(r, arch)); break;
	case 2:
		if (set->n)
			resize(r, &item[at], col, set->ncols);
		break;
	default: set_value(r, set, item, col + (size_t)k * STRIDE, at);
	}
}

static void change_pairs(struct fuzz_rng *r, struct cvmm_pair *list, uint32_t *n, uint64_t id)
{
	uint32_t at;

	if (*n && !fuzz_below(r, 3)) {
		at = fuzz_below(r, *n);
		memmove(&list[at], &list[at + 1], (*n - at - 1) * sizeof(*list));
		(*n)--;
		return;
	}
	for (at = 0; at < *n && list[at].id < id; at++)
		;
	if (*n == PAIRS)
		return;
	if (at == *n || list[at].id != id) {
		memmove(&list[at + 1], &list[at], (*n - at) * sizeof(*list));
		(*n)++;
	}
	list[at] = (struct cvmm_pair){ id, fuzz_value(r) };
}

static void add_vcpu(struct fuzz_rng *r, struct machine *m)
{
	uint32_t i = fuzz_below(r, m->view.nshapes), k = m->shape[i].regs.ncols, id = fuzz_below(r, 8);

	if (m->view.nvcpus == VCPUS)
		return;
	memcpy(m->col[i][k], m->col[i][fuzz_below(r, k)], STRIDE);
	m->id[i][k] = id;
	m->shape[i].regs.ncols++;
	m->vcpu[m->view.nvcpus++] = (struct cvmm_vcpu_ref){ id, i, k };
}

/* The last vCPU only: the columns of the others stay where they are. */
static void drop_vcpu(struct machine *m)
{
	const struct cvmm_vcpu_ref *last = &m->vcpu[m->view.nvcpus - 1];

	if (last->col + 1 != m->shape[last->shape].regs.ncols || m->shape[last->shape].regs.ncols == 1)
		return;
	m->shape[last->shape].regs.ncols--;
	m->view.nvcpus--;
}

/* The last vCPU becomes one of another kind: with a list of its own, and features that others may lack. */
static void split(struct fuzz_rng *r, struct machine *m)
{
	struct cvmm_vcpu_ref *last = &m->vcpu[m->view.nvcpus - 1];
	uint32_t from = last->shape, to = m->view.nshapes, n = m->shape[from].regs.n;

	if (to == SHAPES || m->shape[from].regs.ncols == 1 || last->col + 1 != m->shape[from].regs.ncols)
		return;
	m->shape[to] = m->shape[from];
	memcpy(m->item[to], m->item[from], n * sizeof(m->item[0][0]));
	memcpy(m->col[to][0], m->col[from][last->col], STRIDE);
	m->id[to][0] = last->id;
	m->shape[to].vcpu_id = m->id[to];
	m->shape[to].regs.item = m->item[to];
	m->shape[to].regs.col = m->col[to][0];
	m->shape[to].regs.ncols = 1;
	m->shape[from].regs.ncols--;
	*last = (struct cvmm_vcpu_ref){ last->id, to, 0 };
	m->view.nshapes++;
	if (fuzz_below(r, 2))
		m->shape[to].features ^= UINT64_C(1) << fuzz_below(r, 10);
	else if (n)
		drop_item(&m->shape[to].regs, m->item[to], fuzz_below(r, n));
}

static void change_slots(struct fuzz_rng *r, struct machine *m)
{
	uint64_t *field[3];
	struct cvmm_memslot *s;

	if (!m->view.nslots || fuzz_below(r, 4) == 0) {
		if (m->view.nslots < SLOTS)
			m->slot[m->view.nslots++] = (struct cvmm_memslot){ 9 + m->view.nslots, 0,
				UINT64_C(1) << (36 + m->view.nslots), 1 << 20 };
		return;
	}
	s = &m->slot[fuzz_below(r, m->view.nslots)];
	field[0] = &s->gpa;
	field[1] = field[2] = &s->bytes;
	*field[fuzz_below(r, 3)] ^= UINT64_C(1) << fuzz_below(r, 58);
	if (!fuzz_below(r, 3))
		s->slot = (uint32_t)fuzz_value(r);
	if (!fuzz_below(r, 3))
		s->flags = fuzz_below(r, 9);
}

static void change_rest(struct fuzz_rng *r, struct machine *m)
{
	static const uint8_t bytes[64];
	uint32_t at = fuzz_below(r, m->view.nextra + 1);

	switch (fuzz_below(r, 4)) {
	case 0: m->view.clock = (struct cvmm_clock){ fuzz_below(r, 4), 0, fuzz_value(r) }; break;
	case 1: m->kernel[fuzz_below(r, 64)] = (char)fuzz_below(r, 128); break;
	case 2: m->view.nextra = at; break;
	default:
		if (m->view.nextra == EXTRAS)
			break;
		m->extra[m->view.nextra] = (struct cvmm_extra){ UINT32_C(0x80000000) + m->view.nextra * 77,
			(uint16_t)fuzz_below(r, 4), (uint8_t)fuzz_below(r, 2), 0, bytes, fuzz_below(r, 64) };
		m->view.nextra++;
	}
}

static void change(struct fuzz_rng *r, struct machine *m)
{
	uint32_t i = fuzz_below(r, m->view.nshapes);

	switch (fuzz_below(r, 13)) {
	case 12: split(r, m); break;
	case 0: change_pairs(r, m->cap, &m->view.ncaps, fuzz_below(r, 260)); break;
	case 1: change_pairs(r, m->seen, &m->view.nseen, fuzz_reg_id(r, m->view.arch)); break;
	case 2: add_vcpu(r, m); break;
	case 3: drop_vcpu(m); break;
	case 4: change_slots(r, m); break;
	case 5: change_rest(r, m); break;
	case 6: m->shape[i].features ^= UINT64_C(1) << fuzz_below(r, 10); break;
	case 7:
	case 8:
	case 9: change_regs(r, &m->view.vm, m->view.arch, m->vm, m->vm_col); break;
	default: change_regs(r, &m->shape[i].regs, m->view.arch, m->item[i], m->col[i][0]);
	}
}

size_t fuzz_mutate_view(struct fuzz_rng *r, uint8_t *buf, size_t len, size_t cap)
{
	static _Alignas(16) uint8_t store[1 << 20];
	static struct machine m;
	static uint8_t out[FUZZ_MAX];
	uint32_t times = 1 + fuzz_below(r, 4), format;
	struct cvmm_view v;
	size_t total = 0;

	if (cvmm_snapshot_read(buf, len, store, sizeof(store), &v, NULL) || !load(&m, &v))
		return 0;
	format = fuzz_below(r, 8) ? v.format : CVMM_FORMAT_1_0 + fuzz_below(r, 2);
	while (times--)
		change(r, &m);
	m.kernel[CVMM_SNAPSHOT_NAME_MAX] = 0;
	if (cvmm_snapshot_write(&m.view, format, out, cap, &total, NULL))
		return 0;
	memcpy(buf, out, total);
	return total;
}
