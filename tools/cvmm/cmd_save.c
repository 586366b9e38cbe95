/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <stdio.h>

#include <cvmm/fleet/matrix.h>

#include "baseline.h"
#include "commands.h"
#include "load.h"
#include "rig.h"
#include "say.h"
#include "words.h"

static int choose_features(const struct args *a, const struct host *h, const struct baseline *b, uint64_t *out)
{
	char text[FEATURES_TEXT_MAX];
	const char *bad;
	size_t len;

	*out = b ? b->b.features : cvmm_default_features(&h->profile);
	if (!a->features)
		return STATUS_YES;
	if (features_parse(a->features, out, &bad, &len)) {
		say("--features: %.*s: no such vCPU feature", (int)len, bad);
		return STATUS_USAGE;
	}
	if (b && *out != b->b.features) {
		say("--features %s: the baseline promises another set: %s", a->features,
			features_text(b->b.features, text));
		return STATUS_USAGE;
	}
	return STATUS_YES;
}

static int save_to(
	const struct args *a, const struct host *h, const struct baseline *b, uint64_t features, struct rig *r)
{
	char text[FEATURES_TEXT_MAX];
	uint32_t vcpus = a->vcpus ? a->vcpus : 1;
	struct cvmm_view view;
	uint32_t format;
	int ret = format_parse(a->format, &format);

	if (!ret)
		ret = rig_open(r, h, vcpus, 0);
	r->wide = b ? b->b.wide : NULL;
	r->nwide = b ? b->b.nwide : 0;
	/* The only wide value of an arm64 machine. */
	if (!ret && b && b->b.nwide && b->b.arch == CVMM_ARCH_ARM64)
		r->m.vls = b->b.wide[0].value;
	if (!ret)
		ret = rig_start(r, vcpus, features, b ? b->b.pin : NULL, b ? b->b.n : 0);
	if (!ret)
		ret = rig_fill(r);
	if (!ret)
		ret = rig_capture(r, &view);
	if (!ret)
		ret = snap_store(a->out, &view, format);
	if (!ret)
		say("%s: %u vCPU%s on %s, features %s", a->out, vcpus, vcpus == 1 ? "" : "s", h->name,
			features_text(features, text));
	return ret;
}

static int run(const struct args *a)
{
	struct baseline b;
	struct rig r = { .n = 0 };
	uint64_t features;
	struct host h;
	int ret = host_measure(a->kvm ? a->kvm : "dev", 0, &h);

	if (ret)
		return ret;
	if (h.profile.arch == CVMM_ARCH_RISCV64) {
		say("save: %s: there are no snapshots of %s machines yet", h.name, arch_word(h.profile.arch));
		return STATUS_ERROR;
	}
	if (a->baseline)
		ret = baseline_load(a->baseline, &b);
	if (!ret)
		ret = choose_features(a, &h, a->baseline ? &b : NULL, &features);
	if (!ret)
		ret = save_to(a, &h, a->baseline ? &b : NULL, features, &r);
	rig_close(&r);
	return ret;
}

static const struct opt options[] = {
	OPT_KVM,
	{ .name = "--vcpus",
		.kind = OPT_NUMBER,
		.field = offsetof(struct args, vcpus),
		.min = 1,
		.max = CVMM_VCPUS_MAX,
		.arg = "N",
		.help = "number of vCPUs; default 1" },
	OPT_ROW("--features", OPT_STRING, features, "LIST",
		"vCPU features with commas; default: all that the host offers"),
	OPT_ROW("--baseline", OPT_STRING, baseline, "B", "start the guest with the values of this baseline"),
	OPT_ROW("--format", OPT_STRING, format, "1.0|1.1", "format of the snapshot; default the newest"),
	{ .name = "-o",
		.kind = OPT_STRING,
		.needed = 1,
		.field = offsetof(struct args, out),
		.arg = "F.snap",
		.help = "where to write it" },
	OPT_END,
};

const struct command command_save = {
	.name = "save",
	.usage = "[--kvm K] [--vcpus N] [--features LIST] [--baseline B] [--format 1.0|1.1] -o F.snap",
	.what = "start a guest and save it",
	.help = "Starts a guest, lets it run, and writes its snapshot. On a simulated kernel the guest's state is "
		"made\n"
		"up, always the same, different for each vCPU, and it counts as having run. An x86_64 guest has the\n"
		"interrupt controllers and the timer that KVM emulates, all CPUID that the host supports, and on\n"
		"/dev/kvm runs an instruction.\n"
		"Features: psci_0_2 pmu_v3 sve ptrauth_address ptrauth_generic el1_32bit has_el2 has_el2_e2h0, or "
		"none.\n"
		"By default all that the host offers, without EL2, 32-bit EL1 and POWER_OFF; with --baseline, the\n"
		"baseline's.",
	.opt = options,
	.run = run,
};
