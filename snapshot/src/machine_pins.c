/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>
#include <cvmm/vm-regs/vm-regs.h>

#include <errno.h>

#include "capture_parts.h"
#include "pins.h"
#include "plan_parts.h"

#define FEATURES_ID CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_FEATURES)

int cvmm_pins_check(const struct pins *pins, struct cvmm_error *e)
{
	const struct cvmm_row *row;
	uint32_t i;

	if (pins->n > PINS_MAX)
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL, 0, PINS_MAX);
	for (i = 0; i < pins->n; i++) {
		uint64_t id = pins->pair[i].id;

		if (i && id <= pins->pair[i - 1].id)
			return cvmm_fail_id(e, -EINVAL, CVMM_REASON_ID_ORDER, id, 0);
		if (cvmm_plan_owner(NULL, id, &row) == CVMM_SCOPE_UNKNOWN || !cvmm_reg_bytes(id) ||
			cvmm_reg_bytes(id) > 8)
			return cvmm_fail_id(e, -EINVAL, CVMM_REASON_UNKNOWN_REGISTER, id, 0);
		if (id == FEATURES_ID && pins->pair[i].value != pins->features)
			return cvmm_fail_id(e, -EINVAL, CVMM_REASON_SHAPE, id, pins->features);
	}
	return 0;
}

/*
 * The host lacks it: would a snapshot with this value be let in all the same? Asked with the plan's own rules, the
 * baseline standing in for the snapshot.
 */
static int neutral(const struct pins *pins, uint32_t at)
{
	struct cvmm_item item[PINS_MAX];
	struct cvmm_shape shape = { .features = pins->features };
	struct cvmm_view v = { .arch = CVMM_ARCH_ARM64, .shape = &shape, .nshapes = 1 };
	struct plan_ctx c = { .v = &v };
	struct subject s = { .id = pins->pair[at].id, .item = at, .host = CVMM_NO_ITEM };
	const struct rule_pick *p;
	struct rule_picks picks;
	uint32_t i;

	/* The values stand in the pairs themselves: a column with gaps. */
	for (i = 0; i < pins->n; i++)
		item[i] = (struct cvmm_item){ .id = pins->pair[i].id,
			.size = cvmm_reg_bytes(pins->pair[i].id),
			.off = (uint32_t)(i * sizeof(struct cvmm_pair) + offsetof(struct cvmm_pair, value)) };
	v.vm = (struct cvmm_regset){ .item = item,
		.col = (const uint8_t *)pins->pair,
		.n = pins->n,
		.ncols = 1,
		.stride = (uint32_t)(pins->n * sizeof(struct cvmm_pair)) };
	s.set = &v.vm;
	s.scope = cvmm_plan_owner(NULL, s.id, &s.row);
	if (s.row->needs && !(s.row->needs & pins->features))
		return 1;
	c.lists[1] = cvmm_vm_reg_rules(v.arch);
	c.lists[2] = cvmm_vcpu_reg_rules(v.arch);
	cvmm_plan_pick_rules(&c, &s, CVMM_ON_SNAPSHOT_ONLY, &picks);
	p = cvmm_plan_rule_for(&c, &s, &picks, 0);
	return p && (p->rule->act == CVMM_ACT_DROP || p->rule->act == CVMM_ACT_LEAVE);
}

/* 1: write it; 0: the host's guests see the value anyway; -EINVAL: they cannot. */
static int judge_pin(const struct pins *pins, uint32_t at, const struct cvmm_profile *host, struct cvmm_error *e)
{
	const struct cvmm_variant *variant = host ? cvmm_profile_variant(host, pins->features) : NULL;
	uint64_t id = pins->pair[at].id, value = pins->pair[at].value;
	const struct cvmm_row *row;
	uint16_t reason;
	uint8_t write;
	int ok;

	if (!variant || cvmm_reg_is_property(id))
		return 1;
	(void)cvmm_plan_owner(NULL, id, &row);
	ok = cvmm_host_accepts(host, variant, row, id, value, &reason, &write);
	/* A profile that lacks a register that is there was not taken on this host, or before an update: KVM decides. */
	if (ok == -ENOENT)
		return 1;
	return ok ? write : cvmm_fail_id(e, -EINVAL, (enum cvmm_reason)reason, id, value);
}

int cvmm_pins_choose(
	struct pins *pins, const struct cvmm_profile *host, const uint64_t *id, uint32_t n, struct cvmm_error *e)
{
	uint32_t i, hint = 0;
	int ret;

	for (i = 0; i < pins->n; i++) {
		uint64_t want = pins->pair[i].id;

		pins->take[i] = 0;
		if (want == FEATURES_ID)
			continue;
		if (!cvmm_reg_is_property(want) && !cvmm_list_has(id, n, want, &hint)) {
			if (!neutral(pins, i))
				return cvmm_fail_id(e, -ENOENT, CVMM_REASON_HOST_LACKS, want, pins->pair[i].value);
			continue;
		}
		ret = judge_pin(pins, i, host, e);
		if (ret < 0)
			return ret;
		pins->take[i] = (uint8_t)ret;
	}
	return 0;
}
