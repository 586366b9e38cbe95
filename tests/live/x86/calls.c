/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "calls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TABLES	  5
#define CALLS_MAX 64

static const struct contract_op *const tables[TABLES] = { contract_vm, contract_irq, contract_vcpu, contract_blocks,
	contract_lists };
static int succeeded[TABLES][CALLS_MAX];

static const struct contract_op *find(const char *call, int **seen)
{
	size_t t, i;

	for (t = 0; t < TABLES; t++) {
		for (i = 0; tables[t][i].name && i < CALLS_MAX; i++) {
			if (strcmp(tables[t][i].name, call) != 0)
				continue;
			*seen = &succeeded[t][i];
			return &tables[t][i];
		}
	}
	return NULL;
}

int contract_knows(const char *call)
{
	int *seen;

	return find(call, &seen) != NULL;
}

int contract_call(struct contract *c, const char *call)
{
	int *seen, ret;
	const struct contract_op *op = find(call, &seen);

	if (!op)
		return -ENOSYS;
	ret = op->call(c);
	*seen |= ret >= 0;
	return ret;
}

void contract_unseen(void)
{
	size_t t, i, n = 0;

	for (t = 0; t < TABLES; t++)
		for (i = 0; tables[t][i].name; i++)
			n += !succeeded[t][i];
	printf("never seen to succeed here: %zu:", n);
	for (t = 0; t < TABLES; t++)
		for (i = 0; tables[t][i].name; i++)
			if (!succeeded[t][i])
				printf(" %s", tables[t][i].name);
	printf("\n");
}
