/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Sizes and offsets of our structs against linux/kvm.h, at compile time. Included by a test program and compiled alone
 * by scripts/cross for the other architectures. What an older header lacks is left out by its own macros.
 */
#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/arm64.h>
#include <cvmm/kvm-ioctls/exit.h>
#include <cvmm/kvm-ioctls/irq.h>
#include <cvmm/kvm-ioctls/memory.h>
#include <cvmm/kvm-ioctls/stats.h>
#include <cvmm/kvm-ioctls/x86-guests.h>
#include <cvmm/kvm-ioctls/x86-kvm.h>
#include <cvmm/kvm-ioctls/x86-vm.h>
#include <cvmm/kvm-ioctls/x86.h>

#include <linux/kvm.h>

#define SIZE(a, b)	 _Static_assert(sizeof(struct cvmm_##a) == sizeof(struct b), #a)
#define AT(a, am, b, bm) _Static_assert(offsetof(struct cvmm_##a, am) == offsetof(struct b, bm), #a "." #am)
#define HAS(a, b, m)	 AT(a, m, b, m)

SIZE(kvm_one_reg, kvm_one_reg);
HAS(kvm_one_reg, kvm_one_reg, addr);
SIZE(kvm_device_attr, kvm_device_attr);
HAS(kvm_device_attr, kvm_device_attr, group);
HAS(kvm_device_attr, kvm_device_attr, addr);
SIZE(kvm_enable_cap, kvm_enable_cap);
HAS(kvm_enable_cap, kvm_enable_cap, args);
SIZE(kvm_memory_region, kvm_userspace_memory_region);
AT(kvm_memory_region, memory_bytes, kvm_userspace_memory_region, memory_size);
HAS(kvm_memory_region, kvm_userspace_memory_region, userspace_addr);
SIZE(kvm_create_device, kvm_create_device);
HAS(kvm_create_device, kvm_create_device, fd);
SIZE(kvm_translation, kvm_translation);
HAS(kvm_translation, kvm_translation, valid);
SIZE(kvm_enc_region, kvm_enc_region);
SIZE(kvm_dirty_log, kvm_dirty_log);
AT(kvm_dirty_log, bitmap, kvm_dirty_log, dirty_bitmap);
SIZE(kvm_clear_dirty_log, kvm_clear_dirty_log);
HAS(kvm_clear_dirty_log, kvm_clear_dirty_log, num_pages);
HAS(kvm_clear_dirty_log, kvm_clear_dirty_log, first_page);
AT(kvm_clear_dirty_log, bitmap, kvm_clear_dirty_log, dirty_bitmap);
SIZE(kvm_coalesced_zone, kvm_coalesced_mmio_zone);
SIZE(coalesced, kvm_coalesced_mmio);
HAS(coalesced, kvm_coalesced_mmio, data);
SIZE(dirty_gfn, kvm_dirty_gfn);
HAS(dirty_gfn, kvm_dirty_gfn, slot);
HAS(dirty_gfn, kvm_dirty_gfn, offset);
SIZE(kvm_irq_level, kvm_irq_level);
SIZE(kvm_msi, kvm_msi);
HAS(kvm_msi, kvm_msi, devid);
SIZE(kvm_route, kvm_irq_routing_entry);
AT(kvm_route, word, kvm_irq_routing_entry, u);
SIZE(kvm_routing, kvm_irq_routing);
SIZE(kvm_irqfd, kvm_irqfd);
HAS(kvm_irqfd, kvm_irqfd, resamplefd);
SIZE(kvm_ioeventfd, kvm_ioeventfd);
HAS(kvm_ioeventfd, kvm_ioeventfd, flags);
SIZE(stats_header, kvm_stats_header);
HAS(stats_header, kvm_stats_header, data_offset);
#ifdef KVM_CREATE_GUEST_MEMFD
SIZE(kvm_memory_region2, kvm_userspace_memory_region2);
HAS(kvm_memory_region2, kvm_userspace_memory_region2, guest_memfd);
SIZE(kvm_guest_memfd, kvm_create_guest_memfd);
SIZE(kvm_memory_attributes, kvm_memory_attributes);
HAS(kvm_memory_attributes, kvm_memory_attributes, attributes);
#endif
#ifdef KVM_PRE_FAULT_MEMORY
SIZE(kvm_pre_fault, kvm_pre_fault_memory);
HAS(kvm_pre_fault, kvm_pre_fault_memory, size);
#endif

SIZE(run, kvm_run);
HAS(run, kvm_run, immediate_exit);
HAS(run, kvm_run, exit_reason);
HAS(run, kvm_run, flags);
HAS(run, kvm_run, apic_base);
HAS(run, kvm_run, hw);
HAS(run, kvm_run, fail_entry.cpu);
HAS(run, kvm_run, ex.error_code);
HAS(run, kvm_run, io.data_offset);
HAS(run, kvm_run, mmio.is_write);
HAS(run, kvm_run, hypercall.ret);
HAS(run, kvm_run, internal.data);
HAS(run, kvm_run, eoi);
AT(run, hyperv.word, kvm_run, hyperv.u);
HAS(run, kvm_run, arm_nisv.fault_ipa);
HAS(run, kvm_run, msr.index);
HAS(run, kvm_run, msr.data);
AT(run, xen.longmode, kvm_run, xen.u);
AT(run, xen.params, kvm_run, xen.u.hcall.params);
HAS(run, kvm_run, riscv_sbi.ret);
HAS(run, kvm_run, riscv_csr.ret_value);
HAS(run, kvm_run, system_event.type);
HAS(run, kvm_run, notify);
AT(run, valid_regs, kvm_run, kvm_valid_regs);
AT(run, dirty_regs, kvm_run, kvm_dirty_regs);
AT(run, sync, kvm_run, s);
#ifdef KVM_SYSTEM_EVENT_SEV_TERM
HAS(run, kvm_run, system_event.data);
#endif
#ifdef KVM_EXIT_MEMORY_FAULT
HAS(run, kvm_run, memory_fault.size);
#endif
#ifdef KVM_EXIT_TDX
AT(run, tdx.data, kvm_run, tdx.unknown.data);
#endif
#ifdef KVM_EXIT_ARM_SEA
HAS(run, kvm_run, arm_sea.gpa);
#endif
#ifdef KVM_EXIT_SNP_REQ_CERTS
HAS(run, kvm_run, snp_req_certs.ret);
#endif

#if defined(__x86_64__)
SIZE(x86_regs, kvm_regs);
HAS(x86_regs, kvm_regs, r8);
HAS(x86_regs, kvm_regs, rflags);
SIZE(x86_segment, kvm_segment);
HAS(x86_segment, kvm_segment, type);
HAS(x86_segment, kvm_segment, unusable);
SIZE(x86_sregs, kvm_sregs);
HAS(x86_sregs, kvm_sregs, gdt.limit);
HAS(x86_sregs, kvm_sregs, cr8);
HAS(x86_sregs, kvm_sregs, apic_base);
HAS(x86_sregs, kvm_sregs, interrupt_bitmap);
SIZE(x86_sregs2, kvm_sregs2);
HAS(x86_sregs2, kvm_sregs2, flags);
HAS(x86_sregs2, kvm_sregs2, pdptrs);
SIZE(x86_fpu, kvm_fpu);
HAS(x86_fpu, kvm_fpu, last_ip);
HAS(x86_fpu, kvm_fpu, mxcsr);
SIZE(x86_lapic, kvm_lapic_state);
SIZE(x86_xcrs, kvm_xcrs);
HAS(x86_xcrs, kvm_xcrs, xcrs[1].value);
SIZE(x86_debugregs, kvm_debugregs);
HAS(x86_debugregs, kvm_debugregs, flags);
SIZE(x86_events, kvm_vcpu_events);
AT(x86_events, exception_error_code, kvm_vcpu_events, exception.error_code);
AT(x86_events, interrupt_shadow, kvm_vcpu_events, interrupt.shadow);
AT(x86_events, nmi_masked, kvm_vcpu_events, nmi.masked);
HAS(x86_events, kvm_vcpu_events, sipi_vector);
HAS(x86_events, kvm_vcpu_events, flags);
AT(x86_events, smi_latched_init, kvm_vcpu_events, smi.latched_init);
HAS(x86_events, kvm_vcpu_events, exception_has_payload);
HAS(x86_events, kvm_vcpu_events, exception_payload);
SIZE(x86_msr, kvm_msr_entry);
SIZE(x86_cpuid, kvm_cpuid2);
SIZE(x86_cpuid_entry, kvm_cpuid_entry2);
HAS(x86_cpuid_entry, kvm_cpuid_entry2, edx);
SIZE(x86_cpuid1_entry, kvm_cpuid_entry);
SIZE(x86_nested_state, kvm_nested_state);
HAS(x86_nested_state, kvm_nested_state, size);
HAS(x86_nested_state, kvm_nested_state, hdr);
SIZE(x86_mce, kvm_x86_mce);
HAS(x86_mce, kvm_x86_mce, bank);
SIZE(x86_guest_debug, kvm_guest_debug);
AT(x86_guest_debug, debugreg, kvm_guest_debug, arch.debugreg);
SIZE(x86_tpr_access_ctl, kvm_tpr_access_ctl);
SIZE(x86_irqchip, kvm_irqchip);
AT(x86_irqchip, ioapic, kvm_irqchip, chip.ioapic);
SIZE(x86_pic, kvm_pic_state);
HAS(x86_pic, kvm_pic_state, elcr_mask);
SIZE(x86_ioapic, kvm_ioapic_state);
HAS(x86_ioapic, kvm_ioapic_state, redirtbl);
SIZE(x86_pit_channel, kvm_pit_channel_state);
HAS(x86_pit_channel, kvm_pit_channel_state, gate);
HAS(x86_pit_channel, kvm_pit_channel_state, count_load_time);
SIZE(x86_pit, kvm_pit_state2);
SIZE(x86_pit1, kvm_pit_state);
SIZE(x86_pit_config, kvm_pit_config);
SIZE(x86_reinject, kvm_reinject_control);
SIZE(x86_clock, kvm_clock_data);
HAS(x86_clock, kvm_clock_data, realtime);
HAS(x86_clock, kvm_clock_data, host_tsc);
SIZE(x86_msr_range, kvm_msr_filter_range);
HAS(x86_msr_range, kvm_msr_filter_range, bitmap);
SIZE(x86_msr_filter, kvm_msr_filter);
SIZE(x86_pmu_filter, kvm_pmu_event_filter);
HAS(x86_pmu_filter, kvm_pmu_event_filter, flags);
SIZE(x86_xen_config, kvm_xen_hvm_config);
HAS(x86_xen_config, kvm_xen_hvm_config, blob_size_32);
SIZE(x86_xen_attr, kvm_xen_hvm_attr);
SIZE(x86_xen_attr, kvm_xen_vcpu_attr);
AT(x86_xen_attr, u8, kvm_xen_hvm_attr, u);
SIZE(x86_xen_evtchn, kvm_irq_routing_xen_evtchn);
SIZE(x86_hv_eventfd, kvm_hyperv_eventfd);
HAS(x86_hv_eventfd, kvm_hyperv_eventfd, flags);
HAS(run, kvm_run, tpr_access.is_write);
AT(run, debug.x86.dr7, kvm_run, debug.arch.dr7);
#elif defined(__aarch64__)
SIZE(arm64_vcpu_init, kvm_vcpu_init);
SIZE(arm64_vcpu_events, kvm_vcpu_events);
AT(arm64_vcpu_events, serror_esr, kvm_vcpu_events, exception.serror_esr);
SIZE(arm64_mte_tags, kvm_arm_copy_mte_tags);
HAS(arm64_mte_tags, kvm_arm_copy_mte_tags, flags);
SIZE(arm64_device_addr, kvm_arm_device_addr);
SIZE(arm64_guest_debug, kvm_guest_debug);
AT(arm64_guest_debug, dbg_wvr, kvm_guest_debug, arch.dbg_wvr);
SIZE(arm64_pmu_filter, kvm_pmu_event_filter);
HAS(arm64_pmu_filter, kvm_pmu_event_filter, action);
AT(run, debug.arm64.far, kvm_run, debug.arch.far);
#ifdef KVM_ARM_SET_COUNTER_OFFSET
SIZE(arm64_counter_offset, kvm_arm_counter_offset);
SIZE(arm64_reg_mask_range, reg_mask_range);
HAS(arm64_reg_mask_range, reg_mask_range, range);
#endif
#ifdef KVM_ARM_VM_SMCCC_CTRL
SIZE(arm64_smccc_filter, kvm_smccc_filter);
HAS(arm64_smccc_filter, kvm_smccc_filter, action);
#endif
#endif
