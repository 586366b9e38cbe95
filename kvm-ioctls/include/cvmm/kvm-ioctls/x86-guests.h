/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: x86_64: what KVM offers to guests that expect Xen or Hyper-V
 *
 * What holds for every function here: @vm or @vcpu is the handle; @e receives the error, or is NULL. Return: 0, or
 * -errno: -EINVAL or -ENOTTY the host was built without it, -EFAULT a bad pointer. Which parts of Xen there are tell
 * the bits of CVMM_CAP_XEN_HVM.
 */
#ifndef CVMM_KVM_IOCTLS_X86_GUESTS_H
#define CVMM_KVM_IOCTLS_X86_GUESTS_H

#include <cvmm/kvm-ioctls/handle.h>
#include <cvmm/kvm-ioctls/x86.h>

CVMM_BEGIN_DECLS

/**
 * struct cvmm_x86_xen_config - how a Xen guest finds its hypercalls (KVM_XEN_HVM_CONFIG)
 * @flags:        which parts of KVM's Xen support are used; bits of CVMM_CAP_XEN_HVM
 * @msr:          writing it makes KVM fill a hypercall page
 * @blob_addr_32: that page for 32-bit guests, in user space; 0 with intercepted hypercalls
 * @blob_addr_64: the same for 64-bit guests
 * @blob_size_32: pages
 * @blob_size_64: pages
 * @pad2:         0
 */
struct cvmm_x86_xen_config {
	uint32_t flags;
	uint32_t msr;
	uint64_t blob_addr_32;
	uint64_t blob_addr_64;
	uint8_t blob_size_32;
	uint8_t blob_size_64;
	uint8_t pad2[30];
};

/**
 * struct cvmm_x86_xen_attr - a Xen attribute of the VM or a vCPU (KVM_XEN_HVM_..., KVM_XEN_VCPU_GET/SET_ATTR)
 * @type: CVMM_X86_XEN_VM_... or CVMM_X86_XEN_VCPU_...; an input of both directions
 * @pad:  0
 * @u8:   LONG_MODE, UPCALL_VECTOR, RUNSTATE_UPDATE
 * @u32:  XEN_VERSION, VCPU_ID. EVTCHN: send port, type, flags (1 remove, 2 update, 4 reset all), then port, vCPU,
 *        priority, or 0 and an eventfd. TIMER: port, priority, and the ns of expiry as two words
 * @u64:  SHARED_INFO (a frame number, or a user address), VCPU_INFO and its like (a guest or user address). RUNSTATE:
 *        state, when it was entered, and four sums of ns
 */
struct cvmm_x86_xen_attr {
	uint16_t type;
	uint16_t pad[3];
	union {
		uint8_t u8;
		uint32_t u32[16];
		uint64_t u64[8];
	};
};

#define CVMM_X86_XEN_VM_LONG_MODE	   0u /* u8: 64-bit layouts */
#define CVMM_X86_XEN_VM_SHARED_INFO	   1u /* u64: frame number */
#define CVMM_X86_XEN_VM_UPCALL_VECTOR	   2u /* u8 */
#define CVMM_X86_XEN_VM_EVTCHN		   3u /* u32; not to be read */
#define CVMM_X86_XEN_VM_XEN_VERSION	   4u /* u32 */
#define CVMM_X86_XEN_VM_RUNSTATE_UPDATE	   5u /* u8 */
#define CVMM_X86_XEN_VM_SHARED_INFO_HVA	   6u /* u64: user address */

#define CVMM_X86_XEN_VCPU_INFO		   0u
#define CVMM_X86_XEN_VCPU_TIME_INFO	   1u
#define CVMM_X86_XEN_VCPU_RUNSTATE_ADDR	   2u
#define CVMM_X86_XEN_VCPU_RUNSTATE_CURRENT 3u
#define CVMM_X86_XEN_VCPU_RUNSTATE_DATA	   4u
#define CVMM_X86_XEN_VCPU_RUNSTATE_ADJUST  5u
#define CVMM_X86_XEN_VCPU_ID		   6u
#define CVMM_X86_XEN_VCPU_TIMER		   7u
#define CVMM_X86_XEN_VCPU_UPCALL_VECTOR	   8u
#define CVMM_X86_XEN_VCPU_INFO_HVA	   9u

/**
 * struct cvmm_x86_xen_evtchn - an event for a guest (KVM_XEN_HVM_EVTCHN_SEND)
 * @port:     event channel
 * @vcpu:     vCPU id
 * @priority: UINT32_MAX: two-level channels have none
 */
struct cvmm_x86_xen_evtchn {
	uint32_t port;
	uint32_t vcpu;
	uint32_t priority;
};

/**
 * struct cvmm_x86_hv_eventfd - argument of KVM_HYPERV_EVENTFD
 * @conn_id: connection, 24 bits
 * @fd:      the eventfd
 * @flags:   1: undo it
 * @padding: 0
 */
struct cvmm_x86_hv_eventfd {
	uint32_t conn_id;
	int32_t fd;
	uint32_t flags;
	uint32_t padding[3];
};

#define CVMM_KVM_XEN_HVM_CONFIG	     CVMM_IOW(0x7a, struct cvmm_x86_xen_config)
#define CVMM_KVM_XEN_HVM_GET_ATTR    CVMM_IOWR(0xc8, struct cvmm_x86_xen_attr)
#define CVMM_KVM_XEN_HVM_SET_ATTR    CVMM_IOW(0xc9, struct cvmm_x86_xen_attr)
#define CVMM_KVM_XEN_VCPU_GET_ATTR   CVMM_IOWR(0xca, struct cvmm_x86_xen_attr)
#define CVMM_KVM_XEN_VCPU_SET_ATTR   CVMM_IOW(0xcb, struct cvmm_x86_xen_attr)
#define CVMM_KVM_XEN_HVM_EVTCHN_SEND CVMM_IOW(0xd0, struct cvmm_x86_xen_evtchn)
#define CVMM_KVM_HYPERV_EVENTFD	     CVMM_IOW(0xbd, struct cvmm_x86_hv_eventfd)

/**
 * cvmm_vm_xen_hvm_config() - switch Xen support on
 * @vm:     the VM
 * @config: the configuration
 * @e:      receives the error, or NULL
 *
 * KVM_XEN_HVM_CONFIG. Return: 0, or -errno: -EINVAL: flags, or pages that contradict them.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_xen_hvm_config(
	struct cvmm_vm vm, const struct cvmm_x86_xen_config *config, struct cvmm_error *e);

/**
 * cvmm_vm_get_xen_attr() - read an attribute of the VM
 * @vm:   the VM
 * @attr: type says which; receives the value
 * @e:    receives the error, or NULL
 *
 * KVM_XEN_HVM_GET_ATTR (5.12). Return: 0, or -errno: -ENOENT: an unknown type.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_get_xen_attr(
	struct cvmm_vm vm, struct cvmm_x86_xen_attr *attr, struct cvmm_error *e);

/**
 * cvmm_vm_set_xen_attr() - write an attribute of the VM
 * @vm:   the VM
 * @attr: the attribute
 * @e:    receives the error, or NULL
 *
 * KVM_XEN_HVM_SET_ATTR (5.12). Return: 0, or -errno: -ENOENT, -EINVAL.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_set_xen_attr(
	struct cvmm_vm vm, const struct cvmm_x86_xen_attr *attr, struct cvmm_error *e);

/**
 * cvmm_vcpu_get_xen_attr() - read an attribute of a vCPU
 * @vcpu: the vCPU
 * @attr: type says which; the rest receives the value
 * @e:    receives the error, or NULL
 *
 * KVM_XEN_VCPU_GET_ATTR (5.12). Return: 0, or -errno: -ENOENT, -EOPNOTSUPP.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_get_xen_attr(
	struct cvmm_vcpu vcpu, struct cvmm_x86_xen_attr *attr, struct cvmm_error *e);

/**
 * cvmm_vcpu_set_xen_attr() - write an attribute of a vCPU
 * @vcpu: the vCPU
 * @attr: the attribute
 * @e:    receives the error, or NULL
 *
 * KVM_XEN_VCPU_SET_ATTR (5.12). Return: 0, or -errno: -ENOENT, -EOPNOTSUPP.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_set_xen_attr(
	struct cvmm_vcpu vcpu, const struct cvmm_x86_xen_attr *attr, struct cvmm_error *e);

/**
 * cvmm_vm_xen_evtchn_send() - send an event
 * @vm: the VM
 * @ev: the event
 * @e:  receives the error, or NULL
 *
 * KVM_XEN_HVM_EVTCHN_SEND (5.18). Return: > 0 delivered, 0 it was pending already; -EINVAL priority or vCPU,
 * -ENOTCONN or -EWOULDBLOCK the guest is not set up for it.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_xen_evtchn_send(
	struct cvmm_vm vm, const struct cvmm_x86_xen_evtchn *ev, struct cvmm_error *e);

/**
 * cvmm_vm_hyperv_eventfd() - a guest's HvSignalEvent signals an eventfd (KVM_HYPERV_EVENTFD, 4.17)
 * @vm:       the VM
 * @conn_id:  connection, 24 bits
 * @fd:       the eventfd, the caller's
 * @deassign: 1 to undo it
 * @e:        receives the error, or NULL
 *
 * -EINVAL: a connection of more bits, or a bad fd; -EEXIST: it has one; -ENOENT: nothing to undo.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_hyperv_eventfd(
	struct cvmm_vm vm, uint32_t conn_id, int fd, int deassign, struct cvmm_error *e);

CVMM_END_DECLS

#endif
