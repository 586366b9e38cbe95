/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* In-kernel interrupt controllers: creation, addresses, initialisation, the checks of the first run. */
#include "gic.h"
#include "riscv.h"

#define CREATE_TEST  1u
#define SZ_64K	     UINT64_C(0x10000)
#define CTRL_INIT    0u
#define CTRL_SAVE    1u
#define CTRL_RESTORE 2u
#define CTRL_PENDING 3u
#define CTRL_RESET   4u
#define V2_VCPUS     8u

static int new_device(struct sim_call *c, uint32_t type)
{
	uint32_t *dev = sim_devices(c->s, c->vm), n = c->vm->ndevices;
	int fd;

	if (n == c->s->cfg.max_devices)
		return -ENOMEM;
	fd = cvmm_sim_fd_new(c->s, SIM_FD_DEVICE, c->vm_idx, n);
	if (fd >= 0) {
		dev[n] = type;
		c->vm->ndevices++;
		c->vm->refs++;
	}
	return fd;
}

static int create_gic(struct sim_call *c, uint32_t type)
{
	uint32_t i;

	if (c->vm->gic.type)
		return -EEXIST;
	for (i = 0; i < c->vm->nvcpus; i++)
		if (sim_vcpu(c->s, c->vm_idx, i)->ran)
			return -EBUSY;
	if (type == GIC_V2 && c->vm->nvcpus > V2_VCPUS)
		return -E2BIG;
	cvmm_gic_reset(c->s, c->vm, type);
	cvmm_sim_id_show_gic(c, type == GIC_V3);
	return 0;
}

int cvmm_sim_create_device(struct sim_call *c, uintptr_t arg)
{
	struct cvmm_kvm_create_device d;
	int ret = sim_fetch(&d, arg, sizeof(d)), fd = 0;

	if (ret < 0)
		return ret;
	/* riscv64's AIA is not simulated. */
	if (sim_is_riscv(c->s))
		return -ENODEV;
	if (d.type != GIC_V2 && d.type != GIC_V3 && d.type != GIC_ITS)
		return -ENODEV;
	if (d.flags & CREATE_TEST)
		return 0;
	sim_acquire(&sim_state(c->s)->lock);
	sim_acquire(&c->vm->lock);
	if (d.type == GIC_ITS)
		ret = c->vm->gic.its ? -ENOMEM : 0; /* the simulator has room for one */
	else
		ret = create_gic(c, d.type);
	if (ret == 0)
		fd = new_device(c, d.type);
	if (ret == 0 && fd >= 0 && d.type == GIC_ITS) {
		c->vm->gic.its = 1;
		c->vm->gic.its_base = GIC_UNSET;
		cvmm_gic_its_reset(&c->vm->gic);
	} else if (ret == 0 && fd < 0 && d.type != GIC_ITS) {
		c->vm->gic.type = 0;
	}
	sim_release(&c->vm->lock);
	sim_release(&sim_state(c->s)->lock);
	if (ret < 0 || fd < 0)
		return ret < 0 ? ret : fd;
	d.fd = (uint32_t)fd;
	return sim_put(arg, &d, sizeof(d));
}

int cvmm_sim_create_irqchip(struct sim_call *c)
{
	int ret;

	sim_acquire(&c->vm->lock);
	ret = create_gic(c, GIC_V2);
	sim_release(&c->vm->lock);
	return ret;
}

/* ---- number of interrupts, control ---- */

static int group_irqs(struct sim_call *c, const struct cvmm_kvm_device_attr *a, enum gic_verb verb)
{
	struct sim_gic *g = &c->vm->gic;
	uint32_t n = g->nr_irqs ? g->nr_irqs : 32;
	int ret;

	if (verb == GIC_HAS)
		return 0;
	if (verb == GIC_GET)
		return sim_put(a->addr, &n, sizeof(n));
	ret = sim_fetch(&n, a->addr, sizeof(n));
	if (ret < 0)
		return ret;
	if (n < 64 || n > 1024 || n & 31)
		return -EINVAL;
	if (g->inited || g->nr_irqs)
		return -EBUSY;
	g->nr_irqs = n;
	return 0;
}

static int group_maint(struct sim_call *c, const struct cvmm_kvm_device_attr *a, enum gic_verb verb)
{
	uint32_t irq = c->vm->gic.maint;
	int ret;

	if (!(c->s->known & CVMM_ARM64_FEATURE_HAS_EL2))
		return -ENXIO;
	/* First it was one of a vCPU's registers, and only until the controller was initialised. */
	if (verb != GIC_HAS && !sim_trait(c->s, CVMM_TRAIT_IIDR_EARLY)) {
		if (cvmm_gic_no_vcpu(c, GIC_V3, a))
			return -EINVAL;
		if (c->vm->gic.inited)
			return -EBUSY;
	}
	if (verb != GIC_SET)
		return verb == GIC_HAS ? 0 : sim_put(a->addr, &irq, sizeof(irq));
	ret = sim_fetch(&irq, a->addr, sizeof(irq));
	if (ret < 0)
		return ret;
	if (c->vm->gic.inited)
		return -EBUSY;
	if (irq < 16 || irq > 31)
		return -EINVAL;
	c->vm->gic.maint = irq;
	return 0;
}

static int group_ctrl(struct sim_call *c, uint32_t type, const struct cvmm_kvm_device_attr *a, enum gic_verb verb)
{
	struct sim_gic *g = &c->vm->gic;
	int known = a->attr == CTRL_INIT || (type == GIC_V3 && a->attr == CTRL_PENDING) ||
		    (type == GIC_ITS && (a->attr == CTRL_SAVE || a->attr == CTRL_RESTORE || a->attr == CTRL_RESET));

	if (!known || verb == GIC_GET)
		return -ENXIO;
	if (verb == GIC_HAS)
		return 0;
	if (type == GIC_ITS && a->attr == CTRL_INIT) {
		g->its_inited = 1;
		return 0;
	}
	if (a->attr == CTRL_INIT) {
		g->nr_irqs = g->nr_irqs ? g->nr_irqs : 256;
		g->inited = 1;
		return 0;
	}
	if (type == GIC_ITS)
		return a->attr != CTRL_RESET && g->its_base == GIC_UNSET ? -ENXIO : 0;
	return g->inited || sim_oldest(c->s) ? 0 : -ENXIO;
}

/* ---- dispatch ---- */

/* Registers may only be touched while no vCPU is inside an ioctl. Takes as many vCPU locks as it says. */
static int lock_vcpus(struct sim_call *c, uint32_t *n)
{
	for (*n = 0; *n < c->vm->nvcpus; ++*n)
		if (!sim_try(&sim_vcpu(c->s, c->vm_idx, *n)->lock))
			return -EBUSY;
	return 0;
}

static int device_attr(struct sim_call *c, uint32_t type, const struct cvmm_kvm_device_attr *a, enum gic_verb verb)
{
	uint32_t n;
	int ret;

	switch (a->group) {
	case GRP_ADDR: return cvmm_gic_addr(c, type, a, verb);
	case GRP_NR_IRQS: return type == GIC_ITS ? -ENXIO : group_irqs(c, a, verb);
	case GRP_CTRL: return group_ctrl(c, type, a, verb);
	case GRP_MAINT_IRQ: return type == GIC_V3 ? group_maint(c, a, verb) : -ENXIO;
	default: break;
	}
	if (verb == GIC_HAS)
		return cvmm_gic_has_reg(c, type, a);
	ret = lock_vcpus(c, &n);
	if (ret == 0)
		ret = type == GIC_ITS ? cvmm_gic_its_reg(c, a, verb) : cvmm_gic_reg(c, type, a, verb);
	while (n)
		sim_release(&sim_vcpu(c->s, c->vm_idx, --n)->lock);
	return ret;
}

int cvmm_sim_device_ioctl(struct sim_call *c, unsigned long req, uintptr_t arg)
{
	struct cvmm_kvm_device_attr a;
	enum gic_verb verb = req == CVMM_KVM_SET_DEVICE_ATTR   ? GIC_SET
			     : req == CVMM_KVM_GET_DEVICE_ATTR ? GIC_GET
							       : GIC_HAS;
	int ret;

	if (req != CVMM_KVM_SET_DEVICE_ATTR && req != CVMM_KVM_GET_DEVICE_ATTR && req != CVMM_KVM_HAS_DEVICE_ATTR)
		return -ENOTTY;
	ret = sim_fetch(&a, arg, sizeof(a));
	if (ret < 0)
		return ret;
	sim_acquire(&c->vm->lock);
	ret = device_attr(c, sim_devices(c->s, c->vm)[c->idx], &a, verb);
	sim_release(&c->vm->lock);
	return ret;
}

/* Called with the VM's lock held by the first KVM_RUN of each vCPU. A failure is the VM's end. */
int cvmm_sim_gic_first_run(struct sim_call *c)
{
	struct sim_gic *g = &c->vm->gic;
	uint32_t i;
	int ret = g->dist == GIC_UNSET ? -ENXIO : 0;

	if (!g->type || g->ready)
		return 0;
	for (i = 0; g->type == GIC_V3 && i < c->vm->nvcpus; i++)
		if (sim_vcpu(c->s, c->vm_idx, i)->rdist == GIC_UNSET)
			ret = -ENXIO;
	if (g->type == GIC_V2 && g->cpu == GIC_UNSET)
		ret = -ENXIO;
	if (ret == 0 && g->type == GIC_V3)
		ret = !cvmm_gic_places_fit(c) ? -EINVAL : !g->inited ? -EBUSY : 0;
	if (ret == 0) {
		g->ready = g->inited = 1; /* v2 does it by itself */
	} else if (!sim_oldest(c->s)) {
		atomic_store_explicit(&c->vm->dead, 1, memory_order_relaxed);
	} else {
		/* The oldest kernels let such a VM live, and take its interrupt controller apart. */
		g->inited = g->nr_irqs = g->nregions = 0;
	}
	return ret;
}
