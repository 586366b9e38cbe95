/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A program that asks a simulated KVM what the probes asked the real ones, and prints the answers in the same form. */
#ifndef REPLAY_H
#define REPLAY_H

#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/arm64.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-sim/sim.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned long long ull;

#define FW(n)	 (CVMM_ARM64_FW | (n))
#define BM(n)	 (CVMM_ARM64_FW_BMAP | (n))
#define SYS(...) CVMM_ARM64_SYS(__VA_ARGS__)
#define VLS	 CVMM_ARM64_SVE_VLS
#define R_MAX	 4096u

struct machine {
	int fd, gic, v[3];
	int err; /* errno of the step that failed */
	const char *where;
};

struct world {
	struct cvmm_backend be;
	int kvm;
};

const char *ename(int err);
int req(struct world *w, int fd, unsigned long what, const void *arg);
int req_int(struct world *w, int fd, unsigned long what, uintptr_t arg);
int get(struct world *w, int v, uint64_t id, uint8_t val[256]);
int set(struct world *w, int v, uint64_t id, const uint8_t *val);
int get64(struct world *w, int v, uint64_t id, uint64_t *val);
int set64(struct world *w, int v, uint64_t id, uint64_t val);
int attr(struct world *w, int fd, unsigned long what, uint32_t group, uint64_t at, const void *val);
int list(struct world *w, int v, uint64_t *ids, uint32_t *n);
void drop(struct world *w, struct machine *m);

const char *hex(const uint8_t *b, uint32_t n);

/* The register probe: a feature set, and the capabilities that it takes. */
struct variant {
	const char *name;
	uint32_t features;
	int gic;
	uint32_t caps[4];
};
#define PROBE_VARIANTS 9u
extern const struct variant probe_variants[PROBE_VARIANTS];

/* Called between INIT and FINALIZE. */
typedef void before_final(struct world *w, int v, void *arg);

int probe_make(struct world *w, struct machine *m, const struct variant *a, before_final *fn, void *arg);
int probe_offers(struct world *w, const struct variant *a);
void probe_scopes(struct world *w);
void probe_restore(struct world *w, const char *ref, const char *path, const struct variant *a);

/* The guest probe: one vCPU with memory and a VGICv3. */
#define GPA UINT64_C(0x40000000)
int guest_init(struct world *w, int vm, int v, uint32_t features);
void guest_gic_init(struct world *w, const struct machine *m);
int guest_make(struct world *w, struct machine *m, uint32_t features, int start_gic);
int guest_run(struct world *w, const struct machine *m);
void guest_mmio(struct world *w, const struct machine *m, const char *var, int all);
void guest_counter(struct world *w);
void guest_iidr(struct world *w);

void probe(struct world *w, const char *dir, int nrefs, char **refs);
void probe_riscv(struct world *w);
void guest(struct world *w, const char *recording);

#endif
