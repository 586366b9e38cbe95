/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Sizing, creation, copies. */
#include "internal.h"

const struct cvmm_backend_ops cvmm_sim_ops = {
	.size = sizeof(struct cvmm_backend_ops),
	.open = cvmm_sim_open,
	.close = cvmm_sim_close,
	.ioctl = cvmm_sim_ioctl,
	.mmap = cvmm_sim_mmap,
	.munmap = cvmm_sim_munmap,
};

#define LIMIT_VMS      4096u
#define LIMIT_OPENS    65536u
#define LIMIT_MEMSLOTS 65536u
#define LIMIT_DEVICES  1024u

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

/* Numbers that the caller left at 0. */
static int take_config(struct sim *s, const struct cvmm_sim_config *cfg, struct cvmm_error *e)
{
	uint32_t all;

	if (!cfg || cfg->size != sizeof(*cfg) || !cfg->profile || cfg->zero[0] || cfg->zero[1] ||
		cfg->proposals & ~(CVMM_SIM_REG_SCOPE | CVMM_SIM_VM_ONE_REG | CVMM_SIM_ASYMMETRIC) ||
		cfg->max_vms > LIMIT_VMS || cfg->max_vcpus > CVMM_VCPUS_MAX || cfg->max_opens > LIMIT_OPENS ||
		cfg->max_memslots > LIMIT_MEMSLOTS || cfg->max_devices > LIMIT_DEVICES)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_SIM_CONFIG);
	s->cfg = *cfg;
	s->profile = cfg->profile;
	s->cfg.max_vms = cfg->max_vms ? cfg->max_vms : 1;
	s->cfg.max_vcpus = cfg->max_vcpus ? cfg->max_vcpus : 8;
	s->cfg.max_devices = cfg->max_devices ? cfg->max_devices : 4;
	s->cfg.max_memslots = cfg->max_memslots ? cfg->max_memslots : 32;
	s->cfg.max_opens = cfg->max_opens ? cfg->max_opens : 4;
	all = s->cfg.max_vms * s->cfg.max_vcpus;
	s->nsve_max = cfg->max_sve && cfg->max_sve < all ? cfg->max_sve : all;
	return 0;
}

/* Fills the constant part's numbers; touches no storage. */
static int layout(struct sim *s, const struct cvmm_sim_config *cfg, struct cvmm_error *e)
{
	size_t off, vm;
	int ret;

	memset(s, 0, sizeof(*s));
	ret = take_config(s, cfg, e);
	if (ret == 0)
		ret = cvmm_sim_model_size(&s->cfg, s, &off, e);
	if (ret < 0)
		return ret;
	s->magic = SIM_MAGIC;
	s->state = round_up(off, 64);
	s->sve_used = s->state + sizeof(struct sim_state);
	s->fds = round_up(s->sve_used + s->nsve_max, 64);
	s->nfds = s->cfg.max_opens + s->cfg.max_vms * (1 + s->cfg.max_vcpus + s->cfg.max_devices);
	s->vms = round_up(s->fds + s->nfds * sizeof(struct sim_fd), 64);
	vm = round_up(sizeof(struct sim_vm), 8);
	s->vm_vals = (uint32_t)vm;
	s->vm_slots = s->vm_vals + s->nvm * 8;
	s->vm_devices = s->vm_slots + s->cfg.max_memslots * (uint32_t)sizeof(struct sim_slot);
	s->vm_presets = s->vm_devices + s->cfg.max_devices * (uint32_t)sizeof(uint32_t);
	s->vm_bytes = round_up(s->vm_presets + s->nvm, 64);
	s->vcpus = s->vms + s->vm_bytes * s->cfg.max_vms;
	s->vcpu_bytes = round_up(sizeof(struct sim_vcpu) + s->nwords * 8 + s->vals_bytes, 64);
	s->sves = s->vcpus + s->vcpu_bytes * s->cfg.max_vms * s->cfg.max_vcpus;
	s->sve_bytes = (uint32_t)round_up(s->sve_bytes, 64);
	s->runs = round_up(s->sves + (size_t)s->sve_bytes * s->nsve_max, SIM_PAGE);
	s->total = s->runs + (size_t)CVMM_SIM_RUN_BYTES * s->cfg.max_vms * s->cfg.max_vcpus;
	return 0;
}

int cvmm_sim_need(const struct cvmm_sim_config *cfg, size_t *bytes, struct cvmm_error *e)
{
	struct sim s;
	int ret = layout(&s, cfg, e);

	if (ret == 0)
		*bytes = s.total;
	return ret;
}

static int check_store(const void *store, size_t cap, size_t need, struct cvmm_error *e)
{
	if (!store || (uintptr_t)store % CVMM_SIM_ALIGN)
		return cvmm_fail_id(e, -EINVAL, CVMM_REASON_SIM_STORE, 0, need);
	return cap < need ? cvmm_fail_id(e, -E2BIG, CVMM_REASON_SIM_STORE, 0, need) : 0;
}

static void give(struct sim *s, struct cvmm_backend *out)
{
	out->ops = &cvmm_sim_ops;
	out->ctx = s;
	out->gate = NULL;
}

/* Where the physical counter starts: what the recorded kernel showed, or some time after boot. */
static uint64_t boot_time(const struct sim *s)
{
	const struct cvmm_regset *regs = &s->profile->variant[0].regs;
	int i = cvmm_regset_find(regs, CVMM_ARM64_PTIMER_CNT);
	uint64_t t = i < 0 ? 0 : cvmm_regset_u64(regs, (uint32_t)i, 0);

	return t ? t : UINT64_C(0x8000000);
}

int cvmm_sim_init(
	const struct cvmm_sim_config *cfg, void *store, size_t cap, struct cvmm_backend *out, struct cvmm_error *e)
{
	struct sim made, *s = store;
	int ret = layout(&made, cfg, e);

	if (ret == 0)
		ret = check_store(store, cap, made.total, e);
	if (ret < 0)
		return ret;
	/* VMs, vCPUs and kvm_run areas are cleared when they come into being. */
	memset(store, 0, made.vms);
	*s = made;
	cvmm_sim_model_build(s);
	s->sve_bytes = made.sve_bytes;
	for (uint32_t i = 0; i < s->cfg.max_vms; i++)
		memset(sim_vm(s, i), 0, sizeof(struct sim_vm));
	atomic_init(&sim_state(s)->now, boot_time(s));
	give(s, out);
	return 0;
}

struct sim *cvmm_sim_of(const struct cvmm_backend *be)
{
	struct sim *s = be && be->ops == &cvmm_sim_ops ? be->ctx : NULL;

	return s && s->magic == SIM_MAGIC ? s : NULL;
}

int cvmm_sim_clone(
	const struct cvmm_backend *from, void *store, size_t cap, struct cvmm_backend *out, struct cvmm_error *e)
{
	struct sim *s = cvmm_sim_of(from);
	int ret = s ? check_store(store, cap, s->total, e) : cvmm_fail(e, -EINVAL, CVMM_REASON_ARGUMENT);

	if (ret < 0)
		return ret;
	memcpy(store, s, s->total);
	give(store, out);
	return 0;
}

int cvmm_sim_rewind(const struct cvmm_backend *be, const struct cvmm_backend *from)
{
	struct sim *s = cvmm_sim_of(be), *f = cvmm_sim_of(from);

	if (!s || !f || s->total != f->total || s->state != f->state || s->profile != f->profile)
		return -EINVAL;
	memcpy(sim_at(s, s->state), sim_at(f, f->state), s->total - s->state);
	return 0;
}

int cvmm_sim_counts(const struct cvmm_backend *be, uint64_t count[CVMM_SIM_NCOUNTS])
{
	struct sim *s = cvmm_sim_of(be);
	uint32_t i, j, k;

	if (!s)
		return -EINVAL;
	for (i = 0; i < CVMM_SIM_NCOUNTS; i++)
		count[i] = atomic_load_explicit(&sim_state(s)->count[i], memory_order_relaxed);
	for (i = 0; i < s->cfg.max_vms; i++) {
		if (!sim_vm(s, i)->refs)
			continue;
		for (j = 0; j < s->cfg.max_vcpus; j++) {
			struct sim_vcpu *v = sim_vcpu(s, i, j);

			if (j >= sim_vm(s, i)->nvcpus)
				break;
			sim_acquire(&v->lock);
			for (k = 0; k < CVMM_SIM_NCOUNTS; k++)
				count[k] += sim_calls(v, k);
			sim_release(&v->lock);
		}
	}
	return 0;
}

const char *cvmm_sim_count_name(uint32_t which)
{
	static const char *const names[] = {
#define NAME(symbol, name) name,
		CVMM_SIM_COUNTS(NAME)
#undef NAME
	};

	return which < CVMM_SIM_NCOUNTS ? names[which] : NULL;
}
