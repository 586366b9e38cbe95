/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: a KVM in memory
 *
 * A simulated KVM behind the backend seam: an arm64, riscv64 or x86_64 host that answers every ioctl as a recorded
 * real kernel did. Which kernel is told by a host profile: register lists per vCPU feature set, reset values, masks, capabilities, and
 * traits for behaviour that no list shows. What a VMM sees (ids, sizes, windows, errnos, the order in which they are checked)
 * is that kernel's; no instruction is executed.
 *
 * - All storage comes from the caller at creation; its size is asked for first. There are no pointers inside, so a
 *   whole simulated KVM is copied by one call (cvmm_sim_clone()) and set back by another (cvmm_sim_rewind()).
 * - It is deterministic: the physical counter advances by CVMM_SIM_TICKS per reading, nothing else moves by itself.
 * - Several threads may use it at once. As in KVM there is one lock per vCPU and one per VM; register writes that
 *   concern the VM and KVM_ARM_VCPU_INIT take the VM's lock, and the number of times that happened can be read. Closing
 *   the last fd of a VM while another thread is inside an ioctl of that VM is the caller's mistake.
 * - Addresses in arguments are used as they are: they must be readable (or writable) memory of the process. Addresses
 *   in the first page answer EFAULT.
 *
 * Feature sets that the profile did not measure: EINVAL if no measured set contains all of their bits; otherwise the
 * register list is the union of the measured subsets' lists, less what a larger measured subset of it does not have
 * (V registers on SVE vCPUs); values come from the subset that differs from the smallest one.
 */
#ifndef CVMM_KVM_SIM_SIM_H
#define CVMM_KVM_SIM_SIM_H

#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/backend.h>
#include <cvmm/kvm-ioctls/profile.h>

CVMM_BEGIN_DECLS

/** CVMM_SIM_ALIGN: alignment of the storage. Page-aligned storage makes each kvm_run area page-aligned as well. */
#define CVMM_SIM_ALIGN 64u

/** CVMM_SIM_FD_BASE: the first fd that is given out; far from real ones, so that a mix-up is noticed. */
#define CVMM_SIM_FD_BASE 1024

/** CVMM_SIM_TICKS: by how much the physical counter advances each time it is read. */
#define CVMM_SIM_TICKS 1000u

/** CVMM_SIM_RUN_BYTES: what KVM_GET_VCPU_MMAP_SIZE answers. */
#define CVMM_SIM_RUN_BYTES 8192u

/*
 * Proposals of the LKML thread that no kernel has (docs/proposals.md); bits of struct cvmm_sim_config.proposals. Each
 * is advertised by its private capability number (abi.h) and changes nothing for a VMM that does not ask.
 */
/** CVMM_SIM_REG_SCOPE: KVM_CAP_ARM_REG_SCOPE: bit 28 of an id marks VM scope, after KVM_ENABLE_CAP. */
#define CVMM_SIM_REG_SCOPE 1u
/** CVMM_SIM_VM_ONE_REG: GET/SET_ONE_REG and GET_REG_LIST on the VM fd; immutable once a vCPU exists. */
#define CVMM_SIM_VM_ONE_REG 2u
/** CVMM_SIM_ASYMMETRIC: after KVM_ENABLE_CAP, vCPUs of one VM may have different features. */
#define CVMM_SIM_ASYMMETRIC 4u

/**
 * struct cvmm_sim_config - what to simulate
 * @size:         sizeof(struct cvmm_sim_config)
 * @proposals:    CVMM_SIM_... bits of the proposals to offer; 0 is the plain kernel
 * @profile:      the kernel to be; outlives the simulated KVM and its clones
 * @max_vms:      VMs at the same time; 0 is 1
 * @max_vcpus:    vCPUs per VM that storage is set aside for; 0 is 8. What KVM_CHECK_EXTENSION says is the profile's;
 *                KVM_CREATE_VCPU beyond this answers ENOMEM
 * @max_sve:      vCPUs with SVE, over all VMs (they need 9 KiB more); 0 is all, if the profile has SVE.
 *                KVM_ARM_VCPU_INIT beyond this answers ENOMEM
 * @max_devices:  in-kernel devices per VM; 0 is 4
 * @max_memslots: memory slots per VM; 0 is 32
 * @max_opens:    times that the system handle can be open at once; 0 is 4
 * @zero:         0
 */
struct cvmm_sim_config {
	uint32_t size;
	uint32_t proposals;
	const struct cvmm_profile *profile;
	uint32_t max_vms;
	uint32_t max_vcpus;
	uint32_t max_sve;
	uint32_t max_devices;
	uint32_t max_memslots;
	uint32_t max_opens;
	uint32_t zero[2];
};

/**
 * cvmm_sim_need() - how much storage a simulated KVM takes
 * @cfg:   the configuration
 * @bytes: receives the number of bytes
 * @e:     receives the error, or NULL
 *
 * Return: 0; -EINVAL with CVMM_REASON_SIM_CONFIG (limits beyond reason, a profile without a variant or with impossible
 * values) or CVMM_REASON_WRONG_ARCH (no architecture that is simulated).
 */
CVMM_API CVMM_MUST_CHECK int cvmm_sim_need(const struct cvmm_sim_config *cfg, size_t *bytes, struct cvmm_error *e);

/**
 * cvmm_sim_init() - make a simulated KVM
 * @cfg:   the configuration; copied
 * @store: storage, aligned to CVMM_SIM_ALIGN
 * @cap:   its size; cvmm_sim_need() tells
 * @out:   receives the backend; valid as long as @store is
 * @e:     receives the error, or NULL
 *
 * Return: 0; -EINVAL as for cvmm_sim_need() or misaligned (CVMM_REASON_SIM_STORE); -E2BIG if @cap is too small (other:
 * the bytes needed).
 */
CVMM_API CVMM_MUST_CHECK int cvmm_sim_init(
	const struct cvmm_sim_config *cfg, void *store, size_t cap, struct cvmm_backend *out, struct cvmm_error *e);

/**
 * cvmm_sim_clone() - copy a whole simulated KVM
 * @from:  a backend of cvmm_sim_init(); no thread is inside a call of it
 * @store: storage for the copy, aligned to CVMM_SIM_ALIGN
 * @cap:   its size, at least what cvmm_sim_need() said
 * @out:   receives the copy's backend: the same fds, VMs and vCPUs in the same state
 * @e:     receives the error, or NULL
 *
 * One memcpy. Return: 0, -EINVAL (not a simulated KVM, misaligned), -E2BIG (other: the bytes needed).
 */
CVMM_API CVMM_MUST_CHECK int cvmm_sim_clone(
	const struct cvmm_backend *from, void *store, size_t cap, struct cvmm_backend *out, struct cvmm_error *e);

/**
 * cvmm_sim_rewind() - give one simulated KVM the state of another
 * @be:   the one to change; no thread is inside a call of it
 * @from: the one to copy the state from; made from the same configuration, for instance the one @be is a clone of
 *
 * Copies the changeable part only, which is what a fuzzer wants before each input. Return: 0, or -EINVAL.
 */
CVMM_API int cvmm_sim_rewind(const struct cvmm_backend *be, const struct cvmm_backend *from);

/* What is counted: X(SYMBOL, "name"). */
/* clang-format off */
#define CVMM_SIM_COUNTS(X) \
	X(OPEN, "open") X(CLOSE, "close") X(MMAP, "mmap") X(CHECK_EXTENSION, "check-extension") X(CREATE_VM, "create-vm") \
	X(CREATE_VCPU, "create-vcpu") X(VCPU_INIT, "vcpu-init") X(FINALIZE, "vcpu-finalize") X(REG_LIST, "get-reg-list") \
	X(GET_ONE_REG, "get-one-reg") X(SET_ONE_REG, "set-one-reg") X(RUN, "run") X(DEVICE_ATTR, "device-attr") \
	X(OTHER, "other-ioctls") X(VM_LOCK, "vm-lock")
/* clang-format on */

/** enum cvmm_sim_count - kinds of calls, and VM_LOCK: how often a VM's lock was taken on behalf of a vCPU. */
enum cvmm_sim_count {
#define CVMM_SIM_COUNT_ENUM(symbol, name) CVMM_SIM_COUNT_##symbol,
	CVMM_SIM_COUNTS(CVMM_SIM_COUNT_ENUM)
#undef CVMM_SIM_COUNT_ENUM
		CVMM_SIM_NCOUNTS
};

/**
 * cvmm_sim_counts() - how often each kind of call was made
 * @be:    a backend of cvmm_sim_init() or cvmm_sim_clone()
 * @count: receives CVMM_SIM_NCOUNTS numbers, from the creation on; failed calls count
 *
 * Return: 0, or -EINVAL if @be is not a simulated KVM.
 */
CVMM_API int cvmm_sim_counts(const struct cvmm_backend *be, uint64_t count[CVMM_SIM_NCOUNTS]);

/** cvmm_sim_count_name() - the name of a kind of call, or NULL. */
CVMM_API const char *cvmm_sim_count_name(uint32_t which);

/**
 * cvmm_sim_guest_reg() - what a guest would read with MRS
 * @be:    the simulated KVM
 * @vcpu:  fd of the vCPU
 * @id:    the register's encoding as a ONE_REG id, also where ONE_REG does not have it or means another register by it
 * @value: receives the value
 *
 * Return: 0; -EBADF not a vCPU fd; -ENOEXEC before KVM_ARM_VCPU_INIT; -ENOENT the guest would get an undefined
 * instruction exception, or the profile does not tell; -EPERM it would get a system register trap (EC 0x18).
 */
CVMM_API CVMM_MUST_CHECK int cvmm_sim_guest_reg(const struct cvmm_backend *be, int vcpu, uint64_t id, uint64_t *value);

/**
 * cvmm_sim_guest_hvc() - what a guest would get from a hypercall
 * @be:   the simulated KVM
 * @vcpu: fd of the vCPU
 * @fn:   SMCCC function id (x0)
 * @arg:  first argument (x1)
 * @x:    receives x0 to x3; CVMM_HVC_ANY for what differs from call to call
 *
 * The profile's answer while PSCI_VERSION and the bitmap registers have their reset values; otherwise changed as KVM
 * does it: a call whose bit is clear or that the PSCI version does not have is not supported. Return: 0; -EBADF;
 * -ENOEXEC; -ENOENT if the profile has no answer for this call.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_sim_guest_hvc(
	const struct cvmm_backend *be, int vcpu, uint64_t fn, uint64_t arg, uint64_t x[4]);

CVMM_END_DECLS

#endif
