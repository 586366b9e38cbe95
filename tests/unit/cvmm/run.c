/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"

static char folder[64];

void run_clean(void)
{
	char line[256];

	if (!*folder)
		return;
	cr_assert(chdir("/") == 0);
	(void)snprintf(line, sizeof(line), "chmod -R u+w '%s'; rm -rf '%s'", folder, folder);
	cr_assert(system(line) == 0);
	folder[0] = '\0';
}

void run_setup(void)
{
	run_clean();
	(void)snprintf(folder, sizeof(folder), "%s/cvmm-test-XXXXXX", P_tmpdir);
	cr_assert(mkdtemp(folder));
	cr_assert(chdir(folder) == 0);
	cr_assert(access(CVMM_BIN, X_OK) == 0, "%s is not built", CVMM_BIN);
	cr_assert(setenv("CVMM", CVMM_BIN, 1) == 0);
	/* A sanitizer's report in the command must not pass for its exit status 1. */
	cr_assert(setenv("ASAN_OPTIONS", "exitcode=99", 1) == 0);
	cr_assert(setenv("LSAN_OPTIONS", "exitcode=99", 1) == 0);
	cr_assert(setenv("UBSAN_OPTIONS", "exitcode=99", 1) == 0);
}

static char *slurp(const char *name)
{
	char *text = calloc(1, RUN_TEXT_MAX);
	FILE *f = fopen(name, "r");

	cr_assert(text && f);
	(void)fread(text, 1, RUN_TEXT_MAX - 1, f);
	(void)fclose(f);
	return text;
}

static struct ran run_line(const char *line)
{
	char *full;
	struct ran r;
	int status;

	/* Outside of the folder that the test looks at, so that leftovers can be counted. */
	cr_assert(asprintf(&full, "{ %s\n} >%s.out 2>%s.err", line, folder, folder) > 0);
	status = system(full);
	free(full);
	r.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	cr_assert(asprintf(&full, "%s.out", folder) > 0);
	r.out = slurp(full);
	(void)unlink(full);
	free(full);
	cr_assert(asprintf(&full, "%s.err", folder) > 0);
	r.err = slurp(full);
	(void)unlink(full);
	free(full);
	return r;
}

struct ran run(const char *fmt, ...)
{
	struct ran r;
	va_list ap;
	char *line;

	va_start(ap, fmt);
	cr_assert(vasprintf(&line, fmt, ap) > 0);
	va_end(ap);
	r = run_line(line);
	free(line);
	return r;
}

void ran_free(struct ran *r)
{
	free(r->out);
	free(r->err);
}

static void has(const char *line, const char *what, const char *text, const char *word)
{
	if (!word)
		cr_expect(*text == '\0', "%s: nothing expected on %s, but: %s", line, what, text);
	else
		cr_expect(strstr(text, word), "%s: no \"%s\" on %s, but: %s", line, word, what, text);
}

void expect(int status, const char *in_out, const char *in_err, const char *fmt, ...)
{
	struct ran r;
	va_list ap;
	char *line;

	va_start(ap, fmt);
	cr_assert(vasprintf(&line, fmt, ap) > 0);
	va_end(ap);
	r = run_line(line);
	cr_expect(r.status == status, "%s: exit status %d, expected %d: %s", line, r.status, status, r.err);
	has(line, "stdout", r.out, in_out);
	has(line, "stderr", r.err, in_err);
	ran_free(&r);
	free(line);
}

int lines_of(const char *cmd)
{
	struct ran r = run_line(cmd);
	int n = 0;
	char *s;

	for (s = r.out; *s; s++)
		n += *s == '\n';
	ran_free(&r);
	return n;
}
