/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * A VMM of somebody else's: it has a save format of its own, talks to KVM by ioctl numbers, and knows nothing of c-vmm's
 * libraries. Only the function that makes the call can be replaced, as in any program that can be tested at all.
 */
#ifndef EXAMPLE_VMM_H
#define EXAMPLE_VMM_H

#include <stddef.h>
#include <stdint.h>

/** struct vmm - its idea of a KVM: a function in the place of ioctl(2) */
struct vmm {
	int (*call)(void *ctx, int fd, unsigned long request, uintptr_t arg);
	void *ctx;
	int vm, vcpu;
};

/** vmm_restore() - make a VM with one vCPU out of a saved file. Return: 0; -1: not restored, everything is closed. */
int vmm_restore(struct vmm *v, int kvm, const uint8_t *file, size_t len);

#endif
