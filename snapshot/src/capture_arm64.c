/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* arm64: KVM_GET_REG_LIST says what there is; what no list has travels as properties. */
#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vgic.h>
#include <cvmm/kvm-ioctls/vm.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include <errno.h>
#include <string.h>

#include "capture_parts.h"
#include "machine_arm64.h"
#include "vgic.h"

/* More than the VM has in any list: 70 on the recorded kernels. */
#define VM_IDS_MAX  256u
#define FEATURES_ID CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_FEATURES)

/*
 * The list in two parts, each ascending: a vCPU's own registers, then the VM's. Who is asked once decides for the counting
 * and for the filling.
 */
static int split(struct capture *c, uint64_t *id, uint32_t n, struct cvmm_error *e)
{
	uint64_t vm[VM_IDS_MAX];
	uint32_t i, nvm = 0, own = 0;

	for (i = 0; i < n; i++) {
		if (cvmm_vcpu_reg_from_id(id[i]).id)
			id[own++] = id[i];
		else if (nvm < VM_IDS_MAX && cvmm_vm_reg_from_id(id[i]).id)
			vm[nvm++] = id[i];
		else
			return cvmm_fail_id(e, -EXDEV, CVMM_REASON_UNKNOWN_REGISTER, id[i], 0);
	}
	memcpy(id + own, vm, nvm * sizeof(*vm));
	c->nown = own;
	return 0;
}

static void vcpu_items(struct capture *c, const uint64_t *id)
{
	uint64_t extra[3 + VGIC_VCPU_IDS] = { CVMM_ARM64_VCPU_MP_STATE, CVMM_ARM64_VCPU_EVENTS,
		CVMM_ARM64_VCPU_PVTIME };
	uint32_t i, k = 0, nextra = c->pvtime ? 3 : 2;

	nextra += cvmm_vgic_vcpu_ids(c, extra + nextra);
	cvmm_list_sort(extra, nextra);
	for (i = 0; i < c->nown; i++) {
		for (; k < nextra && extra[k] < id[i]; k++)
			cvmm_item_append(c->item, &c->n, &c->stride, extra[k]);
		cvmm_item_append(c->item, &c->n, &c->stride, id[i]);
	}
	for (; k < nextra; k++)
		cvmm_item_append(c->item, &c->n, &c->stride, extra[k]);
}

static int on_vm_fd(struct cvmm_vm_reg reg)
{
	const struct cvmm_row *row = cvmm_vm_reg_row(reg);

	return row && row->access == CVMM_ACCESS_ONE_REG && row->phase == CVMM_PHASE_VM;
}

/* VM-owned ids: those of the list and the properties that were staged, in one ascending list. */
static void vm_items(struct capture *c, const uint64_t *id, uint32_t n)
{
	const struct cvmm_vm_regs *r = c->m->regs;
	uint64_t all[VM_IDS_MAX + 1 + CVMM_VM_SLOTS_MAX + VGIC_VM_IDS];
	uint32_t i, nall = n;

	memcpy(all, id, n * sizeof(*id));
	all[nall++] = FEATURES_ID;
	for (i = 0; i < r->n && i < CVMM_VM_SLOTS_MAX; i++) {
		uint64_t slot = r->slot[i].reg.id;

		/* Staged, and not in the list: properties, and what only the VM fd shows. */
		if (slot != FEATURES_ID && (cvmm_reg_is_property(slot) || on_vm_fd(r->slot[i].reg)))
			all[nall++] = slot;
	}
	nall += cvmm_vgic_vm_ids(c, all + nall);
	cvmm_list_sort(all, nall);
	for (i = 0; i < nall; i++)
		cvmm_item_append(c->vm_item, &c->nvm, &c->vm_stride, all[i]);
}

/* The list once more, this time into items: the VM's, then the vCPU's, each with its properties. */
int cvmm_arm64_items(struct capture *c, const uint64_t *id, uint32_t n, struct cvmm_error *e)
{
	(void)e;
	vcpu_items(c, id);
	vm_items(c, id + c->nown, n - c->nown);
	return 0;
}

/* Where stolen time goes, on hosts that have such a thing. */
static int ask_pvtime(struct capture *c, struct cvmm_error *e)
{
	int ret;

	if (!c->mem.base) {
		/* Counting: room for it does no harm. */
		c->pvtime = 1;
		return 0;
	}
	if (c->host) {
		c->pvtime = cvmm_profile_cap(c->host, CVMM_CAP_STEAL_TIME) != 0;
		return 0;
	}
	ret = cvmm_vm_check_extension(c->m->vm, CVMM_CAP_STEAL_TIME, e);
	if (ret < 0)
		return ret;
	c->pvtime = ret != 0;
	return 0;
}

/* The first vCPU's list decides what there is. 32 KiB of stack, so that nothing has to be guessed. */
int cvmm_arm64_survey(struct capture *c, struct cvmm_error *e)
{
	uint64_t list[LIST_WORDS];
	uint32_t n = 0;
	int ret = ask_pvtime(c, e);

	if (ret == 0)
		ret = cvmm_vgic_survey(c, e);
	if (ret == 0)
		ret = cvmm_list_read(c->m->vcpu[0], list, LIST_MAX, &n, e);
	if (ret == 0)
		ret = split(c, list + 1, n, e);
	if (ret == 0)
		ret = cvmm_capture_lay_out(c, list + 1, n, e);
	if (ret < 0)
		return ret;
	c->agree = cvmm_carve(&c->mem, n, sizeof(*c->agree));
	c->nfirst = n;
	return 0;
}

/*
 * All vCPUs must have the same registers: one list, one shape. Asked for its length alone; a vCPU that has as many, and
 * gives every register of the first one's list to the capture, has that list.
 */
static int same_list(struct capture *c, struct cvmm_vcpu vcpu, struct cvmm_error *e)
{
	struct cvmm_error why;
	uint64_t none = 0;
	uint32_t n = 0;
	int ret = cvmm_vcpu_get_reg_list(vcpu, &none, 0, &n, &why);

	if (ret == -E2BIG && n == c->nfirst)
		return 0;
	/* An E2BIG with our own number in it says nothing about the list: the call itself failed. */
	if (ret < 0 && (ret != -E2BIG || !n)) {
		if (e)
			*e = why;
		return ret;
	}
	(void)cvmm_fail_id(e, -EIO, CVMM_REASON_SHAPES_DIFFER, 0, n);
	if (e)
		e->vcpu = vcpu.id;
	return -EIO;
}

int cvmm_arm64_read_vm(struct capture *c, struct cvmm_error *e)
{
	const struct cvmm_variant *variant = cvmm_capture_variant(c);
	const struct cvmm_pair *shown;
	uint32_t i;
	int ret = cvmm_vgic_flush(c, e);

	for (i = 0; ret == 0 && i < c->nvm; i++) {
		struct cvmm_vm_reg reg = cvmm_vm_reg_from_id(c->vm_item[i].id);
		uint64_t v = c->m->features;

		if (cvmm_reg_is_vgic(reg.id)) {
			ret = cvmm_vgic_read_vm(c, &c->vm_item[i], e);
			if (ret < 0)
				return ret;
			continue;
		}
		ret = reg.id == FEATURES_ID ? 0 : cvmm_vm_regs_get(c->m->regs, c->m->vcpu[0], reg, &v, e);
		if (ret < 0)
			return ret;
		cvmm_store_le(c->vm_col + c->vm_item[i].off, c->vm_item[i].size, v);
		if (!cvmm_reg_is_property(reg.id))
			c->agree[c->nagree++] = reg;
		shown = variant ? cvmm_pair_find(variant->guest, variant->nguest, reg.id) : NULL;
		if (shown && shown->value != v)
			c->seen[c->nseen++] = *shown;
	}
	if (ret < 0 || c->m->nvcpus == 1)
		return ret;
	return cvmm_vm_regs_agree(c->m->vcpu[0], c->m->vcpu[c->m->nvcpus - 1], c->agree, c->nagree, e);
}

int cvmm_arm64_read_vcpu(struct capture *c, uint32_t index, struct cvmm_error *e)
{
	struct cvmm_vcpu vcpu = c->m->vcpu[index];
	int ret = index ? same_list(c, vcpu, e) : cvmm_vcpu_regs_init(&c->regs, c->item, c->n, NULL, e);

	if (ret < 0)
		return ret;
	ret = cvmm_vcpu_regs_capture(vcpu, &c->regs, c->col + (size_t)index * c->stride, c->stride, e);
	return ret < 0 ? ret : cvmm_vgic_read_vcpu(c, index, e);
}
