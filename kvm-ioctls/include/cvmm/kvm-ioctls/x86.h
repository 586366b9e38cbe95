/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: x86_64: structures, request numbers and constants of KVM's ABI, our own definitions
 *
 * Each struct is the argument of the requests named in its comment. Any host can hold and look at them; a test compares
 * sizes and offsets with the installed linux/kvm.h wherever that is an x86_64 one. Members without a word are the
 * register of that name. Padding and reserved members are 0 when written and 0 when read.
 */
#ifndef CVMM_KVM_IOCTLS_X86_H
#define CVMM_KVM_IOCTLS_X86_H

#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/x86-state.h>

/**
 * struct cvmm_x86_msr - a model-specific register (KVM_GET/SET_MSRS)
 * @index:    its number
 * @reserved: 0
 * @data:     its value
 */
struct cvmm_x86_msr {
	uint32_t index;
	uint32_t reserved;
	uint64_t data;
};

/** CVMM_X86_MSRS_MAX: the most MSRs that KVM takes in one call. */
#define CVMM_X86_MSRS_MAX 255u

/**
 * struct cvmm_x86_cpuid_entry - what CPUID answers for one leaf
 * @function: EAX before
 * @index:    ECX before, where @flags says that it matters
 * @flags:    CVMM_X86_CPUID_INDEX_MATTERS; two historical bits
 * @eax:      the answer, as @ebx, @ecx, @edx
 */
struct cvmm_x86_cpuid_entry {
	uint32_t function;
	uint32_t index;
	uint32_t flags;
	uint32_t eax, ebx, ecx, edx;
	uint32_t padding[3];
};

/** CVMM_X86_CPUID_INDEX_MATTERS: the leaf has subleaves. */
#define CVMM_X86_CPUID_INDEX_MATTERS 1u

/**
 * struct cvmm_x86_cpuid - head of a list of CPUID answers; the entries follow it in memory
 * @nent:    number of entries; set by the functions that take one
 * @padding: 0
 *
 * Storage for n of them: struct { struct cvmm_x86_cpuid head; struct cvmm_x86_cpuid_entry entry[n]; }, of which &head
 * is passed. KVM never takes or gives more than CVMM_X86_CPUID_MAX.
 */
struct cvmm_x86_cpuid {
	uint32_t nent;
	uint32_t padding;
};

/** CVMM_X86_CPUID_MAX: the most entries that KVM takes. */
#define CVMM_X86_CPUID_MAX 256u

/**
 * struct cvmm_x86_cpuid1_entry - an answer in the form of 2007, without subleaves (KVM_SET_CPUID)
 * @function: EAX before
 * @eax:      the answer, as @ebx, @ecx, @edx
 * @padding:  0
 */
struct cvmm_x86_cpuid1_entry {
	uint32_t function;
	uint32_t eax, ebx, ecx, edx;
	uint32_t padding;
};

/**
 * struct cvmm_x86_nested_state - a guest hypervisor's state (KVM_GET/SET_NESTED_STATE); data follows in memory
 * @flags:  CVMM_X86_NESTED_...
 * @format: 0 VMX, 1 SVM
 * @size:   bytes of header and data together, at least 128
 * @hdr:    120 bytes in the layout of @format. VMX: VMXON and VMCS12 addresses, 16 bits of SMM flags, flags, deadline
 *          of the preemption timer. SVM: VMCB12's address, guest PAT
 *
 * Data: VMX up to two pages (VMCS12, shadow VMCS12), SVM up to one (VMCB12).
 */
struct cvmm_x86_nested_state {
	uint16_t flags;
	uint16_t format;
	uint32_t size;
	uint64_t hdr[15];
};

/* cvmm_x86_nested_state.flags */
#define CVMM_X86_NESTED_GUEST_MODE  0x0001u /* the nested guest runs */
#define CVMM_X86_NESTED_RUN_PENDING 0x0002u /* its VM entry is not complete */
#define CVMM_X86_NESTED_EVMCS	    0x0004u /* Hyper-V enlightened VMCS */
#define CVMM_X86_NESTED_MTF_PENDING 0x0008u /* a monitor trap is pending */
#define CVMM_X86_NESTED_GIF_SET	    0x0100u /* SVM: global interrupt flag */

/**
 * struct cvmm_x86_mce - a machine check to inject (KVM_X86_SET_MCE)
 * @status:     MCi_STATUS; without its bit 63 (valid) it is refused
 * @addr:       MCi_ADDR
 * @misc:       MCi_MISC
 * @mcg_status: MCG_STATUS
 * @bank:       i, below what cvmm_vcpu_setup_mce() gave the vCPU
 * @pad1:       0
 * @pad2:       0
 */
struct cvmm_x86_mce {
	uint64_t status;
	uint64_t addr;
	uint64_t misc;
	uint64_t mcg_status;
	uint8_t bank;
	uint8_t pad1[7];
	uint64_t pad2[3];
};

/**
 * struct cvmm_x86_guest_debug - breakpoints set from outside (KVM_SET_GUEST_DEBUG)
 * @control:  CVMM_GUESTDBG_... of abi.h and CVMM_X86_GUESTDBG_...
 * @debugreg: with CVMM_X86_GUESTDBG_USE_HW_BP: DR0 to DR3 and DR7 as the processor gets them
 */
struct cvmm_x86_guest_debug {
	uint32_t control;
	uint32_t pad;
	uint64_t debugreg[8];
};

#define CVMM_X86_GUESTDBG_USE_SW_BP 0x00010000u /* INT3 exits */
#define CVMM_X86_GUESTDBG_USE_HW_BP 0x00020000u /* debugreg counts */
#define CVMM_X86_GUESTDBG_INJECT_DB 0x00040000u /* the guest gets a #DB */
#define CVMM_X86_GUESTDBG_INJECT_BP 0x00080000u /* the guest gets a #BP */
#define CVMM_X86_GUESTDBG_BLOCKIRQ  0x00100000u /* no interrupts while single-stepping (5.15) */

/**
 * struct cvmm_x86_tpr_access_ctl - exits on TPR accesses (KVM_TPR_ACCESS_REPORTING)
 * @enabled:  1: CVMM_EXIT_TPR_ACCESS; 0: KVM emulates them
 * @flags:    0
 * @reserved: 0
 */
struct cvmm_x86_tpr_access_ctl {
	uint32_t enabled;
	uint32_t flags;
	uint32_t reserved[8];
};

/* Register ids that only KVM defines, for cvmm_vcpu_get_one_reg() (KVM_CAP_ONE_REG on x86). */
#define CVMM_X86_REG_MSR(msr)  (UINT64_C(0x2030000200000000) | (uint32_t)(msr)) /* 8 bytes, as KVM_GET_MSRS has it */
#define CVMM_X86_REG_GUEST_SSP UINT64_C(0x2030000300000000) /* 8 bytes: CET shadow stack pointer; by no other call */

#define CVMM_KVM_GET_REGS      CVMM_IOR(0x81, struct cvmm_x86_regs)
#define CVMM_KVM_SET_REGS      CVMM_IOW(0x82, struct cvmm_x86_regs)
#define CVMM_KVM_GET_SREGS     CVMM_IOR(0x83, struct cvmm_x86_sregs)
#define CVMM_KVM_SET_SREGS     CVMM_IOW(0x84, struct cvmm_x86_sregs)
#define CVMM_KVM_GET_SREGS2    CVMM_IOR(0xcc, struct cvmm_x86_sregs2) /* 5.14 */
#define CVMM_KVM_SET_SREGS2    CVMM_IOW(0xcd, struct cvmm_x86_sregs2) /* 5.14 */
#define CVMM_KVM_GET_MSRS \
	CVMM_IOC(3, 0x88, 8) /* head of 8 bytes, then struct cvmm_x86_msr; on the system fd: feature MSRs */
#define CVMM_KVM_SET_MSRS	      CVMM_IOC(1, 0x89, 8)		    /* the same */
#define CVMM_KVM_SET_CPUID	      CVMM_IOW(0x8a, struct cvmm_x86_cpuid) /* head, then struct cvmm_x86_cpuid1_entry */
#define CVMM_KVM_SET_CPUID2	      CVMM_IOW(0x90, struct cvmm_x86_cpuid) /* head, then struct cvmm_x86_cpuid_entry */
#define CVMM_KVM_GET_CPUID2	      CVMM_IOWR(0x91, struct cvmm_x86_cpuid) /* the same */
#define CVMM_KVM_GET_FPU	      CVMM_IOR(0x8c, struct cvmm_x86_fpu)
#define CVMM_KVM_SET_FPU	      CVMM_IOW(0x8d, struct cvmm_x86_fpu)
#define CVMM_KVM_GET_LAPIC	      CVMM_IOR(0x8e, struct cvmm_x86_lapic)
#define CVMM_KVM_SET_LAPIC	      CVMM_IOW(0x8f, struct cvmm_x86_lapic)
#define CVMM_KVM_TPR_ACCESS_REPORTING CVMM_IOWR(0x92, struct cvmm_x86_tpr_access_ctl)
#define CVMM_KVM_SET_VAPIC_ADDR	      CVMM_IOW(0x93, uint64_t) /* guest physical address of 4 bytes */
#define CVMM_KVM_NMI		      CVMM_IO(0x9a)	       /* no argument */
#define CVMM_KVM_X86_GUEST_DEBUG      CVMM_IOW(0x9b, struct cvmm_x86_guest_debug)
#define CVMM_KVM_X86_SETUP_MCE	      CVMM_IOW(0x9c, uint64_t) /* MCG_CAP; CVMM_CAP_MCE */
#define CVMM_KVM_X86_SET_MCE	      CVMM_IOW(0x9e, struct cvmm_x86_mce)
#define CVMM_KVM_X86_GET_VCPU_EVENTS  CVMM_IOR(0x9f, struct cvmm_x86_events)
#define CVMM_KVM_X86_SET_VCPU_EVENTS  CVMM_IOW(0xa0, struct cvmm_x86_events)
#define CVMM_KVM_GET_DEBUGREGS	      CVMM_IOR(0xa1, struct cvmm_x86_debugregs)
#define CVMM_KVM_SET_DEBUGREGS	      CVMM_IOW(0xa2, struct cvmm_x86_debugregs)
#define CVMM_KVM_SET_TSC_KHZ	      CVMM_IO(0xa2) /* kHz as argument; on VM (5.18) and vCPU fds */
#define CVMM_KVM_GET_TSC_KHZ	      CVMM_IO(0xa3) /* answers kHz; on VM (5.18) and vCPU fds */
#define CVMM_KVM_GET_XSAVE	      CVMM_IOC(2, 0xa4, CVMM_X86_XSAVE_BYTES) /* 4096 bytes (2.6.36) */
#define CVMM_KVM_SET_XSAVE	      CVMM_IOC(1, 0xa5, CVMM_X86_XSAVE_BYTES) /* as many as CVMM_CAP_XSAVE2 says, at least 4096 */
#define CVMM_KVM_GET_XSAVE2	      CVMM_IOC(2, 0xcf, CVMM_X86_XSAVE_BYTES) /* the same (5.17) */
#define CVMM_KVM_GET_XCRS	      CVMM_IOR(0xa6, struct cvmm_x86_xcrs)
#define CVMM_KVM_SET_XCRS	      CVMM_IOW(0xa7, struct cvmm_x86_xcrs)
#define CVMM_KVM_KVMCLOCK_CTRL	      CVMM_IO(0xad) /* no argument: tells the guest that it was paused (3.5) */
#define CVMM_KVM_SMI		      CVMM_IO(0xb7) /* no argument; CVMM_CAP_X86_SMM (4.2) */
#define CVMM_KVM_GET_NESTED_STATE \
	CVMM_IOWR(0xbe, struct cvmm_x86_nested_state) /* with data behind it; CVMM_CAP_NESTED_STATE (4.19) */
#define CVMM_KVM_SET_NESTED_STATE CVMM_IOW(0xbf, struct cvmm_x86_nested_state) /* the same */

#endif
