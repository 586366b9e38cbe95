/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include "catalogue.h"

const struct cvmm_catalogue *cvmm_vcpu_regs_catalogue(uint32_t arch)
{
	switch (arch) {
	case CVMM_ARCH_ARM64: return &cvmm_vcpu_regs_arm64;
	case CVMM_ARCH_X86_64: return &cvmm_vcpu_regs_x86_64;
	case CVMM_ARCH_RISCV64: return &cvmm_vcpu_regs_riscv64;
	default: return NULL;
	}
}

const struct cvmm_row *cvmm_vcpu_reg_row(struct cvmm_vcpu_reg reg)
{
	return catalogue_row(reg.id);
}

struct cvmm_vcpu_reg cvmm_vcpu_reg_from_id(uint64_t id)
{
	struct cvmm_vcpu_reg reg = { id };

	if (!catalogue_row(id))
		reg.id = 0;
	return reg;
}

const struct cvmm_row *cvmm_vcpu_reg_rows(uint32_t arch, uint32_t *n)
{
	const struct cvmm_catalogue *cat = cvmm_vcpu_regs_catalogue(arch);

	*n = cat ? cat->nrows : 0;
	return cat ? cat->row : NULL;
}

struct cvmm_rules cvmm_vcpu_reg_rules(uint32_t arch)
{
	const struct cvmm_catalogue *cat = cvmm_vcpu_regs_catalogue(arch);
	struct cvmm_rules rules = { 0 };

	if (cat) {
		rules.v = cat->rule;
		rules.n = cat->nrules;
	}
	return rules;
}
