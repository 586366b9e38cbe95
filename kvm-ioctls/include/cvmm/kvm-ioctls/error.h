/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: errors that say where and why
 *
 * Every fallible function returns a negative errno and fills an optional, caller-owned struct cvmm_error. The struct
 * holds no pointers and no text, so it may be copied, stored and compared; texts come from cvmm_reason_text().
 */
#ifndef CVMM_KVM_IOCTLS_ERROR_H
#define CVMM_KVM_IOCTLS_ERROR_H

#include <cvmm/kvm-ioctls/base.h>
#include <cvmm/kvm-ioctls/reason.h>

CVMM_BEGIN_DECLS

/**
 * struct cvmm_error - what failed, where, and why
 * @err:     the negative errno that the function returned
 * @reason:  why, an enum cvmm_reason; the numbers are pinned for ever
 * @phase:   the enum cvmm_phase of the restore in which it happened, 0 outside of one
 * @vcpu:    the vCPU id it is about, or CVMM_NO_VCPU
 * @section: snapshot: the section's type; text input: the line number, from 1; otherwise 0
 * @id:      the register id it is about, or 0
 * @other:   a second number, named by the reason's documentation: the other register, the number of bytes or entries
 *           that would have been enough, the value found
 * @offset:  byte offset in the input, where there is one
 * @req:     the ioctl request number, where an ioctl failed
 *
 * The caller owns it, may pass NULL instead, and need not initialise it: a function that fails writes every member, a
 * function that succeeds writes none.
 */
struct cvmm_error {
	int32_t err;
	uint16_t reason;
	uint16_t phase;
	uint32_t vcpu;
	uint32_t section;
	uint64_t id;
	uint64_t other;
	uint64_t offset;
	uint64_t req;
};

/**
 * cvmm_fail() - fill an error and return its errno
 * @e:      the caller's error, or NULL
 * @err:    a negative errno
 * @reason: an enum cvmm_reason
 *
 * The one place where errors are made: everything else sets single members of the result. Return: @err.
 */
static inline int cvmm_fail(struct cvmm_error *e, int err, enum cvmm_reason reason)
{
	/* No designated initialisers: headers are C++17 too. */
	static const struct cvmm_error fresh = { 0, 0, 0, 0, 0, 0, 0, 0, 0 };

	if (e) {
		*e = fresh;
		e->err = err;
		e->reason = (uint16_t)reason;
		e->vcpu = CVMM_NO_VCPU;
	}
	return err;
}

/**
 * cvmm_fail_id() - fill an error about a register
 * @e:      the caller's error, or NULL
 * @err:    a negative errno
 * @reason: an enum cvmm_reason
 * @id:     the register id
 * @other:  the reason's second number
 *
 * Return: @err.
 */
static inline int cvmm_fail_id(struct cvmm_error *e, int err, enum cvmm_reason reason, uint64_t id, uint64_t other)
{
	if (e) {
		(void)cvmm_fail(e, err, reason);
		e->id = id;
		e->other = other;
	}
	return err;
}

/**
 * cvmm_reason_text() - a reason in words
 * @reason: the number from an error, a plan step or a report
 *
 * Return: a constant English sentence without a full stop, never NULL; "unknown reason" for a number that this version
 * does not know.
 */
CVMM_API const char *cvmm_reason_text(uint32_t reason);

/**
 * cvmm_reason_name() - a reason's stable machine-readable name
 * @reason: the number
 *
 * Return: a constant lower-case name with dashes ("crc-mismatch"), as JSON output uses it; "unknown" if not known.
 */
CVMM_API const char *cvmm_reason_name(uint32_t reason);

CVMM_END_DECLS

#endif
