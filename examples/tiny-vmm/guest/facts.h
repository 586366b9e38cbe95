/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What the guest looks at: the one list, for the guest (assembler and C), for the VMM that reads its notes and for
 * cvmm probe. Each list is a macro that takes the macro to apply, so that the order is the same everywhere.
 *
 * 76 system registers by MRS, 71 hypercalls, 10 registers of the interrupt controller: with these a guest tells the
 * machines of eleven kernels apart. Besides, state that the guest writes itself and expects to find again.
 */
#ifndef TINY_VMM_GUEST_FACTS_H
#define TINY_VMM_GUEST_FACTS_H

/* Where things are in the guest's physical address space. */
#define GUEST_RAM	  0x40000000
#define GUEST_RAM_SIZE	  0x100000   /* half of it for the tables of the interrupt controller, see irq.c */
#define GUEST_CONSOLE	  0x09000000 /* 8-byte registers of the VMM's device, see enum guest_port */
#define GUEST_GICD	  0x08000000
#define GUEST_GICR	  0x080a0000
#define GUEST_GICR_STRIDE 0x20000
#define GUEST_VCPUS_MAX	  8

/* The ID registers that serve as guards, by their place in GUEST_ID_REGS. */
#define GUEST_BY_NONE  0
#define GUEST_BY_PFR1  (3 * 8 + 1)
#define GUEST_BY_DFR0  (4 * 8 + 0)
#define GUEST_BY_ISAR0 (5 * 8 + 0)

/* clang-format off: one line per fact */

/*
 * X(name, op0, op1, CRn, CRm, op2, volatile, guard, shift, least): registers that identify the machine. A volatile one
 * runs by itself. A guard is the ID register whose 4-bit field at shift says, from least on, that the register exists:
 * what a guest gets that reads it all the same is noted, and is no difference of the machine.
 */
#define GUEST_ID_REGS(X)                                           \
	X("S3_0_C0_C1_0", 3, 0, 0, 1, 0, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C1_1", 3, 0, 0, 1, 1, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C1_2", 3, 0, 0, 1, 2, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C1_3", 3, 0, 0, 1, 3, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C1_4", 3, 0, 0, 1, 4, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C1_5", 3, 0, 0, 1, 5, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C1_6", 3, 0, 0, 1, 6, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C1_7", 3, 0, 0, 1, 7, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C2_0", 3, 0, 0, 2, 0, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C2_1", 3, 0, 0, 2, 1, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C2_2", 3, 0, 0, 2, 2, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C2_3", 3, 0, 0, 2, 3, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C2_4", 3, 0, 0, 2, 4, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C2_5", 3, 0, 0, 2, 5, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C2_6", 3, 0, 0, 2, 6, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C2_7", 3, 0, 0, 2, 7, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C3_0", 3, 0, 0, 3, 0, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C3_1", 3, 0, 0, 3, 1, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C3_2", 3, 0, 0, 3, 2, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C3_3", 3, 0, 0, 3, 3, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C3_4", 3, 0, 0, 3, 4, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C3_5", 3, 0, 0, 3, 5, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C3_6", 3, 0, 0, 3, 6, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C3_7", 3, 0, 0, 3, 7, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C4_0", 3, 0, 0, 4, 0, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C4_1", 3, 0, 0, 4, 1, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C4_2", 3, 0, 0, 4, 2, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C4_3", 3, 0, 0, 4, 3, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C4_4", 3, 0, 0, 4, 4, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C4_5", 3, 0, 0, 4, 5, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C4_6", 3, 0, 0, 4, 6, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C4_7", 3, 0, 0, 4, 7, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C5_0", 3, 0, 0, 5, 0, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C5_1", 3, 0, 0, 5, 1, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C5_2", 3, 0, 0, 5, 2, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C5_3", 3, 0, 0, 5, 3, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C5_4", 3, 0, 0, 5, 4, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C5_5", 3, 0, 0, 5, 5, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C5_6", 3, 0, 0, 5, 6, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C5_7", 3, 0, 0, 5, 7, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C6_0", 3, 0, 0, 6, 0, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C6_1", 3, 0, 0, 6, 1, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C6_2", 3, 0, 0, 6, 2, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C6_3", 3, 0, 0, 6, 3, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C6_4", 3, 0, 0, 6, 4, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C6_5", 3, 0, 0, 6, 5, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C6_6", 3, 0, 0, 6, 6, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C6_7", 3, 0, 0, 6, 7, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C7_0", 3, 0, 0, 7, 0, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C7_1", 3, 0, 0, 7, 1, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C7_2", 3, 0, 0, 7, 2, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C7_3", 3, 0, 0, 7, 3, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C7_4", 3, 0, 0, 7, 4, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C7_5", 3, 0, 0, 7, 5, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C7_6", 3, 0, 0, 7, 6, 0, GUEST_BY_NONE, 0, 0)   \
	X("S3_0_C0_C7_7", 3, 0, 0, 7, 7, 0, GUEST_BY_NONE, 0, 0)   \
	X("MIDR_EL1", 3, 0, 0, 0, 0, 0, GUEST_BY_NONE, 0, 0)       \
	X("MPIDR_EL1", 3, 0, 0, 0, 5, 0, GUEST_BY_NONE, 0, 0)      \
	X("REVIDR_EL1", 3, 0, 0, 0, 6, 0, GUEST_BY_NONE, 0, 0)     \
	X("AIDR_EL1", 3, 1, 0, 0, 7, 0, GUEST_BY_NONE, 0, 0)       \
	X("CTR_EL0", 3, 3, 0, 0, 1, 0, GUEST_BY_NONE, 0, 0)        \
	X("CLIDR_EL1", 3, 1, 0, 0, 1, 0, GUEST_BY_NONE, 0, 0)      \
	X("CCSIDR_EL1[0]", 3, 1, 0, 0, 0, 0, GUEST_BY_NONE, 0, 0)  \
	X("DCZID_EL0", 3, 3, 0, 0, 7, 0, GUEST_BY_NONE, 0, 0)      \
	X("CNTFRQ_EL0", 3, 3, 14, 0, 0, 0, GUEST_BY_NONE, 0, 0)    \
	X("PMCR_EL0", 3, 3, 9, 12, 0, 0, GUEST_BY_DFR0, 8, 1)      \
	X("PMCEID0_EL0", 3, 3, 9, 12, 6, 0, GUEST_BY_DFR0, 8, 1)   \
	X("PMCEID1_EL0", 3, 3, 9, 12, 7, 0, GUEST_BY_DFR0, 8, 1)   \
	X("PMMIR_EL1", 3, 0, 9, 14, 6, 0, GUEST_BY_DFR0, 8, 4)     \
	X("ICC_CTLR_EL1", 3, 0, 12, 12, 4, 0, GUEST_BY_NONE, 0, 0) \
	X("ICC_SRE_EL1", 3, 0, 12, 12, 5, 0, GUEST_BY_NONE, 0, 0)  \
	X("SMIDR_EL1", 3, 1, 0, 0, 6, 0, GUEST_BY_PFR1, 24, 1)     \
	X("GMID_EL1", 3, 1, 0, 0, 4, 0, GUEST_BY_PFR1, 8, 2)       \
	X("CNTVCT_EL0", 3, 3, 14, 0, 2, 1, GUEST_BY_NONE, 0, 0)    \
	X("CNTPCT_EL0", 3, 3, 14, 0, 1, 1, GUEST_BY_NONE, 0, 0)    \
	X("RNDR", 3, 3, 2, 4, 0, 1, GUEST_BY_ISAR0, 60, 1)

/*
 * X(name, op0, op1, CRn, CRm, op2, mask, value, noted): state that the guest writes before it is stopped and expects afterwards;
 * mask says which bits. The first four change with every exception, so they are looked at first.
 * What KVM before 6.4 cannot save at all (the physical timer) is noted, and is no difference.
 */
#define GUEST_STATE_REGS(X)                                                           \
	X("SPSR_EL1", 3, 0, 4, 0, 0, 0xf00003c5, 0x600003c5, 0)                       \
	X("ELR_EL1", 3, 0, 4, 0, 1, 0xffffffffffffffff, 0x0000000040005678, 0)        \
	X("ESR_EL1", 3, 0, 5, 2, 0, 0xffffffff, 0x56000001, 0)                        \
	X("FAR_EL1", 3, 0, 6, 0, 0, 0xffffffffffffffff, 0xffff000012345678, 0)        \
	X("TPIDR_EL0", 3, 3, 13, 0, 2, 0xffffffffffffffff, 0x1122334455667788, 0)     \
	X("TPIDRRO_EL0", 3, 3, 13, 0, 3, 0xffffffffffffffff, 0x8877665544332211, 0)   \
	X("TPIDR_EL1", 3, 0, 13, 0, 4, 0xffffffffffffffff, 0x0123456789abcdef, 0)     \
	X("CONTEXTIDR_EL1", 3, 0, 13, 0, 1, 0xffffffff, 0x13572468, 0)                \
	X("MAIR_EL1", 3, 0, 10, 2, 0, 0xffffffffffffffff, 0x00000000ff440c04, 0)      \
	X("TTBR0_EL1", 3, 0, 2, 0, 0, 0x0000fffffffff000, 0x0000000040010000, 0)      \
	X("TTBR1_EL1", 3, 0, 2, 0, 1, 0x0000fffffffff000, 0x0000000040020000, 0)      \
	X("TCR_EL1", 3, 0, 2, 0, 2, 0x3f, 0x19, 0)                                    \
	X("SP_EL0", 3, 0, 4, 1, 0, 0xffffffffffffffff, 0x0000000040001230, 0)         \
	X("MDSCR_EL1", 3, 0, 0, 2, 2, 0x1000, 0x1000, 0)                              \
	X("DBGBVR0_EL1", 2, 0, 0, 0, 4, 0x0000fffffffffffc, 0x0000000040000abc, 0)    \
	X("DBGBCR0_EL1", 2, 0, 0, 0, 5, 0x1e6, 0x1e6, 0)                              \
	X("DBGWVR0_EL1", 2, 0, 0, 0, 6, 0x0000fffffffffff8, 0x0000000040000cd8, 0)    \
	X("CNTKCTL_EL1", 3, 0, 14, 1, 0, 0x303, 0x3, 0)                               \
	X("CNTV_CVAL_EL0", 3, 3, 14, 3, 2, 0xffffffffffffffff, 0x7000000000000000, 0) \
	X("CNTV_CTL_EL0", 3, 3, 14, 3, 1, 0x3, 0x3, 0)                                \
	X("CNTP_CVAL_EL0", 3, 3, 14, 2, 2, 0xffffffffffffffff, 0x7100000000000000, 1) \
	X("CNTP_CTL_EL0", 3, 3, 14, 2, 1, 0x3, 0x2, 1)                                \
	X("CSSELR_EL1", 3, 2, 0, 0, 0, 0xf, 0x0, 0)                                   \
	X("PMCCFILTR_EL0", 3, 3, 14, 15, 7, 0x80000000, 0x80000000, 0)                \
	X("PMCCNTR_EL0", 3, 3, 9, 13, 0, 0xffffffff, 0x00112233, 0)                   \
	X("PMCNTENSET_EL0", 3, 3, 9, 12, 1, 0x80000000, 0x80000000, 0)                \
	X("PMINTENSET_EL1", 3, 0, 9, 14, 1, 0x80000000, 0x80000000, 0)                \
	X("PMUSERENR_EL0", 3, 3, 9, 14, 0, 0xf, 0xd, 0)                               \
	X("PMSELR_EL0", 3, 3, 9, 12, 5, 0x1f, 0x1f, 0)                                \
	X("APIAKeyLo_EL1", 3, 0, 2, 1, 0, 0xffffffffffffffff, 0xa5a5000011112222, 0)  \
	X("APIAKeyHi_EL1", 3, 0, 2, 1, 1, 0xffffffffffffffff, 0xa5a5333344445555, 0)  \
	X("APGAKeyLo_EL1", 3, 0, 2, 3, 0, 0xffffffffffffffff, 0x5a5a666677778888, 0)

/* X(name, frame, offset, bytes): frame 0 is the distributor, 1 the redistributor of the vCPU that looks */
#define GUEST_GIC_REGS(X)               \
	X("GICD_CTLR", 0, 0x0000, 4)    \
	X("GICD_TYPER", 0, 0x0004, 4)   \
	X("GICD_IIDR", 0, 0x0008, 4)    \
	X("GICD_TYPER2", 0, 0x000c, 4)  \
	X("GICD_STATUSR", 0, 0x0010, 4) \
	X("GICD_PIDR2", 0, 0xffe8, 4)   \
	X("GICR_CTLR", 1, 0x0000, 4)    \
	X("GICR_IIDR", 1, 0x0004, 4)    \
	X("GICR_TYPER", 1, 0x0008, 8)   \
	X("GICR_PIDR2", 1, 0xffe8, 4)

/* X(function, argument): x2 and x3 are 0x2222 and 0x3333, so that a 0 in the answer was written by KVM */
#define GUEST_HVCS(X)             \
	X(0x84000000, 0x00000000) \
	X(0x8400000a, 0x84000001) \
	X(0x8400000a, 0xc4000001) \
	X(0x8400000a, 0x84000002) \
	X(0x8400000a, 0xc4000003) \
	X(0x8400000a, 0xc4000004) \
	X(0x8400000a, 0x84000005) \
	X(0x8400000a, 0x84000006) \
	X(0x8400000a, 0x84000008) \
	X(0x8400000a, 0x84000009) \
	X(0x8400000a, 0xc4000012) \
	X(0x8400000a, 0x84000012) \
	X(0x8400000a, 0xc400000e) \
	X(0x8400000a, 0x8400000e) \
	X(0x8400000a, 0x80000000) \
	X(0x8400000a, 0xc4000015) \
	X(0x8400000a, 0x84000015) \
	X(0x8400000a, 0x8400000a) \
	X(0x8400000a, 0x84000000) \
	X(0x8400000a, 0x84000003) \
	X(0x8400000a, 0x84000004) \
	X(0x84000006, 0x00000000) \
	X(0xc4000004, 0x00000000) \
	X(0x84000005, 0x00000000) \
	X(0x8400001f, 0x00000000) \
	X(0x8400002f, 0x00000000) \
	X(0x80000000, 0x00000000) \
	X(0x80000001, 0x80008000) \
	X(0x80000001, 0x80007fff) \
	X(0x80000001, 0x80003fff) \
	X(0x80000001, 0x80000002) \
	X(0x80000001, 0xc5000020) \
	X(0x80000001, 0x84000050) \
	X(0x80000001, 0x86000001) \
	X(0x80000001, 0x80000000) \
	X(0x80000001, 0x80000001) \
	X(0xc5000020, 0xc5000021) \
	X(0xc5000020, 0xc5000020) \
	X(0xc5000021, 0x00000000) \
	X(0x84000050, 0x00000000) \
	X(0x84000051, 0x84000052) \
	X(0x84000051, 0xc4000053) \
	X(0x84000051, 0x84000053) \
	X(0x84000051, 0x84000051) \
	X(0x84000051, 0x84000054) \
	X(0x84000052, 0x00000000) \
	X(0xc4000053, 0x00000040) \
	X(0xc4000053, 0x000000c0) \
	X(0xc4000053, 0x000000c1) \
	X(0xc4000053, 0x00000000) \
	X(0x84000053, 0x00000020) \
	X(0x84000053, 0x00000061) \
	X(0x8600ff01, 0x00000000) \
	X(0x86000000, 0x00000000) \
	X(0x86000001, 0x00000000) \
	X(0x86000001, 0x00000001) \
	X(0x86000001, 0x00000002) \
	X(0xc6000040, 0x00000000) \
	X(0xc6000041, 0x00000000) \
	X(0x86000040, 0x00000000) \
	X(0x86000041, 0x00000000) \
	X(0x8600007f, 0x00000000) \
	X(0xc6000002, 0x00000000) \
	X(0xc6000007, 0x00000000) \
	X(0x86000042, 0x00000000) \
	X(0x80008000, 0x00000000) \
	X(0x80007fff, 0x00000000) \
	X(0x80003fff, 0x00000000) \
	X(0x80000002, 0x00000000) \
	X(0x95c1ba5e, 0x00000000) \
	X(0xffffffff, 0x00000000)
/* clang-format on */

#define GUEST_NID    76
#define GUEST_NSTATE 32
#define GUEST_NGIC   10
#define GUEST_NHVC   71

#endif
