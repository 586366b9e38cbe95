/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Target functions: cvmm_reg_name cvmm_reg_from_name cvmm_vm_reg_from_id cvmm_vcpu_reg_from_id and their rows
 *
 * The input is a list of ids, or a name. */
#include <string.h>

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>
#include <cvmm/vm-regs/vm-regs.h>

#include "../check.h"
#include "../input.h"

static void check_id(uint64_t id)
{
	char name[CVMM_REG_NAME_MAX];
	uint64_t back = 0, vm = cvmm_vm_reg_from_id(id).id, vcpu = cvmm_vcpu_reg_from_id(id).id;
	int n = cvmm_reg_name(id, name, sizeof(name));
	const struct cvmm_row *row;

	FUZZ_CHECK(n > 0 && (size_t)n == strlen(name), "%lx: name of %d", (unsigned long)id, n);
	FUZZ_CHECK(!cvmm_reg_from_name(cvmm_reg_arch(id), name, (size_t)n, &back) && back == id,
		"%lx is %s, which is %lx", (unsigned long)id, name, (unsigned long)back);
	FUZZ_CHECK(!vm || !vcpu, "%lx belongs to both", (unsigned long)id);
	row = vm ? cvmm_vm_reg_row((struct cvmm_vm_reg){ vm }) : cvmm_vcpu_reg_row((struct cvmm_vcpu_reg){ vcpu });
	FUZZ_CHECK(!row == !(vm || vcpu), "%lx: owner and row", (unsigned long)id);
	FUZZ_CHECK(!row || cvmm_row_has(row, vm ? vm : vcpu), "%lx: somebody else's row", (unsigned long)id);
	FUZZ_CHECK(cvmm_reg_name(id, name, (size_t)n) < 0, "%lx: name without room", (unsigned long)id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	uint64_t id = 0;

	if (!cvmm_reg_from_name(CVMM_ARCH_ARM64, (const char *)data, size, &id))
		check_id(id);
	while (in.left) {
		id = fuzz_take(&in, 8);
		check_id(id);
		check_id((id & UINT64_C(0xfffffffff)) | UINT64_C(0x6030000000000000));
		check_id((id & UINT64_C(0xffff)) | UINT64_C(0x6030000000130000));
	}
	return 0;
}
