/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Shared by the audit's files: the bench on which a register is looked at, and its checks. */
#ifndef CVMM_TOOL_AUDIT_PARTS_H
#define CVMM_TOOL_AUDIT_PARTS_H

#include <cvmm/kvm-ioctls/device.h>
#include <cvmm/kvm-ioctls/kvm.h>

#include "audit.h"

#define AUDIT_IDS_MAX 1024u

/* A value that was accepted in the place of the one that a fresh vCPU holds. */
struct audit_change {
	uint64_t id;
	uint64_t fresh;
	uint64_t other;
	uint64_t features;
	uint32_t entry;
	uint32_t found;
};

/* Two vCPUs of a throwaway VM. */
struct bench {
	struct cvmm_kvm kvm;
	struct cvmm_gate gate;
	struct cvmm_vm vm;
	struct cvmm_vcpu v[2];
	struct cvmm_device gic;
	uint64_t features;
	uint64_t pmcr;
	uint32_t up;
	uint32_t finalize;
	struct audit_entry *entry;
	uint32_t nentries;
	struct audit_change change[AUDIT_IDS_MAX];
	uint32_t nchanges;
	uint64_t list[AUDIT_IDS_MAX + 1];
};

/*
 * A new VM with two initialised vCPUs instead of the one there is. Implementation ids (MIDR_EL1, ...) can be written in it
 * where the host offers that. 0 or -errno.
 */
int bench_fresh(struct bench *b, uint64_t features, int finalize, struct cvmm_error *e);

/* The same, finalised and with an interrupt controller and initialised PMUs, so that it can run. */
int bench_runnable(struct bench *b, uint64_t features);
void bench_close(struct bench *b);

/* vCPU 0 enters the guest and leaves at once: from now on the VM has run. 0 or -errno. */
int bench_run(const struct bench *b);

/* One register of a vCPU: raw for the VM's, through vcpu-regs for a vCPU's own. @v has CVMM_REG_BYTES_MAX bytes. */
int bench_get(const struct bench *b, uint32_t vcpu, uint64_t id, uint8_t *v);
int bench_set(const struct bench *b, uint32_t vcpu, uint64_t id, const uint8_t *v);

/* Enter a changed or an unchanged finding. Contradicted stays, proven outweighs not testable. */
void audit_proven(struct audit_entry *en, enum audit_check check);
void audit_contradicted(
	struct audit_entry *en, enum audit_check check, const char *why, uint64_t id, uint64_t want, uint64_t got);
void audit_untested(struct audit_entry *en, enum audit_check check, const char *why);

/* Scope and write semantics of one register; remembers an accepted change. @all: try every bit, not one. */
void audit_look(struct bench *b, uint32_t entry, uint64_t id, int all);

/* What a fresh vCPU holds, on a second VM; and the window, on a VM that ran. */
void audit_default(struct bench *b, const struct audit_change *c);
void audit_window(struct bench *b, const struct audit_change *c);

/* On a VM with an interrupt controller, and on one that has not run. */
void audit_gicd_iidr(struct bench *b, struct audit_entry *en);
void audit_pvtime(struct bench *b, struct audit_entry *en);

#endif
