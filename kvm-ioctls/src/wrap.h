/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What wrappers have in common. KVM copies a struct out as its last step, so a failed read leaves the caller's storage as
 * it was and needs no copy in between; only requests that also write on failure get one.
 */
#ifndef CVMM_KVM_IOCTLS_WRAP_H
#define CVMM_KVM_IOCTLS_WRAP_H

#include <cvmm/kvm-ioctls/hot.h>

/* Every vCPU ioctl goes through here, so that each error names its vCPU. */
static inline int vcpu_ioctl(struct cvmm_vcpu vcpu, unsigned long req, uintptr_t arg, struct cvmm_error *e)
{
	return cvmm_vcpu_ioctl_hot(vcpu, req, arg, e);
}

static inline int vm_ioctl(struct cvmm_vm vm, unsigned long req, uintptr_t arg, struct cvmm_error *e)
{
	return cvmm_ioctl_hot(vm.be, vm.fd, req, arg, e);
}

static inline int kvm_ioctl(struct cvmm_kvm kvm, unsigned long req, uintptr_t arg, struct cvmm_error *e)
{
	return cvmm_ioctl_hot(kvm.be, kvm.fd, req, arg, e);
}

/* Requests that answer 0 on every known kernel; a stray positive answer must not look like a count. */
static inline int vcpu_read(struct cvmm_vcpu vcpu, unsigned long req, void *out, struct cvmm_error *e)
{
	int ret = vcpu_ioctl(vcpu, req, (uintptr_t)out, e);

	return ret < 0 ? ret : 0;
}

static inline int vcpu_write(struct cvmm_vcpu vcpu, unsigned long req, const void *in, struct cvmm_error *e)
{
	int ret = vcpu_ioctl(vcpu, req, (uintptr_t)in, e);

	return ret < 0 ? ret : 0;
}

static inline int vm_read(struct cvmm_vm vm, unsigned long req, void *out, struct cvmm_error *e)
{
	int ret = vm_ioctl(vm, req, (uintptr_t)out, e);

	return ret < 0 ? ret : 0;
}

static inline int vm_write(struct cvmm_vm vm, unsigned long req, const void *in, struct cvmm_error *e)
{
	int ret = vm_ioctl(vm, req, (uintptr_t)in, e);

	return ret < 0 ? ret : 0;
}

/*
 * The sizing handshake of lists whose length KVM puts into a head: @count is the head after the call. A list that fits
 * or not, its length is told; a KVM that claims success and more entries than fit is not believed.
 */
static inline int list_result(int ret, uint64_t count, uint64_t cap, uint64_t max, uint32_t *n, struct cvmm_error *e)
{
	if (ret < 0 && ret != -E2BIG)
		return ret;
	if (count > max || (ret >= 0 && count > cap))
		return cvmm_fail_id(e, -EIO, CVMM_REASON_LIST_GREW, 0, count);
	*n = (uint32_t)count;
	if (ret < 0 && e) {
		e->reason = CVMM_REASON_BUFFER_TOO_SMALL;
		e->other = count;
	}
	return ret < 0 ? ret : 0;
}

#endif
