/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * How a VMM's code is unit-tested without /dev/kvm. boot() stands for the VMM's own function: it takes a backend and
 * does not know which. The test gives it simulated kernels, among them one that lacks the feature it asks for.
 */
#include "sim-kvm.h"

#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/vm.h>

#include <errno.h>

static int boot(const struct cvmm_backend *be, uint64_t features, struct cvmm_error *why)
{
	struct cvmm_arm64_vcpu_init init;
	struct cvmm_gate gate;
	struct cvmm_kvm kvm;
	struct cvmm_vcpu vcpu;
	struct cvmm_vm vm;
	int ret = cvmm_kvm_open(be, &kvm, why);

	if (ret < 0)
		return ret;
	ret = cvmm_kvm_create_vm(kvm, 0, &gate, &vm, why);
	if (ret < 0)
		goto close_kvm;
	ret = cvmm_vm_create_vcpu(vm, 0, &vcpu, why);
	if (ret < 0)
		goto close_vm;
	ret = cvmm_vm_preferred_target(vm, &init, why);
	if (ret == 0) {
		init.features[0] = (uint32_t)features;
		ret = cvmm_vcpu_init(vcpu, &init, why);
	}
	(void)cvmm_vcpu_close(&vcpu);
close_vm:
	(void)cvmm_vm_close(&vm);
close_kvm:
	(void)cvmm_kvm_close(&kvm);
	return ret;
}

static int expect(const char *kernel, uint64_t features, int expected)
{
	struct cvmm_error why = { 0 };
	struct sim_kvm sim;
	int ret;

	if (sim_kvm_open(&sim, kernel) < 0)
		return -1;
	ret = boot(&sim.backend, features, &why);
	printf("%-24s features %#4llx: %d, as expected: %s\n", kernel, (unsigned long long)features, ret,
		ret == expected ? "yes" : "NO");
	sim_kvm_close(&sim);
	return ret == expected ? 0 : -1;
}

int main(void)
{
	const uint64_t psci = CVMM_ARM64_FEATURE_PSCI_0_2, sve = psci | CVMM_ARM64_FEATURE_SVE;
	int bad = 0;

	bad |= expect("7.3.4-neoverse-n1", psci, 0);
	bad |= expect("7.3.4-neoverse-n1", sve, -EINVAL);
	bad |= expect("7.3.4-max", sve, 0);
	bad |= expect("5.10.223-cortex-a72", psci, 0);
	return bad ? 1 : 0;
}
