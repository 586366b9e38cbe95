/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/reg-id.h>

#include <errno.h>
#include <string.h>

#include "capture_parts.h"

#define CARVE_ALIGN 16u
#define MERGE_MAX   256u
#define NEAR	    8u

void *cvmm_carve(struct carve *c, size_t n, size_t bytes)
{
	size_t at = c->used, len = (n * bytes + CARVE_ALIGN - 1) / CARVE_ALIGN * CARVE_ALIGN;

	c->used += len;
	return c->base && c->used <= c->cap ? c->base + at : NULL;
}

/* The run of ascending ids at @at goes into those in front of it, a piece at a time, from behind. */
static void merge(uint64_t *id, uint32_t at, uint32_t n)
{
	uint64_t run[MERGE_MAX];
	uint32_t to = at + n;

	memcpy(run, &id[at], n * sizeof(*run));
	while (n) {
		if (at && id[at - 1] > run[n - 1])
			id[--to] = id[--at];
		else
			id[--to] = run[--n];
	}
}

/* KVM's lists are a few ascending runs, so they are merged; what is sorted already costs one look at each. */
void cvmm_list_sort(uint64_t *id, uint32_t n)
{
	uint32_t at = 0, end;

	for (; at < n; at = end) {
		for (end = at + 1; end < n && end - at < MERGE_MAX && id[end] >= id[end - 1]; end++)
			;
		if (at && id[at] < id[at - 1])
			merge(id, at, end - at);
	}
}

int cvmm_list_read(struct cvmm_vcpu vcpu, uint64_t *buf, uint32_t cap, uint32_t *n, struct cvmm_error *e)
{
	uint32_t i;
	int ret = cvmm_vcpu_get_reg_list(vcpu, buf, cap, n, e);

	if (ret < 0)
		return ret;
	/* Where the dialect marks the VM's registers in the list; no kernel uses the bit for anything else. */
	for (i = 1; i <= *n; i++) {
		if (cvmm_reg_arch(buf[i]) == CVMM_ARCH_ARM64)
			buf[i] &= ~CVMM_ARM64_REG_SCOPE_VM;
	}
	cvmm_list_sort(buf + 1, *n);
	for (i = 1; i < *n; i++) {
		if (buf[i] == buf[i + 1]) {
			ret = cvmm_fail_id(e, -EIO, CVMM_REASON_ID_ORDER, buf[i], 0);
			if (e)
				e->vcpu = vcpu.id;
			return ret;
		}
	}
	return 0;
}

int cvmm_list_has(const uint64_t *id, uint32_t n, uint64_t want, uint32_t *hint)
{
	uint32_t lo = *hint, hi = n;

	/* Mostly the caller's ids ascend as well, and the next one is near. */
	while (lo < n && id[lo] < want && lo - *hint < NEAR)
		lo++;
	if (lo >= n || id[lo] < want || (lo && id[lo - 1] >= want)) {
		for (lo = 0; lo < hi;) {
			uint32_t mid = lo + (hi - lo) / 2;

			if (id[mid] < want)
				lo = mid + 1;
			else
				hi = mid;
		}
	}
	*hint = lo;
	return lo < n && id[lo] == want;
}

void cvmm_item_append_sized(struct cvmm_item *item, uint32_t *n, uint32_t *stride, uint64_t id, uint32_t bytes)
{
	if (item)
		item[*n] = (struct cvmm_item){ .id = id, .size = bytes, .off = *stride };
	*n += 1;
	*stride += bytes;
}

void cvmm_item_append(struct cvmm_item *item, uint32_t *n, uint32_t *stride, uint64_t id)
{
	cvmm_item_append_sized(item, n, stride, id, cvmm_reg_bytes(id));
}
