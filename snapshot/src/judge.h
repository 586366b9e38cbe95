/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Would a host give its guests this value? Shared by plan, fresh guests and cvmm_host_accepts(). */
#ifndef CVMM_SNAPSHOT_JUDGE_H
#define CVMM_SNAPSHOT_JUDGE_H

#include <cvmm/kvm-ioctls/profile.h>
#include <cvmm/kvm-ioctls/row.h>

/* What the judgement of one value came to. */
struct judgement {
	uint16_t reason;
	uint8_t ok;
	uint8_t write; /* the value has to be written; 0: the host shows it anyway */
};

/* One register of one host, looked up once and then asked about many values. */
struct judge {
	const struct cvmm_profile *host;
	const struct cvmm_variant *variant;
	const struct cvmm_row *row;
	uint64_t id;
	uint64_t reset;		       /* what ONE_REG gives on a fresh vCPU there */
	const struct cvmm_pair *shown; /* what the host's guests see instead, or NULL */
	uint8_t imp_id;		       /* the VM switches on KVM_CAP_ARM_WRITABLE_IMP_ID_REGS */
	uint8_t ssbs_hidden;	       /* the host's CPU has SSBS and the guest does not see it */
};

void cvmm_judge_init(struct judge *j, const struct cvmm_profile *host, const struct cvmm_variant *variant,
	const struct cvmm_row *row, uint32_t item);
struct judgement cvmm_judge_value(const struct judge *j, uint64_t value);

/* Could any value make a difference? If not, nobody needs to look at 512 columns. */
int cvmm_judge_depends_on_value(const struct judge *j);

/* The first field of an ID register that the host cannot give, or NULL: bits outside of any field. */
const struct cvmm_field *cvmm_judge_field(const struct judge *j, uint64_t value, uint16_t *reason);

#endif
