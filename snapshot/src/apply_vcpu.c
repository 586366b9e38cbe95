/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * One vCPU's part of a restore: the steps of its shape, written and read back. Nothing is looked up here, the plan did it
 * once for all vCPUs; and nothing but the caller's error is written, because vCPUs may have threads of their own.
 */
#include <cvmm/kvm-ioctls/hot.h>
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

/* Where a vCPU's values stand, and what a fresh one holds. */
struct own {
	struct cvmm_vcpu vcpu;
	const uint8_t *col;
	const struct cvmm_item *item;
	const struct cvmm_regset *reset; /* NULL: no delta */
	uint32_t shape;
};

static struct own own_of(const struct apply *a, uint32_t index)
{
	const struct cvmm_vcpu_ref *ref = &a->v->vcpu[index];
	const struct cvmm_shape *shape = &a->v->shape[ref->shape];
	struct own o = { .vcpu = a->m->vcpu[index], .item = shape->regs.item, .shape = ref->shape };
	const struct cvmm_variant *fresh;

	o.col = shape->regs.col + (size_t)ref->col * shape->regs.stride;
	if (a->m->delta && a->m->reset) {
		fresh = cvmm_profile_variant(a->m->reset, shape->features);
		o.reset = fresh ? &fresh->regs : NULL;
	}
	return o;
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

/* A plan of another profile is not believed: the reset value has to be this register's. */
static int is_fresh(const struct own *o, const struct cvmm_step *step, const uint8_t *value)
{
	const struct cvmm_item *item;

	if (!o->reset || step->reset >= o->reset->n)
		return 0;
	item = &o->reset->item[step->reset];
	return item->id == step->id && item->size == cvmm_reg_bytes(step->id) &&
	       same(o->reset->col + item->off, value, item->size);
}

int cvmm_apply_set(struct cvmm_vcpu vcpu, const struct cvmm_step *step, const uint8_t *value, struct cvmm_error *why)
{
	struct cvmm_vcpu_reg reg = { step->id };

	if (step->quick & CVMM_QUICK_ONE_REG)
		return cvmm_vcpu_one_reg_op(vcpu, CVMM_KVM_SET_ONE_REG, step->id, value, why);
	return cvmm_vcpu_reg_set(vcpu, reg, value, cvmm_reg_bytes(step->id), why);
}

/* What is not quick: a rule's value, a delta, more than one ioctl. */
static int write_step(const struct own *o, const struct cvmm_step *step, struct cvmm_error *why)
{
	const uint8_t *value;
	uint8_t le[8];

	if (step->scope != CVMM_SCOPE_VCPU || !step->write || step->shape != o->shape)
		return 0;
	if (step->write == WRITE_VALUE) {
		cvmm_store_le(le, sizeof(le), step->value);
		return cvmm_apply_set(o->vcpu, step, le, why);
	}
	value = o->col + o->item[step->item].off;
	return is_fresh(o, step, value) ? 0 : cvmm_apply_set(o->vcpu, step, value, why);
}

int cvmm_apply_vcpu(const struct apply *a, uint32_t index, struct cvmm_error *why)
{
	const struct cvmm_step *step = a->p->step + a->first, *end = a->p->step + a->end;
	const struct own o = own_of(a, index);
	const uint32_t quick = o.reset ? 0 : CVMM_QUICK_WRITE;
	int ret = 0;

	for (; ret == 0 && step < end; step++) {
		if (step->quick & quick && step->shape == o.shape)
			ret = cvmm_vcpu_one_reg_op(
				o.vcpu, CVMM_KVM_SET_ONE_REG, step->id, o.col + o.item[step->item].off, why);
		else
			ret = write_step(&o, step, why);
	}
	if (ret < 0 && why->reason == CVMM_REASON_IOCTL)
		why->reason = CVMM_REASON_APPLY_SET;
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

/* What is not quick: a rule's value, a counter, a delta that is trusted, another ioctl. */
static int verify_step(const struct apply *a, const struct own *o, const struct cvmm_step *step, struct cvmm_error *why)
{
	uint8_t got[CVMM_REG_BYTES_MAX], le[8];
	const uint8_t *want = le;
	int ret;

	if (step->scope != CVMM_SCOPE_VCPU || !step->verify || step->shape != o->shape)
		return 0;
	if (!cvmm_step_is_own(step->item, step->write, step->verdict)) {
		cvmm_store_le(le, sizeof(le), step->value);
	} else {
		want = o->col + o->item[step->item].off;
		if (a->m->delta == CVMM_DELTA_TRUST && is_fresh(o, step, want))
			return 0;
	}
	if (step->quick & CVMM_QUICK_ONE_REG)
		ret = cvmm_vcpu_one_reg_op(o->vcpu, CVMM_KVM_GET_ONE_REG, step->id, got, why);
	else
		ret = cvmm_vcpu_reg_get(
			o->vcpu, (struct cvmm_vcpu_reg){ step->id }, got, cvmm_reg_bytes(step->id), why);
	return ret < 0 ? ret : differs(a, step, o->vcpu.id, want, got, why);
}

int cvmm_apply_verify_vcpu(const struct apply *a, uint32_t index, struct cvmm_error *why)
{
	const struct cvmm_step *step = a->p->step, *end = step + a->p->n;
	const struct own o = own_of(a, index);
	const uint32_t quick = a->m->delta == CVMM_DELTA_TRUST ? 0 : CVMM_QUICK_VERIFY;
	uint8_t got[CVMM_REG_BYTES_MAX];
	int ret = 0;

	for (; ret == 0 && step < end; step++) {
		const uint8_t *want;

		if (!(step->quick & quick) || step->shape != o.shape) {
			ret = verify_step(a, &o, step, why);
			continue;
		}
		want = o.col + o.item[step->item].off;
		ret = cvmm_vcpu_one_reg_op(o.vcpu, CVMM_KVM_GET_ONE_REG, step->id, got, why);
		if (ret == 0 && !same(got, want, cvmm_reg_bytes(step->id)))
			ret = differs(a, step, o.vcpu.id, want, got, why);
	}
	return ret;
}
