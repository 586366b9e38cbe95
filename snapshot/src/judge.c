/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/snapshot/plan.h>
#include <cvmm/vm-regs/vm-regs.h>

#include <errno.h>

#include "judge.h"

#define YES(why, wr)		  ((struct judgement){ .reason = CVMM_REASON_##why, .ok = 1, .write = (wr) })
#define NO(why)			  ((struct judgement){ .reason = CVMM_REASON_##why })

#define WORKAROUND_2_NOT_REQUIRED 3u

/* Which firmware levels exist; KVM refuses numbers between them. */
static const uint32_t psci_known[] = { 0x1, 0x2, 0x10000, 0x10001, 0x10002, 0x10003 };

static uint64_t field_mask(const struct cvmm_field *f)
{
	uint64_t ones = f->width >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << f->width) - 1;

	return ones << f->shift;
}

static int64_t field_value(const struct cvmm_field *f, uint64_t v)
{
	uint64_t raw = (v & field_mask(f)) >> f->shift;

	if (f->is_signed && f->width < 64 && raw >> (f->width - 1))
		return (int64_t)(raw | (~UINT64_C(0) << f->width));
	return (int64_t)raw;
}

static int field_direction(const struct cvmm_field *f, int64_t want, int64_t have)
{
	switch (f->safe) {
	case CVMM_SAFE_LOWER: return want < have;
	case CVMM_SAFE_HIGHER: return want > have;
	case CVMM_SAFE_HIGHER_OR_ZERO: return want > have || want == 0;
	case CVMM_SAFE_EXACT_OR_FLOOR: return want == f->floor;
	default: return 0;
	}
}

static uint64_t pair_value(const struct cvmm_pair *list, uint32_t n, uint64_t id)
{
	const struct cvmm_pair *p = cvmm_pair_find(list, n, id);

	return p ? p->value : 0;
}

/* The 56 ID registers: a profile with any "lower" line is one where each non-zero field of them was tried. */
static int was_tried(const struct judge *j)
{
	return j->host->nlower && j->host->nvariants && j->id - CVMM_ARM64_SYS(3, 0, 0, 0, 0) < 64;
}

/*
 * "lower" was tried with the profile's first variant and only where that has a non-zero field; there it is the truth.
 * Everywhere else the kernel's own mask has to do. That a larger value would be taken was never seen: the one field of
 * that kind that a mask names (ID_AA64MMFR4_EL1.NV_frac) refuses all.
 */
static int field_changes(const struct judge *j, const struct cvmm_field *f)
{
	const struct cvmm_profile *host = j->host;
	uint64_t mask = pair_value(host->mask, host->nmasks, j->id), bits = field_mask(f), reset = 0, lower;
	int i;

	if (f->safe == CVMM_SAFE_HIGHER || f->safe == CVMM_SAFE_HIGHER_OR_ZERO)
		return 0;
	lower = pair_value(host->lower, host->nlower, j->id);
	if (!was_tried(j))
		return ((mask | lower) & bits) == bits;
	i = cvmm_regset_find(&host->variant[0].regs, j->id);
	if (i >= 0)
		reset = cvmm_regset_u64(&host->variant[0].regs, (uint32_t)i, 0);
	if (f->safe == CVMM_SAFE_LOWER && reset & bits)
		return (lower & bits) == bits;
	return (mask & bits) == bits;
}

static uint16_t field_reason(const struct judge *j, const struct cvmm_field *f, uint64_t value)
{
	int64_t want = field_value(f, value), have = field_value(f, j->reset);

	if (want == have)
		return CVMM_REASON_NONE;
	if (f->safe == CVMM_SAFE_LOWER && want > have)
		return CVMM_REASON_FIELD_HIGHER;
	if (!field_direction(f, want, have) || !field_changes(j, f))
		return CVMM_REASON_FIELD_FIXED;
	/* Of the negative values only "not implemented" means anything. */
	if (want < -1 || (f->floor && (value & field_mask(f)) >> f->shift < f->floor))
		return CVMM_REASON_HOST_REFUSES;
	return CVMM_REASON_NONE;
}

const struct cvmm_field *cvmm_judge_field(const struct judge *j, uint64_t value, uint16_t *reason)
{
	uint64_t covered = 0;
	uint32_t i;

	for (i = 0; i < j->row->nfields; i++) {
		const struct cvmm_field *f = &j->row->field[i];

		covered |= field_mask(f);
		*reason = field_reason(j, f, value);
		if (*reason)
			return f;
	}
	*reason = (value ^ j->reset) & ~covered ? CVMM_REASON_FIELD_FIXED : CVMM_REASON_NONE;
	return NULL;
}

static struct judgement judge_safe(const struct judge *j, uint64_t value)
{
	uint16_t reason;

	(void)cvmm_judge_field(j, value, &reason);
	return reason ? (struct judgement){ .reason = reason } : YES(HIDDEN, 1);
}

static struct judgement judge_bits(const struct judge *j, uint64_t value)
{
	const struct cvmm_pair *p = cvmm_pair_find(j->host->bits, j->host->nbits, j->id);
	const struct cvmm_pair *mask = cvmm_pair_find(j->host->mask, j->host->nmasks, j->id);
	/* Tried one by one; or told by the kernel, as x86_64's feature MSRs are; or what a fresh vCPU has. */
	uint64_t offered = p ? p->value : mask ? mask->value : j->reset;

	if (value & ~offered)
		return NO(BITS_NOT_OFFERED);
	return value & ~j->reset ? YES(WRITTEN, 1) : YES(HIDDEN, 1);
}

static struct judgement judge_level(const struct judge *j, uint64_t value)
{
	uint64_t psci02 = j->variant->features & CVMM_ARM64_FEATURE_PSCI_0_2;
	uint32_t i;

	if (value > j->reset)
		return NO(PSCI_NEWER);
	for (i = 0; i < sizeof(psci_known) / sizeof(psci_known[0]); i++) {
		if (psci_known[i] == value)
			return (value == 0x1) == !psci02 ? YES(HIDDEN, 1) : NO(HOST_REFUSES);
	}
	return NO(HOST_REFUSES);
}

/* KVM takes each level up to its own, but goes on telling the guest its own. */
static struct judgement judge_assert(const struct judge *j, uint64_t value)
{
	uint64_t want = value, have = j->reset;

	/* Not available and unknown are one to KVM, and so are available and not required. */
	if (j->id == CVMM_ARM64_WORKAROUND_2) {
		/* A CPU with SSBS needs no firmware; a guest that does not see SSBS is told just that. */
		if (j->ssbs_hidden && want == WORKAROUND_2_NOT_REQUIRED)
			return YES(SAME, 1);
		if (want == have || (want <= 3 && have <= 3 && want >> 1 == have >> 1))
			return YES(SAME, 1);
	} else if (want == have) {
		return YES(SAME, 1);
	}
	return want > have ? NO(ASSERT_FAILS) : NO(ASSERT_DIFFERS);
}

/* What a vCPU is (CLIDR, CCSIDR): equal, or one that this host lets the VMM choose. */
static int cache_writable(const struct cvmm_profile *host)
{
	uint64_t clidr = pair_value(host->mask, host->nmasks, CVMM_ARM64_SYS(3, 1, 0, 0, 1));

	return cvmm_profile_trait(host, CVMM_TRAIT_CACHE_WRITABLE, clidr != 0) != 0;
}

/* The VM's own (MIDR, REVIDR, AIDR): anything inside the mask, if the VM switched that on before its first vCPU. */
static int imp_id_writable(const struct judge *j, uint64_t differ)
{
	return j->imp_id && !(differ & ~pair_value(j->host->mask, j->host->nmasks, j->id));
}

/*
 * riscv64's extensions: 0 or 1 each; a profile's bits are those of which a change was accepted. x86_64's capability MSRs
 * and riscv64's single letters: what is not offered cannot be given.
 */
static struct judgement judge_offer(const struct judge *j, uint64_t value)
{
	uint64_t changeable = pair_value(j->host->bits, j->host->nbits, j->id), differ = value ^ j->reset;
	const struct cvmm_pair *most = cvmm_pair_find(j->host->mask, j->host->nmasks, j->id);

	if (j->row->combine == CVMM_COMBINE_AND)
		return value & ~(most ? most->value : j->reset) ? NO(BITS_NOT_OFFERED) : YES(HIDDEN, 1);
	if (!(differ & ~changeable))
		return value > j->reset ? YES(WRITTEN, 1) : YES(HIDDEN, 1);
	return value > j->reset ? NO(BITS_NOT_OFFERED) : NO(HOST_REFUSES);
}

static struct judgement judge_stored(const struct judge *j, uint64_t value)
{
	const struct cvmm_row *row = j->row;
	uint64_t differ = value ^ j->reset;

	/* The other scope's bits are not ours to write either. */
	if (differ & (row->fixed | row->other_bits))
		return NO(FIXED_BITS_DIFFER);
	if (row->window == CVMM_WINDOW_NEVER && differ & row->compare)
		return NO(GUEST_SEES_OTHER);
	if (differ && (row->combine == CVMM_COMBINE_MIN || row->combine == CVMM_COMBINE_AND))
		return judge_offer(j, value);
	/* What has to be equal and is came no further than cvmm_judge_value(). */
	if (row->combine != CVMM_COMBINE_EXACT)
		return YES(WRITTEN, 1);
	if (row->phase == CVMM_PHASE_IDENTITY ? cache_writable(j->host) : imp_id_writable(j, differ))
		return YES(WRITTEN, 1);
	return NO(HOST_REFUSES);
}

struct judgement cvmm_judge_value(const struct judge *j, uint64_t value)
{
	if (j->row->write == CVMM_WRITE_ALIAS)
		return YES(ALIAS, 0);
	if (j->row->write == CVMM_WRITE_VOLATILE)
		return YES(VOLATILE, 1);
	if (j->row->write == CVMM_WRITE_ASSERT)
		return judge_assert(j, value);
	if (j->shown)
		return value == j->shown->value ? YES(HOST_SHOWS_IT, 0) : NO(GUEST_SEES_OTHER);
	if (j->row->write == CVMM_WRITE_IGNORED)
		return (value ^ j->reset) & j->row->compare ? NO(GUEST_SEES_OTHER) : YES(IGNORED_BY_HOST, 0);
	/* State is always written: a fresh vCPU's registers may hold anything. */
	if (value == j->reset && j->row->combine != CVMM_COMBINE_NONE)
		return YES(SAME, 0);
	switch (j->row->write) {
	case CVMM_WRITE_SAFE: return judge_safe(j, value);
	case CVMM_WRITE_BITS: return judge_bits(j, value);
	case CVMM_WRITE_LEVEL: return judge_level(j, value);
	default: return judge_stored(j, value);
	}
}

int cvmm_judge_depends_on_value(const struct judge *j)
{
	const struct cvmm_row *row = j->row;

	switch (row->write) {
	case CVMM_WRITE_ALIAS:
	case CVMM_WRITE_VOLATILE: return 0;
	case CVMM_WRITE_IGNORED: return row->compare != 0;
	case CVMM_WRITE_STORED:
		return row->fixed || row->other_bits || row->window == CVMM_WINDOW_NEVER ||
		       row->combine != CVMM_COMBINE_NONE;
	default: return 1;
	}
}

void cvmm_judge_init(struct judge *j, const struct cvmm_profile *host, const struct cvmm_variant *variant,
	const struct cvmm_row *row, uint32_t item)
{
	uint64_t id = variant->regs.item[item].id;

	*j = (struct judge){
		.host = host,
		.variant = variant,
		.row = row,
		.id = id,
		.reset = cvmm_regset_u64(&variant->regs, item, 0),
	};
	/* Per vCPU the difference is bits that run by themselves; their rows' masks say which. */
	if (variant->nguest && cvmm_vm_reg_from_id(id).id)
		j->shown = cvmm_pair_find(variant->guest, variant->nguest, id);
}

int cvmm_host_accepts(const struct cvmm_profile *host, const struct cvmm_variant *variant, const struct cvmm_row *row,
	uint64_t id, uint64_t value, uint16_t *detail, uint8_t *write)
{
	int item = cvmm_regset_find(&variant->regs, id);
	struct judgement g;
	struct judge j;

	if (item < 0)
		return -ENOENT;
	cvmm_judge_init(&j, host, variant, row, (uint32_t)item);
	g = cvmm_judge_value(&j, value);
	if (detail)
		*detail = g.reason;
	if (write)
		*write = g.write;
	return g.ok;
}
