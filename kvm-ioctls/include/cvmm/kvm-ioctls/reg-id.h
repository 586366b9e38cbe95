/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: register ids: anatomy and names
 *
 * A KVM register id is a 64-bit number: architecture in bits 63:56, log2 of the size in bytes in 55:52, the rest
 * belongs to the architecture. This is the only place in c-vmm that knows names. Pure: no Linux header, no ioctl.
 *
 * arm64 (0x60): class in bits 27:16, see below; what the class says in 15:0.
 *
 * riscv64 (0x80): type in bits 31:24, subtype in 23:16, number in 15:0. Types: 1 CONFIG, 2 CORE, 3 CSR, 4 TIMER, 5 FP_F,
 * 6 FP_D, 7 ISA_EXT, 8 SBI_EXT, 9 VECTOR, 10 SBI_STATE. Vector registers have the size of the host's VLEN, so the same
 * register has different ids on different hosts.
 *
 * x86_64 (0x20): type in bits 39:32, number in 31:0. Types: 2 MSR (the number is the MSR's), 3 KVM's own (0: the guest's
 * shadow stack pointer). Kernels have ONE_REG for these since 6.18; before, MSRs have KVM_GET_MSRS and KVM_SET_MSRS, and
 * here they go by these ids all the same.
 */
#ifndef CVMM_KVM_IOCTLS_REG_ID_H
#define CVMM_KVM_IOCTLS_REG_ID_H

#include <cvmm/kvm-ioctls/error.h>

CVMM_BEGIN_DECLS

/** Longest name that cvmm_reg_name() writes, with the terminating zero. */
#define CVMM_REG_NAME_MAX 64u

/**
 * Size field of an id, bits 55:52: log2 of the value's bytes. KVM defines 0 (8 bits) to 8 (2048 bits); 9 to 15 can be
 * written down and belong to no register, so cvmm_reg_bytes() answers 0 for them.
 *
 * U32: FPSR, FPCR, CCSIDR. U64: nearly everything. U128: V0 to V31. U256: P0 to P15, FFR. U512: SVE_VLS. U2048: Z0 to Z31.
 */
#define CVMM_REG_SIZE_SHIFT 52
#define CVMM_REG_SIZE_MASK  UINT64_C(0x00f0000000000000)
#define CVMM_REG_U32	    UINT64_C(0x0020000000000000)
#define CVMM_REG_U64	    UINT64_C(0x0030000000000000)
#define CVMM_REG_U128	    UINT64_C(0x0040000000000000)
#define CVMM_REG_U256	    UINT64_C(0x0050000000000000)
#define CVMM_REG_U512	    UINT64_C(0x0060000000000000)
#define CVMM_REG_U2048	    UINT64_C(0x0080000000000000)

/**
 * arm64: classes of registers ("coprocessor" in KVM's ABI), bits 27:16 of an id. Bits 51:32 and 31:28 are 0 in every id
 * that a kernel knows. Where a class has one size it is part of the constant; the others are to be combined with one.
 *
 * CORE:    general registers; bits 15:0 are the offset in struct kvm_regs in 32-bit words
 * DEMUX:   CCSIDR; bits 7:0 are the cache that CSSELR_EL1 would select, 0 to 13
 * SYSREG:  system registers; bits 15:0 are their encoding, see CVMM_ARM64_SYS()
 * FW:      the firmware that KVM plays for the guest: PSCI version, mitigations
 * SVE:     Z, P, FFR, and the set of vector lengths
 * FW_BMAP: bitmaps of hypercalls offered to the guest (5.19)
 */
#define CVMM_ARM64_CORE	   UINT64_C(0x6000000000100000)
#define CVMM_ARM64_DEMUX   UINT64_C(0x6020000000110000)
#define CVMM_ARM64_SYSREG  UINT64_C(0x6030000000130000)
#define CVMM_ARM64_FW	   UINT64_C(0x6030000000140000)
#define CVMM_ARM64_SVE	   UINT64_C(0x6000000000150000)
#define CVMM_ARM64_FW_BMAP UINT64_C(0x6030000000160000)

/**
 * CVMM_ARM64_SYS() - id of the system register with this encoding
 * @op0: 0 to 3
 * @op1: 0 to 7
 * @crn: 0 to 15
 * @crm: 0 to 15
 * @op2: 0 to 7
 *
 * As MRS and MSR encode it; always 8 bytes. A constant expression if the arguments are; they are not checked.
 */
#define CVMM_ARM64_SYS(op0, op1, crn, crm, op2)                                                           \
	(CVMM_ARM64_SYSREG | ((uint64_t)(op0) << 14) | ((uint64_t)(op1) << 11) | ((uint64_t)(crn) << 7) | \
		((uint64_t)(crm) << 3) | (uint64_t)(op2))

/**
 * arm64: registers that code has to name. Everything else is table data.
 *
 * PSCI_VERSION:    major << 16 | minor; the default grows with the kernel; writable at any time
 * WORKAROUND_n:    what SMCCC_ARCH_WORKAROUND_n answers; a write only asserts that the host is at least as good
 * STD_BMAP:        bit 0: TRNG
 * STD_HYP_BMAP:    bit 0: PV_TIME (stolen time)
 * VENDOR_HYP_BMAP: bit 0: the vendor's UID and features, bit 1: PTP
 * VENDOR_BMAP_2:   bits 0, 1: DISCOVER_IMPL_VER, DISCOVER_IMPL_CPUS; 0 by default (6.15)
 * MIDR, REVIDR, AIDR: which implementation it is; the VM's, writable with KVM_CAP_ARM_WRITABLE_IMP_ID_REGS (6.15)
 * MPIDR, CLIDR:    which vCPU it is, which caches it has; each vCPU's own
 * CTR_EL0:         cache line sizes; the VM's; up to 6.1 guests may read another value than ONE_REG gives
 * PMCR_EL0:        bits 15:11, the number of event counters, are the VM's; the rest is each vCPU's
 */
#define CVMM_ARM64_PSCI_VERSION	   (CVMM_ARM64_FW | 0)
#define CVMM_ARM64_WORKAROUND_1	   (CVMM_ARM64_FW | 1)
#define CVMM_ARM64_WORKAROUND_2	   (CVMM_ARM64_FW | 2)
#define CVMM_ARM64_WORKAROUND_3	   (CVMM_ARM64_FW | 3)
#define CVMM_ARM64_STD_BMAP	   (CVMM_ARM64_FW_BMAP | 0)
#define CVMM_ARM64_STD_HYP_BMAP	   (CVMM_ARM64_FW_BMAP | 1)
#define CVMM_ARM64_VENDOR_HYP_BMAP (CVMM_ARM64_FW_BMAP | 2)
#define CVMM_ARM64_VENDOR_BMAP_2   (CVMM_ARM64_FW_BMAP | 3)
#define CVMM_ARM64_MIDR_EL1	   CVMM_ARM64_SYS(3, 0, 0, 0, 0)
#define CVMM_ARM64_MPIDR_EL1	   CVMM_ARM64_SYS(3, 0, 0, 0, 5)
#define CVMM_ARM64_REVIDR_EL1	   CVMM_ARM64_SYS(3, 0, 0, 0, 6)
#define CVMM_ARM64_CLIDR_EL1	   CVMM_ARM64_SYS(3, 1, 0, 0, 1)
#define CVMM_ARM64_AIDR_EL1	   CVMM_ARM64_SYS(3, 1, 0, 0, 7)
#define CVMM_ARM64_CTR_EL0	   CVMM_ARM64_SYS(3, 3, 0, 0, 1)
#define CVMM_ARM64_PMCR_EL0	   CVMM_ARM64_SYS(3, 3, 9, 12, 0)
/**
 * arm64: the timers under KVM's names. TIMER_... is the virtual one, PTIMER_... the physical one. TIMER_CNT has the encoding
 * of CNTV_CVAL_EL0 and TIMER_CVAL that of CNTVCT_EL0: swapped in 2013 and part of the ABI since. The counters are VM-wide,
 * whatever vCPU they are written through; comparators and controls are each vCPU's own. SVE_VLS: bit n - 1 of the 512 says
 * that vectors of n * 128 bits are there.
 */
#define CVMM_ARM64_TIMER_CNT  UINT64_C(0x603000000013df1a)
#define CVMM_ARM64_TIMER_CVAL UINT64_C(0x603000000013df02)
#define CVMM_ARM64_TIMER_CTL  UINT64_C(0x603000000013df19)
#define CVMM_ARM64_PTIMER_CNT UINT64_C(0x603000000013df01)
#define CVMM_ARM64_SVE_VLS    UINT64_C(0x606000000015ffff)

/**
 * arm64: vCPU features as bits of a set, as KVM_ARM_VCPU_INIT numbers them. A set describes a machine; POWER_OFF does not
 * belong to it, because it says how one vCPU starts.
 *
 * EL1_32BIT:  the guest runs in AArch32 state
 * PSCI_0_2:   PSCI 0.2 or later instead of 0.1
 * PMU_V3:     a PMU; needs its interrupt and an initialisation of its own
 * SVE:        vectors of variable length (5.2); the vCPU has to be finalised
 * PTRAUTH_..: pointer authentication with address and with generic keys (5.2); both or none
 * HAS_EL2:    the guest may itself be a hypervisor (6.16); HAS_EL2_E2H0: without VHE
 */
#define CVMM_ARM64_FEATURE_POWER_OFF	   UINT64_C(0x001)
#define CVMM_ARM64_FEATURE_EL1_32BIT	   UINT64_C(0x002)
#define CVMM_ARM64_FEATURE_PSCI_0_2	   UINT64_C(0x004)
#define CVMM_ARM64_FEATURE_PMU_V3	   UINT64_C(0x008)
#define CVMM_ARM64_FEATURE_SVE		   UINT64_C(0x010)
#define CVMM_ARM64_FEATURE_PTRAUTH_ADDRESS UINT64_C(0x020)
#define CVMM_ARM64_FEATURE_PTRAUTH_GENERIC UINT64_C(0x040)
#define CVMM_ARM64_FEATURE_HAS_EL2	   UINT64_C(0x080)
#define CVMM_ARM64_FEATURE_HAS_EL2_E2H0	   UINT64_C(0x100)

/** Ranges of the SMCCC filter and of the PMU event filter, in the order in which they were set; see vm-regs. */
/* clang-format off */
#define CVMM_ARM64_FILTERS(X) \
	X(SMCCC_FILTER_0, 32, "vm.smccc_filter.0", "a range of the SMCCC filter") \
	X(SMCCC_FILTER_1, 33, "vm.smccc_filter.1", "a range of the SMCCC filter") \
	X(SMCCC_FILTER_2, 34, "vm.smccc_filter.2", "a range of the SMCCC filter") \
	X(SMCCC_FILTER_3, 35, "vm.smccc_filter.3", "a range of the SMCCC filter") \
	X(SMCCC_FILTER_4, 36, "vm.smccc_filter.4", "a range of the SMCCC filter") \
	X(SMCCC_FILTER_5, 37, "vm.smccc_filter.5", "a range of the SMCCC filter") \
	X(SMCCC_FILTER_6, 38, "vm.smccc_filter.6", "a range of the SMCCC filter") \
	X(SMCCC_FILTER_7, 39, "vm.smccc_filter.7", "a range of the SMCCC filter") \
	X(PMU_FILTER_0, 48, "vm.pmu_filter.0", "a range of the PMU event filter") \
	X(PMU_FILTER_1, 49, "vm.pmu_filter.1", "a range of the PMU event filter") \
	X(PMU_FILTER_2, 50, "vm.pmu_filter.2", "a range of the PMU event filter") \
	X(PMU_FILTER_3, 51, "vm.pmu_filter.3", "a range of the PMU event filter") \
	X(PMU_FILTER_4, 52, "vm.pmu_filter.4", "a range of the PMU event filter") \
	X(PMU_FILTER_5, 53, "vm.pmu_filter.5", "a range of the PMU event filter") \
	X(PMU_FILTER_6, 54, "vm.pmu_filter.6", "a range of the PMU event filter") \
	X(PMU_FILTER_7, 55, "vm.pmu_filter.7", "a range of the PMU event filter")
/* clang-format on */

/**
 * Property ids: VM-owned state that has no kernel id gets one that no kernel accepts (arm64: bits 51:32 not zero, which
 * every kernel answers with EINVAL). They stand in snapshots and baselines beside register ids and keep their numbers for
 * ever; snapshot/FORMAT.md lists them. vcpu-regs has some for a vCPU, with bits 51:32 == 2.
 *
 * X(SYMBOL, number, "name", "meaning"); the id is 0x603 with bits 51:32 == 1 and the number in bits 15:0.
 */
/* clang-format off */
#define CVMM_ARM64_PROPERTIES(X) \
	X(FEATURES,       1, "vm.features",        "vCPU feature set that all vCPUs share") \
	X(IPA_BITS,       2, "vm.ipa_bits",        "IPA size given to KVM_CREATE_VM; 0 is KVM's default of 40") \
	X(CAPS_MTE,       3, "vm.cap.mte",         "1: KVM_CAP_ARM_MTE was enabled") \
	X(CAPS_IMP_ID,    4, "vm.cap.imp_id",      "1: KVM_CAP_ARM_WRITABLE_IMP_ID_REGS was enabled") \
	X(CAPS_NISV,      5, "vm.cap.nisv",        "1: KVM_CAP_ARM_NISV_TO_USER was enabled") \
	X(CAPS_SUSPEND,   6, "vm.cap.suspend",     "1: KVM_CAP_ARM_SYSTEM_SUSPEND was enabled") \
	X(CAPS_SEA,       7, "vm.cap.sea",         "1: KVM_CAP_ARM_SEA_TO_USER was enabled") \
	X(COUNTER_OFFSET, 8, "vm.counter_offset",  "offset given to KVM_ARM_SET_COUNTER_OFFSET") \
	X(PMU_CHOICE,     9, "vm.pmu",             "PMU id given to KVM_ARM_VCPU_PMU_V3_SET_PMU") \
	X(GICD_IIDR,     10, "vm.gicd_iidr",       "GICD_IIDR, the VGIC's ABI revision") \
	X(GITS_IIDR,     11, "vm.gits_iidr",       "GITS_IIDR, the ITS table ABI revision") \
	X(ASYMMETRIC,    12, "vm.cap.asymmetric",  "1: vCPUs may have different features (proposal, kvm-sim alone)") \
	CVMM_ARM64_FILTERS(X)
/* clang-format on */
#define CVMM_ARM64_PROPERTY(number) (UINT64_C(0x6030000100000000) | (uint64_t)(number))
enum cvmm_arm64_property {
#define CVMM_ARM64_PROPERTY_ENUM(symbol, number, name, text) CVMM_ARM64_PROPERTY_##symbol = number,
	CVMM_ARM64_PROPERTIES(CVMM_ARM64_PROPERTY_ENUM)
#undef CVMM_ARM64_PROPERTY_ENUM
};

/**
 * x86_64: what KVM moves by ioctls of its own, and what it cannot give back, has ids of ours: size field 15 (the size is
 * given beside the id), bits 39:32 0x80, the number in bits 15:0. A vCPU's state is below 0x100.
 *
 * X(SYMBOL, number, "name", "meaning"): acts of the VMM that KVM cannot be asked about; 8 bytes each, 0: not done.
 */
/* clang-format off */
#define CVMM_X86_PROPERTIES(X) \
	X(IRQCHIP,           0x101, "vm.irqchip",               "1: KVM_CREATE_IRQCHIP") \
	X(SPLIT_IRQCHIP,     0x102, "vm.split_irqchip",         "KVM_CAP_SPLIT_IRQCHIP was enabled with so many pins") \
	X(TSC_KHZ,           0x103, "vm.tsc_khz",               "frequency given to KVM_SET_TSC_KHZ on the VM") \
	X(IDENTITY_MAP_ADDR, 0x104, "vm.identity_map_addr",     "address given to KVM_SET_IDENTITY_MAP_ADDR") \
	X(BOOT_CPU_ID,       0x105, "vm.boot_cpu_id",           "vCPU id given to KVM_SET_BOOT_CPU_ID") \
	X(DISABLE_EXITS,     0x106, "vm.cap.disable_exits",     "KVM_CAP_X86_DISABLE_EXITS: the exits") \
	X(PMU_CAPABILITY,    0x107, "vm.cap.pmu",               "KVM_CAP_PMU_CAPABILITY: 1, no PMU") \
	X(NOTIFY_VMEXIT,     0x108, "vm.cap.notify_vmexit",     "KVM_CAP_X86_NOTIFY_VMEXIT: window << 32 | flags") \
	X(APIC_BUS_CYCLES,   0x109, "vm.cap.apic_bus_cycles",   "KVM_CAP_X86_APIC_BUS_CYCLES_NS: nanoseconds") \
	X(X2APIC_API,        0x10a, "vm.cap.x2apic_api",        "KVM_CAP_X2APIC_API: the flags") \
	X(DISABLE_QUIRKS2,   0x10b, "vm.cap.disable_quirks2",   "KVM_CAP_DISABLE_QUIRKS2: the quirks") \
	X(TSS_ADDR,          0x10c, "vm.tss_addr",              "address given to KVM_SET_TSS_ADDR") \
	X(PIT,               0x10d, "vm.pit",                   "1: KVM_CREATE_PIT2; 3: with the speaker port") \
	X(EXCEPTION_PAYLOAD, 0x10e, "vm.cap.exception_payload", "1: KVM_CAP_EXCEPTION_PAYLOAD was enabled") \
	X(TRIPLE_FAULT,      0x10f, "vm.cap.triple_fault",      "1: KVM_CAP_X86_TRIPLE_FAULT_EVENT was enabled")
/* clang-format on */
#define CVMM_X86_BLOCK(number)	(UINT64_C(0x20f0008000000000) | (uint64_t)(number))
#define CVMM_X86_VCPU_CPUID2	CVMM_X86_BLOCK(0x01) /* struct cvmm_x86_cpuid and its entries */
#define CVMM_X86_VCPU_TSC_KHZ	CVMM_X86_BLOCK(0x02) /* 4 bytes */
#define CVMM_X86_VCPU_SREGS2	CVMM_X86_BLOCK(0x03) /* struct cvmm_x86_sregs2 */
#define CVMM_X86_VCPU_NESTED	CVMM_X86_BLOCK(0x04) /* what KVM_CAP_NESTED_STATE says; zeroes behind what is used */
#define CVMM_X86_VCPU_REGS	CVMM_X86_BLOCK(0x05) /* struct cvmm_x86_regs */
#define CVMM_X86_VCPU_XSAVE	CVMM_X86_BLOCK(0x06) /* what cvmm_vm_get_xsave_bytes() says */
#define CVMM_X86_VCPU_XCRS	CVMM_X86_BLOCK(0x07) /* struct cvmm_x86_xcrs */
#define CVMM_X86_VCPU_DEBUGREGS CVMM_X86_BLOCK(0x08) /* struct cvmm_x86_debugregs */
#define CVMM_X86_VCPU_LAPIC	CVMM_X86_BLOCK(0x09) /* struct cvmm_x86_lapic; with a local APIC in the kernel */
#define CVMM_X86_VCPU_EVENTS	CVMM_X86_BLOCK(0x0a) /* struct cvmm_x86_events */
#define CVMM_X86_VCPU_MP_STATE	CVMM_X86_BLOCK(0x0b) /* 4 bytes */
#define CVMM_X86_VCPU_MCG_CAP	CVMM_X86_BLOCK(0x0c) /* 8 bytes */
#define CVMM_X86_VM_PIC(n)	CVMM_X86_BLOCK(0x110 + (n)) /* struct cvmm_x86_pic */
#define CVMM_X86_VM_IOAPIC	CVMM_X86_BLOCK(0x112)	    /* struct cvmm_x86_ioapic */
#define CVMM_X86_VM_PIT2	CVMM_X86_BLOCK(0x113)	    /* struct cvmm_x86_pit */
#define CVMM_X86_VM_CLOCK	CVMM_X86_BLOCK(0x118)	    /* 8 bytes: nanoseconds of the guest's clock */
enum cvmm_x86_property {
#define CVMM_X86_PROPERTY_ENUM(symbol, number, name, text) CVMM_X86_##symbol = number,
	CVMM_X86_PROPERTIES(CVMM_X86_PROPERTY_ENUM)
#undef CVMM_X86_PROPERTY_ENUM
};

/**
 * cvmm_reg_arch() - whose register an id is
 * @id: any number
 *
 * Return: bits 63:56: an enum cvmm_arch, or a number that is none.
 */
static inline uint32_t cvmm_reg_arch(uint64_t id)
{
	return (uint32_t)(id >> 56);
}

/**
 * cvmm_reg_bytes() - bytes of a register's value
 * @id: the register id
 *
 * Return: 1 to 256, or 0 if the size field is one that KVM does not define (9 to 15).
 */
static inline uint32_t cvmm_reg_bytes(uint64_t id)
{
	uint32_t log2 = (uint32_t)((id & CVMM_REG_SIZE_MASK) >> CVMM_REG_SIZE_SHIFT);

	return log2 > 8 ? 0 : UINT32_C(1) << log2;
}

/**
 * cvmm_reg_is_property() - is it a property of the VM, which no kernel knows?
 * @id: any number
 *
 * Whether the property exists is not asked. Return: 1 or 0.
 */
static inline int cvmm_reg_is_property(uint64_t id)
{
	return cvmm_reg_arch(id) == CVMM_ARCH_ARM64 && (id & UINT64_C(0x000fffff00000000)) == UINT64_C(0x100000000);
}

/** CVMM_X86_CPUID() - what a host profile says of CPUID leaf @leaf, index @index (up to 127): eax, ebx, ecx, edx. */
#define CVMM_X86_CPUID(leaf, index) (UINT64_C(0x2040008000000000) | (uint64_t)(index) << 32 | (uint64_t)(leaf))

/**
 * cvmm_reg_is_cpuid() - is it a CPUID leaf of a host profile?
 * @id: any number
 *
 * Return: 1 or 0.
 */
static inline int cvmm_reg_is_cpuid(uint64_t id)
{
	return (id & UINT64_C(0xffffff8000000000)) == CVMM_X86_CPUID(0, 0);
}

/**
 * cvmm_arch_name() - an architecture's word in texts
 * @arch: enum cvmm_arch
 *
 * Return: a constant ("arm64", "x86_64", "riscv64"), or NULL for a number that is none.
 */
CVMM_API const char *cvmm_arch_name(uint32_t arch);

/**
 * cvmm_arch_from_name() - the architecture of a word
 * @name: the word, not zero-terminated
 * @len:  its length
 *
 * Return: enum cvmm_arch, CVMM_ARCH_NONE for a word that is none.
 */
CVMM_API uint32_t cvmm_arch_from_name(const char *name, size_t len);

/**
 * cvmm_reg_name() - a register id in words
 * @id:  the id
 * @buf: receives the zero-terminated name
 * @cap: size of @buf; CVMM_REG_NAME_MAX is always enough
 *
 * arm64: core registers ("X0", "PC", "SPSR_EL1", "V31"), system registers by architectural name where there is one
 * ("ID_AA64PFR0_EL1") and by encoding otherwise ("S3_0_C0_C4_6"), "PSCI_VERSION", "VENDOR_HYP_BMAP_2", "CCSIDR[3]",
 * "Z0", "P0", "FFR", "SVE_VLS", "TIMER_CNT". Where a core register of KVM has the
 * architectural name of a system register (SPSR_EL1, SP_EL1, FPCR, ...), the core register has the name; where KVM swapped
 * encodings (the timers), the names are KVM's.
 * riscv64: class and name ("core.pc", "csr.sstatus", "isa.zbb", "sbi.time", "timer.time", "vector.v0.128").
 * x86_64: MSRs ("IA32_TSC", "KVM_SYSTEM_TIME", "MSR_0x00000123" if it has no name) and "GUEST_SSP"; CPUID leaves of host
 * profiles ("CPUID[0x0000000d,1]": leaf, index).
 * Ours, on every architecture: properties and state that KVM moves as a whole ("vm.features", "vcpu.mp_state",
 * "vcpu.sregs2").
 * Any other id becomes its 16 hex digits. The name leads back to the id through cvmm_reg_from_name(). A name that was
 * released keeps its meaning; an id that was called by its encoding may get a name later, and both are then read.
 *
 * Return: length of the name; -E2BIG if @buf is too small (nothing useful in it).
 */
CVMM_API int cvmm_reg_name(uint64_t id, char *buf, size_t cap);

/**
 * cvmm_reg_from_name() - the register id of a name
 * @arch: enum cvmm_arch that the name belongs to
 * @name: a name as cvmm_reg_name() gives it, upper or lower case, not zero-terminated; an arm64 system register's
 *        encoding ("S3_0_C0_C4_6") whether it has a name or not; or the id itself: 16 hex digits, with or without 0x
 * @len:  length of @name
 * @id:   receives the id
 *
 * A linear search: for people's input, not for loops over registers. Return: 0, or -ENOENT for a name that is none, or
 * an id of another architecture.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_reg_from_name(uint32_t arch, const char *name, size_t len, uint64_t *id);

CVMM_END_DECLS

#endif
