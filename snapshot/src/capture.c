/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A live machine becomes a view: ids once, VM-owned values once, a column per vCPU. */
#include <errno.h>
#include <string.h>

#include "capture_parts.h"
#include "machine_arch.h"

/* Capabilities have numbers below this; a newer one tells nothing that a rule could ask for. */
#define CAPS_ASKED 272u

/* What capture calls failed registers: KVM's errno stays, the reason says that it was a capture. */
static int failed(int ret, struct cvmm_error *e)
{
	if (ret < 0 && e && e->reason == CVMM_REASON_IOCTL && e->id)
		e->reason = CVMM_REASON_CAPTURE_GET;
	return ret;
}

static int ask_caps(struct capture *c, struct cvmm_error *e)
{
	uint32_t nr;

	for (nr = 0; nr < CAPS_ASKED; nr++) {
		int v = cvmm_vm_check_extension(c->m->vm, nr, e);

		if (v < 0)
			return v;
		if (v)
			c->cap[c->ncaps++] = (struct cvmm_pair){ .id = nr, .value = (uint64_t)v };
	}
	return 0;
}

/* A profile is what this host answered, so there is no need to ask again. */
static int take_caps(struct capture *c, struct cvmm_error *e)
{
	uint32_t n = c->host ? c->host->ncaps : 0;

	if (!c->host)
		return ask_caps(c, e);
	if (n)
		memcpy(c->cap, c->host->cap, n * sizeof(*c->cap));
	c->ncaps = n;
	return 0;
}

const struct cvmm_variant *cvmm_capture_variant(const struct capture *c)
{
	return c->host ? cvmm_profile_variant(c->host, c->m->features) : NULL;
}

static uint32_t ncols_of(const struct capture *c, uint32_t at)
{
	uint32_t i, n = 0;

	for (i = 0; i < c->m->nvcpus; i++)
		n += cvmm_machine_features(c->m, i) == c->set[at];
	return n;
}

/* What there is one of, whatever the number of shapes. */
static void lay_out_common(struct capture *c)
{
	const struct cvmm_variant *variant = cvmm_capture_variant(c);
	uint32_t nvcpus = c->m->nvcpus;

	c->cap = cvmm_carve(&c->mem, c->host ? c->host->ncaps : CAPS_ASKED, sizeof(*c->cap));
	c->seen = cvmm_carve(&c->mem, variant ? variant->nguest : 0, sizeof(*c->seen));
	c->shape = cvmm_carve(&c->mem, c->nshapes, sizeof(*c->shape));
	c->vcpu_id = cvmm_carve(&c->mem, nvcpus, sizeof(*c->vcpu_id));
	c->ref = cvmm_carve(&c->mem, nvcpus, sizeof(*c->ref));
}

/* The architecture's items twice: counting, and with the storage. */
int cvmm_capture_lay_out(struct capture *c, const uint64_t *id, uint32_t n, struct cvmm_error *e)
{
	uint32_t ncols = ncols_of(c, c->at);
	struct capture size;
	int ret;

	c->item = NULL;
	c->n = c->stride = 0;
	size = *c;
	size.vm_item = NULL;
	ret = c->arch->items(&size, id, n, e);
	if (ret < 0)
		return ret;
	if (c->at == 0)
		lay_out_common(c);
	if (c->lead == 0) {
		c->vm_item = cvmm_carve(&c->mem, size.nvm, sizeof(*c->vm_item));
		c->vm_col = cvmm_carve(&c->mem, 1, size.vm_stride);
	}
	c->item = cvmm_carve(&c->mem, size.n, sizeof(*c->item));
	c->col = cvmm_carve(&c->mem, ncols, size.stride);
	if (cvmm_capture_misses(c))
		return 0;
	ret = c->arch->items(c, id, n, e);
	if (ret < 0)
		return ret;
	c->shape[c->at] = (struct cvmm_shape){
		.features = c->set[c->at],
		.regs = { .item = c->item, .col = c->col, .n = c->n, .ncols = ncols, .stride = c->stride },
		.vcpu_id = c->vcpu_id + c->nplaced,
	};
	c->nplaced += ncols;
	return 0;
}

/* Which sets of features the vCPUs have, ascending, as shapes have to be. */
static int find_shapes(struct capture *c, struct cvmm_error *e)
{
	uint32_t i, k;

	c->shared = ~UINT64_C(0);
	for (i = 0; i < c->m->nvcpus; i++) {
		uint64_t features = cvmm_machine_features(c->m, i);

		c->shared &= features;
		for (k = 0; k < c->nshapes && c->set[k] < features; k++)
			;
		if (k < c->nshapes && c->set[k] == features)
			continue;
		if (c->nshapes == CVMM_SNAPSHOT_SHAPES_MAX)
			return cvmm_fail_id(e, -E2BIG, CVMM_REASON_LIMIT, 0, CVMM_SNAPSHOT_SHAPES_MAX);
		memmove(&c->set[k + 1], &c->set[k], (c->nshapes - k) * sizeof(c->set[0]));
		c->set[k] = features;
		c->nshapes++;
	}
	return 0;
}

static uint32_t first_of(const struct capture *c, uint32_t at)
{
	uint32_t i = 0;

	while (cvmm_machine_features(c->m, i) != c->set[at])
		i++;
	return i;
}

/* The architecture asks, shape by shape; a machine without vCPUs has nothing to tell yet. */
static int survey(struct capture *c, struct cvmm_error *e)
{
	int ret;

	c->arch = cvmm_machine_arch(c->m->arch);
	if (!c->arch)
		return cvmm_fail(e, -EOPNOTSUPP, CVMM_REASON_WRONG_ARCH);
	if (!c->m->nvcpus || c->m->phase < CVMM_PHASE_FINALIZE)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_PHASE_ORDER);
	ret = find_shapes(c, e);
	for (c->at = 0; ret == 0 && c->at < c->nshapes; c->at++) {
		c->lead = first_of(c, c->at);
		ret = c->arch->survey(c, e);
	}
	return ret;
}

/* The vCPUs of the shape under way. */
static int read_shape(struct capture *c, struct cvmm_error *e)
{
	const struct cvmm_shape *shape = &c->shape[c->at];
	uint32_t i, place = (uint32_t)(shape->vcpu_id - c->vcpu_id);
	int ret;

	/* All of it lies in the caller's storage, which capture may write. */
	c->item = (struct cvmm_item *)(uintptr_t)shape->regs.item;
	c->col = (uint8_t *)(uintptr_t)shape->regs.col;
	c->n = shape->regs.n;
	c->stride = shape->regs.stride;
	c->lead = first_of(c, c->at);
	c->column = 0;
	for (i = c->lead; i < c->m->nvcpus; i++) {
		if (cvmm_machine_features(c->m, i) != c->set[c->at])
			continue;
		ret = c->arch->read_vcpu(c, i, e);
		if (ret < 0)
			return failed(ret, e);
		c->vcpu_id[place + c->column] = c->m->vcpu[i].id;
		c->ref[i] = (struct cvmm_vcpu_ref){ .id = c->m->vcpu[i].id, .shape = c->at, .col = c->column };
		c->column++;
	}
	return 0;
}

static int read_vcpus(struct capture *c, struct cvmm_error *e)
{
	int ret = 0;

	for (c->at = 0; ret == 0 && c->at < c->nshapes; c->at++)
		ret = read_shape(c, e);
	return ret;
}

static void describe(const struct capture *c, const char *kernel, struct cvmm_view *out)
{
	*out = (struct cvmm_view){
		.arch = c->m->arch,
		.ncaps = c->ncaps,
		.nseen = c->nseen,
		.nshapes = c->nshapes,
		.nvcpus = c->m->nvcpus,
		.kernel = kernel ? kernel : "",
		.writer = "",
		.cap = c->cap,
		.seen = c->seen,
		.vm = { .item = c->vm_item, .col = c->vm_col, .n = c->nvm, .ncols = 1, .stride = c->vm_stride },
		.shape = c->shape,
		.vcpu = c->ref,
	};
}

int cvmm_capture_need(const struct cvmm_machine *m, size_t *bytes, struct cvmm_error *e)
{
	struct capture c = { .m = m };
	int ret = survey(&c, e);

	if (ret < 0)
		return ret;
	/* The capture itself may be given a host's profile: its capabilities, and values that guests see. */
	*bytes = c.mem.used + CVMM_SNAPSHOT_CAPS_MAX * sizeof(struct cvmm_pair);
	return 0;
}

int cvmm_capture(const struct cvmm_machine *m, const struct cvmm_profile *host, const char *kernel, void *store,
	size_t cap, struct cvmm_view *out, struct cvmm_error *e)
{
	struct capture c = { .m = m, .host = host, .mem = { .base = store, .cap = cap } };
	int ret = survey(&c, e);

	if (ret < 0)
		return ret;
	if (cvmm_capture_misses(&c))
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL, 0, c.mem.used);
	ret = take_caps(&c, e);
	if (ret == 0)
		ret = failed(c.arch->read_vm(&c, e), e);
	if (ret == 0)
		ret = read_vcpus(&c, e);
	if (ret < 0)
		return ret;
	describe(&c, kernel, out);
	return 0;
}
