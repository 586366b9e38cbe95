/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What captures and fresh guests share: carving the caller's storage, and lists of register ids. */
#ifndef CVMM_SNAPSHOT_CAPTURE_PARTS_H
#define CVMM_SNAPSHOT_CAPTURE_PARTS_H

#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/snapshot/machine.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

struct machine_arch;

/* Longest list that anybody here reads; one word more for the kernel. */
#define LIST_MAX   CVMM_SNAPSHOT_REGS_MAX
#define LIST_WORDS (LIST_MAX + 1)

/*
 * The caller's storage, handed out piece by piece. Without storage it only counts, so that "how much?" and "do it" are
 * the same code.
 */
struct carve {
	uint8_t *base;
	size_t used;
	size_t cap;
};

/* NULL if it does not fit, or if only counting; @used always tells what would be enough. */
void *cvmm_carve(struct carve *c, size_t n, size_t bytes);

/* One capture under way. Pointers are NULL while only the storage is counted. */
struct capture {
	const struct cvmm_machine *m;
	const struct machine_arch *arch;
	const struct cvmm_profile *host;
	struct carve mem;
	struct cvmm_pair *cap;
	struct cvmm_pair *seen;
	struct cvmm_item *vm_item;
	uint8_t *vm_col;
	struct cvmm_shape *shape;
	struct cvmm_item *item;
	uint8_t *col;
	uint32_t *vcpu_id;
	struct cvmm_vcpu_ref *ref;
	uint32_t ncaps;
	uint32_t nseen;
	uint32_t nvm;
	uint32_t vm_stride;
	uint32_t n;
	uint32_t stride;
	struct cvmm_vcpu_regs regs; /* what is read of each vCPU */
	/*
	 * Shapes: vCPUs of the same features, ascending. @item to @stride are those of the one under way, @at, and @lead is
	 * its first vCPU.
	 */
	uint64_t set[CVMM_SNAPSHOT_SHAPES_MAX];
	uint64_t shared; /* features that all have */
	uint32_t nshapes;
	uint32_t at;
	uint32_t lead;
	uint32_t column;  /* of the vCPU under way */
	uint32_t nplaced; /* vCPUs whose shape has its place */
	/* Register lists: their lengths by shape, registers that only the caller's rows know. */
	uint32_t nlist[CVMM_SNAPSHOT_SHAPES_MAX];
	struct cvmm_item *foreign;
	uint32_t nforeign;
	/* arm64's: what the first vCPU showed, for the last one to agree with. */
	struct cvmm_pair *agree;
	uint32_t nown;
	uint32_t nagree;
	uint32_t banks; /* of 32 interrupts */
	uint32_t aprs;	/* registers of active priorities */
	uint8_t pvtime;
};

/* The storage does not suffice, or there is none: only counting. */
static inline int cvmm_capture_misses(const struct capture *c)
{
	return !c->mem.base || c->mem.used > c->mem.cap;
}

/* Everything that storage is needed for; @id is what the architecture's items() is given. */
int cvmm_capture_lay_out(struct capture *c, const uint64_t *id, uint32_t n, struct cvmm_error *e);
/* The feature set that vCPU @i was initialised with. */
static inline uint64_t cvmm_machine_features(const struct cvmm_machine *m, uint32_t i)
{
	return m->each ? m->each[i] : m->features;
}

/* The host's answers for this machine's features, or NULL. */
const struct cvmm_variant *cvmm_capture_variant(const struct capture *c);

/* The ids of a vCPU's registers, ascending. @buf has LIST_WORDS words; the ids start at buf[1]. */
int cvmm_list_read(struct cvmm_vcpu vcpu, uint64_t *buf, uint32_t cap, uint32_t *n, struct cvmm_error *e);
void cvmm_list_sort(uint64_t *id, uint32_t n);
/* Ascending, so a look-up is a binary search at worst; @hint begins as 0 and is for the next one. */
int cvmm_list_has(const uint64_t *id, uint32_t n, uint64_t want, uint32_t *hint);

/* Puts an item at the end of a list that is being built. Values follow one another without gaps, as in a snapshot. */
void cvmm_item_append(struct cvmm_item *item, uint32_t *n, uint32_t *stride, uint64_t id);
/* For a block, whose id does not tell its size. */
void cvmm_item_append_sized(struct cvmm_item *item, uint32_t *n, uint32_t *stride, uint64_t id, uint32_t bytes);

#endif
