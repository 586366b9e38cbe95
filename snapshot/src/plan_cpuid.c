/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * x86_64: CPUID. KVM lets a VMM tell the guest anything, so the guest keeps every leaf as it was; what has to be asked is
 * whether the host can keep those promises. Which bits are promises is a table; the rest describes (topology, caches,
 * names) and is the VMM's own business.
 */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/x86.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include <stddef.h>
#include <string.h>

#include "plan_cpuid.h"
#include "plan_verdict.h"

#define LEAF_ID(function, index) (UINT64_C(0x2040008000000000) | (uint64_t)(index) << 32 | (function))
#define HEAD			 sizeof(struct cvmm_x86_cpuid)
#define ENTRY			 sizeof(struct cvmm_x86_cpuid_entry)
#define INDEX_MASK		 0x7fu
#define ANY			 UINT32_MAX

enum how {
	HOW_SUBSET, /* each bit is a feature */
	HOW_EQUAL,  /* another value is another machine */
	HOW_UPTO,   /* a number that the host may exceed */
};

enum { EAX, EBX, ECX, EDX };

/*
 * Bits that KVM or the VMM decides by itself are left out: 1.ecx MONITOR, x2APIC, TSC deadline, OSXSAVE, hypervisor; 1.edx HTT;
 * 7.ecx OSPKE; 0x80000001.ecx CmpLegacy, ExtApic, TopologyExtensions.
 */
static const struct promise {
	uint32_t function;
	uint32_t index; /* ANY: all from @from on */
	uint32_t from;
	uint32_t reg;
	uint32_t mask;
	uint32_t how;
} promises[] = {
	{ 0x0, 0, 0, EBX, ~0u, HOW_EQUAL }, /* the vendor */
	{ 0x0, 0, 0, ECX, ~0u, HOW_EQUAL },
	{ 0x0, 0, 0, EDX, ~0u, HOW_EQUAL },
	{ 0x1, 0, 0, ECX, ~0x89200008u, HOW_SUBSET },
	{ 0x1, 0, 0, EDX, ~0x10000000u, HOW_SUBSET },
	{ 0x7, 0, 0, EBX, ~0u, HOW_SUBSET },
	{ 0x7, 0, 0, ECX, ~0x10u, HOW_SUBSET },
	{ 0x7, 0, 0, EDX, ~0u, HOW_SUBSET },
	{ 0x7, 1, 0, EAX, ~0u, HOW_SUBSET },
	{ 0x7, 1, 0, EBX, ~0u, HOW_SUBSET },
	{ 0x7, 1, 0, ECX, ~0u, HOW_SUBSET },
	{ 0x7, 1, 0, EDX, ~0u, HOW_SUBSET },
	{ 0x7, 2, 0, EDX, ~0u, HOW_SUBSET },
	{ 0xd, 0, 0, EAX, ~0u, HOW_SUBSET }, /* XCR0 */
	{ 0xd, 0, 0, EDX, ~0u, HOW_SUBSET },
	{ 0xd, 1, 0, EAX, ~0u, HOW_SUBSET },
	{ 0xd, 1, 0, ECX, ~0u, HOW_SUBSET }, /* XSS */
	{ 0xd, 1, 0, EDX, ~0u, HOW_SUBSET },
	{ 0xd, ANY, 2, EAX, ~0u, HOW_EQUAL }, /* where a component lies in the XSAVE area */
	{ 0xd, ANY, 2, EBX, ~0u, HOW_EQUAL },
	{ 0x14, 0, 0, EBX, ~0u, HOW_SUBSET },
	{ 0x14, 0, 0, ECX, ~0u, HOW_SUBSET },
	{ 0x1d, ANY, 1, EAX, ~0u, HOW_EQUAL }, /* tiles */
	{ 0x1d, ANY, 1, EBX, ~0u, HOW_EQUAL },
	{ 0x40000001, 0, 0, EAX, ~0u, HOW_SUBSET }, /* KVM's own features */
	{ 0x80000001, 0, 0, ECX, ~0x40000au, HOW_SUBSET },
	{ 0x80000001, 0, 0, EDX, ~0u, HOW_SUBSET },
	{ 0x80000007, 0, 0, EDX, ~0u, HOW_SUBSET },
	{ 0x80000008, 0, 0, EAX, 0xffu, HOW_UPTO }, /* bits of a physical address */
	{ 0x80000008, 0, 0, EAX, 0xff00u, HOW_UPTO },
	{ 0x80000008, 0, 0, EBX, ~0u, HOW_SUBSET },
	{ 0x8000000a, 0, 0, EDX, ~0u, HOW_SUBSET },
	{ 0x80000021, 0, 0, EAX, ~0u, HOW_SUBSET },
};

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

uint16_t cvmm_cpuid_well_formed(const struct plan_ctx *c, const uint8_t *value, uint32_t size, uint32_t cap)
{
	(void)c;
	(void)cap;
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

static int keeps(const struct promise *p, uint32_t guest, uint32_t host)
{
	guest &= p->mask;
	host &= p->mask;
	switch (p->how) {
	case HOW_SUBSET: return !(guest & ~host);
	case HOW_UPTO: return guest <= host;
	default: return guest == host || !guest;
	}
}

/* One leaf of one vCPU. The guest's register and the host's are told, with its number above: 0 eax to 3 edx. */
static struct decision judge(const struct leaf *guest, const struct leaf *host, uint64_t *other)
{
	struct decision d = settle(CVMM_VERDICT_EXACT, CVMM_REASON_WRITTEN);
	uint32_t i;

	*other = 0;
	if (!guest->there)
		return settle(CVMM_VERDICT_PINNED, CVMM_REASON_HIDDEN);
	for (i = 0; i < sizeof(promises) / sizeof(promises[0]); i++) {
		const struct promise *p = &promises[i];
		uint32_t have = guest->reg[p->reg], offer = host->reg[p->reg];

		if (p->function != guest->function ||
			(p->index == ANY ? guest->index < p->from : p->index != guest->index))
			continue;
		if (keeps(p, have, offer)) {
			if ((have ^ offer) & p->mask && d.verdict == CVMM_VERDICT_EXACT)
				d = settle(CVMM_VERDICT_PINNED, CVMM_REASON_HIDDEN);
			continue;
		}
		d = settle(CVMM_VERDICT_REFUSED,
			p->how == HOW_SUBSET ? CVMM_REASON_BITS_NOT_OFFERED : CVMM_REASON_FIXED_BITS_DIFFER);
		d.value = (uint64_t)p->reg << 32 | have;
		*other = (uint64_t)p->reg << 32 | offer;
		break;
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

		if (cvmm_is_cpuid_leaf(id) && id > last) {
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
		w.n = cvmm_cpuid_well_formed(c, cvmm_regset_value(set, w.item, 0), size, 0)
			      ? 0
			      : (uint32_t)((size - HEAD) / ENTRY);
	}
	while ((id = next_leaf(&w, id)) != 0) {
		struct cvmm_step step;

		leaf_step(&w, (uint32_t)id, (uint32_t)(id >> 32) & INDEX_MASK, &step);
		put(to, &step);
	}
}
