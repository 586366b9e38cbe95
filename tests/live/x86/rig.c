/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "rig.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define RING_BYTES 65536u

int rig_available(void)
{
	struct cvmm_error e;
	struct cvmm_kvm kvm;

	if (cvmm_kvm_open(cvmm_backend_dev(), &kvm, &e) < 0) {
		printf("/dev/kvm: %s\n", strerror(-e.err));
		return 0;
	}
	(void)cvmm_kvm_close(&kvm);
	return 1;
}

static int add_memory(struct rig *r, uint32_t flags)
{
	struct cvmm_kvm_memory_region region = { .flags = flags, .memory_bytes = MEM_BYTES };

	r->mem = mmap(NULL, MEM_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (r->mem == MAP_FAILED)
		return -ENOMEM;
	region.userspace_addr = (uintptr_t)r->mem;
	return cvmm_vm_set_user_memory_region(r->vm, &region, NULL);
}

static int add_vcpu(struct rig *r)
{
	int ret = cvmm_vm_create_vcpu(r->vm, 0, &r->vcpu, NULL);

	if (ret < 0)
		return ret;
	ret = cvmm_kvm_get_vcpu_mmap_size(r->kvm, NULL);
	if (ret < 0)
		return ret;
	r->run_bytes = (size_t)ret > 64 * 4096 + RING_BYTES ? (size_t)ret : 64 * 4096 + RING_BYTES;
	return cvmm_vcpu_map_run(r->vcpu, r->run_bytes, &r->run, NULL);
}

static int set_cpuid(struct rig *r)
{
	static struct cpuid cpuid;
	uint32_t n;
	int ret = cvmm_kvm_get_supported_cpuid(r->kvm, &cpuid.head, CVMM_X86_CPUID_MAX, &n, NULL);

	return ret < 0 ? ret : cvmm_vcpu_set_cpuid2(r->vcpu, &cpuid.head, NULL);
}

int rig_real_mode(struct rig *r, const void *code, size_t bytes)
{
	struct cvmm_x86_regs regs = { .rip = CODE, .rsp = 0x8000, .rflags = 2 };
	struct cvmm_x86_sregs sregs;
	int ret = cvmm_vcpu_get_sregs(r->vcpu, &sregs, NULL);

	if (ret < 0)
		return ret;
	memcpy(r->mem + CODE, code, bytes);
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	ret = cvmm_vcpu_set_sregs(r->vcpu, &sregs, NULL);
	return ret < 0 ? ret : cvmm_vcpu_set_regs(r->vcpu, &regs, NULL);
}

int rig_long_mode(struct rig *r, const void *code, size_t bytes)
{
	const struct cvmm_x86_segment cs = {
		.limit = UINT32_MAX, .selector = 8, .type = 11, .present = 1, .s = 1, .l = 1, .g = 1
	};
	struct cvmm_x86_segment data = cs;
	struct cvmm_x86_regs regs = { .rip = CODE, .rsp = 0x8000, .rflags = 2 };
	const uint64_t pml4e = 0x3000 | 3, pdpte = 0x4000 | 3;
	uint64_t pde, i;
	struct cvmm_x86_sregs sregs;
	int ret = cvmm_vcpu_get_sregs(r->vcpu, &sregs, NULL);

	if (ret < 0)
		return ret;
	memcpy(r->mem + CODE, code, bytes);
	memcpy(r->mem + 0x2000, &pml4e, sizeof(pml4e));
	memcpy(r->mem + 0x3000, &pdpte, sizeof(pdpte));
	for (i = 0; i < 512; i++) {
		pde = (i << 21) | 0x83;
		memcpy(r->mem + 0x4000 + 8 * i, &pde, sizeof(pde));
	}
	data.type = 3;
	data.selector = 16;
	data.l = 0;
	data.db = 1;
	sregs.cs = cs;
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	sregs.cr3 = 0x2000;
	sregs.cr4 |= 1u << 5;
	sregs.cr0 |= (1u << 31) | 1u;
	sregs.efer |= (1u << 8) | (1u << 10);
	ret = cvmm_vcpu_set_sregs(r->vcpu, &sregs, NULL);
	return ret < 0 ? ret : cvmm_vcpu_set_regs(r->vcpu, &regs, NULL);
}

static int run_hlt(struct rig *r)
{
	static const uint8_t code[] = { 0xe6, 0x10 }; /* out 0x10, al: leaves with the local APIC in the kernel, too */
	int ret = rig_real_mode(r, code, sizeof(code));

	return ret < 0 ? ret : cvmm_vcpu_run(r->vcpu, NULL);
}

static int enable(struct rig *r, uint32_t cap, uint64_t arg)
{
	const uint64_t args[4] = { arg };

	return cvmm_vm_enable_cap(r->vm, cap, args, NULL);
}

static int step(struct rig *r, const char *word)
{
	if (strcmp(word, "kvm") == 0)
		return cvmm_kvm_open(cvmm_backend_dev(), &r->kvm, NULL);
	if (r->kvm.fd < 0 && step(r, "kvm") < 0)
		return -1;
	if (strcmp(word, "vm") == 0)
		return cvmm_kvm_create_vm(r->kvm, 0, &r->gate, &r->vm, NULL);
	if (r->vm.fd < 0 && step(r, "vm") < 0)
		return -1;
	if (strcmp(word, "irqchip") == 0)
		return cvmm_vm_create_irqchip(r->vm, NULL);
	if (strcmp(word, "pit") == 0)
		return cvmm_vm_create_pit2(r->vm, 0, NULL);
	if (strcmp(word, "mem") == 0)
		return add_memory(r, 0);
	if (strcmp(word, "log") == 0)
		return add_memory(r, 1);
	if (strcmp(word, "manual") == 0)
		return enable(r, CVMM_CAP_MANUAL_DIRTY_LOG_PROTECT2, 1);
	if (strcmp(word, "ring") == 0)
		return enable(r, CVMM_CAP_DIRTY_LOG_RING, RING_BYTES);
	if (strcmp(word, "payload") == 0)
		return enable(r, CVMM_CAP_EXCEPTION_PAYLOAD, 1);
	if (strcmp(word, "split") == 0)
		return enable(r, CVMM_CAP_SPLIT_IRQCHIP, 24);
	if (strcmp(word, "vcpu") == 0)
		return add_vcpu(r);
	if (strcmp(word, "cpuid") == 0)
		return set_cpuid(r);
	if (strcmp(word, "ran") == 0)
		return run_hlt(r);
	if (strcmp(word, "nofd") == 0)
		return r->limit = RLIMIT_NOFILE, 0;
	if (strcmp(word, "nomap") == 0)
		return r->limit = RLIMIT_AS, 0;
	if (strcmp(word, "elsewhere") == 0)
		return r->elsewhere = 1, 0;
	return -1;
}

int rig_make(struct rig *r, const char *state)
{
	char words[128], *save = NULL, *word;

	memset(r, 0, sizeof(*r));
	r->kvm.fd = r->vm.fd = r->vcpu.fd = -1;
	r->mem = MAP_FAILED;
	r->limit = NO_LIMIT;
	snprintf(words, sizeof(words), "%s", state);
	for (word = strtok_r(words, "+", &save); word; word = strtok_r(NULL, "+", &save)) {
		int ret = step(r, word);

		if (ret < 0) {
			printf("state %s: step %s: %s\n", state, word, strerror(-ret));
			return -1;
		}
	}
	return 0;
}

void rig_free(struct rig *r)
{
	if (r->run)
		(void)cvmm_vcpu_unmap_run(r->vcpu, r->run, r->run_bytes);
	(void)cvmm_vcpu_close(&r->vcpu);
	(void)cvmm_vm_close(&r->vm);
	(void)cvmm_kvm_close(&r->kvm);
	if (r->mem != MAP_FAILED)
		(void)munmap(r->mem, MEM_BYTES);
}
