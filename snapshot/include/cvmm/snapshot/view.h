/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: a view: what a machine is and holds, wherever it comes from
 *
 * A snapshot file that was read, a live capture and the fresh guest of a host profile all become a view, so that one
 * plan() judges all three. Ids stand once, values in columns: VM-owned ones once, vCPU-owned ones in a column per vCPU.
 * Pure: no Linux header, no ioctl.
 */
#ifndef CVMM_SNAPSHOT_VIEW_H
#define CVMM_SNAPSHOT_VIEW_H

#include <cvmm/kvm-ioctls/error.h>
#include <cvmm/kvm-ioctls/profile.h>
#include <cvmm/kvm-ioctls/regset.h>

CVMM_BEGIN_DECLS

/** Hard limits of the format (FORMAT.md), checked before anything is sized from input. */
#define CVMM_SNAPSHOT_BYTES_MAX    (64u << 20)
#define CVMM_SNAPSHOT_REGS_MAX     4096u
#define CVMM_SNAPSHOT_SHAPES_MAX   64u
#define CVMM_SNAPSHOT_CAPS_MAX     1024u
#define CVMM_SNAPSHOT_SLOTS_MAX    32768u
#define CVMM_SNAPSHOT_SECTIONS_MAX 256u
#define CVMM_SNAPSHOT_NAME_MAX     63u

/**
 * struct cvmm_shape - vCPUs that have the same registers
 * @features: their vCPU feature set
 * @regs:     register list, and one column per vCPU of this shape
 * @vcpu_id:  regs.ncols vCPU ids, in the order of the columns
 */
struct cvmm_shape {
	uint64_t features;
	struct cvmm_regset regs;
	const uint32_t *vcpu_id;
};

/**
 * struct cvmm_vcpu_ref - one vCPU of a view
 * @id:    its vCPU id
 * @shape: index of its shape
 * @col:   its column in that shape
 */
struct cvmm_vcpu_ref {
	uint32_t id;
	uint32_t shape;
	uint32_t col;
};

/**
 * struct cvmm_memslot - a memory slot, described; RAM contents are the caller's
 * @slot:  slot number
 * @flags: KVM_MEM_... flags
 * @gpa:   guest physical address
 * @bytes: size
 */
struct cvmm_memslot {
	uint32_t slot;
	uint32_t flags;
	uint64_t gpa;
	uint64_t bytes;
};

/**
 * struct cvmm_extra - a section of the embedding VMM
 * @type:     section type, CVMM_SECTION_EMBEDDER or above
 * @version:  the embedder's own version
 * @critical: 1: a reader that does not know it must refuse the snapshot
 * @zero:     0
 * @data:     contents
 * @bytes:    their size
 */
struct cvmm_extra {
	uint32_t type;
	uint16_t version;
	uint8_t critical;
	uint8_t zero;
	const uint8_t *data;
	size_t bytes;
};

/**
 * struct cvmm_view - a machine's state
 * @arch:    enum cvmm_arch
 * @format:  format version it was read from, major << 16 | minor; 0 for a live capture or a fresh guest
 * @ncaps:   number of capabilities
 * @nseen:   number of guest-seen values
 * @nshapes: number of shapes, at least 1
 * @nvcpus:  number of vCPUs, at least 1
 * @nslots:  number of memory slots
 * @nextra:  number of sections of the embedding VMM
 * @skipped: optional sections that the reader did not know and left out
 * @zero:    0
 * @kernel:  release of the kernel it was taken on, zero-terminated; for people, never compared
 * @writer:  program that wrote it, zero-terminated; for people
 * @cap:     what the source answered to KVM_CHECK_EXTENSION; ascending
 * @seen:    VM-owned registers that the guest saw with another value than ONE_REG gave; ascending
 * @vm:      VM-owned registers and properties: one column
 * @shape:   the shapes, ascending by features, then by register list
 * @vcpu:    the vCPUs in the order in which they have to be created
 * @slot:    memory slots, ascending by slot number
 * @extra:   sections of the embedding VMM, ascending by type
 *
 * Points into storage of the caller (for a file of format 1.0 partly into the file itself).
 */
struct cvmm_view {
	uint32_t arch;
	uint32_t format;
	uint32_t ncaps;
	uint32_t nseen;
	uint32_t nshapes;
	uint32_t nvcpus;
	uint32_t nslots;
	uint32_t nextra;
	uint32_t skipped;
	uint32_t zero;
	const char *kernel;
	const char *writer;
	const struct cvmm_pair *cap;
	const struct cvmm_pair *seen;
	struct cvmm_regset vm;
	const struct cvmm_shape *shape;
	const struct cvmm_vcpu_ref *vcpu;
	const struct cvmm_memslot *slot;
	const struct cvmm_extra *extra;
};

/**
 * cvmm_view_fresh() - the machine that a new guest gets on a host
 * @host:     the host's profile
 * @features: vCPU feature set; one of the profile's variants
 * @pin:      values of a baseline that are pinned at start, ascending; registers that the host lacks are left out
 * @npin:     their number
 * @store:    storage, aligned to 16 bytes
 * @cap:      its size; CVMM_VIEW_FRESH_BYTES is always enough
 * @out:      receives the view: one vCPU with reset values
 * @e:        receives the error, or NULL
 *
 * Return: 0; -ENOENT with CVMM_REASON_NO_VARIANT; -E2BIG (other: the bytes needed).
 */
CVMM_API CVMM_MUST_CHECK int cvmm_view_fresh(const struct cvmm_profile *host, uint64_t features,
	const struct cvmm_pair *pin, uint32_t npin, void *store, size_t cap, struct cvmm_view *out, struct cvmm_error *e);

/** CVMM_VIEW_FRESH_BYTES: storage that cvmm_view_fresh() never exceeds. */
#define CVMM_VIEW_FRESH_BYTES (64u << 10)

CVMM_END_DECLS

#endif
