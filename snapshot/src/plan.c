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
#define X86_MSR_IDS	UINT64_C(0x20300002)

#define CAP_MAX_VCPU_ID 128u
#define CAP_EL2		240u
#define CAP_EL2_E2H0	241u

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
	uint8_t told;  /* that a feature set was not measured; nobody else has a verdict about it then */
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

/* A step about the machine as a whole, or about its feature set. */
static void machine_step(struct walk *w, uint64_t id, uint8_t phase, uint16_t reason, uint64_t value, uint64_t other)
{
	struct cvmm_step step = {
		.id = id,
		.value = value,
		.other = other,
		.item = CVMM_NO_ITEM,
		.vcpu = CVMM_NO_VCPU,
		.reason = reason,
		.rule = CVMM_NO_RULE,
		.verdict = CVMM_VERDICT_REFUSED,
		.phase = phase,
		.scope = CVMM_SCOPE_VM,
		.reset = CVMM_NO_ITEM,
	};

	take_step(w, &step);
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
	return !cvmm_reg_is_cpuid(id) && owner == CVMM_SCOPE_UNKNOWN && scope == CVMM_SCOPE_VM &&
	       w->c.shape == w->c.v->vcpu[0].shape;
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

static const struct feature_cap {
	uint64_t feature;
	uint32_t cap;
} feature_caps[] = {
	{ CVMM_ARM64_FEATURE_EL1_32BIT, CVMM_CAP_ARM_EL1_32BIT },
	{ CVMM_ARM64_FEATURE_PMU_V3, CVMM_CAP_ARM_PMU_V3 },
	{ CVMM_ARM64_FEATURE_SVE, CVMM_CAP_ARM_SVE },
	{ CVMM_ARM64_FEATURE_PTRAUTH_ADDRESS, CVMM_CAP_ARM_PTRAUTH_ADDRESS },
	{ CVMM_ARM64_FEATURE_PTRAUTH_GENERIC, CVMM_CAP_ARM_PTRAUTH_GENERIC },
	{ CVMM_ARM64_FEATURE_HAS_EL2, CAP_EL2 },
	{ CVMM_ARM64_FEATURE_HAS_EL2_E2H0, CAP_EL2_E2H0 },
};

static uint64_t not_offered(const struct cvmm_profile *host, uint64_t features)
{
	uint64_t missing = 0;
	uint32_t i;

	for (i = 0; i < sizeof(feature_caps) / sizeof(feature_caps[0]); i++) {
		if (features & feature_caps[i].feature && !cvmm_profile_cap(host, feature_caps[i].cap))
			missing |= feature_caps[i].feature;
	}
	return missing;
}

/* The compiler's own would be a call into its runtime library. */
static int bits_set(uint64_t v)
{
	int n = 0;

	for (; v; v &= v - 1)
		n++;
	return n;
}

/* The measured set that differs in the fewest features: its refusals are worth listing too. */
static const struct cvmm_variant *nearest(const struct cvmm_profile *host, uint64_t features)
{
	const struct cvmm_variant *best = NULL;
	int least = 65;
	uint32_t i;

	for (i = 0; i < host->nvariants; i++) {
		int differ = bits_set(host->variant[i].features ^ features);

		if (differ < least) {
			least = differ;
			best = &host->variant[i];
		}
	}
	return best;
}

/* The variant that answers for a shape: the guest's own feature set, or the nearest one. */
static void choose(struct walk *w, uint32_t shape)
{
	uint64_t features = w->c.v->shape[shape].features;

	w->c.shape = shape;
	w->c.variant = cvmm_profile_variant(w->c.host, features);
	w->exact = w->c.variant != NULL;
	if (!w->exact)
		w->c.variant = nearest(w->c.host, features);
}

static void check_features(struct walk *w)
{
	const struct cvmm_view *v = w->c.v;
	uint64_t id = v->arch == CVMM_ARCH_ARM64 ? CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_FEATURES) : 0;
	uint32_t i;

	w->told = 0;
	for (i = 0; i < v->nshapes && !w->told; i++) {
		uint64_t missing = not_offered(w->c.host, v->shape[i].features);

		choose(w, i);
		if (w->exact)
			continue;
		w->told = 1;
		machine_step(w, id, CVMM_PHASE_INIT,
			missing ? CVMM_REASON_FEATURES_NOT_OFFERED : CVMM_REASON_NO_VARIANT, v->shape[i].features,
			missing	       ? missing
			: w->c.variant ? w->c.variant->features
				       : 0);
	}
}

/* The VM asked for vCPUs that differ, and this host lets it. */
static int asymmetric(const struct walk *w)
{
	int i = cvmm_regset_find(&w->c.v->vm, CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_ASYMMETRIC));

	return i >= 0 && cvmm_regset_u64(&w->c.v->vm, (uint32_t)i, 0) &&
	       cvmm_profile_cap(w->c.host, CVMM_CAP_SIM_ASYMMETRIC);
}

/* Since 6.5 all vCPUs of a VM have one feature set; several shapes are an older kernel's, or a future one's. */
static void check_unified(struct walk *w)
{
	const struct cvmm_view *v = w->c.v;
	uint32_t i;

	if (!cvmm_profile_trait(w->c.host, CVMM_TRAIT_UNIFIED_FEATURES, 1) || asymmetric(w))
		return;
	for (i = 1; i < v->nshapes; i++) {
		if (v->shape[i].features != v->shape[0].features) {
			machine_step(w, 0, CVMM_PHASE_VM, CVMM_REASON_FEATURES_NOT_OFFERED, v->shape[i].features,
				v->shape[0].features);
			return;
		}
	}
}

static void check_vcpus(struct walk *w)
{
	uint64_t most = cvmm_profile_cap(w->c.host, CVMM_CAP_MAX_VCPUS);
	uint64_t ids = cvmm_profile_cap(w->c.host, CAP_MAX_VCPU_ID);
	uint32_t i, highest = 0;

	for (i = 0; i < w->c.v->nvcpus; i++) {
		if (w->c.v->vcpu[i].id > highest)
			highest = w->c.v->vcpu[i].id;
	}
	if (most && w->c.v->nvcpus > most)
		machine_step(w, 0, CVMM_PHASE_VM, CVMM_REASON_TOO_MANY_VCPUS, w->c.v->nvcpus, most);
	else if (ids && highest >= ids)
		machine_step(w, 0, CVMM_PHASE_VM, CVMM_REASON_TOO_MANY_VCPUS, highest, ids);
}

/* Both walks take exactly this way. */
static void walk(struct walk *w)
{
	const struct cvmm_view *v = w->c.v;
	uint32_t i;

	if (v->arch != w->c.host->arch) {
		machine_step(w, 0, CVMM_PHASE_VM, CVMM_REASON_WRONG_ARCH_HOST, v->arch, w->c.host->arch);
		return;
	}
	check_vcpus(w);
	check_unified(w);
	check_features(w);
	choose(w, v->vcpu[0].shape);
	if (w->sum) {
		if (v->arch == CVMM_ARCH_X86_64 && w->c.variant)
			cvmm_plan_cpuid(&w->c, take_step, w);
		cvmm_plan_sum_lists(&w->c, w->exact, w->sum);
		return;
	}
	merge(w, &v->vm, CVMM_SCOPE_VM);
	for (i = 0; i < v->nshapes; i++) {
		choose(w, i);
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
