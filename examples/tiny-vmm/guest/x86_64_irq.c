/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Interrupts of the x86_64 guest. While it is stopped, one of its local APIC's interrupts is in service, one of the same
 * class is pending behind it and one of a higher class is pending because interrupts are masked; the PIC, the I/O APIC and
 * the 8254 hold values that it wrote.
 */
#include "x86_64.h"

#define EXCEPTIONS  32
#define VECTOR_GP   13
#define VECTOR_KEPT 0x41
#define VECTOR_LOW  0x45 /* the class of the one in service: waits for its end */
#define VECTOR_HIGH 0x51
#define ID	    0x20
#define EOI	    0xb0
#define ISR2	    0x120
#define ICR	    0x300
#define TO_SELF	    0x40000
#define PIC_MASKS   0xb7ed
#define PIT_MODE    0x34 /* counter 0, rate generator */
#define IOAPIC_LOW  0x1095a
#define IOAPIC_HIGH 0x01000000
#define PATIENCE    100000
#define AND_THEN    200

u64 guest_acks, guest_kept;
static u32 in_service[GUEST_VCPUS_MAX]; /* kvm_pvm forgets at once that an interrupt is */

static struct gate {
	u64 low, high;
} idt[256] __attribute__((aligned(16)));

static volatile u32 *lapic(u32 offset)
{
	return (volatile u32 *)((u64)GUEST_X86_LAPIC + offset);
}

static volatile u32 *ioapic(u32 index)
{
	*(volatile u32 *)(u64)GUEST_X86_IOAPIC = index;
	return (volatile u32 *)((u64)GUEST_X86_IOAPIC + 0x10);
}

static void set_gate(u32 vector, const unsigned char *handler)
{
	u64 at = (u64)handler;

	idt[vector].low = (at & 0xffff) | GUEST_X86_CODE << 16 | 0x8e00ul << 32 | (at >> 16 & 0xffff) << 48;
	idt[vector].high = at >> 32;
}

void guest_vectors(void)
{
	const struct {
		unsigned short limit;
		u64 base;
	} __attribute__((packed)) pointer = { sizeof(idt) - 1, (u64)idt };
	u32 i;

	for (i = 0; i < EXCEPTIONS; i++)
		set_gate(i, guest_vectors_bad + 16 * i);
	set_gate(VECTOR_GP, guest_vector_gp);
	set_gate(VECTOR_KEPT, guest_vector_keep);
	set_gate(VECTOR_LOW, guest_vector_ack);
	set_gate(VECTOR_HIGH, guest_vector_ack);
	__asm__ volatile("lidt %0" : : "m"(pointer));
}

void guest_unexpected(u64 vector, u64 first, u64 second)
{
	struct guest_line l;

	guest_begin(&l, *lapic(ID) >> 24);
	guest_put(&l, "different: exception ");
	guest_put_number(&l, vector);
	guest_put(&l, " was none, is one with ");
	guest_put_hex(&l, first, 16);
	guest_put_char(&l, ' ');
	guest_put_hex(&l, second, 16);
	guest_end(&l);
	for (;;)
		*(volatile u64 *)(GUEST_CONSOLE + GUEST_PORT_CHECK) = 1;
}

/* What belongs to the VM is written by the first vCPU alone. */
void guest_devices(u64 cpu)
{
	*lapic(0xf0) = 0x1ff;		   /* on, spurious vector 0xff */
	*lapic(0xd0) = 0x01000000u << cpu; /* logical address */
	*lapic(0x320) = 0x300e0;	   /* timer: periodic, masked */
	*lapic(0x340) = 0x100f0;
	*lapic(0x350) = 0x10700;
	*lapic(0x360) = 0x10400;
	*lapic(0x370) = 0x100fe;
	*lapic(0x3e0) = 0xb;
	*lapic(0x380) = 0x12345678;
	if (cpu)
		return;
	guest_out8(0x21, PIC_MASKS & 0xff);
	guest_out8(0xa1, PIC_MASKS >> 8);
	guest_out8(0x43, PIT_MODE);
	guest_out8(0x40, 0xff);
	guest_out8(0x40, 0xff);
	*ioapic(0x10 + 2 * 5) = IOAPIC_LOW;
	*ioapic(0x11 + 2 * 5) = IOAPIC_HIGH;
}

/* Until @n of them came, and a little longer: some hosts look for interrupts only now and then. */
static void let_in(const u64 *count, u64 n)
{
	u64 before = *count;
	u32 patience = PATIENCE;

	__asm__ volatile("sti" : : : "memory");
	while (patience--) {
		__asm__ volatile("pause" : : : "memory");
		if (*count - before >= n && patience > AND_THEN)
			patience = AND_THEN;
	}
	__asm__ volatile("cli" : : : "memory");
}

void guest_irq_arm(u64 cpu)
{
	*lapic(ICR) = TO_SELF | VECTOR_KEPT;
	let_in(&guest_kept, 1);
	in_service[cpu] = *lapic(ISR2);
	*lapic(ICR) = TO_SELF | VECTOR_LOW;
	*lapic(ICR) = TO_SELF | VECTOR_HIGH;
}

static u64 check_devices(void)
{
	u64 differences;

	differences = guest_report(0, "PIC masks", PIC_MASKS, guest_in8(0x21) | (u64)guest_in8(0xa1) << 8);
	guest_out8(0x43, 0xe2); /* latch the status of counter 0 */
	differences += guest_report(0, "PIT counter 0 mode", PIT_MODE, guest_in8(0x40) & 0x3f);
	differences += guest_report(0, "IOAPIC version", 23, *ioapic(1) >> 16 & 0xff);
	differences += guest_report(0, "IOAPIC pin 5", IOAPIC_LOW, *ioapic(0x10 + 2 * 5));
	return differences + guest_report(0, "IOAPIC pin 5 destination", IOAPIC_HIGH, *ioapic(0x11 + 2 * 5));
}

u64 guest_irq_check(u64 cpu)
{
	u64 before = guest_acks, first = in_service[cpu] ? 1 : 2, differences = cpu ? 0 : check_devices();

	let_in(&guest_acks, first);
	differences += guest_report(cpu, "interrupts before the end of the one in service", first, guest_acks - before);
	*lapic(EOI) = 0;
	let_in(&guest_acks, 2 - first);
	return differences +
	       guest_report(cpu, "interrupts after the end of the one in service", 2, guest_acks - before);
}
