/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: backends that log calls, and that answer from a log
 *
 * The recorder wraps any other backend and writes down each call: what went in, what came back, what the call wrote into
 * the caller's memory. The replayer needs no KVM at all: it answers a program that makes the same calls again exactly as
 * it was answered then, and notices the first call that differs.
 *
 * The log is a sequence of bytes in the caller's storage, little-endian, the same for the same calls: addresses of the
 * process are not part of it. It is untrusted input to the replayer, which checks all of it before the first call.
 *
 * Understood are arguments that are integers, structures of the size that the request number tells, and those with data
 * of their own behind them: ONE_REG, register lists, device attributes, writable masks, CPUID, MSRs and their index
 * lists. Guest memory is not logged. After KVM_RUN the first 288 bytes of the kvm_run area are.
 */
#ifndef CVMM_KVM_SIM_RECORD_H
#define CVMM_KVM_SIM_RECORD_H

#include <cvmm/kvm-ioctls/backend.h>

CVMM_BEGIN_DECLS

/** CVMM_RECORD_FDS: fds that the recorder can tell apart at the same time. */
#define CVMM_RECORD_FDS 256u

/** struct cvmm_record_fd - what the recorder knows of an fd: its kind (its own numbers) and the kvm_run area. */
struct cvmm_record_fd {
	int32_t fd;
	uint32_t kind;
	void *run;
	uint64_t run_bytes;
};

/**
 * struct cvmm_record - a recorder's state
 * @inner: the backend that is wrapped; copied
 * @log:   the caller's storage for the log
 * @cap:   its size
 * @len:   bytes of the log so far
 * @calls: calls in the log
 * @lost:  calls that found no room; the log is good up to the first of them, and no later call is added
 * @lock:  internal
 * @zero:  0
 * @fds:   internal
 *
 * The caller owns it, keeps it as long as a handle exists, and may read @log and @len while no call is under way.
 * Several threads may call; the log has them in the order in which they returned.
 */
struct cvmm_record {
	struct cvmm_backend inner;
	uint8_t *log;
	size_t cap;
	size_t len;
	uint64_t calls;
	uint64_t lost;
	uint32_t lock;
	uint32_t zero;
	struct cvmm_record_fd fds[CVMM_RECORD_FDS];
};

/**
 * cvmm_record_init() - wrap a backend
 * @r:     storage
 * @inner: the backend to wrap
 * @log:   receives the log
 * @cap:   its size, at least 16
 * @out:   receives the backend to use
 * @e:     receives the error, or NULL
 *
 * Return: 0; -EINVAL with CVMM_REASON_ARGUMENT: no backend, no room for a log.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_record_init(struct cvmm_record *r, const struct cvmm_backend *inner, void *log,
	size_t cap, struct cvmm_backend *out, struct cvmm_error *e);

/**
 * struct cvmm_replay - a replayer's state
 * @log:    the log
 * @len:    its length
 * @at:     offset of the next call in it
 * @calls:  calls answered
 * @bad:    not 0 after a call that differs from the log; from then on every call answers -EIO
 * @zero:   0
 * @run:    storage for kvm_run areas
 * @run_cap: its size
 * @run_used: how much of it mmap gave out
 * @fds:    internal
 *
 * One thread at a time.
 */
struct cvmm_replay {
	const uint8_t *log;
	size_t len;
	size_t at;
	uint64_t calls;
	uint32_t bad;
	uint32_t zero;
	uint8_t *run;
	size_t run_cap;
	size_t run_used;
	struct cvmm_record_fd fds[CVMM_RECORD_FDS];
};

/**
 * cvmm_replay_init() - answer from a log
 * @r:       storage
 * @log:     the log; outlives @r
 * @len:     its length
 * @run:     storage for kvm_run areas, aligned to 8; may be NULL if the log has no mmap
 * @run_cap: its size; mmap beyond it answers -ENOMEM
 * @out:     receives the backend to use
 * @e:       receives the error, or NULL; offset is where the log is wrong
 *
 * Return: 0; -EINVAL with CVMM_REASON_LOG_FORMAT for a log that is not one.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_replay_init(struct cvmm_replay *r, const void *log, size_t len, void *run,
	size_t run_cap, struct cvmm_backend *out, struct cvmm_error *e);

/**
 * cvmm_replay_done() - did the program make all of the calls, and only those?
 * @r: the replayer
 * @e: receives the error, or NULL: offset is the call's place in the log, other the number of calls that agreed
 *
 * Return: 0; -EIO with CVMM_REASON_LOG_MISMATCH: a call differed, or calls of the log are left.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_replay_done(const struct cvmm_replay *r, struct cvmm_error *e);

CVMM_END_DECLS

#endif
