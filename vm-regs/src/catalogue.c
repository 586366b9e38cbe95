/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <cvmm/vm-regs/vm-regs.h>

#include "catalogue.h"

const struct cvmm_catalogue *cvmm_vm_regs_catalogue(uint32_t arch)
{
	switch (arch) {
	case CVMM_ARCH_ARM64: return &cvmm_vm_regs_arm64;
	case CVMM_ARCH_X86_64: return &cvmm_vm_regs_x86_64;
	case CVMM_ARCH_RISCV64: return &cvmm_vm_regs_riscv64;
	default: return NULL;
	}
}

const struct cvmm_row *cvmm_vm_reg_row(struct cvmm_vm_reg reg)
{
	const struct cvmm_catalogue *cat = cvmm_vm_regs_catalogue((uint32_t)(reg.id >> 56));

	return cat ? cvmm_catalogue_find(cat, reg.id) : NULL;
}

struct cvmm_vm_reg cvmm_vm_reg_from_id(uint64_t id)
{
	struct cvmm_vm_reg reg = { id };

	if (!cvmm_vm_reg_row(reg))
		reg.id = 0;
	return reg;
}

const struct cvmm_row *cvmm_vm_reg_rows(uint32_t arch, uint32_t *n)
{
	const struct cvmm_catalogue *cat = cvmm_vm_regs_catalogue(arch);

	*n = cat ? cat->nrows : 0;
	return cat ? cat->row : NULL;
}

struct cvmm_rules cvmm_vm_reg_rules(uint32_t arch)
{
	const struct cvmm_catalogue *cat = cvmm_vm_regs_catalogue(arch);
	struct cvmm_rules rules = { 0 };

	if (cat) {
		rules.v = cat->rule;
		rules.n = cat->nrules;
	}
	return rules;
}
