/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The three ways in which a KVM lets VM-owned registers be written. Only this file knows how they differ on the wire. */
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/vm.h>

#include <errno.h>

#include "dialect.h"

/* Newest first. The dialect of today's kernels needs no capability. */
static const struct {
	uint32_t dialect;
	uint32_t cap;
} dialects[] = {
	{ CVMM_DIALECT_VM, CVMM_CAP_SIM_VM_ONE_REG },
	{ CVMM_DIALECT_SCOPE, CVMM_CAP_SIM_REG_SCOPE },
	{ CVMM_DIALECT_VCPU, 0 },
};

int cvmm_vm_dialect_choose(struct cvmm_vm vm, uint32_t allowed, struct cvmm_error *e)
{
	uint32_t i;
	int ret;

	for (i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++) {
		if (!(allowed & dialects[i].dialect))
			continue;
		if (!dialects[i].cap)
			return (int)dialects[i].dialect;
		ret = cvmm_vm_check_extension(vm, dialects[i].cap, e);
		if (ret < 0)
			return ret;
		if (ret > 0)
			return (int)dialects[i].dialect;
	}
	return cvmm_fail(e, -EOPNOTSUPP, CVMM_REASON_DIALECT_FORBIDDEN);
}

int cvmm_vm_dialect_enable(const struct cvmm_vm_regs *r, struct cvmm_error *e)
{
	if (r->dialect != CVMM_DIALECT_SCOPE)
		return 0;
	return cvmm_vm_enable_cap(r->vm, CVMM_CAP_SIM_REG_SCOPE, NULL, e);
}

static int vm_one_reg(
	const struct cvmm_vm_regs *r, unsigned long req, uint64_t id, uint64_t *value, struct cvmm_error *e)
{
	struct cvmm_kvm_one_reg reg = { id, (uintptr_t)value };
	int ret = cvmm_ioctl(r->vm.be, r->vm.fd, req, (uintptr_t)&reg, e);

	if (ret < 0 && e)
		e->id = id;
	return ret < 0 ? ret : 0;
}

int cvmm_vm_dialect_vm_set(const struct cvmm_vm_regs *r, uint64_t id, uint64_t value, struct cvmm_error *e)
{
	return vm_one_reg(r, CVMM_KVM_SET_ONE_REG, id, &value, e);
}

int cvmm_vm_dialect_vm_get(const struct cvmm_vm_regs *r, uint64_t id, uint64_t *value, struct cvmm_error *e)
{
	return vm_one_reg(r, CVMM_KVM_GET_ONE_REG, id, value, e);
}

static uint64_t marked(const struct cvmm_vm_regs *r, uint64_t id)
{
	return r->dialect == CVMM_DIALECT_SCOPE ? id | CVMM_ARM64_REG_SCOPE_VM : id;
}

/* Errors name the register as everybody knows it, not with the dialect's mark. */
static int unmark(int ret, uint64_t id, struct cvmm_error *e)
{
	if (ret < 0 && e)
		e->id = id;
	return ret;
}

int cvmm_vm_dialect_vcpu_set(
	const struct cvmm_vm_regs *r, struct cvmm_vcpu through, uint64_t id, uint64_t value, struct cvmm_error *e)
{
	return unmark(cvmm_vcpu_set_one_reg(through, marked(r, id), &value, sizeof(value), e), id, e);
}

int cvmm_vm_dialect_vcpu_get(
	const struct cvmm_vm_regs *r, struct cvmm_vcpu through, uint64_t id, uint64_t *value, struct cvmm_error *e)
{
	return unmark(cvmm_vcpu_get_one_reg(through, marked(r, id), value, sizeof(*value), e), id, e);
}
