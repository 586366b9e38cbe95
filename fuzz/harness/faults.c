/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Target functions: cvmm_apply_until cvmm_capture cvmm_machine_start, with failing calls
 *
 * The input picks the call, the errno and how often, or the read that gives another value than was written. Whatever
 * fails: the machine is dead or untouched, everything that was opened is closed, and the same snapshot restores on a KVM
 * that works. */
#include <errno.h>

#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-sim/fault.h>

#include "../check.h"
#include "../input.h"
#include "../rig.h"
#include "../rules.h"

const size_t fuzz_prefix = 8;

static const int errnos[] = { -EINVAL, -EIO, -ENOMEM, -EBUSY, -EPERM, -ENOENT, -EAGAIN, -EINTR, -EFAULT, -ENXIO, -E2BIG,
	-ENOEXEC, -EMFILE, -ENOSPC };

/** struct liar - a KVM that once gives another value than it has */
struct liar {
	struct cvmm_backend inner;
	uint64_t reads, at;
	uint32_t bit;
};

static int liar_open(void *ctx)
{
	struct liar *l = ctx;

	return l->inner.ops->open(l->inner.ctx);
}

static int liar_close(void *ctx, int fd)
{
	struct liar *l = ctx;

	return l->inner.ops->close(l->inner.ctx, fd);
}

static int liar_ioctl(void *ctx, int fd, unsigned long req, uintptr_t arg)
{
	struct liar *l = ctx;
	int ret = l->inner.ops->ioctl(l->inner.ctx, fd, req, arg);

	if (ret == 0 && req == CVMM_KVM_GET_ONE_REG && l->reads++ == l->at) {
		const struct cvmm_kvm_one_reg *reg = (const void *)arg;
		uint32_t bit = l->bit % (8 * cvmm_reg_bytes(reg->id));

		((uint8_t *)(uintptr_t)reg->addr)[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	return ret;
}

static void *liar_mmap(void *ctx, int fd, size_t len, int *err)
{
	struct liar *l = ctx;

	return l->inner.ops->mmap(l->inner.ctx, fd, len, err);
}

static int liar_munmap(void *ctx, void *p, size_t len)
{
	struct liar *l = ctx;

	return l->inner.ops->munmap(l->inner.ctx, p, len);
}

/* A restore that reads back notices, or the bit does not matter; nothing else happens. */
static void lied_to(
	const struct fuzz_host *h, const struct cvmm_view *v, const struct cvmm_plan *p, uint64_t at, uint32_t bit)
{
	static const struct cvmm_backend_ops ops = { sizeof(ops), 0, liar_open, liar_close, liar_ioctl, liar_mmap,
		liar_munmap };
	static struct rig r;
	struct liar l = { h->be, 0, at, bit };
	struct cvmm_backend be = { &ops, &l, NULL };
	struct cvmm_error e;

	if (rig_restore(&r, h, &be, v, p, &e) && rig_must_be_dead(&r, &e))
		FUZZ_CHECK(r.gate.dead, "read %lu was wrong, reason %u, and the machine lives", (unsigned long)at,
			e.reason);
	rig_close(&r);
	(void)cvmm_sim_rewind(&h->be, &h->clean);
}

static void whole(const struct fuzz_host *h, const struct cvmm_view *v, const struct cvmm_plan *p, int expected)
{
	static struct rig r;
	struct cvmm_error e;
	int err;

	(void)cvmm_sim_rewind(&h->be, &h->clean);
	err = rig_restore(&r, h, &h->be, v, p, &e);
	FUZZ_CHECK(err == expected, "first %d, after a failure %d: reason %u", expected, err, e.reason);
	rig_close(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rig r;
	struct fuzz_input in = { data, size };
	struct cvmm_fault_rule rule = { .ops = CVMM_FAULT_IOCTL };
	struct cvmm_fault fault;
	struct cvmm_backend be;
	const struct fuzz_host *h;
	struct cvmm_plan p;
	struct cvmm_view v, seen;
	struct cvmm_error e;
	uint64_t good_calls;
	uint32_t after, rules;
	int err, good;

	if (size < fuzz_prefix || rig_read(data + fuzz_prefix, size - fuzz_prefix, &v, &e))
		return 0;
	h = fuzz_host(fuzz_any((uint32_t)fuzz_take(&in, 1)));
	rule.err = errnos[fuzz_take(&in, 1) % (sizeof(errnos) / sizeof(errnos[0]))];
	rule.at = fuzz_take(&in, 2);
	rule.times = fuzz_take(&in, 1) & 1 ? CVMM_FAULT_FOR_EVER : 1;
	after = (uint32_t)fuzz_take(&in, 1);
	rule.after = after & 1;
	rule.req = fuzz_take(&in, 1) & 1 ? CVMM_KVM_SET_ONE_REG : 0;
	rules = (uint32_t)fuzz_take(&in, 1);
	if (rig_plan(&v, h, fuzz_rules(rules, &v, &h->profile), &p, &e) || p.nrefused || v.nvcpus > FUZZ_VCPUS)
		return 0;
	FUZZ_CHECK(!cvmm_fault_init(&fault, &h->be, NULL, 0, &be, &e), "fault");
	good = rig_restore(&r, h, &be, &v, &p, &e);
	rig_close(&r);
	good_calls = fault.seen;
	(void)cvmm_sim_rewind(&h->be, &h->clean);
	if (after & 2)
		lied_to(h, &v, &p, rule.at % (good_calls + 1), after >> 2);
	rule.at %= good_calls + 1;
	FUZZ_CHECK(!cvmm_fault_init(&fault, &h->be, &rule, 1, &be, &e), "fault");
	err = rig_restore(&r, h, &be, &v, &p, &e);
	if (!err) {
		FUZZ_CHECK(
			!rule.req || !fault.injected, "a write failed with %d and the restore says nothing", rule.err);
		err = rig_capture(&r, h, &seen, &e);
	} else if (rig_must_be_dead(&r, &e)) {
		FUZZ_CHECK(r.gate.dead, "call %lu failed with %d, phase %u, and the machine lives",
			(unsigned long)rule.at, rule.err, r.m.phase);
	}
	if (r.gate.dead && r.nvcpus) {
		fault.nrules = 0;
		FUZZ_CHECK(cvmm_vcpu_run(r.vcpu[0], &e) == -EOWNERDEAD, "a dead machine runs");
	}
	fault.nrules = 0;
	rig_close(&r);
	whole(h, &v, &p, good);
	return 0;
}
