/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* arm64: its calls and its states. */
#include "contract.h"

/* init FEATURES TARGET WORD1 */
static int op_init(struct bench *b, const struct call *c)
{
	struct cvmm_arm64_vcpu_init in = { .target = c->n > 1 ? (uint32_t)c->num[1] : CVMM_ARM64_TARGET_GENERIC };

	in.features[0] = (uint32_t)c->num[0];
	in.features[1] = c->n > 2 ? (uint32_t)c->num[2] : 0;
	return io(b, c->v, CVMM_KVM_ARM_VCPU_INIT, &in);
}

static int op_finalize(struct bench *b, const struct call *c)
{
	int32_t what = (int32_t)c->num[0];

	return io(b, c->v, CVMM_KVM_ARM_VCPU_FINALIZE, &what);
}

static int op_target(struct bench *b, const struct call *c)
{
	struct cvmm_arm64_vcpu_init in = { 0 };
	int ret = io(b, b->vm, CVMM_KVM_ARM_PREFERRED_TARGET, &in);

	(void)c;
	b->value = in.target;
	b->has_value = 1;
	return ret;
}

static int op_offset(struct bench *b, const struct call *c)
{
	struct cvmm_arm64_counter_offset o = { c->num[0], c->n > 1 ? c->num[1] : 0 };

	return io(b, b->vm, CVMM_KVM_ARM_SET_COUNTER_OFFSET, &o);
}

/* masks RANGE RESERVED INDEX: the value is the mask at INDEX */
static int op_masks(struct bench *b, const struct call *c)
{
	uint64_t masks[CVMM_ARM64_MASKS];
	struct cvmm_arm64_reg_mask_range r = { .addr = (uintptr_t)masks, .range = (uint32_t)c->num[0] };
	int ret;

	r.reserved[0] = c->n > 1 ? (uint32_t)c->num[1] : 0;
	ret = io(b, b->vm, CVMM_KVM_ARM_GET_REG_WRITABLE_MASKS, &r);
	if (ret == 0 && c->n > 2) {
		b->value = masks[c->num[2] % CVMM_ARM64_MASKS];
		b->has_value = 1;
	}
	return ret;
}

/* events_set PENDING HAS_ESR ESR PAD RESERVED */
static int op_events_set(struct bench *b, const struct call *c)
{
	struct cvmm_arm64_vcpu_events ev = { .serror_pending = (uint8_t)c->num[0] };

	ev.serror_has_esr = c->n > 1 ? (uint8_t)c->num[1] : 0;
	ev.serror_esr = c->n > 2 ? c->num[2] : 0;
	ev.pad[4] = c->n > 3 ? (uint8_t)c->num[3] : 0;
	ev.reserved[11] = c->n > 4 ? (uint32_t)c->num[4] : 0;
	return io(b, c->v, CVMM_KVM_ARM_SET_VCPU_EVENTS, &ev);
}

static int op_events_get(struct bench *b, const struct call *c)
{
	struct cvmm_arm64_vcpu_events ev = { 0 };
	int ret = io(b, c->v, CVMM_KVM_ARM_GET_VCPU_EVENTS, &ev);

	b->value = ev.serror_pending;
	b->has_value = ret == 0;
	return ret;
}

static int op_device(struct bench *b, const struct call *c)
{
	struct cvmm_kvm_create_device d = { .type = (uint32_t)c->num[0], .flags = c->n > 1 ? (uint32_t)c->num[1] : 0 };
	int ret = io(b, b->vm, CVMM_KVM_CREATE_DEVICE, &d);

	if (ret == 0 && !(d.flags & 1))
		*(d.type == 8 ? &b->its : &b->dev) = (int)d.fd;
	return ret;
}

/* filter BASE N ACTION PAD */
static int op_filter(struct bench *b, const struct call *c)
{
	struct {
		uint32_t base, n;
		uint8_t action, pad[15];
	} f = { (uint32_t)c->num[0], (uint32_t)c->num[1], (uint8_t)c->num[2], { 0 } };
	struct cvmm_kvm_device_attr a = { .addr = (uintptr_t)&f };

	f.pad[14] = c->n > 3 ? (uint8_t)c->num[3] : 0;
	return io(b, b->vm, CVMM_KVM_SET_DEVICE_ATTR, &a);
}

/* mrs ID: what a guest would read */
static int op_mrs(struct bench *b, const struct call *c)
{
	int ret = cvmm_sim_guest_reg(&b->be, c->v, c->num[0], &b->value);

	b->has_value = ret == 0;
	return ret;
}

/* hvc FN ARG: x0 */
static int op_hvc(struct bench *b, const struct call *c)
{
	uint64_t x[4];
	int ret = cvmm_sim_guest_hvc(&b->be, c->v, c->num[0], c->num[1], x);

	b->value = x[0];
	b->has_value = ret == 0;
	return ret;
}

const struct op ops_arm64[] = {
	{ "init", 1, op_init },
	{ "finalize", 1, op_finalize },
	{ "target", 0, op_target },
	{ "offset", 1, op_offset },
	{ "masks", 1, op_masks },
	{ "events_set", 1, op_events_set },
	{ "events_get", 0, op_events_get },
	{ "device", 1, op_device },
	{ "filter", 3, op_filter },
	{ "mrs", 1, op_mrs },
	{ "hvc", 2, op_hvc },
	{ NULL, 0, NULL },
};

#define RAM "mem 0 0 0x40000000 0x100000 0x7f0000000000"
#define V3  "device 7; attr set dev 0 2 0x08000000; attr set dev 0 3 0x080a0000"
#define IRQ "attr set vcpu 0 0 23; attr set vcpu 0 1 0"

const struct state states_arm64[] = {
	{ "vm", "" },
	{ "created", "vcpu 0" },
	{ "init", "vcpu 0; init 4" },
	{ "two", "vcpu 0; vcpu 1; init 4; init@1 4" },
	{ "sve", "vcpu 0; init 0x14" },
	{ "final", "vcpu 0; init 0x14; finalize 4" },
	{ "ran", "vcpu 0; vcpu 1; init 4; init@1 4; run" },
	{ "gic", V3 "; vcpu 0; init 4" },
	{ "gicinit", V3 "; vcpu 0; init 4; attr set dev 4 0 0" },
	{ "gicran", V3 "; vcpu 0; init 4; attr set dev 4 0 0; run" },
	{ "pmu0", V3 "; vcpu 0; vcpu 1; init 0xc; init@1 0xc; attr set dev 4 0 0" },
	{ "pmu", V3 "; vcpu 0; init 0xc; attr set dev 4 0 0; " IRQ },
	{ "pmuran", V3 "; vcpu 0; init 0xc; attr set dev 4 0 0; " IRQ "; run" },
	{ "ram", RAM "; vcpu 0; init 4" },
	{ "v2", "device 5; attr set dev 0 0 0x08000000; attr set dev 0 1 0x08010000; vcpu 0; init 4" },
	{ "its", V3 "; device 8; vcpu 0; init 4; attr set dev 4 0 0; attr set its 0 4 0x08080000; attr set its 4 0 0" },
	{ "el2", "vcpu 0; init 0x84" },
	{ "el2gic", V3 "; vcpu 0; init 0x84; attr set dev 4 0 0" },
	{ NULL, NULL },
};
