/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: host profiles: what a host answered, without judgement
 *
 * A host profile is a text file, one fact per line, made to be kept in git; fleet/PROFILE.md documents every kind of
 * line. Here are its type, its reader and its writer. Decisions (may a guest move there?) are made elsewhere, from
 * these facts and never from the kernel's version number. Pure: no Linux header, no ioctl.
 */
#ifndef CVMM_KVM_IOCTLS_PROFILE_H
#define CVMM_KVM_IOCTLS_PROFILE_H

#include <cvmm/kvm-ioctls/error.h>
#include <cvmm/kvm-ioctls/regset.h>

CVMM_BEGIN_DECLS

/** Longest accepted "kernel" and "cpu" values, without the terminating zero. */
#define CVMM_PROFILE_NAME_MAX 63u

/** CVMM_PROFILE_BYTES_MAX: longer texts are refused before anything is sized from them. */
#define CVMM_PROFILE_BYTES_MAX (16u << 20)

/**
 * struct cvmm_hvc - what a guest got from one hypercall
 * @fn:  the SMCCC function id, x0
 * @arg: the first argument, x1
 * @x:   x0 to x3 as returned
 *
 * Ascending by @fn, then @arg. CVMM_HVC_ANY in @x says that the register held a value that differs from call to call.
 */
struct cvmm_hvc {
	uint64_t fn;
	uint64_t arg;
	uint64_t x[4];
};

/** CVMM_HVC_ANY: this returned register is not the same every time (a time stamp, random bits). */
#define CVMM_HVC_ANY UINT64_C(0xa11a11a11a11a11a)

/**
 * struct cvmm_variant - what the host answered for one set of vCPU features
 * @features: bit n is KVM_ARM_VCPU feature n; POWER_OFF never set
 * @regs:     register list of a fresh vCPU with reset values: one column
 * @guest:    registers that the guest itself read as another value than ONE_REG gives, and those that it can read and
 *            ONE_REG does not have (CNTFRQ_EL0, DCZID_EL0, ...); ascending
 * @nguest:   their number
 * @nhvc:     number of hypercall answers
 * @hvc:      what a guest of this variant got from hypercalls; 0 if no guest was run
 */
struct cvmm_variant {
	uint64_t features;
	struct cvmm_regset regs;
	const struct cvmm_pair *guest;
	uint32_t nguest;
	uint32_t nhvc;
	const struct cvmm_hvc *hvc;
};

/**
 * struct cvmm_profile - a host profile
 * @arch:      enum cvmm_arch
 * @ncaps:     number of capabilities
 * @ntraits:   number of traits
 * @nmasks:    number of writable masks
 * @nlower:    number of "lower" facts
 * @nbits:     number of "bits" facts
 * @nvariants: number of variants
 * @nskipped:  lines of the text that start with x- and were skipped
 * @kernel:    release of the kernel, zero-terminated ("6.1.192"); for people, never compared
 * @cpu:       name of the CPU model, zero-terminated; for people
 * @cap:       KVM_CHECK_EXTENSION: number, value; ascending; zeroes left out
 * @trait:     enum cvmm_trait, value; ascending
 * @mask:      writable bits of ID registers, where the kernel tells them (KVM_ARM_GET_REG_WRITABLE_MASKS)
 * @lower:     per ID register, the 4-bit fields in which a smaller value was tried and accepted (0xf per field)
 * @bits:      per bitmap register, the bits that were tried one by one and accepted
 * @variant:   ascending by features
 *
 * Everything points into the storage that cvmm_profile_parse() was given.
 */
struct cvmm_profile {
	uint32_t arch;
	uint32_t ncaps;
	uint32_t ntraits;
	uint32_t nmasks;
	uint32_t nlower;
	uint32_t nbits;
	uint32_t nvariants;
	uint32_t nskipped;
	const char *kernel;
	const char *cpu;
	const struct cvmm_pair *cap;
	const struct cvmm_pair *trait;
	const struct cvmm_pair *mask;
	const struct cvmm_pair *lower;
	const struct cvmm_pair *bits;
	const struct cvmm_variant *variant;
};

/*
 * Traits: behaviour that no register list shows, measured on the host or taken from a recording. One line each:
 * X(SYMBOL, number, "name-in-the-text", "what the value means").
 */
/* clang-format off */
#define CVMM_TRAITS(X) \
	X(UNIFIED_FEATURES, 1, "unified-features", "1: a second vCPU with other features is refused (EINVAL); 0: accepted") \
	X(ID_FROZEN,        2, "id-frozen", "1: ID registers (x86_64: CPUID) cannot be changed once a vCPU ran; 0: as before the run") \
	X(PMU_CLR,          3, "pmu-clr", "write through a PMU ...CLR name: 0 stores the value, 1 clears bits, 2 sets bits") \
	X(IIDR_ACCEPT,      4, "iidr-accept", "bit n: GICD_IIDR revision n is accepted by SET_DEVICE_ATTR") \
	X(IIDR_KEEP,        5, "iidr-keep", "bit n: GICD_IIDR revision n reads back after it was accepted") \
	X(IIDR_EARLY,       6, "iidr-early", "1: GICD_IIDR can be read and written before the GIC is initialised, events (kvm-sim) only after INIT; 0: EBUSY, any time") \
	X(COUNTER_OFFSET,   7, "counter-offset", "1: KVM_ARM_SET_COUNTER_OFFSET works; 0: EINVAL") \
	X(WRITABLE_MASKS,   8, "writable-masks", "1: KVM_ARM_GET_REG_WRITABLE_MASKS works; 0: EINVAL") \
	X(LIST_HEAD,        9, "list-head", "bit n: the n-th of 11 registers is listed ahead of the other system registers") \
	X(FEATURES_KNOWN,  10, "features-known", "bit n: KVM_ARM_VCPU_INIT knows feature n; a bit that is not known is ENOENT") \
	X(PMU_MASKED,      11, "pmu-masked", "1: PMU enable and overflow registers keep only the bits of existing counters") \
	X(PMU_COUNTER_BITS,12, "pmu-counter-bits", "width that PMEVCNTRn_EL0 keeps before PMUv3p5, which has 64") \
	X(PMU_SWINC,       13, "pmu-swinc", "1: PMSWINC_EL0 stores a value; 0: it reads 0 and ignores writes") \
	X(PMCR_KEEP,       14, "pmcr-keep", "bits of PMCR_EL0 that a write keeps; the field N follows a rule of its own") \
	X(TIMER_ISTATUS,   15, "timer-istatus", "1: timer CTL registers show ISTATUS of the moment; 0: what was stored") \
	X(CACHE_WRITABLE,  16, "cache-writable", "1: CLIDR_EL1 and CCSIDR can be written, per vCPU; 0: fixed") \
	X(IIDR_VALUE,      17, "iidr-value", "GICD_IIDR of a new VGICv3") \
	X(PMCR_RUN_CLEAR,  18, "pmcr-run-clear", "bits of PMCR_EL0 that read 0 once the vCPU ran") \
	X(GUEST_TRAPS,     19, "guest-traps", "MRS in the guest: bit 0 PMMIR_EL1 undefined though listed; 1 SMIDR, 2 GMID trap") \
	X(VCPU_DUP_FIRST,  20, "vcpu-dup-first", "1: KVM_CREATE_VCPU says EEXIST to a known id before EBUSY to an initialised GIC; 0: after it") \
	X(PMMIR_FIXED,     21, "pmmir-fixed", "1: PMMIR_EL1 takes only the value it has (EINVAL); 0: any") \
	X(TSC_KHZ,         30, "tsc-khz", "x86_64: frequency of the TSC of a fresh vCPU, in kHz") \
	X(VMM_FORMATS,     40, "vmm-formats", "bit n: the VMM on this host reads snapshot format 1.n; not told: 1.0 only") \
	X(VMM_DIALECTS,    41, "vmm-dialects", "enum cvmm_dialect bits that the VMM on this host speaks; not told: 1")
/* clang-format on */

/** enum cvmm_trait - see the table above; the numbers are those of struct cvmm_profile's trait list. */
enum cvmm_trait {
#define CVMM_TRAIT_ENUM(symbol, number, name, text) CVMM_TRAIT_##symbol = number,
	CVMM_TRAITS(CVMM_TRAIT_ENUM)
#undef CVMM_TRAIT_ENUM
};

/**
 * cvmm_profile_need() - how much storage a profile takes
 * @text:  the text, not zero-terminated
 * @len:   its length in bytes
 * @bytes: receives the storage that cvmm_profile_parse() needs
 * @e:     receives the error, or NULL
 *
 * Counts lines by their kind and believes no number in them; whether the text is a profile is cvmm_profile_parse()'s to
 * judge. At most four times @len plus 1 kB. Return: 0, or -E2BIG (TEXT_LIMIT) for a text of more than
 * CVMM_PROFILE_BYTES_MAX.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_profile_need(const char *text, size_t len, size_t *bytes, struct cvmm_error *e);

/**
 * cvmm_profile_parse() - read a profile
 * @text:  the text, not zero-terminated; not needed afterwards
 * @len:   its length
 * @store: storage, aligned to 16 bytes
 * @cap:   its size; cvmm_profile_need() tells
 * @out:   receives the profile, which points into @store; not touched on failure
 * @e:     receives the error: section is the line number from 1, offset the byte, id the register it is about; or NULL
 *
 * Strict: lines in canonical order, words separated by one space, numbers written in one way, no carriage returns, no
 * missing line feed at the end. So a profile has one text, and files can be compared by bytes. x- lines, which may stand
 * anywhere after line 4, are counted and skipped.
 *
 * Return: 0; -EINVAL with a reason: TEXT_SYNTAX, TEXT_KIND, TEXT_DUPLICATE, TEXT_ORDER, TEXT_NUMBER, TEXT_VERSION,
 * TEXT_MISSING, TEXT_NAME, WRONG_ARCH or REG_ID_MALFORMED (a register id of another architecture, or of a size that KVM
 * does not define), ARGUMENT (@store not aligned); -E2BIG if @store is too small (BUFFER_TOO_SMALL, other: the bytes
 * needed) or the text too long (TEXT_LIMIT).
 */
CVMM_API CVMM_MUST_CHECK int cvmm_profile_parse(
	const char *text, size_t len, void *store, size_t cap, struct cvmm_profile *out, struct cvmm_error *e);

/**
 * cvmm_profile_write() - the canonical text of a profile
 * @p:   the profile
 * @buf: receives the text, not zero-terminated; may be NULL if @cap is 0
 * @cap: its size
 * @len: receives the length of the text, also when @buf is too small
 * @e:   receives the error, or NULL
 *
 * Parsing the text gives an equal profile and writing that gives the same bytes; x- lines are not kept. What is written is
 * checked by the reader's rules. Return: 0; -E2BIG with *@len set (BUFFER_TOO_SMALL), or for more than
 * CVMM_PROFILE_BYTES_MAX (TEXT_LIMIT); -EINVAL for a profile that has no text: TEXT_ORDER, TEXT_NAME, TEXT_NUMBER,
 * REG_ID_MALFORMED.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_profile_write(
	const struct cvmm_profile *p, char *buf, size_t cap, size_t *len, struct cvmm_error *e);

/**
 * cvmm_profile_variant() - the answers for one exact set of vCPU features
 * @p:        the profile
 * @features: the set
 *
 * Return: the variant, or NULL if the host was not measured with it.
 */
CVMM_API const struct cvmm_variant *cvmm_profile_variant(const struct cvmm_profile *p, uint64_t features);

/**
 * cvmm_profile_cap() - what KVM_CHECK_EXTENSION answered
 * @p:  the profile
 * @nr: the capability number
 *
 * Return: the value, 0 if it is not in the profile.
 */
CVMM_API uint64_t cvmm_profile_cap(const struct cvmm_profile *p, uint32_t nr);

/**
 * cvmm_profile_trait() - a trait's value
 * @p:     the profile
 * @trait: which
 * @dflt:  returned if the profile does not tell
 *
 * Return: the value.
 */
CVMM_API uint64_t cvmm_profile_trait(const struct cvmm_profile *p, enum cvmm_trait trait, uint64_t dflt);

/**
 * cvmm_trait_from_name() - a trait's number
 * @name: its name in the text, not zero-terminated
 * @len:  length of @name
 *
 * Return: enum cvmm_trait, or -ENOENT.
 */
CVMM_API int cvmm_trait_from_name(const char *name, size_t len);

/** cvmm_trait_name() - a trait's name in the text, or NULL for a number that is none. */
CVMM_API const char *cvmm_trait_name(uint32_t trait);

/**
 * cvmm_feature_from_name() - an arm64 vCPU feature's bit number
 * @name: psci_0_2, pmu_v3, el1_32bit, sve, ptrauth_address, ptrauth_generic, has_el2, has_el2_e2h0, power_off
 * @len:  length of @name
 *
 * Return: the bit number (0 to 8), or -ENOENT.
 */
CVMM_API int cvmm_feature_from_name(const char *name, size_t len);

/** cvmm_feature_name() - the name of arm64 vCPU feature bit @bit, or NULL. */
CVMM_API const char *cvmm_feature_name(uint32_t bit);

CVMM_END_DECLS

#endif
