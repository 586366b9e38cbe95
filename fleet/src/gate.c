/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <cvmm/fleet/gate.h>

#include "promise.h"

#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/snapshot/format.h>
#include <cvmm/vm-regs/vm-regs.h>

#include <errno.h>
#include <string.h>

struct gate {
	const struct cvmm_profile *const *host;
	uint32_t n;
	const struct cvmm_baseline *b;
	const struct cvmm_exclusions *why;
	struct cvmm_gate_item *item;
	uint32_t cap;
	uint32_t got;
};

static void add(struct gate *g, const struct cvmm_gate_item *item)
{
	if (g->got < g->cap)
		g->item[g->got] = *item;
	g->got++;
}

static void wait_for(struct cvmm_gate_item *item, uint32_t h, uint16_t reason)
{
	if (!item->nwait++) {
		item->host = h;
		item->reason = reason;
	}
}

static uint64_t offered(const struct cvmm_profile *host)
{
	uint64_t all = 0;
	uint32_t i;

	for (i = 0; i < host->nvariants; i++)
		all |= host->variant[i].features;
	return all;
}

/* Every host has the feature, the baseline has not: a register stands in the way. */
static void blame_register(const struct gate *g, struct cvmm_gate_item *item)
{
	uint32_t i, n = g->why ? g->why->n : 0;

	item->reason = CVMM_REASON_FLEET_EXCLUDE;
	for (i = 0; i < n && i < g->why->cap; i++) {
		const struct cvmm_exclusion *x = &g->why->v[i];

		if (!(x->features >> item->id & 1))
			continue;
		item->other = x->id;
		item->reason = x->reason;
		item->host = x->host[1];
		item->nwait = 1;
		return;
	}
}

static void add_features(struct gate *g)
{
	uint64_t any = 0;
	uint32_t h, bit;

	for (h = 0; h < g->n; h++)
		any |= offered(g->host[h]);
	for (bit = 0; bit < 64; bit++) {
		struct cvmm_gate_item item = { .kind = CVMM_GATE_FEATURE, .id = bit, .later = 1, .host = CVMM_NO_HOST };

		if (!(any >> bit & 1))
			continue;
		item.open = g->b->features >> bit & 1;
		item.now = item.open;
		for (h = 0; !item.open && h < g->n; h++)
			if (!(offered(g->host[h]) >> bit & 1))
				wait_for(&item, h, CVMM_REASON_FEATURES_NOT_OFFERED);
		if (!item.open && !item.nwait)
			blame_register(g, &item);
		add(g, &item);
	}
}

/* The most that any host offers its guests by itself. */
static int most_offered(const struct gate *g, const struct promise *p, uint64_t *most)
{
	int found = 0;
	uint32_t h;

	for (h = 0; h < g->n; h++) {
		const struct cvmm_variant *variant = cvmm_profile_variant(g->host[h], g->b->features);
		int item = variant ? cvmm_regset_find(&variant->regs, p->id) : -ENOENT;
		uint64_t seen;

		if (item < 0)
			continue;
		seen = cvmm_promise_seen(p, variant, (uint32_t)item);
		*most = found ? cvmm_promise_join(p, *most, seen) : seen;
		found = 1;
	}
	return found;
}

static void add_register(struct gate *g, const struct promises *all, const struct cvmm_pair *pin)
{
	struct cvmm_gate_item item = { .kind = CVMM_GATE_REGISTER, .id = pin->id, .now = pin->value };
	struct promise p;
	uint32_t h;

	item.host = CVMM_NO_HOST;
	if (!cvmm_promise_of(pin->id, g->b->features, &p) || p.row->combine == CVMM_COMBINE_EXACT)
		return;
	if (!most_offered(g, &p, &item.later) || item.later == item.now)
		return;
	p.value = item.later;
	for (h = 0; h < g->n; h++) {
		const struct cvmm_variant *variant = cvmm_profile_variant(g->host[h], g->b->features);
		uint16_t reason = CVMM_REASON_NO_VARIANT;

		if (variant)
			reason = cvmm_promise_refused(all, &p, g->host[h], variant);
		if (reason)
			wait_for(&item, h, reason);
	}
	item.open = item.nwait == 0;
	add(g, &item);
}

static void add_registers(struct gate *g)
{
	struct promises all = { .features = g->b->features };
	uint32_t i;

	for (i = 0; i < g->b->n; i++) {
		if (!cvmm_promise_of(g->b->pin[i].id, all.features, &all.v[all.n]))
			continue;
		all.v[all.n].value = g->b->pin[i].value;
		all.n++;
	}
	for (i = 0; i < g->b->n; i++)
		add_register(g, &all, &g->b->pin[i]);
}

/* What a VMM has to understand, and what its KVM has to offer. */
static const struct vmm_side {
	uint8_t kind;
	uint16_t reason;
	uint32_t trait;
	uint32_t cap;
	uint64_t bit;
	uint64_t id;
	const char *rollback;
} vmm_side[] = {
	{ CVMM_GATE_DIALECT, CVMM_REASON_DIALECT_FORBIDDEN, CVMM_TRAIT_VMM_DIALECTS, 0, CVMM_DIALECT_VCPU,
		CVMM_DIALECT_VCPU, "nothing: it is what every VMM does" },
	{ CVMM_GATE_DIALECT, CVMM_REASON_DIALECT_FORBIDDEN, CVMM_TRAIT_VMM_DIALECTS, CVMM_CAP_SIM_REG_SCOPE,
		CVMM_DIALECT_SCOPE, CVMM_DIALECT_SCOPE,
		"nothing: the same registers are written, through each vCPU as before" },
	{ CVMM_GATE_DIALECT, CVMM_REASON_DIALECT_FORBIDDEN, CVMM_TRAIT_VMM_DIALECTS, CVMM_CAP_SIM_VM_ONE_REG,
		CVMM_DIALECT_VM, CVMM_DIALECT_VM,
		"registers that exist at VM scope only: the older VMM neither saves nor sets them" },
	{ CVMM_GATE_FORMAT, CVMM_REASON_FORMAT_VERSION, CVMM_TRAIT_VMM_FORMATS, 0, 1, CVMM_FORMAT_1_0,
		"nothing: every version reads it" },
	{ CVMM_GATE_FORMAT, CVMM_REASON_FORMAT_VERSION, CVMM_TRAIT_VMM_FORMATS, 0, 2, CVMM_FORMAT_1_1,
		"snapshots written in it: the older VMM refuses them, and 1.0 has no place for the choice about time" },
};

#define NVMM_SIDE (sizeof(vmm_side) / sizeof(vmm_side[0]))

static void add_vmm_side(struct gate *g)
{
	size_t i;
	uint32_t h;

	for (i = 0; i < NVMM_SIDE; i++) {
		const struct vmm_side *s = &vmm_side[i];
		struct cvmm_gate_item item = { .kind = s->kind, .id = s->id, .later = 1, .host = CVMM_NO_HOST };

		for (h = 0; h < g->n; h++) {
			if (!(cvmm_profile_trait(g->host[h], (enum cvmm_trait)s->trait, 1) & s->bit))
				wait_for(&item, h, s->reason);
			else if (s->cap && !cvmm_profile_cap(g->host[h], s->cap))
				wait_for(&item, h, CVMM_REASON_CAP_NOT_OFFERED);
		}
		item.open = item.nwait == 0;
		item.now = item.open;
		add(g, &item);
	}
}

int cvmm_gate_compute(const struct cvmm_profile *const *host, uint32_t n, const struct cvmm_baseline *b,
	const struct cvmm_exclusions *why, struct cvmm_gate_item *item, uint32_t cap, uint32_t *got,
	struct cvmm_error *e)
{
	struct gate g = { .host = host, .n = n, .b = b, .why = why, .item = item, .cap = cap };
	uint32_t h;

	if (!n)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_FLEET_EMPTY);
	for (h = 0; h < n; h++)
		if (host[h]->arch != b->arch)
			return cvmm_fail_id(e, -EINVAL, CVMM_REASON_FLEET_ARCH, 0, h);
	add_features(&g);
	add_registers(&g);
	add_vmm_side(&g);
	*got = g.got;
	if (g.got > cap)
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL, 0, g.got);
	return 0;
}

const char *cvmm_gate_rollback(const struct cvmm_gate_item *item)
{
	size_t i;

	for (i = 0; i < NVMM_SIDE; i++)
		if (vmm_side[i].kind == item->kind && vmm_side[i].id == item->id)
			return vmm_side[i].rollback;
	return item->kind == CVMM_GATE_FEATURE
		       ? "guests that were started with it: a VMM that does not know the feature cannot restore them"
		       : "nothing by itself: an older VMM leaves the register at its host's default, which may be more "
			 "or less";
}
