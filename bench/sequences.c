/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "sequences.h"

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include <string.h>

#define CLASS_MASK UINT64_C(0x0fff0000)

/* Firecracker: the list of each vCPU, each register written to each vCPU in list order. */
const struct sequence sequence_firecracker = { .name = "Firecracker", .vm_per_vcpu = 1 };
/* QEMU: the same, from a list that it sorted. */
const struct sequence sequence_qemu = { .name = "QEMU", .vm_per_vcpu = 1 };
/* crosvm: core, system and firmware registers; neither bitmaps nor SVE. */
const struct sequence sequence_crosvm = { .name = "crosvm", .vm_per_vcpu = 1, .drops_bitmaps = 1 };
/* The floor: the same calls that our restore makes for registers, by a loop that does nothing else. */
const struct sequence sequence_floor = { .name = "floor", .by_plan = 1 };

static int left_out(const struct sequence *how, uint64_t id)
{
	const uint64_t class = id & CLASS_MASK;

	return how->drops_bitmaps &&
	       (class == (CVMM_ARM64_FW_BMAP & CLASS_MASK) || class == (CVMM_ARM64_SVE & CLASS_MASK));
}

static int is_kernel_id(uint64_t id)
{
	return (id & UINT64_C(0x000fffff00000000)) == 0;
}

static int move(struct cvmm_vcpu vcpu, const struct cvmm_item *item, const uint8_t *v, uint8_t todo)
{
	uint8_t back[CVMM_REG_BYTES_MAX];
	int ret = 0;

	if (todo & RIG_WRITE)
		ret = cvmm_vcpu_set_one_reg(vcpu, item->id, v, item->size, NULL);
	if (ret == 0 && (todo & RIG_VERIFY))
		ret = cvmm_vcpu_get_one_reg(vcpu, item->id, back, item->size, NULL);
	return ret;
}

static int write_set(
	struct sequence_run *s, struct cvmm_vcpu vcpu, const struct cvmm_regset *set, const uint8_t *todo, uint32_t col)
{
	uint32_t i;

	for (i = 0; i < set->n; i++) {
		if (!is_kernel_id(set->item[i].id) || left_out(s->how, set->item[i].id))
			continue;
		if (move(vcpu, &set->item[i], cvmm_regset_value(set, i, col), s->how->by_plan ? todo[i] : RIG_WRITE) <
			0)
			return -1;
	}
	return 0;
}

static int init_vcpus(struct rig *r)
{
	struct cvmm_arm64_vcpu_init init = { .target = CVMM_ARM64_TARGET_GENERIC,
		.features = { (uint32_t)r->features } };
	uint32_t i;

	for (i = 0; i < r->nvcpus; i++)
		if (cvmm_vcpu_init(r->vcpu[i], &init, NULL) < 0)
			return -1;
	return 0;
}

int sequence_restore(void *ctx)
{
	struct sequence_run *s = ctx;
	struct rig *r = s->rig;
	const struct cvmm_shape *shape = &r->view.shape[0];
	uint32_t i;

	if (rig_create(r) < 0 || rig_vcpus(r) < 0 || init_vcpus(r) < 0)
		return -1;
	for (i = 0; i < r->nvcpus; i++) {
		if ((s->how->vm_per_vcpu || i == 0) && write_set(s, r->vcpu[i], &r->view.vm, r->vm_todo, 0) < 0)
			return -1;
		if (write_set(s, r->vcpu[i], &shape->regs, r->vcpu_todo, i) < 0 ||
			cvmm_vcpu_set_mp_state(r->vcpu[i], CVMM_MP_STATE_RUNNABLE, NULL) < 0)
			return -1;
	}
	return 0;
}

static int read_set(struct sequence_run *s, struct cvmm_vcpu vcpu, const struct cvmm_regset *set, uint8_t *to)
{
	uint32_t i;

	for (i = 0; i < set->n; i++) {
		const uint64_t id = set->item[i].id;

		if (!is_kernel_id(id) || left_out(s->how, id))
			continue;
		if (cvmm_vcpu_get_one_reg(vcpu, id, to + set->item[i].off, set->item[i].size, NULL) < 0)
			return -1;
	}
	return 0;
}

/* The machine of the rig was started before; this reads it as the VMM would. */
int sequence_save(void *ctx)
{
	static uint64_t list[1 + 4096];
	static uint8_t column[1 << 16];
	struct sequence_run *s = ctx;
	struct rig *r = s->rig;
	const struct cvmm_shape *shape = &r->view.shape[0];
	uint32_t i, n, state;

	for (i = 0; i < r->nvcpus; i++) {
		if (cvmm_vcpu_get_mp_state(r->vcpu[i], &state, NULL) < 0 ||
			((s->how->vm_per_vcpu || i == 0) &&
				cvmm_vcpu_get_reg_list(r->vcpu[i], list, 4096, &n, NULL) < 0))
			return -1;
		if ((s->how->vm_per_vcpu || i == 0) && read_set(s, r->vcpu[i], &r->view.vm, column) < 0)
			return -1;
		if (read_set(s, r->vcpu[i], &shape->regs, column) < 0)
			return -1;
	}
	return 0;
}
