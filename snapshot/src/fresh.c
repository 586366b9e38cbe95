/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The guest that a host would give birth to, from its profile alone. */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/x86.h>
#include <cvmm/snapshot/plan.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>
#include <cvmm/vm-regs/vm-regs.h>

#include <errno.h>
#include <string.h>

#include "capture_parts.h"
#include "plan_parts.h"

#define FEATURES_ID CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_FEATURES)

/* What is carved for one fresh guest. NULL while only counting. */
struct fresh {
	struct carve mem;
	const struct cvmm_profile *host;
	const struct cvmm_variant *variant;
	const struct cvmm_pair *pin;
	uint32_t npin;
	struct cvmm_item *vm_item;
	struct cvmm_item *item;
	uint8_t *vm_col;
	uint8_t *col;
	struct cvmm_pair *seen;
	struct cvmm_shape *shape;
	struct cvmm_vcpu_ref *ref;
	uint32_t *vcpu_id;
	uint32_t nvm;
	uint32_t vm_stride;
	uint32_t n;
	uint32_t stride;
	uint32_t nseen;
	uint32_t nleaves;
};

static int is_vm(uint64_t id)
{
	return cvmm_vm_reg_from_id(id).id != 0;
}

/* The host's list in two: what nobody knows stays with the VM, where a plan reports it. */
static void split(struct fresh *f)
{
	const struct cvmm_regset *regs = &f->variant->regs;
	/* The feature set is a property on arm64; no other architecture has one. */
	uint32_t i, features = f->host->arch != CVMM_ARCH_ARM64;

	f->nleaves = 0;
	f->nvm = f->vm_stride = f->n = f->stride = 0;
	for (i = 0; i < regs->n; i++) {
		uint64_t id = regs->item[i].id;

		if (cvmm_reg_is_cpuid(id)) {
			f->nleaves++;
			continue;
		}
		if (cvmm_vcpu_reg_from_id(id).id) {
			cvmm_item_append(f->item, &f->n, &f->stride, id);
			continue;
		}
		if (!features && id > FEATURES_ID) {
			cvmm_item_append(f->vm_item, &f->nvm, &f->vm_stride, FEATURES_ID);
			features = 1;
		}
		if (regs->item[i].size <= 8)
			cvmm_item_append(f->vm_item, &f->nvm, &f->vm_stride, id);
	}
	if (!features)
		cvmm_item_append(f->vm_item, &f->nvm, &f->vm_stride, FEATURES_ID);
	/* A vCPU has the leaves of a profile as one list. */
	if (f->nleaves)
		cvmm_item_append_sized(f->item, &f->n, &f->stride, CVMM_X86_VCPU_CPUID2,
			(uint32_t)(sizeof(struct cvmm_x86_cpuid) + f->nleaves * sizeof(struct cvmm_x86_cpuid_entry)));
}

static void lay_out(struct fresh *f)
{
	split(f);
	f->shape = cvmm_carve(&f->mem, 1, sizeof(*f->shape));
	f->ref = cvmm_carve(&f->mem, 1, sizeof(*f->ref));
	f->vcpu_id = cvmm_carve(&f->mem, 1, sizeof(*f->vcpu_id));
	f->seen = cvmm_carve(&f->mem, f->variant->nguest, sizeof(*f->seen));
	f->vm_item = cvmm_carve(&f->mem, f->nvm, sizeof(*f->vm_item));
	f->vm_col = cvmm_carve(&f->mem, 1, f->vm_stride);
	f->item = cvmm_carve(&f->mem, f->n, sizeof(*f->item));
	f->col = cvmm_carve(&f->mem, 1, f->stride);
}

/* The value that a guest with the baseline has in ONE_REG. */
static int value_of(const struct fresh *f, uint64_t id, uint64_t reset, uint64_t *value, struct cvmm_error *e)
{
	const struct cvmm_pair *pin = cvmm_pair_find(f->pin, f->npin, id);
	const struct cvmm_row *row;
	uint16_t reason;
	uint8_t write;

	*value = reset;
	if (!pin)
		return 0;
	if (cvmm_plan_owner(NULL, id, &row) == CVMM_SCOPE_UNKNOWN)
		return 0;
	if (cvmm_host_accepts(f->host, f->variant, row, id, pin->value, &reason, &write) != 1)
		return cvmm_fail_id(e, -EINVAL, (enum cvmm_reason)reason, id, reset);
	if (write)
		*value = pin->value;
	return 0;
}

/* KVM_SET_CPUID2's list: all leaves that the host offers, with the index where it is not the only one. */
static void fill_cpuid(const struct fresh *f, uint8_t *list)
{
	const struct cvmm_regset *regs = &f->variant->regs;
	uint32_t i, n = 0;

	cvmm_store_le(list, sizeof(struct cvmm_x86_cpuid), f->nleaves);
	for (i = 0; i < regs->n; i++) {
		uint64_t id = regs->item[i].id;
		const uint8_t *value = cvmm_regset_value(regs, i, 0);
		struct cvmm_x86_cpuid_entry e = {
			.function = (uint32_t)id,
			.index = (uint32_t)(id >> 32) & 0x7f,
			.eax = (uint32_t)cvmm_load_le(value, 4),
			.ebx = (uint32_t)cvmm_load_le(value + 4, 4),
			.ecx = (uint32_t)cvmm_load_le(value + 8, 4),
			.edx = (uint32_t)cvmm_load_le(value + 12, 4),
		};

		if (!cvmm_reg_is_cpuid(id))
			continue;
		e.flags = e.index ? CVMM_X86_CPUID_INDEX_MATTERS : 0;
		memcpy(list + sizeof(struct cvmm_x86_cpuid) + n++ * sizeof(e), &e, sizeof(e));
	}
}

static int fill(struct fresh *f, const struct cvmm_item *item, uint32_t n, uint8_t *col, struct cvmm_error *e)
{
	const struct cvmm_regset *regs = &f->variant->regs;
	uint32_t i;

	for (i = 0; i < n; i++) {
		uint64_t v = f->variant->features;
		int ret = 0, at = cvmm_regset_find(regs, item[i].id);

		if (item[i].id == CVMM_X86_VCPU_CPUID2) {
			fill_cpuid(f, col + item[i].off);
			continue;
		}
		if (at >= 0 && item[i].size > 8) {
			memcpy(col + item[i].off, cvmm_regset_value(regs, (uint32_t)at, 0), item[i].size);
			continue;
		}
		if (at >= 0)
			ret = value_of(f, item[i].id, cvmm_regset_u64(regs, (uint32_t)at, 0), &v, e);
		if (ret < 0)
			return ret;
		cvmm_store_le(col + item[i].off, item[i].size, v);
	}
	return 0;
}

static void describe(struct fresh *f, struct cvmm_view *out)
{
	uint32_t i;

	for (i = 0; i < f->variant->nguest; i++) {
		if (is_vm(f->variant->guest[i].id))
			f->seen[f->nseen++] = f->variant->guest[i];
	}
	*f->ref = (struct cvmm_vcpu_ref){ 0 };
	*f->vcpu_id = 0;
	*f->shape = (struct cvmm_shape){
		.features = f->variant->features,
		.regs = { .item = f->item, .col = f->col, .n = f->n, .ncols = 1, .stride = f->stride },
		.vcpu_id = f->vcpu_id,
	};
	*out = (struct cvmm_view){
		.arch = f->host->arch,
		.ncaps = f->host->ncaps,
		.nseen = f->nseen,
		.nshapes = 1,
		.nvcpus = 1,
		.kernel = f->host->kernel,
		.writer = "",
		.cap = f->host->cap,
		.seen = f->seen,
		.vm = { .item = f->vm_item, .col = f->vm_col, .n = f->nvm, .ncols = 1, .stride = f->vm_stride },
		.shape = f->shape,
		.vcpu = f->ref,
	};
}

static const struct cvmm_wide *find_wide(const struct cvmm_wide *pin, uint32_t n, uint64_t id)
{
	uint32_t i;

	for (i = 0; i < n && pin[i].id < id; i++)
		;
	return i < n && pin[i].id == id ? &pin[i] : NULL;
}

/* The guest has the leaves that it is given: in others it reads zeroes. */
static void pin_leaves(uint8_t *list, const struct cvmm_wide *pin, uint32_t npin)
{
	uint32_t i, n = (uint32_t)cvmm_load_le(list, 4);
	struct cvmm_x86_cpuid_entry e;

	for (i = 0; i < n; i++) {
		uint8_t *at = list + sizeof(struct cvmm_x86_cpuid) + i * sizeof(e);
		const struct cvmm_wide *w;

		memcpy(&e, at, sizeof(e));
		w = find_wide(pin, npin, CVMM_X86_CPUID(e.function, e.index));
		e.eax = w ? (uint32_t)cvmm_load_le(w->value, 4) : 0;
		e.ebx = w ? (uint32_t)cvmm_load_le(w->value + 4, 4) : 0;
		e.ecx = w ? (uint32_t)cvmm_load_le(w->value + 8, 4) : 0;
		e.edx = w ? (uint32_t)cvmm_load_le(w->value + 12, 4) : 0;
		memcpy(at, &e, sizeof(e));
	}
}

int cvmm_view_fresh_wide(struct cvmm_view *v, const struct cvmm_profile *host, const struct cvmm_wide *pin,
	uint32_t npin, struct cvmm_error *e)
{
	const struct cvmm_variant *variant = cvmm_profile_variant(host, v->shape[0].features);
	const struct cvmm_regset *regs = &v->shape[0].regs;
	uint32_t i;
	uint16_t reason;

	for (i = 0; i < npin; i++) {
		/* A register that is not there: a wide one that a guest must have is never neutral. */
		if (cvmm_host_accepts_wide(variant, pin[i].id, pin[i].value, &reason, NULL) == 1)
			continue;
		if (!cvmm_reg_is_cpuid(pin[i].id) && cvmm_regset_find(&variant->regs, pin[i].id) < 0)
			reason = CVMM_REASON_HOST_LACKS;
		return cvmm_fail_id(e, -EINVAL, (enum cvmm_reason)reason, pin[i].id, 0);
	}
	for (i = 0; i < regs->n; i++) {
		const struct cvmm_wide *w = find_wide(pin, npin, regs->item[i].id);
		uint8_t *value = (uint8_t *)(uintptr_t)cvmm_regset_value(regs, i, 0);

		if (npin && regs->item[i].id == CVMM_X86_VCPU_CPUID2)
			pin_leaves(value, pin, npin);
		else if (w)
			memcpy(value, w->value, regs->item[i].size);
	}
	return 0;
}

int cvmm_view_fresh(const struct cvmm_profile *host, uint64_t features, const struct cvmm_pair *pin, uint32_t npin,
	void *store, size_t cap, struct cvmm_view *out, struct cvmm_error *e)
{
	struct fresh f = {
		.mem = { .base = store, .cap = cap },
		.host = host,
		.variant = cvmm_profile_variant(host, features),
		.pin = pin,
		.npin = npin,
	};
	int ret;

	if (!f.variant)
		return cvmm_fail_id(e, -ENOENT, CVMM_REASON_NO_VARIANT, FEATURES_ID, features);
	lay_out(&f);
	if (!store || f.mem.used > cap)
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL, 0, f.mem.used);
	split(&f);
	ret = fill(&f, f.vm_item, f.nvm, f.vm_col, e);
	if (ret == 0)
		ret = fill(&f, f.item, f.n, f.col, e);
	if (ret < 0)
		return ret;
	describe(&f, out);
	return 0;
}
