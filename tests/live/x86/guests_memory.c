/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What a guest wrote: dirty bitmap, dirty ring, coalesced writes. */
#include "guests.h"

#include <cvmm/kvm-ioctls/memory.h>

#include <stdio.h>

void dirty_bitmap(void)
{
	uint64_t bitmap[MEM_BYTES / 4096 / 64] = { 0 };
	struct cvmm_exit x;
	struct rig r;

	if (!CHECK(rig_make(&r, "log+vcpu+cpuid") == 0))
		return;
	CHECK(rig_long_mode(&r, long_code, sizeof(long_code)) == 0);
	CHECK(cvmm_vm_get_dirty_log(r.vm, 0, bitmap, 16, MEM_BYTES / 4096, NULL) == 0);
	CHECK(cvmm_vcpu_run_exit(r.vcpu, r.run, r.run_bytes, &x, NULL) == 0 && x.reason == CVMM_EXIT_MMIO);
	CHECK(cvmm_vm_get_dirty_log(r.vm, 0, bitmap, 16, MEM_BYTES / 4096, NULL) == 0);
	CHECK((bitmap[0x200 / 64] & 1) == 1);
	rig_free(&r);
}

void dirty_ring(void)
{
	struct cvmm_dirty_ring ring;
	struct cvmm_dirty_gfn gfn;
	struct cvmm_exit x;
	struct rig r;
	int found = 0;

	if (rig_make(&r, "ring+log+vcpu+cpuid") < 0) {
		printf("skipped: dirty ring (not offered)\n");
		rig_free(&r);
		return;
	}
	CHECK(rig_long_mode(&r, long_code, sizeof(long_code)) == 0);
	CHECK(cvmm_vcpu_run_exit(r.vcpu, r.run, r.run_bytes, &x, NULL) == 0 && x.reason == CVMM_EXIT_MMIO);
	CHECK(cvmm_dirty_ring_at(r.run, r.run_bytes, 4096, 65536, &ring) == 0);
	while (cvmm_dirty_ring_next(&ring, &gfn) == 1)
		found |= gfn.slot == 0 && gfn.offset == 0x200;
	CHECK(found);
	CHECK(cvmm_vm_reset_dirty_rings(r.vm, NULL) == (int)ring.next);
	CHECK(cvmm_vm_reset_dirty_rings(r.vm, NULL) == 0);
	rig_free(&r);
}

void coalesced(void)
{
	struct cvmm_coalesced w;
	struct cvmm_exit x;
	struct rig r;
	int page;

	if (!CHECK(rig_make(&r, "mem+vcpu+cpuid") == 0))
		return;
	page = cvmm_kvm_check_extension(r.kvm, CVMM_CAP_COALESCED_MMIO, NULL);
	CHECK(page > 0);
	CHECK(cvmm_vm_register_coalesced_mmio(r.vm, 0x20000000, 4096, 0, NULL) == 0);
	CHECK(rig_long_mode(&r, long_code, sizeof(long_code)) == 0);
	CHECK(cvmm_vcpu_run_exit(r.vcpu, r.run, r.run_bytes, &x, NULL) == 0 && x.reason == CVMM_EXIT_HLT);
	CHECK(cvmm_coalesced_next(r.run, r.run_bytes, 4096, (uint32_t)page, &w) == 1);
	CHECK(w.phys_addr == 0x20000000 && w.len == 8 && w.data[0] == 0x88);
	CHECK(cvmm_coalesced_next(r.run, r.run_bytes, 4096, (uint32_t)page, &w) == 0);
	CHECK(cvmm_vm_unregister_coalesced_mmio(r.vm, 0x20000000, 4096, 0, NULL) == 0);
	rig_free(&r);
}
