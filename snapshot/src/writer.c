/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Writing: the checksums stand in front of what they sum. Into a buffer, a view is walked once, and the front is filled in
 * at the end; for a sink it is walked twice, once to count and sum and once to hand the bytes out, and no storage is
 * needed but the header and the table.
 */
#include "writer.h"

#include <errno.h>
#include <string.h>

/** struct plan - the envelope of a snapshot that is being written */
struct plan {
	uint32_t nsections;
	size_t total;
	uint8_t front[HEADER_BYTES + CVMM_SNAPSHOT_SECTIONS_MAX * ENTRY_BYTES];
};

static int flush(struct cvmm_out *o)
{
	uint32_t n = o->held;

	o->held = 0;
	return n ? o->sink(o->arg, o->piece, n) : 0;
}

void cvmm_out_made(struct cvmm_out *o, size_t n)
{
	o->bytes += n;
	o->crc = cvmm_crc32c(o->crc, o->to, n);
	o->to += n;
	o->room -= n;
}

static void store(struct cvmm_out *o, const void *p, size_t n)
{
	o->crc = cvmm_crc32c_copy(o->crc, o->to, p, n);
	o->to += n;
	o->room -= n;
}

int cvmm_out_put(struct cvmm_out *o, const void *p, size_t n)
{
	int err;

	o->bytes += n;
	if (o->to && n <= o->room) {
		store(o, p, n);
		return 0;
	}
	/* Too small: how much there would be is still to be counted. */
	o->to = NULL;
	if (o->sum)
		o->crc = cvmm_crc32c(o->crc, p, n);
	if (!o->sink || !n)
		return 0;
	if (n > PIECE_BYTES - o->held || n > PIECE_BYTES / 4) {
		err = flush(o);
		if (err)
			return err;
	}
	/* Copying what is large anyway would only cost time. */
	if (n > PIECE_BYTES / 4)
		return o->sink(o->arg, p, n);
	memcpy(o->piece + o->held, p, n);
	o->held += (uint32_t)n;
	return 0;
}

/* The @i-th section of the snapshot, its contents and its padding. */
static int put_section(
	const struct cvmm_view *v, uint32_t type, const struct cvmm_extra *extra, struct cvmm_out *o, size_t *bytes)
{
	static const uint8_t zero[SECTION_ALIGN];
	int err;

	o->bytes = 0;
	o->crc = 0;
	err = extra ? cvmm_out_put(o, extra->data, extra->bytes) : cvmm_write_section(v, type, o);
	*bytes = o->bytes;
	return err ? err : cvmm_out_put(o, zero, round_up(o->bytes, SECTION_ALIGN) - o->bytes);
}

/* Count and sum one section, and write its line of the table. */
static int plan_section(struct plan *p, const struct cvmm_view *v, uint32_t type, const struct cvmm_extra *extra,
	struct cvmm_out *o, struct cvmm_error *e)
{
	uint8_t *t = p->front + HEADER_BYTES + (size_t)p->nsections * ENTRY_BYTES;
	int critical = extra ? extra->critical : type != SECTION_CLOCK || v->clock.policy == CVMM_CLOCK_CONTINUE;
	size_t bytes;

	if (p->nsections == CVMM_SNAPSHOT_SECTIONS_MAX)
		return cvmm_fail_at(e, -E2BIG, CVMM_REASON_LIMIT, type, 0);
	(void)put_section(v, type, extra, o, &bytes);
	put32(t + ENTRY_TYPE, type);
	put16(t + ENTRY_VERSION, extra ? extra->version : SECTION_VERSION);
	put16(t + ENTRY_FLAGS, critical ? FLAG_CRITICAL : 0);
	put64(t + ENTRY_OFFSET, p->total);
	put64(t + ENTRY_LENGTH, bytes);
	put32(t + ENTRY_CRC, o->crc);
	put32(t + ENTRY_ZERO, 0);
	p->total += round_up(bytes, SECTION_ALIGN);
	if (p->total > CVMM_SNAPSHOT_BYTES_MAX)
		return cvmm_fail_at(e, -E2BIG, CVMM_REASON_LIMIT, type, 0);
	p->nsections++;
	return 0;
}

static void plan_front(struct plan *p, const struct cvmm_view *v, uint32_t format)
{
	size_t table = (size_t)p->nsections * ENTRY_BYTES;
	uint8_t *h = p->front;

	memset(h, 0, HEADER_BYTES);
	memcpy(h, "cvmmsnap", 8);
	put16(h + HEADER_MAJOR, format >> 16);
	put16(h + HEADER_MINOR, format & 0xffff);
	put32(h + HEADER_ARCH, v->arch);
	put32(h + HEADER_SIZE, HEADER_BYTES);
	put32(h + HEADER_VCPUS, v->nvcpus);
	put64(h + HEADER_TOTAL, p->total);
	put32(h + HEADER_TABLE, HEADER_BYTES);
	put32(h + HEADER_SECTIONS, p->nsections);
	put32(h + HEADER_TABCRC, cvmm_crc32c(0, h + HEADER_BYTES, table));
	if (v->kernel)
		memcpy(h + HEADER_KERNEL, v->kernel, strlen(v->kernel));
	if (v->writer)
		memcpy(h + HEADER_WRITER, v->writer, strlen(v->writer));
	put32(h + HEADER_CRC, cvmm_crc32c(0, h, HEADER_CRC));
}

static int refuse_losses(const struct cvmm_view *v, uint32_t format, struct cvmm_error *e)
{
	struct cvmm_loss loss[SECTION_OURS];
	uint32_t n, i;
	int err = cvmm_snapshot_losses(v, format, loss, SECTION_OURS, &n, e);

	for (i = 0; !err && i < n; i++)
		if (loss[i].critical)
			err = cvmm_fail_at(e, -EPROTONOSUPPORT, CVMM_REASON_FORMAT_LOSS, loss[i].section, 0);
	return err;
}

static int ours_is_written(const struct cvmm_view *v, uint32_t format, uint32_t type)
{
	return cvmm_section_kind(type, format & 0xffff) && cvmm_section_present(v, type);
}

/* What can be said before the walk: may this view be written, and where does the first section begin? */
static int begin_plan(struct plan *p, const struct cvmm_view *v, uint32_t format, struct cvmm_error *e)
{
	uint32_t i, n = v->nextra;
	int err = cvmm_view_check(v, e);

	if (!err)
		err = refuse_losses(v, format, e);
	if (err)
		return err;
	for (i = 1; i < SECTION_OURS; i++)
		n += ours_is_written(v, format, i) ? 1 : 0;
	p->nsections = 0;
	p->total = HEADER_BYTES + (size_t)n * ENTRY_BYTES;
	return 0;
}

/* First walk, and for a buffer the only one. */
static int make_plan(
	struct plan *p, const struct cvmm_view *v, uint32_t format, struct cvmm_out *o, struct cvmm_error *e)
{
	uint32_t i;
	int err = 0;

	for (i = 1; i < SECTION_OURS && !err; i++)
		if (ours_is_written(v, format, i))
			err = plan_section(p, v, i, NULL, o, e);
	for (i = 0; i < v->nextra && !err; i++)
		err = plan_section(p, v, v->extra[i].type, &v->extra[i], o, e);
	if (!err)
		plan_front(p, v, format);
	return err;
}

/* Second walk: only the sink can fail. */
static int put_all(
	const struct plan *p, const struct cvmm_view *v, uint32_t format, cvmm_snapshot_sink *sink, void *arg)
{
	uint8_t piece[PIECE_BYTES];
	struct cvmm_out o = { .sink = sink, .arg = arg, .piece = piece };
	size_t bytes;
	uint32_t i;
	int err = cvmm_out_put(&o, p->front, HEADER_BYTES + (size_t)p->nsections * ENTRY_BYTES);

	for (i = 1; i < SECTION_OURS && !err; i++)
		if (ours_is_written(v, format, i))
			err = put_section(v, i, NULL, &o, &bytes);
	for (i = 0; i < v->nextra && !err; i++)
		err = put_section(v, v->extra[i].type, &v->extra[i], &o, &bytes);
	return err ? err : flush(&o);
}

int cvmm_snapshot_size(const struct cvmm_view *v, uint32_t format, size_t *bytes, struct cvmm_error *e)
{
	struct cvmm_out o = { 0 };
	struct plan p;
	int err = begin_plan(&p, v, format, e);

	if (!err)
		err = make_plan(&p, v, format, &o, e);
	if (!err)
		*bytes = p.total;
	return err;
}

int cvmm_snapshot_stream(const struct cvmm_view *v, uint32_t format, cvmm_snapshot_sink *sink, void *arg, size_t *len,
	struct cvmm_error *e)
{
	struct cvmm_out o = { .sum = 1 };
	struct plan p;
	int err = begin_plan(&p, v, format, e);

	if (!err)
		err = make_plan(&p, v, format, &o, e);
	if (err)
		return err;
	err = put_all(&p, v, format, sink, arg);
	if (err)
		return cvmm_fail(e, err, CVMM_REASON_ARGUMENT);
	*len = p.total;
	return 0;
}

int cvmm_snapshot_write(
	const struct cvmm_view *v, uint32_t format, void *buf, size_t cap, size_t *len, struct cvmm_error *e)
{
	struct cvmm_out o = { 0 };
	struct plan p;
	int err = begin_plan(&p, v, format, e);

	if (!err && p.total <= cap) {
		o.to = (uint8_t *)buf + p.total;
		o.room = cap - p.total;
	}
	if (!err)
		err = make_plan(&p, v, format, &o, e);
	if (err)
		return err;
	*len = p.total;
	if (p.total > cap)
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL, 0, p.total);
	memcpy(buf, p.front, HEADER_BYTES + (size_t)p.nsections * ENTRY_BYTES);
	return 0;
}
