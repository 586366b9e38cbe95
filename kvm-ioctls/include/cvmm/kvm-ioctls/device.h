/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: the device scope, and attributes on every scope that has them
 */
#ifndef CVMM_KVM_IOCTLS_DEVICE_H
#define CVMM_KVM_IOCTLS_DEVICE_H

#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/handle.h>

CVMM_BEGIN_DECLS

/**
 * cvmm_device_close() - close a device handle
 * @dev: the handle; its fd becomes -1. An already closed one is left alone
 *
 * Return: 0 or -errno of close.
 */
CVMM_API int cvmm_device_close(struct cvmm_device *dev);

/**
 * cvmm_device_set_attr() - write an attribute of a device
 * @dev:   the device
 * @group: attribute group
 * @attr:  attribute
 * @v:     the value; its size belongs to the attribute; NULL for attributes that take none
 * @e:     receives the error, or NULL; id is the attribute, other the group
 *
 * KVM_SET_DEVICE_ATTR. Return: 0, or -errno of the attribute: -ENXIO unknown, -EBUSY too early or too late, -EINVAL.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_device_set_attr(
	struct cvmm_device dev, uint32_t group, uint64_t attr, const void *v, struct cvmm_error *e);

/**
 * cvmm_device_get_attr() - read an attribute of a device
 * @dev:   the device
 * @group: attribute group
 * @attr:  attribute
 * @v:     receives the value; its size belongs to the attribute
 * @e:     receives the error, or NULL
 *
 * KVM_GET_DEVICE_ATTR. E->id is the attribute, e->other the group. Return: 0, or -errno of the attribute: -ENXIO
 * unknown or write-only, -EFAULT, -EBUSY.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_device_get_attr(
	struct cvmm_device dev, uint32_t group, uint64_t attr, void *v, struct cvmm_error *e);

/**
 * cvmm_device_has_attr() - is there such an attribute?
 * @dev:   the device
 * @group: attribute group
 * @attr:  attribute
 * @e:     receives the error, or NULL
 *
 * KVM_HAS_DEVICE_ATTR. Return: 0 if it has, -ENXIO if not, or another -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_device_has_attr(
	struct cvmm_device dev, uint32_t group, uint64_t attr, struct cvmm_error *e);

/**
 * cvmm_vm_set_attr() - the same on a VM fd
 * @vm:    the VM
 * @group: attribute group
 * @attr:  attribute
 * @v:     the value; its size belongs to the attribute
 * @e:     receives the error, or NULL
 *
 * KVM_SET_DEVICE_ATTR (here KVM_CAP_VM_ATTRIBUTES; arm64 since 6.4 for the SMCCC filter). Errors as
 * cvmm_device_set_attr(). Return: 0 or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_set_attr(
	struct cvmm_vm vm, uint32_t group, uint64_t attr, const void *v, struct cvmm_error *e);

/**
 * cvmm_vm_get_attr() - the same on a VM fd
 * @vm:    the VM
 * @group: attribute group
 * @attr:  attribute
 * @v:     receives the value; its size belongs to the attribute
 * @e:     receives the error, or NULL
 *
 * KVM_GET_DEVICE_ATTR. Return: 0, or -errno: -EINVAL or -ENOTTY where VMs have no attribute that can be read, arm64
 * among them.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_get_attr(
	struct cvmm_vm vm, uint32_t group, uint64_t attr, void *v, struct cvmm_error *e);

/**
 * cvmm_vm_has_attr() - the same on a VM fd
 * @vm:    the VM
 * @group: attribute group
 * @attr:  attribute
 * @e:     receives the error, or NULL
 *
 * KVM_HAS_DEVICE_ATTR. Return: 0 if the VM has it, -ENXIO if not, -EINVAL or -ENOTTY where VMs have none at all.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_has_attr(struct cvmm_vm vm, uint32_t group, uint64_t attr, struct cvmm_error *e);

/**
 * cvmm_vcpu_set_attr() - the same on a vCPU fd
 * @vcpu:  the vCPU
 * @group: attribute group
 * @attr:  attribute
 * @v:     the value; its size belongs to the attribute
 * @e:     receives the error, or NULL
 *
 * KVM_SET_DEVICE_ATTR (here KVM_CAP_VCPU_ATTRIBUTES; x86 since 5.16 for the TSC offset). Errors as
 * cvmm_device_set_attr(). Return: 0 or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_set_attr(
	struct cvmm_vcpu vcpu, uint32_t group, uint64_t attr, const void *v, struct cvmm_error *e);

/**
 * cvmm_vcpu_get_attr() - the same on a vCPU fd
 * @vcpu:  the vCPU
 * @group: attribute group
 * @attr:  attribute
 * @v:     receives the value; its size belongs to the attribute
 * @e:     receives the error, or NULL
 *
 * KVM_GET_DEVICE_ATTR. Return: 0, or -errno: -ENXIO unknown or write-only.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_get_attr(
	struct cvmm_vcpu vcpu, uint32_t group, uint64_t attr, void *v, struct cvmm_error *e);

/**
 * cvmm_vcpu_has_attr() - the same on a vCPU fd
 * @vcpu:  the vCPU
 * @group: attribute group
 * @attr:  attribute
 * @e:     receives the error, or NULL
 *
 * KVM_HAS_DEVICE_ATTR. Return: 0 if the vCPU has it, -ENXIO if not.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_has_attr(
	struct cvmm_vcpu vcpu, uint32_t group, uint64_t attr, struct cvmm_error *e);

#ifndef __cplusplus
/* A pointer to a handle of another scope does not compile; see CVMM_EXACT(). */
#define cvmm_device_close(dev) cvmm_device_close(CVMM_EXACT(struct cvmm_device *, dev))
#endif

CVMM_END_DECLS

#endif
