/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* x86_64: the system handle and the VM. */
#include "x86.h"

#define CAP_X2APIC_API	   129u
#define X2APIC_SUPPRESS	   4
#define X2APIC_NO_SUPPRESS 8
#define IRQCHIP_FULL	   1u
#define IRQCHIP_SPLIT	   2u
#define CAP_SPLIT	   121u
#define CAP_EXITS	   143u
#define CAP_PAYLOAD	   164u
#define CAP_DIRTY	   168u
#define CAP_USER_MSR	   188u
#define CAP_RING	   192u

/* ---- interrupt controllers ---- */

static int create_irqchip(struct sim_call *c)
{
	if (c->vm->x86.irqchip)
		return -EEXIST;
	if (c->vm->nvcpus)
		return -EINVAL;
	c->vm->x86.irqchip = IRQCHIP_FULL;
	return 0;
}

static int irqchip(struct sim_call *c, uintptr_t arg, int set)
{
	struct cvmm_x86_irqchip chip;
	int ret;

	if (c->vm->x86.irqchip != IRQCHIP_FULL)
		return -ENXIO;
	ret = sim_fetch(&chip, arg, sizeof(chip));
	if (ret < 0)
		return ret;
	if (chip.chip_id > 2)
		return -EINVAL;
	if (set) {
		memcpy(c->vm->x86.chip[chip.chip_id], chip.dummy, sizeof(chip.dummy));
		return 0;
	}
	memcpy(chip.dummy, c->vm->x86.chip[chip.chip_id], sizeof(chip.dummy));
	return sim_put(arg, &chip, sizeof(chip));
}

static int create_pit(struct sim_call *c)
{
	struct cvmm_x86_pit p = { .flags = 0 };
	uint32_t i;

	if (c->vm->x86.pit)
		return -EEXIST;
	if (c->vm->x86.irqchip != IRQCHIP_FULL)
		return -ENOENT;
	c->vm->x86.pit = 1;
	for (i = 0; i < 3; i++) {
		p.channels[i].count = CVMM_X86_PIT_COUNT_MAX;
		p.channels[i].mode = CVMM_X86_PIT_MODE_NONE;
		p.channels[i].gate = i != 2;
	}
	memcpy(c->vm->x86.pit_state, &p, sizeof(p));
	return 0;
}

static int pit(struct sim_call *c, uintptr_t arg, uint32_t bytes, int set)
{
	struct cvmm_x86_pit p;
	uint32_t i;
	int ret;

	if (!c->vm->x86.pit)
		return -ENXIO;
	memcpy(&p, c->vm->x86.pit_state, sizeof(p));
	if (!set)
		return sim_put(arg, &p, bytes);
	ret = sim_fetch(&p, arg, bytes);
	if (ret < 0)
		return ret;
	for (i = 0; i < 3; i++)
		p.channels[i].count = p.channels[i].count ? p.channels[i].count : CVMM_X86_PIT_COUNT_MAX;
	memset(p.reserved, 0, sizeof(p.reserved));
	memcpy(c->vm->x86.pit_state, &p, sizeof(p));
	return 0;
}

static int routing(struct sim_call *c, uintptr_t arg)
{
	uint32_t head[2], e[12], seen[4096 / 32] = { 0 }, i;
	int ret = sim_fetch(head, arg, sizeof(head));

	if (ret < 0)
		return ret;
	if (!c->vm->x86.irqchip || head[0] > 4096 || head[1])
		return -EINVAL;
	for (i = 0; i < head[0]; i++) {
		ret = sim_fetch(e, arg + 8 + i * sizeof(e), sizeof(e));
		if (ret < 0)
			return ret;
		/* gsi, type (1 irqchip, 2 MSI), flags, pad, irqchip, pin */
		if (e[0] >= 4096 || (e[1] != 1 && e[1] != 2) || e[2] ||
			(e[1] == 1 && (e[4] > 2 || e[5] >= (e[4] == 2 ? 24u : 8u))))
			return -EINVAL;
		if (e[1] == 1 && seen[e[0] / 32] >> (e[0] % 32) & 1 && i && e[4] == 2)
			return -EINVAL;
		seen[e[0] / 32] |= 1u << (e[0] % 32);
	}
	return 0;
}

/* ---- clock, addresses, capabilities ---- */

static int clock_ioctl(struct sim_call *c, uintptr_t arg, int set)
{
	struct cvmm_x86_clock k = { 0 };
	int ret = set ? sim_fetch(&k, arg, sizeof(k)) : 0;

	if (ret < 0)
		return ret;
	if (set && k.flags & ~(CVMM_X86_CLOCK_REALTIME | CVMM_X86_CLOCK_HOST_TSC | CVMM_X86_CLOCK_TSC_STABLE))
		return -EINVAL;
	if (set) {
		atomic_store_explicit(&c->vm->voffset,
			atomic_load_explicit(&sim_state(c->s)->now, memory_order_relaxed) - k.clock,
			memory_order_relaxed);
		return 0;
	}
	k.clock = cvmm_sim_counter(c->s) - atomic_load_explicit(&c->vm->voffset, memory_order_relaxed);
	k.flags = CVMM_X86_CLOCK_TSC_STABLE;
	return sim_put(arg, &k, sizeof(k));
}

static int identity(struct sim_call *c, uintptr_t arg)
{
	uint64_t gpa;
	int ret = sim_fetch(&gpa, arg, sizeof(gpa));

	if (ret < 0 || c->vm->nvcpus)
		return ret < 0 ? ret : -EINVAL;
	c->vm->x86.identity = gpa;
	return 0;
}

static int enable_cap(struct sim_call *c, uintptr_t arg)
{
	struct cvmm_kvm_enable_cap cap;
	uint64_t v;
	int ret = sim_fetch(&cap, arg, sizeof(cap));

	if (ret < 0)
		return ret;
	v = cap.args[0];
	if (cap.flags || !cvmm_profile_cap(c->s->profile, cap.cap))
		return -EINVAL;
	switch (cap.cap) {
	case CAP_SPLIT:
		if (v > 4096)
			return -EINVAL;
		if (c->vm->x86.irqchip || c->vm->nvcpus)
			return -EEXIST;
		c->vm->x86.irqchip = IRQCHIP_SPLIT;
		return 0;
	case CAP_EXITS: return v & ~UINT64_C(0x1f) || c->vm->nvcpus ? -EINVAL : 0;
	case CAP_PAYLOAD: c->vm->x86.payload = v != 0; return 0;
	case CAP_DIRTY: return v & ~UINT64_C(3) ? -EINVAL : 0;
	case CAP_USER_MSR: return v & ~UINT64_C(7) ? -EINVAL : 0;
	case CAP_RING:
		if (v & (v - 1) || v < 1024 || v > 1048576 || c->vm->nvcpus)
			return -EINVAL;
		c->vm->x86.ring = 1;
		return 0;
	case 213: return v & ~UINT64_C(1) ? -EINVAL : 0;
	default: return 0;
	}
}

static int create_device(struct sim_call *c, uintptr_t arg)
{
	struct cvmm_kvm_create_device d;
	int ret = sim_fetch(&d, arg, sizeof(d)), fd;

	if (ret < 0)
		return ret;
	if (d.type != 4) /* KVM_DEV_TYPE_VFIO is the only one */
		return -ENODEV;
	if (d.flags & 1)
		return 0;
	sim_acquire(&sim_state(c->s)->lock);
	fd = c->vm->ndevices < c->s->cfg.max_devices ? cvmm_sim_fd_new(c->s, SIM_FD_DEVICE, c->vm_idx, c->vm->ndevices)
						     : -ENOMEM;
	if (fd >= 0) {
		sim_devices(c->s, c->vm)[c->vm->ndevices++] = d.type;
		c->vm->refs++;
	}
	sim_release(&sim_state(c->s)->lock);
	d.fd = (uint32_t)fd;
	return fd < 0 ? fd : sim_put(arg, &d, sizeof(d));
}

static int signal_msi(struct sim_call *c, uintptr_t arg)
{
	uint32_t msi[8];
	int ret = sim_fetch(msi, arg, sizeof(msi));

	if (ret < 0)
		return ret;
	return !c->vm->x86.irqchip || msi[3] & ~1u ? -EINVAL : 1;
}

static int irq_status(struct sim_call *c, uintptr_t arg)
{
	const uint32_t delivered = 1;

	return c->vm->x86.irqchip ? sim_put(arg, &delivered, sizeof(delivered)) : -ENXIO;
}

#define MSR_BITMAP_BITS (0x600u * 8)

static int msr_filter(uintptr_t arg)
{
	struct cvmm_x86_msr_filter f;
	uint32_t i, some = 0;
	int ret = sim_fetch(&f, arg, sizeof(f));

	if (ret < 0 || f.flags & ~1u)
		return ret < 0 ? ret : -EINVAL;
	for (i = 0; i < 16; i++) {
		if (f.ranges[i].nmsrs && (f.ranges[i].flags & ~3u || !f.ranges[i].flags))
			return -EINVAL;
		if (f.ranges[i].nmsrs > MSR_BITMAP_BITS)
			return -EINVAL;
		some |= f.ranges[i].nmsrs;
	}
	return f.flags && !some ? -EINVAL : 0;
}

static int pmu_filter(uintptr_t arg)
{
	struct cvmm_x86_pmu_filter f;
	int ret = sim_fetch(&f, arg, sizeof(f));

	if (ret < 0)
		return ret;
	if (f.action > 1 || f.flags & ~1u)
		return -EINVAL;
	return f.nevents > 300 ? -E2BIG : 0;
}

/* KVM_CREATE_GUEST_MEMFD: size, flags. An fd without memory behind it. */
static int guest_memfd(struct sim_call *c, uintptr_t arg)
{
	uint64_t a[8];
	int ret = sim_fetch(a, arg, sizeof(a));

	if (ret < 0)
		return ret;
	if (!a[0] || a[0] & (SIM_PAGE - 1) || a[1] || !cvmm_profile_cap(c->s->profile, 234))
		return -EINVAL;
	sim_acquire(&sim_state(c->s)->lock);
	ret = cvmm_sim_fd_new(c->s, SIM_FD_DEVICE, c->vm_idx, 0);
	c->vm->refs += ret >= 0;
	sim_release(&sim_state(c->s)->lock);
	return ret;
}

/* Calls that the VM's lock is held for. */
static int locked(struct sim_call *c, unsigned long req, uintptr_t arg)
{
	switch (req) {
	case 0xae60: return create_irqchip(c);
	case CVMM_KVM_GET_IRQCHIP: return irqchip(c, arg, 0);
	case CVMM_KVM_SET_IRQCHIP: return irqchip(c, arg, 1);
	case CVMM_KVM_CREATE_PIT:
	case CVMM_KVM_CREATE_PIT2: return create_pit(c);
	case CVMM_KVM_GET_PIT: return pit(c, arg, sizeof(struct cvmm_x86_pit1), 0);
	case CVMM_KVM_SET_PIT: return pit(c, arg, sizeof(struct cvmm_x86_pit1), 1);
	case CVMM_KVM_GET_PIT2: return pit(c, arg, sizeof(struct cvmm_x86_pit), 0);
	case CVMM_KVM_SET_PIT2: return pit(c, arg, sizeof(struct cvmm_x86_pit), 1);
	case CVMM_KVM_REINJECT_CONTROL: return c->vm->x86.pit ? 0 : -ENXIO;
	case 0x4008ae61: return c->vm->x86.irqchip ? 0 : -ENXIO;
	case 0xc008ae67: return irq_status(c, arg);
	case 0x4020aea5: return signal_msi(c, arg);
	case 0x4020ae76: return c->vm->x86.irqchip ? cvmm_sim_accept(SIM_FD_VM, req, arg) : -EINVAL;
	case CVMM_KVM_X86_SET_MSR_FILTER: return msr_filter(arg);
	case CVMM_KVM_SET_PMU_EVENT_FILTER: return pmu_filter(arg);
	case 0xaec7: return c->vm->x86.ring ? 0 : -EINVAL; /* KVM_RESET_DIRTY_RINGS */
	case 0x4008ae6a: return routing(c, arg);
	case CVMM_KVM_SET_CLOCK: return clock_ioctl(c, arg, 1);
	case CVMM_KVM_GET_CLOCK: return clock_ioctl(c, arg, 0);
	case CVMM_KVM_SET_TSS_ADDR: return arg > UINT64_C(0xffffd000) ? -EINVAL : 0;
	case CVMM_KVM_SET_IDENTITY_MAP_ADDR: return identity(c, arg);
	case CVMM_KVM_SET_NR_MMU_PAGES: return arg < 20 ? -EINVAL : 0;
	case CVMM_KVM_SET_BOOT_CPU_ID:
		if (c->vm->nvcpus)
			return -EBUSY;
		return arg >= cvmm_profile_cap(c->s->profile, 128) ? -EINVAL : 0;
	case CVMM_KVM_ENABLE_CAP: return enable_cap(c, arg);
	case CVMM_KVM_SET_TSC_KHZ: return c->vm->nvcpus ? -EINVAL : 0;
	case CVMM_KVM_GET_TSC_KHZ: return 2000000;
	default: return -ENOTTY;
	}
}

/* A VM whose interrupt controller is not split cannot enable the suppression of EOI broadcasts, where both ways are known. */
static int vm_cap(struct sim_call *c, uint64_t cap)
{
	int v = cvmm_sim_check_extension(c->s, cap);

	if (cap == CAP_X2APIC_API && v & X2APIC_NO_SUPPRESS && c->vm->x86.irqchip != 2)
		v &= ~X2APIC_SUPPRESS;
	return v;
}

int cvmm_sim_x86_vm(struct sim_call *c, unsigned long req, uintptr_t arg)
{
	int ret;

	switch (req) {
	case CVMM_KVM_CHECK_EXTENSION: return vm_cap(c, arg);
	case CVMM_KVM_CREATE_VCPU: return cvmm_sim_create_vcpu(c, arg);
	case 0xc040aed4: return guest_memfd(c, arg);
	case 0x40a0ae49: /* KVM_SET_USER_MEMORY_REGION2 starts with the same members */
	case CVMM_KVM_SET_USER_MEMORY_REGION: return cvmm_sim_set_memory(c, arg);
	case 0x4010ae42: return c->vm->x86.ring ? -ENXIO : cvmm_sim_dirty_log(c, arg);
	case 0xc018aec0: return cvmm_sim_clear_dirty_log(c, arg);
	case CVMM_KVM_CREATE_DEVICE:
		sim_acquire(&c->vm->lock);
		ret = create_device(c, arg);
		sim_release(&c->vm->lock);
		return ret;
	default: break;
	}
	sim_acquire(&c->vm->lock);
	ret = locked(c, req, arg);
	sim_release(&c->vm->lock);
	if (ret != -ENOTTY)
		return ret;
	ret = cvmm_sim_accept(SIM_FD_VM, req, arg);
	return ret == -EINVAL && !cvmm_sim_accepted(SIM_FD_VM, req) ? -ENOTTY : ret;
}
