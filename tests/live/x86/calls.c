/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The calls that rows of the x86 contract can make: one table, most of its entries one line. */
#include "contract.h"

#include <cvmm/kvm-ioctls/device.h>
#include <cvmm/kvm-ioctls/irq.h>
#include <cvmm/kvm-ioctls/memory.h>
#include <cvmm/kvm-ioctls/stats.h>
#include <cvmm/kvm-ioctls/x86-guests.h>

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define A(key)		  arg_or(c, key, 0)
#define A32(key)	  ((uint32_t)arg_or(c, key, 0))
#define AOR(key, default) arg_or(c, key, default)

/* Blocks of state: read, change what the row says, write, read again. A refused write must have changed nothing. */
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

/* A request number as it is, on any of the fds: what a wrong scope answers, which the types here never allow. */
static int c_raw(struct contract *c)
{
	static uint64_t buf[1024];
	uint64_t on = A("on");
	int fd = on == 0 ? c->r.kvm.fd : on == 1 ? c->r.vm.fd : c->r.vcpu.fd;

	return cvmm_ioctl(
		cvmm_backend_dev(), fd, (unsigned long)A("req"), (uintptr_t)AOR("arg", (uintptr_t)buf), &c->e);
}

/* n MSRs of which number bad is one that does not exist. */
static int msrs(struct contract *c, int on, int set)
{
	static const uint32_t good[] = { 0x174, 0x175, 0x176, 0x277 };
	struct cvmm_x86_msr m[256] = { 0 };
	uint32_t n = A32("n"), bad = (uint32_t)AOR("bad", 999), i;
	int ret;

	for (i = 0; i < n && i < 256; i++) {
		m[i].index = i == bad ? (uint32_t)AOR("msr", 0x123456) : good[i % 4];
		m[i].data = set ? AOR("data", 0) : 0xa5;
	}
	if (on == 0)
		return cvmm_kvm_get_msrs(c->r.kvm, m, n, &c->e);
	ret = set ? cvmm_vcpu_set_msrs(c->r.vcpu, m, n, &c->e) : cvmm_vcpu_get_msrs(c->r.vcpu, m, n, &c->e);
	for (i = 0; !set && ret < 0 && i < n && i < 256; i++)
		if (m[i].data != 0xa5)
			c->complaint = "a failed read wrote to its output";
	return ret;
}

static int c_get_msrs(struct contract *c)
{
	return msrs(c, 2, 0);
}

static int c_set_msrs(struct contract *c)
{
	return msrs(c, 2, 1);
}

static int c_get_feature_msrs(struct contract *c)
{
	return msrs(c, 0, 0);
}

/* One MSR: written, and read again. */
static int c_msr(struct contract *c)
{
	struct cvmm_x86_msr m = { .index = A32("msr"), .data = A("data") };
	int ret = cvmm_vcpu_set_msrs(c->r.vcpu, &m, 1, &c->e);

	if (cvmm_vcpu_get_msrs(c->r.vcpu, &m, 1, NULL) == 0)
		c->value = m.data;
	return ret;
}

static struct cpuid cpuid_buf;

static int c_set_cpuid2(struct contract *c)
{
	uint32_t n = 0;
	int ret = A("same") ? cvmm_vcpu_get_cpuid2(c->r.vcpu, &cpuid_buf.head, CVMM_X86_CPUID_MAX, &n, &c->e)
			    : cvmm_kvm_get_supported_cpuid(c->r.kvm, &cpuid_buf.head, CVMM_X86_CPUID_MAX, &n, &c->e);

	if (ret < 0)
		return ret;
	cpuid_buf.head.nent = (uint32_t)AOR("nent", n);
	if (A("flip") && n)
		cpuid_buf.entry[0].eax ^= A32("flip");
	return cvmm_vcpu_set_cpuid2(c->r.vcpu, &cpuid_buf.head, &c->e);
}

static int c_set_cpuid1(struct contract *c)
{
	memset(&cpuid_buf, 0, sizeof(cpuid_buf));
	cpuid_buf.head.nent = A32("nent");
	return cvmm_vcpu_set_cpuid1(c->r.vcpu, &cpuid_buf.head, &c->e);
}

#define CPUID_LIST(name, function, on)                                               \
	static int c_##name(struct contract *c)                                      \
	{                                                                            \
		uint32_t n = 0;                                                      \
		int ret = function(c->r.on, &cpuid_buf.head, A32("cap"), &n, &c->e); \
                                                                                     \
		c->value = n;                                                        \
		return ret;                                                          \
	}
CPUID_LIST(get_cpuid2, cvmm_vcpu_get_cpuid2, vcpu)
CPUID_LIST(vcpu_hv_cpuid, cvmm_vcpu_get_supported_hv_cpuid, vcpu)
CPUID_LIST(supported_cpuid, cvmm_kvm_get_supported_cpuid, kvm)
CPUID_LIST(emulated_cpuid, cvmm_kvm_get_emulated_cpuid, kvm)
CPUID_LIST(hv_cpuid, cvmm_kvm_get_supported_hv_cpuid, kvm)

static int msr_list(struct contract *c,
	int (*list)(struct cvmm_kvm kvm, uint32_t *buf, uint32_t cap, uint32_t *n, struct cvmm_error *e))
{
	static uint32_t buf[1 + 1024];
	uint32_t n = 0;
	int ret = list(c->r.kvm, buf, A32("cap"), &n, &c->e);

	c->value = n;
	return ret;
}

static int c_msr_index_list(struct contract *c)
{
	return msr_list(c, cvmm_kvm_get_msr_index_list);
}

static int c_msr_feature_list(struct contract *c)
{
	return msr_list(c, cvmm_kvm_get_msr_feature_index_list);
}

static int c_reg_list(struct contract *c)
{
	static uint64_t buf[1 + 512];
	uint32_t n = 0;
	int ret = cvmm_vcpu_get_reg_list(c->r.vcpu, buf, A32("cap"), &n, &c->e);

	c->value = n;
	return ret;
}

static int c_get_one_reg(struct contract *c)
{
	return cvmm_vcpu_get_one_reg(c->r.vcpu, A("reg"), &c->value, (uint32_t)AOR("size", 8), &c->e);
}

static int c_set_one_reg(struct contract *c)
{
	uint64_t v = A("data");
	int ret = cvmm_vcpu_set_one_reg(c->r.vcpu, A("reg"), &v, (uint32_t)AOR("size", 8), &c->e);

	if (cvmm_vcpu_get_one_reg(c->r.vcpu, A("reg"), &v, 8, NULL) == 0)
		c->value = v;
	return ret;
}

static int c_get_nested(struct contract *c)
{
	static _Alignas(8) uint8_t buf[16384];
	size_t bytes = 0;
	int ret = cvmm_vcpu_get_nested_state(c->r.vcpu, (void *)buf, (size_t)A("cap"), &bytes, &c->e);

	c->value = bytes;
	return ret;
}

static int c_set_nested(struct contract *c)
{
	static _Alignas(8) uint8_t buf[16384];
	struct cvmm_x86_nested_state *s = (void *)buf;

	s->flags = (uint16_t)A("flags");
	s->format = (uint16_t)AOR("format", 1);
	s->size = (uint32_t)AOR("size", 128);
	return cvmm_vcpu_set_nested_state(c->r.vcpu, s, sizeof(buf), &c->e);
}

static int c_memslot(struct contract *c)
{
	struct cvmm_kvm_memory_region m = { .slot = (uint32_t)AOR("slot", 1),
		.flags = A32("flags"),
		.guest_phys_addr = AOR("gpa", 16 << 20),
		.memory_bytes = AOR("bytes", 4096) };

	if (!c->r.mem || c->r.mem == (void *)-1)
		m.userspace_addr = (uintptr_t)&m & ~UINT64_C(4095);
	else
		m.userspace_addr = (uintptr_t)c->r.mem + A("hva");
	m.userspace_addr = AOR("at", m.userspace_addr);
	return cvmm_vm_set_user_memory_region(c->r.vm, &m, &c->e);
}

static int c_memslot2(struct contract *c)
{
	struct cvmm_kvm_memory_region2 m = { .slot = (uint32_t)AOR("slot", 1),
		.flags = A32("flags"),
		.guest_phys_addr = AOR("gpa", 16 << 20),
		.memory_bytes = AOR("bytes", 4096),
		.userspace_addr = (uintptr_t)c->r.mem + A("hva") };

	return cvmm_vm_set_user_memory_region2(c->r.vm, &m, &c->e);
}

static int c_dirty_log(struct contract *c)
{
	static uint64_t bitmap[MEM_BYTES / 4096 / 64];

	return cvmm_vm_get_dirty_log(c->r.vm, A32("slot"), bitmap, (size_t)AOR("words", 16), AOR("pages", 1024), &c->e);
}

static int c_clear_dirty_log(struct contract *c)
{
	static uint64_t bitmap[MEM_BYTES / 4096 / 64];

	return cvmm_vm_clear_dirty_log(c->r.vm, A32("slot"), bitmap, A("first"), (uint32_t)AOR("pages", 1024), &c->e);
}

/* What a handle that was made would be, is closed again; the number of the fd is nobody's business. */
static int closed(int fd)
{
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int c_create_vcpu(struct contract *c)
{
	struct cvmm_vcpu v;
	int ret = cvmm_vm_create_vcpu(c->r.vm, A32("id"), &v, &c->e);

	return ret < 0 ? ret : cvmm_vcpu_close(&v);
}

static int c_create_vm(struct contract *c)
{
	struct cvmm_gate gate;
	struct cvmm_vm v;
	int ret = cvmm_kvm_create_vm(c->r.kvm, A("type"), &gate, &v, &c->e);

	return ret < 0 ? ret : cvmm_vm_close(&v);
}

static int c_create_device(struct contract *c)
{
	struct cvmm_device d;
	int ret = cvmm_vm_create_device(c->r.vm, A32("type"), &d, &c->e);

	return ret < 0 ? ret : cvmm_device_close(&d);
}

static int c_irqchip_get(struct contract *c)
{
	struct cvmm_x86_irqchip chip = { .chip_id = A32("chip") };

	return cvmm_vm_get_irqchip(c->r.vm, &chip, &c->e);
}

static int c_irqchip_set(struct contract *c)
{
	struct cvmm_x86_irqchip chip = { .chip_id = 0 };

	if (cvmm_vm_get_irqchip(c->r.vm, &chip, NULL) < 0)
		memset(&chip, 0, sizeof(chip));
	chip.chip_id = A32("chip");
	return cvmm_vm_set_irqchip(c->r.vm, &chip, &c->e);
}

static int c_enable_cap(struct contract *c)
{
	const uint64_t args[4] = { A("arg"), A("arg1") };

	return cvmm_vm_enable_cap(c->r.vm, A32("cap"), args, &c->e);
}

static int c_vcpu_enable_cap(struct contract *c)
{
	const uint64_t args[4] = { A("arg") };

	return cvmm_vcpu_enable_cap(c->r.vcpu, A32("cap"), args, &c->e);
}

static int c_routing(struct contract *c)
{
	struct {
		struct cvmm_kvm_routing head;
		struct cvmm_kvm_route route[2];
	} t = { .head = { .nr = (uint32_t)AOR("nr", 1), .flags = A32("flags") } };
	uint32_t i;

	for (i = 0; i < 2; i++) {
		t.route[i].gsi = A32("gsi");
		t.route[i].type = (uint32_t)AOR("type", CVMM_ROUTE_IRQCHIP);
		t.route[i].flags = A32("rflags");
		t.route[i].word[0] = A32("chip");
		t.route[i].word[1] = A32("pin");
	}
	return cvmm_vm_set_gsi_routing(c->r.vm, &t.head, &c->e);
}

static int c_irqfd(struct contract *c)
{
	int fd = A("badfd") ? c->r.kvm.fd : eventfd(0, EFD_CLOEXEC), ret;

	ret = cvmm_vm_assign_irqfd(c->r.vm, fd, A32("gsi"), -1, &c->e);
	if (ret == 0 && A("twice"))
		ret = cvmm_vm_assign_irqfd(c->r.vm, fd, A32("gsi"), -1, &c->e);
	if (ret == 0 && A("off"))
		ret = cvmm_vm_deassign_irqfd(c->r.vm, fd, A32("gsi"), &c->e);
	if (!A("badfd"))
		close(fd);
	return ret;
}

static int c_ioeventfd(struct contract *c)
{
	int fd = A("badfd") ? c->r.kvm.fd : eventfd(0, EFD_CLOEXEC), ret;
	struct cvmm_kvm_ioeventfd ev = { .addr = A("addr"),
		.len = (uint32_t)AOR("len", 4),
		.fd = fd,
		.flags = A32("flags"),
		.datamatch = A("match") };

	ret = cvmm_vm_ioeventfd(c->r.vm, &ev, &c->e);
	if (ret == 0 && A("twice"))
		ret = cvmm_vm_ioeventfd(c->r.vm, &ev, &c->e);
	if (ret == 0 && A("off")) {
		ev.flags |= CVMM_IOEVENTFD_DEASSIGN;
		ret = cvmm_vm_ioeventfd(c->r.vm, &ev, &c->e);
	}
	if (!A("badfd"))
		close(fd);
	return ret;
}

static int c_msr_filter(struct contract *c)
{
	static uint8_t bits[8192];
	struct cvmm_x86_msr_filter f = { .flags = A32("flags") };

	f.ranges[0] = (struct cvmm_x86_msr_range){
		.flags = A32("rflags"), .nmsrs = A32("nmsrs"), .base = 0x10, .bitmap = (uintptr_t)bits
	};
	return cvmm_vm_set_msr_filter(c->r.vm, &f, &c->e);
}

static int c_pmu_filter(struct contract *c)
{
	struct {
		struct cvmm_x86_pmu_filter head;
		uint64_t event[512];
	} f = { .head = { .action = A32("action"), .nevents = A32("n"), .flags = A32("flags") } };

	return cvmm_vm_set_pmu_event_filter(c->r.vm, &f.head, &c->e);
}

static int c_set_mce(struct contract *c)
{
	struct cvmm_x86_mce m = { .status = A("status"), .bank = (uint8_t)A("bank") };

	return cvmm_vcpu_set_mce(c->r.vcpu, &m, &c->e);
}

static int c_guest_debug(struct contract *c)
{
	struct cvmm_x86_guest_debug d = { .control = A32("control") };

	return cvmm_vcpu_set_x86_guest_debug(c->r.vcpu, &d, &c->e);
}

static int c_mp_state(struct contract *c)
{
	uint32_t now = 99;
	int ret = cvmm_vcpu_set_mp_state(c->r.vcpu, A32("state"), &c->e);

	if (cvmm_vcpu_get_mp_state(c->r.vcpu, &now, NULL) == 0)
		c->value = now;
	return ret;
}

static int c_translate(struct contract *c)
{
	struct cvmm_kvm_translation t;
	int ret = cvmm_vcpu_translate(c->r.vcpu, A("linear"), &t, &c->e);

	if (ret == 0)
		c->value = t.valid ? t.physical_address : UINT64_MAX;
	return ret;
}

static int c_msi(struct contract *c)
{
	struct cvmm_kvm_msi m = {
		.address_lo = (uint32_t)AOR("addr", 0xfee00000), .data = A32("data"), .flags = A32("flags")
	};

	return cvmm_vm_signal_msi(c->r.vm, &m, &c->e);
}

static int c_irq_line_status(struct contract *c)
{
	int32_t status = 0;
	int ret = cvmm_vm_irq_line_status(c->r.vm, A32("irq"), 1, &status, &c->e);

	c->value = (uint64_t)(int64_t)status;
	return ret;
}

static int c_pre_fault(struct contract *c)
{
	uint64_t size = AOR("size", 8192);
	int ret = cvmm_vcpu_pre_fault_memory(c->r.vcpu, A("gpa"), &size, &c->e);

	c->value = size;
	return ret;
}

static int c_run(struct contract *c)
{
	c->r.run->immediate_exit = (uint8_t)A("immediate");
	if (A("dead"))
		cvmm_gate_kill(&c->r.gate, NULL);
	return cvmm_vcpu_run(c->r.vcpu, &c->e);
}

static int c_xsave_room(struct contract *c)
{
	static _Alignas(64) uint8_t buf[65536];
	size_t bytes = 0;
	int ret = A("set") ? cvmm_vcpu_set_xsave(c->r.vcpu, c->r.vm, buf, (size_t)A("bytes"), &c->e)
			   : cvmm_vcpu_get_xsave(c->r.vcpu, c->r.vm, buf, (size_t)A("bytes"), &bytes, &c->e);

	c->value = bytes;
	return ret;
}

static int c_xen_config(struct contract *c)
{
	struct cvmm_x86_xen_config x = { .flags = A32("flags"), .msr = (uint32_t)AOR("msr", 0x40000000) };

	return cvmm_vm_xen_hvm_config(c->r.vm, &x, &c->e);
}

static int c_xen_attr(struct contract *c)
{
	struct cvmm_x86_xen_attr x = { .type = (uint16_t)A("type") };

	return A("vcpu") ? cvmm_vcpu_get_xen_attr(c->r.vcpu, &x, &c->e) : cvmm_vm_get_xen_attr(c->r.vm, &x, &c->e);
}

static int c_mcg_cap(struct contract *c)
{
	return cvmm_kvm_get_mce_cap_supported(c->r.kvm, &c->value, &c->e);
}

static int c_sys_attr(struct contract *c)
{
	return A("has") ? cvmm_kvm_has_attr(c->r.kvm, A32("group"), A("attr"), &c->e)
			: cvmm_kvm_get_attr(c->r.kvm, A32("group"), A("attr"), &c->value, &c->e);
}

static int c_vcpu_attr(struct contract *c)
{
	return A("has") ? cvmm_vcpu_has_attr(c->r.vcpu, A32("group"), A("attr"), &c->e)
			: cvmm_vcpu_get_attr(c->r.vcpu, A32("group"), A("attr"), &c->value, &c->e);
}

#define SIMPLE(name, expression)                \
	static int c_##name(struct contract *c) \
	{                                       \
		return expression;              \
	}
SIMPLE(check_extension, cvmm_kvm_check_extension(c->r.kvm, A32("cap"), &c->e))
SIMPLE(vm_check_extension, cvmm_vm_check_extension(c->r.vm, A32("cap"), &c->e))
SIMPLE(mmap_size, cvmm_kvm_get_vcpu_mmap_size(c->r.kvm, &c->e))
SIMPLE(nr_vcpus, cvmm_kvm_get_nr_vcpus(c->r.kvm, &c->e))
SIMPLE(max_vcpus, cvmm_kvm_get_max_vcpus(c->r.kvm, &c->e))
SIMPLE(max_vcpu_id, cvmm_kvm_get_max_vcpu_id(c->r.kvm, &c->e))
SIMPLE(nr_memslots, cvmm_kvm_get_nr_memslots(c->r.kvm, &c->e))
SIMPLE(create_irqchip, cvmm_vm_create_irqchip(c->r.vm, &c->e))
SIMPLE(create_pit2, cvmm_vm_create_pit2(c->r.vm, A32("flags"), &c->e))
SIMPLE(create_pit, cvmm_vm_create_pit(c->r.vm, &c->e))
SIMPLE(test_device, cvmm_vm_test_device(c->r.vm, A32("type"), &c->e))
SIMPLE(irq_line, cvmm_vm_irq_line(c->r.vm, A32("irq"), (uint32_t)AOR("level", 1), &c->e))
SIMPLE(reset_rings, cvmm_vm_reset_dirty_rings(c->r.vm, &c->e))
SIMPLE(tss_addr, cvmm_vm_set_tss_addr(c->r.vm, A32("gpa"), &c->e))
SIMPLE(identity_map, cvmm_vm_set_identity_map_addr(c->r.vm, A("gpa"), &c->e))
SIMPLE(set_mmu_pages, cvmm_vm_set_nr_mmu_pages(c->r.vm, A32("pages"), &c->e))
SIMPLE(get_mmu_pages, cvmm_vm_get_nr_mmu_pages(c->r.vm, &c->e))
SIMPLE(boot_cpu, cvmm_vm_set_boot_cpu_id(c->r.vm, A32("id"), &c->e))
SIMPLE(reinject, cvmm_vm_reinject_control(c->r.vm, (uint8_t)A("on"), &c->e))
SIMPLE(vm_tsc, cvmm_vm_get_tsc_khz(c->r.vm, &c->e))
SIMPLE(vm_set_tsc, cvmm_vm_set_tsc_khz(c->r.vm, A32("khz"), &c->e))
SIMPLE(xsave_bytes, cvmm_vm_get_xsave_bytes(c->r.vm, &c->e))
SIMPLE(guest_memfd, closed(cvmm_vm_create_guest_memfd(c->r.vm, A("bytes"), A("flags"), &c->e)))
SIMPLE(mem_attr, cvmm_vm_set_memory_attributes(c->r.vm, A("gpa"), A("bytes"), A("attr"), &c->e))
SIMPLE(encrypt_op, cvmm_vm_memory_encrypt_op(c->r.vm, NULL, &c->e))
SIMPLE(enc_region, cvmm_vm_register_enc_region(c->r.vm, 0x1000, 0x1000, &c->e))
SIMPLE(unenc_region, cvmm_vm_unregister_enc_region(c->r.vm, 0x1000, 0x1000, &c->e))
SIMPLE(coalesce, cvmm_vm_register_coalesced_mmio(c->r.vm, A("addr"), (uint32_t)AOR("size", 4096), A32("pio"), &c->e))
SIMPLE(uncoalesce,
	cvmm_vm_unregister_coalesced_mmio(c->r.vm, A("addr"), (uint32_t)AOR("size", 4096), A32("pio"), &c->e))
SIMPLE(vm_stats, closed(cvmm_vm_get_stats_fd(c->r.vm, &c->e)))
SIMPLE(vcpu_stats, closed(cvmm_vcpu_get_stats_fd(c->r.vcpu, &c->e)))
SIMPLE(vm_attr, cvmm_vm_has_attr(c->r.vm, A32("group"), A("attr"), &c->e))
SIMPLE(hv_eventfd, cvmm_vm_hyperv_eventfd(c->r.vm, A32("conn"), (int)AOR("fd", (uint64_t)-1), (int)A("off"), &c->e))
SIMPLE(tsc, cvmm_vcpu_get_tsc_khz(c->r.vcpu, &c->e))
SIMPLE(set_tsc, cvmm_vcpu_set_tsc_khz(c->r.vcpu, A32("khz"), &c->e))
SIMPLE(nmi, cvmm_vcpu_nmi(c->r.vcpu, &c->e))
SIMPLE(smi, cvmm_vcpu_smi(c->r.vcpu, &c->e))
SIMPLE(kvmclock_ctrl, cvmm_vcpu_kvmclock_ctrl(c->r.vcpu, &c->e))
SIMPLE(setup_mce, cvmm_vcpu_setup_mce(c->r.vcpu, A("cap"), &c->e))
SIMPLE(vapic, cvmm_vcpu_set_vapic_addr(c->r.vcpu, A("gpa"), &c->e))
SIMPLE(tpr, cvmm_vcpu_tpr_access_reporting(c->r.vcpu, A32("on"), &c->e))
SIMPLE(interrupt, cvmm_vcpu_interrupt(c->r.vcpu, A32("vector"), &c->e))
SIMPLE(sigmask, cvmm_vcpu_set_signal_mask(c->r.vcpu, A("none") ? NULL : &(uint64_t){ 0 }, &c->e))

static const struct {
	const char *name;
	int (*call)(struct contract *c);
} calls[] = {
	{ "raw", c_raw },
	{ "kvm.check_extension", c_check_extension },
	{ "kvm.get_vcpu_mmap_size", c_mmap_size },
	{ "kvm.get_nr_vcpus", c_nr_vcpus },
	{ "kvm.get_max_vcpus", c_max_vcpus },
	{ "kvm.get_max_vcpu_id", c_max_vcpu_id },
	{ "kvm.get_nr_memslots", c_nr_memslots },
	{ "kvm.create_vm", c_create_vm },
	{ "kvm.get_supported_cpuid", c_supported_cpuid },
	{ "kvm.get_emulated_cpuid", c_emulated_cpuid },
	{ "kvm.get_supported_hv_cpuid", c_hv_cpuid },
	{ "kvm.get_msr_index_list", c_msr_index_list },
	{ "kvm.get_msr_feature_index_list", c_msr_feature_list },
	{ "kvm.get_msrs", c_get_feature_msrs },
	{ "kvm.get_mce_cap_supported", c_mcg_cap },
	{ "kvm.attr", c_sys_attr },
	{ "vm.check_extension", c_vm_check_extension },
	{ "vm.create_vcpu", c_create_vcpu },
	{ "vm.create_device", c_create_device },
	{ "vm.test_device", c_test_device },
	{ "vm.enable_cap", c_enable_cap },
	{ "vm.create_irqchip", c_create_irqchip },
	{ "vm.get_irqchip", c_irqchip_get },
	{ "vm.set_irqchip", c_irqchip_set },
	{ "vm.create_pit2", c_create_pit2 },
	{ "vm.create_pit", c_create_pit },
	{ "vm.get_pit2", c_get_pit2 },
	{ "vm.set_pit2", c_set_pit2 },
	{ "vm.get_pit", c_get_pit },
	{ "vm.set_pit", c_set_pit },
	{ "vm.reinject_control", c_reinject },
	{ "vm.get_clock", c_get_clock },
	{ "vm.set_clock", c_set_clock },
	{ "vm.set_user_memory_region", c_memslot },
	{ "vm.set_user_memory_region2", c_memslot2 },
	{ "vm.get_dirty_log", c_dirty_log },
	{ "vm.clear_dirty_log", c_clear_dirty_log },
	{ "vm.reset_dirty_rings", c_reset_rings },
	{ "vm.set_tss_addr", c_tss_addr },
	{ "vm.set_identity_map_addr", c_identity_map },
	{ "vm.set_nr_mmu_pages", c_set_mmu_pages },
	{ "vm.get_nr_mmu_pages", c_get_mmu_pages },
	{ "vm.set_boot_cpu_id", c_boot_cpu },
	{ "vm.irq_line", c_irq_line },
	{ "vm.irq_line_status", c_irq_line_status },
	{ "vm.signal_msi", c_msi },
	{ "vm.set_gsi_routing", c_routing },
	{ "vm.irqfd", c_irqfd },
	{ "vm.ioeventfd", c_ioeventfd },
	{ "vm.set_msr_filter", c_msr_filter },
	{ "vm.set_pmu_event_filter", c_pmu_filter },
	{ "vm.get_tsc_khz", c_vm_tsc },
	{ "vm.set_tsc_khz", c_vm_set_tsc },
	{ "vm.get_xsave_bytes", c_xsave_bytes },
	{ "vm.create_guest_memfd", c_guest_memfd },
	{ "vm.set_memory_attributes", c_mem_attr },
	{ "vm.memory_encrypt_op", c_encrypt_op },
	{ "vm.register_enc_region", c_enc_region },
	{ "vm.unregister_enc_region", c_unenc_region },
	{ "vm.register_coalesced_mmio", c_coalesce },
	{ "vm.unregister_coalesced_mmio", c_uncoalesce },
	{ "vm.get_stats_fd", c_vm_stats },
	{ "vm.has_attr", c_vm_attr },
	{ "vm.xen_hvm_config", c_xen_config },
	{ "vm.hyperv_eventfd", c_hv_eventfd },
	{ "xen_attr", c_xen_attr },
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
	{ "vcpu.get_msrs", c_get_msrs },
	{ "vcpu.set_msrs", c_set_msrs },
	{ "vcpu.msr", c_msr },
	{ "vcpu.set_cpuid1", c_set_cpuid1 },
	{ "vcpu.set_cpuid2", c_set_cpuid2 },
	{ "vcpu.get_cpuid2", c_get_cpuid2 },
	{ "vcpu.get_supported_hv_cpuid", c_vcpu_hv_cpuid },
	{ "vcpu.get_reg_list", c_reg_list },
	{ "vcpu.get_one_reg", c_get_one_reg },
	{ "vcpu.set_one_reg", c_set_one_reg },
	{ "vcpu.get_nested_state", c_get_nested },
	{ "vcpu.set_nested_state", c_set_nested },
	{ "vcpu.mp_state", c_mp_state },
	{ "vcpu.get_tsc_khz", c_tsc },
	{ "vcpu.set_tsc_khz", c_set_tsc },
	{ "vcpu.nmi", c_nmi },
	{ "vcpu.smi", c_smi },
	{ "vcpu.kvmclock_ctrl", c_kvmclock_ctrl },
	{ "vcpu.set_x86_guest_debug", c_guest_debug },
	{ "vcpu.setup_mce", c_setup_mce },
	{ "vcpu.set_mce", c_set_mce },
	{ "vcpu.set_vapic_addr", c_vapic },
	{ "vcpu.tpr_access_reporting", c_tpr },
	{ "vcpu.interrupt", c_interrupt },
	{ "vcpu.translate", c_translate },
	{ "vcpu.set_signal_mask", c_sigmask },
	{ "vcpu.pre_fault_memory", c_pre_fault },
	{ "vcpu.enable_cap", c_vcpu_enable_cap },
	{ "vcpu.attr", c_vcpu_attr },
	{ "vcpu.get_stats_fd", c_vcpu_stats },
	{ "vcpu.run", c_run },
};

int contract_knows(const char *call)
{
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(calls[i].name, call) == 0)
			return 1;
	return 0;
}

int contract_call(struct contract *c, const char *call)
{
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(calls[i].name, call) == 0)
			return calls[i].call(c);
	return -ENOSYS;
}
