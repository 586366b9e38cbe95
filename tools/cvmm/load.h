/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: snapshots and rules from files
 */
#ifndef CVMM_TOOL_LOAD_H
#define CVMM_TOOL_LOAD_H

#include <cvmm/kvm-ioctls/row.h>
#include <cvmm/snapshot/format.h>

/**
 * struct snap - a snapshot that was read
 * @name:  the file's name
 * @bytes: the file
 * @len:   its length
 * @info:  what its header says
 * @view:  what it contains
 * @file:  memory of the file, if it was read here
 * @store: memory of the view
 */
struct snap {
	const char *name;
	const uint8_t *bytes;
	size_t len;
	struct cvmm_snapshot_info info;
	struct cvmm_view view;
	void *file;
	void *store;
};

/** snap_load() - read and validate; damage is named on standard error with its place; Return: enum status */
int snap_load(const char *name, struct snap *s);

/** snap_decode() - the same for bytes that are in memory; they have to outlive @s */
int snap_decode(const char *name, const uint8_t *p, size_t len, struct snap *s);

/** snap_drop() - give its memory back; also after a failed snap_load() */
void snap_drop(struct snap *s);

/** snap_store() - write a view as a file of @format; Return: enum status */
int snap_store(const char *name, const struct cvmm_view *v, uint32_t format);

/** snap_encode() - a view as bytes in memory; Return: enum status */
int snap_encode(const char *name, const struct cvmm_view *v, uint32_t format, uint8_t **p, size_t *len);

/** format_parse() - "1.0" or "1.1", NULL for the newest; Return: enum status */
int format_parse(const char *s, uint32_t *format);

/** enum file_kind - what a file contains */
enum file_kind {
	FILE_SNAPSHOT,
	FILE_PROFILE,
	FILE_BASELINE,
};

/** file_kind_of() - by its first bytes; Return: enum file_kind, or -1 */
int file_kind_of(const uint8_t *p, size_t len);

#endif
