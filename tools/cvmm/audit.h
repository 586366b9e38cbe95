/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: does this KVM behave as the catalogue says?
 *
 * For every row of vm-regs and vcpu-regs four claims are put to the test on throwaway VMs with two vCPUs: whose the
 * register is (written through vCPU 0, looked at through vCPU 1), until when it can be changed, what it holds by
 * default, and what a write does. Works on any backend; prints nothing and allocates nothing.
 */
#ifndef CVMM_TOOL_AUDIT_H
#define CVMM_TOOL_AUDIT_H

#include <cvmm/kvm-ioctls/backend.h>
#include <cvmm/kvm-ioctls/row.h>

/** AUDIT_ENTRIES_MAX: room for every row of an architecture. */
#define AUDIT_ENTRIES_MAX 512u

/**
 * enum audit_check - what is claimed
 * @AUDIT_SCOPE:   a changed value shows through the other vCPU (the VM's), or does not (a vCPU's)
 * @AUDIT_WINDOW:  changes are taken until the row says, and refused afterwards
 * @AUDIT_DEFAULT: what a fresh vCPU holds
 * @AUDIT_WRITE:   what was accepted reads back, under the row's mask; what must be refused is
 */
enum audit_check {
	AUDIT_SCOPE = 0,
	AUDIT_WINDOW = 1,
	AUDIT_DEFAULT = 2,
	AUDIT_WRITE = 3,
	AUDIT_CHECKS = 4,
};

/** enum audit_result - AUDIT_NOT_TESTABLE comes with the reason why */
enum audit_result {
	AUDIT_NOT_TESTABLE = 0,
	AUDIT_PROVEN = 1,
	AUDIT_CONTRADICTED = 2,
};

/**
 * struct audit_finding - the outcome of one claim
 * @result: enum audit_result
 * @why:    constant text: why it is not testable here, or what contradicts; NULL if proven
 * @id:     the register that contradicts
 * @want:   value that the claim expects there (low 8 bytes)
 * @got:    value that was found
 */
struct audit_finding {
	uint32_t result;
	const char *why;
	uint64_t id;
	uint64_t want;
	uint64_t got;
};

/**
 * struct audit_entry - a row and its findings
 * @row:    the row
 * @scope:  enum cvmm_scope: whose catalogue it stands in
 * @nids:   how many of its registers this KVM listed
 * @check:  by enum audit_check
 */
struct audit_entry {
	const struct cvmm_row *row;
	uint32_t scope;
	uint32_t nids;
	struct audit_finding check[AUDIT_CHECKS];
};

/**
 * struct audit_total - findings counted
 * @proven:       claims
 * @contradicted: claims
 * @not_testable: claims
 * @unknown:      listed registers that no row knows
 * @first:        the first of those, or 0
 */
struct audit_total {
	uint32_t proven;
	uint32_t contradicted;
	uint32_t not_testable;
	uint32_t unknown;
	uint64_t first;
};

/**
 * audit_run() - put the arm64 catalogue to the test
 * @be:    the KVM
 * @entry: receives one entry per row, the VM's first
 * @cap:   entries that fit; AUDIT_ENTRIES_MAX is enough
 * @n:     receives the number of entries
 * @total: receives the counts
 * @e:     receives the error, or NULL
 *
 * Makes and closes VMs, one at a time; vCPUs enter the guest at most with immediate_exit set. Return: 0; -E2BIG;
 * -errno of the first call that has to work (open, create a VM, two vCPUs, KVM_ARM_VCPU_INIT with PSCI_0_2).
 */
int audit_run(const struct cvmm_backend *be, struct audit_entry *entry, uint32_t cap, uint32_t *n,
	struct audit_total *total, struct cvmm_error *e);

/** audit_check_name() - "scope", "window", "default", "write"; audit_result_name() - "not-testable", ... */
const char *audit_check_name(uint32_t check);
const char *audit_result_name(uint32_t result);

#endif
