/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: what each exit of a vCPU says, as KVM lays it out
 *
 * One struct for each kind of details; struct cvmm_run of exit.h holds one of them, and struct cvmm_exit points at it. Only
 * members that are called answers are read by KVM, at the next KVM_RUN.
 */
#ifndef CVMM_KVM_IOCTLS_EXIT_DATA_H
#define CVMM_KVM_IOCTLS_EXIT_DATA_H

#include <cvmm/kvm-ioctls/base.h>

/**
 * struct cvmm_exit_hw - CVMM_EXIT_UNKNOWN: an exit that KVM does not know
 * @hardware_exit_reason: the processor's own number
 */
struct cvmm_exit_hw {
	uint64_t hardware_exit_reason;
};

/**
 * struct cvmm_exit_fail_entry - CVMM_EXIT_FAIL_ENTRY: guest mode could not be entered
 * @hardware_entry_failure_reason: the processor's own number; arm64: 1 a CPU that cannot run it; riscv64: 1 no VS-file
 * @cpu:                           host CPU on which it was tried (KVM_CAP_LAST_CPU)
 */
struct cvmm_exit_fail_entry {
	uint64_t hardware_entry_failure_reason;
	uint32_t cpu;
};

/**
 * struct cvmm_exit_ex - CVMM_EXIT_EXCEPTION: x86: an exception that KVM intercepts and does not handle
 * @exception:  vector
 * @error_code: error code
 */
struct cvmm_exit_ex {
	uint32_t exception;
	uint32_t error_code;
};

/**
 * struct cvmm_exit_io - CVMM_EXIT_IO: x86 port input or output
 * @direction:   0 in (data is the answer), 1 out
 * @size:        bytes of one transfer: 1, 2 or 4
 * @port:        port number
 * @count:       number of transfers (REP INS/OUTS)
 * @data_offset: where @size * @count bytes of data lie, from the start of struct cvmm_run
 */
struct cvmm_exit_io {
	uint8_t direction;
	uint8_t size;
	uint16_t port;
	uint32_t count;
	uint64_t data_offset;
};

/**
 * struct cvmm_x86_exit_debug - CVMM_EXIT_DEBUG on x86
 * @exception: vector: 1 #DB, 3 #BP
 * @pad:       0
 * @pc:        linear address of the instruction
 * @dr6:       what happened, as the guest's DR6 would say it
 * @dr7:       DR7 in effect; with #BP nothing
 */
struct cvmm_x86_exit_debug {
	uint32_t exception;
	uint32_t pad;
	uint64_t pc;
	uint64_t dr6;
	uint64_t dr7;
};

/**
 * struct cvmm_arm64_exit_debug - CVMM_EXIT_DEBUG on arm64
 * @hsr:      bits 31:0 of ESR_EL2
 * @hsr_high: bits 63:32; 0 on older kernels
 * @far:      FAR_EL2: the address that a watchpoint was hit with
 */
struct cvmm_arm64_exit_debug {
	uint32_t hsr;
	uint32_t hsr_high;
	uint64_t far;
};

/**
 * union cvmm_exit_debug - CVMM_EXIT_DEBUG: the member of the guest's architecture; riscv64 has no details
 * @x86:   x86_64
 * @arm64: arm64
 */
union cvmm_exit_debug {
	struct cvmm_x86_exit_debug x86;
	struct cvmm_arm64_exit_debug arm64;
};

/**
 * struct cvmm_exit_mmio - CVMM_EXIT_MMIO: access to guest memory that no slot covers
 * @phys_addr: guest physical address
 * @data:      first @len bytes: what was written, or the answer to a read
 * @len:       1 to 8
 * @is_write:  1 for a write
 */
struct cvmm_exit_mmio {
	uint64_t phys_addr;
	uint8_t data[8];
	uint32_t len;
	uint8_t is_write;
};

/**
 * struct cvmm_exit_hypercall - CVMM_EXIT_HYPERCALL: a hypercall that user space asked for
 * @nr:    its number (x86: KVM_HC_...; arm64: the SMCCC function)
 * @args:  its arguments
 * @ret:   the answer
 * @flags: x86 1: from 64-bit code; arm64 1: by SMC, 2: by an instruction of 16 bits
 */
struct cvmm_exit_hypercall {
	uint64_t nr;
	uint64_t args[6];
	uint64_t ret;
	uint64_t flags;
};

/**
 * struct cvmm_exit_tpr_access - CVMM_EXIT_TPR_ACCESS: the guest is about to access its APIC's TPR
 * @rip:      the instruction
 * @is_write: 1 for a write
 * @pad:      0
 */
struct cvmm_exit_tpr_access {
	uint64_t rip;
	uint32_t is_write;
	uint32_t pad;
};

/**
 * struct cvmm_exit_internal - CVMM_EXIT_INTERNAL_ERROR: KVM cannot go on
 * @suberror: 1 emulation failed, 2 two exceptions at once, 3 exit during event delivery, 4 unexpected exit
 * @ndata:    how many words of @data are valid, at most 16
 * @data:     @suberror 1: flags; with bit 0: byte 0 of the second word the instruction's length, then its bytes
 */
struct cvmm_exit_internal {
	uint32_t suberror;
	uint32_t ndata;
	uint64_t data[16];
};

/**
 * struct cvmm_exit_system_event - CVMM_EXIT_SYSTEM_EVENT: the guest asks for something that concerns the whole machine
 * @type:  CVMM_SYSTEM_EVENT_...
 * @ndata: how many words of @data are valid (KVM_CAP_SYSTEM_EVENT_DATA; before: undefined)
 * @data:  first word: flags, such as 1 for PSCI SYSTEM_RESET2 and SYSTEM_OFF2
 */
struct cvmm_exit_system_event {
	uint32_t type;
	uint32_t ndata;
	uint64_t data[16];
};

#define CVMM_SYSTEM_EVENT_SHUTDOWN  1u /* power off */
#define CVMM_SYSTEM_EVENT_RESET	    2u /* start again */
#define CVMM_SYSTEM_EVENT_CRASH	    3u /* the guest says that it crashed */
#define CVMM_SYSTEM_EVENT_WAKEUP    4u /* arm64: a suspended vCPU woke up */
#define CVMM_SYSTEM_EVENT_SUSPEND   5u /* the guest suspends itself: arm64 PSCI SYSTEM_SUSPEND */
#define CVMM_SYSTEM_EVENT_SEV_TERM  6u /* x86: an SEV guest gives up */
#define CVMM_SYSTEM_EVENT_TDX_FATAL 7u /* x86: a TDX guest gives up */

/**
 * struct cvmm_exit_eoi - CVMM_EXIT_IOAPIC_EOI (4.4, KVM_CAP_SPLIT_IRQCHIP)
 * @vector: whose end of interrupt the I/O APIC in user space waits for
 */
struct cvmm_exit_eoi {
	uint8_t vector;
};

/**
 * struct cvmm_exit_hyperv - CVMM_EXIT_HYPERV
 * @type: 1 SynIC (msr, control, event page, message page), 2 hypercall (input, result, two parameters), 3 debugger
 *        (msr, control, status, three pages)
 * @pad1: 0
 * @word: the details, in that order; an MSR number fills one word, result is the answer
 */
struct cvmm_exit_hyperv {
	uint32_t type;
	uint32_t pad1;
	uint64_t word[6];
};

/**
 * struct cvmm_exit_arm_nisv - CVMM_EXIT_ARM_NISV (5.5, KVM_CAP_ARM_NISV_TO_USER), CVMM_EXIT_ARM_LDST64B: an access to no
 * slot that the processor does not describe
 * @esr_iss:   ISS of ESR_EL2
 * @fault_ipa: guest physical address
 */
struct cvmm_exit_arm_nisv {
	uint64_t esr_iss;
	uint64_t fault_ipa;
};

/**
 * struct cvmm_exit_msr - CVMM_EXIT_X86_RDMSR, CVMM_EXIT_X86_WRMSR (5.10, KVM_CAP_X86_USER_SPACE_MSR)
 * @error:  set to 1 to inject #GP
 * @reason: 1 invalid, 2 unknown to KVM, 4 filtered
 * @pad:    0
 * @index:  the MSR
 * @data:   value written, or the answer to a read
 */
struct cvmm_exit_msr {
	uint8_t error;
	uint8_t pad[7];
	uint32_t reason;
	uint32_t index;
	uint64_t data;
};

/**
 * struct cvmm_exit_xen - CVMM_EXIT_XEN (5.12): a Xen hypercall
 * @type:     1, a hypercall; there is no other
 * @pad:      0
 * @longmode: from 64-bit code
 * @cpl:      privilege level of the caller
 * @input:    its number
 * @result:   the answer
 * @params:   its parameters
 */
struct cvmm_exit_xen {
	uint32_t type;
	uint32_t pad;
	uint32_t longmode;
	uint32_t cpl;
	uint64_t input;
	uint64_t result;
	uint64_t params[6];
};

/**
 * struct cvmm_exit_riscv_sbi - CVMM_EXIT_RISCV_SBI: an SBI call that KVM does not handle
 * @extension_id: a7
 * @function_id:  a6
 * @args:         a0 to a5
 * @ret:          the answer: error in a0, value in a1
 */
struct cvmm_exit_riscv_sbi {
	uint64_t extension_id;
	uint64_t function_id;
	uint64_t args[6];
	uint64_t ret[2];
};

/**
 * struct cvmm_exit_riscv_csr - CVMM_EXIT_RISCV_CSR: access to a CSR that KVM does not handle
 * @csr_num:    which
 * @new_value:  what is written
 * @write_mask: which bits of it; 0 for a read
 * @ret_value:  the answer: the value before
 */
struct cvmm_exit_riscv_csr {
	uint64_t csr_num;
	uint64_t new_value;
	uint64_t write_mask;
	uint64_t ret_value;
};

/**
 * struct cvmm_exit_notify - CVMM_EXIT_NOTIFY (6.0, KVM_CAP_X86_NOTIFY_VMEXIT): no event window for too long
 * @flags: 1: the context is lost
 */
struct cvmm_exit_notify {
	uint32_t flags;
};

/**
 * struct cvmm_exit_memory_fault - CVMM_EXIT_MEMORY_FAULT (6.8): KVM_RUN returned -EFAULT or -EHWPOISON
 * @flags: 8: the access was to private memory
 * @gpa:   guest physical address, page-aligned
 * @size:  bytes
 */
struct cvmm_exit_memory_fault {
	uint64_t flags;
	uint64_t gpa;
	uint64_t size;
};

/**
 * struct cvmm_exit_tdx - CVMM_EXIT_TDX (6.16): a TDVMCALL
 * @flags: 0
 * @nr:    its number
 * @ret:   the answer
 * @data:  up to five words that belong to the number
 */
struct cvmm_exit_tdx {
	uint64_t flags;
	uint64_t nr;
	uint64_t ret;
	uint64_t data[5];
};

/**
 * struct cvmm_exit_arm_sea - CVMM_EXIT_ARM_SEA (6.19, KVM_CAP_ARM_SEA_TO_USER): a synchronous external abort
 * @flags: 1: @gpa is valid
 * @esr:   ESR_EL2
 * @gva:   guest virtual address
 * @gpa:   guest physical address
 */
struct cvmm_exit_arm_sea {
	uint64_t flags;
	uint64_t esr;
	uint64_t gva;
	uint64_t gpa;
};

/**
 * struct cvmm_exit_snp_req_certs - CVMM_EXIT_SNP_REQ_CERTS: a guest asks for the host's certificates
 * @gpa:    where they go
 * @npages: room there; more is needed: how many, with ENOSPC in @ret
 * @ret:    the answer: 0 or a positive errno
 */
struct cvmm_exit_snp_req_certs {
	uint64_t gpa;
	uint64_t npages;
	uint64_t ret;
};

#endif
