/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* arm64's interrupt controller in captures and restores. Nothing of this is done for a machine that was given none. */
#ifndef CVMM_SNAPSHOT_VGIC_H
#define CVMM_SNAPSHOT_VGIC_H

#include <cvmm/kvm-ioctls/vgic.h>

#include "apply_parts.h"
#include "capture_parts.h"

/* The most ids that the VM, and that each vCPU, can have of it. */
#define VGIC_VM_IDS   (16u + 8u * CVMM_VGIC_BANKS_MAX)
#define VGIC_VCPU_IDS 64u

/* Asks the device how many registers it has, and records its ABI revision. */
int cvmm_vgic_survey(struct capture *c, struct cvmm_error *e);
/* Ids that belong into the lists, in no order; how many. */
uint32_t cvmm_vgic_vm_ids(const struct capture *c, uint64_t *id);
uint32_t cvmm_vgic_vcpu_ids(const struct capture *c, uint64_t *id);
/* Pending LPIs go into guest memory; the ITS's tables follow when they are read as a register. */
int cvmm_vgic_flush(const struct capture *c, struct cvmm_error *e);
int cvmm_vgic_read_vm(const struct capture *c, const struct cvmm_item *item, struct cvmm_error *e);
/* All that a vCPU's column has of it; the vCPU's own registers are there. */
int cvmm_vgic_read_vcpu(const struct capture *c, uint32_t index, struct cvmm_error *e);

/* Before anything is touched: was the machine given what the plan is about to write? */
int cvmm_vgic_ready(const struct cvmm_machine *m, const struct cvmm_plan *p, struct cvmm_error *e);
/* The phase DEVICES beyond rank 0, and its read-back. */
int cvmm_vgic_apply(struct apply *a);
int cvmm_vgic_verify(struct apply *a);

#endif
