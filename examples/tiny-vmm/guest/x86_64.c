/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The x86_64 guest: what guest.c is for arm64. It runs in 64-bit mode, interrupts masked. Here is what it finds: CPUID, MSRs
 * that identify the machine, clocks; x86_64_state.c has what it wrote.
 */
#include "x86_64.h"

void guest_main(u64 cpu, u64 may_xsave);

static const struct {
	u32 leaf, first, last;
} leaf[] = {
#define LEAF(leaf, first, last) { leaf, first, last },
	GUEST_CPUID(LEAF)
};

static const struct {
	const char *name;
	u32 number, is_volatile;
} msr[] = {
#define MSR(name, number, vol) { name, number, vol },
	GUEST_MSRS(MSR)
};

static const struct {
	const char *name;
	u32 offset;
} lapic[] = {
#define LAPIC(name, offset) { name, offset },
	GUEST_LAPIC_REGS(LAPIC)
};

#define CPUIDS_MAX   128
#define KVM_CLOCK    (1u << 3)
#define MSR_KVMCLOCK 0x4b564d01

struct facts {
	struct guest_cpuid cpuid[CPUIDS_MAX];
	struct guest_value msr[COUNT(msr)];
	u32 lapic[COUNT(lapic)];
};

/* What KVM writes there (its paravirtual clock, version 2). */
struct pvclock {
	volatile u32 version, pad;
	volatile u64 tsc, ns;
	volatile u32 mul;
	volatile signed char shift;
	volatile unsigned char flags, pad2[2];
};

static struct cpu {
	struct pvclock clock __attribute__((aligned(64)));
	struct facts first, now;
	u64 has_clock, tsc, ns, rounds;
} cpus[GUEST_VCPUS_MAX];

/* ---- looking ---- */

static void look(struct facts *f)
{
	u32 i, index, n = 0;

	for (i = 0; i < COUNT(leaf); i++)
		for (index = leaf[i].first; index <= leaf[i].last; index++)
			f->cpuid[n++] = guest_cpuid(leaf[i].leaf, index);
	for (i = 0; i < COUNT(msr); i++) {
		f->msr[i].value = 0;
		guest_rdmsr(msr[i].number, &f->msr[i]);
	}
	for (i = 0; i < COUNT(lapic); i++)
		f->lapic[i] = *(volatile u32 *)((u64)GUEST_X86_LAPIC + lapic[i].offset);
}

static u64 compare_leaf(u64 cpu, u32 number, u32 index, const struct guest_cpuid *a, const struct guest_cpuid *b)
{
	static const char *const reg[4] = { "].eax was ", "].ebx was ", "].ecx was ", "].edx was " };
	u64 differences = 0;
	u32 i;

	for (i = 0; i < 4; i++) {
		struct guest_line l;

		if (a->r[i] == b->r[i])
			continue;
		guest_begin(&l, cpu);
		guest_put(&l, "different: CPUID[0x");
		guest_put_hex(&l, number, 8);
		guest_put_char(&l, ',');
		guest_put_number(&l, index);
		guest_put(&l, reg[i]);
		guest_put_hex(&l, a->r[i], 8);
		guest_put(&l, ", is ");
		guest_put_hex(&l, b->r[i], 8);
		guest_end(&l);
		differences++;
	}
	return differences;
}

static u64 compare_msr(u64 cpu, u32 i, const struct guest_value *a, const struct guest_value *b)
{
	if (a->flag != b->flag)
		return guest_report(cpu, msr[i].name, a->flag ? a->flag : a->value, b->flag ? b->flag : b->value);
	return msr[i].is_volatile ? 0 : guest_report(cpu, msr[i].name, a->value, b->value);
}

static u64 compare(u64 cpu, const struct facts *was, const struct facts *is)
{
	u64 differences = 0;
	u32 i, index, n = 0;

	for (i = 0; i < COUNT(leaf); i++)
		for (index = leaf[i].first; index <= leaf[i].last; index++, n++)
			differences += compare_leaf(cpu, leaf[i].leaf, index, &was->cpuid[n], &is->cpuid[n]);
	for (i = 0; i < COUNT(msr); i++)
		differences += compare_msr(cpu, i, &was->msr[i], &is->msr[i]);
	for (i = 0; i < COUNT(lapic); i++)
		differences += guest_report(cpu, lapic[i].name, was->lapic[i], is->lapic[i]);
	return differences;
}

/* ---- clocks: never backwards ---- */

static u64 kvmclock(const struct pvclock *c)
{
	u32 version;
	u64 ns;

	do {
		u64 delta;

		version = c->version;
		__asm__ volatile("" : : : "memory");
		delta = guest_tsc() - c->tsc;
		delta = c->shift < 0 ? delta >> -c->shift : delta << c->shift;
		ns = c->ns + (u64)((unsigned __int128)delta * c->mul >> 32);
		__asm__ volatile("" : : : "memory");
	} while (version & 1 || version != c->version);
	return ns;
}

static void start_clock(struct cpu *c)
{
	struct guest_value v = { (u64)&c->clock | 1, 0 };

	c->has_clock = guest_cpuid(0x40000000, 0).r[0] >= 0x40000001 && guest_cpuid(0x40000001, 0).r[0] & KVM_CLOCK;
	if (c->has_clock)
		guest_wrmsr(MSR_KVMCLOCK, &v);
	c->has_clock &= !v.flag;
}

static u64 check_clocks(u64 cpu, struct cpu *c)
{
	u64 tsc = guest_tsc(), ns = c->has_clock ? kvmclock(&c->clock) : 0, differences = 0;

	if (tsc < c->tsc) {
		guest_say(cpu, "different: went backwards: ", "TSC", c->tsc, tsc);
		differences++;
	}
	if (ns < c->ns) {
		guest_say(cpu, "different: went backwards: ", "kvmclock", c->ns, ns);
		differences++;
	}
	c->tsc = tsc;
	c->ns = ns;
	return differences;
}

void guest_main(u64 cpu, u64 may_xsave)
{
	struct cpu *c = &cpus[cpu];
	u64 differences = 0;

	guest_vectors();
	guest_state_init(cpu, may_xsave);
	guest_devices(cpu);
	start_clock(c);
	for (;;) {
		guest_state_set(cpu);
		guest_irq_arm(cpu);
		if (!c->rounds)
			look(&c->first);
		(void)check_clocks(cpu, c);
		guest_cross((volatile u64 *)(GUEST_CONSOLE + GUEST_PORT_CHECK), differences, guest_state_dump(cpu));
		differences = guest_state_check(cpu) + check_clocks(cpu, c);
		look(&c->now);
		differences += compare(cpu, &c->first, &c->now);
		differences += guest_irq_check(cpu);
		guest_summary(cpu, ++c->rounds, differences);
	}
}
