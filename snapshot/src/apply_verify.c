/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A write that returned 0 proves nothing: everything is read back before anybody may run. */
#include <cvmm/kvm-ioctls/reg-id.h>

#include "apply_parts.h"

/*
 * Through the last vCPU: what was written through the first one has to be seen there too. Kernels that let vCPUs differ in
 * features show each its own ID registers, so it has to be one of the same shape.
 */
static struct cvmm_vcpu witness(const struct apply *a)
{
	uint32_t i = a->m->nvcpus - 1;

	while (a->v->vcpu[i].shape != a->v->vcpu[0].shape)
		i--;
	return a->m->vcpu[i];
}

static int verify_vm(struct apply *a, struct cvmm_vcpu vcpu, const struct cvmm_step *step)
{
	struct cvmm_vm_reg reg = { step->id };
	uint8_t raw[8] = { 0 };
	uint64_t got;
	int ret;

	if (step->quick & CVMM_QUICK_ONE_REG) {
		ret = cvmm_vcpu_get_one_reg(vcpu, step->id, raw, cvmm_reg_bytes(step->id), &a->why);
		got = cvmm_load_le(raw, sizeof(raw));
	} else {
		ret = cvmm_vm_regs_get(a->m->regs, vcpu, reg, &got, &a->why);
	}
	return ret < 0 ? ret : cvmm_apply_compare(a, step, CVMM_NO_VCPU, step->value, got, &a->why);
}

int cvmm_apply_verify(struct apply *a)
{
	struct cvmm_vcpu vcpu = witness(a);
	uint32_t k;
	int ret = 0;

	for (k = 0; ret == 0 && k < a->p->n; k++) {
		const struct cvmm_step *step = &a->p->step[k];

		if (step->scope == CVMM_SCOPE_VM && step->verify)
			ret = verify_vm(a, vcpu, step);
	}
	return ret == 0 ? cvmm_apply_each(a, cvmm_apply_verify_vcpu) : ret;
}
