/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: interrupts: lines, messages, routes, and eventfds in both directions
 *
 * What holds for every function here: @vm is the VM; @e receives the error, or is NULL. Return: 0, or -errno: -EFAULT a
 * bad pointer, -EBADF a closed handle, -ENXIO no interrupt controller in the kernel. Further errors stand with each.
 */
#ifndef CVMM_KVM_IOCTLS_IRQ_H
#define CVMM_KVM_IOCTLS_IRQ_H

#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/handle.h>

CVMM_BEGIN_DECLS

/** struct cvmm_kvm_irq_level - argument of KVM_IRQ_LINE: line (output of KVM_IRQ_LINE_STATUS: the outcome), level */
struct cvmm_kvm_irq_level {
	uint32_t irq;
	uint32_t level;
};

/**
 * struct cvmm_kvm_msi - a message-signalled interrupt (KVM_SIGNAL_MSI)
 * @address_lo: address it is written to, low half
 * @address_hi: high half
 * @data:       what is written
 * @flags:      CVMM_MSI_DEVID
 * @devid:      the device that writes it (arm64 with an ITS)
 * @pad:        0
 */
struct cvmm_kvm_msi {
	uint32_t address_lo;
	uint32_t address_hi;
	uint32_t data;
	uint32_t flags;
	uint32_t devid;
	uint8_t pad[12];
};

/** CVMM_MSI_DEVID: devid is valid; needed where CVMM_CAP_MSI_DEVID is offered. Also a flag of routes. */
#define CVMM_MSI_DEVID 1u

/**
 * struct cvmm_kvm_route - where a GSI goes
 * @gsi:   the line that devices raise
 * @type:  CVMM_ROUTE_...
 * @flags: CVMM_MSI_DEVID or 0
 * @pad:   0
 * @word:  IRQCHIP: chip, pin. MSI: address low, address high, data, device. HV_SINT: vCPU, SINT. XEN_EVTCHN: port,
 *         vCPU, priority (UINT32_MAX). Others 0
 */
struct cvmm_kvm_route {
	uint32_t gsi;
	uint32_t type;
	uint32_t flags;
	uint32_t pad;
	uint32_t word[8];
};

#define CVMM_ROUTE_IRQCHIP	1u
#define CVMM_ROUTE_MSI		2u
#define CVMM_ROUTE_S390_ADAPTER 3u
#define CVMM_ROUTE_HV_SINT	4u
#define CVMM_ROUTE_XEN_EVTCHN	5u

/** struct cvmm_kvm_routing - head of a routing table: number of routes, flags 0; the routes follow it in memory */
struct cvmm_kvm_routing {
	uint32_t nr;
	uint32_t flags;
};

/** struct cvmm_kvm_irqfd - argument of KVM_IRQFD */
struct cvmm_kvm_irqfd {
	uint32_t fd;
	uint32_t gsi;
	uint32_t flags;
	uint32_t resamplefd;
	uint8_t pad[16];
};

/**
 * struct cvmm_kvm_ioeventfd - a write of the guest that signals an eventfd (KVM_IOEVENTFD)
 * @datamatch: with CVMM_IOEVENTFD_DATAMATCH: only for this value
 * @addr:      guest address or port
 * @len:       1, 2, 4 or 8; 0 for any (KVM_CAP_IOEVENTFD_ANY_LENGTH; no datamatch then)
 * @fd:        the eventfd, the caller's
 * @flags:     CVMM_IOEVENTFD_...
 * @pad:       0
 */
struct cvmm_kvm_ioeventfd {
	uint64_t datamatch;
	uint64_t addr;
	uint32_t len;
	int32_t fd;
	uint32_t flags;
	uint8_t pad[36];
};

#define CVMM_IOEVENTFD_DATAMATCH	 1u
#define CVMM_IOEVENTFD_PIO		 2u
#define CVMM_IOEVENTFD_DEASSIGN		 4u
#define CVMM_IOEVENTFD_VIRTIO_CCW_NOTIFY 8u

#define CVMM_KVM_CREATE_IRQCHIP		 CVMM_IO(0x60)
#define CVMM_KVM_IRQ_LINE		 CVMM_IOW(0x61, struct cvmm_kvm_irq_level)
#define CVMM_KVM_IRQ_LINE_STATUS	 CVMM_IOWR(0x67, struct cvmm_kvm_irq_level)
#define CVMM_KVM_SET_GSI_ROUTING	 CVMM_IOW(0x6a, struct cvmm_kvm_routing)
#define CVMM_KVM_IRQFD			 CVMM_IOW(0x76, struct cvmm_kvm_irqfd)
#define CVMM_KVM_IOEVENTFD		 CVMM_IOW(0x79, struct cvmm_kvm_ioeventfd)
#define CVMM_KVM_SIGNAL_MSI		 CVMM_IOW(0xa5, struct cvmm_kvm_msi)

/**
 * cvmm_vm_create_irqchip() - make the interrupt controllers in the kernel (KVM_CREATE_IRQCHIP)
 * @vm: the VM
 * @e:  receives the error, or NULL
 *
 * x86: both 8259, the I/O APIC, and a local APIC in every vCPU to come. arm64: a GICv2, where the host can; the device
 * API is better. riscv64: nothing to make, the AIA is a device. -EEXIST: done before; -EINVAL: there are vCPUs;
 * -ENODEV.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_create_irqchip(struct cvmm_vm vm, struct cvmm_error *e);

/**
 * cvmm_vm_irq_line() - set a line of the interrupt controllers in the kernel (KVM_IRQ_LINE)
 * @vm:    the VM
 * @irq:   x86: GSI; arm64: type in bits 27:24, vCPU in 23:16 and 31:28, number in 15:0; riscv64: APLIC source
 * @level: 1 active, 0 not; an edge is 1 and then 0
 * @e:     receives the error, or NULL
 *
 * x86 takes any number, and a GSI that leads nowhere does nothing; arm64 and riscv64: -EINVAL no such line.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_irq_line(struct cvmm_vm vm, uint32_t irq, uint32_t level, struct cvmm_error *e);

/**
 * cvmm_vm_irq_line_status() - the same, and what became of it (KVM_IRQ_LINE_STATUS)
 * @vm:     the VM
 * @irq:    as in cvmm_vm_irq_line()
 * @level:  1 or 0
 * @status: receives > 0 delivered to so many vCPUs, 0 merged with one that waits, < 0 masked
 * @e:      receives the error, or NULL
 *
 * x86 (KVM_CAP_IRQ_INJECT_STATUS). Return: 0, or -errno as cvmm_vm_irq_line().
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_irq_line_status(
	struct cvmm_vm vm, uint32_t irq, uint32_t level, int32_t *status, struct cvmm_error *e);

/**
 * cvmm_vm_signal_msi() - deliver a message (KVM_SIGNAL_MSI)
 *
 * Return: > 0 delivered, 0 the guest blocked it; -EINVAL: flags, or @msi->devid is needed.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_signal_msi(
	struct cvmm_vm vm, const struct cvmm_kvm_msi *msi, struct cvmm_error *e);

/**
 * cvmm_vm_set_gsi_routing() - replace the routing table (KVM_SET_GSI_ROUTING)
 * @vm:      the VM
 * @routing: head with its number of struct cvmm_kvm_route after it; KVM copies them
 * @e:       receives the error, or NULL
 *
 * KVM cannot give the table back: who saves a VM remembers it. -EINVAL: more than 4096 routes, a type or flag that is
 * none, a pin that does not exist, two routes of one GSI to the same chip; nothing was changed then.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_set_gsi_routing(
	struct cvmm_vm vm, const struct cvmm_kvm_routing *routing, struct cvmm_error *e);

/**
 * cvmm_vm_assign_irqfd() - an eventfd raises a GSI (KVM_IRQFD)
 * @vm:         the VM
 * @fd:         the eventfd; stays the caller's, KVM holds a reference
 * @gsi:        the line
 * @resamplefd: another eventfd, signalled at the end of a level-triggered interrupt; -1: an edge
 * @e:          receives the error, or NULL
 *
 * -EBUSY: @fd serves another line; -EINVAL: @fd is no eventfd, or no interrupt controller in the kernel.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_assign_irqfd(
	struct cvmm_vm vm, int fd, uint32_t gsi, int resamplefd, struct cvmm_error *e);

/**
 * cvmm_vm_deassign_irqfd() - undo that
 * @vm:  the VM
 * @fd:  the eventfd
 * @gsi: the line
 * @e:   receives the error, or NULL
 *
 * KVM_IRQFD. Once it returns no interrupt of it is on its way any more. Return: 0, also if there is none; -errno:
 * -EINVAL no eventfd, or no interrupt controller in the kernel.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_deassign_irqfd(struct cvmm_vm vm, int fd, uint32_t gsi, struct cvmm_error *e);

/**
 * cvmm_vm_ioeventfd() - a guest's write signals an eventfd (KVM_IOEVENTFD)
 *
 * Undone with CVMM_IOEVENTFD_DEASSIGN and otherwise equal members. -EEXIST: overlaps another; -EINVAL: length, flags,
 * wrapping address; -ENOENT: nothing to undo; -ENOSPC: too many.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_ioeventfd(
	struct cvmm_vm vm, const struct cvmm_kvm_ioeventfd *ev, struct cvmm_error *e);

CVMM_END_DECLS

#endif
