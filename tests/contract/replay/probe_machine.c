/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The register probe's machines: two vCPUs of each feature set that it tries. */
#include "replay.h"

const struct variant probe_variants[PROBE_VARIANTS] = {
	{ "base", 0x4, 0, { 0 } },
	{ "gic", 0x4, 1, { 0 } },
	{ "pmu", 0xc, 1, { 126 } },
	{ "pauth", 0x64, 1, { 171, 172 } },
	{ "sve", 0x14, 1, { 170 } },
	{ "full", 0x7c, 1, { 126, 170, 171, 172 } },
	{ "el1_32", 0x6, 1, { 105 } },
	{ "el2", 0x84, 1, { 240 } },
	{ "el2_e2h0", 0x184, 1, { 241 } },
};

static int gic_make(struct world *w, struct machine *m)
{
	struct cvmm_kvm_create_device d = { .type = 7 };
	uint64_t dist = 0x08000000, redist = 0x080a0000;

	m->where = "create_gic";
	if ((m->err = req(w, m->fd, CVMM_KVM_CREATE_DEVICE, &d)))
		return 1;
	m->gic = (int)d.fd;
	m->where = "gic_dist";
	if ((m->err = attr(w, m->gic, CVMM_KVM_SET_DEVICE_ATTR, 0, 2, &dist)))
		return 1;
	m->where = "gic_redist";
	return (m->err = attr(w, m->gic, CVMM_KVM_SET_DEVICE_ATTR, 0, 3, &redist)) != 0;
}

static int pmu_make(struct world *w, struct machine *m)
{
	int irq = 23, i;

	for (i = 0; i < 2; i++) {
		m->where = "pmu_irq";
		if ((m->err = attr(w, m->v[i], CVMM_KVM_SET_DEVICE_ATTR, 0, 0, &irq)))
			return 1;
		m->where = "pmu_init";
		if ((m->err = attr(w, m->v[i], CVMM_KVM_SET_DEVICE_ATTR, 0, 1, NULL)))
			return 1;
	}
	return 0;
}

int probe_make(struct world *w, struct machine *m, const struct variant *a, before_final *fn, void *arg)
{
	struct cvmm_arm64_vcpu_init init = { 0 };
	int i, sve = 4;

	memset(m, 0, sizeof(*m));
	m->where = "create_vm";
	m->fd = req_int(w, w->kvm, CVMM_KVM_CREATE_VM, 0);
	if (m->fd < 0)
		return m->err = -m->fd;
	if (a->gic && gic_make(w, m))
		return m->err;
	m->where = "preferred_target";
	if ((m->err = req(w, m->fd, CVMM_KVM_ARM_PREFERRED_TARGET, &init)))
		return m->err;
	for (i = 0; i < 2; i++) {
		m->where = "create_vcpu";
		m->v[i] = req_int(w, m->fd, CVMM_KVM_CREATE_VCPU, (uintptr_t)i);
		if (m->v[i] < 0)
			return m->err = -m->v[i];
	}
	for (i = 0; i < 2; i++) {
		init.features[0] = a->features;
		m->where = "vcpu_init";
		if ((m->err = req(w, m->v[i], CVMM_KVM_ARM_VCPU_INIT, &init)))
			return m->err;
		if (!(a->features & 0x10))
			continue;
		if (fn)
			fn(w, m->v[i], arg);
		m->where = "finalize_sve";
		if ((m->err = req(w, m->v[i], CVMM_KVM_ARM_VCPU_FINALIZE, &sve)))
			return m->err;
	}
	m->where = "gic_init";
	if (a->gic && (m->err = attr(w, m->gic, CVMM_KVM_SET_DEVICE_ATTR, 4, 0, NULL)))
		return m->err;
	if (a->features & 8 && pmu_make(w, m))
		return m->err;
	m->where = "ok";
	return 0;
}

int probe_offers(struct world *w, const struct variant *a)
{
	int i;

	for (i = 0; i < 4; i++)
		if (a->caps[i] && req_int(w, w->kvm, CVMM_KVM_CHECK_EXTENSION, a->caps[i]) <= 0)
			return 0;
	return 1;
}
