/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: a backend that makes calls fail
 *
 * Wraps any other backend. Rules of the caller say which calls fail, with which errno, once, several times or for ever;
 * everything else goes through. A test that has to visit every failure counts the calls of a good run (cvmm_fault.seen)
 * and repeats it once per call with that call failing:
 *
 *	struct cvmm_fault_rule rule = { .ops = CVMM_FAULT_IOCTL, .err = -EIO, .at = i, .times = 1 };
 *
 * EINTR storms are a rule with err -EINTR and a large .times; fd exhaustion is err -EMFILE for CVMM_FAULT_OPEN or for the
 * requests that make fds.
 */
#ifndef CVMM_KVM_SIM_FAULT_H
#define CVMM_KVM_SIM_FAULT_H

#include <cvmm/kvm-ioctls/backend.h>

CVMM_BEGIN_DECLS

/* Kinds of calls, as bits. */
#define CVMM_FAULT_OPEN	  1u
#define CVMM_FAULT_CLOSE  2u
#define CVMM_FAULT_IOCTL  4u
#define CVMM_FAULT_MMAP	  8u
#define CVMM_FAULT_MUNMAP 16u
#define CVMM_FAULT_ANY	  31u

/** CVMM_FAULT_FOR_EVER: in .times: this call and all later ones. */
#define CVMM_FAULT_FOR_EVER UINT64_MAX

/** CVMM_FAULT_RULES_MAX: rules in one struct cvmm_fault. */
#define CVMM_FAULT_RULES_MAX 8u

/**
 * struct cvmm_fault_rule - which calls fail, and how
 * @ops:     CVMM_FAULT_... bits of the kinds of call that it is about
 * @err:     the negative errno to return; 0 together with @shorten
 * @req:     only ioctls with this request number; 0 for all of them
 * @at:      index of the first call to fail, counted from 0 among the calls that match @ops and @req
 * @times:   how many of them in a row; 1 for once, CVMM_FAULT_FOR_EVER
 * @shorten: instead of failing: the call is made with a count that is smaller by this (the 32-bit number that the
 *           argument of KVM_GET_MSRS and KVM_SET_MSRS starts with), so that KVM processes fewer entries than it was
 *           given and says so; at most down to 0
 * @after:   1: the call is made first and its result thrown away: the effect is there, the caller is told of an error
 */
struct cvmm_fault_rule {
	uint32_t ops;
	int32_t err;
	uint64_t req;
	uint64_t at;
	uint64_t times;
	uint32_t shorten;
	uint32_t after;
};

/**
 * struct cvmm_fault - a fault-injecting backend's state
 * @inner:    the backend that is wrapped; copied
 * @rules:    the caller's rules
 * @nrules:   their number
 * @zero:     0
 * @seen:     calls so far, of every kind
 * @injected: calls that were made to fail or shortened
 * @matched:  per rule, calls so far that match it
 *
 * The caller owns it, keeps it as long as a handle exists, and may change rules and set @seen, @injected and @matched to
 * 0 while no call is under way. Several threads may call; counts are atomic. The first rule that fires decides.
 */
struct cvmm_fault {
	struct cvmm_backend inner;
	const struct cvmm_fault_rule *rules;
	uint32_t nrules;
	uint32_t zero;
	uint64_t seen;
	uint64_t injected;
	uint64_t matched[CVMM_FAULT_RULES_MAX];
};

/**
 * cvmm_fault_init() - wrap a backend
 * @f:      storage
 * @inner:  the backend to wrap; what its ctx points at outlives @f
 * @rules:  rules; outlive @f
 * @nrules: their number, at most CVMM_FAULT_RULES_MAX; 0 lets everything through and only counts
 * @out:    receives the backend to use
 * @e:      receives the error, or NULL
 *
 * Return: 0; -EINVAL with CVMM_REASON_ARGUMENT: too many rules, an @err that is not negative without @shorten, or a
 * backend without operations.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_fault_init(struct cvmm_fault *f, const struct cvmm_backend *inner,
	const struct cvmm_fault_rule *rules, uint32_t nrules, struct cvmm_backend *out, struct cvmm_error *e);

CVMM_END_DECLS

#endif
