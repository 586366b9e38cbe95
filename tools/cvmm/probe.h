/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: a host's profile, measured
 */
#ifndef CVMM_TOOL_PROBE_H
#define CVMM_TOOL_PROBE_H

#include <stddef.h>

#include <cvmm/kvm-ioctls/backend.h>

/**
 * probe_text() - measure the KVM behind a backend
 * @be:   the backend
 * @name: what to call it in messages
 * @text: receives the profile's text
 * @len:  its length
 *
 * Return: enum status; what cannot be measured here is named on standard error.
 */
int probe_text(const struct cvmm_backend *be, const char *name, const char **text, size_t *len);

#endif
