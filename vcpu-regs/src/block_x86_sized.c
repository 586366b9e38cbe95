/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * x86_64: blocks whose size the host decides. They are as large as a page or three, so KVM reads and writes the column
 * itself; columns are not aligned, which KVM does not mind.
 */
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/x86-vcpu.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "block.h"

#define CPUID_HEAD  ((uint32_t)sizeof(struct cvmm_x86_cpuid))
#define CPUID_ENTRY ((uint32_t)sizeof(struct cvmm_x86_cpuid_entry))
#define NESTED_HEAD ((uint32_t)sizeof(struct cvmm_x86_nested_state))
#define NESTED_SIZE offsetof(struct cvmm_x86_nested_state, size)

/* Bytes of the FXSAVE image that the host's kernel fills for its own use. */
#define XSAVE_SOFT     464u
#define XSAVE_SOFT_END 512u

_Static_assert(
	sizeof(struct cvmm_x86_cpuid) + CVMM_X86_CPUID_MAX * sizeof(struct cvmm_x86_cpuid_entry) <= BLOCK_BYTES_MAX,
	"the longest CPUID list is larger than any block");

static int ask(struct cvmm_vcpu vcpu, unsigned long req, const void *v, struct cvmm_error *e)
{
	int ret = cvmm_ioctl(vcpu.be, vcpu.fd, req, (uintptr_t)v, e);

	if (ret < 0 && e)
		e->vcpu = vcpu.id;
	return ret < 0 ? ret : 0;
}

/* A size that no value of this block can have, or a head that says another one. */
static int odd(struct cvmm_vcpu vcpu, uint32_t size, struct cvmm_error *e)
{
	(void)cvmm_fail_id(e, -EINVAL, CVMM_REASON_REG_SIZE, 0, size);
	if (e)
		e->vcpu = vcpu.id;
	return -EINVAL;
}

static int cpuid_entries(uint32_t size)
{
	uint32_t n = size < CPUID_HEAD ? 0 : (size - CPUID_HEAD) / CPUID_ENTRY;

	return size == CPUID_HEAD + n * CPUID_ENTRY && n <= CVMM_X86_CPUID_MAX ? (int)n : -EINVAL;
}

/* Not every kernel says how many entries it gave; one that it did not give stays zero, and no leaf is all that. */
static int missing_entry(const uint8_t *v, uint32_t n)
{
	const uint8_t *last = v + CPUID_HEAD + (n - 1) * CPUID_ENTRY;
	uint32_t i, any = 0;

	for (i = 0; n && i < CPUID_ENTRY; i++)
		any |= last[i];
	return n && !any;
}

int cvmm_vcpu_cpuid2_get(struct cvmm_vcpu vcpu, void *v, uint32_t size, struct cvmm_error *e)
{
	int ret, n = cpuid_entries(size);

	if (n < 0)
		return odd(vcpu, size, e);
	memset(v, 0, size);
	cvmm_store_le(v, 4, (uint64_t)n);
	ret = ask(vcpu, CVMM_KVM_GET_CPUID2, v, e);
	if (ret == 0 && (cvmm_load_le(v, 4) != (uint64_t)n || missing_entry(v, (uint32_t)n)))
		return odd(vcpu, size, e);
	return ret;
}

int cvmm_vcpu_cpuid2_set(struct cvmm_vcpu vcpu, const void *v, uint32_t size, struct cvmm_error *e)
{
	int n = cpuid_entries(size);

	if (n < 0 || cvmm_load_le(v, 4) != (uint64_t)n)
		return odd(vcpu, size, e);
	return ask(vcpu, CVMM_KVM_SET_CPUID2, v, e);
}

int cvmm_vcpu_nested_get(struct cvmm_vcpu vcpu, void *v, uint32_t size, struct cvmm_error *e)
{
	if (size < NESTED_HEAD)
		return odd(vcpu, size, e);
	memset(v, 0, size);
	cvmm_store_le((uint8_t *)v + NESTED_SIZE, 4, size);
	return ask(vcpu, CVMM_KVM_GET_NESTED_STATE, v, e);
}

/* The state's own head says how much of the block it fills; KVM believes it. */
int cvmm_vcpu_nested_set(struct cvmm_vcpu vcpu, const void *v, uint32_t size, struct cvmm_error *e)
{
	uint64_t used = size < NESTED_HEAD ? 0 : cvmm_load_le((const uint8_t *)v + NESTED_SIZE, 4);

	if (used < NESTED_HEAD || used > size)
		return odd(vcpu, size, e);
	return ask(vcpu, CVMM_KVM_SET_NESTED_STATE, v, e);
}

/* KVM refuses the request of one page where areas are larger, so a column can never be too small for it. */
int cvmm_vcpu_xsave_get(struct cvmm_vcpu vcpu, void *v, uint32_t size, struct cvmm_error *e)
{
	if (size < CVMM_X86_XSAVE_BYTES)
		return odd(vcpu, size, e);
	return ask(vcpu, size > CVMM_X86_XSAVE_BYTES ? CVMM_KVM_GET_XSAVE2 : CVMM_KVM_GET_XSAVE, v, e);
}

int cvmm_vcpu_xsave_set(struct cvmm_vcpu vcpu, const void *v, uint32_t size, struct cvmm_error *e)
{
	if (size < CVMM_X86_XSAVE_BYTES)
		return odd(vcpu, size, e);
	return ask(vcpu, CVMM_KVM_SET_XSAVE, v, e);
}

int cvmm_vcpu_xsave_holds(const uint8_t *got, const uint8_t *want, uint32_t size)
{
	return !memcmp(got, want, XSAVE_SOFT) &&
	       !memcmp(got + XSAVE_SOFT_END, want + XSAVE_SOFT_END, size - XSAVE_SOFT_END);
}
