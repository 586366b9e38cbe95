/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The audit: nothing is contradicted on any recorded kernel, and a KVM that behaves otherwise is found out. */
#include <audit.h>

#include <cvmm/kvm-ioctls/abi.h>

#include "../vm-regs/sim.h"

static struct audit_entry entry[AUDIT_ENTRIES_MAX];

Test(audit, nothing_is_contradicted)
{
	uint32_t i, k, c, n;

	for (i = 0; i < cvmm_sim_profile_count(); i++) {
		struct sim_host *h = sim_host(cvmm_sim_profile_name(i), 0, 2);
		struct audit_total total;
		struct cvmm_error e = { 0 };

		cr_assert_eq(cvmm_vm_close(&h->vm), 0);
		cr_assert_eq(audit_run(&h->be, entry, AUDIT_ENTRIES_MAX, &n, &total, &e), 0, "%s: %s",
			cvmm_sim_profile_name(i), cvmm_reason_text(e.reason));
		cr_expect_eq(total.contradicted, 0u, "%s", cvmm_sim_profile_name(i));
		cr_expect_eq(total.unknown, 0u, "%s", cvmm_sim_profile_name(i));
		cr_expect_gt(total.proven, 350u, "%s: %u", cvmm_sim_profile_name(i), total.proven);
		for (k = 0; k < n; k++)
			for (c = 0; c < AUDIT_CHECKS; c++)
				cr_expect(entry[k].check[c].result == AUDIT_PROVEN || entry[k].check[c].why, "%s: %s",
					cvmm_sim_profile_name(i), entry[k].row->name);
		sim_free(h);
	}
}

/* A KVM that lies about one register. */
enum lie {
	NO_LIE,
	SHARED,	   /* all vCPUs read vCPU 0's */
	SEPARATE,  /* the other vCPU never sees a change */
	FORGETFUL, /* writes return 0 and do nothing */
	RIGID,	   /* writes are refused once a vCPU ran */
	LAX,	   /* writes are taken as they come: the refused ones too */
};

struct liar {
	struct cvmm_backend inner;
	uint64_t id;
	enum lie lie;
	int fd0, fd1, ran;
};

static int lie_open(void *ctx)
{
	struct liar *l = ctx;

	return l->inner.ops->open(l->inner.ctx);
}

static int lie_close(void *ctx, int fd)
{
	struct liar *l = ctx;

	return l->inner.ops->close(l->inner.ctx, fd);
}

static void *lie_mmap(void *ctx, int fd, size_t len, int *err)
{
	struct liar *l = ctx;

	return l->inner.ops->mmap(l->inner.ctx, fd, len, err);
}

static int lie_munmap(void *ctx, void *p, size_t len)
{
	struct liar *l = ctx;

	return l->inner.ops->munmap(l->inner.ctx, p, len);
}

static int lie_set(struct liar *l, int fd, uintptr_t arg)
{
	int ret;

	switch (l->lie) {
	case FORGETFUL: return 0;
	case RIGID: return l->ran ? -EBUSY : l->inner.ops->ioctl(l->inner.ctx, fd, CVMM_KVM_SET_ONE_REG, arg);
	case LAX: ret = l->inner.ops->ioctl(l->inner.ctx, fd, CVMM_KVM_SET_ONE_REG, arg); return ret < 0 ? 0 : ret;
	default: return l->inner.ops->ioctl(l->inner.ctx, fd, CVMM_KVM_SET_ONE_REG, arg);
	}
}

static int lie_get(struct liar *l, int fd, uintptr_t arg)
{
	const struct cvmm_kvm_one_reg *r = (const struct cvmm_kvm_one_reg *)arg;

	if (l->lie == SHARED && fd == l->fd1)
		fd = l->fd0;
	if (l->lie == SEPARATE && fd == l->fd1) {
		memcpy((void *)(uintptr_t)r->addr, &(uint64_t){ 0x1234 }, sizeof(uint64_t));
		return 0;
	}
	return l->inner.ops->ioctl(l->inner.ctx, fd, CVMM_KVM_GET_ONE_REG, arg);
}

static int lie_ioctl(void *ctx, int fd, unsigned long req, uintptr_t arg)
{
	struct liar *l = ctx;
	const struct cvmm_kvm_one_reg *r = (const struct cvmm_kvm_one_reg *)arg;
	int ret;

	if (req == CVMM_KVM_SET_ONE_REG && r->id == l->id)
		return lie_set(l, fd, arg);
	if (req == CVMM_KVM_GET_ONE_REG && r->id == l->id)
		return lie_get(l, fd, arg);
	ret = l->inner.ops->ioctl(l->inner.ctx, fd, req, arg);
	if (req == CVMM_KVM_CREATE_VM)
		l->ran = 0;
	if (req == CVMM_KVM_RUN)
		l->ran = 1;
	if (req == CVMM_KVM_CREATE_VCPU && ret >= 0)
		*(arg == 0 ? &l->fd0 : &l->fd1) = ret;
	return ret;
}

static const struct audit_finding *found(uint64_t id, uint32_t n, enum audit_check check)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (cvmm_row_has(entry[i].row, id))
			return &entry[i].check[check];
	return NULL;
}

Test(audit, a_kvm_that_lies_is_found_out)
{
	const struct cvmm_backend_ops ops = { .size = sizeof(ops),
		.open = lie_open,
		.close = lie_close,
		.ioctl = lie_ioctl,
		.mmap = lie_mmap,
		.munmap = lie_munmap };
	const struct {
		uint64_t id;
		enum lie lie;
		enum audit_check check;
	} lies[] = {
		{ CVMM_ARM64_SYS(3, 3, 13, 0, 2), SHARED, AUDIT_SCOPE },
		{ CVMM_ARM64_MPIDR_EL1, SHARED, AUDIT_SCOPE },
		{ CVMM_ARM64_STD_BMAP, SEPARATE, AUDIT_SCOPE },
		{ CVMM_ARM64_PSCI_VERSION, SEPARATE, AUDIT_SCOPE },
		{ CVMM_ARM64_TIMER_CNT, SEPARATE, AUDIT_SCOPE },
		{ CVMM_ARM64_SYS(3, 0, 6, 0, 0), FORGETFUL, AUDIT_WRITE },
		{ CVMM_ARM64_SYS(3, 0, 0, 4, 0), FORGETFUL, AUDIT_WRITE },
		{ CVMM_ARM64_TIMER_CNT, FORGETFUL, AUDIT_WRITE },
		{ CVMM_ARM64_SYS(3, 0, 2, 0, 0), RIGID, AUDIT_WINDOW },
		{ CVMM_ARM64_PSCI_VERSION, RIGID, AUDIT_WINDOW },
		{ CVMM_ARM64_VENDOR_HYP_BMAP, LAX, AUDIT_WRITE },
		{ CVMM_ARM64_WORKAROUND_1, LAX, AUDIT_WRITE },
	};
	uint32_t i, n;

	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct sim_host *h = sim_host("6.18.15-neoverse-n1", 0, 2);
		struct liar liar = { .inner = h->be, .id = lies[i].id, .lie = lies[i].lie, .fd0 = -1, .fd1 = -1 };
		const struct cvmm_backend be = { .ops = &ops, .ctx = &liar };
		const struct audit_finding *f;
		struct audit_total total;
		struct cvmm_error e = { 0 };

		cr_assert_eq(cvmm_vm_close(&h->vm), 0);
		cr_assert_eq(audit_run(&be, entry, AUDIT_ENTRIES_MAX, &n, &total, &e), 0);
		f = found(lies[i].id, n, lies[i].check);
		cr_expect_eq(f->result, AUDIT_CONTRADICTED, "lie %u: %s", i, audit_result_name(f->result));
		cr_expect_eq(f->id, lies[i].id, "lie %u", i);
		sim_free(h);
	}
}
