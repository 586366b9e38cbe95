/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: baseline: the best machine that every one of some hosts can promise a guest
 *
 * A new guest that is started with a baseline can move to each of the hosts and back, whatever kernel each of them runs.
 * A baseline is a vCPU feature set, values of VM-owned registers, and the values of those vCPU-owned registers that say
 * what a vCPU is (CLIDR, CCSIDR). What counts is what guests see, not what ONE_REG says.
 *
 * Everything comes from the hosts' profiles and the catalogue's rows and rules; kernel versions are never looked at. No
 * ioctl, no allocation: storage is constant, however many hosts there are. Pure: no Linux header.
 */
#ifndef CVMM_FLEET_BASELINE_H
#define CVMM_FLEET_BASELINE_H

#include <cvmm/kvm-ioctls/error.h>
#include <cvmm/kvm-ioctls/profile.h>
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/row.h>

CVMM_BEGIN_DECLS

/** CVMM_BASELINE_REGS_MAX: registers that a baseline can hold; arm64's catalogue has about 90 that promise something. */
#define CVMM_BASELINE_REGS_MAX 192u

/** CVMM_BASELINE_WIDE_MAX: registers of more than 64 bits that it can hold; CPUID has 30 to 70 leaves. */
#define CVMM_BASELINE_WIDE_MAX 128u

/** CVMM_NO_HOST: in a field that names a host: none in particular. */
#define CVMM_NO_HOST UINT32_MAX

/** CVMM_BASELINE_BYTES_MAX: longer texts are refused. */
#define CVMM_BASELINE_BYTES_MAX (64u << 10)

/**
 * struct cvmm_baseline - a machine that can be promised
 * @arch:     enum cvmm_arch
 * @n:        number of registers
 * @nskipped: when it was read from text: number of lines that start with x-
 * @nwide:    number of @wide
 * @features: vCPU feature set
 * @pin:      the values, ascending by id; what cvmm_view_fresh() takes
 * @host:     for each register the index of the host that decided its value, or CVMM_NO_HOST if all hosts have it by
 *            themselves (or if it was read from text)
 * @wide:     values of more than 64 bits (SVE_VLS, CPUID leaves), ascending by id; what cvmm_view_fresh_wide() takes
 * @wide_host: for each of @wide the host that decided it, as @host
 *
 * A plain value without pointers: may be copied and kept.
 */
struct cvmm_baseline {
	uint32_t arch;
	uint32_t n;
	uint32_t nskipped;
	uint32_t nwide;
	uint64_t features;
	struct cvmm_pair pin[CVMM_BASELINE_REGS_MAX];
	uint32_t host[CVMM_BASELINE_REGS_MAX];
	struct cvmm_wide wide[CVMM_BASELINE_WIDE_MAX];
	uint32_t wide_host[CVMM_BASELINE_WIDE_MAX];
};

/**
 * struct cvmm_exclusion - two hosts that cannot be in one baseline with these features
 * @features: the vCPU feature set that was tried
 * @id:       the register
 * @value:    what the guests of the one and of the other see by default; of a register of more than 64 bits the low ones;
 *            0 where a host lacks it
 * @host:     the two hosts' indices; twice the same one for a register of its list that the catalogue does not know, because
 *            then nobody can tell whether a guest that has it can move (reason UNKNOWN_TO_CATALOGUE)
 * @reason:   enum cvmm_reason: why the second one cannot take what the first one needs
 * @zero:     0
 */
struct cvmm_exclusion {
	uint64_t features;
	uint64_t id;
	uint64_t value[2];
	uint32_t host[2];
	uint16_t reason;
	uint16_t zero[3];
};

/**
 * struct cvmm_exclusions - room for exclusions
 * @v:   the caller's storage; may be NULL if @cap is 0
 * @cap: exclusions that fit
 * @n:   exclusions found, also those that did not fit
 */
struct cvmm_exclusions {
	struct cvmm_exclusion *v;
	uint32_t cap;
	uint32_t n;
};

/**
 * cvmm_baseline_compute() - what all of these hosts can promise
 * @host:     the hosts' profiles
 * @n:        their number
 * @features: vCPU feature set, or 0: the largest that works
 * @out:      receives the baseline
 * @why:      receives what stood in the way of feature sets that were tried and given up, one entry for each register,
 *            also on success; or NULL. @why->n is set on failure as well
 * @e:        receives the error, or NULL
 *
 * With @features 0 every set that was measured on all hosts is tried, the one with the most features first (32-bit EL1 and
 * EL2 apart); a feature is so left out where its registers cannot be made equal. Per register the hosts' values combine
 * as the catalogue's row says; then every host is asked whether its guests can be given the result. What only guests can
 * read (the counter's frequency, the size of DC ZVA, the PMU's events) has to agree where profiles tell it. The revision of
 * the interrupt controller (property vm.gicd_iidr) is promised if every profile tells which ones its host keeps.
 * Of vector lengths (SVE_VLS) the baseline gets those up to the longest one that all hosts have alike, of CPUID the features
 * and levels that all support (cvmm_wide_meet()).
 *
 * Another order of the hosts gives the same baseline, naming a host twice changes nothing, and with one host more each
 * value stays or becomes one that the hosts before accept too. Takes time linear in @n.
 *
 * Return: 0; -EINVAL with FLEET_EMPTY, FLEET_ARCH (other: index of the host) or WRONG_ARCH (the catalogue has no rows
 * for the architecture); -ENOENT with FLEET_NO_FEATURES if no feature set (or not @features) was measured on all hosts;
 * -ENOTUNIQ with FLEET_EXCLUDE if there is no such machine: id is the first register that stands in the way of the first
 * feature set, other holds the two hosts' indices (the first one in bits 63:32); -E2BIG with LIMIT if more than
 * CVMM_BASELINE_REGS_MAX registers promise something, or CVMM_BASELINE_WIDE_MAX of more than 64 bits.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_baseline_compute(const struct cvmm_profile *const *host, uint32_t n,
	uint64_t features, struct cvmm_baseline *out, struct cvmm_exclusions *why, struct cvmm_error *e);

/**
 * cvmm_baseline_compute_by_rules() - the same with rules of the caller's, which come before the libraries'
 * @host:     the hosts' profiles
 * @n:        their number
 * @features: vCPU feature set, or 0
 * @rules:    the caller's rules and rows, those with which the guest's moves will be judged; or NULL
 * @out:      receives the baseline
 * @why:      as above
 * @e:        receives the error, or NULL
 *
 * A register that some host lacks is decided by them as in a plan. Where a host cannot give the value and a rule for
 * CVMM_ON_DIFFER says something else than to refuse, the register is left out: nobody promises it, and a plan with the same
 * rules lets the guest move. A row makes a register known. Return: as cvmm_baseline_compute().
 */
CVMM_API CVMM_MUST_CHECK int cvmm_baseline_compute_by_rules(const struct cvmm_profile *const *host, uint32_t n,
	uint64_t features, const struct cvmm_rules *rules, struct cvmm_baseline *out, struct cvmm_exclusions *why,
	struct cvmm_error *e);

/**
 * cvmm_baseline_parse() - read a baseline's text
 * @text: the text, not zero-terminated
 * @len:  its length
 * @out:  receives the baseline; not touched on failure
 * @e:    receives the error: section is the line number, offset the byte; or NULL
 *
 * Line 1 is "cvmm-baseline 1", then "arch NAME", "features NAME...", then "reg ID VALUE" lines, ascending, in the form
 * that fleet/PROFILE.md gives for profiles and just as strict. x- lines may stand anywhere after line 3. Return: 0;
 * -EINVAL with the reasons of cvmm_profile_parse(), or NOT_VM_OWNED for a register that is neither the VM's nor one that
 * says what a vCPU is; -E2BIG with TEXT_LIMIT.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_baseline_parse(
	const char *text, size_t len, struct cvmm_baseline *out, struct cvmm_error *e);

/**
 * cvmm_baseline_write() - a baseline as text
 * @b:    the baseline
 * @host: the hosts it was computed from, to say in x-decided lines which of them decided a value; or NULL
 * @n:    their number
 * @buf:  receives the text, not zero-terminated; may be NULL if @cap is 0
 * @cap:  its size
 * @len:  receives the length of the text, also when @buf is too small
 * @e:    receives the error, or NULL
 *
 * Return: 0, -E2BIG with *@len set (BUFFER_TOO_SMALL), or -EINVAL for a baseline that has no text (TEXT_ORDER, TEXT_NAME,
 * REG_ID_MALFORMED).
 */
CVMM_API CVMM_MUST_CHECK int cvmm_baseline_write(const struct cvmm_baseline *b, const struct cvmm_profile *const *host,
	uint32_t n, char *buf, size_t cap, size_t *len, struct cvmm_error *e);

CVMM_END_DECLS

#endif
