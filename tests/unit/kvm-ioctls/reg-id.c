/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Register ids and names: one id, one name, both ways, over everything that recorded kernels list. */
#include <cvmm/kvm-ioctls/reg-id.h>

#include "profiles.h"

#include <errno.h>
#include <string.h>
#include <criterion/criterion.h>

static void round_trip(uint64_t id, char *name)
{
	uint64_t back = 0;
	int n = cvmm_reg_name(id, name, CVMM_REG_NAME_MAX);

	cr_assert_gt(n, 0, "%016lx has no name", (unsigned long)id);
	cr_assert_eq(strlen(name), (size_t)n);
	cr_assert_eq(cvmm_reg_from_name(cvmm_reg_arch(id), name, (size_t)n, &back), 0, "%s leads nowhere", name);
	cr_assert_eq(back, id, "%s leads to %016lx", name, (unsigned long)back);
}

/* A slot of the ID space that the architecture left unallocated is called by its encoding, and nothing else is. */
static int unallocated(uint64_t id)
{
	uint64_t slot = id - CVMM_ARM64_SYS(3, 0, 0, 0, 0);

	return slot < 64;
}

Test(reg_id, every_recorded_register_has_a_name_that_leads_back)
{
	struct loaded_profile *all = load_all_profiles();
	char name[CVMM_REG_NAME_MAX];
	uint32_t i, k, n, seen = 0;

	for (i = 0; i < nprofiles; i++) {
		for (k = 0; k < all[i].p.nvariants; k++) {
			const struct cvmm_regset *set = &all[i].p.variant[k].regs;

			for (n = 0; n < set->n; n++, seen++) {
				uint64_t id = set->item[n].id;
				uint64_t hex;

				round_trip(id, name);
				cr_assert((strncmp(name, "S3_", 3) && strncmp(name, "MSR_", 4)) || unallocated(id),
					"%s is not in the table", name);
				cr_assert(strlen(name) != 16 || sscanf(name, "%16lx", (unsigned long *)&hex) != 1 ||
						  hex != id,
					"%s is not in the table", name);
			}
		}
	}
	cr_assert_gt(seen, 10000, "only %u registers seen", seen);
	free_profiles(all);
}

/* 366 of them alone, 214 in families; SP_EL2 looks like an encoding to this test. */
#define NAMED 579u

Test(reg_id, every_system_register_encoding_has_one_name)
{
	static uint8_t taken[1 << 16];
	char name[CVMM_REG_NAME_MAX];
	uint32_t enc, named = 0;

	for (enc = 0; enc < 1 << 16; enc++) {
		uint64_t id = CVMM_ARM64_SYSREG | enc, back = 0;

		round_trip(id, name);
		cr_assert_eq(cvmm_reg_from_name(CVMM_ARCH_ARM64, name, strlen(name), &back), 0);
		cr_assert_eq(taken[back & 0xffff]++, 0, "%s twice", name);
		named += name[0] != 'S' || name[2] != '_';
	}
	/* A name that stands in the wrong place of a sorted table would be lost without a trace. */
	cr_assert_geq(named, NAMED, "%u", named);
}

Test(reg_id, classes_round_trip_for_every_number)
{
	static const uint64_t classes[] = {
		CVMM_ARM64_CORE | CVMM_REG_U32,
		CVMM_ARM64_CORE | CVMM_REG_U64,
		CVMM_ARM64_CORE | CVMM_REG_U128,
		CVMM_ARM64_DEMUX,
		CVMM_ARM64_FW,
		CVMM_ARM64_FW_BMAP,
		CVMM_ARM64_SVE | CVMM_REG_U256,
		CVMM_ARM64_SVE | CVMM_REG_U512,
		CVMM_ARM64_SVE | CVMM_REG_U2048,
		CVMM_ARM64_PROPERTY(0),
		UINT64_C(0x8030000001000000),
		UINT64_C(0x8030000002000000),
		UINT64_C(0x8030000003000000),
		UINT64_C(0x8030000003010000),
		UINT64_C(0x8030000003020000),
		UINT64_C(0x8030000004000000),
		UINT64_C(0x8020000005000000),
		UINT64_C(0x8030000006000000),
		UINT64_C(0x8020000006000000),
		UINT64_C(0x8030000007000000),
		UINT64_C(0x8030000007010000),
		UINT64_C(0x8030000008000000),
		UINT64_C(0x8030000009000000),
		UINT64_C(0x8040000009000000),
		UINT64_C(0x803000000a000000),
		UINT64_C(0x803000000a010000),
		UINT64_C(0x2030000200000000),
		UINT64_C(0x2030000240000000),
		UINT64_C(0x203000024b564d00),
		UINT64_C(0x20300002c0000000),
		UINT64_C(0x20f0008000000000),
		UINT64_C(0x204000ff80000000),
		UINT64_C(0x2040010000000000),
		UINT64_C(0x6020000200000000),
		UINT64_C(0x6030000200000000),
		UINT64_C(0x20300002c0010000),
		UINT64_C(0x2030000300000000),
		UINT64_C(0x60f0000000130000),
		UINT64_C(0x6030000010140000),
		UINT64_C(0x6030001000000000),
		UINT64_C(0x6020001100000000),
		UINT64_C(0x6030001100000000),
		UINT64_C(0x6050001100000000),
		UINT64_C(0x6080001100006000),
		UINT64_C(0x6020001300000000),
		UINT64_C(0x6020001400000000),
		UINT64_C(0x6020001500010000),
		UINT64_C(0x6050001500010000),
		UINT64_C(0x603000160000c000),
		UINT64_C(0x603000160000e000),
		UINT64_C(0x6020001700000000),
		UINT64_C(0x6030001800000000),
		UINT64_C(0x4242000000000000),
	};
	char name[CVMM_REG_NAME_MAX];
	size_t i;
	uint32_t nr;

	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		for (nr = 0; nr < 0x1000; nr++)
			round_trip(classes[i] | nr, name);
}

Test(reg_id, names_are_the_architectures)
{
	static const struct {
		uint64_t id;
		const char *name;
	} known[] = {
		{ UINT64_C(0x6030000000100000), "X0" },
		{ UINT64_C(0x603000000010003c), "X30" },
		{ UINT64_C(0x603000000010003e), "SP_EL0" },
		{ UINT64_C(0x6030000000100040), "PC" },
		{ UINT64_C(0x6030000000100050), "SPSR_FIQ" },
		{ UINT64_C(0x60400000001000d0), "V31" },
		{ UINT64_C(0x60200000001000d5), "FPCR" },
		{ UINT64_C(0x602000000011000d), "CCSIDR[13]" },
		{ UINT64_C(0x6030000000138004), "DBGBVR0_EL1" },
		{ UINT64_C(0x603000000013807f), "DBGWCR15_EL1" },
		{ UINT64_C(0x603000000013c020), "ID_AA64PFR0_EL1" },
		{ UINT64_C(0x603000000013c026), "S3_0_C0_C4_6" },
		{ UINT64_C(0x603000000013c512), "PIRE0_EL1" },
		{ UINT64_C(0x603000000013d801), "CTR_EL0" },
		{ UINT64_C(0x603000000013df40), "PMEVCNTR0_EL0" },
		{ UINT64_C(0x603000000013df7e), "PMEVTYPER30_EL0" },
		{ UINT64_C(0x603000000013df7f), "PMCCFILTR_EL0" },
		{ UINT64_C(0x603000000013df1a), "TIMER_CNT" },
		{ UINT64_C(0x603000000013df02), "TIMER_CVAL" },
		{ UINT64_C(0x603000000013df12), "PTIMER_CVAL" },
		{ UINT64_C(0x6030000000160003), "VENDOR_HYP_BMAP_2" },
		{ UINT64_C(0x6030000000140000), "PSCI_VERSION" },
		{ UINT64_C(0x60800000001503e0), "Z31" },
		{ UINT64_C(0x6050000000150600), "FFR" },
		{ UINT64_C(0x606000000015ffff), "SVE_VLS" },
		{ UINT64_C(0x6030000100000001), "vm.features" },
		{ UINT64_C(0x6030000200000003), "vcpu.pvtime" },
		{ UINT64_C(0x6020001100000108), "GICD_ISENABLER.bank2" },
		{ UINT64_C(0x6080001100007e00), "GICD_IROUTER.bank30" },
		{ UINT64_C(0x6020001700000020), "vgic.line.bank1" },
		{ UINT64_C(0x603000160000c664), "vgic.ICC_CTLR_EL1" },
		{ UINT64_C(0x6030001800000108), "GITS_BASER1" },
		{ UINT64_C(0x60300000001400ff), "60300000001400ff" },
		{ UINT64_C(0x8030000002000000), "core.pc" },
		{ UINT64_C(0x8030000004000001), "timer.time" },
		{ UINT64_C(0x803000000700003c), "isa.zcmop" },
		{ UINT64_C(0x8040000009000006), "vector.v0.128" },
		{ UINT64_C(0x803000000a010005), "sbi_fwft.pointer_masking.value" },
		{ UINT64_C(0x2030000200000010), "IA32_TSC" },
		{ UINT64_C(0x203000020000020f), "IA32_MTRR_PHYSMASK7" },
		{ UINT64_C(0x2030000200001234), "MSR_0x00001234" },
		{ UINT64_C(0x2030000300000000), "GUEST_SSP" },
		{ UINT64_C(0x204000810000000d), "CPUID[0x0000000d,1]" },
		{ UINT64_C(0x20f0008000000003), "vcpu.sregs2" },
		{ UINT64_C(0x20f0008000000111), "vm.pic[1]" },
		{ UINT64_C(0x6020000200000001), "vcpu.mp_state" },
	};
	char name[CVMM_REG_NAME_MAX];
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		round_trip(known[i].id, name);
		cr_assert_str_eq(name, known[i].name);
	}
}

Test(reg_id, other_spellings_are_read)
{
	static const struct {
		uint32_t arch;
		const char *name;
		uint64_t id;
	} known[] = {
		{ CVMM_ARCH_ARM64, "id_aa64pfr0_el1", UINT64_C(0x603000000013c020) },
		{ CVMM_ARCH_ARM64, "S3_0_C0_C4_0", UINT64_C(0x603000000013c020) },
		{ CVMM_ARCH_ARM64, "s3_3_c14_c0_2", UINT64_C(0x603000000013df02) },
		{ CVMM_ARCH_ARM64, "603000000013C020", UINT64_C(0x603000000013c020) },
		{ CVMM_ARCH_ARM64, "0x603000000013c020", UINT64_C(0x603000000013c020) },
		{ CVMM_ARCH_X86_64, "msr_0x10", UINT64_C(0x2030000200000010) },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		uint64_t id = 0;

		cr_assert_eq(cvmm_reg_from_name(known[i].arch, known[i].name, strlen(known[i].name), &id), 0, "%s",
			known[i].name);
		cr_assert_eq(id, known[i].id, "%s", known[i].name);
	}
}

Test(reg_id, what_is_no_name_is_refused)
{
	static const struct {
		uint32_t arch;
		const char *name;
	} bad[] = {
		{ CVMM_ARCH_ARM64, "" },
		{ CVMM_ARCH_ARM64, "X31" },
		{ CVMM_ARCH_ARM64, "X" },
		{ CVMM_ARCH_ARM64, "X01" },
		{ CVMM_ARCH_ARM64, "X99999999999" },
		{ CVMM_ARCH_ARM64, "CCSIDR[14]" },
		{ CVMM_ARCH_ARM64, "CCSIDR[3" },
		{ CVMM_ARCH_ARM64, "PMEVCNTR31_EL0" },
		{ CVMM_ARCH_ARM64, "S3_0_C0_C4_8" },
		{ CVMM_ARCH_ARM64, "S4_0_C0_C4_0" },
		{ CVMM_ARCH_ARM64, "S3_0_C16_C4_0" },
		{ CVMM_ARCH_ARM64, "S3_0_C0_C4_06" },
		{ CVMM_ARCH_ARM64, "CNTVCT_EL0" },
		{ CVMM_ARCH_ARM64, "603000000013c02" },
		{ CVMM_ARCH_ARM64, "603000000013c0200" },
		{ CVMM_ARCH_ARM64, "0x2030000200000010" },
		{ CVMM_ARCH_ARM64, "2030000200000010" },
		{ CVMM_ARCH_ARM64, "core.pc" },
		{ CVMM_ARCH_X86_64, "X0" },
		{ CVMM_ARCH_X86_64, "MSR_0x123456789" },
		{ CVMM_ARCH_X86_64, "MSR_0x" },
		{ CVMM_ARCH_X86_64, "CPUID[0x0000000d,128]" },
		{ CVMM_ARCH_X86_64, "CPUID[0x0000000d]" },
		{ CVMM_ARCH_X86_64, "CPUID[0x0000000d,1" },
		{ CVMM_ARCH_RISCV64, "vector.v0.100" },
		{ CVMM_ARCH_RISCV64, "vector.v32.128" },
		{ CVMM_ARCH_NONE, "X0" },
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint64_t id = 42;

		cr_assert_eq(cvmm_reg_from_name(bad[i].arch, bad[i].name, strlen(bad[i].name), &id), -ENOENT, "%s",
			bad[i].name);
		cr_assert_eq(id, 42);
	}
}

Test(reg_id, a_buffer_that_is_too_small_is_not_overrun)
{
	char name[16];
	size_t cap;

	for (cap = 0; cap < 16; cap++) {
		memset(name, '#', sizeof(name));
		cr_assert_eq(cvmm_reg_name(CVMM_ARM64_MIDR_EL1, name, cap), cap > 8 ? 8 : -E2BIG);
		cr_assert_eq(name[cap > 8 ? 9 : cap], '#');
	}
}

Test(reg_id, sizes_beyond_2048_bits_are_none)
{
	uint64_t log;

	for (log = 0; log < 16; log++)
		cr_assert_eq(cvmm_reg_bytes(CVMM_ARM64_CORE | log << 52), log > 8 ? 0 : 1u << log);
}

Test(reg_id, properties_are_ids_that_no_kernel_accepts)
{
	cr_assert(cvmm_reg_is_property(CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_FEATURES)));
	cr_assert_not(cvmm_reg_is_property(CVMM_ARM64_PSCI_VERSION));
	cr_assert_not(cvmm_reg_is_property(UINT64_C(0x2030000100000001)));
}
