/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The interrupt controllers: what gic.c (creation, addresses, init) and gic_reg.c (registers) share. */
#ifndef SIM_GIC_H
#define SIM_GIC_H

#include "internal.h"

#define GIC_V2		5u
#define GIC_V3		7u
#define GIC_ITS		8u

#define GRP_ADDR	0u
#define GRP_DIST_REGS	1u
#define GRP_CPU_REGS	2u /* v2 */
#define GRP_NR_IRQS	3u
#define GRP_CTRL	4u
#define GRP_REDIST_REGS 5u
#define GRP_CPU_SYSREGS 6u
#define GRP_LEVEL_INFO	7u
#define GRP_ITS_REGS	8u
#define GRP_MAINT_IRQ	9u

#define GIC_UNSET	UINT64_MAX

#define GICD_ICFGR	0xc00u
#define LEVEL_WORDS	0xe00u	/* unused by the architecture: line levels are kept there */
#define REV_MASK	0xf000u /* of GICD_IIDR and GITS_IIDR */

enum gic_verb { GIC_SET, GIC_GET, GIC_HAS };

/* Register groups of the distributor and the redistributors. Called with the VM's and all vCPUs' locks held. */
int cvmm_gic_reg(struct sim_call *c, uint32_t type, const struct cvmm_kvm_device_attr *a, enum gic_verb verb);
int cvmm_gic_no_vcpu(struct sim_call *c, uint32_t type, const struct cvmm_kvm_device_attr *a);
int cvmm_gic_has_reg(struct sim_call *c, uint32_t type, const struct cvmm_kvm_device_attr *a);
struct sim_vcpu *cvmm_gic_by_affinity(struct sim_call *c, uint64_t attr, uint32_t *idx);
void cvmm_gic_reset(struct sim *s, struct sim_vm *vm, uint32_t type);

/* gic_addr.c */
int cvmm_gic_addr(struct sim_call *c, uint32_t type, const struct cvmm_kvm_device_attr *a, enum gic_verb verb);
int cvmm_gic_places_fit(const struct sim_call *c);

/* gic_cpu.c */
int cvmm_gic_icc_index(uint32_t enc);
int cvmm_gic_cpu_sysreg(struct sim_call *c, const struct cvmm_kvm_device_attr *a, enum gic_verb verb);
int cvmm_gic_level(struct sim_call *c, uint64_t attr, uint32_t *val, enum gic_verb verb);
int cvmm_gic_v2_cpu_reg(struct sim_call *c, uint64_t attr, uint32_t *val, enum gic_verb verb);

/* gic_its.c */
int cvmm_gic_its_reg(struct sim_call *c, const struct cvmm_kvm_device_attr *a, enum gic_verb verb);
void cvmm_gic_its_reset(struct sim_gic *g);

#endif
