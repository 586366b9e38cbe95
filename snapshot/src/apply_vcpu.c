/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * One vCPU's part of a restore: the steps of its shape, written and read back. Nothing is looked up here, the plan did it
 * once for all vCPUs; and nothing but the caller's error is written, because vCPUs may have threads of their own.
 */
#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include <errno.h>
#include <string.h>

#include "apply_parts.h"
#include "machine_arch.h"
#include "plan_verdict.h"

/* All vCPUs that a thread works on, and the first failure among them. */
struct crew {
	struct apply *a;
	apply_part *part;
	int failed;
	int ret;
};

static void one(void *work, uint32_t index)
{
	struct crew *c = work;
	struct cvmm_error why;
	int ret;

	if (__atomic_load_n(&c->failed, __ATOMIC_RELAXED))
		return;
	ret = c->part(c->a, index, &why);
	if (ret >= 0 || __atomic_exchange_n(&c->failed, 1, __ATOMIC_RELAXED))
		return;
	/* Only one thread comes here, and @spread returns after it. */
	c->a->why = why;
	c->ret = ret;
}

int cvmm_apply_each(struct apply *a, apply_part *part)
{
	struct crew c = { .a = a, .part = part };
	uint32_t i;

	if (a->m->spread && a->m->nvcpus > 1)
		a->m->spread(a->m->spread_ctx, a->m->nvcpus, one, &c);
	else
		for (i = 0; !c.failed && i < a->m->nvcpus; i++)
			one(&c, i);
	return c.ret;
}

/* The size of a value was compared with its id's when the view was checked. */
static inline int one_reg(
	struct cvmm_vcpu vcpu, unsigned long req, uint64_t id, const uint8_t *v, struct cvmm_error *why)
{
	struct cvmm_kvm_one_reg arg = { .id = id, .addr = (uintptr_t)v };
	int ret = cvmm_ioctl(vcpu.be, vcpu.fd, req, (uintptr_t)&arg, why);

	if (__builtin_expect(ret < 0, 0)) {
		why->id = id;
		why->vcpu = vcpu.id;
	}
	return ret < 0 ? ret : 0;
}

static int set_failed(int ret, struct cvmm_error *why)
{
	if (ret < 0 && why->reason == CVMM_REASON_IOCTL)
		why->reason = CVMM_REASON_APPLY_SET;
	return ret;
}

int cvmm_apply_set(struct cvmm_vcpu vcpu, const struct cvmm_step *step, const uint8_t *value, struct cvmm_error *why)
{
	struct cvmm_vcpu_reg reg = { step->id };
	int ret;

	if (step->plain)
		ret = one_reg(vcpu, CVMM_KVM_SET_ONE_REG, step->id, value, why);
	else
		ret = cvmm_vcpu_reg_set(vcpu, reg, value, cvmm_reg_bytes(step->id), why);
	return set_failed(ret, why);
}

static inline int get(struct cvmm_vcpu vcpu, const struct cvmm_step *step, uint8_t *got, struct cvmm_error *why)
{
	struct cvmm_vcpu_reg reg = { step->id };

	if (__builtin_expect(step->plain, 1))
		return one_reg(vcpu, CVMM_KVM_GET_ONE_REG, step->id, got, why);
	return cvmm_vcpu_reg_get(vcpu, reg, got, cvmm_reg_bytes(step->id), why);
}

static inline int same(const uint8_t *x, const uint8_t *y, uint32_t bytes)
{
	uint64_t a, b;

	if (__builtin_expect(bytes != sizeof(a), 0))
		return !memcmp(x, y, bytes);
	memcpy(&a, x, sizeof(a));
	memcpy(&b, y, sizeof(b));
	return a == b;
}

/* Where a vCPU's values stand, and what a fresh one holds. */
struct own {
	const uint8_t *col;
	const struct cvmm_item *item;
	const struct cvmm_regset *reset; /* NULL: no delta */
	uint32_t shape;
};

static struct own own_of(const struct apply *a, uint32_t index)
{
	const struct cvmm_vcpu_ref *ref = &a->v->vcpu[index];
	const struct cvmm_shape *shape = &a->v->shape[ref->shape];
	struct own o = { .item = shape->regs.item, .shape = ref->shape };
	const struct cvmm_variant *fresh;

	o.col = shape->regs.col + (size_t)ref->col * shape->regs.stride;
	if (a->m->delta && a->m->reset) {
		fresh = cvmm_profile_variant(a->m->reset, shape->features);
		o.reset = fresh ? &fresh->regs : NULL;
	}
	return o;
}

/* A plan of another profile is not believed: the reset value has to be this register's. */
static int is_fresh(const struct own *o, const struct cvmm_step *step, const uint8_t *value)
{
	const struct cvmm_item *item;

	if (step->reset >= o->reset->n)
		return 0;
	item = &o->reset->item[step->reset];
	return item->id == step->id && item->size == cvmm_reg_bytes(step->id) &&
	       same(o->reset->col + item->off, value, item->size);
}

int cvmm_apply_vcpu(const struct apply *a, uint32_t index, struct cvmm_error *why)
{
	const struct own o = own_of(a, index);
	struct cvmm_vcpu vcpu = a->m->vcpu[index];
	uint32_t k;
	int ret = 0;

	for (k = a->first; ret == 0 && k < a->end; k++) {
		const struct cvmm_step *step = &a->p->step[k];
		const uint8_t *value;
		uint8_t le[8];

		if (step->scope != CVMM_SCOPE_VCPU || !step->write || step->shape != o.shape)
			continue;
		if (__builtin_expect(step->write == WRITE_VALUE, 0)) {
			cvmm_store_le(le, sizeof(le), step->value);
			ret = cvmm_apply_set(vcpu, step, le, why);
			continue;
		}
		value = o.col + o.item[step->item].off;
		if (o.reset && is_fresh(&o, step, value))
			continue;
		if (__builtin_expect(step->plain, 1))
			ret = set_failed(one_reg(vcpu, CVMM_KVM_SET_ONE_REG, step->id, value, why), why);
		else
			ret = cvmm_apply_set(vcpu, step, value, why);
	}
	return ret;
}

static int mismatch(const struct cvmm_step *step, uint32_t vcpu, uint64_t got, struct cvmm_error *why)
{
	(void)cvmm_fail_id(why, -EIO,
		step->verify == VERIFY_BEHIND ? CVMM_REASON_COUNTER_BEHIND : CVMM_REASON_READ_BACK, step->id, got);
	why->vcpu = vcpu;
	return -EIO;
}

int cvmm_apply_compare(const struct apply *a, const struct cvmm_step *step, uint32_t vcpu, uint64_t want, uint64_t got,
	struct cvmm_error *why)
{
	/* Counters wrap: not behind is less than half the range ahead. */
	if (step->verify == VERIFY_BEHIND ? got - (want + a->m->ahead) <= INT64_MAX : !((want ^ got) & step->compare))
		return 0;
	return mismatch(step, vcpu, got, why);
}

/* Bytes that differ may still be the same machine. */
static int differs(const struct apply *a, const struct cvmm_step *step, uint32_t vcpu, const uint8_t *want,
	const uint8_t *got, struct cvmm_error *why)
{
	uint32_t bytes = cvmm_reg_bytes(step->id);

	if (bytes <= 8)
		return cvmm_apply_compare(a, step, vcpu, cvmm_load_le(want, bytes), cvmm_load_le(got, bytes), why);
	return a->arch->differ(step->id, want, got, bytes) ? mismatch(step, vcpu, cvmm_load_le(got, 8), why) : 0;
}

int cvmm_apply_verify_vcpu(const struct apply *a, uint32_t index, struct cvmm_error *why)
{
	const struct own o = own_of(a, index);
	struct cvmm_vcpu vcpu = a->m->vcpu[index];
	uint8_t got[CVMM_REG_BYTES_MAX], pinned[8];
	uint32_t k;
	int ret = 0;

	for (k = 0; ret == 0 && k < a->p->n; k++) {
		const struct cvmm_step *step = &a->p->step[k];
		const uint8_t *want = pinned;

		if (step->scope != CVMM_SCOPE_VCPU || !step->verify || step->shape != o.shape)
			continue;
		/* A rule's value is the same for all; everything else has its own in each column. */
		if (__builtin_expect(step->item != CVMM_NO_ITEM && step->write != WRITE_VALUE &&
					     (step->write || step->verdict != CVMM_VERDICT_PINNED),
			    1))
			want = o.col + o.item[step->item].off;
		else
			cvmm_store_le(pinned, sizeof(pinned), step->value);
		if (o.reset && a->m->delta == CVMM_DELTA_TRUST && want != pinned && is_fresh(&o, step, want))
			continue;
		ret = get(vcpu, step, got, why);
		if (ret == 0 && (step->verify != VERIFY_EQUAL || !same(got, want, cvmm_reg_bytes(step->id))))
			ret = differs(a, step, vcpu.id, want, got, why);
	}
	return ret;
}
