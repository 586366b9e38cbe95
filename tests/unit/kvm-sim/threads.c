/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* One thread per vCPU, all of them also writing registers of the VM. Worth most under the thread sanitizer. */
#include "common.h"

#include <pthread.h>

#define THREADS 4
#define ROUNDS	2000

struct worker {
	struct host *h;
	int v;
	int failed;
	uint64_t i;
};

static void *work(void *arg)
{
	static _Thread_local uint64_t list[4097];
	struct worker *w = arg;
	const struct cvmm_backend *be = &w->h->be;
	uint64_t x, id = CVMM_ARM64_CORE | CVMM_REG_U64;

	for (uint64_t i = 0; i < ROUNDS; i++) {
		w->failed |= set(be, w->v, id, i * 16 + w->i) != 0;
		w->failed |= get(be, w->v, id, &x) != 0 || x != i * 16 + w->i;
		w->failed |= set(be, w->v, CVMM_ARM64_STD_BMAP, i & 1) != 0;
		w->failed |= get(be, w->v, CVMM_ARM64_STD_BMAP, &x) != 0 || x > 1;
		w->failed |= set(be, w->v, CVMM_ARM64_TIMER_CNT, i) != 0;
		w->failed |= get(be, w->v, CVMM_ARM64_TIMER_CNT, &x) != 0;
		w->failed |= set(be, w->v, CVMM_ARM64_PSCI_VERSION, i & 1 ? 2 : 0x10001) != 0;
		w->failed |= get(be, w->v, CVMM_ARM64_CTR_EL0, &x) != 0;
		if (i % 64 == 0) {
			list[0] = 4096;
			w->failed |= call(be, w->v, CVMM_KVM_GET_REG_LIST, list) != 0;
			w->failed |= init(be, w->v, 4) != 0;
		}
	}
	return NULL;
}

Test(threads, one_per_vcpu)
{
	struct worker w[THREADS] = { { 0 } };
	uint64_t n[CVMM_SIM_NCOUNTS];
	pthread_t t[THREADS];
	struct host h;
	int vm;

	host_make(&h, "7.3.4-neoverse-n1", (struct cvmm_sim_config){ 0 });
	vm = call_int(&h.be, h.be.ops->open(h.be.ctx), CVMM_KVM_CREATE_VM, 0);
	for (uint64_t i = 0; i < THREADS; i++) {
		w[i].h = &h;
		w[i].i = i;
		w[i].v = call_int(&h.be, vm, CVMM_KVM_CREATE_VCPU, (uintptr_t)i);
		cr_assert_eq(init(&h.be, w[i].v, 4), 0);
	}
	for (int i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&t[i], NULL, work, &w[i]), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	for (int i = 0; i < THREADS; i++)
		cr_assert_not(w[i].failed, "thread %d", i);
	cr_assert_eq(cvmm_sim_counts(&h.be, n), 0);
	cr_assert_eq(n[CVMM_SIM_COUNT_SET_ONE_REG], UINT64_C(4) * THREADS * ROUNDS);
	cr_assert_eq(n[CVMM_SIM_COUNT_GET_ONE_REG], UINT64_C(4) * THREADS * ROUNDS);
	/* each INIT, and the write of the bitmap per round */
	cr_assert_eq(n[CVMM_SIM_COUNT_VM_LOCK], THREADS * (1 + (uint64_t)ROUNDS + 32));
	host_free(&h);
}
