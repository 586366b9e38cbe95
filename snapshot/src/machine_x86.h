/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What the parts of an x86_64 machine share. */
#ifndef CVMM_SNAPSHOT_MACHINE_X86_H
#define CVMM_SNAPSHOT_MACHINE_X86_H

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/x86-kvm.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include "machine_arch.h"

#define X86_MSR(n) (UINT64_C(0x2030000200000000) | (uint32_t)(n))
#define X86_TSC	   X86_MSR(0x10)

/* More MSRs than any host lists, and more CPUID entries than KVM takes. */
#define X86_MSRS_MAX CVMM_VCPU_REGS_MAX

/* The machine's scratch while it is captured: what there is. */
struct x86_survey {
	uint32_t xsave_bytes;
	uint32_t nested_bytes; /* 0: not offered */
	uint32_t cpuid_bytes;
	uint32_t n;
	uint8_t lapic;
	uint8_t irqchip;
	uint8_t pit;
	uint8_t one_reg;
	uint64_t id[X86_MSRS_MAX];
	union {
		uint32_t list[2 * X86_MSRS_MAX];
		struct cvmm_x86_cpuid cpuid;
		uint64_t regs[X86_MSRS_MAX];
	};
};

/* And while it is restored: those registers of the shape at hand that the plan writes, or reads back. */
struct x86_list {
	struct cvmm_vcpu_regs regs;
	struct cvmm_item item[CVMM_VCPU_REGS_MAX];
	uint8_t take[CVMM_VCPU_REGS_MAX];
};

_Static_assert(sizeof(struct x86_survey) <= CVMM_MACHINE_X86_BYTES, "the scratch is too small");
_Static_assert(sizeof(struct x86_list) <= CVMM_MACHINE_X86_BYTES, "the scratch is too small");

static inline struct x86_survey *x86_survey_of(const struct cvmm_machine *m)
{
	return m->scratch;
}

/* A property of the VM: what was staged or recorded, 0 if it was not. */
uint64_t cvmm_x86_property(const struct cvmm_machine *m, uint32_t number);

/* Fills id[] and n: every MSR that this vCPU can be asked for and that is saved, and KVM's own registers. */
int cvmm_x86_survey_regs(const struct cvmm_machine *m, struct x86_survey *s, struct cvmm_error *e);

/* What a refused write is called in an apply; KVM's errno and the register stay. Returns @ret. */
int cvmm_x86_failed(struct apply *a, int ret, enum cvmm_reason reason);
/* The value of a block of the VM, with the time added that the guest shall have missed; returns its size. */
uint32_t cvmm_x86_block_value(const struct apply *a, const struct cvmm_step *step, uint8_t *v);
/* A vCPU's TSC, likewise; -ENOENT if the snapshot has none. */
int cvmm_x86_tsc(const struct apply *a, uint32_t index, uint64_t *tsc);
int cvmm_x86_write_tscs(struct apply *a);

/* Entries of struct machine_arch. */
int cvmm_x86_survey(struct capture *c, struct cvmm_error *e);
int cvmm_x86_items(struct capture *c, const uint64_t *id, uint32_t n, struct cvmm_error *e);
int cvmm_x86_read_vm(struct capture *c, struct cvmm_error *e);
int cvmm_x86_read_vcpu(struct capture *c, uint32_t index, struct cvmm_error *e);
int cvmm_x86_steps(struct apply *a);
int cvmm_x86_state(struct apply *a);
int cvmm_x86_timer(struct apply *a);
int cvmm_x86_vm_blocks(struct apply *a);
int cvmm_x86_verify(struct apply *a);

#endif
