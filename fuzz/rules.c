/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Rules and rows as an embedding VMM might bring them: about registers that are there, mostly. */
#include "rules.h"

#include <cvmm/vcpu-regs/vcpu-regs.h>
#include <cvmm/vm-regs/vm-regs.h>

#define RULES 12u
#define ROWS  4u

static uint64_t some_item(struct fuzz_rng *r, const struct cvmm_regset *set)
{
	return set->n ? set->item[fuzz_below(r, set->n)].id : fuzz_reg_id(r, 0);
}

/* A register that only one side has, or that differs: only about those is a rule asked. 0: there is none. */
static uint64_t differing(struct fuzz_rng *r, const struct cvmm_regset *set, const struct cvmm_regset *host)
{
	uint32_t i = 0, k = 0, seen = 0;
	uint64_t picked = 0;

	while (i < set->n || k < host->n) {
		uint64_t a = i < set->n ? set->item[i].id : UINT64_MAX, b = k < host->n ? host->item[k].id : UINT64_MAX;

		if ((a != b || cvmm_regset_u64(set, i, 0) != cvmm_regset_u64(host, k, 0)) && !fuzz_below(r, ++seen))
			picked = a < b ? a : b;
		i += a <= b;
		k += b <= a;
	}
	return picked;
}

static uint64_t some_id(struct fuzz_rng *r, const struct cvmm_view *v, const struct cvmm_profile *host)
{
	const struct cvmm_regset *have = &host->variant[fuzz_below(r, host->nvariants)].regs;
	uint64_t id;

	switch (fuzz_below(r, 6)) {
	case 0: return some_item(r, &v->vm);
	case 1: return some_item(r, &v->shape[fuzz_below(r, v->nshapes)].regs);
	case 2: return some_item(r, have);
	case 3:
	case 4:
		id = differing(r, fuzz_below(r, 3) ? &v->shape[fuzz_below(r, v->nshapes)].regs : &v->vm, have);
		return id ? id : some_item(r, have);
	default: return fuzz_reg_id(r, v->arch);
	}
}

uint64_t fuzz_unknown_id(struct fuzz_rng *r, const struct cvmm_view *v)
{
	const struct cvmm_regset *set = fuzz_below(r, 2) ? &v->vm : &v->shape[0].regs;
	uint32_t i;

	for (i = 0; i < set->n; i++)
		if (!cvmm_vm_reg_from_id(set->item[i].id).id && !cvmm_vcpu_reg_from_id(set->item[i].id).id)
			return set->item[i].id;
	return 0;
}

const struct cvmm_rules *fuzz_rules(uint32_t seed, const struct cvmm_view *v, const struct cvmm_profile *host)
{
	static struct cvmm_rule rule[RULES];
	static struct cvmm_row row[ROWS];
	static uint8_t scope[ROWS];
	static struct cvmm_rules all;
	struct fuzz_rng r = { seed };
	uint32_t i;

	if (!seed)
		return NULL;
	all = (struct cvmm_rules){ rule, 1 + fuzz_below(&r, RULES), fuzz_below(&r, ROWS + 1), row, scope };
	for (i = 0; i < all.n; i++) {
		rule[i] = (struct cvmm_rule){
			.first = some_id(&r, v, host),
			.arg = fuzz_below(&r, 2) ? some_id(&r, v, host) : fuzz_below(&r, 260),
			.mask = fuzz_value(&r),
			.value = fuzz_value(&r),
			.step = (uint16_t)(fuzz_below(&r, 4) ? 0 : 1 + fuzz_below(&r, 2)),
			.count = (uint16_t)(1 + (fuzz_below(&r, 4) ? 0 : fuzz_below(&r, 64))),
			.reason = (uint16_t)(fuzz_below(&r, 2) ? CVMM_REASON_RULE_ACCEPTS : 0),
			.on = (uint8_t)(fuzz_below(&r, 64) ? 1 + fuzz_below(&r, 7) : fuzz_below(&r, 10)),
			.test = (uint8_t)(fuzz_below(&r, 64) ? fuzz_below(&r, CVMM_TEST_HOST + 1) : 9),
			.act = (uint8_t)(fuzz_below(&r, 64) ? fuzz_below(&r, CVMM_ACT_WRITE + 1) : 9),
		};
		rule[i].mask = fuzz_below(&r, 2) ? 0 : rule[i].mask;
		rule[i].expected = fuzz_value(&r) & rule[i].mask;
	}
	for (i = 0; i < all.nrows; i++) {
		uint64_t id = fuzz_unknown_id(&r, v);

		/* Only for a register that nobody knows does a row count. */
		row[i] = (struct cvmm_row){
			.first = id ? id : fuzz_reg_id(&r, v->arch),
			.compare = fuzz_below(&r, 4) ? UINT64_MAX : fuzz_value(&r),
			.count = 1,
			.phase = (uint8_t)fuzz_below(&r, CVMM_PHASE_DONE + 1),
			.window = (uint8_t)fuzz_below(&r, CVMM_WINDOW_NEVER + 1),
			.write = (uint8_t)fuzz_below(&r, CVMM_WRITE_VOLATILE + 1),
			.dflt = (uint8_t)fuzz_below(&r, 3),
			.combine = (uint8_t)fuzz_below(&r, 4),
			.needs = fuzz_below(&r, 4) ? 0 : 8,
		};
		scope[i] = (uint8_t)(fuzz_below(&r, 2) ? CVMM_SCOPE_VM : CVMM_SCOPE_VCPU);
	}
	return &all;
}
