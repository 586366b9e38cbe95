/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Guests on /dev/kvm: real mode, 64-bit mode, and every save and restore call once, from one VM into a fresh one in the
 * middle of a computation. Exits 77 with the names of what was skipped where there is no /dev/kvm.
 */
#include "guests.h"

#include <cvmm/kvm-ioctls/stats.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int checks, failures;

int check(int ok, const char *what, const char *where, int line)
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
const uint8_t long_code[31] = { 0x48, 0xb8, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0x48, 0xc7, 0xc3, 0x00,
	0x00, 0x20, 0x00, 0x48, 0x89, 0x03, 0x48, 0xc7, 0xc1, 0x00, 0x00, 0x00, 0x20, 0x48, 0x89, 0x01, 0xf4 };

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
