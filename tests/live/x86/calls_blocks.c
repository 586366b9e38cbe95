/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Blocks of state: read, change what the row says, write, read again. A refused write must have changed nothing. */
#include "calls.h"

#include <string.h>

typedef int block_fn(struct contract *c, void *block);

struct block {
	size_t size;
	block_fn *get, *set;
	const struct field *field;
	size_t nfields;
};

#define F(type, member)                                                                    \
	{                                                                                  \
#member, offsetof(struct type, member), sizeof(((struct type *)0)->member) \
	}
#define FAS(type, name, member)                                                         \
	{                                                                               \
		name, offsetof(struct type, member), sizeof(((struct type *)0)->member) \
	}

static const struct field regs_f[] = { F(cvmm_x86_regs, rax), F(cvmm_x86_regs, rip), F(cvmm_x86_regs, rflags) };
static const struct field sregs_f[] = { F(cvmm_x86_sregs, cr0), F(cvmm_x86_sregs, cr2), F(cvmm_x86_sregs, cr3),
	F(cvmm_x86_sregs, cr4), F(cvmm_x86_sregs, cr8), F(cvmm_x86_sregs, efer), F(cvmm_x86_sregs, apic_base),
	FAS(cvmm_x86_sregs, "cs.l", cs.l), FAS(cvmm_x86_sregs, "cs.db", cs.db),
	FAS(cvmm_x86_sregs, "bitmap", interrupt_bitmap[0]) };
static const struct field sregs2_f[] = { F(cvmm_x86_sregs2, cr0), F(cvmm_x86_sregs2, cr3), F(cvmm_x86_sregs2, cr4),
	F(cvmm_x86_sregs2, efer), F(cvmm_x86_sregs2, flags), F(cvmm_x86_sregs2, apic_base) };
static const struct field fpu_f[] = { F(cvmm_x86_fpu, fcw), F(cvmm_x86_fpu, mxcsr) };
static const struct field xcrs_f[] = { F(cvmm_x86_xcrs, nr_xcrs), F(cvmm_x86_xcrs, flags),
	FAS(cvmm_x86_xcrs, "xcr0", xcrs[0].value), FAS(cvmm_x86_xcrs, "number", xcrs[0].xcr) };
static const struct field debug_f[] = { FAS(cvmm_x86_debugregs, "dr0", db[0]), F(cvmm_x86_debugregs, dr6),
	F(cvmm_x86_debugregs, dr7), F(cvmm_x86_debugregs, flags) };
static const struct field events_f[] = { F(cvmm_x86_events, exception_injected), F(cvmm_x86_events, exception_nr),
	F(cvmm_x86_events, exception_pending), F(cvmm_x86_events, interrupt_injected),
	F(cvmm_x86_events, interrupt_shadow), F(cvmm_x86_events, nmi_pending), F(cvmm_x86_events, sipi_vector),
	F(cvmm_x86_events, flags), F(cvmm_x86_events, smi_smm), F(cvmm_x86_events, triple_fault_pending),
	F(cvmm_x86_events, exception_has_payload) };
static const struct field pit_f[] = { F(cvmm_x86_pit, flags), FAS(cvmm_x86_pit, "count", channels[0].count),
	FAS(cvmm_x86_pit, "mode", channels[0].mode) };
static const struct field clock_f[] = { F(cvmm_x86_clock, clock), F(cvmm_x86_clock, flags) };
static const struct field xsave_f[] = { { "xstate_bv", 512, 8 }, { "xcomp_bv", 520, 8 }, { "mxcsr", 24, 4 },
	{ "fcw", 0, 2 } };
static const struct field lapic_f[] = { { "id", 0x20, 4 }, { "tpr", 0x80, 4 } };

#define VCPU_BLOCK(name, type, noun)                                             \
	static int get_##name(struct contract *c, void *b)                       \
	{                                                                        \
		return cvmm_vcpu_get_##noun(c->r.vcpu, (struct type *)b, &c->e); \
	}                                                                        \
	static int set_##name(struct contract *c, void *b)                       \
	{                                                                        \
		return cvmm_vcpu_set_##noun(c->r.vcpu, (struct type *)b, &c->e); \
	}
#define VM_BLOCK(name, type, noun)                                           \
	static int get_##name(struct contract *c, void *b)                   \
	{                                                                    \
		return cvmm_vm_get_##noun(c->r.vm, (struct type *)b, &c->e); \
	}                                                                    \
	static int set_##name(struct contract *c, void *b)                   \
	{                                                                    \
		return cvmm_vm_set_##noun(c->r.vm, (struct type *)b, &c->e); \
	}

VCPU_BLOCK(regs, cvmm_x86_regs, regs)
VCPU_BLOCK(sregs, cvmm_x86_sregs, sregs)
VCPU_BLOCK(sregs2, cvmm_x86_sregs2, sregs2)
VCPU_BLOCK(fpu, cvmm_x86_fpu, fpu)
VCPU_BLOCK(lapic, cvmm_x86_lapic, lapic)
VCPU_BLOCK(xcrs, cvmm_x86_xcrs, xcrs)
VCPU_BLOCK(debugregs, cvmm_x86_debugregs, debugregs)
VCPU_BLOCK(events, cvmm_x86_events, x86_events)
VM_BLOCK(pit2, cvmm_x86_pit, pit2)
VM_BLOCK(pit, cvmm_x86_pit1, pit)
VM_BLOCK(clock, cvmm_x86_clock, clock)

static int get_xsave(struct contract *c, void *b)
{
	size_t bytes;

	return cvmm_vcpu_get_xsave(c->r.vcpu, c->r.vm, b, CVMM_X86_XSAVE_BYTES, &bytes, &c->e);
}

static int set_xsave(struct contract *c, void *b)
{
	return cvmm_vcpu_set_xsave(c->r.vcpu, c->r.vm, b, CVMM_X86_XSAVE_BYTES, &c->e);
}

#define FIELDS(f) f, sizeof(f) / sizeof(f[0])

enum { REGS, SREGS, SREGS2, FPU, LAPIC, XCRS, DEBUGREGS, EVENTS, PIT2, PIT, CLOCK, XSAVE };

static const struct block blocks[] = {
	[REGS] = { sizeof(struct cvmm_x86_regs), get_regs, set_regs, FIELDS(regs_f) },
	[SREGS] = { sizeof(struct cvmm_x86_sregs), get_sregs, set_sregs, FIELDS(sregs_f) },
	[SREGS2] = { sizeof(struct cvmm_x86_sregs2), get_sregs2, set_sregs2, FIELDS(sregs2_f) },
	[FPU] = { sizeof(struct cvmm_x86_fpu), get_fpu, set_fpu, FIELDS(fpu_f) },
	[LAPIC] = { sizeof(struct cvmm_x86_lapic), get_lapic, set_lapic, FIELDS(lapic_f) },
	[XCRS] = { sizeof(struct cvmm_x86_xcrs), get_xcrs, set_xcrs, FIELDS(xcrs_f) },
	[DEBUGREGS] = { sizeof(struct cvmm_x86_debugregs), get_debugregs, set_debugregs, FIELDS(debug_f) },
	[EVENTS] = { sizeof(struct cvmm_x86_events), get_events, set_events, FIELDS(events_f) },
	[PIT2] = { sizeof(struct cvmm_x86_pit), get_pit2, set_pit2, FIELDS(pit_f) },
	[PIT] = { sizeof(struct cvmm_x86_pit1), get_pit, set_pit, FIELDS(pit_f) },
	[CLOCK] = { sizeof(struct cvmm_x86_clock), get_clock, set_clock, FIELDS(clock_f) },
	[XSAVE] = { CVMM_X86_XSAVE_BYTES, get_xsave, set_xsave, FIELDS(xsave_f) },
};

static uint64_t before[512], want[512], after[512];

static int get_block(struct contract *c, int which)
{
	int ret;
	size_t i;

	memset(before, 0xa5, sizeof(before));
	ret = blocks[which].get(c, before);
	for (i = 0; ret < 0 && i < sizeof(before); i++)
		if (((uint8_t *)before)[i] != 0xa5)
			c->complaint = "a failed read wrote to its output";
	return ret;
}

/* value: the field that the row names first, as it reads back. */
static int set_block(struct contract *c, int which)
{
	const struct block *b = &blocks[which];
	int ret, readable;
	size_t f;

	memset(before, 0, sizeof(before));
	readable = b->get(c, before) >= 0;
	memcpy(want, before, sizeof(want));
	if (which == CLOCK)
		memset(want, 0, sizeof(want));
	(void)apply_args(c, want, b->field, b->nfields);
	ret = b->set(c, want);
	if (!readable || which == CLOCK)
		return ret;
	memset(after, 0, sizeof(after));
	if (b->get(c, after) < 0)
		c->complaint = "cannot be read after the write";
	if (ret < 0 && memcmp(before, after, b->size) != 0)
		c->complaint = "a refused write changed something";
	for (f = 0; c->nargs && f < b->nfields; f++)
		if (strcmp(b->field[f].name, c->arg[0].key) == 0)
			memcpy(&c->value, (uint8_t *)after + b->field[f].off, b->field[f].size);
	return ret;
}

#define BLOCK_CALLS(name, which)                    \
	static int c_get_##name(struct contract *c) \
	{                                           \
		return get_block(c, which);         \
	}                                           \
	static int c_set_##name(struct contract *c) \
	{                                           \
		return set_block(c, which);         \
	}
BLOCK_CALLS(regs, REGS)
BLOCK_CALLS(sregs, SREGS)
BLOCK_CALLS(sregs2, SREGS2)
BLOCK_CALLS(fpu, FPU)
BLOCK_CALLS(lapic, LAPIC)
BLOCK_CALLS(xcrs, XCRS)
BLOCK_CALLS(debugregs, DEBUGREGS)
BLOCK_CALLS(events, EVENTS)
BLOCK_CALLS(pit2, PIT2)
BLOCK_CALLS(pit, PIT)
BLOCK_CALLS(clock, CLOCK)
BLOCK_CALLS(xsave, XSAVE)

static int c_xsave_room(struct contract *c)
{
	static _Alignas(64) uint8_t buf[65536];
	size_t bytes = 0;
	int ret = A("set") ? cvmm_vcpu_set_xsave(c->r.vcpu, c->r.vm, buf, (size_t)A("bytes"), &c->e)
			   : cvmm_vcpu_get_xsave(c->r.vcpu, c->r.vm, buf, (size_t)A("bytes"), &bytes, &c->e);

	c->value = bytes;
	return ret;
}

const struct contract_op contract_blocks[] = {
	{ "vm.get_pit2", c_get_pit2 },
	{ "vm.set_pit2", c_set_pit2 },
	{ "vm.get_pit", c_get_pit },
	{ "vm.set_pit", c_set_pit },
	{ "vm.get_clock", c_get_clock },
	{ "vm.set_clock", c_set_clock },
	{ "vcpu.get_regs", c_get_regs },
	{ "vcpu.set_regs", c_set_regs },
	{ "vcpu.get_sregs", c_get_sregs },
	{ "vcpu.set_sregs", c_set_sregs },
	{ "vcpu.get_sregs2", c_get_sregs2 },
	{ "vcpu.set_sregs2", c_set_sregs2 },
	{ "vcpu.get_fpu", c_get_fpu },
	{ "vcpu.set_fpu", c_set_fpu },
	{ "vcpu.get_lapic", c_get_lapic },
	{ "vcpu.set_lapic", c_set_lapic },
	{ "vcpu.get_xsave", c_get_xsave },
	{ "vcpu.set_xsave", c_set_xsave },
	{ "vcpu.xsave_room", c_xsave_room },
	{ "vcpu.get_xcrs", c_get_xcrs },
	{ "vcpu.set_xcrs", c_set_xcrs },
	{ "vcpu.get_debugregs", c_get_debugregs },
	{ "vcpu.set_debugregs", c_set_debugregs },
	{ "vcpu.get_x86_events", c_get_events },
	{ "vcpu.set_x86_events", c_set_events },
	{ NULL, NULL },
};
