/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "record.h"

#include <cvmm/kvm-ioctls/abi.h>

#include <errno.h>
#include <string.h>

static int mismatch(struct cvmm_replay *r)
{
	r->bad = 1;
	return -EIO;
}

/* The next entry, if it is this call. */
static const uint8_t *next(
	struct cvmm_replay *r, enum log_op op, int fd, uint64_t req, uint64_t arg, struct log_entry *e)
{
	const uint8_t *at = r->log + r->at;

	if (r->bad || r->at == r->len)
		return NULL;
	memcpy(e, at, sizeof(*e));
	if (e->op != op || e->fd != fd || e->req != req || e->arg != arg)
		return NULL;
	return at + sizeof(*e);
}

static void step(struct cvmm_replay *r, const struct log_entry *e)
{
	r->at += e->bytes;
	r->calls++;
}

static int replay_open(void *ctx)
{
	struct cvmm_replay *r = ctx;
	struct log_entry e;

	if (!next(r, LOG_OPEN, -1, 0, 0, &e))
		return mismatch(r);
	step(r, &e);
	if (e.ret >= 0)
		cvmm_fd_note(r->fds, e.ret, FD_SYSTEM);
	return e.ret;
}

static int replay_close(void *ctx, int fd)
{
	struct cvmm_replay *r = ctx;
	struct cvmm_record_fd *f = cvmm_fd_find(r->fds, fd);
	struct log_entry e;

	if (!next(r, LOG_CLOSE, fd, 0, 0, &e))
		return mismatch(r);
	step(r, &e);
	if (f)
		f->kind = FD_OTHER;
	return e.ret;
}

/* Does what the caller gives agree with what was given then? Addresses apart. */
static int same_in(const uint8_t *at, const struct log_entry *e, const struct shape *s)
{
	uint32_t n = (s->in & 1 ? s->head.n : 0), off = s->addr_off == UINT32_MAX ? 0 : s->addr_off;
	const uint8_t *head = s->head.p;

	if (e->in != n + (s->in & 2 ? s->data.n : 0))
		return 0;
	if (n && s->addr_off && off + 8 <= n) {
		if (memcmp(at, head, off) || memcmp(at + off + 8, head + off + 8, n - off - 8))
			return 0;
	} else if (n && memcmp(at, head, n)) {
		return 0;
	}
	return !(s->in & 2) || !s->data.n || !memcmp(at + n, s->data.p, s->data.n);
}

static void give_back(const uint8_t *at, const struct log_entry *e, const struct shape *s)
{
	uint32_t bits = e->ret < 0 && s->data_on_ok ? s->out & 1 : s->out;

	if (bits & 1) {
		memcpy(s->head.p, at, s->head.n);
		at += s->head.n;
	}
	if (bits & 2 && s->data.n)
		memcpy(s->data.p, at, s->data.n);
}

static int replay_ioctl(void *ctx, int fd, unsigned long req, uintptr_t arg)
{
	struct cvmm_replay *r = ctx;
	struct cvmm_record_fd *f = cvmm_fd_find(r->fds, fd);
	const uint8_t *at;
	struct log_entry e;
	struct shape s;
	uint32_t out;

	cvmm_shape_of(&s, f ? (enum fd_kind)f->kind : FD_OTHER, req, arg);
	at = next(r, LOG_IOCTL, fd, req, s.head.n ? 0 : arg, &e);
	if (!at || !same_in(at, &e, &s))
		return mismatch(r);
	out = (s.out & 1 ? s.head.n : 0) + (s.out & 2 ? s.data.n : 0);
	if (req == CVMM_KVM_RUN && e.out == LOG_RUN && f && f->run)
		memcpy(f->run, at + e.in, LOG_RUN);
	else if (e.out == out)
		give_back(at + e.in, &e, &s);
	else
		return mismatch(r);
	step(r, &e);
	cvmm_fd_after(r->fds, f ? (enum fd_kind)f->kind : FD_OTHER, req, arg, e.ret);
	return e.ret;
}

static void *replay_mmap(void *ctx, int fd, size_t len, int *err)
{
	struct cvmm_replay *r = ctx;
	struct cvmm_record_fd *f = cvmm_fd_find(r->fds, fd);
	size_t room = r->run_cap - r->run_used, n = (len + 7) & ~(size_t)7;
	struct log_entry e;
	int ret = 0;
	void *p = NULL;

	if (!next(r, LOG_MMAP, fd, 0, len, &e))
		ret = mismatch(r);
	else if (e.ret < 0)
		ret = e.ret;
	else if (n < len || n > room)
		ret = -ENOMEM;
	if (ret == 0) {
		p = r->run + r->run_used;
		memset(p, 0, len);
		r->run_used += n;
		if (f && len >= LOG_RUN)
			f->run = p;
	}
	if (!r->bad)
		step(r, &e);
	if (!p && err)
		*err = ret;
	return p;
}

static int replay_munmap(void *ctx, void *p, size_t len)
{
	struct cvmm_replay *r = ctx;
	struct log_entry e;
	uint32_t i;

	if (!next(r, LOG_MUNMAP, -1, 0, len, &e))
		return mismatch(r);
	step(r, &e);
	for (i = 0; i < CVMM_RECORD_FDS; i++)
		if (r->fds[i].run == p)
			r->fds[i].run = NULL;
	return e.ret;
}

static const struct cvmm_backend_ops replay_ops = {
	.size = sizeof(struct cvmm_backend_ops),
	.open = replay_open,
	.close = replay_close,
	.ioctl = replay_ioctl,
	.mmap = replay_mmap,
	.munmap = replay_munmap,
};

/* Every entry lies inside of the log and is as long as its parts; nothing is believed later that was not checked here. */
static int check(const uint8_t *log, size_t len, size_t *at)
{
	uint64_t head[2];

	*at = 0;
	if (len < LOG_HEADER)
		return 0;
	memcpy(head, log, sizeof(head));
	if (head[0] != LOG_MAGIC || head[1])
		return 0;
	for (*at = LOG_HEADER; *at < len;) {
		struct log_entry e;

		if (len - *at < sizeof(e))
			return 0;
		memcpy(&e, log + *at, sizeof(e));
		if (e.op < LOG_OPEN || e.op > LOG_MUNMAP || e.bytes > len - *at || e.bytes > LOG_PART_MAX ||
			e.bytes != ((sizeof(e) + (uint64_t)e.in + e.out + 7) & ~UINT64_C(7)))
			return 0;
		*at += e.bytes;
	}
	return 1;
}

int cvmm_replay_init(struct cvmm_replay *r, const void *log, size_t len, void *run, size_t run_cap,
	struct cvmm_backend *out, struct cvmm_error *e)
{
	size_t at;

	if (!log || !check(log, len, &at)) {
		(void)cvmm_fail(e, -EINVAL, CVMM_REASON_LOG_FORMAT);
		if (e)
			e->offset = log ? at : 0;
		return -EINVAL;
	}
	memset(r, 0, sizeof(*r));
	r->log = log;
	r->len = len;
	r->at = LOG_HEADER;
	r->run = run;
	r->run_cap = run ? run_cap : 0;
	out->ops = &replay_ops;
	out->ctx = r;
	out->gate = NULL;
	return 0;
}

int cvmm_replay_done(const struct cvmm_replay *r, struct cvmm_error *e)
{
	if (!r->bad && r->at == r->len)
		return 0;
	(void)cvmm_fail(e, -EIO, CVMM_REASON_LOG_MISMATCH);
	if (e) {
		e->offset = r->at;
		e->other = r->calls;
	}
	return -EIO;
}
