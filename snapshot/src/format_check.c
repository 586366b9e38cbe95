/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What a view must be: the meaning part of FORMAT.md, for reader, writer and plan alike. */
#include "wire.h"

#include <errno.h>

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>
#include <cvmm/vm-regs/vm-regs.h>

/* A bit per vCPU id or per slot number: 8 KiB of stack instead of a sort. */
struct bits {
	uint64_t word[1024];
};

static int test_and_set(struct bits *b, uint32_t bit)
{
	uint64_t mask = UINT64_C(1) << bit % 64, *w = &b->word[bit / 64];
	int was = (*w & mask) != 0;

	*w |= mask;
	return was;
}

static int bad(struct cvmm_error *e, enum cvmm_reason reason, uint32_t section, size_t offset)
{
	return cvmm_fail_at(e, reason == CVMM_REASON_LIMIT ? -E2BIG : -EINVAL, reason, section, offset);
}

static int bad_id(struct cvmm_error *e, enum cvmm_reason reason, uint32_t section, size_t offset, uint64_t id)
{
	int err = bad(e, reason, section, offset);

	if (e)
		e->id = id;
	return err;
}

static int bad_vcpu(struct cvmm_error *e, enum cvmm_reason reason, uint32_t section, size_t offset, uint32_t vcpu)
{
	int err = bad(e, reason, section, offset);

	if (e)
		e->vcpu = vcpu;
	return err;
}

/* Whose a register is in the eyes of both libraries. */
static enum cvmm_scope scope_of(uint64_t id)
{
	if (cvmm_vm_reg_from_id(id).id)
		return CVMM_SCOPE_VM;
	return cvmm_vcpu_reg_from_id(id).id ? CVMM_SCOPE_VCPU : CVMM_SCOPE_UNKNOWN;
}

static int check_name(const char *s, size_t offset, struct cvmm_error *e)
{
	uint32_t i;

	if (!s)
		return 0;
	for (i = 0; s[i]; i++)
		if (i == CVMM_SNAPSHOT_NAME_MAX || s[i] < 0x20 || s[i] > 0x7e)
			return bad(e, CVMM_REASON_HEADER_FIELD, 0, offset + i);
	return 0;
}

static int check_header(const struct cvmm_view *v, struct cvmm_error *e)
{
	int err;

	if (v->arch != CVMM_ARCH_ARM64 && v->arch != CVMM_ARCH_X86_64 && v->arch != CVMM_ARCH_RISCV64)
		return bad(e, CVMM_REASON_HEADER_FIELD, 0, HEADER_ARCH);
	if (!v->nvcpus)
		return bad(e, CVMM_REASON_HEADER_FIELD, 0, HEADER_VCPUS);
	if (v->nvcpus > CVMM_VCPUS_MAX)
		return bad(e, CVMM_REASON_LIMIT, 0, HEADER_VCPUS);
	err = check_name(v->kernel, HEADER_KERNEL, e);
	return err ? err : check_name(v->writer, HEADER_WRITER, e);
}

static int check_pairs(const struct cvmm_view *v, const struct cvmm_pair *list, uint32_t n, uint32_t limit,
	uint32_t section, struct cvmm_error *e)
{
	uint32_t i;

	if (n > limit)
		return bad(e, CVMM_REASON_LIMIT, section, 0);
	for (i = 0; i < n; i++) {
		size_t at = (size_t)i * PAIR_BYTES;
		uint64_t id = list[i].id;

		if (i && id <= list[i - 1].id)
			return bad_id(e, CVMM_REASON_ID_ORDER, section, at, id);
		if (section == SECTION_CAPS) {
			if (id > UINT32_MAX)
				return bad_id(e, CVMM_REASON_SECTION_FIELD, section, at, id);
			continue;
		}
		if (cvmm_reg_arch(id) != v->arch)
			return bad_id(e, CVMM_REASON_WRONG_ARCH, section, at, id);
		if (!cvmm_reg_bytes(id))
			return bad_id(e, CVMM_REASON_REG_ID_MALFORMED, section, at, id);
		if (scope_of(id) == CVMM_SCOPE_VCPU)
			return bad_id(e, CVMM_REASON_WRONG_SCOPE, section, at, id);
	}
	return 0;
}

/* One register list; the items begin at @offset of the section. */
static int check_items(const struct cvmm_view *v, const struct cvmm_regset *set, enum cvmm_scope foreign,
	uint32_t section, size_t offset, struct cvmm_error *e)
{
	uint32_t i;

	if (set->n > CVMM_SNAPSHOT_REGS_MAX)
		return bad(e, CVMM_REASON_LIMIT, section, offset);
	for (i = 0; i < set->n; i++, offset += ITEM_BYTES) {
		const struct cvmm_item *it = &set->item[i];
		uint32_t bytes = cvmm_reg_bytes(it->id);

		if (i && it->id <= it[-1].id)
			return bad_id(e, CVMM_REASON_ID_ORDER, section, offset, it->id);
		if (cvmm_reg_arch(it->id) != v->arch)
			return bad_id(e, CVMM_REASON_WRONG_ARCH, section, offset, it->id);
		if (!bytes && !cvmm_reg_is_block(it->id))
			return bad_id(e, CVMM_REASON_REG_ID_MALFORMED, section, offset, it->id);
		if (it->size > CVMM_SNAPSHOT_BLOCK_MAX)
			return bad_id(e, CVMM_REASON_LIMIT, section, offset, it->id);
		if (!it->size || (bytes && it->size != bytes))
			return bad_id(e, CVMM_REASON_REG_SIZE, section, offset, it->id);
		if (it->off > set->stride || it->size > set->stride - it->off)
			return bad_id(e, CVMM_REASON_COUNT, section, offset, it->id);
		if (scope_of(it->id) == foreign)
			return bad_id(e, CVMM_REASON_WRONG_SCOPE, section, offset, it->id);
	}
	return 0;
}

/* An id that the catalogue does not know must not stand in both scopes. */
static int check_apart(const struct cvmm_regset *vm, const struct cvmm_regset *set, size_t offset, struct cvmm_error *e)
{
	uint32_t i = 0, k = 0;

	while (i < vm->n && k < set->n) {
		if (vm->item[i].id == set->item[k].id)
			return bad_id(e, CVMM_REASON_WRONG_SCOPE, SECTION_SHAPES, offset + (size_t)k * ITEM_BYTES,
				set->item[k].id);
		if (vm->item[i].id < set->item[k].id)
			i++;
		else
			k++;
	}
	return 0;
}

/* Is @a before @b in the order of shapes? */
static int shape_before(const struct cvmm_shape *a, const struct cvmm_shape *b)
{
	uint32_t i;

	if (a->features != b->features)
		return a->features < b->features;
	for (i = 0; i < a->regs.n && i < b->regs.n; i++) {
		if (a->regs.item[i].id != b->regs.item[i].id)
			return a->regs.item[i].id < b->regs.item[i].id;
		if (a->regs.item[i].size != b->regs.item[i].size)
			return a->regs.item[i].size < b->regs.item[i].size;
	}
	return a->regs.n < b->regs.n;
}

static int check_shapes(const struct cvmm_view *v, struct cvmm_error *e)
{
	uint64_t state = 0;
	size_t at = 0;
	uint32_t i, columns = 0;
	int err;

	if (!v->nshapes)
		return bad(e, CVMM_REASON_SECTION_MISSING, SECTION_SHAPES, 0);
	if (v->nshapes > CVMM_SNAPSHOT_SHAPES_MAX)
		return bad(e, CVMM_REASON_LIMIT, SECTION_SHAPES, 0);
	for (i = 0; i < v->nshapes; i++) {
		const struct cvmm_shape *s = &v->shape[i];

		if (!s->regs.n || !s->regs.ncols || s->regs.ncols > v->nvcpus)
			return bad(e, CVMM_REASON_SHAPE, SECTION_SHAPES, at);
		err = check_items(v, &s->regs, CVMM_SCOPE_VM, SECTION_SHAPES, at + SHAPE_BYTES, e);
		if (!err)
			err = check_apart(&v->vm, &s->regs, at + SHAPE_BYTES, e);
		if (err)
			return err;
		if (i && !shape_before(s - 1, s))
			return bad(e, CVMM_REASON_SHAPE, SECTION_SHAPES, at);
		state += (uint64_t)s->regs.stride * s->regs.ncols;
		columns += s->regs.ncols;
		at += SHAPE_BYTES + (size_t)s->regs.n * ITEM_BYTES;
	}
	if (columns != v->nvcpus)
		return bad(e, CVMM_REASON_SHAPE, SECTION_SHAPES, 0);
	if (state > CVMM_SNAPSHOT_BYTES_MAX)
		return bad(e, CVMM_REASON_LIMIT, SECTION_SHAPES, 0);
	return 0;
}

/* As many columns as vCPUs, and each vCPU's column carries its id: so each column is one vCPU's. */
static int check_vcpus(const struct cvmm_view *v, struct cvmm_error *e)
{
	struct bits seen = { { 0 } };
	uint32_t i;

	for (i = 0; i < v->nvcpus; i++) {
		const struct cvmm_vcpu_ref *r = &v->vcpu[i];
		size_t at = (size_t)i * VCPU_BYTES;

		if (r->id > CVMM_SNAPSHOT_VCPU_ID_MAX)
			return bad_vcpu(e, CVMM_REASON_LIMIT, SECTION_VCPUS, at, r->id);
		if (test_and_set(&seen, r->id))
			return bad_vcpu(e, CVMM_REASON_VCPU_ID, SECTION_VCPUS, at, r->id);
		if (r->shape >= v->nshapes || r->col >= v->shape[r->shape].regs.ncols ||
			v->shape[r->shape].vcpu_id[r->col] != r->id)
			return bad_vcpu(e, CVMM_REASON_SHAPE, SECTION_VCPUS, at, r->id);
	}
	return 0;
}

static int slot_is_good(const struct cvmm_memslot *s)
{
	return s->slot >> 16 <= 1 && (s->slot & 0xffff) < CVMM_SNAPSHOT_SLOTS_MAX && s->flags <= 7 && s->bytes &&
	       !(s->gpa % PAGE_BYTES) && !(s->bytes % PAGE_BYTES) && s->gpa < CVMM_SNAPSHOT_ADDRESS_MAX &&
	       s->bytes <= CVMM_SNAPSHOT_ADDRESS_MAX - s->gpa;
}

static int check_slots(const struct cvmm_view *v, struct cvmm_error *e)
{
	struct bits seen = { { 0 } };
	uint32_t i;

	if (v->nslots > CVMM_SNAPSHOT_SLOTS_MAX)
		return bad(e, CVMM_REASON_LIMIT, SECTION_SLOTS, 0);
	for (i = 0; i < v->nslots; i++) {
		const struct cvmm_memslot *s = &v->slot[i], *before = s - 1;
		size_t at = (size_t)i * SLOT_BYTES;
		int in_order = !i || before->slot >> 16 < s->slot >> 16 ||
			       (before->slot >> 16 == s->slot >> 16 && s->gpa >= before->gpa + before->bytes);

		if (!slot_is_good(s) || !in_order ||
			test_and_set(&seen, (s->slot >> 16) * CVMM_SNAPSHOT_SLOTS_MAX + (s->slot & 0xffff)))
			return bad_id(e, CVMM_REASON_MEMSLOT, SECTION_SLOTS, at, s->slot);
	}
	return 0;
}

static int check_clock(const struct cvmm_view *v, struct cvmm_error *e)
{
	const struct cvmm_clock *c = &v->clock;

	if (c->policy > CVMM_CLOCK_CONTINUE || c->zero || (c->policy == CVMM_CLOCK_CONTINUE && !c->saved_ns))
		return bad(e, CVMM_REASON_SECTION_FIELD, SECTION_CLOCK, 0);
	return 0;
}

static int check_extras(const struct cvmm_view *v, struct cvmm_error *e)
{
	uint32_t i;

	if (v->nextra > CVMM_SNAPSHOT_SECTIONS_MAX)
		return bad(e, CVMM_REASON_LIMIT, CVMM_SECTION_EMBEDDER, 0);
	for (i = 0; i < v->nextra; i++) {
		const struct cvmm_extra *x = &v->extra[i];

		if (x->type < CVMM_SECTION_EMBEDDER || (i && x->type <= x[-1].type))
			return bad(e, CVMM_REASON_SECTION_ORDER, x->type, 0);
		if (x->critical > 1 || x->zero)
			return bad(e, CVMM_REASON_PADDING, x->type, 0);
		if (x->bytes > CVMM_SNAPSHOT_BYTES_MAX)
			return bad(e, CVMM_REASON_LIMIT, x->type, 0);
	}
	return 0;
}

int cvmm_view_check(const struct cvmm_view *v, struct cvmm_error *e)
{
	int err = check_header(v, e);

	if (!err)
		err = check_pairs(v, v->cap, v->ncaps, CVMM_SNAPSHOT_CAPS_MAX, SECTION_CAPS, e);
	if (!err)
		err = check_pairs(v, v->seen, v->nseen, CVMM_SNAPSHOT_REGS_MAX, SECTION_SEEN, e);
	if (!err)
		err = check_items(v, &v->vm, CVMM_SCOPE_VCPU, SECTION_VM, LIST_BYTES, e);
	if (!err && v->vm.n && v->vm.ncols != 1)
		err = bad(e, CVMM_REASON_COUNT, SECTION_VM, 0);
	if (!err)
		err = check_shapes(v, e);
	if (!err)
		err = check_vcpus(v, e);
	if (!err)
		err = check_slots(v, e);
	if (!err)
		err = check_clock(v, e);
	return err ? err : check_extras(v, e);
}

int cvmm_view_extras(const struct cvmm_view *v, const uint32_t *type, uint32_t n, struct cvmm_error *e)
{
	uint32_t i, k;

	for (i = 0; i < v->nextra; i++) {
		for (k = 0; k < n && type[k] != v->extra[i].type; k++)
			;
		if (k == n && v->extra[i].critical)
			return cvmm_fail_at(e, -EPROTONOSUPPORT, CVMM_REASON_SECTION_UNKNOWN, v->extra[i].type, 0);
	}
	return 0;
}
