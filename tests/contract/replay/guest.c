/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What the guest probe saw: registers and hypercalls as the simulator says a guest would. */
#include "replay.h"

#include <errno.h>

#define MAX_CALLS 128
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

/* Runs the vCPU once and notes what its guest would have seen. */
int guest_run(struct world *w, const struct machine *m)
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
void guest_mmio(struct world *w, const struct machine *m, const char *var, int all)
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

	if (guest_make(w, &m, features, 1)) {
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
	guest_run(w, &m);
	read_all(w, &m, 1);
	print_mrs(var, what == NOTHING);
	if (what == NOTHING) {
		print_onereg(var);
		guest_mmio(w, &m, var, 1);
		if (!have_base) {
			memcpy(base_calls, calls, sizeof(calls));
			memcpy(base_mrs, mrs, sizeof(mrs));
			have_base = 1;
		}
	}
	print_calls(var, all);
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
	char name[16];
	uint32_t i;

	questions(recording);
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
	guest_counter(w);
	guest_iidr(w);
}
