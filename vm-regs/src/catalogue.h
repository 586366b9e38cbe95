/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef CVMM_VM_REGS_CATALOGUE_H
#define CVMM_VM_REGS_CATALOGUE_H

#include <cvmm/kvm-ioctls/reason.h>
#include <cvmm/kvm-ioctls/catalogue.h>

/* One per architecture, generated. */
extern const struct cvmm_catalogue cvmm_vm_regs_arm64;
extern const struct cvmm_catalogue cvmm_vm_regs_x86_64;
extern const struct cvmm_catalogue cvmm_vm_regs_riscv64;

/* The catalogue of an architecture (bits 63:56 of its ids), or NULL. */
const struct cvmm_catalogue *cvmm_vm_regs_catalogue(uint32_t arch);

#endif
