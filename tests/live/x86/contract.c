/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * contract [-p] TABLE: each row of the table is a fact: in this state, this call with these arguments gives this errno and
 * these values. -p prints what happened instead of judging it. Exits 77 where there is no /dev/kvm, with the number of
 * rows that were not looked at; rows that need something this host does not offer are skipped by name.
 */
#include "contract.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	int number;
} errnos[] = {
	{ "OK", 0 },
	{ "E2BIG", E2BIG },
	{ "EAGAIN", EAGAIN },
	{ "EBADF", EBADF },
	{ "EBUSY", EBUSY },
	{ "EEXIST", EEXIST },
	{ "EFAULT", EFAULT },
	{ "EINTR", EINTR },
	{ "EINVAL", EINVAL },
	{ "EIO", EIO },
	{ "EMFILE", EMFILE },
	{ "ENODEV", ENODEV },
	{ "ENOENT", ENOENT },
	{ "ENOMEM", ENOMEM },
	{ "ENOSYS", ENOSYS },
	{ "ENOTTY", ENOTTY },
	{ "ENXIO", ENXIO },
	{ "EOPNOTSUPP", EOPNOTSUPP },
	{ "EOWNERDEAD", EOWNERDEAD },
	{ "EPERM", EPERM },
	{ "EACCES", EACCES },
	{ "ENOTCONN", ENOTCONN },
	{ "ENOSPC", ENOSPC },
};

static const char *errno_name(int ret)
{
	static char other[16];
	size_t i;

	for (i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (errnos[i].number == (ret < 0 ? -ret : 0))
			return errnos[i].name;
	snprintf(other, sizeof(other), "%d", ret);
	return other;
}

uint64_t arg_or(struct contract *c, const char *key, uint64_t otherwise)
{
	uint32_t i;

	for (i = 0; i < c->nargs; i++) {
		if (strcmp(c->arg[i].key, key) == 0) {
			c->arg[i].used = 1;
			return c->arg[i].value;
		}
	}
	return otherwise;
}

int apply_args(struct contract *c, void *block, const struct field *field, size_t n)
{
	uint32_t i, hits = 0;
	size_t f;

	for (i = 0; i < c->nargs; i++) {
		for (f = 0; f < n; f++) {
			uint64_t v = 0;
			uint8_t *at = (uint8_t *)block + field[f].off;

			if (strcmp(c->arg[i].key, field[f].name) != 0)
				continue;
			memcpy(&v, at, field[f].size);
			v = c->arg[i].op == '|' ? v | c->arg[i].value : c->arg[i].value;
			memcpy(at, &v, field[f].size);
			c->arg[i].used = 1;
			hits++;
		}
	}
	return (int)hits;
}

/* "a=1 b|=0x20 c": the last is 1. */
static int parse_args(struct contract *c, char *text)
{
	char *save = NULL, *word;

	c->nargs = 0;
	if (strcmp(text, "-") == 0)
		return 0;
	for (word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		struct argument *a = &c->arg[c->nargs];
		char *eq = strchr(word, '=');

		if (c->nargs++ == ARGS_MAX)
			return -1;
		*a = (struct argument){ .value = 1, .op = '=' };
		if (eq) {
			char *end;

			*eq = 0;
			if (eq > word && eq[-1] == '|') {
				a->op = '|';
				eq[-1] = 0;
			}
			a->value = eq[1] == '-' ? (uint64_t)strtoll(eq + 1, &end, 0) : strtoull(eq + 1, &end, 0);
			if (*end || end == eq + 1)
				return -1;
		}
		snprintf(a->key, sizeof(a->key), "%s", word);
	}
	return 0;
}

static const char *unused_arg(const struct contract *c)
{
	uint32_t i;

	for (i = 0; i < c->nargs; i++)
		if (!c->arg[i].used)
			return c->arg[i].key;
	return NULL;
}

/* "ret=1 value=0x10 other=2 id=0x174 reason=short-count unchanged" */
static int matches(const struct contract *c, int ret, char *text, char *why, size_t room)
{
	char *save = NULL, *word;

	if (strcmp(text, "-") == 0)
		return 1;
	for (word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		char *eq = strchr(word, '=');
		uint64_t want = eq ? strtoull(eq + 1, NULL, 0) : 1, have = 0;

		if (strncmp(word, "reason=", 7) == 0) {
			want = 0;
			have = (uint64_t)(strcmp(cvmm_reason_name(c->e.reason), word + 7) != 0);
		} else if (strncmp(word, "ret=", 4) == 0) {
			have = (uint64_t)(int64_t)ret;
		} else if (strcmp(word, "ret>0") == 0) {
			have = ret > 0;
		} else if (strncmp(word, "value=", 6) == 0) {
			have = c->value;
		} else if (strcmp(word, "value>0") == 0) {
			have = c->value > 0;
		} else if (strncmp(word, "other=", 6) == 0) {
			have = c->e.other;
		} else if (strncmp(word, "id=", 3) == 0) {
			have = c->e.id;
		} else {
			snprintf(why, room, "cannot judge '%s'", word);
			return 0;
		}
		if (have != want) {
			snprintf(why, room, "%s, but it is %#llx", word, (unsigned long long)have);
			return 0;
		}
	}
	return 1;
}

/* "-", or capabilities and vendors that the host must have: "cap:200 amd" */
static int host_has(const struct rig *r, const char *needs)
{
	unsigned int cap;

	if (strcmp(needs, "-") == 0)
		return 1;
	if (sscanf(needs, "cap:%u", &cap) == 1)
		return cvmm_kvm_check_extension(r->kvm, cap, NULL) > 0;
	if (sscanf(needs, "nocap:%u", &cap) == 1)
		return cvmm_kvm_check_extension(r->kvm, cap, NULL) == 0;
	return 0;
}

/* "EINVAL", or "OK|ENOENT" where kernels differ. */
static int errno_matches(const char *expected, int ret)
{
	const char *name = errno_name(ret), *at = strstr(expected, name);
	size_t len = strlen(name);

	for (; at; at = strstr(at + 1, name))
		if ((at == expected || at[-1] == '|') && (at[len] == 0 || at[len] == '|'))
			return 1;
	return 0;
}

static int print_only;
static int rows, wrong, skipped;

static void judge(struct contract *c, const char *call, const char *arguments, int ret, char *cell[6])
{
	char why[128] = "";

	if (print_only) {
		printf("%s\t%s\t%s\t%s\t%s\tret=%d value=%#llx other=%#llx id=%#llx reason=%s\n", cell[0], call,
			arguments, cell[3], errno_name(ret), ret, (unsigned long long)c->value,
			(unsigned long long)c->e.other, (unsigned long long)c->e.id, cvmm_reason_name(c->e.reason));
		return;
	}
	if (errno_matches(cell[4], ret) && !c->complaint && !unused_arg(c) &&
		matches(c, ret, cell[5], why, sizeof(why)))
		return;
	wrong++;
	printf("row %d: %s: %s %s: expected %s, got %s%s%s%s%s%s\n", rows, cell[0], call, arguments, cell[4],
		errno_name(ret), *why ? "; expected " : "", why, c->complaint ? "; " : "",
		c->complaint ? c->complaint : "", unused_arg(c) ? "; an argument is not known" : "");
}

static void row(char *line)
{
	char arguments[256], *cell[6], *save = line;
	struct contract c;
	int i;

	for (i = 0; i < 6; i++)
		cell[i] = strsep(&save, "\t\n");
	rows++;
	if (!cell[5]) {
		printf("row %d: has less than 6 columns\n", rows);
		wrong++;
		return;
	}
	memset(&c, 0, sizeof(c));
	snprintf(arguments, sizeof(arguments), "%s", cell[2]);
	if (parse_args(&c, cell[2]) < 0 || !contract_knows(cell[1])) {
		printf("row %d: cannot read '%s %s'\n", rows, cell[1], arguments);
		wrong++;
		return;
	}
	if (rig_make(&c.r, "kvm") < 0 || !host_has(&c.r, cell[3])) {
		printf("skipped: %s %s %s (needs %s)\n", cell[0], cell[1], arguments, cell[3]);
		skipped++;
	} else {
		rig_free(&c.r);
		if (rig_make(&c.r, cell[0]) < 0)
			wrong++;
		else
			judge(&c, cell[1], arguments, contract_call(&c, cell[1]), cell);
	}
	rig_free(&c.r);
}

int main(int argc, char **argv)
{
	char line[1024];
	FILE *f;
	int all = 0;

	print_only = argc > 2 && strcmp(argv[1], "-p") == 0;
	f = argc > 1 ? fopen(argv[argc - 1], "r") : NULL;
	if (!f) {
		fprintf(stderr, "usage: contract [-p] TABLE\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!rig_available()) {
		while (fgets(line, sizeof(line), f))
			all += *line != '#' && *line != '\n';
		printf("skipped: %d rows\n", all);
		return SKIP;
	}
	while (fgets(line, sizeof(line), f))
		if (*line != '#' && *line != '\n')
			row(line);
	fclose(f);
	if (!print_only)
		contract_unseen();
	if (!print_only)
		printf("%d rows: %d hold, %d do not, %d skipped\n", rows, rows - wrong - skipped, wrong, skipped);
	return wrong || rows == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
