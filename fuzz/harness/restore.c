/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Target functions: cvmm_snapshot_read cvmm_plan_make cvmm_apply_until cvmm_vm_regs_commit cvmm_vcpu_reg_set
 *
 * The input picks the kernel, the CPU, the caller's rules and the snapshot. A plan with refusals touches nothing. A restore is whole, or the
 * machine is dead and says why, through copied handles too. */
#include <errno.h>

#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/vm.h>

#include "../check.h"
#include "../input.h"
#include "../rig.h"
#include "../rules.h"

const size_t fuzz_prefix = 2; /* host, rules */

static void check_dead(const struct rig *r, const struct cvmm_error *why)
{
	struct cvmm_error e;
	uint32_t i;

	FUZZ_CHECK(r->gate.dead, "failed with %d %u and lives", why->err, why->reason);
	for (i = 0; i < r->nvcpus; i++) {
		struct cvmm_vcpu copy = r->vcpu[i];

		FUZZ_CHECK(cvmm_vcpu_run(copy, &e) == -EOWNERDEAD, "a dead machine runs");
		FUZZ_CHECK(e.reason == r->gate.why.reason, "died of %u, says %u", r->gate.why.reason, e.reason);
	}
}

/* A machine with fewer vCPUs than the snapshot is refused, and lives: nothing was touched. */
static void check_vcpus(struct rig *r, const struct fuzz_host *h, const struct cvmm_view *v, const struct cvmm_plan *p)
{
	struct cvmm_error e;

	if (!rig_open(r, h, &h->be, 0, &e) && !cvmm_apply_until(&r->m, v, p, CVMM_PHASE_VM, &e) &&
		!cvmm_vm_create_vcpu(r->vm, v->vcpu[0].id, &r->vcpu[0], &e)) {
		r->nvcpus = 1;
		if (!cvmm_machine_vcpus(&r->m, r->vcpu, 1, &e))
			FUZZ_CHECK(cvmm_apply_until(&r->m, v, p, CVMM_PHASE_DONE, NULL) == -EINVAL &&
					   cvmm_apply_until(&r->m, v, p, CVMM_PHASE_DONE, &e) == -EINVAL &&
					   !r->gate.dead,
				"one vCPU of %u", v->nvcpus);
	}
	rig_close(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rig r;
	const struct fuzz_host *h;
	struct cvmm_plan p;
	struct cvmm_view v;
	struct cvmm_error e;
	uint64_t before[CVMM_SIM_NCOUNTS], after[CVMM_SIM_NCOUNTS];
	int err;

	if (size < fuzz_prefix || rig_read(data + fuzz_prefix, size - fuzz_prefix, &v, &e))
		return 0;
	h = fuzz_host(fuzz_any(data[0]));
	if (rig_plan(&v, h, fuzz_rules(data[1], &v, &h->profile), &p, &e) || v.nvcpus > FUZZ_VCPUS)
		return 0;
	if (p.nrefused) {
		if (rig_open(&r, h, &h->be, 0, &e) == 0) {
			(void)cvmm_sim_counts(&h->be, before);
			FUZZ_CHECK(cvmm_apply_until(&r.m, &v, &p, CVMM_PHASE_VM, &e) == -EACCES &&
					   cvmm_apply_until(&r.m, &v, &p, CVMM_PHASE_VM, NULL) == -EACCES,
				"refused and applied");
			(void)cvmm_sim_counts(&h->be, after);
			FUZZ_CHECK(
				before[CVMM_SIM_COUNT_OTHER] == after[CVMM_SIM_COUNT_OTHER] && !r.gate.dead, "touched");
		}
		rig_close(&r);
		return 0;
	}
	err = rig_restore(&r, h, &h->be, &v, &p, &e);
	if (err && rig_must_be_dead(&r, &e))
		check_dead(&r, &e);
	if (!err)
		FUZZ_CHECK(!r.gate.dead && r.m.phase == CVMM_PHASE_DONE, "phase %u", r.m.phase);
	rig_close(&r);
	if (!err && v.nvcpus > 1)
		check_vcpus(&r, h, &v, &p);
	return 0;
}
