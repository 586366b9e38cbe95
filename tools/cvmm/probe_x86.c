/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* An x86_64 host's profile: capabilities, feature MSRs, the MSRs of a fresh vCPU, CPUID, and what a run freezes. */
#include "probe_dev.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cvmm/kvm-ioctls/cap.h>
#include <cvmm/kvm-ioctls/exit.h>
#include <cvmm/kvm-ioctls/irq.h>
#include <cvmm/kvm-ioctls/vm.h>
#include <cvmm/kvm-ioctls/x86-kvm.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>

#include "mem.h"
#include "opt.h"
#include "say.h"

#define MSR_ID(n)	     (UINT64_C(0x2030000200000000) | (uint32_t)(n))
#define MSR_TSC		     0x10u
#define LEAF_ID(leaf, index) (UINT64_C(0x2040008000000000) | (uint64_t)((index)&0x7f) << 32 | (leaf))
#define LEAF_BYTES	     16u
#define MSRS_MAX	     4096u
#define PAGE		     4096u

/* A throwaway VM as a VMM would make it, and what it was told that the processor can do. */
struct bench {
	struct cvmm_kvm kvm;
	struct cvmm_gate gate;
	struct cvmm_vm vm;
	struct cvmm_vcpu vcpu;
	struct {
		struct cvmm_x86_cpuid head;
		struct cvmm_x86_cpuid_entry entry[CVMM_X86_CPUID_MAX];
	} cpuid;
	uint32_t nleaves;
};

static int open_bench(struct cvmm_kvm kvm, struct bench *b, struct cvmm_error *e)
{
	int ret;

	memset(b, 0, sizeof(*b));
	b->kvm = kvm;
	ret = cvmm_kvm_create_vm(kvm, 0, &b->gate, &b->vm, e);
	if (ret == 0 && cvmm_kvm_check_extension(kvm, CVMM_CAP_IRQCHIP, NULL) > 0)
		ret = cvmm_vm_create_irqchip(b->vm, e);
	if (ret == 0)
		ret = cvmm_vm_create_vcpu(b->vm, 0, &b->vcpu, e);
	if (ret == 0)
		ret = cvmm_kvm_get_supported_cpuid(kvm, &b->cpuid.head, CVMM_X86_CPUID_MAX, &b->nleaves, e);
	if (ret == 0)
		ret = cvmm_vcpu_set_cpuid2(b->vcpu, &b->cpuid.head, e);
	/* Hosts exist (kvm_pvm) whose vCPUs have more than is said to be supported. */
	return ret ? ret : cvmm_vcpu_get_cpuid2(b->vcpu, &b->cpuid.head, CVMM_X86_CPUID_MAX, &b->nleaves, e);
}

static void close_bench(struct bench *b)
{
	if (b->vcpu.be)
		(void)cvmm_vcpu_close(&b->vcpu);
	if (b->vm.be)
		(void)cvmm_vm_close(&b->vm);
}

/* Whatever does not belong to the host but to the CPU that was asked. */
static void forget(struct cvmm_x86_cpuid_entry *e)
{
	switch (e->function) {
	case 0x1: e->ebx &= 0x00ffffff; break;
	case 0xb:
	case 0x1f: e->edx = 0; break;
	case 0x8000001e: e->eax = e->ebx = 0; break;
	default: break;
	}
}

static void put_item(struct cvmm_regset *out, uint64_t id, uint32_t size)
{
	struct cvmm_item *item = (struct cvmm_item *)(uintptr_t)out->item;

	item[out->n++] = (struct cvmm_item){ .id = id, .size = size, .off = out->stride };
	out->stride += size;
}

static void put_leaf(struct cvmm_regset *out, uint64_t id, const struct cvmm_x86_cpuid_entry *e)
{
	const uint32_t reg[4] = { e->eax, e->ebx, e->ecx, e->edx };
	uint8_t *at = (uint8_t *)(uintptr_t)out->col + out->stride;
	uint32_t i;

	for (i = 0; i < 4; i++)
		cvmm_store_le(at + 4 * i, 4, reg[i]);
	put_item(out, id, LEAF_BYTES);
}

static void put_msr(struct cvmm_regset *out, uint64_t id, uint64_t value)
{
	cvmm_store_le((uint8_t *)(uintptr_t)out->col + out->stride, 8, value);
	put_item(out, id, 8);
}

static uint64_t leaf_id(const struct cvmm_x86_cpuid_entry *e)
{
	return LEAF_ID(e->function, e->flags & CVMM_X86_CPUID_INDEX_MATTERS ? e->index : 0);
}

static int by_leaf(const void *a, const void *b)
{
	uint64_t x = leaf_id(a), y = leaf_id(b);

	return x < y ? -1 : x > y;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Clocks: what they said at the moment of asking says nothing about the host. */
static int runs_by_itself(uint32_t msr)
{
	static const uint32_t clocks[] = { MSR_TSC, 0xe7, 0xe8, 0x40000010, 0x40000020 };
	size_t i;

	for (i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
		if (clocks[i] == msr)
			return 1;
	return 0;
}

/* What the list names and a vCPU gives: MSRs of features that it lacks are nothing to promise. */
static int read_msrs(const struct bench *b, struct cvmm_regset *out, struct cvmm_error *e)
{
	uint32_t *list = mem_array(MSRS_MAX + 1, sizeof(*list)), i, n = 0;
	int ret = cvmm_kvm_get_msr_index_list(b->kvm, list, MSRS_MAX, &n, e);

	if (ret == 0)
		qsort(list + 1, n, sizeof(*list), by_number);
	for (i = 1; ret == 0 && i <= n; i++) {
		struct cvmm_x86_msr msr = { .index = list[i] };

		if (cvmm_vcpu_get_msrs(b->vcpu, &msr, 1, NULL) == 0)
			put_msr(out, MSR_ID(list[i]), runs_by_itself(list[i]) ? 0 : msr.data);
	}
	mem_drop(list);
	return ret;
}

static int read_regs(struct bench *b, struct cvmm_regset *out, struct cvmm_error *e)
{
	uint32_t i;
	int ret;

	out->item = mem_array(MSRS_MAX + CVMM_X86_CPUID_MAX, sizeof(*out->item));
	out->col = mem_array(MSRS_MAX + CVMM_X86_CPUID_MAX, LEAF_BYTES);
	out->ncols = 1;
	ret = read_msrs(b, out, e);
	qsort(b->cpuid.entry, b->nleaves, sizeof(b->cpuid.entry[0]), by_leaf);
	for (i = 0; ret == 0 && i < b->nleaves; i++) {
		uint64_t id = leaf_id(&b->cpuid.entry[i]);

		if (i && id == leaf_id(&b->cpuid.entry[i - 1]))
			continue;
		forget(&b->cpuid.entry[i]);
		put_leaf(out, id, &b->cpuid.entry[i]);
	}
	return ret;
}

/* Feature MSRs: KVM tells which bits of them a guest can be given. */
static int read_features(struct cvmm_kvm kvm, struct probe_pairs *out, struct cvmm_error *e)
{
	uint32_t *list = mem_array(MSRS_MAX + 1, sizeof(*list)), i, n = 0;
	int ret = cvmm_kvm_get_msr_feature_index_list(kvm, list, MSRS_MAX, &n, e);

	if (ret == 0)
		qsort(list + 1, n, sizeof(*list), by_number);
	for (i = 1; ret == 0 && i <= n; i++) {
		struct cvmm_x86_msr msr = { .index = list[i] };

		if (cvmm_kvm_get_msrs(kvm, &msr, 1, NULL) == 0)
			probe_pair(out, MSR_ID(list[i]), msr.data);
	}
	mem_drop(list);
	return ret;
}

/* One instruction in real mode: OUT 0x10, AL. After that the vCPU has run. */
static int run_once(struct bench *b, uint8_t *page)
{
	const struct cvmm_kvm_memory_region slot = { .memory_bytes = PAGE, .userspace_addr = (uintptr_t)page };
	struct cvmm_x86_sregs sregs;
	struct cvmm_x86_regs regs = { .rflags = 2 };
	int ret = cvmm_vm_set_user_memory_region(b->vm, &slot, NULL);

	memcpy(page, "\xe6\x10\xeb\xfc", 4);
	if (ret == 0)
		ret = cvmm_vcpu_get_sregs(b->vcpu, &sregs, NULL);
	if (ret)
		return ret;
	sregs.cs.base = sregs.cs.selector = 0;
	ret = cvmm_vcpu_set_sregs(b->vcpu, &sregs, NULL);
	if (ret == 0)
		ret = cvmm_vcpu_set_regs(b->vcpu, &regs, NULL);
	return ret ? ret : cvmm_vcpu_run(b->vcpu, NULL);
}

/* May another CPUID be set once the vCPU ran? */
static void probe_frozen(struct bench *b, struct probe_pairs *traits)
{
	uint8_t *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return;
	if (run_once(b, page) == 0) {
		b->cpuid.entry[0].eax ^= 1;
		probe_pair(traits, CVMM_TRAIT_ID_FROZEN, cvmm_vcpu_set_cpuid2(b->vcpu, &b->cpuid.head, NULL) != 0);
	}
	close_bench(b);
	b->vcpu.be = NULL;
	b->vm.be = NULL;
	(void)munmap(page, PAGE);
}

/* "AuthenticAMD-19-01": vendor, family and model in hex. */
static const char *cpu_of(const struct cvmm_regset *regs)
{
	int a = cvmm_regset_find(regs, LEAF_ID(0, 0)), b = cvmm_regset_find(regs, LEAF_ID(1, 0));
	uint32_t sig, family, model;
	const uint8_t *v;

	if (a < 0 || b < 0)
		return "unknown";
	v = cvmm_regset_value(regs, (uint32_t)a, 0);
	sig = (uint32_t)cvmm_load_le(cvmm_regset_value(regs, (uint32_t)b, 0), 4);
	family = (sig >> 8 & 15) + ((sig >> 8 & 15) == 15 ? sig >> 20 & 0xff : 0);
	model = (sig >> 4 & 15) | (sig >> 12 & 0xf0);
	return mem_format("%.4s%.4s%.4s-%02x-%02x", (const char *)v + 4, (const char *)v + 12, (const char *)v + 8,
		family, model);
}

static int measure(struct cvmm_kvm kvm, struct cvmm_profile *out, struct cvmm_error *e)
{
	struct probe_pairs masks = { 0 }, traits = { 0 };
	struct cvmm_variant *v = mem_array(1, sizeof(*v));
	struct bench b;
	int ret, khz, ran = 0;

	ret = open_bench(kvm, &b, e);
	if (ret == 0)
		ret = read_features(kvm, &masks, e);
	khz = ret == 0 ? cvmm_vcpu_get_tsc_khz(b.vcpu, NULL) : 0;
	if (ret == 0)
		ret = read_regs(&b, &v->regs, e);
	if (ret == 0) {
		probe_frozen(&b, &traits);
		ran = 1;
	}
	if (!ran)
		close_bench(&b);
	if (khz > 0)
		probe_pair(&traits, CVMM_TRAIT_TSC_KHZ, (uint64_t)khz);
	out->variant = v;
	out->nvariants = 1;
	out->mask = masks.v;
	out->nmasks = masks.n;
	out->trait = traits.v;
	out->ntraits = traits.n;
	return ret;
}

int probe_profile_x86(
	const struct cvmm_backend *be, const char *kernel, const char *cpu, const char *name, struct cvmm_profile *out)
{
	struct probe_pairs caps = { 0 };
	struct cvmm_error e;
	struct cvmm_kvm kvm;
	int ret;

	memset(out, 0, sizeof(*out));
	if (cvmm_kvm_open(be, &kvm, &e) < 0)
		return say_error(name, &e);
	probe_caps(kvm, &caps);
	ret = measure(kvm, out, &e) ? say_error(name, &e) : STATUS_YES;
	(void)cvmm_kvm_close(&kvm);
	out->arch = CVMM_ARCH_X86_64;
	out->kernel = kernel ? kernel : probe_release();
	out->cap = caps.v;
	out->ncaps = caps.n;
	if (ret == STATUS_YES)
		out->cpu = cpu ? cpu : cpu_of(&out->variant[0].regs);
	return ret;
}
