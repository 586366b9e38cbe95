/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: registers that belong to the VM
 *
 * KVM reaches many registers that are one per VM (ID registers, firmware bitmaps, the PSCI version, counters) through
 * vCPU file descriptors and does not tell which they are. This library knows: which they are, until when they can be
 * changed, and how to write each of them exactly once.
 *
 * The values are *staged* first, then *committed* at two points that every caller calls: commit_early() before the
 * first vCPU exists and commit() after every vCPU was initialised; then they are *sealed*. Counters are not
 * configuration: clock() writes them once the last vCPU exists. Three dialects of KVM are spoken behind this one
 * interface: see enum cvmm_dialect.
 */
#ifndef CVMM_VM_REGS_VM_REGS_H
#define CVMM_VM_REGS_VM_REGS_H

#include <cvmm/kvm-ioctls/arm64.h>
#include <cvmm/kvm-ioctls/handle.h>
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/row.h>

CVMM_BEGIN_DECLS

/**
 * struct cvmm_vm_reg - the id of a register that the VM owns
 * @id: the register id, or a property id; 0: none
 *
 * A distinct type: a raw id becomes one only through cvmm_vm_reg_from_id(), a vCPU's register never does.
 */
struct cvmm_vm_reg {
	uint64_t id;
};

/**
 * struct cvmm_vm_slot - a VM-owned value
 * @reg:     whose value it is
 * @value:   the value
 * @written: 1 once KVM has it (a commit point or clock() wrote it)
 * @zero:    0
 */
struct cvmm_vm_slot {
	struct cvmm_vm_reg reg;
	uint64_t value;
	uint32_t written;
	uint32_t zero;
};

/**
 * enum cvmm_dialect - the ways in which a KVM lets VM-owned registers be written; bits, so that a caller can permit some
 * @CVMM_DIALECT_VCPU:  today's kernels: through one vCPU fd, once, after INIT and before the first run
 * @CVMM_DIALECT_SCOPE: bit 28 of the id marks VM scope, behind a capability that has to be enabled (proposed 2022)
 * @CVMM_DIALECT_VM:    GET/SET_ONE_REG and GET_REG_LIST on the VM fd, immutable once a vCPU exists (proposed 2022)
 * @CVMM_DIALECT_ANY:   whatever the KVM offers, the newest first
 *
 * The second and third exist in no kernel; the simulated KVM has both.
 */
enum cvmm_dialect {
	CVMM_DIALECT_VCPU = 1,
	CVMM_DIALECT_SCOPE = 2,
	CVMM_DIALECT_VM = 4,
	CVMM_DIALECT_ANY = 7,
};

/** enum cvmm_vm_state - how far a struct cvmm_vm_regs has come; only goes forward */
enum cvmm_vm_state {
	CVMM_VM_STAGING = 0,
	CVMM_VM_EARLY = 1,
	CVMM_VM_SEALED = 2,
};

/**
 * struct cvmm_vm_regs - the VM-owned values of one VM
 * @vm:      the VM
 * @slot:    the caller's storage, ascending by id
 * @cap:     number of slots that fit
 * @n:       number of slots in use
 * @dialect: the enum cvmm_dialect that was chosen
 * @state:   enum cvmm_vm_state
 *
 * The caller owns it and @slot; one thread at a time. CVMM_VM_SLOTS_MAX slots are always enough for arm64.
 */
struct cvmm_vm_regs {
	struct cvmm_vm vm;
	struct cvmm_vm_slot *slot;
	uint32_t cap;
	uint32_t n;
	uint32_t dialect;
	uint32_t state;
};

/** CVMM_VM_SLOTS_MAX: room for every VM-owned register and property of any architecture. */
#define CVMM_VM_SLOTS_MAX 128u

/**
 * cvmm_vm_reg_from_id() - is this register the VM's?
 * @id: any number
 *
 * Return: the typed id, or { 0 } if @id is a vCPU's register or not known.
 */
CVMM_API struct cvmm_vm_reg cvmm_vm_reg_from_id(uint64_t id);

/**
 * cvmm_vm_reg_row() - what is known of a VM-owned register
 * @reg: the register
 *
 * Return: a constant row, or NULL for { 0 } and for ids that are not in the catalogue. Two table look-ups, no search.
 */
CVMM_API const struct cvmm_row *cvmm_vm_reg_row(struct cvmm_vm_reg reg);

/**
 * cvmm_vm_reg_rows() - the whole catalogue
 * @arch: enum cvmm_arch
 * @n:    receives the number of rows
 *
 * Return: constant rows, ascending by first; NULL and 0 for an architecture without any.
 */
CVMM_API const struct cvmm_row *cvmm_vm_reg_rows(uint32_t arch, uint32_t *n);

/**
 * cvmm_vm_reg_rules() - what the library decides when snapshot and host disagree about VM-owned registers
 * @arch: enum cvmm_arch
 *
 * Return: constant rules, most specific first.
 */
CVMM_API struct cvmm_rules cvmm_vm_reg_rules(uint32_t arch);

/**
 * cvmm_vm_regs_init() - begin
 * @r:       the caller's structure
 * @vm:      the VM, without any vCPU yet
 * @allowed: enum cvmm_dialect bits that may be used; CVMM_DIALECT_VCPU until a whole fleet understands the others
 * @slot:    storage
 * @cap:     number of slots that fit in @slot
 * @e:       receives the error, or NULL
 *
 * Asks for the capabilities of the dialects (KVM_CHECK_EXTENSION) that @allowed names beyond CVMM_DIALECT_VCPU.
 * Return: 0; -EOPNOTSUPP with CVMM_REASON_DIALECT_FORBIDDEN if no permitted dialect is offered; -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_regs_init(struct cvmm_vm_regs *r, struct cvmm_vm vm, uint32_t allowed,
	struct cvmm_vm_slot *slot, uint32_t cap, struct cvmm_error *e);

/**
 * cvmm_vm_regs_stage() - state what a register shall be
 * @r:     the VM's values
 * @reg:   the register or property; counters are not configuration, see cvmm_vm_regs_clock()
 * @value: its value
 * @e:     receives the error, or NULL; id is the register
 *
 * No ioctl. Staging again replaces, until a commit point has passed: then an equal value is accepted and a changed one
 * refused here, before KVM is asked. What was staged before cvmm_vm_regs_commit_early() is closed by it in every
 * dialect, because some write it there; what was not can still be staged until cvmm_vm_regs_commit().
 *
 * Properties record what KVM cannot give back, for capture. Those that describe an act of the embedding VMM (devices, the
 * counter offset, capabilities without a window) can be recorded whenever it happens; capabilities that are staged before
 * commit_early() are enabled there.
 *
 * Return: 0; -EXDEV with CVMM_REASON_NOT_VM_OWNED or, for a property that is none, CVMM_REASON_VM_UNKNOWN_PROPERTY;
 * -EINVAL with CVMM_REASON_ARGUMENT for a counter; -E2BIG if the slots are full; -EBUSY with CVMM_REASON_VM_SEALED after
 * commit(), with CVMM_REASON_VM_ORDER between the commit points (other: the value that is there).
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_regs_stage(
	struct cvmm_vm_regs *r, struct cvmm_vm_reg reg, uint64_t value, struct cvmm_error *e);

/**
 * cvmm_vm_regs_staged() - the value that is staged or committed
 * @r:     the VM's values
 * @reg:   the register or property
 * @value: receives it
 *
 * No ioctl. Return: 0, or -ENOENT if nothing was staged.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_regs_staged(const struct cvmm_vm_regs *r, struct cvmm_vm_reg reg, uint64_t *value);

/**
 * cvmm_vm_regs_record() - state what the embedding VMM has done by itself
 * @r:     the VM's values
 * @reg:   a property: an act that KVM cannot be asked about
 * @value: its value
 * @e:     receives the error, or NULL; id is the property
 *
 * For a VMM that sets its VM up with its own code: at any time, before a capture. The value travels in a snapshot, and
 * cvmm_vm_regs_commit_early() does not do it again. No ioctl. Return: 0; -EXDEV as cvmm_vm_regs_stage(); -EINVAL with
 * CVMM_REASON_ARGUMENT for what is no property; -E2BIG if the slots are full.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_regs_record(
	struct cvmm_vm_regs *r, struct cvmm_vm_reg reg, uint64_t value, struct cvmm_error *e);

/**
 * cvmm_vm_regs_commit_early() - first commit point: before the first vCPU is created
 * @r: the VM's values
 * @e: receives the error, or NULL; id names the register or property
 *
 * Enables the capabilities that are staged as properties (KVM_ENABLE_CAP). x86_64: does what each staged property of
 * CVMM_X86_PROPERTIES says, in the order of that table. In CVMM_DIALECT_VM it also writes the staged
 * registers through the VM fd and reads them back; one that KVM does not take there is left to cvmm_vm_regs_commit(), so
 * that a wrong value is reported by the same call in every dialect. A register that exists at VM scope only and is staged
 * with another value than 0 needs that dialect: -EOPNOTSUPP with CVMM_REASON_DIALECT_FORBIDDEN otherwise.
 *
 * To be called in every dialect. After a failure the VM may have part of it: close it. Return: 0; -errno of KVM; -EINVAL
 * with CVMM_REASON_VM_ORDER if it comes too late.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_regs_commit_early(struct cvmm_vm_regs *r, struct cvmm_error *e);

/**
 * cvmm_vm_regs_commit() - second commit point: every vCPU is initialised, none has run
 * @r:       the VM's values
 * @through: any one vCPU
 * @e:       receives the error, or NULL; id names the register
 *
 * Writes each staged register once (KVM_SET_ONE_REG), in the order of the catalogue: ID registers before the firmware's,
 * whose levels depend on them; then the SMCCC filter and the PMU event filter (KVM_SET_DEVICE_ATTR). When all are
 * written, reads each register back under its row's mask (KVM_GET_ONE_REG), and seals. Registers that KVM only asserts
 * are written and not compared. To be called in every dialect. After a failure the VM may have part of it: close it.
 *
 * Return: 0; -errno of KVM; -EIO with CVMM_REASON_VM_NOT_STORED if a write was accepted and something else is there
 * (other: the value read); -EINVAL with CVMM_REASON_VM_ORDER before commit_early() or after a commit().
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_regs_commit(
	struct cvmm_vm_regs *r, struct cvmm_vcpu through, struct cvmm_error *e);

/**
 * cvmm_vm_regs_clock() - set a VM-wide counter, once, after the last vCPU exists
 * @r:       the VM's values, sealed
 * @through: any one vCPU
 * @reg:     TIMER_CNT or PTIMER_CNT
 * @value:   the counter's value
 * @e:       receives the error, or NULL
 *
 * Creating a vCPU resets the counters, writing one moves them for all vCPUs. If an offset was set through
 * KVM_ARM_SET_COUNTER_OFFSET and recorded as a property, the write would be ignored: refused here (-EBUSY,
 * CVMM_REASON_VM_ORDER). Reads back: must not be behind @value. Return: 0; -EXDEV with CVMM_REASON_NOT_VM_OWNED for what
 * is no counter; -EBUSY with CVMM_REASON_VM_ORDER before commit(); -EIO with CVMM_REASON_VM_NOT_STORED (other: the
 * counter) if the write did nothing; -errno of KVM.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_regs_clock(
	struct cvmm_vm_regs *r, struct cvmm_vcpu through, struct cvmm_vm_reg reg, uint64_t value, struct cvmm_error *e);

/**
 * cvmm_vm_regs_knob_set() - set an ABI knob that stands behind a device attribute, and read it back
 * @r:     the VM's values
 * @dev:   the device: the VGICv3 for vm.gicd_iidr, the ITS for vm.gits_iidr
 * @reg:   which
 * @value: the whole register
 * @e:     receives the error, or NULL
 *
 * KVM_SET_DEVICE_ATTR, then KVM_GET_DEVICE_ATTR: several kernels accept any revision and change nothing. Recorded in @r
 * once it holds. Early enough: before the device is initialised where the kernel takes that (-EBUSY if not, then after),
 * always before its other registers. Return: 0; -EXDEV with CVMM_REASON_NOT_VM_OWNED for what is no knob; -EIO with
 * CVMM_REASON_VM_NOT_STORED (other: the value read); -errno of KVM: -EINVAL a revision that this kernel does not have.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_regs_knob_set(
	struct cvmm_vm_regs *r, struct cvmm_device dev, struct cvmm_vm_reg reg, uint64_t value, struct cvmm_error *e);

/**
 * cvmm_vm_regs_knob_record() - read an ABI knob behind a device attribute, and record it for capture
 * @r:   the VM's values
 * @dev: the device
 * @reg: which
 * @e:   receives the error, or NULL
 *
 * KVM_GET_DEVICE_ATTR. Return: 0; -EXDEV as for cvmm_vm_regs_knob_set(); -errno of KVM: -EBUSY before the device is
 * initialised.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_regs_knob_record(
	struct cvmm_vm_regs *r, struct cvmm_device dev, struct cvmm_vm_reg reg, struct cvmm_error *e);

/**
 * cvmm_vm_vgic_get() - read a register of the distributor or of the ITS
 * @dev:  the VGICv3; the ITS for GITS_ registers and vgic.its_tables
 * @reg:  which: a row of access CVMM_ACCESS_VGIC
 * @v:    receives the value, little-endian
 * @size: bytes at @v
 * @e:    receives the error, or NULL; id is the register
 *
 * KVM_GET_DEVICE_ATTR; see vgic.h, also for what vgic.its_tables does. Return: 0; -EXDEV with CVMM_REASON_NOT_VM_OWNED for
 * what is no VGIC register of the VM; -EINVAL with CVMM_REASON_REG_SIZE; -errno of KVM.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_vgic_get(
	struct cvmm_device dev, struct cvmm_vm_reg reg, void *v, uint32_t size, struct cvmm_error *e);

/**
 * cvmm_vm_vgic_set() - restore a register of the distributor or of the ITS
 * @dev:  as for cvmm_vm_vgic_get()
 * @reg:  which
 * @v:    the value, little-endian
 * @size: bytes at @v
 * @e:    receives the error, or NULL; id is the register
 *
 * As its row says: see cvmm_device_restore_vgic_reg(). The order of registers is the rows' rank. Return: as
 * cvmm_vm_vgic_get(); -EIO with CVMM_REASON_DEVICE_DIFFERS for a value that the device was set up with and that differs.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_vgic_set(
	struct cvmm_device dev, struct cvmm_vm_reg reg, const void *v, uint32_t size, struct cvmm_error *e);

/**
 * cvmm_vm_smccc_filter() - a range of the SMCCC filter as the value of a property vm.smccc_filter.N
 * @base:   first function id
 * @nr:     number of functions, 1 to 2^30
 * @action: 0 handle, 1 deny, 2 exit to the VMM
 *
 * KVM cannot give the filter back, so it travels as properties, in the order of N. Staged, it is set by
 * cvmm_vm_regs_commit(). Return: the value; 0, which is no range, for arguments out of range.
 */
static inline uint64_t cvmm_vm_smccc_filter(uint32_t base, uint32_t nr, uint8_t action)
{
	if (!nr || nr > 1u << 30 || action > 2)
		return 0;
	return (uint64_t)base << 32 | (uint64_t)(nr - 1) << 2 | action;
}

/**
 * cvmm_vm_pmu_filter() - a range of the PMU event filter as the value of a property vm.pmu_filter.N
 * @base:   first event
 * @nr:     number of events, at least 1
 * @action: 0 allow, 1 deny
 *
 * As cvmm_vm_smccc_filter(). Return: the value; 0, which is no range, for arguments out of range.
 */
static inline uint64_t cvmm_vm_pmu_filter(uint16_t base, uint16_t nr, uint8_t action)
{
	if (!nr || action > 1)
		return 0;
	return (uint64_t)action << 32 | (uint64_t)nr << 16 | base;
}

/**
 * cvmm_vm_regs_get() - read a VM-owned register or property
 * @r:       the VM's values
 * @through: any initialised vCPU
 * @reg:     the register; a property comes from what was staged
 * @value:   receives it
 * @e:       receives the error, or NULL
 *
 * Return: 0; -ENOENT for a property that was never staged; -errno of KVM_GET_ONE_REG.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_regs_get(const struct cvmm_vm_regs *r, struct cvmm_vcpu through,
	struct cvmm_vm_reg reg, uint64_t *value, struct cvmm_error *e);

/**
 * cvmm_vm_block_bytes() - x86_64: bytes of state that the VM has as a whole
 * @reg: vm.pic[0], vm.pic[1], vm.ioapic, vm.pit2, vm.clock
 *
 * Return: the size, 0 for any other register.
 */
CVMM_API uint32_t cvmm_vm_block_bytes(struct cvmm_vm_reg reg);

/**
 * cvmm_vm_get_block() - x86_64: read state that the VM has as a whole
 * @vm:   the VM
 * @reg:  which
 * @v:    receives the value: of the interrupt controllers struct cvmm_x86_pic and cvmm_x86_ioapic, of the timer struct
 *        cvmm_x86_pit, of the clock its nanoseconds in 8 bytes (kvm-ioctls/x86-vm.h)
 * @size: bytes at @v, as many as cvmm_vm_block_bytes() says
 * @e:    receives the error, or NULL; id is @reg
 *
 * KVM_GET_IRQCHIP, KVM_GET_PIT2, KVM_GET_CLOCK. Return: 0; -EXDEV with CVMM_REASON_NOT_VM_OWNED; -EINVAL with
 * CVMM_REASON_REG_SIZE; -errno of KVM: -ENXIO the VM has no such device.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_get_block(
	struct cvmm_vm vm, struct cvmm_vm_reg reg, void *v, uint32_t size, struct cvmm_error *e);

/**
 * cvmm_vm_set_block() - x86_64: write it
 * @vm:   the VM
 * @reg:  which
 * @v:    the value, as cvmm_vm_get_block() gives it
 * @size: bytes at @v
 * @e:    receives the error, or NULL; id is @reg
 *
 * KVM_SET_IRQCHIP, KVM_SET_PIT2, KVM_SET_CLOCK (without flags: the clock goes on from this value). Return: as
 * cvmm_vm_get_block().
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_set_block(
	struct cvmm_vm vm, struct cvmm_vm_reg reg, const void *v, uint32_t size, struct cvmm_error *e);

/**
 * cvmm_vm_block_holds() - does a VM that gives @got hold @want?
 * @reg:  which
 * @got:  what was read
 * @want: what was written
 *
 * Without what runs by itself: counters of the timer, interrupts that have come in since; the clock is not behind. No
 * ioctl. Return: 1 or 0.
 */
CVMM_API int cvmm_vm_block_holds(struct cvmm_vm_reg reg, const void *got, const void *want);

/**
 * cvmm_vm_regs_agree() - does another vCPU show the same VM-owned registers?
 * @other: a vCPU that they were not read through
 * @shown: registers, and the values that another vCPU showed
 * @n:     their number
 * @e:     receives the error, or NULL; id names the first that differs, other what @other shows
 *
 * One KVM_GET_ONE_REG for each. Volatile ones are skipped. Return: 0; -EIO with CVMM_REASON_VM_DISAGREE; -EXDEV with
 * CVMM_REASON_NOT_VM_OWNED; -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_regs_agree(
	struct cvmm_vcpu other, const struct cvmm_pair *shown, uint32_t n, struct cvmm_error *e);

CVMM_END_DECLS

#endif
