/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What writing knows between the envelope (writer.c) and the contents (writer_sections.c). */
#ifndef CVMM_SNAPSHOT_WRITER_H
#define CVMM_SNAPSHOT_WRITER_H

#include "wire.h"

#define PIECE_BYTES 4096u

/**
 * struct cvmm_out - where bytes go: they are counted, and summed, stored, or handed to a sink
 * @bytes: how many there were since the section began
 * @crc:   their checksum, if they are stored or @sum
 * @sum:   1: make the checksum, although they are not stored
 * @to:    storage for them; NULL: none, or there was not enough
 * @room:  bytes that are left there
 * @sink:  receives them; NULL: nobody
 * @arg:   for @sink
 * @piece: PIECE_BYTES for small pieces on their way to @sink
 * @held:  bytes in @piece
 */
struct cvmm_out {
	size_t bytes;
	uint32_t crc;
	int sum;
	uint8_t *to;
	size_t room;
	cvmm_snapshot_sink *sink;
	void *arg;
	uint8_t *piece;
	uint32_t held;
};

/* Return: 0 or the sink's error. */
int cvmm_out_put(struct cvmm_out *o, const void *p, size_t n);

/* @n bytes have been made at o->to. */
void cvmm_out_made(struct cvmm_out *o, size_t n);

/* cvmm_crc32c() of @len bytes on their way from @p to @to. */
uint32_t cvmm_crc32c_copy(uint32_t crc, void *to, const void *p, size_t len);

/* One section's contents, without padding. Return: 0 or the sink's error. */
int cvmm_write_section(const struct cvmm_view *v, uint32_t type, struct cvmm_out *o);

/* Is there something to say in a section of ours? */
int cvmm_section_present(const struct cvmm_view *v, uint32_t type);

static inline void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline void put32(uint8_t *p, uint32_t v)
{
	put16(p, v);
	put16(p + 2, v >> 16);
}

static inline void put64(uint8_t *p, uint64_t v)
{
	put32(p, (uint32_t)v);
	put32(p + 4, (uint32_t)(v >> 32));
}

#endif
