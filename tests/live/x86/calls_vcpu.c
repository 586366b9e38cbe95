/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Calls on a vCPU that move no block of state. */
#include "calls.h"

#include <string.h>

static int c_set_mce(struct contract *c)
{
	struct cvmm_x86_mce m = { .status = A("status"), .bank = (uint8_t)A("bank") };

	return cvmm_vcpu_set_mce(c->r.vcpu, &m, &c->e);
}

static int c_guest_debug(struct contract *c)
{
	struct cvmm_x86_guest_debug d = { .control = A32("control") };

	return cvmm_vcpu_set_x86_guest_debug(c->r.vcpu, &d, &c->e);
}

static int c_mp_state(struct contract *c)
{
	uint32_t now = 99;
	int ret = cvmm_vcpu_set_mp_state(c->r.vcpu, A32("state"), &c->e);

	if (cvmm_vcpu_get_mp_state(c->r.vcpu, &now, NULL) == 0)
		c->value = now;
	return ret;
}

static int c_translate(struct contract *c)
{
	struct cvmm_kvm_translation t;
	int ret = cvmm_vcpu_translate(c->r.vcpu, A("linear"), &t, &c->e);

	if (ret == 0)
		c->value = t.valid ? t.physical_address : UINT64_MAX;
	return ret;
}

static int c_pre_fault(struct contract *c)
{
	uint64_t size = AOR("size", 8192);
	int ret = cvmm_vcpu_pre_fault_memory(c->r.vcpu, A("gpa"), &size, &c->e);

	c->value = size;
	return ret;
}

/* wait: for INIT, as a vCPU does that is not the first; nmi: what wakes it. */
static int c_run(struct contract *c)
{
	int ret = A("wait") ? cvmm_vcpu_set_mp_state(c->r.vcpu, CVMM_MP_STATE_UNINITIALIZED, &c->e) : 0;

	if (ret == 0 && A("nmi"))
		ret = cvmm_vcpu_nmi(c->r.vcpu, &c->e);
	if (ret < 0)
		return ret;
	c->r.run->immediate_exit = (uint8_t)A("immediate");
	if (A("dead"))
		cvmm_gate_kill(&c->r.gate, NULL);
	return cvmm_vcpu_run(c->r.vcpu, &c->e);
}

static int c_map_run(struct contract *c)
{
	struct cvmm_run *run = NULL;
	size_t bytes = (size_t)AOR("bytes", 4096);
	int ret = cvmm_vcpu_map_run(c->r.vcpu, bytes, &run, &c->e);

	if (ret == 0)
		return cvmm_vcpu_unmap_run(c->r.vcpu, run, bytes);
	if (run)
		c->complaint = "failed and gave an area";
	return ret;
}

/* clock: the guest switches its clock on first, as writing that MSR does. */
static int c_kvmclock_ctrl(struct contract *c)
{
	struct cvmm_x86_msr m = { .index = 0x4b564d01, .data = A("clock") };
	int ret = m.data ? cvmm_vcpu_set_msrs(c->r.vcpu, &m, 1, &c->e) : 0;

	return ret < 0 ? ret : cvmm_vcpu_kvmclock_ctrl(c->r.vcpu, &c->e);
}

/* set: written, and read again. */
static int c_vcpu_attr(struct contract *c)
{
	const uint64_t data = A("data");
	uint32_t group = A32("group");
	uint64_t attr = A("attr");
	int ret;

	if (A("has"))
		return cvmm_vcpu_has_attr(c->r.vcpu, group, attr, &c->e);
	if (!A("set"))
		return cvmm_vcpu_get_attr(c->r.vcpu, group, attr, &c->value, &c->e);
	ret = cvmm_vcpu_set_attr(c->r.vcpu, group, attr, &data, &c->e);
	if (cvmm_vcpu_get_attr(c->r.vcpu, group, attr, &c->value, NULL) < 0)
		c->value = 0;
	return ret;
}

static int c_vcpu_enable_cap(struct contract *c)
{
	const uint64_t args[4] = { A("arg") };

	return cvmm_vcpu_enable_cap(c->r.vcpu, A32("cap"), args, &c->e);
}

static int c_xen_vcpu_attr(struct contract *c)
{
	struct cvmm_x86_xen_attr x = { .type = (uint16_t)A("type") };

	return A("set") ? cvmm_vcpu_set_xen_attr(c->r.vcpu, &x, &c->e) : cvmm_vcpu_get_xen_attr(c->r.vcpu, &x, &c->e);
}

SIMPLE(vcpu_stats, closed(cvmm_vcpu_get_stats_fd(c->r.vcpu, &c->e)))
SIMPLE(tsc, cvmm_vcpu_get_tsc_khz(c->r.vcpu, &c->e))
SIMPLE(set_tsc, cvmm_vcpu_set_tsc_khz(c->r.vcpu, A32("khz"), &c->e))
SIMPLE(nmi, cvmm_vcpu_nmi(c->r.vcpu, &c->e))
SIMPLE(smi, cvmm_vcpu_smi(c->r.vcpu, &c->e))
SIMPLE(setup_mce, cvmm_vcpu_setup_mce(c->r.vcpu, A("cap"), &c->e))
SIMPLE(vapic, cvmm_vcpu_set_vapic_addr(c->r.vcpu, A("gpa"), &c->e))
SIMPLE(tpr, cvmm_vcpu_tpr_access_reporting(c->r.vcpu, A32("on"), &c->e))
SIMPLE(interrupt, cvmm_vcpu_interrupt(c->r.vcpu, A32("vector"), &c->e))
SIMPLE(sigmask, cvmm_vcpu_set_signal_mask(c->r.vcpu, A("none") ? NULL : &(uint64_t){ 0 }, &c->e))

const struct contract_op contract_vcpu[] = {
	{ "vcpu.mp_state", c_mp_state },
	{ "vcpu.get_tsc_khz", c_tsc },
	{ "vcpu.set_tsc_khz", c_set_tsc },
	{ "vcpu.nmi", c_nmi },
	{ "vcpu.smi", c_smi },
	{ "vcpu.kvmclock_ctrl", c_kvmclock_ctrl },
	{ "vcpu.set_x86_guest_debug", c_guest_debug },
	{ "vcpu.setup_mce", c_setup_mce },
	{ "vcpu.set_mce", c_set_mce },
	{ "vcpu.set_vapic_addr", c_vapic },
	{ "vcpu.tpr_access_reporting", c_tpr },
	{ "vcpu.interrupt", c_interrupt },
	{ "vcpu.translate", c_translate },
	{ "vcpu.set_signal_mask", c_sigmask },
	{ "vcpu.pre_fault_memory", c_pre_fault },
	{ "vcpu.enable_cap", c_vcpu_enable_cap },
	{ "vcpu.attr", c_vcpu_attr },
	{ "vcpu.get_stats_fd", c_vcpu_stats },
	{ "vcpu.run", c_run },
	{ "vcpu.map_run", c_map_run },
	{ "vcpu.xen_attr", c_xen_vcpu_attr },
	{ NULL, NULL },
};
