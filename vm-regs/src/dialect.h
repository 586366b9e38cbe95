/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef CVMM_VM_REGS_DIALECT_H
#define CVMM_VM_REGS_DIALECT_H

#include <cvmm/vm-regs/vm-regs.h>

/* The newest permitted dialect that this KVM offers: enum cvmm_dialect, or -errno. */
int cvmm_vm_dialect_choose(struct cvmm_vm vm, uint32_t allowed, struct cvmm_error *e);

/* Switch the dialect on, where it has to be. Before the first vCPU. */
int cvmm_vm_dialect_enable(const struct cvmm_vm_regs *r, struct cvmm_error *e);

/* Write and read one register through the VM fd. CVMM_DIALECT_VM only. */
int cvmm_vm_dialect_vm_set(const struct cvmm_vm_regs *r, uint64_t id, uint64_t value, struct cvmm_error *e);
int cvmm_vm_dialect_vm_get(const struct cvmm_vm_regs *r, uint64_t id, uint64_t *value, struct cvmm_error *e);

/* Write and read one register through a vCPU fd, marked as the VM's where the dialect has a mark. */
int cvmm_vm_dialect_vcpu_set(
	const struct cvmm_vm_regs *r, struct cvmm_vcpu through, uint64_t id, uint64_t value, struct cvmm_error *e);
int cvmm_vm_dialect_vcpu_get(
	const struct cvmm_vm_regs *r, struct cvmm_vcpu through, uint64_t id, uint64_t *value, struct cvmm_error *e);

#endif
