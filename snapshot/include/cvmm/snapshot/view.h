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
#define CVMM_SNAPSHOT_BYTES_MAX	   (64u << 20) /* of a snapshot, and of all columns together */
#define CVMM_SNAPSHOT_REGS_MAX	   4096u       /* of the VM, of one shape, and guest-seen values */
#define CVMM_SNAPSHOT_SHAPES_MAX   64u
#define CVMM_SNAPSHOT_CAPS_MAX	   1024u
#define CVMM_SNAPSHOT_SLOTS_MAX	   32768u
#define CVMM_SNAPSHOT_SECTIONS_MAX 256u
#define CVMM_SNAPSHOT_NAME_MAX	   63u
#define CVMM_SNAPSHOT_VCPU_ID_MAX  65535u
#define CVMM_SNAPSHOT_BLOCK_MAX	   65536u /* bytes of one value whose id does not tell its size */
#define CVMM_SNAPSHOT_ADDRESS_MAX  (UINT64_C(1) << 56)

/**
 * cvmm_reg_is_block() - does the size field of @id say that the size is given beside the id?
 *
 * So for state blocks that KVM moves by ioctls of their own and whose size the host decides (XSAVE2, nested state).
 * Return: 1 or 0.
 */
static inline int cvmm_reg_is_block(uint64_t id)
{
	return (id >> 52 & 15) == 15;
}

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
 * @slot:  KVM's slot number: address space (0 or 1) in bits 31:16, slot in bits 15:0
 * @flags: KVM_MEM_... flags: 1 log dirty pages, 2 read only, 4 guest_memfd
 * @gpa:   guest physical address, a multiple of 4096
 * @bytes: size, a multiple of 4096, not 0
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
 * enum cvmm_clock_policy - what becomes of the guest's time while it is saved
 * @CVMM_CLOCK_NOT_SAID: nobody decided
 * @CVMM_CLOCK_STOP:     it stands still
 * @CVMM_CLOCK_CONTINUE: it goes on: a restore adds the time that passed since the save
 */
enum cvmm_clock_policy {
	CVMM_CLOCK_NOT_SAID = 0,
	CVMM_CLOCK_STOP = 1,
	CVMM_CLOCK_CONTINUE = 2,
};

/**
 * struct cvmm_clock - the caller's choice about time, recorded
 * @policy:   enum cvmm_clock_policy
 * @zero:     0
 * @saved_ns: time of the save in nanoseconds since 1970-01-01 UTC, 0 if not recorded; CVMM_CLOCK_CONTINUE needs it
 *
 * Format 1.1 only. All zero: nothing is recorded.
 */
struct cvmm_clock {
	uint32_t policy;
	uint32_t zero;
	uint64_t saved_ns;
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
 * @slot:    memory slots, ascending by address space, then by address
 * @extra:   sections of the embedding VMM, ascending by type
 * @clock:   the choice about time
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
	struct cvmm_clock clock;
};

/**
 * cvmm_view_check() - does a view keep the rules of this header and of FORMAT.md?
 * @v: the view
 * @e: receives the error, or NULL: section is the type of the section it would stand in, offset the byte in it
 *
 * The one statement of the rules: the reader applies it to what it decoded, the writer to what it is given, the plan to
 * what it judges. Takes no storage and time linear in the size of the view. Return: 0; -EINVAL with the reason;
 * -E2BIG with CVMM_REASON_LIMIT.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_view_check(const struct cvmm_view *v, struct cvmm_error *e);

/**
 * cvmm_view_extras() - may a VMM that knows these sections go on with the view?
 * @v:    the view
 * @type: section types that the VMM knows; NULL for none
 * @n:    their number
 * @e:    receives the error, or NULL: section is the type
 *
 * The reader cannot know which embedder sections its caller understands, so whoever restores asks this first. Return:
 * 0, or -EPROTONOSUPPORT with CVMM_REASON_SECTION_UNKNOWN for a critical section that is not in @type.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_view_extras(
	const struct cvmm_view *v, const uint32_t *type, uint32_t n, struct cvmm_error *e);

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
	const struct cvmm_pair *pin, uint32_t npin, void *store, size_t cap, struct cvmm_view *out,
	struct cvmm_error *e);

/**
 * cvmm_view_fresh_wide() - the same guest with a baseline's wide values
 * @v:    what cvmm_view_fresh() gave; its values, in the storage that it was given, are changed
 * @host: the host
 * @pin:  values of registers of more than 64 bits (SVE_VLS, CPUID leaves), ascending by id
 * @npin: their number
 * @e:    receives the error, or NULL
 *
 * Of CPUID a guest has the leaves that it is given: those that @pin does not name become zeroes. Return: 0; -EINVAL with the
 * reason for which the host cannot give its guests a value.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_view_fresh_wide(struct cvmm_view *v, const struct cvmm_profile *host,
	const struct cvmm_wide *pin, uint32_t npin, struct cvmm_error *e);

/** CVMM_VIEW_FRESH_BYTES: storage that cvmm_view_fresh() never exceeds. */
#define CVMM_VIEW_FRESH_BYTES (64u << 10)

CVMM_END_DECLS

#endif
