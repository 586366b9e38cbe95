/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A machine, and the start of a new guest that can be rolled back from its first instruction. */
#include <cvmm/kvm-ioctls/arm64.h>

#include <errno.h>

#include "apply_parts.h"
#include "capture_parts.h"
#include "pins.h"

#define FEATURE_SVE 4
#define NS_PER_S    UINT64_C(1000000000)
#define HZ_MAX	    UINT64_C(18000000000)

int cvmm_machine_init(struct cvmm_machine *m, struct cvmm_vm vm, struct cvmm_gate *gate, struct cvmm_vm_regs *regs,
	struct cvmm_error *e)
{
	if (regs->vm.fd != vm.fd || regs->vm.be != vm.be || vm.be != &gate->be)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_ARGUMENT);
	*m = (struct cvmm_machine){ .vm = vm, .gate = gate, .regs = regs };
	return 0;
}

uint64_t cvmm_clock_ahead(const struct cvmm_clock *clock, uint64_t now_ns, uint64_t hz)
{
	uint64_t ns = now_ns - clock->saved_ns, seconds = ns / NS_PER_S, rest = ns % NS_PER_S;

	if (clock->policy != CVMM_CLOCK_CONTINUE || now_ns <= clock->saved_ns || !hz)
		return 0;
	/* The rest of a second times hz fits for any hz below 18 GHz. */
	if (hz > HZ_MAX || seconds > (INT64_MAX - hz) / hz)
		return INT64_MAX;
	return seconds * hz + rest * hz / NS_PER_S;
}

int cvmm_machine_vcpus(struct cvmm_machine *m, const struct cvmm_vcpu *vcpu, uint32_t n, struct cvmm_error *e)
{
	if (m->phase != CVMM_PHASE_VM || !n)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_PHASE_ORDER);
	if (n > CVMM_VCPUS_MAX)
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_TOO_MANY_VCPUS, 0, CVMM_VCPUS_MAX);
	m->vcpu = vcpu;
	m->nvcpus = n;
	m->phase = CVMM_PHASE_VCPUS;
	return 0;
}

/* Puts the phase into the error, kills the gate, hands the error out. */
static int die(struct cvmm_machine *m, uint32_t phase, int ret, struct cvmm_error *why, struct cvmm_error *e)
{
	why->phase = (uint16_t)phase;
	cvmm_gate_kill(m->gate, why);
	if (e)
		*e = *why;
	return ret;
}

int cvmm_machine_early(struct cvmm_machine *m, struct cvmm_error *e)
{
	struct cvmm_error why;
	int ret = cvmm_gate_check(m->vm.be, e);

	if (ret < 0)
		return ret;
	if (m->phase != CVMM_PHASE_NONE)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_PHASE_ORDER);
	ret = cvmm_vm_regs_commit_early(m->regs, &why);
	if (ret < 0)
		return die(m, CVMM_PHASE_VM, ret, &why, e);
	m->phase = CVMM_PHASE_VM;
	return 0;
}

int cvmm_machine_init_vcpu(struct cvmm_vcpu vcpu, uint64_t features, struct cvmm_error *e)
{
	struct cvmm_arm64_vcpu_init init = {
		.target = CVMM_ARM64_TARGET_GENERIC,
		.features = { (uint32_t)features, (uint32_t)(features >> 32) },
	};

	return cvmm_vcpu_init(vcpu, &init, e);
}

int cvmm_machine_finalize_vcpu(struct cvmm_vcpu vcpu, uint64_t features, struct cvmm_error *e)
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
		ret = cvmm_machine_init_vcpu(m->vcpu[i], m->features, why);
	if (ret < 0)
		return ret;
	*phase = CVMM_PHASE_FINALIZE;
	for (i = 0; ret == 0 && i < m->nvcpus; i++)
		ret = cvmm_machine_finalize_vcpu(m->vcpu[i], m->features, why);
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

int cvmm_machine_start(struct cvmm_machine *m, uint64_t features, const struct cvmm_pair *pin, uint32_t npin,
	const struct cvmm_profile *host, struct cvmm_error *e)
{
	struct pins pins = { .pair = pin, .n = npin, .features = features };
	struct cvmm_error why;
	uint32_t phase;
	int ret = cvmm_gate_check(m->vm.be, e);

	if (ret < 0)
		return ret;
	if (m->phase != CVMM_PHASE_VCPUS)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_PHASE_ORDER);
	ret = cvmm_pins_check(&pins, e);
	if (ret < 0)
		return ret;
	m->features = features;
	ret = start(m, &pins, host, &phase, &why);
	if (ret < 0)
		return die(m, phase, ret, &why, e);
	m->phase = CVMM_PHASE_DONE;
	return 0;
}
