/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "contract.h"

#include <criterion/criterion.h>

static const struct {
	int err;
	const char *name;
} errnos[] = { { EPERM, "EPERM" }, { ENOENT, "ENOENT" }, { EINTR, "EINTR" }, { EIO, "EIO" }, { ENXIO, "ENXIO" },
	{ E2BIG, "E2BIG" }, { ENOEXEC, "ENOEXEC" }, { EBADF, "EBADF" }, { ENOMEM, "ENOMEM" }, { EFAULT, "EFAULT" },
	{ EBUSY, "EBUSY" }, { EEXIST, "EEXIST" }, { ENODEV, "ENODEV" }, { EINVAL, "EINVAL" }, { EMFILE, "EMFILE" },
	{ ENOTTY, "ENOTTY" }, { EAGAIN, "EAGAIN" } };

/* What an architecture brings: its calls and its states. Another one is another line, and a Test() at the end. */
static const struct {
	uint32_t arch;
	const struct op *ops;
	const struct state *states;
} arches[] = { { CVMM_ARCH_ARM64, ops_arm64, states_arm64 } };

static size_t arch_of(const struct bench *b)
{
	size_t i = 0;

	while (arches[i].arch != b->arch)
		cr_assert_lt(++i, sizeof(arches) / sizeof(arches[0]), "no calls for this architecture");
	return i;
}

static const char *err_name(int ret)
{
	static char other[24];
	size_t i;

	if (ret >= 0)
		return "OK";
	for (i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (errnos[i].err == -ret)
			return errnos[i].name;
	snprintf(other, sizeof(other), "E%d", -ret);
	return other;
}

/* A number, or a register's name. */
int parse_number(struct bench *b, const char *text, uint64_t *out)
{
	char *end;

	*out = strtoull(text, &end, 0);
	if (*end == 0 && end != text)
		return 0;
	return cvmm_reg_from_name(b->arch, text, strlen(text), out);
}

static const struct op *find_op(struct bench *b, const char *name)
{
	const struct op *tables[] = { ops_common, arches[arch_of(b)].ops };
	size_t t;

	for (t = 0; t < 2; t++) {
		const struct op *op;

		for (op = tables[t]; op->name; op++)
			if (!strcmp(op->name, name))
				return op;
	}
	return NULL;
}

/* One call; a malformed one is -ENOSYS, which no row expects. */
static int run_call(struct bench *b, char *text)
{
	struct call c = { .v = b->vcpu[0] };
	char *save, *word = strtok_r(text, " ", &save), *at = word ? strchr(word, '@') : NULL;
	const struct op *op;

	if (!word)
		return -ENOSYS;
	if (at) {
		*at++ = 0;
		c.v = b->vcpu[strtoul(at, NULL, 10) % VCPUS_MAX];
	}
	op = find_op(b, word);
	while (op && c.n < ARGS_MAX && (word = strtok_r(NULL, " ", &save)) != NULL) {
		c.text[c.n] = word;
		(void)parse_number(b, word, &c.num[c.n]);
		c.n++;
	}
	if (!op || c.n < op->args)
		return -ENOSYS;
	b->has_value = 0;
	return op->fn(b, &c);
}

/* Returns 0 if all calls but the last succeeded; @last receives what the last one returned. */
int run_calls(struct bench *b, const char *calls, int *last)
{
	char buf[1024], *next = buf, *call;
	int may_fail;

	snprintf(buf, sizeof(buf), "%s", calls);
	*last = 0;
	while ((call = next) != NULL && *call) {
		next = strstr(call, "; ");
		if (next) {
			*next = 0;
			next += 2;
		}
		may_fail = *call == '?';
		*last = run_call(b, call + may_fail);
		if (*last < 0 && next && !may_fail)
			return -1;
	}
	return 0;
}

static int expected(struct bench *b, const char *want, int ret)
{
	uint64_t v;

	if (!strcmp(want, "OK") || !strcmp(want, "~"))
		return ret >= 0;
	if (want[0] != '=')
		return !strcmp(want, err_name(ret));
	return ret >= 0 && b->has_value && !parse_number(b, want + 1, &v) && v == b->value;
}

static int reach(struct bench *b, const char *state)
{
	const struct state *s;
	int last;

	for (s = arches[arch_of(b)].states; s->name && strcmp(s->name, state); s++)
		;
	if (!s->name)
		return -1;
	return run_calls(b, s->calls, &last) < 0 || last < 0 ? -1 : 0;
}

static void *storage(size_t n)
{
	void *p = NULL;

	cr_assert_eq(posix_memalign(&p, 4096, n), 0);
	return p;
}

/* Every row that matches this kernel, each in a simulated KVM fresh from @blank. */
static void run_table(char *text, const char *kernel, struct bench *b, const struct cvmm_backend *blank, uint32_t *rows,
	uint32_t *failed)
{
	char *save, *line;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *col[5] = { 0 }, *in = line, *pattern, *psave;
		int i, match = 0, last = 0, ok;

		if (*line == '#')
			continue;
		for (i = 0; i < 5; i++)
			col[i] = strsep(&in, "\t");
		if (!col[4] || in) {
			cr_log_error("malformed row: %s", line);
			++*failed;
			continue;
		}
		for (pattern = strtok_r(col[1], ",", &psave); pattern; pattern = strtok_r(NULL, ",", &psave))
			match |= fnmatch(pattern, kernel, 0) == 0;
		if (!match)
			continue;
		++*rows;
		cr_assert_eq(cvmm_sim_rewind(&b->be, blank), 0);
		memset(b->vcpu, 0xff, sizeof(b->vcpu));
		b->dev = b->its = -1;
		b->kvm = b->be.ops->open(b->be.ctx);
		b->vm = io_int(b, b->kvm, CVMM_KVM_CREATE_VM, 0);
		ok = reach(b, col[2]) == 0 && run_calls(b, col[3], &last) == 0 && expected(b, col[4], last);
		if (!ok) {
			cr_log_error("%s on %s: %s | %s: expected %s, got %s (value %llx)", col[0], kernel, col[2],
				col[3], col[4], err_name(last), (unsigned long long)b->value);
			++*failed;
		}
	}
}

static char *slurp(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = storage(1 << 20);

	cr_assert_not_null(f, "%s", path);
	text[fread(text, 1, (1 << 20) - 1, f)] = 0;
	fclose(f);
	return text;
}

/* What a table came to. */
struct tally {
	uint32_t rows, runs, failed;
};

/* The whole table, asked of the simulated KVM of one profile. */
static void ask(const char *text, const char *name, const char *profile, size_t len, uint32_t arch, struct tally *t)
{
	struct cvmm_profile p;
	struct cvmm_sim_config cfg = { .size = sizeof(cfg), .profile = &p, .max_vms = 2, .max_vcpus = 4 };
	struct cvmm_backend blank;
	struct bench b = { .arch = arch, .profile = &p };
	char *copy;
	void *facts, *one, *two;
	size_t need;

	cr_assert_eq(cvmm_profile_need(profile, len, &need, NULL), 0);
	facts = storage(need);
	cr_assert_eq(cvmm_profile_parse(profile, len, facts, need, &p, NULL), 0);
	if (p.arch == arch) {
		cr_assert_eq(cvmm_sim_need(&cfg, &need, NULL), 0);
		one = storage(need);
		two = storage(need);
		copy = storage(1 << 20);
		cr_assert_eq(cvmm_sim_init(&cfg, one, need, &blank, NULL), 0);
		cr_assert_eq(cvmm_sim_clone(&blank, two, need, &b.be, NULL), 0);
		strcpy(copy, text);
		run_table(copy, name, &b, &blank, &t->runs, &t->failed);
		free(copy);
		free(one);
		free(two);
	}
	free(facts);
}

static char *rows_of(const char *file, struct tally *t)
{
	char *text = slurp(file), *line;

	for (line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		t->rows += *line != '#' && *line != '\n';
	return text;
}

static void conclude(const char *file, const struct tally *t, uint32_t least)
{
	cr_log_info("%s: %u rows, %u runs, %u failed", file, t->rows, t->runs, t->failed);
	cr_assert_eq(t->failed, 0u, "%u of %u runs differ from the table", t->failed, t->runs);
	cr_assert_geq(t->rows, least);
	cr_assert_geq(t->runs, t->rows, "a row matched no kernel");
}

Test(contract, arm64)
{
	const char *file = CVMM_SOURCE_DIR "/tests/contract/arm64.tsv";
	struct tally t = { 0 };
	char *text = rows_of(file, &t);
	uint32_t k;

	for (k = 0; k < cvmm_sim_profile_count(); k++) {
		size_t len;
		const char *profile = cvmm_sim_profile_text(k, &len);

		ask(text, cvmm_sim_profile_name(k), profile, len, CVMM_ARCH_ARM64, &t);
	}
	conclude(file, &t, 300);
	free(text);
}

/* EL2 guests: the profiles that were measured where a kernel offers them are not built in. */
Test(contract, arm64_el2)
{
	static const char *const release[] = { "6.16.12", "6.18.15", "7.3.4" };
	const char *file = CVMM_SOURCE_DIR "/tests/contract/el2.tsv";
	struct tally t = { 0 };
	char *text = rows_of(file, &t), path[512], name[32], *profile;
	size_t k;

	for (k = 0; k < sizeof(release) / sizeof(release[0]); k++) {
		snprintf(path, sizeof(path), "%s/kvm-sim/profiles/arm64-el2/%s-max.profile", CVMM_SOURCE_DIR,
			release[k]);
		snprintf(name, sizeof(name), "%s-el2", release[k]);
		profile = slurp(path);
		ask(text, name, profile, strlen(profile), CVMM_ARCH_ARM64, &t);
		free(profile);
	}
	conclude(file, &t, 30);
	free(text);
}
