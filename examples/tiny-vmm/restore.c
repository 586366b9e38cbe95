/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A snapshot continued: read, judged against this host, applied phase by phase; memory and devices between the phases. */
#include "tiny-vmm.h"

#include <errno.h>
#include <stdio.h>

#include <cvmm/kvm-ioctls/reg-id.h>

_Alignas(16) static uint8_t store[TINY_STORE_BYTES];
static struct cvmm_step steps[CVMM_PLAN_STEPS_MAX];

static void print_refusals(const struct cvmm_plan *p)
{
	char name[CVMM_REG_NAME_MAX];
	uint32_t i;

	for (i = 0; i < p->n; i++) {
		const struct cvmm_step *s = &p->step[i];

		if (s->verdict != CVMM_VERDICT_REFUSED || cvmm_reg_name(s->id, name, sizeof(name)) < 0)
			continue;
		printf("plan: refused %016llx %s %s\n", (unsigned long long)s->id, name, cvmm_reason_name(s->reason));
	}
}

int tiny_restore_ram(struct tiny *t, const struct cvmm_view *v, struct cvmm_error *e)
{
	uint32_t i;
	int ret = tiny_memory(t, e);

	if (ret < 0)
		return ret;
	t->step = "restoring the RAM";
	for (i = 0; i < v->nextra; i++)
		if (v->extra[i].type == CVMM_SECTION_EMBEDDER && v->extra[i].version == 1) {
			ret = tiny_ram_unpack(t->ram, v->extra[i].data, v->extra[i].bytes);
			return ret < 0 ? cvmm_fail(e, ret, CVMM_REASON_NOT_CANONICAL) : 0;
		}
	return cvmm_fail(e, -EBADMSG, CVMM_REASON_SECTION_MISSING);
}

int tiny_restore_vcpus(struct tiny *t, const struct cvmm_view *v, struct cvmm_error *e)
{
	uint32_t id[GUEST_VCPUS_MAX], i;

	for (i = 0; i < v->nvcpus; i++)
		id[i] = v->vcpu[i].id;
	return tiny_create_vcpus(t, id, v->nvcpus, e);
}

static int apply(struct tiny *t, const struct cvmm_view *v, const struct cvmm_plan *p, struct cvmm_error *e)
{
	int ret;

	ret = tiny_irqchip(t, e);
	if (ret < 0)
		return ret;
	t->step = "restoring the VM";
	ret = cvmm_apply_until(&t->machine, v, p, CVMM_PHASE_VM, e);
	if (ret < 0)
		return ret;
	ret = tiny_restore_ram(t, v, e);
	if (ret < 0)
		return ret;
	ret = tiny_restore_vcpus(t, v, e);
	if (ret < 0)
		return ret;
	t->step = "restoring what the VM and its vCPUs are";
	ret = cvmm_apply_until(&t->machine, v, p, CVMM_PHASE_IDENTITY, e);
	if (ret < 0)
		return ret;
	ret = tiny_devices_init(t, e);
	if (ret < 0)
		return ret;
	t->step = "restoring what the vCPUs hold";
	return cvmm_apply_until(&t->machine, v, p, CVMM_PHASE_DONE, e);
}

int tiny_restore(struct tiny *t, const struct tiny_options *o, const struct cvmm_profile *host, struct cvmm_error *e)
{
	struct cvmm_plan plan = { .step = steps, .cap = CVMM_PLAN_STEPS_MAX };
	struct cvmm_view v;
	size_t len;
	void *file = tiny_read_file(o->restore, &len);
	int ret;

	t->step = "reading the snapshot";
	if (!file)
		return cvmm_fail(e, -ENOENT, CVMM_REASON_NONE);
	ret = cvmm_snapshot_read(file, len, store, sizeof(store), &v, e);
	if (ret < 0)
		return ret;
	if (v.nvcpus > GUEST_VCPUS_MAX)
		return cvmm_fail(e, -E2BIG, CVMM_REASON_TOO_MANY_VCPUS);
	if (!o->naive) {
		ret = cvmm_plan_make(&v, host, NULL, &plan, e);
		if (ret < 0)
			return ret;
		print_refusals(&plan);
		if (plan.nrefused)
			return cvmm_fail(e, -EACCES, CVMM_REASON_PLAN_REFUSED);
	}
	ret = tiny_open(t, e);
	if (ret < 0)
		return ret;
	t->features = v.shape[0].features;
	t->restored = 1;
	return o->naive ? tiny_naive(t, &v, e) : apply(t, &v, &plan, e);
}
