/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A machine's parts. c-vmm makes the handles and checks every call; what is where is this VMM's business. */
#include "tiny-vmm.h"

#include <string.h>
#include <sys/mman.h>

#include <cvmm/kvm-ioctls/kvm.h>

int tiny_open(struct tiny *t, struct cvmm_error *e)
{
	int ret;

	memset(t, 0, sizeof(*t));
	t->kvm.fd = t->vm.fd = t->gic.fd = t->its.fd = -1;
	t->step = "opening /dev/kvm";
	ret = cvmm_kvm_open(cvmm_backend_dev(), &t->kvm, e);
	if (ret < 0)
		return ret;
	ret = cvmm_kvm_get_vcpu_mmap_size(t->kvm, e);
	if (ret < 0)
		return ret;
	t->run_bytes = (size_t)ret;
	t->step = "creating the VM";
	ret = cvmm_kvm_create_vm(t->kvm, 0, &t->gate, &t->vm, e);
	if (ret < 0)
		return ret;
	ret = cvmm_vm_regs_init(&t->regs, t->vm, CVMM_DIALECT_VCPU, t->slot, CVMM_VM_SLOTS_MAX, e);
	if (ret < 0)
		return ret;
	return cvmm_machine_init(&t->machine, t->vm, &t->gate, &t->regs, e);
}

int tiny_create_vcpus(struct tiny *t, const uint32_t *id, uint32_t n, struct cvmm_error *e)
{
	uint32_t i;
	int ret;

	t->step = "creating the vCPUs";
	for (i = 0; i < n; i++) {
		t->vcpu[i].fd = -1;
		ret = cvmm_vm_create_vcpu(t->vm, id[i], &t->vcpu[i], e);
		if (ret < 0)
			return ret;
		t->nvcpus = i + 1;
		ret = cvmm_vcpu_map_run(t->vcpu[i], t->run_bytes, &t->run[i], e);
		if (ret < 0)
			return ret;
	}
	return cvmm_machine_vcpus(&t->machine, t->vcpu, n, e);
}

int tiny_memory(struct tiny *t, struct cvmm_error *e)
{
	struct cvmm_kvm_memory_region region = { .guest_phys_addr = GUEST_RAM, .memory_bytes = GUEST_RAM_SIZE };
	void *ram = mmap(NULL, GUEST_RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	t->step = "giving the VM its memory";
	if (ram == MAP_FAILED)
		return cvmm_fail(e, -12, CVMM_REASON_ARGUMENT);
	t->ram = ram;
	memcpy(t->ram, tiny_guest_image, (size_t)(tiny_guest_image_end - tiny_guest_image));
	region.userspace_addr = (uint64_t)(uintptr_t)t->ram;
	return cvmm_vm_set_user_memory_region(t->vm, &region, e);
}

void tiny_close(struct tiny *t)
{
	uint32_t i;

	for (i = 0; i < t->nvcpus; i++) {
		if (t->run[i])
			cvmm_vcpu_unmap_run(t->vcpu[i], t->run[i], t->run_bytes);
		cvmm_vcpu_close(&t->vcpu[i]);
	}
	cvmm_device_close(&t->its);
	cvmm_device_close(&t->gic);
	cvmm_vm_close(&t->vm);
	cvmm_kvm_close(&t->kvm);
	if (t->ram)
		munmap(t->ram, GUEST_RAM_SIZE);
}
