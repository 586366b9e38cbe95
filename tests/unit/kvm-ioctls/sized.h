/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What the tests of state whose size KVM decides have in common: one mocked KVM, and what it was last asked. */
#ifndef SIZED_H
#define SIZED_H

#include "mock.h"

#include <criterion/criterion.h>

static struct mock m;
static struct cvmm_error e;

/* What the mocked KVM holds, and what it was last asked. */
static struct {
	uint32_t count; /* entries of its list, or MSRs that it processes before it stops */
	int ret;	/* forced result, 0 for none */
	int lie;	/* success, whatever fits */
	unsigned long req;
	int calls;
} kvm;

static void fresh(mock_fn *answer)
{
	memset(&kvm, 0, sizeof(kvm));
	memset(&e, 0xee, sizeof(e));
	mock_init(&m, answer);
}

#endif
