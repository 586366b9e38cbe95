/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "record.h"

#include <cvmm/kvm-ioctls/abi.h>

#include <errno.h>
#include <string.h>

static void lock(struct cvmm_record *r)
{
	while (__atomic_exchange_n(&r->lock, 1, __ATOMIC_ACQUIRE))
		;
}

static void unlock(struct cvmm_record *r)
{
	__atomic_store_n(&r->lock, 0, __ATOMIC_RELEASE);
}

/* Room for an entry with its parts, or NULL once the log is full. */
static uint8_t *reserve(struct cvmm_record *r, struct log_entry *e)
{
	uint64_t need = (sizeof(*e) + (uint64_t)e->in + e->out + 7) & ~UINT64_C(7);
	uint8_t *at = r->log + r->len;

	if (r->lost || need > r->cap - r->len || need > LOG_PART_MAX) {
		r->lost++;
		return NULL;
	}
	e->bytes = (uint32_t)need;
	memset(at, 0, need);
	memcpy(at, e, sizeof(*e));
	r->len += need;
	r->calls++;
	return at + sizeof(*e);
}

/* A call without data. */
static void note(struct cvmm_record *r, enum log_op op, int fd, int ret, uint64_t arg)
{
	struct log_entry e = { .op = op, .fd = fd, .ret = ret, .arg = arg };

	(void)reserve(r, &e);
}

static int record_open(void *ctx)
{
	struct cvmm_record *r = ctx;
	int ret = r->inner.ops->open(r->inner.ctx);

	lock(r);
	note(r, LOG_OPEN, -1, ret, 0);
	if (ret >= 0)
		cvmm_fd_note(r->fds, ret, FD_SYSTEM);
	unlock(r);
	return ret;
}

static int record_close(void *ctx, int fd)
{
	struct cvmm_record *r = ctx;
	int ret = r->inner.ops->close(r->inner.ctx, fd);
	struct cvmm_record_fd *f;

	lock(r);
	note(r, LOG_CLOSE, fd, ret, 0);
	f = cvmm_fd_find(r->fds, fd);
	if (f)
		f->kind = FD_OTHER;
	unlock(r);
	return ret;
}

static uint32_t part(const struct shape *s, uint32_t bits)
{
	return (bits & 1 ? s->head.n : 0) + (bits & 2 ? s->data.n : 0);
}

/* What goes in is copied before the call, which may write over it; an address is no part of it. */
static uint8_t *copy_in(uint8_t *to, const struct shape *s)
{
	uint32_t off = s->addr_off == UINT32_MAX ? 0 : s->addr_off;

	if (s->in & 1) {
		memcpy(to, s->head.p, s->head.n);
		if (s->addr_off && off + 8 <= s->head.n)
			memset(to + off, 0, 8);
		to += s->head.n;
	}
	if (s->in & 2 && s->data.n) {
		memcpy(to, s->data.p, s->data.n);
		to += s->data.n;
	}
	return to;
}

static void copy_out(uint8_t *to, const struct shape *s, uint32_t bits)
{
	if (bits & 1) {
		memcpy(to, s->head.p, s->head.n);
		to += s->head.n;
	}
	if (bits & 2 && s->data.n)
		memcpy(to, s->data.p, s->data.n);
}

static int record_ioctl(void *ctx, int fd, unsigned long req, uintptr_t arg)
{
	struct cvmm_record *r = ctx;
	struct log_entry e = { .op = LOG_IOCTL, .fd = fd, .req = req };
	struct cvmm_record_fd *f;
	struct shape s;
	uint32_t bits;
	uint8_t *at;
	int ret;

	/* One call at a time: its entry is begun before it and ended after it. */
	lock(r);
	f = cvmm_fd_find(r->fds, fd);
	cvmm_shape_of(&s, f ? (enum fd_kind)f->kind : FD_OTHER, req, arg);
	e.arg = s.head.n ? 0 : arg;
	e.in = part(&s, s.in);
	e.out = part(&s, s.out);
	if (req == CVMM_KVM_RUN && f && f->run)
		e.out = LOG_RUN;
	at = reserve(r, &e);
	if (at)
		at = copy_in(at, &s);
	if (req == CVMM_KVM_RUN)
		unlock(r); /* it may take for ever */
	ret = r->inner.ops->ioctl(r->inner.ctx, fd, req, arg);
	if (req == CVMM_KVM_RUN)
		lock(r);
	bits = ret < 0 && s.data_on_ok ? s.out & 1 : s.out;
	if (at) {
		memcpy(at - e.in - sizeof(e) + offsetof(struct log_entry, ret), &ret, sizeof(ret));
		if (req == CVMM_KVM_RUN && f && f->run)
			memcpy(at, f->run, LOG_RUN);
		else
			copy_out(at, &s, bits);
	}
	cvmm_fd_after(r->fds, f ? (enum fd_kind)f->kind : FD_OTHER, req, arg, ret);
	unlock(r);
	return ret;
}

static void *record_mmap(void *ctx, int fd, size_t len, int *err)
{
	struct cvmm_record *r = ctx;
	struct cvmm_record_fd *f;
	int ret = 0;
	void *p = r->inner.ops->mmap(r->inner.ctx, fd, len, &ret);

	lock(r);
	note(r, LOG_MMAP, fd, p ? 0 : ret, len);
	f = cvmm_fd_find(r->fds, fd);
	if (p && f && len >= LOG_RUN) {
		f->run = p;
		f->run_bytes = len;
	}
	unlock(r);
	if (!p && err)
		*err = ret;
	return p;
}

static int record_munmap(void *ctx, void *p, size_t len)
{
	struct cvmm_record *r = ctx;
	uint32_t i;
	int ret;

	lock(r);
	for (i = 0; i < CVMM_RECORD_FDS; i++)
		if (r->fds[i].run == p)
			r->fds[i].run = NULL;
	ret = r->inner.ops->munmap(r->inner.ctx, p, len);
	note(r, LOG_MUNMAP, -1, ret, len);
	unlock(r);
	return ret;
}

static const struct cvmm_backend_ops record_ops = {
	.size = sizeof(struct cvmm_backend_ops),
	.open = record_open,
	.close = record_close,
	.ioctl = record_ioctl,
	.mmap = record_mmap,
	.munmap = record_munmap,
};

int cvmm_record_init(struct cvmm_record *r, const struct cvmm_backend *inner, void *log, size_t cap,
	struct cvmm_backend *out, struct cvmm_error *e)
{
	const uint64_t head[2] = { LOG_MAGIC, 0 };

	if (!inner || !inner->ops || inner->ops->size < sizeof(struct cvmm_backend_ops) || !log || cap < LOG_HEADER)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_ARGUMENT);
	memset(r, 0, sizeof(*r));
	r->inner = *inner;
	r->log = log;
	r->cap = cap;
	r->len = LOG_HEADER;
	memcpy(log, head, sizeof(head));
	out->ops = &record_ops;
	out->ctx = r;
	out->gate = NULL;
	return 0;
}
