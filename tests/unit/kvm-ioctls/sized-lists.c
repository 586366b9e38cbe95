/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Lists whose length KVM decides: every answer a kernel could give, and the ones no kernel should. */
#include "sized.h"

#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/x86-kvm.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>

static int reg_list(unsigned long req, void *arg)
{
	uint64_t *list = arg;
	uint64_t cap = list[0];
	uint64_t i;

	cr_assert_eq(req, CVMM_KVM_GET_REG_LIST);
	kvm.calls++;
	if (kvm.ret)
		return kvm.ret;
	list[0] = kvm.count;
	if (kvm.count > cap)
		return kvm.lie ? 0 : -E2BIG;
	for (i = 0; i < kvm.count; i++)
		list[1 + i] = UINT64_C(0x6030000000100000) + i;
	return 0;
}

Test(reg_list, handshake)
{
	uint64_t buf[1 + 8];
	uint32_t n;

	fresh(reg_list);
	for (kvm.count = 0; kvm.count <= 12; kvm.count++) {
		n = 99;
		int ret = cvmm_vcpu_get_reg_list(m.vcpu, buf, 8, &n, &e);

		cr_expect_eq(n, kvm.count);
		cr_expect_eq(ret, kvm.count <= 8 ? 0 : -E2BIG);
		if (ret < 0) {
			cr_expect_eq(e.reason, CVMM_REASON_BUFFER_TOO_SMALL);
			cr_expect_eq(e.other, kvm.count);
			cr_expect_eq(e.vcpu, 11);
		}
	}
}

/* x86: the first call, with no room at all, succeeds when there is nothing to list. */
Test(reg_list, no_room_and_nothing_to_list)
{
	uint64_t buf[1];
	uint32_t n = 99;

	fresh(reg_list);
	cr_expect_eq(cvmm_vcpu_get_reg_list(m.vcpu, buf, 0, &n, &e), 0);
	cr_expect_eq(n, 0);
}

/* A list that grew since the caller asked for its length is -E2BIG again, with the new length. */
Test(reg_list, grows_between_two_calls)
{
	uint64_t buf[1 + 8];
	uint32_t n = 0;

	fresh(reg_list);
	kvm.count = 7;
	cr_assert_eq(cvmm_vcpu_get_reg_list(m.vcpu, buf, 0, &n, &e), -E2BIG);
	kvm.count = 8;
	cr_assert_eq(cvmm_vcpu_get_reg_list(m.vcpu, buf, n, &n, &e), -E2BIG);
	cr_expect_eq(n, 8);
	cr_assert_eq(cvmm_vcpu_get_reg_list(m.vcpu, buf, n, &n, &e), 0);
}

Test(reg_list, not_believed)
{
	uint64_t buf[1 + 8];
	uint32_t n = 99;

	fresh(reg_list);
	kvm.lie = 1;
	kvm.count = 9;
	cr_expect_eq(cvmm_vcpu_get_reg_list(m.vcpu, buf, 8, &n, &e), -EIO);
	cr_expect_eq(e.reason, CVMM_REASON_LIST_GREW);
	kvm.lie = 0;
	kvm.count = 70000;
	cr_expect_eq(cvmm_vcpu_get_reg_list(m.vcpu, buf, 8, &n, &e), -EIO);
	kvm.ret = -ENOEXEC;
	cr_expect_eq(cvmm_vcpu_get_reg_list(m.vcpu, buf, 8, &n, &e), -ENOEXEC);
	cr_expect_eq(n, 99);
	kvm.calls = 0;
	cr_expect_eq(cvmm_vcpu_get_reg_list(m.vcpu, buf, 65537, &n, &e), -EINVAL);
	cr_expect_eq(kvm.calls, 0);
}

struct msr_arg {
	uint32_t n, pad;
	struct cvmm_x86_msr msr[CVMM_X86_MSRS_MAX];
};

static int msrs(unsigned long req, void *arg)
{
	struct msr_arg *a = arg;
	uint32_t i, done = kvm.count < a->n ? kvm.count : a->n;

	kvm.calls++;
	kvm.req = req;
	if (kvm.ret)
		return kvm.ret;
	for (i = 0; i < done; i++)
		if (req == CVMM_KVM_GET_MSRS)
			a->msr[i].data = a->msr[i].index + 1;
	return kvm.lie ? (int)a->n + 1 : (int)done;
}

/* Every short count of every batch size: an error that names the MSR, and no value of the batch handed out. */
Test(msrs, short_count)
{
	struct cvmm_x86_msr list[5];
	uint32_t n, i;

	fresh(msrs);
	for (n = 0; n <= 5; n++) {
		for (kvm.count = 0; kvm.count <= n; kvm.count++) {
			for (i = 0; i < 5; i++)
				list[i] = (struct cvmm_x86_msr){ .index = 0x100 + i, .data = 7 };
			int ret = cvmm_vcpu_get_msrs(m.vcpu, list, n, &e);

			cr_expect_eq(ret, kvm.count == n ? 0 : -EINVAL);
			for (i = 0; i < 5; i++)
				cr_expect_eq(list[i].data, kvm.count == n && i < n ? 0x101 + i : 7);
			if (ret == 0)
				continue;
			cr_expect_eq(e.reason, CVMM_REASON_SHORT_COUNT);
			cr_expect_eq(e.other, kvm.count);
			cr_expect_eq(e.id, 0x100 + kvm.count);
			cr_expect_eq(e.vcpu, 11);
			cr_expect_eq(cvmm_vcpu_set_msrs(m.vcpu, list, n, &e), -EINVAL);
			cr_expect_eq(e.id, 0x100 + kvm.count);
			cr_expect_eq(e.vcpu, 11);
			cr_expect_eq(cvmm_kvm_get_msrs(m.kvm, list, n, &e), -EINVAL);
			cr_expect_eq(e.other, kvm.count);
			cr_expect_eq(e.vcpu, CVMM_NO_VCPU);
		}
	}
}

Test(msrs, limits)
{
	static struct cvmm_x86_msr list[CVMM_X86_MSRS_MAX + 1];

	fresh(msrs);
	kvm.count = CVMM_X86_MSRS_MAX;
	cr_expect_eq(cvmm_vcpu_set_msrs(m.vcpu, list, CVMM_X86_MSRS_MAX, &e), 0);
	kvm.calls = 0;
	cr_expect_eq(cvmm_vcpu_set_msrs(m.vcpu, list, CVMM_X86_MSRS_MAX + 1, &e), -E2BIG);
	cr_expect_eq(e.other, CVMM_X86_MSRS_MAX);
	cr_expect_eq(kvm.calls, 0);
	kvm.lie = 1;
	cr_expect_eq(cvmm_vcpu_set_msrs(m.vcpu, list, 2, &e), -EIO, "more than it was given");
	kvm.ret = -EFAULT;
	cr_expect_eq(cvmm_vcpu_get_msrs(m.vcpu, list, 2, &e), -EFAULT);
}

static int cpuid(unsigned long req, void *arg)
{
	struct cvmm_x86_cpuid *c = arg;
	uint32_t cap = c->nent;

	kvm.calls++;
	if (kvm.ret)
		return kvm.ret;
	(void)req;
	if (kvm.count > cap && !kvm.lie)
		return -E2BIG;
	c->nent = kvm.count;
	return 0;
}

Test(cpuid, handshake)
{
	struct {
		struct cvmm_x86_cpuid head;
		struct cvmm_x86_cpuid_entry entry[8];
	} buf;
	uint32_t n;

	fresh(cpuid);
	for (kvm.count = 0; kvm.count <= 10; kvm.count++) {
		n = 99;
		cr_expect_eq(cvmm_vcpu_get_cpuid2(m.vcpu, &buf.head, 8, &n, &e), kvm.count > 8 ? -E2BIG : 0);
		cr_expect_eq(n, kvm.count > 8 ? CVMM_X86_CPUID_MAX : kvm.count);
		n = 99;
		cr_expect_eq(cvmm_kvm_get_supported_cpuid(m.kvm, &buf.head, 8, &n, &e), kvm.count > 8 ? -E2BIG : 0);
		cr_expect_eq(n, kvm.count > 8 ? CVMM_X86_CPUID_MAX : kvm.count);
		if (kvm.count > 8) {
			cr_expect_eq(e.reason, CVMM_REASON_BUFFER_TOO_SMALL);
			cr_expect_eq(e.other, CVMM_X86_CPUID_MAX);
		}
	}
	kvm.lie = 1;
	cr_expect_eq(cvmm_vcpu_get_cpuid2(m.vcpu, &buf.head, 8, &n, &e), -EIO);
	kvm.calls = 0;
	cr_expect_eq(cvmm_vcpu_get_cpuid2(m.vcpu, &buf.head, 257, &n, &e), -EINVAL);
	cr_expect_eq(kvm.calls, 0);
}

/* Linux 6.1: what fits is copied, and the head stays as it was. */
static int cpuid_of_old(unsigned long req, void *arg)
{
	struct cvmm_x86_cpuid *c = arg;

	(void)req;
	kvm.calls++;
	return kvm.count > c->nent ? -E2BIG : 0;
}

Test(cpuid, kernels_that_do_not_say_how_many)
{
	struct {
		struct cvmm_x86_cpuid head;
		struct cvmm_x86_cpuid_entry entry[CVMM_X86_CPUID_MAX];
	} buf;
	uint32_t n;

	fresh(cpuid_of_old);
	for (kvm.count = 0; kvm.count <= CVMM_X86_CPUID_MAX; kvm.count++) {
		n = 999;
		kvm.calls = 0;
		cr_expect_eq(cvmm_vcpu_get_cpuid2(m.vcpu, &buf.head, CVMM_X86_CPUID_MAX, &n, &e), 0);
		cr_expect_eq(n, kvm.count);
		cr_expect_eq(buf.head.nent, kvm.count);
		cr_expect_leq(kvm.calls, 10);
	}
	kvm.count = 1;
	cr_expect_eq(cvmm_vcpu_get_cpuid2(m.vcpu, &buf.head, 0, &n, &e), -E2BIG);
	kvm.count = 0;
	cr_expect_eq(cvmm_vcpu_get_cpuid2(m.vcpu, &buf.head, 0, &n, &e), 0);
	cr_expect_eq(n, 0);
}

static int msr_list(unsigned long req, void *arg)
{
	uint32_t *list = arg;
	uint32_t cap = list[0];

	(void)req;
	list[0] = kvm.count;
	return kvm.count > cap ? -E2BIG : 0;
}

Test(msr_list, handshake)
{
	uint32_t buf[1 + 8], n;

	fresh(msr_list);
	for (kvm.count = 0; kvm.count <= 10; kvm.count++) {
		cr_expect_eq(cvmm_kvm_get_msr_index_list(m.kvm, buf, 8, &n, &e), kvm.count > 8 ? -E2BIG : 0);
		cr_expect_eq(n, kvm.count);
		cr_expect_eq(cvmm_kvm_get_msr_feature_index_list(m.kvm, buf, 8, &n, NULL), kvm.count > 8 ? -E2BIG : 0);
		cr_expect_eq(n, kvm.count);
	}
}
