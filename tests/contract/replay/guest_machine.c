/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The guest probe's machine: one vCPU with memory and a VGICv3. */
#include "replay.h"

int guest_init(struct world *w, int vm, int v, uint32_t features)
{
	struct cvmm_arm64_vcpu_init in = { 0 };
	int err = req(w, vm, CVMM_KVM_ARM_PREFERRED_TARGET, &in), sve = 4;

	in.features[0] = features;
	if (!err)
		err = req(w, v, CVMM_KVM_ARM_VCPU_INIT, &in);
	return err || !(features & 0x10) ? err : req(w, v, CVMM_KVM_ARM_VCPU_FINALIZE, &sve);
}

void guest_gic_init(struct world *w, const struct machine *m)
{
	attr(w, m->gic, CVMM_KVM_SET_DEVICE_ATTR, 4, 0, NULL);
}

int guest_make(struct world *w, struct machine *m, uint32_t features, int start_gic)
{
	static uint8_t mem[8192];
	struct cvmm_kvm_create_device d = { .type = 7 };
	struct cvmm_kvm_memory_region r = { .guest_phys_addr = GPA, .memory_bytes = 0x100000 };
	uint64_t dist = 0x08000000, redist = 0x080a0000;
	int irq = 23, err = 0;

	memset(m, 0, sizeof(*m));
	m->fd = req_int(w, w->kvm, CVMM_KVM_CREATE_VM, 0);
	err |= req(w, m->fd, CVMM_KVM_CREATE_DEVICE, &d);
	m->gic = (int)d.fd;
	err |= attr(w, m->gic, CVMM_KVM_SET_DEVICE_ATTR, 0, 2, &dist);
	err |= attr(w, m->gic, CVMM_KVM_SET_DEVICE_ATTR, 0, 3, &redist);
	m->v[0] = req_int(w, m->fd, CVMM_KVM_CREATE_VCPU, 0);
	err |= guest_init(w, m->fd, m->v[0], features);
	if (start_gic)
		guest_gic_init(w, m);
	if (start_gic && features & 8) {
		err |= attr(w, m->v[0], CVMM_KVM_SET_DEVICE_ATTR, 0, 0, &irq);
		err |= attr(w, m->v[0], CVMM_KVM_SET_DEVICE_ATTR, 0, 1, NULL);
	}
	r.userspace_addr = ((uintptr_t)mem + 4095) & ~UINT64_C(4095);
	err |= req(w, m->fd, CVMM_KVM_SET_USER_MEMORY_REGION, &r);
	if (err)
		printf("GUEST make FAIL %d\n", err);
	return err;
}
