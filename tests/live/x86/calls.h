/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The calls that rows can make: tables that end with a name of NULL, most of their entries one line. */
#ifndef LIVE_X86_CALLS_H
#define LIVE_X86_CALLS_H

#include "contract.h"

#include <cvmm/kvm-ioctls/device.h>
#include <cvmm/kvm-ioctls/irq.h>
#include <cvmm/kvm-ioctls/memory.h>
#include <cvmm/kvm-ioctls/stats.h>
#include <cvmm/kvm-ioctls/x86-guests.h>

#include <unistd.h>

#define A(key)		  arg_or(c, key, 0)
#define A32(key)	  ((uint32_t)arg_or(c, key, 0))
#define AOR(key, default) arg_or(c, key, default)

#define SIMPLE(name, expression)                \
	static int c_##name(struct contract *c) \
	{                                       \
		return expression;              \
	}

struct contract_op {
	const char *name;
	int (*call)(struct contract *c);
};

extern const struct contract_op contract_blocks[], contract_lists[], contract_vm[], contract_irq[], contract_vcpu[];

/* What a handle that was made would be, is closed again; the number of the fd is nobody's business. */
static inline int closed(int fd)
{
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

#endif
