/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "wrap.h"

#include <cvmm/kvm-ioctls/x86-guests.h>

int cvmm_vm_xen_hvm_config(struct cvmm_vm vm, const struct cvmm_x86_xen_config *config, struct cvmm_error *e)
{
	return vm_write(vm, CVMM_KVM_XEN_HVM_CONFIG, config, e);
}

int cvmm_vm_get_xen_attr(struct cvmm_vm vm, struct cvmm_x86_xen_attr *attr, struct cvmm_error *e)
{
	return vm_read(vm, CVMM_KVM_XEN_HVM_GET_ATTR, attr, e);
}

int cvmm_vm_set_xen_attr(struct cvmm_vm vm, const struct cvmm_x86_xen_attr *attr, struct cvmm_error *e)
{
	return vm_write(vm, CVMM_KVM_XEN_HVM_SET_ATTR, attr, e);
}

int cvmm_vcpu_get_xen_attr(struct cvmm_vcpu vcpu, struct cvmm_x86_xen_attr *attr, struct cvmm_error *e)
{
	return vcpu_read(vcpu, CVMM_KVM_XEN_VCPU_GET_ATTR, attr, e);
}

int cvmm_vcpu_set_xen_attr(struct cvmm_vcpu vcpu, const struct cvmm_x86_xen_attr *attr, struct cvmm_error *e)
{
	return vcpu_write(vcpu, CVMM_KVM_XEN_VCPU_SET_ATTR, attr, e);
}

int cvmm_vm_xen_evtchn_send(struct cvmm_vm vm, const struct cvmm_x86_xen_evtchn *ev, struct cvmm_error *e)
{
	return vm_ioctl(vm, CVMM_KVM_XEN_HVM_EVTCHN_SEND, (uintptr_t)ev, e);
}

int cvmm_vm_hyperv_eventfd(struct cvmm_vm vm, uint32_t conn_id, int fd, int deassign, struct cvmm_error *e)
{
	struct cvmm_x86_hv_eventfd arg = { .conn_id = conn_id, .fd = fd, .flags = deassign ? 1u : 0u };

	return vm_write(vm, CVMM_KVM_HYPERV_EVENTFD, &arg, e);
}
