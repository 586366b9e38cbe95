/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: x86_64: the VM scope
 *
 * What one VM has once: clock, filters, rates; interrupt controllers and timer are in x86-irqchip.h.
 *
 * What holds for every function here: @vm is the VM; @e receives the error, or is NULL. Return: 0, or
 * -errno: -EFAULT a bad pointer, -EBADF a closed handle, -EIO the VM is dying. Further errors stand with each function.
 */
#ifndef CVMM_KVM_IOCTLS_X86_VM_H
#define CVMM_KVM_IOCTLS_X86_VM_H

#include <cvmm/kvm-ioctls/handle.h>
#include <cvmm/kvm-ioctls/x86-irqchip.h>
#include <cvmm/kvm-ioctls/x86-kvm.h>
#include <cvmm/kvm-ioctls/x86.h>

CVMM_BEGIN_DECLS

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
#define CVMM_KVM_SET_BOOT_CPU_ID       CVMM_IO(0x78)
#define CVMM_KVM_SET_CLOCK	       CVMM_IOW(0x7b, struct cvmm_x86_clock)
#define CVMM_KVM_GET_CLOCK	       CVMM_IOR(0x7c, struct cvmm_x86_clock)
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
