/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Three dialects, one semantics: the same calls make the same machine and fail for the same reasons. */
#include "sim.h"

#define REG(id) ((struct cvmm_vm_reg){ id })
#define DFR0	CVMM_ARM64_SYS(3, 0, 0, 5, 0)
#define ISAR0	CVMM_ARM64_SYS(3, 0, 0, 6, 0)
#define SAMPLE	(CVMM_ARM64_FW_BMAP | 0x100)

static const struct {
	uint32_t proposals, dialect;
} dialects[] = {
	{ 0, CVMM_DIALECT_VCPU },
	{ CVMM_SIM_REG_SCOPE, CVMM_DIALECT_SCOPE },
	{ CVMM_SIM_VM_ONE_REG, CVMM_DIALECT_VM },
};

static const char *const kernels[] = { "5.10.223-neoverse-n1", "6.1.192-cortex-a72", "6.12.117-neoverse-n1",
	"6.16.12-max", "6.18.15-neoverse-n1", "7.3.4-max", "7.3.4-cortex-a72" };

Test(dialects, detection_and_forbidding)
{
	struct sim_host *h = sim_host("6.18.15-neoverse-n1", CVMM_SIM_REG_SCOPE | CVMM_SIM_VM_ONE_REG, 1);
	struct cvmm_error e = { 0 };
	uint32_t i;

	sim_regs(h, CVMM_DIALECT_ANY);
	cr_expect_eq(h->regs.dialect, CVMM_DIALECT_VM, "the newest first");
	sim_regs(h, CVMM_DIALECT_VCPU | CVMM_DIALECT_SCOPE);
	cr_expect_eq(h->regs.dialect, CVMM_DIALECT_SCOPE);
	sim_regs(h, CVMM_DIALECT_VCPU);
	cr_expect_eq(h->regs.dialect, CVMM_DIALECT_VCPU);
	sim_free(h);

	h = sim_host("6.18.15-neoverse-n1", 0, 1);
	for (i = 0; i < 4; i++) {
		uint32_t allowed = (i & 1 ? CVMM_DIALECT_SCOPE : 0u) | (i & 2 ? CVMM_DIALECT_VM : 0u);

		cr_expect_eq(cvmm_vm_regs_init(&h->regs, h->vm, allowed, h->slot, 8, &e), -EOPNOTSUPP);
		cr_expect_eq(e.reason, CVMM_REASON_DIALECT_FORBIDDEN);
	}
	sim_free(h);
}

/* What is staged on a host: its own values, with some made less where it lets us. */
static void stage_all(struct sim_host *h, uint64_t seed)
{
	const struct cvmm_variant *v = cvmm_profile_variant(&h->profile, PSCI_0_2);
	uint32_t i, k;

	for (i = 0; i < v->regs.n; i++) {
		struct cvmm_vm_reg reg = cvmm_vm_reg_from_id(v->regs.item[i].id);
		const struct cvmm_pair *lower = cvmm_pair_find(h->profile.lower, h->profile.nlower, reg.id);
		uint64_t value = cvmm_regset_u64(&v->regs, i, 0);

		if (!reg.id || cvmm_vm_reg_row(reg)->phase == CVMM_PHASE_CLOCK)
			continue;
		for (k = 0; lower && reg.id != CVMM_ARM64_CTR_EL0 && k < 64; k += 4) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
			/* EL1 at 0 is a value that later kernels refuse. */
			if ((lower->value >> k & 15) && seed >> 63 && (value >> k & 15) > 1)
				value -= UINT64_C(1) << k;
		}
		if (reg.id == CVMM_ARM64_STD_BMAP)
			value = seed >> 62 & 1;
		cr_assert_eq(cvmm_vm_regs_stage(&h->regs, reg, value, NULL), 0);
	}
}

static int run(struct sim_host *h, uint32_t dialect, uint64_t seed, struct cvmm_error *e)
{
	sim_regs(h, dialect);
	cr_assert_eq(h->regs.dialect, dialect);
	stage_all(h, seed);
	cr_assert_eq(cvmm_vm_regs_commit_early(&h->regs, e), 0, "%s", cvmm_reason_text(e->reason));
	sim_vcpus(h, 3, PSCI_0_2, 1);
	return cvmm_vm_regs_commit(&h->regs, h->vcpu[1], e);
}

/* All registers of all vCPUs, counters apart. */
static void same_machine(struct sim_host *a, struct sim_host *b, const char *kernel, uint64_t seed)
{
	const struct cvmm_variant *v = cvmm_profile_variant(&a->profile, PSCI_0_2);
	uint32_t i, k;

	for (k = 0; k < 3; k++) {
		for (i = 0; i < v->regs.n; i++) {
			uint64_t id = v->regs.item[i].id;

			if (cvmm_reg_bytes(id) > 8 || id == CVMM_ARM64_TIMER_CNT || id == CVMM_ARM64_PTIMER_CNT)
				continue;
			cr_expect_eq(sim_reg(a->vcpu[k], id), sim_reg(b->vcpu[k], id), "%s, seed %llu: %016llx", kernel,
				(unsigned long long)seed, (unsigned long long)id);
		}
	}
}

Test(dialects, same_machine)
{
	uint32_t i, d;
	uint64_t seed;

	for (i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		for (seed = 1; seed <= 20; seed++) {
			struct sim_host *first = sim_host(kernels[i], 0, 3);
			struct cvmm_error e = { 0 };
			int ret = run(first, CVMM_DIALECT_VCPU, seed, &e);

			cr_assert_eq(ret, 0, "%s, seed %llu: %016llx %s %llx", kernels[i], (unsigned long long)seed,
				(unsigned long long)e.id, cvmm_reason_text(e.reason), (unsigned long long)e.other);
			for (d = 1; d < 3; d++) {
				struct sim_host *h = sim_host(kernels[i], dialects[d].proposals, 3);

				cr_assert_eq(run(h, dialects[d].dialect, seed, &e), 0, "%s: %s", kernels[i],
					cvmm_reason_text(e.reason));
				same_machine(first, h, kernels[i], seed);
				sim_free(h);
			}
			sim_free(first);
		}
	}
}

/* One misuse or impossible value: at which call, with which errno, reason and register does it end? */
struct outcome {
	int call, ret;
	uint32_t reason;
	uint64_t id;
};

static struct outcome outcome(int call, int ret, const struct cvmm_error *e)
{
	struct outcome o = { call, ret, ret ? e->reason : 0u, ret ? e->id : 0 };

	return o;
}

static struct outcome wrong_value(uint32_t d, uint64_t id, uint64_t value)
{
	struct sim_host *h = sim_host("6.18.15-neoverse-n1", dialects[d].proposals, 2);
	struct cvmm_error e = { 0 };
	struct outcome o;
	int ret;

	sim_regs(h, dialects[d].dialect);
	ret = cvmm_vm_regs_stage(&h->regs, REG(id), value, &e);
	o = outcome(1, ret, &e);
	if (ret == 0) {
		ret = cvmm_vm_regs_commit_early(&h->regs, &e);
		o = outcome(2, ret, &e);
	}
	if (ret == 0) {
		sim_vcpus(h, 2, PSCI_0_2, 1);
		ret = cvmm_vm_regs_commit(&h->regs, h->vcpu[0], &e);
		o = outcome(3, ret, &e);
	}
	sim_free(h);
	return o;
}

Test(dialects, same_reasons)
{
	const struct {
		uint64_t id, value;
		int call, ret;
	} bad[] = {
		{ CVMM_ARM64_PSCI_VERSION, 0x20000, 3, -EINVAL },
		{ CVMM_ARM64_STD_BMAP, 2, 3, -EINVAL },
		{ CVMM_ARM64_STD_BMAP, UINT64_MAX, 3, -EINVAL },
		{ CVMM_ARM64_VENDOR_BMAP_2, 4, 3, -EINVAL },
		{ CVMM_ARM64_WORKAROUND_1, 3, 3, -EINVAL },
		{ CVMM_ARM64_AIDR_EL1, 7, 3, -EINVAL },
		{ CVMM_ARM64_SYS(3, 0, 0, 7, 7), 1, 3, -EINVAL },
		{ ISAR0, UINT64_MAX, 3, -EINVAL },
		{ DFR0, UINT64_C(0x10305005), 3, -EINVAL },
		{ CVMM_ARM64_MPIDR_EL1, 1, 1, -EXDEV },
		{ CVMM_ARM64_PROPERTY(0xfff), 1, 1, -EXDEV },
		{ CVMM_ARM64_TIMER_CNT, 1, 1, -EINVAL },
		{ CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_CAPS_MTE), 1, 2, -EINVAL },
	};
	uint32_t i, d;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct outcome first = wrong_value(0, bad[i].id, bad[i].value);

		cr_expect_eq(first.call, bad[i].call, "%u: ended at %d", i, first.call);
		cr_expect_eq(first.ret, bad[i].ret, "%u: %d", i, first.ret);
		cr_expect_eq(first.id, bad[i].id, "%u", i);
		for (d = 1; d < 3; d++) {
			struct outcome o = wrong_value(d, bad[i].id, bad[i].value);

			cr_expect(o.call == first.call && o.ret == first.ret && o.reason == first.reason &&
					  o.id == first.id,
				"%u, dialect %u: call %d %d, ret %d %d, reason %u %u", i, d, o.call, first.call, o.ret,
				first.ret, o.reason, first.reason);
		}
	}
}

/* What was staged at the first commit point is closed there, in every dialect. */
Test(dialects, same_windows)
{
	uint32_t d;

	for (d = 0; d < 3; d++) {
		struct sim_host *h = sim_host("6.18.15-neoverse-n1", dialects[d].proposals, 2);
		struct cvmm_error e = { 0 };

		sim_regs(h, dialects[d].dialect);
		cr_assert_eq(cvmm_vm_regs_stage(&h->regs, REG(CVMM_ARM64_STD_BMAP), 0, &e), 0);
		cr_assert_eq(cvmm_vm_regs_commit_early(&h->regs, &e), 0);
		cr_expect_eq(cvmm_vm_regs_stage(&h->regs, REG(CVMM_ARM64_STD_BMAP), 0, &e), 0);
		cr_expect_eq(cvmm_vm_regs_stage(&h->regs, REG(CVMM_ARM64_STD_BMAP), 1, &e), -EBUSY);
		cr_expect_eq(e.reason, CVMM_REASON_VM_ORDER);
		sim_vcpus(h, 2, PSCI_0_2, 1);
		/* New here, and allowed: a VMM may look at what it got before it makes it less. */
		cr_expect_eq(cvmm_vm_regs_stage(&h->regs, REG(CVMM_ARM64_PSCI_VERSION), 0x10001, &e), 0);
		cr_expect_eq(cvmm_vm_regs_commit(&h->regs, h->vcpu[0], &e), 0);
		cr_expect_eq(sim_reg(h->vcpu[1], CVMM_ARM64_STD_BMAP), 0u);
		cr_expect_eq(sim_reg(h->vcpu[1], CVMM_ARM64_PSCI_VERSION), 0x10001u);
		cr_expect_eq(cvmm_vm_regs_stage(&h->regs, REG(CVMM_ARM64_PSCI_VERSION), 0x10003, &e), -EBUSY);
		cr_expect_eq(e.reason, CVMM_REASON_VM_SEALED);
		sim_free(h);
	}
}

/* A register that exists at VM scope only: 0 means nothing anywhere, another value needs the dialect. */
Test(dialects, register_at_vm_scope_only)
{
	uint32_t d;

	for (d = 0; d < 3; d++) {
		struct sim_host *h = sim_host("6.18.15-neoverse-n1", dialects[d].proposals, 2);
		struct cvmm_error e = { 0 };
		uint64_t v = 9;
		int ret;

		sim_regs(h, dialects[d].dialect);
		cr_assert_eq(cvmm_vm_regs_stage(&h->regs, REG(SAMPLE), 3, &e), 0);
		ret = cvmm_vm_regs_commit_early(&h->regs, &e);
		if (dialects[d].dialect == CVMM_DIALECT_VM) {
			cr_expect_eq(ret, 0);
			sim_vcpus(h, 1, PSCI_0_2, 1);
			cr_expect_eq(cvmm_vm_regs_commit(&h->regs, h->vcpu[0], &e), 0);
			cr_expect_eq(cvmm_vm_regs_get(&h->regs, h->vcpu[0], REG(SAMPLE), &v, &e), 0);
			cr_expect_eq(v, 3u);
		} else {
			cr_expect_eq(ret, -EOPNOTSUPP);
			cr_expect_eq(e.reason, CVMM_REASON_DIALECT_FORBIDDEN);
			cr_expect_eq(e.id, SAMPLE);
		}
		sim_free(h);
	}
}
