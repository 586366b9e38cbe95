/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The VM: creation, capabilities, the calls on its fd. */
#include "riscv.h"

#define CAP_VM_IPA_SIZE	   165u
#define IPA_DEFAULT	   40u
#define IPA_MIN		   32u
#define TYPE_IPA	   UINT64_C(0xff)
#define KVM_CREATE_IRQCHIP 0xae60ul

/* Capabilities that KVM_ENABLE_CAP takes on an arm64 VM. @early: before the first vCPU only. */
static const struct {
	uint32_t cap, bit, early, proposal;
} enable[] = {
	{ 205, SIM_CAP_MTE, 1, 0 },
	{ 239, SIM_CAP_IMP_ID, 1, 0 },
	{ 177, SIM_CAP_NISV, 0, 0 },
	{ 216, SIM_CAP_SUSPEND, 0, 0 },
	{ 245, SIM_CAP_SEA, 0, 0 },
	{ 228, SIM_CAP_SPLIT, 0, 0 },
	{ CVMM_CAP_SIM_REG_SCOPE, SIM_CAP_SCOPE, 0, CVMM_SIM_REG_SCOPE },
	{ CVMM_CAP_SIM_ASYMMETRIC, SIM_CAP_ASYM, 1, CVMM_SIM_ASYMMETRIC },
};

/* Values that the VM has before the first KVM_ARM_VCPU_INIT: what exists at VM scope only, and the bitmaps. */
static void vm_reset_values(struct sim *s, struct sim_vm *vm)
{
	const struct sim_item *items = sim_items(s);
	uint64_t all = s->offered & ~(CVMM_ARM64_FEATURE_POWER_OFF | CVMM_ARM64_FEATURE_EL1_32BIT);
	uint32_t i;

	for (i = 0; i < s->nitems; i++)
		if (items[i].flags & SIM_ITEM_VM)
			atomic_store_explicit(&sim_vm_vals(s, vm)[items[i].slot],
				items[i].class == SIM_VMONLY ? 0 : cvmm_sim_vm_default(s, all, i),
				memory_order_relaxed);
}

int cvmm_sim_create_vm(struct sim *s, uint64_t type)
{
	uint64_t ipa = type & TYPE_IPA, max = cvmm_profile_cap(s->profile, CAP_VM_IPA_SIZE);
	struct sim_vm *vm;
	uint32_t i;
	int fd = -ENOMEM;

	if (type & ~TYPE_IPA || (ipa && (ipa < IPA_MIN || ipa > (max ? max : IPA_DEFAULT))))
		return -EINVAL;
	sim_acquire(&sim_state(s)->lock);
	for (i = 0; i < s->cfg.max_vms && sim_vm(s, i)->refs; i++)
		;
	if (i < s->cfg.max_vms)
		fd = cvmm_sim_fd_new(s, SIM_FD_VM, i, 0);
	if (fd >= 0) {
		vm = sim_vm(s, i);
		memset(vm, 0, sizeof(*vm));
		vm->refs = 1;
		vm->ipa_bits = ipa ? (uint32_t)ipa : IPA_DEFAULT;
		memset(sim_slots(s, vm), 0, s->cfg.max_memslots * sizeof(struct sim_slot));
		memset((uint8_t *)vm + s->vm_presets, 0, s->nvm);
		atomic_store_explicit(&vm->voffset,
			sim_is_riscv(s) ? atomic_load_explicit(&sim_state(s)->now, memory_order_relaxed) : 0,
			memory_order_relaxed);
		vm->ppi[0] = 27;
		vm->ppi[1] = 30;
		vm->ppi[2] = 28;
		vm->ppi[3] = 26;
		vm_reset_values(s, vm);
	}
	sim_release(&sim_state(s)->lock);
	return fd;
}

static int enable_cap(struct sim_call *c, uintptr_t arg)
{
	struct cvmm_kvm_enable_cap cap;
	uint32_t i;
	int ret = sim_fetch(&cap, arg, sizeof(cap));

	if (ret < 0)
		return ret;
	for (i = 0; i < sizeof(enable) / sizeof(enable[0]) && enable[i].cap != cap.cap; i++)
		;
	if (cap.flags || i == sizeof(enable) / sizeof(enable[0]))
		return -EINVAL;
	if (enable[i].proposal ? !(c->s->cfg.proposals & enable[i].proposal)
			       : !cvmm_profile_cap(c->s->profile, cap.cap))
		return -EINVAL;
	sim_acquire(&c->vm->lock);
	if (enable[i].early && c->vm->nvcpus)
		ret = -EINVAL;
	else if (cap.cap == 228 && (c->vm->nmemslots || (cap.args[0] && (cap.args[0] & (cap.args[0] - 1)))))
		ret = -EINVAL;
	else
		atomic_fetch_or_explicit(&c->vm->caps, enable[i].bit, memory_order_relaxed);
	sim_release(&c->vm->lock);
	return ret;
}

static int set_counter_offset(struct sim_call *c, uintptr_t arg)
{
	struct cvmm_arm64_counter_offset off;
	int ret = sim_trait(c->s, CVMM_TRAIT_COUNTER_OFFSET) ? sim_fetch(&off, arg, sizeof(off)) : -EINVAL;

	if (ret < 0)
		return ret;
	if (off.reserved)
		return -EINVAL;
	sim_acquire(&c->vm->lock);
	atomic_store_explicit(&c->vm->voffset, off.counter_offset, memory_order_relaxed);
	atomic_store_explicit(&c->vm->poffset, off.counter_offset, memory_order_relaxed);
	atomic_store_explicit(&c->vm->offset_set, 1, memory_order_relaxed);
	sim_release(&c->vm->lock);
	return 0;
}

/* The index of a feature ID register in the array of masks: op1 0, 1, 3 become 0, 1, 2. */
static int mask_index(uint64_t id)
{
	uint32_t op1 = (uint32_t)(id >> 11) & 7, rest = (uint32_t)(id & 0x3f);

	if ((id & ~UINT64_C(0x383f)) != CVMM_ARM64_SYS(3, 0, 0, 0, 0) || op1 == 2 || op1 > 3)
		return -1;
	return (int)((op1 == 3 ? 2 : op1) << 6 | rest);
}

static int writable_masks(struct sim_call *c, uintptr_t arg)
{
	struct cvmm_arm64_reg_mask_range range;
	uint64_t masks[CVMM_ARM64_MASKS] = { 0 };
	uint32_t i;
	int ret = sim_trait(c->s, CVMM_TRAIT_WRITABLE_MASKS) ? sim_fetch(&range, arg, sizeof(range)) : -EINVAL;

	if (ret < 0)
		return ret;
	for (i = 0; i < 13; i++)
		if (range.reserved[i])
			return -EINVAL;
	if (range.range)
		return -EINVAL;
	for (i = 0; i < c->s->profile->nmasks; i++) {
		int k = mask_index(c->s->profile->mask[i].id);

		if (k >= 0)
			masks[k] = c->s->profile->mask[i].value;
	}
	return sim_put(range.addr, masks, sizeof(masks));
}

static int preferred_target(uintptr_t arg)
{
	const struct cvmm_arm64_vcpu_init init = { .target = CVMM_ARM64_TARGET_GENERIC };

	return sim_put(arg, &init, sizeof(init));
}

/* arm64's KVM_ARM_SET_DEVICE_ADDR has the number of KVM_GET_ONE_REG; no device is placed in this way. */
static int set_device_addr(struct sim_call *c, uintptr_t arg)
{
	struct cvmm_kvm_one_reg r;
	int ret = sim_is_riscv(c->s) ? -EINVAL : sim_fetch(&r, arg, sizeof(r));

	return ret < 0 ? ret : -ENODEV;
}

int cvmm_sim_vm_ioctl(struct sim_call *c, unsigned long req, uintptr_t arg)
{
	switch (req) {
	case CVMM_KVM_CHECK_EXTENSION:
		return arg == SIM_CAP_MSI_DEVID && !sim_is_riscv(c->s) ? (int)c->vm->gic.its
								       : cvmm_sim_check_extension(c->s, arg);
	case CVMM_KVM_CREATE_VCPU: return cvmm_sim_create_vcpu(c, arg);
	case CVMM_KVM_SET_USER_MEMORY_REGION: return cvmm_sim_set_memory(c, arg);
	case 0x4010ae42: return cvmm_sim_dirty_log(c, arg);
	case 0xc018aec0: return cvmm_sim_clear_dirty_log(c, arg);
	case CVMM_KVM_ENABLE_CAP: return enable_cap(c, arg);
	case CVMM_KVM_CREATE_DEVICE: return cvmm_sim_create_device(c, arg);
	case KVM_CREATE_IRQCHIP: return cvmm_sim_create_irqchip(c);
	case CVMM_KVM_ARM_PREFERRED_TARGET: return preferred_target(arg);
	case CVMM_KVM_ARM_SET_COUNTER_OFFSET: return set_counter_offset(c, arg);
	case CVMM_KVM_ARM_GET_REG_WRITABLE_MASKS: return writable_masks(c, arg);
	case CVMM_KVM_SET_DEVICE_ATTR:
	case CVMM_KVM_GET_DEVICE_ATTR:
	case CVMM_KVM_HAS_DEVICE_ATTR: return cvmm_sim_vm_attr(c, req, arg);
	case CVMM_KVM_GET_ONE_REG:
		return c->s->cfg.proposals & CVMM_SIM_VM_ONE_REG ? cvmm_sim_vm_get_one_reg(c, arg)
								 : set_device_addr(c, arg);
	case CVMM_KVM_SET_ONE_REG:
		return c->s->cfg.proposals & CVMM_SIM_VM_ONE_REG ? cvmm_sim_vm_set_one_reg(c, arg) : -EINVAL;
	case CVMM_KVM_GET_REG_LIST:
		return c->s->cfg.proposals & CVMM_SIM_VM_ONE_REG ? cvmm_sim_vm_reg_list(c, arg) : -EINVAL;
	default: return cvmm_sim_accept(SIM_FD_VM, req, arg);
	}
}
