/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "rig.h"

#include <errno.h>
#include <string.h>

#include <cvmm/kvm-ioctls/arm64.h>
#include <cvmm/kvm-ioctls/device.h>
#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vgic.h>
#include <cvmm/kvm-ioctls/x86-kvm.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>

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

int rig_open(
	struct rig *r, const struct fuzz_host *h, const struct cvmm_backend *be, uint64_t type, struct cvmm_error *e)
{
	static _Alignas(16) uint8_t scratch[2][CVMM_MACHINE_X86_BYTES];
	static unsigned int turn;
	int err;

	memset(r, 0, sizeof(*r));
	r->host = h;
	err = cvmm_kvm_open(be, &r->kvm, e);
	if (!err)
		err = cvmm_kvm_create_vm(r->kvm, type, &r->gate, &r->vm, e);
	if (!err)
		err = cvmm_vm_regs_init(&r->regs, r->vm, CVMM_DIALECT_VCPU, r->slot, CVMM_VM_SLOTS_MAX, e);
	if (!err)
		err = cvmm_machine_init(&r->m, r->vm, &r->gate, &r->regs, e);
	if (!err && h->profile.arch == CVMM_ARCH_X86_64)
		err = cvmm_machine_x86(&r->m, r->kvm, scratch[turn ^= 1], CVMM_MACHINE_X86_BYTES, e);
	if (!err && h->profile.arch == CVMM_ARCH_RISCV64)
		cvmm_machine_riscv64(&r->m);
	return err;
}

static int make_vcpus(struct rig *r, const struct cvmm_vcpu_ref *ref, uint32_t n, struct cvmm_error *e)
{
	int err = 0;

	for (; r->nvcpus < n && !err; r->nvcpus += !err)
		err = cvmm_vm_create_vcpu(r->vm, ref ? ref[r->nvcpus].id : r->nvcpus, &r->vcpu[r->nvcpus], e);
	return err ? err : cvmm_machine_vcpus(&r->m, r->vcpu, n, e);
}

/* The interrupt controller before its INIT. A kernel without an ITS has a controller all the same. */
static int open_vgic(struct rig *r, uint32_t irqs, struct cvmm_error *e)
{
	const uint64_t dist = 0x8000000, redist = 0x80a0000, its = 0x8080000;
	int err;

	if (!irqs)
		return 0;
	err = cvmm_vm_create_device(r->vm, CVMM_DEV_ARM_VGIC_V3, &r->gic, e);
	if (err)
		return err;
	r->vgic = irqs;
	if (cvmm_vm_create_device(r->vm, CVMM_DEV_ARM_VGIC_ITS, &r->its, e))
		r->its.be = NULL;
	err = cvmm_device_set_attr(r->gic, CVMM_VGIC_NR_IRQS, 0, &irqs, e);
	if (!err)
		err = cvmm_device_set_attr(r->gic, CVMM_VGIC_ADDR, CVMM_VGIC_ADDR_DIST, &dist, e);
	if (!err)
		err = cvmm_device_set_attr(r->gic, CVMM_VGIC_ADDR, CVMM_VGIC_ADDR_REDIST, &redist, e);
	if (!err && r->its.be)
		err = cvmm_device_set_attr(r->its, CVMM_VGIC_ADDR, CVMM_VGIC_ADDR_ITS, &its, e);
	return err ? err : cvmm_machine_vgic(&r->m, r->gic, r->its.be ? &r->its : NULL, e);
}

static int devices(struct rig *r, struct cvmm_error *e)
{
	uint32_t i;
	int err = 0;

	for (i = 0; i < r->nvcpus && r->m.arch == CVMM_ARCH_ARM64 && !err; i++) {
		if ((r->m.each ? r->each[i] : r->m.features) & CVMM_ARM64_FEATURE_PMU_V3)
			err = cvmm_vcpu_set_attr(r->vcpu[i], CVMM_ARM64_VCPU_PMU_V3_CTRL, PMU_V3_INIT, NULL, e);
	}
	if (!err && r->vgic)
		err = cvmm_device_set_attr(r->gic, CVMM_VGIC_CTRL, CVMM_VGIC_CTRL_INIT, NULL, e);
	if (!err && r->vgic && r->its.be)
		err = cvmm_device_set_attr(r->its, CVMM_VGIC_CTRL, CVMM_VGIC_CTRL_INIT, NULL, e);
	return err;
}

/* As many interrupts as the snapshot's controller has, 0 if it has none: told by its registers of 32 interrupts each. */
static uint32_t irqs_of(const struct cvmm_view *v)
{
	uint32_t i, irqs = 0;

	for (i = 0; i < v->vm.n; i++) {
		uint64_t id = v->vm.item[i].id;

		if (cvmm_reg_is_vgic(id) && cvmm_vgic_group(id) == CVMM_VGIC_DIST_REGS && !irqs)
			irqs = 64;
		if (id >= CVMM_VGIC_REG(CVMM_VGIC_DIST_REGS, CVMM_REG_U32, 0x100) &&
			id < CVMM_VGIC_REG(CVMM_VGIC_DIST_REGS, CVMM_REG_U32, 0x180))
			irqs = 32 * ((uint32_t)(id - CVMM_VGIC_REG(CVMM_VGIC_DIST_REGS, CVMM_REG_U32, 0x100)) / 4 + 1);
	}
	return irqs;
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

/* The VMM's threads, as far as a fuzzer can have them: the last vCPU comes first. */
static void spread(void *ctx, uint32_t n, void (*one)(void *work, uint32_t i), void *work)
{
	(void)ctx;
	while (n--)
		one(work, n);
}

int rig_restore(struct rig *r, const struct fuzz_host *h, const struct cvmm_backend *be, const struct cvmm_view *v,
	const struct cvmm_plan *p, struct cvmm_error *e)
{
	int i = cvmm_regset_find(&v->vm, CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_IPA_BITS));
	int err = rig_open(r, h, be, i < 0 ? 0 : cvmm_regset_u64(&v->vm, (uint32_t)i, 0), e);
	uint32_t n;

	/* Every way to restore has to come to the same machine; which one it is follows from the plan. */
	r->m.delta = p->n % 3;
	r->m.reset = &h->profile;
	r->m.spread = p->n & 1 ? spread : NULL;
	r->m.ahead = p->n % 5 ? 0 : p->n * UINT64_C(1000000007);
	if (!err && v->nvcpus > FUZZ_VCPUS)
		err = cvmm_fail(e, -E2BIG, CVMM_REASON_ARGUMENT);
	if (!err && v->arch == CVMM_ARCH_ARM64)
		err = open_vgic(r, irqs_of(v), e);
	if (!err)
		err = apply(r, v, p, CVMM_PHASE_VM, e);
	if (!err)
		err = make_vcpus(r, v->vcpu, v->nvcpus, e);
	/* Who saves the machine again has to say it. */
	for (n = 0; n < r->nvcpus; n++)
		r->each[n] = v->shape[v->vcpu[n].shape].features;
	r->m.each = r->each;
	if (!err)
		err = apply(r, v, p, CVMM_PHASE_IDENTITY, e);
	if (!err)
		err = devices(r, e);
	return err ? err : apply(r, v, p, CVMM_PHASE_DONE, e);
}

int rig_must_be_dead(const struct rig *r, const struct cvmm_error *e)
{
	static const enum cvmm_reason before[] = { CVMM_REASON_PLAN_REFUSED, CVMM_REASON_PLAN_STALE,
		CVMM_REASON_PHASE_ORDER, CVMM_REASON_VCPU_COUNT, CVMM_REASON_WRONG_ARCH, CVMM_REASON_NO_DEVICE };
	uint32_t i;

	/* What is refused before anything is touched leaves the machine as it was. */
	for (i = 0; i < sizeof(before) / sizeof(before[0]); i++)
		if (e->reason == before[i])
			return 0;
	return r->applying;
}

static int stage_x86(struct rig *r, struct cvmm_error *e)
{
	static const struct {
		uint32_t number;
		uint64_t value;
	} acts[] = { { CVMM_X86_IRQCHIP, 1 }, { CVMM_X86_TSS_ADDR, 0xfffbd000 }, { CVMM_X86_PIT, 1 } };
	uint32_t i;
	int err = 0;

	for (i = 0; i < sizeof(acts) / sizeof(acts[0]) && !err; i++)
		err = cvmm_vm_regs_stage(
			&r->regs, cvmm_vm_reg_from_id(CVMM_X86_BLOCK(acts[i].number)), acts[i].value, e);
	return err;
}

static int set_cpuid(struct rig *r, struct cvmm_error *e)
{
	static struct {
		struct cvmm_x86_cpuid head;
		struct cvmm_x86_cpuid_entry entry[CVMM_X86_CPUID_MAX];
	} cpuid;
	uint32_t i, n = 0;
	int err = cvmm_kvm_get_supported_cpuid(r->kvm, &cpuid.head, CVMM_X86_CPUID_MAX, &n, e);

	for (i = 0; i < r->nvcpus && !err; i++)
		err = cvmm_vcpu_set_cpuid2(r->vcpu[i], &cpuid.head, e);
	return err;
}

int rig_start(struct rig *r, const struct fuzz_host *h, const struct cvmm_backend *be, uint32_t vcpus,
	uint64_t features, uint32_t irqs, struct cvmm_error *e)
{
	int err = rig_open(r, h, be, 0, e);

	if (!err && h->profile.arch == CVMM_ARCH_X86_64)
		err = stage_x86(r, e);
	if (!err && h->profile.arch == CVMM_ARCH_ARM64)
		err = open_vgic(r, irqs, e);
	if (!err)
		err = cvmm_machine_early(&r->m, e);
	if (!err)
		err = make_vcpus(r, NULL, vcpus, e);
	if (!err && h->profile.arch == CVMM_ARCH_X86_64)
		err = set_cpuid(r, e);
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
	if (r->its.be)
		FUZZ_CHECK(!cvmm_device_close(&r->its), "ITS");
	if (r->gic.be)
		FUZZ_CHECK(!cvmm_device_close(&r->gic), "interrupt controller");
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
