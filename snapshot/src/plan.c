/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The plan: one merge of the view's lists with the host's, walked twice. The first walk counts, so that a caller with
 * too little room learns the number and nothing is written; the second puts each step where its phase belongs.
 */
#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/reg-id.h>

#include <errno.h>
#include <string.h>

#include "plan_cpuid.h"
#include "plan_parts.h"

#include <cvmm/vcpu-regs/vcpu-regs.h>
#include <cvmm/vm-regs/vm-regs.h>

#define PHASES 16u

/* Bits 63:32 of an MSR's id. */
#define X86_MSR_IDS UINT64_C(0x20300002)

/* Where the next step of each phase and rank goes. */
struct walk {
	struct plan_ctx c;
	struct cvmm_plan *p;
	struct plan_sum *sum; /* instead of a plan */
	uint32_t cursor[PHASES * CVMM_RANKS];
	uint32_t total;
	uint32_t refused;
	uint8_t counting;
	uint8_t exact; /* the variant is the guest's own feature set */
	uint8_t told;  /* cvmm_plan_machine() */
};

static void put(struct walk *w, const struct cvmm_step *step, uint32_t place)
{
	if (w->sum) {
		cvmm_plan_sum_step(w->sum, step, place);
		return;
	}
	w->p->step[w->cursor[place]++] = *step;
	w->refused += step->verdict == CVMM_VERDICT_REFUSED;
}

static uint8_t phase_of(const struct cvmm_row *row)
{
	return row && row->phase < PHASES ? row->phase : (uint8_t)CVMM_PHASE_NONE;
}

uint32_t cvmm_plan_place(const struct cvmm_row *row)
{
	return phase_of(row) * CVMM_RANKS + (row && row->rank < CVMM_RANKS ? row->rank : 0);
}

static void visit(struct walk *w, const struct subject *s)
{
	struct cvmm_step step;

	if (w->counting) {
		w->cursor[cvmm_plan_place(s->row)]++;
		w->total++;
		return;
	}
	cvmm_plan_decide(&w->c, s, &step);
	step.phase = phase_of(s->row);
	put(w, &step, cvmm_plan_place(s->row));
}

/* A step that somebody else has made. */
static void take_step(void *to, const struct cvmm_step *step)
{
	struct walk *w = to;

	if (w->counting) {
		w->cursor[step->phase * CVMM_RANKS]++;
		w->total++;
		return;
	}
	put(w, step, step->phase * CVMM_RANKS);
}

int cvmm_plan_features_id(uint64_t id)
{
	return id == CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_FEATURES);
}

/* Which of the host's registers belong to this walk? Those that nobody knows are reported once, with the VM's. */
static uint8_t wanted(const struct walk *w, uint8_t scope, uint64_t id, const struct cvmm_row **row)
{
	uint8_t owner = cvmm_plan_owner(w->c.mine, id, row);

	if (owner == scope)
		return 1;
	/* Leaves are judged where the guest's own are at hand. */
	return !cvmm_reg_is_cpuid(id) && owner == CVMM_SCOPE_UNKNOWN && scope == CVMM_SCOPE_VM;
}

/* An id that no table knows: is it in one of the shapes, where the walk over that shape will find it? */
static int in_shape(const struct walk *w, uint64_t id)
{
	return cvmm_regset_find(&w->c.v->shape[w->c.shape].regs, id) >= 0;
}

/* x86_64: kernels list MSRs that their vCPUs do not have; a profile says that no bit of them was taken. */
int cvmm_plan_only_listed(const struct cvmm_profile *host, uint64_t id)
{
	const struct cvmm_pair *p = id >> 32 == X86_MSR_IDS ? cvmm_pair_find(host->bits, host->nbits, id) : NULL;

	return p && !p->value;
}

static void merge(struct walk *w, const struct cvmm_regset *set, uint8_t scope)
{
	const struct cvmm_regset *host;
	uint32_t i = 0, k = 0;

	if (!w->c.variant)
		return;
	host = &w->c.variant->regs;
	while (i < set->n || k < host->n) {
		uint64_t a = i < set->n ? set->item[i].id : UINT64_MAX;
		uint64_t b = k < host->n ? host->item[k].id : UINT64_MAX;
		struct subject s = { .set = set, .item = CVMM_NO_ITEM, .host = CVMM_NO_ITEM, .scope = scope };

		s.id = a < b ? a : b;
		if (a <= b)
			s.item = i++;
		if (b <= a && !cvmm_plan_only_listed(w->c.host, b))
			s.host = k;
		k += b <= a;
		if (s.item == CVMM_NO_ITEM) {
			if (s.host == CVMM_NO_ITEM || !wanted(w, scope, s.id, &s.row) || (!s.row && in_shape(w, s.id)))
				continue;
		} else {
			(void)cvmm_plan_owner(w->c.mine, s.id, &s.row);
		}
		if (!w->told || !cvmm_plan_features_id(s.id))
			visit(w, &s);
	}
}

/* Both walks take exactly this way. */
static void walk(struct walk *w)
{
	const struct cvmm_view *v = w->c.v;
	uint32_t i;

	if (!cvmm_plan_machine(&w->c, take_step, w, &w->told))
		return;
	w->exact = cvmm_plan_choose(&w->c, v->vcpu[0].shape);
	if (w->sum) {
		if (v->arch == CVMM_ARCH_X86_64 && w->c.variant)
			cvmm_plan_cpuid(&w->c, take_step, w);
		cvmm_plan_sum_lists(&w->c, w->exact, w->sum);
		return;
	}
	merge(w, &v->vm, CVMM_SCOPE_VM);
	for (i = 0; i < v->nshapes; i++) {
		w->exact = cvmm_plan_choose(&w->c, i);
		if (v->arch == CVMM_ARCH_X86_64 && w->c.variant)
			cvmm_plan_cpuid(&w->c, take_step, w);
		merge(w, &v->shape[i].regs, CVMM_SCOPE_VCPU);
	}
}

/* Counts become the places where each phase and rank starts. */
static void lay_out(struct walk *w)
{
	uint32_t i, at = 0;

	for (i = 0; i < PHASES * CVMM_RANKS; i++) {
		uint32_t n = w->cursor[i];

		w->cursor[i] = at;
		at += n;
	}
}

static void init_walk(struct walk *w, const struct cvmm_view *v, const struct cvmm_profile *host,
	const struct cvmm_rules *mine, struct cvmm_plan *p)
{
	uint64_t imp_id = CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_CAPS_IMP_ID);
	int i = cvmm_regset_find(&v->vm, imp_id);

	memset(w, 0, sizeof(*w));
	w->c.v = v;
	w->c.host = host;
	w->c.mine = mine;
	if (mine)
		w->c.lists[0] = *mine;
	w->c.lists[1] = cvmm_vm_reg_rules(v->arch);
	w->c.lists[2] = cvmm_vcpu_reg_rules(v->arch);
	w->c.imp_id = i >= 0 && cvmm_regset_u64(&v->vm, (uint32_t)i, 0) &&
		      cvmm_profile_cap(host, CVMM_CAP_ARM_WRITABLE_IMP_ID);
	w->p = p;
	w->counting = p != NULL;
}

void cvmm_plan_sum(
	const struct cvmm_view *v, const struct cvmm_profile *host, const struct cvmm_rules *mine, struct plan_sum *sum)
{
	struct walk w;

	init_walk(&w, v, host, mine, NULL);
	w.c.index = sum->index;
	w.sum = sum;
	walk(&w);
}

int cvmm_plan_make(const struct cvmm_view *v, const struct cvmm_profile *host, const struct cvmm_rules *mine,
	struct cvmm_plan *p, struct cvmm_error *e)
{
	struct rule_index index;
	struct walk w;
	int ret = cvmm_view_check(v, e);

	if (ret == 0)
		ret = cvmm_view_check_values(v, e);
	if (ret == 0)
		ret = cvmm_plan_check_rules(mine, e);
	if (ret < 0)
		return ret;
	cvmm_plan_index_rules(v->arch, &index);
	init_walk(&w, v, host, mine, p);
	w.c.index = &index;
	walk(&w);
	if (w.total > p->cap)
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL, 0, w.total);
	lay_out(&w);
	w.counting = 0;
	walk(&w);
	p->n = w.total;
	p->nrefused = w.refused;
	p->check = cvmm_view_checksum(v);
	return 0;
}

const char *cvmm_verdict_name(uint32_t verdict)
{
	static const char *const name[] = {
		[CVMM_VERDICT_EXACT] = "exact",
		[CVMM_VERDICT_NOT_WRITTEN] = "not-written",
		[CVMM_VERDICT_ASSERTED] = "asserted",
		[CVMM_VERDICT_LEFT] = "left",
		[CVMM_VERDICT_PINNED] = "pinned",
		[CVMM_VERDICT_SUBSTITUTED] = "substituted",
		[CVMM_VERDICT_DROPPED] = "dropped",
		[CVMM_VERDICT_REFUSED] = "refused",
	};

	return verdict < sizeof(name) / sizeof(name[0]) ? name[verdict] : "unknown";
}
