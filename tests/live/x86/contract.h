/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef LIVE_X86_CONTRACT_H
#define LIVE_X86_CONTRACT_H

#include "rig.h"

#define ARGS_MAX 16

struct argument {
	char key[32];
	uint64_t value;
	char op;
	int used;
};

/* One row while it runs. */
struct contract {
	struct rig r;
	struct cvmm_error e;
	struct argument arg[ARGS_MAX];
	uint32_t nargs;
	uint64_t value;	       /* what the call gave beside its return value */
	const char *complaint; /* a promise of the library that was broken on the way */
};

/* A member of a block of state that a row may name. */
struct field {
	const char *name;
	size_t off;
	size_t size;
};

uint64_t arg_or(struct contract *c, const char *key, uint64_t otherwise);
int apply_args(struct contract *c, void *block, const struct field *field, size_t n);
int contract_knows(const char *call);
int contract_call(struct contract *c, const char *call);

/* Prints which calls have never returned success in this run. */
void contract_unseen(void);

#endif
