/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: one machine: capture and apply
 *
 * A machine is a VM, its vCPUs and how far a restore has come. apply() does exactly what the plan says, in the order of
 * enum cvmm_phase, reads back, and on any failure kills the VM's gate: a machine is whole, or it is dead and says why.
 *
 * A new guest: cvmm_machine_init(), [x86_64: cvmm_machine_x86(),] cvmm_vm_regs_stage() of what KVM cannot give back,
 * cvmm_machine_early(), vCPUs, cvmm_machine_vcpus(), cvmm_machine_start(). A restore: cvmm_machine_init(), [x86_64:
 * cvmm_machine_x86(),] cvmm_apply_until(CVMM_PHASE_VM), memory, vCPUs, cvmm_machine_vcpus(), cvmm_apply_until() phase by
 * phase. docs/embedding.md goes through both.
 *
 * What CVMM_PHASE_DONE reads back is what KVM gives back. It gives back no filter (SMCCC calls, PMU events), no PMU choice,
 * no number of counters but through PMCR_EL0, and no enabled capability: their writes are believed. A PMU's interrupt and
 * its INIT are the VMM's, as devices are; of these KVM gives back the interrupt alone (cvmm_vcpu_get_attr(), attribute 0 of
 * CVMM_ARM64_VCPU_PMU_V3_CTRL), also after INIT.
 */
#ifndef CVMM_SNAPSHOT_MACHINE_H
#define CVMM_SNAPSHOT_MACHINE_H

#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/kvm-ioctls/vm.h>
#include <cvmm/snapshot/plan.h>
#include <cvmm/vm-regs/vm-regs.h>

CVMM_BEGIN_DECLS

/**
 * enum cvmm_delta - may a restore leave out what a fresh vCPU holds already?
 * @CVMM_DELTA_OFF:   no: everything is written and read back
 * @CVMM_DELTA_AUDIT: it is not written, and read back with everything else: proves that the machine is the same
 * @CVMM_DELTA_TRUST: it is neither written nor read back: the host profile's reset values are believed
 */
enum cvmm_delta {
	CVMM_DELTA_OFF = 0,
	CVMM_DELTA_AUDIT = 1,
	CVMM_DELTA_TRUST = 2,
};

/**
 * struct cvmm_machine - a VM with its vCPUs, and how far it has come
 * @vm:       the VM
 * @gate:     its gate
 * @regs:     its VM-owned values
 * @gic:      its interrupt controller, with CVMM_VGIC_GIVEN
 * @its:      the interrupt controller's ITS, fd -1 if it has none
 * @vgic:     enum cvmm_vgic
 * @pad:      0
 * @vcpu:     its vCPUs, in the order of creation; the caller's array
 * @nvcpus:   their number
 * @phase:    the last enum cvmm_phase that is complete
 * @arch:     enum cvmm_arch of the guest; cvmm_machine_init() makes an arm64 machine
 * @delta:    enum cvmm_delta; cvmm_machine_init() leaves it off
 * @features: vCPU feature set that all vCPUs were initialised with; with @each the first one's
 * @each:     a feature set for each vCPU, the caller's array, or NULL, as cvmm_machine_init() leaves it: all have
 *            @features. KVM before 6.5 lets vCPUs differ; set it before cvmm_machine_start(), and after a restore of
 *            several shapes before the next capture
 * @mine:     the caller's rows, for registers that the catalogue does not know, or NULL, as cvmm_machine_init() leaves
 *            it: a capture refuses such a register. The same rows that cvmm_plan_make() is given
 * @ahead:    a restore's choice about time: ticks that CVMM_PHASE_CLOCK adds to the counters (x86_64: nanoseconds, for its
 *            clock and TSC); 0, as cvmm_machine_init()
 *            leaves it: the guest's clock stood still. cvmm_clock_ahead() tells what a snapshot asks for
 * @reset:    with @delta: the host's profile, the one that the plan was made with
 * @spread:   arm64: how the embedding VMM shares its vCPUs among threads during cvmm_apply_until(), or NULL, as
 *            cvmm_machine_init() leaves it: one after the other, on the calling thread. Has to call @one(@work, i) once
 *            for each i below @n, on any threads and at the same time, and to return when all have returned
 * @spread_ctx: given to @spread
 * @vls:      arm64: the vector lengths of a baseline (SVE_VLS, 64 bytes), which cvmm_machine_start() writes before FINALIZE;
 *            NULL, as cvmm_machine_init() leaves it: all that the host has
 * @kvm:      x86_64: the system handle, from cvmm_machine_x86()
 * @scratch:  x86_64: the caller's storage for the time of a call, from cvmm_machine_x86()
 *
 * The caller owns it and everything it points at. One thread at a time: what runs on the threads of @spread is each vCPU's
 * own part of a phase, and only reads the machine.
 */
struct cvmm_machine {
	struct cvmm_vm vm;
	struct cvmm_gate *gate;
	struct cvmm_vm_regs *regs;
	struct cvmm_device gic;
	struct cvmm_device its;
	uint32_t vgic;
	uint32_t pad;
	const struct cvmm_vcpu *vcpu;
	uint32_t nvcpus;
	uint32_t phase;
	uint32_t arch;
	uint32_t delta;
	uint64_t features;
	const uint64_t *each;
	const struct cvmm_rules *mine;
	uint64_t ahead;
	const struct cvmm_profile *reset;
	void (*spread)(void *ctx, uint32_t n, void (*one)(void *work, uint32_t i), void *work);
	void *spread_ctx;
	const uint8_t *vls;
	struct cvmm_kvm kvm;
	void *scratch;
};

/**
 * cvmm_clock_ahead() - by how much a restored guest's counters have to be moved on
 * @clock:  the view's record of the choice (view.h)
 * @now_ns: time of the restore in nanoseconds since 1970-01-01 UTC
 * @hz:     the counters' frequency: CNTFRQ_EL0, which no register list has
 *
 * No ioctl. Return: the ticks between save and restore for CVMM_CLOCK_CONTINUE, 0 for every other policy, for a clock
 * that went backwards, and saturating at 2^63 - 1. For struct cvmm_machine.ahead.
 */
CVMM_API uint64_t cvmm_clock_ahead(const struct cvmm_clock *clock, uint64_t now_ns, uint64_t hz);

/**
 * cvmm_machine_init() - begin with a VM that has no vCPU yet
 * @m:    the machine
 * @vm:   the VM
 * @gate: its gate
 * @regs: its VM-owned values, after cvmm_vm_regs_init()
 * @e:    receives the error, or NULL
 *
 * Return: 0, or -EINVAL if @regs belongs to another VM.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_machine_init(struct cvmm_machine *m, struct cvmm_vm vm, struct cvmm_gate *gate,
	struct cvmm_vm_regs *regs, struct cvmm_error *e);

/** CVMM_MACHINE_X86_BYTES: storage that cvmm_machine_x86() takes. */
#define CVMM_MACHINE_X86_BYTES (80u << 10)

/**
 * cvmm_machine_x86() - make it an x86_64 machine, right after cvmm_machine_init()
 * @m:       the machine
 * @kvm:     the system handle: only it tells which MSRs there are
 * @scratch: storage for the time of a call, aligned to 16 bytes; lives as long as @m
 * @bytes:   its size, at least CVMM_MACHINE_X86_BYTES
 * @e:       receives the error, or NULL
 *
 * What the VMM does to its VM and KVM cannot tell afterwards (interrupt controllers, timer, addresses, capabilities: the
 * properties of CVMM_X86_PROPERTIES) is staged with cvmm_vm_regs_stage() and done by cvmm_machine_early(), or recorded with
 * cvmm_vm_regs_record() by a VMM that does it itself. Then it creates the vCPUs, gives each its CPUID, and calls
 * cvmm_machine_vcpus() and cvmm_machine_start() without features. A restore does all of that from the snapshot. Return: 0;
 * -EINVAL with CVMM_REASON_ARGUMENT for storage that is not aligned; -E2BIG with CVMM_REASON_BUFFER_TOO_SMALL.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_machine_x86(
	struct cvmm_machine *m, struct cvmm_kvm kvm, void *scratch, size_t bytes, struct cvmm_error *e);

/**
 * cvmm_machine_vcpus() - hand over the vCPUs, all of them, created but not initialised
 * @m:    the machine; cvmm_machine_early() or apply_until(CVMM_PHASE_VM) came before
 * @vcpu: the vCPUs in the order of creation
 * @n:    their number
 * @e:    receives the error, or NULL
 *
 * Return: 0; -EINVAL with CVMM_REASON_PHASE_ORDER; -E2BIG for more than CVMM_VCPUS_MAX.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_machine_vcpus(
	struct cvmm_machine *m, const struct cvmm_vcpu *vcpu, uint32_t n, struct cvmm_error *e);

/**
 * cvmm_machine_early() - first commit point of a new guest (a restore calls cvmm_apply_until() instead)
 * @m: the machine
 * @e: receives the error, or NULL
 *
 * Return: 0 or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_machine_early(struct cvmm_machine *m, struct cvmm_error *e);

/**
 * cvmm_machine_start() - initialise the vCPUs of a new guest, with a baseline
 * @m:        the machine, after cvmm_machine_vcpus()
 * @features: vCPU feature set, the same for all
 * @pin:      values of a baseline: VM-owned registers and vCPU identity; ascending; NULL for none
 * @npin:     their number
 * @host:     the host's profile if there is one: values that its guests see anyway are then not written; or NULL
 * @e:        receives the error, or NULL
 *
 * INIT, FINALIZE, VM-owned values once, identity values per vCPU. A register of @pin that the host does not list is
 * skipped if the baseline's value is neutral for it and refused (-ENOENT) otherwise. Any failure kills the gate.
 * Return: 0 or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_machine_start(struct cvmm_machine *m, uint64_t features, const struct cvmm_pair *pin,
	uint32_t npin, const struct cvmm_profile *host, struct cvmm_error *e);

/**
 * cvmm_capture_need() - storage that a capture takes
 * @m:     the machine
 * @bytes: receives it
 * @e:     receives the error, or NULL
 *
 * One KVM_GET_REG_LIST per vCPU at most. Return: 0 or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_capture_need(const struct cvmm_machine *m, size_t *bytes, struct cvmm_error *e);

/**
 * cvmm_capture() - read a machine's state
 * @m:     the machine; all vCPUs stopped
 * @host:  the host's profile, for what KVM cannot be asked (values that guests see); or NULL
 * @kernel: release of the running kernel, for people; or NULL
 * @store: storage, aligned to 16 bytes
 * @cap:   its size
 * @out:   receives the view, which points into @store
 * @e:     receives the error, or NULL
 *
 * VM-owned registers are read once, through the first vCPU, and compared with the last one; vCPU-owned ones from each
 * vCPU. vCPUs of different features make a shape each. Changes nothing in the machine, and guest memory only as
 * cvmm_machine_vgic() says. Return: 0; -E2BIG (other: the bytes needed); -EIO with CVMM_REASON_VM_DISAGREE; -EXDEV with
 * CVMM_REASON_UNKNOWN_REGISTER for a register that no row knows; -errno of KVM.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_capture(const struct cvmm_machine *m, const struct cvmm_profile *host,
	const char *kernel, void *store, size_t cap, struct cvmm_view *out, struct cvmm_error *e);

/**
 * cvmm_apply_until() - perform a plan up to and including a phase
 * @m:     the machine
 * @v:     the view that the plan was made for
 * @p:     the plan; without refusals
 * @phase: last enum cvmm_phase to perform; CVMM_PHASE_DONE includes the read-back of everything
 * @e:     receives the error, or NULL: phase, id and vcpu say where
 *
 * Between two calls the embedding VMM does its part: create the vCPUs after CVMM_PHASE_VM and hand them over with
 * cvmm_machine_vcpus(); memory and devices after CVMM_PHASE_IDENTITY. Phases only go forward. Any failure after the
 * first ioctl kills the gate: from then on no vCPU of this VM can run. Return: 0; -EACCES with
 * CVMM_REASON_PLAN_REFUSED, -EINVAL with _PLAN_STALE, _PHASE_ORDER, _VCPU_COUNT, all before anything is touched; -EIO
 * with CVMM_REASON_READ_BACK (other: the value read), -errno of KVM.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_apply_until(struct cvmm_machine *m, const struct cvmm_view *v,
	const struct cvmm_plan *p, uint32_t phase, struct cvmm_error *e);

/**
 * enum cvmm_vgic - whose business is the interrupt controller's state (arm64)?
 * @CVMM_VGIC_NONE:  nothing was said: none is captured, and a restore of a snapshot that has it is refused
 * @CVMM_VGIC_GIVEN: c-vmm's: cvmm_machine_vgic() was called
 * @CVMM_VGIC_LEFT:  the embedding VMM's: cvmm_machine_leave_vgic() was called. None is captured, and what a snapshot has
 *                   is passed over
 */
enum cvmm_vgic {
	CVMM_VGIC_NONE = 0,
	CVMM_VGIC_GIVEN = 1,
	CVMM_VGIC_LEFT = 2,
};

/**
 * cvmm_machine_vgic() - hand over the interrupt controller of an arm64 machine
 * @m:   the machine
 * @gic: its CVMM_DEV_ARM_VGIC_V3
 * @its: the ITS, CVMM_DEV_ARM_VGIC_ITS, or NULL. One is all that c-vmm handles
 * @e:   receives the error, or NULL
 *
 * From then on its registers belong to the machine: distributor and ITS to the VM, redistributors, CPU interfaces and the
 * lines of interrupts below 32 to the vCPUs. Creating the devices, their addresses, the number of interrupts and
 * CVMM_VGIC_CTRL_INIT remain the embedding VMM's; a restore compares them. Before the first cvmm_apply_until() of a snapshot
 * that has such registers, which otherwise refuses it with CVMM_REASON_NO_DEVICE; else before cvmm_capture().
 *
 * Guest memory: cvmm_capture() makes KVM write pending LPIs and the ITS's tables there (kernels mark those pages in the
 * dirty log), so what was copied of it before has to be copied again. In a restore it has to be there, and the devices
 * initialised, before CVMM_PHASE_DEVICES.
 *
 * Return: 0; -EINVAL with CVMM_REASON_ARGUMENT for a device of another backend, with CVMM_REASON_WRONG_ARCH for a machine
 * that is none of arm64.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_machine_vgic(
	struct cvmm_machine *m, struct cvmm_device gic, const struct cvmm_device *its, struct cvmm_error *e);

/**
 * cvmm_machine_riscv64() - make it a riscv64 machine, right after cvmm_machine_init()
 * @m: the machine
 *
 * Everything that KVM_GET_REG_LIST shows, and the MP state. The interrupt controller (AIA) is a device whose state stays with
 * the embedding VMM. There is no baseline of VM-owned values: the vCPUs' own configuration is what cvmm_machine_start() pins.
 */
CVMM_API void cvmm_machine_riscv64(struct cvmm_machine *m);

/**
 * cvmm_machine_leave_vgic() - say that the interrupt controller's state is the embedding VMM's own business
 * @m: the machine
 *
 * Its registers are then neither captured nor restored. Whoever says this restores them himself, after
 * CVMM_PHASE_IDENTITY: a guest with another interrupt controller state than it had hangs sooner or later.
 */
CVMM_API void cvmm_machine_leave_vgic(struct cvmm_machine *m);

CVMM_END_DECLS

#endif
