/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * A contract table: lines of five columns separated by tabs; empty lines and lines that start with # are skipped.
 *
 *	name	kernels	state	calls	expected
 *
 * @kernels: patterns separated by commas, matched against RELEASE-CPU ("6.1.192-*"); the row is run on each that matches.
 * @state:   what is set up before, a name of the architecture's table of states.
 * @calls:   one or more, separated by "; ". All but the last, and those that begin with ?, must succeed. A call is a name and its arguments; numbers
 *           are decimal or 0x hex, registers are names or ids. A vCPU call acts on vCPU 0, or on vCPU n with "@n"
 *           appended to its name.
 * @expected: of the last call: an errno's name; OK; =VALUE (success and this value); ~ (success, any value).
 */
#ifndef CONTRACT_H
#define CONTRACT_H

#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/arm64.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-sim/profiles.h>
#include <cvmm/kvm-sim/sim.h>

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARGS_MAX  8
#define VCPUS_MAX 8

struct bench {
	struct cvmm_backend be;
	const struct cvmm_profile *profile;
	uint32_t arch;
	int kvm, vm, dev, its;
	int vcpu[VCPUS_MAX];
	uint64_t value; /* what the last call read */
	int has_value;
};

/* One call: its arguments as text and as numbers; @v is the vCPU's fd. Returns >= 0 or -errno; -ENOSYS is no errno of KVM. */
struct call {
	int v, n;
	const char *text[ARGS_MAX];
	uint64_t num[ARGS_MAX];
};
typedef int op_fn(struct bench *b, const struct call *c);

struct op {
	const char *name;
	int args;
	op_fn *fn;
};

struct state {
	const char *name;
	const char *calls; /* how it is reached from a fresh VM; all must succeed */
};

extern const struct op ops_common[], ops_arm64[];
extern const struct state states_arm64[];

int run_calls(struct bench *b, const char *calls, int *last);
int parse_number(struct bench *b, const char *text, uint64_t *out);
int io(struct bench *b, int fd, unsigned long req, const void *arg);
int io_int(struct bench *b, int fd, unsigned long req, uintptr_t arg);

#endif
