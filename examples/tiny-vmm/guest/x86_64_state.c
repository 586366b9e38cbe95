/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * State that the x86_64 guest writes before it stops and expects to find again: general-purpose, vector, control and debug
 * registers, MSRs. No vector code of the compiler's runs, so that the vector registers hold what was put there.
 */
#include "x86_64.h"

static const struct {
	const char *name;
	u32 number;
	u64 mask, value;
} state[] = {
#define STATE(name, number, mask, value) { name, number, mask, value },
	GUEST_STATE_MSRS(STATE)
};

#define CPUID_XSAVE (1u << 26)
#define CR4_OSXSAVE (1ul << 18)
#define XCR0_FILLED 0x2e7ul /* x87, SSE, AVX, AVX-512, PKRU */

static struct cpu {
	unsigned char filled[GUEST_XSAVE_BYTES] __attribute__((aligned(64))), got[GUEST_XSAVE_BYTES];
	struct guest_value state[COUNT(state)];
	u64 dump[GUEST_GPRS], xcr0;
} cpus[GUEST_VCPUS_MAX];

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
	differences += guest_report(cpu, name, (u64)(value), v);
	CONTROL(CHECK)
	return differences;
}

/*
 * All that XCR0 can have and this guest knows how to fill; 0: none. Under QEMU's emulated SVM XCR0
 * was another one after the next exit, which CPUID is.
 */
static u64 enable_xsave(u64 cpu)
{
	u64 cr4, xcr0;
	u32 kept, high;

	if (!(guest_cpuid(1, 0).r[2] & CPUID_XSAVE))
		return 0;
	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | CR4_OSXSAVE));
	xcr0 = guest_cpuid(0xd, 0).r[0] & XCR0_FILLED;
	__asm__ volatile("xsetbv" : : "a"((u32)xcr0), "d"(0), "c"(0));
	(void)guest_cpuid(0, 0);
	__asm__ volatile("xgetbv" : "=a"(kept), "=d"(high) : "c"(0));
	if (kept == xcr0)
		return xcr0;
	guest_say(cpu, "note: XSAVE is left out: ", "XCR0", xcr0, kept);
	return 0;
}

void guest_state_init(u64 cpu, u64 may_xsave)
{
	cpus[cpu].xcr0 = may_xsave ? enable_xsave(cpu) : 0;
}

u64 *guest_state_dump(u64 cpu)
{
	return cpus[cpu].dump;
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
			differences += guest_report(cpu, name, c->filled[k], c->got[k]);
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

void guest_state_set(u64 cpu)
{
	struct cpu *c = &cpus[cpu];
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
		differences += guest_report(
			cpu, name[i], i == 15 ? 0x4d7 : (0x1000 + i) << 48 | 0x5a5a0000 | (0x100 + i), c->dump[i]);
	}
	return differences;
}

u64 guest_state_check(u64 cpu)
{
	struct cpu *c = &cpus[cpu];
	u64 differences = check_general(cpu, c) + check_vectors(cpu, c) + check_control(cpu);
	u32 i;

	for (i = 0; i < COUNT(state); i++) {
		struct guest_value is = { 0, 0 };

		if (c->state[i].flag)
			continue;
		guest_rdmsr(state[i].number, &is);
		differences +=
			guest_report(cpu, state[i].name, c->state[i].value & state[i].mask, is.value & state[i].mask);
	}
	return differences;
}
