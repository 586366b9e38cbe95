/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* x86_64 vCPU state whose size or count KVM decides: MSR batches, CPUID, XSAVE. */
#include "wrap.h"

#include <cvmm/kvm-ioctls/x86-kvm.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>
#include <cvmm/kvm-ioctls/x86-vm.h>

#include <string.h>

/* KVM wants head and entries in one piece, and writes entries of a call that stopped early. */
struct msr_batch {
	uint32_t n;
	uint32_t pad;
	struct cvmm_x86_msr msr[CVMM_X86_MSRS_MAX];
};

static int msr_count(int ret, const struct cvmm_x86_msr *msrs, uint32_t n, struct cvmm_error *e)
{
	if (ret < 0)
		return ret;
	if ((uint32_t)ret < n)
		return cvmm_fail_id(
			e, -EINVAL, CVMM_REASON_SHORT_COUNT, msrs[(uint32_t)ret].index, (uint64_t)(uint32_t)ret);
	return (uint32_t)ret == n ? 0 : cvmm_fail_id(e, -EIO, CVMM_REASON_LIST_GREW, 0, (uint64_t)(uint32_t)ret);
}

static int msr_ioctl(const struct cvmm_backend *be, int fd, unsigned long req, struct msr_batch *batch,
	const struct cvmm_x86_msr *msrs, uint32_t n, struct cvmm_error *e)
{
	if (n > CVMM_X86_MSRS_MAX)
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL, 0, CVMM_X86_MSRS_MAX);
	batch->n = n;
	batch->pad = 0;
	memcpy(batch->msr, msrs, n * sizeof(*msrs));
	return msr_count(cvmm_ioctl_hot(be, fd, req, (uintptr_t)batch, e), msrs, n, e);
}

static int name_vcpu(int ret, struct cvmm_vcpu vcpu, struct cvmm_error *e)
{
	if (ret < 0 && e)
		e->vcpu = vcpu.id;
	return ret;
}

int cvmm_vcpu_get_msrs(struct cvmm_vcpu vcpu, struct cvmm_x86_msr *msrs, uint32_t n, struct cvmm_error *e)
{
	struct msr_batch batch;
	int ret = msr_ioctl(vcpu.be, vcpu.fd, CVMM_KVM_GET_MSRS, &batch, msrs, n, e);

	if (ret == 0)
		memcpy(msrs, batch.msr, n * sizeof(*msrs));
	return name_vcpu(ret, vcpu, e);
}

int cvmm_vcpu_set_msrs(struct cvmm_vcpu vcpu, const struct cvmm_x86_msr *msrs, uint32_t n, struct cvmm_error *e)
{
	struct msr_batch batch;

	return name_vcpu(msr_ioctl(vcpu.be, vcpu.fd, CVMM_KVM_SET_MSRS, &batch, msrs, n, e), vcpu, e);
}

int cvmm_kvm_get_msrs(struct cvmm_kvm kvm, struct cvmm_x86_msr *msrs, uint32_t n, struct cvmm_error *e)
{
	struct msr_batch batch;
	int ret = msr_ioctl(kvm.be, kvm.fd, CVMM_KVM_GET_MSRS, &batch, msrs, n, e);

	if (ret == 0)
		memcpy(msrs, batch.msr, n * sizeof(*msrs));
	return ret;
}

/* KVM refuses a short list without saying how many it wants, so the answer is the number that is always enough. */
static int cpuid_ioctl(const struct cvmm_backend *be, int fd, unsigned long req, struct cvmm_x86_cpuid *cpuid,
	uint32_t cap, uint32_t *n, struct cvmm_error *e)
{
	int ret;

	if (cap > CVMM_X86_CPUID_MAX)
		return cvmm_fail_id(e, -EINVAL, CVMM_REASON_ARGUMENT, 0, CVMM_X86_CPUID_MAX);
	cpuid->nent = cap;
	cpuid->padding = 0;
	ret = cvmm_ioctl_hot(be, fd, req, (uintptr_t)cpuid, e);
	return list_result(ret, ret == -E2BIG ? CVMM_X86_CPUID_MAX : cpuid->nent, cap, CVMM_X86_CPUID_MAX, n, e);
}

/*
 * KVM up to 6.1 at least leaves the head as it was when GET_CPUID2 succeeds: full, or not told? The smallest capacity that
 * is accepted is the count; a list that is really full takes one more call to know.
 */
static int cpuid2_count(struct cvmm_vcpu vcpu, struct cvmm_x86_cpuid *cpuid, uint32_t cap, uint32_t *n)
{
	uint32_t lo = 0, hi = cap, mid = cap - 1;

	while (lo < hi) {
		uint32_t told = mid;
		int ret = cpuid_ioctl(vcpu.be, vcpu.fd, CVMM_KVM_GET_CPUID2, cpuid, mid, &told, NULL);

		if (ret < 0 && ret != -E2BIG)
			return ret;
		if (ret < 0)
			lo = mid + 1;
		else
			hi = told;
		mid = lo + (hi - lo) / 2;
	}
	*n = cpuid->nent = lo;
	return 0;
}

int cvmm_vcpu_get_cpuid2(
	struct cvmm_vcpu vcpu, struct cvmm_x86_cpuid *cpuid, uint32_t cap, uint32_t *n, struct cvmm_error *e)
{
	uint32_t told = 0;
	int ret = cpuid_ioctl(vcpu.be, vcpu.fd, CVMM_KVM_GET_CPUID2, cpuid, cap, &told, e);

	if (ret == 0 && told == cap && cap > 0) {
		ret = cpuid2_count(vcpu, cpuid, cap, &told);
		if (ret < 0)
			(void)cvmm_fail(e, ret, CVMM_REASON_IOCTL);
	}
	if (ret == 0 || ret == -E2BIG)
		*n = told;
	return name_vcpu(ret, vcpu, e);
}

int cvmm_vcpu_get_supported_hv_cpuid(
	struct cvmm_vcpu vcpu, struct cvmm_x86_cpuid *cpuid, uint32_t cap, uint32_t *n, struct cvmm_error *e)
{
	return name_vcpu(cpuid_ioctl(vcpu.be, vcpu.fd, CVMM_KVM_GET_SUPPORTED_HV_CPUID, cpuid, cap, n, e), vcpu, e);
}

int cvmm_kvm_get_supported_hv_cpuid(
	struct cvmm_kvm kvm, struct cvmm_x86_cpuid *cpuid, uint32_t cap, uint32_t *n, struct cvmm_error *e)
{
	return cpuid_ioctl(kvm.be, kvm.fd, CVMM_KVM_GET_SUPPORTED_HV_CPUID, cpuid, cap, n, e);
}

int cvmm_kvm_get_supported_cpuid(
	struct cvmm_kvm kvm, struct cvmm_x86_cpuid *cpuid, uint32_t cap, uint32_t *n, struct cvmm_error *e)
{
	return cpuid_ioctl(kvm.be, kvm.fd, CVMM_KVM_GET_SUPPORTED_CPUID, cpuid, cap, n, e);
}

int cvmm_kvm_get_emulated_cpuid(
	struct cvmm_kvm kvm, struct cvmm_x86_cpuid *cpuid, uint32_t cap, uint32_t *n, struct cvmm_error *e)
{
	return cpuid_ioctl(kvm.be, kvm.fd, CVMM_KVM_GET_EMULATED_CPUID, cpuid, cap, n, e);
}

int cvmm_vcpu_set_cpuid1(struct cvmm_vcpu vcpu, const struct cvmm_x86_cpuid *cpuid, struct cvmm_error *e)
{
	return vcpu_write(vcpu, CVMM_KVM_SET_CPUID, cpuid, e);
}

int cvmm_vcpu_set_cpuid2(struct cvmm_vcpu vcpu, const struct cvmm_x86_cpuid *cpuid, struct cvmm_error *e)
{
	return vcpu_write(vcpu, CVMM_KVM_SET_CPUID2, cpuid, e);
}

static int msr_list(
	struct cvmm_kvm kvm, unsigned long req, uint32_t *buf, uint32_t cap, uint32_t *n, struct cvmm_error *e)
{
	int ret;

	if (cap > CVMM_X86_MSR_LIST_MAX)
		return cvmm_fail_id(e, -EINVAL, CVMM_REASON_ARGUMENT, 0, CVMM_X86_MSR_LIST_MAX);
	buf[0] = cap;
	ret = kvm_ioctl(kvm, req, (uintptr_t)buf, e);
	return list_result(ret, buf[0], cap, CVMM_X86_MSR_LIST_MAX, n, e);
}

int cvmm_kvm_get_msr_index_list(struct cvmm_kvm kvm, uint32_t *buf, uint32_t cap, uint32_t *n, struct cvmm_error *e)
{
	return msr_list(kvm, CVMM_KVM_GET_MSR_INDEX_LIST, buf, cap, n, e);
}

int cvmm_kvm_get_msr_feature_index_list(
	struct cvmm_kvm kvm, uint32_t *buf, uint32_t cap, uint32_t *n, struct cvmm_error *e)
{
	return msr_list(kvm, CVMM_KVM_GET_MSR_FEATURE_INDEX_LIST, buf, cap, n, e);
}

/* A kernel that does not know the question (0) has areas of one size and one request. */
static int xsave_area(struct cvmm_vm vm, unsigned long *get, struct cvmm_error *e)
{
	int ret = vm_ioctl(vm, CVMM_KVM_CHECK_EXTENSION, CVMM_CAP_XSAVE2, e);

	*get = ret >= (int)CVMM_X86_XSAVE_BYTES ? CVMM_KVM_GET_XSAVE2 : CVMM_KVM_GET_XSAVE;
	return ret >= 0 && ret < (int)CVMM_X86_XSAVE_BYTES ? (int)CVMM_X86_XSAVE_BYTES : ret;
}

int cvmm_vm_get_xsave_bytes(struct cvmm_vm vm, struct cvmm_error *e)
{
	unsigned long unused;

	return xsave_area(vm, &unused, e);
}

int cvmm_vcpu_get_xsave(
	struct cvmm_vcpu vcpu, struct cvmm_vm vm, void *buf, size_t cap, size_t *bytes, struct cvmm_error *e)
{
	unsigned long req;
	int ret, size = xsave_area(vm, &req, e);

	if (size < 0)
		return name_vcpu(size, vcpu, e);
	if ((size_t)size > cap) {
		*bytes = (size_t)size;
		ret = cvmm_fail_id(e, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL, 0, (uint64_t)size);
		return name_vcpu(ret, vcpu, e);
	}
	ret = vcpu_read(vcpu, req, buf, e);
	if (ret == 0)
		*bytes = (size_t)size;
	return ret;
}

int cvmm_vcpu_set_xsave(struct cvmm_vcpu vcpu, struct cvmm_vm vm, const void *buf, size_t bytes, struct cvmm_error *e)
{
	int ret, size = cvmm_vm_get_xsave_bytes(vm, e);

	if (size < 0)
		return name_vcpu(size, vcpu, e);
	if (bytes < (size_t)size) {
		ret = cvmm_fail_id(e, -EINVAL, CVMM_REASON_BUFFER_TOO_SMALL, 0, (uint64_t)size);
		return name_vcpu(ret, vcpu, e);
	}
	return vcpu_write(vcpu, CVMM_KVM_SET_XSAVE, buf, e);
}
