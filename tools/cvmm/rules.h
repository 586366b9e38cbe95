/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: the caller's rules, from a file
 */
#ifndef CVMM_TOOL_RULES_H
#define CVMM_TOOL_RULES_H

#include <cvmm/kvm-ioctls/row.h>

/** rules_load() - read a file of rules; NULL gives none; Return: enum status */
int rules_load(const char *name, struct cvmm_rules *out);

#endif
