/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: taking snapshots apart and putting them together wrong
 *
 * For tests and fuzz harnesses: sample views, a snapshot as a list of sections that can be reordered, and the repair of
 * checksums. Written against FORMAT.md, not against the library's private headers.
 */
#ifndef CVMM_TESTS_SNAP_H
#define CVMM_TESTS_SNAP_H

#include <cvmm/snapshot/format.h>

#define SNAP_HEADER 192u
#define SNAP_ENTRY  32u

/** struct snap_part - one section */
struct snap_part {
	uint32_t type;
	uint16_t version;
	uint16_t flags;
	const uint8_t *data;
	size_t bytes;
};

/** struct snap_sample - storage of a sample view */
struct snap_sample {
	struct cvmm_view view;
	struct cvmm_pair cap[4];
	struct cvmm_pair seen[2];
	struct cvmm_item vm[8];
	uint8_t vm_col[64];
	struct cvmm_item item[2][48];
	uint8_t col[2][3][1024];
	uint32_t id[2][3];
	struct cvmm_shape shape[2];
	struct cvmm_vcpu_ref vcpu[4];
	struct cvmm_memslot slot[3];
	struct cvmm_extra extra[2];
};

/** snap_small() - the smallest machine: one vCPU with one register, nothing else. */
const struct cvmm_view *snap_small(struct snap_sample *s);

/** snap_rich() - a bit of everything that format 1.0 has: two shapes, four vCPUs created out of order, slots, extras. */
const struct cvmm_view *snap_rich(struct snap_sample *s);

/** snap_split() - the sections of a snapshot; those that lie outside of it are cut. Return: their number, at most @max. */
size_t snap_split(const uint8_t *buf, size_t len, struct snap_part *part, size_t max);

/**
 * snap_join() - a snapshot of these sections, laid out and summed as FORMAT.md says
 * @header: SNAP_HEADER bytes; its lengths, counts and checksums are made anew, the rest is kept
 *
 * Return: its length; 0 if @cap is too small.
 */
size_t snap_join(const uint8_t *header, const struct snap_part *part, size_t n, uint8_t *out, size_t cap);

/** snap_repair() - make all checksums right again, as far as sections lie within @len. */
void snap_repair(uint8_t *buf, size_t len);

/** snap_entry() - offset of the table entry of section @type; 0 if there is none. */
size_t snap_entry(const uint8_t *buf, size_t len, uint32_t type);

/** snap_section() - offset of the contents of section @type; 0 if there is none. */
size_t snap_section(const uint8_t *buf, size_t len, uint32_t type);

uint64_t snap_get(const uint8_t *p, unsigned int width);
void snap_put(uint8_t *p, unsigned int width, uint64_t v);

#endif
