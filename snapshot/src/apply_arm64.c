/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A machine of arm64: vCPUs that are initialised and finalised, and a register list that follows the ID registers. */
#include <cvmm/kvm-ioctls/arm64.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vgic.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include <errno.h>
#include <string.h>

#include "apply_parts.h"
#include "capture_parts.h"
#include "machine_arm64.h"
#include "vgic.h"

int cvmm_arm64_init(struct apply *a)
{
	uint32_t i;
	int ret = 0;

	for (i = 0; ret == 0 && i < a->m->nvcpus; i++)
		ret = cvmm_arm64_init_vcpu(a->m->vcpu[i], a->v->shape[a->v->vcpu[i].shape].features, &a->why);
	a->m->features = a->v->shape[a->v->vcpu[0].shape].features;
	return ret;
}

int cvmm_arm64_finalize(struct apply *a)
{
	uint32_t i;
	int ret = cvmm_apply_steps(a);

	for (i = 0; ret == 0 && i < a->m->nvcpus; i++)
		ret = cvmm_arm64_finalize_vcpu(a->m->vcpu[i], a->v->shape[a->v->vcpu[i].shape].features, &a->why);
	return ret;
}

static int never_listed(uint64_t id)
{
	return cvmm_reg_is_property(id) || cvmm_reg_is_vgic(id) || id == CVMM_ARM64_VCPU_MP_STATE ||
	       id == CVMM_ARM64_VCPU_EVENTS || id == CVMM_ARM64_VCPU_PVTIME;
}

/* The VM's registers decide which others exist: what the plan is about to write has to be there now. */
static int check_list(struct apply *a, uint32_t index)
{
	uint64_t list[LIST_WORDS];
	uint32_t k, n = 0, hint = 0;
	int ret = cvmm_list_read(a->m->vcpu[index], list, LIST_MAX, &n, &a->why);

	if (ret < 0)
		return ret;
	for (k = 0; k < a->p->n; k++) {
		const struct cvmm_step *step = &a->p->step[k];

		if (!step->write || (step->scope == CVMM_SCOPE_VCPU && step->shape != a->v->vcpu[index].shape))
			continue;
		if (cvmm_list_has(list + 1, n, step->id, &hint) || never_listed(step->id))
			continue;
		(void)cvmm_fail_id(&a->why, -EIO, CVMM_REASON_LIST_DIFFERS, step->id, n);
		a->why.vcpu = a->m->vcpu[index].id;
		return -EIO;
	}
	return 0;
}

int cvmm_arm64_config(struct apply *a)
{
	uint32_t i, k;
	int ret = cvmm_vm_regs_commit(a->m->regs, a->m->vcpu[0], &a->why);

	if (ret == 0)
		ret = cvmm_apply_foreign(a);
	/* One list for each shape: the first vCPU that has it. */
	for (i = 0; ret == 0 && i < a->m->nvcpus; i++) {
		for (k = 0; k < i && a->v->vcpu[k].shape != a->v->vcpu[i].shape; k++)
			;
		if (k == i)
			ret = check_list(a, i);
		if (a->v->nshapes == 1)
			break;
	}
	return ret;
}

int cvmm_arm64_verify(struct apply *a)
{
	int ret = cvmm_apply_verify(a);

	return ret < 0 ? ret : cvmm_vgic_verify(a);
}

/* Without a pending SError the rest says what the host can do, not what the vCPU has. */
static int events_differ(const uint8_t *want, const uint8_t *got)
{
	if (!want[0] && !got[0])
		return 0;
	return memcmp(want, got, sizeof(struct cvmm_arm64_vcpu_events)) != 0;
}

int cvmm_arm64_differ(uint64_t id, const uint8_t *want, const uint8_t *got, uint32_t bytes)
{
	return id == CVMM_ARM64_VCPU_EVENTS ? events_differ(want, got) : memcmp(want, got, bytes) != 0;
}
