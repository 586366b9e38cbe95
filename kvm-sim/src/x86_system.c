/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* x86_64: the system handle: what the host supports. */
#include "x86.h"

#define SUBLEAVES 64u

/* A count, then entries: too little room is E2BIG with the count filled in. */
int cvmm_x86_put_list(uintptr_t arg, uint32_t head, uint32_t entry, const void *list, uint32_t n)
{
	uint32_t room;
	int ret = sim_fetch(&room, arg, sizeof(room));

	if (ret == 0)
		ret = sim_put(arg, &n, sizeof(n));
	if (ret == 0 && room < n)
		ret = -E2BIG;
	return ret < 0 ? ret : sim_put(arg + head, list, (size_t)n * entry);
}

static int msr_index_list(struct sim *s, uintptr_t arg)
{
	uint32_t list[512], n = 0, i;

	for (i = 0; i < s->nitems && n < 512; i++)
		if (X86_IS_MSR(sim_items(s)[i].id))
			list[n++] = (uint32_t)sim_items(s)[i].id;
	return cvmm_x86_put_list(arg, 4, 4, list, n);
}

static int feature_list(struct sim *s, uintptr_t arg)
{
	uint32_t list[512], n = 0;

	for (; n < s->profile->nmasks && n < 512; n++)
		list[n] = (uint32_t)s->profile->mask[n].id;
	return cvmm_x86_put_list(arg, 4, 4, list, n);
}

static int feature_msrs(struct sim *s, uintptr_t arg)
{
	uint32_t head[2], i;
	int ret = sim_fetch(head, arg, sizeof(head));

	if (ret == 0 && head[0] >= 256)
		ret = -E2BIG;
	for (i = 0; ret == 0 && i < head[0]; i++) {
		struct cvmm_x86_msr m;
		const struct cvmm_pair *p;

		ret = sim_fetch(&m, arg + 8 + i * sizeof(m), sizeof(m));
		p = ret < 0 ? NULL : cvmm_pair_find(s->profile->mask, s->profile->nmasks, X86_MSR(m.index));
		if (!p)
			break;
		m.data = p->value;
		ret = sim_put(arg + 8 + i * sizeof(m), &m, sizeof(m));
	}
	return ret < 0 ? ret : (int)i;
}

uint32_t cvmm_kvm_sim_x86_cpuid(const struct sim *s, struct cvmm_x86_cpuid_entry *out, uint32_t max)
{
	static const uint32_t sub[] = { 4, 7, 0xb, 0xd, 0xf, 0x10, 0x12, 0x14, 0x17, 0x18, 0x1d, 0x1e, 0x1f,
		0x8000001d };
	const struct sim_item *items = sim_items(s);
	const struct sim_image *im = sim_at(s, s->images);
	uint32_t i, k, n = 0, pass;

	/* By function, as the kernel lists them: basic leaves before the hypervisor's and the extended ones. */
	for (pass = 0; pass < 3; pass++)
		for (i = 0; i < s->nitems && n < max; i++) {
			uint32_t fn = (uint32_t)items[i].id, where = fn >> 30 == 0 ? 0 : fn >> 30 == 1 ? 1 : 2;
			struct cvmm_x86_cpuid_entry e = { .function = fn };

			if (!X86_IS_CPUID(items[i].id) || where != pass)
				continue;
			e.index = (uint32_t)(items[i].id >> 32) & (SUBLEAVES - 1);
			for (k = 0; k < sizeof(sub) / sizeof(sub[0]); k++)
				e.flags |= sub[k] == fn ? CVMM_X86_CPUID_INDEX_MATTERS : 0;
			memcpy(&e.eax, (const uint8_t *)sim_at(s, im->vals) + items[i].slot, 16);
			out[n++] = e;
		}
	return n;
}

static int supported_cpuid(struct sim *s, uintptr_t arg, int emulated)
{
	struct cvmm_x86_cpuid_entry list[CVMM_X86_CPUID_MAX];
	uint32_t n = cvmm_kvm_sim_x86_cpuid(s, list, CVMM_X86_CPUID_MAX), room;
	int ret = sim_fetch(&room, arg, sizeof(room));

	n = emulated && n > 2 ? 2 : n;
	if (ret < 0 || room < n)
		return ret < 0 ? ret : -E2BIG;
	ret = sim_put(arg, &n, sizeof(n));
	return ret < 0 ? ret : sim_put(arg + 8, list, n * sizeof(list[0]));
}

static int system_attr(unsigned long req, uintptr_t arg)
{
	struct cvmm_kvm_device_attr a;
	const uint64_t xcomp = 0x7;
	int ret = sim_fetch(&a, arg, sizeof(a));

	if (ret < 0)
		return ret;
	if (a.group || a.attr)
		return -ENXIO;
	return req == CVMM_KVM_HAS_DEVICE_ATTR ? 0 : sim_put(a.addr, &xcomp, sizeof(xcomp));
}

int cvmm_sim_x86_system(struct sim *s, unsigned long req, uintptr_t arg)
{
	const uint64_t mce = 0x900010a;

	switch (req) {
	case CVMM_KVM_GET_MSR_INDEX_LIST: return msr_index_list(s, arg);
	case CVMM_KVM_GET_MSR_FEATURE_INDEX_LIST: return feature_list(s, arg);
	case CVMM_KVM_GET_MSRS: return feature_msrs(s, arg);
	case CVMM_KVM_GET_SUPPORTED_CPUID: return supported_cpuid(s, arg, 0);
	case CVMM_KVM_GET_EMULATED_CPUID: return supported_cpuid(s, arg, 1);
	case CVMM_KVM_X86_GET_MCE_CAP_SUPPORTED: return sim_put(arg, &mce, sizeof(mce));
	case CVMM_KVM_GET_DEVICE_ATTR:
	case CVMM_KVM_HAS_DEVICE_ATTR: return system_attr(req, arg);
	default: return -EINVAL;
	}
}
