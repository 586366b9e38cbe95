/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <errno.h>
#include <string.h>

#include <cvmm/kvm-ioctls/exit.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/vm.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include "audit_parts.h"

#define FEATURE_SVE	 4
#define PMU_IRQ		 23
#define VGIC_V3		 7u
#define VGIC_GROUP_ADDR	 0u
#define VGIC_ADDR_DIST	 2u
#define VGIC_ADDR_REDIST 3u
#define VGIC_GROUP_CTRL	 4u
/* Anywhere in guest memory, apart from each other. */
#define VGIC_DIST   0x08000000u
#define VGIC_REDIST 0x080a0000u

void bench_close(struct bench *b)
{
	uint32_t i;

	if (!b->up)
		return;
	for (i = 0; i < 2; i++)
		(void)cvmm_vcpu_close(&b->v[i]);
	(void)cvmm_device_close(&b->gic);
	(void)cvmm_vm_close(&b->vm);
	b->up = 0;
}

static int new_vm(struct bench *b, uint64_t features, struct cvmm_error *e)
{
	int ret;

	bench_close(b);
	ret = cvmm_kvm_create_vm(b->kvm, 0, &b->gate, &b->vm, e);
	if (ret < 0)
		return ret;
	b->up = 1;
	b->features = features;
	b->v[0].fd = b->v[1].fd = b->gic.fd = -1;
	if (cvmm_kvm_check_extension(b->kvm, CVMM_CAP_ARM_WRITABLE_IMP_ID, NULL) > 0)
		ret = cvmm_vm_enable_cap(b->vm, CVMM_CAP_ARM_WRITABLE_IMP_ID, NULL, e);
	return ret;
}

static int new_vcpus(struct bench *b, int finalize, struct cvmm_error *e)
{
	struct cvmm_arm64_vcpu_init init = { .target = CVMM_ARM64_TARGET_GENERIC,
		.features = { (uint32_t)b->features } };
	uint8_t v[CVMM_REG_BYTES_MAX];
	uint32_t i;
	int ret = 0;

	b->finalize = finalize != 0;
	for (i = 0; ret == 0 && i < 2; i++)
		ret = cvmm_vm_create_vcpu(b->vm, i, &b->v[i], e);
	for (i = 0; ret == 0 && i < 2; i++)
		ret = cvmm_vcpu_init(b->v[i], &init, e);
	for (i = 0; ret == 0 && finalize && b->features & CVMM_ARM64_FEATURE_SVE && i < 2; i++)
		ret = cvmm_vcpu_finalize(b->v[i], FEATURE_SVE, e);
	b->pmcr = ret == 0 && bench_get(b, 0, CVMM_ARM64_PMCR_EL0, v) == 0 ? cvmm_load_le(v, 8) : 0;
	return ret;
}

int bench_fresh(struct bench *b, uint64_t features, int finalize, struct cvmm_error *e)
{
	int ret = new_vm(b, features, e);

	return ret < 0 ? ret : new_vcpus(b, finalize, e);
}

/* A vCPU with a PMU runs only with an interrupt for it. */
static int init_pmus(struct bench *b)
{
	const int irq = PMU_IRQ;
	uint32_t i;
	int ret = cvmm_device_set_attr(b->gic, VGIC_GROUP_CTRL, 0, NULL, NULL);

	for (i = 0; ret >= 0 && i < 2 && b->features & CVMM_ARM64_FEATURE_PMU_V3; i++) {
		ret = cvmm_vcpu_set_attr(b->v[i], CVMM_ARM64_VCPU_PMU_V3_CTRL, 0, &irq, NULL);
		if (ret >= 0)
			ret = cvmm_vcpu_set_attr(b->v[i], CVMM_ARM64_VCPU_PMU_V3_CTRL, 1, NULL, NULL);
	}
	return ret < 0 ? ret : 0;
}

int bench_runnable(struct bench *b, uint64_t features)
{
	const uint64_t dist = VGIC_DIST, redist = VGIC_REDIST;
	int ret = new_vm(b, features, NULL);

	if (ret >= 0)
		ret = cvmm_vm_create_device(b->vm, VGIC_V3, &b->gic, NULL);
	if (ret >= 0)
		ret = cvmm_device_set_attr(b->gic, VGIC_GROUP_ADDR, VGIC_ADDR_DIST, &dist, NULL);
	if (ret >= 0)
		ret = cvmm_device_set_attr(b->gic, VGIC_GROUP_ADDR, VGIC_ADDR_REDIST, &redist, NULL);
	if (ret >= 0)
		ret = new_vcpus(b, 1, NULL);
	return ret < 0 ? ret : init_pmus(b);
}

int bench_run(const struct bench *b)
{
	struct cvmm_run *run;
	int bytes = cvmm_kvm_get_vcpu_mmap_size(b->kvm, NULL);
	int ret;

	if (bytes < 0)
		return bytes;
	ret = cvmm_vcpu_map_run(b->v[0], (size_t)bytes, &run, NULL);
	if (ret < 0)
		return ret;
	run->immediate_exit = 1;
	ret = cvmm_vcpu_run(b->v[0], NULL);
	run->immediate_exit = 0;
	(void)cvmm_vcpu_unmap_run(b->v[0], run, (size_t)bytes);
	return ret == -EINTR ? 0 : ret;
}

int bench_get(const struct bench *b, uint32_t vcpu, uint64_t id, uint8_t *v)
{
	struct cvmm_vcpu_reg reg = cvmm_vcpu_reg_from_id(id);

	memset(v, 0, CVMM_REG_BYTES_MAX);
	if (reg.id)
		return cvmm_vcpu_reg_get(b->v[vcpu], reg, v, cvmm_reg_bytes(id), NULL);
	return cvmm_vcpu_get_one_reg(b->v[vcpu], id, v, cvmm_reg_bytes(id), NULL);
}

int bench_set(const struct bench *b, uint32_t vcpu, uint64_t id, const uint8_t *v)
{
	struct cvmm_vcpu_reg reg = cvmm_vcpu_reg_from_id(id);

	if (reg.id)
		return cvmm_vcpu_reg_set(b->v[vcpu], reg, v, cvmm_reg_bytes(id), NULL);
	return cvmm_vcpu_set_one_reg(b->v[vcpu], id, v, cvmm_reg_bytes(id), NULL);
}
