/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* arm64: the table of a machine, and how a new guest starts. */
#include <cvmm/kvm-ioctls/arm64.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include "apply_parts.h"
#include "capture_parts.h"
#include "machine_arm64.h"
#include "pins.h"
#include "reglist.h"
#include "vgic.h"

#define FEATURE_SVE 4

int cvmm_arm64_init_vcpu(struct cvmm_vcpu vcpu, uint64_t features, struct cvmm_error *e)
{
	struct cvmm_arm64_vcpu_init init = {
		.target = CVMM_ARM64_TARGET_GENERIC,
		.features = { (uint32_t)features, (uint32_t)(features >> 32) },
	};

	return cvmm_vcpu_init(vcpu, &init, e);
}

int cvmm_arm64_finalize_vcpu(struct cvmm_vcpu vcpu, uint64_t features, struct cvmm_error *e)
{
	return features & CVMM_ARM64_FEATURE_SVE ? cvmm_vcpu_finalize(vcpu, FEATURE_SVE, e) : 0;
}

/* The vCPU's part of a baseline: who it is. */
static int set_identity(const struct cvmm_machine *m, const struct pins *pins, struct cvmm_error *e)
{
	uint32_t i, k;
	int ret = 0;

	for (i = 0; i < m->nvcpus; i++) {
		for (k = 0; ret == 0 && k < pins->n; k++) {
			struct cvmm_vcpu_reg reg = cvmm_vcpu_reg_from_id(pins->pair[k].id);
			uint8_t le[8];

			if (!reg.id || !pins->take[k])
				continue;
			cvmm_store_le(le, sizeof(le), pins->pair[k].value);
			ret = cvmm_vcpu_reg_set(m->vcpu[i], reg, le, cvmm_reg_bytes(reg.id), e);
		}
	}
	return ret;
}

static int stage_pins(struct cvmm_machine *m, const struct pins *pins, struct cvmm_error *e)
{
	struct cvmm_vm_reg features = cvmm_vm_reg_from_id(CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_FEATURES));
	uint32_t i;
	int ret = cvmm_vm_regs_stage(m->regs, features, m->features, e);

	for (i = 0; ret == 0 && i < pins->n; i++) {
		struct cvmm_vm_reg reg = cvmm_vm_reg_from_id(pins->pair[i].id);

		if (reg.id && pins->take[i])
			ret = cvmm_vm_regs_stage(m->regs, reg, pins->pair[i].value, e);
	}
	return ret;
}

/* Which of the baseline's registers are there, and which of them have to be written? */
static int choose_pins(
	const struct cvmm_machine *m, const struct cvmm_profile *host, struct pins *pins, struct cvmm_error *e)
{
	uint64_t list[LIST_WORDS];
	uint32_t n = 0;
	int ret = cvmm_list_read(m->vcpu[0], list, LIST_MAX, &n, e);

	return ret < 0 ? ret : cvmm_pins_choose(pins, host, list + 1, n, e);
}

/* The steps of a new guest's start, each with the phase that its errors name. */
static int start(struct cvmm_machine *m, struct pins *pins, const struct cvmm_profile *host, uint32_t *phase,
	struct cvmm_error *why)
{
	uint32_t i;
	int ret = 0;

	*phase = CVMM_PHASE_INIT;
	for (i = 0; ret == 0 && i < m->nvcpus; i++)
		ret = cvmm_arm64_init_vcpu(m->vcpu[i], cvmm_machine_features(m, i), why);
	if (ret < 0)
		return ret;
	*phase = CVMM_PHASE_FINALIZE;
	for (i = 0; ret == 0 && m->vls && i < m->nvcpus; i++)
		if (cvmm_machine_features(m, i) & CVMM_ARM64_FEATURE_SVE)
			ret = cvmm_vcpu_set_one_reg(m->vcpu[i], CVMM_ARM64_SVE_VLS, m->vls, CVMM_WIDE_BYTES, why);
	for (i = 0; ret == 0 && i < m->nvcpus; i++)
		ret = cvmm_arm64_finalize_vcpu(m->vcpu[i], cvmm_machine_features(m, i), why);
	if (ret < 0)
		return ret;
	*phase = CVMM_PHASE_CONFIG;
	ret = choose_pins(m, host, pins, why);
	if (ret == 0)
		ret = stage_pins(m, pins, why);
	if (ret == 0)
		ret = cvmm_vm_regs_commit(m->regs, m->vcpu[0], why);
	if (ret < 0)
		return ret;
	*phase = CVMM_PHASE_IDENTITY;
	return set_identity(m, pins, why);
}

const struct machine_arch cvmm_machine_arm64 = {
	.phase = {
		[CVMM_PHASE_VM] = cvmm_apply_vm,
		/* The vCPUs are the embedding VMM's; they came through cvmm_machine_vcpus(). */
		[CVMM_PHASE_VCPUS] = NULL,
		[CVMM_PHASE_INIT] = cvmm_arm64_init,
		[CVMM_PHASE_FINALIZE] = cvmm_arm64_finalize,
		[CVMM_PHASE_CONFIG] = cvmm_arm64_config,
		[CVMM_PHASE_IDENTITY] = cvmm_apply_steps,
		[CVMM_PHASE_DEVICES] = cvmm_vgic_apply,
		[CVMM_PHASE_STATE] = cvmm_apply_steps,
		[CVMM_PHASE_CLOCK] = cvmm_apply_clock,
		[CVMM_PHASE_TIMER] = cvmm_apply_steps,
		[CVMM_PHASE_EVENTS] = cvmm_apply_steps,
		[CVMM_PHASE_MP_STATE] = cvmm_apply_steps,
		[CVMM_PHASE_DONE] = cvmm_arm64_verify,
	},
	.ready = cvmm_vgic_ready,
	.differ = cvmm_arm64_differ,
	.survey = cvmm_reglist_survey,
	.items = cvmm_reglist_items,
	.read_vm = cvmm_reglist_read_vm,
	.read_vcpu = cvmm_reglist_read_vcpu,
	.start = start,
};
