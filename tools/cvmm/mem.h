/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: memory of the command
 *
 * The libraries never allocate; the command does, here only. Everything lives until the command ends.
 */
#ifndef CVMM_TOOL_MEM_H
#define CVMM_TOOL_MEM_H

#include <stddef.h>

/** mem_get() - @n zeroed bytes, aligned to 16; never NULL: without memory the command says so and ends with status 1 */
void *mem_get(size_t n);

/** mem_array() - mem_get() for @n elements of @size bytes, with the multiplication checked */
void *mem_array(size_t n, size_t size);

/** mem_drop() - give back what mem_get() returned, early; NULL is allowed */
void mem_drop(void *p);

/** mem_copy() - a zero-terminated copy of @len bytes at @p */
char *mem_copy(const char *p, size_t len);

/** mem_format() - printf into memory of its own */
char *mem_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** mem_end() - give everything back; called once, at the end */
void mem_end(void);

#endif
