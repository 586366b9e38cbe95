/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Blocks of all architectures: any host's library knows every guest's, only the KVM below may not. */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/vcpu.h>

#include "block.h"

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

const struct block cvmm_vcpu_blocks_riscv64[] = {
	{ CVMM_RISCV64_VCPU_MP_STATE, 4, mp_state_get, mp_state_set, NULL },
};
const uint32_t cvmm_vcpu_nblocks_riscv64 = sizeof(cvmm_vcpu_blocks_riscv64) / sizeof(cvmm_vcpu_blocks_riscv64[0]);

const struct block *cvmm_vcpu_block_find(uint64_t id)
{
	const struct block *b = cvmm_vcpu_blocks_arm64;
	uint32_t i, n = 0;

	switch (id >> 56) {
	case CVMM_ARCH_ARM64: n = cvmm_vcpu_nblocks_arm64; break;
	case CVMM_ARCH_X86_64:
		b = cvmm_vcpu_blocks_x86_64;
		n = cvmm_vcpu_nblocks_x86_64;
		break;
	case CVMM_ARCH_RISCV64:
		b = cvmm_vcpu_blocks_riscv64;
		n = cvmm_vcpu_nblocks_riscv64;
		break;
	default: break;
	}
	for (i = 0; i < n; i++)
		if (b[i].id == id)
			return &b[i];
	return NULL;
}

int cvmm_vcpu_block_get(struct cvmm_vcpu vcpu, uint64_t id, void *v, uint32_t size, struct cvmm_error *e)
{
	int ret = cvmm_vcpu_block_find(id)->get(vcpu, v, size, e);

	if (ret < 0 && e)
		e->id = id;
	return ret;
}

int cvmm_vcpu_block_set(struct cvmm_vcpu vcpu, uint64_t id, const void *v, uint32_t size, struct cvmm_error *e)
{
	int ret = cvmm_vcpu_block_find(id)->set(vcpu, v, size, e);

	if (ret < 0 && e)
		e->id = id;
	return ret;
}
