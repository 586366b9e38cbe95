/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "wrap.h"

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vcpu.h>

#include <string.h>

/* The functions themselves, not the macros that check their callers. */
#undef cvmm_vcpu_close

#define REG_LIST_MAX 65536u

int cvmm_vcpu_close(struct cvmm_vcpu *vcpu)
{
	int fd = vcpu->fd;

	vcpu->fd = -1;
	return fd < 0 ? 0 : vcpu->be->ops->close(vcpu->be->ctx, fd);
}

int cvmm_vcpu_init(struct cvmm_vcpu vcpu, const struct cvmm_arm64_vcpu_init *init, struct cvmm_error *e)
{
	return vcpu_ioctl(vcpu, CVMM_KVM_ARM_VCPU_INIT, (uintptr_t)init, e);
}

int cvmm_vcpu_finalize(struct cvmm_vcpu vcpu, int feature, struct cvmm_error *e)
{
	return vcpu_ioctl(vcpu, CVMM_KVM_ARM_VCPU_FINALIZE, (uintptr_t)&feature, e);
}

int cvmm_vcpu_get_reg_list(struct cvmm_vcpu vcpu, uint64_t *buf, uint32_t cap, uint32_t *n, struct cvmm_error *e)
{
	int ret;

	if (cap > REG_LIST_MAX)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_ARGUMENT);
	buf[0] = cap;
	ret = vcpu_ioctl(vcpu, CVMM_KVM_GET_REG_LIST, (uintptr_t)buf, e);
	return list_result(ret, buf[0], cap, REG_LIST_MAX, n, e);
}

static int one_reg(
	struct cvmm_vcpu vcpu, unsigned long req, uint64_t id, uintptr_t v, uint32_t size, struct cvmm_error *e)
{
	struct cvmm_kvm_one_reg arg = { .id = id, .addr = v };
	int ret;

	if (__builtin_expect(size != cvmm_reg_bytes(id), 0)) {
		ret = cvmm_fail_id(e, -EINVAL, CVMM_REASON_REG_SIZE, id, size);
		if (e)
			e->vcpu = vcpu.id;
		return ret;
	}
	ret = vcpu_ioctl(vcpu, req, (uintptr_t)&arg, e);
	if (__builtin_expect(ret < 0, 0) && e)
		e->id = id;
	return ret;
}

int cvmm_vcpu_get_one_reg(struct cvmm_vcpu vcpu, uint64_t id, void *v, uint32_t size, struct cvmm_error *e)
{
	return one_reg(vcpu, CVMM_KVM_GET_ONE_REG, id, (uintptr_t)v, size, e);
}

int cvmm_vcpu_set_one_reg(struct cvmm_vcpu vcpu, uint64_t id, const void *v, uint32_t size, struct cvmm_error *e)
{
	return one_reg(vcpu, CVMM_KVM_SET_ONE_REG, id, (uintptr_t)v, size, e);
}

int cvmm_vcpu_get_mp_state(struct cvmm_vcpu vcpu, uint32_t *state, struct cvmm_error *e)
{
	uint32_t got = 0;
	int ret = vcpu_ioctl(vcpu, CVMM_KVM_GET_MP_STATE, (uintptr_t)&got, e);

	if (ret < 0)
		return ret;
	*state = got;
	return 0;
}

int cvmm_vcpu_set_mp_state(struct cvmm_vcpu vcpu, uint32_t state, struct cvmm_error *e)
{
	return vcpu_ioctl(vcpu, CVMM_KVM_SET_MP_STATE, (uintptr_t)&state, e);
}

int cvmm_vcpu_get_events(struct cvmm_vcpu vcpu, struct cvmm_arm64_vcpu_events *ev, struct cvmm_error *e)
{
	struct cvmm_arm64_vcpu_events got;
	int ret;

	memset(&got, 0, sizeof(got));
	ret = vcpu_ioctl(vcpu, CVMM_KVM_ARM_GET_VCPU_EVENTS, (uintptr_t)&got, e);
	if (ret < 0)
		return ret;
	*ev = got;
	return 0;
}

int cvmm_vcpu_set_events(struct cvmm_vcpu vcpu, const struct cvmm_arm64_vcpu_events *ev, struct cvmm_error *e)
{
	return vcpu_ioctl(vcpu, CVMM_KVM_ARM_SET_VCPU_EVENTS, (uintptr_t)ev, e);
}

int cvmm_vcpu_enable_cap(struct cvmm_vcpu vcpu, uint32_t cap, const uint64_t args[4], struct cvmm_error *e)
{
	struct cvmm_kvm_enable_cap arg = { .cap = cap };

	if (args)
		memcpy(arg.args, args, sizeof(arg.args));
	return vcpu_ioctl(vcpu, CVMM_KVM_ENABLE_CAP, (uintptr_t)&arg, e);
}

int cvmm_vcpu_interrupt(struct cvmm_vcpu vcpu, uint32_t irq, struct cvmm_error *e)
{
	return vcpu_write(vcpu, CVMM_KVM_INTERRUPT, &irq, e);
}

int cvmm_vcpu_translate(struct cvmm_vcpu vcpu, uint64_t linear, struct cvmm_kvm_translation *out, struct cvmm_error *e)
{
	struct cvmm_kvm_translation arg = { .linear_address = linear };
	int ret = vcpu_read(vcpu, CVMM_KVM_TRANSLATE, &arg, e);

	if (ret == 0)
		*out = arg;
	return ret;
}

int cvmm_vcpu_set_signal_mask(struct cvmm_vcpu vcpu, const uint64_t *mask, struct cvmm_error *e)
{
	/* The set follows the length without padding in between. */
	struct {
		uint32_t len;
		uint32_t set[2];
	} arg = { .len = sizeof(*mask) };

	if (!mask)
		return vcpu_ioctl(vcpu, CVMM_KVM_SET_SIGNAL_MASK, 0, e);
	memcpy(arg.set, mask, sizeof(arg.set));
	return vcpu_write(vcpu, CVMM_KVM_SET_SIGNAL_MASK, &arg, e);
}

int cvmm_vcpu_set_arm64_guest_debug(
	struct cvmm_vcpu vcpu, const struct cvmm_arm64_guest_debug *debug, struct cvmm_error *e)
{
	return vcpu_write(vcpu, CVMM_KVM_ARM_GUEST_DEBUG, debug, e);
}

int cvmm_vcpu_run(struct cvmm_vcpu vcpu, struct cvmm_error *e)
{
	int ret = cvmm_gate_check(vcpu.be, e);

	return ret < 0 ? ret : vcpu_ioctl(vcpu, CVMM_KVM_RUN, 0, e);
}
