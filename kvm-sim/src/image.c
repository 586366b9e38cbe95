/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Feature sets: what a vCPU of a measured one starts with, and what follows for one that nobody measured. */
#include "internal.h"

static int image_bit(const struct sim *s, const struct sim_image *im, uint32_t item)
{
	const uint64_t *present = sim_at(s, im->present);

	return (int)(present[item >> 6] >> (item & 63) & 1);
}

static int subset(uint64_t small, uint64_t big)
{
	return (small & ~big) == 0;
}

const struct sim_image *cvmm_sim_image_of(const struct sim *s, uint64_t features)
{
	const struct sim_image *im = sim_at(s, s->images);
	uint32_t k;

	for (k = 0; k < s->nimages; k++)
		if (im[k].features == features)
			return &im[k];
	return NULL;
}

/* Every set was measured with PSCI 0.2; it adds and removes no register. */
int cvmm_sim_image_has(const struct sim *s, uint64_t features, uint32_t item)
{
	const struct sim_image *im = sim_at(s, s->images), *exact = cvmm_sim_image_of(s, features);
	uint64_t f = features | CVMM_ARM64_FEATURE_PSCI_0_2;
	uint32_t k, t;
	int has = 0;

	if (exact)
		return image_bit(s, exact, item);
	for (k = 0; k < s->nimages; k++) {
		if (!subset(im[k].features, f) || !image_bit(s, &im[k], item))
			continue;
		has = 1;
		for (t = 0; t < s->nimages; t++)
			if (subset(im[t].features, f) && subset(im[k].features, im[t].features) &&
				!image_bit(s, &im[t], item))
				return 0;
	}
	return has;
}

static int same_value(const struct sim *s, const struct sim_image *a, const struct sim_image *b, uint32_t item)
{
	const struct sim_item *it = &sim_items(s)[item];
	const uint8_t *x, *y;

	if (it->flags & SIM_ITEM_VM)
		return ((uint64_t *)sim_at(s, a->vmvals))[it->slot] == ((uint64_t *)sim_at(s, b->vmvals))[it->slot];
	x = (uint8_t *)sim_at(s, it->class == SIM_SVE ? a->sve : a->vals) + it->slot;
	y = (uint8_t *)sim_at(s, it->class == SIM_SVE ? b->sve : b->vals) + it->slot;
	return memcmp(x, y, it->size) == 0;
}

const struct sim_image *cvmm_sim_image_for(const struct sim *s, uint64_t features, uint32_t item)
{
	const struct sim_image *im = sim_at(s, s->images), *first = NULL, *best = cvmm_sim_image_of(s, features);
	uint64_t f = features | CVMM_ARM64_FEATURE_PSCI_0_2;
	uint32_t k;

	if (best)
		return best;
	for (k = 0; k < s->nimages; k++) {
		if (!subset(im[k].features, f) || !image_bit(s, &im[k], item))
			continue;
		if (!first)
			first = best = &im[k];
		else if (!same_value(s, first, &im[k], item))
			best = &im[k];
	}
	return best ? best : im;
}

static uint64_t vm_value(const struct sim *s, const struct sim_image *im, uint32_t item)
{
	return ((uint64_t *)sim_at(s, im->vmvals))[sim_items(s)[item].slot];
}

/* Which fields of an ID register a measured set shows unlike the smaller sets that were measured. */
static uint64_t brought(const struct sim *s, uint32_t k, uint32_t item)
{
	const struct sim_image *im = sim_at(s, s->images);
	uint64_t differs = 0, fields = 0, field;
	uint32_t t;

	for (t = 0; t < k; t++)
		if (subset(im[t].features, im[k].features) && image_bit(s, &im[t], item))
			differs |= vm_value(s, &im[k], item) ^ vm_value(s, &im[t], item);
	for (field = 15; field; field <<= 4)
		fields |= differs & field ? field : 0;
	return fields;
}

/* A set that nobody measured shows what each of its parts brings; sets ascend, so a larger part has the last word. */
static uint64_t vm_derived(const struct sim *s, uint64_t features, uint32_t item)
{
	const struct sim_image *im = sim_at(s, s->images);
	uint64_t f = features | CVMM_ARM64_FEATURE_PSCI_0_2, value = vm_value(s, im, item), fields;
	uint32_t k, first = 1;

	for (k = 0; k < s->nimages; k++) {
		if (!subset(im[k].features, f) || !image_bit(s, &im[k], item))
			continue;
		fields = first ? UINT64_MAX : brought(s, k, item);
		value = (value & ~fields) | (vm_value(s, &im[k], item) & fields);
		first = 0;
	}
	return value;
}

uint64_t cvmm_sim_vm_default(const struct sim *s, uint64_t features, uint32_t item)
{
	const struct sim_image *exact = cvmm_sim_image_of(s, features);

	return exact ? vm_value(s, exact, item) : vm_derived(s, features, item);
}
