/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The register probe's questions about scopes and windows: who sees a write, until when it is taken. */
#include "replay.h"

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

	if (probe_make(w, &m, &probe_variants[1], NULL, NULL)) {
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

	if (!probe_make(w, &m, &probe_variants[1], NULL, NULL)) {
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

	probe_make(w, &m, &probe_variants[1], NULL, NULL);
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

void probe_scopes(struct world *w)
{
	scope(w);
	vendor_bitmap(w);
	before_init(w);
	id_lower(w);
}
