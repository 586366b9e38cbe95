/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef CVMM_VM_REGS_ATTR_H
#define CVMM_VM_REGS_ATTR_H

#include <cvmm/vm-regs/vm-regs.h>

/* Set what a staged property stands for through an attribute of the VM or of one vCPU. 0 or -errno, with @e's id set. */
int cvmm_vm_attr_commit(
	const struct cvmm_vm_regs *r, struct cvmm_vcpu through, const struct cvmm_vm_slot *s, struct cvmm_error *e);

#endif
