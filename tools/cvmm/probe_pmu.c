/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* How the PMU's registers take writes. Each question starts from a fresh vCPU. */
#include <errno.h>

#include <cvmm/kvm-ioctls/reg-id.h>

#include "probe_dev.h"

#define PMINTENSET CVMM_ARM64_SYS(3, 0, 9, 14, 1)
#define PMINTENCLR CVMM_ARM64_SYS(3, 0, 9, 14, 2)
#define PMSWINC	   CVMM_ARM64_SYS(3, 3, 9, 12, 4)
#define PMOVSSET   CVMM_ARM64_SYS(3, 3, 9, 14, 3)
#define PMEVCNTR0  CVMM_ARM64_SYS(3, 3, 14, 8, 0)
#define PMMIR	   CVMM_ARM64_SYS(3, 0, 9, 14, 6)
#define DFR0	   CVMM_ARM64_SYS(3, 0, 0, 5, 0)
#define PMU_CYCLES UINT64_C(0x80000000)
#define PMUVER	   UINT64_C(0xf00)
#define PMUVER_3   UINT64_C(0x100)
#define PMUVER_3P5 UINT64_C(0x600)

static int write_read(struct probe_vm *p, uint64_t id, uint64_t v, uint64_t from, uint64_t *now)
{
	int ret = probe_set(p, id, v);

	return ret < 0 ? ret : probe_get(p, from, now);
}

/* Nothing is enabled before: a bit that appears was stored or set, and writing 0 tells which. */
static int ask_clr(struct probe_vm *p, uint64_t *v)
{
	uint64_t now;
	int ret = write_read(p, PMINTENCLR, PMU_CYCLES, PMINTENSET, &now);

	*v = 1;
	if (ret < 0 || !(now & PMU_CYCLES))
		return ret;
	ret = write_read(p, PMINTENCLR, 0, PMINTENSET, &now);
	*v = now & PMU_CYCLES ? 2 : 0;
	return ret;
}

static int ask_masked(struct probe_vm *p, uint64_t *v)
{
	uint64_t now;
	int ret = write_read(p, PMOVSSET, 0xffffffff, PMOVSSET, &now);

	*v = ret >= 0 && (now & 0xffffffff) != 0xffffffff;
	return ret;
}

/* PMUv3p5 has 64 bits everywhere; asked is what an older one has, which the guest is shown where the kernel allows it. */
static int ask_counter_bits(struct probe_vm *p, uint64_t *v)
{
	uint64_t now;
	int ret = probe_get(p, DFR0, &now);

	if (ret >= 0 && (now & PMUVER) >= PMUVER_3P5)
		(void)probe_set(p, DFR0, (now & ~PMUVER) | PMUVER_3);
	if (ret >= 0)
		ret = write_read(p, PMEVCNTR0, UINT64_C(0x123456789), PMEVCNTR0, &now);

	*v = ret >= 0 && now >> 32 ? 64 : 32;
	return ret;
}

static int ask_swinc(struct probe_vm *p, uint64_t *v)
{
	uint64_t now;
	int ret = write_read(p, PMSWINC, 1, PMSWINC, &now);

	*v = ret >= 0 && now & 1;
	return ret;
}

/* The implementer's code stands for the bits above the control bits. */
static int ask_pmcr_keep(struct probe_vm *p, uint64_t *v)
{
	const uint64_t implementer = UINT64_C(1) << 24;
	uint64_t was, now;
	int ret = probe_get(p, CVMM_ARM64_PMCR_EL0, &was);

	if (ret >= 0)
		ret = write_read(p, CVMM_ARM64_PMCR_EL0, was ^ implementer, CVMM_ARM64_PMCR_EL0, &now);
	*v = ret >= 0 && (was ^ now) & implementer ? UINT64_MAX : 0xff;
	return ret;
}

static int ask_pmmir(struct probe_vm *p, uint64_t *v)
{
	uint64_t now;
	int ret = probe_get(p, PMMIR, &now);

	*v = ret >= 0 && probe_set(p, PMMIR, now ^ 1) < 0;
	return ret;
}

static const struct {
	uint32_t trait;
	int (*ask)(struct probe_vm *p, uint64_t *v);
} questions[] = {
	{ CVMM_TRAIT_PMU_CLR, ask_clr },
	{ CVMM_TRAIT_PMU_MASKED, ask_masked },
	{ CVMM_TRAIT_PMU_COUNTER_BITS, ask_counter_bits },
	{ CVMM_TRAIT_PMU_SWINC, ask_swinc },
	{ CVMM_TRAIT_PMCR_KEEP, ask_pmcr_keep },
	{ CVMM_TRAIT_PMMIR_FIXED, ask_pmmir },
};

int probe_pmu(struct cvmm_kvm kvm, uint32_t trait, uint64_t *v)
{
	struct probe_vm p;
	uint32_t i;
	int ret;

	for (i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		if (questions[i].trait == trait)
			break;
	if (i == sizeof(questions) / sizeof(questions[0]))
		return -EOPNOTSUPP;
	ret = probe_vm_open(kvm, CVMM_ARM64_FEATURE_PSCI_0_2 | CVMM_ARM64_FEATURE_PMU_V3, &p);
	if (ret >= 0)
		ret = probe_vm_devices(&p);
	if (ret >= 0)
		ret = questions[i].ask(&p, v);
	probe_vm_close(&p);
	return ret;
}
