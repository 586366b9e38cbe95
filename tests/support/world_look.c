/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Looking at plans, views and guests, and comparing them. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include "world.h"

void plan_on(struct planned *p, const struct cvmm_view *v, const struct world *w, const struct cvmm_rules *mine)
{
	struct cvmm_error e;

	p->p = (struct cvmm_plan){ .step = p->step, .cap = CVMM_PLAN_STEPS_MAX };
	cr_assert_eq(cvmm_plan_make(v, &w->profile, mine, &p->p, &e), 0, "plan on %s: %d %s id %llx other %llu",
		w->name, e.err, cvmm_reason_text(e.reason), (unsigned long long)e.id, (unsigned long long)e.other);
}

const struct cvmm_step *step_of(const struct planned *p, uint64_t id)
{
	uint32_t i;

	for (i = 0; i < p->p.n; i++) {
		if (p->step[i].id == id)
			return &p->step[i];
	}
	return NULL;
}

uint32_t steps_with(const struct planned *p, uint64_t id)
{
	uint32_t i, n = 0;

	for (i = 0; i < p->p.n; i++)
		n += p->step[i].id == id;
	return n;
}

void print_plan(const struct planned *p)
{
	char name[CVMM_REG_NAME_MAX];
	uint32_t i;

	for (i = 0; i < p->p.n; i++) {
		const struct cvmm_step *s = &p->step[i];

		if (s->verdict == CVMM_VERDICT_EXACT && s->reason == CVMM_REASON_WRITTEN)
			continue;
		(void)cvmm_reg_name(s->id, name, sizeof(name));
		fprintf(stderr,
			"  %-12s %-20s %-22s value %llx other %llx vcpu %d rule %d phase %u write %u verify %u\n",
			cvmm_verdict_name(s->verdict), name, cvmm_reason_name(s->reason), (unsigned long long)s->value,
			(unsigned long long)s->other, (int)s->vcpu, (int16_t)s->rule, s->phase, s->write, s->verify);
	}
}

uint64_t vm_value(const struct cvmm_view *v, uint64_t id)
{
	int i = cvmm_regset_find(&v->vm, id);

	cr_assert_geq(i, 0, "%llx is not in the view", (unsigned long long)id);
	return cvmm_regset_u64(&v->vm, (uint32_t)i, 0);
}

uint64_t vcpu_value(const struct cvmm_view *v, uint64_t id, uint32_t col)
{
	int i = cvmm_regset_find(&v->shape[0].regs, id);

	cr_assert_geq(i, 0, "%llx is not in the view", (unsigned long long)id);
	return cvmm_regset_u64(&v->shape[0].regs, (uint32_t)i, col);
}

void set_value(const struct cvmm_view *v, uint64_t id, uint32_t col, uint64_t value)
{
	const struct cvmm_regset *set = &v->vm;
	int i = cvmm_regset_find(set, id);

	if (i < 0) {
		set = &v->shape[0].regs;
		i = cvmm_regset_find(set, id);
	}
	cr_assert_geq(i, 0);
	cvmm_store_le((uint8_t *)(uintptr_t)cvmm_regset_value(set, (uint32_t)i, col), set->item[i].size, value);
}

static int by_id(const void *a, const void *b)
{
	const struct cvmm_pair *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

void pair_sort(struct cvmm_pair *p, uint32_t n)
{
	qsort(p, n, sizeof(*p), by_id);
}

/* Everything that a guest can read and KVM decides. */
static uint64_t see_same_registers(const struct guest *a, const struct guest *b)
{
	static const uint64_t more[] = { CVMM_ARM64_SYS(3, 3, 0, 0, 1), CVMM_ARM64_SYS(3, 1, 0, 0, 1),
		CVMM_ARM64_MIDR_EL1, CVMM_ARM64_MPIDR_EL1, CVMM_ARM64_REVIDR_EL1, CVMM_ARM64_SYS(3, 1, 0, 0, 7) };
	uint32_t i;

	for (i = 0; i < 56 + sizeof(more) / sizeof(more[0]); i++) {
		uint64_t id = i < 56 ? CVMM_ARM64_SYS(3, 0, 0, 1, 0) + i : more[i - 56], x = 0, y = 0;
		int rx = cvmm_sim_guest_reg(&a->world->be, a->vcpu[0].fd, id, &x);
		int ry = cvmm_sim_guest_reg(&b->world->be, b->vcpu[0].fd, id, &y);

		if (rx != ry || x != y) {
			fprintf(stderr, "MRS %llx: %d %llx on %s, %d %llx on %s\n", (unsigned long long)id, rx,
				(unsigned long long)x, a->world->name, ry, (unsigned long long)y, b->world->name);
			return id;
		}
	}
	return 0;
}

static uint64_t see_same_hypercalls(const struct guest *a, const struct guest *b)
{
	const struct cvmm_variant *v = cvmm_profile_variant(&a->world->profile, a->m.features);
	uint32_t i, asked = 0;

	if (!v)
		return 0;
	for (i = 0; i < v->nhvc; i++) {
		uint64_t x[4], y[4];

		if (cvmm_sim_guest_hvc(&a->world->be, a->vcpu[0].fd, v->hvc[i].fn, v->hvc[i].arg, x) < 0 ||
			cvmm_sim_guest_hvc(&b->world->be, b->vcpu[0].fd, v->hvc[i].fn, v->hvc[i].arg, y) < 0)
			continue;
		asked++;
		if (memcmp(x, y, sizeof(x))) {
			fprintf(stderr, "HVC %llx %llx: %llx on %s, %llx on %s\n", (unsigned long long)v->hvc[i].fn,
				(unsigned long long)v->hvc[i].arg, (unsigned long long)x[0], a->world->name,
				(unsigned long long)y[0], b->world->name);
			return v->hvc[i].fn;
		}
	}
	cr_assert(!v->nhvc || asked > 40, "only %u of %u hypercalls have an answer on both", asked, v->nhvc);
	return 0;
}

uint64_t guests_see_the_same(const struct guest *a, const struct guest *b)
{
	uint64_t id = see_same_registers(a, b);

	return id ? id : see_same_hypercalls(a, b);
}

static const struct cvmm_row *row_of(uint64_t id)
{
	const struct cvmm_row *row = cvmm_vm_reg_row(cvmm_vm_reg_from_id(id));

	return row ? row : cvmm_vcpu_reg_row(cvmm_vcpu_reg_from_id(id));
}

static uint64_t sets_differ(const struct cvmm_regset *a, const struct cvmm_regset *b)
{
	uint32_t i, col;

	if (a->n != b->n || a->ncols != b->ncols)
		return UINT64_MAX;
	for (i = 0; i < a->n; i++) {
		const struct cvmm_row *row = row_of(a->item[i].id);

		if (a->item[i].id != b->item[i].id)
			return a->item[i].id;
		if (row && row->write == CVMM_WRITE_VOLATILE)
			continue;
		for (col = 0; col < a->ncols; col++) {
			if (a->item[i].size > 8 ? memcmp(cvmm_regset_value(a, i, col), cvmm_regset_value(b, i, col),
							  a->item[i].size) != 0
						: ((cvmm_regset_u64(a, i, col) ^ cvmm_regset_u64(b, i, col)) &
							  (row ? row->compare : ~0ull)) != 0)
				return a->item[i].id;
		}
	}
	return 0;
}

uint64_t views_differ(const struct cvmm_view *a, const struct cvmm_view *b)
{
	uint64_t id = sets_differ(&a->vm, &b->vm);

	return id ? id : sets_differ(&a->shape[0].regs, &b->shape[0].regs);
}
