/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A machine, and the start of a new guest that can be rolled back from its first instruction. */
#include <errno.h>

#include "machine_arch.h"
#include "pins.h"

#define NS_PER_S UINT64_C(1000000000)
#define HZ_MAX	 UINT64_C(18000000000)

const struct machine_arch *cvmm_machine_arch(uint32_t arch)
{
	switch (arch) {
	case CVMM_ARCH_ARM64: return &cvmm_machine_arm64;
	case CVMM_ARCH_X86_64: return &cvmm_machine_x86_64;
	case CVMM_ARCH_RISCV64: return &cvmm_machine_rv64;
	default: return NULL;
	}
}

int cvmm_machine_init(struct cvmm_machine *m, struct cvmm_vm vm, struct cvmm_gate *gate, struct cvmm_vm_regs *regs,
	struct cvmm_error *e)
{
	if (regs->vm.fd != vm.fd || regs->vm.be != vm.be || vm.be != &gate->be)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_ARGUMENT);
	*m = (struct cvmm_machine){ .vm = vm, .gate = gate, .regs = regs, .arch = CVMM_ARCH_ARM64 };
	return 0;
}

uint64_t cvmm_clock_ahead(const struct cvmm_clock *clock, uint64_t now_ns, uint64_t hz)
{
	uint64_t ns = now_ns - clock->saved_ns, seconds = ns / NS_PER_S, rest = ns % NS_PER_S;

	if (clock->policy != CVMM_CLOCK_CONTINUE || now_ns <= clock->saved_ns || !hz)
		return 0;
	/* The rest of a second times hz fits for any hz below 18 GHz. */
	if (hz > HZ_MAX || seconds > (INT64_MAX - hz) / hz)
		return INT64_MAX;
	return seconds * hz + rest * hz / NS_PER_S;
}

int cvmm_machine_vcpus(struct cvmm_machine *m, const struct cvmm_vcpu *vcpu, uint32_t n, struct cvmm_error *e)
{
	if (m->phase != CVMM_PHASE_VM || !n)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_PHASE_ORDER);
	if (n > CVMM_VCPUS_MAX)
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_TOO_MANY_VCPUS, 0, CVMM_VCPUS_MAX);
	m->vcpu = vcpu;
	m->nvcpus = n;
	m->phase = CVMM_PHASE_VCPUS;
	return 0;
}

/* Puts the phase into the error, kills the gate, hands the error out. */
static int die(struct cvmm_machine *m, uint32_t phase, int ret, struct cvmm_error *why, struct cvmm_error *e)
{
	why->phase = (uint16_t)phase;
	cvmm_gate_kill(m->gate, why);
	if (e)
		*e = *why;
	return ret;
}

int cvmm_machine_early(struct cvmm_machine *m, struct cvmm_error *e)
{
	struct cvmm_error why;
	int ret = cvmm_gate_check(m->vm.be, e);

	if (ret < 0)
		return ret;
	if (m->phase != CVMM_PHASE_NONE)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_PHASE_ORDER);
	ret = cvmm_vm_regs_commit_early(m->regs, &why);
	if (ret < 0)
		return die(m, CVMM_PHASE_VM, ret, &why, e);
	m->phase = CVMM_PHASE_VM;
	return 0;
}

int cvmm_machine_start(struct cvmm_machine *m, uint64_t features, const struct cvmm_pair *pin, uint32_t npin,
	const struct cvmm_profile *host, struct cvmm_error *e)
{
	struct pins pins = { .pair = pin, .n = npin, .features = features };
	struct cvmm_error why;
	uint32_t phase;
	int ret = cvmm_gate_check(m->vm.be, e);

	if (ret < 0)
		return ret;
	if (m->phase != CVMM_PHASE_VCPUS)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_PHASE_ORDER);
	ret = cvmm_pins_check(&pins, e);
	if (ret < 0)
		return ret;
	m->features = features;
	ret = cvmm_machine_arch(m->arch)->start(m, &pins, host, &phase, &why);
	if (ret < 0)
		return die(m, phase, ret, &why, e);
	m->phase = CVMM_PHASE_DONE;
	return 0;
}
