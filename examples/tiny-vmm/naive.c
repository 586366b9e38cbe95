/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What most VMMs do: every register of the snapshot is written to the new vCPU, in the order of the ids, and nothing is
 * read back. Each refusal is said by name. Only for comparison with the planned restore, and to try out on a throwaway
 * VM whether a planned refusal was right.
 */
#include "tiny-vmm.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vgic.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#define SVE_FEATURE 4

/* The value with it: some VMMs tolerate a refusal that depends on what would have been written. */
static void say(const char *what, uint64_t id, uint32_t vcpu, int err, const uint8_t *value, uint32_t bytes)
{
	char name[CVMM_REG_NAME_MAX];

	if (cvmm_reg_name(id, name, sizeof(name)) >= 0)
		printf("naive: vCPU %u %s %016llx %s %d %llx\n", vcpu, what, (unsigned long long)id, name, -err,
			(unsigned long long)cvmm_load_le(value, bytes > 8 ? 8 : bytes));
}

static int is_kernel_id(uint64_t id)
{
	return (id & UINT64_C(0x000fffff00000000)) == 0;
}

static void write_set(struct cvmm_vcpu vcpu, const struct cvmm_regset *set, uint32_t col)
{
	uint32_t i;

	for (i = 0; i < set->n; i++) {
		const struct cvmm_item *item = &set->item[i];
		const uint8_t *value = cvmm_regset_value(set, i, col);
		uint8_t now[CVMM_REG_BYTES_MAX];
		int ret;

		if (!is_kernel_id(item->id) || item->id == CVMM_ARM64_SVE_VLS)
			continue;
		ret = cvmm_vcpu_set_one_reg(vcpu, item->id, value, item->size, NULL);
		if (ret < 0)
			say("refused", item->id, vcpu.id, ret, value, item->size);
		else if (cvmm_vcpu_get_one_reg(vcpu, item->id, now, item->size, NULL) >= 0 &&
			 memcmp(now, value, item->size) != 0)
			say("ignored", item->id, vcpu.id, 0, value, item->size);
	}
}

static int init_vcpu(struct tiny *t, uint32_t i, const struct cvmm_regset *set, uint32_t col, struct cvmm_error *e)
{
	struct cvmm_arm64_vcpu_init init;
	int vls = cvmm_regset_find(set, CVMM_ARM64_SVE_VLS);
	int ret = cvmm_vm_preferred_target(t->vm, &init, e);

	if (ret < 0)
		return ret;
	init.features[0] = (uint32_t)t->features;
	ret = cvmm_vcpu_init(t->vcpu[i], &init, e);
	if (ret < 0 || !(t->features & CVMM_ARM64_FEATURE_SVE))
		return ret;
	if (vls >= 0) {
		ret = cvmm_vcpu_set_one_reg(t->vcpu[i], CVMM_ARM64_SVE_VLS, cvmm_regset_value(set, (uint32_t)vls, col),
			set->item[vls].size, e);
		if (ret < 0)
			return ret;
	}
	return cvmm_vcpu_finalize(t->vcpu[i], SVE_FEATURE, e);
}

static int naive_registers(struct tiny *t, const struct cvmm_view *v, struct cvmm_error *e)
{
	uint32_t i;
	int ret;

	t->step = "initialising the vCPUs";
	for (i = 0; i < t->nvcpus; i++) {
		const struct cvmm_vcpu_ref *ref = &v->vcpu[i];

		ret = init_vcpu(t, i, &v->shape[ref->shape].regs, ref->col, e);
		if (ret < 0)
			return ret;
	}
	ret = tiny_devices_init(t, e);
	if (ret < 0)
		return ret;
	t->step = "writing every register";
	for (i = 0; i < t->nvcpus; i++) {
		const struct cvmm_vcpu_ref *ref = &v->vcpu[i];

		write_set(t->vcpu[i], &v->vm, 0);
		write_set(t->vcpu[i], &v->shape[ref->shape].regs, ref->col);
	}
	return 0;
}

/* The interrupt controller has an order that no VMM can do without: rank by rank, the VM's registers first. */
static void gic_of_vm(struct tiny *t, const struct cvmm_view *v, uint32_t rank)
{
	uint32_t k;

	for (k = 0; k < v->vm.n; k++) {
		struct cvmm_vm_reg reg = cvmm_vm_reg_from_id(v->vm.item[k].id);
		uint32_t group = cvmm_vgic_group(reg.id);
		int its = group == CVMM_VGIC_ITS_REGS || group == CVMM_VGIC_CTRL, ret;
		const uint8_t *value = cvmm_regset_value(&v->vm, k, 0);

		if (!cvmm_reg_is_vgic(reg.id) || cvmm_vm_reg_row(reg)->rank != rank)
			continue;
		ret = cvmm_vm_vgic_set(its ? t->its : t->gic, reg, value, v->vm.item[k].size, NULL);
		if (ret < 0)
			say("refused", reg.id, 0, ret, value, v->vm.item[k].size);
	}
}

static void gic_of_vcpu(struct tiny *t, const struct cvmm_view *v, uint32_t rank, uint32_t i)
{
	const struct cvmm_vcpu_ref *ref = &v->vcpu[i];
	const struct cvmm_regset *set = &v->shape[ref->shape].regs;
	int at = cvmm_regset_find(set, CVMM_ARM64_MPIDR_EL1);
	uint32_t affinity = at < 0 ? 0 : cvmm_vgic_affinity(cvmm_regset_u64(set, (uint32_t)at, ref->col)), k;

	for (k = 0; k < set->n; k++) {
		struct cvmm_vcpu_reg reg = cvmm_vcpu_reg_from_id(set->item[k].id);
		const uint8_t *value = cvmm_regset_value(set, k, ref->col);
		int ret;

		if (!cvmm_reg_is_vgic(reg.id) || cvmm_vcpu_reg_row(reg)->rank != rank)
			continue;
		ret = cvmm_vcpu_vgic_set(t->gic, affinity, reg, value, set->item[k].size, NULL);
		if (ret < 0)
			say("refused", reg.id, t->vcpu[i].id, ret, value, set->item[k].size);
	}
}

static int naive_gic(struct tiny *t, const struct cvmm_view *v, struct cvmm_error *e)
{
	const struct cvmm_vm_reg iidr = cvmm_vm_reg_from_id(CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_GICD_IIDR));
	int at = cvmm_regset_find(&v->vm, iidr.id);
	uint32_t rank, i;

	t->step = "writing the interrupt controller";
	if (at >= 0 && cvmm_vm_regs_knob_set(&t->regs, t->gic, iidr, cvmm_regset_u64(&v->vm, (uint32_t)at, 0), e) < 0)
		say("refused", iidr.id, 0, -e->err, cvmm_regset_value(&v->vm, (uint32_t)at, 0), 8);
	for (rank = 1; rank < CVMM_RANKS; rank++) {
		gic_of_vm(t, v, rank);
		for (i = 0; i < t->nvcpus; i++)
			gic_of_vcpu(t, v, rank, i);
	}
	return 0;
}

/* The same machine as a planned restore makes, but every register written as it stands in the snapshot. */
int tiny_naive(struct tiny *t, const struct cvmm_view *v, struct cvmm_error *e)
{
	int ret = cvmm_machine_early(&t->machine, e);

	if (ret < 0)
		return ret;
	ret = tiny_irqchip(t, e);
	if (ret < 0)
		return ret;
	ret = tiny_restore_vcpus(t, v, e);
	if (ret < 0)
		return ret;
	ret = naive_registers(t, v, e);
	if (ret == 0)
		ret = tiny_restore_ram(t, v, e);
	return ret < 0 ? ret : naive_gic(t, v, e);
}
