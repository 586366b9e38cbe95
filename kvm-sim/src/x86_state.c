/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* x86_64: nested state of a vCPU that is in no guest of its own, and machine check banks. */
#include "x86.h"

#define CAP_NESTED 157u
#define CAP_MCE	   31u
#define BANK_FIRST 0x400u
#define BANK_MSRS  4u
#define FORMAT_SVM 1u

void cvmm_sim_x86_reset_state(struct sim_call *c, struct x86_vcpu *x)
{
	x->mcg_cap = cvmm_profile_cap(c->s->profile, CAP_MCE);
	x->nested.format = FORMAT_SVM;
	x->nested.flags = CVMM_X86_NESTED_GIF_SET;
	x->nested.size = sizeof(x->nested);
}

/* Too little room is E2BIG with the size that is needed. */
static int nested_get(const struct x86_vcpu *x, uintptr_t arg)
{
	struct cvmm_x86_nested_state head;
	uint32_t room;
	int ret = sim_fetch(&room, arg + offsetof(struct cvmm_x86_nested_state, size), sizeof(room));

	if (ret < 0)
		return ret;
	head = x->nested;
	if (room >= sizeof(head))
		return sim_put(arg, &head, sizeof(head));
	ret = sim_put(arg + offsetof(struct cvmm_x86_nested_state, size), &head.size, sizeof(head.size));
	return ret < 0 ? ret : -E2BIG;
}

int cvmm_sim_x86_nested(struct sim_call *c, uintptr_t arg, int set)
{
	struct x86_vcpu *x = x86_of(c->s, c->v);
	struct cvmm_x86_nested_state n;
	int ret;

	if (!cvmm_profile_cap(c->s->profile, CAP_NESTED))
		return -EINVAL;
	if (!set)
		return nested_get(x, arg);
	ret = sim_fetch(&n, arg, sizeof(n));
	if (ret < 0)
		return ret;
	/* Without EFER.SVME there is nothing but the global interrupt flag. */
	if (n.size < sizeof(n) || n.format != FORMAT_SVM || n.flags != CVMM_X86_NESTED_GIF_SET)
		return -EINVAL;
	x->nested = n;
	x->nested.size = sizeof(n);
	return 0;
}

int cvmm_sim_x86_setup_mce(struct x86_vcpu *x, uintptr_t arg)
{
	uint64_t cap;
	int ret = sim_fetch(&cap, arg, sizeof(cap));

	if (ret < 0)
		return ret;
	if (!(cap & 0xff) || (cap & 0xff) > 32 || cap & ~(UINT64_C(0x900010a) | 0x7f | 0xff0000))
		return -EINVAL;
	x->mcg_cap = cap;
	memset(x->mc, 0, sizeof(x->mc));
	return 0;
}

uint64_t *cvmm_sim_x86_bank(struct x86_vcpu *x, uint32_t index)
{
	uint32_t at = index - BANK_FIRST;

	return at < BANK_MSRS * (x->mcg_cap & 0xff) && at < sizeof(x->mc) / sizeof(x->mc[0]) ? &x->mc[at] : NULL;
}
