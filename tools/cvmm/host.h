/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: hosts: from the words of the command line to a profile, and to a KVM that can be opened
 *
 *   dev                   /dev/kvm
 *   sim:RELEASE[/CPU]     a built-in kernel: 6.1 is 6.1.192 and never 6.12; of several point releases the newest
 *   sim:@FILE             a simulated kernel made from a profile
 *   FILE                  a profile, where only a host's answers are needed
 */
#ifndef CVMM_TOOL_HOST_H
#define CVMM_TOOL_HOST_H

#include <cvmm/kvm-ioctls/backend.h>
#include <cvmm/kvm-ioctls/profile.h>

/** HOST_ARCH_OF_DEV: what /dev/kvm's vCPUs are on a machine that this command was built for. */
#if defined(__aarch64__)
#define HOST_ARCH_OF_DEV CVMM_ARCH_ARM64
#elif defined(__riscv)
#define HOST_ARCH_OF_DEV CVMM_ARCH_RISCV64
#else
#define HOST_ARCH_OF_DEV CVMM_ARCH_X86_64
#endif

/** The CPU that a selector without one means. */
#define HOST_CPU_DEFAULT "neoverse-n1"

/** enum host_kind - where a host's answers come from */
enum host_kind {
	HOST_DEV,
	HOST_SIM,
	HOST_FILE,
};

/**
 * struct host - a host that was named on the command line
 * @name:    as it was named
 * @label:   short name for tables: "6.1.192/neoverse-n1", or the file's name
 * @kind:    enum host_kind
 * @profile: its answers, unless @kind is HOST_DEV and nobody asked
 */
struct host {
	const char *name;
	const char *label;
	enum host_kind kind;
	struct cvmm_profile profile;
};

/**
 * host_find() - resolve a word
 * @word:  K, or a profile's file name if @files
 * @files: 1 if a plain file name is acceptable
 * @h:     receives the host
 *
 * dev is not opened: host_measure() does that where a profile of it is needed. Return: enum status; STATUS_USAGE for
 * a name that is none, with a list of what there is.
 */
int host_find(const char *word, int files, struct host *h);

/** host_arch() - enum cvmm_arch of a host that was found; /dev/kvm has the machine's own */
uint32_t host_arch(const struct host *h);

/** host_arm64() - host_find() of K for what can be done on arm64 vCPUs only; Return: enum status */
int host_arm64(const char *word, struct host *h);

/**
 * host_measure() - host_find(), and a profile in any case
 *
 * /dev/kvm is probed. Where its vCPUs are not arm64 the profile tells the architecture alone. Return: enum status.
 */
int host_measure(const char *word, int files, struct host *h);

/**
 * host_backend() - the KVM behind a host
 * @h:     from host_find(); HOST_FILE counts as the simulated kernel of that profile
 * @vcpus: how many vCPUs there will be
 * @be:    receives the backend
 *
 * Return: enum status.
 */
int host_backend(const struct host *h, uint32_t vcpus, struct cvmm_backend *be);

/** struct host_builtin - a simulated kernel that is built in */
struct host_builtin {
	const char *kernel;
	const char *cpu;
	const char *text;
	size_t len;
};

/** host_builtins() - all of them, by release, then CPU; @n receives their number */
const struct host_builtin *host_builtins(size_t *n);

/** host_from_builtin() - parse one of them; Return: enum status */
int host_from_builtin(const struct host_builtin *b, struct host *h);

/** profile_load() - parse a profile's text, with errors named after @name; Return: enum status */
int profile_load(const char *name, const char *text, size_t len, struct cvmm_profile *out);

#endif
