/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "common.h"

#include <cvmm/kvm-sim/fault.h>

/* A small honest user: returns the first error, in every case closes what it opened. */
static int use(const struct cvmm_backend *be)
{
	int kvm = be->ops->open(be->ctx), vm = -1, v = -1, ret = kvm, err = 0;
	uint64_t x;

	if (ret >= 0)
		ret = vm = call_int(be, kvm, CVMM_KVM_CREATE_VM, 0);
	if (ret >= 0)
		ret = v = call_int(be, vm, CVMM_KVM_CREATE_VCPU, 0);
	if (ret >= 0)
		ret = init(be, v, 4);
	if (ret >= 0)
		ret = get(be, v, CVMM_ARM64_PSCI_VERSION, &x);
	if (ret >= 0)
		ret = set(be, v, CVMM_ARM64_PSCI_VERSION, 2);
	if (ret >= 0 && !be->ops->mmap(be->ctx, v, 4096, &err))
		ret = err;
	if (v >= 0)
		be->ops->close(be->ctx, v);
	if (vm >= 0)
		be->ops->close(be->ctx, vm);
	if (kvm >= 0)
		be->ops->close(be->ctx, kvm);
	return ret < 0 ? ret : 0;
}

Test(fault, every_call_of_a_run_once)
{
	struct cvmm_fault_rule rule = { .ops = CVMM_FAULT_OPEN | CVMM_FAULT_IOCTL | CVMM_FAULT_MMAP, .err = -ENODATA };
	struct cvmm_fault f;
	struct cvmm_backend be;
	struct host h;
	uint64_t calls, i;

	host_make(&h, "6.1.192-neoverse-n1", (struct cvmm_sim_config){ 0 });
	cr_assert_eq(cvmm_fault_init(&f, &h.be, NULL, 0, &be, NULL), 0);
	cr_assert_eq(use(&be), 0);
	calls = f.seen;
	cr_assert_eq(calls, 10u);
	cr_assert_eq(f.injected, 0u);
	for (i = 0; i < 7; i++) {
		rule.at = i;
		rule.times = 1;
		cr_assert_eq(cvmm_fault_init(&f, &h.be, &rule, 1, &be, NULL), 0);
		cr_assert_eq(use(&be), -ENODATA, "call %u", (unsigned)i);
		cr_assert_eq(f.injected, 1u);
		cr_assert_eq(use(&h.be), 0, "nothing leaked: the same storage serves the next user");
	}
	rule.at = 7;
	cr_assert_eq(cvmm_fault_init(&f, &h.be, &rule, 1, &be, NULL), 0);
	cr_assert_eq(use(&be), 0);
	host_free(&h);
}

Test(fault, storms_and_exhaustion)
{
	struct cvmm_fault_rule rules[] = {
		{ .ops = CVMM_FAULT_IOCTL, .err = -EINTR, .req = CVMM_KVM_RUN, .at = 1, .times = 3 },
		{ .ops = CVMM_FAULT_IOCTL,
			.err = -EMFILE,
			.req = CVMM_KVM_CREATE_VCPU,
			.at = 1,
			.times = CVMM_FAULT_FOR_EVER },
		{ .ops = CVMM_FAULT_IOCTL, .err = -EIO, .req = CVMM_KVM_SET_ONE_REG, .at = 0, .times = 1, .after = 1 },
	};
	struct cvmm_fault f;
	struct cvmm_backend be;
	struct host h;
	uint64_t x;
	int vm, v;

	host_make(&h, "7.3.4-neoverse-n1", (struct cvmm_sim_config){ 0 });
	cr_assert_eq(cvmm_fault_init(&f, &h.be, rules, 3, &be, NULL), 0);
	vm = call_int(&be, be.ops->open(be.ctx), CVMM_KVM_CREATE_VM, 0);
	v = call_int(&be, vm, CVMM_KVM_CREATE_VCPU, 0);
	for (int i = 1; i < 5; i++)
		cr_assert_eq(call_int(&be, vm, CVMM_KVM_CREATE_VCPU, (uintptr_t)i), -EMFILE);
	cr_assert_eq(init(&be, v, 4), 0);
	cr_assert_eq(set(&be, v, CVMM_ARM64_PSCI_VERSION, 2), -EIO);
	cr_assert_eq(get(&be, v, CVMM_ARM64_PSCI_VERSION, &x), 0);
	cr_assert_eq(x, 2u, "the caller was told of an error, and yet the write happened");
	for (int i = 0; i < 6; i++)
		cr_assert_eq(call_int(&be, v, CVMM_KVM_RUN, 0), i >= 1 && i < 4 ? -EINTR : 0, "%d", i);
	cr_assert_eq(f.injected, 8u);
	cr_assert_eq(f.matched[0], 6u);
	host_free(&h);
}

static uint32_t asked;

static int count_ioctl(void *ctx, int fd, unsigned long req, uintptr_t arg)
{
	(void)ctx;
	(void)fd;
	(void)req;
	memcpy(&asked, (const void *)arg, sizeof(asked));
	return (int)asked;
}

Test(fault, short_counts)
{
	static const struct cvmm_backend_ops ops = { .size = sizeof(ops), .ioctl = count_ioctl };
	struct cvmm_backend inner = { .ops = &ops }, be;
	struct cvmm_fault_rule rule = { .ops = CVMM_FAULT_IOCTL, .req = 0x4008ae89, .at = 0, .times = 2, .shorten = 2 };
	struct cvmm_fault f;
	uint32_t msrs[4] = { 5 };

	cr_assert_eq(cvmm_fault_init(&f, &inner, &rule, 1, &be, NULL), 0);
	cr_assert_eq(call(&be, 0, 0x4008ae89, msrs), 3);
	cr_assert_eq(msrs[0], 5u, "the caller's number is as before");
	msrs[0] = 1;
	cr_assert_eq(call(&be, 0, 0x4008ae89, msrs), 0);
	cr_assert_eq(call(&be, 0, 0x4008ae89, msrs), 1);
}

Test(fault, rules_that_make_no_sense)
{
	struct cvmm_fault_rule rules[CVMM_FAULT_RULES_MAX + 1] = { { .ops = CVMM_FAULT_ANY, .err = 5 } };
	struct cvmm_backend none = { 0 }, be;
	struct cvmm_fault f;
	struct cvmm_error e;

	cr_assert_eq(cvmm_fault_init(&f, cvmm_backend_dev(), rules, 1, &be, &e), -EINVAL);
	rules[0].err = -EIO;
	rules[0].shorten = 1;
	cr_assert_eq(cvmm_fault_init(&f, cvmm_backend_dev(), rules, 1, &be, &e), -EINVAL);
	cr_assert_eq(cvmm_fault_init(&f, cvmm_backend_dev(), rules, CVMM_FAULT_RULES_MAX + 1, &be, &e), -EINVAL);
	cr_assert_eq(cvmm_fault_init(&f, cvmm_backend_dev(), NULL, 1, &be, &e), -EINVAL);
	cr_assert_eq(cvmm_fault_init(&f, &none, NULL, 0, &be, &e), -EINVAL);
	cr_assert_eq(e.reason, CVMM_REASON_ARGUMENT);
}
