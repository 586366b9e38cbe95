/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: x86_64: what a vCPU holds, in blocks as KVM lays them out
 *
 * Each struct is the argument of the requests named in its comment; x86.h has those whose length varies, the rest, and the
 * request numbers. Members without a word are the register of that name. Padding and reserved members are 0 when
 * written and 0 when read.
 */
#ifndef CVMM_KVM_IOCTLS_X86_STATE_H
#define CVMM_KVM_IOCTLS_X86_STATE_H

#include <cvmm/kvm-ioctls/base.h>

/**
 * struct cvmm_x86_regs - general registers (KVM_GET/SET_REGS)
 * @rax:    and the fifteen that follow: as the instruction at @rip will find them
 * @rip:    offset in the code segment
 * @rflags: bit 1 is always set
 */
struct cvmm_x86_regs {
	uint64_t rax, rbx, rcx, rdx;
	uint64_t rsi, rdi, rsp, rbp;
	uint64_t r8, r9, r10, r11;
	uint64_t r12, r13, r14, r15;
	uint64_t rip, rflags;
};

/**
 * struct cvmm_x86_segment - a segment register with its hidden part
 * @base:     linear base address
 * @limit:    in bytes, with granularity already applied
 * @selector: the visible part
 * @type:     descriptor type (bits 3:0)
 * @present:  P
 * @dpl:      privilege level
 * @db:       default operand size, 1 for 32 bits
 * @s:        1 for code and data, 0 for system
 * @l:        1 for 64-bit code
 * @g:        granularity as it stood in the descriptor
 * @avl:      for software
 * @unusable: a null selector was loaded
 * @padding:  0
 */
struct cvmm_x86_segment {
	uint64_t base;
	uint32_t limit;
	uint16_t selector;
	uint8_t type;
	uint8_t present, dpl, db, s, l, g, avl;
	uint8_t unusable;
	uint8_t padding;
};

/**
 * struct cvmm_x86_dtable - GDTR or IDTR
 * @base:    linear address
 * @limit:   offset of the last byte
 * @padding: 0
 */
struct cvmm_x86_dtable {
	uint64_t base;
	uint16_t limit;
	uint16_t padding[3];
};

/**
 * struct cvmm_x86_sregs - segments and control registers (KVM_GET/SET_SREGS)
 * @cs:               code segment; @cs.l and @efer's LMA must agree, or the block is refused
 * @tr:               task register, its descriptor's hidden part included
 * @gdt:              GDTR, @idt is IDTR
 * @cr8:              the local APIC's TPR, bits 7:4
 * @efer:             the MSR of that name
 * @apic_base:        the APIC base MSR
 * @interrupt_bitmap: at most one bit, the external interrupt that was accepted and is not injected yet
 *
 * Does not carry the PDPTRs of a PAE guest; struct cvmm_x86_sregs2 does.
 */
struct cvmm_x86_sregs {
	struct cvmm_x86_segment cs, ds, es, fs, gs, ss;
	struct cvmm_x86_segment tr, ldt;
	struct cvmm_x86_dtable gdt, idt;
	uint64_t cr0, cr2, cr3, cr4, cr8;
	uint64_t efer;
	uint64_t apic_base;
	uint64_t interrupt_bitmap[4];
};

/**
 * struct cvmm_x86_sregs2 - the same with PDPTRs instead of the bitmap (KVM_GET/SET_SREGS2, 5.14, KVM_CAP_SREGS2)
 * @flags:  CVMM_X86_SREGS2_PDPTRS_VALID or 0
 * @pdptrs: page directory pointers of a PAE guest, so that a restore does not read them from guest memory
 */
struct cvmm_x86_sregs2 {
	struct cvmm_x86_segment cs, ds, es, fs, gs, ss;
	struct cvmm_x86_segment tr, ldt;
	struct cvmm_x86_dtable gdt, idt;
	uint64_t cr0, cr2, cr3, cr4, cr8;
	uint64_t efer;
	uint64_t apic_base;
	uint64_t flags;
	uint64_t pdptrs[4];
};

/** CVMM_X86_SREGS2_PDPTRS_VALID: in cvmm_x86_sregs2.flags: the PDPTRs hold something. */
#define CVMM_X86_SREGS2_PDPTRS_VALID 1u

/**
 * struct cvmm_x86_fpu - x87 and SSE (KVM_GET/SET_FPU)
 * @fpr:         ST0 to ST7, 10 bytes each in 16
 * @fcw:         control word
 * @fsw:         status word
 * @ftwx:        tag word in FXSAVE's short form, a bit for each register
 * @pad1:        0
 * @last_opcode: of the last x87 instruction
 * @last_ip:     and where it stood
 * @last_dp:     and its operand
 * @xmm:         XMM0 to XMM15
 * @mxcsr:       SSE's control and status: neither read nor written by KVM; XSAVE carries it
 * @pad2:        0
 *
 * Whoever saves a guest uses XSAVE, which contains this and all newer state.
 */
struct cvmm_x86_fpu {
	uint8_t fpr[8][16];
	uint16_t fcw;
	uint16_t fsw;
	uint8_t ftwx;
	uint8_t pad1;
	uint16_t last_opcode;
	uint64_t last_ip;
	uint64_t last_dp;
	uint8_t xmm[16][16];
	uint32_t mxcsr;
	uint32_t pad2;
};

/**
 * struct cvmm_x86_lapic - the local APIC (KVM_GET/SET_LAPIC)
 * @regs: the first KiB of its register page as xAPIC lays it out: 32-bit registers at multiples of 16; the id is in bits
 *        31:24 of the one at 0x20, or all of it with CVMM_CAP_X2APIC_API enabled
 */
struct cvmm_x86_lapic {
	uint8_t regs[0x400];
};

/** CVMM_X86_XSAVE_BYTES: the size of an XSAVE area that every kernel takes; more only with dynamic features (AMX). */
#define CVMM_X86_XSAVE_BYTES 4096u

/**
 * struct cvmm_x86_xcr - one extended control register
 * @xcr:      its number; 0 is XCR0
 * @reserved: 0
 * @value:    its value
 */
struct cvmm_x86_xcr {
	uint32_t xcr;
	uint32_t reserved;
	uint64_t value;
};

/**
 * struct cvmm_x86_xcrs - extended control registers (KVM_GET/SET_XCRS)
 * @nr_xcrs: how many of @xcrs are valid, at most 16; today 1, XCR0
 * @flags:   0
 */
struct cvmm_x86_xcrs {
	uint32_t nr_xcrs;
	uint32_t flags;
	struct cvmm_x86_xcr xcrs[16];
	uint64_t padding[16];
};

/**
 * struct cvmm_x86_debugregs - what the guest has in its debug registers (KVM_GET/SET_DEBUGREGS)
 * @db:       DR0 to DR3, linear addresses
 * @dr6:      bits above 31 are refused
 * @dr7:      bits above 31 are refused
 * @flags:    0
 * @reserved: 0
 */
struct cvmm_x86_debugregs {
	uint64_t db[4];
	uint64_t dr6;
	uint64_t dr7;
	uint64_t flags;
	uint64_t reserved[9];
};

/**
 * struct cvmm_x86_events - what is pending or being delivered (KVM_GET/SET_VCPU_EVENTS)
 * @exception_injected:       being delivered when the vCPU left guest mode
 * @exception_nr:             its vector, less than 32, not 2
 * @exception_has_error_code: it pushes @exception_error_code
 * @exception_pending:        waits; only with KVM_CAP_EXCEPTION_PAYLOAD enabled
 * @exception_error_code:     its error code
 * @interrupt_injected:       an interrupt was being delivered
 * @interrupt_nr:             its vector
 * @interrupt_soft:           it came from INT n
 * @interrupt_shadow:         CVMM_X86_SHADOW_... after MOV SS or STI; written with CVMM_X86_EVENT_SHADOW
 * @nmi_injected:             an NMI was being delivered
 * @nmi_pending:              another waits; written with CVMM_X86_EVENT_NMI_PENDING
 * @nmi_masked:               until the next IRET
 * @sipi_vector:              start-up vector; written with CVMM_X86_EVENT_SIPI_VECTOR
 * @flags:                    CVMM_X86_EVENT_...: which optional members hold something
 * @smi_smm:                  the vCPU is in SMM; the four SMI members are written with CVMM_X86_EVENT_SMM
 * @smi_pending:              an SMI waits
 * @smi_inside_nmi:           SMM was entered inside of an NMI
 * @smi_latched_init:         an INIT waits for the end of SMM
 * @triple_fault_pending:     written with CVMM_X86_EVENT_TRIPLE_FAULT (6.0, KVM_CAP_X86_TRIPLE_FAULT_EVENT)
 * @exception_has_payload:    @exception_payload is valid; with CVMM_X86_EVENT_PAYLOAD
 * @exception_payload:        the CR2 or DR6 that a pending #PF or #DB will set
 */
struct cvmm_x86_events {
	uint8_t exception_injected;
	uint8_t exception_nr;
	uint8_t exception_has_error_code;
	uint8_t exception_pending;
	uint32_t exception_error_code;
	uint8_t interrupt_injected;
	uint8_t interrupt_nr;
	uint8_t interrupt_soft;
	uint8_t interrupt_shadow;
	uint8_t nmi_injected;
	uint8_t nmi_pending;
	uint8_t nmi_masked;
	uint8_t nmi_pad;
	uint32_t sipi_vector;
	uint32_t flags;
	uint8_t smi_smm;
	uint8_t smi_pending;
	uint8_t smi_inside_nmi;
	uint8_t smi_latched_init;
	uint8_t triple_fault_pending;
	uint8_t reserved[26];
	uint8_t exception_has_payload;
	uint64_t exception_payload;
};

/* cvmm_x86_events.flags */
#define CVMM_X86_EVENT_NMI_PENDING  0x01u /* nmi_pending */
#define CVMM_X86_EVENT_SIPI_VECTOR  0x02u /* sipi_vector */
#define CVMM_X86_EVENT_SHADOW	    0x04u /* interrupt_shadow (2.6.35, CVMM_CAP_INTR_SHADOW) */
#define CVMM_X86_EVENT_SMM	    0x08u /* the four SMI members (4.2, CVMM_CAP_X86_SMM) */
#define CVMM_X86_EVENT_PAYLOAD	    0x10u /* exception_pending and payload (4.20, CVMM_CAP_EXCEPTION_PAYLOAD) */
#define CVMM_X86_EVENT_TRIPLE_FAULT 0x20u /* triple_fault_pending (6.0) */
/* cvmm_x86_events.interrupt_shadow */
#define CVMM_X86_SHADOW_MOV_SS 1u /* after MOV SS or POP SS */
#define CVMM_X86_SHADOW_STI    2u /* after STI */

#endif
