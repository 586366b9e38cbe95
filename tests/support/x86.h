/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: simulated x86_64 hosts and guests for tests: a recorded kernel, a machine with everything that it can have
 */
#ifndef CVMM_TESTS_X86_H
#define CVMM_TESTS_X86_H

#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/x86-kvm.h>
#include <cvmm/kvm-sim/fault.h>
#include <cvmm/kvm-sim/sim.h>
#include <cvmm/snapshot/machine.h>

#define X86_VCPUS 4u
#define X86_STEPS 2048u

struct x86_world {
	struct cvmm_profile profile;
	struct cvmm_backend be;
	struct cvmm_sim_config config;
	void *profile_store;
	void *sim_store;
};

struct x86_guest {
	struct cvmm_kvm kvm;
	struct cvmm_gate gate;
	struct cvmm_vm vm;
	struct cvmm_vm_regs regs;
	struct cvmm_vm_slot slot[CVMM_VM_SLOTS_MAX];
	struct cvmm_vcpu vcpu[X86_VCPUS];
	struct cvmm_machine m;
	uint32_t nvcpus;
	uint32_t own; /* a call of the test's own failed, none of the library's */
	uint64_t scratch[CVMM_MACHINE_X86_BYTES / 8] __attribute__((aligned(16)));
};

struct x86_saved {
	struct cvmm_view v;
	void *store;
};

struct x86_planned {
	struct cvmm_plan p;
	struct cvmm_step step[X86_STEPS];
};

/** x86_world_open() - a recorded host: "6.12.117-svm". */
void x86_world_open(struct x86_world *w, const char *name);
void x86_world_close(struct x86_world *w);

/** x86_guest_start() - a new guest with interrupt controllers, timer and @n vCPUs with values of their own; 0 or -errno */
int x86_guest_start(struct x86_guest *g, const struct x86_world *w, const struct cvmm_backend *be, uint32_t n,
	struct cvmm_error *e);
void x86_guest_close(struct x86_guest *g);

/** x86_guest_save() - a view of it; free() store; 0 or -errno */
int x86_guest_save(const struct x86_guest *g, const struct x86_world *w, struct x86_saved *s, struct cvmm_error *e);

/** x86_guest_restore() - a VM of its own, through @be or the world's, as the plan says. */
int x86_guest_restore(struct x86_guest *g, const struct x86_world *w, const struct cvmm_backend *be,
	const struct cvmm_view *v, const struct cvmm_plan *p, struct cvmm_error *e);

/** x86_plan_on() - judge. */
void x86_plan_on(struct x86_planned *p, const struct cvmm_view *v, const struct x86_world *w);
const struct cvmm_step *x86_step_of(const struct x86_planned *p, uint64_t id);
/** x86_refusals() - how many; each is named on stderr if there are others than @expected. */
uint32_t x86_refusals(const struct x86_planned *p, uint32_t expected);

/** x86_views_differ() - the first id that differs, without what runs by itself; 0: none */
uint64_t x86_views_differ(const struct cvmm_view *a, const struct cvmm_view *b);

/** x86_value() - a value of a view, to be looked at or changed in place; NULL if it has none */
uint8_t *x86_value(const struct cvmm_view *v, uint64_t id, uint32_t col, uint32_t *size);

#endif
