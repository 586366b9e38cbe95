/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Guests on /dev/kvm: real mode, 64-bit mode, and every save and restore call once, from one VM into a fresh one in the
 * middle of a computation. Exits 77 with the names of what was skipped where there is no /dev/kvm.
 */
#include "rig.h"

#include <cvmm/kvm-ioctls/memory.h>
#include <cvmm/kvm-ioctls/stats.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int checks, failures;

#define CHECK(what) check(!!(what), #what, __func__, __LINE__)

static int check(int ok, const char *what, const char *where, int line)
{
	checks++;
	if (!ok) {
		failures++;
		printf("%s:%d: %s\n", where, line, what);
	}
	return ok;
}

/* mov al, 'A'; out 0x3f8, al; in al, 0x60; mov [0x2000], al; mov al, [0xd0000]; mov [0xd0004], al; hlt */
static const uint8_t real_code[] = { 0xb0, 'A', 0xba, 0xf8, 0x03, 0xee, 0xe4, 0x60, 0xa2, 0x00, 0x20, 0xf4 };

static void real_mode(void)
{
	struct cvmm_exit x;
	struct rig r;

	if (!CHECK(rig_make(&r, "mem+vcpu+cpuid") == 0))
		return;
	CHECK(rig_real_mode(&r, real_code, sizeof(real_code)) == 0);
	CHECK(cvmm_vcpu_run_exit(r.vcpu, r.run, r.run_bytes, &x, NULL) == 0);
	CHECK(x.reason == CVMM_EXIT_IO && x.io->direction == 1 && x.io->port == 0x3f8 && x.bytes == 1 &&
		*x.data == 'A');
	CHECK(cvmm_vcpu_run_exit(r.vcpu, r.run, r.run_bytes, &x, NULL) == 0);
	CHECK(x.reason == CVMM_EXIT_IO && x.io->direction == 0 && x.io->port == 0x60);
	if (CHECK(x.bytes == 1))
		*x.data = 0x5c;
	CHECK(cvmm_vcpu_run_exit(r.vcpu, r.run, r.run_bytes, &x, NULL) == 0);
	CHECK(x.reason == CVMM_EXIT_HLT);
	CHECK(r.mem[0x2000] == 0x5c);
	rig_free(&r);
}

/* mov rax, 0x1122334455667788; mov rbx, 0x200000; mov [rbx], rax; mov rcx, 0x20000000; mov [rcx], rax (MMIO); hlt */
static const uint8_t long_code[] = {
	0x48,
	0xb8,
	0x88,
	0x77,
	0x66,
	0x55,
	0x44,
	0x33,
	0x22,
	0x11,
	0x48,
	0xc7,
	0xc3,
	0x00,
	0x00,
	0x20,
	0x00,
	0x48,
	0x89,
	0x03,
	0x48,
	0xc7,
	0xc1,
	0x00,
	0x00,
	0x00,
	0x20,
	0x48,
	0x89,
	0x01,
	0xf4,
};

static void long_mode(void)
{
	struct cvmm_kvm_translation t;
	struct cvmm_x86_regs regs;
	struct cvmm_exit x;
	struct rig r;
	uint64_t v = 0;

	if (!CHECK(rig_make(&r, "mem+vcpu+cpuid") == 0))
		return;
	CHECK(rig_long_mode(&r, long_code, sizeof(long_code)) == 0);
	CHECK(cvmm_vcpu_translate(r.vcpu, 0x1234, &t, NULL) == 0 && t.valid == 1 && t.physical_address == 0x1234);
	CHECK(cvmm_vcpu_run_exit(r.vcpu, r.run, r.run_bytes, &x, NULL) == 0);
	CHECK(x.reason == CVMM_EXIT_MMIO && x.mmio->is_write && x.mmio->phys_addr == 0x20000000 && x.bytes == 8);
	if (CHECK(x.bytes == sizeof(v)))
		memcpy(&v, x.data, sizeof(v));
	CHECK(v == UINT64_C(0x1122334455667788));
	CHECK(cvmm_vcpu_run_exit(r.vcpu, r.run, r.run_bytes, &x, NULL) == 0);
	CHECK(x.reason == CVMM_EXIT_HLT);
	memcpy(&v, r.mem + 0x200000, 8);
	CHECK(v == UINT64_C(0x1122334455667788));
	CHECK(cvmm_vcpu_get_regs(r.vcpu, &regs, NULL) == 0 && regs.rbx == 0x200000 &&
		regs.rip == CODE + sizeof(long_code));
	rig_free(&r);
}

/* inc rax; out 0x10, al; jmp back: one exit per count */
static const uint8_t count_code[] = { 0x48, 0xff, 0xc0, 0xe6, 0x10, 0xeb, 0xf9 };

struct state {
	struct cvmm_x86_regs regs;
	struct cvmm_x86_sregs sregs;
	struct cvmm_x86_sregs2 sregs2;
	struct cvmm_x86_fpu fpu;
	struct cvmm_x86_lapic lapic;
	struct cvmm_x86_xcrs xcrs;
	struct cvmm_x86_debugregs debugregs;
	struct cvmm_x86_events events;
	struct cvmm_x86_clock clock;
	struct cvmm_x86_pit pit;
	struct cvmm_x86_pit1 pit1;
	struct cvmm_x86_irqchip chip[3];
	struct cpuid cpuid;
	struct cvmm_x86_msr msr[CVMM_X86_MSRS_MAX];
	uint32_t nmsrs, ncpuid, mp_state;
	size_t xsave_bytes, nested_bytes;
	_Alignas(64) uint8_t xsave[65536];
	_Alignas(8) uint8_t nested[16384];
};

static void save_vm(struct rig *r, struct state *s)
{
	uint32_t i;

	for (i = 0; i < 3; i++) {
		s->chip[i].chip_id = i;
		CHECK(cvmm_vm_get_irqchip(r->vm, &s->chip[i], NULL) == 0);
	}
	CHECK(cvmm_vm_get_pit2(r->vm, &s->pit, NULL) == 0);
	CHECK(cvmm_vm_get_pit(r->vm, &s->pit1, NULL) == 0);
	CHECK(cvmm_vm_get_clock(r->vm, &s->clock, NULL) == 0);
}

/* The host's list, less what this vCPU does not give: each call asks for one, so that a refusal names it. */
static void save_msrs(struct rig *r, struct state *s)
{
	static uint32_t list[1 + 1024];
	uint32_t n = 0, i;

	CHECK(cvmm_kvm_get_msr_index_list(r->kvm, list, 1024, &n, NULL) == 0 && n > 0);
	for (i = 0; i < n && s->nmsrs < CVMM_X86_MSRS_MAX; i++) {
		s->msr[s->nmsrs].index = list[1 + i];
		s->nmsrs += cvmm_vcpu_get_msrs(r->vcpu, &s->msr[s->nmsrs], 1, NULL) == 0;
	}
	CHECK(cvmm_vcpu_get_msrs(r->vcpu, s->msr, s->nmsrs, NULL) == 0);
	printf("%u of %u MSRs saved\n", s->nmsrs, n);
}

static void save_vcpu(struct rig *r, struct state *s)
{
	struct cvmm_x86_nested_state *nested = (void *)s->nested;
	int ret;

	CHECK(cvmm_vcpu_get_cpuid2(r->vcpu, &s->cpuid.head, CVMM_X86_CPUID_MAX, &s->ncpuid, NULL) == 0);
	CHECK(cvmm_vcpu_get_mp_state(r->vcpu, &s->mp_state, NULL) == 0);
	CHECK(cvmm_vcpu_get_regs(r->vcpu, &s->regs, NULL) == 0);
	CHECK(cvmm_vcpu_get_sregs(r->vcpu, &s->sregs, NULL) == 0);
	CHECK(cvmm_vcpu_get_sregs2(r->vcpu, &s->sregs2, NULL) == 0);
	CHECK(memcmp(&s->sregs, &s->sregs2, offsetof(struct cvmm_x86_sregs, interrupt_bitmap)) == 0);
	CHECK(cvmm_vcpu_get_fpu(r->vcpu, &s->fpu, NULL) == 0);
	CHECK(cvmm_vcpu_get_xsave(r->vcpu, r->vm, s->xsave, sizeof(s->xsave), &s->xsave_bytes, NULL) == 0);
	CHECK(cvmm_vcpu_get_xcrs(r->vcpu, &s->xcrs, NULL) == 0);
	CHECK(cvmm_vcpu_get_debugregs(r->vcpu, &s->debugregs, NULL) == 0);
	CHECK(cvmm_vcpu_get_lapic(r->vcpu, &s->lapic, NULL) == 0);
	CHECK(cvmm_vcpu_get_x86_events(r->vcpu, &s->events, NULL) == 0);
	save_msrs(r, s);
	ret = cvmm_vcpu_get_nested_state(r->vcpu, nested, sizeof(s->nested), &s->nested_bytes, NULL);
	CHECK(ret == 0 || ret == -EINVAL || ret == -ENOTTY);
	if (ret < 0)
		printf("skipped: nested state (this host offers none)\n");
	printf("XSAVE area %zu bytes, nested state %zu bytes\n", s->xsave_bytes, s->nested_bytes);
}

static void restore_vm(struct rig *r, struct state *s)
{
	struct cvmm_x86_clock clock = { .clock = s->clock.clock };
	uint32_t i;

	for (i = 0; i < 3; i++)
		CHECK(cvmm_vm_set_irqchip(r->vm, &s->chip[i], NULL) == 0);
	CHECK(cvmm_vm_set_pit(r->vm, &s->pit1, NULL) == 0);
	CHECK(cvmm_vm_set_pit2(r->vm, &s->pit, NULL) == 0);
	CHECK(cvmm_vm_set_clock(r->vm, &clock, NULL) == 0);
}

static void restore_vcpu(struct rig *r, struct state *s)
{
	struct cvmm_error e;
	uint32_t i, refused = 0;

	CHECK(cvmm_vcpu_set_cpuid2(r->vcpu, &s->cpuid.head, NULL) == 0);
	CHECK(cvmm_vcpu_set_sregs(r->vcpu, &s->sregs, NULL) == 0);
	CHECK(cvmm_vcpu_set_sregs2(r->vcpu, &s->sregs2, NULL) == 0);
	if (s->nested_bytes)
		CHECK(cvmm_vcpu_set_nested_state(r->vcpu, (void *)s->nested, s->nested_bytes, NULL) == 0);
	CHECK(cvmm_vcpu_set_regs(r->vcpu, &s->regs, NULL) == 0);
	CHECK(cvmm_vcpu_set_xcrs(r->vcpu, &s->xcrs, NULL) == 0);
	CHECK(cvmm_vcpu_set_fpu(r->vcpu, &s->fpu, NULL) == 0);
	CHECK(cvmm_vcpu_set_xsave(r->vcpu, r->vm, s->xsave, s->xsave_bytes, NULL) == 0);
	CHECK(cvmm_vcpu_set_debugregs(r->vcpu, &s->debugregs, NULL) == 0);
	CHECK(cvmm_vcpu_set_lapic(r->vcpu, &s->lapic, NULL) == 0);
	for (i = 0; i < s->nmsrs; i++) {
		if (cvmm_vcpu_set_msrs(r->vcpu, &s->msr[i], 1, &e) == 0)
			continue;
		refused++;
		CHECK(e.reason == CVMM_REASON_SHORT_COUNT && e.id == s->msr[i].index);
		printf("MSR %#x refused with its own value %#llx\n", s->msr[i].index,
			(unsigned long long)s->msr[i].data);
	}
	CHECK(refused < s->nmsrs);
	CHECK(cvmm_vcpu_set_x86_events(r->vcpu, &s->events, NULL) == 0);
	CHECK(cvmm_vcpu_set_mp_state(r->vcpu, s->mp_state, NULL) == 0);
}

static uint64_t count_to(struct rig *r, uint64_t n)
{
	struct cvmm_x86_regs regs = { 0 };
	struct cvmm_exit x;
	uint64_t i;

	for (i = 0; i < n; i++)
		if (!CHECK(cvmm_vcpu_run_exit(r->vcpu, r->run, r->run_bytes, &x, NULL) == 0 &&
			    x.reason == CVMM_EXIT_IO))
			break;
	CHECK(cvmm_vcpu_get_regs(r->vcpu, &regs, NULL) == 0);
	return regs.rax;
}

static void save_and_restore(void)
{
	static struct state s, again;
	struct rig from, to;

	if (!CHECK(rig_make(&from, "irqchip+pit+mem+vcpu+cpuid") == 0))
		return;
	CHECK(rig_long_mode(&from, count_code, sizeof(count_code)) == 0);
	CHECK(count_to(&from, 10) == 10);
	/* Registers have a port access to finish: KVM does that on the next entry, which this one cuts short. */
	from.run->immediate_exit = 1;
	CHECK(cvmm_vcpu_run(from.vcpu, NULL) == -EINTR);
	save_vm(&from, &s);
	save_vcpu(&from, &s);

	if (CHECK(rig_make(&to, "irqchip+pit+mem+vcpu") == 0)) {
		memcpy(to.mem, from.mem, MEM_BYTES);
		restore_vm(&to, &s);
		restore_vcpu(&to, &s);
		save_vcpu(&to, &again);
		CHECK(memcmp(&s.regs, &again.regs, sizeof(s.regs)) == 0);
		CHECK(memcmp(&s.sregs, &again.sregs, sizeof(s.sregs)) == 0);
		CHECK(memcmp(&s.fpu, &again.fpu, sizeof(s.fpu)) == 0);
		CHECK(memcmp(&s.xcrs, &again.xcrs, sizeof(s.xcrs)) == 0);
		CHECK(memcmp(&s.debugregs, &again.debugregs, sizeof(s.debugregs)) == 0);
		CHECK(memcmp(s.xsave, again.xsave, s.xsave_bytes) == 0);
		CHECK(memcmp(&s.cpuid, &again.cpuid, sizeof(s.cpuid)) == 0);
		CHECK(s.nmsrs == again.nmsrs && s.mp_state == again.mp_state);
		CHECK(count_to(&to, 10) == 20);
		rig_free(&to);
	}
	rig_free(&from);
}

static void dirty_bitmap(void)
{
	uint64_t bitmap[MEM_BYTES / 4096 / 64] = { 0 };
	struct cvmm_exit x;
	struct rig r;

	if (!CHECK(rig_make(&r, "log+vcpu+cpuid") == 0))
		return;
	CHECK(rig_long_mode(&r, long_code, sizeof(long_code)) == 0);
	CHECK(cvmm_vm_get_dirty_log(r.vm, 0, bitmap, 16, MEM_BYTES / 4096, NULL) == 0);
	CHECK(cvmm_vcpu_run_exit(r.vcpu, r.run, r.run_bytes, &x, NULL) == 0 && x.reason == CVMM_EXIT_MMIO);
	CHECK(cvmm_vm_get_dirty_log(r.vm, 0, bitmap, 16, MEM_BYTES / 4096, NULL) == 0);
	CHECK((bitmap[0x200 / 64] & 1) == 1);
	rig_free(&r);
}

static void dirty_ring(void)
{
	struct cvmm_dirty_ring ring;
	struct cvmm_dirty_gfn gfn;
	struct cvmm_exit x;
	struct rig r;
	int found = 0;

	if (rig_make(&r, "ring+log+vcpu+cpuid") < 0) {
		printf("skipped: dirty ring (not offered)\n");
		rig_free(&r);
		return;
	}
	CHECK(rig_long_mode(&r, long_code, sizeof(long_code)) == 0);
	CHECK(cvmm_vcpu_run_exit(r.vcpu, r.run, r.run_bytes, &x, NULL) == 0 && x.reason == CVMM_EXIT_MMIO);
	CHECK(cvmm_dirty_ring_at(r.run, r.run_bytes, 4096, 65536, &ring) == 0);
	while (cvmm_dirty_ring_next(&ring, &gfn) == 1)
		found |= gfn.slot == 0 && gfn.offset == 0x200;
	CHECK(found);
	CHECK(cvmm_vm_reset_dirty_rings(r.vm, NULL) == (int)ring.next);
	CHECK(cvmm_vm_reset_dirty_rings(r.vm, NULL) == 0);
	rig_free(&r);
}

static void coalesced(void)
{
	struct cvmm_coalesced w;
	struct cvmm_exit x;
	struct rig r;
	int page;

	if (!CHECK(rig_make(&r, "mem+vcpu+cpuid") == 0))
		return;
	page = cvmm_kvm_check_extension(r.kvm, CVMM_CAP_COALESCED_MMIO, NULL);
	CHECK(page > 0);
	CHECK(cvmm_vm_register_coalesced_mmio(r.vm, 0x20000000, 4096, 0, NULL) == 0);
	CHECK(rig_long_mode(&r, long_code, sizeof(long_code)) == 0);
	CHECK(cvmm_vcpu_run_exit(r.vcpu, r.run, r.run_bytes, &x, NULL) == 0 && x.reason == CVMM_EXIT_HLT);
	CHECK(cvmm_coalesced_next(r.run, r.run_bytes, 4096, (uint32_t)page, &w) == 1);
	CHECK(w.phys_addr == 0x20000000 && w.len == 8 && w.data[0] == 0x88);
	CHECK(cvmm_coalesced_next(r.run, r.run_bytes, 4096, (uint32_t)page, &w) == 0);
	CHECK(cvmm_vm_unregister_coalesced_mmio(r.vm, 0x20000000, 4096, 0, NULL) == 0);
	rig_free(&r);
}

static int read_stats(int fd, uint32_t *n)
{
	static uint8_t file[65536];
	ssize_t len = pread(fd, file, sizeof(file), 0);
	struct cvmm_stats_header h;
	struct cvmm_stat stat;
	uint32_t i;

	close(fd);
	if (len < 0 || cvmm_stats_check(file, (size_t)len, &h, NULL) < 0)
		return -1;
	for (i = 0; i < h.num_desc; i++)
		if (cvmm_stats_get(file, (size_t)len, i, &stat, NULL) < 0 ||
			stat.offset + 8u * stat.count > (size_t)len)
			return -1;
	*n = h.num_desc;
	return 0;
}

static void stats(void)
{
	uint32_t n = 0;
	struct rig r;

	if (!CHECK(rig_make(&r, "vcpu") == 0))
		return;
	CHECK(read_stats(cvmm_vm_get_stats_fd(r.vm, NULL), &n) == 0 && n > 0);
	printf("%u statistics of a VM", n);
	CHECK(read_stats(cvmm_vcpu_get_stats_fd(r.vcpu, NULL), &n) == 0 && n > 0);
	printf(", %u of a vCPU\n", n);
	rig_free(&r);
}

static void adopted(void)
{
	struct cvmm_gate gate;
	struct cvmm_kvm kvm;
	struct cvmm_vm vm;
	struct cvmm_vcpu vcpu;
	struct cvmm_x86_regs regs;
	struct rig r;

	if (!CHECK(rig_make(&r, "vcpu") == 0))
		return;
	CHECK(cvmm_kvm_adopt(cvmm_backend_dev(), r.kvm.fd, &kvm, NULL) == 0);
	CHECK(cvmm_kvm_adopt_vm(kvm, r.vm.fd, &gate, &vm, NULL) == 0);
	CHECK(cvmm_vm_adopt_vcpu(vm, r.vcpu.fd, 0, &vcpu, NULL) == 0);
	CHECK(cvmm_vcpu_get_regs(vcpu, &regs, NULL) == 0);
	CHECK(cvmm_vm_close(&vm) == 0 && vm.fd == -1);
	CHECK(cvmm_vm_check_extension(r.vm, CVMM_CAP_ONE_REG, NULL) >= 0);
	rig_free(&r);
}

static const struct {
	const char *name;
	void (*run)(void);
} parts[] = {
	{ "real mode", real_mode },
	{ "long mode", long_mode },
	{ "save and restore", save_and_restore },
	{ "dirty bitmap", dirty_bitmap },
	{ "dirty ring", dirty_ring },
	{ "coalesced MMIO", coalesced },
	{ "statistics", stats },
	{ "adopted fds", adopted },
};

int main(void)
{
	const size_t n = sizeof(parts) / sizeof(parts[0]);
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!rig_available()) {
		printf("skipped, %zu:", n);
		for (i = 0; i < n; i++)
			printf("%s %s", i ? "," : "", parts[i].name);
		printf("\n");
		return SKIP;
	}
	for (i = 0; i < n; i++) {
		int before = failures;

		parts[i].run();
		printf("%s: %s\n", parts[i].name, failures == before ? "ok" : "FAILED");
	}
	printf("%d checks, %d failed\n", checks, failures);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
