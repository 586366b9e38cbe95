/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A thread for each vCPU, and a way to stop them wherever they are. */
#include "machine.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NS_PER_US 1000L
#define NS_PER_S  1000000000L

struct runner {
	struct machine *m;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	atomic_int stop;
	int answered;
	int failed;
	uint32_t running;
};

struct cpu {
	struct runner *r;
	uint32_t index;
	pthread_t thread;
};

static void kicked(int signal)
{
	(void)signal;
}

static void report(struct runner *r, int answered, int failed)
{
	(void)pthread_mutex_lock(&r->lock);
	r->answered |= answered;
	r->failed = r->failed ? r->failed : failed;
	(void)pthread_cond_broadcast(&r->changed);
	(void)pthread_mutex_unlock(&r->lock);
}

static int unexpected(const struct cpu *c, const struct cvmm_run *run, int ret, const struct cvmm_error *e)
{
	struct cvmm_x86_regs regs = { 0 };
	uint64_t at;
	uint32_t i;

	if (ret < 0)
		return complain("run", e);
	if (cvmm_vcpu_get_regs(c->r->m->vcpu[c->index], &regs, NULL))
		regs.rip = 0;
	fprintf(stderr, "vCPU %u: exit %u (%x) at %llx", c->index, run->exit_reason,
		run->exit_reason == CVMM_EXIT_IO ? run->io.port : run->internal.suberror, (unsigned long long)regs.rip);
	/* A fault: the error code if there is one, then where it was. */
	for (i = 0; i < 4 && regs.rsp + 8 * i + 8 <= MEM_BYTES; i++) {
		memcpy(&at, c->r->m->mem + regs.rsp + 8 * i, sizeof(at));
		fprintf(stderr, " %llx", (unsigned long long)at);
	}
	fputc('\n', stderr);
	return -1;
}

static void *run_vcpu(void *arg)
{
	struct cpu *c = arg;
	struct runner *r = c->r;
	struct cvmm_run *run = r->m->run[c->index];
	struct cvmm_error e;

	while (!atomic_load(&r->stop)) {
		int ret = cvmm_vcpu_run(r->m->vcpu[c->index], &e);

		if (ret == -EINTR || ret == -EAGAIN)
			continue;
		if (ret == 0 && run->exit_reason == CVMM_EXIT_IO && run->io.port == OUT_RESULT) {
			report(r, 1, 0);
			break;
		}
		report(r, 0, unexpected(c, run, ret, &e));
		break;
	}
	(void)pthread_mutex_lock(&r->lock);
	r->running--;
	(void)pthread_cond_broadcast(&r->changed);
	(void)pthread_mutex_unlock(&r->lock);
	return NULL;
}

static void wait_until(struct runner *r, uint64_t us)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += (long)(us % 1000000) * NS_PER_US;
	t.tv_sec += (time_t)(us / 1000000) + t.tv_nsec / NS_PER_S;
	t.tv_nsec %= NS_PER_S;
	(void)pthread_mutex_lock(&r->lock);
	while (!r->answered && !r->failed) {
		if (pthread_cond_timedwait(&r->changed, &r->lock, &t) == ETIMEDOUT)
			break;
	}
	(void)pthread_mutex_unlock(&r->lock);
}

int machine_run(struct machine *m, uint64_t us, uint64_t *answer)
{
	const struct sigaction act = { .sa_handler = kicked };
	struct runner r = { .m = m, .lock = PTHREAD_MUTEX_INITIALIZER, .running = m->n };
	struct cpu cpu[VCPUS_MAX];
	pthread_condattr_t attr;
	uint32_t i;

	(void)sigaction(SIGUSR1, &act, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&r.changed, &attr);
	for (i = 0; i < m->n; i++) {
		m->run[i]->immediate_exit = 0;
		cpu[i] = (struct cpu){ .r = &r, .index = i };
		if (pthread_create(&cpu[i].thread, NULL, run_vcpu, &cpu[i]))
			return -1;
	}
	wait_until(&r, us);
	atomic_store(&r.stop, 1);
	for (i = 0; i < m->n; i++) {
		m->run[i]->immediate_exit = 1;
		(void)pthread_kill(cpu[i].thread, SIGUSR1);
	}
	for (i = 0; i < m->n; i++)
		(void)pthread_join(cpu[i].thread, NULL);
	(void)pthread_cond_destroy(&r.changed);
	if (r.failed)
		return -1;
	if (r.answered)
		memcpy(answer, m->mem + GUEST_PAGES + GUEST_P_RESULT, sizeof(*answer));
	return r.answered;
}

static uint32_t lapic_reg(const struct cvmm_x86_lapic *l, uint32_t at)
{
	uint32_t v;

	memcpy(&v, l->regs + at, sizeof(v));
	return v;
}

void machine_tell(const struct machine *m)
{
	static const uint32_t at[] = { 0x80, 0x110 + 0x10 * 0, 0x200 + 0x10, 0x320, 0x380, 0x390 };
	struct cvmm_x86_msr deadline = { .index = 0x6e0 };
	struct cvmm_x86_lapic l = { { 0 } };
	struct cvmm_x86_regs r = { 0 };
	uint32_t i, k, state = 0;

	for (i = 0; i < m->n; i++) {
		if (cvmm_vcpu_get_regs(m->vcpu[i], &r, NULL) || cvmm_vcpu_get_lapic(m->vcpu[i], &l, NULL) ||
			cvmm_vcpu_get_mp_state(m->vcpu[i], &state, NULL) ||
			cvmm_vcpu_get_msrs(m->vcpu[i], &deadline, 1, NULL))
			continue;
		fprintf(stderr, "vCPU %u: rip %llx rflags %llx round %llu state %u deadline %llx apic", i,
			(unsigned long long)r.rip, (unsigned long long)r.rflags, (unsigned long long)r.r9, state,
			(unsigned long long)deadline.data);
		for (k = 0; k < sizeof(at) / sizeof(at[0]); k++)
			fprintf(stderr, " %x:%x", at[k], lapic_reg(&l, at[k]));
		fprintf(stderr, " ticks %llu armed %llu\n",
			(unsigned long long)*(const uint64_t *)(const void *)(m->mem + GUEST_PAGES + i * 4096 + 16),
			(unsigned long long)*(const uint64_t *)(const void *)(m->mem + GUEST_PAGES + i * 4096 + 48));
	}
}
