/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: the vCPU scope
 *
 * On today's kernels the registers that belong to the VM are reached through a vCPU fd as well. Whose a register is
 * belongs to vm-regs and vcpu-regs; the calls here move bytes.
 */
#ifndef CVMM_KVM_IOCTLS_VCPU_H
#define CVMM_KVM_IOCTLS_VCPU_H

#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/arm64.h>
#include <cvmm/kvm-ioctls/handle.h>

CVMM_BEGIN_DECLS

/**
 * cvmm_vcpu_close() - close a vCPU handle
 * @vcpu: the handle; its fd becomes -1. An already closed one is left alone
 *
 * Not for adopted ones. Return: 0 or -errno of close.
 */
CVMM_API int cvmm_vcpu_close(struct cvmm_vcpu *vcpu);

/**
 * cvmm_vcpu_init() - initialise or reset a vCPU (arm64)
 * @vcpu: the vCPU
 * @init: target and feature bits
 * @e:    receives the error, or NULL
 *
 * KVM_ARM_VCPU_INIT. The same features again: an architectural reset; ID registers, VM-wide configuration and SVE
 * finalisation survive. Return: 0, or -errno: -EINVAL wrong target, feature not offered, features that exclude each
 * other or differ from the VM's (6.5; up to 6.1 each vCPU had its own), or from this vCPU's earlier ones; -ENOENT a
 * bit that this kernel does not know.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_init(
	struct cvmm_vcpu vcpu, const struct cvmm_arm64_vcpu_init *init, struct cvmm_error *e);

/**
 * cvmm_vcpu_finalize() - fix a feature's configuration (arm64)
 * @vcpu:    the vCPU
 * @feature: the feature's bit number; 4 for SVE
 * @e:       receives the error, or NULL
 *
 * KVM_ARM_VCPU_FINALIZE. Return: 0, or -errno: -EINVAL the vCPU has no such feature, -EPERM done before, -ENOEXEC
 * before
 * KVM_ARM_VCPU_INIT.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_finalize(struct cvmm_vcpu vcpu, int feature, struct cvmm_error *e);

/**
 * cvmm_vcpu_get_reg_list() - which registers a vCPU has
 * @vcpu: the vCPU
 * @buf:  one word for the kernel, then room for @cap ids: @cap + 1 words in all. On success the ids start at buf[1]
 * @cap:  number of ids that fit, at most 65536
 * @n:    receives the number of ids; also when @buf is too small
 * @e:    receives the error, or NULL; other is the number of ids that would have been enough
 *
 * KVM_GET_REG_LIST, one call. x86_64 answers 0 with *@n == 0 when it has nothing to list. The order is the kernel's.
 * Return: 0; -E2BIG with *@n set; -errno: -ENOEXEC before KVM_ARM_VCPU_INIT, -EPERM before SVE is finalised.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_get_reg_list(
	struct cvmm_vcpu vcpu, uint64_t *buf, uint32_t cap, uint32_t *n, struct cvmm_error *e);

/**
 * cvmm_vcpu_get_one_reg() - read a register
 * @vcpu: the vCPU
 * @id:   the register's id
 * @v:    receives the value
 * @size: bytes at @v; must be the size that @id says
 * @e:    receives the error, or NULL; id is @id
 *
 * KVM_GET_ONE_REG. Return: 0; -EINVAL with CVMM_REASON_REG_SIZE, without an ioctl, if @size is another one; -errno:
 * -ENOENT not known or hidden by the vCPU's configuration, -EINVAL a malformed id, -EPERM SVE not finalised, -ENOEXEC
 * before KVM_ARM_VCPU_INIT.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_get_one_reg(
	struct cvmm_vcpu vcpu, uint64_t id, void *v, uint32_t size, struct cvmm_error *e);

/**
 * cvmm_vcpu_set_one_reg() - write a register
 * @vcpu: the vCPU
 * @id:   the register's id
 * @v:    the value
 * @size: bytes at @v; must be the size that @id says
 * @e:    receives the error, or NULL; id is @id
 *
 * KVM_SET_ONE_REG. A 0 does not prove that the value was taken: several registers accept and ignore. Return: 0; -EINVAL
 * with CVMM_REASON_REG_SIZE, without an ioctl, if @size is another one; -errno: -ENOENT not known, -EINVAL value
 * refused, -EBUSY the VM has run and the value differs, -EPERM SVE_VLS after finalising.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_set_one_reg(
	struct cvmm_vcpu vcpu, uint64_t id, const void *v, uint32_t size, struct cvmm_error *e);

/**
 * cvmm_vcpu_get_mp_state() - is the vCPU runnable, stopped, ...?
 * @vcpu:  the vCPU
 * @state: receives KVM_MP_STATE_...
 * @e:     receives the error, or NULL
 *
 * KVM_GET_MP_STATE. Return: 0 or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_get_mp_state(struct cvmm_vcpu vcpu, uint32_t *state, struct cvmm_error *e);

/**
 * cvmm_vcpu_set_mp_state() - make the vCPU runnable, stopped, ...
 * @vcpu:  the vCPU
 * @state: KVM_MP_STATE_...
 * @e:     receives the error, or NULL
 *
 * KVM_SET_MP_STATE. Return: 0, or -errno: -EINVAL a state that this architecture does not have.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_set_mp_state(struct cvmm_vcpu vcpu, uint32_t state, struct cvmm_error *e);

/**
 * cvmm_vcpu_get_events() - pending exceptions (arm64)
 * @vcpu: the vCPU
 * @ev:   receives them
 * @e:    receives the error, or NULL
 *
 * KVM_GET_VCPU_EVENTS. Return: 0, or -errno: -ENOEXEC before KVM_ARM_VCPU_INIT.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_get_events(
	struct cvmm_vcpu vcpu, struct cvmm_arm64_vcpu_events *ev, struct cvmm_error *e);

/**
 * cvmm_vcpu_set_events() - set pending exceptions (arm64)
 * @vcpu: the vCPU
 * @ev:   what to set; reserved members 0
 * @e:    receives the error, or NULL
 *
 * KVM_SET_VCPU_EVENTS. A pending SError cannot be taken back; ext_dabt_pending changes registers at once. Return: 0, or
 * -errno: -EINVAL reserved members or a syndrome the host cannot have, -ENOEXEC before KVM_ARM_VCPU_INIT.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_set_events(
	struct cvmm_vcpu vcpu, const struct cvmm_arm64_vcpu_events *ev, struct cvmm_error *e);

/**
 * cvmm_vcpu_enable_cap() - switch a capability of one vCPU on
 * @vcpu: the vCPU
 * @cap:  capability number
 * @args: four arguments, or NULL for zeroes
 * @e:    receives the error, or NULL
 *
 * KVM_ENABLE_CAP; flags are 0. x86: Hyper-V features; riscv64 and arm64: none today. Return: 0, or -errno: -EINVAL
 * unknown, not offered or too late; -ENOTTY.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_enable_cap(
	struct cvmm_vcpu vcpu, uint32_t cap, const uint64_t args[4], struct cvmm_error *e);

/**
 * cvmm_vcpu_interrupt() - queue an external interrupt
 * @vcpu: the vCPU
 * @irq:  x86: vector, below 256; riscv64: CVMM_RISCV_INTERRUPT_SET or _UNSET
 * @e:    receives the error, or NULL
 *
 * KVM_INTERRUPT. X86: for VMs whose local APIC is in user space. Return: 0, or -errno: -EINVAL a vector that is none,
 * -ENXIO the interrupt controllers are in the kernel, -EEXIST one is queued already.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_interrupt(struct cvmm_vcpu vcpu, uint32_t irq, struct cvmm_error *e);

/**
 * cvmm_vcpu_translate() - where a guest's linear address leads (x86)
 * @vcpu:   the vCPU, whose page tables are used
 * @linear: the address
 * @out:    receives the translation, valid 0 if there is none
 * @e:      receives the error, or NULL
 *
 * KVM_TRANSLATE. Return: 0, or -errno: -ENOTTY or -EINVAL on arm64 and riscv64.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_translate(
	struct cvmm_vcpu vcpu, uint64_t linear, struct cvmm_kvm_translation *out, struct cvmm_error *e);

/**
 * cvmm_vcpu_set_signal_mask() - signals that are blocked while the guest runs
 * @vcpu: the vCPU
 * @mask: the kernel's signal set, bit n for signal n + 1; NULL: the thread's own mask again
 * @e:    receives the error, or NULL
 *
 * KVM_SET_SIGNAL_MASK. Immediate_exit in struct cvmm_run is the cheaper way to the same end. Return: 0 or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_set_signal_mask(
	struct cvmm_vcpu vcpu, const uint64_t *mask, struct cvmm_error *e);

/**
 * cvmm_vcpu_set_arm64_guest_debug() - breakpoints and single steps from outside (arm64, KVM_SET_GUEST_DEBUG)
 * @vcpu:  the vCPU
 * @debug: what to stop at
 * @e:     receives the error, or NULL
 *
 * KVM_SET_GUEST_DEBUG. Return: 0, or -errno: -EINVAL unknown bits of control.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_set_arm64_guest_debug(
	struct cvmm_vcpu vcpu, const struct cvmm_arm64_guest_debug *debug, struct cvmm_error *e);

/**
 * cvmm_vcpu_run() - let the guest run until it exits
 * @vcpu: the vCPU
 * @e:    receives the error, or NULL
 *
 * KVM_RUN. The first one that passes KVM's checks freezes VM-owned registers, even one that returns -EINTR. Return: 0
 * with the exit in the shared kvm_run area; -EOWNERDEAD, without an ioctl, if the VM was declared dead, with the
 * original reason; -errno: -EINTR a signal or immediate_exit, -EAGAIN, -ENOEXEC, -EPERM not finalised.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_run(struct cvmm_vcpu vcpu, struct cvmm_error *e);

#ifndef __cplusplus
/* A pointer to a handle of another scope does not compile; see CVMM_EXACT(). */
#define cvmm_vcpu_close(vcpu) cvmm_vcpu_close(CVMM_EXACT(struct cvmm_vcpu *, vcpu))
#endif

CVMM_END_DECLS

#endif
