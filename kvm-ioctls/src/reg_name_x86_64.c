/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Names of x86_64's registers as ONE_REG knows them: MSRs (type 2, the number is the MSR's) and KVM's own (type 3).
 * MSRs without a well-known name are called by their number.
 */
#include "reg_name.h"

#include <errno.h>

#define MSR(nr) (UINT64_C(0x2030000200000000) | (nr))
/* State that KVM moves as a whole structure; the size is not in the id. */
#define BLOCK(nr) (UINT64_C(0x20f0008000000000) | (nr))
/* What KVM_GET_SUPPORTED_CPUID says of a leaf, in profiles: eax, ebx, ecx, edx. */
#define CPUID(leaf, index) (UINT64_C(0x2040008000000000) | (uint64_t)(index) << 32 | (leaf))
#define CPUID_INDEX_MAX	   0x7fu

/* Ascending by MSR number. */
static const struct reg_single single[] = {
	{ MSR(0x00000010), "IA32_TSC" },
	{ MSR(0x00000011), "KVM_WALL_CLOCK" },
	{ MSR(0x00000012), "KVM_SYSTEM_TIME" },
	{ MSR(0x0000001b), "IA32_APIC_BASE" },
	{ MSR(0x00000034), "SMI_COUNT" },
	{ MSR(0x0000003a), "IA32_FEATURE_CONTROL" },
	{ MSR(0x0000003b), "IA32_TSC_ADJUST" },
	{ MSR(0x00000048), "IA32_SPEC_CTRL" },
	{ MSR(0x00000049), "IA32_PRED_CMD" },
	{ MSR(0x0000008b), "IA32_BIOS_SIGN_ID" },
	{ MSR(0x0000009e), "IA32_SMBASE" },
	{ MSR(0x000000ce), "PLATFORM_INFO" },
	{ MSR(0x000000e1), "IA32_UMWAIT_CONTROL" },
	{ MSR(0x000000e7), "IA32_MPERF" },
	{ MSR(0x000000e8), "IA32_APERF" },
	{ MSR(0x000000fe), "IA32_MTRRCAP" },
	{ MSR(0x0000010a), "IA32_ARCH_CAPABILITIES" },
	{ MSR(0x0000010b), "IA32_FLUSH_CMD" },
	{ MSR(0x00000122), "IA32_TSX_CTRL" },
	{ MSR(0x00000140), "MISC_FEATURES_ENABLES" },
	{ MSR(0x00000174), "IA32_SYSENTER_CS" },
	{ MSR(0x00000175), "IA32_SYSENTER_ESP" },
	{ MSR(0x00000176), "IA32_SYSENTER_EIP" },
	{ MSR(0x00000179), "IA32_MCG_CAP" },
	{ MSR(0x0000017a), "IA32_MCG_STATUS" },
	{ MSR(0x0000017b), "IA32_MCG_CTL" },
	{ MSR(0x000001a0), "IA32_MISC_ENABLE" },
	{ MSR(0x000001c4), "IA32_XFD" },
	{ MSR(0x000001c5), "IA32_XFD_ERR" },
	{ MSR(0x000001d9), "IA32_DEBUGCTL" },
	{ MSR(0x000001db), "LASTBRANCH_FROM_IP" },
	{ MSR(0x000001dc), "LASTBRANCH_TO_IP" },
	{ MSR(0x000001dd), "LASTINT_FROM_IP" },
	{ MSR(0x000001de), "LASTINT_TO_IP" },
	{ MSR(0x000001fc), "POWER_CTL" },
	{ MSR(0x00000250), "IA32_MTRR_FIX64K_00000" },
	{ MSR(0x00000258), "IA32_MTRR_FIX16K_80000" },
	{ MSR(0x00000259), "IA32_MTRR_FIX16K_A0000" },
	{ MSR(0x00000268), "IA32_MTRR_FIX4K_C0000" },
	{ MSR(0x00000269), "IA32_MTRR_FIX4K_C8000" },
	{ MSR(0x0000026a), "IA32_MTRR_FIX4K_D0000" },
	{ MSR(0x0000026b), "IA32_MTRR_FIX4K_D8000" },
	{ MSR(0x0000026c), "IA32_MTRR_FIX4K_E0000" },
	{ MSR(0x0000026d), "IA32_MTRR_FIX4K_E8000" },
	{ MSR(0x0000026e), "IA32_MTRR_FIX4K_F0000" },
	{ MSR(0x0000026f), "IA32_MTRR_FIX4K_F8000" },
	{ MSR(0x00000277), "IA32_PAT" },
	{ MSR(0x000002ff), "IA32_MTRR_DEF_TYPE" },
	{ MSR(0x00000345), "IA32_PERF_CAPABILITIES" },
	{ MSR(0x0000038d), "IA32_FIXED_CTR_CTRL" },
	{ MSR(0x0000038e), "IA32_PERF_GLOBAL_STATUS" },
	{ MSR(0x0000038f), "IA32_PERF_GLOBAL_CTRL" },
	{ MSR(0x00000390), "IA32_PERF_GLOBAL_OVF_CTRL" },
	{ MSR(0x000003f1), "IA32_PEBS_ENABLE" },
	{ MSR(0x000003f2), "PEBS_DATA_CFG" },
	{ MSR(0x00000480), "IA32_VMX_BASIC" },
	{ MSR(0x00000481), "IA32_VMX_PINBASED_CTLS" },
	{ MSR(0x00000482), "IA32_VMX_PROCBASED_CTLS" },
	{ MSR(0x00000483), "IA32_VMX_EXIT_CTLS" },
	{ MSR(0x00000484), "IA32_VMX_ENTRY_CTLS" },
	{ MSR(0x00000485), "IA32_VMX_MISC" },
	{ MSR(0x00000486), "IA32_VMX_CR0_FIXED0" },
	{ MSR(0x00000487), "IA32_VMX_CR0_FIXED1" },
	{ MSR(0x00000488), "IA32_VMX_CR4_FIXED0" },
	{ MSR(0x00000489), "IA32_VMX_CR4_FIXED1" },
	{ MSR(0x0000048a), "IA32_VMX_VMCS_ENUM" },
	{ MSR(0x0000048b), "IA32_VMX_PROCBASED_CTLS2" },
	{ MSR(0x0000048c), "IA32_VMX_EPT_VPID_CAP" },
	{ MSR(0x0000048d), "IA32_VMX_TRUE_PINBASED_CTLS" },
	{ MSR(0x0000048e), "IA32_VMX_TRUE_PROCBASED_CTLS" },
	{ MSR(0x0000048f), "IA32_VMX_TRUE_EXIT_CTLS" },
	{ MSR(0x00000490), "IA32_VMX_TRUE_ENTRY_CTLS" },
	{ MSR(0x00000491), "IA32_VMX_VMFUNC" },
	{ MSR(0x00000600), "IA32_DS_AREA" },
	{ MSR(0x000006a0), "IA32_U_CET" },
	{ MSR(0x000006a2), "IA32_S_CET" },
	{ MSR(0x000006a4), "IA32_PL0_SSP" },
	{ MSR(0x000006a5), "IA32_PL1_SSP" },
	{ MSR(0x000006a6), "IA32_PL2_SSP" },
	{ MSR(0x000006a7), "IA32_PL3_SSP" },
	{ MSR(0x000006a8), "IA32_INTERRUPT_SSP_TABLE" },
	{ MSR(0x000006e0), "IA32_TSC_DEADLINE" },
	{ MSR(0x00000d90), "IA32_BNDCFGS" },
	{ MSR(0x00000da0), "IA32_XSS" },
	{ MSR(0x40000000), "HV_X64_GUEST_OS_ID" },
	{ MSR(0x40000001), "HV_X64_HYPERCALL" },
	{ MSR(0x40000002), "HV_X64_VP_INDEX" },
	{ MSR(0x40000003), "HV_X64_RESET" },
	{ MSR(0x40000010), "HV_X64_VP_RUNTIME" },
	{ MSR(0x40000020), "HV_X64_TIME_REF_COUNT" },
	{ MSR(0x40000021), "HV_X64_REFERENCE_TSC" },
	{ MSR(0x40000022), "HV_X64_TSC_FREQUENCY" },
	{ MSR(0x40000023), "HV_X64_APIC_FREQUENCY" },
	{ MSR(0x40000070), "HV_X64_EOI" },
	{ MSR(0x40000071), "HV_X64_ICR" },
	{ MSR(0x40000072), "HV_X64_TPR" },
	{ MSR(0x40000073), "HV_X64_VP_ASSIST_PAGE" },
	{ MSR(0x40000080), "HV_X64_SCONTROL" },
	{ MSR(0x40000081), "HV_X64_SVERSION" },
	{ MSR(0x40000082), "HV_X64_SIEFP" },
	{ MSR(0x40000083), "HV_X64_SIMP" },
	{ MSR(0x40000084), "HV_X64_EOM" },
	{ MSR(0x400000f1), "HV_X64_SYNDBG_CONTROL" },
	{ MSR(0x400000f2), "HV_X64_SYNDBG_STATUS" },
	{ MSR(0x400000f3), "HV_X64_SYNDBG_SEND_BUFFER" },
	{ MSR(0x400000f4), "HV_X64_SYNDBG_RECV_BUFFER" },
	{ MSR(0x400000f5), "HV_X64_SYNDBG_PENDING_BUFFER" },
	{ MSR(0x400000ff), "HV_X64_SYNDBG_OPTIONS" },
	{ MSR(0x40000105), "HV_X64_CRASH_CTL" },
	{ MSR(0x40000106), "HV_X64_REENLIGHTENMENT_CONTROL" },
	{ MSR(0x40000107), "HV_X64_TSC_EMULATION_CONTROL" },
	{ MSR(0x40000108), "HV_X64_TSC_EMULATION_STATUS" },
	{ MSR(0x40000118), "HV_X64_TSC_INVARIANT_CONTROL" },
	{ MSR(0x4b564d00), "KVM_WALL_CLOCK_NEW" },
	{ MSR(0x4b564d01), "KVM_SYSTEM_TIME_NEW" },
	{ MSR(0x4b564d02), "KVM_ASYNC_PF_EN" },
	{ MSR(0x4b564d03), "KVM_STEAL_TIME" },
	{ MSR(0x4b564d04), "KVM_PV_EOI_EN" },
	{ MSR(0x4b564d05), "KVM_POLL_CONTROL" },
	{ MSR(0x4b564d06), "KVM_ASYNC_PF_INT" },
	{ MSR(0x4b564d07), "KVM_ASYNC_PF_ACK" },
	{ MSR(0x4b564d08), "KVM_MIGRATION_CONTROL" },
	{ MSR(0xc0000080), "EFER" },
	{ MSR(0xc0000081), "STAR" },
	{ MSR(0xc0000082), "LSTAR" },
	{ MSR(0xc0000083), "CSTAR" },
	{ MSR(0xc0000084), "SYSCALL_MASK" },
	{ MSR(0xc0000100), "FS_BASE" },
	{ MSR(0xc0000101), "GS_BASE" },
	{ MSR(0xc0000102), "KERNEL_GS_BASE" },
	{ MSR(0xc0000103), "TSC_AUX" },
	{ MSR(0xc0000104), "AMD64_TSC_RATIO" },
	{ MSR(0xc0000300), "AMD64_PERF_CNTR_GLOBAL_STATUS" },
	{ MSR(0xc0000301), "AMD64_PERF_CNTR_GLOBAL_CTL" },
	{ MSR(0xc0000302), "AMD64_PERF_CNTR_GLOBAL_STATUS_CLR" },
	{ MSR(0xc0000303), "AMD64_PERF_CNTR_GLOBAL_STATUS_SET" },
	{ MSR(0xc0010010), "AMD64_SYSCFG" },
	{ MSR(0xc0010015), "AMD64_HWCR" },
	{ MSR(0xc001001f), "AMD64_NB_CFG" },
	{ MSR(0xc0010055), "AMD64_INT_PENDING_MSG" },
	{ MSR(0xc0010112), "AMD64_SMM_ADDR" },
	{ MSR(0xc0010113), "AMD64_SMM_MASK" },
	{ MSR(0xc0010114), "AMD64_VM_CR" },
	{ MSR(0xc0010117), "AMD64_VM_HSAVE_PA" },
	{ MSR(0xc001011f), "AMD64_VIRT_SPEC_CTRL" },
	{ MSR(0xc0010140), "AMD64_OSVW_ID_LENGTH" },
	{ MSR(0xc0010141), "AMD64_OSVW_STATUS" },
	{ MSR(0xc0011022), "AMD64_DC_CFG" },
	{ MSR(0xc0011023), "AMD64_BU_CFG2" },
	{ MSR(0xc0011029), "AMD64_DE_CFG" },
	{ UINT64_C(0x2030000300000000), "GUEST_SSP" },
	{ BLOCK(0x001), "vcpu.cpuid2" },
	{ BLOCK(0x002), "vcpu.tsc_khz" },
	{ BLOCK(0x003), "vcpu.sregs2" },
	{ BLOCK(0x004), "vcpu.nested" },
	{ BLOCK(0x005), "vcpu.regs" },
	{ BLOCK(0x006), "vcpu.xsave" },
	{ BLOCK(0x007), "vcpu.xcrs" },
	{ BLOCK(0x008), "vcpu.debugregs" },
	{ BLOCK(0x009), "vcpu.lapic" },
	{ BLOCK(0x00a), "vcpu.events" },
	{ BLOCK(0x00b), "vcpu.mp_state" },
	{ BLOCK(0x00c), "vcpu.mcg_cap" },
#define PROPERTY_NAME(symbol, number, name, text) { BLOCK(number), name },
	CVMM_X86_PROPERTIES(PROPERTY_NAME)
#undef PROPERTY_NAME
		{ BLOCK(0x112), "vm.ioapic" },
	{ BLOCK(0x113), "vm.pit2" },
	{ BLOCK(0x114), "vm.msr_filter" },
	{ BLOCK(0x115), "vm.pmu_filter" },
	{ BLOCK(0x118), "vm.clock" },
};

static const struct reg_family family[] = {
	{ MSR(0xc1), 1, 8, 0, "IA32_PMC", "" },
	{ MSR(0x186), 1, 8, 0, "IA32_PERFEVTSEL", "" },
	{ MSR(0x200), 2, 16, 0, "IA32_MTRR_PHYSBASE", "" },
	{ MSR(0x201), 2, 16, 0, "IA32_MTRR_PHYSMASK", "" },
	{ MSR(0x280), 1, 32, 0, "IA32_MC", "_CTL2" },
	{ MSR(0x309), 1, 3, 0, "IA32_FIXED_CTR", "" },
	{ MSR(0x400), 4, 32, 0, "IA32_MC", "_CTL" },
	{ MSR(0x401), 4, 32, 0, "IA32_MC", "_STATUS" },
	{ MSR(0x402), 4, 32, 0, "IA32_MC", "_ADDR" },
	{ MSR(0x403), 4, 32, 0, "IA32_MC", "_MISC" },
	{ MSR(0x4c1), 1, 8, 0, "IA32_A_PMC", "" },
	{ MSR(0x40000090), 1, 16, 0, "HV_X64_SINT", "" },
	{ MSR(0x400000b0), 2, 4, 0, "HV_X64_STIMER", "_CONFIG" },
	{ MSR(0x400000b1), 2, 4, 0, "HV_X64_STIMER", "_COUNT" },
	{ MSR(0x40000100), 1, 5, 0, "HV_X64_CRASH_P", "" },
	{ MSR(0xc0010000), 1, 4, 0, "K7_EVNTSEL", "" },
	{ MSR(0xc0010004), 1, 4, 0, "K7_PERFCTR", "" },
	{ MSR(0xc0010200), 2, 6, 0, "F15H_PERF_CTL", "" },
	{ MSR(0xc0010201), 2, 6, 0, "F15H_PERF_CTR", "" },
	{ BLOCK(0x110), 1, 2, 0, "vm.pic[", "]" },
};

static int form(uint64_t id, char *buf)
{
	uint64_t index = id - CPUID(0, 0);
	char *at;

	if ((id & ~UINT64_C(0xffffffff)) == MSR(0))
		return (int)(cvmm_name_hex(cvmm_name_str(buf, "MSR_0x"), id, 8) - buf);
	if (index >> 32 > CPUID_INDEX_MAX)
		return 0;
	at = cvmm_name_hex(cvmm_name_str(buf, "CPUID[0x"), id, 8);
	at = cvmm_name_dec(cvmm_name_str(at, ","), (uint32_t)(index >> 32));
	return (int)(cvmm_name_str(at, "]") - buf);
}

static int read_form(const char *name, size_t len, uint64_t *id)
{
	const char *end = name + len, *at;
	uint64_t nr = 0;
	uint32_t index = 0;

	if (cvmm_name_eat_hex(cvmm_name_eat(name, end, "MSR_0x"), end, 1, 8, &nr) == end) {
		*id = MSR(nr);
		return 0;
	}
	at = cvmm_name_eat_hex(cvmm_name_eat(name, end, "CPUID[0x"), end, 1, 8, &nr);
	at = cvmm_name_eat_dec(cvmm_name_eat(at, end, ","), end, CPUID_INDEX_MAX, &index);
	if (cvmm_name_eat(at, end, "]") != end)
		return -ENOENT;
	*id = CPUID(nr, index);
	return 0;
}

const struct reg_names cvmm_names_x86_64 = {
	.arch_name = "x86_64",
	.single = single,
	.family = family,
	.nsingle = sizeof(single) / sizeof(single[0]),
	.nfamily = sizeof(family) / sizeof(family[0]),
	.arch = CVMM_ARCH_X86_64,
	.form = form,
	.read = read_form,
};
