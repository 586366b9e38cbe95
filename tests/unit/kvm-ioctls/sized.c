/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Blocks whose size KVM decides, and counts that it may not know: every answer a kernel could give, and the ones none should. */
#include "sized.h"

#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-ioctls/memory.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/vm.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>
#include <cvmm/kvm-ioctls/x86-vm.h>

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
