/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The bytes of FORMAT.md: offsets, section types, and the one way to look at them. */
#ifndef CVMM_SNAPSHOT_WIRE_H
#define CVMM_SNAPSHOT_WIRE_H

#include <cvmm/snapshot/format.h>

/* Header. */
#define HEADER_BYTES	192u
#define HEADER_MAJOR	8u
#define HEADER_MINOR	10u
#define HEADER_ARCH	12u
#define HEADER_SIZE	16u
#define HEADER_VCPUS	20u
#define HEADER_TOTAL	24u
#define HEADER_TABLE	32u
#define HEADER_SECTIONS 36u
#define HEADER_TABCRC	40u
#define HEADER_ZERO1	44u
#define HEADER_KERNEL	48u
#define HEADER_WRITER	112u
#define HEADER_ZERO2	176u
#define HEADER_CRC	188u
#define HEADER_NAME	(CVMM_SNAPSHOT_NAME_MAX + 1)

/* Section table. */
#define ENTRY_BYTES   32u
#define ENTRY_TYPE    0u
#define ENTRY_VERSION 4u
#define ENTRY_FLAGS   6u
#define ENTRY_OFFSET  8u
#define ENTRY_LENGTH  16u
#define ENTRY_CRC     24u
#define ENTRY_ZERO    28u

#define SECTION_ALIGN 16u
#define FLAG_CRITICAL 1u

/* Sections of ours. In e->section, 0 is the header and the table. */
enum section {
	SECTION_CAPS = 1,
	SECTION_SEEN = 2,
	SECTION_VM = 3,
	SECTION_VCPUS = 4,
	SECTION_SHAPES = 5,
	SECTION_COLUMNS = 6,
	SECTION_SPARSE = 7,
	SECTION_SLOTS = 8,
	SECTION_CLOCK = 9,
	SECTION_OURS = 10, /* number of array elements that are indexed by type */
};

/* Entries within sections. */
#define PAIR_BYTES  16u
#define ITEM_BYTES  16u
#define LIST_BYTES  8u /* in front of the items of section 3 */
#define VCPU_BYTES  8u
#define SHAPE_BYTES 16u
#define SLOT_BYTES  24u
#define CLOCK_BYTES 16u
#define PAGE_BYTES  4096u

/**
 * struct cvmm_section_kind - what FORMAT.md's table says about a section of ours
 * @type:     section type
 * @from:     first minor version that has it
 * @to:       last minor version that has it
 * @required: 1: always there
 * @critical: 1: always critical; 0: its contents decide
 * @unit:     its length is a multiple of this
 */
struct cvmm_section_kind {
	uint32_t type;
	uint8_t from;
	uint8_t to;
	uint8_t required;
	uint8_t critical;
	uint32_t unit;
};

#define SECTION_VERSION 1u

/* NULL if version @minor of the format has no such section; of ours only. */
const struct cvmm_section_kind *cvmm_section_kind(uint32_t type, uint32_t minor);

/* 0, or -EPROTONOSUPPORT. */
int cvmm_format_known(uint32_t format, struct cvmm_error *e);

static inline uint32_t get16(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static inline uint32_t get32(const uint8_t *p)
{
	return get16(p) | get16(p + 2) << 16;
}

static inline uint64_t get64(const uint8_t *p)
{
	return get32(p) | (uint64_t)get32(p + 4) << 32;
}

static inline size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

static inline int all_zero(const uint8_t *p, size_t n)
{
	while (n--)
		if (*p++)
			return 0;
	return 1;
}

/**
 * struct cvmm_span - bytes that are left to read; the only way in which the reader reaches its input
 * @buf: the whole snapshot, so that errors tell offsets in it
 * @pos: next byte
 * @end: behind the last byte that may be read
 */
struct cvmm_span {
	const uint8_t *buf;
	size_t pos;
	size_t end;
};

/* The next @n bytes, or NULL if there are not as many. */
static inline const uint8_t *cvmm_span_take(struct cvmm_span *s, size_t n)
{
	const uint8_t *p = s->buf + s->pos;

	if (n > s->end - s->pos)
		return NULL;
	s->pos += n;
	return p;
}

static inline size_t cvmm_span_left(const struct cvmm_span *s)
{
	return s->end - s->pos;
}

/* An error about a place in a section. */
static inline int cvmm_fail_at(struct cvmm_error *e, int err, enum cvmm_reason reason, uint32_t section, size_t offset)
{
	(void)cvmm_fail(e, err, reason);
	if (e) {
		e->section = section;
		e->offset = offset;
	}
	return err;
}

#endif
