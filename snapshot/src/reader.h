/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What reading knows between its parts: the envelope (reader.c), its sizes (reader_measure.c), the contents (reader_view.c). */
#ifndef CVMM_SNAPSHOT_READER_H
#define CVMM_SNAPSHOT_READER_H

#include "wire.h"

/** struct cvmm_section - one section, within bounds and with a good checksum */
struct cvmm_section {
	size_t offset;
	size_t bytes;
	uint32_t type;
	uint16_t version;
	uint8_t critical;
};

/** struct cvmm_shape_dims - the numbers of one shape that storage is sized from */
struct cvmm_shape_dims {
	size_t items; /* offset of the first item in the snapshot */
	uint64_t features;
	uint32_t n;
	uint32_t stride;
	uint32_t ncols;
};

/**
 * struct cvmm_reader - a snapshot that is being read
 * @ours:    sections of ours by type; bytes 0: not there
 * @dims:    the shapes
 * @vm_n:    registers of the VM
 * @vm_size: bytes of their values
 * @state:   bytes of all columns
 */
struct cvmm_reader {
	const uint8_t *buf;
	const uint8_t *table;
	size_t len;
	uint32_t format;
	uint32_t arch;
	uint32_t nvcpus;
	uint32_t nsections;
	uint32_t nextra;
	uint32_t skipped;
	struct cvmm_section ours[SECTION_OURS];
	struct cvmm_shape_dims dims[CVMM_SNAPSHOT_SHAPES_MAX];
	uint32_t nshapes;
	uint32_t vm_n;
	uint32_t vm_stride;
	uint32_t nitems;
	uint64_t state;
};

/* Everything up to the contents of sections. Return: 0 or the error. */
int cvmm_reader_open(struct cvmm_reader *r, const void *buf, size_t len, struct cvmm_error *e);

/* Everything up to the sizes of all lists: storage for the view can be cut. Return: 0 or the error. */
int cvmm_reader_measure(struct cvmm_reader *r, const void *buf, size_t len, struct cvmm_error *e);

/* The @i-th section of the table; after cvmm_reader_open() had its bounds checked. */
struct cvmm_section cvmm_reader_section(const struct cvmm_reader *r, uint32_t i);

/* The contents of a section of ours. */
static inline struct cvmm_span cvmm_reader_span(const struct cvmm_reader *r, uint32_t type)
{
	const struct cvmm_section *s = &r->ours[type];
	struct cvmm_span span = { r->buf, s->offset, s->offset + s->bytes };

	return span;
}

#endif
