/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "vary.h"

#include <string.h>

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>
#include <cvmm/vm-regs/vm-regs.h>

#include "mutator.h"
#include "rules.h"

#define PAIRS	 4096u
#define REGS	 4096u
#define VARIANTS 64u

/* One entry of a list gets another value, or is gone. */
static void change(struct fuzz_rng *r, const struct cvmm_pair **list, uint32_t *n, struct cvmm_pair room[PAIRS])
{
	uint32_t at = fuzz_below(r, *n);

	if (!*n || *n > PAIRS)
		return;
	if (*list != room)
		memcpy(room, *list, *n * sizeof(**list));
	*list = room;
	if (fuzz_below(r, 2)) {
		room[at].value = fuzz_below(r, 2) ? 0 : fuzz_value(r);
		return;
	}
	memmove(&room[at], &room[at + 1], (*n - at - 1) * sizeof(*room));
	(*n)--;
}

/* Those that a plan asks about; a frequency is near the one that the guest has. */
static void set_trait(struct fuzz_rng *r, struct cvmm_profile *p, const struct cvmm_view *v)
{
	static const uint32_t asked[] = { CVMM_TRAIT_UNIFIED_FEATURES, CVMM_TRAIT_IIDR_KEEP, CVMM_TRAIT_IIDR_VALUE,
		CVMM_TRAIT_CACHE_WRITABLE, CVMM_TRAIT_TSC_KHZ, CVMM_TRAIT_TSC_KHZ };
	const struct cvmm_regset *set = &v->shape[0].regs;
	int khz = cvmm_regset_find(set, CVMM_X86_VCPU_TSC_KHZ);
	static struct cvmm_pair one;

	one = (struct cvmm_pair){ asked[fuzz_below(r, sizeof(asked) / sizeof(asked[0]))], fuzz_value(r) };
	if (one.id == CVMM_TRAIT_TSC_KHZ && khz >= 0)
		one.value = cvmm_regset_u64(set, (uint32_t)khz, 0) + (UINT64_C(1) << fuzz_below(r, 20)) - 1024;
	p->trait = &one;
	p->ntraits = 1;
}

/* A register of the list goes, or becomes one that nobody knows. */
static void change_list(struct fuzz_rng *r, struct cvmm_regset *set, const struct cvmm_view *v)
{
	static struct cvmm_item item[REGS];
	uint64_t id = fuzz_unknown_id(r, v);
	struct cvmm_item one;
	uint32_t at, to;

	if (!id)
		id = (uint64_t)v->arch << 56 | UINT64_C(0x30000200000000) | fuzz_below(r, 16);
	at = fuzz_below(r, set->n);
	if (!set->n || set->n > REGS)
		return;
	memcpy(item, set->item, set->n * sizeof(*item));
	set->item = item;
	one = item[at];
	memmove(&item[at], &item[at + 1], (set->n - at - 1) * sizeof(*item));
	set->n--;
	for (to = 0; to < set->n && item[to].id < id; to++)
		;
	if (fuzz_below(r, 4) == 0 || one.size != cvmm_reg_bytes(id) || (to < set->n && item[to].id == id))
		return;
	memmove(&item[to + 1], &item[to], (set->n - to) * sizeof(*item));
	item[to] = (struct cvmm_item){ id, one.size, one.off };
	set->n++;
}

static void change_variant(struct fuzz_rng *r, struct cvmm_profile *p, const struct cvmm_view *v)
{
	static struct cvmm_variant variant[VARIANTS];
	uint32_t i, features = 0;

	/* Once: there is room for one list. */
	if (p->nvariants > VARIANTS || p->variant == variant)
		return;
	for (i = 0; i < p->nvariants; i++)
		if (p->variant[i].features == v->shape[0].features)
			features = i;
	memcpy(variant, p->variant, p->nvariants * sizeof(*variant));
	p->variant = variant;
	change_list(r, &variant[fuzz_below(r, 4) ? features : fuzz_below(r, p->nvariants)].regs, v);
}

const struct fuzz_host *fuzz_vary(uint32_t seed, const struct fuzz_host *h, const struct cvmm_view *v)
{
	static struct cvmm_pair cap[PAIRS], mask[PAIRS], bits[PAIRS];
	static struct fuzz_host mine;
	struct fuzz_rng r = { seed };
	struct cvmm_profile *p = &mine.profile;
	uint32_t times = 1 + fuzz_below(&r, 4);

	if (seed % 2 == 0)
		return h;
	mine = *h;
	for (; times; times--) {
		switch (fuzz_below(&r, 8)) {
		case 0:
		case 1:
		case 2: change(&r, &p->cap, &p->ncaps, cap); break;
		case 3: change(&r, &p->mask, &p->nmasks, mask); break;
		case 4: change(&r, &p->bits, &p->nbits, bits); break;
		case 5: set_trait(&r, p, v); break;
		case 6: change_variant(&r, p, v); break;
		default: p->nlower = 0;
		}
	}
	return &mine;
}
