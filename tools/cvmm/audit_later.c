/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What a second fresh VM holds, and what a VM that ran still takes. */
#include <string.h>

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/regset.h>

#include "audit_parts.h"

static int read_u64(const struct bench *b, uint32_t vcpu, uint64_t id, uint64_t *value)
{
	uint8_t v[CVMM_REG_BYTES_MAX];
	int ret = bench_get(b, vcpu, id, v);

	*value = cvmm_load_le(v, cvmm_reg_bytes(id));
	return ret;
}

static int write_u64(const struct bench *b, uint64_t id, uint64_t value)
{
	uint8_t v[CVMM_REG_BYTES_MAX] = { 0 };

	cvmm_store_le(v, cvmm_reg_bytes(id), value);
	return bench_set(b, 0, id, v);
}

/* Bits that are not set by default and can be set: a default of "all" has none of them. */
static uint64_t settable(const struct bench *b, uint64_t id, uint64_t value)
{
	uint64_t found = 0;
	uint32_t i;

	for (i = 0; i < 64; i++) {
		uint64_t bit = UINT64_C(1) << i;

		if (!(value & bit) && write_u64(b, id, value | bit) == 0)
			found |= bit;
	}
	(void)write_u64(b, id, value);
	return found;
}

void audit_default(struct bench *b, const struct audit_change *c)
{
	struct audit_entry *en = &b->entry[c->entry];
	const struct cvmm_row *row = en->row;
	uint64_t value, more = 0;

	if (row->write == CVMM_WRITE_VOLATILE || row->write == CVMM_WRITE_IGNORED || cvmm_reg_bytes(c->id) > 8) {
		audit_untested(en, AUDIT_DEFAULT, "no value that could be expected");
		return;
	}
	/* With other features it may be another value. */
	if (c->features != b->features || read_u64(b, 0, c->id, &value) < 0)
		return;
	if (row->dflt == CVMM_DEFAULT_ZERO && value) {
		audit_contradicted(en, AUDIT_DEFAULT, "not 0 by default", c->id, 0, value);
		return;
	}
	if (row->dflt == CVMM_DEFAULT_ALL && row->write == CVMM_WRITE_BITS)
		more = settable(b, c->id, value);
	if (more)
		audit_contradicted(en, AUDIT_DEFAULT, "more can be set", c->id, value | more, value);
	/* MPIDR_EL1 follows the vCPU's number, so the same vCPU of another VM is compared. */
	else if (c->found && (value ^ c->fresh) & cvmm_row_compare(row, b->pmcr))
		audit_contradicted(en, AUDIT_DEFAULT, "another value in the next VM", c->id, c->fresh, value);
	else
		audit_proven(en, AUDIT_DEFAULT);
}

/* Registers wider than 64 bits: one bit changed. */
static void wide_window(struct bench *b, struct audit_entry *en, uint64_t id)
{
	uint8_t v[CVMM_REG_BYTES_MAX];
	int ret;

	if (bench_get(b, 0, id, v) < 0)
		return;
	if (en->row->window == CVMM_WINDOW_BEFORE_FINALIZE) {
		if (bench_set(b, 0, id, v) < 0)
			audit_proven(en, AUDIT_WINDOW);
		else
			audit_contradicted(en, AUDIT_WINDOW, "still open after FINALIZE", id, 0, 0);
		return;
	}
	v[0] ^= 1;
	ret = bench_set(b, 0, id, v);
	v[0] ^= 1;
	if (ret < 0)
		audit_contradicted(en, AUDIT_WINDOW, "closed after a run", id, 0, 0);
	else
		audit_proven(en, AUDIT_WINDOW);
	(void)bench_set(b, 0, id, v);
}

/* After a run: what is still open has to take a change, what is closed has to take the value that is there. */
void audit_window(struct bench *b, const struct audit_change *c)
{
	struct audit_entry *en = &b->entry[c->entry];
	uint64_t now;
	int same, other;

	if (cvmm_reg_bytes(c->id) > 8) {
		wide_window(b, en, c->id);
		return;
	}
	if (!c->found || read_u64(b, 0, c->id, &now) < 0)
		return;
	if (en->row->window == CVMM_WINDOW_ALWAYS) {
		if (write_u64(b, c->id, c->other) == 0)
			audit_proven(en, AUDIT_WINDOW);
		else
			audit_contradicted(en, AUDIT_WINDOW, "closed after a run", c->id, c->other, now);
		(void)write_u64(b, c->id, now);
		return;
	}
	if (en->row->window != CVMM_WINDOW_BEFORE_RUN)
		return;
	same = write_u64(b, c->id, now);
	other = write_u64(b, c->id, c->other);
	if (same < 0)
		audit_contradicted(en, AUDIT_WINDOW, "the same value is refused after a run", c->id, now, now);
	else if (other < 0)
		audit_proven(en, AUDIT_WINDOW);
	else
		audit_untested(en, AUDIT_WINDOW, "this KVM takes a change after a run as well");
	if (other == 0)
		(void)write_u64(b, c->id, now);
}
