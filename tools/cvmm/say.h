/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: what a person reads: messages and errors, on standard error
 *
 * The one place that turns struct cvmm_error into words.
 */
#ifndef CVMM_TOOL_SAY_H
#define CVMM_TOOL_SAY_H

#include <cvmm/kvm-ioctls/error.h>

/** say() - one line on standard error, after "cvmm: "; control characters are shown as \xNN */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * say_error() - one line about a library's error
 * @thing: what it is about: a file, a kernel
 * @e:     the error
 *
 * Says the reason, and of register, vCPU, phase, section, line, byte, ioctl and errno what the error knows. Return:
 * STATUS_ERROR, so that a caller can pass it on; STATUS_REFUSED for data of another architecture.
 */
int say_error(const char *thing, const struct cvmm_error *e);

/** say_errno() - one line about a system call that failed with @err (positive); Return: STATUS_ERROR */
int say_errno(const char *thing, int err);

/** error_words() - the text that say_error() prints after the thing, in @buf */
void error_words(const struct cvmm_error *e, char *buf, size_t cap);

/** say_progress() - "@done of @total @what" on one line of a terminal; nothing if standard error is none */
void say_progress(const char *what, size_t done, size_t total);

#endif
