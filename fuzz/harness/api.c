/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Target functions: the wrappers of kvm-ioctls, vm-regs' commit points and the machine's phases, in any order
 *
 * The input is a program: one byte picks the call, the next ones its arguments. No order of calls may do more than fail. */
#include <string.h>

#include <cvmm/kvm-ioctls/arm64.h>
#include <cvmm/kvm-ioctls/device.h>
#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-ioctls/reg-id.h>

#include "../check.h"
#include "../input.h"
#include "../mutator.h"
#include "../rig.h"

/* Reading or restoring a whole machine takes as long as a hundred other calls; a program gets to do it so many times. */
#define CAPTURES 3u

static struct rig r;
static uint32_t captures;

static uint64_t some_id(struct fuzz_input *in)
{
	struct fuzz_rng rng = { fuzz_take(in, 2) };

	return fuzz_reg_id(&rng, 0);
}

static struct cvmm_vcpu some_vcpu(struct fuzz_input *in)
{
	return r.vcpu[fuzz_take(in, 1) % r.nvcpus];
}

static int call_vcpu(uint32_t what, struct fuzz_input *in, struct cvmm_error *e)
{
	struct cvmm_arm64_vcpu_init init = { .target = CVMM_ARM64_TARGET_GENERIC };
	struct cvmm_arm64_vcpu_events ev = { 0 };
	struct cvmm_vcpu vcpu = some_vcpu(in);
	uint8_t value[CVMM_REG_BYTES_MAX] = { 0 };
	uint64_t ids[700], id;
	uint32_t n = 0, state = 0;

	switch (what) {
	case 0: init.features[0] = (uint32_t)fuzz_take(in, 2); return cvmm_vcpu_init(vcpu, &init, e);
	case 1: return cvmm_vcpu_finalize(vcpu, (int)fuzz_take(in, 1), e);
	case 2: return cvmm_vcpu_get_reg_list(vcpu, ids, (uint32_t)fuzz_take(in, 2) % 700, &n, e);
	case 3:
		id = some_id(in);
		return cvmm_vcpu_get_one_reg(
			vcpu, id, value, (uint32_t)(fuzz_take(in, 1) & 1 ? 8 : cvmm_reg_bytes(id)), e);
	case 4:
		id = some_id(in);
		cvmm_store_le(value, 8, fuzz_take(in, 8));
		return cvmm_vcpu_set_one_reg(vcpu, id, value, cvmm_reg_bytes(id), e);
	case 5: return cvmm_vcpu_get_mp_state(vcpu, &state, e);
	case 6: return cvmm_vcpu_set_mp_state(vcpu, (uint32_t)fuzz_take(in, 1), e);
	case 7: return cvmm_vcpu_get_events(vcpu, &ev, e);
	case 8: return cvmm_vcpu_set_events(vcpu, &ev, e);
	case 9: return cvmm_vcpu_run(vcpu, e);
	case 10: return cvmm_vcpu_set_attr(vcpu, (uint32_t)fuzz_take(in, 1) & 3, fuzz_take(in, 1) & 3, value, e);
	case 11: return cvmm_vm_regs_commit(&r.regs, vcpu, e);
	case 12: return cvmm_vm_regs_clock(&r.regs, vcpu, cvmm_vm_reg_from_id(some_id(in)), fuzz_take(in, 8), e);
	default: return cvmm_vm_regs_get(&r.regs, vcpu, cvmm_vm_reg_from_id(some_id(in)), &id, e);
	}
}

/* A new guest's machine, judged against this host, on whatever the program made of the VM. */
static int apply(struct fuzz_input *in, const struct fuzz_host *h, struct cvmm_error *e)
{
	static _Alignas(16) uint8_t store[CVMM_VIEW_FRESH_BYTES];
	uint32_t variant = (uint32_t)fuzz_take(in, 1) % h->profile.nvariants, spoil = (uint32_t)fuzz_take(in, 1);
	uint32_t phase = (uint32_t)fuzz_take(in, 1) % (CVMM_PHASE_DONE + 2);
	struct cvmm_plan p;
	struct cvmm_view v;
	int err = cvmm_view_fresh(
		&h->profile, h->profile.variant[variant].features, NULL, 0, store, sizeof(store), &v, e);

	if (!err)
		err = rig_plan(&v, h, NULL, &p, e);
	if (err)
		return err;
	p.check ^= spoil == 1;
	p.nrefused += spoil == 2;
	v.vm.n -= spoil == 3 && v.vm.n;
	if (spoil == 4)
		v.arch = CVMM_ARCH_RISCV64;
	return cvmm_apply_until(&r.m, &v, &p, phase, e);
}

static int call_vm(uint32_t what, struct fuzz_input *in, const struct fuzz_host *h, struct cvmm_error *e)
{
	uint64_t args[4] = { 0 };
	struct cvmm_view v;
	size_t need;
	int err;

	switch (what) {
	case 0:
		if (r.nvcpus == FUZZ_VCPUS)
			return 0;
		err = cvmm_vm_create_vcpu(r.vm, (uint32_t)fuzz_take(in, 1), &r.vcpu[r.nvcpus], e);
		r.nvcpus += !err;
		return err;
	case 1: return cvmm_vm_check_extension(r.vm, (uint32_t)fuzz_take(in, 1), e);
	case 2: return cvmm_vm_enable_cap(r.vm, (uint32_t)fuzz_take(in, 1), args, e);
	case 3: return cvmm_vm_set_counter_offset(r.vm, fuzz_take(in, 8), e);
	case 4: return cvmm_vm_regs_stage(&r.regs, cvmm_vm_reg_from_id(some_id(in)), fuzz_take(in, 8), e);
	case 5: return cvmm_vm_regs_commit_early(&r.regs, e);
	case 6: return cvmm_machine_early(&r.m, e);
	case 7: return cvmm_machine_vcpus(&r.m, r.vcpu, (uint32_t)fuzz_take(in, 1) % (r.nvcpus + 1), e);
	case 8:
		return cvmm_machine_start(
			&r.m, fuzz_take(in, 2), NULL, 0, fuzz_take(in, 1) & 1 ? &h->profile : NULL, e);
	case 9: return cvmm_capture_need(&r.m, &need, e);
	case 10: return captures++ < CAPTURES ? apply(in, h, e) : 0;
	default: return captures++ < CAPTURES ? rig_capture(&r, h, &v, e) : 0;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	const struct fuzz_host *h = fuzz_host((uint32_t)fuzz_take(&in, 1));
	struct cvmm_error e;
	uint32_t times;

	captures = 0;
	if (rig_open(&r, h, &h->be, 0, &e)) {
		rig_close(&r);
		return 0;
	}
	for (times = 0; in.left && times < 200; times++) {
		uint32_t what = (uint32_t)fuzz_take(&in, 1);
		int err;

		memset(&e, 0, sizeof(e));
		if (what & 0x80 && r.nvcpus)
			err = call_vcpu((what & 0x7f) % 14, &in, &e);
		else
			err = call_vm((what & 0x7f) % 12, &in, h, &e);
		FUZZ_CHECK(err >= 0 || e.err == err, "call %x returns %d, its error says %d", what, err, e.err);
	}
	rig_close(&r);
	return 0;
}
