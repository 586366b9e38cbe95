/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: what cvmm inspect prints of each kind of file
 */
#ifndef CVMM_TOOL_INSPECT_H
#define CVMM_TOOL_INSPECT_H

#include "file.h"
#include "opt.h"

/** inspect_snapshot() - print a snapshot; Return: enum status */
int inspect_snapshot(const struct bytes *b, const struct args *a);

/** inspect_profile() - print a host profile; Return: enum status */
int inspect_profile(const struct bytes *b, const struct args *a);

/** inspect_kernel() - the same of a simulated kernel, by its selector; Return: enum status */
int inspect_kernel(const char *name, const struct args *a);

#endif
