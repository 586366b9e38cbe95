/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* ONE_REG and REG_LIST on the vCPU fd. */
#include "riscv.h"

static uint64_t vm_value(struct sim_call *c, const struct sim_item *it)
{
	return atomic_load_explicit(&sim_vm_vals(c->s, c->vm)[it->slot], memory_order_relaxed);
}

/* With the scope proposal switched on, both forms of an id are taken. */
static uint64_t strip_scope(struct sim_call *c, uint64_t id)
{
	if (__builtin_expect(id & CVMM_ARM64_REG_SCOPE_VM, 0) &&
		atomic_load_explicit(&c->vm->caps, memory_order_relaxed) & SIM_CAP_SCOPE)
		return id & ~CVMM_ARM64_REG_SCOPE_VM;
	return id;
}

/* The item, or the errno of a register that is not there for this vCPU. */
static int lookup(struct sim_call *c, uint64_t id, uint32_t *item)
{
	id = strip_scope(c, id);
	*item = cvmm_sim_find(c->s, id);
	if (__builtin_expect(*item == SIM_NONE, 0))
		*item = cvmm_sim_alias(c->s, id);
	if (__builtin_expect(*item == SIM_NONE || !sim_has(c->v, *item), 0))
		return cvmm_sim_absent(c, id);
	if (__builtin_expect(sim_items(c->s)[*item].class == SIM_RISCV, 0))
		return cvmm_sim_rv_has(c, *item) ? 0 : -ENOENT;
	if (__builtin_expect(sim_items(c->s)[*item].class == SIM_SVE && !c->v->finalized, 0))
		return -EPERM;
	return 0;
}

int cvmm_sim_read(struct sim_call *c, uint32_t item, uint8_t *out)
{
	const struct sim_item *it = &sim_items(c->s)[item];

	switch (it->class) {
	case SIM_RISCV: cvmm_sim_rv_read(c, item, out); return 0;
	case SIM_SVE: memcpy(out, sim_sve(c->s, c->v) + it->slot, it->size); return 0;
	case SIM_PSCI: sim_store64(out, cvmm_sim_psci_get(c)); return 0;
	case SIM_ID: sim_store64(out, cvmm_sim_id_get(c, item)); return 0;
	case SIM_BMAP:
	case SIM_VMONLY:
	case SIM_IMP: sim_store64(out, vm_value(c, it)); return 0;
	case SIM_CTL:
	case SIM_CNT:
	case SIM_PCNT: sim_store64(out, cvmm_sim_timer_get(c, item)); return 0;
	case SIM_PMCR:
	case SIM_PMSET:
	case SIM_PMCLR:
	case SIM_PMCNT:
	case SIM_PMSWINC: sim_store64(out, cvmm_sim_pmu_get(c, item)); return 0;
	case SIM_WA: sim_store64(out, cvmm_sim_wa_get(c, item)); return 0;
	default: memcpy(out, sim_vals(c->s, c->v) + it->slot, it->size); return 0;
	}
}

/* Z registers hold as much as the vCPU's longest vector; P and FFR an eighth of it. */
static void sve_store(struct sim_call *c, const struct sim_item *it, const uint8_t *val)
{
	uint32_t vls = cvmm_sim_find(c->s, CVMM_ARM64_SVE_VLS), vq = 16, bytes;
	uint8_t *to = sim_sve(c->s, c->v) + it->slot;

	if (vls != SIM_NONE) {
		uint64_t set = sim_load64(sim_vals(c->s, c->v) + sim_items(c->s)[vls].slot) & 0xffff;

		vq = set ? 64 - (uint32_t)__builtin_clzll(set) : 0;
	}
	bytes = it->size == 256 ? vq * 16 : vq * 2;
	bytes = bytes > it->size ? it->size : bytes;
	memcpy(to, val, bytes);
	memset(to + bytes, 0, it->size - bytes);
}

int cvmm_sim_write(struct sim_call *c, uint32_t item, const uint8_t *val)
{
	const struct sim_item *it = &sim_items(c->s)[item];
	uint64_t v = it->size == 8 ? sim_load64(val) : 0;
	uint32_t v32;

	switch (it->class) {
	case SIM_RISCV: return cvmm_sim_rv_write(c, item, val);
	case SIM_CORE: cvmm_sim_core_set(c, item, val); return 0;
	case SIM_PSTATE: return cvmm_sim_pstate_set(c, item, v);
	case SIM_VLS: return cvmm_sim_vls_set(c, item, val);
	case SIM_SVE: sve_store(c, it, val); return 0;
	case SIM_PSCI: return cvmm_sim_psci_set(c, v);
	case SIM_WA: return cvmm_sim_wa_set(c, item, v);
	case SIM_BMAP: return cvmm_sim_bmap_set(c, item, v);
	case SIM_ID: return cvmm_sim_id_set(c, item, v);
	case SIM_IMP: return cvmm_sim_imp_set(c, item, v);
	case SIM_CLIDR: return cvmm_sim_clidr_set(c, item, v);
	case SIM_CCSIDR: memcpy(&v32, val, 4); return cvmm_sim_ccsidr_set(c, item, v32);
	case SIM_OSLSR:
		if ((v ^ sim_load64(sim_vals(c->s, c->v) + it->slot)) & ~UINT64_C(2))
			return -EINVAL;
		break;
	case SIM_PMMIR:
		if (sim_trait(c->s, CVMM_TRAIT_PMMIR_FIXED) && v != sim_load64(sim_vals(c->s, c->v) + it->slot))
			return -EINVAL;
		break;
	case SIM_CTL:
	case SIM_CNT:
	case SIM_PCNT: return cvmm_sim_timer_set(c, item, v);
	case SIM_PMCR:
	case SIM_PMSET:
	case SIM_PMCLR:
	case SIM_PMCNT:
	case SIM_PMSWINC: return cvmm_sim_pmu_set(c, item, v);
	default: break;
	}
	memcpy(sim_vals(c->s, c->v) + it->slot, val, it->size);
	return 0;
}

int cvmm_sim_get_one_reg(struct sim_call *c, uintptr_t arg)
{
	struct cvmm_kvm_one_reg r;
	uint8_t val[CVMM_REG_BYTES_MAX];
	uint32_t item;
	int ret;

	if (!c->v->inited)
		return -ENOEXEC;
	ret = sim_fetch(&r, arg, sizeof(r));
	if (ret == 0 && sim_is_riscv(c->s) && cvmm_sim_rv_is_multi(r.id)) {
		sim_store64(val, cvmm_sim_rv_multi_get(c, r.id));
		return sim_put(r.addr, val, 8);
	}
	if (ret == 0)
		ret = lookup(c, r.id, &item);
	if (ret < 0)
		return ret;
	cvmm_sim_read(c, item, val);
	return sim_put(r.addr, val, sim_items(c->s)[item].size);
}

/* System registers are read from user memory before anything is known about them, so a bad address comes first. */
static int early_fault(const struct sim_call *c, const struct cvmm_kvm_one_reg *r)
{
	uint64_t class = r->id & 0x0fff0000;

	if (r->addr >= SIM_FAULT_END || (r->id & ~CVMM_REG_SIZE_MASK) >> 32 != UINT64_C(0x60000000) ||
		sim_is_riscv(c->s))
		return 0;
	/* The oldest kernels do so for firmware registers only. */
	if (sim_oldest(c->s))
		return class == 0x140000;
	return class != 0x100000 && class != 0x150000 && class != 0x160000 && class != 0x110000;
}

int cvmm_sim_set_one_reg(struct sim_call *c, uintptr_t arg)
{
	struct cvmm_kvm_one_reg r;
	uint8_t val[CVMM_REG_BYTES_MAX];
	uint32_t item;
	int ret;

	if (!c->v->inited)
		return -ENOEXEC;
	ret = sim_fetch(&r, arg, sizeof(r));
	if (ret == 0 && sim_is_riscv(c->s) && cvmm_sim_rv_is_multi(r.id)) {
		ret = sim_fetch(val, r.addr, 8);
		return ret < 0 ? ret : cvmm_sim_rv_multi_set(c, r.id, sim_load64(val));
	}
	if (ret == 0 && early_fault(c, &r))
		ret = -EFAULT;
	if (ret == 0)
		ret = lookup(c, r.id, &item);
	if (ret < 0)
		return ret;
	/* Vector lengths are refused before they are looked at. */
	if (sim_items(c->s)[item].class == SIM_VLS && c->v->finalized)
		return -EPERM;
	ret = sim_fetch(val, r.addr, sim_items(c->s)[item].size);
	return ret < 0 ? ret : cvmm_sim_write(c, item, val);
}

int cvmm_sim_reg_list(struct sim_call *c, uintptr_t arg)
{
	const uint32_t *order = sim_at(c->s, c->s->order);
	const struct sim_item *items = sim_items(c->s);
	int scope = (atomic_load_explicit(&c->vm->caps, memory_order_relaxed) & SIM_CAP_SCOPE) != 0;
	uint64_t n, count = 0, *present = sim_present(c->v);
	uint32_t i;
	int ret;

	if (!c->v->inited)
		return -ENOEXEC;
	if (!c->v->finalized)
		return -EPERM;
	ret = sim_fetch(&n, arg, sizeof(n));
	if (ret < 0)
		return ret;
	for (i = 0; !sim_is_riscv(c->s) && i < c->s->nwords; i++)
		count += (uint64_t)__builtin_popcountll(present[i]);
	for (i = 0; sim_is_riscv(c->s) && i < c->s->nitems; i++)
		count += (uint64_t)cvmm_sim_rv_has(c, i);
	ret = sim_put(arg, &count, sizeof(count));
	/* The kernel keeps the caller's number in 32 bits. */
	if (ret < 0 || (uint32_t)n < count)
		return ret < 0 ? ret : -E2BIG;
	for (i = 0; i < c->s->nitems; i++) {
		uint64_t id = items[order[i]].id;

		if (!sim_has(c->v, order[i]) || (sim_is_riscv(c->s) && !cvmm_sim_rv_has(c, order[i])))
			continue;
		if (scope && items[order[i]].flags & SIM_ITEM_SCOPE)
			id |= CVMM_ARM64_REG_SCOPE_VM;
		arg += sizeof(id);
		memcpy((void *)arg, &id, sizeof(id));
	}
	return 0;
}
