/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: every capability of KVM, by name and number
 *
 * The numbers are Linux's ABI up to 7.3 and the same on every architecture; a number that is missing here was never
 * given out or was taken back. Asking a kernel for one that it does not know answers 0, so that newer names are
 * harmless on older hosts, and an unknown number can be asked for as it is.
 *
 * What a capability's value means differs: mostly 0 or 1, sometimes a count (NR_MEMSLOTS), a size in bytes (XSAVE2,
 * NESTED_STATE), a bit mask (VM_TYPES, MEMORY_ATTRIBUTES, GUEST_MEMFD_FLAGS, HALT_POLL's maximum) or a level (PIT2,
 * MSI_DEVID). A few differ between the system fd and a VM fd (MAX_VCPUS, GUEST_MEMFD, XSAVE2 and all that depend on the
 * VM's type), so prefer cvmm_vm_check_extension() once there is a VM.
 */
#ifndef CVMM_KVM_IOCTLS_CAP_H
#define CVMM_KVM_IOCTLS_CAP_H

#include <cvmm/kvm-ioctls/base.h>

CVMM_BEGIN_DECLS

/* clang-format off: a table */
/** CVMM_CAPS() - calls X(SYMBOL, number) for each capability, ascending by number. */
#define CVMM_CAPS(X)                                                                                                   \
	X(IRQCHIP, 0)                                                                                                  \
	X(HLT, 1) X(MMU_SHADOW_CACHE_CONTROL, 2) X(USER_MEMORY, 3) X(SET_TSS_ADDR, 4) X(VAPIC, 6) X(EXT_CPUID, 7) X(   \
		CLOCKSOURCE, 8) X(NR_VCPUS, 9) X(NR_MEMSLOTS, 10) X(PIT, 11) X(NOP_IO_DELAY, 12) X(PV_MMU,             \
		13) X(MP_STATE, 14) X(COALESCED_MMIO, 15) X(SYNC_MMU, 16) X(IOMMU, 18) X(DESTROY_MEMORY_REGION_WORKS,  \
		21) X(USER_NMI, 22) X(SET_GUEST_DEBUG, 23) X(REINJECT_CONTROL, 24) X(IRQ_ROUTING,                      \
		25) X(IRQ_INJECT_STATUS, 26) X(ASSIGN_DEV_IRQ, 29) X(JOIN_MEMORY_REGIONS_WORKS, 30) X(MCE,             \
		31) X(IRQFD, 32) X(PIT2, 33) X(SET_BOOT_CPU_ID, 34) X(PIT_STATE2, 35) X(IOEVENTFD,                     \
		36) X(SET_IDENTITY_MAP_ADDR, 37) X(XEN_HVM, 38) X(ADJUST_CLOCK, 39) X(INTERNAL_ERROR_DATA,             \
		40) X(VCPU_EVENTS, 41) X(S390_PSW, 42) X(PPC_SEGSTATE, 43) X(HYPERV, 44) X(HYPERV_VAPIC,               \
		45) X(HYPERV_SPIN, 46) X(PCI_SEGMENT, 47) X(PPC_PAIRED_SINGLES, 48) X(INTR_SHADOW, 49) X(DEBUGREGS,    \
		50) X(X86_ROBUST_SINGLESTEP, 51) X(PPC_OSI, 52) X(PPC_UNSET_IRQ, 53) X(ENABLE_CAP, 54) X(XSAVE,        \
		55) X(XCRS, 56) X(PPC_GET_PVINFO, 57) X(PPC_IRQ_LEVEL, 58) X(ASYNC_PF, 59) X(TSC_CONTROL,              \
		60) X(GET_TSC_KHZ, 61) X(PPC_BOOKE_SREGS, 62) X(SPAPR_TCE,                                             \
		63) X(PPC_SMT, 64) X(PPC_RMA, 65) X(MAX_VCPUS, 66) X(PPC_HIOR, 67) X(PPC_PAPR,                         \
		68) X(SW_TLB, 69) X(ONE_REG, 70) X(S390_GMAP, 71) X(TSC_DEADLINE_TIMER,                                \
		72) X(S390_UCONTROL, 73) X(SYNC_REGS, 74) X(PCI_2_3, 75) X(KVMCLOCK_CTRL, 76) X(SIGNAL_MSI,            \
		77) X(PPC_GET_SMMU_INFO, 78) X(S390_COW, 79) X(PPC_ALLOC_HTAB, 80) X(READONLY_MEM,                     \
		81) X(IRQFD_RESAMPLE, 82) X(PPC_BOOKE_WATCHDOG,                                                        \
		83) X(PPC_HTAB_FD, 84) X(S390_CSS_SUPPORT, 85) X(PPC_EPR, 86) X(ARM_PSCI,                              \
		87) X(ARM_SET_DEVICE_ADDR, 88) X(DEVICE_CTRL, 89) X(IRQ_MPIC, 90) X(PPC_RTAS, 91) X(IRQ_XICS,          \
		92) X(ARM_EL1_32BIT, 93) X(SPAPR_MULTITCE, 94) X(EXT_EMUL_CPUID, 95) X(HYPERV_TIME,                    \
		96) X(IOAPIC_POLARITY_IGNORED, 97) X(ENABLE_CAP_VM, 98) X(S390_IRQCHIP,                                \
		99) X(IOEVENTFD_NO_LENGTH, 100) X(VM_ATTRIBUTES,                                                       \
		101) X(ARM_PSCI_0_2, 102) X(PPC_FIXUP_HCALL, 103) X(PPC_ENABLE_HCALL, 104) X(CHECK_EXTENSION_VM,       \
		105) X(S390_USER_SIGP, 106) X(S390_VECTOR_REGISTERS, 107) X(S390_MEM_OP, 108) X(S390_USER_STSI,        \
		109) X(S390_SKEYS, 110) X(MIPS_FPU, 111) X(MIPS_MSA, 112) X(S390_INJECT_IRQ, 113) X(S390_IRQ_STATE,    \
		114) X(PPC_HWRNG, 115) X(DISABLE_QUIRKS, 116) X(X86_SMM,                                               \
		117) X(MULTI_ADDRESS_SPACE, 118) X(GUEST_DEBUG_HW_BPS, 119) X(GUEST_DEBUG_HW_WPS,                      \
		120) X(SPLIT_IRQCHIP, 121) X(IOEVENTFD_ANY_LENGTH,                                                     \
		122) X(HYPERV_SYNIC, 123) X(S390_RI, 124) X(SPAPR_TCE_64, 125) X(ARM_PMU_V3, 126) X(VCPU_ATTRIBUTES,   \
		127) X(MAX_VCPU_ID, 128) X(X2APIC_API, 129) X(S390_USER_INSTR0,                                        \
		130) X(MSI_DEVID, 131) X(PPC_HTM, 132) X(SPAPR_RESIZE_HPT,                                             \
		133) X(PPC_MMU_RADIX, 134) X(PPC_MMU_HASH_V3, 135) X(IMMEDIATE_EXIT, 136) X(MIPS_VZ, 137) X(MIPS_TE,   \
		138) X(MIPS_64BIT, 139) X(S390_GS, 140) X(S390_AIS, 141) X(SPAPR_TCE_VFIO, 142) X(X86_DISABLE_EXITS,   \
		143) X(ARM_USER_IRQ, 144) X(S390_CMMA_MIGRATION,                                                       \
		145) X(PPC_FWNMI, 146) X(PPC_SMT_POSSIBLE, 147) X(HYPERV_SYNIC2, 148) X(HYPERV_VP_INDEX,               \
		149) X(S390_AIS_MIGRATION, 150) X(PPC_GET_CPU_CHAR, 151) X(S390_BPB, 152) X(GET_MSR_FEATURES,          \
		153) X(HYPERV_EVENTFD, 154) X(HYPERV_TLBFLUSH, 155) X(S390_HPAGE_1M, 156) X(NESTED_STATE,              \
		157) X(ARM_INJECT_SERROR_ESR, 158) X(MSR_PLATFORM_INFO,                                                \
		159) X(PPC_NESTED_HV, 160) X(HYPERV_SEND_IPI, 161) X(COALESCED_PIO, 162) X(HYPERV_ENLIGHTENED_VMCS,    \
		163) X(EXCEPTION_PAYLOAD, 164) X(ARM_VM_IPA_SIZE, 165) X(MANUAL_DIRTY_LOG_PROTECT,                     \
		166) X(HYPERV_CPUID, 167) X(MANUAL_DIRTY_LOG_PROTECT2, 168) X(PPC_IRQ_XIVE, 169) X(ARM_SVE,            \
		170) X(ARM_PTRAUTH_ADDRESS, 171) X(ARM_PTRAUTH_GENERIC,                                                \
		172) X(PMU_EVENT_FILTER, 173) X(ARM_IRQ_LINE_LAYOUT_2,                                                 \
		174) X(HYPERV_DIRECT_TLBFLUSH, 175) X(PPC_GUEST_DEBUG_SSTEP, 176) X(ARM_NISV_TO_USER,                  \
		177) X(ARM_INJECT_EXT_DABT, 178) X(S390_VCPU_RESETS, 179) X(S390_PROTECTED, 180) X(PPC_SECURE_GUEST,   \
		181) X(HALT_POLL, 182) X(ASYNC_PF_INT, 183) X(LAST_CPU,                                                \
		184) X(SMALLER_MAXPHYADDR, 185) X(S390_DIAG318,                                                        \
		186) X(STEAL_TIME, 187) X(X86_USER_SPACE_MSR, 188) X(X86_MSR_FILTER, 189) X(ENFORCE_PV_FEATURE_CPUID,  \
		190) X(SYS_HYPERV_CPUID, 191) X(DIRTY_LOG_RING,                                                        \
		192) X(X86_BUS_LOCK_EXIT, 193) X(PPC_DAWR1, 194) X(SET_GUEST_DEBUG2,                                   \
		195) X(SGX_ATTRIBUTE, 196) X(VM_COPY_ENC_CONTEXT_FROM, 197) X(PTP_KVM, 198) X(HYPERV_ENFORCE_CPUID,    \
		199) X(SREGS2, 200) X(EXIT_HYPERCALL, 201) X(PPC_RPT_INVALIDATE, 202) X(BINARY_STATS_FD,               \
		203) X(EXIT_ON_EMULATION_FAILURE, 204) X(ARM_MTE, 205) X(VM_MOVE_ENC_CONTEXT_FROM, 206) X(VM_GPA_BITS, \
		207) X(XSAVE2, 208) X(SYS_ATTRIBUTES, 209) X(PPC_AIL_MODE_3, 210) X(S390_MEM_OP_EXTENSION,             \
		211) X(PMU_CAPABILITY, 212) X(DISABLE_QUIRKS2, 213) X(VM_TSC_CONTROL, 214) X(SYSTEM_EVENT_DATA,        \
		215) X(ARM_SYSTEM_SUSPEND, 216) X(S390_PROTECTED_DUMP, 217) X(X86_TRIPLE_FAULT_EVENT,                  \
		218) X(X86_NOTIFY_VMEXIT, 219) X(VM_DISABLE_NX_HUGE_PAGES, 220) X(S390_ZPCI_OP,                        \
		221) X(S390_CPU_TOPOLOGY, 222) X(DIRTY_LOG_RING_ACQ_REL, 223) X(S390_PROTECTED_ASYNC_DISABLE,          \
		224) X(DIRTY_LOG_RING_WITH_BITMAP, 225) X(PMU_EVENT_MASKED_EVENTS, 226) X(COUNTER_OFFSET, 227)         \
		X(ARM_EAGER_SPLIT_CHUNK_SIZE, 228) X(ARM_SUPPORTED_BLOCK_SIZES, 229) X(                                \
			ARM_SUPPORTED_REG_MASK_RANGES, 230) X(USER_MEMORY2, 231) X(MEMORY_FAULT_INFO, 232)             \
			X(MEMORY_ATTRIBUTES, 233) X(GUEST_MEMFD, 234) X(VM_TYPES, 235) X(PRE_FAULT_MEMORY, 236)        \
				X(X86_APIC_BUS_CYCLES_NS, 237) X(X86_GUEST_MODE, 238) X(ARM_WRITABLE_IMP_ID_REGS, 239) \
					X(ARM_EL2, 240) X(ARM_EL2_E2H0, 241) X(RISCV_MP_STATE_RESET, 242)              \
						X(ARM_CACHEABLE_PFNMAP_SUPPORTED, 243) X(GUEST_MEMFD_FLAGS, 244)       \
							X(ARM_SEA_TO_USER, 245) X(S390_USER_OPEREXEC, 246)             \
								X(S390_KEYOP, 247) X(S390_VSIE_ESAMODE, 248)           \
									X(S390_HPAGE_2G, 249) X(PPC_COMPAT_CAPS, 250)  \
										X(ARM_PMU_V3_STRICT, 251)
/* clang-format on */

/**
 * enum cvmm_cap - CVMM_CAP_ and the kernel's name after KVM_CAP_
 *
 * Functions take a uint32_t instead, because the next kernel has more of them.
 */
enum cvmm_cap {
#define CVMM_CAP_ENUM(symbol, number) CVMM_CAP_##symbol = number,
	CVMM_CAPS(CVMM_CAP_ENUM)
#undef CVMM_CAP_ENUM
};

/** CVMM_CAP_ARM_REG_MASK_RANGES: the short name of CVMM_CAP_ARM_SUPPORTED_REG_MASK_RANGES. */
#define CVMM_CAP_ARM_REG_MASK_RANGES CVMM_CAP_ARM_SUPPORTED_REG_MASK_RANGES
/** CVMM_CAP_ARM_WRITABLE_IMP_ID: the short name of CVMM_CAP_ARM_WRITABLE_IMP_ID_REGS. */
#define CVMM_CAP_ARM_WRITABLE_IMP_ID CVMM_CAP_ARM_WRITABLE_IMP_ID_REGS

/**
 * cvmm_cap_name() - a capability in words
 * @cap: its number
 *
 * Return: the kernel's name, such as "KVM_CAP_ONE_REG", a constant; NULL for a number that has none here. A number with
 * two names gives the first.
 */
CVMM_API const char *cvmm_cap_name(uint32_t cap);

/**
 * cvmm_cap_from_name() - the number of a capability
 * @name: the kernel's name with or without "KVM_CAP_", upper case
 * @len:  its length
 *
 * Return: the number, or -ENOENT for a name that is none.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_cap_from_name(const char *name, size_t len);

CVMM_END_DECLS

#endif
