/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * (b) a restore whose vCPUs are shared among the VMM's threads; (c) what writing VM-owned registers once saves when every vCPU has
 * a thread of its own that would otherwise wait for the VM's lock.
 */
#include "bench.h"
#include "rig.h"

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define KERNEL	    "6.18.15-neoverse-n1"
#define VCPUS	    64
#define THREADS_MAX VCPUS

struct worker {
	struct rig *rig;
	uint32_t first, step;
	int with_vm;
	int bad;
};

struct crowd {
	struct rig *rig;
	uint32_t threads;
	/* VM-owned registers: 1 by the first thread, 2 by each vCPU's. */
	int vm_owned;
};

static const uint32_t phases[] = { CVMM_PHASE_IDENTITY, CVMM_PHASE_STATE, CVMM_PHASE_TIMER, CVMM_PHASE_EVENTS,
	CVMM_PHASE_MP_STATE };

/* The vCPUs' own registers, checked once for all of them. */
static struct cvmm_vcpu_regs own;

static int write_vm_owned(struct rig *r, struct cvmm_vcpu vcpu)
{
	const struct cvmm_regset *vm = &r->view.vm;
	uint32_t i;

	for (i = 0; i < vm->n; i++) {
		if (cvmm_reg_is_property(vm->item[i].id))
			continue;
		if (cvmm_vcpu_set_one_reg(vcpu, vm->item[i].id, cvmm_regset_value(vm, i, 0), vm->item[i].size, NULL) <
			0)
			return -1;
	}
	return 0;
}

static void *work(void *ctx)
{
	struct worker *w = ctx;
	const struct cvmm_regset *regs = &w->rig->view.shape[0].regs;
	uint32_t i, p;

	for (i = w->first; i < w->rig->nvcpus; i += w->step) {
		const uint8_t *col = regs->col + (size_t)i * regs->stride;

		if (w->with_vm == 2 || (w->with_vm == 1 && i == 0))
			w->bad |= write_vm_owned(w->rig, w->rig->vcpu[i]);
		for (p = 0; p < sizeof(phases) / sizeof(phases[0]); p++)
			w->bad |= cvmm_vcpu_regs_restore(w->rig->vcpu[i], &own, col, regs->stride, phases[p], NULL);
	}
	return NULL;
}

static int prepare(void *ctx)
{
	struct crowd *c = ctx;
	struct cvmm_arm64_vcpu_init init = { .target = CVMM_ARM64_TARGET_GENERIC,
		.features = { (uint32_t)c->rig->features } };
	uint32_t i;

	if (rig_rewind(c->rig) < 0 || rig_create(c->rig) < 0 || rig_vcpus(c->rig) < 0)
		return -1;
	for (i = 0; i < c->rig->nvcpus; i++)
		if (cvmm_vcpu_init(c->rig->vcpu[i], &init, NULL) < 0)
			return -1;
	return 0;
}

static int run(void *ctx)
{
	struct crowd *c = ctx;
	struct worker w[THREADS_MAX];
	pthread_t t[THREADS_MAX];
	uint32_t i;
	int bad = 0;

	for (i = 0; i < c->threads; i++) {
		w[i] = (struct worker){ c->rig, i, c->threads, c->vm_owned, 0 };
		if (i && pthread_create(&t[i], NULL, work, &w[i]) != 0)
			return -1;
	}
	(void)work(&w[0]);
	for (i = 1; i < c->threads; i++)
		pthread_join(t[i], NULL);
	for (i = 0; i < c->threads; i++)
		bad |= w[i].bad;
	return bad;
}

/*
 * The VMM's second thread. It exists before the restore, as vCPU threads do, and looks for work all the time, so that what
 * is measured is how far a restore can be shared and not how long a kernel takes to wake a thread.
 */
struct helper {
	pthread_t thread;
	_Atomic uint32_t asked, done, next;
	_Atomic int stop;
	uint32_t n;
	void (*one)(void *work, uint32_t i);
	void *work;
};

#define TAKE 4u /* vCPUs at a time: whichever thread is slower gets fewer */

static void help(struct helper *h)
{
	uint32_t i, k;

	while ((i = atomic_fetch_add(&h->next, TAKE)) < h->n)
		for (k = i; k < i + TAKE && k < h->n; k++)
			h->one(h->work, k);
}

/* A while of looking, then somebody else's turn: on a busy machine it may be the other thread's. */
static void look_again(uint32_t *times)
{
	if (++*times % 4096 == 0)
		sched_yield();
}

static void *helping(void *ctx)
{
	struct helper *h = ctx;
	uint32_t seen = 0, times = 0;

	while (!atomic_load_explicit(&h->stop, memory_order_relaxed)) {
		if (atomic_load_explicit(&h->asked, memory_order_acquire) == seen) {
			look_again(&times);
			continue;
		}
		seen++;
		help(h);
		atomic_store_explicit(&h->done, seen, memory_order_release);
	}
	return NULL;
}

static void spread(void *ctx, uint32_t n, void (*one)(void *work, uint32_t i), void *work)
{
	struct helper *h = ctx;
	const uint32_t asked = atomic_load_explicit(&h->asked, memory_order_relaxed) + 1;
	uint32_t times = 0;

	h->n = n;
	h->one = one;
	h->work = work;
	atomic_store_explicit(&h->next, 0, memory_order_relaxed);
	atomic_store_explicit(&h->asked, asked, memory_order_release);
	help(h);
	while (atomic_load_explicit(&h->done, memory_order_acquire) != asked)
		look_again(&times);
}

/* The machine stands where its vCPUs' own state comes next: everything before is the VM's, and one thread's. */
static int prepare_machine(void *ctx)
{
	struct rig *r = ctx;

	if (rig_rewind(r) < 0 || rig_create(r) < 0 ||
		cvmm_apply_until(&r->machine, &r->view, &r->plan, CVMM_PHASE_VM, NULL) < 0 || rig_vcpus(r) < 0 ||
		cvmm_machine_vcpus(&r->machine, r->vcpu, r->nvcpus, NULL) < 0)
		return -1;
	return cvmm_apply_until(&r->machine, &r->view, &r->plan, CVMM_PHASE_CONFIG, NULL);
}

static int restore_alone(void *ctx)
{
	struct rig *r = ctx;

	return cvmm_apply_until(&r->machine, &r->view, &r->plan, CVMM_PHASE_DONE, NULL);
}

static struct helper helper;

static int restore_shared(void *ctx)
{
	struct rig *r = ctx;

	r->machine.spread = spread;
	r->machine.spread_ctx = &helper;
	return restore_alone(r);
}

static void bench_two_threads(struct rig *r)
{
	struct bench_contestant c[] = { { "one thread", prepare_machine, restore_alone, r, 0 },
		{ "two threads", prepare_machine, restore_shared, r, 0 } };

	if (pthread_create(&helper.thread, NULL, helping, &helper) != 0)
		return;
	bench_interleaved(c, 2);
	atomic_store(&helper.stop, 1);
	pthread_join(helper.thread, NULL);
	bench_ratio("restore of 64 vCPUs, read back: one thread / two threads", c[0].median_ns / 1000,
		c[1].median_ns / 1000, "us", ">= 1.8");
}

int main(int argc, char **argv)
{
	static struct rig rig;
	struct crowd once = { &rig, VCPUS, 1 }, each = { &rig, VCPUS, 2 };
	struct bench_contestant c[] = { { "once", prepare, run, &once, 0 }, { "each", prepare, run, &each, 0 } };
	uint64_t lock;

	bench_json(argc > 1 && !strcmp(argv[1], "--json"));
	rig_open(&rig, KERNEL, VCPUS, CVMM_ARM64_FEATURE_PSCI_0_2);
	if (cvmm_vcpu_regs_init(&own, rig.view.shape[0].regs.item, rig.view.shape[0].regs.n, NULL, NULL) < 0)
		return 1;
	bench_two_threads(&rig);
	bench_interleaved(c, 2);
	bench_ratio("64 threads, VM-owned registers: once / through each vCPU, time", c[0].median_ns / 1000,
		c[1].median_ns / 1000, "us", "");
	(void)prepare(&each);
	lock = rig_count(&rig, CVMM_SIM_COUNT_VM_LOCK);
	(void)run(&each);
	lock = rig_count(&rig, CVMM_SIM_COUNT_VM_LOCK) - lock;
	bench_figure("64 threads, VM lock taken when written through each vCPU", (double)lock, "times", "");
	bench_end();
	return 0;
}
