/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: architecture-neutral numbers of KVM's ABI, our own definitions
 *
 * For code that must not include linux/kvm.h: the pure parts, the simulated KVM, and headers older than the kernel
 * they run on. Compared with the installed linux/kvm.h by a test, wherever that has them.
 */
#ifndef CVMM_KVM_IOCTLS_ABI_H
#define CVMM_KVM_IOCTLS_ABI_H

#include <cvmm/kvm-ioctls/base.h>
#include <cvmm/kvm-ioctls/cap.h>

/**
 * CVMM_IO(), CVMM_IOR(), CVMM_IOW(), CVMM_IOWR() - how a request number is made
 *
 * Number, and the type behind the argument: R if KVM writes it, W if KVM reads it (as declared; a few requests say it
 * the wrong way round). The same on x86_64, arm64 and riscv64.
 */
#define CVMM_IOC(dir, nr, bytes) (((unsigned long)(dir) << 30) | ((unsigned long)(bytes) << 16) | 0xae00ul | (nr))
#define CVMM_IO(nr)		 CVMM_IOC(0, nr, 0)
#define CVMM_IOW(nr, type)	 CVMM_IOC(1, nr, sizeof(type))
#define CVMM_IOR(nr, type)	 CVMM_IOC(2, nr, sizeof(type))
#define CVMM_IOWR(nr, type)	 CVMM_IOC(3, nr, sizeof(type))

/** CVMM_KVM_API_VERSION: the only version that KVM has had since 2007. */
#define CVMM_KVM_API_VERSION 12

/* system ioctls */
#define CVMM_KVM_GET_API_VERSION    0x0000ae00ul
#define CVMM_KVM_CREATE_VM	    0x0000ae01ul
#define CVMM_KVM_CHECK_EXTENSION    0x0000ae03ul
#define CVMM_KVM_GET_VCPU_MMAP_SIZE 0x0000ae04ul
#define CVMM_KVM_GET_STATS_FD	    0x0000aeceul /* on VM and vCPU fds */
/* VM ioctls */
#define CVMM_KVM_CREATE_VCPU		0x0000ae41ul
#define CVMM_KVM_SET_USER_MEMORY_REGION 0x4020ae46ul
#define CVMM_KVM_ENABLE_CAP		0x4068aea3ul
#define CVMM_KVM_CREATE_DEVICE		0xc00caee0ul
/* vCPU ioctls */
#define CVMM_KVM_RUN		 0x0000ae80ul
#define CVMM_KVM_GET_MP_STATE	 0x8004ae98ul
#define CVMM_KVM_SET_MP_STATE	 0x4004ae99ul
#define CVMM_KVM_GET_ONE_REG	 0x4010aeabul
#define CVMM_KVM_SET_ONE_REG	 0x4010aeacul
#define CVMM_KVM_GET_REG_LIST	 0xc008aeb0ul
#define CVMM_KVM_TRANSLATE	 0xc018ae85ul
#define CVMM_KVM_INTERRUPT	 0x4004ae86ul
#define CVMM_KVM_SET_SIGNAL_MASK 0x4004ae8bul
/* on VM, vCPU and device fds */
#define CVMM_KVM_SET_DEVICE_ATTR 0x4018aee1ul
#define CVMM_KVM_GET_DEVICE_ATTR 0x4018aee2ul
#define CVMM_KVM_HAS_DEVICE_ATTR 0x4018aee3ul

/** struct cvmm_kvm_one_reg - argument of KVM_GET/SET_ONE_REG: register id, address of the value */
struct cvmm_kvm_one_reg {
	uint64_t id;
	uint64_t addr;
};

/** struct cvmm_kvm_device_attr - argument of KVM_SET/GET/HAS_DEVICE_ATTR */
struct cvmm_kvm_device_attr {
	uint32_t flags;
	uint32_t group;
	uint64_t attr;
	uint64_t addr;
};

/** struct cvmm_kvm_enable_cap - argument of KVM_ENABLE_CAP */
struct cvmm_kvm_enable_cap {
	uint32_t cap;
	uint32_t flags;
	uint64_t args[4];
	uint8_t pad[64];
};

/** struct cvmm_kvm_memory_region - argument of KVM_SET_USER_MEMORY_REGION */
struct cvmm_kvm_memory_region {
	uint32_t slot;
	uint32_t flags;
	uint64_t guest_phys_addr;
	uint64_t memory_bytes;
	uint64_t userspace_addr;
};

/** struct cvmm_kvm_create_device - argument of KVM_CREATE_DEVICE; @fd is an output */
struct cvmm_kvm_create_device {
	uint32_t type;
	uint32_t fd;
	uint32_t flags;
};

/* Private numbers of kvm-sim, in a range that no kernel uses: the LKML thread's proposals. */
#define CVMM_CAP_SIM_REG_SCOPE	0x43560001u /* bit 28 of a register id marks VM scope; VM capability, to be enabled */
#define CVMM_CAP_SIM_VM_ONE_REG 0x43560002u /* GET/SET_ONE_REG and GET_REG_LIST on the VM fd */
#define CVMM_CAP_SIM_ASYMMETRIC 0x43560003u /* vCPUs of one VM may have different features */
#define CVMM_ARM64_REG_SCOPE_VM UINT64_C(0x10000000)

/**
 * struct cvmm_kvm_translation - argument of KVM_TRANSLATE
 * @linear_address:   in
 * @physical_address: out, valid if @valid is 1
 * @valid:            there is a translation
 * @writeable:        always 1 today
 * @usermode:         always 0 today
 * @pad:              0
 */
struct cvmm_kvm_translation {
	uint64_t linear_address;
	uint64_t physical_address;
	uint8_t valid;
	uint8_t writeable;
	uint8_t usermode;
	uint8_t pad[5];
};

/* control bits of KVM_SET_GUEST_DEBUG that every architecture has */
#define CVMM_GUESTDBG_ENABLE	 1u
#define CVMM_GUESTDBG_SINGLESTEP 2u

/* device types for cvmm_vm_create_device(); others belong to architectures that are left out */
#define CVMM_DEV_VFIO	      4u
#define CVMM_DEV_ARM_VGIC_V2  5u
#define CVMM_DEV_ARM_VGIC_V3  7u
#define CVMM_DEV_ARM_VGIC_ITS 8u
#define CVMM_DEV_ARM_PV_TIME  10u
#define CVMM_DEV_RISCV_AIA    11u
#define CVMM_DEV_ARM_VGIC_V5  16u
/** CVMM_CREATE_DEVICE_TEST: flag of KVM_CREATE_DEVICE: only ask; cvmm_vm_test_device() sets it. */
#define CVMM_CREATE_DEVICE_TEST 1u

/* MP states */
#define CVMM_MP_STATE_UNINITIALIZED 1u
#define CVMM_MP_STATE_INIT_RECEIVED 2u
#define CVMM_MP_STATE_HALTED	    3u
#define CVMM_MP_STATE_SIPI_RECEIVED 4u
#define CVMM_MP_STATE_AP_RESET_HOLD 9u
#define CVMM_MP_STATE_RUNNABLE	    0u
#define CVMM_MP_STATE_STOPPED	    5u
#define CVMM_MP_STATE_SUSPENDED	    10u

#endif
