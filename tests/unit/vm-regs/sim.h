/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* For tests: a simulated KVM of one recorded kernel, with a VM and some vCPUs. */
#ifndef CVMM_TEST_SIM_H
#define CVMM_TEST_SIM_H

#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/vm.h>
#include <cvmm/kvm-sim/profiles.h>
#include <cvmm/kvm-sim/sim.h>
#include <cvmm/vm-regs/vm-regs.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#define SIM_VCPUS_MAX 64u
#define PSCI_0_2      CVMM_ARM64_FEATURE_PSCI_0_2

struct sim_host {
	void *store;
	void *text_store;
	struct cvmm_profile profile;
	struct cvmm_backend be;
	struct cvmm_kvm kvm;
	struct cvmm_gate gate;
	struct cvmm_vm vm;
	struct cvmm_vcpu vcpu[SIM_VCPUS_MAX];
	uint32_t nvcpus;
	struct cvmm_vm_slot slot[CVMM_VM_SLOTS_MAX];
	struct cvmm_vm_regs regs;
};

static inline const char *sim_text(const char *name, size_t *len)
{
	uint32_t i;

	for (i = 0; i < cvmm_sim_profile_count(); i++)
		if (!strcmp(cvmm_sim_profile_name(i), name))
			return cvmm_sim_profile_text(i, len);
	cr_assert_fail("no profile %s", name);
	return NULL;
}

/* A simulated host, and a VM on it without vCPUs. */
static inline struct sim_host *sim_host(const char *name, uint32_t proposals, uint32_t vcpus)
{
	struct sim_host *h = calloc(1, sizeof(*h));
	struct cvmm_sim_config cfg = {
		.size = sizeof(cfg), .proposals = proposals, .profile = &h->profile, .max_vcpus = vcpus
	};
	struct cvmm_error e = { 0 };
	size_t len, need;
	const char *text = sim_text(name, &len);

	cr_assert_eq(cvmm_profile_need(text, len, &need, &e), 0);
	h->text_store = aligned_alloc(16, (need + 15) & ~(size_t)15);
	cr_assert_eq(cvmm_profile_parse(text, len, h->text_store, need, &h->profile, &e), 0);
	cr_assert_eq(cvmm_sim_need(&cfg, &need, &e), 0, "%s", cvmm_reason_text(e.reason));
	h->store = aligned_alloc(CVMM_SIM_ALIGN, (need + CVMM_SIM_ALIGN - 1) & ~(size_t)(CVMM_SIM_ALIGN - 1));
	cr_assert_eq(cvmm_sim_init(&cfg, h->store, need, &h->be, &e), 0, "%s", cvmm_reason_text(e.reason));
	cr_assert_eq(cvmm_kvm_open(&h->be, &h->kvm, &e), 0);
	cr_assert_eq(cvmm_kvm_create_vm(h->kvm, 0, &h->gate, &h->vm, &e), 0);
	return h;
}

static inline void sim_free(struct sim_host *h)
{
	free(h->store);
	free(h->text_store);
	free(h);
}

static inline void sim_regs(struct sim_host *h, uint32_t allowed)
{
	struct cvmm_error e = { 0 };

	cr_assert_eq(cvmm_vm_regs_init(&h->regs, h->vm, allowed, h->slot, CVMM_VM_SLOTS_MAX, &e), 0, "%s",
		cvmm_reason_text(e.reason));
}

static inline void sim_vcpus(struct sim_host *h, uint32_t n, uint64_t features, int finalize)
{
	struct cvmm_arm64_vcpu_init init = { .target = CVMM_ARM64_TARGET_GENERIC, .features = { (uint32_t)features } };
	struct cvmm_error e = { 0 };
	uint32_t i;

	for (i = 0; i < n; i++)
		cr_assert_eq(cvmm_vm_create_vcpu(h->vm, i, &h->vcpu[i], &e), 0);
	for (i = 0; i < n; i++) {
		cr_assert_eq(cvmm_vcpu_init(h->vcpu[i], &init, &e), 0);
		if (finalize && (features & CVMM_ARM64_FEATURE_SVE))
			cr_assert_eq(cvmm_vcpu_finalize(h->vcpu[i], 4, &e), 0);
	}
	h->nvcpus = n;
}

static inline uint64_t sim_count(struct sim_host *h, enum cvmm_sim_count which)
{
	uint64_t count[CVMM_SIM_NCOUNTS];

	cr_assert_eq(cvmm_sim_counts(&h->be, count), 0);
	return count[which];
}

static inline uint64_t sim_reg(struct cvmm_vcpu vcpu, uint64_t id)
{
	uint64_t v = 0;

	cr_assert_eq(
		cvmm_vcpu_get_one_reg(vcpu, id, &v, cvmm_reg_bytes(id), NULL), 0, "%016llx", (unsigned long long)id);
	return v;
}

#endif
