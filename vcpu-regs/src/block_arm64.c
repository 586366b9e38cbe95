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

static int mp_state_get(struct cvmm_vcpu vcpu, void *v, uint32_t size, struct cvmm_error *e)
{
	uint32_t state;
	int ret = cvmm_vcpu_get_mp_state(vcpu, &state, e);

	if (ret == 0)
		cvmm_store_le(v, size, state);
	return ret;
}

static int mp_state_set(struct cvmm_vcpu vcpu, const void *v, uint32_t size, struct cvmm_error *e)
{
	return cvmm_vcpu_set_mp_state(vcpu, (uint32_t)cvmm_load_le(v, size), e);
}

static int events_get(struct cvmm_vcpu vcpu, void *v, uint32_t size, struct cvmm_error *e)
{
	struct cvmm_arm64_vcpu_events ev;
	int ret = cvmm_vcpu_get_events(vcpu, &ev, e);

	if (ret == 0)
		memcpy(v, &ev, size);
	return ret;
}

static int events_set(struct cvmm_vcpu vcpu, const void *v, uint32_t size, struct cvmm_error *e)
{
	struct cvmm_arm64_vcpu_events ev;

	memcpy(&ev, v, size);
	return cvmm_vcpu_set_events(vcpu, &ev, e);
}

static int pvtime_get(struct cvmm_vcpu vcpu, void *v, uint32_t size, struct cvmm_error *e)
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
	cvmm_store_le(v, size, ipa);
	return 0;
}

static int pvtime_set(struct cvmm_vcpu vcpu, const void *v, uint32_t size, struct cvmm_error *e)
{
	uint64_t ipa = cvmm_load_le(v, size);

	/* There is no way to unset it, and a fresh vCPU has none. */
	if (ipa == PVTIME_NONE)
		return 0;
	return cvmm_vcpu_set_attr(vcpu, CVMM_ARM64_VCPU_PVTIME_CTRL, PVTIME_IPA, &ipa, e);
}

const struct block cvmm_vcpu_blocks_arm64[] = {
	{ CVMM_ARM64_VCPU_MP_STATE, 4, mp_state_get, mp_state_set, NULL },
	{ CVMM_ARM64_VCPU_EVENTS, sizeof(struct cvmm_arm64_vcpu_events), events_get, events_set, NULL },
	{ CVMM_ARM64_VCPU_PVTIME, 8, pvtime_get, pvtime_set, NULL },
};
const uint32_t cvmm_vcpu_nblocks_arm64 = sizeof(cvmm_vcpu_blocks_arm64) / sizeof(cvmm_vcpu_blocks_arm64[0]);
