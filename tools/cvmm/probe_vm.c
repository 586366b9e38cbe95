/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Throwaway VMs, and registers through their first vCPU. */
#include <errno.h>
#include <string.h>

#include <cvmm/kvm-ioctls/exit.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/regset.h>

#include "mem.h"
#include "probe_dev.h"

#define VGIC_V3		 7u
#define VGIC_GROUP_ADDR	 0u
#define VGIC_ADDR_DIST	 2u
#define VGIC_ADDR_REDIST 3u
#define VGIC_GROUP_CTRL	 4u
#define SVE_BIT		 4

static int create_gic(struct probe_vm *p)
{
	const uint64_t dist = 0x08000000, redist = 0x080a0000;
	int ret = cvmm_vm_create_device(p->vm, VGIC_V3, &p->gic, NULL);

	if (ret < 0)
		return ret;
	ret = cvmm_device_set_attr(p->gic, VGIC_GROUP_ADDR, VGIC_ADDR_DIST, &dist, NULL);
	return ret < 0 ? ret : cvmm_device_set_attr(p->gic, VGIC_GROUP_ADDR, VGIC_ADDR_REDIST, &redist, NULL);
}

int probe_vm_bare(struct cvmm_kvm kvm, struct probe_vm *p)
{
	int ret;

	memset(p, 0, sizeof(*p));
	p->kvm = kvm;
	p->vm.fd = p->gic.fd = -1;
	ret = cvmm_kvm_create_vm(kvm, 0, &p->gate, &p->vm, NULL);
	if (ret < 0)
		return ret;
	ret = create_gic(p);
	if (ret < 0 && ret != -ENODEV)
		return ret;
	for (; p->n < PROBE_VCPUS; p->n++) {
		ret = cvmm_vm_create_vcpu(p->vm, p->n, &p->vcpu[p->n], NULL);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int probe_vm_init(struct probe_vm *p, uint32_t i, uint64_t features)
{
	struct cvmm_arm64_vcpu_init init;
	int ret = cvmm_vm_preferred_target(p->vm, &init, NULL);

	if (ret < 0)
		return ret;
	init.features[0] = (uint32_t)features;
	ret = cvmm_vcpu_init(p->vcpu[i], &init, NULL);
	if (ret < 0 || !(features & CVMM_ARM64_FEATURE_SVE))
		return ret;
	return cvmm_vcpu_finalize(p->vcpu[i], SVE_BIT, NULL);
}

int probe_vm_open(struct cvmm_kvm kvm, uint64_t features, struct probe_vm *p)
{
	uint32_t i;
	int ret = probe_vm_bare(kvm, p);

	p->features = features;
	for (i = 0; ret >= 0 && i < p->n; i++)
		ret = probe_vm_init(p, i, features);
	return ret;
}

int probe_vm_devices(struct probe_vm *p)
{
	const int irq = 23;
	uint32_t i;
	int ret = 0;

	if (p->gic.fd >= 0)
		ret = cvmm_device_set_attr(p->gic, VGIC_GROUP_CTRL, 0, NULL, NULL);
	for (i = 0; ret >= 0 && i < p->n && (p->features & CVMM_ARM64_FEATURE_PMU_V3); i++) {
		ret = cvmm_vcpu_set_attr(p->vcpu[i], CVMM_ARM64_VCPU_PMU_V3_CTRL, 0, &irq, NULL);
		if (ret >= 0)
			ret = cvmm_vcpu_set_attr(p->vcpu[i], CVMM_ARM64_VCPU_PMU_V3_CTRL, 1, NULL, NULL);
	}
	return ret < 0 ? ret : 0;
}

int probe_vm_run_once(struct probe_vm *p, int enter)
{
	struct cvmm_run *run;
	int bytes = cvmm_kvm_get_vcpu_mmap_size(p->kvm, NULL);
	int ret;

	if (bytes < 0)
		return bytes;
	ret = cvmm_vcpu_map_run(p->vcpu[0], (size_t)bytes, &run, NULL);
	if (ret < 0)
		return ret;
	run->immediate_exit = !enter;
	ret = cvmm_vcpu_run(p->vcpu[0], NULL);
	run->immediate_exit = 0;
	(void)cvmm_vcpu_unmap_run(p->vcpu[0], run, (size_t)bytes);
	return ret == -EINTR ? 0 : ret;
}

void probe_vm_close(struct probe_vm *p)
{
	while (p->n)
		(void)cvmm_vcpu_close(&p->vcpu[--p->n]);
	if (p->gic.be)
		(void)cvmm_device_close(&p->gic);
	if (p->vm.be)
		(void)cvmm_vm_close(&p->vm);
}

int probe_get(const struct probe_vm *p, uint64_t id, uint64_t *v)
{
	uint8_t b[8];
	uint32_t size = cvmm_reg_bytes(id);
	int ret;

	if (!size || size > sizeof(b))
		return -EINVAL;
	ret = cvmm_vcpu_get_one_reg(p->vcpu[0], id, b, size, NULL);
	if (ret >= 0)
		*v = cvmm_load_le(b, size);
	return ret;
}

int probe_set(const struct probe_vm *p, uint64_t id, uint64_t v)
{
	uint8_t b[8];
	uint32_t size = cvmm_reg_bytes(id);

	if (!size || size > sizeof(b))
		return -EINVAL;
	cvmm_store_le(b, size, v);
	return cvmm_vcpu_set_one_reg(p->vcpu[0], id, b, size, NULL);
}

int probe_takes(const struct probe_vm *p, uint64_t id, uint64_t v)
{
	uint64_t now;

	return probe_set(p, id, v) >= 0 && probe_get(p, id, &now) >= 0 && now == v;
}

uint64_t *probe_list(struct cvmm_vcpu vcpu, uint32_t *n)
{
	uint64_t none = 0, *list;
	int ret = cvmm_vcpu_get_reg_list(vcpu, &none, 0, n, NULL);

	if (ret < 0 && ret != -E2BIG)
		return NULL;
	list = mem_array((size_t)*n + 1, sizeof(*list));
	if (cvmm_vcpu_get_reg_list(vcpu, list, *n, n, NULL) < 0)
		return NULL;
	return list + 1;
}

void probe_pair(struct probe_pairs *list, uint64_t id, uint64_t value)
{
	const uint32_t step = 64;

	if (list->n % step == 0) {
		struct cvmm_pair *more = mem_array(list->n + step, sizeof(*more));

		if (list->n)
			memcpy(more, list->v, list->n * sizeof(*more));
		mem_drop(list->v);
		list->v = more;
	}
	list->v[list->n].id = id;
	list->v[list->n++].value = value;
}
