/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Hosts with equal answers. */
#include <cvmm/fleet/matrix.h>
#include <cvmm/kvm-ioctls/abi.h>

#include <string.h>

static int pairs_equal(const struct cvmm_pair *a, uint32_t na, const struct cvmm_pair *b, uint32_t nb)
{
	return na == nb && (!na || !memcmp(a, b, na * sizeof(*a)));
}

/* How many vCPUs KVM recommends is the host's number of CPUs: no plan and no baseline looks at it. */
static int cap_counts(const struct cvmm_pair *cap)
{
	return cap->id != CVMM_CAP_NR_VCPUS;
}

static int caps_equal(const struct cvmm_profile *a, const struct cvmm_profile *b)
{
	uint32_t i = 0, k = 0;

	for (;;) {
		while (i < a->ncaps && !cap_counts(&a->cap[i]))
			i++;
		while (k < b->ncaps && !cap_counts(&b->cap[k]))
			k++;
		if (i == a->ncaps || k == b->ncaps)
			return i == a->ncaps && k == b->ncaps;
		if (a->cap[i].id != b->cap[k].id || a->cap[i].value != b->cap[k].value)
			return 0;
		i++;
		k++;
	}
}

static int regsets_equal(const struct cvmm_regset *a, const struct cvmm_regset *b)
{
	if (a->n != b->n || a->stride != b->stride || a->ncols != b->ncols)
		return 0;
	return !a->n || (!memcmp(a->item, b->item, a->n * sizeof(*a->item)) &&
				!memcmp(a->col, b->col, (size_t)a->stride * a->ncols));
}

int cvmm_hosts_equal(const struct cvmm_profile *a, const struct cvmm_profile *b)
{
	uint32_t i;

	if (a->arch != b->arch || a->nvariants != b->nvariants || !caps_equal(a, b) ||
		!pairs_equal(a->trait, a->ntraits, b->trait, b->ntraits) ||
		!pairs_equal(a->mask, a->nmasks, b->mask, b->nmasks) ||
		!pairs_equal(a->lower, a->nlower, b->lower, b->nlower) ||
		!pairs_equal(a->bits, a->nbits, b->bits, b->nbits))
		return 0;
	for (i = 0; i < a->nvariants; i++) {
		const struct cvmm_variant *va = &a->variant[i], *vb = &b->variant[i];

		if (va->features != vb->features || !regsets_equal(&va->regs, &vb->regs) ||
			!pairs_equal(va->guest, va->nguest, vb->guest, vb->nguest))
			return 0;
	}
	return 1;
}

static uint64_t mix(uint64_t h, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t word;

	for (; len >= 8; p += 8, len -= 8) {
		memcpy(&word, p, 8);
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
	}
	while (len--)
		h = (h ^ *p++) * UINT64_C(0x100000001b3);
	return h;
}

static uint64_t mix_pairs(uint64_t h, const struct cvmm_pair *v, uint32_t n)
{
	return mix(h + n, v, n * sizeof(*v));
}

static uint64_t hash_of(const struct cvmm_profile *p)
{
	uint64_t h = p->arch;
	uint32_t i;

	for (i = 0; i < p->ncaps; i++)
		if (cap_counts(&p->cap[i]))
			h = mix(h, &p->cap[i], sizeof(p->cap[i]));
	h = mix_pairs(h, p->trait, p->ntraits);
	h = mix_pairs(h, p->mask, p->nmasks);
	h = mix_pairs(h, p->lower, p->nlower);
	h = mix_pairs(h, p->bits, p->nbits);
	for (i = 0; i < p->nvariants; i++) {
		const struct cvmm_variant *v = &p->variant[i];

		h = mix(h, &v->features, sizeof(v->features));
		h = mix(h, v->regs.item, v->regs.n * sizeof(*v->regs.item));
		h = mix(h, v->regs.col, (size_t)v->regs.stride * v->regs.ncols);
		h = mix_pairs(h, v->guest, v->nguest);
	}
	return h;
}

uint32_t cvmm_hosts_classes(
	const struct cvmm_profile *const *host, uint32_t n, uint32_t *cls, uint32_t *rep, uint64_t *hash)
{
	uint32_t i, c, nclasses = 0;

	for (i = 0; i < n; i++) {
		uint64_t h = hash_of(host[i]);

		for (c = 0; c < nclasses; c++)
			if (hash[c] == h && cvmm_hosts_equal(host[rep[c]], host[i]))
				break;
		if (c == nclasses) {
			hash[c] = h;
			rep[c] = i;
			nclasses++;
		}
		cls[i] = c;
	}
	return nclasses;
}
