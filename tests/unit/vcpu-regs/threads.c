/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Each vCPU of one VM by a thread of its own: nothing is shared. A thread sanitizer build looks at the same test. */
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include <pthread.h>

#include "../vm-regs/sim.h"

#define THREADS	  4u
#define ROUNDS	  20u
#define ITEMS_MAX 512u

struct job {
	struct cvmm_vcpu vcpu;
	const struct cvmm_vcpu_regs *regs; /* one list for all threads */
	size_t len;
	uint8_t *col;
	int ret;
};

static void *work(void *arg)
{
	struct job *j = arg;
	struct cvmm_error e = { 0 };
	uint32_t round, phase;

	for (round = 0; j->ret == 0 && round < ROUNDS; round++) {
		for (phase = CVMM_PHASE_IDENTITY; j->ret == 0 && phase <= CVMM_PHASE_MP_STATE; phase++)
			j->ret = cvmm_vcpu_regs_restore(j->vcpu, j->regs, j->col, j->len, phase, &e);
		if (j->ret == 0)
			j->ret = cvmm_vcpu_regs_verify(j->vcpu, j->regs, j->col, j->len, &e);
		if (j->ret == 0)
			j->ret = cvmm_vcpu_regs_capture(j->vcpu, j->regs, j->col, j->len, &e);
	}
	return NULL;
}

Test(threads, vcpus_in_parallel)
{
	struct sim_host *h = sim_host("6.18.15-neoverse-n1", 0, THREADS);
	const struct cvmm_variant *v = cvmm_profile_variant(&h->profile, PSCI_0_2);
	static struct cvmm_item item[ITEMS_MAX];
	static uint8_t col[THREADS][8192];
	static struct cvmm_vcpu_regs regs;
	struct job job[THREADS];
	pthread_t thread[THREADS];
	struct cvmm_error e = { 0 };
	uint32_t i, n = 0;
	size_t len = 0;

	sim_vcpus(h, THREADS, PSCI_0_2, 1);
	for (i = 0; i < v->regs.n; i++) {
		if (!cvmm_vcpu_reg_from_id(v->regs.item[i].id).id)
			continue;
		item[n] = v->regs.item[i];
		item[n].off = (uint32_t)len;
		len += item[n++].size;
	}
	cr_assert_leq(len, sizeof(col[0]));
	cr_assert_eq(cvmm_vcpu_regs_init(&regs, item, n, NULL, &e), 0);
	for (i = 0; i < THREADS; i++) {
		cr_assert_eq(cvmm_vcpu_regs_capture(h->vcpu[i], &regs, col[i], len, &e), 0);
		cvmm_store_le(col[i], 8, 0x1000 + i);
		job[i] = (struct job){ .vcpu = h->vcpu[i], .regs = &regs, .len = len, .col = col[i] };
		cr_assert_eq(pthread_create(&thread[i], NULL, work, &job[i]), 0);
	}
	for (i = 0; i < THREADS; i++) {
		cr_assert_eq(pthread_join(thread[i], NULL), 0);
		cr_expect_eq(job[i].ret, 0, "thread %u: %d", i, job[i].ret);
	}
	sim_free(h);
}
