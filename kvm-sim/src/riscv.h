/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* riscv64: what the common code asks. */
#ifndef SIM_RISCV_H
#define SIM_RISCV_H

#include "internal.h"

void cvmm_sim_rv_classify(struct sim_item *it);
uint64_t cvmm_sim_rv_order_key(uint64_t id);
int cvmm_sim_rv_has(struct sim_call *c, uint32_t item);
int cvmm_sim_rv_absent(uint64_t id);
void cvmm_sim_rv_read(struct sim_call *c, uint32_t item, uint8_t *out);
int cvmm_sim_rv_write(struct sim_call *c, uint32_t item, const uint8_t *val);
int cvmm_sim_rv_is_multi(uint64_t id);
uint64_t cvmm_sim_rv_multi_get(struct sim_call *c, uint64_t id);
int cvmm_sim_rv_multi_set(struct sim_call *c, uint64_t id, uint64_t map);
void cvmm_sim_rv_create(struct sim_call *c, struct sim_vcpu *v);
int cvmm_sim_rv_lacks(unsigned long req);

static inline int sim_is_riscv(const struct sim *s)
{
	return s->profile->arch == CVMM_ARCH_RISCV64;
}

#endif
