/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Target functions: vmm_restore, of a VMM that does not use c-vmm: fuzz/example/vmm.c */
#include "../check.h"
#include "../example/vmm.h"
#include "../host.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct fuzz_host *h = fuzz_host(size ? data[0] : 0); /* a recorded kernel, as new */
	struct vmm v = { .call = h->be.ops->ioctl, .ctx = h->be.ctx, .vm = -1, .vcpu = -1 };
	int kvm = h->be.ops->open(h->be.ctx);
	uint64_t mpidr;

	if (size && !vmm_restore(&v, kvm, data + 1, size - 1))
		FUZZ_CHECK(!cvmm_sim_guest_reg(&h->be, v.vcpu, UINT64_C(0x603000000013c005), &mpidr),
			"restored, and no vCPU");
	if (v.vcpu >= 0)
		FUZZ_CHECK(!h->be.ops->close(h->be.ctx, v.vcpu), "vCPU closed twice");
	if (v.vm >= 0)
		FUZZ_CHECK(!h->be.ops->close(h->be.ctx, v.vm), "VM closed twice");
	FUZZ_CHECK(!h->be.ops->close(h->be.ctx, kvm), "system handle closed twice");
	return 0;
}
