/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Host profiles: what their lists are asked, and the names in their text. */
#include <cvmm/kvm-ioctls/profile.h>
#include <cvmm/kvm-ioctls/text.h>

#include <errno.h>
#include <string.h>

static const char *const trait_names[] = {
#define TRAIT_NAME(symbol, number, name, text) [number] = name,
	CVMM_TRAITS(TRAIT_NAME)
#undef TRAIT_NAME
};

/* By bit number of KVM_ARM_VCPU_INIT's feature word. */
static const char *const feature_names[] = {
	"power_off",
	"el1_32bit",
	"psci_0_2",
	"pmu_v3",
	"sve",
	"ptrauth_address",
	"ptrauth_generic",
	"has_el2",
	"has_el2_e2h0",
};

static int find_name(const char *const *list, uint32_t n, const char *name, size_t len)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (list[i] && strlen(list[i]) == len && !memcmp(list[i], name, len))
			return (int)i;
	return -ENOENT;
}

int cvmm_trait_from_name(const char *name, size_t len)
{
	return find_name(trait_names, sizeof(trait_names) / sizeof(trait_names[0]), name, len);
}

const char *cvmm_trait_name(uint32_t trait)
{
	return trait < sizeof(trait_names) / sizeof(trait_names[0]) ? trait_names[trait] : NULL;
}

int cvmm_feature_from_name(const char *name, size_t len)
{
	return find_name(feature_names, sizeof(feature_names) / sizeof(feature_names[0]), name, len);
}

const char *cvmm_feature_name(uint32_t bit)
{
	return bit < sizeof(feature_names) / sizeof(feature_names[0]) ? feature_names[bit] : NULL;
}

const struct cvmm_variant *cvmm_profile_variant(const struct cvmm_profile *p, uint64_t features)
{
	uint32_t i;

	for (i = 0; i < p->nvariants; i++)
		if (p->variant[i].features == features)
			return &p->variant[i];
	return NULL;
}

uint64_t cvmm_profile_cap(const struct cvmm_profile *p, uint32_t nr)
{
	const struct cvmm_pair *pair = cvmm_pair_find(p->cap, p->ncaps, nr);

	return pair ? pair->value : 0;
}

uint64_t cvmm_profile_trait(const struct cvmm_profile *p, enum cvmm_trait trait, uint64_t dflt)
{
	const struct cvmm_pair *pair = cvmm_pair_find(p->trait, p->ntraits, (uint64_t)trait);

	return pair ? pair->value : dflt;
}

int cvmm_text_features(struct cvmm_text *t, uint32_t arch, uint64_t *set)
{
	struct cvmm_word w;
	uint64_t sum = 0;

	do {
		int bit;

		if (cvmm_text_word(t, &w))
			return -EINVAL;
		if (!sum && cvmm_word_is(&w, "none") && !cvmm_text_more(t))
			break;
		bit = arch == CVMM_ARCH_ARM64 ? cvmm_feature_from_name(w.p, w.len) : -ENOENT;
		if (bit <= 0)
			return cvmm_text_fail(t, CVMM_REASON_TEXT_NAME, 0);
		if (sum >> bit & 1)
			return cvmm_text_fail(t, CVMM_REASON_TEXT_DUPLICATE, 0);
		if (sum >> bit)
			return cvmm_text_fail(t, CVMM_REASON_TEXT_ORDER, 0);
		sum |= UINT64_C(1) << bit;
	} while (cvmm_text_more(t));
	*set = sum;
	return 0;
}

int cvmm_out_features(struct cvmm_out *o, uint32_t arch, uint64_t set)
{
	uint64_t rest = set;
	uint32_t bit;

	if (!set)
		cvmm_out_str(o, "none");
	else if (arch != CVMM_ARCH_ARM64 || set & 1)
		return -EINVAL;
	for (bit = 1; rest; bit++) {
		const char *name = cvmm_feature_name(bit);

		if (!name)
			return -EINVAL;
		if (!(rest >> bit & 1))
			continue;
		rest &= ~(UINT64_C(1) << bit);
		cvmm_out_str(o, name);
		if (rest)
			cvmm_out_str(o, " ");
	}
	return 0;
}
