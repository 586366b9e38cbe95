/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Values that the caller's rules bring, and registers that a host lists without having them. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/x86.h>
#include <cvmm/snapshot/format.h>
#include <cvmm/snapshot/plan.h>

#include "world.h"
#include "x86.h"

static _Alignas(16) uint8_t moves_store[CVMM_MOVES_BYTES];

/* Takes an item out of a view of the test's own. */
static uint64_t drop(struct cvmm_regset *set, uint32_t at)
{
	struct cvmm_item *item = (struct cvmm_item *)(uintptr_t)set->item;
	uint64_t id = item[at].id;

	memmove(&item[at], &item[at + 1], (set->n - at - 1) * sizeof(*item));
	set->n--;
	return id;
}

static void moves_agree(const struct cvmm_view *v, const struct cvmm_profile *host, const struct cvmm_rules *mine,
	const struct cvmm_plan *p)
{
	struct cvmm_error e;
	struct cvmm_move m;

	cr_assert_eq(cvmm_plan_moves(v, &host, 1, mine, &m, moves_store, sizeof(moves_store), &e), 0);
	cr_assert_eq(m.nrefused, p->nrefused, "%u, the plan: %u", m.nrefused, p->nrefused);
}

/* A rule's value has 64 bits: for more, a restore would write what lies behind it. */
Test(rule_values, a_longer_register_takes_none)
{
	static struct planned p;
	static struct guest g;
	struct cvmm_rule rule = { .count = 1, .on = CVMM_ON_HOST_ONLY, .act = CVMM_ACT_PIN, .value = 1 };
	struct cvmm_rules mine = { .v = &rule, .n = 1 };
	const struct cvmm_step *step;
	struct cvmm_regset *set;
	struct world w;
	struct saved s;
	uint32_t i;

	world_open(&w, "7.3.4-neoverse-n1");
	guest_start(&g, &w, 1, PSCI, NULL, 0);
	guest_save(&g, &s);
	set = (struct cvmm_regset *)(uintptr_t)&s.v.shape[0].regs;
	for (i = 0; i < set->n && set->item[i].size != 16; i++)
		;
	cr_assert_lt(i, set->n);
	rule.first = drop(set, i);
	plan_on(&p, &s.v, &w, &mine);
	step = step_of(&p, rule.first);
	cr_assert_eq(step->verdict, CVMM_VERDICT_REFUSED);
	cr_assert_eq(step->reason, CVMM_REASON_REG_SIZE);
	moves_agree(&s.v, &w.profile, &mine, &p.p);
	rule.act = CVMM_ACT_HIDE;
	plan_on(&p, &s.v, &w, &mine);
	cr_assert_eq(step_of(&p, rule.first)->verdict, CVMM_VERDICT_LEFT);
	cr_assert_eq(p.p.nrefused, 0);
	free(s.store);
	guest_close(&g);
	world_close(&w);
}

/* Kernels list MSRs that their vCPUs do not have: in the snapshot or not, the short way to the answer says what the plan says. */
Test(rule_values, what_is_only_listed_is_not_there)
{
	static struct x86_planned p;
	struct cvmm_rule rule = { .count = 1, .on = 7, .act = CVMM_ACT_REFUSE };
	struct cvmm_rules mine = { .v = &rule, .n = 1 };
	uint32_t i, n = 0;
	struct x86_world w;
	struct x86_guest g;
	struct x86_saved s;
	struct cvmm_error e;

	memset(&g, 0, sizeof(g));
	x86_world_open(&w, "5.10.223-svm");
	cr_assert_eq(x86_guest_start(&g, &w, NULL, 1, &e), 0);
	cr_assert_eq(x86_guest_save(&g, &w, &s, &e), 0);
	for (i = 0; i < w.profile.nbits; i++) {
		rule.first = w.profile.bits[i].id;
		if (w.profile.bits[i].value || cvmm_regset_find(&w.profile.variant[0].regs, rule.first) < 0)
			continue;
		n++;
		p.p = (struct cvmm_plan){ .step = p.step, .cap = X86_STEPS };
		cr_assert_eq(cvmm_plan_make(&s.v, &w.profile, &mine, &p.p, &e), 0);
		moves_agree(&s.v, &w.profile, &mine, &p.p);
	}
	cr_assert_gt(n, 0);
	free(s.store);
	x86_guest_close(&g);
	x86_world_close(&w);
}
