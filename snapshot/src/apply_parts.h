/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What the parts of apply() and of starting a new guest share. */
#ifndef CVMM_SNAPSHOT_APPLY_PARTS_H
#define CVMM_SNAPSHOT_APPLY_PARTS_H

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/snapshot/machine.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

struct apply {
	struct cvmm_machine *m;
	const struct cvmm_view *v;
	const struct cvmm_plan *p;
	uint32_t first; /* the steps of the phase at hand */
	uint32_t end;
	uint32_t touched; /* something was asked of KVM: a failure is final */
	struct cvmm_error why;
};

/* Reads everything back. */
int cvmm_apply_verify(struct apply *a);

int cvmm_machine_init_vcpu(struct cvmm_vcpu vcpu, uint64_t features, struct cvmm_error *e);
/* Nothing without SVE. */
int cvmm_machine_finalize_vcpu(struct cvmm_vcpu vcpu, uint64_t features, struct cvmm_error *e);

static inline int is_vcpu_property(uint64_t id)
{
	return id == CVMM_ARM64_VCPU_MP_STATE || id == CVMM_ARM64_VCPU_EVENTS || id == CVMM_ARM64_VCPU_PVTIME;
}

#endif
