/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef CVMM_VCPU_REGS_CATALOGUE_H
#define CVMM_VCPU_REGS_CATALOGUE_H

#include <cvmm/kvm-ioctls/reason.h>
#include <cvmm/kvm-ioctls/catalogue.h>

/* One per architecture, generated. */
extern const struct cvmm_catalogue cvmm_vcpu_regs_arm64;
extern const struct cvmm_catalogue cvmm_vcpu_regs_x86_64;
extern const struct cvmm_catalogue cvmm_vcpu_regs_riscv64;

/* The catalogue of an architecture (bits 63:56 of its ids), or NULL. */
const struct cvmm_catalogue *cvmm_vcpu_regs_catalogue(uint32_t arch);

/* The row of an id, or NULL. */
static inline const struct cvmm_row *catalogue_row(uint64_t id)
{
	const struct cvmm_catalogue *cat;

	if (__builtin_expect(id >> 56 == CVMM_ARCH_ARM64, 1))
		return cvmm_catalogue_find(&cvmm_vcpu_regs_arm64, id);
	cat = cvmm_vcpu_regs_catalogue((uint32_t)(id >> 56));
	return cat ? cvmm_catalogue_find(cat, id) : NULL;
}

#endif
