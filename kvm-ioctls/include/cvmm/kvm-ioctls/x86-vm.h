/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: x86_64: the VM scope
 *
 * What one VM has once: interrupt controllers, timer, clock, filters.
 *
 * What holds for every function here: @vm is the VM; @e receives the error, or is NULL. Return: 0, or
 * -errno: -EFAULT a bad pointer, -EBADF a closed handle, -EIO the VM is dying. Further errors stand with each function.
 */
#ifndef CVMM_KVM_IOCTLS_X86_VM_H
#define CVMM_KVM_IOCTLS_X86_VM_H

#include <cvmm/kvm-ioctls/handle.h>
#include <cvmm/kvm-ioctls/x86-kvm.h>
#include <cvmm/kvm-ioctls/x86.h>

CVMM_BEGIN_DECLS

/**
 * struct cvmm_x86_pic - one half of the 8259 pair
 * @last_irr: lines as they were last seen (edges)
 * @irr:      requests
 * @imr:      masked lines
 * @isr:      being serviced
 */
struct cvmm_x86_pic {
	uint8_t last_irr, irr, imr, isr;
	uint8_t priority_add, irq_base, read_reg_select, poll;
	uint8_t special_mask, init_state, auto_eoi, rotate_on_auto_eoi;
	uint8_t special_fully_nested_mode, init4, elcr, elcr_mask;
};

/** struct cvmm_x86_ioapic - the I/O APIC; @redirtbl as its registers lay it out */
struct cvmm_x86_ioapic {
	uint64_t base_address;
	uint32_t ioregsel;
	uint32_t id;
	uint32_t irr;
	uint32_t pad;
	uint64_t redirtbl[24];
};

/**
 * struct cvmm_x86_irqchip - one of the three interrupt controllers (KVM_GET/SET_IRQCHIP)
 * @chip_id: CVMM_X86_CHIP_...; an input of both requests
 * @pad:     0
 * @pic:     CVMM_X86_CHIP_PIC_MASTER, CVMM_X86_CHIP_PIC_SLAVE
 * @ioapic:  CVMM_X86_CHIP_IOAPIC
 */
struct cvmm_x86_irqchip {
	uint32_t chip_id;
	uint32_t pad;
	union {
		uint8_t dummy[512];
		struct cvmm_x86_pic pic;
		struct cvmm_x86_ioapic ioapic;
	};
};

#define CVMM_X86_CHIP_PIC_MASTER 0u
#define CVMM_X86_CHIP_PIC_SLAVE	 1u
#define CVMM_X86_CHIP_IOAPIC	 2u

/** struct cvmm_x86_pit_channel - one counter of the 8254; count_load_time in ns of the host's clock */
struct cvmm_x86_pit_channel {
	uint32_t count;
	uint16_t latched_count;
	uint8_t count_latched, status_latched, status;
	uint8_t read_state, write_state, write_latch;
	uint8_t rw_mode, mode, bcd, gate;
	int64_t count_load_time;
};

/** struct cvmm_x86_pit - the 8254 (KVM_GET/SET_PIT2); flags 1: HPET legacy mode, 2: speaker data on */
struct cvmm_x86_pit {
	struct cvmm_x86_pit_channel channels[3];
	uint32_t flags;
	uint32_t reserved[9];
};

/** struct cvmm_x86_pit1 - the same without flags (KVM_GET/SET_PIT, for hosts before 2.6.33) */
struct cvmm_x86_pit1 {
	struct cvmm_x86_pit_channel channels[3];
};

/** struct cvmm_x86_pit_config - argument of KVM_CREATE_PIT2; flags 1: the speaker port is emulated too */
struct cvmm_x86_pit_config {
	uint32_t flags;
	uint32_t pad[15];
};

/** struct cvmm_x86_reinject - argument of KVM_REINJECT_CONTROL */
struct cvmm_x86_reinject {
	uint8_t pit_reinject;
	uint8_t reserved[31];
};

/**
 * struct cvmm_x86_clock - the VM's kvmclock (KVM_GET/SET_CLOCK)
 * @clock:    ns
 * @flags:    CVMM_X86_CLOCK_...: which members hold something
 * @realtime: the host's wall clock in ns at the same moment; on SET the time that passed since is added to @clock
 * @host_tsc: the host's TSC at the same moment; output only
 */
struct cvmm_x86_clock {
	uint64_t clock;
	uint32_t flags;
	uint32_t pad0;
	uint64_t realtime;
	uint64_t host_tsc;
	uint32_t pad[4];
};

#define CVMM_X86_CLOCK_TSC_STABLE 2u
#define CVMM_X86_CLOCK_REALTIME	  4u
#define CVMM_X86_CLOCK_HOST_TSC	  8u

/**
 * struct cvmm_x86_msr_range - MSRs of one rule of a filter
 * @flags:  1 reads, 2 writes
 * @nmsrs:  bits in @bitmap, at most 12288
 * @base:   MSR of the first bit
 * @bitmap: address of the bits; 1 allows, 0 leaves the access to user space or refuses it
 */
struct cvmm_x86_msr_range {
	uint32_t flags;
	uint32_t nmsrs;
	uint32_t base;
	uint64_t bitmap;
};

/** struct cvmm_x86_msr_filter - argument of KVM_X86_SET_MSR_FILTER; flags 0: allow what no range names, 1: deny it */
struct cvmm_x86_msr_filter {
	uint32_t flags;
	struct cvmm_x86_msr_range ranges[16];
};

/**
 * struct cvmm_x86_pmu_filter - head of a PMU event filter; @nevents 64-bit events follow in memory
 * @action:               0 allow only these, 1 deny these
 * @nevents:              how many
 * @fixed_counter_bitmap: the same for the fixed counters
 * @flags:                1: events carry a mask
 */
struct cvmm_x86_pmu_filter {
	uint32_t action;
	uint32_t nevents;
	uint32_t fixed_counter_bitmap;
	uint32_t flags;
	uint32_t pad[4];
};

#define CVMM_KVM_SET_TSS_ADDR	       CVMM_IO(0x47)
#define CVMM_KVM_SET_IDENTITY_MAP_ADDR CVMM_IOW(0x48, uint64_t)
#define CVMM_KVM_SET_NR_MMU_PAGES      CVMM_IO(0x44)
#define CVMM_KVM_GET_NR_MMU_PAGES      CVMM_IO(0x45)
#define CVMM_KVM_GET_IRQCHIP	       CVMM_IOWR(0x62, struct cvmm_x86_irqchip)
#define CVMM_KVM_SET_IRQCHIP	       CVMM_IOR(0x63, struct cvmm_x86_irqchip)
#define CVMM_KVM_CREATE_PIT	       CVMM_IO(0x64)
#define CVMM_KVM_GET_PIT	       CVMM_IOWR(0x65, struct cvmm_x86_pit1)
#define CVMM_KVM_SET_PIT	       CVMM_IOR(0x66, struct cvmm_x86_pit1)
#define CVMM_KVM_REINJECT_CONTROL      CVMM_IO(0x71)
#define CVMM_KVM_CREATE_PIT2	       CVMM_IOW(0x77, struct cvmm_x86_pit_config)
#define CVMM_KVM_SET_BOOT_CPU_ID       CVMM_IO(0x78)
#define CVMM_KVM_SET_CLOCK	       CVMM_IOW(0x7b, struct cvmm_x86_clock)
#define CVMM_KVM_GET_CLOCK	       CVMM_IOR(0x7c, struct cvmm_x86_clock)
#define CVMM_KVM_GET_PIT2	       CVMM_IOR(0x9f, struct cvmm_x86_pit)
#define CVMM_KVM_SET_PIT2	       CVMM_IOW(0xa0, struct cvmm_x86_pit)
#define CVMM_KVM_SET_PMU_EVENT_FILTER  CVMM_IOW(0xb2, struct cvmm_x86_pmu_filter)
#define CVMM_KVM_X86_SET_MSR_FILTER    CVMM_IOW(0xc6, struct cvmm_x86_msr_filter)

/**
 * cvmm_vm_get_xsave_bytes() - bytes of an XSAVE area in this VM, at least 4096
 * @vm: the VM
 * @e:  receives the error, or NULL
 *
 * KVM_CHECK_EXTENSION of KVM_CAP_XSAVE2 (5.17). Return: bytes, CVMM_X86_XSAVE_BYTES or more; -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_get_xsave_bytes(struct cvmm_vm vm, struct cvmm_error *e);

/**
 * cvmm_vm_set_tss_addr() - three guest pages that Intel hosts need
 * @vm:  the VM
 * @gpa: guest physical address
 * @e:   receives the error, or NULL
 *
 * KVM_SET_TSS_ADDR. Below 4 GiB and outside of every slot; before the first vCPU. Return: 0, or -errno: -EINVAL the
 * pages would cross 4 GiB.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_set_tss_addr(struct cvmm_vm vm, uint32_t gpa, struct cvmm_error *e);

/**
 * cvmm_vm_set_identity_map_addr() - one more such page
 * @vm:  the VM
 * @gpa: guest physical address
 * @e:   receives the error, or NULL
 *
 * KVM_SET_IDENTITY_MAP_ADDR. Return: 0, or -errno: -EINVAL: there are vCPUs.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_set_identity_map_addr(struct cvmm_vm vm, uint64_t gpa, struct cvmm_error *e);

/**
 * cvmm_vm_set_nr_mmu_pages() - bound KVM's shadow page tables
 * @vm:    the VM
 * @pages: 4 KiB pages
 * @e:     receives the error, or NULL
 *
 * KVM_SET_NR_MMU_PAGES. Return: 0, or -errno: -EINVAL: less than 20.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_set_nr_mmu_pages(struct cvmm_vm vm, uint32_t pages, struct cvmm_error *e);

/**
 * cvmm_vm_get_nr_mmu_pages() - that bound
 * @vm: the VM
 * @e:  receives the error, or NULL
 *
 * KVM_GET_NR_MMU_PAGES. Return: pages; -ENOTTY on kernels that removed it (6.1 has it,
 * 6.18 has not).
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_get_nr_mmu_pages(struct cvmm_vm vm, struct cvmm_error *e);

/**
 * cvmm_vm_set_boot_cpu_id() - which vCPU starts
 * @vm: the VM
 * @id: vCPU id
 * @e:  receives the error, or NULL
 *
 * KVM_SET_BOOT_CPU_ID. Return: 0, or -errno: -EBUSY: there are vCPUs; -EINVAL: too high.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_set_boot_cpu_id(struct cvmm_vm vm, uint32_t id, struct cvmm_error *e);

/**
 * cvmm_vm_get_irqchip() - read one interrupt controller (KVM_GET_IRQCHIP)
 * @vm:   the VM
 * @chip: chip_id is looked at, the rest is written
 * @e:    receives the error, or NULL
 *
 * Return: 0; -ENXIO no interrupt controllers in the kernel; -EINVAL an unknown chip_id.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_get_irqchip(
	struct cvmm_vm vm, struct cvmm_x86_irqchip *chip, struct cvmm_error *e);

/**
 * cvmm_vm_set_irqchip() - write one interrupt controller
 * @vm:   the VM
 * @chip: the controller
 * @e:    receives the error, or NULL
 *
 * KVM_SET_IRQCHIP. Return: 0, or -errno as cvmm_vm_get_irqchip().
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_set_irqchip(
	struct cvmm_vm vm, const struct cvmm_x86_irqchip *chip, struct cvmm_error *e);

/**
 * cvmm_vm_create_pit2() - make the 8254
 * @vm:    the VM
 * @flags: flags
 * @e:     receives the error, or NULL
 *
 * KVM_CREATE_PIT2. Unknown flags are not refused. Return: 0, or -errno: -ENOENT no interrupt controllers in the kernel (6.1
 * does not mind),
 * -EEXIST there is one.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_create_pit2(struct cvmm_vm vm, uint32_t flags, struct cvmm_error *e);

/**
 * cvmm_vm_create_pit() - the same in the form before 2.6.31
 * @vm: the VM
 * @e:  receives the error, or NULL
 *
 * KVM_CREATE_PIT. Return: 0 or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_create_pit(struct cvmm_vm vm, struct cvmm_error *e);

/**
 * cvmm_vm_get_pit2() - read the 8254
 * @vm:  the VM
 * @pit: receives its state
 * @e:   receives the error, or NULL
 *
 * KVM_GET_PIT2. Return: 0, or -errno: -ENXIO: there is none.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_get_pit2(struct cvmm_vm vm, struct cvmm_x86_pit *pit, struct cvmm_error *e);

/**
 * cvmm_vm_set_pit2() - write the 8254
 * @vm:  the VM
 * @pit: its state
 * @e:   receives the error, or NULL
 *
 * KVM_SET_PIT2. Return: 0, or -errno: -ENXIO: there is none. A count of 0 stands for 65536.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_set_pit2(struct cvmm_vm vm, const struct cvmm_x86_pit *pit, struct cvmm_error *e);

/**
 * cvmm_vm_get_pit() - the same without flags
 * @vm:  the VM
 * @pit: receives its state
 * @e:   receives the error, or NULL
 *
 * KVM_GET_PIT. Return: 0 or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_get_pit(struct cvmm_vm vm, struct cvmm_x86_pit1 *pit, struct cvmm_error *e);

/**
 * cvmm_vm_set_pit() - the same without flags
 * @vm:  the VM
 * @pit: its state
 * @e:   receives the error, or NULL
 *
 * KVM_SET_PIT. Return: 0 or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_set_pit(struct cvmm_vm vm, const struct cvmm_x86_pit1 *pit, struct cvmm_error *e);

/**
 * cvmm_vm_reinject_control() - repeat timer interrupts that the guest missed, or not
 * @vm:       the VM
 * @reinject: 1 to repeat them, 0 not to
 * @e:        receives the error, or NULL
 *
 * KVM_REINJECT_CONTROL (KVM_CAP_REINJECT_CONTROL). Return: 0, or -errno: -ENXIO there is no 8254.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_reinject_control(struct cvmm_vm vm, uint8_t reinject, struct cvmm_error *e);

/**
 * cvmm_vm_get_clock() - read the VM's kvmclock
 * @vm:    the VM
 * @clock: receives the clock
 * @e:     receives the error, or NULL
 *
 * KVM_GET_CLOCK. Flags say what is valid. Return: 0 or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_get_clock(struct cvmm_vm vm, struct cvmm_x86_clock *clock, struct cvmm_error *e);

/**
 * cvmm_vm_set_clock() - set the VM's kvmclock
 * @vm:    the VM
 * @clock: the clock
 * @e:     receives the error, or NULL
 *
 * KVM_SET_CLOCK. Return: 0, or -errno: -EINVAL: a flag other than the three.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_set_clock(
	struct cvmm_vm vm, const struct cvmm_x86_clock *clock, struct cvmm_error *e);

/**
 * cvmm_vm_get_tsc_khz() - the TSC rate of vCPUs to come
 * @vm: the VM
 * @e:  receives the error, or NULL
 *
 * KVM_GET_TSC_KHZ (here 5.19). Return: kHz; -EINVAL or -ENOTTY before.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_get_tsc_khz(struct cvmm_vm vm, struct cvmm_error *e);

/**
 * cvmm_vm_set_tsc_khz() - choose it
 * @vm:  the VM
 * @khz: the rate in kHz
 * @e:   receives the error, or NULL
 *
 * KVM_SET_TSC_KHZ (here 5.19, KVM_CAP_VM_TSC_CONTROL). Return: 0, or -errno: -EINVAL there are vCPUs, or the rate is
 * out of reach.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_set_tsc_khz(struct cvmm_vm vm, uint32_t khz, struct cvmm_error *e);

/**
 * cvmm_vm_set_msr_filter() - which MSR accesses reach KVM (KVM_X86_SET_MSR_FILTER, 5.10, KVM_CAP_X86_MSR_FILTER)
 * @vm:     the VM
 * @filter: the rules; replaces the former ones, KVM copies the bitmaps. The rest is not KVM's to keep
 * @e:      receives the error, or NULL
 *
 * What is filtered exits if KVM_CAP_X86_USER_SPACE_MSR asks for it, and faults otherwise. -EINVAL: unknown flags, a
 * bitmap that is too long, or "deny" without any range.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_set_msr_filter(
	struct cvmm_vm vm, const struct cvmm_x86_msr_filter *filter, struct cvmm_error *e);

/**
 * cvmm_vm_set_pmu_event_filter() - which events guests may count
 * @vm:     the VM
 * @filter: the rules; copied by KVM
 * @e:      receives the error, or NULL
 *
 * KVM_SET_PMU_EVENT_FILTER (5.3). @filter->nevents events follow the head; KVM copies them. Return: 0, or -errno:
 * -EINVAL action or flags, -E2BIG more than 300 events.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_set_pmu_event_filter(
	struct cvmm_vm vm, const struct cvmm_x86_pmu_filter *filter, struct cvmm_error *e);

CVMM_END_DECLS

#endif
