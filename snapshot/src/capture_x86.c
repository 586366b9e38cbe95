/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* x86_64: MSRs by KVM's lists, everything else as blocks whose sizes this host says. */
#include <cvmm/kvm-ioctls/cap.h>
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>
#include <cvmm/kvm-ioctls/x86-vm.h>

#include <errno.h>

#include "capture_parts.h"
#include "machine_x86.h"

#define PROPERTY_BYTES 8u
#define VM_ITEMS_MAX   64u

static int ask(const struct cvmm_machine *m, uint32_t cap, uint32_t *value, struct cvmm_error *e)
{
	int ret = cvmm_vm_check_extension(m->vm, cap, e);

	*value = ret > 0 ? (uint32_t)ret : 0;
	return ret < 0 ? ret : 0;
}

/* Is the device there, and was that staged or recorded? One without the other would be a snapshot that cannot be restored. */
static int matches(
	const struct cvmm_machine *m, uint64_t state, uint32_t property, uint8_t *there, struct cvmm_error *e)
{
	struct cvmm_vm_reg reg = cvmm_vm_reg_from_id(state);
	uint8_t v[sizeof(struct cvmm_x86_pit)];
	struct cvmm_error why;
	int ret;

	*there = cvmm_x86_property(m, property) != 0;
	if (*there)
		return 0;
	ret = cvmm_vm_get_block(m->vm, reg, v, cvmm_vm_block_bytes(reg), &why);
	if (ret == -ENXIO)
		return 0;
	if (ret == 0)
		return cvmm_fail_id(e, -EINVAL, CVMM_REASON_VM_UNKNOWN_PROPERTY, CVMM_X86_BLOCK(property), 0);
	if (e)
		*e = why;
	return ret;
}

static int survey_devices(const struct cvmm_machine *m, struct x86_survey *s, struct cvmm_error *e)
{
	int ret = matches(m, CVMM_X86_VM_PIC(0), CVMM_X86_IRQCHIP, &s->irqchip, e);

	if (ret == 0)
		ret = matches(m, CVMM_X86_VM_PIT2, CVMM_X86_PIT, &s->pit, e);
	s->lapic = s->irqchip || cvmm_x86_property(m, CVMM_X86_SPLIT_IRQCHIP);
	return ret;
}

/* How many CPUID entries a vCPU has; the list itself comes later. */
static int cpuid_bytes(struct cvmm_vcpu vcpu, struct x86_survey *s, uint32_t *bytes, struct cvmm_error *e)
{
	uint32_t n = 0;
	int ret = cvmm_vcpu_get_cpuid2(vcpu, &s->cpuid, CVMM_X86_CPUID_MAX, &n, e);

	*bytes = (uint32_t)(sizeof(struct cvmm_x86_cpuid) + n * sizeof(struct cvmm_x86_cpuid_entry));
	return ret;
}

int cvmm_x86_survey(struct capture *c, struct cvmm_error *e)
{
	const struct cvmm_machine *m = c->m;
	struct x86_survey *s = x86_survey_of(m);
	uint32_t one_reg = 0;
	int ret = cvmm_vm_get_xsave_bytes(m->vm, e);

	if (ret < 0)
		return ret;
	s->xsave_bytes = (uint32_t)ret;
	ret = ask(m, CVMM_CAP_NESTED_STATE, &s->nested_bytes, e);
	if (ret == 0)
		ret = ask(m, CVMM_CAP_ONE_REG, &one_reg, e);
	s->one_reg = one_reg != 0;
	if (ret == 0)
		ret = survey_devices(m, s, e);
	if (ret == 0)
		ret = cvmm_x86_survey_regs(m, s, e);
	if (ret == 0)
		ret = cpuid_bytes(m->vcpu[0], s, &s->cpuid_bytes, e);
	if (ret == 0)
		ret = cvmm_capture_lay_out(c, s->id, s->n, e);
	if (ret < 0 || cvmm_capture_misses(c))
		return ret;
	return cvmm_vcpu_regs_init(&c->regs, c->item, c->n, NULL, e);
}

static void vcpu_items(struct capture *c, const uint64_t *id, uint32_t n)
{
	const struct x86_survey *s = x86_survey_of(c->m);
	const struct {
		uint64_t id;
		uint32_t bytes;
	} block[] = {
		{ CVMM_X86_VCPU_CPUID2, s->cpuid_bytes },
		{ CVMM_X86_VCPU_TSC_KHZ, 4 },
		{ CVMM_X86_VCPU_SREGS2, sizeof(struct cvmm_x86_sregs2) },
		{ CVMM_X86_VCPU_NESTED, s->nested_bytes },
		{ CVMM_X86_VCPU_REGS, sizeof(struct cvmm_x86_regs) },
		{ CVMM_X86_VCPU_XSAVE, s->xsave_bytes },
		{ CVMM_X86_VCPU_XCRS, sizeof(struct cvmm_x86_xcrs) },
		{ CVMM_X86_VCPU_DEBUGREGS, sizeof(struct cvmm_x86_debugregs) },
		{ CVMM_X86_VCPU_LAPIC, s->lapic ? sizeof(struct cvmm_x86_lapic) : 0 },
		{ CVMM_X86_VCPU_EVENTS, sizeof(struct cvmm_x86_events) },
		{ CVMM_X86_VCPU_MP_STATE, 4 },
		{ CVMM_X86_VCPU_MCG_CAP, 8 },
	};
	uint32_t i;

	for (i = 0; i < n; i++)
		cvmm_item_append(c->item, &c->n, &c->stride, id[i]);
	for (i = 0; i < sizeof(block) / sizeof(block[0]); i++) {
		if (block[i].bytes)
			cvmm_item_append_sized(c->item, &c->n, &c->stride, block[i].id, block[i].bytes);
	}
}

/* What was staged or recorded, then the state of the devices that are there. */
static void vm_items(struct capture *c)
{
	static const uint64_t chip[] = { CVMM_X86_VM_PIC(0), CVMM_X86_VM_PIC(1), CVMM_X86_VM_IOAPIC };
	const struct x86_survey *s = x86_survey_of(c->m);
	const struct cvmm_vm_regs *r = c->m->regs;
	uint64_t all[VM_ITEMS_MAX];
	uint32_t i, n = 0;

	for (i = 0; i < r->n && n < VM_ITEMS_MAX - 8; i++)
		all[n++] = r->slot[i].reg.id;
	for (i = 0; s->irqchip && i < sizeof(chip) / sizeof(chip[0]); i++)
		all[n++] = chip[i];
	if (s->pit)
		all[n++] = CVMM_X86_VM_PIT2;
	all[n++] = CVMM_X86_VM_CLOCK;
	cvmm_list_sort(all, n);
	for (i = 0; i < n; i++) {
		uint32_t bytes = cvmm_vm_block_bytes(cvmm_vm_reg_from_id(all[i]));

		cvmm_item_append_sized(c->vm_item, &c->nvm, &c->vm_stride, all[i], bytes ? bytes : PROPERTY_BYTES);
	}
}

int cvmm_x86_items(struct capture *c, const uint64_t *id, uint32_t n, struct cvmm_error *e)
{
	(void)e;
	vcpu_items(c, id, n);
	vm_items(c);
	return 0;
}

/*
 * The VM's state before the vCPUs': an interrupt that a timer in the kernel raises in between is then in the local APIC that
 * is read, not lost on its way there.
 */
int cvmm_x86_read_vm(struct capture *c, struct cvmm_error *e)
{
	uint32_t i;

	for (i = 0; i < c->nvm; i++) {
		const struct cvmm_item *item = &c->vm_item[i];
		struct cvmm_vm_reg reg = cvmm_vm_reg_from_id(item->id);
		uint64_t v = 0;
		int ret;

		if (cvmm_vm_block_bytes(reg)) {
			ret = cvmm_vm_get_block(c->m->vm, reg, c->vm_col + item->off, item->size, e);
		} else {
			ret = cvmm_vm_regs_get(c->m->regs, c->m->vcpu[0], reg, &v, e);
			cvmm_store_le(c->vm_col + item->off, item->size, v);
		}
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* A list of another length than the first vCPU's. */
static int shapes_differ(int ret, const struct cvmm_error *why)
{
	return why->id == CVMM_X86_VCPU_CPUID2 &&
	       ((ret == -E2BIG && why->reason == CVMM_REASON_IOCTL) || why->reason == CVMM_REASON_REG_SIZE);
}

int cvmm_x86_read_vcpu(struct capture *c, uint32_t index, struct cvmm_error *e)
{
	struct cvmm_vcpu vcpu = c->m->vcpu[index];
	struct cvmm_error why;
	uint32_t state;
	/* Asking for it settles an INIT or SIPI that waits, which changes other state. */
	int ret = cvmm_vcpu_get_mp_state(vcpu, &state, &why);

	if (ret == 0)
		ret = cvmm_vcpu_regs_capture(vcpu, &c->regs, c->col + (size_t)index * c->stride, c->stride, &why);
	if (ret == 0)
		return 0;
	if (index && shapes_differ(ret, &why)) {
		why.err = ret = -EIO;
		why.reason = CVMM_REASON_SHAPES_DIFFER;
	}
	if (e)
		*e = why;
	return ret;
}
