/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Traits: behaviour that no register list shows. Each is a question to a throwaway VM of its own. */
#include <errno.h>

#include <cvmm/kvm-ioctls/reg-id.h>

#include "mem.h"
#include "probe_dev.h"

#define VGIC_GROUP_DIST_REGS 1u
#define GICD_IIDR	     8u
#define IIDR_REVISIONS	     6u

#define ID_AA64MMFR0	     CVMM_ARM64_SYS(3, 0, 0, 7, 0)
#define PMINTENSET	     CVMM_ARM64_SYS(3, 0, 9, 14, 1)
#define PMINTENCLR	     CVMM_ARM64_SYS(3, 0, 9, 14, 2)
#define PMSWINC		     CVMM_ARM64_SYS(3, 3, 9, 12, 4)
#define PMOVSSET	     CVMM_ARM64_SYS(3, 3, 9, 14, 3)
#define PMEVCNTR0	     CVMM_ARM64_SYS(3, 3, 14, 8, 0)
#define PTIMER_CTL	     CVMM_ARM64_SYS(3, 3, 14, 2, 1)
#define PTIMER_CVAL	     CVMM_ARM64_SYS(3, 3, 14, 2, 2)

#define TIMER_ISTATUS	     4u
#define PMU_CYCLES	     UINT64_C(0x80000000)
#define ALL_FEATURES	     32u
#define E2H0		     8u

struct asked {
	struct cvmm_kvm kvm;
	uint64_t all;
};

/* A question: 0 with the value, or -errno if it cannot be answered on this host; the trait is then left out. */
typedef int question(const struct asked *a, uint64_t *v);

static int features_differ(struct probe_vm *p, const struct asked *a, uint64_t *v)
{
	uint64_t extra = a->all & ~CVMM_ARM64_FEATURE_PSCI_0_2;
	int ret = probe_vm_init(p, 0, CVMM_ARM64_FEATURE_PSCI_0_2);

	if (ret < 0)
		return ret;
	if (extra & CVMM_ARM64_FEATURE_PMU_V3)
		extra = CVMM_ARM64_FEATURE_PMU_V3;
	if (!extra)
		return -EOPNOTSUPP;
	*v = probe_vm_init(p, 1, CVMM_ARM64_FEATURE_PSCI_0_2 | extra) < 0;
	return 0;
}

static int unified_features(const struct asked *a, uint64_t *v)
{
	struct probe_vm p;
	int ret = probe_vm_bare(a->kvm, &p);

	if (ret >= 0)
		ret = features_differ(&p, a, v);
	probe_vm_close(&p);
	return ret;
}

static int id_frozen(const struct asked *a, uint64_t *v)
{
	struct probe_vm p;
	uint64_t value;
	int ret = probe_vm_open(a->kvm, CVMM_ARM64_FEATURE_PSCI_0_2, &p);

	if (ret >= 0)
		ret = probe_vm_devices(&p);
	if (ret >= 0)
		ret = probe_get(&p, ID_AA64MMFR0, &value);
	if (ret >= 0)
		ret = probe_vm_run_once(&p, 0);
	if (ret >= 0)
		*v = probe_set(&p, ID_AA64MMFR0, value & 15 ? value - 1 : value + 1) == -EBUSY;
	probe_vm_close(&p);
	return ret;
}

static int get_iidr(const struct probe_vm *p, uint32_t *iidr)
{
	return p->gic.fd < 0 ? -ENODEV : cvmm_device_get_attr(p->gic, VGIC_GROUP_DIST_REGS, GICD_IIDR, iidr, NULL);
}

/* Bit n of @accept: revision n was accepted; of @keep: and reads back. Each on a VM of its own. */
static int iidr_revisions(const struct asked *a, uint64_t *accept, uint64_t *keep)
{
	uint32_t rev, dflt, want, now;
	int ret = 0;

	*accept = *keep = 0;
	for (rev = 0; ret >= 0 && rev < IIDR_REVISIONS; rev++) {
		struct probe_vm p;

		ret = probe_vm_open(a->kvm, CVMM_ARM64_FEATURE_PSCI_0_2, &p);
		if (ret >= 0)
			ret = probe_vm_devices(&p);
		if (ret >= 0)
			ret = get_iidr(&p, &dflt);
		want = (dflt & ~UINT32_C(0xf000)) | rev << 12;
		if (ret >= 0 && cvmm_device_set_attr(p.gic, VGIC_GROUP_DIST_REGS, GICD_IIDR, &want, NULL) >= 0) {
			*accept |= UINT64_C(1) << rev;
			ret = get_iidr(&p, &now);
			if (ret >= 0 && now == want)
				*keep |= UINT64_C(1) << rev;
		}
		probe_vm_close(&p);
	}
	return ret;
}

static int iidr_accept(const struct asked *a, uint64_t *v)
{
	uint64_t keep;

	return iidr_revisions(a, v, &keep);
}

static int iidr_keep(const struct asked *a, uint64_t *v)
{
	uint64_t accept;

	return iidr_revisions(a, &accept, v);
}

static int iidr_at(const struct asked *a, int initialised, uint32_t *iidr)
{
	struct probe_vm p;
	int ret = probe_vm_open(a->kvm, CVMM_ARM64_FEATURE_PSCI_0_2, &p);

	if (ret >= 0 && initialised)
		ret = probe_vm_devices(&p);
	if (ret >= 0)
		ret = get_iidr(&p, iidr);
	probe_vm_close(&p);
	return ret;
}

static int iidr_early(const struct asked *a, uint64_t *v)
{
	uint32_t iidr;
	int ret = iidr_at(a, 0, &iidr);

	*v = ret >= 0;
	return ret == -EBUSY ? 0 : ret;
}

static int iidr_value(const struct asked *a, uint64_t *v)
{
	uint32_t iidr;
	int ret = iidr_at(a, 1, &iidr);

	*v = ret >= 0 ? iidr : 0;
	return ret;
}

static int counter_offset(const struct asked *a, uint64_t *v)
{
	struct probe_vm p;
	int ret = probe_vm_open(a->kvm, CVMM_ARM64_FEATURE_PSCI_0_2, &p);

	if (ret >= 0)
		*v = cvmm_vm_set_counter_offset(p.vm, 0x1000, NULL) >= 0;
	probe_vm_close(&p);
	return ret;
}

static int writable_masks(const struct asked *a, uint64_t *v)
{
	uint64_t mask[CVMM_ARM64_MASKS];
	struct probe_vm p;
	int ret = probe_vm_bare(a->kvm, &p);

	if (ret >= 0)
		*v = cvmm_vm_get_reg_writable_masks(p.vm, mask, NULL) >= 0;
	probe_vm_close(&p);
	return ret;
}

/* In the order in which some kernels list them ahead of the other system registers. */
static const uint64_t head[] = { CVMM_ARM64_SYS(3, 3, 14, 3, 1), CVMM_ARM64_SYS(3, 3, 14, 3, 2),
	CVMM_ARM64_SYS(3, 3, 14, 0, 2), PTIMER_CTL, CVMM_ARM64_PTIMER_CNT, PTIMER_CVAL, CVMM_ARM64_MIDR_EL1,
	CVMM_ARM64_REVIDR_EL1, CVMM_ARM64_CLIDR_EL1, CVMM_ARM64_AIDR_EL1, CVMM_ARM64_CTR_EL0 };

static int head_index(uint64_t id)
{
	uint32_t i;

	for (i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		if (head[i] == id)
			return (int)i;
	return -1;
}

static int list_head(const struct asked *a, uint64_t *v)
{
	struct probe_vm p;
	uint64_t *list;
	uint32_t n, i;
	int last = -1, at, ret = probe_vm_open(a->kvm, CVMM_ARM64_FEATURE_PSCI_0_2, &p);

	list = ret >= 0 ? probe_list(p.vcpu[0], &n) : NULL;
	*v = 0;
	for (i = 0; list && i < n; i++) {
		if ((list[i] & UINT64_C(0xffffffffffff0000)) != CVMM_ARM64_SYSREG)
			continue;
		at = head_index(list[i]);
		if (at <= last)
			break;
		*v |= UINT64_C(1) << at;
		last = at;
	}
	probe_vm_close(&p);
	return list ? 0 : -EOPNOTSUPP;
}

/* KVM answers ENOENT to a bit that it does not know and EINVAL to one that it knows and does not offer. */
static int features_known(const struct asked *a, uint64_t *v)
{
	uint32_t bit;
	int ret = 0;

	*v = 0;
	for (bit = 0; ret >= 0 && bit < ALL_FEATURES; bit++) {
		uint64_t also = bit == E2H0 ? CVMM_ARM64_FEATURE_HAS_EL2 : 0;
		struct probe_vm p;

		ret = probe_vm_bare(a->kvm, &p);
		if (ret >= 0 &&
			probe_vm_init(&p, 0, CVMM_ARM64_FEATURE_PSCI_0_2 | also | UINT64_C(1) << bit) != -ENOENT)
			*v |= UINT64_C(1) << bit;
		probe_vm_close(&p);
	}
	return ret;
}

static int timer_istatus(const struct asked *a, uint64_t *v)
{
	struct probe_vm p;
	uint64_t ctl;
	int ret = probe_vm_open(a->kvm, CVMM_ARM64_FEATURE_PSCI_0_2, &p);

	if (ret >= 0)
		ret = probe_get(&p, CVMM_ARM64_TIMER_CTL, &ctl);
	if (ret >= 0)
		*v = (ctl & TIMER_ISTATUS) != 0;
	probe_vm_close(&p);
	return ret;
}

/* Which smaller values are plausible differs, but a CLIDR that can be written at all takes one of them. */
static int cache_writable(const struct asked *a, uint64_t *v)
{
	struct probe_vm p;
	int ret = probe_vm_open(a->kvm, CVMM_ARM64_FEATURE_PSCI_0_2, &p);

	if (ret >= 0)
		*v = probe_lower_fields(&p, CVMM_ARM64_CLIDR_EL1) != 0;
	probe_vm_close(&p);
	return ret;
}

static int vcpu_dup_first(const struct asked *a, uint64_t *v)
{
	struct probe_vm p;
	struct cvmm_vcpu again;
	int ret = probe_vm_open(a->kvm, CVMM_ARM64_FEATURE_PSCI_0_2, &p);

	if (ret >= 0)
		ret = p.gic.fd < 0 ? -EOPNOTSUPP : probe_vm_devices(&p);
	if (ret >= 0)
		*v = cvmm_vm_create_vcpu(p.vm, 0, &again, NULL) == -EEXIST;
	probe_vm_close(&p);
	return ret;
}

static const struct {
	enum cvmm_trait trait;
	question *ask;
} questions[] = {
	{ CVMM_TRAIT_UNIFIED_FEATURES, unified_features },
	{ CVMM_TRAIT_ID_FROZEN, id_frozen },
	{ CVMM_TRAIT_IIDR_ACCEPT, iidr_accept },
	{ CVMM_TRAIT_IIDR_KEEP, iidr_keep },
	{ CVMM_TRAIT_IIDR_EARLY, iidr_early },
	{ CVMM_TRAIT_COUNTER_OFFSET, counter_offset },
	{ CVMM_TRAIT_WRITABLE_MASKS, writable_masks },
	{ CVMM_TRAIT_LIST_HEAD, list_head },
	{ CVMM_TRAIT_FEATURES_KNOWN, features_known },
	{ CVMM_TRAIT_TIMER_ISTATUS, timer_istatus },
	{ CVMM_TRAIT_CACHE_WRITABLE, cache_writable },
	{ CVMM_TRAIT_IIDR_VALUE, iidr_value },
	{ CVMM_TRAIT_VCPU_DUP_FIRST, vcpu_dup_first },
};

static int ask(const struct asked *a, uint32_t trait, uint64_t *v)
{
	uint32_t i;

	for (i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		if (questions[i].trait == trait)
			return questions[i].ask(a, v);
	if (!(a->all & CVMM_ARM64_FEATURE_PMU_V3))
		return -EOPNOTSUPP;
	return probe_pmu(a->kvm, trait, v);
}

void probe_traits(struct cvmm_kvm kvm, uint64_t all, struct probe_pairs *out)
{
	const struct asked a = { .kvm = kvm, .all = all };
	uint32_t trait;
	uint64_t v;

	for (trait = 1; cvmm_trait_name(trait); trait++)
		if (ask(&a, trait, &v) >= 0)
			probe_pair(out, trait, v);
}
