/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "wrap.h"

#include <cvmm/kvm-ioctls/stats.h>

#include <string.h>

/* As it lies in the file; the name follows. */
struct desc {
	uint32_t flags;
	int16_t exponent;
	uint16_t size;
	uint32_t offset;
	uint32_t bucket_size;
};

int cvmm_vm_get_stats_fd(struct cvmm_vm vm, struct cvmm_error *e)
{
	return vm_ioctl(vm, CVMM_KVM_GET_STATS_FD, 0, e);
}

int cvmm_vcpu_get_stats_fd(struct cvmm_vcpu vcpu, struct cvmm_error *e)
{
	return vcpu_ioctl(vcpu, CVMM_KVM_GET_STATS_FD, 0, e);
}

static int contradicts(struct cvmm_error *e, uint64_t offset)
{
	(void)cvmm_fail(e, -EBADMSG, CVMM_REASON_COUNT);
	if (e)
		e->offset = offset;
	return -EBADMSG;
}

static int too_short(struct cvmm_error *e, uint64_t len, uint64_t need)
{
	(void)cvmm_fail_id(e, -ENODATA, CVMM_REASON_TRUNCATED, 0, need);
	if (e)
		e->offset = len;
	return -ENODATA;
}

int cvmm_stats_check(const void *file, size_t len, struct cvmm_stats_header *out, struct cvmm_error *e)
{
	struct cvmm_stats_header h;
	uint64_t end;

	if (len < sizeof(h))
		return too_short(e, len, sizeof(h));
	memcpy(&h, file, sizeof(h));
	if (h.name_size == 0)
		return contradicts(e, offsetof(struct cvmm_stats_header, name_size));
	if (h.desc_offset < sizeof(h))
		return contradicts(e, offsetof(struct cvmm_stats_header, desc_offset));
	end = h.desc_offset + (uint64_t)h.num_desc * (sizeof(struct desc) + (uint64_t)h.name_size);
	if (h.data_offset < end)
		return contradicts(e, offsetof(struct cvmm_stats_header, data_offset));
	*out = h;
	return len < end ? too_short(e, len, end) : 0;
}

int cvmm_stats_get(const void *file, size_t len, uint32_t index, struct cvmm_stat *out, struct cvmm_error *e)
{
	struct cvmm_stats_header h;
	struct desc d;
	const uint8_t *at;
	int ret = cvmm_stats_check(file, len, &h, e);

	if (ret < 0)
		return ret;
	if (index >= h.num_desc)
		return cvmm_fail_id(e, -ENOENT, CVMM_REASON_ARGUMENT, 0, h.num_desc);
	at = (const uint8_t *)file + h.desc_offset + (size_t)index * (sizeof(d) + h.name_size);
	memcpy(&d, at, sizeof(d));
	if (!memchr(at + sizeof(d), 0, h.name_size))
		return contradicts(e, (uint64_t)(at - (const uint8_t *)file) + sizeof(d));
	*out = (struct cvmm_stat){
		.name = (const char *)at + sizeof(d),
		.flags = d.flags,
		.exponent = d.exponent,
		.count = d.size,
		.bucket_size = d.bucket_size,
		.offset = (uint64_t)h.data_offset + d.offset,
	};
	return 0;
}
