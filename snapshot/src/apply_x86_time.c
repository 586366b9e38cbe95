/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* x86_64: state of the VM as a whole, and time: kvmclock and TSCs, with what the guest shall have missed. */
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/x86-vm.h>

#include <errno.h>
#include <string.h>

#include "apply_parts.h"
#include "machine_x86.h"

#define NS_PER_S  UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)
#define TSC_FAR	  (UINT64_C(1) << 62)

static uint64_t ahead_of(const struct apply *a, uint64_t id)
{
	return id == CVMM_X86_VM_CLOCK ? a->m->ahead : 0;
}

/* The step's value with the time added that the guest shall have missed. */
uint32_t cvmm_x86_block_value(const struct apply *a, const struct cvmm_step *step, uint8_t *v)
{
	const struct cvmm_item *item = &a->v->vm.item[step->item];
	uint64_t ahead = ahead_of(a, step->id);

	memcpy(v, cvmm_regset_value(&a->v->vm, step->item, 0), item->size);
	if (ahead)
		cvmm_store_le(v, item->size, cvmm_load_le(v, item->size) + ahead);
	return item->size;
}

int cvmm_x86_vm_blocks(struct apply *a)
{
	uint8_t v[sizeof(struct cvmm_x86_ioapic)];
	uint32_t k;
	int ret = 0;

	for (k = a->first; ret == 0 && k < a->end; k++) {
		const struct cvmm_step *step = &a->p->step[k];
		struct cvmm_vm_reg reg = cvmm_vm_reg_from_id(step->id);

		if (step->scope != CVMM_SCOPE_VM || !step->write || !cvmm_vm_block_bytes(reg))
			continue;
		ret = cvmm_vm_set_block(a->m->vm, reg, v, cvmm_x86_block_value(a, step, v), &a->why);
	}
	return cvmm_x86_failed(a, ret, CVMM_REASON_APPLY_SET);
}

/* The TSC of a vCPU, with the time added that the guest shall have missed; -ENOENT if the snapshot has none. */
int cvmm_x86_tsc(const struct apply *a, uint32_t index, uint64_t *tsc)
{
	const struct cvmm_regset *set = &a->v->shape[a->v->vcpu[index].shape].regs;
	int at = cvmm_regset_find(set, X86_TSC), khz = cvmm_regset_find(set, CVMM_X86_VCPU_TSC_KHZ);
	uint64_t ns = a->m->ahead, hz;

	if (at < 0)
		return -ENOENT;
	*tsc = cvmm_regset_u64(set, (uint32_t)at, a->v->vcpu[index].col);
	if (!ns || khz < 0)
		return 0;
	hz = cvmm_regset_u64(set, (uint32_t)khz, a->v->vcpu[index].col) * 1000;
	*tsc += ns / NS_PER_S * hz + ns % NS_PER_S * (hz / 1000) / NS_PER_MS;
	return 0;
}

static int write_tsc(struct apply *a, uint32_t index, uint64_t tsc)
{
	uint8_t le[8];

	cvmm_store_le(le, sizeof(le), tsc);
	return cvmm_vcpu_reg_set(a->m->vcpu[index], (struct cvmm_vcpu_reg){ X86_TSC }, le, sizeof(le), &a->why);
}

static uint64_t latest_tsc(const struct apply *a)
{
	uint64_t tsc, best = 0;
	uint32_t i;

	for (i = 0; i < a->m->nvcpus; i++) {
		if (cvmm_x86_tsc(a, i, &tsc) == 0 && tsc > best)
			best = tsc;
	}
	return best;
}

/*
 * vCPUs whose counters are one were read one after the other: what the last one showed is not behind any of them. A counter
 * that is a second away is another one.
 */
static uint64_t together(const struct apply *a, uint32_t index, uint64_t tsc, uint64_t latest)
{
	const struct cvmm_regset *set = &a->v->shape[a->v->vcpu[index].shape].regs;
	int khz = cvmm_regset_find(set, CVMM_X86_VCPU_TSC_KHZ);
	uint64_t second = khz < 0 ? 0 : cvmm_regset_u64(set, (uint32_t)khz, a->v->vcpu[index].col) * 1000;

	return latest - tsc < second ? latest : tsc;
}

/*
 * All in a row: KVM takes a value within a second of what the last one written has come to for a wish that both counters are
 * one. That is wanted of all but the first, which kernels before 6.8 compare with the start of the VM: the counter of a guest
 * younger than a second would go back. So the first is written far away before.
 */
int cvmm_x86_write_tscs(struct apply *a)
{
	uint64_t latest = latest_tsc(a);
	uint32_t i;
	int ret = 0, first = 1;

	for (i = 0; ret == 0 && i < a->m->nvcpus; i++) {
		uint64_t tsc;

		if (cvmm_x86_tsc(a, i, &tsc) < 0)
			continue;
		tsc = together(a, i, tsc, latest);
		if (first)
			ret = write_tsc(a, i, tsc ^ TSC_FAR);
		if (ret == 0)
			ret = write_tsc(a, i, tsc);
		first = 0;
	}
	return cvmm_x86_failed(a, ret, CVMM_REASON_APPLY_SET);
}
