/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <inttypes.h>
#include <stdio.h>

#include "commands.h"
#include "load.h"
#include "report.h"
#include "rig.h"
#include "rules.h"
#include "say.h"

static void tell_counts(const struct count *c, const struct judged *j)
{
	printf("%s restored on %s: %u vCPUs, read back, %" PRIu64 " ioctls (%" PRIu64 " SET_ONE_REG, %" PRIu64
	       " GET_ONE_REG)\n",
		j->name, j->host->name, j->view->nvcpus, c->all, c->set, c->get);
}

static int refuse(const struct judged *j)
{
	printf("%s on %s: refused\n", j->name, j->host->name);
	report_refusals(stdout, j);
	say("%s: refused on %s; no VM was created", j->name, j->host->name);
	return STATUS_REFUSED;
}

/* The hop's snapshot has the format of the one that it came from, so that its reader stays able to read it. */
static int hop(const struct args *a, const struct judged *j, struct rig *r)
{
	struct cvmm_view after;
	int ret = rig_capture(r, &after);

	if (ret)
		return ret;
	after.slot = j->view->slot;
	after.nslots = j->view->nslots;
	after.extra = j->view->extra;
	after.nextra = j->view->nextra;
	after.clock = j->view->clock;
	return snap_store(a->out, &after, j->view->format);
}

static uint32_t delta_of(const struct args *a)
{
	if (a->audit)
		return CVMM_DELTA_AUDIT;
	return a->delta ? CVMM_DELTA_TRUST : CVMM_DELTA_OFF;
}

static int restore(const struct args *a, const struct judged *j)
{
	struct rig r = { .n = 0 };
	int ret = rig_restore(&r, j->host, j->view, &j->plan, delta_of(a));

	if (!ret) {
		tell_counts(&r.count, j);
		if (a->out)
			ret = hop(a, j, &r);
	}
	rig_close(&r);
	return ret;
}

static int run(const struct args *a)
{
	struct cvmm_rules rules;
	struct cvmm_error e;
	struct judged j;
	struct snap s;
	struct host h;
	int ret = snap_load(a->files.v[0], &s);

	if (!ret)
		ret = rules_load(a->rules, &rules);
	if (!ret)
		ret = host_measure(a->kvm, 0, &h);
	if (ret)
		return ret;
	if (cvmm_view_extras(&s.view, NULL, 0, &e))
		return say_error(s.name, &e);
	ret = judge(s.name, &s.view, &h, &rules, &j);
	if (ret)
		return ret;
	return j.plan.nrefused ? refuse(&j) : restore(a, &j);
}

static const struct opt options[] = {
	{ .name = "--kvm",
		.kind = OPT_STRING,
		.needed = 1,
		.field = offsetof(struct args, kvm),
		.arg = "K",
		.help = "where to restore: dev, sim:RELEASE[/CPU] or sim:@FILE" },
	OPT_RULES,
	OPT_ROW("--delta", OPT_FLAG, delta, NULL, "leave out, unread, what a fresh vCPU of this host holds"),
	OPT_ROW("--delta-audit", OPT_FLAG, audit, NULL, "leave it out, and read it back: proves the machine the same"),
	OPT_ROW("-o", OPT_STRING, out, "G.snap", "save it again once it is restored: a hop"),
	OPT_END,
};

const struct command command_restore = {
	.name = "restore",
	.usage = "F.snap --kvm K [--rules R] [--delta | --delta-audit] [-o G.snap]",
	.what = "plan, apply, read back; with -o save again: a hop",
	.help = "Judges the snapshot against the host, and if it may continue there creates the VM, writes what the\n"
		"plan says in the order of its phases and reads everything back. If anything fails the VM is dead and\n"
		"the first reason is printed; the snapshot is never touched. Refused: exit status 3, no VM is "
		"created.\n"
		"With --delta only registers that differ from the host's reset values are written, and only those are\n"
		"read back; --delta-audit reads everything back.",
	.opt = options,
	.min = 1,
	.max = 1,
	.run = run,
};
