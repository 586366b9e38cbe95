/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Saves one VM on a simulated 6.12, asks whether a 6.18 takes it, restores it there and reads it back. */
#include "sim-kvm.h"

#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/snapshot/format.h>
#include <cvmm/snapshot/machine.h>

#define VCPUS 2

struct guest {
	struct sim_kvm sim;
	struct cvmm_kvm kvm;
	struct cvmm_vm vm;
	struct cvmm_gate gate;
	struct cvmm_vm_regs regs;
	struct cvmm_vm_slot slot[CVMM_VM_SLOTS_MAX];
	struct cvmm_vcpu vcpu[VCPUS];
	struct cvmm_machine machine;
};

static int open_guest(struct guest *g, const char *kernel, struct cvmm_error *why)
{
	if (sim_kvm_open(&g->sim, kernel) < 0 || cvmm_kvm_open(&g->sim.backend, &g->kvm, why) < 0 ||
		cvmm_kvm_create_vm(g->kvm, 0, &g->gate, &g->vm, why) < 0)
		return -1;
	if (cvmm_vm_regs_init(&g->regs, g->vm, CVMM_DIALECT_VCPU, g->slot, CVMM_VM_SLOTS_MAX, why) < 0)
		return -1;
	return cvmm_machine_init(&g->machine, g->vm, &g->gate, &g->regs, why);
}

static int create_vcpus(struct guest *g, struct cvmm_error *why)
{
	uint32_t i;

	for (i = 0; i < VCPUS; i++)
		if (cvmm_vm_create_vcpu(g->vm, i, &g->vcpu[i], why) < 0)
			return -1;
	return cvmm_machine_vcpus(&g->machine, g->vcpu, VCPUS, why);
}

static int save(struct guest *g, void *file, size_t cap, size_t *len, struct cvmm_error *why)
{
	struct cvmm_view view;
	void *store;
	size_t bytes;
	int ret = -1;

	if (cvmm_capture_need(&g->machine, &bytes, why) < 0)
		return -1;
	store = sim_storage(bytes);
	if (store && cvmm_capture(&g->machine, &g->sim.profile, g->sim.profile.kernel, store, bytes, &view, why) == 0)
		ret = cvmm_snapshot_write(&view, CVMM_FORMAT_NEWEST, file, cap, len, why);
	free(store);
	return ret;
}

static int restore(struct guest *g, const void *file, size_t len, struct cvmm_error *why)
{
	static struct cvmm_step steps[CVMM_PLAN_STEPS_MAX];
	struct cvmm_plan plan = { .step = steps, .cap = CVMM_PLAN_STEPS_MAX };
	struct cvmm_view view;
	size_t bytes;
	void *store;
	int ret = -1;

	if (cvmm_snapshot_need(file, len, &bytes, why) < 0)
		return -1;
	store = sim_storage(bytes);
	if (store && cvmm_snapshot_read(file, len, store, bytes, &view, why) == 0 &&
		cvmm_plan_make(&view, &g->sim.profile, NULL, &plan, why) == 0) {
		printf("plan: %u steps, %u refused\n", plan.n, plan.nrefused);
		/* The VMM adds its vCPUs between the first two calls, memory and devices before the last one. */
		if (cvmm_apply_until(&g->machine, &view, &plan, CVMM_PHASE_VM, why) == 0 && create_vcpus(g, why) == 0)
			ret = cvmm_apply_until(&g->machine, &view, &plan, CVMM_PHASE_DONE, why);
	}
	free(store);
	return ret;
}

int main(void)
{
	static struct guest from, to;
	static unsigned char file[1 << 20];
	struct cvmm_error why = { 0 };
	size_t len;

	if (open_guest(&from, "6.12.117-neoverse-n1", &why) < 0 || cvmm_machine_early(&from.machine, &why) < 0 ||
		create_vcpus(&from, &why) < 0 ||
		cvmm_machine_start(&from.machine, CVMM_ARM64_FEATURE_PSCI_0_2, NULL, 0, NULL, &why) < 0 ||
		save(&from, file, sizeof(file), &len, &why) < 0)
		goto failed;
	printf("saved on 6.12: %zu bytes\n", len);
	if (open_guest(&to, "6.18.15-neoverse-n1", &why) < 0 || restore(&to, file, len, &why) < 0)
		goto failed;
	printf("restored on 6.18 and read back\n");
	sim_kvm_close(&from.sim);
	sim_kvm_close(&to.sim);
	return 0;
failed:
	fprintf(stderr, "%s (errno %d, register %016llx)\n", cvmm_reason_text(why.reason), -why.err,
		(unsigned long long)why.id);
	return 1;
}
