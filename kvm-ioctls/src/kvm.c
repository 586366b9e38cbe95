/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "wrap.h"

#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/kvm.h>

/* The functions themselves, not the macros that check their callers. */
#undef cvmm_kvm_open
#undef cvmm_kvm_adopt
#undef cvmm_kvm_close
#undef cvmm_kvm_create_vm
#undef cvmm_kvm_adopt_vm

static int check_backend(const struct cvmm_backend *be, struct cvmm_error *e)
{
	const struct cvmm_backend_ops *ops = be ? be->ops : NULL;

	if (!ops || ops->size < sizeof(*ops) || !ops->open || !ops->close || !ops->ioctl || !ops->mmap || !ops->munmap)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_BACKEND);
	return 0;
}

int cvmm_kvm_adopt(const struct cvmm_backend *be, int fd, struct cvmm_kvm *out, struct cvmm_error *e)
{
	int version, ret = check_backend(be, e);

	if (ret < 0)
		return ret;
	if (fd < 0)
		return cvmm_fail(e, -EBADF, CVMM_REASON_ARGUMENT);
	version = cvmm_ioctl_hot(be, fd, CVMM_KVM_GET_API_VERSION, 0, e);
	if (version < 0)
		return version;
	if (version != CVMM_KVM_API_VERSION)
		return cvmm_fail_id(e, -EINVAL, CVMM_REASON_API_VERSION, 0, (uint64_t)version);
	*out = (struct cvmm_kvm){ .be = be, .fd = fd };
	return 0;
}

int cvmm_kvm_open(const struct cvmm_backend *be, struct cvmm_kvm *out, struct cvmm_error *e)
{
	int fd, ret = check_backend(be, e);

	if (ret < 0)
		return ret;
	fd = be->ops->open(be->ctx);
	if (fd < 0)
		return cvmm_fail(e, fd, CVMM_REASON_IOCTL);
	ret = cvmm_kvm_adopt(be, fd, out, e);
	if (ret < 0)
		(void)be->ops->close(be->ctx, fd);
	return ret;
}

int cvmm_kvm_close(struct cvmm_kvm *kvm)
{
	int fd = kvm->fd;

	kvm->fd = -1;
	return fd < 0 ? 0 : kvm->be->ops->close(kvm->be->ctx, fd);
}

int cvmm_kvm_check_extension(struct cvmm_kvm kvm, uint32_t cap, struct cvmm_error *e)
{
	return kvm_ioctl(kvm, CVMM_KVM_CHECK_EXTENSION, cap, e);
}

/* A count that this kernel may be too old to tell. */
static int count_or(int ret, int otherwise)
{
	return ret ? ret : otherwise;
}

int cvmm_kvm_get_nr_vcpus(struct cvmm_kvm kvm, struct cvmm_error *e)
{
	return count_or(cvmm_kvm_check_extension(kvm, CVMM_CAP_NR_VCPUS, e), 4);
}

int cvmm_kvm_get_max_vcpus(struct cvmm_kvm kvm, struct cvmm_error *e)
{
	int ret = cvmm_kvm_check_extension(kvm, CVMM_CAP_MAX_VCPUS, e);

	return ret ? ret : cvmm_kvm_get_nr_vcpus(kvm, e);
}

int cvmm_kvm_get_max_vcpu_id(struct cvmm_kvm kvm, struct cvmm_error *e)
{
	int ret = cvmm_kvm_check_extension(kvm, CVMM_CAP_MAX_VCPU_ID, e);

	return ret ? ret : cvmm_kvm_get_max_vcpus(kvm, e);
}

int cvmm_kvm_get_nr_memslots(struct cvmm_kvm kvm, struct cvmm_error *e)
{
	return count_or(cvmm_kvm_check_extension(kvm, CVMM_CAP_NR_MEMSLOTS, e), 32);
}

int cvmm_kvm_get_ipa_bits(struct cvmm_kvm kvm, struct cvmm_error *e)
{
	return count_or(cvmm_kvm_check_extension(kvm, CVMM_CAP_ARM_VM_IPA_SIZE, e), 40);
}

int cvmm_kvm_get_vcpu_mmap_size(struct cvmm_kvm kvm, struct cvmm_error *e)
{
	return kvm_ioctl(kvm, CVMM_KVM_GET_VCPU_MMAP_SIZE, 0, e);
}

static struct cvmm_vm make_vm(struct cvmm_kvm kvm, int fd, uint32_t adopted, struct cvmm_gate *gate)
{
	*gate = (struct cvmm_gate){ .be = { .ops = kvm.be->ops, .ctx = kvm.be->ctx, .gate = gate } };
	return (struct cvmm_vm){ .be = &gate->be, .fd = fd, .adopted = adopted };
}

int cvmm_kvm_create_vm(
	struct cvmm_kvm kvm, uint64_t type, struct cvmm_gate *gate, struct cvmm_vm *out, struct cvmm_error *e)
{
	int fd = kvm_ioctl(kvm, CVMM_KVM_CREATE_VM, (uintptr_t)type, e);

	if (fd < 0)
		return fd;
	*out = make_vm(kvm, fd, 0, gate);
	return 0;
}

int cvmm_kvm_adopt_vm(struct cvmm_kvm kvm, int fd, struct cvmm_gate *gate, struct cvmm_vm *out, struct cvmm_error *e)
{
	if (fd < 0)
		return cvmm_fail(e, -EBADF, CVMM_REASON_ARGUMENT);
	*out = make_vm(kvm, fd, 1, gate);
	return 0;
}
