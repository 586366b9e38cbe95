/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Staged, committed, sealed: on every recorded kernel. */
#include <cvmm/kvm-ioctls/device.h>

#include "sim.h"

#define REG(id) ((struct cvmm_vm_reg){ id })

static const struct cvmm_variant *base_of(const struct sim_host *h)
{
	const struct cvmm_variant *v = cvmm_profile_variant(&h->profile, PSCI_0_2);

	cr_assert(v);
	return v;
}

/* Stage every VM-owned register of the host's own list; returns how many are configuration. */
static uint32_t stage_own(struct sim_host *h)
{
	const struct cvmm_variant *v = base_of(h);
	struct cvmm_error e = { 0 };
	uint32_t i, n = 0;

	for (i = 0; i < v->regs.n; i++) {
		struct cvmm_vm_reg reg = cvmm_vm_reg_from_id(v->regs.item[i].id);

		if (!reg.id || cvmm_vm_reg_row(reg)->phase == CVMM_PHASE_CLOCK)
			continue;
		cr_assert_eq(cvmm_vm_regs_stage(&h->regs, reg, cvmm_regset_u64(&v->regs, i, 0), &e), 0);
		n++;
	}
	return n;
}

/* A kernel's own values can be written back on every kernel, each once, and then nothing changes any more. */
Test(commit, own_values_on_every_kernel)
{
	uint32_t i, k;

	for (i = 0; i < cvmm_sim_profile_count(); i++) {
		struct sim_host *h = sim_host(cvmm_sim_profile_name(i), 0, 2);
		struct cvmm_error e = { 0 };
		uint64_t sets, v;
		uint32_t n;

		sim_regs(h, CVMM_DIALECT_ANY);
		cr_expect_eq(h->regs.dialect, CVMM_DIALECT_VCPU);
		n = stage_own(h);
		cr_assert_eq(cvmm_vm_regs_commit_early(&h->regs, &e), 0);
		sim_vcpus(h, 2, PSCI_0_2, 1);
		sets = sim_count(h, CVMM_SIM_COUNT_SET_ONE_REG);
		cr_assert_eq(cvmm_vm_regs_commit(&h->regs, h->vcpu[1], &e), 0, "%s: %016llx: %s, %llx",
			cvmm_sim_profile_name(i), (unsigned long long)e.id, cvmm_reason_text(e.reason),
			(unsigned long long)e.other);
		cr_expect_eq(sim_count(h, CVMM_SIM_COUNT_SET_ONE_REG) - sets, n);
		cr_expect_eq(h->regs.state, CVMM_VM_SEALED);
		sets = sim_count(h, CVMM_SIM_COUNT_SET_ONE_REG);
		for (k = 0; k < h->regs.n; k++) {
			v = h->slot[k].value;
			cr_expect_eq(cvmm_vm_regs_stage(&h->regs, h->slot[k].reg, v, &e), 0);
			cr_expect_eq(cvmm_vm_regs_stage(&h->regs, h->slot[k].reg, v ^ 1, &e), -EBUSY);
			cr_expect_eq(e.reason, CVMM_REASON_VM_SEALED);
			cr_expect_eq(e.id, h->slot[k].reg.id);
			cr_expect_eq(e.other, v);
		}
		cr_expect_eq(sim_count(h, CVMM_SIM_COUNT_SET_ONE_REG), sets, "the seal asked KVM");
		sim_free(h);
	}
}

/* 6.12 and 7.3 stage the machine of 6.1: PSCI 1.1, a bitmap bit less. */
Test(commit, lower_values_are_seen_through_every_vcpu)
{
	const char *const kernels[] = { "6.12.117-neoverse-n1", "6.18.15-cortex-a72", "7.3.4-max" };
	uint32_t i, k;

	for (i = 0; i < 3; i++) {
		struct sim_host *h = sim_host(kernels[i], 0, 4);
		struct cvmm_error e = { 0 };

		sim_regs(h, CVMM_DIALECT_VCPU);
		cr_assert_eq(cvmm_vm_regs_stage(&h->regs, REG(CVMM_ARM64_PSCI_VERSION), 0x10001, &e), 0);
		cr_assert_eq(cvmm_vm_regs_stage(&h->regs, REG(CVMM_ARM64_VENDOR_HYP_BMAP), 1, &e), 0);
		cr_assert_eq(cvmm_vm_regs_commit_early(&h->regs, &e), 0);
		sim_vcpus(h, 4, PSCI_0_2, 1);
		cr_assert_eq(cvmm_vm_regs_commit(&h->regs, h->vcpu[0], &e), 0);
		for (k = 0; k < 4; k++) {
			cr_expect_eq(sim_reg(h->vcpu[k], CVMM_ARM64_PSCI_VERSION), 0x10001u);
			cr_expect_eq(sim_reg(h->vcpu[k], CVMM_ARM64_VENDOR_HYP_BMAP), 1u);
		}
		sim_free(h);
	}
}

Test(commit, order)
{
	struct sim_host *h = sim_host("6.18.15-neoverse-n1", 0, 2);
	struct cvmm_error e = { 0 };

	sim_regs(h, CVMM_DIALECT_VCPU);
	cr_expect_eq(cvmm_vm_regs_commit(&h->regs, h->vcpu[0], &e), -EINVAL);
	cr_expect_eq(e.reason, CVMM_REASON_VM_ORDER);
	cr_expect_eq(cvmm_vm_regs_commit_early(&h->regs, &e), 0);
	cr_expect_eq(cvmm_vm_regs_commit_early(&h->regs, &e), -EINVAL);
	cr_expect_eq(e.reason, CVMM_REASON_VM_ORDER);
	cr_expect_eq(cvmm_vm_regs_clock(&h->regs, h->vcpu[0], REG(CVMM_ARM64_TIMER_CNT), 1, &e), -EBUSY);
	cr_expect_eq(e.reason, CVMM_REASON_VM_ORDER);
	sim_vcpus(h, 2, PSCI_0_2, 1);
	cr_expect_eq(cvmm_vm_regs_commit(&h->regs, h->vcpu[0], &e), 0);
	cr_expect_eq(cvmm_vm_regs_commit(&h->regs, h->vcpu[0], &e), -EINVAL);
	sim_free(h);
}

/* A value that KVM refuses names the register; so does one that was taken and is something else afterwards. */
Test(commit, refused_and_not_stored)
{
	const uint64_t dfr0 = CVMM_ARM64_SYS(3, 0, 0, 5, 0);
	struct sim_host *h = sim_host("6.18.15-neoverse-n1", 0, 1);
	struct cvmm_error e = { 0 };

	sim_regs(h, CVMM_DIALECT_VCPU);
	cr_assert_eq(cvmm_vm_regs_stage(&h->regs, REG(CVMM_ARM64_PSCI_VERSION), 0x20000, &e), 0);
	cr_assert_eq(cvmm_vm_regs_commit_early(&h->regs, &e), 0);
	sim_vcpus(h, 1, PSCI_0_2, 1);
	cr_expect_eq(cvmm_vm_regs_commit(&h->regs, h->vcpu[0], &e), -EINVAL);
	cr_expect_eq(e.reason, CVMM_REASON_IOCTL);
	cr_expect_eq(e.id, CVMM_ARM64_PSCI_VERSION);
	cr_expect_eq(h->regs.state, CVMM_VM_EARLY);
	sim_free(h);

	/* PMUVer 0xf, which old kernels handed out: taken, and 0 is stored. */
	h = sim_host("6.18.15-neoverse-n1", 0, 1);
	sim_regs(h, CVMM_DIALECT_VCPU);
	cr_assert_eq(cvmm_vm_regs_stage(&h->regs, REG(dfr0), UINT64_C(0x10305f08), &e), 0);
	cr_assert_eq(cvmm_vm_regs_commit_early(&h->regs, &e), 0);
	sim_vcpus(h, 1, PSCI_0_2, 1);
	cr_expect_eq(cvmm_vm_regs_commit(&h->regs, h->vcpu[0], &e), -EIO);
	cr_expect_eq(e.reason, CVMM_REASON_VM_NOT_STORED);
	cr_expect_eq(e.id, dfr0);
	cr_expect_eq(e.other, UINT64_C(0x10305008));
	sim_free(h);
}

Test(commit, clocks_come_last_and_are_not_behind)
{
	uint32_t i;

	for (i = 0; i < cvmm_sim_profile_count(); i++) {
		struct sim_host *h = sim_host(cvmm_sim_profile_name(i), 0, 2);
		const struct cvmm_variant *v = base_of(h);
		struct cvmm_error e = { 0 };
		const uint64_t then = UINT64_C(0x123456789a);
		uint64_t offset = CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_COUNTER_OFFSET);

		sim_regs(h, CVMM_DIALECT_VCPU);
		cr_expect_eq(cvmm_vm_regs_stage(&h->regs, REG(CVMM_ARM64_TIMER_CNT), 1, &e), -EINVAL);
		cr_assert_eq(cvmm_vm_regs_commit_early(&h->regs, &e), 0);
		sim_vcpus(h, 2, PSCI_0_2, 1);
		cr_assert_eq(cvmm_vm_regs_commit(&h->regs, h->vcpu[0], &e), 0);
		cr_expect_eq(cvmm_vm_regs_clock(&h->regs, h->vcpu[0], REG(CVMM_ARM64_TIMER_CNT), then, &e), 0);
		cr_expect_geq(sim_reg(h->vcpu[1], CVMM_ARM64_TIMER_CNT), then);
		cr_expect_lt(sim_reg(h->vcpu[1], CVMM_ARM64_TIMER_CNT), then + 100 * CVMM_SIM_TICKS);
		if (cvmm_regset_find(&v->regs, CVMM_ARM64_PTIMER_CNT) >= 0) {
			cr_expect_eq(cvmm_vm_regs_clock(&h->regs, h->vcpu[0], REG(CVMM_ARM64_PTIMER_CNT), then, &e), 0);
			/* Once the VM has an offset, KVM would take the write and ignore it. */
			cr_assert_eq(cvmm_vm_set_counter_offset(h->vm, 0, &e), 0);
			cr_assert_eq(cvmm_vm_regs_stage(&h->regs, REG(offset), 0, &e), 0);
			cr_expect_eq(
				cvmm_vm_regs_clock(&h->regs, h->vcpu[0], REG(CVMM_ARM64_TIMER_CNT), then, &e), -EBUSY);
		}
		cr_expect_eq(cvmm_vm_regs_clock(&h->regs, h->vcpu[0], REG(CVMM_ARM64_PSCI_VERSION), 1, &e), -EXDEV);
		sim_free(h);
	}
}

/* Without the library's knowledge: an ignored write must not go unnoticed. */
Test(commit, an_ignored_clock_write_is_an_error)
{
	struct sim_host *h = sim_host("6.18.15-neoverse-n1", 0, 1);
	struct cvmm_error e = { 0 };

	sim_regs(h, CVMM_DIALECT_VCPU);
	cr_assert_eq(cvmm_vm_regs_commit_early(&h->regs, &e), 0);
	sim_vcpus(h, 1, PSCI_0_2, 1);
	cr_assert_eq(cvmm_vm_regs_commit(&h->regs, h->vcpu[0], &e), 0);
	cr_assert_eq(cvmm_vm_set_counter_offset(h->vm, 0, &e), 0);
	cr_expect_eq(cvmm_vm_regs_clock(&h->regs, h->vcpu[0], REG(CVMM_ARM64_TIMER_CNT), UINT64_C(1) << 60, &e), -EIO);
	cr_expect_eq(e.reason, CVMM_REASON_VM_NOT_STORED);
	cr_expect_eq(e.id, CVMM_ARM64_TIMER_CNT);
	sim_free(h);
}

Test(commit, bad_input)
{
	struct sim_host *h = sim_host("6.18.15-neoverse-n1", 0, 1);
	struct cvmm_vm_slot two[2];
	struct cvmm_error e = { 0 };
	uint64_t v = 77;

	cr_assert_eq(cvmm_vm_regs_init(&h->regs, h->vm, CVMM_DIALECT_VCPU, two, 2, &e), 0);
	cr_expect_eq(cvmm_vm_regs_stage(&h->regs, REG(CVMM_ARM64_MPIDR_EL1), 1, &e), -EXDEV);
	cr_expect_eq(e.reason, CVMM_REASON_NOT_VM_OWNED);
	cr_expect_eq(e.id, CVMM_ARM64_MPIDR_EL1);
	cr_expect_eq(cvmm_vm_regs_stage(&h->regs, REG(CVMM_ARM64_PROPERTY(0xfff)), 1, &e), -EXDEV);
	cr_expect_eq(e.reason, CVMM_REASON_VM_UNKNOWN_PROPERTY);
	cr_expect_eq(cvmm_vm_regs_stage(&h->regs, REG(CVMM_ARM64_STD_BMAP), 1, &e), 0);
	cr_expect_eq(cvmm_vm_regs_stage(&h->regs, REG(CVMM_ARM64_PSCI_VERSION), 0x10000, &e), 0);
	cr_expect_eq(cvmm_vm_regs_stage(&h->regs, REG(CVMM_ARM64_STD_HYP_BMAP), 1, &e), -E2BIG);
	cr_expect_eq(e.reason, CVMM_REASON_VM_SLOTS_FULL);
	cr_expect_eq(two[0].reg.id, CVMM_ARM64_PSCI_VERSION, "slots ascend");
	cr_expect_eq(cvmm_vm_regs_stage(&h->regs, REG(CVMM_ARM64_PSCI_VERSION), 0x10001, NULL), 0);
	cr_expect_eq(cvmm_vm_regs_staged(&h->regs, REG(CVMM_ARM64_PSCI_VERSION), &v), 0);
	cr_expect_eq(v, 0x10001u);
	v = 77;
	cr_expect_eq(cvmm_vm_regs_staged(&h->regs, REG(CVMM_ARM64_STD_HYP_BMAP), &v), -ENOENT);
	cr_expect_eq(v, 77u);
	sim_free(h);
}

Test(commit, agreement)
{
	struct sim_host *h = sim_host("6.1.192-neoverse-n1", 0, 2);
	const struct cvmm_variant *v = base_of(h);
	struct cvmm_pair shown[CVMM_VM_SLOTS_MAX];
	struct cvmm_error e = { 0 };
	uint32_t i, n = 0;
	uint64_t gets;

	sim_vcpus(h, 2, PSCI_0_2, 1);
	for (i = 0; i < v->regs.n; i++) {
		const uint64_t id = v->regs.item[i].id;

		if (cvmm_vm_reg_from_id(id).id)
			shown[n++] = (struct cvmm_pair){ .id = id, .value = sim_reg(h->vcpu[0], id) };
	}
	gets = sim_count(h, CVMM_SIM_COUNT_GET_ONE_REG);
	cr_expect_eq(cvmm_vm_regs_agree(h->vcpu[1], shown, n, &e), 0);
	cr_expect_leq(sim_count(h, CVMM_SIM_COUNT_GET_ONE_REG) - gets, n, "one read for each");
	sim_free(h);

	/* Up to 6.1 a second vCPU may have other features, and then shows another machine. */
	h = sim_host("6.1.192-neoverse-n1", 0, 2);
	sim_vcpus(h, 2, PSCI_0_2, 1);
	cr_assert_eq(cvmm_vcpu_init(h->vcpu[1],
			     &(struct cvmm_arm64_vcpu_init){ .target = CVMM_ARM64_TARGET_GENERIC,
				     .features = { PSCI_0_2 | CVMM_ARM64_FEATURE_PMU_V3 } },
			     &e),
		-EINVAL, "a vCPU keeps its features");
	sim_free(h);
}

static int init_with(struct cvmm_vcpu vcpu, uint32_t features)
{
	const struct cvmm_arm64_vcpu_init init = { .target = CVMM_ARM64_TARGET_GENERIC, .features = { features } };

	return cvmm_vcpu_init(vcpu, &init, NULL);
}

/* Up to 6.1 a second vCPU may have a PMU that the first one lacks: ID_AA64DFR0_EL1 says so on one of them. */
Test(commit, disagreement_is_named)
{
	struct sim_host *h = sim_host("6.1.192-neoverse-n1", 0, 2);
	struct cvmm_pair shown[] = { { CVMM_ARM64_SYS(3, 0, 0, 4, 0), 0 }, { CVMM_ARM64_SYS(3, 0, 0, 5, 0), 0 },
		{ CVMM_ARM64_PSCI_VERSION, 0 } };
	struct cvmm_error e = { 0 };
	uint64_t there = 0;
	uint32_t i;

	cr_assert_eq(cvmm_vm_create_vcpu(h->vm, 0, &h->vcpu[0], &e), 0);
	cr_assert_eq(cvmm_vm_create_vcpu(h->vm, 1, &h->vcpu[1], &e), 0);
	cr_assert_eq(init_with(h->vcpu[0], PSCI_0_2), 0);
	cr_assert_eq(init_with(h->vcpu[1], PSCI_0_2 | CVMM_ARM64_FEATURE_PMU_V3), 0);
	for (i = 0; i < 3; i++)
		cr_assert_eq(cvmm_vcpu_get_one_reg(h->vcpu[0], shown[i].id, &shown[i].value, 8, &e), 0);
	cr_assert_eq(cvmm_vcpu_get_one_reg(h->vcpu[1], shown[1].id, &there, 8, &e), 0);
	cr_assert_neq(shown[1].value, there);
	cr_expect_eq(cvmm_vm_regs_agree(h->vcpu[0], shown, 3, &e), 0);
	cr_expect_eq(cvmm_vm_regs_agree(h->vcpu[1], shown, 3, &e), -EIO);
	cr_expect_eq(e.reason, CVMM_REASON_VM_DISAGREE);
	cr_expect_eq(e.id, shown[1].id);
	cr_expect_eq(e.vcpu, 1);
	cr_expect_eq(e.other, there);
	sim_free(h);
}

Test(commit, caps_are_enabled_and_remembered)
{
	struct sim_host *h = sim_host("6.18.15-neoverse-n1", 0, 1);
	struct cvmm_error e = { 0 };
	const uint64_t imp = CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_CAPS_IMP_ID);
	uint64_t v;

	sim_regs(h, CVMM_DIALECT_VCPU);
	cr_assert_eq(cvmm_vm_regs_stage(&h->regs, REG(imp), 1, &e), 0);
	cr_assert_eq(cvmm_vm_regs_stage(&h->regs, REG(CVMM_ARM64_AIDR_EL1), 5, &e), 0);
	cr_assert_eq(cvmm_vm_regs_commit_early(&h->regs, &e), 0);
	cr_expect_eq(cvmm_vm_regs_stage(&h->regs, REG(imp), 0, &e), -EBUSY);
	sim_vcpus(h, 1, PSCI_0_2, 1);
	cr_assert_eq(cvmm_vm_regs_commit(&h->regs, h->vcpu[0], &e), 0, "%s", cvmm_reason_text(e.reason));
	cr_expect_eq(sim_reg(h->vcpu[0], CVMM_ARM64_AIDR_EL1), 5u);
	cr_expect_eq(cvmm_vm_regs_get(&h->regs, h->vcpu[0], REG(imp), &v, &e), 0);
	cr_expect_eq(v, 1u);
	cr_expect_eq(cvmm_vm_regs_get(&h->regs, h->vcpu[0], REG(CVMM_ARM64_PROPERTY(2)), &v, &e), -ENOENT);
	sim_free(h);
}

/* What KVM cannot give back: set by the second commit point, kept for a capture. */
Test(commit, filters)
{
	struct sim_host *h = sim_host("6.18.15-neoverse-n1", 0, 1);
	const uint64_t first = CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_SMCCC_FILTER_0);
	const uint64_t pmu = CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_PMU_FILTER_0);
	const uint64_t range = cvmm_vm_smccc_filter(0xc6000040, 2, 2);
	struct cvmm_error e = { 0 };
	uint64_t v = 0;

	cr_expect_eq(cvmm_vm_smccc_filter(1, 0, 0), 0u);
	cr_expect_eq(cvmm_vm_smccc_filter(1, (1u << 30) + 1, 0), 0u);
	cr_expect_eq(cvmm_vm_smccc_filter(1, 1, 3), 0u);
	cr_expect_eq(cvmm_vm_pmu_filter(1, 0, 0), 0u);
	sim_regs(h, CVMM_DIALECT_VCPU);
	cr_assert_eq(cvmm_vm_regs_stage(&h->regs, REG(first), range, &e), 0);
	cr_assert_eq(cvmm_vm_regs_stage(&h->regs, REG(pmu), cvmm_vm_pmu_filter(0x11, 1, 1), &e), 0);
	cr_assert_eq(cvmm_vm_regs_commit_early(&h->regs, &e), 0);
	sim_vcpus(h, 1, PSCI_0_2 | CVMM_ARM64_FEATURE_PMU_V3, 1);
	cr_assert_eq(cvmm_vm_regs_commit(&h->regs, h->vcpu[0], &e), 0, "%016llx %s", (unsigned long long)e.id,
		cvmm_reason_text(e.reason));
	cr_expect_eq(cvmm_vm_regs_get(&h->regs, h->vcpu[0], REG(first), &v, &e), 0);
	cr_expect_eq(v, range);
	cr_expect_eq(cvmm_vm_regs_stage(&h->regs, REG(first + 1), range, &e), -EBUSY);
	sim_free(h);

	/* The same range twice: KVM's answer names the second one. */
	h = sim_host("6.18.15-neoverse-n1", 0, 1);
	sim_regs(h, CVMM_DIALECT_VCPU);
	cr_assert_eq(cvmm_vm_regs_stage(&h->regs, REG(first), range, &e), 0);
	cr_assert_eq(cvmm_vm_regs_stage(&h->regs, REG(first + 1), range, &e), 0);
	cr_assert_eq(cvmm_vm_regs_commit_early(&h->regs, &e), 0);
	sim_vcpus(h, 1, PSCI_0_2, 1);
	cr_expect_eq(cvmm_vm_regs_commit(&h->regs, h->vcpu[0], &e), -EEXIST);
	cr_expect_eq(e.id, first + 1);
	sim_free(h);
}

/* GICD_IIDR on every kernel: what holds is recorded, what a kernel accepts and forgets is an error. */
Test(commit, gicd_iidr_is_read_back)
{
	const uint64_t dist = 0x08000000, redist = 0x080a0000,
		       knob = CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_GICD_IIDR);
	uint32_t i, forgotten = 0, held = 0;

	for (i = 0; i < cvmm_sim_profile_count(); i++) {
		struct sim_host *h = sim_host(cvmm_sim_profile_name(i), 0, 1);
		uint64_t accept = cvmm_profile_trait(&h->profile, CVMM_TRAIT_IIDR_ACCEPT, 0);
		uint64_t keep = cvmm_profile_trait(&h->profile, CVMM_TRAIT_IIDR_KEEP, 0), was, v;
		struct cvmm_error e = { 0 };
		struct cvmm_device gic;
		int ret;

		sim_regs(h, CVMM_DIALECT_VCPU);
		cr_assert_eq(cvmm_vm_regs_commit_early(&h->regs, &e), 0);
		cr_assert_eq(cvmm_vm_create_device(h->vm, 7, &gic, &e), 0);
		cr_assert_eq(cvmm_device_set_attr(gic, 0, 2, &dist, &e), 0);
		cr_assert_eq(cvmm_device_set_attr(gic, 0, 3, &redist, &e), 0);
		sim_vcpus(h, 1, PSCI_0_2, 1);
		cr_assert_eq(cvmm_vm_regs_commit(&h->regs, h->vcpu[0], &e), 0);
		cr_assert_eq(cvmm_device_set_attr(gic, 4, 0, NULL, &e), 0);
		cr_assert_eq(cvmm_vm_regs_knob_record(&h->regs, gic, REG(knob), &e), 0);
		cr_assert_eq(cvmm_vm_regs_staged(&h->regs, REG(knob), &was), 0);
		ret = cvmm_vm_regs_knob_set(&h->regs, gic, REG(knob), (was & ~UINT64_C(0xf000)) | 0x2000, &e);
		if (keep >> 2 & 1) {
			cr_expect_eq(ret, 0, "%s", cvmm_sim_profile_name(i));
			held++;
		} else if (accept >> 2 & 1) {
			cr_expect_eq(ret, -EIO, "%s", cvmm_sim_profile_name(i));
			cr_expect_eq(e.reason, CVMM_REASON_VM_NOT_STORED);
			cr_expect_eq(e.other, was);
			cr_expect_eq(cvmm_vm_regs_staged(&h->regs, REG(knob), &v), 0);
			cr_expect_eq(v, was, "what did not hold is not recorded");
			forgotten++;
		}
		cr_expect_eq(cvmm_vm_regs_knob_set(&h->regs, gic, REG(CVMM_ARM64_STD_BMAP), 0, &e), -EXDEV);
		sim_free(h);
	}
	cr_expect_gt(held, 10u);
	cr_expect_gt(forgotten, 5u);
}

/* Kernels know one layout of the ITS's tables: another revision is their error, other bits are taken and forgotten. */
Test(commit, gits_iidr_is_read_back)
{
	const uint64_t dist = 0x08000000, redist = 0x080a0000, base = 0x08080000,
		       knob = CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_GITS_IIDR);
	struct sim_host *h = sim_host("6.18.15-neoverse-n1", 0, 1);
	struct cvmm_device gic, its;
	struct cvmm_error e = { 0 };
	uint64_t was = 0, v = 0;

	sim_regs(h, CVMM_DIALECT_VCPU);
	cr_assert_eq(cvmm_vm_regs_commit_early(&h->regs, &e), 0);
	cr_assert_eq(cvmm_vm_create_device(h->vm, 7, &gic, &e), 0);
	cr_assert_eq(cvmm_vm_create_device(h->vm, 8, &its, &e), 0);
	cr_assert_eq(cvmm_device_set_attr(gic, 0, 2, &dist, &e), 0);
	cr_assert_eq(cvmm_device_set_attr(gic, 0, 3, &redist, &e), 0);
	cr_assert_eq(cvmm_device_set_attr(its, 0, 4, &base, &e), 0);
	sim_vcpus(h, 1, PSCI_0_2, 1);
	cr_assert_eq(cvmm_vm_regs_commit(&h->regs, h->vcpu[0], &e), 0);
	cr_assert_eq(cvmm_device_set_attr(gic, 4, 0, NULL, &e), 0);
	cr_assert_eq(cvmm_device_set_attr(its, 4, 0, NULL, &e), 0);
	cr_assert_eq(cvmm_vm_regs_knob_record(&h->regs, its, REG(knob), &e), 0);
	cr_assert_eq(cvmm_vm_regs_staged(&h->regs, REG(knob), &was), 0);
	cr_expect_neq(was, 0);
	cr_expect_eq(cvmm_vm_regs_knob_set(&h->regs, its, REG(knob), was, &e), 0);
	cr_expect_eq(cvmm_vm_regs_knob_set(&h->regs, its, REG(knob), was | 0x1000, &e), -EINVAL);
	cr_expect_eq(e.id, knob);
	cr_expect_eq(cvmm_vm_regs_knob_set(&h->regs, its, REG(knob), was ^ 0x1000000, &e), -EIO);
	cr_expect_eq(e.reason, CVMM_REASON_VM_NOT_STORED);
	cr_expect_eq(e.id, knob);
	cr_expect_eq(e.other, was);
	cr_expect_eq(cvmm_vm_regs_staged(&h->regs, REG(knob), &v), 0);
	cr_expect_eq(v, was, "what did not hold is not recorded");
	sim_free(h);
}

/* vCPUs with different features: refused unless the host offers it and the caller asked. */
Test(commit, asymmetry_is_asked_for)
{
	const uint64_t asym = CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_ASYMMETRIC);
	const struct cvmm_arm64_vcpu_init plain = { .target = CVMM_ARM64_TARGET_GENERIC, .features = { PSCI_0_2 } };
	const struct cvmm_arm64_vcpu_init pmu = { .target = CVMM_ARM64_TARGET_GENERIC,
		.features = { PSCI_0_2 | CVMM_ARM64_FEATURE_PMU_V3 } };
	const struct {
		uint32_t proposals;
		int asked, early, second;
	} cases[] = {
		{ 0, 0, 0, -EINVAL },
		{ 0, 1, -EINVAL, 0 },
		{ CVMM_SIM_ASYMMETRIC, 0, 0, -EINVAL },
		{ CVMM_SIM_ASYMMETRIC, 1, 0, 0 },
	};
	uint32_t i;

	for (i = 0; i < 4; i++) {
		struct sim_host *h = sim_host("6.18.15-neoverse-n1", cases[i].proposals, 2);
		struct cvmm_error e = { 0 };

		sim_regs(h, CVMM_DIALECT_VCPU);
		if (cases[i].asked)
			cr_assert_eq(cvmm_vm_regs_stage(&h->regs, REG(asym), 1, &e), 0);
		cr_assert_eq(cvmm_vm_regs_commit_early(&h->regs, &e), cases[i].early, "case %u", i);
		if (cases[i].early == 0) {
			cr_assert_eq(cvmm_vm_create_vcpu(h->vm, 0, &h->vcpu[0], &e), 0);
			cr_assert_eq(cvmm_vm_create_vcpu(h->vm, 1, &h->vcpu[1], &e), 0);
			cr_assert_eq(cvmm_vcpu_init(h->vcpu[0], &plain, &e), 0);
			cr_expect_eq(cvmm_vcpu_init(h->vcpu[1], &pmu, &e), cases[i].second, "case %u", i);
		} else {
			cr_expect_eq(e.id, asym);
		}
		sim_free(h);
	}
}
