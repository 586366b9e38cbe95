/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* MP_STATE, VCPU_EVENTS and the stolen time address. Values are little-endian bytes, as KVM writes them on its hosts. */
#include <cvmm/kvm-ioctls/device.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/vcpu.h>

#include <errno.h>
#include <string.h>

#include "block.h"

/* No stolen time area: what KVM itself answers when none was set. */
#define PVTIME_NONE UINT64_MAX
#define PVTIME_IPA  0

static int mp_state_get(struct cvmm_vcpu vcpu, void *v, struct cvmm_error *e)
{
	uint32_t state;
	int ret = cvmm_vcpu_get_mp_state(vcpu, &state, e);

	if (ret == 0)
		cvmm_store_le(v, 4, state);
	return ret;
}

static int mp_state_set(struct cvmm_vcpu vcpu, const void *v, struct cvmm_error *e)
{
	return cvmm_vcpu_set_mp_state(vcpu, (uint32_t)cvmm_load_le(v, 4), e);
}

static int events_get(struct cvmm_vcpu vcpu, void *v, struct cvmm_error *e)
{
	struct cvmm_arm64_vcpu_events ev;
	int ret = cvmm_vcpu_get_events(vcpu, &ev, e);

	if (ret == 0)
		memcpy(v, &ev, sizeof(ev));
	return ret;
}

static int events_set(struct cvmm_vcpu vcpu, const void *v, struct cvmm_error *e)
{
	struct cvmm_arm64_vcpu_events ev;

	memcpy(&ev, v, sizeof(ev));
	return cvmm_vcpu_set_events(vcpu, &ev, e);
}

static int pvtime_get(struct cvmm_vcpu vcpu, void *v, struct cvmm_error *e)
{
	uint64_t ipa = PVTIME_NONE;
	struct cvmm_error why;
	int ret = cvmm_vcpu_get_attr(vcpu, CVMM_ARM64_VCPU_PVTIME_CTRL, PVTIME_IPA, &ipa, &why);

	/* A host that does not offer stolen time has none set. */
	if (ret == -ENXIO)
		ipa = PVTIME_NONE;
	else if (ret < 0) {
		if (e)
			*e = why;
		return ret;
	}
	cvmm_store_le(v, 8, ipa);
	return 0;
}

static int pvtime_set(struct cvmm_vcpu vcpu, const void *v, struct cvmm_error *e)
{
	uint64_t ipa = cvmm_load_le(v, 8);

	/* There is no way to unset it, and a fresh vCPU has none. */
	if (ipa == PVTIME_NONE)
		return 0;
	return cvmm_vcpu_set_attr(vcpu, CVMM_ARM64_VCPU_PVTIME_CTRL, PVTIME_IPA, &ipa, e);
}

static const struct {
	uint64_t id;
	int (*get)(struct cvmm_vcpu vcpu, void *v, struct cvmm_error *e);
	int (*set)(struct cvmm_vcpu vcpu, const void *v, struct cvmm_error *e);
} blocks[] = {
	{ CVMM_ARM64_VCPU_MP_STATE, mp_state_get, mp_state_set },
	{ CVMM_ARM64_VCPU_EVENTS, events_get, events_set },
	{ CVMM_ARM64_VCPU_PVTIME, pvtime_get, pvtime_set },
};

static int named(int ret, uint64_t id, struct cvmm_error *e)
{
	if (ret < 0 && e)
		e->id = id;
	return ret;
}

int block_get(struct cvmm_vcpu vcpu, uint64_t id, void *v, struct cvmm_error *e)
{
	uint32_t i;

	for (i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		if (blocks[i].id == id)
			return named(blocks[i].get(vcpu, v, e), id, e);
	return cvmm_fail_id(e, -EXDEV, CVMM_REASON_NOT_VCPU_OWNED, id, 0);
}

int block_set(struct cvmm_vcpu vcpu, uint64_t id, const void *v, struct cvmm_error *e)
{
	uint32_t i;

	for (i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		if (blocks[i].id == id)
			return named(blocks[i].set(vcpu, v, e), id, e);
	return cvmm_fail_id(e, -EXDEV, CVMM_REASON_NOT_VCPU_OWNED, id, 0);
}
