/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The questions of the register probe on riscv64. */
#include "replay.h"

#include <errno.h>

#define R(x) (UINT64_C(0x8030000000000000) | (x))

static void t_set(struct world *w, const char *what, int v, uint64_t id, uint64_t x)
{
	printf("T %s SET %016llx = %016llx -> %s\n", what, (ull)id, (ull)x, ename(set64(w, v, id, x)));
}

static void t_get(struct world *w, const char *what, int v, uint64_t id)
{
	uint64_t x;
	int err = get64(w, v, id, &x);

	printf("T %s GET %016llx -> %s %016llx\n", what, (ull)id, ename(err), (ull)x);
}

static uint32_t kind(uint64_t id)
{
	return (uint32_t)(id >> 24) & 0xff;
}

static void regs(struct world *w, int v)
{
	static uint64_t ids[R_MAX];
	uint32_t n = 0, i, bad = 0, k;
	uint8_t val[256];
	int err = list(w, v, ids, &n);

	printf("REGLIST base n=%u\n", n);
	for (i = 0; !err && i < n; i++) {
		uint32_t size = cvmm_reg_bytes(ids[i]);

		err = get(w, v, ids[i], val);
		printf("REG base %016llx %u %s ", (ull)ids[i], size, ename(err));
		for (k = size; k; k--)
			printf("%02x", val[k - 1]);
		printf("\n");
	}
	for (i = 0; i < n; i++) {
		if (get(w, v, ids[i], val))
			continue;
		err = set(w, v, ids[i], val);
		bad += err != 0;
		if (err)
			printf("SETBACK base %016llx %s\n", (ull)ids[i], ename(err));
	}
	printf("SETBACKSUM base n=%u failed=%u\n", n, bad);
}

static void scope(struct world *w, int v0, int v1)
{
	static uint64_t ids[R_MAX];
	uint32_t n = 0, i;

	list(w, v0, ids, &n);
	for (i = 0; i < n; i++) {
		uint64_t x, y, a, b;
		int err;

		if (kind(ids[i]) != 7 && kind(ids[i]) != 8 && kind(ids[i]) != 1)
			continue;
		get64(w, v0, ids[i], &x);
		y = kind(ids[i]) == 1 ? x : !x;
		err = set64(w, v0, ids[i], y);
		get64(w, v0, ids[i], &a);
		get64(w, v1, ids[i], &b);
		printf("SCOPE %016llx v0=%llx set(%llx)=%s after v0=%llx v1=%llx\n", (ull)ids[i], (ull)x, (ull)y,
			ename(err), (ull)a, (ull)b);
		if ((err = set64(w, v0, ids[i], x)))
			printf("SCOPE %016llx restore %s\n", (ull)ids[i], ename(err));
	}
}

static void after_run(struct world *w, int v)
{
	static uint64_t ids[R_MAX];
	uint32_t n = 0, i;
	uint8_t val[256];

	list(w, v, ids, &n);
	for (i = 0; i < n; i++) {
		int err;

		if (get(w, v, ids[i], val))
			continue;
		if ((err = set(w, v, ids[i], val)))
			printf("AFTERRUN-SAME %016llx %s\n", (ull)ids[i], ename(err));
		if (kind(ids[i]) != 7 && kind(ids[i]) != 8)
			continue;
		val[0] ^= 1;
		err = set(w, v, ids[i], val);
		if (err) {
			printf("AFTERRUN-CHG %016llx %s\n", (ull)ids[i], ename(err));
		} else {
			val[0] ^= 1;
			set(w, v, ids[i], val);
		}
	}
}

void probe_riscv(struct world *w)
{
	static uint8_t page[8192];
	struct cvmm_kvm_memory_region r = { .guest_phys_addr = 0x80000000, .memory_bytes = 4096 };
	int vm = req_int(w, w->kvm, CVMM_KVM_CREATE_VM, 0), v[2], i, err = 0;
	uint32_t c, reason;
	const uint8_t *run;
	uint64_t x;

	printf("API_VERSION %d\n", req_int(w, w->kvm, CVMM_KVM_GET_API_VERSION, 0));
	for (i = 0; i < 2; i++)
		for (c = 0; c <= 300; c++) {
			int cap = req_int(w, i ? vm : w->kvm, CVMM_KVM_CHECK_EXTENSION, c);

			if (cap > 0)
				printf("CAP %s %u %d\n", i ? "vm" : "sys", c, cap);
		}
	printf("CREATE_VM %s\n", vm < 0 ? ename(-vm) : "OK");
	for (i = 0; i < 2; i++)
		v[i] = req_int(w, vm, CVMM_KVM_CREATE_VCPU, (uintptr_t)i);
	regs(w, v[0]);
	t_set(w, "unknown ISA_EXT 0x7f", v[0], R(0x0700007f), 1);
	t_get(w, "unknown ISA_EXT 0x7f", v[0], R(0x0700007f));
	t_set(w, "unknown CONFIG 0x1f", v[0], R(0x0100001f), 0);
	t_set(w, "unknown SBI_EXT 0x3f", v[0], R(0x0800003f), 1);
	t_set(w, "unknown class 0x3f", v[0], R(0x3f000000), 0);
	get64(w, v[0], R(0x01000000), &x);
	printf("T isa %llx\n", (ull)x);
	scope(w, v[0], v[1]);
	r.userspace_addr = ((uintptr_t)page + 4095) & ~UINT64_C(4095);
	printf("T memslot %s\n", ename(req(w, vm, CVMM_KVM_SET_USER_MEMORY_REGION, &r)));
	t_set(w, "pc", v[0], R(0x02000000), 0x80000000);
	t_set(w, "a1", v[0], R(0x0200000b), 0x10000000);
	run = w->be.ops->mmap(w->be.ctx, v[0], 4096, &err);
	err = req_int(w, v[0], CVMM_KVM_RUN, 0);
	memcpy(&reason, run + 8, 4);
	memcpy(&x, run + 32, 8);
	printf("T KVM_RUN %s exit=%u mmio{pa=%llx len=%u w=%u data=%02x}\n", ename(err < 0 ? -err : 0), reason, (ull)x,
		run[48], run[52], run[40]);
	after_run(w, v[0]);
}
