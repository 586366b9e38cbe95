/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "baseline.h"
#include "commands.h"
#include "demo.h"
#include "mem.h"
#include "say.h"
#include "words.h"

#define VCPUS 4u

/** struct story - what the steps hand on to each other */
struct story {
	struct host newer;
	struct host older;
	struct baseline base;
	struct snap guest;
};

void demo_line(const char *result, uint64_t ioctls, const char *fmt, ...)
{
	char what[160];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (ioctls == DEMO_NONE)
		printf("%-66s %s\n", what, result);
	else
		printf("%-66s %-9s %7" PRIu64 "\n", what, result, ioctls);
}

int demo_save(const struct host *h, uint32_t vcpus, uint64_t features, const struct cvmm_baseline *b, struct snap *out,
	uint64_t *start, uint64_t *save)
{
	struct rig r = { .n = 0 };
	struct cvmm_view view;
	uint8_t *p;
	size_t len;
	int ret = rig_open(&r, h, vcpus, 0);

	if (!ret)
		ret = rig_start(&r, vcpus, features, b ? b->pin : NULL, b ? b->n : 0);
	*start = r.count.all;
	if (!ret)
		ret = rig_fill(&r);
	*save = r.count.all;
	if (!ret)
		ret = rig_capture(&r, &view);
	*save = r.count.all - *save;
	if (!ret)
		ret = snap_encode("demo", &view, CVMM_FORMAT_NEWEST, &p, &len);
	if (!ret)
		ret = snap_decode("demo", p, len, out);
	rig_close(&r);
	return ret;
}

int demo_hop(const struct snap *s, const struct host *h, const struct cvmm_plan *p, struct snap *out, struct rig *count)
{
	struct cvmm_view view;
	uint8_t *bytes;
	size_t len;
	int ret = rig_restore(count, h, &s->view, p, CVMM_DELTA_OFF);
	struct count restore = count->count;

	if (!ret && out) {
		ret = rig_capture(count, &view);
		if (!ret)
			ret = snap_encode("demo", &view, CVMM_FORMAT_NEWEST, &bytes, &len);
		if (!ret)
			ret = snap_decode("demo", bytes, len, out);
	}
	rig_close(count);
	count->count = restore;
	return ret;
}

/* Judges, prints the verdict, and on acceptance restores and saves again. */
static int move(const struct snap *s, const struct host *h, struct snap *out, struct judged *j)
{
	struct rig count;
	int ret = judge("demo", &s->view, h, NULL, j);

	if (ret)
		return ret;
	demo_line(j->plan.nrefused ? "REFUSED" : "accepted", 0, "  may it continue on %s?", h->profile.kernel);
	if (j->plan.nrefused) {
		report_brief(stdout, j);
		return STATUS_YES;
	}
	ret = demo_hop(s, h, &j->plan, out, &count);
	if (!ret)
		demo_line("restored", count.count.all, "  continues there, every register read back");
	return ret;
}

static int step_refused(struct story *t)
{
	uint64_t start, save, features = CVMM_ARM64_FEATURE_PSCI_0_2 | CVMM_ARM64_FEATURE_PMU_V3;
	struct snap s;
	struct judged j;
	char text[FEATURES_TEXT_MAX];
	int ret = demo_save(&t->newer, VCPUS, features, NULL, &s, &start, &save);

	if (ret)
		return ret;
	demo_line("started", start, "1 a guest with %u vCPUs on %s, nothing pinned (%s)", VCPUS,
		t->newer.profile.kernel, features_text(features, text));
	demo_line("saved", save, "  saved: %zu bytes", s.len);
	ret = move(&s, &t->older, NULL, &j);
	if (!ret)
		ret = baseline_compute((struct host[]){ t->older, t->newer }, 2, NULL, &t->base);
	if (ret)
		return ret;
	if (!t->base.exists) {
		say("demo: no baseline of %s and %s", t->older.name, t->newer.name);
		return STATUS_ERROR;
	}
	t->base.host = NULL;
	demo_line("exists", 0, "  a machine that both can promise: %u values, features %s", t->base.b.n,
		features_text(t->base.b.features, text));
	return STATUS_YES;
}

/* VM-owned registers in which two snapshots differ, counters apart: 0 is the machine unchanged. */
static uint32_t machine_changed(const struct cvmm_view *a, const struct cvmm_view *b, uint32_t *same)
{
	uint32_t i, scope, changed = 0;

	*same = 0;
	for (i = 0; i < a->vm.n; i++) {
		const struct cvmm_row *row = reg_row(a->vm.item[i].id, &scope);
		int k = cvmm_regset_find(&b->vm, a->vm.item[i].id);

		if (row && row->write == CVMM_WRITE_VOLATILE)
			continue;
		if (k >= 0 && cvmm_regset_u64(&b->vm, (uint32_t)k, 0) == cvmm_regset_u64(&a->vm, i, 0))
			++*same;
		else
			changed++;
	}
	return changed;
}

static void names_of(const struct judged *j, uint32_t verdict, const char *what)
{
	char name[CVMM_REG_NAME_MAX];
	const char *comma = "";
	uint32_t i;

	printf("    %s: ", what);
	for (i = 0; i < j->plan.n; i++) {
		const struct cvmm_step *s = &j->plan.step[i];

		if (s->verdict != verdict || s->scope != CVMM_SCOPE_VM)
			continue;
		printf("%s%s", comma, reg_text(s->id, name));
		comma = ", ";
	}
	printf("%s\n", *comma ? "" : "nothing");
}

static int step_baseline(struct story *t)
{
	uint64_t start, save;
	struct snap there, back;
	struct judged j;
	uint32_t same, changed;
	int ret = demo_save(&t->newer, VCPUS, t->base.b.features, &t->base.b, &t->guest, &start, &save);

	if (ret)
		return ret;
	putchar('\n');
	demo_line("started", start, "2 the same guest on %s, started with that baseline", t->newer.profile.kernel);
	demo_line("saved", save, "  saved: %zu bytes", t->guest.len);
	ret = move(&t->guest, &t->older, &there, &j);
	if (!ret && !j.plan.nrefused)
		ret = move(&there, &t->newer, &back, &j);
	if (ret || j.plan.nrefused)
		return ret ? ret : STATUS_ERROR;
	changed = machine_changed(&t->guest.view, &back.view, &same);
	demo_line(changed ? "CHANGED" : "unchanged", DEMO_NONE,
		"  back on %s: %u registers of its machine as at the start", t->newer.profile.kernel, same);
	names_of(&j, CVMM_VERDICT_PINNED, "still hidden, although the host offers more");
	return changed ? STATUS_ERROR : STATUS_YES;
}

static int step_upwards(struct story *t)
{
	uint64_t start, save;
	struct snap s, there;
	struct judged j;
	int ret = demo_save(&t->older, VCPUS, CVMM_ARM64_FEATURE_PSCI_0_2, NULL, &s, &start, &save);

	if (ret)
		return ret;
	putchar('\n');
	demo_line("started", start, "3 a guest on %s, nothing pinned", t->older.profile.kernel);
	demo_line("saved", save, "  saved: %zu bytes", s.len);
	ret = move(&s, &t->newer, &there, &j);
	if (ret || j.plan.nrefused)
		return ret ? ret : STATUS_ERROR;
	names_of(&j, CVMM_VERDICT_PINNED, "what it did not see stays hidden");
	return move(&there, &t->older, NULL, &j);
}

static void tell_dev(void)
{
	struct cvmm_kvm kvm;
	struct cvmm_error e;

	if (cvmm_kvm_open(cvmm_backend_dev(), &kvm, &e)) {
		printf("\n/dev/kvm of this machine: %s. Everything above ran on simulated kernels.\n",
			strerror(-e.err));
		return;
	}
	printf("\n/dev/kvm of this machine: opens, vCPUs are %s, up to %d of them. Everything above ran on simulated "
	       "kernels.\n",
		arch_word(HOST_ARCH_OF_DEV), cvmm_kvm_check_extension(kvm, CVMM_CAP_MAX_VCPUS, &e));
	(void)cvmm_kvm_close(&kvm);
}

static int run(const struct args *a)
{
	struct story *t = mem_get(sizeof(*t));
	int ret = host_find("sim:7.3", 0, &t->newer);

	(void)a;
	if (!ret)
		ret = host_find("sim:6.1", 0, &t->older);
	if (ret)
		return ret;
	printf("%-66s %-9s %7s\n\n", "STEP", "RESULT", "IOCTLS");
	ret = step_refused(t);
	if (!ret)
		ret = step_baseline(t);
	if (!ret)
		ret = step_upwards(t);
	if (!ret) {
		printf("\n4 what belongs to the VM, written once, against each register on each vCPU (restore on %s)\n",
			t->newer.profile.kernel);
		ret = demo_cost(&t->newer, CVMM_ARM64_FEATURE_PSCI_0_2);
	}
	if (!ret)
		tell_dev();
	return ret;
}

static const struct opt options[] = { OPT_END };

const struct command command_demo = {
	.name = "demo",
	.usage = "",
	.what = "a guest moves from 7.3 to 6.1 and back, in under a second",
	.help = "Shows the main job on simulated kernels, with the number of ioctls of each step: a guest that pins\n"
		"nothing is refused by an older kernel; the same guest, started with the baseline of both kernels,\n"
		"moves there and back with its machine unchanged; a guest of the older kernel moves up, and what it\n"
		"did not see stays hidden; and what writing VM-owned registers once saves. The output is always the\n"
		"same, apart from the last line, about this machine's /dev/kvm.",
	.opt = options,
	.run = run,
};
