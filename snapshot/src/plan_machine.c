/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The plan, what is about the machine as a whole: architecture, vCPUs, feature sets. */
#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/cap.h>
#include <cvmm/kvm-ioctls/reg-id.h>

#include "plan_parts.h"

/* What is judged, and who takes the steps. */
struct machine {
	const struct plan_ctx *c;
	void (*take)(void *to, const struct cvmm_step *step);
	void *to;
};

/* A step about the machine as a whole, or about its feature set. */
static void say(const struct machine *m, uint64_t id, uint8_t phase, uint16_t reason, uint64_t value, uint64_t other)
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

	m->take(m->to, &step);
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
	{ CVMM_ARM64_FEATURE_HAS_EL2, CVMM_CAP_ARM_EL2 },
	{ CVMM_ARM64_FEATURE_HAS_EL2_E2H0, CVMM_CAP_ARM_EL2_E2H0 },
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

uint8_t cvmm_plan_choose(struct plan_ctx *c, uint32_t shape)
{
	uint64_t features = c->v->shape[shape].features;

	c->shape = shape;
	c->variant = cvmm_profile_variant(c->host, features);
	if (c->variant)
		return 1;
	c->variant = nearest(c->host, features);
	return 0;
}

/* Returns 1 if a set was not measured. */
static uint8_t check_features(const struct machine *m)
{
	const struct cvmm_view *v = m->c->v;
	uint64_t id = v->arch == CVMM_ARCH_ARM64 ? CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_FEATURES) : 0;
	uint32_t i;

	for (i = 0; i < v->nshapes; i++) {
		uint64_t want = v->shape[i].features, missing = not_offered(m->c->host, want);
		const struct cvmm_variant *other;

		if (cvmm_profile_variant(m->c->host, want))
			continue;
		other = nearest(m->c->host, want);
		if (missing)
			say(m, id, CVMM_PHASE_INIT, CVMM_REASON_FEATURES_NOT_OFFERED, want, missing);
		else
			say(m, id, CVMM_PHASE_INIT, CVMM_REASON_NO_VARIANT, want, other ? other->features : 0);
		return 1;
	}
	return 0;
}

/* The VM asked for vCPUs that differ, and this host lets it. */
static int asymmetric(const struct machine *m)
{
	int i = cvmm_regset_find(&m->c->v->vm, CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_ASYMMETRIC));

	return i >= 0 && cvmm_regset_u64(&m->c->v->vm, (uint32_t)i, 0) &&
	       cvmm_profile_cap(m->c->host, CVMM_CAP_SIM_ASYMMETRIC);
}

/* Since 6.5 all vCPUs of a VM have one feature set; several shapes are an older kernel's, or a future one's. */
static void check_unified(const struct machine *m)
{
	const struct cvmm_view *v = m->c->v;
	uint32_t i;

	if (!cvmm_profile_trait(m->c->host, CVMM_TRAIT_UNIFIED_FEATURES, 1) || asymmetric(m))
		return;
	for (i = 1; i < v->nshapes; i++) {
		if (v->shape[i].features != v->shape[0].features) {
			say(m, 0, CVMM_PHASE_VM, CVMM_REASON_FEATURES_NOT_OFFERED, v->shape[i].features,
				v->shape[0].features);
			return;
		}
	}
}

static void check_vcpus(const struct machine *m)
{
	uint64_t most = cvmm_profile_cap(m->c->host, CVMM_CAP_MAX_VCPUS);
	uint64_t ids = cvmm_profile_cap(m->c->host, CVMM_CAP_MAX_VCPU_ID);
	uint32_t i, highest = 0;

	for (i = 0; i < m->c->v->nvcpus; i++) {
		if (m->c->v->vcpu[i].id > highest)
			highest = m->c->v->vcpu[i].id;
	}
	if (most && m->c->v->nvcpus > most)
		say(m, 0, CVMM_PHASE_VM, CVMM_REASON_TOO_MANY_VCPUS, m->c->v->nvcpus, most);
	else if (ids && highest >= ids)
		say(m, 0, CVMM_PHASE_VM, CVMM_REASON_TOO_MANY_VCPUS, highest, ids);
}

int cvmm_plan_machine(
	const struct plan_ctx *c, void (*take)(void *to, const struct cvmm_step *step), void *to, uint8_t *told)
{
	const struct machine m = { c, take, to };

	if (c->v->arch != c->host->arch) {
		say(&m, 0, CVMM_PHASE_VM, CVMM_REASON_WRONG_ARCH_HOST, c->v->arch, c->host->arch);
		return 0;
	}
	check_vcpus(&m);
	check_unified(&m);
	*told = check_features(&m);
	return 1;
}
