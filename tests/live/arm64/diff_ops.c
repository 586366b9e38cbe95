/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The calls of the differential run: how each is drawn, and how it is made on one side. */
#include "diff.h"

#include <errno.h>
#include <string.h>

#define VGIC_V3	    7u
#define ADDR_REDIST 3u

static uint8_t guest_memory[65536] __attribute__((aligned(65536)));

void diff_any_vcpu(struct world *w, struct call *c)
{
	c->vcpu = draw_below(w, DIFF_VCPUS);
}

int diff_vcpu_fd(const struct side *s, const struct call *c)
{
	return s->vcpu[c->vcpu];
}

void diff_done(struct answer *a, int ret)
{
	a->ret = ret;
}

void diff_with_data(struct answer *a, int ret, const void *data, uint32_t bytes)
{
	a->ret = ret;
	if (ret < 0)
		return;
	a->bytes = bytes;
	memcpy(a->data, data, bytes);
}

/* ---- the VM ---- */

static void draw_nothing(struct world *w, struct call *c)
{
	(void)w;
	(void)c;
}

static void draw_vcpu_id(struct world *w, struct call *c)
{
	c->vcpu = draw_below(w, DIFF_VCPUS);
	c->value = draw_below(w, 20) ? c->vcpu : draw(w) >> draw_below(w, 64);
	if (w->avoid & AVOID_DUP_VCPU && w->real->redist && c->value < DIFF_IDS && w->real->id[c->value])
		c->value = UINT32_MAX;
}

static void make_vcpu(struct side *s, const struct call *c, struct answer *a)
{
	int fd = s->be.ops->ioctl(s->be.ctx, s->vm, CVMM_KVM_CREATE_VCPU, (uintptr_t)(c->value & 0xffffffff));

	diff_done(a, fd < 0 ? fd : 0);
	if (fd < 0)
		return;
	s->id[(c->value & 0xffffffff) % DIFF_IDS] = 1;
	if (c->value < DIFF_VCPUS && s->vcpu[c->value] < 0)
		s->vcpu[c->value] = fd;
	else
		(void)s->be.ops->close(s->be.ctx, fd);
}

static void make_gic(struct side *s, const struct call *c, struct answer *a)
{
	struct cvmm_kvm_create_device d = { .type = VGIC_V3, .flags = (uint32_t)c->value };
	int ret = side_ioctl(s, s->vm, CVMM_KVM_CREATE_DEVICE, &d);

	diff_done(a, ret);
	if (ret >= 0 && !d.flags)
		s->gic = (int)d.fd;
}

static void draw_flag(struct world *w, struct call *c)
{
	c->value = draw_below(w, 4) == 0;
}

static void draw_gic(struct world *w, struct call *c)
{
	draw_flag(w, c);
	if (w->avoid & AVOID_LATE_GIC && w->real->refused)
		c->value = 1;
}

static void draw_cap(struct world *w, struct call *c)
{
	c->value = draw_below(w, 8) ? draw_below(w, 300) : draw(w) & 0xffffffff;
}

static void make_cap(struct side *s, const struct call *c, struct answer *a)
{
	diff_done(a, s->be.ops->ioctl(
			     s->be.ctx, c->vcpu & 1 ? s->vm : s->kvm, CVMM_KVM_CHECK_EXTENSION, (uintptr_t)c->value));
}

static void draw_enable(struct world *w, struct call *c)
{
	/* NISV, MTE, SYSTEM_SUSPEND, writable implementation id, and numbers that are none of arm64's */
	static const uint32_t cap[] = { 177, 205, 216, 239, 0, 70, 93, 126, 170, 300, 0xffff };

	c->value = cap[draw_below(w, sizeof(cap) / sizeof(cap[0]))];
	c->extra = draw_below(w, 6) == 0;
}

static void make_enable(struct side *s, const struct call *c, struct answer *a)
{
	struct cvmm_kvm_enable_cap cap = { .cap = (uint32_t)c->value, .flags = (uint32_t)c->extra };

	diff_done(a, side_ioctl(s, s->vm, CVMM_KVM_ENABLE_CAP, &cap));
}

static void draw_offset(struct world *w, struct call *c)
{
	c->value = draw(w) >> 8;
	c->extra = draw_below(w, 6) == 0;
}

static void make_offset(struct side *s, const struct call *c, struct answer *a)
{
	struct cvmm_arm64_counter_offset o = { .counter_offset = c->value, .reserved = c->extra };

	diff_done(a, side_ioctl(s, s->vm, CVMM_KVM_ARM_SET_COUNTER_OFFSET, &o));
}

static void make_masks(struct side *s, const struct call *c, struct answer *a)
{
	static uint64_t mask[CVMM_ARM64_MASKS];
	struct cvmm_arm64_reg_mask_range r = { .addr = (uint64_t)(uintptr_t)mask, .range = (uint32_t)c->value };
	int ret;

	memset(mask, 0, sizeof(mask));
	ret = side_ioctl(s, s->vm, CVMM_KVM_ARM_GET_REG_WRITABLE_MASKS, &r);
	diff_with_data(a, ret, mask, sizeof(mask));
}

static void make_target(struct side *s, const struct call *c, struct answer *a)
{
	struct cvmm_arm64_vcpu_init init = { 0 };

	(void)c;
	diff_with_data(a, side_ioctl(s, s->vm, CVMM_KVM_ARM_PREFERRED_TARGET, &init), &init, sizeof(init));
}

static void draw_slot(struct world *w, struct call *c)
{
	c->id = draw_below(w, 3);
	c->value = UINT64_C(0x40000000) + (draw_below(w, 3) << 16) + (draw_below(w, 8) ? 0 : 0x100);
	c->extra = draw_below(w, 4) ? sizeof(guest_memory) : 0;
}

static void make_slot(struct side *s, const struct call *c, struct answer *a)
{
	struct cvmm_kvm_memory_region r = { .slot = (uint32_t)c->id,
		.guest_phys_addr = c->value,
		.memory_bytes = c->extra,
		.userspace_addr = (uint64_t)(uintptr_t)guest_memory };

	diff_done(a, side_ioctl(s, s->vm, CVMM_KVM_SET_USER_MEMORY_REGION, &r));
}

/* ---- vCPUs ---- */

static void draw_init(struct world *w, struct call *c)
{
	diff_any_vcpu(w, c);
	c->value = w->features[draw_below(w, w->nfeatures)];
	/* Sets that nobody measured: two together, a bit more or less. */
	if (!draw_below(w, 6))
		c->value |= w->features[draw_below(w, w->nfeatures)];
	if (!draw_below(w, 10))
		c->value ^= UINT64_C(1) << draw_below(w, 12);
	c->extra = draw_below(w, 30) ? CVMM_ARM64_TARGET_GENERIC : draw_below(w, 8);
}

static void make_init(struct side *s, const struct call *c, struct answer *a)
{
	struct cvmm_arm64_vcpu_init init = { .target = (uint32_t)c->extra, .features = { (uint32_t)c->value } };

	diff_done(a, side_ioctl(s, diff_vcpu_fd(s, c), CVMM_KVM_ARM_VCPU_INIT, &init));
}

static void draw_finalize(struct world *w, struct call *c)
{
	diff_any_vcpu(w, c);
	c->value = draw_below(w, 6) ? 4 : draw_below(w, 9);
}

static void make_finalize(struct side *s, const struct call *c, struct answer *a)
{
	int feature = (int)c->value;

	diff_done(a, side_ioctl(s, diff_vcpu_fd(s, c), CVMM_KVM_ARM_VCPU_FINALIZE, &feature));
}

static void draw_list(struct world *w, struct call *c)
{
	diff_any_vcpu(w, c);
	c->value = draw_below(w, 4) ? DIFF_LIST : draw_below(w, 300);
}

static void make_list(struct side *s, const struct call *c, struct answer *a)
{
	static uint64_t list[DIFF_LIST + 1];
	int ret;

	memset(list, 0, sizeof(list));
	list[0] = c->value;
	ret = side_ioctl(s, diff_vcpu_fd(s, c), CVMM_KVM_GET_REG_LIST, list);
	diff_with_data(a, ret, list, DIFF_BYTES);
	if (ret == -E2BIG) {
		a->bytes = 8;
		memcpy(a->data, list, 8);
	}
}

static void draw_state(struct world *w, struct call *c)
{
	diff_any_vcpu(w, c);
	c->value = draw_below(w, 4) ? 5 * draw_below(w, 2) : draw_below(w, 12);
}

static void make_set_mp(struct side *s, const struct call *c, struct answer *a)
{
	uint32_t state = (uint32_t)c->value;

	diff_done(a, side_ioctl(s, diff_vcpu_fd(s, c), CVMM_KVM_SET_MP_STATE, &state));
}

static void make_get_mp(struct side *s, const struct call *c, struct answer *a)
{
	uint32_t state = 0;
	int ret = side_ioctl(s, diff_vcpu_fd(s, c), CVMM_KVM_GET_MP_STATE, &state);

	diff_with_data(a, ret, &state, sizeof(state));
}

static void make_events(struct side *s, const struct call *c, struct answer *a)
{
	struct cvmm_arm64_vcpu_events ev = { 0 };
	int ret = side_ioctl(s, diff_vcpu_fd(s, c), CVMM_KVM_ARM_GET_VCPU_EVENTS, &ev);

	diff_with_data(a, ret, &ev, sizeof(ev));
}

static void draw_attr(struct world *w, struct call *c)
{
	diff_any_vcpu(w, c);
	c->id = (uint64_t)draw_below(w, 4) << 32 | draw_below(w, 5);
	c->value = draw_below(w, 4) ? 16 + draw_below(w, 16) : draw_below(w, 64);
	c->extra = draw_below(w, 3);
}

/* has, set, get; the value has room for every attribute's type */
static const unsigned long attr_req[3] = { CVMM_KVM_HAS_DEVICE_ATTR, CVMM_KVM_SET_DEVICE_ATTR,
	CVMM_KVM_GET_DEVICE_ATTR };

static void attr(const struct side *s, int fd, const struct call *c, struct answer *a)
{
	uint64_t value[8] = { c->value };
	struct cvmm_kvm_device_attr at = {
		.group = (uint32_t)(c->id >> 32), .attr = c->id & 0xffffffff, .addr = (uint64_t)(uintptr_t)value
	};
	int ret = side_ioctl(s, fd, attr_req[c->extra], &at);

	diff_done(a, ret);
	if (c->extra == 2)
		diff_with_data(a, ret, value, sizeof(value));
}

static void make_vcpu_attr(struct side *s, const struct call *c, struct answer *a)
{
	attr(s, diff_vcpu_fd(s, c), c, a);
}

static void draw_gic_attr(struct world *w, struct call *c)
{
	static const uint64_t at[] = { 2, 3, UINT64_C(3) << 32, UINT64_C(4) << 32, UINT64_C(1) << 32 | 8,
		UINT64_C(1) << 32, UINT64_C(1) << 32 | 4, UINT64_C(1) << 32 | 12, UINT64_C(5) << 32,
		UINT64_C(9) << 32 };

	c->id = at[draw_below(w, sizeof(at) / sizeof(at[0]))];
	c->extra = draw_below(w, 3);
	c->value = (c->id >> 32) ? draw_below(w, 4) * 32 : 0x08000000 + draw_below(w, 3) * 0xa0000;
	if (c->id == (UINT64_C(1) << 32 | 8))
		c->value = 0x4b00043b | draw_below(w, 6) << 12;
}

static void make_gic_attr(struct side *s, const struct call *c, struct answer *a)
{
	attr(s, s->gic, c, a);
	if (c->id == ADDR_REDIST && c->extra == 1 && a->ret == 0)
		s->redist = 1;
}

static void make_run(struct side *s, const struct call *c, struct answer *a)
{
	struct cvmm_run *run;
	int fd = diff_vcpu_fd(s, c), err = 0;

	if (fd >= 0 && !s->run[c->vcpu])
		s->run[c->vcpu] = s->be.ops->mmap(s->be.ctx, fd, (size_t)s->run_bytes, &err);
	run = s->run[c->vcpu];
	if (run)
		run->immediate_exit = 1;
	diff_done(a, side_ioctl(s, fd, CVMM_KVM_RUN, NULL));
	s->ran[c->vcpu] |= a->ret == -EINTR;
	if (a->ret == -EINVAL && s->gic < 0)
		s->refused = 1;
}

const struct op ops[] = {
	{ "create-vcpu", 6, draw_vcpu_id, make_vcpu },
	{ "create-gic", 2, draw_gic, make_gic },
	{ "check-extension", 4, draw_cap, make_cap },
	{ "enable-cap", 2, draw_enable, make_enable },
	{ "counter-offset", 1, draw_offset, make_offset },
	{ "writable-masks", 1, draw_flag, make_masks },
	{ "preferred-target", 1, draw_nothing, make_target },
	{ "memory-region", 2, draw_slot, make_slot },
	{ "vcpu-init", 8, draw_init, make_init },
	{ "finalize", 4, draw_finalize, make_finalize },
	{ "reg-list", 2, draw_list, make_list },
	{ "get-reg", 60, diff_draw_reg, diff_make_get },
	{ "set-reg", 120, diff_draw_set, diff_make_set },
	{ "every-reg", 1, diff_any_vcpu, diff_make_every },
	{ "set-mp-state", 3, draw_state, make_set_mp },
	{ "get-mp-state", 3, diff_any_vcpu, make_get_mp },
	{ "get-events", 3, diff_any_vcpu, make_events },
	{ "vcpu-attr", 10, draw_attr, make_vcpu_attr },
	{ "gic-attr", 10, draw_gic_attr, make_gic_attr },
	{ "run", 1, diff_any_vcpu, make_run },
};
const uint32_t nops = sizeof(ops) / sizeof(ops[0]);
