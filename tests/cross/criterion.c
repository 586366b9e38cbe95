/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <criterion/criterion.h>

#include <stdarg.h>
#include <sys/wait.h>

enum { FAILED = 1, SKIPPED = 77 };

static struct shim_test *tests;
static int failures;

void shim_add(struct shim_test *test)
{
	test->next = tests;
	tests = test;
}

static void tell(const char *file, int line, const char *what, const char *format, va_list ap)
{
	failures++;
	printf("%s:%d: %s: ", file, line, what);
	vprintf(format, ap);
	printf("\n");
}

void shim_expected(const char *file, int line, const char *what, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	tell(file, line, what, format, ap);
	va_end(ap);
}

void shim_asserted(const char *file, int line, const char *what, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	tell(file, line, what, format, ap);
	va_end(ap);
	exit(FAILED);
}

void shim_skip(void)
{
	exit(SKIPPED);
}

static const struct shim_options *suite_of(const struct shim_test *test)
{
	static const struct shim_options none;
	const struct shim_test *t;

	for (t = tests; t; t = t->next)
		if (!t->name && strcmp(t->suite, test->suite) == 0)
			return &t->options;
	return &none;
}

static void run_here(const struct shim_test *test)
{
	const struct shim_options *suite = suite_of(test);

	if (suite->init)
		suite->init();
	if (test->options.init)
		test->options.init();
	test->run();
	if (test->options.fini)
		test->options.fini();
	if (suite->fini)
		suite->fini();
	exit(failures ? FAILED : 0);
}

/* 0, FAILED or SKIPPED. */
static int run(const struct shim_test *test)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		run_here(test);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return FAILED;
	if (WIFSIGNALED(status)) {
		if (test->options.signal == WTERMSIG(status))
			return 0;
		printf("%s::%s: signal %d\n", test->suite, test->name, WTERMSIG(status));
		return FAILED;
	}
	if (WEXITSTATUS(status) == SKIPPED)
		return SKIPPED;
	return WEXITSTATUS(status) == test->options.exit_code ? 0 : FAILED;
}

int main(void)
{
	int count = 0, failed = 0, skipped = 0;
	const struct shim_test *t;

	for (t = tests; t; t = t->next) {
		int result;

		if (!t->name || t->options.disabled)
			continue;
		result = run(t);
		count++;
		failed += result == FAILED;
		skipped += result == SKIPPED;
		if (result == FAILED)
			printf("%s::%s: failed\n", t->suite, t->name);
	}
	printf("%d tests, %d failed, %d skipped\n", count, failed, skipped);
	return failed || count == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
