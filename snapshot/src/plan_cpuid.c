/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * x86_64: CPUID. KVM lets a VMM tell the guest anything, so the guest keeps every leaf as it was; what has to be asked is
 * whether the host can keep those promises. Which bits are promises says the table of judge_cpuid.c.
 */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/x86.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include <stddef.h>
#include <string.h>

#include "judge_wide.h"
#include "plan_cpuid.h"
#include "plan_verdict.h"

#define LEAF_ID(function, index) CVMM_X86_CPUID(function, index)
#define HEAD			 sizeof(struct cvmm_x86_cpuid)
#define ENTRY			 sizeof(struct cvmm_x86_cpuid_entry)
#define INDEX_MASK		 0x7fu
struct leaf {
	uint32_t function;
	uint32_t index;
	uint32_t reg[4];
	uint8_t there;
};

int cvmm_cpuid_host(const struct plan_ctx *c, uint32_t function, uint32_t index, uint32_t reg[4])
{
	int at = cvmm_regset_find(&c->variant->regs, LEAF_ID(function, index));
	uint32_t i;

	for (i = 0; at >= 0 && i < 4; i++)
		reg[i] = (uint32_t)cvmm_load_le(cvmm_regset_value(&c->variant->regs, (uint32_t)at, 0) + 4 * i, 4);
	return at >= 0;
}

uint16_t cvmm_cpuid_well_formed(const uint8_t *value, uint32_t size)
{
	if (size < HEAD || (size - HEAD) % ENTRY || (size - HEAD) / ENTRY > CVMM_X86_CPUID_MAX)
		return CVMM_REASON_REG_SIZE;
	return cvmm_load_le(value, 4) == (size - HEAD) / ENTRY ? 0 : CVMM_REASON_HOST_REFUSES;
}

/* The guest's list in one column, entry @i; leaves without subleaves have index 0. */
static struct leaf entry(const uint8_t *list, uint32_t i)
{
	struct cvmm_x86_cpuid_entry e;

	memcpy(&e, list + HEAD + i * ENTRY, sizeof(e));
	return (struct leaf){
		.function = e.function,
		.index = e.flags & CVMM_X86_CPUID_INDEX_MATTERS ? e.index & INDEX_MASK : 0,
		.reg = { e.eax, e.ebx, e.ecx, e.edx },
		.there = 1,
	};
}

static struct leaf find(const uint8_t *list, uint32_t n, uint32_t function, uint32_t index)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		struct leaf l = entry(list, i);

		if (l.function == function && l.index == index)
			return l;
	}
	return (struct leaf){ .function = function, .index = index };
}

/* One leaf of one vCPU. The guest's register and the host's are told, with its number above: 0 eax to 3 edx. */
static struct decision judge(const struct leaf *guest, const struct leaf *host, uint64_t *other)
{
	struct decision d = settle(CVMM_VERDICT_EXACT, CVMM_REASON_WRITTEN);
	uint32_t at = 0;
	uint16_t reason;
	int differs;

	*other = 0;
	if (!guest->there)
		return settle(CVMM_VERDICT_PINNED, CVMM_REASON_HIDDEN);
	reason = cvmm_cpuid_refused(LEAF_ID(guest->function, guest->index), guest->reg, host->reg, &at, &differs);
	if (differs)
		d = settle(CVMM_VERDICT_PINNED, CVMM_REASON_HIDDEN);
	if (reason) {
		d = settle(CVMM_VERDICT_REFUSED, reason);
		d.value = (uint64_t)at << 32 | guest->reg[at];
		*other = (uint64_t)at << 32 | host->reg[at];
	}
	return d;
}

struct walk {
	const struct plan_ctx *c;
	const struct cvmm_regset *set; /* the shape's, or NULL without CPUID */
	uint32_t item;
	uint32_t n; /* entries of each column */
};

static void leaf_step(const struct walk *w, uint32_t function, uint32_t index, struct cvmm_step *out)
{
	const struct cvmm_shape *shape = &w->c->v->shape[w->c->shape];
	struct leaf host = { .function = function, .index = index };
	uint32_t col;

	host.there = cvmm_cpuid_host(w->c, function, index, host.reg) != 0;
	*out = (struct cvmm_step){
		.id = LEAF_ID(function, index),
		.item = CVMM_NO_ITEM,
		.vcpu = CVMM_NO_VCPU,
		.reason = CVMM_REASON_HIDDEN,
		.rule = CVMM_NO_RULE,
		.shape = (uint16_t)w->c->shape,
		.verdict = CVMM_VERDICT_PINNED,
		.phase = CVMM_PHASE_INIT,
		.scope = CVMM_SCOPE_VCPU,
	};
	for (col = 0; w->set && col < w->set->ncols; col++) {
		struct leaf guest = find(cvmm_regset_value(w->set, w->item, col), w->n, function, index);
		uint64_t other;
		struct decision d = judge(&guest, &host, &other);

		if (col && d.verdict <= out->verdict)
			continue;
		out->verdict = d.verdict;
		out->reason = d.reason;
		out->value = d.value;
		out->other = other;
		out->vcpu = d.verdict == CVMM_VERDICT_REFUSED ? shape->vcpu_id[col] : CVMM_NO_VCPU;
	}
}

/* The next leaf id after @last, of either side; 0: there is none. */
static uint64_t next_leaf(const struct walk *w, uint64_t last)
{
	const struct cvmm_regset *host = &w->c->variant->regs;
	uint64_t best = 0;
	uint32_t i, col;

	for (i = 0; i < host->n; i++) {
		uint64_t id = host->item[i].id;

		if (cvmm_reg_is_cpuid(id) && id > last) {
			best = id;
			break;
		}
	}
	for (col = 0; w->set && col < w->set->ncols; col++) {
		const uint8_t *list = cvmm_regset_value(w->set, w->item, col);

		/* vCPUs mostly have the same leaves. */
		for (i = 0; i < w->n; i++) {
			struct leaf l = entry(list, i);
			uint64_t id = LEAF_ID(l.function, l.index);

			if (id > last && (!best || id < best))
				best = id;
		}
	}
	return best;
}

void cvmm_plan_cpuid(const struct plan_ctx *c, void (*put)(void *to, const struct cvmm_step *step), void *to)
{
	const struct cvmm_regset *set = &c->v->shape[c->shape].regs;
	int at = cvmm_regset_find(set, CVMM_X86_VCPU_CPUID2);
	struct walk w = { .c = c };
	uint64_t id = 0;

	if (at >= 0) {
		uint32_t size = set->item[at].size;

		w.set = set;
		w.item = (uint32_t)at;
		w.n = cvmm_cpuid_well_formed(cvmm_regset_value(set, w.item, 0), size)
			      ? 0
			      : (uint32_t)((size - HEAD) / ENTRY);
	}
	while ((id = next_leaf(&w, id)) != 0) {
		struct cvmm_step step;

		leaf_step(&w, (uint32_t)id, (uint32_t)(id >> 32) & INDEX_MASK, &step);
		put(to, &step);
	}
}
