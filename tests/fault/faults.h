/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What the fault sweeps share: the errnos, and a world whose calls can be made to fail. */
#ifndef CVMM_TESTS_FAULTS_H
#define CVMM_TESTS_FAULTS_H

#include <errno.h>
#include <stdlib.h>

#include "world.h"

static const int fault_errno[] = { EPERM, ENOENT, EINTR, EIO, ENXIO, E2BIG, ENOEXEC, EBADF, EAGAIN, ENOMEM, EFAULT,
	EBUSY, EINVAL, ENOTTY };
#define FAULT_ERRNOS (sizeof(fault_errno) / sizeof(fault_errno[0]))

/* scripts/test --all? */
static inline int faults_all(void)
{
	const char *all = getenv("CVMM_TEST_ALL");

	return all && *all;
}

struct faulty {
	struct world *world;
	struct cvmm_backend pristine; /* the world's sim before anybody used it */
	void *pristine_store;
	struct cvmm_fault fault;
	struct cvmm_backend be;
	struct cvmm_fault_rule rule[2];
};

static inline void faulty_open(struct faulty *f, struct world *w)
{
	struct cvmm_error e;
	size_t need = 0;

	f->world = w;
	if (cvmm_sim_need(&w->config, &need, &e) < 0)
		abort();
	need = (need + 4095) / 4096 * 4096;
	f->pristine_store = aligned_alloc(4096, need);
	if (cvmm_sim_clone(&w->be, f->pristine_store, need, &f->pristine, &e) < 0)
		abort();
	if (cvmm_fault_init(&f->fault, &w->be, f->rule, 0, &f->be, &e) < 0)
		abort();
}

static inline void faulty_reset(struct faulty *f)
{
	f->fault.nrules = 0;
	f->fault.seen = f->fault.injected = 0;
	f->fault.matched[0] = f->fault.matched[1] = 0;
}

/* The next call that reaches KVM counted from @at fails. */
static inline void faulty_arm(struct faulty *f, uint64_t at, int err, uint64_t times, uint32_t after)
{
	faulty_reset(f);
	f->rule[0] = (struct cvmm_fault_rule){
		.ops = CVMM_FAULT_IOCTL | CVMM_FAULT_OPEN, .err = -err, .at = at, .times = times, .after = after
	};
	f->fault.nrules = 1;
}

/* Two calls fail, each once: @at, and the one that comes @then calls later, in whatever is tried next. */
static inline void faulty_arm_pair(struct faulty *f, uint64_t at, uint64_t then, int first, int second)
{
	faulty_arm(f, at, first, 1, 0);
	f->rule[1] = f->rule[0];
	f->rule[1].at = at + then;
	f->rule[1].err = -second;
	f->fault.nrules = 2;
}

/* The errnos of pairs: one that callers retry, one that they believe, one of the host, one of KVM. */
static const int pair_errno[] = { EAGAIN, EINVAL, ENOMEM, EIO };
#define PAIR_ERRNOS (sizeof(pair_errno) / sizeof(pair_errno[0]))

static inline void faulty_close(struct faulty *f)
{
	free(f->pristine_store);
}

#endif
