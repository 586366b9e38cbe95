/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The x86_64 guest: what guest.c is for arm64. It runs in 64-bit mode, interrupts masked, without vector code of the
 * compiler's, so that the vector registers hold what it put there.
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
	u32 number;
	u64 mask, value;
} state[] = {
#define STATE(name, number, mask, value) { name, number, mask, value },
	GUEST_STATE_MSRS(STATE)
};

static const struct {
	const char *name;
	u32 offset;
} lapic[] = {
#define LAPIC(name, offset) { name, offset },
	GUEST_LAPIC_REGS(LAPIC)
};

#define COUNT(a)     (sizeof(a) / sizeof((a)[0]))
#define CPUIDS_MAX   128
#define CPUID_XSAVE  (1u << 26)
#define CR4_OSXSAVE  (1ul << 18)
#define XCR0_FILLED  0x2e7ul /* x87, SSE, AVX, AVX-512, PKRU */
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
	unsigned char filled[GUEST_XSAVE_BYTES], got[GUEST_XSAVE_BYTES];
	struct pvclock clock __attribute__((aligned(64)));
	struct facts first, now;
	struct guest_value state[COUNT(state)];
	u64 dump[GUEST_GPRS], xcr0, has_clock, tsc, ns, rounds;
} cpus[GUEST_VCPUS_MAX] __attribute__((aligned(64)));

static u64 report(u64 cpu, const char *name, u64 was, u64 is)
{
	if (was == is)
		return 0;
	guest_say(cpu, "different: ", name, was, is);
	return 1;
}

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
		return report(cpu, msr[i].name, a->flag ? a->flag : a->value, b->flag ? b->flag : b->value);
	return msr[i].is_volatile ? 0 : report(cpu, msr[i].name, a->value, b->value);
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
		differences += report(cpu, lapic[i].name, was->lapic[i], is->lapic[i]);
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

/* ---- state of its own ---- */

/* X(name, how it is written, its value) */
#define CONTROL(X)                                                 \
	X("CR2", "mov %0, %%cr2", "mov %%cr2, %0", 0x7123456789a0) \
	X("CR8", "mov %0, %%cr8", "mov %%cr8, %0", 3)              \
	X("DR0", "mov %0, %%db0", "mov %%db0, %0", 0x40012340)     \
	X("DR1", "mov %0, %%db1", "mov %%db1, %0", 0x40012341)     \
	X("DR2", "mov %0, %%db2", "mov %%db2, %0", 0x40012342)     \
	X("DR3", "mov %0, %%db3", "mov %%db3, %0", 0x40012343)     \
	X("DR6", "mov %0, %%db6", "mov %%db6, %0", 0xffff0ff1)     \
	X("DR7", "mov %0, %%db7", "mov %%db7, %0", 0x30500)

static void set_control(void)
{
#define SET(name, write, read, value) __asm__ volatile(write : : "r"((u64)(value)));
	CONTROL(SET)
}

static u64 check_control(u64 cpu)
{
	u64 differences = 0, v;

#define CHECK(name, write, read, value)   \
	__asm__ volatile(read : "=r"(v)); \
	differences += report(cpu, name, (u64)(value), v);
	CONTROL(CHECK)
	return differences;
}

/* All that XCR0 can have and this guest knows how to fill. */
static u64 enable_xsave(void)
{
	u64 cr4, xcr0;

	if (!(guest_cpuid(1, 0).r[2] & CPUID_XSAVE))
		return 0;
	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | CR4_OSXSAVE));
	xcr0 = guest_cpuid(0xd, 0).r[0] & XCR0_FILLED;
	__asm__ volatile("xsetbv" : : "a"((u32)xcr0), "d"(0), "c"(0));
	return xcr0;
}

static u32 component(u32 i, u32 *offset)
{
	struct guest_cpuid c = guest_cpuid(0xd, i);

	*offset = c.r[1];
	return i == 9 ? 4 : c.r[0];
}

static void fill(unsigned char *area, u64 cpu, u64 xcr0)
{
	u32 i, k, offset, bytes;

	memset(area, 0, GUEST_XSAVE_BYTES);
	*(unsigned short *)area = 0x37f;
	area[4] = 0xff;
	*(u32 *)(area + 24) = 0x1f80;
	for (i = 0; i < 8; i++)
		for (k = 0; k < 10; k++)
			area[32 + 16 * i + k] = (unsigned char)(cpu + i * 11 + k + 1);
	for (i = 160; i < 416; i++)
		area[i] = (unsigned char)(cpu + i * 7);
	for (i = 2; i < 10; i++) {
		if (!(xcr0 >> i & 1))
			continue;
		bytes = component(i, &offset);
		for (k = 0; k < bytes; k++)
			area[offset + k] = (unsigned char)(cpu + i * 13 + k * 3 + 1);
	}
	*(u64 *)(area + 512) = xcr0;
}

static void load(const unsigned char *area, u64 xcr0)
{
	if (xcr0)
		__asm__ volatile("xrstor64 (%0)" : : "r"(area), "a"((u32)xcr0), "d"(0) : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}

static void store(unsigned char *area, u64 xcr0)
{
	memset(area, 0, GUEST_XSAVE_BYTES);
	if (xcr0)
		__asm__ volatile("xsave64 (%0)" : : "r"(area), "a"((u32)xcr0), "d"(0) : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

/* @n registers of @each bytes, 16 bytes or their own size apart. */
static u64 check_bytes(u64 cpu, const char *name, const struct cpu *c, u32 offset, u32 each, u32 apart, u32 n)
{
	u64 differences = 0;
	u32 i, k;

	for (i = 0; i < n; i++)
		for (k = offset + i * apart; k < offset + i * apart + each; k++) {
			struct guest_line l;

			if (c->filled[k] == c->got[k])
				continue;
			guest_begin(&l, cpu);
			guest_put(&l, "in register ");
			guest_put_number(&l, i);
			guest_end(&l);
			differences += report(cpu, name, c->filled[k], c->got[k]);
			break;
		}
	return differences;
}

static u64 check_vectors(u64 cpu, struct cpu *c)
{
	static const char *const name[10] = { "", "", "YMM", "", "", "K", "ZMM 0 to 15", "ZMM 16 to 31", "", "PKRU" };
	u64 differences;
	u32 i, offset, bytes;

	store(c->got, c->xcr0);
	differences = check_bytes(cpu, "FCW", c, 0, 2, 2, 1) + check_bytes(cpu, "MXCSR", c, 24, 4, 4, 1) +
		      check_bytes(cpu, "ST", c, 32, 10, 16, 8) + check_bytes(cpu, "XMM", c, 160, 16, 16, 16);
	for (i = 2; i < 10; i++) {
		if (!(c->xcr0 >> i & 1) || !*name[i])
			continue;
		bytes = component(i, &offset);
		differences += check_bytes(cpu, name[i], c, offset, bytes, bytes, 1);
	}
	return differences;
}

static void set_state(u64 cpu, struct cpu *c)
{
	u32 i;

	fill(c->filled, cpu, c->xcr0);
	load(c->filled, c->xcr0);
	set_control();
	for (i = 0; i < COUNT(state); i++) {
		c->state[i].value = state[i].value;
		guest_wrmsr(state[i].number, &c->state[i]);
		if (!c->state[i].flag)
			guest_rdmsr(state[i].number, &c->state[i]);
	}
}

static u64 check_general(u64 cpu, const struct cpu *c)
{
	static const char *const name[GUEST_GPRS] = { "RAX", "RBX", "RCX", "RDX", "RSI", "RDI", "RBP", "R8", "R9",
		"R10", "R11", "R12", "R13", "R14", "R15", "RFLAGS" };
	u64 differences = 0, i;

	for (i = 0; i < GUEST_GPRS; i++) {
		if (i == 4 || i == 5) /* the port and what was written there */
			continue;
		differences += report(
			cpu, name[i], i == 15 ? 0x4d7 : (0x1000 + i) << 48 | 0x5a5a0000 | (0x100 + i), c->dump[i]);
	}
	return differences;
}

static u64 check_state(u64 cpu, struct cpu *c)
{
	u64 differences = check_general(cpu, c) + check_vectors(cpu, c) + check_control(cpu);
	u32 i;

	for (i = 0; i < COUNT(state); i++) {
		struct guest_value is = { 0, 0 };

		if (c->state[i].flag)
			continue;
		guest_rdmsr(state[i].number, &is);
		differences += report(cpu, state[i].name, c->state[i].value & state[i].mask, is.value & state[i].mask);
	}
	return differences;
}

void guest_main(u64 cpu, u64 may_xsave)
{
	struct cpu *c = &cpus[cpu];
	u64 differences = 0;

	guest_vectors();
	c->xcr0 = may_xsave ? enable_xsave() : 0;
	guest_devices(cpu);
	start_clock(c);
	for (;;) {
		guest_irq_arm(cpu);
		set_state(cpu, c);
		if (!c->rounds)
			look(&c->first);
		(void)check_clocks(cpu, c);
		guest_cross((volatile u64 *)(GUEST_CONSOLE + GUEST_PORT_CHECK), differences, c->dump);
		differences = check_state(cpu, c) + check_clocks(cpu, c);
		look(&c->now);
		differences += compare(cpu, &c->first, &c->now);
		differences += guest_irq_check(cpu);
		guest_summary(cpu, ++c->rounds, differences);
	}
}
