/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * riscv64: register classes, windows and errnos. There is no init stage; what a vCPU has follows from its ISA and SBI
 * extensions, which freeze when this vCPU (not the VM) ran. `bits` lines of the profile tell which extensions could be
 * switched.
 */
#include "riscv.h"

#define TYPE(id)     ((uint32_t)((id) >> 24) & 0xff)
#define SUBTYPE(id)  ((uint32_t)((id) >> 16) & 0xff)
#define NUMBER(id)   ((uint32_t)(id)&0xffff)
#define U64(type, n) (UINT64_C(0x8030000000000000) | (uint64_t)(type) << 24 | (n))
#define LETTERS	     UINT64_C(0x3ffffff)
#define MULTI	     64u

enum { T_CONFIG = 1, T_CORE, T_CSR, T_TIMER, T_F, T_D, T_ISA, T_SBI, T_VECTOR, T_SBI_STATE };
enum { CONFIG_ISA, CONFIG_CBOM, CONFIG_VENDOR, CONFIG_ARCH, CONFIG_IMP, CONFIG_CBOZ, CONFIG_SATP, CONFIG_CBOP };
enum { TIMER_FREQ, TIMER_TIME, TIMER_COMPARE, TIMER_STATE };

/* Registers that are there only while an extension is on: { type, subtype or ANY, extension's type and number } */
#define ANY 0xffu
static const struct {
	uint8_t type, subtype, ext_type, ext;
} gates[] = {
	{ T_F, ANY, T_ISA, 3 },
	{ T_D, ANY, T_ISA, 2 },
	{ T_VECTOR, ANY, T_ISA, 15 },
	{ T_CSR, 1, T_ISA, 14 },
	{ T_SBI_STATE, 0, T_SBI, 10 },
	{ T_SBI_STATE, 1, T_SBI, 12 },
};

/* Letters of the ISA register that are extensions as well: bit, number. */
static const uint8_t letters[][2] = { { 0, 0 }, { 2, 1 }, { 3, 2 }, { 5, 3 }, { 7, 4 }, { 8, 5 }, { 12, 6 },
	{ 21, 15 } };

void cvmm_sim_rv_classify(struct sim_item *it)
{
	it->class = SIM_RISCV;
	it->arg = TYPE(it->id);
	if (it->id == U64(T_TIMER, TIMER_TIME))
		it->flags = SIM_ITEM_SCOPE;
}

uint64_t cvmm_sim_rv_order_key(uint64_t id)
{
	static const uint8_t rank[] = { 15, 0, 1, 2, 3, 4, 5, 7, 8, 6, 9 };
	uint32_t type = TYPE(id);

	return (uint64_t)(type < sizeof(rank) ? rank[type] : 15) << 56 | (id & 0xffffff);
}

static uint8_t *value(struct sim_call *c, uint32_t item)
{
	return sim_vals(c->s, c->v) + sim_items(c->s)[item].slot;
}

static uint64_t host_value(struct sim_call *c, uint32_t item)
{
	const struct sim_image *im = sim_at(c->s, c->s->images);

	return sim_load64((uint8_t *)sim_at(c->s, im->vals) + sim_items(c->s)[item].slot);
}

static int extension(struct sim_call *c, uint32_t type, uint32_t n)
{
	uint32_t item = cvmm_sim_find(c->s, U64(type, n));

	return item != SIM_NONE && sim_load64(value(c, item)) != 0;
}

int cvmm_sim_rv_has(struct sim_call *c, uint32_t item)
{
	uint64_t id = sim_items(c->s)[item].id;
	uint32_t i;

	if (!sim_has(c->v, item))
		return 0;
	for (i = 0; i < sizeof(gates) / sizeof(gates[0]); i++)
		if (gates[i].type == TYPE(id) && (gates[i].subtype == ANY || gates[i].subtype == SUBTYPE(id)))
			return extension(c, gates[i].ext_type, gates[i].ext);
	return 1;
}

/* A size that the type does not have comes before the number. */
int cvmm_sim_rv_absent(uint64_t id)
{
	uint32_t bytes = cvmm_reg_bytes(id), type = TYPE(id);

	if (type < T_CONFIG || type > T_SBI_STATE)
		return -ENOENT;
	if (type == T_F && bytes != 4)
		return -EINVAL;
	if (type == T_D && bytes != 8 && bytes != 4)
		return -EINVAL;
	return type != T_F && type != T_D && type != T_VECTOR && bytes != 8 ? -EINVAL : -ENOENT;
}

static int switchable(struct sim_call *c, uint64_t id)
{
	const struct cvmm_pair *p = cvmm_pair_find(c->s->profile->bits, c->s->profile->nbits, id);

	return p && p->value & 1;
}

static void show_letter(struct sim_call *c, uint32_t ext, uint64_t on)
{
	uint32_t isa = cvmm_sim_find(c->s, U64(T_CONFIG, CONFIG_ISA)), i;

	for (i = 0; isa != SIM_NONE && i < sizeof(letters) / sizeof(letters[0]); i++)
		if (letters[i][1] == ext) {
			uint64_t bit = UINT64_C(1) << letters[i][0], v = sim_load64(value(c, isa));

			sim_store64(value(c, isa), on ? v | bit : v & ~bit);
		}
}

static int set_isa_ext(struct sim_call *c, uint32_t item, uint64_t v)
{
	uint64_t on = v == 1;

	if (sim_load64(value(c, item)) == on)
		return 0;
	if (c->v->ran)
		return -EBUSY;
	if (!switchable(c, sim_items(c->s)[item].id))
		return -EINVAL;
	sim_store64(value(c, item), on);
	show_letter(c, NUMBER(sim_items(c->s)[item].id), on);
	return 0;
}

static int set_sbi_ext(struct sim_call *c, uint32_t item, uint64_t v)
{
	if (c->v->ran)
		return -EBUSY;
	if (v > 1)
		return -EINVAL;
	sim_store64(value(c, item), v);
	return 0;
}

/* Single letters that can be switched are; the others silently stay. */
static int set_isa(struct sim_call *c, uint32_t item, uint64_t v)
{
	uint64_t cur = sim_load64(value(c, item));
	uint32_t i, ext;

	if (v == cur)
		return 0;
	if (c->v->ran)
		return -EBUSY;
	if (v & ~LETTERS)
		return -EINVAL;
	for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		ext = cvmm_sim_find(c->s, U64(T_ISA, letters[i][1]));
		if (ext != SIM_NONE)
			(void)set_isa_ext(c, ext, v >> letters[i][0] & 1);
	}
	return 0;
}

static int set_config(struct sim_call *c, uint32_t item, uint64_t v)
{
	switch (NUMBER(sim_items(c->s)[item].id)) {
	case CONFIG_ISA: return set_isa(c, item, v);
	case CONFIG_CBOM:
	case CONFIG_CBOZ:
	case CONFIG_CBOP: return v && v != host_value(c, item) ? -EINVAL : 0;
	case CONFIG_SATP: return v != host_value(c, item) ? -EINVAL : 0;
	default: break;
	}
	if (v == sim_load64(value(c, item)))
		return 0;
	if (c->v->ran)
		return -EBUSY;
	sim_store64(value(c, item), v);
	return 0;
}

static int set_timer(struct sim_call *c, uint32_t item, uint64_t v)
{
	uint64_t now = atomic_load_explicit(&sim_state(c->s)->now, memory_order_relaxed);

	switch (NUMBER(sim_items(c->s)[item].id)) {
	case TIMER_FREQ: return v != host_value(c, item) ? -EINVAL : 0;
	case TIMER_TIME:
		sim_vm_lock(c);
		atomic_store_explicit(&c->vm->voffset, now - v, memory_order_relaxed);
		sim_release(&c->vm->lock);
		return 0;
	case TIMER_STATE:
		/* Switching off what is not on fails, as does writing back what was read. */
		if (v != 1 && sim_load64(value(c, item)) != 1)
			return -EINVAL;
		sim_store64(value(c, item), v == 1);
		return 0;
	default: sim_store64(value(c, item), v); return 0;
	}
}

void cvmm_sim_rv_read(struct sim_call *c, uint32_t item, uint8_t *out)
{
	const struct sim_item *it = &sim_items(c->s)[item];

	if (it->id == U64(T_TIMER, TIMER_TIME))
		sim_store64(out, cvmm_sim_counter(c->s) - atomic_load_explicit(&c->vm->voffset, memory_order_relaxed));
	else
		memcpy(out, value(c, item), it->size);
}

int cvmm_sim_rv_write(struct sim_call *c, uint32_t item, const uint8_t *val)
{
	const struct sim_item *it = &sim_items(c->s)[item];
	uint64_t v = it->size == 8 ? sim_load64(val) : 0;

	if (it->size == 8)
		switch (it->arg) {
		case T_CONFIG: return set_config(c, item, v);
		case T_TIMER: return set_timer(c, item, v);
		case T_ISA: return set_isa_ext(c, item, v);
		case T_SBI: return set_sbi_ext(c, item, v);
		case T_VECTOR:
			if (NUMBER(it->id) == 4) /* vlenb */
				return v != host_value(c, item) ? -EINVAL : 0;
			break;
		default: break;
		}
	memcpy(value(c, item), val, it->size);
	return 0;
}

/* ---- 64 extensions at once: what cannot be switched is passed over ---- */

int cvmm_sim_rv_is_multi(uint64_t id)
{
	return id >> 32 == UINT64_C(0x80300000) && (TYPE(id) == T_ISA || TYPE(id) == T_SBI) &&
	       (SUBTYPE(id) == 1 || SUBTYPE(id) == 2) && NUMBER(id) < 2;
}

uint64_t cvmm_sim_rv_multi_get(struct sim_call *c, uint64_t id)
{
	uint64_t map = 0;
	uint32_t i;

	for (i = 0; i < MULTI; i++)
		map |= (uint64_t)extension(c, TYPE(id), NUMBER(id) * MULTI + i) << i;
	return SUBTYPE(id) == 2 ? ~map : map;
}

int cvmm_sim_rv_multi_set(struct sim_call *c, uint64_t id, uint64_t map)
{
	uint32_t i, item;

	if (TYPE(id) == T_SBI && c->v->ran)
		return -EBUSY;
	for (i = 0; i < MULTI; i++) {
		item = map >> i & 1 ? cvmm_sim_find(c->s, U64(TYPE(id), NUMBER(id) * MULTI + i)) : SIM_NONE;
		if (item == SIM_NONE)
			continue;
		if (TYPE(id) == T_ISA)
			(void)set_isa_ext(c, item, SUBTYPE(id) == 1);
		else
			(void)set_sbi_ext(c, item, SUBTYPE(id) == 1);
	}
	return 0;
}

/* ---- the vCPU is ready as soon as it exists ---- */

void cvmm_sim_rv_create(struct sim_call *c, struct sim_vcpu *v)
{
	const struct sim_image *im = sim_at(c->s, c->s->images);

	memcpy(sim_present(v), sim_at(c->s, im->present), c->s->nwords * 8);
	memcpy(sim_vals(c->s, v), sim_at(c->s, im->vals), c->s->vals_bytes);
	v->inited = 1;
	v->finalized = 1;
	v->mp_state = v->id ? CVMM_MP_STATE_STOPPED : CVMM_MP_STATE_RUNNABLE;
}

/* Requests that riscv64 does not have, on any fd. */
int cvmm_sim_rv_lacks(unsigned long req)
{
	switch (req) {
	case CVMM_KVM_ARM_VCPU_INIT:
	case CVMM_KVM_ARM_VCPU_FINALIZE:
	case CVMM_KVM_ARM_PREFERRED_TARGET:
	case CVMM_KVM_ARM_SET_COUNTER_OFFSET:
	case CVMM_KVM_ARM_GET_REG_WRITABLE_MASKS:
	case CVMM_KVM_ARM_GET_VCPU_EVENTS:
	case CVMM_KVM_ARM_SET_VCPU_EVENTS:
	case CVMM_KVM_SET_DEVICE_ATTR:
	case CVMM_KVM_GET_DEVICE_ATTR:
	case CVMM_KVM_HAS_DEVICE_ATTR: return 1;
	default: return 0;
	}
}
