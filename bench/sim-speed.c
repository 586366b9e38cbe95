/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* (f) how fast the simulated KVM is: register calls, and a whole machine from nothing to nothing. */
#include "bench.h"
#include "rig.h"

#include <cvmm/kvm-ioctls/reg-id.h>

#include <string.h>

#define CALLS  1000000
#define KERNEL "6.18.15-neoverse-n1"

static int run_get(void *ctx)
{
	struct rig *r = ctx;
	uint64_t v;
	int i, bad = 0;

	for (i = 0; i < CALLS; i++)
		bad |= cvmm_vcpu_get_one_reg(r->vcpu[0], CVMM_ARM64_CORE | CVMM_REG_U64 | 4, &v, 8, NULL);
	return bad;
}

static int run_set(void *ctx)
{
	struct rig *r = ctx;
	uint64_t v = 1;
	int i, bad = 0;

	for (i = 0; i < CALLS; i++)
		bad |= cvmm_vcpu_set_one_reg(r->vcpu[0], CVMM_ARM64_CORE | CVMM_REG_U64 | 4, &v, 8, NULL);
	return bad;
}

static int prepare_machine(void *ctx)
{
	return rig_rewind(ctx);
}

static int run_machine(void *ctx)
{
	struct rig *r = ctx;
	uint32_t i;

	if (rig_restore(r) < 0)
		return -1;
	for (i = 0; i < r->nvcpus; i++)
		(void)cvmm_vcpu_close(&r->vcpu[i]);
	(void)cvmm_vm_close(&r->vm);
	return cvmm_kvm_close(&r->kvm);
}

int main(int argc, char **argv)
{
	static struct rig rig, eight;
	struct bench_contestant calls[] = { { "get", NULL, run_get, &rig, 0 }, { "set", NULL, run_set, &rig, 0 } };
	struct bench_contestant machine[] = { { "machine", prepare_machine, run_machine, &eight, 0 } };

	bench_json(argc > 1 && !strcmp(argv[1], "--json"));
	rig_open(&rig, KERNEL, 1, CVMM_ARM64_FEATURE_PSCI_0_2);
	bench_interleaved(calls, 2);
	bench_figure("simulated GET_ONE_REG", CALLS * 1e3 / calls[0].median_ns, "M/s", ">= 20");
	bench_figure("simulated SET_ONE_REG", CALLS * 1e3 / calls[1].median_ns, "M/s", ">= 20");
	rig_open(&eight, KERNEL, 8, CVMM_ARM64_FEATURE_PSCI_0_2);
	bench_interleaved(machine, 1);
	bench_figure(
		"create VM, 8 vCPUs, restore with read-back, destroy", machine[0].median_ns / 1000, "us", "<= 200");
	bench_end();
	return 0;
}
