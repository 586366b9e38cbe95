/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What differs between guest architectures when a machine is captured, restored or started: one table each. The common
 * parts (apply.c, capture.c, machine.c) know the order and the bookkeeping and name no architecture.
 */
#ifndef CVMM_SNAPSHOT_MACHINE_ARCH_H
#define CVMM_SNAPSHOT_MACHINE_ARCH_H

#include <cvmm/snapshot/machine.h>

struct apply;
struct capture;
struct pins;

struct machine_arch {
	/* What a restore does in each enum cvmm_phase; NULL: nothing of ours. */
	int (*phase[CVMM_PHASE_DONE + 1])(struct apply *a);
	/* Before anything is touched: may the plan be begun with this machine? NULL: yes. */
	int (*ready)(const struct cvmm_machine *m, const struct cvmm_plan *p, struct cvmm_error *e);
	/* Are two values of more than 8 bytes other machines? */
	int (*differ)(uint64_t id, const uint8_t *want, const uint8_t *got, uint32_t bytes);

	/* Asks KVM what there is, then cvmm_capture_lay_out(). */
	int (*survey)(struct capture *c, struct cvmm_error *e);
	/* Appends the VM's items and the vCPUs' to @c; @id is what survey() found, ascending. Only counts without storage. */
	int (*items)(struct capture *c, const uint64_t *id, uint32_t n, struct cvmm_error *e);
	int (*read_vm)(struct capture *c, struct cvmm_error *e);
	int (*read_vcpu)(struct capture *c, uint32_t index, struct cvmm_error *e);

	/* A new guest, in the phases after VCPUS; *@phase is the one that an error belongs to. */
	int (*start)(struct cvmm_machine *m, struct pins *pins, const struct cvmm_profile *host, uint32_t *phase,
		struct cvmm_error *why);
};

extern const struct machine_arch cvmm_machine_arm64;
extern const struct machine_arch cvmm_machine_x86_64;
extern const struct machine_arch cvmm_machine_rv64;

/* NULL: machines of this architecture cannot be handled. */
const struct machine_arch *cvmm_machine_arch(uint32_t arch);

#endif
