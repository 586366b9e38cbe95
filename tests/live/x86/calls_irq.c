/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Interrupts, and what Xen and Hyper-V guests have of their own. */
#include "calls.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int c_irqchip_get(struct contract *c)
{
	struct cvmm_x86_irqchip chip = { .chip_id = A32("chip") };

	return cvmm_vm_get_irqchip(c->r.vm, &chip, &c->e);
}

static int c_irqchip_set(struct contract *c)
{
	struct cvmm_x86_irqchip chip = { .chip_id = 0 };

	if (cvmm_vm_get_irqchip(c->r.vm, &chip, NULL) < 0)
		memset(&chip, 0, sizeof(chip));
	chip.chip_id = A32("chip");
	return cvmm_vm_set_irqchip(c->r.vm, &chip, &c->e);
}

static int c_routing(struct contract *c)
{
	struct {
		struct cvmm_kvm_routing head;
		struct cvmm_kvm_route route[2];
	} t = { .head = { .nr = (uint32_t)AOR("nr", 1), .flags = A32("flags") } };
	uint32_t i;

	for (i = 0; i < 2; i++) {
		t.route[i].gsi = A32("gsi");
		t.route[i].type = (uint32_t)AOR("type", CVMM_ROUTE_IRQCHIP);
		t.route[i].flags = A32("rflags");
		t.route[i].word[0] = A32("chip");
		t.route[i].word[1] = A32("pin");
	}
	return cvmm_vm_set_gsi_routing(c->r.vm, &t.head, &c->e);
}

static int c_irqfd(struct contract *c)
{
	int fd = A("badfd") ? c->r.kvm.fd : eventfd(0, EFD_CLOEXEC), ret;

	ret = cvmm_vm_assign_irqfd(c->r.vm, fd, A32("gsi"), -1, &c->e);
	if (ret == 0 && A("twice"))
		ret = cvmm_vm_assign_irqfd(c->r.vm, fd, A32("gsi"), -1, &c->e);
	if (ret == 0 && A("off"))
		ret = cvmm_vm_deassign_irqfd(c->r.vm, fd, A32("gsi"), &c->e);
	if (!A("badfd"))
		close(fd);
	return ret;
}

static int c_ioeventfd(struct contract *c)
{
	int fd = A("badfd") ? c->r.kvm.fd : eventfd(0, EFD_CLOEXEC), ret;
	struct cvmm_kvm_ioeventfd ev = { .addr = A("addr"),
		.len = (uint32_t)AOR("len", 4),
		.fd = fd,
		.flags = A32("flags"),
		.datamatch = A("match") };

	ret = cvmm_vm_ioeventfd(c->r.vm, &ev, &c->e);
	if (ret == 0 && A("twice"))
		ret = cvmm_vm_ioeventfd(c->r.vm, &ev, &c->e);
	if (ret == 0 && A("off")) {
		ev.flags |= CVMM_IOEVENTFD_DEASSIGN;
		ret = cvmm_vm_ioeventfd(c->r.vm, &ev, &c->e);
	}
	if (!A("badfd"))
		close(fd);
	return ret;
}

static int c_msi(struct contract *c)
{
	struct cvmm_kvm_msi m = {
		.address_lo = (uint32_t)AOR("addr", 0xfee00000), .data = A32("data"), .flags = A32("flags")
	};

	return cvmm_vm_signal_msi(c->r.vm, &m, &c->e);
}

static int c_irq_line_status(struct contract *c)
{
	int32_t status = 0;
	int ret = cvmm_vm_irq_line_status(c->r.vm, A32("irq"), 1, &status, &c->e);

	c->value = (uint64_t)(int64_t)status;
	return ret;
}

static int c_xen_config(struct contract *c)
{
	struct cvmm_x86_xen_config x = { .flags = A32("flags"), .msr = (uint32_t)AOR("msr", 0x40000000) };

	return cvmm_vm_xen_hvm_config(c->r.vm, &x, &c->e);
}

static int c_xen_attr(struct contract *c)
{
	struct cvmm_x86_xen_attr x = { .type = (uint16_t)A("type") };

	return A("set") ? cvmm_vm_set_xen_attr(c->r.vm, &x, &c->e) : cvmm_vm_get_xen_attr(c->r.vm, &x, &c->e);
}

static int c_xen_send(struct contract *c)
{
	const struct cvmm_x86_xen_evtchn ev = { .port = A32("port"), .priority = UINT32_MAX };

	return cvmm_vm_xen_evtchn_send(c->r.vm, &ev, &c->e);
}

SIMPLE(create_irqchip, cvmm_vm_create_irqchip(c->r.vm, &c->e))
SIMPLE(create_pit2, cvmm_vm_create_pit2(c->r.vm, A32("flags"), &c->e))
SIMPLE(create_pit, cvmm_vm_create_pit(c->r.vm, &c->e))
SIMPLE(irq_line, cvmm_vm_irq_line(c->r.vm, A32("irq"), (uint32_t)AOR("level", 1), &c->e))
SIMPLE(reinject, cvmm_vm_reinject_control(c->r.vm, (uint8_t)A("on"), &c->e))
SIMPLE(hv_eventfd, cvmm_vm_hyperv_eventfd(c->r.vm, A32("conn"), (int)AOR("fd", (uint64_t)-1), (int)A("off"), &c->e))

const struct contract_op contract_irq[] = {
	{ "vm.create_irqchip", c_create_irqchip },
	{ "vm.get_irqchip", c_irqchip_get },
	{ "vm.set_irqchip", c_irqchip_set },
	{ "vm.create_pit2", c_create_pit2 },
	{ "vm.create_pit", c_create_pit },
	{ "vm.reinject_control", c_reinject },
	{ "vm.irq_line", c_irq_line },
	{ "vm.irq_line_status", c_irq_line_status },
	{ "vm.signal_msi", c_msi },
	{ "vm.set_gsi_routing", c_routing },
	{ "vm.irqfd", c_irqfd },
	{ "vm.ioeventfd", c_ioeventfd },
	{ "vm.xen_hvm_config", c_xen_config },
	{ "vm.hyperv_eventfd", c_hv_eventfd },
	{ "vm.xen_attr", c_xen_attr },
	{ "vm.xen_evtchn_send", c_xen_send },
	{ NULL, NULL },
};
