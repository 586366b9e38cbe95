/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* State whose size or count KVM decides: every answer a kernel could give, and the ones no kernel should. */
#include "mock.h"

#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-ioctls/memory.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/vm.h>
#include <cvmm/kvm-ioctls/x86-kvm.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>
#include <cvmm/kvm-ioctls/x86-vm.h>

#include <criterion/criterion.h>

static struct mock m;
static struct cvmm_error e;

/* What the mocked KVM holds, and what it was last asked. */
static struct {
	uint32_t count; /* entries of its list, or MSRs that it processes before it stops */
	int ret;	/* forced result, 0 for none */
	int lie;	/* success, whatever fits */
	unsigned long req;
	int calls;
} kvm;

static void fresh(mock_fn *answer)
{
	memset(&kvm, 0, sizeof(kvm));
	memset(&e, 0xee, sizeof(e));
	mock_init(&m, answer);
}

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

static int xsave(unsigned long req, void *arg)
{
	kvm.calls++;
	if (req == CVMM_KVM_CHECK_EXTENSION) {
		cr_expect_eq((uintptr_t)arg, CVMM_CAP_XSAVE2);
		return kvm.ret ? kvm.ret : (int)kvm.count;
	}
	kvm.req = req;
	if (req != CVMM_KVM_SET_XSAVE)
		memset(arg, 0x5a, kvm.count < 4096 ? 4096 : kvm.count);
	return 0;
}

Test(xsave, size_is_asked_for_and_checked)
{
	static uint8_t buf[8192 + 64];
	static const uint32_t says[] = { 0, 4096, 8192 };
	size_t i;

	fresh(xsave);
	for (i = 0; i < 3; i++) {
		size_t need = says[i] ? says[i] : 4096, bytes = 99;

		kvm.count = says[i];
		memset(buf, 0xa5, sizeof(buf));
		cr_expect_eq(cvmm_vcpu_get_xsave(m.vcpu, m.vm, buf, need - 1, &bytes, &e), -E2BIG);
		cr_expect_eq(bytes, need);
		cr_expect_eq(e.other, need);
		cr_expect_eq(e.vcpu, 11);
		cr_expect_eq(buf[0], 0xa5);
		cr_expect_eq(cvmm_vcpu_get_xsave(m.vcpu, m.vm, buf, need, &bytes, &e), 0);
		cr_expect_eq(bytes, need);
		cr_expect_eq(kvm.req, says[i] ? CVMM_KVM_GET_XSAVE2 : CVMM_KVM_GET_XSAVE);
		cr_expect_eq(buf[need - 1], 0x5a);
		cr_expect_eq(buf[need], 0xa5);
		kvm.calls = 0;
		cr_expect_eq(cvmm_vcpu_set_xsave(m.vcpu, m.vm, buf, need - 1, &e), -EINVAL);
		cr_expect_eq(e.reason, CVMM_REASON_BUFFER_TOO_SMALL);
		cr_expect_eq(kvm.calls, 1, "nothing was written");
		cr_expect_eq(cvmm_vcpu_set_xsave(m.vcpu, m.vm, buf, need, &e), 0);
		cr_expect_eq(kvm.req, CVMM_KVM_SET_XSAVE);
	}
	kvm.ret = -EIO;
	cr_expect_eq(cvmm_vcpu_set_xsave(m.vcpu, m.vm, buf, 4096, &e), -EIO);
	cr_expect_eq(e.vcpu, 11);
}

static int nested(unsigned long req, void *arg)
{
	struct cvmm_x86_nested_state *s = arg;
	uint32_t cap = s->size;

	kvm.calls++;
	if (req == CVMM_KVM_SET_NESTED_STATE || kvm.ret)
		return kvm.ret;
	s->size = kvm.count;
	return kvm.count > cap && !kvm.lie ? -E2BIG : 0;
}

Test(nested, size_is_checked_both_ways)
{
	static struct {
		struct cvmm_x86_nested_state head;
		uint8_t data[4096];
	} buf;
	size_t bytes = 99;

	fresh(nested);
	kvm.count = 128 + 4096;
	cr_expect_eq(cvmm_vcpu_get_nested_state(m.vcpu, &buf.head, 127, &bytes, &e), -EINVAL);
	cr_expect_eq(kvm.calls, 0);
	cr_expect_eq(cvmm_vcpu_get_nested_state(m.vcpu, &buf.head, 128, &bytes, &e), -E2BIG);
	cr_expect_eq(bytes, 128 + 4096);
	cr_expect_eq(cvmm_vcpu_get_nested_state(m.vcpu, &buf.head, sizeof(buf), &bytes, &e), 0);
	kvm.lie = 1;
	cr_expect_eq(cvmm_vcpu_get_nested_state(m.vcpu, &buf.head, 128, &bytes, &e), -EIO);
	kvm.calls = 0;
	buf.head.size = 127;
	cr_expect_eq(cvmm_vcpu_set_nested_state(m.vcpu, &buf.head, sizeof(buf), &e), -EINVAL);
	buf.head.size = sizeof(buf) + 1;
	cr_expect_eq(cvmm_vcpu_set_nested_state(m.vcpu, &buf.head, sizeof(buf), &e), -EINVAL);
	cr_expect_eq(e.reason, CVMM_REASON_ARGUMENT);
	cr_expect_eq(kvm.calls, 0);
	buf.head.size = sizeof(buf);
	cr_expect_eq(cvmm_vcpu_set_nested_state(m.vcpu, &buf.head, sizeof(buf), &e), 0);
}

static int dirty_log(unsigned long req, void *arg)
{
	(void)req;
	(void)arg;
	kvm.calls++;
	return 0;
}

Test(dirty_log, room_is_checked)
{
	uint64_t bitmap[2];

	fresh(dirty_log);
	cr_expect_eq(cvmm_vm_get_dirty_log(m.vm, 0, bitmap, 1, 64, &e), 0);
	cr_expect_eq(cvmm_vm_get_dirty_log(m.vm, 0, bitmap, 1, 65, &e), -E2BIG);
	cr_expect_eq(e.other, 2);
	cr_expect_eq(cvmm_vm_get_dirty_log(m.vm, 0, bitmap, 2, UINT64_MAX, &e), -E2BIG);
	cr_expect_eq(kvm.calls, 1);
}

/* A page per call; count says after how many KVM makes no more progress. */
static int pre_fault(unsigned long req, void *arg)
{
	struct cvmm_kvm_pre_fault *p = arg;

	(void)req;
	if (kvm.calls++ >= (int)kvm.count)
		return kvm.ret;
	p->gpa += 4096;
	p->size -= 4096;
	return 0;
}

Test(pre_fault, goes_on_until_done_or_stuck)
{
	uint64_t size;

	fresh(pre_fault);
	kvm.count = 5;
	size = 5 * 4096;
	cr_expect_eq(cvmm_vcpu_pre_fault_memory(m.vcpu, 0, &size, &e), 0);
	cr_expect_eq(size, 0);
	kvm.calls = 0;
	size = 7 * 4096;
	cr_expect_eq(cvmm_vcpu_pre_fault_memory(m.vcpu, 0, &size, &e), -EAGAIN);
	cr_expect_eq(size, 2 * 4096);
	kvm.calls = 0;
	kvm.ret = -EINTR;
	size = 7 * 4096;
	cr_expect_eq(cvmm_vcpu_pre_fault_memory(m.vcpu, 0, &size, &e), -EINTR);
	cr_expect_eq(size, 2 * 4096);
}

static int old_kernel(unsigned long req, void *arg)
{
	(void)req;
	(void)arg;
	return kvm.ret;
}

Test(counts, kernels_that_do_not_say)
{
	fresh(old_kernel);
	cr_expect_eq(cvmm_kvm_get_nr_vcpus(m.kvm, &e), 4);
	cr_expect_eq(cvmm_kvm_get_max_vcpus(m.kvm, &e), 4);
	cr_expect_eq(cvmm_kvm_get_max_vcpu_id(m.kvm, &e), 4);
	cr_expect_eq(cvmm_kvm_get_nr_memslots(m.kvm, &e), 32);
	cr_expect_eq(cvmm_kvm_get_ipa_bits(m.kvm, &e), 40);
	kvm.ret = -EBADF;
	cr_expect_eq(cvmm_kvm_get_max_vcpu_id(m.kvm, &e), -EBADF);
}

Test(open, version_and_operations)
{
	struct cvmm_backend_ops ops = mock_ops;
	struct cvmm_kvm out = { .fd = 77 };

	fresh(old_kernel);
	kvm.ret = 11;
	cr_expect_eq(cvmm_kvm_open(&m.be, &out, &e), -EINVAL);
	cr_expect_eq(e.reason, CVMM_REASON_API_VERSION);
	cr_expect_eq(e.other, 11);
	kvm.ret = 12;
	cr_expect_eq(cvmm_kvm_open(NULL, &out, &e), -EINVAL);
	cr_expect_eq(e.reason, CVMM_REASON_BACKEND);
	ops.size = 8;
	m.be.ops = &ops;
	cr_expect_eq(cvmm_kvm_open(&m.be, &out, &e), -EINVAL);
	ops = mock_ops;
	ops.munmap = NULL;
	cr_expect_eq(cvmm_kvm_open(&m.be, &out, &e), -EINVAL);
	cr_expect_eq(out.fd, 77);
	ops = mock_ops;
	cr_expect_eq(cvmm_kvm_open(&m.be, &out, &e), 0);
	cr_expect_eq(out.fd, 3);
}
