/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Dirty pages, by bitmap and by ring. */
#include "wrap.h"

#include <cvmm/kvm-ioctls/memory.h>

#define GFN_DIRTY 1u
#define GFN_RESET 2u

int cvmm_vm_get_dirty_log(
	struct cvmm_vm vm, uint32_t slot, uint64_t *bitmap, size_t words, uint64_t pages, struct cvmm_error *e)
{
	struct cvmm_kvm_dirty_log arg = { .slot = slot, .bitmap = (uintptr_t)bitmap };
	uint64_t need = pages / 64 + (pages % 64 != 0);

	if (words < need)
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL, 0, need);
	return vm_write(vm, CVMM_KVM_GET_DIRTY_LOG, &arg, e);
}

int cvmm_vm_clear_dirty_log(
	struct cvmm_vm vm, uint32_t slot, const uint64_t *bitmap, uint64_t first, uint32_t pages, struct cvmm_error *e)
{
	struct cvmm_kvm_clear_dirty_log arg = {
		.slot = slot, .num_pages = pages, .first_page = first, .bitmap = (uintptr_t)bitmap
	};

	return vm_write(vm, CVMM_KVM_CLEAR_DIRTY_LOG, &arg, e);
}

int cvmm_vm_reset_dirty_rings(struct cvmm_vm vm, struct cvmm_error *e)
{
	return vm_ioctl(vm, CVMM_KVM_RESET_DIRTY_RINGS, 0, e);
}

int cvmm_dirty_ring_at(
	struct cvmm_run *run, size_t bytes, size_t page_bytes, uint32_t ring_bytes, struct cvmm_dirty_ring *out)
{
	uint32_t entries = ring_bytes / (uint32_t)sizeof(struct cvmm_dirty_gfn);
	uint64_t start = (uint64_t)CVMM_DIRTY_RING_PAGE * page_bytes;

	if (entries == 0 || (entries & (entries - 1)) || ring_bytes % sizeof(struct cvmm_dirty_gfn))
		return -EINVAL;
	if (page_bytes == 0 || start > bytes || ring_bytes > bytes - start)
		return -EINVAL;
	out->gfn = (struct cvmm_dirty_gfn *)(void *)((uint8_t *)run + start);
	out->entries = entries;
	out->next = 0;
	return 0;
}

int cvmm_dirty_ring_next(struct cvmm_dirty_ring *ring, struct cvmm_dirty_gfn *out)
{
	struct cvmm_dirty_gfn *gfn = &ring->gfn[ring->next & (ring->entries - 1)];
	uint32_t flags = __atomic_load_n(&gfn->flags, __ATOMIC_ACQUIRE);

	if ((flags & (GFN_DIRTY | GFN_RESET)) != GFN_DIRTY)
		return 0;
	*out = *gfn;
	__atomic_store_n(&gfn->flags, flags | GFN_RESET, __ATOMIC_RELEASE);
	ring->next++;
	return 1;
}
