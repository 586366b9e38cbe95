/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* As much of Criterion's surface as tests/contract/runner.c uses, for a program that is static and runs as it is. */
#ifndef SHIM_CRITERION_H
#define SHIM_CRITERION_H

#include <stdio.h>
#include <stdlib.h>

#define Test(suite, name) __attribute__((unused)) static void suite##_##name(void)

#define shim_assert(cond)                                                          \
	do {                                                                       \
		if (!(cond)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			exit(1);                                                   \
		}                                                                  \
	} while (0)
#define cr_assert_eq(a, b, ...)	   shim_assert((a) == (b))
#define cr_assert_neq(a, b, ...)   shim_assert((a) != (b))
#define cr_assert_geq(a, b, ...)   shim_assert((a) >= (b))
#define cr_assert_leq(a, b, ...)   shim_assert((a) <= (b))
#define cr_assert_gt(a, b, ...)	   shim_assert((a) > (b))
#define cr_assert_lt(a, b, ...)	   shim_assert((a) < (b))
#define cr_assert(a, ...)	   shim_assert(a)
#define cr_assert_not_null(p, ...) shim_assert((p) != NULL)
#define cr_log_error(...)	   (printf(__VA_ARGS__), printf("\n"))
#define cr_log_info(...)	   (printf(__VA_ARGS__), printf("\n"))

#endif
