/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "common.h"

#include <cvmm/kvm-sim/record.h>

/* A program whose course depends on all that it is told; the sum of what it saw. */
static uint64_t program(const struct cvmm_backend *be, uint64_t salt)
{
	static uint64_t list[4097];
	uint64_t sum = 0, masks[CVMM_ARM64_MASKS], x, dist = 0x08000000;
	struct cvmm_arm64_reg_mask_range range = { .addr = (uintptr_t)masks };
	struct cvmm_kvm_create_device d = { .type = 7 };
	struct cvmm_kvm_device_attr a = { .group = 0, .attr = 2, .addr = (uintptr_t)&dist };
	struct cvmm_arm64_vcpu_init in = { 0 };
	int kvm = be->ops->open(be->ctx), vm = call_int(be, kvm, CVMM_KVM_CREATE_VM, 0), v, err = 0;
	uint8_t *run;

	sum += (uint64_t)call_int(be, kvm, CVMM_KVM_CHECK_EXTENSION, 66);
	sum += (uint64_t)call(be, vm, CVMM_KVM_CREATE_DEVICE, &d) + d.fd;
	sum += (uint64_t)call(be, (int)d.fd, CVMM_KVM_SET_DEVICE_ATTR, &a);
	dist = 0;
	sum += (uint64_t)call(be, (int)d.fd, CVMM_KVM_GET_DEVICE_ATTR, &a) + dist;
	v = call_int(be, vm, CVMM_KVM_CREATE_VCPU, 3);
	sum += (uint64_t)call(be, vm, CVMM_KVM_ARM_PREFERRED_TARGET, &in) + in.target;
	in.features[0] = 4;
	sum += (uint64_t)call(be, v, CVMM_KVM_ARM_VCPU_INIT, &in);
	list[0] = 1;
	sum += (uint64_t)call(be, v, CVMM_KVM_GET_REG_LIST, list) + list[0];
	list[0] = list[0] > 4096 ? 4096 : list[0];
	sum += (uint64_t)call(be, v, CVMM_KVM_GET_REG_LIST, list);
	for (uint64_t i = 1; i <= list[0] && i <= 4096; i++) {
		sum += (uint64_t)get(be, v, list[i], &x) + x + list[i];
		sum += (uint64_t)set(be, v, list[i], x + (i == 5 ? salt : 0));
	}
	sum += (uint64_t)call(be, vm, CVMM_KVM_ARM_GET_REG_WRITABLE_MASKS, &range);
	for (int i = 0; i < (int)CVMM_ARM64_MASKS; i++)
		sum += masks[i];
	run = be->ops->mmap(be->ctx, v, CVMM_SIM_RUN_BYTES, &err);
	if (run) {
		sum += (uint64_t)call_int(be, v, CVMM_KVM_RUN, 0);
		sum += run[8] + (uint64_t)run[40] * 256;
		be->ops->munmap(be->ctx, run, CVMM_SIM_RUN_BYTES);
	}
	sum += (uint64_t)be->ops->close(be->ctx, v);
	be->ops->close(be->ctx, (int)d.fd);
	be->ops->close(be->ctx, vm);
	be->ops->close(be->ctx, kvm);
	return sum;
}

#define LOG_BYTES (1u << 20)

static struct cvmm_record recorder;
static struct cvmm_replay replayer;

static size_t record(uint8_t *log, size_t cap, uint64_t *sum, uint64_t *lost)
{
	struct cvmm_backend be;
	struct host h;

	host_make(&h, "7.3.4-neoverse-n1", (struct cvmm_sim_config){ 0 });
	cr_assert_eq(cvmm_record_init(&recorder, &h.be, log, cap, &be, NULL), 0);
	*sum = program(&be, 0);
	*lost = recorder.lost;
	host_free(&h);
	return recorder.len;
}

Test(record, the_same_again_without_a_kvm)
{
	uint8_t *log = storage(LOG_BYTES), *again = storage(LOG_BYTES), *run = storage(CVMM_SIM_RUN_BYTES);
	struct cvmm_backend be;
	struct cvmm_error e;
	uint64_t sum, other, lost;
	size_t len = record(log, LOG_BYTES, &sum, &lost);

	cr_assert_eq(lost, 0u);
	cr_assert_gt(recorder.calls, 500u);
	cr_assert_eq(record(again, LOG_BYTES, &other, &lost), len, "the same calls give the same log");
	cr_assert_eq(memcmp(log, again, len), 0);
	cr_assert_eq(cvmm_replay_init(&replayer, log, len, run, CVMM_SIM_RUN_BYTES, &be, &e), 0);
	cr_assert_eq(program(&be, 0), sum);
	cr_assert_eq(cvmm_replay_done(&replayer, &e), 0);
	/* One value that differs is noticed, and where. */
	cr_assert_eq(cvmm_replay_init(&replayer, log, len, run, CVMM_SIM_RUN_BYTES, &be, &e), 0);
	(void)program(&be, 1);
	cr_assert_eq(cvmm_replay_done(&replayer, &e), -EIO);
	cr_assert_eq(e.reason, CVMM_REASON_LOG_MISMATCH);
	cr_assert_eq(e.other, replayer.calls);
	/* So is a program that stops early. */
	cr_assert_eq(cvmm_replay_init(&replayer, log, len, run, CVMM_SIM_RUN_BYTES, &be, &e), 0);
	cr_assert_geq(be.ops->open(be.ctx), 0);
	cr_assert_eq(cvmm_replay_done(&replayer, &e), -EIO);
	free(run);
	free(again);
	free(log);
}

Test(record, a_full_log_is_good_up_to_there)
{
	uint8_t *log = storage(LOG_BYTES);
	struct cvmm_backend be;
	uint64_t sum, all, lost;
	size_t len;

	record(log, LOG_BYTES, &all, &lost);
	memset(log, 0x5a, LOG_BYTES);
	len = record(log, 3000, &sum, &lost);
	cr_assert_eq(sum, all, "the program does not notice");
	cr_assert_gt(lost, 0u);
	cr_assert_leq(len, 3000u);
	cr_assert_eq(log[3000], 0x5a);
	cr_assert_eq(cvmm_replay_init(&replayer, log, len, NULL, 0, &be, NULL), 0);
	free(log);
}

/* Every truncation and every changed byte: refused, or some other log; never a crash. */
Test(record, logs_are_untrusted)
{
	uint8_t *log = storage(LOG_BYTES), *bad = storage(LOG_BYTES), *run = storage(CVMM_SIM_RUN_BYTES);
	struct cvmm_backend be;
	struct cvmm_error e;
	uint64_t sum, lost, refused = 0;
	size_t len = record(log, LOG_BYTES, &sum, &lost);

	for (size_t i = 0; i < 2000; i++) {
		uint8_t *cut = storage(i ? i : 1);

		memcpy(cut, log, i);
		if (cvmm_replay_init(&replayer, cut, i, run, CVMM_SIM_RUN_BYTES, &be, &e)) {
			cr_assert_eq(e.reason, CVMM_REASON_LOG_FORMAT);
			refused++;
		}
		free(cut);
	}
	cr_assert_gt(refused, 1900u);
	for (size_t i = 0; i < 4000; i++) {
		memcpy(bad, log, len);
		bad[i % 2000] ^= (uint8_t)(i < 2000 ? 1 : 0x80);
		if (cvmm_replay_init(&replayer, bad, len, run, CVMM_SIM_RUN_BYTES, &be, &e) == 0)
			(void)program(&be, 0);
	}
	free(run);
	free(bad);
	free(log);
}
