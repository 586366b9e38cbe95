/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * B27, the saving half: the process is killed in front of or behind each of its system calls. The file is what it was or
 * what it was to become, never something between, and nothing else that looks like a snapshot lies beside it.
 */
#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"

#define FILE_MAX (64u << 10)

TestSuite(crash, .init = run_setup, .fini = run_clean);

struct text {
	char *p;
	size_t len;
};

static struct text slurp(const char *name)
{
	struct text t = { NULL, 0 };
	FILE *f = fopen(name, "r");

	if (!f)
		return t;
	t.p = calloc(1, FILE_MAX);
	cr_assert(t.p);
	t.len = fread(t.p, 1, FILE_MAX, f);
	(void)fclose(f);
	return t;
}

static int same(const struct text *a, const struct text *b)
{
	return a->p && b->p && a->len == b->len && !memcmp(a->p, b->p, a->len);
}

static void child(void)
{
	/* A leak check does not work under a tracer. */
	(void)setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	(void)freopen("/dev/null", "w", stderr);
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		_exit(77);
	(void)raise(SIGSTOP);
	(void)execl(CVMM_BIN, "cvmm", "save", "--kvm", "sim:6.12", "-o", "guest.snap", (char *)NULL);
	_exit(99);
}

/* Runs to the @stop-th beginning or end of a system call and kills. Return: stops that there were before it ended. */
static long killed_at(long stop)
{
	long n;
	int status;
	pid_t pid = fork();

	if (pid == 0)
		child();
	cr_assert(pid > 0 && waitpid(pid, &status, 0) == pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		return -1;
	cr_assert(WIFSTOPPED(status));
	for (n = 0; n < stop; n++) {
		cr_assert(ptrace(PTRACE_SYSCALL, pid, NULL, NULL) == 0);
		cr_assert(waitpid(pid, &status, 0) == pid);
		if (!WIFSTOPPED(status)) {
			cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%x", (unsigned int)status);
			return n;
		}
	}
	cr_assert(kill(pid, SIGKILL) == 0);
	cr_assert(waitpid(pid, &status, 0) == pid);
	return n;
}

#define DONE 1
#define HALF 2

/* @old: what was there before; no bytes: nothing was. Return: is it the new one now, or was that being written? */
static int look(const struct text *old, const struct text *new, long stop)
{
	struct text is = slurp("guest.snap");
	int done = same(&is, new);
	glob_t found;

	if (!done && old->p)
		cr_assert(same(&is, old), "stop %ld: neither the old file nor the new one", stop);
	else if (!done)
		cr_assert(!is.p, "stop %ld: part of a file", stop);
	free(is.p);
	cr_assert(glob("*", 0, NULL, &found) == (done || old->p ? 0 : GLOB_NOMATCH));
	if (done || old->p) {
		cr_assert_eq(found.gl_pathc, 1, "stop %ld: something else is there", stop);
		globfree(&found);
	}
	if (glob(".cvmm-*", 0, NULL, &found) == 0) {
		done |= HALF;
		globfree(&found);
	}
	cr_assert(system("rm -f guest.snap .cvmm-*") == 0);
	return done;
}

static void each_call(const struct text *old)
{
	struct text new;
	long all = killed_at(1L << 30), stop, step = 16, half = 0;
	int now, last = DONE;

	if (all < 0)
		cr_skip_test("skipped: this process may not trace its children");
	new = slurp("guest.snap");
	cr_assert(new.len > 1000 && (!old->p || !same(&new, old)));
	cr_assert(system("rm -f guest.snap") == 0);
	/* Backwards, and call by call where the file is being written. */
	for (stop = all; stop > 0; stop -= step) {
		if (old->p) {
			FILE *f = fopen("guest.snap", "w");

			cr_assert(f && fwrite(old->p, 1, old->len, f) == old->len && fclose(f) == 0);
		}
		/* How many calls there are differs by a few: a run may end before. */
		cr_assert(killed_at(stop) > 0);
		now = look(old, &new, stop);
		half += now & HALF ? 1 : 0;
		if (step > 1 && !(now & DONE) && last & DONE) {
			/* It happened since; not to be stepped over. */
			stop += step;
			step = 1;
			continue;
		}
		if (step == 1 && !(now & (DONE | HALF)))
			step = 16;
		last = now;
	}
	cr_assert(half > 4 && !(last & DONE));
	free(new.p);
}

Test(crash, nothing_was_there, .timeout = 120)
{
	const struct text none = { NULL, 0 };

	each_call(&none);
}

Test(crash, a_snapshot_was_there, .timeout = 120)
{
	struct text old;

	cr_assert(system("$CVMM save --kvm sim:6.1 -o guest.snap 2>/dev/null") == 0);
	old = slurp("guest.snap");
	cr_assert(old.p);
	each_call(&old);
	free(old.p);
}
