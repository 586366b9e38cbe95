/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What the x86_64 guest's parts share; the accesses that C has no words for. */
#ifndef TINY_VMM_GUEST_X86_64_H
#define TINY_VMM_GUEST_X86_64_H

#include "guest.h"
#include "x86_64_facts.h"

#define GUEST_GPRS	  16 /* RAX RBX RCX RDX RSI RDI RBP R8 to R15, RFLAGS */
#define GUEST_XSAVE_BYTES 4096
#define COUNT(a)	  (sizeof(a) / sizeof((a)[0]))

/* x86_64.S. An access that the processor refuses leaves a flag in @v and changes nothing. */
void guest_rdmsr(u32 msr, struct guest_value *v);
void guest_wrmsr(u32 msr, struct guest_value *v);
void guest_cross(volatile u64 *port, u64 value, u64 dump[GUEST_GPRS]);
extern const unsigned char guest_vectors_bad[], guest_vector_gp[], guest_vector_ack[], guest_vector_keep[];

/* x86_64_state.c; what guest_cross() finds of the general-purpose registers goes to guest_state_dump() */
void guest_state_init(u64 cpu, u64 may_xsave);
void guest_state_set(u64 cpu);
u64 *guest_state_dump(u64 cpu);
u64 guest_state_check(u64 cpu);

/* x86_64_irq.c; guest_unexpected() does not return: @first and @second are error code and RIP, or RIP and CS */
void guest_vectors(void);
void guest_unexpected(u64 vector, u64 first, u64 second);
void guest_devices(u64 cpu);

/* The number of differences: 0 or 1. */
static inline u64 guest_report(u64 cpu, const char *name, u64 was, u64 is)
{
	if (was == is)
		return 0;
	guest_say(cpu, "different: ", name, was, is);
	return 1;
}

struct guest_cpuid {
	u32 r[4];
};

static inline struct guest_cpuid guest_cpuid(u32 leaf, u32 index)
{
	struct guest_cpuid c;

	__asm__ volatile("cpuid" : "=a"(c.r[0]), "=b"(c.r[1]), "=c"(c.r[2]), "=d"(c.r[3]) : "a"(leaf), "c"(index));
	return c;
}

static inline u64 guest_tsc(void)
{
	u32 lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (u64)hi << 32 | lo;
}

static inline void guest_out8(unsigned short port, unsigned char v)
{
	__asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static inline unsigned char guest_in8(unsigned short port)
{
	unsigned char v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

#endif
