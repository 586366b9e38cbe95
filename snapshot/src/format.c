/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Which version of the format has which section, and what an older one cannot carry. */
#include "wire.h"

#include <errno.h>

#define NEWEST_MINOR (CVMM_FORMAT_NEWEST & 0xffff)

static const struct cvmm_section_kind kinds[] = {
	{ SECTION_CAPS, 0, NEWEST_MINOR, 0, 1, PAIR_BYTES },
	{ SECTION_SEEN, 0, NEWEST_MINOR, 0, 1, PAIR_BYTES },
	{ SECTION_VM, 0, NEWEST_MINOR, 0, 1, 1 },
	{ SECTION_VCPUS, 0, NEWEST_MINOR, 1, 1, VCPU_BYTES },
	{ SECTION_SHAPES, 0, NEWEST_MINOR, 1, 1, SHAPE_BYTES },
	{ SECTION_COLUMNS, 0, 0, 1, 1, 1 },
	{ SECTION_SPARSE, 1, NEWEST_MINOR, 1, 1, 1 },
	{ SECTION_SLOTS, 0, NEWEST_MINOR, 0, 1, SLOT_BYTES },
	{ SECTION_CLOCK, 1, NEWEST_MINOR, 0, 0, CLOCK_BYTES },
};

const struct cvmm_section_kind *cvmm_section_kind(uint32_t type, uint32_t minor)
{
	const struct cvmm_section_kind *k;

	for (k = kinds; k < kinds + sizeof(kinds) / sizeof(kinds[0]); k++)
		if (k->type == type)
			return minor >= k->from && minor <= k->to ? k : NULL;
	return NULL;
}

int cvmm_format_known(uint32_t format, struct cvmm_error *e)
{
	int err;

	if (format >= CVMM_FORMAT_1_0 && format <= CVMM_FORMAT_NEWEST)
		return 0;
	err = cvmm_fail_at(e, -EPROTONOSUPPORT, CVMM_REASON_FORMAT_VERSION, 0, HEADER_MAJOR);
	if (e)
		e->other = format;
	return err;
}

int cvmm_snapshot_losses(const struct cvmm_view *v, uint32_t format, struct cvmm_loss *loss, uint32_t cap, uint32_t *n,
	struct cvmm_error *e)
{
	int err = cvmm_format_known(format, e);
	int lost = (v->clock.policy || v->clock.saved_ns) && !cvmm_section_kind(SECTION_CLOCK, format & 0xffff);

	if (err)
		return err;
	*n = lost ? 1 : 0;
	if (*n > cap)
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL, 0, *n);
	if (lost) {
		loss->section = SECTION_CLOCK;
		loss->critical = v->clock.policy == CVMM_CLOCK_CONTINUE;
	}
	return 0;
}
