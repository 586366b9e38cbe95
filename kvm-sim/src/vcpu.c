/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The vCPU: creation and the calls on its fd. */
#include "riscv.h"
#include "x86.h"

#define CAP_MAX_VCPUS	66u
#define CAP_MAX_VCPU_ID 128u
#define GIC_V2_VCPUS	8u
#define DEV_VGIC_V2	5u
#define ESR_MASK	UINT64_C(0x1ffffff)
#define RAS_SHIFT	28

static int taken(const struct sim_call *c, uint32_t id)
{
	uint32_t i;

	for (i = 0; i < c->vm->nvcpus; i++)
		if (sim_vcpu(c->s, c->vm_idx, i)->id == id)
			return 1;
	return 0;
}

/* What KVM checks before it makes one. Called with the VM's lock held. */
static int may_create(struct sim_call *c, uint32_t id)
{
	uint64_t max = cvmm_profile_cap(c->s->profile, CAP_MAX_VCPUS);
	uint64_t ids = cvmm_profile_cap(c->s->profile, CAP_MAX_VCPU_ID);

	max = max ? max : 8;
	if (id >= (ids ? ids : max) || c->vm->nvcpus >= max)
		return -EINVAL;
	if (sim_trait(c->s, CVMM_TRAIT_VCPU_DUP_FIRST) && taken(c, id))
		return -EEXIST;
	if (c->vm->gic.inited)
		return -EBUSY;
	if (id >= max || (c->vm->gic.type == DEV_VGIC_V2 && id >= GIC_V2_VCPUS))
		return -EINVAL;
	return 0;
}

/* An empty vCPU in the next place, which is not the VM's yet. What it took from the interrupt controller stays taken. */
static int make_vcpu(struct sim_call *c, struct sim_vcpu *v, uint32_t id)
{
	int ret;

	memset(v, 0, c->s->vcpu_bytes);
	v->id = id;
	v->pvtime = v->rdist = UINT64_MAX;
	v->ppi[0] = 27;
	v->ppi[1] = 30;
	ret = cvmm_sim_gic_place(c, v);
	return ret == 0 && taken(c, id) ? -EEXIST : ret;
}

/* Every creation sets the VM's counters back, unless an offset was chosen for both. */
static void reset_counters(struct sim_call *c)
{
	if (atomic_load_explicit(&c->vm->offset_set, memory_order_relaxed))
		return;
	atomic_store_explicit(&c->vm->voffset, atomic_load_explicit(&sim_state(c->s)->now, memory_order_relaxed),
		memory_order_relaxed);
	atomic_store_explicit(&c->vm->poffset, 0, memory_order_relaxed);
}

int cvmm_sim_create_vcpu(struct sim_call *c, uint64_t arg)
{
	uint32_t id = (uint32_t)arg, idx;
	struct sim_vcpu *v;
	int ret;

	sim_acquire(&sim_state(c->s)->lock);
	sim_acquire(&c->vm->lock);
	ret = may_create(c, id);
	idx = c->vm->nvcpus;
	v = sim_vcpu(c->s, c->vm_idx, idx);
	if (ret == 0 && idx >= c->s->cfg.max_vcpus)
		ret = taken(c, id) ? -EEXIST : -ENOMEM;
	if (ret == 0)
		ret = make_vcpu(c, v, id);
	if (ret == 0)
		ret = cvmm_sim_fd_new(c->s, SIM_FD_VCPU, c->vm_idx, idx);
	if (ret >= 0) {
		memset(sim_run(c->s, c->vm_idx, idx), 0, CVMM_SIM_RUN_BYTES);
		v->used = 1;
		c->vm->nvcpus++;
		c->vm->refs++;
		if (sim_is_x86(c->s))
			cvmm_sim_x86_create(c, v);
		else if (sim_is_riscv(c->s))
			cvmm_sim_rv_create(c, v);
		else
			reset_counters(c);
	}
	sim_release(&c->vm->lock);
	sim_release(&sim_state(c->s)->lock);
	return ret;
}

static int finalize(struct sim_call *c, uintptr_t arg)
{
	int32_t what;
	int ret;

	if (!c->v->inited)
		return -ENOEXEC;
	ret = sim_fetch(&what, arg, sizeof(what));
	if (ret < 0)
		return ret;
	if (what != 4 || !(c->v->features & CVMM_ARM64_FEATURE_SVE))
		return -EINVAL;
	if (c->v->finalized)
		return -EPERM;
	c->v->finalized = 1;
	return 0;
}

static int mp_state(struct sim_call *c, unsigned long req, uintptr_t arg)
{
	uint32_t state = c->v->mp_state;
	int suspend = cvmm_profile_cap(c->s->profile, 216) != 0, ret;

	if (req == CVMM_KVM_GET_MP_STATE)
		return sim_put(arg, &state, sizeof(state));
	ret = sim_fetch(&state, arg, sizeof(state));
	if (ret < 0)
		return ret;
	suspend &= !sim_is_riscv(c->s);
	if (state != CVMM_MP_STATE_RUNNABLE && state != CVMM_MP_STATE_STOPPED &&
		!(state == CVMM_MP_STATE_SUSPENDED && suspend))
		return -EINVAL;
	c->v->mp_state = state;
	return 0;
}

/* RAS, bits 31:28 of ID_AA64PFR0_EL1: the VM's on kernels that let it be chosen, else the host's, which an EL2 guest may not see. */
static int has_ras(struct sim_call *c)
{
	uint64_t v, chosen;

	if (c->s->pfr0 == SIM_NONE)
		return 0;
	chosen = cvmm_sim_pair_value(c->s->profile->mask, c->s->profile->nmasks, sim_items(c->s)[c->s->pfr0].id);
	v = chosen >> RAS_SHIFT & 15 ? cvmm_sim_id_get(c, c->s->pfr0)
				     : cvmm_sim_vm_default(c->s, CVMM_ARM64_FEATURE_PSCI_0_2, c->s->pfr0);
	return (v >> RAS_SHIFT & 15) != 0;
}

static int set_events(struct sim_call *c, uintptr_t arg)
{
	struct cvmm_arm64_vcpu_events ev;
	uint32_t i;
	int ret = sim_fetch(&ev, arg, sizeof(ev));

	if (ret < 0)
		return ret;
	for (i = 0; i < 12; i++)
		if (ev.reserved[i])
			return -EINVAL;
	for (i = 0; i < sizeof(ev.pad); i++)
		if (ev.pad[i])
			return -EINVAL;
	if (ev.serror_pending && ev.serror_has_esr && (!has_ras(c) || ev.serror_esr & ~ESR_MASK))
		return -EINVAL;
	if (ev.serror_pending) {
		c->v->serror = 1;
		c->v->esr = ev.serror_has_esr ? ev.serror_esr : 0;
	}
	return 0;
}

static int get_events(struct sim_call *c, uintptr_t arg)
{
	struct cvmm_arm64_vcpu_events ev = { .serror_pending = c->v->serror };

	ev.serror_has_esr = (uint8_t)has_ras(c);
	if (ev.serror_pending && ev.serror_has_esr)
		ev.serror_esr = c->v->esr;
	return sim_put(arg, &ev, sizeof(ev));
}

/* Kernels that refuse the events of a vCPU before KVM_ARM_VCPU_INIT came with those that show GICD_IIDR early. */
static int events_early(const struct sim_call *c)
{
	return c->v->inited || (!sim_is_riscv(c->s) && !sim_trait(c->s, CVMM_TRAIT_IIDR_EARLY));
}

static int vcpu_ioctl(struct sim_call *c, unsigned long req, uintptr_t arg)
{
	switch (req) {
	case CVMM_KVM_RUN: return cvmm_sim_vcpu_run(c, arg);
	case CVMM_KVM_GET_REG_LIST: return cvmm_sim_reg_list(c, arg);
	case CVMM_KVM_ARM_VCPU_INIT: return cvmm_sim_vcpu_init(c, arg);
	case CVMM_KVM_ARM_VCPU_FINALIZE: return finalize(c, arg);
	case CVMM_KVM_GET_MP_STATE:
	case CVMM_KVM_SET_MP_STATE: return mp_state(c, req, arg);
	case CVMM_KVM_ARM_GET_VCPU_EVENTS: return events_early(c) ? get_events(c, arg) : -ENOEXEC;
	case CVMM_KVM_ARM_SET_VCPU_EVENTS: return events_early(c) ? set_events(c, arg) : -ENOEXEC;
	case CVMM_KVM_SET_DEVICE_ATTR:
	case CVMM_KVM_GET_DEVICE_ATTR:
	case CVMM_KVM_HAS_DEVICE_ATTR: return cvmm_sim_vcpu_attr(c, req, arg);
	default: return cvmm_sim_accept(SIM_FD_VCPU, req, arg);
	}
}

int cvmm_sim_vcpu_ioctl(struct sim_call *c, unsigned long req, uintptr_t arg)
{
	int ret;

	sim_acquire(&c->v->lock);
	if (sim_is_x86(c->s)) {
		c->v->gets += req == CVMM_KVM_GET_ONE_REG;
		c->v->sets += req == CVMM_KVM_SET_ONE_REG;
		ret = cvmm_sim_x86_vcpu(c, req, arg);
	} else if (req == CVMM_KVM_GET_ONE_REG) {
		c->v->gets++;
		ret = cvmm_sim_get_one_reg(c, arg);
	} else if (req == CVMM_KVM_SET_ONE_REG) {
		c->v->sets++;
		ret = cvmm_sim_set_one_reg(c, arg);
	} else {
		ret = vcpu_ioctl(c, req, arg);
	}
	sim_release(&c->v->lock);
	return ret;
}
