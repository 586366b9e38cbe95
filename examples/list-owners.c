/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Whose is each register of a vCPU? Asks KVM (here: a simulated 6.18) for the list and the catalogue for the owner. */
#include "sim-kvm.h"

#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/vm.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>
#include <cvmm/vm-regs/vm-regs.h>

static const char *owner(uint64_t id)
{
	if (cvmm_vm_reg_from_id(id).id)
		return "VM";
	return cvmm_vcpu_reg_from_id(id).id ? "vCPU" : "nobody knows";
}

int main(void)
{
	static uint64_t list[1 + 1024];
	struct cvmm_arm64_vcpu_init init = { 0 };
	struct cvmm_error why;
	struct cvmm_gate gate;
	struct sim_kvm sim;
	struct cvmm_kvm kvm;
	struct cvmm_vm vm;
	struct cvmm_vcpu vcpu;
	uint32_t n, i;

	if (sim_kvm_open(&sim, "6.18.15-neoverse-n1") < 0)
		return 1;
	if (cvmm_kvm_open(&sim.backend, &kvm, &why) < 0 || cvmm_kvm_create_vm(kvm, 0, &gate, &vm, &why) < 0 ||
		cvmm_vm_create_vcpu(vm, 0, &vcpu, &why) < 0 || cvmm_vm_preferred_target(vm, &init, &why) < 0)
		goto failed;
	init.features[0] = (uint32_t)CVMM_ARM64_FEATURE_PSCI_0_2;
	if (cvmm_vcpu_init(vcpu, &init, &why) < 0 || cvmm_vcpu_get_reg_list(vcpu, list, 1024, &n, &why) < 0)
		goto failed;
	for (i = 1; i <= n; i++) {
		char name[CVMM_REG_NAME_MAX];

		if (cvmm_reg_name(list[i], name, sizeof(name)) < 0)
			return 1;
		printf("%-24s %s\n", name, owner(list[i]));
	}
	sim_kvm_close(&sim);
	return 0;
failed:
	fprintf(stderr, "%s (errno %d)\n", cvmm_reason_text(why.reason), -why.err);
	return 1;
}
