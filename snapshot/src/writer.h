/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What writing knows between the envelope (writer.c) and the contents (writer_sections.c). */
#ifndef CVMM_SNAPSHOT_WRITER_H
#define CVMM_SNAPSHOT_WRITER_H

#include "wire.h"

#define PIECE_BYTES 4096u

/**
 * struct cvmm_out - where bytes go: they are counted, summed, or handed to the sink
 * @bytes: how many there were since the last cvmm_out_section()
 * @crc:   their checksum, if @sum
 * @sum:   1: make the checksum
 * @sink:  receives them; NULL: nobody
 * @arg:   for @sink
 * @piece: small pieces on their way to @sink
 * @held:  bytes in @piece
 */
struct cvmm_out {
	size_t bytes;
	uint32_t crc;
	int sum;
	cvmm_snapshot_sink *sink;
	void *arg;
	uint32_t held;
	uint8_t piece[PIECE_BYTES];
};

/* Return: 0 or the sink's error. */
int cvmm_out_put(struct cvmm_out *o, const void *p, size_t n);

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
