/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: simulated hosts and guests for tests
 *
 * A world is a host: a recorded kernel and the simulated KVM made from it. A guest is a machine on it. Everything comes
 * from malloc; a call that fails where a test cannot go on ends the test.
 */
#ifndef CVMM_TESTS_WORLD_H
#define CVMM_TESTS_WORLD_H

#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-sim/fault.h>
#include <cvmm/kvm-sim/sim.h>
#include <cvmm/snapshot/machine.h>

#define WORLD_VCPUS 64u
#define PSCI	    CVMM_ARM64_FEATURE_PSCI_0_2
#define PMU	    CVMM_ARM64_FEATURE_PMU_V3
#define SVE	    CVMM_ARM64_FEATURE_SVE
#define PAUTH	    (CVMM_ARM64_FEATURE_PTRAUTH_ADDRESS | CVMM_ARM64_FEATURE_PTRAUTH_GENERIC)

struct world {
	struct cvmm_profile profile;
	struct cvmm_backend be;
	struct cvmm_sim_config config;
	void *profile_store;
	void *sim_store;
	const char *name;
	uint32_t vgic;	/* its guests have an interrupt controller with so many interrupts; 0: none */
	uint32_t leave; /* and keep it to themselves */
	uint32_t delta; /* enum cvmm_delta of the restores into it, with the reset values of its profile or of @reset */
	const struct cvmm_profile *reset;
	void (*spread)(void *ctx, uint32_t n, void (*one)(void *work, uint32_t i), void *work);
};

/* Where a guest's interrupt controller is. */
#define WORLD_GICD UINT64_C(0x08000000)
#define WORLD_GICR UINT64_C(0x080a0000)
#define WORLD_GITS UINT64_C(0x08080000)

struct guest {
	struct world *world;
	struct cvmm_kvm kvm;
	struct cvmm_gate gate;
	struct cvmm_vm vm;
	struct cvmm_vm_regs regs;
	struct cvmm_vm_slot slot[CVMM_VM_SLOTS_MAX];
	struct cvmm_vcpu vcpu[WORLD_VCPUS];
	struct cvmm_machine m;
	struct cvmm_device gic;
	struct cvmm_device its;
	uint32_t nvcpus;
	uint32_t own; /* a call of the test's own failed, none of the library's */
};

struct saved {
	struct cvmm_view v;
	void *store;
};

struct planned {
	struct cvmm_plan p;
	struct cvmm_step step[CVMM_PLAN_STEPS_MAX];
};

/** world_open() - a host: "6.18.15-neoverse-n1". */
void world_open(struct world *w, const char *name);
/** world_open_for() - a host for one VM of so many vCPUs: small, for tests that set it back a thousand times. */
void world_open_for(struct world *w, const char *name, uint32_t vcpus);
/** world_open_text() - a host whose profile is this text. */
void world_open_text(struct world *w, const char *name, const char *text, size_t len, uint32_t vcpus);
/** world_text() - the text of a recorded host's profile. */
const char *world_text(const char *name, size_t *len);
void world_close(struct world *w);

/** guest_open() - a VM with @n vCPUs, created; the machine stands after CVMM_PHASE_VCPUS. Through @be, or the world's. */
int guest_open(struct guest *g, struct world *w, const struct cvmm_backend *be, uint32_t n, struct cvmm_error *e);

/** guest_start() - a new guest with a baseline, with values of its own in its registers. */
void guest_start(
	struct guest *g, struct world *w, uint32_t n, uint64_t features, const struct cvmm_pair *pin, uint32_t npin);

/** guest_fill() - deterministic values in general registers, vector registers, timers and the PMU. */
void guest_fill(struct guest *g);

/** guest_init_vgic() - INIT of its interrupt controller, if it has one, when all vCPUs are initialised. */
int guest_init_vgic(struct guest *g, struct cvmm_error *e);

/** guest_fill_vgic() - values of its own in the interrupt controller: @seed tells guests apart. */
void guest_fill_vgic(struct guest *g, uint32_t seed);
void guest_close(struct guest *g);

/** guest_save() - a view of it; free() store. */
void guest_save(const struct guest *g, struct saved *s);
int guest_save_e(const struct guest *g, struct saved *s, struct cvmm_error *e);

/** guest_restore() - a VM of its own on @w, through @be or the world's, as the plan says. */
int guest_restore(struct guest *g, struct world *w, const struct cvmm_backend *be, const struct cvmm_view *v,
	const struct cvmm_plan *p, struct cvmm_error *e);

/** plan_on() - judge. */
void plan_on(struct planned *p, const struct cvmm_view *v, const struct world *w, const struct cvmm_rules *mine);

/** step_of() - the step of a register in shape 0 or of the VM; NULL if there is none. */
const struct cvmm_step *step_of(const struct planned *p, uint64_t id);
uint32_t steps_with(const struct planned *p, uint64_t id);

/** print_plan() - what is not exact, for a failing test's reader. */
void print_plan(const struct planned *p);

/** vm_value() - a VM-owned register of a view. */
uint64_t vm_value(const struct cvmm_view *v, uint64_t id);
uint64_t vcpu_value(const struct cvmm_view *v, uint64_t id, uint32_t col);

/** set_value() - changes a view in place. */
void set_value(const struct cvmm_view *v, uint64_t id, uint32_t col, uint64_t value);

/** pair_sort() - ascending by id. */
void pair_sort(struct cvmm_pair *p, uint32_t n);

/**
 * guests_see_the_same() - ID registers as MRS reads them, and every hypercall that both profiles know
 *
 * Return: 0, or the register's id or the function's number that differs; says which on stderr.
 */
uint64_t guests_see_the_same(const struct guest *a, const struct guest *b);

/** views_equal() - same registers, same values under the rows' masks; counters may run on. Return: 0 or the id. */
uint64_t views_differ(const struct cvmm_view *a, const struct cvmm_view *b);

#endif
