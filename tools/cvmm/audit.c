/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The audit's course: lists with all features and with few, then a second fresh VM, then a VM that ran. */
#include "audit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>
#include <cvmm/vm-regs/vm-regs.h>

#include "audit_parts.h"

#define BASE_FEATURES CVMM_ARM64_FEATURE_PSCI_0_2
#define NOT_LISTED    "this KVM does not list it"
#define NO_CHANGE     "this KVM takes no other value here"

void audit_proven(struct audit_entry *en, enum audit_check check)
{
	if (en->check[check].result == AUDIT_NOT_TESTABLE)
		en->check[check] = (struct audit_finding){ .result = AUDIT_PROVEN };
}

void audit_contradicted(
	struct audit_entry *en, enum audit_check check, const char *why, uint64_t id, uint64_t want, uint64_t got)
{
	if (en->check[check].result != AUDIT_CONTRADICTED)
		en->check[check] = (struct audit_finding){ AUDIT_CONTRADICTED, why, id, want, got };
}

void audit_untested(struct audit_entry *en, enum audit_check check, const char *why)
{
	if (en->check[check].result == AUDIT_NOT_TESTABLE)
		en->check[check].why = why;
}

static void enter_rows(struct bench *b, const struct cvmm_row *row, uint32_t n, uint32_t scope)
{
	uint32_t i, k;

	for (i = 0; i < n; i++) {
		struct audit_entry *en = &b->entry[b->nentries++];

		*en = (struct audit_entry){ .row = &row[i], .scope = scope };
		for (k = 0; k < AUDIT_CHECKS; k++)
			en->check[k].why = row[i].access == CVMM_ACCESS_ONE_REG	   ? NOT_LISTED
					   : row[i].access == CVMM_ACCESS_PROPERTY ? "KVM cannot give it back"
										   : "needs a device or guest memory";
	}
}

static int entry_of(const struct bench *b, uint64_t id)
{
	uint32_t i;

	for (i = 0; i < b->nentries; i++)
		if (cvmm_row_has(b->entry[i].row, id))
			return (int)i;
	return -1;
}

/* All that this host offers to a vCPU, EL2 and 32-bit EL1 apart. */
static uint64_t offered(struct bench *b)
{
	static const struct {
		uint32_t cap;
		uint64_t bits;
	} offer[] = {
		{ CVMM_CAP_ARM_PMU_V3, CVMM_ARM64_FEATURE_PMU_V3 },
		{ CVMM_CAP_ARM_SVE, CVMM_ARM64_FEATURE_SVE },
		{ CVMM_CAP_ARM_PTRAUTH_ADDRESS,
			CVMM_ARM64_FEATURE_PTRAUTH_ADDRESS | CVMM_ARM64_FEATURE_PTRAUTH_GENERIC },
	};
	uint64_t features = BASE_FEATURES;
	size_t i;

	for (i = 0; i < sizeof(offer) / sizeof(offer[0]); i++)
		if (cvmm_kvm_check_extension(b->kvm, offer[i].cap, NULL) > 0)
			features |= offer[i].bits;
	return features;
}

static int is_new(const struct bench *b, uint64_t id)
{
	uint32_t i;

	for (i = 0; i < b->nchanges; i++)
		if (b->change[i].id == id)
			return 0;
	return 1;
}

/* Look at every listed register that was not looked at with other features before. */
static int look_at_list(struct bench *b, uint64_t features, struct audit_total *total, struct cvmm_error *e)
{
	uint32_t n, i;
	int ret = bench_fresh(b, features, 1, e);

	if (ret == 0)
		ret = cvmm_vcpu_get_reg_list(b->v[0], b->list, AUDIT_IDS_MAX, &n, e);
	for (i = 1; ret == 0 && i <= n && b->nchanges < AUDIT_IDS_MAX; i++) {
		int k = entry_of(b, b->list[i]);

		if (k < 0) {
			total->first = total->unknown++ ? total->first : b->list[i];
			continue;
		}
		if (!is_new(b, b->list[i]))
			continue;
		if (!b->entry[k].nids++) {
			audit_untested(&b->entry[k], AUDIT_SCOPE, NO_CHANGE);
			audit_untested(&b->entry[k], AUDIT_WRITE, NO_CHANGE);
			audit_untested(&b->entry[k], AUDIT_WINDOW, NO_CHANGE);
		}
		b->change[b->nchanges++] = (struct audit_change){ .id = b->list[i], .entry = (uint32_t)k };
		audit_look(b, (uint32_t)k, b->list[i], b->entry[k].nids == 1);
	}
	return ret;
}

/* What is not in the list: it can only be looked at before FINALIZE, or moves by ioctls of its own. */
static int look_at_rest(struct bench *b, uint64_t features, struct cvmm_error *e)
{
	const uint64_t more[] = { CVMM_ARM64_VCPU_MP_STATE, CVMM_ARM64_VCPU_EVENTS };
	uint32_t i;
	int ret = bench_fresh(b, features, 1, e);

	for (i = 0; ret == 0 && i < 2; i++) {
		int k = entry_of(b, more[i]);

		b->entry[k].nids = 1;
		b->change[b->nchanges++] = (struct audit_change){ .id = more[i], .entry = (uint32_t)k };
		audit_look(b, (uint32_t)k, more[i], 0);
	}
	if (ret == 0 && features & CVMM_ARM64_FEATURE_SVE)
		ret = bench_fresh(b, features, 0, e);
	if (ret == 0 && features & CVMM_ARM64_FEATURE_SVE)
		audit_look(b, (uint32_t)entry_of(b, CVMM_ARM64_SVE_VLS), CVMM_ARM64_SVE_VLS, 0);
	return ret;
}

static void defaults(struct bench *b, uint64_t features)
{
	uint32_t i;

	if (bench_fresh(b, features, 1, NULL) < 0)
		return;
	for (i = 0; i < b->nchanges; i++)
		audit_default(b, &b->change[i]);
}

static void devices(struct bench *b, uint64_t features)
{
	if (bench_runnable(b, features) == 0)
		audit_gicd_iidr(b, &b->entry[entry_of(b, CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_GICD_IIDR))]);
	if (bench_fresh(b, features, 1, NULL) == 0)
		audit_pvtime(b, &b->entry[entry_of(b, CVMM_ARM64_VCPU_PVTIME)]);
}

static void windows(struct bench *b, uint64_t features)
{
	uint32_t i;
	int ran = bench_runnable(b, features);

	/* Without an interrupt controller a vCPU runs as long as it has no PMU. */
	if (ran < 0)
		ran = bench_fresh(b, features & ~CVMM_ARM64_FEATURE_PMU_V3, 1, NULL);
	if (ran == 0)
		ran = bench_run(b);
	for (i = 0; i < b->nchanges; i++) {
		if (ran == 0)
			audit_window(b, &b->change[i]);
		else
			audit_untested(&b->entry[b->change[i].entry], AUDIT_WINDOW, "a vCPU cannot run here");
	}
}

static void count(const struct bench *b, struct audit_total *total)
{
	uint32_t i, k;

	for (i = 0; i < b->nentries; i++) {
		for (k = 0; k < AUDIT_CHECKS; k++) {
			switch (b->entry[i].check[k].result) {
			case AUDIT_PROVEN: total->proven++; break;
			case AUDIT_CONTRADICTED: total->contradicted++; break;
			default: total->not_testable++;
			}
		}
	}
}

static int course(struct bench *b, struct audit_total *total, struct cvmm_error *e)
{
	uint64_t all = offered(b);
	int ret = look_at_list(b, all, total, e);

	/* A combination that this host does not offer after all: what it offers at the least has to work. */
	if (ret < 0)
		all = BASE_FEATURES;
	ret = look_at_list(b, BASE_FEATURES, total, e);
	if (ret == 0)
		ret = look_at_rest(b, all, e);
	if (ret < 0)
		return ret;
	defaults(b, all);
	if (all != BASE_FEATURES)
		defaults(b, BASE_FEATURES);
	devices(b, BASE_FEATURES);
	windows(b, all);
	if (all != BASE_FEATURES)
		windows(b, BASE_FEATURES);
	count(b, total);
	return 0;
}

int audit_run(const struct cvmm_backend *be, struct audit_entry *entry, uint32_t cap, uint32_t *n,
	struct audit_total *total, struct cvmm_error *e)
{
	uint32_t nvm, nvcpu;
	const struct cvmm_row *vm = cvmm_vm_reg_rows(CVMM_ARCH_ARM64, &nvm);
	const struct cvmm_row *vcpu = cvmm_vcpu_reg_rows(CVMM_ARCH_ARM64, &nvcpu);
	static struct bench b;
	int ret;

	*n = nvm + nvcpu;
	if (*n > cap)
		return cvmm_fail(e, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL);
	memset(&b, 0, sizeof(b));
	memset(total, 0, sizeof(*total));
	b.entry = entry;
	enter_rows(&b, vm, nvm, CVMM_SCOPE_VM);
	enter_rows(&b, vcpu, nvcpu, CVMM_SCOPE_VCPU);
	ret = cvmm_kvm_open(be, &b.kvm, e);
	if (ret < 0)
		return ret;
	ret = course(&b, total, e);
	bench_close(&b);
	(void)cvmm_kvm_close(&b.kvm);
	return ret;
}

const char *audit_check_name(uint32_t check)
{
	static const char *const names[AUDIT_CHECKS] = { "scope", "window", "default", "write" };

	return check < AUDIT_CHECKS ? names[check] : "unknown";
}

const char *audit_result_name(uint32_t result)
{
	static const char *const names[] = { "not-testable", "proven", "contradicted" };

	return result < 3 ? names[result] : "unknown";
}
