/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* arm64 and riscv64: KVM_GET_REG_LIST says what there is; what no list has travels as properties. */
#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vgic.h>
#include <cvmm/kvm-ioctls/vm.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include <errno.h>
#include <string.h>

#include "capture_parts.h"
#include "plan_parts.h"
#include "reglist.h"
#include "vgic.h"

/* More than the VM has in any list: 70 on the recorded kernels. */
#define VM_IDS_MAX  256u
#define FEATURES_ID CVMM_ARM64_PROPERTY(CVMM_ARM64_PROPERTY_FEATURES)

/* The catalogue first; what it does not know may stand in the caller's rows. */
static uint8_t owner_of(const struct capture *c, uint64_t id)
{
	const struct cvmm_row *row;

	if (cvmm_vcpu_reg_from_id(id).id)
		return CVMM_SCOPE_VCPU;
	return cvmm_plan_owner(c->m->mine, id, &row);
}

static int is_foreign(uint64_t id)
{
	return !cvmm_vcpu_reg_from_id(id).id && !cvmm_vm_reg_from_id(id).id;
}

/*
 * The list in two parts, each ascending: a vCPU's own registers, then the VM's. Who is asked once decides for the counting
 * and for the filling.
 */
static int split(struct capture *c, uint64_t *id, uint32_t n, struct cvmm_error *e)
{
	uint64_t vm[VM_IDS_MAX];
	uint32_t i, nvm = 0, own = 0;

	for (i = 0; i < n; i++) {
		uint8_t owner = owner_of(c, id[i]);

		if (owner == CVMM_SCOPE_VCPU)
			id[own++] = id[i];
		else if (nvm < VM_IDS_MAX && owner == CVMM_SCOPE_VM)
			vm[nvm++] = id[i];
		else
			return cvmm_fail_id(e, -EXDEV, CVMM_REASON_UNKNOWN_REGISTER, id[i], 0);
	}
	memcpy(id + own, vm, nvm * sizeof(*vm));
	c->nown = own;
	return 0;
}

/* What no list has of a vCPU. */
static uint32_t extra_ids(const struct capture *c, uint64_t *id)
{
	uint32_t n = 0;

	if (c->m->arch == CVMM_ARCH_RISCV64) {
		id[n++] = CVMM_RISCV64_VCPU_MP_STATE;
		return n;
	}
	id[n++] = CVMM_ARM64_VCPU_MP_STATE;
	id[n++] = CVMM_ARM64_VCPU_EVENTS;
	if (c->pvtime)
		id[n++] = CVMM_ARM64_VCPU_PVTIME;
	n += cvmm_vgic_vcpu_ids(c, id + n);
	cvmm_list_sort(id, n);
	return n;
}

static void vcpu_items(struct capture *c, const uint64_t *id)
{
	uint64_t extra[3 + VGIC_VCPU_IDS];
	uint32_t i, k = 0, nextra = extra_ids(c, extra);

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
	if (c->m->arch == CVMM_ARCH_ARM64)
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
int cvmm_reglist_items(struct capture *c, const uint64_t *id, uint32_t n, struct cvmm_error *e)
{
	(void)e;
	vcpu_items(c, id);
	if (c->lead == 0)
		vm_items(c, id + c->nown, n - c->nown);
	return 0;
}

/* Where stolen time goes, on hosts that have such a thing. */
static int ask_pvtime(struct capture *c, struct cvmm_error *e)
{
	int ret;

	if (c->m->arch != CVMM_ARCH_ARM64)
		return 0;
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

/* The list of a shape's first vCPU decides what there is. 32 KiB of stack, so that nothing has to be guessed. */
int cvmm_reglist_survey(struct capture *c, struct cvmm_error *e)
{
	uint64_t list[LIST_WORDS];
	uint32_t n = 0;
	int ret = ask_pvtime(c, e);

	if (ret == 0)
		ret = cvmm_vgic_survey(c, e);
	if (ret == 0)
		ret = cvmm_list_read(c->m->vcpu[c->lead], list, LIST_MAX, &n, e);
	if (ret == 0)
		ret = split(c, list + 1, n, e);
	if (ret == 0)
		ret = cvmm_capture_lay_out(c, list + 1, n, e);
	if (ret < 0)
		return ret;
	if (c->lead == 0)
		c->agree = cvmm_carve(&c->mem, n, sizeof(*c->agree));
	c->foreign = cvmm_carve(&c->mem, c->m->mine ? n + 3 + VGIC_VCPU_IDS : 0, sizeof(*c->foreign));
	c->nlist[c->at] = n;
	return 0;
}

/*
 * vCPUs of the same features must have the same registers. Asked for its length alone; a vCPU that has as many, and
 * gives every register of the first one's list to the capture, has that list.
 */
static int same_list(struct capture *c, struct cvmm_vcpu vcpu, struct cvmm_error *e)
{
	struct cvmm_error why;
	uint64_t none = 0;
	uint32_t n = 0;
	int ret = cvmm_vcpu_get_reg_list(vcpu, &none, 0, &n, &why);

	if (ret == -E2BIG && n == c->nlist[c->at])
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

/* A register of the VM that only the caller's rows know: through the first vCPU, as all of them on today's kernels. */
static int read_foreign(const struct capture *c, const struct cvmm_item *item, struct cvmm_error *e)
{
	if (item->size > sizeof(uint64_t))
		return cvmm_fail_id(e, -EINVAL, CVMM_REASON_REG_SIZE, item->id, item->size);
	return cvmm_vcpu_get_one_reg(c->m->vcpu[0], item->id, c->vm_col + item->off, item->size, e);
}

/* The last vCPU of the first one's features: kernels that let vCPUs differ show each its own ID registers. */
static struct cvmm_vcpu witness(const struct capture *c)
{
	uint32_t i = c->m->nvcpus - 1;

	while (cvmm_machine_features(c->m, i) != cvmm_machine_features(c->m, 0))
		i--;
	return c->m->vcpu[i];
}

int cvmm_reglist_read_vm(struct capture *c, struct cvmm_error *e)
{
	const struct cvmm_variant *variant = cvmm_capture_variant(c);
	const struct cvmm_pair *shown;
	uint32_t i;
	int ret = cvmm_vgic_flush(c, e);

	for (i = 0; ret == 0 && i < c->nvm; i++) {
		struct cvmm_vm_reg reg = cvmm_vm_reg_from_id(c->vm_item[i].id);
		uint64_t v = c->shared;

		if (cvmm_reg_is_vgic(reg.id) || !reg.id) {
			ret = reg.id ? cvmm_vgic_read_vm(c, &c->vm_item[i], e) : read_foreign(c, &c->vm_item[i], e);
			continue;
		}
		ret = reg.id == FEATURES_ID ? 0 : cvmm_vm_regs_get(c->m->regs, c->m->vcpu[0], reg, &v, e);
		if (ret < 0)
			return ret;
		cvmm_store_le(c->vm_col + c->vm_item[i].off, c->vm_item[i].size, v);
		if (!cvmm_reg_is_property(reg.id))
			c->agree[c->nagree++] = (struct cvmm_pair){ .id = reg.id, .value = v };
		shown = variant ? cvmm_pair_find(variant->guest, variant->nguest, reg.id) : NULL;
		if (shown && shown->value != v)
			c->seen[c->nseen++] = *shown;
	}
	if (ret < 0 || c->m->nvcpus == 1)
		return ret;
	return cvmm_vm_regs_agree(witness(c), c->agree, c->nagree, e);
}

/* What vcpu-regs moves, and what it has never heard of. Offsets stay, so both fill the same column. */
static int sort_out(struct capture *c, struct cvmm_error *e)
{
	uint32_t i, own = 0;

	c->nforeign = 0;
	if (!c->m->mine)
		return cvmm_vcpu_regs_init(&c->regs, c->item, c->n, NULL, e);
	/* The foreign ones are put behind the others, in storage that has room for all. */
	for (i = 0; i < c->n; i++)
		if (!is_foreign(c->item[i].id))
			c->foreign[own++] = c->item[i];
	for (i = 0; i < c->n; i++)
		if (is_foreign(c->item[i].id))
			c->foreign[own + c->nforeign++] = c->item[i];
	return cvmm_vcpu_regs_init(&c->regs, c->foreign, own, NULL, e);
}

int cvmm_reglist_read_vcpu(struct capture *c, uint32_t index, struct cvmm_error *e)
{
	uint8_t *col = c->col + (size_t)c->column * c->stride;
	struct cvmm_vcpu vcpu = c->m->vcpu[index];
	int ret = c->column ? same_list(c, vcpu, e) : sort_out(c, e);
	uint32_t i;

	if (ret == 0)
		ret = cvmm_vcpu_regs_capture(vcpu, &c->regs, col, c->stride, e);
	for (i = 0; ret == 0 && i < c->nforeign; i++) {
		const struct cvmm_item *item = &c->foreign[c->n - c->nforeign + i];

		ret = cvmm_vcpu_get_one_reg(vcpu, item->id, col + item->off, item->size, e);
	}
	return ret < 0 ? ret : cvmm_vgic_read_vcpu(c, index, e);
}
