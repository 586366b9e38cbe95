/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "wrap.h"

#include <cvmm/kvm-ioctls/device.h>
#include <cvmm/kvm-ioctls/kvm.h>

/* The functions themselves, not the macros that check their callers. */
#undef cvmm_device_close

/* Attributes look the same on VM, vCPU and device fds. */
static int attr_ioctl(const struct cvmm_backend *be, int fd, unsigned long req, uint32_t group, uint64_t attr,
	uintptr_t v, struct cvmm_error *e)
{
	struct cvmm_kvm_device_attr arg = { .group = group, .attr = attr, .addr = v };
	int ret = cvmm_ioctl_hot(be, fd, req, (uintptr_t)&arg, e);

	if (ret < 0 && e) {
		e->id = attr;
		e->other = group;
	}
	return ret;
}

int cvmm_device_close(struct cvmm_device *dev)
{
	int fd = dev->fd;

	dev->fd = -1;
	return fd < 0 ? 0 : dev->be->ops->close(dev->be->ctx, fd);
}

int cvmm_device_set_attr(struct cvmm_device dev, uint32_t group, uint64_t attr, const void *v, struct cvmm_error *e)
{
	return attr_ioctl(dev.be, dev.fd, CVMM_KVM_SET_DEVICE_ATTR, group, attr, (uintptr_t)v, e);
}

int cvmm_device_get_attr(struct cvmm_device dev, uint32_t group, uint64_t attr, void *v, struct cvmm_error *e)
{
	return attr_ioctl(dev.be, dev.fd, CVMM_KVM_GET_DEVICE_ATTR, group, attr, (uintptr_t)v, e);
}

int cvmm_device_has_attr(struct cvmm_device dev, uint32_t group, uint64_t attr, struct cvmm_error *e)
{
	return attr_ioctl(dev.be, dev.fd, CVMM_KVM_HAS_DEVICE_ATTR, group, attr, 0, e);
}

int cvmm_kvm_get_attr(struct cvmm_kvm kvm, uint32_t group, uint64_t attr, void *v, struct cvmm_error *e)
{
	return attr_ioctl(kvm.be, kvm.fd, CVMM_KVM_GET_DEVICE_ATTR, group, attr, (uintptr_t)v, e);
}

int cvmm_kvm_has_attr(struct cvmm_kvm kvm, uint32_t group, uint64_t attr, struct cvmm_error *e)
{
	return attr_ioctl(kvm.be, kvm.fd, CVMM_KVM_HAS_DEVICE_ATTR, group, attr, 0, e);
}

int cvmm_vm_set_attr(struct cvmm_vm vm, uint32_t group, uint64_t attr, const void *v, struct cvmm_error *e)
{
	return attr_ioctl(vm.be, vm.fd, CVMM_KVM_SET_DEVICE_ATTR, group, attr, (uintptr_t)v, e);
}

int cvmm_vm_get_attr(struct cvmm_vm vm, uint32_t group, uint64_t attr, void *v, struct cvmm_error *e)
{
	return attr_ioctl(vm.be, vm.fd, CVMM_KVM_GET_DEVICE_ATTR, group, attr, (uintptr_t)v, e);
}

int cvmm_vm_has_attr(struct cvmm_vm vm, uint32_t group, uint64_t attr, struct cvmm_error *e)
{
	return attr_ioctl(vm.be, vm.fd, CVMM_KVM_HAS_DEVICE_ATTR, group, attr, 0, e);
}

static int name_vcpu(int ret, struct cvmm_vcpu vcpu, struct cvmm_error *e)
{
	if (ret < 0 && e)
		e->vcpu = vcpu.id;
	return ret;
}

int cvmm_vcpu_set_attr(struct cvmm_vcpu vcpu, uint32_t group, uint64_t attr, const void *v, struct cvmm_error *e)
{
	return name_vcpu(attr_ioctl(vcpu.be, vcpu.fd, CVMM_KVM_SET_DEVICE_ATTR, group, attr, (uintptr_t)v, e), vcpu, e);
}

int cvmm_vcpu_get_attr(struct cvmm_vcpu vcpu, uint32_t group, uint64_t attr, void *v, struct cvmm_error *e)
{
	return name_vcpu(attr_ioctl(vcpu.be, vcpu.fd, CVMM_KVM_GET_DEVICE_ATTR, group, attr, (uintptr_t)v, e), vcpu, e);
}

int cvmm_vcpu_has_attr(struct cvmm_vcpu vcpu, uint32_t group, uint64_t attr, struct cvmm_error *e)
{
	return name_vcpu(attr_ioctl(vcpu.be, vcpu.fd, CVMM_KVM_HAS_DEVICE_ATTR, group, attr, 0, e), vcpu, e);
}
