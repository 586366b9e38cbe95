/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: files: read whole within a limit, replaced whole or not at all
 */
#ifndef CVMM_TOOL_FILE_H
#define CVMM_TOOL_FILE_H

#include <stddef.h>
#include <stdint.h>

/** struct bytes - a file's contents */
struct bytes {
	const char *name;
	uint8_t *p;
	size_t len;
};

/**
 * file_read() - read a whole file
 * @name: its name
 * @max:  more bytes than this are refused
 * @what: what was expected, for the message ("a snapshot")
 * @out:  receives the contents
 *
 * A directory, an empty, a missing or a too long file is named on standard error. Return: enum status.
 */
int file_read(const char *name, size_t max, const char *what, struct bytes *out);

/**
 * file_write() - replace a file
 *
 * Writes beside the file, syncs, renames, syncs the directory: whatever fails, the old file is still there and nothing
 * else is. A symbolic link is followed; what is no regular file (a pipe, /dev/null) is simply written to. Return: enum
 * status.
 */
int file_write(const char *name, const void *p, size_t len);

#endif
