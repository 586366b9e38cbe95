/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A small VMM: what a program that restores snapshots does, and nothing else. */
#ifndef CVMM_FUZZ_RIG_H
#define CVMM_FUZZ_RIG_H

#include <cvmm/snapshot/format.h>
#include <cvmm/snapshot/machine.h>

#include "host.h"

#define RIG_STEPS (4u * CVMM_PLAN_STEPS_MAX)

/** struct rig - a VMM with one VM */
struct rig {
	const struct fuzz_host *host;
	struct cvmm_kvm kvm;
	struct cvmm_gate gate;
	struct cvmm_vm vm;
	struct cvmm_vm_slot slot[CVMM_VM_SLOTS_MAX];
	struct cvmm_vm_regs regs;
	struct cvmm_vcpu vcpu[FUZZ_VCPUS];
	uint32_t nvcpus;
	uint64_t each[FUZZ_VCPUS]; /* vCPU feature sets of a restored machine */
	uint32_t vgic;		   /* interrupts; 0: no interrupt controller */
	struct cvmm_device gic, its;
	int applying;
	struct cvmm_machine m;
};

/** rig_plan() - judge, by rules of the caller's or NULL; @p gets storage of the rig's. Return: as cvmm_plan_make(). */
int rig_plan(const struct cvmm_view *v, const struct fuzz_host *h, const struct cvmm_rules *mine, struct cvmm_plan *p,
	struct cvmm_error *e);

/** rig_open() - a VM of the host's architecture, without vCPUs. Return: 0 or -errno; rig_close() in any case. */
int rig_open(
	struct rig *r, const struct fuzz_host *h, const struct cvmm_backend *be, uint64_t type, struct cvmm_error *e);

/** rig_restore() - open, and apply the plan up to the end. Return: 0 or -errno; rig_close() in any case. */
int rig_restore(struct rig *r, const struct fuzz_host *h, const struct cvmm_backend *be, const struct cvmm_view *v,
	const struct cvmm_plan *p, struct cvmm_error *e);

/** rig_must_be_dead() - did a restore fail in such a way that the machine has to be dead? Return: 1 or 0. */
int rig_must_be_dead(const struct rig *r, const struct cvmm_error *e);

/**
 * rig_start() - open, and start a new guest
 * @irqs: arm64: interrupts of its interrupt controller, 0 for none
 *
 * Return: 0 or -errno; rig_close() in any case.
 */
int rig_start(struct rig *r, const struct fuzz_host *h, const struct cvmm_backend *be, uint32_t vcpus,
	uint64_t features, uint32_t irqs, struct cvmm_error *e);

/** rig_capture() - read it back into a view with storage of the rig's; valid until the call after the next. */
int rig_capture(struct rig *r, const struct fuzz_host *h, struct cvmm_view *out, struct cvmm_error *e);

/** rig_close() - close everything that was opened. */
void rig_close(struct rig *r);

/** rig_read() - a snapshot as a view with storage of the rig's. Return: what cvmm_snapshot_read() returns. */
int rig_read(const uint8_t *buf, size_t len, struct cvmm_view *out, struct cvmm_error *e);

#endif
