/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * riscv64: there is no init stage and nothing but the time is the VM's. A vCPU's configuration, its ISA and SBI extensions,
 * comes first and decides which of its other registers exist.
 */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include <errno.h>
#include <string.h>

#include "apply_parts.h"
#include "machine_arch.h"
#include "pins.h"
#include "reglist.h"

void cvmm_machine_riscv64(struct cvmm_machine *m)
{
	m->arch = CVMM_ARCH_RISCV64;
}

/* Nothing is written, but the clock comes after the second commit point. */
static int config(struct apply *a)
{
	return cvmm_vm_regs_commit(a->m->regs, a->m->vcpu[0], &a->why);
}

/* With the extensions as they were, what the plan is about to write has to be there. */
static int check_list(struct apply *a, uint32_t index)
{
	uint64_t list[LIST_WORDS];
	uint32_t k, n = 0, hint = 0;
	int ret = cvmm_list_read(a->m->vcpu[index], list, LIST_MAX, &n, &a->why);

	for (k = 0; ret == 0 && k < a->p->n; k++) {
		const struct cvmm_step *step = &a->p->step[k];

		if (!step->write || step->id == CVMM_RISCV64_VCPU_MP_STATE ||
			(step->scope == CVMM_SCOPE_VCPU && step->shape != a->v->vcpu[index].shape) ||
			cvmm_list_has(list + 1, n, step->id, &hint))
			continue;
		ret = cvmm_fail_id(&a->why, -EIO, CVMM_REASON_LIST_DIFFERS, step->id, n);
		a->why.vcpu = a->m->vcpu[index].id;
	}
	return ret;
}

static int identity(struct apply *a)
{
	uint32_t i;
	int ret = cvmm_apply_steps(a);

	for (i = 0; ret == 0 && i < a->m->nvcpus; i++)
		ret = check_list(a, i);
	return ret;
}

static int differ(uint64_t id, const uint8_t *want, const uint8_t *got, uint32_t bytes)
{
	(void)id;
	return memcmp(want, got, bytes) != 0;
}

/* A new guest: a baseline's extensions on every vCPU. */
static int start(struct cvmm_machine *m, struct pins *pins, const struct cvmm_profile *host, uint32_t *phase,
	struct cvmm_error *why)
{
	uint32_t i, k;
	int ret;

	(void)host;
	*phase = CVMM_PHASE_CONFIG;
	ret = cvmm_vm_regs_commit(m->regs, m->vcpu[0], why);
	if (ret < 0)
		return ret;
	*phase = CVMM_PHASE_IDENTITY;
	for (i = 0; ret == 0 && i < m->nvcpus; i++) {
		for (k = 0; ret == 0 && k < pins->n; k++) {
			uint64_t id = pins->pair[k].id;
			uint8_t le[8];

			cvmm_store_le(le, sizeof(le), pins->pair[k].value);
			ret = cvmm_vcpu_reg_set(m->vcpu[i], cvmm_vcpu_reg_from_id(id), le, cvmm_reg_bytes(id), why);
		}
	}
	return ret;
}

const struct machine_arch cvmm_machine_rv64 = {
	.phase = {
		[CVMM_PHASE_VM] = cvmm_apply_vm,
		[CVMM_PHASE_CONFIG] = config,
		[CVMM_PHASE_IDENTITY] = identity,
		[CVMM_PHASE_STATE] = cvmm_apply_steps,
		[CVMM_PHASE_CLOCK] = cvmm_apply_clock,
		[CVMM_PHASE_TIMER] = cvmm_apply_steps,
		[CVMM_PHASE_MP_STATE] = cvmm_apply_steps,
		[CVMM_PHASE_DONE] = cvmm_apply_verify,
	},
	.differ = differ,
	.survey = cvmm_reglist_survey,
	.items = cvmm_reglist_items,
	.read_vm = cvmm_reglist_read_vm,
	.read_vcpu = cvmm_reglist_read_vcpu,
	.start = start,
};
