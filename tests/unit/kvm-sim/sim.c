/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "common.h"

#define N1 "6.12.117-neoverse-n1"
#define X0 (CVMM_ARM64_CORE | CVMM_REG_U64)

static const struct cvmm_sim_config plain;

/* Release parts as numbers, then the CPU. */
static int later(const char *a, const char *b)
{
	unsigned p[2][3] = { { 0 } };

	sscanf(a, "%u.%u.%u", &p[0][0], &p[0][1], &p[0][2]);
	sscanf(b, "%u.%u.%u", &p[1][0], &p[1][1], &p[1][2]);
	for (int i = 0; i < 3; i++)
		if (p[0][i] != p[1][i])
			return p[0][i] < p[1][i];
	return strcmp(a, b) < 0;
}

Test(kvm_sim, profiles_are_built_in)
{
	uint32_t i, n = cvmm_sim_profile_count();
	size_t len = 77;

	cr_assert_eq(n, 45u);
	for (i = 0; i + 1 < n; i++)
		cr_assert(
			later(cvmm_sim_profile_name(i), cvmm_sim_profile_name(i + 1)), "%s", cvmm_sim_profile_name(i));
	cr_assert_null(cvmm_sim_profile_name(n));
	cr_assert_null(cvmm_sim_profile_text(n, &len));
	cr_assert_eq(len, 77u);
}

Test(kvm_sim, storage_is_checked_and_not_exceeded)
{
	struct host h;
	struct cvmm_backend be;
	struct cvmm_error e;
	uint8_t *p;
	int vm, v;

	host_make(&h, N1, plain);
	p = storage(h.bytes + 4096);
	memset(p, 0x5a, h.bytes + 4096);
	cr_assert_eq(cvmm_sim_init(&h.cfg, p + 8, h.bytes, &be, &e), -EINVAL);
	cr_assert_eq(e.reason, CVMM_REASON_SIM_STORE);
	cr_assert_eq(cvmm_sim_init(&h.cfg, p, h.bytes - 1, &be, &e), -E2BIG);
	cr_assert_eq(e.other, h.bytes);
	cr_assert_eq(p[0], 0x5a, "a failed init touches nothing");
	cr_assert_eq(cvmm_sim_init(&h.cfg, p, h.bytes, &be, &e), 0);
	vm = call_int(&be, be.ops->open(be.ctx), CVMM_KVM_CREATE_VM, 0);
	for (int i = 0; i < 8; i++) {
		v = call_int(&be, vm, CVMM_KVM_CREATE_VCPU, (uintptr_t)i);
		cr_assert_geq(v, 0);
		cr_assert_eq(init(&be, v, 0xc), 0);
		memset(be.ops->mmap(be.ctx, v, CVMM_SIM_RUN_BYTES, NULL), 0x11, CVMM_SIM_RUN_BYTES);
	}
	for (size_t i = 0; i < 4096; i++)
		cr_assert_eq(p[h.bytes + i], 0x5a);
	cr_assert_eq(call_int(&be, vm, CVMM_KVM_CREATE_VCPU, 8), -ENOMEM);
	free(p);
	host_free(&h);
}

Test(kvm_sim, configurations_that_make_no_sense)
{
	struct host h;
	struct cvmm_sim_config bad[6];
	struct cvmm_profile none, foreign;
	struct cvmm_error e;
	size_t n = 1;

	host_make(&h, N1, plain);
	none = foreign = h.profile;
	none.nvariants = 0;
	foreign.arch = CVMM_ARCH_NONE;
	for (int i = 0; i < 6; i++)
		bad[i] = h.cfg;
	bad[0].size = 8;
	bad[1].profile = NULL;
	bad[2].proposals = 0x80;
	bad[3].max_vcpus = 5000;
	bad[4].zero[1] = 1;
	bad[5].profile = &none;
	for (int i = 0; i < 6; i++) {
		cr_assert_eq(cvmm_sim_need(&bad[i], &n, &e), -EINVAL, "%d", i);
		cr_assert_eq(e.reason, CVMM_REASON_SIM_CONFIG, "%d", i);
	}
	h.cfg.profile = &foreign;
	cr_assert_eq(cvmm_sim_need(&h.cfg, &n, &e), -EINVAL);
	cr_assert_eq(e.reason, CVMM_REASON_WRONG_ARCH);
	cr_assert_eq(n, 1u);
	host_free(&h);
}

Test(kvm_sim, a_vcpu_is_small)
{
	struct cvmm_sim_config few = { .max_vcpus = 8, .max_sve = 1 }, many = { .max_vcpus = 108, .max_sve = 1 };
	static const char *const names[] = { N1, "7.3.4-max" };
	struct host a, b;

	for (int i = 0; i < 2; i++) {
		host_make(&a, names[i], few);
		host_make(&b, names[i], many);
		cr_assert_leq((b.bytes - a.bytes) / 100, 16384u, "%s", names[i]);
		host_free(&a);
		host_free(&b);
	}
}

Test(kvm_sim, sve_blocks_run_out_and_come_back)
{
	struct cvmm_sim_config cfg = { .max_vcpus = 4, .max_sve = 2, .max_vms = 2 };
	struct host h;
	int kvm, vm, v[3];

	host_make(&h, "7.3.4-max", cfg);
	kvm = h.be.ops->open(h.be.ctx);
	for (int round = 0; round < 2; round++) {
		vm = call_int(&h.be, kvm, CVMM_KVM_CREATE_VM, 0);
		cr_assert_geq(vm, 0);
		for (int i = 0; i < 3; i++)
			v[i] = call_int(&h.be, vm, CVMM_KVM_CREATE_VCPU, (uintptr_t)i);
		cr_assert_eq(init(&h.be, v[0], 0x14), 0);
		cr_assert_eq(init(&h.be, v[0], 0x14), 0, "again takes no second block");
		cr_assert_eq(init(&h.be, v[1], 0x14), 0);
		cr_assert_eq(init(&h.be, v[2], 0x14), -ENOMEM);
		for (int i = 0; i < 3; i++)
			h.be.ops->close(h.be.ctx, v[i]);
		h.be.ops->close(h.be.ctx, vm);
	}
	host_free(&h);
}

Test(kvm_sim, fds_live_and_die)
{
	struct cvmm_sim_config cfg = { .max_vms = 1, .max_vcpus = 2, .max_opens = 2 };
	struct host h;
	int kvm, two, vm, v;
	uint64_t x;

	host_make(&h, N1, cfg);
	kvm = h.be.ops->open(h.be.ctx);
	two = h.be.ops->open(h.be.ctx);
	cr_assert_geq(kvm, CVMM_SIM_FD_BASE);
	cr_assert_eq(h.be.ops->open(h.be.ctx), -EMFILE);
	cr_assert_eq(h.be.ops->close(h.be.ctx, two), 0);
	cr_assert_eq(h.be.ops->close(h.be.ctx, two), -EBADF);
	cr_assert_eq(h.be.ops->close(h.be.ctx, 0), -EBADF);
	cr_assert_eq(call_int(&h.be, two, CVMM_KVM_GET_API_VERSION, 0), -EBADF);
	cr_assert_eq(call_int(&h.be, -1, CVMM_KVM_GET_API_VERSION, 0), -EBADF);
	vm = call_int(&h.be, kvm, CVMM_KVM_CREATE_VM, 0);
	v = call_int(&h.be, vm, CVMM_KVM_CREATE_VCPU, 0);
	cr_assert_eq(init(&h.be, v, 4), 0);
	cr_assert_eq(h.be.ops->close(h.be.ctx, vm), 0);
	cr_assert_eq(get(&h.be, v, X0, &x), 0, "the vCPU's fd keeps the VM");
	cr_assert_eq(call_int(&h.be, kvm, CVMM_KVM_CREATE_VM, 0), -ENOMEM);
	cr_assert_eq(h.be.ops->close(h.be.ctx, v), 0);
	cr_assert_geq(call_int(&h.be, kvm, CVMM_KVM_CREATE_VM, 0), 0);
	host_free(&h);
}

Test(kvm_sim, clone_and_rewind)
{
	struct host h;
	struct cvmm_backend copy;
	struct cvmm_error e;
	void *store;
	uint64_t x;
	int vm, v;

	host_make(&h, N1, plain);
	vm = call_int(&h.be, h.be.ops->open(h.be.ctx), CVMM_KVM_CREATE_VM, 0);
	v = call_int(&h.be, vm, CVMM_KVM_CREATE_VCPU, 0);
	cr_assert_eq(init(&h.be, v, 4), 0);
	cr_assert_eq(set(&h.be, v, X0, 1), 0);
	store = storage(h.bytes);
	cr_assert_eq(cvmm_sim_clone(&h.be, store, h.bytes - 1, &copy, &e), -E2BIG);
	cr_assert_eq(cvmm_sim_clone(&h.be, store, h.bytes, &copy, &e), 0);
	cr_assert_eq(set(&copy, v, X0, 2), 0);
	cr_assert_eq(call_int(&copy, v, CVMM_KVM_RUN, 0), 0);
	cr_assert_eq(set(&copy, v, CVMM_ARM64_STD_BMAP, 0), -EBUSY);
	cr_assert_eq(get(&h.be, v, X0, &x), 0);
	cr_assert_eq(x, 1u, "the original is another machine");
	cr_assert_eq(cvmm_sim_rewind(&copy, &h.be), 0);
	cr_assert_eq(get(&copy, v, X0, &x), 0);
	cr_assert_eq(x, 1u);
	cr_assert_eq(set(&copy, v, CVMM_ARM64_STD_BMAP, 0), 0);
	cr_assert_eq(cvmm_sim_rewind(&copy, cvmm_backend_dev()), -EINVAL);
	free(store);
	host_free(&h);
}

Test(kvm_sim, calls_are_counted)
{
	struct host h;
	uint64_t n[CVMM_SIM_NCOUNTS], x;
	int vm, v;

	host_make(&h, N1, plain);
	vm = call_int(&h.be, h.be.ops->open(h.be.ctx), CVMM_KVM_CREATE_VM, 0);
	v = call_int(&h.be, vm, CVMM_KVM_CREATE_VCPU, 0);
	init(&h.be, v, 4);
	get(&h.be, v, X0, &x);
	get(&h.be, v, 0, &x);
	set(&h.be, v, X0, 1);
	set(&h.be, v, CVMM_ARM64_STD_BMAP, 0);
	cr_assert_eq(cvmm_sim_counts(&h.be, n), 0);
	cr_assert_eq(n[CVMM_SIM_COUNT_GET_ONE_REG], 2u);
	cr_assert_eq(n[CVMM_SIM_COUNT_SET_ONE_REG], 2u);
	cr_assert_eq(n[CVMM_SIM_COUNT_VM_LOCK], 2u, "INIT and the one register that is the VM's");
	h.be.ops->close(h.be.ctx, v);
	h.be.ops->close(h.be.ctx, vm);
	cr_assert_eq(cvmm_sim_counts(&h.be, n), 0);
	cr_assert_eq(n[CVMM_SIM_COUNT_SET_ONE_REG], 2u, "counts outlive the VM");
	cr_assert_str_eq(cvmm_sim_count_name(CVMM_SIM_COUNT_VM_LOCK), "vm-lock");
	cr_assert_null(cvmm_sim_count_name(CVMM_SIM_NCOUNTS));
	cr_assert_eq(cvmm_sim_counts(cvmm_backend_dev(), n), -EINVAL);
	host_free(&h);
}

/* Every set of offered features: measured ones have the measured list, others a list that contains the base's. */
Test(kvm_sim, feature_sets_that_nobody_measured)
{
	static uint64_t list[4097];
	struct cvmm_sim_config cfg = { .max_vms = 1, .max_vcpus = 1 };
	struct host h;
	uint32_t f, sets = 0;
	int kvm, vm, v, sve = 4;

	host_make(&h, "7.3.4-max", cfg);
	kvm = h.be.ops->open(h.be.ctx);
	for (f = 0; f < 0x80; f += 2) {
		int expect = (f & 0x60) == 0 || (f & 0x60) == 0x60;
		const struct cvmm_variant *known = cvmm_profile_variant(&h.profile, f);
		uint32_t n = 257 + (f & 8 ? 75u : 0) + (f & 0x10 ? 19u : 0) + (f & 0x20 ? 10u : 0);

		vm = call_int(&h.be, kvm, CVMM_KVM_CREATE_VM, 0);
		v = call_int(&h.be, vm, CVMM_KVM_CREATE_VCPU, 0);
		cr_assert_eq(init(&h.be, v, f), expect ? 0 : -EINVAL, "%x", f);
		if (expect) {
			if (f & 0x10)
				cr_assert_eq(call(&h.be, v, CVMM_KVM_ARM_VCPU_FINALIZE, &sve), 0);
			list[0] = 4096;
			cr_assert_eq(call(&h.be, v, CVMM_KVM_GET_REG_LIST, list), 0);
			cr_assert_eq(list[0], known ? known->regs.n : n, "%x: %u", f, (unsigned)list[0]);
			sets++;
		}
		h.be.ops->close(h.be.ctx, v);
		h.be.ops->close(h.be.ctx, vm);
	}
	cr_assert_eq(sets, 32u);
	host_free(&h);
}

/* From a profile that is not built in. */
static void file_make(struct host *h, const char *file)
{
	char path[512], *text = storage(1 << 20);
	struct cvmm_sim_config cfg = { .size = sizeof(cfg) };
	size_t len, need;
	FILE *f;

	snprintf(path, sizeof(path), "%s/kvm-sim/profiles/%s", CVMM_SOURCE_DIR, file);
	f = fopen(path, "r");
	cr_assert_not_null(f, "%s", path);
	len = fread(text, 1, 1 << 20, f);
	fclose(f);
	cr_assert_eq(cvmm_profile_need(text, len, &need, NULL), 0);
	h->facts = storage(need);
	cr_assert_eq(cvmm_profile_parse(text, len, h->facts, need, &h->profile, NULL), 0);
	cfg.profile = &h->profile;
	cr_assert_eq(cvmm_sim_need(&cfg, &h->bytes, NULL), 0);
	h->store = storage(h->bytes);
	cr_assert_eq(cvmm_sim_init(&cfg, h->store, h->bytes, &h->be, NULL), 0);
	free(text);
}

static uint64_t seed;

static uint64_t dice(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	return seed ^= seed << 17;
}

/* Any number, any argument: no crash (sanitizers watch), no hang, the store is not left. */
static void storm(const char *name, uint64_t start)
{
	static const unsigned long reqs[] = { CVMM_KVM_CREATE_VM, CVMM_KVM_CREATE_VCPU, CVMM_KVM_SET_USER_MEMORY_REGION,
		CVMM_KVM_ENABLE_CAP, CVMM_KVM_CREATE_DEVICE, CVMM_KVM_RUN, CVMM_KVM_GET_MP_STATE, CVMM_KVM_SET_MP_STATE,
		CVMM_KVM_GET_ONE_REG, CVMM_KVM_SET_ONE_REG, CVMM_KVM_GET_REG_LIST, CVMM_KVM_SET_DEVICE_ATTR,
		CVMM_KVM_GET_DEVICE_ATTR, CVMM_KVM_HAS_DEVICE_ATTR, CVMM_KVM_ARM_VCPU_INIT,
		CVMM_KVM_ARM_PREFERRED_TARGET, CVMM_KVM_ARM_SET_COUNTER_OFFSET, CVMM_KVM_ARM_GET_REG_WRITABLE_MASKS,
		CVMM_KVM_ARM_VCPU_FINALIZE, CVMM_KVM_ARM_GET_VCPU_EVENTS, CVMM_KVM_ARM_SET_VCPU_EVENTS,
		CVMM_KVM_CHECK_EXTENSION, 0xae60,
		/* x86_64: registers, MSRs, CPUID, interrupt controllers, clock */
		0x8090ae81, 0x4090ae82, 0x8138ae83, 0x4138ae84, 0x8140aecc, 0x4140aecd, 0x81a0ae8c, 0x41a0ae8d,
		0x8400ae8e, 0x4400ae8f, 0xc008ae88, 0x4008ae89, 0x4008ae8a, 0x4008ae90, 0xc008ae91, 0xc008ae05,
		0xc004ae02, 0xc004ae0a, 0x9000aea4, 0x5000aea5, 0x8188aea6, 0x4188aea7, 0x8080aea1, 0x4080aea2,
		0x8040ae9f, 0x4040aea0, 0xc208ae62, 0x8208ae63, 0x4040ae77, 0x8070ae9f, 0x4070aea0, 0x4030ae7b,
		0x8030ae7c, 0x4008ae6a, 0x4188aec6, 0x4020aeb2, 0x4020ae76, 0x4040ae79, 0xc018ae85, 0x4008ae9c,
		0x4008ae93, 0xc040aed4 };
	const uint64_t n = sizeof(reqs) / sizeof(reqs[0]);
	struct cvmm_sim_config cfg = { .max_vms = 2, .max_vcpus = 3, .proposals = 7 };
	static uint64_t buf[8192], inner[512];
	struct host h;
	int i, w;

	if (strchr(name, '/'))
		file_make(&h, name);
	else
		host_make(&h, name, cfg);
	seed = start;
	for (i = 0; i < 100000; i++) {
		int fd = CVMM_SIM_FD_BASE + (int)(dice() % 20);
		uint64_t r = dice();

		if (i % 512 == 0)
			h.be.ops->open(h.be.ctx);
		if (r % 1024 == 0)
			h.be.ops->close(h.be.ctx, fd);
		for (w = 0; w < 16; w++) {
			uint64_t k = dice();

			buf[w] = k % 4 == 0   ? (uintptr_t)inner
				 : k % 4 == 1 ? dice() % 64
				 : k % 4 == 2 ? CVMM_ARM64_SYSREG | (dice() & 0xfffff)
					      : dice();
		}
		inner[0] = dice() % 3 ? dice() % 64 : dice();
		/* The second word of most arguments is an address. */
		buf[1] = r % 7 ? (uintptr_t)inner : 0;
		buf[2] = r % 7 ? (uintptr_t)inner : dice() % 4096;
		if (reqs[r % n] == CVMM_KVM_GET_REG_LIST)
			buf[0] = 8000;
		if (reqs[r % n] == CVMM_KVM_ARM_GET_REG_WRITABLE_MASKS)
			buf[0] = (uintptr_t)inner;
		(void)call_int(&h.be, fd, r % 29 ? reqs[r % n] : r >> 20, r % 5 ? (uintptr_t)buf : dice() % 64);
	}
	host_free(&h);
}

Test(kvm_sim, nothing_crashes_it)
{
	storm("7.3.4-max", 0x9e3779b97f4a7c15);
	storm("5.10.223-cortex-a72", 1234567);
	storm("riscv64/7.2.13-max.profile", 99);
	storm("x86_64/6.18.44-kvm_pvm.profile", 4711);
}

/* ---- riscv64 ---- */

#define RV(type, n) (UINT64_C(0x8030000000000000) | (uint64_t)(type) << 24 | (n))

Test(kvm_sim, riscv64)
{
	static const struct {
		uint64_t id, val;
		int before, after; /* the vCPU ran */
	} rows[] = {
		{ RV(1, 0), 0x20112d, 0, 0 },		   /* isa, the same */
		{ RV(1, 0), 0x20112c, 0, -EBUSY },	   /* a letter that stays */
		{ RV(1, 0), 0x2020112d, -EINVAL, -EBUSY }, /* beyond the letters */
		{ RV(1, 1), 0, 0, 0 },			   /* block size: 0 or the host's */
		{ RV(1, 1), 0x80, -EINVAL, -EINVAL },
		{ RV(1, 2), 7, 0, 0 },		   /* mvendorid: the second time it is what it is */
		{ RV(1, 6), 9, -EINVAL, -EINVAL }, /* satp mode */
		{ RV(4, 0), 5, -EINVAL, -EINVAL }, /* frequency */
		{ RV(4, 1), 5, 0, 0 },
		{ RV(4, 3), 0, -EINVAL, -EINVAL },
		{ RV(7, 3), 1, 0, 0 },		     /* an extension as it is */
		{ RV(7, 0x13), 0, -EINVAL, -EBUSY }, /* one that cannot be switched */
		{ RV(8, 0), 1, 0, -EBUSY },	     /* SBI: even the same value */
		{ RV(8, 0), 2, -EINVAL, -EBUSY },
		{ RV(9, 4), 1, -EINVAL, -EINVAL },	     /* vlenb */
		{ RV(8, 0x10000), ~UINT64_C(0), 0, -EBUSY }, /* all SBI extensions at once */
		{ RV(7, 0x10000), ~UINT64_C(0), 0, 0 },	     /* what cannot be is passed over */
		{ RV(7, 0x20000), 0, 0, 0 },
		{ UINT64_C(0x8020000007000003), 0, -EINVAL, -EINVAL },
		{ UINT64_C(0x8030000005000003), 0, -EINVAL, -EINVAL },
		{ RV(0xb, 0), 0, -ENOENT, -ENOENT },
		{ RV(2, 0x21), 0, -ENOENT, -ENOENT },
	};
	struct host h;
	uint64_t x = 0, list[4097];
	int vm, v[2];

	file_make(&h, "riscv64/7.2.13-max.profile");
	vm = call_int(&h.be, h.be.ops->open(h.be.ctx), CVMM_KVM_CREATE_VM, 0);
	for (int i = 0; i < 2; i++)
		v[i] = call_int(&h.be, vm, CVMM_KVM_CREATE_VCPU, (uintptr_t)i);
	cr_assert_eq(init(&h.be, v[0], 4), -EINVAL, "there is no init stage");
	cr_assert_eq(call(&h.be, v[1], CVMM_KVM_GET_MP_STATE, &x), 0);
	cr_assert_eq((uint32_t)x, CVMM_MP_STATE_STOPPED);
	cr_assert_eq(get(&h.be, v[0], RV(1, 0), &x), 0);
	cr_assert_eq(x, 0x20112du);
	for (int ran = 0; ran < 2; ran++) {
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			cr_assert_eq(set(&h.be, v[0], rows[i].id, rows[i].val), ran ? rows[i].after : rows[i].before,
				"%llx = %llx", (unsigned long long)rows[i].id, (unsigned long long)rows[i].val);
		cr_assert_eq(call_int(&h.be, v[0], CVMM_KVM_RUN, 0), 0);
	}
	cr_assert_eq(set(&h.be, v[0], RV(1, 2), 8), -EBUSY);
	/* What ran is the vCPU, not the VM. F and D off: their registers are gone. */
	cr_assert_eq(set(&h.be, v[1], RV(1, 2), 7), 0);
	list[0] = 4096;
	cr_assert_eq(call(&h.be, v[1], CVMM_KVM_GET_REG_LIST, list), 0);
	cr_assert_eq(list[0], 259u);
	cr_assert_eq(set(&h.be, v[1], RV(7, 15), 0), 0);
	cr_assert_eq(get(&h.be, v[1], RV(9, 0), &x), -ENOENT, "V is off");
	cr_assert_eq(get(&h.be, v[1], RV(1, 0), &x), 0);
	cr_assert_eq(x, 0x112du, "and its letter is gone");
	list[0] = 4096;
	cr_assert_eq(call(&h.be, v[1], CVMM_KVM_GET_REG_LIST, list), 0);
	cr_assert_eq(list[0], 222u);
	host_free(&h);
}
