/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What the parts of apply() share. */
#ifndef CVMM_SNAPSHOT_APPLY_PARTS_H
#define CVMM_SNAPSHOT_APPLY_PARTS_H

#include <cvmm/snapshot/machine.h>

struct machine_arch;

/* What a vCPU's thread does; it writes nothing but @why. 0 or -errno. */
struct apply;
typedef int apply_part(const struct apply *a, uint32_t index, struct cvmm_error *why);

struct apply {
	struct cvmm_machine *m;
	const struct cvmm_view *v;
	const struct cvmm_plan *p;
	const struct machine_arch *arch;
	uint32_t first; /* the steps of the phase at hand */
	uint32_t end;
	uint32_t touched; /* something was asked of KVM: a failure is final */
	uint32_t loaded;  /* x86_64: which list the scratch holds, 0 for none */
	struct cvmm_error why;
};

/* Phases, for the architectures' tables. */

/* Stages all that the VM owns, then the first commit point. */
int cvmm_apply_vm(struct apply *a);
/* Each vCPU's part of the phase, in the order of the plan. */
int cvmm_apply_steps(struct apply *a);
/* VM-wide counters. */
int cvmm_apply_clock(struct apply *a);
/* Reads everything back. */
int cvmm_apply_verify(struct apply *a);

/* A piece of a phase: registers of the VM that only the caller's rows know. Once, through the first vCPU. */
int cvmm_apply_foreign(struct apply *a);
/* A piece of a phase, for each vCPU, on the embedding VMM's threads if it has given any. */
int cvmm_apply_each(struct apply *a, apply_part *part);

/* One vCPU: the steps of the phase at hand; the read-back of all phases. */
apply_part cvmm_apply_vcpu, cvmm_apply_verify_vcpu;

int cvmm_apply_set(struct cvmm_vcpu vcpu, const struct cvmm_step *step, const uint8_t *value, struct cvmm_error *why);
/* Up to 8 bytes: what was written and what is there. 0, or -EIO with @why filled. */
int cvmm_apply_compare(const struct apply *a, const struct cvmm_step *step, uint32_t vcpu, uint64_t want, uint64_t got,
	struct cvmm_error *why);

#endif
