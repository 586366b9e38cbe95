/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Hosts and moments that are wrong (B24 to B27): a capability that is not there, calls out of order, no file descriptors, a
 * process that ends in the middle. tests/fault has each call with each errno.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cvmm/kvm-ioctls/exit.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/snapshot/format.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include "world.h"

#define HOST "6.18.15-neoverse-n1"

static struct cvmm_error e;

static void stage(struct guest *g, uint32_t number)
{
	cr_assert_eq(cvmm_vm_regs_stage(&g->regs, cvmm_vm_reg_from_id(CVMM_ARM64_PROPERTY(number)), 1, &e), 0);
}

/* Every capability of the host taken away in turn: refused for those that the machine uses, and for no other. */
Test(bad_host, B24_a_host_that_lacks_a_capability)
{
	/* NISV_TO_USER, SYSTEM_SUSPEND, a pending SError with its syndrome, stolen time */
	static const uint64_t used[] = { 177, 216, 158, CVMM_CAP_STEAL_TIME };
	static struct planned p;
	static struct cvmm_pair cap[CVMM_SNAPSHOT_CAPS_MAX];
	struct world a, b;
	struct guest g;
	struct saved s;
	uint32_t i, k, found = 0;

	world_open_for(&a, "6.18.15-max", 1);
	world_open_for(&b, "6.18.15-max", 1);
	guest_start(&g, &a, 1, PSCI | PMU | SVE | PAUTH, NULL, 0);
	stage(&g, CVMM_ARM64_PROPERTY_CAPS_NISV);
	stage(&g, CVMM_ARM64_PROPERTY_CAPS_SUSPEND);
	guest_save(&g, &s);
	set_value(&s.v, CVMM_ARM64_VCPU_EVENTS, 0, 0x0101);
	set_value(&s.v, CVMM_ARM64_VCPU_PVTIME, 0, 0x48000000);
	memcpy(cap, b.profile.cap, b.profile.ncaps * sizeof(*cap));
	b.profile.cap = cap;
	plan_on(&p, &s.v, &b, NULL);
	cr_assert_eq(p.p.nrefused, 0);
	for (i = 0; i < b.profile.ncaps; i++) {
		struct cvmm_pair gone = cap[i];

		cap[i].value = 0;
		plan_on(&p, &s.v, &b, NULL);
		for (k = 0; k < sizeof(used) / sizeof(used[0]) && used[k] != gone.id; k++)
			;
		cr_expect_eq(p.p.nrefused > 0, k < sizeof(used) / sizeof(used[0]), "capability %llu",
			(unsigned long long)gone.id);
		found += p.p.nrefused > 0;
		cap[i] = gone;
	}
	cr_assert_eq(found, sizeof(used) / sizeof(used[0]));
	free(s.store);
	guest_close(&g);
	world_close(&a);
	world_close(&b);
}

Test(bad_host, B25_wrong_moments)
{
	static struct planned p;
	struct world a, b;
	struct guest g, h;
	struct saved s;
	struct cvmm_vcpu twice;
	uint64_t v = 0;

	world_open(&a, HOST);
	world_open(&b, HOST);
	guest_start(&g, &a, 1, PSCI, NULL, 0);
	guest_save(&g, &s);
	plan_on(&p, &s.v, &b, NULL);
	/* Into a machine that is used: it has been through these phases. */
	cr_assert_eq(cvmm_apply_until(&g.m, &s.v, &p.p, CVMM_PHASE_VM, &e), -EINVAL);
	cr_assert_eq(e.reason, CVMM_REASON_PHASE_ORDER);
	cr_assert_eq(g.gate.dead, 0);
	/* Twice into the same one. */
	cr_assert_eq(guest_restore(&h, &b, NULL, &s.v, &p.p, &e), 0);
	cr_assert_eq(cvmm_apply_until(&h.m, &s.v, &p.p, CVMM_PHASE_DONE, &e), -EINVAL);
	cr_assert_eq(h.gate.dead, 0);
	/* A vCPU id that is taken, registers before INIT. */
	cr_assert_eq(cvmm_vm_create_vcpu(h.vm, 0, &twice, &e), -EEXIST);
	guest_close(&h);
	cr_assert_eq(guest_open(&h, &b, NULL, 1, &e), 0);
	cr_assert_eq(cvmm_vcpu_get_one_reg(h.vcpu[0], CVMM_ARM64_PSCI_VERSION, &v, 8, &e), -ENOEXEC);
	/* State before the vCPUs are there. */
	cr_assert_eq(cvmm_apply_until(&h.m, &s.v, &p.p, CVMM_PHASE_VM, &e), -EINVAL);
	guest_close(&h);
	free(s.store);
	guest_close(&g);
	world_close(&a);
	world_close(&b);
}

/* tests/fault has each call with each errno, and storms; here what is no ioctl: no file descriptors left. */
Test(bad_host, B26_no_file_descriptors)
{
	static struct planned p;
	struct cvmm_fault_rule rule = { .ops = CVMM_FAULT_OPEN, .err = -EMFILE, .times = CVMM_FAULT_FOR_EVER };
	struct cvmm_fault fault;
	struct cvmm_backend be;
	struct world a;
	struct guest g, h;
	struct saved s;

	world_open(&a, HOST);
	guest_start(&g, &a, 1, PSCI, NULL, 0);
	guest_save(&g, &s);
	plan_on(&p, &s.v, &a, NULL);
	cr_assert_eq(cvmm_fault_init(&fault, &a.be, &rule, 1, &be, &e), 0);
	cr_assert_eq(guest_restore(&h, &a, &be, &s.v, &p.p, &e), -EMFILE);
	guest_close(&h);
	rule = (struct cvmm_fault_rule){
		.ops = CVMM_FAULT_IOCTL, .req = CVMM_KVM_CREATE_VCPU, .err = -EMFILE, .times = 1
	};
	cr_assert_eq(cvmm_fault_init(&fault, &a.be, &rule, 1, &be, &e), 0);
	cr_assert_eq(guest_restore(&h, &a, &be, &s.v, &p.p, &e), -EMFILE);
	cr_assert_eq(e.req, CVMM_KVM_CREATE_VCPU);
	guest_close(&h);
	free(s.store);
	guest_close(&g);
	world_close(&a);
}

/* A vCPU's communication area cannot be mapped: that is the VMM's to know, and the machine is none the worse. */
Test(bad_host, B26_no_mapping)
{
	static const int errs[] = { ENOMEM, EAGAIN, ENFILE, EPERM };
	static struct planned p;
	struct cvmm_fault_rule rule = { .ops = CVMM_FAULT_MMAP, .times = CVMM_FAULT_FOR_EVER };
	struct cvmm_fault fault;
	struct cvmm_backend be;
	struct cvmm_run *run = NULL;
	struct world a;
	struct guest g, h;
	struct saved s, again;
	uint32_t i;
	int bytes;

	world_open(&a, HOST);
	guest_start(&g, &a, 1, PSCI, NULL, 0);
	guest_save(&g, &s);
	plan_on(&p, &s.v, &a, NULL);
	for (i = 0; i < sizeof(errs) / sizeof(errs[0]); i++) {
		rule.err = -errs[i];
		cr_assert_eq(cvmm_fault_init(&fault, &a.be, &rule, 1, &be, &e), 0);
		/* Neither a save nor a restore maps anything. */
		cr_assert_eq(guest_restore(&h, &a, &be, &s.v, &p.p, &e), 0);
		guest_save(&h, &again);
		cr_assert_eq(fault.matched[0], 0);
		bytes = cvmm_kvm_get_vcpu_mmap_size(h.kvm, &e);
		cr_assert_gt(bytes, 0);
		cr_assert_eq(cvmm_vcpu_map_run(h.vcpu[0], (size_t)bytes, &run, &e), -errs[i]);
		cr_assert(!run && e.err == -errs[i] && e.vcpu == h.vcpu[0].id && !h.gate.dead);
		fault.nrules = 0;
		cr_assert_eq(cvmm_vcpu_map_run(h.vcpu[0], (size_t)bytes, &run, &e), 0);
		cr_assert_eq(cvmm_vcpu_unmap_run(h.vcpu[0], run, (size_t)bytes), 0);
		run = NULL;
		free(again.store);
		guest_close(&h);
	}
	free(s.store);
	guest_close(&g);
	world_close(&a);
}

/* The process ends after any call of a restore: the file it came from is as it was, and restores. */
Test(bad_host, B27_the_process_ends_between_two_calls)
{
	_Alignas(16) static uint8_t file[1 << 16], back[1 << 16], store[1 << 18];
	static struct planned p;
	char name[] = "/tmp/cvmm-b27-XXXXXX";
	struct world a;
	struct guest g, h;
	struct saved s;
	struct cvmm_view v;
	size_t len;
	uint64_t at;
	int fd = mkstemp(name);

	cr_assert_geq(fd, 0);
	world_open(&a, HOST);
	guest_start(&g, &a, 1, PSCI, NULL, 0);
	guest_save(&g, &s);
	cr_assert_eq(cvmm_snapshot_write(&s.v, CVMM_FORMAT_NEWEST, file, sizeof(file), &len, &e), 0);
	cr_assert_eq(write(fd, file, len), (ssize_t)len);
	cr_assert_eq(cvmm_snapshot_read(file, len, store, sizeof(store), &v, &e), 0);
	plan_on(&p, &v, &a, NULL);
	for (at = 0; at < 700; at += 7) {
		pid_t child = fork();
		int status;

		if (child == 0) {
			struct cvmm_fault_rule rule = {
				.ops = CVMM_FAULT_IOCTL, .err = -EIO, .at = at, .times = 1, .after = 1
			};
			struct cvmm_fault fault;
			struct cvmm_backend be;

			/* Whatever the restore would do about it, the process is gone. */
			if (cvmm_fault_init(&fault, &a.be, &rule, 1, &be, &e) == 0)
				(void)guest_restore(&h, &a, &be, &v, &p.p, &e);
			_exit(0);
		}
		cr_assert_eq(waitpid(child, &status, 0), child);
		cr_assert_eq(pread(fd, back, sizeof(back), 0), (ssize_t)len);
		cr_assert_eq(memcmp(file, back, len), 0, "call %llu", (unsigned long long)at);
	}
	cr_assert_eq(guest_restore(&h, &a, NULL, &v, &p.p, &e), 0);
	guest_close(&h);
	(void)close(fd);
	(void)unlink(name);
	free(s.store);
	guest_close(&g);
	world_close(&a);
}
