/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef CVMM_VM_REGS_X86_H
#define CVMM_VM_REGS_X86_H

#include <cvmm/vm-regs/vm-regs.h>

/* Do what the staged properties of x86_64 say, those that were recorded apart. 0 or -errno, with @e's id set. */
int cvmm_vm_x86_commit(struct cvmm_vm_regs *r, struct cvmm_error *e);

#endif
