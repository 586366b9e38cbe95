/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What a guest would see: registers read with MRS, hypercalls. */
#include "internal.h"

#define NOT_SUPPORTED	 UINT64_MAX
#define ARCH_FEATURES	 0x80000001u
#define PSCI_FEATURES	 0x8400000au
#define VENDOR_FEATURES	 0x86000000u
#define PV_TIME_FEATURES 0xc5000020u
#define PV_TIME_ST	 0xc5000021u
#define CCSIDR_EL1	 CVMM_ARM64_SYS(3, 1, 0, 0, 0)
#define GMID_EL1	 CVMM_ARM64_SYS(3, 1, 0, 0, 4)
#define SMIDR_EL1	 CVMM_ARM64_SYS(3, 1, 0, 0, 6)
#define PMMIR_EL1	 CVMM_ARM64_SYS(3, 0, 9, 14, 6)
#define RNDR		 CVMM_ARM64_SYS(3, 3, 2, 4, 0)
/* By their real encodings; as ONE_REG ids these numbers mean PTIMER_CNT and TIMER_CVAL. */
#define CNTPCT_EL0 CVMM_ARM64_SYS(3, 3, 14, 0, 1)
#define CNTVCT_EL0 CVMM_ARM64_SYS(3, 3, 14, 0, 2)

/* Which bitmap bit a call needs: the last one that matches counts. @arg: only with this first argument. */
static const struct {
	uint64_t fn, last, arg;
	uint32_t reg, bit;
} gates[] = {
	{ 0x84000050, 0x8400005f, UINT64_MAX, 0, 0 }, /* TRNG */
	{ 0xc4000053, 0xc4000053, UINT64_MAX, 0, 0 }, { ARCH_FEATURES, ARCH_FEATURES, PV_TIME_FEATURES, 1, 0 },
	{ PV_TIME_FEATURES, PV_TIME_ST, UINT64_MAX, 1, 0 },
	{ 0x8600ff01, 0x8600ff01, UINT64_MAX, 2, 0 }, /* vendor UID, features */
	{ VENDOR_FEATURES, VENDOR_FEATURES, UINT64_MAX, 2, 0 }, { 0x86000001, 0x86000001, UINT64_MAX, 2, 1 }, /* PTP */
};

/* PSCI calls that came with a version: PSCI_FEATURES of them, or the calls themselves. */
static const struct {
	uint32_t fn, since;
} psci_since[] = {
	{ 0xc4000012, 0x10001 },
	{ 0x84000012, 0x10001 },
	{ 0xc4000015, 0x10003 },
	{ 0x84000015, 0x10003 },
};

static int set(uint64_t x[4], uint64_t x0)
{
	x[0] = x0;
	x[1] = x[2] = x[3] = 0;
	return 0;
}

static uint64_t bitmap(struct sim_call *c, uint32_t reg)
{
	uint32_t item = cvmm_sim_find(c->s, CVMM_ARM64_FW_BMAP | reg);

	if (item == SIM_NONE)
		return UINT64_MAX;
	return atomic_load_explicit(&sim_vm_vals(c->s, c->vm)[sim_items(c->s)[item].slot], memory_order_relaxed);
}

/* The recorded answer: of the vCPU's own features, or of another set that was run. */
static const struct cvmm_hvc *recorded(struct sim_call *c, uint64_t fn, uint64_t arg)
{
	const struct cvmm_profile *p = c->s->profile;
	const struct cvmm_variant *v = cvmm_profile_variant(p, c->v->features);
	uint32_t i, k;

	for (k = 0; (!v || !v->nhvc) && k < p->nvariants; k++)
		if (p->variant[k].nhvc)
			v = &p->variant[k];
	for (i = 0; v && i < v->nhvc; i++)
		if (v->hvc[i].fn == fn && v->hvc[i].arg == arg)
			return &v->hvc[i];
	return NULL;
}

static int psci(struct sim_call *c, uint64_t fn, uint64_t arg, uint64_t x[4])
{
	uint64_t version = cvmm_sim_psci_get(c);
	uint32_t i;

	if (fn == 0x84000000)
		return set(x, version);
	if (fn == PSCI_FEATURES && version < 0x10000)
		return set(x, NOT_SUPPORTED);
	for (i = 0; i < sizeof(psci_since) / sizeof(psci_since[0]); i++)
		if ((fn == psci_since[i].fn || (fn == PSCI_FEATURES && arg == psci_since[i].fn)) &&
			version < psci_since[i].since)
			return set(x, NOT_SUPPORTED);
	return -ENOENT;
}

/* With the structure's address set, a guest is told about stolen time. */
static int pv_time(struct sim_call *c, uint64_t fn, uint64_t arg, uint64_t x[4])
{
	if (c->v->pvtime == UINT64_MAX || !(bitmap(c, 1) & 1))
		return -ENOENT;
	if (fn == PV_TIME_ST)
		return set(x, c->v->pvtime);
	if (fn == PV_TIME_FEATURES)
		return set(x, arg == PV_TIME_FEATURES || arg == PV_TIME_ST ? 0 : NOT_SUPPORTED);
	return -ENOENT;
}

static int call(struct sim_call *c, uint64_t fn, uint64_t arg, uint64_t x[4])
{
	const struct cvmm_hvc *h = recorded(c, fn, arg);
	uint32_t i;

	if (!h)
		return -ENOENT;
	memcpy(x, h->x, sizeof(h->x));
	if (psci(c, fn, arg, x) == 0)
		return 0;
	for (i = 0; i < sizeof(gates) / sizeof(gates[0]); i++)
		if (fn >= gates[i].fn && fn <= gates[i].last && (gates[i].arg == UINT64_MAX || gates[i].arg == arg) &&
			!(bitmap(c, gates[i].reg) >> gates[i].bit & 1))
			return set(x, NOT_SUPPORTED);
	if (pv_time(c, fn, arg, x) == 0)
		return 0;
	/* The list of vendor calls shows what the bitmaps left. */
	if (fn == VENDOR_FEATURES && x[0] != NOT_SUPPORTED &&
		cvmm_sim_find(c->s, CVMM_ARM64_VENDOR_HYP_BMAP) != SIM_NONE) {
		x[0] = bitmap(c, 2);
		x[2] = cvmm_sim_find(c->s, CVMM_ARM64_VENDOR_BMAP_2) == SIM_NONE ? 0 : bitmap(c, 3);
	}
	return 0;
}

static int guest_call(const struct cvmm_backend *be, int fd, struct sim_call *c)
{
	struct sim *s = cvmm_sim_of(be);

	if (!s || cvmm_sim_fd_get(s, fd, c) != SIM_FD_VCPU)
		return -EBADF;
	return 0;
}

int cvmm_sim_guest_hvc(const struct cvmm_backend *be, int vcpu, uint64_t fn, uint64_t arg, uint64_t x[4])
{
	struct sim_call c;
	uint64_t out[4];
	int ret = guest_call(be, vcpu, &c);

	if (ret < 0)
		return ret;
	sim_acquire(&c.v->lock);
	ret = c.v->inited ? call(&c, fn, arg, out) : -ENOEXEC;
	sim_release(&c.v->lock);
	if (ret == 0)
		memcpy(x, out, sizeof(out));
	return ret;
}

/* Registers that a guest reads although no ONE_REG has them: the selected cache's size, the counters, random numbers. */
static int guest_only(struct sim_call *c, uint64_t id, uint64_t *value)
{
	uint32_t ccsidr = cvmm_sim_find(c->s, CVMM_ARM64_DEMUX),
		 isar0 = cvmm_sim_find(c->s, CVMM_ARM64_SYS(3, 0, 0, 6, 0));
	uint64_t traps = sim_trait(c->s, CVMM_TRAIT_GUEST_TRAPS);

	switch (id) {
	case CCSIDR_EL1:
		if (ccsidr == SIM_NONE || !sim_has(c->v, ccsidr))
			return -ENOENT;
		*value = cvmm_load_le(sim_vals(c->s, c->v) + sim_items(c->s)[ccsidr].slot, 4);
		return 0;
	case CNTVCT_EL0:
	case CNTPCT_EL0:
		*value = cvmm_sim_counter(c->s) -
			 atomic_load_explicit(
				 id == CNTVCT_EL0 ? &c->vm->voffset : &c->vm->poffset, memory_order_relaxed);
		return 0;
	case RNDR:
		if (isar0 == SIM_NONE || !(cvmm_sim_id_get(c, isar0) >> 60))
			return -ENOENT;
		*value = cvmm_sim_counter(c->s) * UINT64_C(0x9e3779b97f4a7c15);
		return 0;
	case SMIDR_EL1: return traps & 2 ? -EPERM : 1;
	case GMID_EL1: return traps & 4 ? -EPERM : 1;
	case PMMIR_EL1: return traps & 1 ? -ENOENT : 1;
	default: return 1;
	}
}

/* The recorded guest value while ONE_REG shows the reset value; otherwise what was written. */
static int guest_reg(struct sim_call *c, uint64_t id, uint64_t *value)
{
	const struct cvmm_variant *v = cvmm_profile_variant(c->s->profile, c->v->features);
	const struct cvmm_pair *p = v ? cvmm_pair_find(v->guest, v->nguest, id) : NULL;
	uint32_t item = cvmm_sim_find(c->s, id);
	uint8_t now[CVMM_REG_BYTES_MAX];
	int i = guest_only(c, id, value);

	if (i <= 0)
		return i;
	if (item == SIM_NONE || !sim_has(c->v, item) || sim_items(c->s)[item].size != 8) {
		if (p)
			*value = p->value;
		return p ? 0 : -ENOENT;
	}
	cvmm_sim_read(c, item, now);
	*value = sim_load64(now);
	i = v ? cvmm_regset_find(&v->regs, id) : -ENOENT;
	if (p && i >= 0 && cvmm_regset_u64(&v->regs, (uint32_t)i, 0) == *value)
		*value = p->value;
	return 0;
}

int cvmm_sim_guest_reg(const struct cvmm_backend *be, int vcpu, uint64_t id, uint64_t *value)
{
	struct sim_call c;
	uint64_t out = 0;
	int ret = guest_call(be, vcpu, &c);

	if (ret < 0)
		return ret;
	sim_acquire(&c.v->lock);
	ret = c.v->inited ? guest_reg(&c, id, &out) : -ENOEXEC;
	sim_release(&c.v->lock);
	if (ret == 0)
		*value = out;
	return ret;
}
