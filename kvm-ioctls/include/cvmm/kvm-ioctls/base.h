/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: what every other header of c-vmm stands on
 *
 * Visibility, the architectures, and the rules that hold for the whole surface:
 *
 * - A function returns a value >= 0, or a negative errno. Nothing is ever reported through the thread-local errno.
 * - Every output is storage of the caller. On failure it is untouched, with one exception that is always named: a
 *   count that says how much room would have been enough (-E2BIG).
 * - Nothing here allocates, prints, exits, starts threads or keeps state outside of what the caller handed over.
 * - Integers named ..._bytes, ..._ns, ..._idx carry the unit that their name says.
 *
 * This header includes no Linux header, so that a control plane on any host can use the pure parts of c-vmm.
 */
#ifndef CVMM_KVM_IOCTLS_BASE_H
#define CVMM_KVM_IOCTLS_BASE_H

#include <stddef.h>
#include <stdint.h>

/** CVMM_API: the symbol is part of a library's surface; everything else is built with hidden visibility. */
#define CVMM_API __attribute__((visibility("default")))

/** CVMM_MUST_CHECK: ignoring the result is a compile-time warning, because a lost error is how guests get half restored. */
#define CVMM_MUST_CHECK __attribute__((warn_unused_result))

/**
 * CVMM_EXACT() - @p, if it is of exactly this pointer type; a compile-time error otherwise
 *
 * Functions with a handle behind a pointer have a macro of the same name that wraps the pointer in this, because a
 * wrong pointer would only be a warning in C, and void * not even that. The function itself is reached by
 * (cvmm_vm_close)(p) or its address. C++ refuses such pointers by itself.
 */
#define CVMM_EXACT(type, p) _Generic((p), type : (p))

#ifdef __cplusplus
#define CVMM_BEGIN_DECLS extern "C" {
#define CVMM_END_DECLS	 }
#else
#define CVMM_BEGIN_DECLS
#define CVMM_END_DECLS
#endif

/** The version of the whole set of libraries. The soname carries the major number alone. */
#define CVMM_VERSION_MAJOR 0
#define CVMM_VERSION_MINOR 1
#define CVMM_VERSION_PATCH 0

/**
 * enum cvmm_arch - the guest architectures whose data every host can handle
 * @CVMM_ARCH_NONE:    not told
 * @CVMM_ARCH_ARM64:   register ids start with 0x60
 * @CVMM_ARCH_X86_64:  register ids start with 0x20
 * @CVMM_ARCH_RISCV64: register ids start with 0x80
 *
 * The numbers are the architecture byte (bits 63:56) of a KVM register id, so they are fixed by Linux's ABI and appear
 * in snapshots as they are.
 */
enum cvmm_arch {
	CVMM_ARCH_NONE = 0,
	CVMM_ARCH_X86_64 = 0x20,
	CVMM_ARCH_ARM64 = 0x60,
	CVMM_ARCH_RISCV64 = 0x80,
};

/** CVMM_REG_BYTES_MAX: the widest register that any architecture has (2048 bits). */
#define CVMM_REG_BYTES_MAX 256u

/** CVMM_VCPUS_MAX: the most vCPUs that any c-vmm library handles in one VM. */
#define CVMM_VCPUS_MAX 4096u

/** CVMM_NO_VCPU: in a field that names a vCPU: no particular one. */
#define CVMM_NO_VCPU UINT32_MAX

#endif
