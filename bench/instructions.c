/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Work for an instruction counter: instructions repeat exactly where time does not. Usage: bench-instructions WORK TIMES;
 * bench/instructions.sh subtracts the run with TIMES 0.
 */
#include "rig.h"

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/snapshot/format.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KERNEL "6.18.15-neoverse-n1"
#define VCPUS  16

static struct rig rig;
static void *store;
static size_t store_bytes;

static int decode(void)
{
	struct cvmm_view view;

	return cvmm_snapshot_read(rig.file, rig.file_bytes, store, store_bytes, &view, NULL);
}

static int encode(void)
{
	size_t len;

	return cvmm_snapshot_write(&rig.view, CVMM_FORMAT_1_0, rig.file, rig.file_bytes, &len, NULL);
}

static int plan(void)
{
	struct cvmm_plan p = { .step = rig.plan.step, .cap = rig.plan.cap };

	return cvmm_plan_make(&rig.view, &rig.profile, NULL, &p, NULL);
}

static const uint64_t x2 = CVMM_ARM64_CORE | CVMM_REG_U64 | 4;

/* A register is so little work that what happens once (a symbol is bound) would show. */
#define REGISTERS 100

static int wrapper(void)
{
	uint64_t v = 1;
	int i, bad = 0;

	for (i = 0; i < REGISTERS; i++)
		bad |= cvmm_vcpu_set_one_reg(rig.vcpu[0], x2, &v, sizeof(v), NULL);
	return bad;
}

static int owned(void)
{
	uint64_t v = 1;
	int i, bad = 0;

	for (i = 0; i < REGISTERS; i++)
		bad |= cvmm_vcpu_reg_set(rig.vcpu[0], cvmm_vcpu_reg_from_id(x2), &v, sizeof(v), NULL);
	return bad;
}

static int backend(void)
{
	uint64_t v = 1;
	struct cvmm_kvm_one_reg arg = { .id = x2, .addr = (uintptr_t)&v };
	int i, bad = 0;

	for (i = 0; i < REGISTERS; i++)
		bad |= rig.work.ops->ioctl(rig.work.ctx, rig.vcpu[0].fd, CVMM_KVM_SET_ONE_REG, (uintptr_t)&arg);
	return bad;
}

static int save(void)
{
	struct cvmm_view view;

	return cvmm_capture(
		&rig.machine, &rig.profile, rig.profile.kernel, rig.capture, rig.capture_bytes, &view, NULL);
}

static int restore(void)
{
	return rig_rewind(&rig) < 0 ? -1 : rig_restore(&rig);
}

static const struct {
	const char *name;
	int (*run)(void);
} work[] = {
	{ "decode-16-vcpus", decode },
	{ "encode-16-vcpus", encode },
	{ "plan-16-vcpus", plan },
	{ "set-100-registers-backend", backend },
	{ "set-100-registers-wrapper", wrapper },
	{ "set-100-registers-owned", owned },
	{ "restore-16-vcpus", restore },
	{ "save-16-vcpus", save },
};

int main(int argc, char **argv)
{
	size_t i;
	long n;

	if (argc != 3) {
		for (i = 0; i < sizeof(work) / sizeof(work[0]); i++)
			printf("%s\n", work[i].name);
		return 0;
	}
	rig_open(&rig, KERNEL, VCPUS, CVMM_ARM64_FEATURE_PSCI_0_2);
	if (cvmm_snapshot_need(rig.file, rig.file_bytes, &store_bytes, NULL) < 0)
		return 1;
	store = aligned_alloc(64, (store_bytes + 63) / 64 * 64);
	for (i = 0; i < sizeof(work) / sizeof(work[0]); i++) {
		if (strcmp(work[i].name, argv[1]) != 0)
			continue;
		for (n = strtol(argv[2], NULL, 10); n > 0; n--)
			if (work[i].run() != 0)
				return 1;
		return 0;
	}
	fprintf(stderr, "bench-instructions: no such work: %s\n", argv[1]);
	return 2;
}
