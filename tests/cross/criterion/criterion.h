/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The part of Criterion that tests/unit uses, for cross builds, where there is no Criterion to link with. A test runs in a
 * process of its own, an expectation lets it go on, an assertion ends it.
 */
#ifndef CVMM_CROSS_CRITERION_H
#define CVMM_CROSS_CRITERION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct shim_options {
	int unused; /* so that an empty list of options is an initialiser */
	void (*init)(void);
	void (*fini)(void);
	double timeout;
	int signal;
	int exit_code;
	bool disabled;
	const char *description;
};

struct shim_test {
	const char *suite;
	const char *name; /* NULL: the suite's own options */
	void (*run)(void);
	struct shim_options options;
	struct shim_test *next;
};

void shim_add(struct shim_test *test);
void shim_expected(const char *file, int line, const char *what, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
_Noreturn void shim_asserted(const char *file, int line, const char *what, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
_Noreturn void shim_skip(void);

#define shim_register(id, s, n, function, ...)                                               \
	static struct shim_test id = { s, n, function, { .unused = 0, __VA_ARGS__ }, NULL }; \
	__attribute__((constructor)) static void id##_add(void)                              \
	{                                                                                    \
		shim_add(&id);                                                               \
	}
#define Test(s, n, ...)                         \
	static void shim_##s##_##n##_run(void); \
	shim_register(shim_##s##_##n, #s, #n, shim_##s##_##n##_run, __VA_ARGS__) static void shim_##s##_##n##_run(void)
#define TestSuite(s, ...) shim_register(shim_suite_##s, #s, NULL, NULL, __VA_ARGS__) extern int shim_no_semicolon

/* What only a message says is not looked at before it is needed: it may not be set where all is well. */
#define shim_check(fails, ok, what, ...) ((ok) ? (void)0 : fails(__FILE__, __LINE__, what, " " __VA_ARGS__))

#define cr_assert(x, ...)		 shim_check(shim_asserted, (x), #x, __VA_ARGS__)
#define cr_assert_not(x, ...)		 shim_check(shim_asserted, !(x), "not " #x, __VA_ARGS__)
#define cr_assert_eq(a, b, ...)		 shim_check(shim_asserted, (a) == (b), #a " == " #b, __VA_ARGS__)
#define cr_assert_neq(a, b, ...)	 shim_check(shim_asserted, (a) != (b), #a " != " #b, __VA_ARGS__)
#define cr_assert_gt(a, b, ...)		 shim_check(shim_asserted, (a) > (b), #a " > " #b, __VA_ARGS__)
#define cr_assert_geq(a, b, ...)	 shim_check(shim_asserted, (a) >= (b), #a " >= " #b, __VA_ARGS__)
#define cr_assert_lt(a, b, ...)		 shim_check(shim_asserted, (a) < (b), #a " < " #b, __VA_ARGS__)
#define cr_assert_leq(a, b, ...)	 shim_check(shim_asserted, (a) <= (b), #a " <= " #b, __VA_ARGS__)
#define cr_assert_null(p, ...)		 shim_check(shim_asserted, (p) == NULL, #p " == NULL", __VA_ARGS__)
#define cr_assert_not_null(p, ...)	 shim_check(shim_asserted, (p) != NULL, #p " != NULL", __VA_ARGS__)
#define cr_assert_str_eq(a, b, ...)	 shim_check(shim_asserted, strcmp(a, b) == 0, #a " is " #b, __VA_ARGS__)
#define cr_assert_arr_eq(a, b, n, ...)	 shim_check(shim_asserted, memcmp(a, b, n) == 0, #a " is " #b, __VA_ARGS__)
#define cr_assert_fail(...)		 shim_check(shim_asserted, 0, "", __VA_ARGS__)
#define cr_expect(x, ...)		 shim_check(shim_expected, (x), #x, __VA_ARGS__)
#define cr_expect_not(x, ...)		 shim_check(shim_expected, !(x), "not " #x, __VA_ARGS__)
#define cr_expect_eq(a, b, ...)		 shim_check(shim_expected, (a) == (b), #a " == " #b, __VA_ARGS__)
#define cr_expect_neq(a, b, ...)	 shim_check(shim_expected, (a) != (b), #a " != " #b, __VA_ARGS__)
#define cr_expect_gt(a, b, ...)		 shim_check(shim_expected, (a) > (b), #a " > " #b, __VA_ARGS__)
#define cr_expect_geq(a, b, ...)	 shim_check(shim_expected, (a) >= (b), #a " >= " #b, __VA_ARGS__)
#define cr_expect_lt(a, b, ...)		 shim_check(shim_expected, (a) < (b), #a " < " #b, __VA_ARGS__)
#define cr_expect_leq(a, b, ...)	 shim_check(shim_expected, (a) <= (b), #a " <= " #b, __VA_ARGS__)
#define cr_expect_null(p, ...)		 shim_check(shim_expected, (p) == NULL, #p " == NULL", __VA_ARGS__)
#define cr_expect_not_null(p, ...)	 shim_check(shim_expected, (p) != NULL, #p " != NULL", __VA_ARGS__)
#define cr_expect_str_eq(a, b, ...)	 shim_check(shim_expected, strcmp(a, b) == 0, #a " is " #b, __VA_ARGS__)
#define cr_expect_arr_eq(a, b, n, ...)	 shim_check(shim_expected, memcmp(a, b, n) == 0, #a " is " #b, __VA_ARGS__)
#define cr_log_info(...)		 (printf(__VA_ARGS__), printf("\n"))
#define cr_log_error(...)		 (printf(__VA_ARGS__), printf("\n"))
#define cr_skip_test(...)		 (printf("skipped: " __VA_ARGS__), printf("\n"), shim_skip())

#endif
