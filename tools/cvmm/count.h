/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: a backend that counts what is asked of another one
 */
#ifndef CVMM_TOOL_COUNT_H
#define CVMM_TOOL_COUNT_H

#include <cvmm/kvm-ioctls/backend.h>

/**
 * struct count - ioctls so far
 * @in:    the backend that does the work
 * @all:   every ioctl
 * @set:   KVM_SET_ONE_REG
 * @get:   KVM_GET_ONE_REG
 * @list:  KVM_GET_REG_LIST
 * @vcpus: KVM_CREATE_VCPU
 */
struct count {
	const struct cvmm_backend *in;
	uint64_t all;
	uint64_t set;
	uint64_t get;
	uint64_t list;
	uint64_t vcpus;
};

/** count_begin() - @out counts into @c and passes on to @in; both outlive it */
void count_begin(struct count *c, const struct cvmm_backend *in, struct cvmm_backend *out);

/** count_since() - what was added since @before */
struct count count_since(const struct count *c, const struct count *before);

#endif
