/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The differential run: the same calls to the simulated KVM and to the real one, side by side. A side is one KVM with one
 * VM in it; an operation is performed on one side at a time and leaves its answer where the other side's can be compared.
 */
#ifndef LIVE_DIFF_H
#define LIVE_DIFF_H

#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/arm64.h>
#include <cvmm/kvm-ioctls/exit.h>
#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/regset.h>

#define DIFF_VCPUS 4
#define DIFF_BYTES 4096
#define DIFF_LIST  1024
#define DIFF_IDS   512

/*
 * What some kernel does not survive, so that nothing could be asked after it:
 * AVOID_DUP_VCPU: KVM_CREATE_VCPU with a known id once a redistributor has its place leaves a freed vCPU on the MMIO bus.
 * AVOID_LATE_GIC: a VGIC made after a KVM_RUN without one that failed late is reset, in KVM_ARM_VCPU_INIT, before it is
 * initialised: a NULL pointer.
 */
#define AVOID_DUP_VCPU 1u
#define AVOID_LATE_GIC 2u

/* One of the two KVMs. */
struct side {
	const char *name;
	struct cvmm_backend be;
	int kvm, vm, gic;
	int vcpu[DIFF_VCPUS];
	void *run[DIFF_VCPUS];
	int run_bytes;
	int redist,
		refused; /* of this VM: a redistributor has its place; KVM_RUN was refused while there was no VGIC */
	uint8_t id[DIFF_IDS], ran[DIFF_VCPUS];
};

/* What a call answered: return value, and bytes where there are any. @mask: bits of the first 8 that are compared. */
struct answer {
	int ret;
	uint32_t bytes;
	uint64_t mask;
	uint8_t data[DIFF_BYTES + 8];
};

/* A call, drawn at random once and made on both sides. */
struct call {
	uint32_t op;
	uint32_t vcpu;
	uint64_t id;
	uint64_t value;
	uint64_t extra;
	uint8_t data[CVMM_REG_BYTES_MAX];
};

/* What the random draws know: ids that some vCPU lists, features worth trying. */
struct world {
	uint64_t seed;
	const uint64_t *id;
	uint32_t nids;
	const uint64_t *features;
	uint32_t nfeatures;
	uint32_t avoid;
	struct side *real; /* values to start from are read here */
};

struct op {
	const char *name;
	uint32_t weight;
	void (*draw)(struct world *w, struct call *c);
	void (*make)(struct side *s, const struct call *c, struct answer *a);
};

extern const struct op ops[];
extern const uint32_t nops;

uint64_t draw(struct world *w);
uint32_t draw_below(struct world *w, uint32_t n);

/* diff_ops.c */
void diff_any_vcpu(struct world *w, struct call *c);
int diff_vcpu_fd(const struct side *s, const struct call *c);
void diff_done(struct answer *a, int ret);
void diff_with_data(struct answer *a, int ret, const void *data, uint32_t bytes);

/* diff_regs.c */
void diff_draw_reg(struct world *w, struct call *c);
void diff_draw_set(struct world *w, struct call *c);
void diff_make_get(struct side *s, const struct call *c, struct answer *a);
void diff_make_set(struct side *s, const struct call *c, struct answer *a);
void diff_make_every(struct side *s, const struct call *c, struct answer *a);

/* A VM without vCPUs on this side; the old one is closed. */
int side_reset(struct side *s);
int side_ioctl(const struct side *s, int fd, unsigned long req, const void *arg);

#endif
