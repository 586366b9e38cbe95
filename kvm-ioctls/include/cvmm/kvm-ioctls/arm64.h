/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: arm64: structures, request numbers and constants of KVM's ABI, our own definitions
 *
 * Any host can handle arm64's data, and the simulated KVM answers arm64's ioctls on every host, so these do not come
 * from the host's linux/kvm.h; where that header has them, a test compares. Layouts and numbers are Linux's ABI.
 */
#ifndef CVMM_KVM_IOCTLS_ARM64_H
#define CVMM_KVM_IOCTLS_ARM64_H

#include <cvmm/kvm-ioctls/base.h>

/**
 * struct cvmm_arm64_vcpu_init - argument of KVM_ARM_VCPU_INIT
 * @target:   5 (generic) or what KVM_ARM_PREFERRED_TARGET answered
 * @features: feature bits, bit n of word n / 32
 */
struct cvmm_arm64_vcpu_init {
	uint32_t target;
	uint32_t features[7];
};

/** CVMM_ARM64_TARGET_GENERIC: the target that every host takes. */
#define CVMM_ARM64_TARGET_GENERIC 5u

/**
 * struct cvmm_arm64_vcpu_events - argument of KVM_GET/SET_VCPU_EVENTS
 * @serror_pending:    an SError waits for the guest
 * @serror_has_esr:    @serror_esr is valid (hosts with RAS)
 * @ext_dabt_pending:  write only: inject an external data abort
 * @pad:               0
 * @reserved:          0
 * @serror_esr:        its syndrome
 */
struct cvmm_arm64_vcpu_events {
	uint8_t serror_pending;
	uint8_t serror_has_esr;
	uint8_t ext_dabt_pending;
	uint8_t pad[5];
	uint64_t serror_esr;
	uint32_t reserved[12];
};

/**
 * struct cvmm_arm64_counter_offset - argument of KVM_ARM_SET_COUNTER_OFFSET
 * @counter_offset: subtracted from the physical counter
 * @reserved:       0
 */
struct cvmm_arm64_counter_offset {
	uint64_t counter_offset;
	uint64_t reserved;
};

/**
 * struct cvmm_arm64_reg_mask_range - argument of KVM_ARM_GET_REG_WRITABLE_MASKS
 * @addr:     address of CVMM_ARM64_MASKS 64-bit words
 * @range:    0: the feature id space
 * @reserved: 0
 */
struct cvmm_arm64_reg_mask_range {
	uint64_t addr;
	uint32_t range;
	uint32_t reserved[13];
};

/** CVMM_ARM64_MASKS: entries of the feature id space: op1 of 0, 1, 3, CRm 0 to 7, op2 0 to 7. */
#define CVMM_ARM64_MASKS 192u

/**
 * struct cvmm_arm64_mte_tags - argument of KVM_ARM_MTE_COPY_TAGS
 * @guest_ipa: page-aligned guest address
 * @length:    bytes of guest memory, a multiple of the page size; one tag byte for every 16
 * @addr:      address of the tags in user space
 * @flags:     CVMM_ARM64_TAGS_TO_GUEST or CVMM_ARM64_TAGS_FROM_GUEST
 * @reserved:  0
 */
struct cvmm_arm64_mte_tags {
	uint64_t guest_ipa;
	uint64_t length;
	uint64_t addr;
	uint64_t flags;
	uint64_t reserved[2];
};

#define CVMM_ARM64_TAGS_TO_GUEST   0u /* what @addr has becomes the tags */
#define CVMM_ARM64_TAGS_FROM_GUEST 1u /* the tags are copied to @addr */

/**
 * struct cvmm_arm64_device_addr - argument of KVM_ARM_SET_DEVICE_ADDR
 * @id:   device in bits 31:16 (0: GICv2), type of address in 15:0 (0 distributor, 1 CPU interface)
 * @addr: guest physical address, page-aligned
 */
struct cvmm_arm64_device_addr {
	uint64_t id;
	uint64_t addr;
};

/**
 * struct cvmm_arm64_guest_debug - breakpoints set from outside (KVM_SET_GUEST_DEBUG)
 * @control: CVMM_GUESTDBG_... of abi.h, CVMM_ARM64_GUESTDBG_...
 * @pad:     0
 * @dbg_bcr: DBGBCR, DBGBVR, DBGWCR, DBGWVR as the processor gets them; CVMM_CAP_GUEST_DEBUG_HW_BPS and _WPS of them
 * @dbg_bvr: breakpoint addresses
 * @dbg_wcr: watchpoint controls
 * @dbg_wvr: watchpoint addresses
 */
struct cvmm_arm64_guest_debug {
	uint32_t control;
	uint32_t pad;
	uint64_t dbg_bcr[16];
	uint64_t dbg_bvr[16];
	uint64_t dbg_wcr[16];
	uint64_t dbg_wvr[16];
};

#define CVMM_ARM64_GUESTDBG_USE_SW_BP 0x00010000u /* BRK instructions exit */
#define CVMM_ARM64_GUESTDBG_USE_HW    0x00020000u /* the four arrays count */

/**
 * struct cvmm_arm64_pmu_filter - a range of PMU events (attribute FILTER of CVMM_ARM64_VCPU_PMU_V3_CTRL)
 * @base_event: first event number
 * @nevents:    how many
 * @action:     0 allow, 1 deny; the first range written makes the opposite the rule for all others
 * @pad:        0
 */
struct cvmm_arm64_pmu_filter {
	uint16_t base_event;
	uint16_t nevents;
	uint8_t action;
	uint8_t pad[3];
};

/**
 * struct cvmm_arm64_smccc_filter - a range of SMCCC functions (VM attribute 0 of group 0, 6.4)
 * @base:         first function id
 * @nr_functions: how many
 * @action:       0 KVM answers, 1 the guest gets "not supported", 2 CVMM_EXIT_HYPERCALL
 * @pad:          0
 */
struct cvmm_arm64_smccc_filter {
	uint32_t base;
	uint32_t nr_functions;
	uint8_t action;
	uint8_t pad[15];
};

/** CVMM_ARM64_IRQ(): a line for cvmm_vm_irq_line(): type 0 CPU, 1 SPI, 2 PPI; vCPU index; number. */
#define CVMM_ARM64_IRQ(type, vcpu, num) \
	(((uint32_t)(vcpu) / 256 << 28) | ((uint32_t)(type) << 24) | ((uint32_t)(vcpu) % 256 << 16) | (uint32_t)(num))

#define CVMM_KVM_ARM_VCPU_INIT		    0x4020aeaeul /* struct cvmm_arm64_vcpu_init; on a vCPU */
#define CVMM_KVM_ARM_PREFERRED_TARGET	    0x8020aeaful /* the same, an output; on a VM */
#define CVMM_KVM_ARM_SET_COUNTER_OFFSET	    0x4010aeb5ul /* struct cvmm_arm64_counter_offset; on a VM (6.4) */
#define CVMM_KVM_ARM_GET_REG_WRITABLE_MASKS 0x8040aeb6ul /* struct cvmm_arm64_reg_mask_range; on a VM (6.7) */
#define CVMM_KVM_ARM_VCPU_FINALIZE	    0x4004aec2ul /* a feature number as int: 4, SVE; on a vCPU (5.2) */
#define CVMM_KVM_ARM_GET_VCPU_EVENTS	    0x8040ae9ful /* struct cvmm_arm64_vcpu_events; on a vCPU (4.19) */
#define CVMM_KVM_ARM_SET_VCPU_EVENTS	    0x4040aea0ul /* the same */
#define CVMM_KVM_ARM_SET_DEVICE_ADDR	    0x4010aeabul /* struct cvmm_arm64_device_addr; on a VM, before GICs had fds */
#define CVMM_KVM_ARM_MTE_COPY_TAGS	    0x8030aeb4ul /* struct cvmm_arm64_mte_tags; on a VM (5.14) */
#define CVMM_KVM_ARM_GUEST_DEBUG	    0x4208ae9bul /* struct cvmm_arm64_guest_debug; on a vCPU */

/* vCPU attribute groups */
#define CVMM_ARM64_VCPU_PMU_V3_CTRL 0u /* 0 IRQ, 1 INIT, 2 FILTER, 3 SET_PMU, 4 number of counters */
#define CVMM_ARM64_VCPU_TIMER_CTRL  1u /* 0 and 1: the PPIs of virtual and physical timer */
#define CVMM_ARM64_VCPU_PVTIME_CTRL 2u /* 0: where stolen time is told, 64 bits */

#endif
