/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "vmm.h"

#include <string.h>

#define CREATE_VM   0xae01ul
#define CREATE_VCPU 0xae41ul
#define VCPU_INIT   0x4020aeaeul
#define SET_ONE_REG 0x4010aeacul

/* Its file: a count of registers (4 bytes), vCPU features (4 bytes), then id and value (8 bytes each). */
static int load(struct vmm *v, const uint8_t *file, size_t len)
{
	uint32_t n, i, init[8] = { 5 };
	uint64_t reg[2], value;

	if (len < 8)
		return -1;
	memcpy(&n, file, 4);
	memcpy(&init[1], file + 4, 4);
	if (n > (len - 8) / 16)
		return -1;
	if (v->call(v->ctx, v->vcpu, VCPU_INIT, (uintptr_t)init) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		memcpy(&reg[0], file + 8 + 16 * i, 8);
		memcpy(&value, file + 8 + 16 * i + 8, 8);
		/* Its format has 8 bytes for each value: a register of another size must not be passed on. */
		if ((reg[0] >> 52 & 15) != 3)
			return -1;
		reg[1] = (uintptr_t)&value;
		if (v->call(v->ctx, v->vcpu, SET_ONE_REG, (uintptr_t)reg) < 0)
			return -1;
	}
	return 0;
}

int vmm_restore(struct vmm *v, int kvm, const uint8_t *file, size_t len)
{
	v->vcpu = -1;
	v->vm = v->call(v->ctx, kvm, CREATE_VM, 0);
	if (v->vm < 0)
		return -1;
	v->vcpu = v->call(v->ctx, v->vm, CREATE_VCPU, 0);
	return v->vcpu < 0 ? -1 : load(v, file, len);
}
