/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What the x86_64 guest looks at, as facts.h is for arm64: leaves of CPUID, MSRs that identify the machine or that run by
 * themselves, state that it writes and expects to find again, registers of the local APIC.
 */
#ifndef TINY_VMM_GUEST_X86_64_FACTS_H
#define TINY_VMM_GUEST_X86_64_FACTS_H

#include "facts.h"

/* The VMM enters the image's first byte in 64-bit mode with this CR3; RDI is the vCPU's index, RSI is 0 if XSAVE may not be used. */
#define GUEST_X86_CR3	 (GUEST_RAM + 0x1000)
#define GUEST_X86_CODE	 0x08
#define GUEST_X86_DATA	 0x10
#define GUEST_X86_LAPIC	 0xfee00000
#define GUEST_X86_IOAPIC 0xfec00000

/* Several facts a line. */
/* clang-format off */

/* X(leaf, first index, last index) */
#define GUEST_CPUID(X)                                                                                    \
	X(0x0, 0, 0) X(0x1, 0, 0) X(0x2, 0, 0) X(0x4, 0, 4) X(0x5, 0, 0) X(0x6, 0, 0) X(0x7, 0, 2)        \
	X(0x9, 0, 0) X(0xa, 0, 0) X(0xb, 0, 2) X(0xd, 0, 18) X(0xf, 0, 1) X(0x10, 0, 3) X(0x12, 0, 2)     \
	X(0x14, 0, 1) X(0x15, 0, 0) X(0x16, 0, 0) X(0x17, 0, 0) X(0x18, 0, 0) X(0x19, 0, 0) X(0x1a, 0, 0) \
	X(0x1c, 0, 0) X(0x1d, 0, 1) X(0x1e, 0, 0) X(0x1f, 0, 2) X(0x20, 0, 0) X(0x23, 0, 0) X(0x24, 0, 0) \
	X(0x40000000, 0, 0) X(0x40000001, 0, 0) X(0x40000010, 0, 0) X(0x40000100, 0, 0)                   \
	X(0x80000000, 0, 0) X(0x80000001, 0, 0) X(0x80000002, 0, 0) X(0x80000003, 0, 0)                   \
	X(0x80000004, 0, 0) X(0x80000005, 0, 0) X(0x80000006, 0, 0) X(0x80000007, 0, 0)                   \
	X(0x80000008, 0, 0) X(0x8000000a, 0, 0) X(0x80000019, 0, 0) X(0x8000001a, 0, 0)                   \
	X(0x8000001b, 0, 0) X(0x8000001c, 0, 0) X(0x8000001d, 0, 4) X(0x8000001e, 0, 0)                   \
	X(0x8000001f, 0, 0) X(0x80000020, 0, 1) X(0x80000021, 0, 0) X(0x80000022, 0, 0) X(0x80000026, 0, 3)

/* X(name, number, volatile): read; a volatile one runs by itself, its being there is the fact */
#define GUEST_MSRS(X)                                                                           \
	X("IA32_TSC", 0x10, 1) X("IA32_APIC_BASE", 0x1b, 0) X("IA32_FEAT_CTL", 0x3a, 0)         \
	X("IA32_TSC_ADJUST", 0x3b, 0) X("IA32_SPEC_CTRL", 0x48, 0) X("IA32_BIOS_SIGN_ID", 0x8b, 0) \
	X("MSR_PLATFORM_INFO", 0xce, 0) X("IA32_CORE_CAPABILITIES", 0xcf, 0) X("IA32_MPERF", 0xe7, 1) \
	X("IA32_APERF", 0xe8, 1) X("IA32_MTRRCAP", 0xfe, 0) X("IA32_ARCH_CAPABILITIES", 0x10a, 0) \
	X("IA32_TSX_CTRL", 0x122, 0) X("MSR_MISC_FEATURE_ENABLES", 0x140, 0) X("IA32_MCG_CAP", 0x179, 0) \
	X("IA32_MCG_STATUS", 0x17a, 0) X("IA32_PERF_STATUS", 0x198, 0) X("IA32_MISC_ENABLE", 0x1a0, 0) \
	X("IA32_DEBUGCTL", 0x1d9, 0) X("IA32_PERF_CAPABILITIES", 0x345, 0) X("IA32_MC0_CTL", 0x400, 0) \
	X("IA32_MC0_STATUS", 0x401, 0) X("IA32_VMX_BASIC", 0x480, 0) X("IA32_TSC_DEADLINE", 0x6e0, 0) \
	X("IA32_XSS", 0xda0, 0) X("EFER", 0xc0000080, 0) X("AMD_TSC_RATIO", 0xc0000104, 0)      \
	X("K7_EVNTSEL0", 0xc0010000, 0) X("K7_PERFCTR0", 0xc0010004, 0) X("AMD_SYSCFG", 0xc0010010, 0) \
	X("K7_HWCR", 0xc0010015, 0) X("K8_TSEG_ADDR", 0xc0010112, 0) X("AMD_NB_CFG", 0xc001001f, 0) \
	X("K8_INT_PENDING", 0xc0010055, 0) X("AMD_MMIO_CONF_BASE", 0xc0010058, 0)               \
	X("AMD_PSTATE_STATUS", 0xc0010063, 0) X("VM_CR", 0xc0010114, 0) X("VM_HSAVE_PA", 0xc0010117, 0) \
	X("VIRT_SPEC_CTRL", 0xc001011f, 0) X("AMD_OSVW_ID_LENGTH", 0xc0010140, 0)               \
	X("AMD_OSVW_STATUS", 0xc0010141, 0) X("F15H_PERF_CTL0", 0xc0010200, 0) X("AMD_DC_CFG", 0xc0011022, 0) \
	X("AMD_DE_CFG", 0xc0011029, 0) X("HV_GUEST_OS_ID", 0x40000000, 0) X("KVM_WALL_CLOCK", 0x4b564d00, 0) \
	X("KVM_ASYNC_PF_EN", 0x4b564d02, 0) X("KVM_STEAL_TIME", 0x4b564d03, 0) X("KVM_PV_EOI_EN", 0x4b564d04, 0)

/* X(name, number, mask, value): written, and expected to be found again */
#define GUEST_STATE_MSRS(X)                                                           \
	X("STAR", 0xc0000081, ~0ul, 0x0023001000000000)                               \
	X("LSTAR", 0xc0000082, ~0ul, 0xffffffff81a00123)                              \
	X("CSTAR", 0xc0000083, ~0ul, 0xffffffff81a00456)                              \
	X("SYSCALL_MASK", 0xc0000084, 0xfffffffful, 0x00047700)                       \
	X("FS_BASE", 0xc0000100, ~0ul, 0x00007f0012345000)                            \
	X("GS_BASE", 0xc0000101, ~0ul, 0xffff888012346000)                            \
	X("KERNEL_GS_BASE", 0xc0000102, ~0ul, 0xffff888012347000)                     \
	X("TSC_AUX", 0xc0000103, 0xfffffffful, 0x00005003)                            \
	X("IA32_SYSENTER_CS", 0x174, 0xffful, 0x0010)                                 \
	X("IA32_SYSENTER_ESP", 0x175, ~0ul, 0x0000000040012345)                       \
	X("IA32_SYSENTER_EIP", 0x176, ~0ul, 0x0000000040054321)                       \
	X("IA32_PAT", 0x277, ~0ul, 0x0407050600070106)                                \
	X("IA32_MTRR_PHYSBASE0", 0x200, ~0ul, 0x00000000c0000000)                     \
	X("IA32_MTRR_PHYSMASK0", 0x201, ~0ul, 0x0000000fc0000000)                     \
	X("IA32_MTRR_FIX64K_00000", 0x250, ~0ul, 0x0606060606060606)                  \
	X("IA32_MTRR_FIX4K_F8000", 0x26f, ~0ul, 0x0505050505050505)                   \
	X("IA32_MTRR_DEF_TYPE", 0x2ff, ~0ul, 0x0c06)                                  \
	X("K7_HWCR", 0xc0010015, 1ul << 35, 1ul << 35)                                \
	X("KVM_POLL_CONTROL", 0x4b564d05, ~0ul, 0)

/* X(name, offset): the local APIC's registers as they are found again; the timer's current count runs */
#define GUEST_LAPIC_REGS(X)                                                                         \
	X("LAPIC_ID", 0x20) X("LAPIC_VERSION", 0x30) X("LAPIC_TPR", 0x80) X("LAPIC_LDR", 0xd0)      \
	X("LAPIC_DFR", 0xe0) X("LAPIC_SVR", 0xf0) X("LAPIC_ISR2", 0x120) X("LAPIC_ISR3", 0x130)     \
	X("LAPIC_TMR2", 0x1a0) X("LAPIC_IRR2", 0x220) X("LAPIC_IRR3", 0x230) X("LAPIC_ESR", 0x280)  \
	X("LAPIC_ICR2", 0x310) X("LAPIC_LVTT", 0x320) X("LAPIC_LVTPC", 0x340) X("LAPIC_LVT0", 0x350) \
	X("LAPIC_LVT1", 0x360) X("LAPIC_LVTERR", 0x370) X("LAPIC_TMICT", 0x380) X("LAPIC_TDCR", 0x3e0)
/* clang-format on */

#endif
