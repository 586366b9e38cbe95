/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Calls that clients make and whose effect needs a running guest: wiring of interrupts, logs of dirty pages, debugging. They
 * are checked as far as the argument alone tells, and change nothing.
 */
#include "internal.h"

/* KVM_IRQFD: fd, gsi, flags, resamplefd */
static int check_irqfd(const uint8_t *arg)
{
	uint32_t flags;

	memcpy(&flags, arg + 8, sizeof(flags));
	return flags & ~3u ? -EINVAL : 0;
}

/* KVM_IOEVENTFD: datamatch, addr, len, fd, flags */
static int check_ioeventfd(const uint8_t *arg)
{
	uint64_t addr;
	uint32_t len, flags;

	memcpy(&addr, arg + 8, sizeof(addr));
	memcpy(&len, arg + 16, sizeof(len));
	memcpy(&flags, arg + 24, sizeof(flags));
	if ((len != 0 && len != 1 && len != 2 && len != 4 && len != 8) || addr + len < addr || flags & ~0xfu)
		return -EINVAL;
	return len == 0 && flags & 1 ? -EINVAL : 0;
}

/* KVM_SET_GSI_ROUTING: nr, flags */
static int check_routing(const uint8_t *arg)
{
	uint32_t nr, flags;

	memcpy(&nr, arg, sizeof(nr));
	memcpy(&flags, arg + 4, sizeof(flags));
	return nr > 4096 || flags ? -EINVAL : 0;
}

/* KVM_(UN)REGISTER_COALESCED_MMIO: addr, size, pio */
static int check_zone(const uint8_t *arg)
{
	uint32_t pio;

	memcpy(&pio, arg + 12, sizeof(pio));
	return pio > 1 ? -EINVAL : 0;
}

static const struct {
	uint32_t type;
	uint32_t req;
	uint32_t bytes; /* of the argument; 0: an integer */
	int (*check)(const uint8_t *arg);
} accepted[] = {
	{ SIM_FD_VM, 0x4020ae76, 32, check_irqfd }, { SIM_FD_VM, 0x4040ae79, 64, check_ioeventfd },
	{ SIM_FD_VM, 0x4008ae6a, 8, check_routing }, { SIM_FD_VM, 0x4008ae61, 8, NULL }, /* KVM_IRQ_LINE */
	{ SIM_FD_VM, 0x4010ae67, 16, check_zone }, /* KVM_REGISTER_COALESCED_MMIO */
	{ SIM_FD_VM, 0x4010ae68, 16, check_zone }, /* KVM_UNREGISTER_COALESCED_MMIO */
	{ SIM_FD_VCPU, 0x4004ae8b, 4, NULL },	   /* KVM_SET_SIGNAL_MASK */
	{ SIM_FD_VCPU, 0x4208ae9b, 520, NULL },	   /* KVM_SET_GUEST_DEBUG */
	{ SIM_FD_VCPU, 0x4008ae61, 8, NULL },	   /* KVM_IRQ_LINE */
};

int cvmm_sim_accepted(enum sim_fd_type type, unsigned long req)
{
	uint32_t i;

	for (i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++)
		if (accepted[i].type == (uint32_t)type && accepted[i].req == req)
			return 1;
	return 0;
}

int cvmm_sim_accept(enum sim_fd_type type, unsigned long req, uintptr_t arg)
{
	uint8_t copy[64];
	uint32_t i;

	for (i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		uint32_t n = accepted[i].bytes < sizeof(copy) ? accepted[i].bytes : (uint32_t)sizeof(copy);
		int ret;

		if (accepted[i].type != (uint32_t)type || accepted[i].req != req)
			continue;
		ret = sim_fetch(copy, arg, n);
		return ret < 0 || !accepted[i].check ? ret : accepted[i].check(copy);
	}
	return -EINVAL;
}
