/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "calls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* C libraries do not agree on the type that names a limit. */
static int set_limit(const struct contract *c, const struct rlimit *limit, struct rlimit *was)
{
	return syscall(SYS_prlimit64, 0, c->r.limit, limit, was) < 0 ? -1 : 0;
}

/* Around the call and nothing else: the program itself needs fds and memory. */
static int call_limited(struct contract *c, const struct contract_op *op)
{
	struct rlimit was, none;
	int ret;

	if (set_limit(c, NULL, &was) < 0)
		return -ENOSYS;
	none = was;
	none.rlim_cur = 0;
	if (set_limit(c, &none, NULL) < 0)
		return -ENOSYS;
	ret = op->call(c);
	if (set_limit(c, &was, NULL) < 0)
		c->complaint = "the limit stays";
	return ret;
}

/* KVM answers only the process that created the VM. No more than the errno comes back. */
static int call_elsewhere(struct contract *c, const struct contract_op *op)
{
	int status, ret;
	pid_t pid = fork();

	if (pid == 0) {
		ret = op->call(c);
		_exit(ret < 0 ? -ret : 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -ENOSYS;
	return -WEXITSTATUS(status);
}

int contract_call(struct contract *c, const char *call)
{
	int *seen, ret;
	const struct contract_op *op = find(call, &seen);

	if (!op)
		return -ENOSYS;
	if (c->r.elsewhere)
		ret = call_elsewhere(c, op);
	else
		ret = c->r.limit == NO_LIMIT ? op->call(c) : call_limited(c, op);
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
