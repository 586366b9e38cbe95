/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The questions of the register probe, in its order: what a question finds depends on those before it. */
#include "replay.h"

#include <errno.h>

struct variant {
	const char *name;
	uint32_t features;
	int gic;
	uint32_t caps[4];
};

static const struct variant variants[] = {
	{ "base", 0x4, 0, { 0 } },
	{ "gic", 0x4, 1, { 0 } },
	{ "pmu", 0xc, 1, { 126 } },
	{ "pauth", 0x64, 1, { 171, 172 } },
	{ "sve", 0x14, 1, { 170 } },
	{ "full", 0x7c, 1, { 126, 170, 171, 172 } },
	{ "el1_32", 0x6, 1, { 105 } },
	{ "el2", 0x84, 1, { 240 } },
	{ "el2_e2h0", 0x184, 1, { 241 } },
};
#define NVARIANTS (sizeof(variants) / sizeof(variants[0]))

/* Called between INIT and FINALIZE. */
typedef void before_final(struct world *w, int v, void *arg);

static int gic_make(struct world *w, struct machine *m)
{
	struct cvmm_kvm_create_device d = { .type = 7 };
	uint64_t dist = 0x08000000, redist = 0x080a0000;

	m->where = "create_gic";
	if ((m->err = req(w, m->fd, CVMM_KVM_CREATE_DEVICE, &d)))
		return 1;
	m->gic = (int)d.fd;
	m->where = "gic_dist";
	if ((m->err = attr(w, m->gic, CVMM_KVM_SET_DEVICE_ATTR, 0, 2, &dist)))
		return 1;
	m->where = "gic_redist";
	return (m->err = attr(w, m->gic, CVMM_KVM_SET_DEVICE_ATTR, 0, 3, &redist)) != 0;
}

static int pmu_make(struct world *w, struct machine *m)
{
	int irq = 23, i;

	for (i = 0; i < 2; i++) {
		m->where = "pmu_irq";
		if ((m->err = attr(w, m->v[i], CVMM_KVM_SET_DEVICE_ATTR, 0, 0, &irq)))
			return 1;
		m->where = "pmu_init";
		if ((m->err = attr(w, m->v[i], CVMM_KVM_SET_DEVICE_ATTR, 0, 1, NULL)))
			return 1;
	}
	return 0;
}

static int make(struct world *w, struct machine *m, const struct variant *a, before_final *fn, void *arg)
{
	struct cvmm_arm64_vcpu_init init = { 0 };
	int i, sve = 4;

	memset(m, 0, sizeof(*m));
	m->where = "create_vm";
	m->fd = req_int(w, w->kvm, CVMM_KVM_CREATE_VM, 0);
	if (m->fd < 0)
		return m->err = -m->fd;
	if (a->gic && gic_make(w, m))
		return m->err;
	m->where = "preferred_target";
	if ((m->err = req(w, m->fd, CVMM_KVM_ARM_PREFERRED_TARGET, &init)))
		return m->err;
	for (i = 0; i < 2; i++) {
		m->where = "create_vcpu";
		m->v[i] = req_int(w, m->fd, CVMM_KVM_CREATE_VCPU, (uintptr_t)i);
		if (m->v[i] < 0)
			return m->err = -m->v[i];
	}
	for (i = 0; i < 2; i++) {
		init.features[0] = a->features;
		m->where = "vcpu_init";
		if ((m->err = req(w, m->v[i], CVMM_KVM_ARM_VCPU_INIT, &init)))
			return m->err;
		if (!(a->features & 0x10))
			continue;
		if (fn)
			fn(w, m->v[i], arg);
		m->where = "finalize_sve";
		if ((m->err = req(w, m->v[i], CVMM_KVM_ARM_VCPU_FINALIZE, &sve)))
			return m->err;
	}
	m->where = "gic_init";
	if (a->gic && (m->err = attr(w, m->gic, CVMM_KVM_SET_DEVICE_ATTR, 4, 0, NULL)))
		return m->err;
	if (a->features & 8 && pmu_make(w, m))
		return m->err;
	m->where = "ok";
	return 0;
}

static int offered(struct world *w, const struct variant *a)
{
	int i;

	for (i = 0; i < 4; i++)
		if (a->caps[i] && req_int(w, w->kvm, CVMM_KVM_CHECK_EXTENSION, a->caps[i]) <= 0)
			return 0;
	return 1;
}

static void caps(struct world *w, int fd, const char *what)
{
	uint32_t c;

	for (c = 0; c <= 300; c++) {
		int r = req_int(w, fd, CVMM_KVM_CHECK_EXTENSION, c);

		if (r > 0)
			printf("CAP %s %u %d\n", what, c, r);
	}
}

static const char *hex(const uint8_t *b, uint32_t n)
{
	static char out[2][513];
	static int turn;
	char *p = out[turn ^= 1];
	uint32_t i;

	for (i = 0; i < n; i++)
		sprintf(p + 2 * i, "%02x", b[n - 1 - i]);
	return p;
}

static void regs(struct world *w, const char *name, int v)
{
	static uint64_t ids[R_MAX];
	uint8_t val[256];
	uint32_t n, i, bad = 0;
	int err = list(w, v, ids, &n);

	if (err) {
		printf("REGLIST %s err=%s\n", name, ename(err));
		return;
	}
	printf("REGLIST %s n=%u\n", name, n);
	for (i = 0; i < n; i++) {
		uint32_t size = cvmm_reg_bytes(ids[i]);

		err = get(w, v, ids[i], val);
		printf("REG %s %016llx %u %s %s\n", name, (ull)ids[i], size, ename(err), err ? "-" : hex(val, size));
	}
	for (i = 0; i < n; i++) {
		if (get(w, v, ids[i], val))
			continue;
		err = set(w, v, ids[i], val);
		bad += err != 0;
		if (err)
			printf("SETBACK %s %016llx %s\n", name, (ull)ids[i], ename(err));
	}
	printf("SETBACKSUM %s n=%u failed=%u\n", name, n, bad);
}

static void t_get(struct world *w, const char *what, int v, uint64_t id)
{
	uint64_t x;
	int err = get64(w, v, id, &x);

	printf("T %s GET %016llx -> %s %016llx\n", what, (ull)id, ename(err), (ull)x);
}

static void t_set(struct world *w, const char *what, int v, uint64_t id, uint64_t x)
{
	int err = set64(w, v, id, x);

	printf("T %s SET %016llx = %016llx -> %s\n", what, (ull)id, (ull)x, ename(err));
}

static void scope1(struct world *w, struct machine *m, const char *what, uint64_t id, uint64_t x)
{
	uint64_t a, b, c, d;
	int ea = get64(w, m->v[0], id, &a), eb = get64(w, m->v[1], id, &b), s = set64(w, m->v[0], id, x);
	const char *verdict;

	get64(w, m->v[0], id, &c);
	get64(w, m->v[1], id, &d);
	verdict = s	   ? "set-refused"
		  : x == a ? "no-change-inconclusive"
		  : c != x ? "value-not-stored"
		  : d == x ? "VM-SCOPED"
			   : "per-vCPU";
	printf("SCOPE %s %016llx before v0=%s/%llx v1=%s/%llx  set(v0,%llx)=%s  after v0=%llx v1=%llx  => %s\n", what,
		(ull)id, ename(ea), (ull)a, eb ? "err" : "OK", (ull)b, (ull)x, ename(s), (ull)c, (ull)d, verdict);
}

static const struct {
	const char *name;
	uint64_t id;
} firmware[] = { { "PSCI_VERSION", FW(0) }, { "WA1", FW(1) }, { "WA2", FW(2) }, { "WA3", FW(3) }, { "STD_BMAP", BM(0) },
	{ "STD_HYP_BMAP", BM(1) }, { "VENDOR_HYP_BMAP", BM(2) }, { "VENDOR_HYP_BMAP_2", BM(3) } };

static const struct {
	const char *name;
	uint64_t id;
	int shift;
} fields[] = {
	{ "PFR0.CSV2", SYS(3, 0, 0, 4, 0), 56 },
	{ "PFR0.CSV3", SYS(3, 0, 0, 4, 0), 60 },
	{ "PFR0.RAS", SYS(3, 0, 0, 4, 0), 28 },
	{ "PFR0.DIT", SYS(3, 0, 0, 4, 0), 48 },
	{ "PFR0.FP", SYS(3, 0, 0, 4, 0), 16 },
	{ "PFR0.EL0", SYS(3, 0, 0, 4, 0), 0 },
	{ "PFR0.GIC", SYS(3, 0, 0, 4, 0), 24 },
	{ "PFR1.BT", SYS(3, 0, 0, 4, 1), 0 },
	{ "PFR1.SSBS", SYS(3, 0, 0, 4, 1), 4 },
	{ "ISAR0.AES", SYS(3, 0, 0, 6, 0), 4 },
	{ "ISAR0.ATOMIC", SYS(3, 0, 0, 6, 0), 20 },
	{ "ISAR0.RNDR", SYS(3, 0, 0, 6, 0), 60 },
	{ "ISAR1.DPB", SYS(3, 0, 0, 6, 1), 0 },
	{ "ISAR1.LRCPC", SYS(3, 0, 0, 6, 1), 20 },
	{ "ISAR1.I8MM", SYS(3, 0, 0, 6, 1), 52 },
	{ "ISAR2.WFxT", SYS(3, 0, 0, 6, 2), 0 },
	{ "MMFR0.PARANGE", SYS(3, 0, 0, 7, 0), 0 },
	{ "MMFR0.TGRAN16", SYS(3, 0, 0, 7, 0), 20 },
	{ "MMFR0.ECV", SYS(3, 0, 0, 7, 0), 60 },
	{ "MMFR1.HAFDBS", SYS(3, 0, 0, 7, 1), 0 },
	{ "MMFR1.PAN", SYS(3, 0, 0, 7, 1), 20 },
	{ "MMFR2.VARange", SYS(3, 0, 0, 7, 2), 16 },
	{ "MMFR2.CnP", SYS(3, 0, 0, 7, 2), 0 },
	{ "DFR0.DebugVer", SYS(3, 0, 0, 5, 0), 0 },
	{ "DFR0.BRPs", SYS(3, 0, 0, 5, 0), 12 },
	{ "DFR0.PMUVer", SYS(3, 0, 0, 5, 0), 8 },
	{ "CTR.DminLine", SYS(3, 3, 0, 0, 1), 16 },
	{ "CTR.IDC", SYS(3, 3, 0, 0, 1), 28 },
	{ "CLIDR.LoC", SYS(3, 1, 0, 0, 1), 24 },
	{ "MIDR.Rev", SYS(3, 0, 0, 0, 0), 0 },
	{ "REVIDR", SYS(3, 0, 0, 0, 6), 0 },
	{ "AIDR", SYS(3, 1, 0, 0, 7), 0 },
	{ "MPIDR.Aff0", SYS(3, 0, 0, 0, 5), 8 },
};

static uint64_t nudge(uint64_t x, int shift)
{
	return (x >> shift) & 15 ? x - (UINT64_C(1) << shift) : x + (UINT64_C(1) << shift);
}

/* The probe's guest stores 0x42 to the address in X1 and loops. */
static int run_guest(struct world *w, struct machine *m, const char *what)
{
	static uint8_t page[8192];
	struct cvmm_kvm_memory_region r = { .guest_phys_addr = 0x40000000, .memory_bytes = 4096 };
	const uint8_t *run;
	uint32_t reason, len;
	uint64_t pa;
	int err;

	r.userspace_addr = ((uintptr_t)page + 4095) & ~UINT64_C(4095);
	if ((err = req(w, m->fd, CVMM_KVM_SET_USER_MEMORY_REGION, &r))) {
		printf("T %s memslot %s\n", what, ename(err));
		return -1;
	}
	set64(w, m->v[0], CVMM_ARM64_CORE | CVMM_REG_U64 | 0x40, 0x40000000);
	set64(w, m->v[0], CVMM_ARM64_CORE | CVMM_REG_U64 | 0x02, 0x10000000);
	run = w->be.ops->mmap(w->be.ctx, m->v[0], 4096, &err);
	err = req_int(w, m->v[0], CVMM_KVM_RUN, 0);
	memcpy(&reason, run + 8, 4);
	memcpy(&pa, run + 32, 8);
	memcpy(&len, run + 48, 4);
	printf("T %s KVM_RUN %s exit=%u mmio{pa=%llx len=%u w=%u data=%02x}\n", what, ename(err < 0 ? -err : 0), reason,
		(ull)pa, len, run[52], run[40]);
	if (err == 0)
		printf("T %s exits: 200\n", what);
	return err;
}

static void scope_firmware(struct world *w, struct machine *m)
{
	uint64_t x;
	size_t i;

	for (i = 0; i < 8; i++)
		t_get(w, firmware[i].name, m->v[0], firmware[i].id);
	scope1(w, m, "PSCI_VERSION->0.2", FW(0), 2);
	t_set(w, "PSCI 1.1 via v1", m->v[1], FW(0), 0x10001);
	t_set(w, "PSCI 1.3 via v1", m->v[1], FW(0), 0x10003);
	t_set(w, "PSCI 9.9", m->v[1], FW(0), 0x90009);
	for (i = 4; i < 8; i++) {
		if (get64(w, m->v[0], firmware[i].id, &x))
			continue;
		scope1(w, m, firmware[i].name, firmware[i].id, x & (x - 1));
		t_set(w, "bmap-restore-via-v1", m->v[1], firmware[i].id, x);
		t_set(w, "bmap unknown bit 63", m->v[0], firmware[i].id, x | UINT64_C(1) << 63);
		t_set(w, "bmap all ones", m->v[0], firmware[i].id, UINT64_MAX);
	}
	for (i = 1; i < 4; i++) {
		if (get64(w, m->v[0], firmware[i].id, &x))
			continue;
		scope1(w, m, firmware[i].name, firmware[i].id, 0);
		t_set(w, "wa restore", m->v[0], firmware[i].id, x);
		t_set(w, "wa=1", m->v[0], firmware[i].id, 1);
		t_set(w, "wa=2", m->v[0], firmware[i].id, 2);
		t_set(w, "wa=3", m->v[0], firmware[i].id, 3);
	}
}

static void scope_fields(struct world *w, struct machine *m)
{
	char name[64];
	uint64_t x;
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		uint64_t id = fields[i].id, y;
		int err = get64(w, m->v[0], id, &x);

		if (err) {
			printf("SCOPE %s GET %s\n", fields[i].name, ename(err));
			continue;
		}
		y = nudge(x, fields[i].shift);
		snprintf(name, sizeof(name), "%s %llx->%llx", fields[i].name, (ull)(x >> fields[i].shift & 15),
			(ull)(y >> fields[i].shift & 15));
		scope1(w, m, name, id, y);
		if ((err = set64(w, m->v[0], id, x)))
			printf("SCOPE %s restore-old %s\n", fields[i].name, ename(err));
	}
}

static void unknown_ids(struct world *w, struct machine *m)
{
	t_set(w, "unknown FW reg 0x1f", m->v[0], FW(0x1f), 0);
	t_set(w, "unknown BMAP reg 0x1f", m->v[0], BM(0x1f), 0);
	t_set(w, "unknown sysreg 3,7,15,15,7", m->v[0], SYS(3, 7, 15, 15, 7), 0);
	t_set(w, "unalloc ID reg 3,0,0,7,7", m->v[0], SYS(3, 0, 0, 7, 7), 0);
	t_set(w, "unalloc ID reg nonzero", m->v[0], SYS(3, 0, 0, 7, 7), 1);
	t_set(w, "unknown coproc 0x30", m->v[0], UINT64_C(0x6030000000300000), 0);
	t_set(w, "SVE VLS w/o SVE", m->v[0], VLS, 0);
	t_get(w, "unknown FW reg 0x1f", m->v[0], FW(0x1f));
	t_get(w, "unknown BMAP 0x1f", m->v[0], BM(0x1f));
}

static void after_run(struct world *w, struct machine *m)
{
	static const size_t some[] = { 0, 16, 26 };
	char name[80];
	uint64_t x;
	size_t i;

	for (i = 0; i < 8; i++) {
		const char *n = i == 0 || i >= 4 ? "C" : "";

		if (get64(w, m->v[0], firmware[i].id, &x))
			continue;
		snprintf(name, sizeof(name), "after-run same v0 %s", firmware[i].name);
		t_set(w, name, m->v[0], firmware[i].id, x);
		snprintf(name, sizeof(name), "after-run same v1(not run) %s", firmware[i].name);
		t_set(w, name, m->v[1], firmware[i].id, x);
		if (!*n)
			continue;
		snprintf(name, sizeof(name), "after-run CHANGED v0 %s", firmware[i].name);
		t_set(w, name, m->v[0], firmware[i].id, i ? x & (x - 1) : 2);
		snprintf(name, sizeof(name), "after-run CHANGED v1 %s", firmware[i].name);
		t_set(w, name, m->v[1], firmware[i].id, i ? x & (x - 1) : 2);
	}
	for (i = 0; i < 3; i++) {
		const char *n = i == 2 ? "CTR" : fields[some[i]].name;
		uint64_t id = fields[some[i]].id;

		if (get64(w, m->v[0], id, &x))
			continue;
		snprintf(name, sizeof(name), "after-run same v0 %s", n);
		t_set(w, name, m->v[0], id, x);
		snprintf(name, sizeof(name), "after-run CHANGED v0 %s", n);
		t_set(w, name, m->v[0], id, nudge(x, fields[some[i]].shift));
		snprintf(name, sizeof(name), "after-run CHANGED v1 %s", n);
		t_set(w, name, m->v[1], id, nudge(x, fields[some[i]].shift));
	}
}

static void writable_masks(struct world *w, struct machine *m)
{
	static uint64_t masks[CVMM_ARM64_MASKS];
	struct cvmm_arm64_reg_mask_range r = { .addr = (uintptr_t)masks };
	int err = req(w, m->fd, CVMM_KVM_ARM_GET_REG_WRITABLE_MASKS, &r);
	uint32_t i;

	printf("WRMASK err=%s\n", ename(err));
	for (i = 0; !err && i < CVMM_ARM64_MASKS; i++)
		if (masks[i])
			printf("WRMASK %016llx %016llx\n",
				(ull)SYS(3, i >> 6 == 2 ? 3 : i >> 6, 0, (i >> 3) & 7, i & 7), (ull)masks[i]);
}

static void scope(struct world *w)
{
	struct machine m;

	if (make(w, &m, &variants[1], NULL, NULL)) {
		printf("SCOPE vm err %s %s\n", m.where, ename(m.err));
	} else {
		scope_firmware(w, &m);
		scope_fields(w, &m);
		unknown_ids(w, &m);
		if (!run_guest(w, &m, "guest"))
			after_run(w, &m);
		writable_masks(w, &m);
	}
	drop(w, &m);
}

static void vendor_bitmap(struct world *w)
{
	struct machine m;
	char name[32];
	uint64_t x;

	if (!make(w, &m, &variants[1], NULL, NULL)) {
		for (x = 1; x <= 4; x++) {
			snprintf(name, sizeof(name), "VHB2=%llu", (ull)x);
			scope1(w, &m, name, BM(3), x);
		}
		t_set(w, "VHB2=3", m.v[0], BM(3), 3);
		if (!run_guest(w, &m, "g2")) {
			t_set(w, "after-run VHB2 same(3) v0", m.v[0], BM(3), 3);
			t_set(w, "after-run VHB2=1 v0", m.v[0], BM(3), 1);
			t_set(w, "after-run VHB2=0 v1", m.v[0], BM(3), 0);
			t_set(w, "after-run STD_BMAP=0", m.v[0], BM(0), 0);
			t_set(w, "after-run PSCI=0.2", m.v[0], FW(0), 2);
			t_set(w, "after-run PSCI=1.0", m.v[0], FW(0), 0x10000);
			t_get(w, "after-run PSCI v1", m.v[1], FW(0));
		}
	}
	drop(w, &m);
}

static void before_init(struct world *w)
{
	static const struct {
		const char *what;
		uint32_t features;
	} inits[] = { { "with different features (EL1_32)", 4 | 2 }, { "with different features (PMU)", 4 | 8 },
		{ "same", 4 }, { "unknown feature bit 20", 4 | 1u << 20 } };
	static const uint64_t imp[] = { SYS(3, 0, 0, 0, 0), SYS(3, 0, 0, 0, 6), SYS(3, 1, 0, 0, 7) };
	static const char *const names[] = { "cap239 MIDR", "cap239 REVIDR", "cap239 AIDR" };
	struct cvmm_kvm_enable_cap cap = { .cap = 239 };
	struct cvmm_arm64_vcpu_init init = { .target = 5, .features = { 4 } };
	struct machine m = { 0 };
	uint64_t n = 0, x;
	size_t i;

	m.fd = req_int(w, w->kvm, CVMM_KVM_CREATE_VM, 0);
	printf("T enable_cap 239 %s\n", ename(req(w, m.fd, CVMM_KVM_ENABLE_CAP, &cap)));
	m.v[0] = req_int(w, m.fd, CVMM_KVM_CREATE_VCPU, 0);
	m.v[1] = req_int(w, m.fd, CVMM_KVM_CREATE_VCPU, 1);
	t_get(w, "before-VCPU_INIT PSCI", m.v[0], FW(0));
	t_get(w, "before-VCPU_INIT PFR0", m.v[0], SYS(3, 0, 0, 4, 0));
	printf("T before-init REG_LIST %s\n", ename(req(w, m.v[0], CVMM_KVM_GET_REG_LIST, &n)));
	req(w, m.v[0], CVMM_KVM_ARM_VCPU_INIT, &init);
	for (i = 0; i < 4; i++) {
		init.features[0] = inits[i].features;
		printf("T VCPU_INIT v1 %s %s\n", inits[i].what, ename(req(w, m.v[1], CVMM_KVM_ARM_VCPU_INIT, &init)));
	}
	for (i = 0; i < 3; i++) {
		get64(w, m.v[0], imp[i], &x);
		scope1(w, &m, names[i], imp[i], x + 1);
	}
	drop(w, &m);
}

static void id_lower(struct world *w)
{
	struct machine m;
	uint32_t crm, op2;
	int shift;

	make(w, &m, &variants[1], NULL, NULL);
	for (crm = 0; crm < 8; crm++)
		for (op2 = 0; op2 < 8; op2++) {
			uint64_t id = SYS(3, 0, 0, crm, op2), x, ok = 0, some = 0;

			if (get64(w, m.v[0], id, &x))
				continue;
			for (shift = 0; shift < 64; shift += 4) {
				if (!(x >> shift & 15))
					continue;
				some |= UINT64_C(15) << shift;
				if (set64(w, m.v[0], id, x - (UINT64_C(1) << shift)))
					continue;
				ok |= UINT64_C(15) << shift;
				set64(w, m.v[0], id, x);
			}
			if (some)
				printf("IDLOWER %016llx val=%016llx nonzero=%016llx lowerable=%016llx\n", (ull)id,
					(ull)x, (ull)some, (ull)ok);
		}
	drop(w, &m);
}

/* ---- restores of other kernels' recordings ---- */

struct saved {
	uint64_t id;
	uint32_t size;
	uint8_t val[256];
};

static struct saved saved[R_MAX];

static uint32_t load(const char *path, const char *variant)
{
	static char line[2048], hx[1024];
	char kind[16], name[32], err[24];
	FILE *f = fopen(path, "r");
	uint32_t n = 0, k;
	ull id;
	int size;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%15s %31s %llx %d %23s %1000s", kind, name, &id, &size, err, hx) != 6 ||
			strcmp(kind, "REG") || strcmp(name, variant) || strcmp(err, "OK") || n == R_MAX)
			continue;
		saved[n].id = id;
		saved[n].size = (uint32_t)size;
		memset(saved[n].val, 0, 256);
		for (k = 0; k < saved[n].size && k < 256; k++) {
			unsigned x = 0;

			sscanf(hx + 2 * (saved[n].size - 1 - k), "%2x", &x);
			saved[n].val[k] = (uint8_t)x;
		}
		n++;
	}
	if (f)
		fclose(f);
	return n;
}

struct vls {
	const char *ref, *variant;
	uint32_t n;
};

static void restore_vls(struct world *w, int v, void *arg)
{
	const struct vls *s = arg;
	uint32_t i;

	for (i = 0; i < s->n; i++)
		if (saved[i].id == VLS)
			printf("RESTORE /refs/%s %s SVE_VLS-before-finalize %s\n", s->ref, s->variant,
				ename(set(w, v, VLS, saved[i].val)));
}

static int listed(const uint64_t *ids, uint32_t n, uint64_t id)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (ids[i] == id)
			return 1;
	return 0;
}

static void restore_variant(struct world *w, const char *ref, const char *path, const struct variant *a)
{
	static uint64_t ids[R_MAX];
	struct vls s = { ref, a->name, load(path, a->name) };
	uint32_t n, i, total = 0, fail = 0, diff = 0, wide;
	struct machine m;
	uint8_t now[256];

	if (!s.n)
		return;
	if (!offered(w, a)) {
		printf("RESTORE /refs/%s %s variant-not-supported-here\n", ref, a->name);
		return;
	}
	if (make(w, &m, a, restore_vls, &s)) {
		printf("RESTORE /refs/%s %s vm %s %s\n", ref, a->name, m.where, ename(m.err));
		drop(w, &m);
		return;
	}
	list(w, m.v[0], ids, &n);
	for (i = 0; i < s.n; i++) {
		int err, g;

		if (saved[i].id == VLS)
			continue;
		total++;
		err = set(w, m.v[0], saved[i].id, saved[i].val);
		if (!err)
			continue;
		fail++;
		g = get(w, m.v[0], saved[i].id, now);
		wide = saved[i].size > 16 ? 16 : saved[i].size;
		printf("RESTORE /refs/%s %s FAIL %016llx %s want=%s cur=%s/%s listed=%d\n", ref, a->name,
			(ull)saved[i].id, ename(err), hex(saved[i].val, wide), g ? "err" : "ok", hex(now, wide),
			listed(ids, n, saved[i].id));
	}
	for (i = 0; i < s.n; i++) {
		if (saved[i].id == VLS || get(w, m.v[0], saved[i].id, now) || !memcmp(saved[i].val, now, saved[i].size))
			continue;
		diff++;
		wide = saved[i].size > 16 ? 16 : saved[i].size;
		printf("RESTORE /refs/%s %s DIFF %016llx wrote=%s read=%s\n", ref, a->name, (ull)saved[i].id,
			hex(saved[i].val, wide), hex(now, wide));
	}
	printf("RESTORESUM /refs/%s %s regs=%u setfail=%u readdiff=%u\n", ref, a->name, total, fail, diff);
	drop(w, &m);
}

void probe(struct world *w, const char *dir, int nrefs, char **refs)
{
	struct cvmm_arm64_vcpu_init init = { 0 };
	struct machine m = { 0 };
	char path[4096];
	size_t k;
	int i;

	printf("API_VERSION %d\n", req_int(w, w->kvm, CVMM_KVM_GET_API_VERSION, 0));
	caps(w, w->kvm, "sys");
	m.fd = req_int(w, w->kvm, CVMM_KVM_CREATE_VM, 0);
	printf("CREATE_VM %s\n", m.fd < 0 ? ename(-m.fd) : "OK");
	caps(w, m.fd, "vm");
	printf("PREFERRED_TARGET %s", ename(req(w, m.fd, CVMM_KVM_ARM_PREFERRED_TARGET, &init)));
	printf(" target=%u feat0=%x\n", init.target, init.features[0]);
	drop(w, &m);
	for (k = 0; k < NVARIANTS; k++) {
		const struct variant *a = &variants[k];
		uint8_t val[256];

		make(w, &m, a, NULL, NULL);
		printf("VARIANT %s feat=%x caps=%s -> %s %s\n", a->name, a->features, offered(w, a) ? "yes" : "no",
			m.where, ename(m.err));
		if (!m.err && a->features & 0x10) {
			int err = get(w, m.v[0], VLS, val);

			printf("SVEVLS %s %02x%02x\n", ename(err), val[1], val[0]);
		}
		if (!m.err)
			regs(w, a->name, m.v[0]);
		drop(w, &m);
	}
	scope(w);
	vendor_bitmap(w);
	before_init(w);
	id_lower(w);
	for (i = 0; i < nrefs; i++) {
		char *name = strchr(refs[i], ':');

		if (name)
			*name++ = 0;
		snprintf(path, sizeof(path), "%s/arm64-%s.txt", dir, refs[i]);
		for (k = 0; k < NVARIANTS; k++)
			if (!name || !strcmp(name, variants[k].name))
				restore_variant(w, refs[i], path, &variants[k]);
	}
}
