/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Are two files the same machine? Without time, and without interrupts that a timer in the kernel raised in between. */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#define LAPIC_PPR     0xa0u
#define LAPIC_IRR     0x200u
#define LAPIC_IRR_END 0x280u
#define LAPIC_TMCCT   0x390u
#define TSC	      CVMM_X86_REG_MSR(0x10)
#define TSC_DEADLINE  CVMM_X86_REG_MSR(0x6e0)

static int lapic_same(const uint8_t *a, const uint8_t *b)
{
	uint32_t i;

	for (i = 0; i < sizeof(struct cvmm_x86_lapic); i++) {
		if ((i & ~3u) == LAPIC_PPR || (i & ~3u) == LAPIC_TMCCT || (i >= LAPIC_IRR && i < LAPIC_IRR_END))
			continue;
		if (a[i] != b[i])
			return 0;
	}
	return 1;
}

static int same(uint64_t id, const uint8_t *a, const uint8_t *b, uint32_t size)
{
	const struct cvmm_row *row = cvmm_vcpu_reg_row(cvmm_vcpu_reg_from_id(id));
	struct cvmm_vm_reg vm = cvmm_vm_reg_from_id(id);

	if (cvmm_vm_block_bytes(vm))
		return cvmm_vm_block_holds(vm, b, a);
	if (id == TSC)
		return cvmm_load_le(b, 8) - cvmm_load_le(a, 8) <= INT64_MAX;
	if (row && row->write == CVMM_WRITE_VOLATILE)
		return 1;
	if (id == CVMM_X86_VCPU_LAPIC)
		return lapic_same(a, b);
	/* It is 0 once it has passed. */
	if (id == TSC_DEADLINE && !cvmm_load_le(b, 8))
		return 1;
	return memcmp(a, b, size) == 0;
}

static int sets_differ(const struct cvmm_regset *a, const struct cvmm_regset *b)
{
	char name[CVMM_REG_NAME_MAX];
	uint32_t i, col;

	if (a->n != b->n || a->ncols != b->ncols || a->stride != b->stride) {
		fprintf(stderr, "other registers\n");
		return -1;
	}
	for (i = 0; i < a->n; i++) {
		for (col = 0; col < a->ncols; col++) {
			if (a->item[i].id == b->item[i].id && same(a->item[i].id, cvmm_regset_value(a, i, col),
								      cvmm_regset_value(b, i, col), a->item[i].size))
				continue;
			(void)cvmm_reg_name(a->item[i].id, name, sizeof(name));
			fprintf(stderr, "vCPU %u: %s differs\n", col, name);
			return -1;
		}
	}
	return 0;
}

static int load(const char *file, struct cvmm_view *v, void **in, void **store)
{
	struct cvmm_error e;
	size_t len, need;

	*store = NULL;
	*in = file_load(file, &len);
	if (!*in)
		return -1;
	if (cvmm_snapshot_need(*in, len, &need, &e))
		return complain(file, &e);
	*store = aligned_alloc(16, (need + 15) / 16 * 16);
	return cvmm_snapshot_read(*in, len, *store, need, v, &e) ? complain(file, &e) : 0;
}

int machine_files_differ(const char *a, const char *b)
{
	void *in[2] = { NULL }, *store[2] = { NULL };
	struct cvmm_view v[2];
	int ret = load(a, &v[0], &in[0], &store[0]);

	if (ret == 0)
		ret = load(b, &v[1], &in[1], &store[1]);
	if (ret == 0)
		ret = sets_differ(&v[0].vm, &v[1].vm);
	if (ret == 0)
		ret = sets_differ(&v[0].shape[0].regs, &v[1].shape[0].regs);
	free(in[0]);
	free(in[1]);
	free(store[0]);
	free(store[1]);
	return ret;
}
