/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The calls of the differential run that are about registers, and what of their answers can be compared. */
#include "diff.h"

#include <errno.h>
#include <string.h>

/*
 * Counters run by themselves, and a timer's ISTATUS follows them. QEMU has no DBGVCR32_EL2: what KVM saves of a 32-bit vCPU
 * after KVM_RUN is what some register of the host's happened to hold.
 */
static uint64_t compared_bits(const struct side *s, const struct call *c)
{
	uint64_t id = c->id;

	if (id == CVMM_ARM64_SYS(2, 4, 0, 7, 0) && s->ran[c->vcpu])
		return 0;
	if (id == CVMM_ARM64_TIMER_CNT || id == CVMM_ARM64_PTIMER_CNT)
		return 0;
	if (id == CVMM_ARM64_TIMER_CTL || id == CVMM_ARM64_SYS(3, 3, 14, 2, 1) ||
		id == CVMM_ARM64_SYS(3, 4, 14, 2, 1) || id == CVMM_ARM64_SYS(3, 4, 14, 3, 1))
		return ~UINT64_C(4);
	return ~UINT64_C(0);
}

void diff_draw_reg(struct world *w, struct call *c)
{
	diff_any_vcpu(w, c);
	c->id = w->id[draw_below(w, w->nids)];
	if (!draw_below(w, 12))
		c->id ^= UINT64_C(1) << draw_below(w, 64);
}

/* As large as an id can say, which no register is. */
static uint8_t reg_value[1 << 15];

void diff_make_get(struct side *s, const struct call *c, struct answer *a)
{
	struct cvmm_kvm_one_reg reg = { .id = c->id, .addr = (uint64_t)(uintptr_t)reg_value };
	uint32_t bytes = cvmm_reg_bytes(c->id);

	memset(reg_value, 0, CVMM_REG_BYTES_MAX);
	diff_with_data(a, side_ioctl(s, diff_vcpu_fd(s, c), CVMM_KVM_GET_ONE_REG, &reg), reg_value, bytes);
	a->mask = compared_bits(s, c);
}

/* Every register that the vCPU lists: how many, then the first 8 bytes of each, or what reading it said. */
void diff_make_every(struct side *s, const struct call *c, struct answer *a)
{
	static uint64_t list[DIFF_LIST + 1];
	static struct answer one;
	struct call get = *c;
	uint64_t i;
	int ret;

	list[0] = DIFF_LIST;
	ret = side_ioctl(s, diff_vcpu_fd(s, c), CVMM_KVM_GET_REG_LIST, list);
	diff_done(a, ret);
	for (i = 0; ret >= 0 && i < list[0] && 8 * i + 16 <= DIFF_BYTES; i++) {
		get.id = list[i + 1];
		diff_make_get(s, &get, &one);
		cvmm_store_le(a->data + 8 * i + 8, 8,
			one.ret < 0 ? (uint64_t)one.ret : cvmm_load_le(reg_value, 8) & one.mask);
	}
	cvmm_store_le(a->data, 8, i);
	a->bytes = ret < 0 ? 0 : (uint32_t)(8 * i + 8);
}

/* Mostly the value that is there, or one that differs little: that is where kernels differ. */
void diff_draw_set(struct world *w, struct call *c)
{
	static struct answer now;
	uint64_t v;

	diff_draw_reg(w, c);
	memset(now.data, 0, sizeof(c->data));
	diff_make_get(w->real, c, &now);
	memcpy(c->data, now.data, sizeof(c->data));
	v = cvmm_load_le(c->data, 8);
	switch (draw_below(w, 6)) {
	case 0: break;
	case 1: v ^= UINT64_C(1) << draw_below(w, 64); break;
	case 2: v -= UINT64_C(1) << 4 * draw_below(w, 16); break;
	case 3: v += UINT64_C(1) << 4 * draw_below(w, 16); break;
	case 4: v = 0; break;
	default: v = draw(w); break;
	}
	cvmm_store_le(c->data, 8, v);
}

void diff_make_set(struct side *s, const struct call *c, struct answer *a)
{
	struct cvmm_kvm_one_reg reg = { .id = c->id, .addr = (uint64_t)(uintptr_t)reg_value };
	int ret;

	memcpy(reg_value, c->data, sizeof(c->data));
	ret = side_ioctl(s, diff_vcpu_fd(s, c), CVMM_KVM_SET_ONE_REG, &reg);
	diff_make_get(s, c, a);
	a->ret = ret;
}
