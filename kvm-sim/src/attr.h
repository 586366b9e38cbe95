/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Device attributes: what attr.c and attr_pmu.c share. Called with the VM's lock held. */
#ifndef SIM_ATTR_H
#define SIM_ATTR_H

#include "internal.h"

int cvmm_sim_take_ppi(struct sim_call *c, uint32_t irq, uint8_t owner);
int cvmm_attr_pmu_set(struct sim_call *c, const struct cvmm_kvm_device_attr *a);
int cvmm_attr_pmu_get(struct sim_call *c, const struct cvmm_kvm_device_attr *a);
int cvmm_attr_pmu_has(struct sim_call *c, const struct cvmm_kvm_device_attr *a);

#endif
