/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Whole vCPUs: a column of values out of KVM, and phase by phase into it. What a register needs is looked up when the list
 * is checked and kept as a byte per register, because a simulated ioctl takes no longer than a few look-ups.
 */
#include <cvmm/kvm-ioctls/hot.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/x86.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include <errno.h>
#include <string.h>

#include "block.h"
#include "catalogue.h"

/* The number that KVM_ARM_VCPU_FINALIZE wants for SVE: the feature's bit number. */
#define FEATURE_SVE 4

/* A tag: the phase in the upper half, and what needs no more than the ioctl itself. */
#define TAG_READ       1u /* KVM_GET_ONE_REG */
#define TAG_WRITE      2u /* KVM_SET_ONE_REG */
#define TAG_NO_WRITE   4u /* not written at all */
#define TAG_NO_VERIFY  8u
#define TAG_PHASE(tag) ((uint32_t)(tag) >> 4)

static uint32_t tag_of(const struct cvmm_row *row, uint64_t id)
{
	uint32_t tag = (uint32_t)row->phase << 4;

	if (row->access == CVMM_ACCESS_VGIC)
		return tag | TAG_NO_WRITE | TAG_NO_VERIFY;
	if (row->write == CVMM_WRITE_ALIAS || row->write == CVMM_WRITE_IGNORED)
		tag |= TAG_NO_WRITE;
	if (row->write == CVMM_WRITE_VOLATILE || row->write == CVMM_WRITE_IGNORED)
		tag |= TAG_NO_VERIFY;
	if (row->access != CVMM_ACCESS_ONE_REG)
		return tag;
	if (!row->peer && !row->command && !row->idle && id != CVMM_ARM64_SVE_VLS)
		tag |= TAG_WRITE;
	return tag | TAG_READ;
}

/* Registers of the interrupt controller have their place in a column; the device moves them. */
static uint32_t item_bytes(const struct cvmm_row *row, uint64_t id, uint32_t size)
{
	return row->access == CVMM_ACCESS_VGIC ? cvmm_reg_bytes(id) : value_bytes(row, id, size);
}

static int wrong_item(const struct cvmm_item *item, const struct cvmm_row *row, int ascends, struct cvmm_error *e)
{
	if (!ascends)
		return cvmm_fail_id(e, -EINVAL, CVMM_REASON_ID_ORDER, item->id, 0);
	if (!row)
		return cvmm_fail_id(e, -EXDEV, CVMM_REASON_NOT_VCPU_OWNED, item->id, 0);
	if (!item->size || item->size != item_bytes(row, item->id, item->size))
		return cvmm_fail_id(e, -EINVAL, CVMM_REASON_REG_SIZE, item->id, item_bytes(row, item->id, 0));
	return cvmm_fail_id(e, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL, item->id, CVMM_VCPU_REGS_MAX);
}

static void take_item(struct cvmm_vcpu_regs *r, uint32_t i, uint32_t tag)
{
	uint32_t phase = TAG_PHASE(tag);

	r->tag[i] = (uint8_t)tag;
	if (tag & TAG_NO_WRITE)
		return;
	if (r->first[phase] == r->end[phase])
		r->first[phase] = (uint16_t)i;
	r->end[phase] = (uint16_t)(i + 1);
}

int cvmm_vcpu_regs_init(struct cvmm_vcpu_regs *r, const struct cvmm_item *item, uint32_t n,
	const struct cvmm_regset *reset, struct cvmm_error *e)
{
	uint64_t bytes = 0;
	uint32_t i;

	memset(r->first, 0, sizeof(r->first));
	memset(r->end, 0, sizeof(r->end));
	for (i = 0; i < n; i++) {
		const struct cvmm_row *row = catalogue_row(item[i].id);
		uint64_t end = (uint64_t)item[i].off + item[i].size;
		int ascends = !i || item[i].id > item[i - 1].id;

		if (!ascends || !row || !item[i].size || item[i].size != item_bytes(row, item[i].id, item[i].size) ||
			end > UINT32_MAX || i >= CVMM_VCPU_REGS_MAX)
			return wrong_item(&item[i], row, ascends, e);
		take_item(r, i, tag_of(row, item[i].id));
		bytes = end > bytes ? end : bytes;
	}
	r->item = item;
	r->reset = reset;
	r->n = n;
	r->bytes = (uint32_t)bytes;
	return 0;
}

/* Names the first item that lies beyond the column. */
static int too_short(struct cvmm_vcpu vcpu, const struct cvmm_vcpu_regs *r, size_t len, struct cvmm_error *e)
{
	uint32_t i = 0;

	while ((size_t)r->item[i].off + r->item[i].size <= len)
		i++;
	(void)cvmm_fail_id(e, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL, r->item[i].id, r->bytes);
	if (e)
		e->vcpu = vcpu.id;
	return -E2BIG;
}

static int at(int ret, struct cvmm_vcpu vcpu, uint32_t phase, struct cvmm_error *e)
{
	if (ret < 0 && e) {
		e->vcpu = vcpu.id;
		e->phase = (uint16_t)phase;
	}
	return ret < 0 ? ret : 0;
}

/* Reads item @i, or as many from there as one call of KVM takes. Returns how many, or -errno. */
static int capture_some(
	struct cvmm_vcpu vcpu, const struct cvmm_vcpu_regs *r, uint32_t i, uint8_t *col, struct cvmm_error *e)
{
	const struct cvmm_item *item = &r->item[i];
	const struct cvmm_row *row = catalogue_row(item->id);
	int ret;

	if (row->access == CVMM_ACCESS_VGIC)
		return 1;
	if (row->access == CVMM_ACCESS_MSR)
		return cvmm_vcpu_regs_msrs_get(vcpu, item, r->n - i, col, e);
	ret = cvmm_vcpu_access_get(vcpu, row, item->id, col + item->off, item->size, e);
	return ret < 0 ? ret : 1;
}

int cvmm_vcpu_regs_capture(
	struct cvmm_vcpu vcpu, const struct cvmm_vcpu_regs *r, uint8_t *col, size_t len, struct cvmm_error *e)
{
	uint32_t i = 0;
	int ret = 0;

	if (len < r->bytes)
		return too_short(vcpu, r, len, e);
	while (ret >= 0 && i < r->n) {
		if (__builtin_expect(r->tag[i] & TAG_READ, 1)) {
			ret = cvmm_vcpu_one_reg_op(vcpu, CVMM_KVM_GET_ONE_REG, r->item[i].id, col + r->item[i].off, e);
			i++;
			continue;
		}
		ret = capture_some(vcpu, r, i, col, e);
		i += ret > 0 ? (uint32_t)ret : 0;
	}
	return at(ret, vcpu, 0, e);
}

/* One restore of one vCPU, as it goes through the list. */
struct pass {
	const struct cvmm_vcpu_regs *r;
	const uint8_t *col;
	uint32_t phase;
	uint32_t reset; /* everything before it in the reset values is behind the item at hand */
};

/* A fresh vCPU holds these bytes. Both lists ascend, so nothing is searched. */
static int is_fresh(struct pass *p, const struct cvmm_item *item)
{
	const struct cvmm_regset *reset = p->r->reset;
	const struct cvmm_item *other;

	while (p->reset < reset->n && reset->item[p->reset].id < item->id)
		p->reset++;
	other = &reset->item[p->reset];
	return p->reset < reset->n && other->id == item->id && other->size == item->size &&
	       memcmp(reset->col + other->off, p->col + item->off, item->size) == 0 &&
	       catalogue_row(item->id)->dflt != CVMM_DEFAULT_VCPU;
}

/* Timers move, events pass and vector lengths are committed by a call of their own: those are always written. */
static int delta_phase(uint32_t phase)
{
	return phase > CVMM_PHASE_FINALIZE && phase < CVMM_PHASE_CLOCK;
}

static int left_out(struct pass *p, uint32_t i)
{
	uint32_t tag = p->r->tag[i];

	return TAG_PHASE(tag) != p->phase || tag & TAG_NO_WRITE ||
	       (p->r->reset && delta_phase(p->phase) && is_fresh(p, &p->r->item[i]));
}

static int skip_msr(const struct cvmm_item *item, void *ctx)
{
	struct pass *p = ctx;

	return left_out(p, (uint32_t)(item - p->r->item));
}

/* Writes item @i, or as many from there as one call of KVM takes. Returns how many, or -errno. */
static int restore_some(struct cvmm_vcpu vcpu, struct pass *p, uint32_t i, struct cvmm_error *e)
{
	const struct cvmm_item *item = &p->r->item[i];
	const struct cvmm_row *row = catalogue_row(item->id);
	int ret;

	if (row->access == CVMM_ACCESS_MSR)
		return cvmm_vcpu_regs_msrs_set(vcpu, item, p->r->end[p->phase] - i, p->col, skip_msr, p, e);
	if (left_out(p, i))
		return 1;
	ret = cvmm_vcpu_access_set(vcpu, row, item->id, p->col + item->off, item->size, e);
	if (ret == 0 && item->id == CVMM_ARM64_SVE_VLS)
		ret = cvmm_vcpu_finalize(vcpu, FEATURE_SVE, e);
	return ret < 0 ? ret : 1;
}

int cvmm_vcpu_regs_restore(struct cvmm_vcpu vcpu, const struct cvmm_vcpu_regs *r, const uint8_t *col, size_t len,
	uint32_t phase, struct cvmm_error *e)
{
	struct pass p = { .r = r, .col = col, .phase = phase };
	uint32_t i, end, plain = phase << 4 | TAG_READ | TAG_WRITE;
	int ret = 0;

	if (len < r->bytes)
		return too_short(vcpu, r, len, e);
	if (phase >= CVMM_PHASES)
		return 0;
	end = r->end[phase];
	for (i = r->first[phase]; ret >= 0 && i < end;) {
		if (TAG_PHASE(r->tag[i]) != phase) {
			i++;
		} else if ((r->tag[i] & ~TAG_NO_VERIFY) == plain && !r->reset) {
			ret = cvmm_vcpu_one_reg_op(vcpu, CVMM_KVM_SET_ONE_REG, r->item[i].id, col + r->item[i].off, e);
			i++;
		} else {
			ret = restore_some(vcpu, &p, i, e);
			i += ret > 0 ? (uint32_t)ret : 0;
		}
	}
	return at(ret, vcpu, phase, e);
}

/* PMCR_EL0 of the column, which says how many event counters there are. */
static uint64_t pmcr_of(const struct cvmm_vcpu_regs *r, const uint8_t *col)
{
	const struct cvmm_regset set = { .item = r->item, .n = r->n };
	int i = cvmm_regset_find(&set, CVMM_ARM64_PMCR_EL0);

	return i < 0 ? 0 : cvmm_load_le(col + r->item[i].off, r->item[i].size);
}

/* Bytes that differ may still be the same to the guest. */
static int differs(const struct cvmm_vcpu_regs *r, const struct cvmm_item *item, const uint8_t *col, const uint8_t *got,
	struct cvmm_error *e)
{
	const struct cvmm_row *row = catalogue_row(item->id);

	if (cvmm_vcpu_value_holds(row, item->id, got, col + item->off, item->size, pmcr_of(r, col)))
		return 0;
	return cvmm_fail_id(e, -EIO, CVMM_REASON_VCPU_NOT_STORED, item->id, cvmm_load_le(got, item->size));
}

/* Its own frame, so that nobody else pays for the largest of all blocks. */
static __attribute__((noinline)) int verify_large(struct cvmm_vcpu vcpu, const struct cvmm_vcpu_regs *r,
	const struct cvmm_item *item, const uint8_t *col, struct cvmm_error *e)
{
	uint8_t got[BLOCK_BYTES_MAX];
	int ret = cvmm_vcpu_block_get(vcpu, item->id, got, item->size, e);

	return ret < 0 ? ret : differs(r, item, col, got, e);
}

/* Item @i and as many behind it as one call of KVM takes, read as a capture reads them. Returns how many, or -errno. */
static __attribute__((noinline)) int verify_msrs(
	struct cvmm_vcpu vcpu, const struct cvmm_vcpu_regs *r, uint32_t i, const uint8_t *col, struct cvmm_error *e)
{
	struct cvmm_item batch[CVMM_X86_MSRS_MAX];
	uint8_t got[CVMM_X86_MSRS_MAX * 8];
	uint32_t k, n = r->n - i < CVMM_X86_MSRS_MAX ? r->n - i : CVMM_X86_MSRS_MAX;
	int ret, run;

	for (k = 0; k < n; k++)
		batch[k] = (struct cvmm_item){ .id = r->item[i + k].id, .off = k * 8, .size = 8 };
	run = ret = cvmm_vcpu_regs_msrs_get(vcpu, batch, n, got, e);
	for (k = 0; ret >= 0 && k < (uint32_t)run; k++) {
		const struct cvmm_item *item = &r->item[i + k];

		if (!(r->tag[i + k] & TAG_NO_VERIFY) && memcmp(got + k * 8, col + item->off, 8) != 0)
			ret = differs(r, item, col, got + k * 8, e);
	}
	return ret < 0 ? ret : run;
}

int cvmm_vcpu_regs_verify(
	struct cvmm_vcpu vcpu, const struct cvmm_vcpu_regs *r, const uint8_t *col, size_t len, struct cvmm_error *e)
{
	uint8_t got[VALUE_BYTES_MAX];
	uint32_t i;
	int ret = 0;

	if (len < r->bytes)
		return too_short(vcpu, r, len, e);
	for (i = 0; ret >= 0 && i < r->n; i++) {
		const struct cvmm_item *item = &r->item[i];

		if (r->tag[i] & TAG_NO_VERIFY)
			continue;
		if (__builtin_expect(item->size > VALUE_BYTES_MAX, 0)) {
			ret = verify_large(vcpu, r, item, col, e);
			continue;
		}
		if (__builtin_expect(r->tag[i] & TAG_READ, 1)) {
			ret = cvmm_vcpu_one_reg_op(vcpu, CVMM_KVM_GET_ONE_REG, item->id, got, e);
		} else if (catalogue_row(item->id)->access == CVMM_ACCESS_MSR) {
			ret = verify_msrs(vcpu, r, i, col, e);
			i += ret > 0 ? (uint32_t)ret - 1 : 0;
			continue;
		} else {
			ret = cvmm_vcpu_reg_get(vcpu, (struct cvmm_vcpu_reg){ item->id }, got, item->size, e);
		}
		if (ret >= 0 && memcmp(got, col + item->off, item->size) != 0)
			ret = differs(r, item, col, got, e);
	}
	return at(ret, vcpu, 0, e);
}
