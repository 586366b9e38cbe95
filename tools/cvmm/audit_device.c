/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What needs a device or guest memory: the interrupt controller's ABI revision, and the stolen time address. */
#include <errno.h>
#include <string.h>

#include <cvmm/kvm-ioctls/memory.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/vm.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>
#include <cvmm/vm-regs/vm-regs.h>

#include "audit_parts.h"

#define IIDR_REVISION UINT64_C(0xf000)
#define IIDR_TWO      UINT64_C(0x2000)
#define RAM_BYTES     65536u
#define RAM_ADDRESS   UINT64_C(0x40000000)
#define PVTIME_NONE   UINT64_MAX

void audit_gicd_iidr(struct bench *b, struct audit_entry *en)
{
	const struct cvmm_vm_reg reg = { en->row->first };
	struct cvmm_vm_slot slot[4];
	struct cvmm_vm_regs regs;
	uint64_t was;
	int ret;

	audit_untested(en, AUDIT_SCOPE, "there is one per VM");
	audit_untested(en, AUDIT_WINDOW, "its readers are the guest's drivers");
	if (cvmm_vm_regs_init(&regs, b->vm, CVMM_DIALECT_VCPU, slot, 4, NULL) < 0 ||
		cvmm_vm_regs_knob_record(&regs, b->gic, reg, NULL) < 0 || cvmm_vm_regs_staged(&regs, reg, &was) < 0)
		return;
	en->nids = 1;
	audit_proven(en, AUDIT_DEFAULT);
	ret = cvmm_vm_regs_knob_set(&regs, b->gic, reg, was, NULL);
	if (ret < 0) {
		audit_contradicted(en, AUDIT_WRITE, "its own value is refused", reg.id, was, was);
		return;
	}
	ret = (was & IIDR_REVISION) == IIDR_TWO
		      ? -EINVAL
		      : cvmm_vm_regs_knob_set(&regs, b->gic, reg, (was & ~IIDR_REVISION) | IIDR_TWO, NULL);
	if (ret == 0)
		audit_proven(en, AUDIT_WRITE);
	else
		audit_untested(en, AUDIT_WRITE,
			ret == -EIO ? "this KVM accepts and changes nothing, which read-back finds"
				    : "this KVM has one revision");
}

static int add_ram(struct bench *b)
{
	static _Alignas(RAM_BYTES) uint8_t ram[RAM_BYTES];
	const struct cvmm_kvm_memory_region slot = {
		.guest_phys_addr = RAM_ADDRESS, .memory_bytes = RAM_BYTES, .userspace_addr = (uintptr_t)ram
	};

	return cvmm_vm_set_user_memory_region(b->vm, &slot, NULL);
}

void audit_pvtime(struct bench *b, struct audit_entry *en)
{
	uint8_t v[2][CVMM_REG_BYTES_MAX], set[CVMM_REG_BYTES_MAX] = { 0 };
	uint64_t id = CVMM_ARM64_VCPU_PVTIME;

	if (add_ram(b) < 0 || bench_get(b, 0, id, v[0]) < 0)
		return;
	en->nids = 1;
	if (cvmm_load_le(v[0], 8) == PVTIME_NONE)
		audit_proven(en, AUDIT_DEFAULT);
	else
		audit_contradicted(en, AUDIT_DEFAULT, "a fresh vCPU has one", id, PVTIME_NONE, cvmm_load_le(v[0], 8));
	cvmm_store_le(set, 8, RAM_ADDRESS);
	if (bench_set(b, 0, id, set) < 0) {
		audit_untested(en, AUDIT_SCOPE, "this KVM offers no stolen time");
		audit_untested(en, AUDIT_WRITE, "this KVM offers no stolen time");
		return;
	}
	(void)bench_get(b, 0, id, v[0]);
	(void)bench_get(b, 1, id, v[1]);
	if (cvmm_load_le(v[0], 8) == RAM_ADDRESS)
		audit_proven(en, AUDIT_WRITE);
	else
		audit_contradicted(en, AUDIT_WRITE, "accepted, and something else is there", id, RAM_ADDRESS,
			cvmm_load_le(v[0], 8));
	if (cvmm_load_le(v[1], 8) == PVTIME_NONE)
		audit_proven(en, AUDIT_SCOPE);
	else
		audit_contradicted(
			en, AUDIT_SCOPE, "the other vCPU shows the change", id, PVTIME_NONE, cvmm_load_le(v[1], 8));
}
