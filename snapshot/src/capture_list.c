/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/reg-id.h>

#include <errno.h>

#include "capture_parts.h"

#define CARVE_ALIGN 16u

void *cvmm_carve(struct carve *c, size_t n, size_t bytes)
{
	size_t at = c->used, len = (n * bytes + CARVE_ALIGN - 1) / CARVE_ALIGN * CARVE_ALIGN;

	c->used += len;
	return c->base && c->used <= c->cap ? c->base + at : NULL;
}

static void sift(uint64_t *id, uint32_t at, uint32_t n)
{
	uint64_t v = id[at];
	uint32_t child;

	for (; (child = 2 * at + 1) < n; at = child) {
		if (child + 1 < n && id[child + 1] > id[child])
			child++;
		if (id[child] <= v)
			break;
		id[at] = id[child];
	}
	id[at] = v;
}

void cvmm_list_sort(uint64_t *id, uint32_t n)
{
	uint32_t i;

	for (i = n / 2; i-- > 0;)
		sift(id, i, n);
	for (i = n; i-- > 1;) {
		uint64_t top = id[0];

		id[0] = id[i];
		id[i] = top;
		sift(id, 0, i);
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

int cvmm_list_has(const uint64_t *id, uint32_t n, uint64_t want)
{
	uint32_t lo = 0, hi = n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (id[mid] < want)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && id[lo] == want;
}

void cvmm_item_append(struct cvmm_item *item, uint32_t *n, uint32_t *stride, uint64_t id)
{
	uint32_t bytes = cvmm_reg_bytes(id);

	if (item)
		item[*n] = (struct cvmm_item){ .id = id, .size = bytes, .off = *stride };
	*n += 1;
	*stride += bytes;
}
