/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cvmm/kvm-ioctls/device.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vgic.h>
#include <cvmm/kvm-sim/profiles.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include "world.h"

void world_open(struct world *w, const char *name)
{
	world_open_for(w, name, WORLD_VCPUS);
}

const char *world_text(const char *name, size_t *len)
{
	const char *text = NULL;
	uint32_t i;

	for (i = 0; i < cvmm_sim_profile_count() && !text; i++) {
		if (!strcmp(cvmm_sim_profile_name(i), name))
			text = cvmm_sim_profile_text(i, len);
	}
	cr_assert(text, "no profile %s", name);
	return text;
}

void world_open_for(struct world *w, const char *name, uint32_t vcpus)
{
	size_t len = 0;
	const char *text = world_text(name, &len);

	world_open_text(w, name, text, len, vcpus);
}

void world_open_text(struct world *w, const char *name, const char *text, size_t len, uint32_t vcpus)
{
	struct cvmm_error e;
	size_t need;

	memset(w, 0, sizeof(*w));
	w->name = name;
	cr_assert_eq(cvmm_profile_need(text, len, &need, &e), 0);
	w->profile_store = aligned_alloc(64, (need + 63) / 64 * 64);
	cr_assert_eq(cvmm_profile_parse(text, len, w->profile_store, need, &w->profile, &e), 0, "%s line %u: %s", name,
		e.section, cvmm_reason_text(e.reason));
	w->config = (struct cvmm_sim_config){
		.size = sizeof(w->config),
		.profile = &w->profile,
		.max_vms = vcpus == WORLD_VCPUS ? 4 : 1,
		.max_vcpus = vcpus,
	};
	cr_assert_eq(cvmm_sim_need(&w->config, &need, &e), 0, "%s: %s", name, cvmm_reason_text(e.reason));
	need = (need + 4095) / 4096 * 4096;
	w->sim_store = aligned_alloc(4096, need);
	cr_assert_eq(cvmm_sim_init(&w->config, w->sim_store, need, &w->be, &e), 0);
}

void world_close(struct world *w)
{
	free(w->profile_store);
	free(w->sim_store);
}

static int open_vcpus(struct guest *g, uint32_t n, struct cvmm_error *e)
{
	int ret = 0;

	for (; ret == 0 && g->nvcpus < n; g->nvcpus += ret == 0)
		ret = cvmm_vm_create_vcpu(g->vm, g->nvcpus, &g->vcpu[g->nvcpus], e);
	return ret;
}

static int own(struct guest *g, int ret)
{
	g->own = ret < 0;
	return ret;
}

/* The interrupt controller, up to its INIT. */
static int open_vgic(struct guest *g, struct cvmm_error *e)
{
	const uint64_t dist = WORLD_GICD, redist = WORLD_GICR, its = WORLD_GITS;
	uint32_t n = g->world->vgic;
	int ret;

	if (!n)
		return 0;
	ret = cvmm_vm_create_device(g->vm, CVMM_DEV_ARM_VGIC_V3, &g->gic, e);
	if (ret == 0)
		ret = cvmm_vm_create_device(g->vm, CVMM_DEV_ARM_VGIC_ITS, &g->its, e);
	if (ret == 0)
		ret = cvmm_device_set_attr(g->gic, CVMM_VGIC_NR_IRQS, 0, &n, e);
	if (ret == 0)
		ret = cvmm_device_set_attr(g->gic, CVMM_VGIC_ADDR, CVMM_VGIC_ADDR_DIST, &dist, e);
	if (ret == 0)
		ret = cvmm_device_set_attr(g->gic, CVMM_VGIC_ADDR, CVMM_VGIC_ADDR_REDIST, &redist, e);
	if (ret == 0)
		ret = cvmm_device_set_attr(g->its, CVMM_VGIC_ADDR, CVMM_VGIC_ADDR_ITS, &its, e);
	if (ret == 0 && g->world->leave)
		cvmm_machine_leave_vgic(&g->m);
	else if (ret == 0)
		ret = cvmm_machine_vgic(&g->m, g->gic, &g->its, e);
	return own(g, ret);
}

int guest_init_vgic(struct guest *g, struct cvmm_error *e)
{
	int ret;

	if (!g->world->vgic)
		return 0;
	ret = cvmm_device_set_attr(g->gic, CVMM_VGIC_CTRL, CVMM_VGIC_CTRL_INIT, NULL, e);
	if (ret == 0)
		ret = cvmm_device_set_attr(g->its, CVMM_VGIC_CTRL, CVMM_VGIC_CTRL_INIT, NULL, e);
	return own(g, ret);
}

static int open_vm(struct guest *g, struct world *w, const struct cvmm_backend *be, struct cvmm_error *e)
{
	int ret;

	memset(g, 0, sizeof(*g));
	g->world = w;
	g->kvm.fd = g->vm.fd = g->gic.fd = g->its.fd = -1;
	ret = cvmm_kvm_open(be ? be : &w->be, &g->kvm, e);
	if (ret == 0)
		ret = cvmm_kvm_create_vm(g->kvm, 0, &g->gate, &g->vm, e);
	if (ret == 0)
		ret = cvmm_vm_regs_init(&g->regs, g->vm, CVMM_DIALECT_VCPU, g->slot, CVMM_VM_SLOTS_MAX, e);
	if (ret == 0)
		ret = cvmm_machine_init(&g->m, g->vm, &g->gate, &g->regs, e);
	g->m.delta = w->delta;
	g->m.reset = w->reset ? w->reset : &w->profile;
	g->m.spread = w->spread;
	return ret == 0 ? open_vgic(g, e) : ret;
}

int guest_open(struct guest *g, struct world *w, const struct cvmm_backend *be, uint32_t n, struct cvmm_error *e)
{
	int ret = open_vm(g, w, be, e);

	if (ret == 0)
		ret = cvmm_machine_early(&g->m, e);
	if (ret == 0)
		ret = open_vcpus(g, n, e);
	if (ret == 0)
		ret = cvmm_machine_vcpus(&g->m, g->vcpu, n, e);
	return ret;
}

void guest_start(
	struct guest *g, struct world *w, uint32_t n, uint64_t features, const struct cvmm_pair *pin, uint32_t npin)
{
	struct cvmm_error e;
	int ret = guest_open(g, w, NULL, n, &e);

	if (ret == 0)
		ret = cvmm_machine_start(&g->m, features, pin, npin, &w->profile, &e);
	if (ret == 0)
		ret = guest_init_vgic(g, &e);
	cr_assert_eq(ret, 0, "%s: start: %d, %s, phase %u, id %llx, other %llx", w->name, ret,
		cvmm_reason_text(e.reason), e.phase, (unsigned long long)e.id, (unsigned long long)e.other);
	guest_fill(g);
}

static void fill_one(struct cvmm_vcpu vcpu, uint64_t id, uint64_t value)
{
	uint8_t v[CVMM_REG_BYTES_MAX];
	struct cvmm_error e;
	uint32_t i;

	for (i = 0; i < sizeof(v); i++)
		v[i] = (uint8_t)(value >> i % 8 * 8);
	cr_assert_eq(cvmm_vcpu_reg_set(vcpu, cvmm_vcpu_reg_from_id(id), v, cvmm_reg_bytes(id), &e), 0, "fill %llx: %d",
		(unsigned long long)id, e.err);
}

#define FILL_PMCNTENSET CVMM_ARM64_SYS(3, 3, 9, 12, 1)
#define FILL_PMINTENSET CVMM_ARM64_SYS(3, 0, 9, 14, 1)

void guest_fill(struct guest *g)
{
	uint64_t features = g->m.features;
	uint32_t i, k;

	for (i = 0; i < g->nvcpus; i++) {
		uint64_t seed = 0x1000000000000ull * (i + 1);

		for (k = 0; k < 31; k++)
			fill_one(g->vcpu[i], CVMM_ARM64_CORE | CVMM_REG_U64 | 2 * k, seed + k);
		fill_one(g->vcpu[i], CVMM_ARM64_CORE | CVMM_REG_U64 | 0x40, 0xffff800010000000ull + i * 64);
		for (k = 0; k < 32 && !(features & SVE); k++)
			fill_one(g->vcpu[i], CVMM_ARM64_CORE | CVMM_REG_U128 | (0x54 + 4 * k), seed * 3 + k);
		for (k = 0; k < 32 && features & SVE; k++)
			fill_one(g->vcpu[i], CVMM_ARM64_SVE | CVMM_REG_U2048 | k << 5, seed * 5 + k);
		fill_one(g->vcpu[i], CVMM_ARM64_SYS(3, 0, 2, 0, 0), 0x41000000ull + i);
		fill_one(g->vcpu[i], CVMM_ARM64_SYS(3, 3, 13, 0, 2), 0x7f0000000000ull + i);
		fill_one(g->vcpu[i], CVMM_ARM64_SYS(3, 3, 14, 0, 2), 0x123456789abull + i);
		if (features & PMU) {
			fill_one(g->vcpu[i], FILL_PMCNTENSET, 0x8000000bu);
			fill_one(g->vcpu[i], FILL_PMINTENSET, 0x80000005u);
			fill_one(g->vcpu[i], CVMM_ARM64_SYS(3, 3, 14, 12, 0), 0x11);
			fill_one(g->vcpu[i], CVMM_ARM64_SYS(3, 3, 14, 8, 1), 0x77777777u);
		}
	}
}

/* What a guest could have written itself: no bit that the simulated GIC would not give back. */
static void put_vgic(struct guest *g, struct cvmm_device dev, uint64_t id, uint32_t affinity, uint64_t word)
{
	uint8_t v[CVMM_REG_BYTES_MAX];
	struct cvmm_error e;
	uint32_t i;

	for (i = 0; i < sizeof(v); i++)
		v[i] = (uint8_t)(word >> i % 8 * 8);
	cr_assert_eq(cvmm_device_set_vgic_reg(dev, id, affinity, v, &e), 0, "%s: fill %llx: %d", g->world->name,
		(unsigned long long)id, e.err);
}

#define DIST(size, offset)   CVMM_VGIC_REG(CVMM_VGIC_DIST_REGS, CVMM_REG_##size, offset)
#define REDIST(size, offset) CVMM_VGIC_REG(CVMM_VGIC_REDIST_REGS, CVMM_REG_##size, offset)
#define ICC(op)		     CVMM_VGIC_REG(CVMM_VGIC_CPU_SYSREGS, CVMM_REG_U64, op)
#define ITS(offset)	     CVMM_VGIC_REG(CVMM_VGIC_ITS_REGS, CVMM_REG_U64, offset)

void guest_fill_vgic(struct guest *g, uint32_t seed)
{
	uint32_t i, n;

	put_vgic(g, g->gic, DIST(U32, 0), 0, 2);
	for (n = 1; n < g->world->vgic / 32; n++) {
		put_vgic(g, g->gic, DIST(U64, 0xc00 + 8 * n), 0, 0xaaaaaaaa00000000ull);
		put_vgic(g, g->gic, DIST(U32, 0x80 + 4 * n), 0, 0xffffffff);
		put_vgic(g, g->gic, DIST(U32, 0x100 + 4 * n), 0, 0x10101u * seed + n);
		put_vgic(g, g->gic, DIST(U32, 0x200 + 4 * n), 0, 0x202u * seed + n);
		put_vgic(g, g->gic, DIST(U32, 0x300 + 4 * n), 0, 0x30003u * seed + n);
		put_vgic(g, g->gic, DIST(U256, 0x400 + 32 * n), 0, 0xa0b0c0d0a0b0c0ull + seed * 8);
		put_vgic(g, g->gic, DIST(U2048, 0x6000 + 256 * n), 0, 0);
		put_vgic(g, g->gic, CVMM_VGIC_REG(CVMM_VGIC_LEVEL_INFO, CVMM_REG_U32, 32 * n), 0,
			0x505u * seed & 0xffff);
	}
	for (i = 0; i < g->nvcpus; i++) {
		put_vgic(g, g->gic, REDIST(U64, 0x70), i, 0x40010000ull + seed * 0x10000);
		put_vgic(g, g->gic, REDIST(U64, 0x78), i, 0x40100000ull + i * 0x10000);
		put_vgic(g, g->gic, REDIST(U32, 0), i, 1);
		put_vgic(g, g->gic, REDIST(U32, 0x10180), i, 0xffffffff);
		put_vgic(g, g->gic, REDIST(U32, 0x10100), i, 0x08000000u | (seed & 0xffff));
		put_vgic(g, g->gic, REDIST(U32, 0x10200), i, 1u << (seed + i) % 16);
		put_vgic(g, g->gic, REDIST(U32, 0x10300), i, 0x10000000);
		put_vgic(g, g->gic, REDIST(U256, 0x10400), i, 0x80706050ull << i);
		put_vgic(g, g->gic, CVMM_VGIC_REG(CVMM_VGIC_LEVEL_INFO, CVMM_REG_U32, 0), i, 0x08000000);
		put_vgic(g, g->gic, ICC(0xc230), i, 0xf0 - i);	  /* PMR */
		put_vgic(g, g->gic, ICC(0xc648), i, 0x1000u + i); /* AP1R0 */
		put_vgic(g, g->gic, ICC(0xc667), i, 1);		  /* IGRPEN1 */
	}
	put_vgic(g, g->its, ITS(0x80), 0, 0xb800000040200400ull);
	put_vgic(g, g->its, ITS(0x88), 0, 0x40u * seed);
	put_vgic(g, g->its, ITS(0x90), 0, 0x20u * seed);
	put_vgic(g, g->its, ITS(0x100), 0, 0x8107000040300000ull);
	put_vgic(g, g->its, ITS(0x108), 0, 0x8407000040310000ull);
	put_vgic(g, g->its, ITS(0), 0, 1);
}

void guest_close(struct guest *g)
{
	while (g->nvcpus)
		(void)cvmm_vcpu_close(&g->vcpu[--g->nvcpus]);
	if (g->its.be && g->its.fd >= 0)
		(void)cvmm_device_close(&g->its);
	if (g->gic.be && g->gic.fd >= 0)
		(void)cvmm_device_close(&g->gic);
	if (g->vm.fd >= 0)
		(void)cvmm_vm_close(&g->vm);
	if (g->kvm.fd >= 0)
		(void)cvmm_kvm_close(&g->kvm);
}

int guest_save_e(const struct guest *g, struct saved *s, struct cvmm_error *e)
{
	size_t need = 0;
	int ret = cvmm_capture_need(&g->m, &need, e);

	memset(s, 0, sizeof(*s));
	if (ret < 0)
		return ret;
	s->store = aligned_alloc(16, (need + 15) / 16 * 16);
	ret = cvmm_capture(&g->m, &g->world->profile, g->world->profile.kernel, s->store, need, &s->v, e);
	if (ret < 0) {
		free(s->store);
		s->store = NULL;
	}
	return ret;
}

void guest_save(const struct guest *g, struct saved *s)
{
	struct cvmm_error e;
	int ret = guest_save_e(g, s, &e);

	cr_assert_eq(ret, 0, "%s: save: %d, %s, id %llx", g->world->name, ret, cvmm_reason_text(e.reason),
		(unsigned long long)e.id);
	cr_assert_eq(cvmm_view_check(&s->v, &e), 0, "capture made a bad view: %s", cvmm_reason_text(e.reason));
}

int guest_restore(struct guest *g, struct world *w, const struct cvmm_backend *be, const struct cvmm_view *v,
	const struct cvmm_plan *p, struct cvmm_error *e)
{
	uint32_t i;
	int ret = open_vm(g, w, be, e);

	if (ret == 0)
		ret = cvmm_apply_until(&g->m, v, p, CVMM_PHASE_VM, e);
	for (i = 0; ret == 0 && i < v->nvcpus; i++) {
		ret = cvmm_vm_create_vcpu(g->vm, v->vcpu[i].id, &g->vcpu[i], e);
		g->nvcpus += ret == 0;
	}
	if (ret == 0)
		ret = cvmm_machine_vcpus(&g->m, g->vcpu, g->nvcpus, e);
	if (ret == 0 && w->vgic) {
		ret = cvmm_apply_until(&g->m, v, p, CVMM_PHASE_IDENTITY, e);
		if (ret == 0)
			ret = guest_init_vgic(g, e);
	}
	if (ret == 0)
		ret = cvmm_apply_until(&g->m, v, p, CVMM_PHASE_DONE, e);
	return ret;
}
