/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* x86_64: the order of a restore as data; and a vCPU out of one VM and into another on /dev/kvm, where it opens. */
#include <cvmm/kvm-ioctls/irq.h>
#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/vm.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>
#include <cvmm/kvm-ioctls/x86-kvm.h>
#include <cvmm/kvm-ioctls/x86-vm.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#define BLOCK(n)  (UINT64_C(0x20f0008000000000) | (n))
#define MSR(n)	  (UINT64_C(0x2030000200000000) | (n))
#define ITEMS_MAX 512
#define SREGS2	  BLOCK(3)
#define REGS	  BLOCK(5)
#define LAPIC	  BLOCK(9)

static uint8_t phase_of(uint64_t id)
{
	const struct cvmm_row *row = cvmm_vcpu_reg_row(cvmm_vcpu_reg_from_id(id));

	cr_assert(row, "%016llx", (unsigned long long)id);
	return row->phase;
}

/* Earlier phase, or the same one and the smaller id: written first. */
static int before(uint64_t a, uint64_t b)
{
	return phase_of(a) < phase_of(b) || (phase_of(a) == phase_of(b) && a < b);
}

Test(x86, order_of_a_restore)
{
	const uint64_t order[] = { BLOCK(1), SREGS2, BLOCK(4), REGS, BLOCK(6), BLOCK(7), BLOCK(8), LAPIC, MSR(0x10),
		MSR(0x6e0), BLOCK(10), BLOCK(11) };
	uint32_t i;

	for (i = 1; i < sizeof(order) / sizeof(order[0]); i++)
		cr_expect(before(order[i - 1], order[i]), "step %u", i);
	cr_expect(before(MSR(0x3a), BLOCK(4)), "feature control before nested state");
	cr_expect(before(MSR(0x10a), MSR(0x174)), "feature MSRs before state");
}

struct host {
	struct cvmm_kvm kvm;
	struct cvmm_gate gate;
	struct cvmm_vm vm;
	struct cvmm_vcpu vcpu;
};

/* 0, or -errno if this machine has no KVM that can be used. */
static int open_host(struct host *h)
{
	static struct {
		struct cvmm_x86_cpuid head;
		struct cvmm_x86_cpuid_entry entry[CVMM_X86_CPUID_MAX];
	} cpuid;
	uint32_t n;
	int ret = cvmm_kvm_open(cvmm_backend_dev(), &h->kvm, NULL);

	if (ret < 0)
		return ret;
	ret = cvmm_kvm_create_vm(h->kvm, 0, &h->gate, &h->vm, NULL);
	if (ret < 0)
		return ret;
	cr_assert_eq(cvmm_vm_create_irqchip(h->vm, NULL), 0);
	cr_assert_eq(cvmm_vm_create_vcpu(h->vm, 0, &h->vcpu, NULL), 0);
	cr_assert_eq(cvmm_kvm_get_supported_cpuid(h->kvm, &cpuid.head, CVMM_X86_CPUID_MAX, &n, NULL), 0);
	cr_assert_eq(cvmm_vcpu_set_cpuid2(h->vcpu, &cpuid.head, NULL), 0);
	return 0;
}

static void close_host(struct host *h)
{
	(void)cvmm_vcpu_close(&h->vcpu);
	(void)cvmm_vm_close(&h->vm);
	(void)cvmm_kvm_close(&h->kvm);
}

static uint32_t add(struct cvmm_item *item, uint32_t n, uint64_t id, uint32_t size)
{
	item[n] = (struct cvmm_item){ .id = id, .size = size };
	return n + 1;
}

/* The MSRs that this host lists, knows in the catalogue and gives to this vCPU; then the blocks. */
static uint32_t make_items(struct host *h, struct cvmm_item *item)
{
	static uint32_t list[CVMM_X86_MSR_LIST_MAX + 1];
	uint8_t v[8];
	uint32_t i, k, n = 0, count;

	cr_assert_eq(cvmm_kvm_get_msr_index_list(h->kvm, list, CVMM_X86_MSR_LIST_MAX, &count, NULL), 0);
	for (i = 1; i <= count; i++) {
		struct cvmm_vcpu_reg reg = cvmm_vcpu_reg_from_id(MSR(list[i]));

		if (reg.id && cvmm_vcpu_reg_get(h->vcpu, reg, v, 8, NULL) == 0)
			n = add(item, n, reg.id, 8);
	}
	for (i = 0; i < n; i++)
		for (k = i; k > 0 && item[k].id < item[k - 1].id; k--) {
			struct cvmm_item t = item[k];

			item[k] = item[k - 1];
			item[k - 1] = t;
		}
	n = add(item, n, SREGS2, sizeof(struct cvmm_x86_sregs2));
	n = add(item, n, REGS, sizeof(struct cvmm_x86_regs));
	n = add(item, n, BLOCK(7), sizeof(struct cvmm_x86_xcrs));
	n = add(item, n, BLOCK(8), sizeof(struct cvmm_x86_debugregs));
	n = add(item, n, LAPIC, sizeof(struct cvmm_x86_lapic));
	n = add(item, n, BLOCK(10), sizeof(struct cvmm_x86_events));
	n = add(item, n, BLOCK(11), 4);
	for (i = 1; i < n; i++)
		item[i].off = item[i - 1].off + item[i - 1].size;
	return n;
}

static struct cvmm_item *find(struct cvmm_item *item, uint32_t n, uint64_t id)
{
	struct cvmm_regset set = { .item = item, .n = n };
	int i = cvmm_regset_find(&set, id);

	cr_assert_geq(i, 0);
	return &item[i];
}

Test(x86, vcpu_moves_between_vms)
{
	static struct cvmm_item item[ITEMS_MAX];
	static uint8_t col[64 << 10];
	static struct cvmm_vcpu_regs r;
	struct cvmm_x86_regs regs;
	struct cvmm_error e = { 0 };
	struct host a, b;
	uint32_t n, phase;
	size_t len;
#ifdef __x86_64__
	int ret = open_host(&a);
#else
	int ret = -ENOSYS;
#endif

	if (ret < 0) {
		fprintf(stderr, "skipped: vcpu_moves_between_vms (no x86_64 /dev/kvm: errno %d)\n", -ret);
		return;
	}
	n = make_items(&a, item);
	len = item[n - 1].off + item[n - 1].size;
	cr_expect_gt(n, 20u);
	cr_assert_eq(cvmm_vcpu_regs_init(&r, item, n, NULL, &e), 0);
	cr_assert_eq(cvmm_vcpu_regs_capture(a.vcpu, &r, col, len, &e), 0, "%016llx: %s, %d", (unsigned long long)e.id,
		cvmm_reason_text(e.reason), e.err);
	memcpy(&regs, col + find(item, n, REGS)->off, sizeof(regs));
	regs.rax = 0x1122334455667788;
	regs.rip = 0x1000;
	memcpy(col + find(item, n, REGS)->off, &regs, sizeof(regs));
	cvmm_store_le(col + find(item, n, MSR(0xc0000082))->off, 8, 0xffffffff81000000);
	cr_assert_eq(open_host(&b), 0);
	for (phase = CVMM_PHASE_IDENTITY; phase <= CVMM_PHASE_MP_STATE; phase++)
		cr_assert_eq(cvmm_vcpu_regs_restore(b.vcpu, &r, col, len, phase, &e), 0, "phase %u, %016llx: %s, %d",
			phase, (unsigned long long)e.id, cvmm_reason_text(e.reason), e.err);
	ret = cvmm_vcpu_regs_verify(b.vcpu, &r, col, len, &e);
	cr_expect_eq(ret, 0, "%016llx holds %llx", (unsigned long long)e.id, (unsigned long long)e.other);
	/* An MSR that KVM refuses is named by its id. */
	item[0] = (struct cvmm_item){ .id = MSR(0x345), .size = 8 };
	item[1] = (struct cvmm_item){ .id = MSR(0xc0010200), .size = 8, .off = 8 };
	cr_assert_eq(cvmm_vcpu_regs_init(&r, item, 2, NULL, &e), 0);
	ret = cvmm_vcpu_regs_capture(b.vcpu, &r, col, 16, &e);
	if (ret < 0)
		cr_expect(e.id == MSR(0x345) || e.id == MSR(0xc0010200), "%016llx", (unsigned long long)e.id);
	close_host(&a);
	close_host(&b);
}

/* The host decides the sizes of these, but not every number is one. */
Test(x86, sizes_that_no_block_can_have)
{
	const struct cvmm_vcpu none = { 0 };
	struct cvmm_error e = { 0 };
	uint8_t v[4096];
	uint32_t i;

	for (i = 0; i < 3; i++) {
		const uint64_t id[] = { BLOCK(1), BLOCK(4), BLOCK(6) };
		const uint32_t size[] = { 8 + 39, 127, 4095 };

		memset(v, 0, sizeof(v));
		cr_expect_eq(cvmm_vcpu_reg_get(none, cvmm_vcpu_reg_from_id(id[i]), v, size[i], &e), -EINVAL);
		cr_expect_eq(e.reason, CVMM_REASON_REG_SIZE);
		cr_expect_eq(cvmm_vcpu_reg_set(none, cvmm_vcpu_reg_from_id(id[i]), v, size[i], &e), -EINVAL);
		cr_expect_eq(e.reason, CVMM_REASON_REG_SIZE);
		cr_expect_eq(cvmm_vcpu_reg_set(none, cvmm_vcpu_reg_from_id(id[i]), v, 0, &e), -EINVAL);
	}
}
