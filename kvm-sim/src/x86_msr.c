/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* x86_64: MSRs, by KVM_GET_MSRS and as ONE_REG. */
#include "x86.h"

#define EFER_BITS UINT64_C(0x5d01)
#define EFER	  0xc0000080u
#define APIC_BASE 0x1bu

static int canonical(uint64_t v)
{
	return (v >> 47) == 0 || (v >> 47) == 0x1ffff;
}

/* Listed by KVM_GET_MSR_INDEX_LIST and refused all the same, as a "bits" line without bits says. */
static int msr_refused(const struct sim_call *c, uint32_t index)
{
	const struct cvmm_pair *p = cvmm_pair_find(c->s->profile->bits, c->s->profile->nbits, X86_MSR(index));

	return p && !p->value;
}

int cvmm_sim_x86_msr_get(struct sim_call *c, uint32_t index, uint64_t *v)
{
	uint32_t item = cvmm_sim_find(c->s, X86_MSR(index));
	struct x86_vcpu *x = x86_of(c->s, c->v);

	if (index == EFER || index == APIC_BASE) {
		*v = index == EFER ? x->sregs.efer : x->sregs.apic_base;
		return 0;
	}
	if (item == SIM_NONE && index >> 8 == 2) {
		*v = x->mtrr[index & 0xff];
		return 0;
	}
	if (cvmm_sim_x86_bank(x, index) || index == X86_MCG_CAP) {
		*v = index == X86_MCG_CAP ? x->mcg_cap : *cvmm_sim_x86_bank(x, index);
		return 0;
	}
	if (msr_refused(c, index))
		return -EINVAL;
	if (item == SIM_NONE)
		return index == 0xfe ? (*v = 0x508, 0) : -EINVAL;
	*v = index == 0x10 ? cvmm_sim_counter(c->s) + x->tsc_offset
			   : sim_load64(sim_vals(c->s, c->v) + sim_items(c->s)[item].slot);
	return 0;
}

static int msr_set(struct sim_call *c, uint32_t index, uint64_t v)
{
	uint32_t item = cvmm_sim_find(c->s, X86_MSR(index));
	struct x86_vcpu *x = x86_of(c->s, c->v);

	switch (index) {
	case EFER:
		if (v & ~EFER_BITS)
			return -EINVAL;
		x->sregs.efer = v;
		return 0;
	case APIC_BASE:
		if (v & 0xff)
			return -EINVAL;
		x->sregs.apic_base = v;
		return 0;
	case 0x10: x->tsc_offset = v - cvmm_sim_counter(c->s); return 0;
	case 0xc0000082:
	case 0xc0000083:
	case 0xc0000102:
		if (!canonical(v))
			return -EINVAL;
		break;
	case 0x2ff:
		if (v & ~UINT64_C(0xcff) || (v & 0xff) > 6)
			return -EINVAL;
		break;
	case 0x4b564d06: return -EINVAL; /* written by the guest alone */
	default: break;
	}
	if (item == SIM_NONE && index >> 8 == 2) {
		x->mtrr[index & 0xff] = v;
		return 0;
	}
	if (cvmm_sim_x86_bank(x, index)) {
		*cvmm_sim_x86_bank(x, index) = v;
		return 0;
	}
	if (item == SIM_NONE || msr_refused(c, index))
		return -EINVAL;
	sim_store64(sim_vals(c->s, c->v) + sim_items(c->s)[item].slot, v);
	return 0;
}

/* The number of entries done; the first one that fails ends the loop. */
int cvmm_sim_x86_msrs(struct sim_call *c, uintptr_t arg, int set)
{
	uint32_t head[2], i;
	int ret = sim_fetch(head, arg, sizeof(head));

	if (ret < 0 || head[0] >= 256)
		return ret < 0 ? ret : -E2BIG;
	for (i = 0; i < head[0]; i++) {
		struct cvmm_x86_msr m;

		ret = sim_fetch(&m, arg + 8 + i * sizeof(m), sizeof(m));
		if (ret == 0)
			ret = set ? msr_set(c, m.index, m.data) : cvmm_sim_x86_msr_get(c, m.index, &m.data);
		if (ret == 0 && !set)
			ret = sim_put(arg + 8 + i * sizeof(m), &m, sizeof(m));
		if (ret < 0)
			break;
	}
	return (int)i;
}

/* ---- ONE_REG: MSRs, and nothing in the list ---- */

int cvmm_sim_x86_one_reg(struct sim_call *c, uintptr_t arg, int set)
{
	struct cvmm_kvm_one_reg r;
	uint64_t v = 0;
	int ret = sim_fetch(&r, arg, sizeof(r));

	if (ret == 0 && (!X86_IS_MSR(r.id) || !cvmm_profile_cap(c->s->profile, 70)))
		ret = -EINVAL;
	if (ret == 0 && set)
		ret = sim_fetch(&v, r.addr, sizeof(v));
	if (ret == 0)
		ret = set ? msr_set(c, (uint32_t)r.id, v) : cvmm_sim_x86_msr_get(c, (uint32_t)r.id, &v);
	return ret < 0 || set ? ret : sim_put(r.addr, &v, sizeof(v));
}
