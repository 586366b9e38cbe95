/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A host's profile, put together from what the KVM answered. */
#include "probe_dev.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <cvmm/kvm-ioctls/reg-id.h>

#include "mem.h"
#include "opt.h"
#include "probe.h"
#include "say.h"

#define CAPS_ASKED   1024u
#define VARIANTS_MAX 14u

void probe_caps(struct cvmm_kvm kvm, struct probe_pairs *out)
{
	uint32_t cap;

	for (cap = 0; cap < CAPS_ASKED; cap++) {
		int v = cvmm_kvm_check_extension(kvm, cap, NULL);

		if (v > 0)
			probe_pair(out, cap, (uint64_t)v);
	}
}

/* What a vCPU can have, by capability; each is a variant by itself. @in_all: part of what a guest gets by default */
static const struct {
	uint32_t cap, also;
	uint64_t features;
	int in_all;
} offers[] = {
	{ CVMM_CAP_ARM_PMU_V3, CVMM_CAP_ARM_PMU_V3, CVMM_ARM64_FEATURE_PMU_V3, 1 },
	{ CVMM_CAP_ARM_SVE, CVMM_CAP_ARM_SVE, CVMM_ARM64_FEATURE_SVE, 1 },
	{ CVMM_CAP_ARM_PTRAUTH_ADDRESS, CVMM_CAP_ARM_PTRAUTH_GENERIC,
		CVMM_ARM64_FEATURE_PTRAUTH_ADDRESS | CVMM_ARM64_FEATURE_PTRAUTH_GENERIC, 1 },
	{ CVMM_CAP_ARM_EL1_32BIT, CVMM_CAP_ARM_EL1_32BIT, CVMM_ARM64_FEATURE_EL1_32BIT, 0 },
	{ CVMM_CAP_ARM_EL2, CVMM_CAP_ARM_EL2, CVMM_ARM64_FEATURE_HAS_EL2, 0 },
	{ CVMM_CAP_ARM_EL2, CVMM_CAP_ARM_EL2_E2H0, CVMM_ARM64_FEATURE_HAS_EL2 | CVMM_ARM64_FEATURE_HAS_EL2_E2H0, 0 },
	/* Registers and values that neither has by itself: ZCR_EL2, and MDCR_EL2's counters. */
	{ CVMM_CAP_ARM_EL2, CVMM_CAP_ARM_PMU_V3, CVMM_ARM64_FEATURE_HAS_EL2 | CVMM_ARM64_FEATURE_PMU_V3, 0 },
	{ CVMM_CAP_ARM_EL2, CVMM_CAP_ARM_SVE, CVMM_ARM64_FEATURE_HAS_EL2 | CVMM_ARM64_FEATURE_SVE, 0 },
};

static int offered(struct cvmm_kvm kvm, size_t i)
{
	return cvmm_kvm_check_extension(kvm, offers[i].cap, NULL) > 0 &&
	       cvmm_kvm_check_extension(kvm, offers[i].also, NULL) > 0;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Feature sets to measure, ascending, each once; the base set, each offer, all of them. Returns their number. */
static uint32_t variants(struct cvmm_kvm kvm, uint64_t set[VARIANTS_MAX], uint64_t *all)
{
	uint32_t n = 0, i, kept = 0;

	*all = CVMM_ARM64_FEATURE_PSCI_0_2;
	set[n++] = *all;
	for (i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
		if (!offered(kvm, i))
			continue;
		set[n++] = CVMM_ARM64_FEATURE_PSCI_0_2 | offers[i].features;
		if (offers[i].in_all)
			*all |= offers[i].features;
	}
	set[n++] = *all;
	/* EL2 is asked for, and then comes with all the rest. */
	for (i = 0; i < sizeof(offers) / sizeof(offers[0]); i++)
		if (offers[i].features & CVMM_ARM64_FEATURE_HAS_EL2 && offered(kvm, i))
			set[n++] = *all | offers[i].features;
	qsort(set, n, sizeof(set[0]), by_value);
	for (i = 0; i < n; i++)
		if (!kept || set[i] != set[kept - 1])
			set[kept++] = set[i];
	return kept;
}

/* Reads every register that the list names, ascending; those that cannot be read are left out, as nothing is known. */
static void read_regs(const struct probe_vm *p, struct cvmm_regset *out)
{
	uint32_t n, i, size;
	uint64_t *list = probe_list(p->vcpu[0], &n);
	struct cvmm_item *item;
	uint8_t *col;

	if (!list)
		return;
	qsort(list, n, sizeof(list[0]), by_value);
	item = mem_array(n + 1, sizeof(*item));
	col = mem_array(n + 1, CVMM_REG_BYTES_MAX);
	for (i = 0; i < n; i++) {
		size = cvmm_reg_bytes(list[i]);
		if (!size || cvmm_vcpu_get_one_reg(p->vcpu[0], list[i], col + out->stride, size, NULL) < 0)
			continue;
		item[out->n].id = list[i];
		item[out->n].size = size;
		item[out->n++].off = out->stride;
		out->stride += size;
	}
	out->item = item;
	out->col = col;
	out->ncols = 1;
}

/* What ONE_REG says of a register that is at most 8 bytes wide; 0: nothing. */
static int listed(const struct cvmm_variant *v, uint64_t id, uint64_t *value)
{
	int at = cvmm_regset_find(&v->regs, id);

	*value = at < 0 ? 0 : cvmm_regset_u64(&v->regs, (uint32_t)at, 0);
	return at >= 0;
}

/*
 * Registers that the guest read as another value than ONE_REG gives, or that ONE_REG does not have. @of: the variant whose
 * guest it was, which says nothing of a register that the two have different values of.
 */
static void guest_differs(
	struct cvmm_variant *v, const struct cvmm_variant *of, const struct cvmm_pair *seen, uint32_t n)
{
	struct cvmm_pair *out = mem_array(n + 1, sizeof(*out));
	uint64_t own, his;
	uint32_t i;

	for (i = 0; i < n; i++) {
		int has = listed(v, seen[i].id, &own), told = listed(of, seen[i].id, &his);

		if (has == told && own == his && (!has || own != seen[i].value))
			out[v->nguest++] = seen[i];
	}
	v->guest = out;
}

static int measure_variant(struct cvmm_kvm kvm, struct cvmm_variant *v)
{
	struct probe_vm p;
	int ret = probe_vm_open(kvm, v->features, &p);

	if (ret >= 0 && !(v->features & CVMM_ARM64_FEATURE_EL1_32BIT))
		ret = probe_vm_devices(&p);
	if (ret >= 0)
		read_regs(&p, &v->regs);
	probe_vm_close(&p);
	return ret;
}

/*
 * The hypercalls belong to the host, not to the features: they are kept for the least and for the full set. A variant
 * in which no 64-bit guest runs at EL1 takes over what the guest of the least set read.
 */
static void look_at(const struct cvmm_backend *be, struct cvmm_kvm kvm, struct cvmm_variant *v, uint32_t n,
	uint64_t all, const char *name, struct probe_pairs *traits)
{
	struct probe_look base, look;
	uint64_t traps = 0;
	uint32_t i;
	int ret = probe_look(be, kvm, v[0].features, &base);

	if (ret < 0) {
		say("%s: no guest can be run here (%s): what only a guest can tell is left out", name, strerror(-ret));
		return;
	}
	for (i = 0; i < n; i++) {
		ret = probe_look(be, kvm, v[i].features, &look);
		if (ret < 0)
			guest_differs(&v[i], &v[0], base.reg, base.nreg);
		else
			guest_differs(&v[i], &v[i], look.reg, look.nreg);
		if (ret < 0 || (i != 0 && v[i].features != all))
			continue;
		traps |= look.traps;
		v[i].hvc = look.hvc;
		v[i].nhvc = look.nhvc;
		if (v[i].features == all)
			probe_pair(traits, CVMM_TRAIT_PMCR_RUN_CLEAR, look.pmcr_clear);
	}
	probe_pair(traits, CVMM_TRAIT_GUEST_TRAPS, traps);
}

/* Debian's uname says "6.1.0-50-cloud-arm64"; the upstream number is in the version text. */
const char *probe_release(void)
{
	const char *debian;
	struct utsname u;

	if (uname(&u) < 0)
		return "unknown";
	debian = strstr(u.version, "Debian ");
	if (debian)
		return mem_copy(debian + 7, strspn(debian + 7, "0123456789."));
	return mem_copy(u.release, strcspn(u.release, "-+"));
}

static const char *cpu_name(const struct cvmm_profile *p)
{
	static const struct {
		uint64_t midr;
		const char *name;
	} known[] = {
		{ 0x410fd080, "cortex-a72" },
		{ 0x410fd0c0, "neoverse-n1" },
		{ 0x410fd400, "neoverse-v1" },
		{ 0x410fd490, "neoverse-n2" },
		{ 0x000f0510, "max" },
	};
	uint64_t midr;
	size_t i;
	int at = p->nvariants ? cvmm_regset_find(&p->variant[0].regs, CVMM_ARM64_MIDR_EL1) : -1;

	if (at < 0)
		return "unknown";
	midr = cvmm_regset_u64(&p->variant[0].regs, (uint32_t)at, 0);
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (((midr ^ known[i].midr) & 0xff0ffff0) == 0)
			return known[i].name;
	return mem_format("midr-%08llx", (unsigned long long)midr);
}

static void take(const struct probe_pairs *list, const struct cvmm_pair **v, uint32_t *n)
{
	*v = list->v;
	*n = list->n;
}

static int measure(const struct cvmm_backend *be, struct cvmm_kvm kvm, const char *name, struct cvmm_profile *out)
{
	struct probe_pairs caps = { 0 }, masks = { 0 }, lower = { 0 }, bits = { 0 }, traits = { 0 };
	struct cvmm_variant *v = mem_array(VARIANTS_MAX, sizeof(*v));
	uint64_t set[VARIANTS_MAX], all;
	uint32_t n = variants(kvm, set, &all), i, kept = 0;

	for (i = 0; i < n; i++) {
		int ret;

		v[kept] = (struct cvmm_variant){ .features = set[i] };
		ret = measure_variant(kvm, &v[kept]);
		if (ret >= 0)
			kept++;
		else if (set[i] == all || i == 0)
			say("%s: no vCPU with features %llx: %s", name, (unsigned long long)set[i], strerror(-ret));
	}
	if (!kept || v[0].features != CVMM_ARM64_FEATURE_PSCI_0_2)
		return STATUS_ERROR;
	probe_caps(kvm, &caps);
	probe_masks(kvm, &masks);
	probe_lower(kvm, &lower);
	probe_bits(kvm, &bits);
	probe_traits(kvm, all, &traits);
	look_at(be, kvm, v, kept, all, name, &traits);
	qsort(traits.v, traits.n, sizeof(traits.v[0]), by_value); /* a pair begins with its id */
	out->variant = v;
	out->nvariants = kept;
	take(&caps, &out->cap, &out->ncaps);
	take(&masks, &out->mask, &out->nmasks);
	take(&lower, &out->lower, &out->nlower);
	take(&bits, &out->bits, &out->nbits);
	take(&traits, &out->trait, &out->ntraits);
	return STATUS_YES;
}

int probe_profile(
	const struct cvmm_backend *be, const char *kernel, const char *cpu, const char *name, struct cvmm_profile *out)
{
	struct probe_vm p;
	struct cvmm_error e;
	struct cvmm_kvm kvm;
	int ret;

	memset(out, 0, sizeof(*out));
	if (cvmm_kvm_open(be, &kvm, &e) < 0)
		return say_error(name, &e);
	ret = probe_vm_open(kvm, CVMM_ARM64_FEATURE_PSCI_0_2, &p);
	probe_vm_close(&p);
	if (ret < 0) {
		say("%s: cannot be probed: no arm64 vCPU can be made (%s)", name, strerror(-ret));
		(void)cvmm_kvm_close(&kvm);
		return STATUS_ERROR;
	}
	out->arch = CVMM_ARCH_ARM64;
	ret = measure(be, kvm, name, out);
	out->kernel = kernel ? kernel : probe_release();
	out->cpu = cpu ? cpu : cpu_name(out);
	(void)cvmm_kvm_close(&kvm);
	return ret;
}

int probe_text(const struct cvmm_backend *be, const char *name, const char **text, size_t *len)
{
	struct cvmm_profile p;
	struct cvmm_error e;
	char *buf;
	int ret = probe_profile(be, NULL, NULL, name, &p);

	if (ret)
		return ret;
	ret = cvmm_profile_write(&p, NULL, 0, len, &e);
	if (ret < 0 && ret != -E2BIG)
		return say_error(name, &e);
	buf = mem_get(*len);
	if (cvmm_profile_write(&p, buf, *len, len, &e) < 0)
		return say_error(name, &e);
	*text = buf;
	return STATUS_YES;
}
