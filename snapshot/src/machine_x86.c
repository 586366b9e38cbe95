/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* x86_64: the table of a machine, and how a new guest starts. */
#include <errno.h>

#include "apply_parts.h"
#include "machine_x86.h"
#include "pins.h"

#define SCRATCH_ALIGN 16u

int cvmm_machine_x86(struct cvmm_machine *m, struct cvmm_kvm kvm, void *scratch, size_t bytes, struct cvmm_error *e)
{
	if (!scratch || (uintptr_t)scratch % SCRATCH_ALIGN || m->phase != CVMM_PHASE_NONE)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_ARGUMENT);
	if (bytes < CVMM_MACHINE_X86_BYTES)
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL, 0, CVMM_MACHINE_X86_BYTES);
	m->arch = CVMM_ARCH_X86_64;
	m->kvm = kvm;
	m->scratch = scratch;
	return 0;
}

uint64_t cvmm_x86_property(const struct cvmm_machine *m, uint32_t number)
{
	struct cvmm_vm_reg reg = cvmm_vm_reg_from_id(CVMM_X86_BLOCK(number));
	uint64_t value = 0;

	return cvmm_vm_regs_staged(m->regs, reg, &value) == 0 ? value : 0;
}

/* A new guest's vCPUs are set up by the embedding VMM; a baseline's MSRs are the same on each of them. */
static int start(struct cvmm_machine *m, struct pins *pins, const struct cvmm_profile *host, uint32_t *phase,
	struct cvmm_error *why)
{
	uint32_t i, k;
	int ret = 0;

	(void)host;
	*phase = CVMM_PHASE_IDENTITY;
	for (i = 0; ret == 0 && i < m->nvcpus; i++) {
		for (k = 0; ret == 0 && k < pins->n; k++) {
			uint8_t le[8];

			cvmm_store_le(le, sizeof(le), pins->pair[k].value);
			ret = cvmm_vcpu_reg_set(
				m->vcpu[i], cvmm_vcpu_reg_from_id(pins->pair[k].id), le, sizeof(le), why);
		}
	}
	return ret;
}

const struct machine_arch cvmm_machine_x86_64 = {
	.phase = {
		[CVMM_PHASE_VM] = cvmm_apply_vm,
		[CVMM_PHASE_INIT] = cvmm_x86_steps,
		[CVMM_PHASE_IDENTITY] = cvmm_x86_steps,
		[CVMM_PHASE_DEVICES] = cvmm_x86_vm_blocks,
		[CVMM_PHASE_STATE] = cvmm_x86_state,
		[CVMM_PHASE_CLOCK] = cvmm_x86_vm_blocks,
		[CVMM_PHASE_TIMER] = cvmm_x86_timer,
		[CVMM_PHASE_EVENTS] = cvmm_x86_steps,
		[CVMM_PHASE_MP_STATE] = cvmm_x86_steps,
		[CVMM_PHASE_DONE] = cvmm_x86_verify,
	},
	.survey = cvmm_x86_survey,
	.items = cvmm_x86_items,
	.read_vm = cvmm_x86_read_vm,
	.read_vcpu = cvmm_x86_read_vcpu,
	.start = start,
};
