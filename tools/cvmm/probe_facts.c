/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What can be written: masks as the kernel tells them, fields and bits as they were tried. */
#include <cvmm/kvm-ioctls/reg-id.h>

#include "probe_dev.h"

/* Index of KVM_ARM_GET_REG_WRITABLE_MASKS: op1 of 0, 1, 3 as 0, 1, 2; CRm; op2. */
void probe_masks(struct cvmm_kvm kvm, struct probe_pairs *out)
{
	static const uint32_t op1[3] = { 0, 1, 3 };
	uint64_t mask[CVMM_ARM64_MASKS];
	struct probe_vm p;
	uint32_t i;

	if (probe_vm_bare(kvm, &p) >= 0 && cvmm_vm_get_reg_writable_masks(p.vm, mask, NULL) >= 0)
		for (i = 0; i < CVMM_ARM64_MASKS; i++)
			if (mask[i])
				probe_pair(out, CVMM_ARM64_SYS(3, op1[i >> 6], 0, i >> 3 & 7, i & 7), mask[i]);
	probe_vm_close(&p);
}

uint64_t probe_lower_fields(const struct probe_vm *p, uint64_t id)
{
	uint64_t value, fields = 0;
	uint32_t shift;

	if (probe_get(p, id, &value) < 0)
		return 0;
	for (shift = 0; shift < 64; shift += 4) {
		if (!(value >> shift & 15) || !probe_takes(p, id, value - (UINT64_C(1) << shift)))
			continue;
		fields |= UINT64_C(15) << shift;
		(void)probe_set(p, id, value);
	}
	return fields;
}

void probe_lower(struct cvmm_kvm kvm, struct probe_pairs *out)
{
	static const uint64_t more[] = { CVMM_ARM64_CLIDR_EL1, CVMM_ARM64_AIDR_EL1, CVMM_ARM64_CTR_EL0 };
	struct probe_vm p;
	uint64_t fields;
	uint32_t i;

	if (probe_vm_open(kvm, CVMM_ARM64_FEATURE_PSCI_0_2, &p) >= 0)
		for (i = 0; i < 64 + sizeof(more) / sizeof(more[0]); i++) {
			uint64_t id = i < 64 ? CVMM_ARM64_SYS(3, 0, 0, i >> 3, i & 7) : more[i - 64];

			fields = probe_lower_fields(&p, id);
			if (fields)
				probe_pair(out, id, fields);
		}
	probe_vm_close(&p);
}

void probe_bits(struct cvmm_kvm kvm, struct probe_pairs *out)
{
	struct probe_vm p;
	uint64_t value, bits;
	uint32_t n, bit;

	if (probe_vm_open(kvm, CVMM_ARM64_FEATURE_PSCI_0_2, &p) >= 0)
		for (n = 0; n < 16; n++) {
			if (probe_get(&p, CVMM_ARM64_FW_BMAP | n, &value) < 0)
				continue;
			for (bit = 0, bits = 0; bit < 64; bit++)
				if (probe_takes(&p, CVMM_ARM64_FW_BMAP | n, UINT64_C(1) << bit))
					bits |= UINT64_C(1) << bit;
			(void)probe_set(&p, CVMM_ARM64_FW_BMAP | n, value);
			probe_pair(out, CVMM_ARM64_FW_BMAP | n, bits);
		}
	probe_vm_close(&p);
}
