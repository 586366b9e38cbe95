/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <string.h>

#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/device.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-sim/sim.h>

#include "mem.h"
#include "opt.h"
#include "rig.h"
#include "say.h"

#define IIDR CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_GICD_IIDR)

/* How many vCPUs the KVM says it can have; a KVM that does not say can have 4, and none at all is its error. */
static int check_vcpus(struct rig *r, uint32_t vcpus)
{
	struct cvmm_error e;
	int most = cvmm_kvm_check_extension(r->kvm, CVMM_CAP_MAX_VCPUS, &e);

	if (most < 0)
		return say_error(r->host->name, &e);
	if (most == 0)
		most = 4;
	if (vcpus > (uint32_t)most) {
		say("%s: %u vCPUs: this KVM has at most %d", r->host->name, vcpus, most);
		return STATUS_ERROR;
	}
	return STATUS_YES;
}

int rig_open_for(struct rig *r, const struct host *h, uint32_t vcpus, uint64_t type, const struct cvmm_view *v)
{
	struct cvmm_error e;
	int ret;

	memset(r, 0, sizeof(*r));
	r->host = h;
	r->kvm.fd = -1;
	r->vm.fd = -1;
	r->gic.fd = -1;
	r->its.fd = -1;
	ret = host_backend(h, vcpus, &r->inner);
	if (ret)
		return ret;
	count_begin(&r->count, &r->inner, &r->outer);
	if (cvmm_kvm_open(&r->outer, &r->kvm, &e))
		return say_error(h->kind == HOST_DEV ? "/dev/kvm" : h->name, &e);
	ret = check_vcpus(r, vcpus);
	if (ret)
		return ret;
	if (cvmm_kvm_create_vm(r->kvm, type, &r->gate, &r->vm, &e) ||
		cvmm_vm_regs_init(&r->regs, r->vm, CVMM_DIALECT_VCPU, r->slot, CVMM_VM_SLOTS_MAX, &e) ||
		cvmm_machine_init(&r->m, r->vm, &r->gate, &r->regs, &e))
		return say_error(h->name, &e);
	return host_arch(h) == CVMM_ARCH_X86_64 ? rig_x86(r) : rig_gic(r, v);
}

int rig_open(struct rig *r, const struct host *h, uint32_t vcpus, uint64_t type)
{
	return rig_open_for(r, h, vcpus, type, NULL);
}

int rig_vcpus(struct rig *r, const uint32_t *id, uint32_t n)
{
	struct cvmm_error e;

	r->vcpu = mem_array(n, sizeof(*r->vcpu));
	for (; r->n < n; r->n++)
		if (cvmm_vm_create_vcpu(r->vm, id ? id[r->n] : r->n, &r->vcpu[r->n], &e))
			return say_error(r->host->name, &e);
	if (cvmm_machine_vcpus(&r->m, r->vcpu, n, &e))
		return say_error(r->host->name, &e);
	return STATUS_YES;
}

int rig_start(struct rig *r, uint32_t n, uint64_t features, const struct cvmm_pair *pin, uint32_t npin)
{
	int x86 = host_arch(r->host) == CVMM_ARCH_X86_64;
	const struct cvmm_pair *revision;
	struct cvmm_error e;
	int ret = x86 ? rig_x86_stage(r) : STATUS_YES;

	if (ret)
		return ret;
	if (cvmm_machine_early(&r->m, &e))
		return say_error(r->host->name, &e);
	ret = rig_vcpus(r, NULL, n);
	if (!ret && x86)
		ret = rig_x86_vcpus(r);
	if (ret)
		return ret;
	if (cvmm_machine_start(&r->m, features, pin, npin, &r->host->profile, &e))
		return say_error(r->host->name, &e);
	if (x86)
		return STATUS_YES;
	revision = npin ? cvmm_pair_find(pin, npin, IIDR) : NULL;
	return rig_devices(r, revision ? &revision->value : NULL);
}

int rig_capture(struct rig *r, struct cvmm_view *out)
{
	struct cvmm_error e;
	size_t need;
	void *store;

	if (cvmm_capture_need(&r->m, &need, &e))
		return say_error(r->host->name, &e);
	store = mem_get(need);
	if (cvmm_capture(&r->m, &r->host->profile, r->host->profile.kernel, store, need, out, &e))
		return say_error(r->host->name, &e);
	out->writer = CVMM_WRITER;
	return STATUS_YES;
}

/* The IPA size is an argument of KVM_CREATE_VM, so it has to be known before there is a VM to restore into. */
static uint64_t vm_type(const struct cvmm_view *v)
{
	int i = cvmm_regset_find(&v->vm, CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_IPA_BITS));

	return i < 0 ? 0 : cvmm_regset_u64(&v->vm, (uint32_t)i, 0);
}

uint64_t rig_locks(const struct rig *r)
{
	uint64_t count[CVMM_SIM_NCOUNTS];

	if (!r->inner.ops || cvmm_sim_counts(&r->inner, count))
		return 0;
	return count[CVMM_SIM_COUNT_VM_LOCK];
}

static int apply(struct rig *r, const struct cvmm_view *v, const struct cvmm_plan *p, uint32_t phase)
{
	struct cvmm_error e;

	if (cvmm_apply_until(&r->m, v, p, phase, &e))
		return say_error(r->host->name, &e);
	return STATUS_YES;
}

static int restore_devices(struct rig *r, const struct cvmm_view *v)
{
	int i = cvmm_regset_find(&v->vm, IIDR);
	uint64_t revision = i < 0 ? 0 : cvmm_regset_u64(&v->vm, (uint32_t)i, 0);

	if (v->arch == CVMM_ARCH_X86_64)
		return STATUS_YES;
	return rig_devices(r, i < 0 ? NULL : &revision);
}

int rig_restore(
	struct rig *r, const struct host *h, const struct cvmm_view *v, const struct cvmm_plan *p, uint32_t delta)
{
	uint32_t *id = mem_array(v->nvcpus, sizeof(*id));
	uint64_t before;
	uint32_t i;
	int ret = rig_open_for(r, h, v->nvcpus, vm_type(v), v);

	for (i = 0; i < v->nvcpus; i++)
		id[i] = v->vcpu[i].id;
	r->m.delta = delta;
	r->m.reset = &h->profile;
	if (!ret)
		ret = apply(r, v, p, CVMM_PHASE_VM);
	if (!ret)
		ret = rig_vcpus(r, id, v->nvcpus);
	if (!ret)
		ret = apply(r, v, p, CVMM_PHASE_FINALIZE);
	before = rig_locks(r);
	if (!ret)
		ret = apply(r, v, p, CVMM_PHASE_IDENTITY);
	if (!ret)
		ret = restore_devices(r, v);
	if (!ret)
		ret = apply(r, v, p, CVMM_PHASE_DONE);
	r->locks = rig_locks(r) - before;
	mem_drop(id);
	return ret;
}

void rig_close(struct rig *r)
{
	while (r->n)
		(void)cvmm_vcpu_close(&r->vcpu[--r->n]);
	if (r->its.be)
		(void)cvmm_device_close(&r->its);
	if (r->gic.be)
		(void)cvmm_device_close(&r->gic);
	if (r->vm.be)
		(void)cvmm_vm_close(&r->vm);
	if (r->kvm.be)
		(void)cvmm_kvm_close(&r->kvm);
	mem_drop(r->vcpu);
	r->vcpu = NULL;
}
