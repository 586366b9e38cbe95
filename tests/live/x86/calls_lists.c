/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What KVM gives or takes a list of, and what is one of a list: MSRs, CPUID, ONE_REG; and nested state, whose size varies. */
#include "calls.h"

#include <string.h>

/* n MSRs of which number bad is one that does not exist. */
static int msrs(struct contract *c, int on, int set)
{
	static const uint32_t good[] = { 0x174, 0x175, 0x176, 0x277 };
	struct cvmm_x86_msr m[256] = { 0 };
	uint32_t n = A32("n"), bad = (uint32_t)AOR("bad", 999), i;
	int ret;

	for (i = 0; i < n && i < 256; i++) {
		m[i].index = i == bad ? (uint32_t)AOR("msr", 0x123456) : good[i % 4];
		m[i].data = set ? AOR("data", 0) : 0xa5;
	}
	if (on == 0)
		return cvmm_kvm_get_msrs(c->r.kvm, m, n, &c->e);
	ret = set ? cvmm_vcpu_set_msrs(c->r.vcpu, m, n, &c->e) : cvmm_vcpu_get_msrs(c->r.vcpu, m, n, &c->e);
	for (i = 0; !set && ret < 0 && i < n && i < 256; i++)
		if (m[i].data != 0xa5)
			c->complaint = "a failed read wrote to its output";
	return ret;
}

static int c_get_msrs(struct contract *c)
{
	return msrs(c, 2, 0);
}

static int c_set_msrs(struct contract *c)
{
	return msrs(c, 2, 1);
}

static int c_get_feature_msrs(struct contract *c)
{
	return msrs(c, 0, 0);
}

/* One MSR: written, and read again. */
static int c_msr(struct contract *c)
{
	struct cvmm_x86_msr m = { .index = A32("msr"), .data = A("data") };
	int ret = cvmm_vcpu_set_msrs(c->r.vcpu, &m, 1, &c->e);

	if (cvmm_vcpu_get_msrs(c->r.vcpu, &m, 1, NULL) == 0)
		c->value = m.data;
	return ret;
}

static struct cpuid cpuid_buf;

static int c_set_cpuid2(struct contract *c)
{
	uint32_t n = 0;
	int ret = A("same") ? cvmm_vcpu_get_cpuid2(c->r.vcpu, &cpuid_buf.head, CVMM_X86_CPUID_MAX, &n, &c->e)
			    : cvmm_kvm_get_supported_cpuid(c->r.kvm, &cpuid_buf.head, CVMM_X86_CPUID_MAX, &n, &c->e);

	if (ret < 0)
		return ret;
	cpuid_buf.head.nent = (uint32_t)AOR("nent", n);
	if (A("flip") && n)
		cpuid_buf.entry[0].eax ^= A32("flip");
	return cvmm_vcpu_set_cpuid2(c->r.vcpu, &cpuid_buf.head, &c->e);
}

static int c_set_cpuid1(struct contract *c)
{
	memset(&cpuid_buf, 0, sizeof(cpuid_buf));
	cpuid_buf.head.nent = A32("nent");
	return cvmm_vcpu_set_cpuid1(c->r.vcpu, &cpuid_buf.head, &c->e);
}

#define CPUID_LIST(name, function, on)                                               \
	static int c_##name(struct contract *c)                                      \
	{                                                                            \
		uint32_t n = 0;                                                      \
		int ret = function(c->r.on, &cpuid_buf.head, A32("cap"), &n, &c->e); \
                                                                                     \
		c->value = n;                                                        \
		return ret;                                                          \
	}
CPUID_LIST(get_cpuid2, cvmm_vcpu_get_cpuid2, vcpu)
CPUID_LIST(vcpu_hv_cpuid, cvmm_vcpu_get_supported_hv_cpuid, vcpu)
CPUID_LIST(supported_cpuid, cvmm_kvm_get_supported_cpuid, kvm)
CPUID_LIST(emulated_cpuid, cvmm_kvm_get_emulated_cpuid, kvm)
CPUID_LIST(hv_cpuid, cvmm_kvm_get_supported_hv_cpuid, kvm)

static int msr_list(struct contract *c,
	int (*list)(struct cvmm_kvm kvm, uint32_t *buf, uint32_t cap, uint32_t *n, struct cvmm_error *e))
{
	static uint32_t buf[1 + 1024];
	uint32_t n = 0;
	int ret = list(c->r.kvm, buf, A32("cap"), &n, &c->e);

	c->value = n;
	return ret;
}

static int c_msr_index_list(struct contract *c)
{
	return msr_list(c, cvmm_kvm_get_msr_index_list);
}

static int c_msr_feature_list(struct contract *c)
{
	return msr_list(c, cvmm_kvm_get_msr_feature_index_list);
}

static int c_reg_list(struct contract *c)
{
	static uint64_t buf[1 + 512];
	uint32_t n = 0;
	int ret = cvmm_vcpu_get_reg_list(c->r.vcpu, buf, A32("cap"), &n, &c->e);

	c->value = n;
	return ret;
}

static int c_get_one_reg(struct contract *c)
{
	return cvmm_vcpu_get_one_reg(c->r.vcpu, A("reg"), &c->value, (uint32_t)AOR("size", 8), &c->e);
}

static int c_set_one_reg(struct contract *c)
{
	uint64_t v = A("data");
	int ret = cvmm_vcpu_set_one_reg(c->r.vcpu, A("reg"), &v, (uint32_t)AOR("size", 8), &c->e);

	if (cvmm_vcpu_get_one_reg(c->r.vcpu, A("reg"), &v, 8, NULL) == 0)
		c->value = v;
	return ret;
}

static int c_get_nested(struct contract *c)
{
	static _Alignas(8) uint8_t buf[16384];
	size_t bytes = 0;
	int ret = cvmm_vcpu_get_nested_state(c->r.vcpu, (void *)buf, (size_t)A("cap"), &bytes, &c->e);

	c->value = bytes;
	return ret;
}

static int c_set_nested(struct contract *c)
{
	static _Alignas(8) uint8_t buf[16384];
	struct cvmm_x86_nested_state *s = (void *)buf;

	s->flags = (uint16_t)A("flags");
	s->format = (uint16_t)AOR("format", 1);
	s->size = (uint32_t)AOR("size", 128);
	return cvmm_vcpu_set_nested_state(c->r.vcpu, s, sizeof(buf), &c->e);
}

static int c_mcg_cap(struct contract *c)
{
	return cvmm_kvm_get_mce_cap_supported(c->r.kvm, &c->value, &c->e);
}

const struct contract_op contract_lists[] = {
	{ "kvm.get_supported_cpuid", c_supported_cpuid },
	{ "kvm.get_emulated_cpuid", c_emulated_cpuid },
	{ "kvm.get_supported_hv_cpuid", c_hv_cpuid },
	{ "kvm.get_msr_index_list", c_msr_index_list },
	{ "kvm.get_msr_feature_index_list", c_msr_feature_list },
	{ "kvm.get_msrs", c_get_feature_msrs },
	{ "kvm.get_mce_cap_supported", c_mcg_cap },
	{ "vcpu.get_msrs", c_get_msrs },
	{ "vcpu.set_msrs", c_set_msrs },
	{ "vcpu.msr", c_msr },
	{ "vcpu.set_cpuid1", c_set_cpuid1 },
	{ "vcpu.set_cpuid2", c_set_cpuid2 },
	{ "vcpu.get_cpuid2", c_get_cpuid2 },
	{ "vcpu.get_supported_hv_cpuid", c_vcpu_hv_cpuid },
	{ "vcpu.get_reg_list", c_reg_list },
	{ "vcpu.get_one_reg", c_get_one_reg },
	{ "vcpu.set_one_reg", c_set_one_reg },
	{ "vcpu.get_nested_state", c_get_nested },
	{ "vcpu.set_nested_state", c_set_nested },
	{ NULL, NULL },
};
