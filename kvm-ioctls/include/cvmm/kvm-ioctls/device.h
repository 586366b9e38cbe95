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

/** cvmm_device_get_attr() - read an attribute of a device (KVM_GET_DEVICE_ATTR); see cvmm_device_set_attr(). */
CVMM_API CVMM_MUST_CHECK int cvmm_device_get_attr(
	struct cvmm_device dev, uint32_t group, uint64_t attr, void *v, struct cvmm_error *e);

/** cvmm_device_has_attr() - 0 if the device has the attribute (KVM_HAS_DEVICE_ATTR), -ENXIO if not. */
CVMM_API CVMM_MUST_CHECK int cvmm_device_has_attr(
	struct cvmm_device dev, uint32_t group, uint64_t attr, struct cvmm_error *e);

/** cvmm_vm_set_attr() - the same on a VM fd (KVM_CAP_VM_ATTRIBUTES); see cvmm_device_set_attr(). */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_set_attr(
	struct cvmm_vm vm, uint32_t group, uint64_t attr, const void *v, struct cvmm_error *e);

/** cvmm_vm_get_attr() - the same on a VM fd; arm64 has no attribute that can be read there (-EINVAL). */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_get_attr(
	struct cvmm_vm vm, uint32_t group, uint64_t attr, void *v, struct cvmm_error *e);

/** cvmm_vm_has_attr() - the same on a VM fd. */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_has_attr(struct cvmm_vm vm, uint32_t group, uint64_t attr, struct cvmm_error *e);

/** cvmm_vcpu_set_attr() - the same on a vCPU fd (KVM_CAP_VCPU_ATTRIBUTES); see cvmm_device_set_attr(). */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_set_attr(
	struct cvmm_vcpu vcpu, uint32_t group, uint64_t attr, const void *v, struct cvmm_error *e);

/** cvmm_vcpu_get_attr() - the same on a vCPU fd. */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_get_attr(
	struct cvmm_vcpu vcpu, uint32_t group, uint64_t attr, void *v, struct cvmm_error *e);

/** cvmm_vcpu_has_attr() - the same on a vCPU fd. */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_has_attr(
	struct cvmm_vcpu vcpu, uint32_t group, uint64_t attr, struct cvmm_error *e);

#ifndef __cplusplus
/* A pointer to a handle of another scope does not compile; see CVMM_EXACT(). */
#define cvmm_device_close(dev) cvmm_device_close(CVMM_EXACT(struct cvmm_device *, dev))
#endif

CVMM_END_DECLS

#endif
