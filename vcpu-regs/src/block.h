/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef CVMM_VCPU_REGS_BLOCK_H
#define CVMM_VCPU_REGS_BLOCK_H

#include <cvmm/vcpu-regs/vcpu-regs.h>

/* State that KVM moves by ioctls of its own, by property id. The size was checked. 0 or -errno, with @e's id set. */
int block_get(struct cvmm_vcpu vcpu, uint64_t id, void *v, struct cvmm_error *e);
int block_set(struct cvmm_vcpu vcpu, uint64_t id, const void *v, struct cvmm_error *e);

#endif
