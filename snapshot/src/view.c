/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What plan and apply rely on in a view, whoever made it. */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vgic.h>

#include <errno.h>
#include <string.h>

#include "plan_parts.h"

#define MIX UINT64_C(0x9e3779b97f4a7c15)

int cvmm_view_check_values(const struct cvmm_view *v, struct cvmm_error *e)
{
	uint64_t id = CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_FEATURES);
	uint32_t i;
	int at;

	for (i = 0; i < v->vm.n; i++) {
		const struct cvmm_item *it = &v->vm.item[i];

		if (it->size > 8 && !cvmm_reg_is_vgic(it->id) && !cvmm_reg_is_block(it->id))
			return cvmm_fail_id(e, -EINVAL, CVMM_REASON_REG_SIZE, it->id, it->size);
	}
	if (v->arch != CVMM_ARCH_ARM64)
		return 0;
	/* The property is what all vCPUs share; with several sets it cannot be any of them. */
	at = cvmm_regset_find(&v->vm, id);
	if (at >= 0 && v->nshapes == 1 && cvmm_regset_u64(&v->vm, (uint32_t)at, 0) != v->shape[0].features)
		return cvmm_fail_id(e, -EINVAL, CVMM_REASON_SHAPE, id, v->shape[0].features);
	return 0;
}

/* Not a checksum against damage, that is the format's: it only has to notice another view. */
static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * MIX;
	return h ^ h >> 29;
}

/* Four independent lanes: a multiplication takes longer than a load. */
static uint64_t mix_bytes(uint64_t h, const uint8_t *p, size_t len)
{
	uint64_t lane[4] = { h, h ^ 1, h ^ 2, h ^ 3 };
	size_t i, k;

	for (i = 0; i + 32 <= len; i += 32) {
		uint64_t word[4];

		memcpy(word, p + i, sizeof(word));
		for (k = 0; k < 4; k++)
			lane[k] = (lane[k] ^ word[k]) * MIX;
	}
	for (; i < len; i++)
		lane[0] = (lane[0] ^ p[i]) * MIX;
	return mix(mix(mix(mix(len, lane[0]), lane[1]), lane[2]), lane[3]);
}

static uint64_t mix_set(uint64_t h, const struct cvmm_regset *set)
{
	h = mix(h, (uint64_t)set->n << 32 | set->ncols);
	h = mix_bytes(h, (const uint8_t *)set->item, (size_t)set->n * sizeof(*set->item));
	return mix_bytes(h, set->col, (size_t)set->stride * set->ncols);
}

uint32_t cvmm_view_checksum(const struct cvmm_view *v)
{
	uint64_t h = mix(v->arch, (uint64_t)v->nvcpus << 32 | v->nshapes);
	uint32_t i;

	h = mix_set(h, &v->vm);
	for (i = 0; i < v->nseen; i++)
		h = mix(mix(h, v->seen[i].id), v->seen[i].value);
	for (i = 0; i < v->nshapes; i++)
		h = mix_set(mix(h, v->shape[i].features), &v->shape[i].regs);
	for (i = 0; i < v->nvcpus; i++)
		h = mix(h, (uint64_t)v->vcpu[i].id << 32 | (uint64_t)v->vcpu[i].shape << 16 | v->vcpu[i].col);
	return (uint32_t)(h ^ h >> 32);
}
