/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <inttypes.h>
#include <stdio.h>

#include <cvmm/kvm-ioctls/vcpu.h>

#include "demo.h"
#include "mem.h"
#include "opt.h"
#include "say.h"

/* What VMMs do that do not know whose a register is: each one in the list, in the list's order, through each vCPU. */
static int write_everything(struct rig *r, const struct cvmm_view *v, uint64_t *locks)
{
	const struct cvmm_shape *s = &v->shape[0];
	uint64_t before = rig_locks(r), *list;
	uint32_t i, k, n;
	int at;
	int ret = rig_list(r, r->vcpu[0], &list, &n);

	for (k = 0; !ret && k < r->n; k++) {
		for (i = 1; i <= n; i++) {
			const struct cvmm_regset *set = &s->regs;
			uint32_t col = v->vcpu[k].col;

			at = cvmm_regset_find(set, list[i]);
			if (at < 0) {
				set = &v->vm;
				col = 0;
				at = cvmm_regset_find(set, list[i]);
			}
			if (at < 0)
				continue;
			/* Refusals are part of the sequence; only the number of calls is asked for here. */
			if (cvmm_vcpu_set_one_reg(r->vcpu[k], list[i], cvmm_regset_value(set, (uint32_t)at, col),
				    set->item[at].size, NULL))
				continue;
		}
	}
	*locks = rig_locks(r) - before;
	return ret;
}

static int each_on_each(const struct host *h, const struct cvmm_view *v, uint64_t *sets, uint64_t *locks)
{
	struct cvmm_arm64_vcpu_init init = { .target = CVMM_ARM64_TARGET_GENERIC };
	struct rig r = { .n = 0 };
	struct cvmm_error e;
	uint32_t i;
	int ret = rig_open(&r, h, v->nvcpus, 0);

	init.features[0] = (uint32_t)v->shape[0].features;
	if (!ret && cvmm_machine_early(&r.m, &e))
		ret = say_error(h->name, &e);
	if (!ret)
		ret = rig_vcpus(&r, NULL, v->nvcpus);
	for (i = 0; !ret && i < r.n; i++)
		if (cvmm_vcpu_init(r.vcpu[i], &init, &e))
			ret = say_error(h->name, &e);
	if (!ret)
		ret = write_everything(&r, v, locks);
	*sets = r.count.set;
	rig_close(&r);
	return ret;
}

static int one_size(const struct host *h, uint64_t features, uint32_t vcpus)
{
	uint64_t start, save, sets = 0, locks = 0;
	struct rig count;
	struct judged j;
	struct snap s;
	int ret = demo_save(h, vcpus, features, NULL, &s, &start, &save);

	if (!ret)
		ret = judge("demo", &s.view, h, NULL, &j);
	if (!ret)
		ret = demo_hop(&s, h, &j.plan, NULL, &count);
	if (!ret)
		ret = each_on_each(h, &s.view, &sets, &locks);
	if (!ret)
		printf("    %3u vCPU%s  %6" PRIu64 " against %6" PRIu64 " SET_ONE_REG   %4" PRIu64 " against %5" PRIu64
		       " times the VM's lock\n",
			vcpus, vcpus == 1 ? " " : "s", count.count.set, sets, count.locks, locks);
	snap_drop(&s);
	return ret;
}

int demo_cost(const struct host *h, uint64_t features)
{
	static const uint32_t sizes[] = { 1, 4, 64 };
	size_t i;
	int ret = STATUS_YES;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]) && !ret; i++)
		ret = one_size(h, features, sizes[i]);
	return ret;
}
