/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: matrix: who can move where
 *
 * For each ordered pair of hosts: may a guest that was started there, by default or with a baseline, move here, and if not,
 * why not? Direction matters: a move to a newer kernel says nothing about the way back. Hosts that gave equal answers are
 * one *class* and are judged once. The library delivers verdicts; tables and pages are made elsewhere. Pure: no Linux
 * header, no ioctl, no allocation.
 */
#ifndef CVMM_FLEET_MATRIX_H
#define CVMM_FLEET_MATRIX_H

#include <cvmm/fleet/baseline.h>
#include <cvmm/snapshot/plan.h>

CVMM_BEGIN_DECLS

/**
 * cvmm_hosts_equal() - did two hosts give equal answers?
 * @a: one profile
 * @b: another one
 *
 * Everything that a plan or a baseline looks at is compared: architecture, capabilities, traits, masks, variants with their
 * registers. Names of kernel and CPU are not, nor KVM_CAP_NR_VCPUS (the number of CPUs), nor answers to hypercalls, which
 * follow from the registers.
 * Return: 1 or 0.
 */
CVMM_API int cvmm_hosts_equal(const struct cvmm_profile *a, const struct cvmm_profile *b);

/**
 * cvmm_hosts_classes() - which hosts gave equal answers?
 * @host:  the profiles
 * @n:     their number
 * @cls:   receives for each host the number of its class
 * @rep:   receives for each class the index of its first host; room for @n
 * @hash:  room for @n numbers, to work with
 *
 * Classes are numbered in the order in which their first hosts stand. Each profile is read once, and once more if another
 * one seems equal. Return: the number of classes.
 */
CVMM_API uint32_t cvmm_hosts_classes(
	const struct cvmm_profile *const *host, uint32_t n, uint32_t *cls, uint32_t *rep, uint64_t *hash);

/**
 * cvmm_default_features() - the vCPU feature set that a VMM uses which takes all that a host offers
 * @host: the profile
 *
 * Return: of the sets that were measured the one with the most features, 32-bit EL1 and EL2 apart; 0 if none was.
 */
CVMM_API uint64_t cvmm_default_features(const struct cvmm_profile *host);

/** CVMM_MATRIX_BYTES: storage that cvmm_matrix_row() needs. */
#define CVMM_MATRIX_BYTES (CVMM_VIEW_FRESH_BYTES + CVMM_MOVES_BYTES)

/**
 * cvmm_matrix_row() - where a fresh guest of one host can move
 * @from:  the host that starts the guest
 * @b:     the baseline it is started with, or NULL: by default, with cvmm_default_features()
 * @to:    the hosts to move to; @from may be one of them
 * @n:     their number
 * @mine:  the caller's rules, or NULL
 * @move:  receives @n verdicts
 * @store: storage, aligned to 16 bytes
 * @cap:   its size, at least CVMM_MATRIX_BYTES
 * @e:     receives the error, or NULL
 *
 * If @from cannot start such a guest, all @n verdicts say so, with the register and the reason. Return: 0; -E2BIG if @cap is
 * too small (other: the bytes needed); -EINVAL for contradictory rules or a misaligned @store.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_matrix_row(const struct cvmm_profile *from, const struct cvmm_baseline *b,
	const struct cvmm_profile *const *to, uint32_t n, const struct cvmm_rules *mine, struct cvmm_move *move,
	void *store, size_t cap, struct cvmm_error *e);

CVMM_END_DECLS

#endif
