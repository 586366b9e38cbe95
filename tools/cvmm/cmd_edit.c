/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "load.h"
#include "mem.h"
#include "say.h"
#include "words.h"

/*
 * A view that can be changed: every set is copied, items and columns, before the first change. Dropping an item leaves
 * a hole in the columns; pack() closes it, because values have to be packed in the order of their items.
 */
struct sets {
	struct cvmm_regset *v[CVMM_SNAPSHOT_SHAPES_MAX + 1];
	uint32_t n;
};

static void own_set(struct cvmm_regset *set)
{
	struct cvmm_item *item = mem_array(set->n, sizeof(*item));
	size_t bytes = (size_t)set->ncols * set->stride;
	uint8_t *col = mem_get(bytes);

	if (set->n)
		memcpy(item, set->item, set->n * sizeof(*item));
	if (bytes)
		memcpy(col, set->col, bytes);
	set->item = item;
	set->col = col;
}

static void own_view(struct cvmm_view *v, struct sets *sets)
{
	struct cvmm_shape *shape = mem_array(v->nshapes, sizeof(*shape));
	uint32_t i;

	memcpy(shape, v->shape, v->nshapes * sizeof(*shape));
	v->shape = shape;
	sets->v[0] = &v->vm;
	sets->n = v->nshapes + 1;
	for (i = 0; i < v->nshapes; i++)
		sets->v[i + 1] = &shape[i].regs;
	for (i = 0; i < sets->n; i++)
		own_set(sets->v[i]);
}

/* Without item @k, packed again. */
static void drop_item(struct cvmm_regset *set, uint32_t k)
{
	struct cvmm_item *item = mem_array(set->n, sizeof(*item));
	uint32_t stride = set->stride - set->item[k].size;
	uint8_t *col = mem_get((size_t)set->ncols * stride);
	uint32_t i, c, n = 0, off = 0;

	for (i = 0; i < set->n; i++) {
		if (i == k)
			continue;
		item[n] = set->item[i];
		item[n].off = off;
		for (c = 0; c < set->ncols; c++)
			memcpy(col + (size_t)c * stride + off, cvmm_regset_value(set, i, c), item[n].size);
		off += item[n++].size;
	}
	set->item = item;
	set->col = col;
	set->n = n;
	set->stride = stride;
}

/* "0x..." of up to the register's size; Return: 0 or -1. */
static int parse_value(const char *s, uint32_t size, uint8_t *out)
{
	size_t len;
	uint64_t v;
	size_t i;

	memset(out, 0, size);
	if (s[0] != '0' || (s[1] != 'x' && s[1] != 'X')) {
		if (number_parse(s, 0, UINT64_MAX, &v) || (size < 8 && v >> (8 * size)))
			return -1;
		cvmm_store_le(out, size, v);
		return 0;
	}
	s += 2;
	len = strlen(s);
	if (!len || strspn(s, "0123456789abcdefABCDEF") != len)
		return -1;
	for (i = 0; i < len; i++) {
		char c = s[len - 1 - i];
		uint32_t d = (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);

		if (i / 2 >= size && d)
			return -1;
		if (i / 2 < size)
			out[i / 2] |= (uint8_t)(d << (i & 1 ? 4 : 0));
	}
	return 0;
}

static int set_item(struct cvmm_regset *set, uint32_t k, const char *value, const char *arg)
{
	uint32_t size = set->item[k].size;
	uint8_t *bytes = mem_get(size);
	uint32_t c;

	if (parse_value(value, size, bytes)) {
		say("--set %s: not a value of %u bytes", arg, size);
		return STATUS_USAGE;
	}
	for (c = 0; c < set->ncols; c++)
		memcpy((uint8_t *)(uintptr_t)cvmm_regset_value(set, k, c), bytes, size);
	mem_drop(bytes);
	return STATUS_YES;
}

/* One --drop or --set, on the VM's registers and on every shape that has the register. */
static int change(const struct cvmm_view *v, struct sets *sets, const struct edit *e)
{
	size_t len = e->what == 's' ? strcspn(e->arg, "=") : strlen(e->arg);
	uint32_t i, found = 0;
	uint64_t id;
	int k, ret = STATUS_YES;

	if (e->what == 's' && !e->arg[len]) {
		say("--set %s: is not REG=VALUE", e->arg);
		return STATUS_USAGE;
	}
	if (cvmm_reg_from_name(v->arch, e->arg, len, &id)) {
		say("%.*s: not a register's name", (int)len, e->arg);
		return STATUS_USAGE;
	}
	for (i = 0; i < sets->n && !ret; i++) {
		k = cvmm_regset_find(sets->v[i], id);
		if (k < 0)
			continue;
		found++;
		if (e->what == 'd')
			drop_item(sets->v[i], (uint32_t)k);
		else
			ret = set_item(sets->v[i], (uint32_t)k, e->arg + len + 1, e->arg);
	}
	if (!ret && !found) {
		say("%.*s: the snapshot does not have this register", (int)len, e->arg);
		return STATUS_ERROR;
	}
	return ret;
}

static int run(const struct args *a)
{
	struct sets sets;
	struct snap s;
	size_t i;
	int ret = snap_load(a->files.v[0], &s);

	if (ret)
		return ret;
	if (!a->nedits) {
		say("edit: nothing to do: --drop REG or --set REG=VALUE is missing");
		return STATUS_USAGE;
	}
	own_view(&s.view, &sets);
	for (i = 0; i < a->nedits && !ret; i++)
		ret = change(&s.view, &sets, &a->edit[i]);
	return ret ? ret : snap_store(a->out, &s.view, s.view.format);
}

static const struct opt options[] = {
	{ .name = "--drop",
		.kind = OPT_EDIT,
		.field = offsetof(struct args, edit),
		.arg = "REG",
		.help = "leave a register out" },
	{ .name = "--set",
		.kind = OPT_EDIT,
		.field = offsetof(struct args, edit),
		.arg = "REG=V",
		.help = "give it another value, in every vCPU that has it" },
	{ .name = "-o",
		.kind = OPT_STRING,
		.needed = 1,
		.field = offsetof(struct args, out),
		.arg = "G.snap",
		.help = "where to write the result" },
	OPT_END,
};

const struct command command_edit = {
	.name = "edit",
	.usage = "F.snap (--drop REG | --set REG=V)... -o G.snap",
	.what = "change a snapshot, for the operator who must",
	.help = "Leaves registers out of a snapshot or gives them other values. The result is a valid snapshot in the\n"
		"same format; whether a guest survives it is the operator's judgement. V is decimal or 0x..., up to\n"
		"the register's size; --drop and --set work in the order in which they stand.",
	.opt = options,
	.min = 1,
	.max = 1,
	.run = run,
};
