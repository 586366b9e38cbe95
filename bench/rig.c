/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "rig.h"

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-sim/profiles.h>
#include <cvmm/snapshot/format.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void die(const char *what, const struct cvmm_error *e)
{
	fprintf(stderr, "bench: %s: %s (errno %d, register %016llx, phase %u)\n", what, cvmm_reason_text(e->reason),
		-e->err, (unsigned long long)e->id, e->phase);
	exit(1);
}

static void *storage(size_t bytes)
{
	void *p = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);

	if (!p) {
		fprintf(stderr, "bench: out of memory\n");
		exit(1);
	}
	return p;
}

static void parse_profile(struct rig *r, const char *name, const char *text, size_t len)
{
	struct cvmm_error e = { 0 };
	size_t bytes;

	if (!text || cvmm_profile_need(text, len, &bytes, &e) < 0 ||
		cvmm_profile_parse(text, len, storage(bytes), bytes, &r->profile, &e) < 0)
		die(name, &e);
}

static void load_profile(struct rig *r, const char *kernel)
{
	uint32_t i, n = cvmm_sim_profile_count();
	const char *text;
	size_t len;

	for (i = 0; i < n && strcmp(cvmm_sim_profile_name(i), kernel) != 0; i++)
		;
	text = cvmm_sim_profile_text(i, &len);
	parse_profile(r, kernel, text, len);
}

static void make_kvm(struct rig *r)
{
	struct cvmm_sim_config cfg = { .size = sizeof(cfg), .profile = &r->profile, .max_vcpus = r->nvcpus };
	struct cvmm_error e = { 0 };
	size_t bytes;

	if (cvmm_sim_need(&cfg, &bytes, &e) < 0 || cvmm_sim_init(&cfg, storage(bytes), bytes, &r->fresh, &e) < 0 ||
		cvmm_sim_clone(&r->fresh, storage(bytes), bytes, &r->work, &e) < 0)
		die("simulated KVM", &e);
}

static int host_ioctl(void *ctx, int fd, unsigned long req, uintptr_t arg)
{
	struct rig *r = ctx;

	if (req == CVMM_KVM_SET_ONE_REG)
		r->calls[CVMM_SIM_COUNT_SET_ONE_REG]++;
	else if (req == CVMM_KVM_GET_ONE_REG)
		r->calls[CVMM_SIM_COUNT_GET_ONE_REG]++;
	return cvmm_backend_dev_ioctl(NULL, fd, req, arg);
}

static int close_machine(struct rig *r)
{
	uint32_t i;

	for (i = 0; i < r->ncreated; i++)
		(void)cvmm_vcpu_close(&r->vcpu[i]);
	r->ncreated = 0;
	if (r->vm.be)
		(void)cvmm_vm_close(&r->vm);
	if (r->kvm.be)
		(void)cvmm_kvm_close(&r->kvm);
	r->vm.be = NULL;
	r->kvm.be = NULL;
	memset(r->calls, 0, sizeof(r->calls));
	return 0;
}

int rig_rewind(struct rig *r)
{
	return r->on_host ? close_machine(r) : cvmm_sim_rewind(&r->work, &r->fresh);
}

int rig_create(struct rig *r)
{
	struct cvmm_error e;

	if (cvmm_kvm_open(&r->work, &r->kvm, &e) < 0 || cvmm_kvm_create_vm(r->kvm, 0, &r->gate, &r->vm, &e) < 0 ||
		cvmm_vm_regs_init(&r->regs, r->vm, CVMM_DIALECT_VCPU, r->slot, CVMM_VM_SLOTS_MAX, &e) < 0 ||
		cvmm_machine_init(&r->machine, r->vm, &r->gate, &r->regs, &e) < 0)
		die("create", &e);
	return 0;
}

int rig_vcpus(struct rig *r)
{
	struct cvmm_error e;
	uint32_t i;

	for (i = 0; i < r->nvcpus; i++)
		if (cvmm_vm_create_vcpu(r->vm, i, &r->vcpu[i], &e) < 0)
			die("vCPU", &e);
	r->ncreated = r->nvcpus;
	return 0;
}

static int hand_over(struct rig *r, struct cvmm_error *e)
{
	return rig_vcpus(r) < 0 ? -1 : cvmm_machine_vcpus(&r->machine, r->vcpu, r->nvcpus, e);
}

int rig_start(struct rig *r)
{
	struct cvmm_error e = { 0 };

	if (rig_create(r) < 0 || cvmm_machine_early(&r->machine, &e) < 0 || hand_over(r, &e) < 0 ||
		cvmm_machine_start(&r->machine, r->features, NULL, 0, &r->profile, &e) < 0)
		die("start", &e);
	return 0;
}

int rig_restore(struct rig *r)
{
	struct cvmm_error e = { 0 };

	if (rig_create(r) < 0 || cvmm_apply_until(&r->machine, &r->view, &r->plan, CVMM_PHASE_VM, &e) < 0 ||
		hand_over(r, &e) < 0 || cvmm_apply_until(&r->machine, &r->view, &r->plan, CVMM_PHASE_DONE, &e) < 0)
		die("restore", &e);
	return 0;
}

uint64_t rig_count(struct rig *r, enum cvmm_sim_count which)
{
	uint64_t now[CVMM_SIM_NCOUNTS], before[CVMM_SIM_NCOUNTS];

	if (r->on_host)
		return r->calls[which];
	if (cvmm_sim_counts(&r->work, now) < 0 || cvmm_sim_counts(&r->fresh, before) < 0)
		return 0;
	return now[which] - before[which];
}

static void look_at_plan(struct rig *r)
{
	uint32_t i;

	r->vm_todo = storage(r->view.vm.n);
	r->vcpu_todo = storage(r->view.shape[0].regs.n);
	memset(r->vm_todo, 0, r->view.vm.n);
	memset(r->vcpu_todo, 0, r->view.shape[0].regs.n);
	for (i = 0; i < r->plan.n; i++) {
		const struct cvmm_step *s = &r->plan.step[i];

		if (s->item != CVMM_NO_ITEM)
			(s->scope == CVMM_SCOPE_VM ? r->vm_todo : r->vcpu_todo)[s->item] =
				(uint8_t)((s->write ? RIG_WRITE : 0u) | (s->verify ? RIG_VERIFY : 0u));
	}
}

static void make_snapshot(struct rig *r)
{
	struct cvmm_error e = { 0 };
	size_t size;

	(void)rig_rewind(r);
	(void)rig_start(r);
	if (cvmm_capture_need(&r->machine, &r->capture_bytes, &e) < 0)
		die("capture", &e);
	r->capture = storage(r->capture_bytes);
	if (cvmm_capture(&r->machine, &r->profile, r->profile.kernel, storage(r->capture_bytes), r->capture_bytes,
		    &r->view, &e) < 0)
		die("capture", &e);
	if (cvmm_snapshot_size(&r->view, CVMM_FORMAT_1_0, &size, &e) < 0)
		die("size", &e);
	r->file = storage(size);
	if (cvmm_snapshot_write(&r->view, CVMM_FORMAT_1_0, r->file, size, &r->file_bytes, &e) < 0)
		die("write", &e);
	r->plan = (struct cvmm_plan){ .step = storage(CVMM_PLAN_STEPS_MAX * sizeof(struct cvmm_step)),
		.cap = CVMM_PLAN_STEPS_MAX };
	if (cvmm_plan_make(&r->view, &r->profile, NULL, &r->plan, &e) < 0)
		die("plan", &e);
	if (r->plan.nrefused) {
		fprintf(stderr, "bench: a host refuses its own snapshot\n");
		exit(1);
	}
	look_at_plan(r);
}

static void begin(struct rig *r, uint32_t nvcpus, uint64_t features)
{
	memset(r, 0, sizeof(*r));
	r->nvcpus = nvcpus;
	r->features = features;
	r->vcpu = storage(nvcpus * sizeof(*r->vcpu));
}

void rig_open(struct rig *r, const char *kernel, uint32_t nvcpus, uint64_t features)
{
	begin(r, nvcpus, features);
	load_profile(r, kernel);
	make_kvm(r);
	make_snapshot(r);
}

void rig_open_host(struct rig *r, const char *profile, uint32_t nvcpus, uint64_t features)
{
	char *text = storage(CVMM_PROFILE_BYTES_MAX);
	FILE *f = fopen(profile, "rb");
	size_t len = f ? fread(text, 1, CVMM_PROFILE_BYTES_MAX, f) : 0;

	begin(r, nvcpus, features);
	parse_profile(r, profile, len ? text : NULL, len);
	fclose(f);
	free(text);
	r->on_host = 1;
	/* The device's other operations do not look at their context. */
	r->ops = *cvmm_backend_dev()->ops;
	r->ops.ioctl = host_ioctl;
	r->work = (struct cvmm_backend){ .ops = &r->ops, .ctx = r };
	make_snapshot(r);
}

void rig_close(struct rig *r)
{
	if (r->on_host)
		(void)close_machine(r);
	free(r->vcpu);
	free(r->file);
	free(r->capture);
	free(r->plan.step);
	free(r->vm_todo);
	free(r->vcpu_todo);
	memset(r, 0, sizeof(*r));
}
