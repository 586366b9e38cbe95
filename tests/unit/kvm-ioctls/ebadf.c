/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * A closed handle: every wrapper that ends in an ioctl passes -EBADF on, says which request and which vCPU, and leaves
 * its outputs alone. Needs no /dev/kvm: the kernel refuses the fd before it looks at the request. The table is complete:
 * every function of the symbol map is in it or named as one without an ioctl.
 */
#include "wrappers.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* No ioctl of their own, or none on a handle that exists already. */
static const char *const without[] = {
	"cvmm_kvm_open",
	"cvmm_kvm_adopt",
	"cvmm_kvm_close",
	"cvmm_kvm_adopt_vm",
	"cvmm_vm_adopt_vcpu",
	"cvmm_vm_close",
	"cvmm_vcpu_close",
	"cvmm_device_close",
	"cvmm_vcpu_map_run",
	"cvmm_vcpu_unmap_run",
};

static int untouched(void)
{
	size_t i;

	for (i = 0; i < sizeof(out); i++)
		if (((const uint8_t *)out)[i] != POISON)
			return 0;
	return 1;
}

Test(ebadf, every_wrapper)
{
	size_t i;

	handles(-1);
	for (i = 0; i < NROWS; i++) {
		const struct row *r = &rows[i];
		int is_vcpu = strncmp(r->name, "cvmm_vcpu_", 10) == 0 || strcmp(r->name, "cvmm_vm_create_vcpu") == 0;
		struct cvmm_error e;

		memset(&e, POISON, sizeof(e));
		memset(out, POISON, sizeof(out));
		cr_expect_eq(r->call(&e), -EBADF, "%s", r->name);
		cr_expect(untouched(), "%s wrote to its output", r->name);
		cr_expect_eq(e.err, -EBADF, "%s: err", r->name);
		cr_expect_eq(e.reason, CVMM_REASON_IOCTL, "%s: reason %u", r->name, e.reason);
		cr_expect_eq(e.req, r->req, "%s: request %lx, not %lx", r->name, (unsigned long)e.req, r->req);
		cr_expect_eq(e.vcpu, is_vcpu ? VCPU : CVMM_NO_VCPU, "%s: vcpu %u", r->name, e.vcpu);
		cr_expect_eq(e.phase, 0);
		cr_expect_eq(e.section, 0);
		cr_expect_eq(e.offset, 0);
		cr_expect_eq(r->call(NULL), -EBADF, "%s without an error struct", r->name);
	}
}

/* The inline twins answer the same. */
Test(ebadf, hot_calls)
{
	const uint64_t id = UINT64_C(0x6030000000100000);
	struct cvmm_error e;
	uint64_t v = POISON;

	handles(-1);
	cr_expect_eq(cvmm_ioctl_hot(kvm.be, kvm.fd, CVMM_KVM_CHECK_EXTENSION, 0, &e), -EBADF);
	cr_expect_eq(e.req, CVMM_KVM_CHECK_EXTENSION);
	cr_expect_eq(e.vcpu, CVMM_NO_VCPU);
	cr_expect_eq(cvmm_vcpu_run_hot(vcpu, &e), -EBADF);
	cr_expect_eq(e.req, CVMM_KVM_RUN);
	cr_expect_eq(e.vcpu, VCPU);
	cr_expect_eq(cvmm_vcpu_one_reg_hot(vcpu, CVMM_KVM_GET_ONE_REG, id, &v, 8, &e), -EBADF);
	cr_expect_eq(e.id, id);
	cr_expect_eq(e.req, CVMM_KVM_GET_ONE_REG);
	cr_expect_eq(e.vcpu, VCPU);
	cr_expect_eq(v, POISON);
	cr_expect_eq(cvmm_vcpu_one_reg_hot(vcpu, CVMM_KVM_SET_ONE_REG, id, &v, 4, &e), -EINVAL);
	cr_expect_eq(e.reason, CVMM_REASON_REG_SIZE);
	cr_expect_eq(e.other, 4);
	cr_expect_eq(e.id, id);
	cr_expect_eq(e.vcpu, VCPU);
	cr_expect_eq(cvmm_vcpu_run_hot(vcpu, NULL), -EBADF);
	cr_expect_eq(cvmm_vcpu_one_reg_hot(vcpu, CVMM_KVM_SET_ONE_REG, id, &v, 4, NULL), -EINVAL);
}

/* An attribute's error says which attribute of which group; a register's which register. */
Test(ebadf, names_what_it_was_about)
{
	struct cvmm_error e;

	handles(-1);
	cr_assert_eq(cvmm_device_get_attr(device, 1, 2, out, &e), -EBADF);
	cr_expect_eq(e.id, 2);
	cr_expect_eq(e.other, 1);
	cr_assert_eq(cvmm_vcpu_get_one_reg(vcpu, UINT64_C(0x6030000000100000), out, 8, &e), -EBADF);
	cr_expect_eq(e.id, UINT64_C(0x6030000000100000));
}

static int known(const char *name)
{
	size_t i;

	for (i = 0; i < NROWS; i++)
		if (strcmp(rows[i].name, name) == 0)
			return 1;
	for (i = 0; i < sizeof(without) / sizeof(without[0]); i++)
		if (strcmp(without[i], name) == 0)
			return 1;
	return 0;
}

Test(ebadf, table_is_complete)
{
	FILE *map = fopen(CVMM_SOURCE_DIR "/kvm-ioctls/kvm-ioctls.map", "r");
	char line[256], name[200];
	size_t seen = 0;

	cr_assert(map);
	while (fgets(line, sizeof(line), map)) {
		static const char *const scopes[] = { "cvmm_kvm_", "cvmm_vm_", "cvmm_vcpu_", "cvmm_device_" };
		size_t i;

		if (sscanf(line, " %199[a-z0-9_];", name) != 1)
			continue;
		for (i = 0; i < 4; i++) {
			if (strncmp(name, scopes[i], strlen(scopes[i])) != 0)
				continue;
			seen++;
			cr_expect(known(name), "%s is in the symbol map and not in this table", name);
		}
	}
	fclose(map);
	cr_expect_eq(seen, NROWS + sizeof(without) / sizeof(without[0]));
}

/* Closing a closed handle, and one whose fd is not ours. */
Test(ebadf, closing)
{
	handles(-1);
	cr_expect_eq(cvmm_kvm_close(&kvm), 0);
	cr_expect_eq(cvmm_vm_close(&vm), 0);
	cr_expect_eq(cvmm_vcpu_close(&vcpu), 0);
	cr_expect_eq(cvmm_device_close(&device), 0);
	vm = (struct cvmm_vm){ .be = cvmm_backend_dev(), .fd = 1, .adopted = 1 };
	cr_expect_eq(cvmm_vm_close(&vm), 0);
	cr_expect_eq(vm.fd, -1);
	cr_expect_geq(fprintf(stdout, "%s", ""), 0, "stdout was not closed with the adopted handle");
}

/* Adopting a negative fd, and a system fd that is no KVM. */
Test(ebadf, adopting)
{
	FILE *no_kvm = fopen(CVMM_SOURCE_DIR "/LICENSE", "r");
	struct cvmm_error e;

	cr_assert(no_kvm);
	handles(-1);
	memset(out, POISON, sizeof(out));
	cr_expect_eq(cvmm_kvm_adopt(cvmm_backend_dev(), -1, OUT(cvmm_kvm), &e), -EBADF);
	cr_expect_eq(e.reason, CVMM_REASON_ARGUMENT);
	cr_expect_eq(cvmm_kvm_adopt(cvmm_backend_dev(), fileno(no_kvm), OUT(cvmm_kvm), &e), -ENOTTY);
	cr_expect_eq(cvmm_kvm_adopt_vm(kvm, -1, &gate, OUT(cvmm_vm), &e), -EBADF);
	cr_expect_eq(cvmm_vm_adopt_vcpu(vm, -1, 0, OUT(cvmm_vcpu), &e), -EBADF);
	cr_expect_eq(cvmm_vcpu_map_run(vcpu, 4096, (struct cvmm_run **)out, &e), -EBADF);
	cr_expect_eq(e.vcpu, VCPU);
	cr_expect_eq(cvmm_vcpu_map_run(vcpu, 16, (struct cvmm_run **)out, &e), -EINVAL);
	cr_expect(untouched());
	fclose(no_kvm);
}
