/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A vCPU's part of the interrupt controllers: the CPU interfaces, line levels. */
#include "gic.h"

#define REDIST_LEVEL	   31u

#define ENC(a, b, c, d, e) ((a) << 14 | (b) << 11 | (c) << 7 | (d) << 3 | (e))

static const uint16_t icc[] = { ENC(3, 0, 4, 6, 0), ENC(3, 0, 12, 8, 3), ENC(3, 0, 12, 8, 4), ENC(3, 0, 12, 8, 5),
	ENC(3, 0, 12, 8, 6), ENC(3, 0, 12, 8, 7), ENC(3, 0, 12, 9, 0), ENC(3, 0, 12, 9, 1), ENC(3, 0, 12, 9, 2),
	ENC(3, 0, 12, 9, 3), ENC(3, 0, 12, 12, 3), ENC(3, 0, 12, 12, 4), ENC(3, 0, 12, 12, 5), ENC(3, 0, 12, 12, 6),
	ENC(3, 0, 12, 12, 7) };
#define ICC_CTLR ENC(3, 0, 12, 12, 4)
#define ICC_SRE	 ENC(3, 0, 12, 12, 5)

int cvmm_gic_icc_index(uint32_t enc)
{
	uint32_t i;

	for (i = 0; i < sizeof(icc) / sizeof(icc[0]); i++)
		if (icc[i] == enc)
			return (int)i;
	return -ENXIO;
}

int cvmm_gic_cpu_sysreg(struct sim_call *c, const struct cvmm_kvm_device_attr *a, enum gic_verb verb)
{
	uint32_t enc = (uint32_t)a->attr, idx;
	struct sim_vcpu *v = cvmm_gic_by_affinity(c, a->attr, &idx);
	uint64_t val;
	int i = cvmm_gic_icc_index(enc), ret;

	if (!v)
		return -EINVAL;
	if (!c->vm->gic.inited)
		return -EBUSY;
	if (i < 0)
		return sim_oldest(c->s) ? -ENXIO : -ENOENT;
	if (verb == GIC_GET) {
		val = enc == ICC_SRE ? 7 : v->icc[i];
		return sim_put(a->addr, &val, sizeof(val));
	}
	ret = sim_fetch(&val, a->addr, sizeof(val));
	if (ret < 0)
		return ret;
	if (enc == ICC_SRE)
		return val & 1 ? 0 : -EINVAL;
	v->icc[i] = val;
	return 0;
}

/* A bit for each of 32 interrupts that are triggered by level: bit 2n+1 of the two words says edge. */
static uint32_t by_level(const uint32_t *cfg)
{
	uint32_t i, bits = 0;

	for (i = 0; i < 32; i++)
		bits |= (uint32_t) !(cfg[i / 16] >> (2 * (i % 16) + 1) & 1) << i;
	return bits;
}

/* Line levels of 32 interrupts from @intid on; only those that are triggered by level are shown. */
int cvmm_gic_level(struct sim_call *c, uint64_t attr, uint32_t *val, enum gic_verb verb)
{
	uint32_t intid = (uint32_t)attr & 0x3ff, idx = 0, *word;
	struct sim_vcpu *v = cvmm_gic_by_affinity(c, attr, &idx);

	if ((uint32_t)attr >> 10 || intid % 32)
		return -EINVAL;
	if (intid < 32 && !v)
		return -EINVAL;
	if (!c->vm->gic.inited)
		return -EBUSY;
	word = intid < 32 ? &v->gicr[REDIST_LEVEL] : &c->vm->gic.gicd[LEVEL_WORDS / 4 + intid / 32];
	if (verb == GIC_GET)
		*val = *word & (intid < 32 ? UINT32_MAX : by_level(c->vm->gic.gicd + GICD_ICFGR / 4 + intid / 16));
	else
		*word = *val;
	return 0;
}

/* ---- v2: vCPU number in 39:32, lazily initialised ---- */

int cvmm_gic_v2_cpu_reg(struct sim_call *c, uint64_t attr, uint32_t *val, enum gic_verb verb)
{
	uint32_t cpu = (uint32_t)(attr >> 32) & 0xff, off = (uint32_t)attr;
	static const uint16_t known[] = { 0x0, 0x4, 0x8, 0x1c, 0xd0, 0xd4, 0xd8, 0xdc, 0xfc };
	uint32_t i;

	if (cpu >= c->vm->nvcpus)
		return -EINVAL;
	for (i = 0; i < sizeof(known) / sizeof(known[0]) && known[i] != off; i++)
		;
	if (i == sizeof(known) / sizeof(known[0]))
		return -ENXIO;
	if (verb == GIC_GET)
		*val = off == 0xfc ? 0x0002143bu : (uint32_t)sim_vcpu(c->s, c->vm_idx, cpu)->icc[i];
	else
		sim_vcpu(c->s, c->vm_idx, cpu)->icc[i] = *val;
	return 0;
}
