/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Which register behaves how, the errno of one that is not there, and the order of the kernel's list. */
#include "riscv.h"

#define ANY		   UINT64_MAX
#define CLASS(id)	   ((id) >> 16 & 0xfff)
#define CLASS_MASK	   UINT64_C(0x000000000fff0000)
#define SYS(a, b, c, d, e) CVMM_ARM64_SYS(a, b, c, d, e)
#define ENC(a, b, c, d, e) ((uint32_t)(SYS(a, b, c, d, e) & 0xffff))
#define PSTATE		   (CVMM_ARM64_CORE | CVMM_REG_U64 | 0x42)
#define VM_SCOPE	   (SIM_ITEM_VM | SIM_ITEM_SCOPE)

struct rule {
	uint64_t mask;
	uint64_t match;
	uint8_t class;
	uint8_t flags;
	uint32_t arg;
};

/* The first line that matches counts; what none matches is stored per vCPU. */
static const struct rule rules[] = {
	{ ANY, CVMM_ARM64_SVE_VLS, SIM_VLS, 0, 0 },
	{ CLASS_MASK, 0x150000, SIM_SVE, 0, 0 },
	{ ANY, PSTATE, SIM_PSTATE, 0, 0 },
	{ CLASS_MASK, 0x100000, SIM_CORE, 0, 0 },
	{ ANY, CVMM_ARM64_PSCI_VERSION, SIM_PSCI, VM_SCOPE, 0 },
	{ ANY, CVMM_ARM64_WORKAROUND_1, SIM_WA, SIM_ITEM_SCOPE, 1 },
	{ ANY, CVMM_ARM64_WORKAROUND_2, SIM_WA, SIM_ITEM_SCOPE, 2 },
	{ ANY, CVMM_ARM64_WORKAROUND_3, SIM_WA, SIM_ITEM_SCOPE, 3 },
	{ CLASS_MASK, 0x160000, SIM_BMAP, VM_SCOPE, 0 },
	{ CLASS_MASK, 0x110000, SIM_CCSIDR, 0, 0 },
	{ ANY, CVMM_ARM64_MIDR_EL1, SIM_IMP, VM_SCOPE, 0 },
	{ ANY, CVMM_ARM64_REVIDR_EL1, SIM_IMP, VM_SCOPE, 0 },
	{ ANY, CVMM_ARM64_AIDR_EL1, SIM_IMP, VM_SCOPE, 0 },
	{ ANY, CVMM_ARM64_MPIDR_EL1, SIM_PLAIN, 0, 0 },
	{ ANY, CVMM_ARM64_CLIDR_EL1, SIM_CLIDR, 0, 0 },
	{ ANY, CVMM_ARM64_CTR_EL0, SIM_ID, VM_SCOPE, 0 },
	/* 3,0,0,0 are the ones above; 3,0,0,1 to 3,0,0,7 the feature ID registers */
	{ ANY & ~UINT64_C(0x07), SYS(3, 0, 0, 0, 0), SIM_PLAIN, 0, 0 },
	{ ANY & ~UINT64_C(0x3f), SYS(3, 0, 0, 0, 0), SIM_ID, VM_SCOPE, 0 },
	{ ANY, SYS(2, 0, 1, 1, 4), SIM_OSLSR, 0, 0 },
	{ ANY, CVMM_ARM64_TIMER_CTL, SIM_CTL, 0, 0xdf02 },
	{ ANY, SYS(3, 3, 14, 2, 1), SIM_CTL, 0, ENC(3, 3, 14, 2, 2) },
	/* EL2's timers: no kernel computes their ISTATUS for the VMM. */
	{ ANY, SYS(3, 4, 14, 2, 1), SIM_CTL, 0, SIM_NONE },
	{ ANY, SYS(3, 4, 14, 3, 1), SIM_CTL, 0, SIM_NONE },
	{ ANY, CVMM_ARM64_TIMER_CNT, SIM_CNT, SIM_ITEM_SCOPE, 0 },
	{ ANY, CVMM_ARM64_PTIMER_CNT, SIM_PCNT, SIM_ITEM_SCOPE, 0 },
	{ ANY, CVMM_ARM64_PMCR_EL0, SIM_PMCR, 0, 0 },
	{ ANY, SYS(3, 0, 9, 14, 6), SIM_PMMIR, 0, 0 },
	{ ANY, SYS(3, 0, 9, 14, 1), SIM_PMSET, 0, 0 },
	{ ANY, SYS(3, 3, 9, 12, 1), SIM_PMSET, 0, 0 },
	{ ANY, SYS(3, 3, 9, 14, 3), SIM_PMSET, 0, 0 },
	{ ANY, SYS(3, 0, 9, 14, 2), SIM_PMCLR, 0, ENC(3, 0, 9, 14, 1) },
	{ ANY, SYS(3, 3, 9, 12, 2), SIM_PMCLR, 0, ENC(3, 3, 9, 12, 1) },
	{ ANY, SYS(3, 3, 9, 12, 3), SIM_PMCLR, 0, ENC(3, 3, 9, 14, 3) },
	{ ANY, SYS(3, 3, 9, 12, 4), SIM_PMSWINC, 0, 0 },
	/* 3,3,14,{8..11},{0..7} are the event counters; the 32nd, 3,3,14,11,7, does not exist */
	{ ANY & ~UINT64_C(0x1f), SYS(3, 3, 14, 8, 0), SIM_PMCNT, 0, 0 },
};

void cvmm_sim_classify(struct sim_item *it)
{
	uint32_t i;

	if (cvmm_reg_arch(it->id) == CVMM_ARCH_X86_64)
		return;
	if (cvmm_reg_arch(it->id) == CVMM_ARCH_RISCV64) {
		cvmm_sim_rv_classify(it);
		return;
	}
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if ((it->id & rules[i].mask) != rules[i].match)
			continue;
		/* A wider or narrower register than the ABI's is stored, whatever its number says. */
		if ((rules[i].flags & SIM_ITEM_VM || rules[i].class > SIM_SVE) && it->size != 8 &&
			rules[i].class != SIM_CCSIDR)
			break;
		if (rules[i].class == SIM_CCSIDR && it->size != 4)
			break;
		it->class = rules[i].class;
		it->flags = rules[i].flags;
		it->arg = rules[i].arg;
		return;
	}
	it->class = SIM_PLAIN;
}

/* Registers that some kernels list first. */
static const uint16_t head[] = { 0xdf19, 0xdf1a, 0xdf02, 0xdf11, 0xdf01, 0xdf12, 0xc000, 0xc006, 0xc801, 0xc807,
	0xd801 };

/* ---- errors ---- */

/* struct kvm_regs in 32-bit words: general registers, V registers, FPSR and FPCR, all 216 words with the padding. */
static int absent_core(uint64_t id)
{
	uint64_t off = id & ~(UINT64_C(0xfff) << 52) & ~UINT64_C(0x100000);
	uint32_t words = 1;

	if (((id & CVMM_REG_SIZE_MASK) >> CVMM_REG_SIZE_SHIFT) > 2)
		words = UINT32_C(1) << ((uint32_t)((id & CVMM_REG_SIZE_MASK) >> CVMM_REG_SIZE_SHIFT) - 2);
	return off >= 216 || off + words >= 216 ? -ENOENT : -EINVAL;
}

static int absent_sve(const struct sim_call *c, uint64_t id)
{
	uint32_t n = (uint32_t)(id & 0xffff), bytes = cvmm_reg_bytes(id);
	int known =
		(n < 0x400 && bytes == 256) || (n >= 0x400 && n < 0x620 && bytes == 32) || (n == 0xffff && bytes == 64);

	if (!known || id & UINT64_C(0xf0000000))
		return -EINVAL;
	(void)c;
	return -ENOENT;
}

int cvmm_sim_absent(const struct sim_call *c, uint64_t id)
{
	if (sim_is_riscv(c->s))
		return cvmm_sim_rv_absent(id);
	if ((id & ~CVMM_REG_SIZE_MASK) >> 32 != UINT64_C(0x60000000))
		return -EINVAL;
	switch (id & 0x0fff0000) {
	case 0x100000: return absent_core(id);
	case 0x150000: return absent_sve(c, id);
	default: return -ENOENT;
	}
}

/*
 * Kernels that list some registers first because no vCPU can change them find these by the register's number alone: any class
 * that is not another kind of register will do.
 */
#define HEAD_FIXED 6u

uint32_t cvmm_sim_alias(const struct sim *s, uint64_t id)
{
	uint64_t list = sim_trait(s, CVMM_TRAIT_LIST_HEAD), plain = (id & ~CLASS_MASK) | 0x130000;
	uint32_t i;

	if (sim_is_riscv(s) || (plain & ~UINT64_C(0xffff)) != CVMM_ARM64_SYSREG)
		return SIM_NONE;
	switch (id & CLASS_MASK) {
	case 0x100000:
	case 0x110000:
	case 0x140000:
	case 0x150000: return SIM_NONE;
	case 0x160000:
		if (!sim_oldest(s))
			return SIM_NONE;
		break;
	default: break;
	}
	for (i = HEAD_FIXED; i < sizeof(head) / sizeof(head[0]); i++)
		if (list >> i & 1 && head[i] == (id & 0xffff))
			return cvmm_sim_find(s, plain);
	return SIM_NONE;
}

/* ---- order ---- */

uint64_t cvmm_sim_order_key(const struct sim *s, uint64_t id)
{
	uint64_t low = id & 0xffff, head_bits = sim_trait(s, CVMM_TRAIT_LIST_HEAD);
	uint32_t i;

	if (sim_is_riscv(s))
		return cvmm_sim_rv_order_key(id);
	switch (CLASS(id)) {
	case 0x010: return low;
	case 0x015: return UINT64_C(1) << 56 | ((low + 1) & 0xffff);
	case 0x014: return UINT64_C(2) << 56 | low;
	case 0x016: return UINT64_C(3) << 56 | low;
	case 0x013: break;
	case 0x011: return UINT64_C(7) << 56 | low;
	default: return UINT64_C(6) << 56 | (id & UINT64_C(0xfffffffffffff));
	}
	for (i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		if (head[i] == low && head_bits >> i & 1)
			return UINT64_C(4) << 56 | i;
	/* The virtual timer's counter and compare value have each other's number; the kernel sorts by the real one. */
	if (low == 0xdf1a || low == 0xdf02)
		low ^= 0xdf1a ^ 0xdf02;
	return UINT64_C(5) << 56 | low;
}
