/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What the guest probe saw: registers and hypercalls as the simulator says a guest would, the counter, GICD_IIDR. */
#include "replay.h"

#include <errno.h>

#define MAX_CALLS 128
#define GPA	  UINT64_C(0x40000000)
#define ANY_NAME  "nondet"

struct call {
	uint64_t fn, arg, x[4];
};

struct mrs {
	char name[24];
	uint64_t id;
	int err;
	uint64_t val;
};

static struct call calls[MAX_CALLS], base_calls[MAX_CALLS];
static struct mrs mrs[MAX_CALLS], base_mrs[MAX_CALLS];
static size_t ncalls, nmrs;
static int clock_fd; /* a vCPU of another VM, to read the physical counter with */

static const struct {
	const char *name;
	uint64_t id;
} names[] = { { "MIDR_EL1", SYS(3, 0, 0, 0, 0) }, { "MPIDR_EL1", SYS(3, 0, 0, 0, 5) },
	{ "REVIDR_EL1", SYS(3, 0, 0, 0, 6) }, { "AIDR_EL1", SYS(3, 1, 0, 0, 7) }, { "CTR_EL0", SYS(3, 3, 0, 0, 1) },
	{ "CLIDR_EL1", SYS(3, 1, 0, 0, 1) }, { "CCSIDR_EL1[0]", SYS(3, 1, 0, 0, 0) },
	{ "DCZID_EL0", SYS(3, 3, 0, 0, 7) }, { "CNTFRQ_EL0", SYS(3, 3, 14, 0, 0) }, { "PMCR_EL0", SYS(3, 3, 9, 12, 0) },
	{ "PMCEID0_EL0", SYS(3, 3, 9, 12, 6) }, { "PMCEID1_EL0", SYS(3, 3, 9, 12, 7) },
	{ "PMMIR_EL1", SYS(3, 0, 9, 14, 6) }, { "ICC_CTLR_EL1", SYS(3, 0, 12, 12, 4) },
	{ "ICC_SRE_EL1", SYS(3, 0, 12, 12, 5) }, { "SMIDR_EL1", SYS(3, 1, 0, 0, 6) },
	{ "GMID_EL1", SYS(3, 1, 0, 0, 4) }, { "CNTVCT_EL0", SYS(3, 3, 14, 0, 2) },
	{ "CNTPCT_EL0", SYS(3, 3, 14, 0, 1) }, { "RNDR", SYS(3, 3, 2, 4, 0) } };

/* Which registers and calls to ask for: those of the recording's first variant, in its order. */
static void questions(const char *path)
{
	static char line[512];
	FILE *f = fopen(path, "r");
	char name[32], rest[64];
	unsigned m, o;
	ull a, b;
	size_t i;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "GUEST base HVC %llx %llx", &a, &b) == 2 && ncalls < MAX_CALLS) {
			calls[ncalls].fn = a;
			calls[ncalls++].arg = b;
		}
		if (sscanf(line, "GUEST base MRS %31s %63s", name, rest) != 2 || nmrs == MAX_CALLS)
			continue;
		snprintf(mrs[nmrs].name, sizeof(mrs[nmrs].name), "%.23s", name);
		mrs[nmrs].id = 0;
		if (sscanf(name, "S3_0_C0_C%u_%u", &m, &o) == 2)
			mrs[nmrs].id = SYS(3, 0, 0, m, o);
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (!strcmp(names[i].name, name))
				mrs[nmrs].id = names[i].id;
		nmrs++;
	}
	if (f)
		fclose(f);
}

static int init(struct world *w, int vm, int v, uint32_t features)
{
	struct cvmm_arm64_vcpu_init in = { 0 };
	int err = req(w, vm, CVMM_KVM_ARM_PREFERRED_TARGET, &in), sve = 4;

	in.features[0] = features;
	if (!err)
		err = req(w, v, CVMM_KVM_ARM_VCPU_INIT, &in);
	return err || !(features & 0x10) ? err : req(w, v, CVMM_KVM_ARM_VCPU_FINALIZE, &sve);
}

static void gic_init(struct world *w, struct machine *m)
{
	attr(w, m->gic, CVMM_KVM_SET_DEVICE_ATTR, 4, 0, NULL);
}

static int make(struct world *w, struct machine *m, uint32_t features, int start_gic)
{
	static uint8_t mem[8192];
	struct cvmm_kvm_create_device d = { .type = 7 };
	struct cvmm_kvm_memory_region r = { .guest_phys_addr = GPA, .memory_bytes = 0x100000 };
	uint64_t dist = 0x08000000, redist = 0x080a0000;
	int irq = 23, err = 0;

	memset(m, 0, sizeof(*m));
	m->fd = req_int(w, w->kvm, CVMM_KVM_CREATE_VM, 0);
	err |= req(w, m->fd, CVMM_KVM_CREATE_DEVICE, &d);
	m->gic = (int)d.fd;
	err |= attr(w, m->gic, CVMM_KVM_SET_DEVICE_ATTR, 0, 2, &dist);
	err |= attr(w, m->gic, CVMM_KVM_SET_DEVICE_ATTR, 0, 3, &redist);
	m->v[0] = req_int(w, m->fd, CVMM_KVM_CREATE_VCPU, 0);
	err |= init(w, m->fd, m->v[0], features);
	if (start_gic)
		gic_init(w, m);
	if (start_gic && features & 8) {
		err |= attr(w, m->v[0], CVMM_KVM_SET_DEVICE_ATTR, 0, 0, &irq);
		err |= attr(w, m->v[0], CVMM_KVM_SET_DEVICE_ATTR, 0, 1, NULL);
	}
	r.userspace_addr = ((uintptr_t)mem + 4095) & ~UINT64_C(4095);
	err |= req(w, m->fd, CVMM_KVM_SET_USER_MEMORY_REGION, &r);
	if (err)
		printf("GUEST make FAIL %d\n", err);
	return err;
}

/* Runs the vCPU once and notes what its guest would have seen. */
static int run(struct world *w, struct machine *m)
{
	int err = req_int(w, m->v[0], CVMM_KVM_RUN, 0);
	size_t i;

	for (i = 0; i < nmrs; i++) {
		mrs[i].val = 0;
		mrs[i].err = cvmm_sim_guest_reg(&w->be, m->v[0], mrs[i].id, &mrs[i].val);
	}
	for (i = 0; i < ncalls; i++)
		if (cvmm_sim_guest_hvc(&w->be, m->v[0], calls[i].fn, calls[i].arg, calls[i].x))
			memset(calls[i].x, 0x77, sizeof(calls[i].x));
	return err;
}

/* Counters and random numbers. */
static int moving_name(const char *n)
{
	return !strcmp(n, "CNTVCT_EL0") || !strcmp(n, "CNTPCT_EL0") || !strcmp(n, "RNDR");
}

static int runs_by_itself(const struct mrs *r)
{
	return !r->err && moving_name(r->name);
}

/* A trap's syndrome follows from the instruction: read of this register into X0. */
static const char *value(const struct mrs *r)
{
	static char out[32];
	uint32_t e = (uint32_t)r->id & 0xffff;

	if (r->err == -EPERM)
		snprintf(out, sizeof(out), "EXC-ESR-%08x",
			UINT32_C(0x62000000) | (e >> 14) << 20 | (e & 7) << 17 | (e >> 11 & 7) << 14 |
				(e >> 7 & 15) << 10 | (e >> 3 & 15) << 1 | 1);
	else if (r->err)
		snprintf(out, sizeof(out), "UNDEF");
	else
		snprintf(out, sizeof(out), "%016llx", (ull)r->val);
	return out;
}

static void print_mrs(const char *var, int all)
{
	size_t i, same = 0;

	for (i = 0; i < nmrs; i++) {
		const struct mrs *b = &base_mrs[i];
		int moving = runs_by_itself(&mrs[i]);

		if (!all && (moving ? !b->err : mrs[i].err == b->err && mrs[i].val == b->val)) {
			same++;
			continue;
		}
		printf("GUEST %s MRS %s %s\n", var, mrs[i].name, moving ? ANY_NAME : value(&mrs[i]));
	}
	if (!all)
		printf("GUEST %s MRSSAME as base: %zu of %zu\n", var, same, nmrs);
}

static void print_calls(const char *var, int all)
{
	size_t i, k, same = 0;

	for (i = 0; i < ncalls; i++) {
		if (!all && !memcmp(calls[i].x, base_calls[i].x, sizeof(calls[i].x))) {
			same++;
			continue;
		}
		printf("GUEST %s HVC %08llx %llx ->", var, (ull)calls[i].fn, (ull)calls[i].arg);
		for (k = 0; k < 4; k++)
			if (calls[i].x[k] == CVMM_HVC_ANY)
				printf(" " ANY_NAME);
			else
				printf(" %llx", (ull)calls[i].x[k]);
		printf("\n");
	}
	if (!all)
		printf("GUEST %s HVCSAME as base: %zu of %zu\n", var, same, ncalls);
}

/* ONE_REG beside MRS, before and after the run. */
static struct {
	int err;
	uint64_t val;
} before[MAX_CALLS], after[MAX_CALLS];

static void read_all(struct world *w, struct machine *m, int late)
{
	size_t i;

	for (i = 0; i < nmrs; i++) {
		if (late)
			after[i].err = get64(w, m->v[0], mrs[i].id, &after[i].val);
		else
			before[i].err = get64(w, m->v[0], mrs[i].id, &before[i].val);
	}
}

static void print_onereg(const char *var)
{
	size_t i, equal = 0, none = 0;

	for (i = 0; i < nmrs; i++) {
		if (moving_name(mrs[i].name))
			continue;
		if (before[i].err != after[i].err || before[i].val != after[i].val) {
			printf("GUEST %s ONEREGCHG %s before-run=%s/%016llx", var, mrs[i].name, ename(before[i].err),
				(ull)before[i].val);
			printf(" after-run=%s/%016llx\n", ename(after[i].err), (ull)after[i].val);
		}
		if (before[i].err) {
			none++;
			if (!mrs[i].err)
				printf("GUEST %s NOONEREG %s mrs=%016llx onereg=%s\n", var, mrs[i].name,
					(ull)mrs[i].val, ename(before[i].err));
			continue;
		}
		if (!mrs[i].err && mrs[i].val == before[i].val)
			equal++;
		else
			printf("GUEST %s DIFF %s mrs=%s onereg=%016llx\n", var, mrs[i].name, value(&mrs[i]),
				(ull)before[i].val);
	}
	printf("GUEST %s ONEREGSUM equal=%zu no-onereg=%zu\n", var, equal, none);
}

/* The interrupt controller's registers as KVM keeps them; what a guest reads by MMIO comes from the same place. */
static void print_mmio(struct world *w, struct machine *m, const char *var, int all)
{
	static const struct {
		const char *name;
		uint32_t group, off, all;
	} regs[] = { { "GICD_CTLR", 1, 0, 1 }, { "GICD_TYPER", 1, 4, 0 }, { "GICD_IIDR", 1, 8, 0 },
		{ "GICD_TYPER2", 1, 12, 0 }, { "GICD_STATUSR", 1, 16, 1 }, { "GICD_PIDR2", 1, 0xffe8, 1 },
		{ "GICR_CTLR", 5, 0, 0 }, { "GICR_IIDR", 5, 4, 0 }, { "GICR_TYPER", 5, 8, 1 },
		{ "GICR_PIDR2", 5, 0xffe8, 1 } };
	size_t i;

	for (i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
		uint32_t x = 0;

		if (all >= (int)regs[i].all &&
			!attr(w, m->gic, CVMM_KVM_GET_DEVICE_ATTR, regs[i].group, regs[i].off, &x))
			printf("GUEST %s MMIO %s %016x\n", var, regs[i].name, x);
	}
}

/* ---- variants: what the VMM writes before the run ---- */

enum change { NOTHING, ALL_BITMAPS, VENDOR2, AS_OLD, PVTIME, ONE_BITMAP, PSCI };

static int clear_bitmap(struct world *w, struct machine *m, const char *var, uint32_t i, uint64_t to)
{
	uint64_t x;

	if (get64(w, m->v[0], BM(i), &x))
		return 0;
	printf("GUEST %s SET bmap%u=%llu %s\n", var, i, (ull)to, ename(set64(w, m->v[0], BM(i), to)));
	return 1;
}

static int change(struct world *w, struct machine *m, const char *var, enum change what, uint32_t arg)
{
	uint64_t x, ipa = GPA + 0x90000;
	uint32_t i;
	int n = 0, err;

	switch (what) {
	case NOTHING: return 1;
	case ALL_BITMAPS:
		for (i = 0; i < 4; i++)
			n += clear_bitmap(w, m, var, i, 0);
		return n;
	case VENDOR2: return clear_bitmap(w, m, var, 3, 3);
	case ONE_BITMAP: return clear_bitmap(w, m, var, arg, 0);
	case AS_OLD:
		n = clear_bitmap(w, m, var, 0, 0);
		if (n)
			printf("GUEST %s SET psci=10000 %s\n", var, ename(set64(w, m->v[0], FW(0), 0x10000)));
		return n + clear_bitmap(w, m, var, 2, 0);
	case PVTIME:
		err = attr(w, m->v[0], CVMM_KVM_SET_DEVICE_ATTR, 2, 0, &ipa);
		printf("GUEST %s SET pvtime-ipa=%llx %s\n", var, (ull)ipa, ename(err));
		return 1;
	default:
		err = set64(w, m->v[0], FW(0), arg);
		get64(w, m->v[0], FW(0), &x);
		printf("GUEST %s SET psci=%x %s readback=%llx\n", var, arg, ename(err), (ull)x);
		return 1;
	}
}

static void firmware(struct world *w, struct machine *m, const char *var)
{
	uint64_t x;
	uint32_t i;
	int err;

	for (i = 0; i < 4; i++) {
		err = get64(w, m->v[0], FW(i), &x);
		printf("GUEST %s FWREG %u %s %llx\n", var, i, ename(err), err ? 0 : (ull)x);
	}
	for (i = 0; i < 4; i++) {
		err = get64(w, m->v[0], BM(i), &x);
		printf("GUEST %s BMAP %u %s %llx\n", var, i, ename(err), err ? 0 : (ull)x);
	}
}

static void variant(struct world *w, const char *var, uint32_t features, enum change what, uint32_t arg, int all)
{
	static int have_base;
	struct machine m;

	if (make(w, &m, features, 1)) {
		drop(w, &m);
		return;
	}
	if (what == NOTHING) {
		printf("GUEST %s FEATURES %x target=5\n", var, features);
		firmware(w, &m, var);
	}
	if (!change(w, &m, var, what, arg)) {
		printf("GUEST %s SKIP no such register here\n", var);
		drop(w, &m);
		return;
	}
	read_all(w, &m, 0);
	run(w, &m);
	read_all(w, &m, 1);
	print_mrs(var, what == NOTHING);
	if (what == NOTHING) {
		print_onereg(var);
		print_mmio(w, &m, var, 1);
		if (!have_base) {
			memcpy(base_calls, calls, sizeof(calls));
			memcpy(base_mrs, mrs, sizeof(mrs));
			have_base = 1;
		}
	}
	print_calls(var, all);
	drop(w, &m);
}

/* ---- the counter ---- */

#define W1   UINT64_C(0x0000100000000000)
#define W2   UINT64_C(0x0000300000000000)
#define OFF1 UINT64_C(0x0000500000000000)
#define OFF2 UINT64_C(0x0000700000000000)

static uint64_t physical(struct world *w)
{
	uint64_t x = 0;

	(void)!cvmm_sim_guest_reg(&w->be, clock_fd, SYS(3, 3, 14, 0, 1), &x);
	return x;
}

static const char *class_of(struct world *w, uint64_t v)
{
	uint64_t p = physical(w), near = UINT64_C(1) << 36;

	if (v - W1 < near)
		return "WRITE1";
	if (v - W2 < near)
		return "WRITE2";
	if (v + OFF1 < near)
		return "PHYS-OFFSET1";
	if (v + OFF2 < near)
		return "PHYS-OFFSET2";
	if (v < p / 4)
		return "ZERO-BASED";
	return v > p / 4 * 3 && v <= p ? "PHYS" : "OTHER";
}

static const char *count(struct world *w, int v, uint64_t id)
{
	uint64_t x;
	int err = get64(w, v, id, &x);

	return err ? ename(err) : class_of(w, x);
}

#define VCNT CVMM_ARM64_TIMER_CNT
#define PCNT CVMM_ARM64_PTIMER_CNT
#define V(v) count(w, v, VCNT)
#define P(v) count(w, v, PCNT)

static const char *guest_count(struct world *w, int v, uint32_t op2)
{
	uint64_t x;

	return cvmm_sim_guest_reg(&w->be, v, SYS(3, 3, 14, 0, op2), &x) ? "EXC" : class_of(w, x);
}
#define GV(v) guest_count(w, v, 2)
#define GP(v) guest_count(w, v, 1)

static int offset(struct world *w, int fd, uint64_t off, uint64_t reserved)
{
	struct cvmm_arm64_counter_offset o = { off, reserved };

	return req(w, fd, CVMM_KVM_ARM_SET_COUNTER_OFFSET, &o);
}

static int add(struct world *w, struct machine *m, int i)
{
	m->v[i] = req_int(w, m->fd, CVMM_KVM_CREATE_VCPU, (uintptr_t)i);
	return m->v[i];
}

static void counter_after_run(struct world *w, struct machine *m)
{
	int v0 = m->v[0], v1 = m->v[1], e;

	if (run(w, m))
		return;
	printf("COUNTER guest on v0 sees CNTVCT %s CNTPCT %s\n", GV(v0), GP(v0));
	printf("COUNTER after run -> v0 TIMER_CNT %s\n", V(v0));
	e = set64(w, v0, VCNT, W2);
	printf("COUNTER set v0 TIMER_CNT=WRITE2 after run %s -> v0 %s v1 %s\n", ename(e), V(v0), V(v1));
	e = set64(w, v1, VCNT, W1);
	printf("COUNTER set v1 TIMER_CNT=WRITE1 after run of v0 %s -> v0 %s v1 %s\n", ename(e), V(v0), V(v1));
	if (!run(w, m))
		printf("COUNTER guest on v0 then sees CNTVCT %s CNTPCT %s\n", GV(v0), GP(v0));
}

static void counter_one(struct world *w)
{
	struct machine m;
	int v0, v1, e;

	make(w, &m, 4, 0);
	v0 = m.v[0];
	printf("COUNTER cap KVM_CAP_COUNTER_OFFSET(227) %d\n", req_int(w, w->kvm, CVMM_KVM_CHECK_EXTENSION, 227));
	printf("COUNTER fresh v0 TIMER_CNT %s PTIMER_CNT %s\n", V(v0), P(v0));
	e = set64(w, v0, VCNT, W1);
	printf("COUNTER set v0 TIMER_CNT=WRITE1 %s -> v0 TIMER_CNT %s PTIMER_CNT %s\n", ename(e), V(v0), P(v0));
	v1 = add(w, &m, 1);
	printf("COUNTER after KVM_CREATE_VCPU 1 (%s) -> v0 TIMER_CNT %s\n", ename(v1 < 0 ? -v1 : 0), V(v0));
	e = set64(w, v0, VCNT, W1);
	printf("COUNTER set v0 TIMER_CNT=WRITE1 before VCPU_INIT of v1 %s -> v0 %s\n", ename(e), V(v0));
	e = init(w, m.fd, v1, 4);
	printf("COUNTER after KVM_ARM_VCPU_INIT of v1 (%s) -> v0 %s v1 %s\n", ename(e), V(v0), V(v1));
	e = set64(w, v0, VCNT, W1);
	printf("COUNTER set v0 TIMER_CNT=WRITE1 %s -> v0 %s v1 %s\n", ename(e), V(v0), V(v1));
	e = set64(w, v1, VCNT, W2);
	printf("COUNTER set v1 TIMER_CNT=WRITE2 %s -> v0 %s v1 %s\n", ename(e), V(v0), V(v1));
	e = init(w, m.fd, v0, 4);
	printf("COUNTER repeated KVM_ARM_VCPU_INIT of v0 (%s) -> v0 %s v1 %s\n", ename(e), V(v0), V(v1));
	set64(w, v0, VCNT, W1);
	gic_init(w, &m);
	printf("COUNTER set v0 TIMER_CNT=WRITE1 then GIC init -> v0 %s\n", V(v0));
	counter_after_run(w, &m);
	drop(w, &m);
}

static void counter_two(struct world *w)
{
	struct machine m;
	int v0, v1, e;

	make(w, &m, 4, 0);
	v0 = m.v[0];
	v1 = add(w, &m, 1);
	init(w, m.fd, v1, 4);
	e = set64(w, v0, PCNT, W1);
	printf("COUNTER set v0 PTIMER_CNT=WRITE1 %s -> v0 PTIMER_CNT %s TIMER_CNT %s; v1 PTIMER_CNT %s\n", ename(e),
		P(v0), V(v0), P(v1));
	gic_init(w, &m);
	if (!run(w, &m))
		printf("COUNTER guest on v0 sees CNTVCT %s CNTPCT %s\n", GV(v0), GP(v0));
	drop(w, &m);
}

static void counter_offset_set(struct world *w, struct machine *m)
{
	int v0 = m->v[0], v1 = m->v[1], v2, e = set64(w, v0, VCNT, W2);

	printf("COUNTER with offset: set v0 TIMER_CNT=WRITE2 %s -> v0 %s v1 %s\n", ename(e), V(v0), V(v1));
	e = set64(w, v0, PCNT, W2);
	printf("COUNTER with offset: set v0 PTIMER_CNT=WRITE2 %s -> v0 PTIMER_CNT %s TIMER_CNT %s\n", ename(e), P(v0),
		V(v0));
	v2 = add(w, m, 2);
	printf("COUNTER with offset: after KVM_CREATE_VCPU 2 -> v0 %s\n", V(v0));
	e = init(w, m->fd, v2, 4);
	printf("COUNTER with offset: after KVM_ARM_VCPU_INIT of v2 (%s) -> v0 %s v2 %s\n", ename(e), V(v0), V(v2));
	e = offset(w, m->fd, OFF2, 0);
	printf("COUNTER second SET_COUNTER_OFFSET OFFSET2 %s -> v0 %s v1 %s\n", ename(e), V(v0), V(v1));
	gic_init(w, m);
	if (run(w, m))
		return;
	printf("COUNTER with offset: guest on v0 sees CNTVCT %s CNTPCT %s\n", GV(v0), GP(v0));
	e = offset(w, m->fd, OFF1, 0);
	printf("COUNTER SET_COUNTER_OFFSET OFFSET1 after run %s -> v0 %s\n", ename(e), V(v0));
}

static void counter_three(struct world *w)
{
	struct machine m;
	int v0, v1, e;

	make(w, &m, 4, 0);
	v0 = m.v[0];
	v1 = add(w, &m, 1);
	init(w, m.fd, v1, 4);
	set64(w, v0, VCNT, W1);
	printf("COUNTER SET_COUNTER_OFFSET reserved=1 %s\n", ename(offset(w, m.fd, OFF1, 1)));
	e = offset(w, m.fd, OFF1, 0);
	printf("COUNTER SET_COUNTER_OFFSET OFFSET1 after TIMER_CNT=WRITE1 %s -> v0 TIMER_CNT %s PTIMER_CNT %s; v1 "
	       "TIMER_CNT %s\n",
		ename(e), V(v0), P(v0), V(v1));
	if (!e)
		counter_offset_set(w, &m);
	drop(w, &m);
}

static void counter_four(struct world *w)
{
	struct machine m = { 0 };
	int e, i;

	m.fd = req_int(w, w->kvm, CVMM_KVM_CREATE_VM, 0);
	e = offset(w, m.fd, OFF1, 0);
	add(w, &m, 0);
	i = init(w, m.fd, m.v[0], 4);
	printf("COUNTER SET_COUNTER_OFFSET OFFSET1 before the first vCPU %s, then create+init v0 (%s) -> v0 TIMER_CNT "
	       "%s PTIMER_CNT %s\n",
		ename(e), ename(i), V(m.v[0]), P(m.v[0]));
	drop(w, &m);
}

/* ---- GICD_IIDR ---- */

static int dist(struct world *w, struct machine *m, int write, uint32_t off, uint32_t *v)
{
	return attr(w, m->gic, write ? CVMM_KVM_SET_DEVICE_ATTR : CVMM_KVM_GET_DEVICE_ATTR, 1, off, v);
}

static void iidr_read(struct world *w, int late, uint32_t *dflt)
{
	uint32_t x = 0, t = 0;
	struct machine m;
	int e, e2;

	make(w, &m, 4, late);
	e = dist(w, &m, 0, 8, &x);
	e2 = dist(w, &m, 0, 0xc, &t);
	printf("GICIIDR %s-init read %s %08x; GICD_TYPER2 read", late ? "after" : "before", ename(e), e ? 0 : x);
	printf(" %s %08x\n", ename(e2), e2 ? 0 : t);
	*dflt = x;
	drop(w, &m);
}

static void iidr_write(struct world *w, int late, uint32_t rev, uint32_t dflt)
{
	uint32_t x = (dflt & ~0xf000u) | rev << 12, b = 0, c = 0;
	struct machine m;
	char name[24];
	int e, g;

	make(w, &m, 4, late);
	e = dist(w, &m, 1, 8, &x);
	g = dist(w, &m, 0, 8, &b);
	printf("GICIIDR %s-init write rev%u %08x %s", late ? "after" : "before", rev, x, ename(e));
	printf(" readback %s %08x", ename(g), g ? 0 : b);
	if (!late) {
		gic_init(w, &m);
		g = dist(w, &m, 0, 8, &c);
		printf(" after-init %s %08x", ename(g), c);
	}
	printf("\n");
	if (!e && !run(w, &m)) {
		snprintf(name, sizeof(name), "iidr%u-%s", rev, late ? "post" : "pre");
		print_mmio(w, &m, name, 0);
	}
	if (!e && late) {
		x = dflt;
		e = dist(w, &m, 1, 8, &x);
		g = dist(w, &m, 0, 8, &b);
		printf("GICIIDR after-run write default %08x over rev%u %s", dflt, rev, ename(e));
		printf(" readback %s %08x\n", ename(g), b);
	}
	drop(w, &m);
}

static void iidr(struct world *w)
{
	uint32_t dflt, rev, x, t = 0;
	struct machine m;
	int late, e, e2;

	iidr_read(w, 0, &dflt);
	iidr_read(w, 1, &dflt);
	for (late = 0; late < 2; late++)
		for (rev = 0; rev < 6; rev++)
			iidr_write(w, late, rev, dflt);
	make(w, &m, 4, 1);
	x = dflt ^ 1;
	e = dist(w, &m, 1, 8, &x);
	printf("GICIIDR after-init write with another implementer %08x %s\n", x, ename(e));
	x = dflt ^ 0x10000;
	e = dist(w, &m, 1, 8, &x);
	printf("GICIIDR after-init write with variant 1 %08x %s\n", x, ename(e));
	e2 = dist(w, &m, 0, 0xc, &t);
	e = dist(w, &m, 1, 0xc, &t);
	printf("GICIIDR after-init write same GICD_TYPER2 %08x %s", t, ename(e2));
	printf("/%s\n", ename(e));
	drop(w, &m);
}

static uint32_t all_features(struct world *w)
{
	uint32_t f = 4;

	f |= req_int(w, w->kvm, CVMM_KVM_CHECK_EXTENSION, 126) > 0 ? 8u : 0;
	f |= req_int(w, w->kvm, CVMM_KVM_CHECK_EXTENSION, 170) > 0 ? 16u : 0;
	f |= req_int(w, w->kvm, CVMM_KVM_CHECK_EXTENSION, 171) > 0 &&
			     req_int(w, w->kvm, CVMM_KVM_CHECK_EXTENSION, 172) > 0
		     ? 96u
		     : 0;
	return f;
}

void guest(struct world *w, const char *recording)
{
	struct machine clock;
	char name[16];
	uint32_t i;

	questions(recording);
	make(w, &clock, 4, 0);
	clock_fd = clock.v[0];
	variant(w, "base", 4, NOTHING, 0, 1);
	variant(w, "full", all_features(w), NOTHING, 0, 1);
	variant(w, "bmap0", 4, ALL_BITMAPS, 0, 1);
	for (i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "bmap0-%u", i);
		variant(w, name, 4, ONE_BITMAP, i, 0);
	}
	variant(w, "vhb2", 4, VENDOR2, 0, 1);
	variant(w, "psci10", 4, PSCI, 0x10000, 1);
	variant(w, "psci11", 4, PSCI, 0x10001, 0);
	variant(w, "psci12", 4, PSCI, 0x10002, 0);
	variant(w, "psci02", 4, PSCI, 2, 0);
	variant(w, "pvtime", 4, PVTIME, 0, 0);
	variant(w, "as510", 4, AS_OLD, 0, 1);
	counter_one(w);
	counter_two(w);
	counter_three(w);
	counter_four(w);
	iidr(w);
	drop(w, &clock);
}
