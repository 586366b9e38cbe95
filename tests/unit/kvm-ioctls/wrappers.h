/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Every wrapper that ends in an ioctl, as a table: what it is called, its request, and a call of it on handles(). */
#ifndef WRAPPERS_H
#define WRAPPERS_H

#include <cvmm/kvm-ioctls/device.h>
#include <cvmm/kvm-ioctls/hot.h>
#include <cvmm/kvm-ioctls/irq.h>
#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-ioctls/memory.h>
#include <cvmm/kvm-ioctls/stats.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/vgic.h>
#include <cvmm/kvm-ioctls/vm.h>
#include <cvmm/kvm-ioctls/x86-guests.h>
#include <cvmm/kvm-ioctls/x86-kvm.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>
#include <cvmm/kvm-ioctls/x86-vm.h>

#define POISON 0xa5
#define VCPU   7u

static const uint64_t zero[2048];
/* What a call may write; and a head in front of a list, which it may touch. */
static uint64_t out[2048];
static uint64_t head[2048];
static struct cvmm_gate gate;

#define IN(type)   ((const struct type *)zero)
#define OUT(type)  ((struct type *)out)
#define HEAD(type) ((struct type *)head)
#define N	   ((uint32_t *)out)
#define SZ	   ((size_t *)out)

/* X(function, request, call) */
#define KVM_ROWS(X)                                                                                     \
	X(kvm_check_extension, CHECK_EXTENSION, (kvm, 0, e))                                            \
	X(kvm_get_vcpu_mmap_size, GET_VCPU_MMAP_SIZE, (kvm, e))                                         \
	X(kvm_create_vm, CREATE_VM, (kvm, 0, &gate, OUT(cvmm_vm), e))                                   \
	X(kvm_get_nr_vcpus, CHECK_EXTENSION, (kvm, e))                                                  \
	X(kvm_get_max_vcpus, CHECK_EXTENSION, (kvm, e))                                                 \
	X(kvm_get_max_vcpu_id, CHECK_EXTENSION, (kvm, e))                                               \
	X(kvm_get_nr_memslots, CHECK_EXTENSION, (kvm, e))                                               \
	X(kvm_get_ipa_bits, CHECK_EXTENSION, (kvm, e))                                                  \
	X(kvm_get_attr, GET_DEVICE_ATTR, (kvm, 1, 2, out, e))                                           \
	X(kvm_has_attr, HAS_DEVICE_ATTR, (kvm, 1, 2, e))                                                \
	X(kvm_get_supported_cpuid, GET_SUPPORTED_CPUID, (kvm, HEAD(cvmm_x86_cpuid), 8, N, e))           \
	X(kvm_get_emulated_cpuid, GET_EMULATED_CPUID, (kvm, HEAD(cvmm_x86_cpuid), 8, N, e))             \
	X(kvm_get_supported_hv_cpuid, GET_SUPPORTED_HV_CPUID, (kvm, HEAD(cvmm_x86_cpuid), 8, N, e))     \
	X(kvm_get_msr_index_list, GET_MSR_INDEX_LIST, (kvm, (uint32_t *)head, 8, N, e))                 \
	X(kvm_get_msr_feature_index_list, GET_MSR_FEATURE_INDEX_LIST, (kvm, (uint32_t *)head, 8, N, e)) \
	X(kvm_get_msrs, GET_MSRS, (kvm, OUT(cvmm_x86_msr), 3, e))                                       \
	X(kvm_get_mce_cap_supported, X86_GET_MCE_CAP_SUPPORTED, (kvm, out, e))

#define VM_ROWS(X)                                                                                   \
	X(vm_check_extension, CHECK_EXTENSION, (vm, 0, e))                                           \
	X(vm_enable_cap, ENABLE_CAP, (vm, 0, zero, e))                                               \
	X(vm_create_vcpu, CREATE_VCPU, (vm, VCPU, OUT(cvmm_vcpu), e))                                \
	X(vm_create_device, CREATE_DEVICE, (vm, 4, OUT(cvmm_device), e))                             \
	X(vm_test_device, CREATE_DEVICE, (vm, 4, e))                                                 \
	X(vm_set_user_memory_region, SET_USER_MEMORY_REGION, (vm, IN(cvmm_kvm_memory_region), e))    \
	X(vm_set_counter_offset, ARM_SET_COUNTER_OFFSET, (vm, 0, e))                                 \
	X(vm_get_reg_writable_masks, ARM_GET_REG_WRITABLE_MASKS, (vm, out, e))                       \
	X(vm_preferred_target, ARM_PREFERRED_TARGET, (vm, OUT(cvmm_arm64_vcpu_init), e))             \
	X(vm_copy_mte_tags, ARM_MTE_COPY_TAGS, (vm, IN(cvmm_arm64_mte_tags), e))                     \
	X(vm_set_arm64_device_addr, ARM_SET_DEVICE_ADDR, (vm, 0, 0, e))                              \
	X(vm_set_attr, SET_DEVICE_ATTR, (vm, 1, 2, zero, e))                                         \
	X(vm_get_attr, GET_DEVICE_ATTR, (vm, 1, 2, out, e))                                          \
	X(vm_has_attr, HAS_DEVICE_ATTR, (vm, 1, 2, e))                                               \
	X(vm_set_user_memory_region2, SET_USER_MEMORY_REGION2, (vm, IN(cvmm_kvm_memory_region2), e)) \
	X(vm_create_guest_memfd, CREATE_GUEST_MEMFD, (vm, 4096, 0, e))                               \
	X(vm_set_memory_attributes, SET_MEMORY_ATTRIBUTES, (vm, 0, 4096, 0, e))                      \
	X(vm_memory_encrypt_op, MEMORY_ENCRYPT_OP, (vm, out, e))                                     \
	X(vm_register_enc_region, MEMORY_ENCRYPT_REG_REGION, (vm, 0, 4096, e))                       \
	X(vm_unregister_enc_region, MEMORY_ENCRYPT_UNREG_REGION, (vm, 0, 4096, e))                   \
	X(vm_get_dirty_log, GET_DIRTY_LOG, (vm, 0, out, 1, 64, e))                                   \
	X(vm_clear_dirty_log, CLEAR_DIRTY_LOG, (vm, 0, zero, 0, 64, e))                              \
	X(vm_reset_dirty_rings, RESET_DIRTY_RINGS, (vm, e))                                          \
	X(vm_register_coalesced_mmio, REGISTER_COALESCED_MMIO, (vm, 0, 1, 0, e))                     \
	X(vm_unregister_coalesced_mmio, UNREGISTER_COALESCED_MMIO, (vm, 0, 1, 0, e))                 \
	X(vm_create_irqchip, CREATE_IRQCHIP, (vm, e))                                                \
	X(vm_irq_line, IRQ_LINE, (vm, 0, 1, e))                                                      \
	X(vm_irq_line_status, IRQ_LINE_STATUS, (vm, 0, 1, (int32_t *)out, e))                        \
	X(vm_signal_msi, SIGNAL_MSI, (vm, IN(cvmm_kvm_msi), e))                                      \
	X(vm_set_gsi_routing, SET_GSI_ROUTING, (vm, IN(cvmm_kvm_routing), e))                        \
	X(vm_assign_irqfd, IRQFD, (vm, 0, 0, 0, e))                                                  \
	X(vm_deassign_irqfd, IRQFD, (vm, 0, 0, e))                                                   \
	X(vm_ioeventfd, IOEVENTFD, (vm, IN(cvmm_kvm_ioeventfd), e))                                  \
	X(vm_get_stats_fd, GET_STATS_FD, (vm, e))                                                    \
	X(vm_get_xsave_bytes, CHECK_EXTENSION, (vm, e))                                              \
	X(vm_set_tss_addr, SET_TSS_ADDR, (vm, 0, e))                                                 \
	X(vm_set_identity_map_addr, SET_IDENTITY_MAP_ADDR, (vm, 0, e))                               \
	X(vm_set_nr_mmu_pages, SET_NR_MMU_PAGES, (vm, 0, e))                                         \
	X(vm_get_nr_mmu_pages, GET_NR_MMU_PAGES, (vm, e))                                            \
	X(vm_set_boot_cpu_id, SET_BOOT_CPU_ID, (vm, 0, e))                                           \
	X(vm_get_irqchip, GET_IRQCHIP, (vm, OUT(cvmm_x86_irqchip), e))                               \
	X(vm_set_irqchip, SET_IRQCHIP, (vm, IN(cvmm_x86_irqchip), e))                                \
	X(vm_create_pit2, CREATE_PIT2, (vm, 0, e))                                                   \
	X(vm_create_pit, CREATE_PIT, (vm, e))                                                        \
	X(vm_get_pit2, GET_PIT2, (vm, OUT(cvmm_x86_pit), e))                                         \
	X(vm_set_pit2, SET_PIT2, (vm, IN(cvmm_x86_pit), e))                                          \
	X(vm_get_pit, GET_PIT, (vm, OUT(cvmm_x86_pit1), e))                                          \
	X(vm_set_pit, SET_PIT, (vm, IN(cvmm_x86_pit1), e))                                           \
	X(vm_reinject_control, REINJECT_CONTROL, (vm, 0, e))                                         \
	X(vm_get_clock, GET_CLOCK, (vm, OUT(cvmm_x86_clock), e))                                     \
	X(vm_set_clock, SET_CLOCK, (vm, IN(cvmm_x86_clock), e))                                      \
	X(vm_get_tsc_khz, GET_TSC_KHZ, (vm, e))                                                      \
	X(vm_set_tsc_khz, SET_TSC_KHZ, (vm, 0, e))                                                   \
	X(vm_set_msr_filter, X86_SET_MSR_FILTER, (vm, IN(cvmm_x86_msr_filter), e))                   \
	X(vm_set_pmu_event_filter, SET_PMU_EVENT_FILTER, (vm, IN(cvmm_x86_pmu_filter), e))           \
	X(vm_xen_hvm_config, XEN_HVM_CONFIG, (vm, IN(cvmm_x86_xen_config), e))                       \
	X(vm_get_xen_attr, XEN_HVM_GET_ATTR, (vm, OUT(cvmm_x86_xen_attr), e))                        \
	X(vm_set_xen_attr, XEN_HVM_SET_ATTR, (vm, IN(cvmm_x86_xen_attr), e))                         \
	X(vm_xen_evtchn_send, XEN_HVM_EVTCHN_SEND, (vm, IN(cvmm_x86_xen_evtchn), e))                 \
	X(vm_hyperv_eventfd, HYPERV_EVENTFD, (vm, 0, 0, 0, e))

#define VCPU_ROWS(X)                                                                                  \
	X(vcpu_init, ARM_VCPU_INIT, (vcpu, IN(cvmm_arm64_vcpu_init), e))                              \
	X(vcpu_finalize, ARM_VCPU_FINALIZE, (vcpu, 4, e))                                             \
	X(vcpu_get_reg_list, GET_REG_LIST, (vcpu, head, 8, N, e))                                     \
	X(vcpu_get_one_reg, GET_ONE_REG, (vcpu, UINT64_C(0x6030000000100000), out, 8, e))             \
	X(vcpu_set_one_reg, SET_ONE_REG, (vcpu, UINT64_C(0x6030000000100000), zero, 8, e))            \
	X(vcpu_get_mp_state, GET_MP_STATE, (vcpu, N, e))                                              \
	X(vcpu_set_mp_state, SET_MP_STATE, (vcpu, 0, e))                                              \
	X(vcpu_get_events, ARM_GET_VCPU_EVENTS, (vcpu, OUT(cvmm_arm64_vcpu_events), e))               \
	X(vcpu_set_events, ARM_SET_VCPU_EVENTS, (vcpu, IN(cvmm_arm64_vcpu_events), e))                \
	X(vcpu_run, RUN, (vcpu, e))                                                                   \
	X(vcpu_run_exit, RUN, (vcpu, OUT(cvmm_run), sizeof(out), OUT(cvmm_exit), e))                  \
	X(vcpu_enable_cap, ENABLE_CAP, (vcpu, 0, zero, e))                                            \
	X(vcpu_interrupt, INTERRUPT, (vcpu, 0, e))                                                    \
	X(vcpu_translate, TRANSLATE, (vcpu, 0, OUT(cvmm_kvm_translation), e))                         \
	X(vcpu_set_signal_mask, SET_SIGNAL_MASK, (vcpu, zero, e))                                     \
	X(vcpu_set_arm64_guest_debug, ARM_GUEST_DEBUG, (vcpu, IN(cvmm_arm64_guest_debug), e))         \
	X(vcpu_set_attr, SET_DEVICE_ATTR, (vcpu, 1, 2, zero, e))                                      \
	X(vcpu_get_attr, GET_DEVICE_ATTR, (vcpu, 1, 2, out, e))                                       \
	X(vcpu_has_attr, HAS_DEVICE_ATTR, (vcpu, 1, 2, e))                                            \
	X(vcpu_pre_fault_memory, PRE_FAULT_MEMORY, (vcpu, 0, out, e))                                 \
	X(vcpu_memory_encrypt_op, MEMORY_ENCRYPT_OP, (vcpu, out, e))                                  \
	X(vcpu_get_stats_fd, GET_STATS_FD, (vcpu, e))                                                 \
	X(vcpu_get_regs, GET_REGS, (vcpu, OUT(cvmm_x86_regs), e))                                     \
	X(vcpu_set_regs, SET_REGS, (vcpu, IN(cvmm_x86_regs), e))                                      \
	X(vcpu_get_sregs, GET_SREGS, (vcpu, OUT(cvmm_x86_sregs), e))                                  \
	X(vcpu_set_sregs, SET_SREGS, (vcpu, IN(cvmm_x86_sregs), e))                                   \
	X(vcpu_get_sregs2, GET_SREGS2, (vcpu, OUT(cvmm_x86_sregs2), e))                               \
	X(vcpu_set_sregs2, SET_SREGS2, (vcpu, IN(cvmm_x86_sregs2), e))                                \
	X(vcpu_get_fpu, GET_FPU, (vcpu, OUT(cvmm_x86_fpu), e))                                        \
	X(vcpu_set_fpu, SET_FPU, (vcpu, IN(cvmm_x86_fpu), e))                                         \
	X(vcpu_get_lapic, GET_LAPIC, (vcpu, OUT(cvmm_x86_lapic), e))                                  \
	X(vcpu_set_lapic, SET_LAPIC, (vcpu, IN(cvmm_x86_lapic), e))                                   \
	X(vcpu_get_msrs, GET_MSRS, (vcpu, OUT(cvmm_x86_msr), 3, e))                                   \
	X(vcpu_set_msrs, SET_MSRS, (vcpu, IN(cvmm_x86_msr), 3, e))                                    \
	X(vcpu_set_cpuid1, SET_CPUID, (vcpu, IN(cvmm_x86_cpuid), e))                                  \
	X(vcpu_set_cpuid2, SET_CPUID2, (vcpu, IN(cvmm_x86_cpuid), e))                                 \
	X(vcpu_get_cpuid2, GET_CPUID2, (vcpu, HEAD(cvmm_x86_cpuid), 8, N, e))                         \
	X(vcpu_get_supported_hv_cpuid, GET_SUPPORTED_HV_CPUID, (vcpu, HEAD(cvmm_x86_cpuid), 8, N, e)) \
	X(vcpu_get_xsave, CHECK_EXTENSION, (vcpu, vm, out, 4096, SZ, e))                              \
	X(vcpu_set_xsave, CHECK_EXTENSION, (vcpu, vm, zero, 4096, e))                                 \
	X(vcpu_get_xcrs, GET_XCRS, (vcpu, OUT(cvmm_x86_xcrs), e))                                     \
	X(vcpu_set_xcrs, SET_XCRS, (vcpu, IN(cvmm_x86_xcrs), e))                                      \
	X(vcpu_get_debugregs, GET_DEBUGREGS, (vcpu, OUT(cvmm_x86_debugregs), e))                      \
	X(vcpu_set_debugregs, SET_DEBUGREGS, (vcpu, IN(cvmm_x86_debugregs), e))                       \
	X(vcpu_get_x86_events, X86_GET_VCPU_EVENTS, (vcpu, OUT(cvmm_x86_events), e))                  \
	X(vcpu_set_x86_events, X86_SET_VCPU_EVENTS, (vcpu, IN(cvmm_x86_events), e))                   \
	X(vcpu_get_nested_state, GET_NESTED_STATE, (vcpu, HEAD(cvmm_x86_nested_state), 128, SZ, e))   \
	X(vcpu_set_nested_state, SET_NESTED_STATE, (vcpu, &nested, sizeof(nested), e))                \
	X(vcpu_get_tsc_khz, GET_TSC_KHZ, (vcpu, e))                                                   \
	X(vcpu_set_tsc_khz, SET_TSC_KHZ, (vcpu, 0, e))                                                \
	X(vcpu_nmi, NMI, (vcpu, e))                                                                   \
	X(vcpu_smi, SMI, (vcpu, e))                                                                   \
	X(vcpu_kvmclock_ctrl, KVMCLOCK_CTRL, (vcpu, e))                                               \
	X(vcpu_set_x86_guest_debug, X86_GUEST_DEBUG, (vcpu, IN(cvmm_x86_guest_debug), e))             \
	X(vcpu_setup_mce, X86_SETUP_MCE, (vcpu, 0, e))                                                \
	X(vcpu_set_mce, X86_SET_MCE, (vcpu, IN(cvmm_x86_mce), e))                                     \
	X(vcpu_set_vapic_addr, SET_VAPIC_ADDR, (vcpu, 0, e))                                          \
	X(vcpu_tpr_access_reporting, TPR_ACCESS_REPORTING, (vcpu, 0, e))                              \
	X(vcpu_get_xen_attr, XEN_VCPU_GET_ATTR, (vcpu, OUT(cvmm_x86_xen_attr), e))                    \
	X(vcpu_set_xen_attr, XEN_VCPU_SET_ATTR, (vcpu, IN(cvmm_x86_xen_attr), e))

#define DEVICE_ROWS(X)                                                                   \
	X(device_set_attr, SET_DEVICE_ATTR, (device, 1, 2, zero, e))                     \
	X(device_get_attr, GET_DEVICE_ATTR, (device, 1, 2, out, e))                      \
	X(device_has_attr, HAS_DEVICE_ATTR, (device, 1, 2, e))                           \
	X(device_get_vgic_reg, GET_DEVICE_ATTR, (device, CVMM_VGIC_ICC_SRE, 0, out, e))  \
	X(device_set_vgic_reg, SET_DEVICE_ATTR, (device, CVMM_VGIC_ICC_SRE, 0, zero, e)) \
	X(device_restore_vgic_reg, SET_DEVICE_ATTR, (device, &plain_row, CVMM_VGIC_ICC_SRE, 0, zero, e))

#define ROWS(X) KVM_ROWS(X) VM_ROWS(X) VCPU_ROWS(X) DEVICE_ROWS(X)

static const struct cvmm_row plain_row;
static const struct cvmm_x86_nested_state nested = { .size = sizeof(nested) };
static struct cvmm_kvm kvm;
static struct cvmm_vm vm;
static struct cvmm_vcpu vcpu;
static struct cvmm_device device;

#define CALL(name, request, args)                    \
	static int call_##name(struct cvmm_error *e) \
	{                                            \
		return cvmm_##name args;             \
	}
ROWS(CALL)

static const struct row {
	const char *name;
	unsigned long req;
	int (*call)(struct cvmm_error *e);
} rows[] = {
#define ROW(name, request, args) { "cvmm_" #name, CVMM_KVM_##request, call_##name },
	ROWS(ROW)
};

#define NROWS (sizeof(rows) / sizeof(rows[0]))

/* All four handles are of this fd. */
static void handles(int fd)
{
	static struct cvmm_gate g;

	g = (struct cvmm_gate){ .be = *cvmm_backend_dev() };
	g.be.gate = &g;
	kvm = (struct cvmm_kvm){ .be = cvmm_backend_dev(), .fd = fd };
	vm = (struct cvmm_vm){ .be = &g.be, .fd = fd };
	vcpu = (struct cvmm_vcpu){ .be = &g.be, .fd = fd, .id = VCPU };
	device = (struct cvmm_device){ .be = &g.be, .fd = fd };
}

#endif
