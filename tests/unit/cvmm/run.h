/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Runs the built command through the shell, in a folder of the test's own, and keeps what it said. */
#ifndef CVMM_TESTS_RUN_H
#define CVMM_TESTS_RUN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

/* What a command said, up to RUN_TEXT_MAX - 1 bytes of each. */
#define RUN_TEXT_MAX (4u << 20)

struct ran {
	int status;
	char *out;
	char *err;
};

/* A fresh folder, and the current one; removed by the next call and by run_clean(). */
void run_setup(void);
void run_clean(void);

/* "$CVMM" in the line is the command; it also stands in the environment. A signal counts as 128 + its number. */
struct ran run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void ran_free(struct ran *r);

/* Runs, and expects exit status, and words in stdout and stderr: NULL nothing at all, "" anything. */
void expect(int status, const char *in_out, const char *in_err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* The number of lines of shell command @cmd's output. */
int lines_of(const char *cmd);

#endif
