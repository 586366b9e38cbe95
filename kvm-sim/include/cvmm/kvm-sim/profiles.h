/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: the recorded kernels that are built in
 *
 * Texts in the form that cvmm_profile_parse() reads, made from recordings of real kernels by scripts/make-profiles. They
 * live in an object of their own: a program that does not call these functions does not carry them.
 */
#ifndef CVMM_KVM_SIM_PROFILES_H
#define CVMM_KVM_SIM_PROFILES_H

#include <cvmm/kvm-ioctls/base.h>

CVMM_BEGIN_DECLS

/** cvmm_sim_profile_count() - number of built-in profiles. They ascend by kernel release (each part as a number), CPU. */
CVMM_API uint32_t cvmm_sim_profile_count(void);

/**
 * cvmm_sim_profile_name() - name of a built-in profile
 * @i: index, less than cvmm_sim_profile_count()
 *
 * Return: "RELEASE-CPU", for instance "6.1.192-neoverse-n1"; NULL for an index beyond the end.
 */
CVMM_API const char *cvmm_sim_profile_name(uint32_t i);

/**
 * cvmm_sim_profile_text() - text of a built-in profile
 * @i:   index
 * @len: receives the length in bytes
 *
 * Return: the text, not zero-terminated; NULL for an index beyond the end.
 */
CVMM_API const char *cvmm_sim_profile_text(uint32_t i, size_t *len);

CVMM_END_DECLS

#endif
