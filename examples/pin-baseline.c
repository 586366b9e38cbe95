/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * A guest that can go back: what two hosts can both promise is computed from their profiles, and a new guest on the newer
 * one is started with it. The same guest without a baseline shows what it is for.
 */
#include "sim-kvm.h"

#include <cvmm/fleet/baseline.h>
#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vm.h>
#include <cvmm/snapshot/machine.h>

#define NEWER "7.3.4-neoverse-n1"
#define OLDER "6.1.192-neoverse-n1"

struct guest {
	struct cvmm_kvm kvm;
	struct cvmm_vm vm;
	struct cvmm_gate gate;
	struct cvmm_vm_regs regs;
	struct cvmm_vm_slot slot[CVMM_VM_SLOTS_MAX];
	struct cvmm_vcpu vcpu;
	struct cvmm_machine machine;
};

/* With a baseline the guest has its features and its values; without one, PSCI 0.2 and what this host gives everybody. */
static int start(struct guest *g, const struct sim_kvm *host, const struct cvmm_baseline *b, struct cvmm_error *why)
{
	if (cvmm_kvm_open(&host->backend, &g->kvm, why) < 0 ||
		cvmm_kvm_create_vm(g->kvm, 0, &g->gate, &g->vm, why) < 0 ||
		cvmm_vm_regs_init(&g->regs, g->vm, CVMM_DIALECT_VCPU, g->slot, CVMM_VM_SLOTS_MAX, why) < 0 ||
		cvmm_machine_init(&g->machine, g->vm, &g->gate, &g->regs, why) < 0 ||
		cvmm_machine_early(&g->machine, why) < 0 || cvmm_vm_create_vcpu(g->vm, 0, &g->vcpu, why) < 0 ||
		cvmm_machine_vcpus(&g->machine, &g->vcpu, 1, why) < 0)
		return -1;
	return cvmm_machine_start(&g->machine, b ? b->features : CVMM_ARM64_FEATURE_PSCI_0_2, b ? b->pin : NULL,
		b ? b->n : 0, &host->profile, why);
}

/* How many of its registers stand in the way of its continuing there. A live guest can be judged as a saved one can. */
static int judge(const struct guest *g, const struct sim_kvm *here, const struct sim_kvm *there, uint32_t *nrefused,
	struct cvmm_error *why)
{
	static struct cvmm_step steps[CVMM_PLAN_STEPS_MAX];
	struct cvmm_plan plan = { .step = steps, .cap = CVMM_PLAN_STEPS_MAX };
	struct cvmm_view view;
	size_t bytes;
	void *store;
	int ret;

	if (cvmm_capture_need(&g->machine, &bytes, why) < 0)
		return -1;
	store = sim_storage(bytes);
	if (!store)
		return -1;
	ret = cvmm_capture(&g->machine, &here->profile, here->profile.kernel, store, bytes, &view, why);
	if (ret == 0)
		ret = cvmm_plan_make(&view, &there->profile, NULL, &plan, why);
	*nrefused = plan.nrefused;
	free(store);
	return ret;
}

static int try_guest(const char *what, const struct cvmm_baseline *b, uint32_t *nrefused)
{
	static struct sim_kvm newer, older;
	static struct guest g;
	struct cvmm_error why = { 0 };

	if (sim_kvm_open(&newer, NEWER) < 0 || sim_kvm_open(&older, OLDER) < 0)
		return -1;
	if (start(&g, &newer, b, &why) < 0 || judge(&g, &newer, &older, nrefused, &why) < 0) {
		fprintf(stderr, "%s (errno %d, register %016llx)\n", cvmm_reason_text(why.reason), -why.err,
			(unsigned long long)why.id);
		return -1;
	}
	printf("a guest on 7.3 %s may continue on 6.1: %s, %u registers in the way\n", what, *nrefused ? "no" : "yes",
		*nrefused);
	sim_kvm_close(&newer);
	sim_kvm_close(&older);
	return 0;
}

int main(void)
{
	static struct sim_kvm newer, older;
	static struct cvmm_baseline baseline;
	const struct cvmm_profile *const fleet[] = { &older.profile, &newer.profile };
	struct cvmm_error why = { 0 };
	uint32_t plain, pinned;

	if (sim_kvm_profile(&newer, NEWER, &why) < 0 || sim_kvm_profile(&older, OLDER, &why) < 0 ||
		cvmm_baseline_compute(fleet, 2, 0, &baseline, NULL, &why) < 0) {
		fprintf(stderr, "%s\n", cvmm_reason_text(why.reason));
		return 1;
	}
	printf("both hosts can promise %u values\n", baseline.n);
	if (try_guest("without a baseline", NULL, &plain) < 0 || try_guest("with it", &baseline, &pinned) < 0)
		return 1;
	free(newer.facts);
	free(older.facts);
	return plain && !pinned ? 0 : 1;
}
