/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <cvmm/kvm-sim/fault.h>

#include <errno.h>
#include <string.h>

static uint64_t add(uint64_t *n)
{
	return __atomic_fetch_add(n, 1, __ATOMIC_RELAXED);
}

/* The rule that decides this call, or NULL. Every matching rule counts it. */
static const struct cvmm_fault_rule *hit(struct cvmm_fault *f, uint32_t op, uint64_t req)
{
	const struct cvmm_fault_rule *found = NULL;
	uint32_t i;

	add(&f->seen);
	for (i = 0; i < f->nrules; i++) {
		const struct cvmm_fault_rule *r = &f->rules[i];
		uint64_t n;

		if (!(r->ops & op) || (op == CVMM_FAULT_IOCTL && r->req && r->req != req))
			continue;
		n = add(&f->matched[i]);
		if (!found && n >= r->at && n - r->at < r->times)
			found = r;
	}
	if (found)
		add(&f->injected);
	return found;
}

static int fault_open(void *ctx)
{
	struct cvmm_fault *f = ctx;
	const struct cvmm_fault_rule *r = hit(f, CVMM_FAULT_OPEN, 0);

	return r && r->err ? r->err : f->inner.ops->open(f->inner.ctx);
}

static int fault_close(void *ctx, int fd)
{
	struct cvmm_fault *f = ctx;
	const struct cvmm_fault_rule *r = hit(f, CVMM_FAULT_CLOSE, 0);
	/* As Linux does: the fd is gone whatever close() says. */
	int ret = f->inner.ops->close(f->inner.ctx, fd);

	return r && r->err ? r->err : ret;
}

static int shortened(struct cvmm_fault *f, const struct cvmm_fault_rule *r, int fd, unsigned long req, uintptr_t arg)
{
	uint32_t n, less;
	int ret;

	if (!arg)
		return f->inner.ops->ioctl(f->inner.ctx, fd, req, arg);
	memcpy(&n, (const void *)arg, sizeof(n));
	less = n > r->shorten ? n - r->shorten : 0;
	memcpy((void *)arg, &less, sizeof(less));
	ret = f->inner.ops->ioctl(f->inner.ctx, fd, req, arg);
	memcpy((void *)arg, &n, sizeof(n));
	return ret;
}

static int fault_ioctl(void *ctx, int fd, unsigned long req, uintptr_t arg)
{
	struct cvmm_fault *f = ctx;
	const struct cvmm_fault_rule *r = hit(f, CVMM_FAULT_IOCTL, req);

	if (r && r->shorten)
		return shortened(f, r, fd, req, arg);
	if (r && !r->after)
		return r->err;
	if (!r)
		return f->inner.ops->ioctl(f->inner.ctx, fd, req, arg);
	(void)f->inner.ops->ioctl(f->inner.ctx, fd, req, arg);
	return r->err;
}

static void *fault_mmap(void *ctx, int fd, size_t len, int *err)
{
	struct cvmm_fault *f = ctx;
	const struct cvmm_fault_rule *r = hit(f, CVMM_FAULT_MMAP, 0);

	if (!r || !r->err)
		return f->inner.ops->mmap(f->inner.ctx, fd, len, err);
	if (err)
		*err = r->err;
	return NULL;
}

static int fault_munmap(void *ctx, void *p, size_t len)
{
	struct cvmm_fault *f = ctx;
	const struct cvmm_fault_rule *r = hit(f, CVMM_FAULT_MUNMAP, 0);

	return r && r->err ? r->err : f->inner.ops->munmap(f->inner.ctx, p, len);
}

static const struct cvmm_backend_ops fault_ops = {
	.size = sizeof(struct cvmm_backend_ops),
	.open = fault_open,
	.close = fault_close,
	.ioctl = fault_ioctl,
	.mmap = fault_mmap,
	.munmap = fault_munmap,
};

int cvmm_fault_init(struct cvmm_fault *f, const struct cvmm_backend *inner, const struct cvmm_fault_rule *rules,
	uint32_t nrules, struct cvmm_backend *out, struct cvmm_error *e)
{
	uint32_t i;

	if (!inner || !inner->ops || inner->ops->size < sizeof(struct cvmm_backend_ops) ||
		nrules > CVMM_FAULT_RULES_MAX || (nrules && !rules))
		return cvmm_fail(e, -EINVAL, CVMM_REASON_ARGUMENT);
	for (i = 0; i < nrules; i++)
		if (rules[i].shorten ? rules[i].err != 0 : rules[i].err >= 0)
			return cvmm_fail_id(e, -EINVAL, CVMM_REASON_ARGUMENT, 0, i);
	memset(f, 0, sizeof(*f));
	f->inner = *inner;
	f->rules = rules;
	f->nrules = nrules;
	out->ops = &fault_ops;
	out->ctx = f;
	out->gate = NULL;
	return 0;
}
