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

/* ---- calls on the VM, its devices and its vCPUs, from four threads at once ---- */

struct busy {
	struct host *h;
	int vm, gic, vcpu, failed;
};

static void *memory_slots(void *arg)
{
	struct busy *b = arg;
	struct cvmm_kvm_memory_region r = { .slot = 1, .guest_phys_addr = 0x40000000, .userspace_addr = 0x10000 };

	for (int i = 0; i < ROUNDS; i++) {
		r.memory_bytes = i & 1 ? 0 : 0x10000;
		b->failed |= call(&b->h->be, b->vm, CVMM_KVM_SET_USER_MEMORY_REGION, &r) != 0;
	}
	return NULL;
}

/* A register of the interrupt controller is refused while a vCPU is inside a call. */
static void *controller(void *arg)
{
	struct busy *b = arg;
	uint32_t value = 0;
	struct cvmm_kvm_device_attr a = { .group = 5, .attr = 0x10080, .addr = (uintptr_t)&value };
	int ret;

	for (int i = 0; i < ROUNDS; i++) {
		ret = call(&b->h->be, b->gic, i & 1 ? CVMM_KVM_GET_DEVICE_ATTR : CVMM_KVM_SET_DEVICE_ATTR, &a);
		b->failed |= ret != 0 && ret != -EBUSY;
		b->failed |= call(&b->h->be, b->gic, CVMM_KVM_HAS_DEVICE_ATTR, &a) != 0;
	}
	return NULL;
}

static void *runs(void *arg)
{
	struct busy *b = arg;
	const struct cvmm_backend *be = &b->h->be;
	struct cvmm_arm64_vcpu_events ev;
	uint32_t state = CVMM_MP_STATE_RUNNABLE;

	for (int i = 0; i < ROUNDS; i++) {
		b->failed |= call_int(be, b->vcpu, CVMM_KVM_RUN, 0) != 0;
		b->failed |= call(be, b->vcpu, CVMM_KVM_ARM_GET_VCPU_EVENTS, &ev) != 0;
		b->failed |= call(be, b->vcpu, CVMM_KVM_SET_MP_STATE, &state) != 0;
		b->failed |= set(be, b->vcpu, CVMM_ARM64_CORE | CVMM_REG_U64, (uint64_t)i) != 0;
	}
	return NULL;
}

static void *machines(void *arg)
{
	struct busy *b = arg;
	const struct cvmm_backend *be = &b->h->be;
	struct cvmm_kvm_memory_region r = { .slot = 2, .guest_phys_addr = 0x80000000, .userspace_addr = 0x10000 };
	uint64_t n[CVMM_SIM_NCOUNTS];

	for (int i = 0; i < ROUNDS; i++) {
		int kvm = be->ops->open(be->ctx), vm = call_int(be, kvm, CVMM_KVM_CREATE_VM, 0);
		int v = call_int(be, vm, CVMM_KVM_CREATE_VCPU, 0);

		b->failed |= v < 0 || init(be, v, 4) != 0;
		b->failed |= call_int(be, b->vm, CVMM_KVM_CHECK_EXTENSION, 70) != 1;
		b->failed |= be->ops->close(be->ctx, v) || be->ops->close(be->ctx, vm) || be->ops->close(be->ctx, kvm);
		r.memory_bytes = i & 1 ? 0 : 0x10000;
		b->failed |= call(be, b->vm, CVMM_KVM_SET_USER_MEMORY_REGION, &r) != 0;
		b->failed |= cvmm_sim_counts(be, n) != 0;
	}
	return NULL;
}

Test(threads, all_kinds_of_calls)
{
	static void *(*const work_of[THREADS])(void *) = { memory_slots, controller, runs, machines };
	struct cvmm_kvm_create_device d = { .type = CVMM_DEV_ARM_VGIC_V3 };
	uint64_t dist = 0x08000000, redist = 0x080a0000;
	struct cvmm_kvm_device_attr a = { .attr = 2, .addr = (uintptr_t)&dist };
	struct busy b[THREADS], one = { 0 };
	pthread_t t[THREADS];
	struct host h;

	host_make(&h, "7.3.4-neoverse-n1", (struct cvmm_sim_config){ .max_vms = 2 });
	one.h = &h;
	one.vm = call_int(&h.be, h.be.ops->open(h.be.ctx), CVMM_KVM_CREATE_VM, 0);
	cr_assert_eq(call(&h.be, one.vm, CVMM_KVM_CREATE_DEVICE, &d), 0);
	one.gic = (int)d.fd;
	cr_assert_eq(call(&h.be, one.gic, CVMM_KVM_SET_DEVICE_ATTR, &a), 0);
	a = (struct cvmm_kvm_device_attr){ .attr = 3, .addr = (uintptr_t)&redist };
	cr_assert_eq(call(&h.be, one.gic, CVMM_KVM_SET_DEVICE_ATTR, &a), 0);
	one.vcpu = call_int(&h.be, one.vm, CVMM_KVM_CREATE_VCPU, 0);
	cr_assert_eq(init(&h.be, one.vcpu, 4), 0);
	a = (struct cvmm_kvm_device_attr){ .group = 4 };
	cr_assert_eq(call(&h.be, one.gic, CVMM_KVM_SET_DEVICE_ATTR, &a), 0);
	for (int i = 0; i < THREADS; i++) {
		b[i] = one;
		cr_assert_eq(pthread_create(&t[i], NULL, work_of[i], &b[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	for (int i = 0; i < THREADS; i++)
		cr_assert_not(b[i].failed, "thread %d", i);
	host_free(&h);
}
