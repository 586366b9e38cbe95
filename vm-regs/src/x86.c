/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* x86_64: acts that nobody can ask KVM about afterwards, and state that the VM has as a whole. */
#include "x86.h"

#include <cvmm/kvm-ioctls/cap.h>
#include <cvmm/kvm-ioctls/irq.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/vm.h>
#include <cvmm/kvm-ioctls/x86-vm.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* ---- acts, in the order of their ids ---- */

static int irqchip(struct cvmm_vm vm, uint64_t value, uint32_t cap, struct cvmm_error *e)
{
	(void)value;
	(void)cap;
	return cvmm_vm_create_irqchip(vm, e);
}

static int enable(struct cvmm_vm vm, uint64_t value, uint32_t cap, struct cvmm_error *e)
{
	return cvmm_vm_enable_cap(vm, cap, (const uint64_t[4]){ value }, e);
}

static int tsc_khz(struct cvmm_vm vm, uint64_t value, uint32_t cap, struct cvmm_error *e)
{
	(void)cap;
	return cvmm_vm_set_tsc_khz(vm, (uint32_t)value, e);
}

static int identity_map(struct cvmm_vm vm, uint64_t value, uint32_t cap, struct cvmm_error *e)
{
	(void)cap;
	return cvmm_vm_set_identity_map_addr(vm, value, e);
}

static int boot_cpu(struct cvmm_vm vm, uint64_t value, uint32_t cap, struct cvmm_error *e)
{
	(void)cap;
	return cvmm_vm_set_boot_cpu_id(vm, (uint32_t)value, e);
}

static int tss(struct cvmm_vm vm, uint64_t value, uint32_t cap, struct cvmm_error *e)
{
	(void)cap;
	return cvmm_vm_set_tss_addr(vm, (uint32_t)value, e);
}

static int pit(struct cvmm_vm vm, uint64_t value, uint32_t cap, struct cvmm_error *e)
{
	(void)cap;
	return cvmm_vm_create_pit2(vm, (uint32_t)(value >> 1), e);
}

static const struct act {
	uint32_t number;
	uint32_t cap;
	uint64_t most;
	int (*run)(struct cvmm_vm vm, uint64_t value, uint32_t cap, struct cvmm_error *e);
} acts[] = {
	{ CVMM_X86_IRQCHIP, 0, 1, irqchip },
	{ CVMM_X86_SPLIT_IRQCHIP, CVMM_CAP_SPLIT_IRQCHIP, UINT64_MAX, enable },
	{ CVMM_X86_TSC_KHZ, 0, UINT32_MAX, tsc_khz },
	{ CVMM_X86_IDENTITY_MAP_ADDR, 0, UINT64_MAX, identity_map },
	{ CVMM_X86_BOOT_CPU_ID, 0, UINT32_MAX, boot_cpu },
	{ CVMM_X86_DISABLE_EXITS, CVMM_CAP_X86_DISABLE_EXITS, UINT64_MAX, enable },
	{ CVMM_X86_PMU_CAPABILITY, CVMM_CAP_PMU_CAPABILITY, UINT64_MAX, enable },
	{ CVMM_X86_NOTIFY_VMEXIT, CVMM_CAP_X86_NOTIFY_VMEXIT, UINT64_MAX, enable },
	{ CVMM_X86_APIC_BUS_CYCLES, CVMM_CAP_X86_APIC_BUS_CYCLES_NS, UINT64_MAX, enable },
	{ CVMM_X86_X2APIC_API, CVMM_CAP_X2APIC_API, UINT64_MAX, enable },
	{ CVMM_X86_DISABLE_QUIRKS2, CVMM_CAP_DISABLE_QUIRKS2, UINT64_MAX, enable },
	{ CVMM_X86_TSS_ADDR, 0, UINT32_MAX, tss },
	{ CVMM_X86_PIT, 0, 3, pit },
	{ CVMM_X86_EXCEPTION_PAYLOAD, CVMM_CAP_EXCEPTION_PAYLOAD, 1, enable },
	{ CVMM_X86_TRIPLE_FAULT, CVMM_CAP_X86_TRIPLE_FAULT_EVENT, 1, enable },
};

static const struct act *act_of(uint64_t id)
{
	uint32_t i;

	for (i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (CVMM_X86_BLOCK(acts[i].number) == id)
			return &acts[i];
	}
	return NULL;
}

int cvmm_vm_x86_commit(struct cvmm_vm_regs *r, struct cvmm_error *e)
{
	uint32_t i;
	int ret = 0;

	for (i = 0; ret == 0 && i < r->n; i++) {
		struct cvmm_vm_slot *s = &r->slot[i];
		const struct act *a = act_of(s->reg.id);

		if (!a || !s->value || s->written)
			continue;
		if (s->value > a->most)
			return cvmm_fail_id(e, -EINVAL, CVMM_REASON_ARGUMENT, s->reg.id, a->most);
		ret = a->run(r->vm, s->value, a->cap, e);
		if (ret == 0)
			s->written = 1;
		else if (e)
			e->id = s->reg.id;
	}
	return ret;
}

/* ---- state ---- */

#define PIC_IRR	     offsetof(struct cvmm_x86_pic, irr)
#define PIC_LAST_IRR offsetof(struct cvmm_x86_pic, last_irr)
#define IOAPIC_IRR   offsetof(struct cvmm_x86_ioapic, irr)

static int chip_get(struct cvmm_vm vm, uint32_t chip, void *v, uint32_t size, struct cvmm_error *e)
{
	struct cvmm_x86_irqchip c = { .chip_id = chip };
	int ret = cvmm_vm_get_irqchip(vm, &c, e);

	if (ret == 0)
		memcpy(v, c.dummy, size);
	return ret;
}

static int chip_set(struct cvmm_vm vm, uint32_t chip, const void *v, uint32_t size, struct cvmm_error *e)
{
	struct cvmm_x86_irqchip c = { .chip_id = chip };

	memcpy(c.dummy, v, size);
	return cvmm_vm_set_irqchip(vm, &c, e);
}

/* Lines may have risen since; everything else is as it was written. */
static int chip_holds(const uint8_t *got, const uint8_t *want, uint32_t size)
{
	const int is_pic = size == sizeof(struct cvmm_x86_pic);
	uint32_t i;

	for (i = 0; i < size; i++) {
		int line = is_pic ? i == PIC_IRR || i == PIC_LAST_IRR : i >= IOAPIC_IRR && i < IOAPIC_IRR + 4;

		if (line ? want[i] & ~got[i] : got[i] != want[i])
			return 0;
	}
	return 1;
}

static int pit_get(struct cvmm_vm vm, uint32_t chip, void *v, uint32_t size, struct cvmm_error *e)
{
	struct cvmm_x86_pit p;
	int ret = cvmm_vm_get_pit2(vm, &p, e);

	(void)chip;
	if (ret == 0)
		memcpy(v, &p, size);
	return ret;
}

static int pit_set(struct cvmm_vm vm, uint32_t chip, const void *v, uint32_t size, struct cvmm_error *e)
{
	struct cvmm_x86_pit p;

	(void)chip;
	memcpy(&p, v, size);
	return cvmm_vm_set_pit2(vm, &p, e);
}

/* A channel counts from when it was loaded, and a restore loads it. A count of 0 is 65536 to the 8254, and KVM says so. */
static int pit_holds(const uint8_t *got, const uint8_t *want, uint32_t size)
{
	struct cvmm_x86_pit a, b;
	uint32_t i;

	memcpy(&a, got, size);
	memcpy(&b, want, size);
	for (i = 0; i < 3; i++) {
		a.channels[i].count_load_time = b.channels[i].count_load_time;
		if (!b.channels[i].count)
			b.channels[i].count = CVMM_X86_PIT_COUNT_MAX;
		if (!a.channels[i].count)
			a.channels[i].count = CVMM_X86_PIT_COUNT_MAX;
	}
	return !memcmp(&a, &b, sizeof(a));
}

static int clock_get(struct cvmm_vm vm, uint32_t chip, void *v, uint32_t size, struct cvmm_error *e)
{
	struct cvmm_x86_clock c;
	int ret = cvmm_vm_get_clock(vm, &c, e);

	(void)chip;
	if (ret == 0)
		cvmm_store_le(v, size, c.clock);
	return ret;
}

static int clock_set(struct cvmm_vm vm, uint32_t chip, const void *v, uint32_t size, struct cvmm_error *e)
{
	struct cvmm_x86_clock c = { .clock = cvmm_load_le(v, size) };

	(void)chip;
	return cvmm_vm_set_clock(vm, &c, e);
}

static int clock_holds(const uint8_t *got, const uint8_t *want, uint32_t size)
{
	return cvmm_load_le(got, size) - cvmm_load_le(want, size) <= INT64_MAX;
}

static const struct state {
	uint64_t id;
	uint32_t chip;
	uint32_t size;
	int (*get)(struct cvmm_vm vm, uint32_t chip, void *v, uint32_t size, struct cvmm_error *e);
	int (*set)(struct cvmm_vm vm, uint32_t chip, const void *v, uint32_t size, struct cvmm_error *e);
	int (*holds)(const uint8_t *got, const uint8_t *want, uint32_t size);
} states[] = {
	{ CVMM_X86_VM_PIC(0), CVMM_X86_CHIP_PIC_MASTER, sizeof(struct cvmm_x86_pic), chip_get, chip_set, chip_holds },
	{ CVMM_X86_VM_PIC(1), CVMM_X86_CHIP_PIC_SLAVE, sizeof(struct cvmm_x86_pic), chip_get, chip_set, chip_holds },
	{ CVMM_X86_VM_IOAPIC, CVMM_X86_CHIP_IOAPIC, sizeof(struct cvmm_x86_ioapic), chip_get, chip_set, chip_holds },
	{ CVMM_X86_VM_PIT2, 0, sizeof(struct cvmm_x86_pit), pit_get, pit_set, pit_holds },
	{ CVMM_X86_VM_CLOCK, 0, 8, clock_get, clock_set, clock_holds },
};

static const struct state *state_of(struct cvmm_vm_reg reg)
{
	uint32_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (states[i].id == reg.id)
			return &states[i];
	}
	return NULL;
}

uint32_t cvmm_vm_block_bytes(struct cvmm_vm_reg reg)
{
	const struct state *s = state_of(reg);

	return s ? s->size : 0;
}

static int refuse(const struct state *s, struct cvmm_vm_reg reg, struct cvmm_error *e)
{
	if (!s)
		return cvmm_fail_id(e, -EXDEV, CVMM_REASON_NOT_VM_OWNED, reg.id, 0);
	return cvmm_fail_id(e, -EINVAL, CVMM_REASON_REG_SIZE, reg.id, s->size);
}

int cvmm_vm_get_block(struct cvmm_vm vm, struct cvmm_vm_reg reg, void *v, uint32_t size, struct cvmm_error *e)
{
	const struct state *s = state_of(reg);
	int ret;

	if (!s || size != s->size)
		return refuse(s, reg, e);
	ret = s->get(vm, s->chip, v, size, e);
	if (ret < 0 && e)
		e->id = reg.id;
	return ret;
}

int cvmm_vm_set_block(struct cvmm_vm vm, struct cvmm_vm_reg reg, const void *v, uint32_t size, struct cvmm_error *e)
{
	const struct state *s = state_of(reg);
	int ret;

	if (!s || size != s->size)
		return refuse(s, reg, e);
	ret = s->set(vm, s->chip, v, size, e);
	if (ret < 0 && e)
		e->id = reg.id;
	return ret;
}

int cvmm_vm_block_holds(struct cvmm_vm_reg reg, const void *got, const void *want)
{
	const struct state *s = state_of(reg);

	return s && s->holds(got, want, s->size);
}
