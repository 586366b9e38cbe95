/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Target functions: cvmm_plan_make cvmm_plan_moves cvmm_host_accepts
 *
 * Every id of either side gets exactly one verdict; refusals are counted; the same question gives the same answer, also if
 * only the answer is asked for; too little room is told and nothing is written. */
#include <errno.h>
#include <string.h>

#include <cvmm/vm-regs/vm-regs.h>

#include "../check.h"
#include "../input.h"
#include "../rig.h"
#include "../rules.h"
#include "../vary.h"

const size_t fuzz_prefix = 3; /* host, rules, what else the host answers */

static int has_step(const struct cvmm_plan *p, uint64_t id, enum cvmm_scope scope, uint32_t shape)
{
	uint32_t i, n = 0;

	for (i = 0; i < p->n; i++)
		n += p->step[i].id == id && p->step[i].scope == scope && p->step[i].shape == shape;
	return n == 1;
}

static void check_plan(const struct cvmm_view *v, const struct cvmm_plan *p)
{
	uint32_t i, k, refused = 0;

	for (i = 0; i < p->n; i++) {
		const struct cvmm_step *s = &p->step[i];

		refused += s->verdict == CVMM_VERDICT_REFUSED;
		FUZZ_CHECK(
			strcmp(cvmm_verdict_name(s->verdict), "unknown") && cvmm_reason_text(s->reason), "step %u", i);
		FUZZ_CHECK(s->verdict != CVMM_VERDICT_REFUSED || s->reason, "%lx refused for nothing",
			(unsigned long)s->id);
		FUZZ_CHECK(!i || p->step[i - 1].phase <= s->phase, "step %u: phases go backwards", i);
		FUZZ_CHECK(s->shape < v->nshapes || !v->nshapes, "step %u: shape", i);
	}
	FUZZ_CHECK(!strcmp(cvmm_verdict_name(CVMM_VERDICT_REFUSED + 1), "unknown"), "a verdict too many");
	FUZZ_CHECK(refused == p->nrefused, "%u refused, %u counted", refused, p->nrefused);
	for (i = 0; i < v->vm.n; i += 1 + v->vm.n / 16)
		FUZZ_CHECK(has_step(p, v->vm.item[i].id, CVMM_SCOPE_VM, 0), "VM's %lx: not one verdict",
			(unsigned long)v->vm.item[i].id);
	for (k = 0; k < v->nshapes; k++)
		for (i = 0; i < v->shape[k].regs.n; i += 1 + v->shape[k].regs.n / 16)
			FUZZ_CHECK(has_step(p, v->shape[k].regs.item[i].id, CVMM_SCOPE_VCPU, k),
				"shape %u's %lx: not one verdict", k, (unsigned long)v->shape[k].regs.item[i].id);
}

/* The short way to the answer, for one shape: as many refusals, and the same one first. */
static void check_moves(
	const struct cvmm_view *v, const struct fuzz_host *h, const struct cvmm_rules *mine, const struct cvmm_plan *p)
{
	static _Alignas(16) uint8_t store[1 << 20];
	const struct cvmm_profile *host = &h->profile;
	struct cvmm_move move;
	struct cvmm_error e;
	uint32_t i;
	int err = cvmm_plan_moves(v, &host, 1, mine, &move, store, sizeof(store), &e);

	if (v->nshapes != 1) {
		FUZZ_CHECK(err && e.reason == CVMM_REASON_SHAPE, "%u shapes", v->nshapes);
		return;
	}
	FUZZ_CHECK(!err, "reason %u", e.reason);
	FUZZ_CHECK(move.nrefused == p->nrefused, "%u refused, the plan: %u", move.nrefused, p->nrefused);
	for (i = 0; i < p->n && p->step[i].verdict != CVMM_VERDICT_REFUSED; i++)
		;
	if (i < p->n)
		FUZZ_CHECK(move.id == p->step[i].id && move.reason == p->step[i].reason,
			"first %lx %s, the plan: %lx %s", (unsigned long)move.id, cvmm_reason_name(move.reason),
			(unsigned long)p->step[i].id, cvmm_reason_name(p->step[i].reason));
	FUZZ_CHECK(cvmm_plan_moves(v, &host, 1, mine, &move, store, 15, &e) == -E2BIG &&
			   cvmm_plan_moves(v, &host, 1, mine, &move, NULL, sizeof(store), &e) == -E2BIG,
		"no room");
	FUZZ_CHECK(
		cvmm_plan_moves(v, &host, 1, mine, &move, store + 8, sizeof(store) - 8, &e) == -EINVAL, "misaligned");
}

/* What the host has itself it accepts, or says why not; the answer does not depend on who wants the reason. */
static void check_accepts(const struct cvmm_view *v, const struct fuzz_host *h)
{
	const struct cvmm_variant *variant = cvmm_profile_variant(&h->profile, v->shape[0].features);
	uint32_t i;

	for (i = 0; variant && i < v->vm.n; i += 1 + v->vm.n / 16) {
		uint64_t id = v->vm.item[i].id, value = cvmm_regset_u64(&v->vm, i, 0);
		const struct cvmm_row *row = cvmm_vm_reg_row(cvmm_vm_reg_from_id(id));
		uint16_t detail = 0;
		uint8_t write;
		int yes;

		if (!row)
			continue;
		yes = cvmm_host_accepts(&h->profile, variant, row, id, value, &detail, &write);
		FUZZ_CHECK(cvmm_host_accepts(&h->profile, variant, row, id, value, NULL, NULL) == yes,
			"%lx: accepted or not", (unsigned long)id);
		FUZZ_CHECK(yes || detail, "%lx: not accepted for nothing", (unsigned long)id);
	}
	for (i = 0; variant && i < v->shape[0].regs.n; i++) {
		uint64_t id = v->shape[0].regs.item[i].id;
		const uint8_t *value = cvmm_regset_value(&v->shape[0].regs, i, 0);
		uint16_t detail = 0;
		uint8_t write;
		int yes = cvmm_host_accepts_wide(variant, id, value, &detail, &write);

		FUZZ_CHECK(cvmm_host_accepts_wide(variant, id, value, NULL, NULL) == yes && (yes == -ENOENT || detail),
			"%lx: accepted or not", (unsigned long)id);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cvmm_step step[RIG_STEPS];
	const struct fuzz_host *h;
	const struct cvmm_rules *mine;
	struct cvmm_plan p, again = { .step = step, .cap = RIG_STEPS };
	struct cvmm_view v;
	struct cvmm_error e;

	if (size < fuzz_prefix || rig_read(data + fuzz_prefix, size - fuzz_prefix, &v, &e))
		return 0;
	h = fuzz_vary(data[2], fuzz_profile(fuzz_any(data[0])), &v);
	mine = fuzz_rules(data[1], &v, &h->profile);
	if (rig_plan(&v, h, mine, &p, &e)) {
		const struct cvmm_profile *host = &h->profile;
		struct cvmm_move move;

		FUZZ_CHECK(rig_plan(&v, h, mine, &p, NULL) == e.err, "another result without a reason");
		FUZZ_CHECK(cvmm_plan_moves(&v, &host, 1, mine, &move, step, sizeof(step), NULL) == e.err,
			"no plan, and moves");
		return 0;
	}
	/* A view of another architecture is refused as a whole. */
	if (v.arch == h->profile.arch) {
		check_plan(&v, &p);
		check_accepts(&v, h);
	} else {
		FUZZ_CHECK(p.nrefused, "architecture %x accepted", v.arch);
	}
	check_moves(&v, h, mine, &p);
	FUZZ_CHECK(!cvmm_plan_make(&v, &h->profile, mine, &again, &e), "not twice");
	FUZZ_CHECK(again.n == p.n && again.nrefused == p.nrefused && again.check == p.check &&
			   !memcmp(step, p.step, p.n * sizeof(*step)),
		"two plans differ");
	again.cap = p.n - 1;
	FUZZ_CHECK(!p.n || (cvmm_plan_make(&v, &h->profile, mine, &again, &e) && e.other == p.n), "needs %u", p.n);
	return 0;
}
