/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: the area that a vCPU shares with user space, and why it left guest mode
 *
 * Each vCPU has one struct cvmm_run, mapped by cvmm_vcpu_map_run(). After cvmm_vcpu_run() returned 0, exit_reason says
 * why the guest stopped, and the member of that name holds the details; answers (data of a read, result of a hypercall)
 * are written into the same place before the next run. cvmm_run_exit() gives the two as one typed value and checks what
 * there is to check. An exit that this library does not know keeps its number, and its bytes are in raw.
 *
 * KVM may write to the area only during KVM_RUN; other threads of the VMM may set immediate_exit at any time.
 */
#ifndef CVMM_KVM_IOCTLS_EXIT_H
#define CVMM_KVM_IOCTLS_EXIT_H

#include <cvmm/kvm-ioctls/exit-data.h>
#include <cvmm/kvm-ioctls/handle.h>

CVMM_BEGIN_DECLS

/* clang-format off */
/**
 * CVMM_EXITS() - calls X(SYMBOL, number, member) for each exit reason, ascending by number
 *
 * The member is that of struct cvmm_run and struct cvmm_exit. "none": the reason says it all. "raw": of an architecture
 * that this library does not cover, or without a defined content.
 */
#define CVMM_EXITS(X) \
	X(UNKNOWN, 0, hw) X(EXCEPTION, 1, ex) X(IO, 2, io) X(HYPERCALL, 3, hypercall) X(DEBUG, 4, debug) \
	X(HLT, 5, none) X(MMIO, 6, mmio) X(IRQ_WINDOW_OPEN, 7, none) X(SHUTDOWN, 8, none) \
	X(FAIL_ENTRY, 9, fail_entry) X(INTR, 10, none) X(SET_TPR, 11, none) X(TPR_ACCESS, 12, tpr_access) \
	X(S390_SIEIC, 13, raw) X(S390_RESET, 14, raw) X(DCR, 15, raw) X(NMI, 16, none) \
	X(INTERNAL_ERROR, 17, internal) X(OSI, 18, raw) X(PAPR_HCALL, 19, raw) X(S390_UCONTROL, 20, raw) \
	X(WATCHDOG, 21, none) X(S390_TSCH, 22, raw) X(EPR, 23, raw) X(SYSTEM_EVENT, 24, system_event) \
	X(S390_STSI, 25, raw) X(IOAPIC_EOI, 26, eoi) X(HYPERV, 27, hyperv) X(ARM_NISV, 28, arm_nisv) \
	X(X86_RDMSR, 29, msr) X(X86_WRMSR, 30, msr) X(DIRTY_RING_FULL, 31, none) X(AP_RESET_HOLD, 32, none) \
	X(X86_BUS_LOCK, 33, none) X(XEN, 34, xen) X(RISCV_SBI, 35, riscv_sbi) X(RISCV_CSR, 36, riscv_csr) \
	X(NOTIFY, 37, notify) X(LOONGARCH_IOCSR, 38, raw) X(MEMORY_FAULT, 39, memory_fault) X(TDX, 40, tdx) \
	X(ARM_SEA, 41, arm_sea) X(ARM_LDST64B, 42, arm_nisv) X(SNP_REQ_CERTS, 43, snp_req_certs)
/* clang-format on */

/** enum cvmm_exit_reason - CVMM_EXIT_ and the kernel's name after KVM_EXIT_ */
enum cvmm_exit_reason {
#define CVMM_EXIT_ENUM(symbol, number, member) CVMM_EXIT_##symbol = number,
	CVMM_EXITS(CVMM_EXIT_ENUM)
#undef CVMM_EXIT_ENUM
};

/**
 * struct cvmm_run - the shared area of a vCPU, as KVM lays it out
 * @request_interrupt_window:      set to 1 to exit as soon as an interrupt can be injected
 * @immediate_exit:                set to 1 to make KVM_RUN return -EINTR at once (KVM_CAP_IMMEDIATE_EXIT)
 * @exit_reason:                   enum cvmm_exit_reason, or a newer number
 * @ready_for_interrupt_injection: an interrupt can be injected now
 * @if_flag:                       the guest's interrupt flag
 * @flags:                         x86: 1 in SMM, 2 a bus lock was taken, 4 in a nested guest; arm64: none
 * @cr8:                           TPR, in and out, when the local APIC is in user space
 * @apic_base:                     the same for the APIC base MSR
 * @valid_regs:                    which of @sync KVM fills on exit (KVM_CAP_SYNC_REGS: the bits that exist)
 * @dirty_regs:                    which of @sync KVM takes over on entry; cleared by it
 * @sync:                          x86: struct cvmm_x86_regs, cvmm_x86_sregs, cvmm_x86_events; arm64: the lines of
 *                                 devices in KVM (KVM_CAP_ARM_USER_IRQ) in the first word
 */
struct cvmm_run {
	uint8_t request_interrupt_window;
	uint8_t immediate_exit;
	uint8_t padding1[6];
	uint32_t exit_reason;
	uint8_t ready_for_interrupt_injection;
	uint8_t if_flag;
	uint16_t flags;
	uint64_t cr8;
	uint64_t apic_base;
	union {
		struct cvmm_exit_hw hw;			      /* UNKNOWN */
		struct cvmm_exit_fail_entry fail_entry;	      /* FAIL_ENTRY */
		struct cvmm_exit_ex ex;			      /* EXCEPTION */
		struct cvmm_exit_io io;			      /* IO */
		union cvmm_exit_debug debug;		      /* DEBUG */
		struct cvmm_exit_mmio mmio;		      /* MMIO */
		struct cvmm_exit_hypercall hypercall;	      /* HYPERCALL */
		struct cvmm_exit_tpr_access tpr_access;	      /* TPR_ACCESS */
		struct cvmm_exit_internal internal;	      /* INTERNAL_ERROR */
		struct cvmm_exit_system_event system_event;   /* SYSTEM_EVENT */
		struct cvmm_exit_eoi eoi;		      /* IOAPIC_EOI */
		struct cvmm_exit_hyperv hyperv;		      /* HYPERV */
		struct cvmm_exit_arm_nisv arm_nisv;	      /* ARM_NISV, ARM_LDST64B */
		struct cvmm_exit_msr msr;		      /* X86_RDMSR, X86_WRMSR */
		struct cvmm_exit_xen xen;		      /* XEN */
		struct cvmm_exit_riscv_sbi riscv_sbi;	      /* RISCV_SBI */
		struct cvmm_exit_riscv_csr riscv_csr;	      /* RISCV_CSR */
		struct cvmm_exit_notify notify;		      /* NOTIFY */
		struct cvmm_exit_memory_fault memory_fault;   /* MEMORY_FAULT */
		struct cvmm_exit_tdx tdx;		      /* TDX */
		struct cvmm_exit_arm_sea arm_sea;	      /* ARM_SEA */
		struct cvmm_exit_snp_req_certs snp_req_certs; /* SNP_REQ_CERTS */
		uint8_t raw[256];			      /* all others */
	};
	uint64_t valid_regs;
	uint64_t dirty_regs;
	uint64_t sync[256];
};

/** CVMM_X86_SYNC_REGS, _SREGS, _EVENTS: bits of valid_regs and dirty_regs. */
#define CVMM_X86_SYNC_REGS   1u /* struct cvmm_x86_regs, at the start of sync */
#define CVMM_X86_SYNC_SREGS  2u /* struct cvmm_x86_sregs, behind it */
#define CVMM_X86_SYNC_EVENTS 4u /* struct cvmm_x86_events, behind that */

/**
 * struct cvmm_exit - one exit, typed
 * @reason: enum cvmm_exit_reason, or a newer number
 * @known:  1 if this library knows the number; 0: look at raw, if at all
 * @data:   CVMM_EXIT_IO, CVMM_EXIT_MMIO: the bytes to take or to fill; otherwise NULL
 * @bytes:  how many they are
 *
 * The last member points into the shared area, at the member of the union that belongs to @reason.
 */
struct cvmm_exit {
	uint32_t reason;
	uint32_t known;
	uint8_t *data;
	size_t bytes;
	union {
		struct cvmm_exit_hw *hw;
		struct cvmm_exit_fail_entry *fail_entry;
		struct cvmm_exit_ex *ex;
		struct cvmm_exit_io *io;
		union cvmm_exit_debug *debug;
		struct cvmm_exit_mmio *mmio;
		struct cvmm_exit_hypercall *hypercall;
		struct cvmm_exit_tpr_access *tpr_access;
		struct cvmm_exit_internal *internal;
		struct cvmm_exit_system_event *system_event;
		struct cvmm_exit_eoi *eoi;
		struct cvmm_exit_hyperv *hyperv;
		struct cvmm_exit_arm_nisv *arm_nisv;
		struct cvmm_exit_msr *msr;
		struct cvmm_exit_xen *xen;
		struct cvmm_exit_riscv_sbi *riscv_sbi;
		struct cvmm_exit_riscv_csr *riscv_csr;
		struct cvmm_exit_notify *notify;
		struct cvmm_exit_memory_fault *memory_fault;
		struct cvmm_exit_tdx *tdx;
		struct cvmm_exit_arm_sea *arm_sea;
		struct cvmm_exit_snp_req_certs *snp_req_certs;
		uint8_t *raw;
	};
};

/**
 * cvmm_vcpu_map_run() - map the area that a vCPU shares
 * @vcpu:  the vCPU
 * @bytes: cvmm_kvm_get_vcpu_mmap_size(), or more to reach a dirty ring (see cvmm_dirty_ring_at())
 * @run:   receives the area; give it back with cvmm_vcpu_unmap_run() before the handle is closed
 * @e:     receives the error, or NULL
 *
 * Return: 0; -EINVAL with CVMM_REASON_ARGUMENT if @bytes is less than the struct; -errno of mmap.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_map_run(
	struct cvmm_vcpu vcpu, size_t bytes, struct cvmm_run **run, struct cvmm_error *e);

/**
 * cvmm_vcpu_unmap_run() - undo cvmm_vcpu_map_run() with the same @bytes
 * @vcpu:  the vCPU
 * @run:   the shared area
 * @bytes: the size it was mapped with
 *
 * Return: 0 or -errno of munmap.
 */
CVMM_API int cvmm_vcpu_unmap_run(struct cvmm_vcpu vcpu, struct cvmm_run *run, size_t bytes);

/**
 * cvmm_run_exit() - the last exit, typed
 * @run:   the shared area
 * @bytes: its size, as it was mapped
 * @out:   receives the exit; its pointers are valid until the next run
 * @e:     receives the error, or NULL
 *
 * No ioctl. What KVM says about sizes is checked against the area. Return: 0, for unknown reasons as well; -EIO with
 * CVMM_REASON_ARGUMENT and e->other the reason if port data would lie outside of the area, an MMIO is wider than 8
 * bytes, or a count is more than its array holds.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_run_exit(
	struct cvmm_run *run, size_t bytes, struct cvmm_exit *out, struct cvmm_error *e);

/**
 * cvmm_vcpu_run_exit() - let the guest run, then say why it stopped
 * @vcpu:  the vCPU
 * @run:   its shared area
 * @bytes: the size of that
 * @out:   receives the exit; its pointers are valid until the next run
 * @e:     receives the error, or NULL
 *
 * cvmm_vcpu_run() and cvmm_run_exit(). A KVM_RUN that failed with -EFAULT or -EHWPOISON leaves
 * CVMM_EXIT_MEMORY_FAULT
 * in the area, which cvmm_run_exit() then gives. Return: 0, or the error of either.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_run_exit(
	struct cvmm_vcpu vcpu, struct cvmm_run *run, size_t bytes, struct cvmm_exit *out, struct cvmm_error *e);

/**
 * cvmm_exit_name() - the kernel's name of an exit reason, "KVM_EXIT_IO"
 * @reason: the number
 *
 * A constant. Return: the name; NULL for an unknown number.
 */
CVMM_API const char *cvmm_exit_name(uint32_t reason);

CVMM_END_DECLS

#endif
