/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A live machine becomes a view: ids once, VM-owned values once, a column per vCPU. */
#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/arm64.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/snapshot/machine.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include <errno.h>
#include <string.h>

#include "capture_parts.h"

/* Capabilities have numbers below this; a newer one tells nothing that a rule could ask for. */
#define CAPS_ASKED  272u

#define FEATURES_ID CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_FEATURES)

/* One capture under way. Pointers are NULL while only the storage is counted. */
struct capture {
	const struct cvmm_machine *m;
	const struct cvmm_profile *host;
	struct carve mem;
	struct cvmm_pair *cap;
	struct cvmm_pair *seen;
	struct cvmm_item *vm_item;
	uint8_t *vm_col;
	struct cvmm_shape *shape;
	struct cvmm_item *item;
	uint8_t *col;
	uint32_t *vcpu_id;
	struct cvmm_vcpu_ref *ref;
	struct cvmm_vm_reg *agree;
	uint64_t *first; /* the first vCPU's list */
	uint64_t *other; /* another vCPU's */
	uint32_t nfirst;
	uint32_t ncaps;
	uint32_t nseen;
	uint32_t nagree;
	uint32_t nvm;
	uint32_t vm_stride;
	uint32_t n;
	uint32_t stride;
	uint8_t pvtime;
};

static int misses(const struct capture *c)
{
	return !c->mem.base || c->mem.used > c->mem.cap;
}

/* What capture calls failed registers: KVM's errno stays, the reason says that it was a capture. */
static int failed(int ret, struct cvmm_error *e)
{
	if (e && e->reason == CVMM_REASON_IOCTL && e->id)
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

static const struct cvmm_variant *variant_of(const struct capture *c)
{
	return c->host ? cvmm_profile_variant(c->host, c->m->features) : NULL;
}

/* The list once more, this time into items: the VM's, then the vCPU's, each with its properties. */
static int lay_out_list(struct capture *c, const uint64_t *id, uint32_t n, struct cvmm_error *e)
{
	uint64_t extra[3] = { CVMM_ARM64_VCPU_MP_STATE, CVMM_ARM64_VCPU_EVENTS, CVMM_ARM64_VCPU_PVTIME };
	uint32_t i, k = 0, nextra = c->pvtime ? 3 : 2;

	cvmm_list_sort(extra, nextra);
	for (i = 0; i < n; i++) {
		for (; k < nextra && extra[k] < id[i]; k++)
			cvmm_item_append(c->item, &c->n, &c->stride, extra[k]);
		if (cvmm_vcpu_reg_from_id(id[i]).id) {
			cvmm_item_append(c->item, &c->n, &c->stride, id[i]);
		} else if (!cvmm_vm_reg_from_id(id[i]).id) {
			(void)cvmm_fail_id(e, -EXDEV, CVMM_REASON_UNKNOWN_REGISTER, id[i], 0);
			return -EXDEV;
		}
	}
	for (; k < nextra; k++)
		cvmm_item_append(c->item, &c->n, &c->stride, extra[k]);
	return 0;
}

static int on_vm_fd(struct cvmm_vm_reg reg)
{
	const struct cvmm_row *row = cvmm_vm_reg_row(reg);

	return row && row->access == CVMM_ACCESS_ONE_REG && row->phase == CVMM_PHASE_VM;
}

/* VM-owned ids: those of the list and the properties that were staged, in one ascending list. */
static void lay_out_vm(struct capture *c, const uint64_t *id, uint32_t n)
{
	const struct cvmm_vm_regs *r = c->m->regs;
	uint64_t all[LIST_MAX / 4];
	uint32_t i, nall = 0;

	all[nall++] = FEATURES_ID;
	for (i = 0; i < n && nall < LIST_MAX / 4; i++) {
		if (cvmm_vm_reg_from_id(id[i]).id)
			all[nall++] = id[i];
	}
	for (i = 0; i < r->n && nall < LIST_MAX / 4; i++) {
		uint64_t slot = r->slot[i].reg.id;

		/* Staged, and not in the list: properties, and what only the VM fd shows. */
		if (slot != FEATURES_ID && (cvmm_reg_is_property(slot) || on_vm_fd(r->slot[i].reg)))
			all[nall++] = slot;
	}
	cvmm_list_sort(all, nall);
	for (i = 0; i < nall; i++)
		cvmm_item_append(c->vm_item, &c->nvm, &c->vm_stride, all[i]);
}

/*
 * Everything that storage is needed for, in one place. Runs twice: counting, and with the storage. The first vCPU's
 * list decides the sizes; @list has LIST_WORDS words and is only needed while counting.
 */
static int lay_out(struct capture *c, const uint64_t *sorted, uint32_t n, struct cvmm_error *e)
{
	const struct cvmm_variant *variant = variant_of(c);
	uint32_t nvcpus = c->m->nvcpus;
	struct capture size = *c;
	int ret;

	size.item = NULL;
	size.vm_item = NULL;
	ret = lay_out_list(&size, sorted, n, e);
	if (ret < 0)
		return ret;
	lay_out_vm(&size, sorted, n);
	c->cap = cvmm_carve(&c->mem, c->host ? c->host->ncaps : CAPS_ASKED, sizeof(*c->cap));
	c->seen = cvmm_carve(&c->mem, variant ? variant->nguest : 0, sizeof(*c->seen));
	c->vm_item = cvmm_carve(&c->mem, size.nvm, sizeof(*c->vm_item));
	c->vm_col = cvmm_carve(&c->mem, 1, size.vm_stride);
	c->shape = cvmm_carve(&c->mem, 1, sizeof(*c->shape));
	c->item = cvmm_carve(&c->mem, size.n, sizeof(*c->item));
	c->vcpu_id = cvmm_carve(&c->mem, nvcpus, sizeof(*c->vcpu_id));
	c->ref = cvmm_carve(&c->mem, nvcpus, sizeof(*c->ref));
	c->agree = cvmm_carve(&c->mem, n, sizeof(*c->agree));
	c->first = cvmm_carve(&c->mem, n + 1, sizeof(*c->first));
	c->other = cvmm_carve(&c->mem, n + 1, sizeof(*c->other));
	c->col = cvmm_carve(&c->mem, nvcpus, size.stride);
	if (misses(c))
		return 0;
	ret = lay_out_list(c, sorted, n, e);
	lay_out_vm(c, sorted, n);
	return ret;
}

/* Where stolen time goes, on hosts that have such a thing. */
static int ask_pvtime(struct capture *c, struct cvmm_error *e)
{
	int ret;

	if (!c->mem.base) {
		/* Counting: room for it does no harm. */
		c->pvtime = 1;
		return 0;
	}
	if (c->host) {
		c->pvtime = cvmm_profile_cap(c->host, CVMM_CAP_STEAL_TIME) != 0;
		return 0;
	}
	ret = cvmm_vm_check_extension(c->m->vm, CVMM_CAP_STEAL_TIME, e);
	if (ret < 0)
		return ret;
	c->pvtime = ret != 0;
	return 0;
}

/* The first vCPU's list decides what there is. 32 KiB of stack, so that nothing has to be guessed. */
static int survey(struct capture *c, struct cvmm_error *e)
{
	uint64_t list[LIST_WORDS];
	uint32_t n = 0;
	int ret;

	if (!c->m->nvcpus || c->m->phase < CVMM_PHASE_FINALIZE)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_PHASE_ORDER);
	ret = ask_pvtime(c, e);
	if (ret == 0)
		ret = cvmm_list_read(c->m->vcpu[0], list, LIST_MAX, &n, e);
	if (ret == 0)
		ret = lay_out(c, list + 1, n, e);
	if (ret < 0)
		return ret;
	c->nfirst = n;
	if (!misses(c))
		memcpy(c->first, list, (n + 1) * sizeof(*list));
	return 0;
}

/* All vCPUs must have the same registers: one list, one shape. */
static int same_list(struct capture *c, struct cvmm_vcpu vcpu, struct cvmm_error *e)
{
	uint32_t n = 0;
	int ret = cvmm_list_read(vcpu, c->other, c->nfirst, &n, e);

	if (ret < 0 && ret != -E2BIG)
		return ret;
	if (ret == 0 && n == c->nfirst && !memcmp(c->other + 1, c->first + 1, n * sizeof(*c->first)))
		return 0;
	/* An E2BIG with our own number in it says nothing about the list: the call itself failed. */
	if (ret == -E2BIG && n == c->nfirst)
		return ret;
	(void)cvmm_fail_id(e, -EIO, CVMM_REASON_SHAPES_DIFFER, 0, n);
	if (e)
		e->vcpu = vcpu.id;
	return -EIO;
}

static int read_vm(struct capture *c, struct cvmm_error *e)
{
	const struct cvmm_variant *variant = variant_of(c);
	const struct cvmm_pair *shown;
	uint32_t i;
	int ret;

	for (i = 0; i < c->nvm; i++) {
		struct cvmm_vm_reg reg = cvmm_vm_reg_from_id(c->vm_item[i].id);
		uint64_t v = c->m->features;

		ret = reg.id == FEATURES_ID ? 0 : cvmm_vm_regs_get(c->m->regs, c->m->vcpu[0], reg, &v, e);
		if (ret < 0)
			return failed(ret, e);
		cvmm_store_le(c->vm_col + c->vm_item[i].off, c->vm_item[i].size, v);
		if (!cvmm_reg_is_property(reg.id))
			c->agree[c->nagree++] = reg;
		shown = variant ? cvmm_pair_find(variant->guest, variant->nguest, reg.id) : NULL;
		if (shown && shown->value != v)
			c->seen[c->nseen++] = *shown;
	}
	if (c->m->nvcpus == 1)
		return 0;
	return cvmm_vm_regs_agree(c->m->vcpu[0], c->m->vcpu[c->m->nvcpus - 1], c->agree, c->nagree, e);
}

static int read_vcpus(struct capture *c, struct cvmm_error *e)
{
	uint32_t i;
	int ret;

	for (i = 0; i < c->m->nvcpus; i++) {
		struct cvmm_vcpu vcpu = c->m->vcpu[i];

		ret = i ? same_list(c, vcpu, e) : 0;
		if (ret < 0)
			return ret;
		ret = cvmm_vcpu_regs_capture(vcpu, c->item, c->n, c->col + (size_t)i * c->stride, c->stride, e);
		if (ret < 0)
			return failed(ret, e);
		c->vcpu_id[i] = vcpu.id;
		c->ref[i] = (struct cvmm_vcpu_ref){ .id = vcpu.id, .col = i };
	}
	return 0;
}

static void describe(const struct capture *c, const char *kernel, struct cvmm_view *out)
{
	*c->shape = (struct cvmm_shape){
		.features = c->m->features,
		.regs = { .item = c->item, .col = c->col, .n = c->n, .ncols = c->m->nvcpus, .stride = c->stride },
		.vcpu_id = c->vcpu_id,
	};
	*out = (struct cvmm_view){
		.arch = CVMM_ARCH_ARM64,
		.ncaps = c->ncaps,
		.nseen = c->nseen,
		.nshapes = 1,
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
	if (misses(&c))
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL, 0, c.mem.used);
	ret = take_caps(&c, e);
	if (ret == 0)
		ret = read_vm(&c, e);
	if (ret == 0)
		ret = read_vcpus(&c, e);
	if (ret < 0)
		return ret;
	describe(&c, kernel, out);
	return 0;
}
