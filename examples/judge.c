/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * May this snapshot continue on that host? For a control plane: a snapshot and a host profile are enough, no ioctl is
 * issued and no Linux header is needed. Exit status 0 yes, 1 error, 2 usage, 3 refused.
 */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/snapshot/format.h>
#include <cvmm/snapshot/plan.h>

#include <stdio.h>
#include <stdlib.h>

struct file {
	unsigned char *bytes;
	size_t len;
};

static int slurp(const char *path, struct file *out)
{
	const size_t cap = CVMM_SNAPSHOT_BYTES_MAX + 1;
	FILE *f = fopen(path, "rb");

	out->bytes = f ? malloc(cap) : NULL;
	out->len = out->bytes ? fread(out->bytes, 1, cap, f) : 0;
	if (f)
		fclose(f);
	return out->len && out->len < cap ? 0 : -1;
}

static int fail(const char *path, const struct cvmm_error *why)
{
	fprintf(stderr, "%s: %s\n", path, cvmm_reason_text(why->reason));
	return 1;
}

int main(int argc, char **argv)
{
	static struct cvmm_step steps[CVMM_PLAN_STEPS_MAX];
	struct cvmm_plan plan = { .step = steps, .cap = CVMM_PLAN_STEPS_MAX };
	struct cvmm_profile host;
	struct cvmm_error why = { 0 };
	struct cvmm_view view;
	struct file snap, text;
	size_t bytes;
	uint32_t i;

	if (argc != 3) {
		fprintf(stderr, "usage: judge SNAPSHOT PROFILE\n");
		return 2;
	}
	if (slurp(argv[1], &snap) < 0 || slurp(argv[2], &text) < 0) {
		fprintf(stderr, "judge: cannot read the files\n");
		return 1;
	}
	if (cvmm_snapshot_need(snap.bytes, snap.len, &bytes, &why) < 0 ||
		cvmm_snapshot_read(
			snap.bytes, snap.len, aligned_alloc(16, (bytes + 15) / 16 * 16), bytes, &view, &why) < 0)
		return fail(argv[1], &why);
	if (cvmm_profile_need((char *)text.bytes, text.len, &bytes, &why) < 0 ||
		cvmm_profile_parse((char *)text.bytes, text.len, aligned_alloc(16, (bytes + 15) / 16 * 16), bytes,
			&host, &why) < 0)
		return fail(argv[2], &why);
	if (cvmm_plan_make(&view, &host, NULL, &plan, &why) < 0)
		return fail(argv[1], &why);
	for (i = 0; i < plan.n; i++) {
		char name[CVMM_REG_NAME_MAX] = "?";

		if (steps[i].verdict != CVMM_VERDICT_REFUSED)
			continue;
		(void)cvmm_reg_name(steps[i].id, name, sizeof(name));
		printf("%s: %s\n", name, cvmm_reason_text(steps[i].reason));
	}
	printf("%s\n", plan.nrefused ? "refused" : "accepted");
	return plan.nrefused ? 3 : 0;
}
