/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "wrap.h"

#include <cvmm/kvm-ioctls/irq.h>

#define IRQFD_DEASSIGN 1u
#define IRQFD_RESAMPLE 2u

int cvmm_vm_create_irqchip(struct cvmm_vm vm, struct cvmm_error *e)
{
	return vm_ioctl(vm, CVMM_KVM_CREATE_IRQCHIP, 0, e);
}

int cvmm_vm_irq_line(struct cvmm_vm vm, uint32_t irq, uint32_t level, struct cvmm_error *e)
{
	struct cvmm_kvm_irq_level arg = { .irq = irq, .level = level };

	return vm_write(vm, CVMM_KVM_IRQ_LINE, &arg, e);
}

int cvmm_vm_irq_line_status(struct cvmm_vm vm, uint32_t irq, uint32_t level, int32_t *status, struct cvmm_error *e)
{
	struct cvmm_kvm_irq_level arg = { .irq = irq, .level = level };
	int ret = vm_read(vm, CVMM_KVM_IRQ_LINE_STATUS, &arg, e);

	if (ret == 0)
		*status = (int32_t)arg.irq;
	return ret;
}

int cvmm_vm_signal_msi(struct cvmm_vm vm, const struct cvmm_kvm_msi *msi, struct cvmm_error *e)
{
	return vm_ioctl(vm, CVMM_KVM_SIGNAL_MSI, (uintptr_t)msi, e);
}

int cvmm_vm_set_gsi_routing(struct cvmm_vm vm, const struct cvmm_kvm_routing *routing, struct cvmm_error *e)
{
	return vm_write(vm, CVMM_KVM_SET_GSI_ROUTING, routing, e);
}

int cvmm_vm_assign_irqfd(struct cvmm_vm vm, int fd, uint32_t gsi, int resamplefd, struct cvmm_error *e)
{
	struct cvmm_kvm_irqfd arg = { .fd = (uint32_t)fd, .gsi = gsi };

	if (resamplefd >= 0) {
		arg.flags = IRQFD_RESAMPLE;
		arg.resamplefd = (uint32_t)resamplefd;
	}
	return vm_write(vm, CVMM_KVM_IRQFD, &arg, e);
}

int cvmm_vm_deassign_irqfd(struct cvmm_vm vm, int fd, uint32_t gsi, struct cvmm_error *e)
{
	struct cvmm_kvm_irqfd arg = { .fd = (uint32_t)fd, .gsi = gsi, .flags = IRQFD_DEASSIGN };

	return vm_write(vm, CVMM_KVM_IRQFD, &arg, e);
}

int cvmm_vm_ioeventfd(struct cvmm_vm vm, const struct cvmm_kvm_ioeventfd *ev, struct cvmm_error *e)
{
	return vm_write(vm, CVMM_KVM_IOEVENTFD, ev, e);
}
