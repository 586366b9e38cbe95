/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Writing: the checksums stand in front of what they sum, so a view is walked twice: once to count and sum, once to hand
 * the bytes out. No storage is needed but the header and the table.
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

int cvmm_out_put(struct cvmm_out *o, const void *p, size_t n)
{
	int err;

	o->bytes += n;
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
	put64(t + ENTRY_OFFSET, p->total); /* the table's own length is added when it is known */
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
	uint32_t i;

	for (i = 0; i < p->nsections; i++) {
		uint8_t *offset = h + HEADER_BYTES + (size_t)i * ENTRY_BYTES + ENTRY_OFFSET;

		put64(offset, get64(offset) + HEADER_BYTES + table);
	}
	p->total += HEADER_BYTES + table;
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

static int make_plan(struct plan *p, const struct cvmm_view *v, uint32_t format, int sum, struct cvmm_error *e)
{
	struct cvmm_out o = { .sum = sum };
	uint32_t i;
	int err = cvmm_view_check(v, e);

	p->nsections = 0;
	p->total = 0;
	if (!err)
		err = refuse_losses(v, format, e);
	for (i = 1; i < SECTION_OURS && !err; i++)
		if (cvmm_section_kind(i, format & 0xffff) && cvmm_section_present(v, i))
			err = plan_section(p, v, i, NULL, &o, e);
	for (i = 0; i < v->nextra && !err; i++)
		err = plan_section(p, v, v->extra[i].type, &v->extra[i], &o, e);
	if (err)
		return err;
	plan_front(p, v, format);
	if (p->total > CVMM_SNAPSHOT_BYTES_MAX)
		return cvmm_fail_at(e, -E2BIG, CVMM_REASON_LIMIT, 0, HEADER_TOTAL);
	return 0;
}

/* Second walk: only the sink can fail. */
static int put_all(
	const struct plan *p, const struct cvmm_view *v, uint32_t format, cvmm_snapshot_sink *sink, void *arg)
{
	struct cvmm_out o = { .sink = sink, .arg = arg };
	size_t bytes;
	uint32_t i;
	int err = cvmm_out_put(&o, p->front, HEADER_BYTES + (size_t)p->nsections * ENTRY_BYTES);

	for (i = 1; i < SECTION_OURS && !err; i++)
		if (cvmm_section_kind(i, format & 0xffff) && cvmm_section_present(v, i))
			err = put_section(v, i, NULL, &o, &bytes);
	for (i = 0; i < v->nextra && !err; i++)
		err = put_section(v, v->extra[i].type, &v->extra[i], &o, &bytes);
	return err ? err : flush(&o);
}

int cvmm_snapshot_size(const struct cvmm_view *v, uint32_t format, size_t *bytes, struct cvmm_error *e)
{
	struct plan p;
	int err = make_plan(&p, v, format, 0, e);

	if (!err)
		*bytes = p.total;
	return err;
}

int cvmm_snapshot_stream(const struct cvmm_view *v, uint32_t format, cvmm_snapshot_sink *sink, void *arg, size_t *len,
	struct cvmm_error *e)
{
	struct plan p;
	int err = make_plan(&p, v, format, 1, e);

	if (err)
		return err;
	err = put_all(&p, v, format, sink, arg);
	if (err)
		return cvmm_fail(e, err, CVMM_REASON_ARGUMENT);
	*len = p.total;
	return 0;
}

/** struct buffer - a sink that is storage; it was found to be large enough */
struct buffer {
	uint8_t *at;
};

static int to_buffer(void *arg, const void *p, size_t n)
{
	struct buffer *b = arg;

	memcpy(b->at, p, n);
	b->at += n;
	return 0;
}

int cvmm_snapshot_write(
	const struct cvmm_view *v, uint32_t format, void *buf, size_t cap, size_t *len, struct cvmm_error *e)
{
	struct buffer b = { buf };
	struct plan p;
	int err = make_plan(&p, v, format, 1, e);

	if (err)
		return err;
	*len = p.total;
	if (p.total > cap)
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL, 0, p.total);
	return put_all(&p, v, format, to_buffer, &b);
}
