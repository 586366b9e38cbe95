/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "rig.h"

#include <errno.h>
#include <string.h>

#include <cvmm/kvm-ioctls/arm64.h>
#include <cvmm/kvm-ioctls/device.h>
#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-ioctls/reg-id.h>

#include "check.h"

#define PMU_V3_INIT 1u

int rig_plan(const struct cvmm_view *v, const struct fuzz_host *h, const struct cvmm_rules *mine, struct cvmm_plan *p,
	struct cvmm_error *e)
{
	static struct cvmm_step step[RIG_STEPS];

	memset(p, 0, sizeof(*p));
	p->step = step;
	p->cap = RIG_STEPS;
	return cvmm_plan_make(v, &h->profile, mine, p, e);
}

int rig_open(struct rig *r, const struct cvmm_backend *be, uint64_t type, struct cvmm_error *e)
{
	int err;

	memset(r, 0, sizeof(*r));
	err = cvmm_kvm_open(be, &r->kvm, e);
	if (!err)
		err = cvmm_kvm_create_vm(r->kvm, type, &r->gate, &r->vm, e);
	if (!err)
		err = cvmm_vm_regs_init(&r->regs, r->vm, CVMM_DIALECT_VCPU, r->slot, CVMM_VM_SLOTS_MAX, e);
	return err ? err : cvmm_machine_init(&r->m, r->vm, &r->gate, &r->regs, e);
}

static int make_vcpus(struct rig *r, const struct cvmm_vcpu_ref *ref, uint32_t n, struct cvmm_error *e)
{
	int err = 0;

	for (; r->nvcpus < n && !err; r->nvcpus += !err)
		err = cvmm_vm_create_vcpu(r->vm, ref ? ref[r->nvcpus].id : r->nvcpus, &r->vcpu[r->nvcpus], e);
	return err ? err : cvmm_machine_vcpus(&r->m, r->vcpu, n, e);
}

static int devices(struct rig *r, struct cvmm_error *e)
{
	uint32_t i;
	int err = 0;

	for (i = 0; i < r->nvcpus && r->m.features & CVMM_ARM64_FEATURE_PMU_V3 && !err; i++)
		err = cvmm_vcpu_set_attr(r->vcpu[i], CVMM_ARM64_VCPU_PMU_V3_CTRL, PMU_V3_INIT, NULL, e);
	return err;
}

static int apply(
	struct rig *r, const struct cvmm_view *v, const struct cvmm_plan *p, uint32_t phase, struct cvmm_error *e)
{
	int err;

	r->applying = 1;
	err = cvmm_apply_until(&r->m, v, p, phase, e);
	r->applying = err != 0;
	return err;
}

int rig_restore(struct rig *r, const struct cvmm_backend *be, const struct cvmm_view *v, const struct cvmm_plan *p,
	struct cvmm_error *e)
{
	int i = cvmm_regset_find(&v->vm, CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_IPA_BITS));
	int err = rig_open(r, be, i < 0 ? 0 : cvmm_regset_u64(&v->vm, (uint32_t)i, 0), e);

	if (!err && v->nvcpus > FUZZ_VCPUS)
		err = cvmm_fail(e, -E2BIG, CVMM_REASON_ARGUMENT);
	if (!err)
		err = apply(r, v, p, CVMM_PHASE_VM, e);
	if (!err)
		err = make_vcpus(r, v->vcpu, v->nvcpus, e);
	if (!err)
		err = apply(r, v, p, CVMM_PHASE_IDENTITY, e);
	if (!err)
		err = devices(r, e);
	return err ? err : apply(r, v, p, CVMM_PHASE_DONE, e);
}

int rig_must_be_dead(const struct rig *r, const struct cvmm_error *e)
{
	/* What is refused before anything is touched leaves the machine as it was. */
	return r->applying && e->reason != CVMM_REASON_PLAN_REFUSED && e->reason != CVMM_REASON_PLAN_STALE &&
	       e->reason != CVMM_REASON_PHASE_ORDER && e->reason != CVMM_REASON_VCPU_COUNT &&
	       e->reason != CVMM_REASON_NO_DEVICE;
}

int rig_start(struct rig *r, const struct fuzz_host *h, const struct cvmm_backend *be, uint32_t vcpus,
	uint64_t features, struct cvmm_error *e)
{
	int err = rig_open(r, be, 0, e);

	if (!err)
		err = cvmm_machine_early(&r->m, e);
	if (!err)
		err = make_vcpus(r, NULL, vcpus, e);
	if (!err)
		err = cvmm_machine_start(&r->m, features, NULL, 0, &h->profile, e);
	return err ? err : devices(r, e);
}

int rig_capture(struct rig *r, const struct fuzz_host *h, struct cvmm_view *out, struct cvmm_error *e)
{
	static _Alignas(16) uint8_t store[2][1 << 20];
	static unsigned int turn;

	turn ^= 1;
	return cvmm_capture(&r->m, &h->profile, "fuzz", store[turn], sizeof(store[turn]), out, e);
}

void rig_close(struct rig *r)
{
	while (r->nvcpus)
		FUZZ_CHECK(!cvmm_vcpu_close(&r->vcpu[--r->nvcpus]), "vCPU");
	if (r->vm.be)
		FUZZ_CHECK(!cvmm_vm_close(&r->vm), "VM");
	if (r->kvm.be)
		FUZZ_CHECK(!cvmm_kvm_close(&r->kvm), "system handle");
}

int rig_read(const uint8_t *buf, size_t len, struct cvmm_view *out, struct cvmm_error *e)
{
	static _Alignas(16) uint8_t store[4 << 20];

	return cvmm_snapshot_read(buf, len, store, sizeof(store), out, e);
}
