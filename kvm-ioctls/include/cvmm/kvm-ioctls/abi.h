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
#define CVMM_KVM_GET_API_VERSION    0x0000ae00ul /* answers CVMM_KVM_API_VERSION */
#define CVMM_KVM_CREATE_VM	    0x0000ae01ul /* machine type; answers an fd */
#define CVMM_KVM_CHECK_EXTENSION    0x0000ae03ul /* capability number; on VM fds as well (3.17) */
#define CVMM_KVM_GET_VCPU_MMAP_SIZE 0x0000ae04ul /* answers bytes, for cvmm_vcpu_map_run() */
#define CVMM_KVM_GET_STATS_FD	    0x0000aeceul /* on VM and vCPU fds */
/* VM ioctls */
#define CVMM_KVM_CREATE_VCPU		0x0000ae41ul /* vCPU id; answers an fd */
#define CVMM_KVM_SET_USER_MEMORY_REGION 0x4020ae46ul /* struct cvmm_kvm_memory_region */
#define CVMM_KVM_ENABLE_CAP		0x4068aea3ul /* struct cvmm_kvm_enable_cap; on vCPU fds as well */
#define CVMM_KVM_CREATE_DEVICE		0xc00caee0ul /* struct cvmm_kvm_create_device (3.10) */
/* vCPU ioctls */
#define CVMM_KVM_RUN		 0x0000ae80ul /* 0; the exit is in the shared area */
#define CVMM_KVM_GET_MP_STATE	 0x8004ae98ul /* 32 bits, CVMM_MP_STATE_... */
#define CVMM_KVM_SET_MP_STATE	 0x4004ae99ul /* the same */
#define CVMM_KVM_GET_ONE_REG	 0x4010aeabul /* struct cvmm_kvm_one_reg (arm64 3.11; x86 by 6.18) */
#define CVMM_KVM_SET_ONE_REG	 0x4010aeacul /* the same */
#define CVMM_KVM_GET_REG_LIST	 0xc008aeb0ul /* 64-bit count, then that many ids (arm64 3.11; x86 by 6.18) */
#define CVMM_KVM_TRANSLATE	 0xc018ae85ul /* struct cvmm_kvm_translation */
#define CVMM_KVM_INTERRUPT	 0x4004ae86ul /* 32 bits: vector; riscv64: (uint32_t)-1 sets, -2 clears */
#define CVMM_KVM_SET_SIGNAL_MASK 0x4004ae8bul /* length of 32 bits, then the set; NULL: none */
/* on VM, vCPU and device fds; x86: GET and HAS on the system fd as well (KVM_CAP_SYS_ATTRIBUTES) */
#define CVMM_KVM_SET_DEVICE_ATTR 0x4018aee1ul /* struct cvmm_kvm_device_attr (3.10) */
#define CVMM_KVM_GET_DEVICE_ATTR 0x4018aee2ul /* the same; @addr is written to */
#define CVMM_KVM_HAS_DEVICE_ATTR 0x4018aee3ul /* the same; @addr is not looked at */

/**
 * struct cvmm_kvm_one_reg - argument of KVM_GET/SET_ONE_REG
 * @id:   the register, which says its size as well
 * @addr: address of the value in user space
 */
struct cvmm_kvm_one_reg {
	uint64_t id;
	uint64_t addr;
};

/**
 * struct cvmm_kvm_device_attr - argument of KVM_SET/GET/HAS_DEVICE_ATTR
 * @flags: 0
 * @group: the group that the fd's kind of device has
 * @attr:  which attribute of the group
 * @addr:  address of the value in user space; its size is the attribute's
 */
struct cvmm_kvm_device_attr {
	uint32_t flags;
	uint32_t group;
	uint64_t attr;
	uint64_t addr;
};

/**
 * struct cvmm_kvm_enable_cap - argument of KVM_ENABLE_CAP
 * @cap:   CVMM_CAP_...
 * @flags: 0
 * @args:  what the capability wants; see cap.h
 * @pad:   0
 */
struct cvmm_kvm_enable_cap {
	uint32_t cap;
	uint32_t flags;
	uint64_t args[4];
	uint8_t pad[64];
};

/**
 * struct cvmm_kvm_memory_region - argument of KVM_SET_USER_MEMORY_REGION
 * @slot:            number, bits 31:16 the address space (x86: 1 is SMM's)
 * @flags:           CVMM_MEM_... of memory.h
 * @guest_phys_addr: where the guest sees it, page-aligned
 * @memory_bytes:    its size, whole pages; 0 takes the slot away
 * @userspace_addr:  where it lies in this process, page-aligned
 */
struct cvmm_kvm_memory_region {
	uint32_t slot;
	uint32_t flags;
	uint64_t guest_phys_addr;
	uint64_t memory_bytes;
	uint64_t userspace_addr;
};

/**
 * struct cvmm_kvm_create_device - argument of KVM_CREATE_DEVICE
 * @type:  CVMM_DEV_...
 * @fd:    out: the device, the caller's to close
 * @flags: CVMM_CREATE_DEVICE_TEST or 0
 */
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
#define CVMM_GUESTDBG_ENABLE	 1u /* without it all of it is off */
#define CVMM_GUESTDBG_SINGLESTEP 2u /* an exit after each instruction */

/* device types for cvmm_vm_create_device(); others belong to architectures that are left out */
#define CVMM_DEV_VFIO	      4u  /* groups and files of devices that are passed through */
#define CVMM_DEV_ARM_VGIC_V2  5u  /* GICv2; at most 8 vCPUs */
#define CVMM_DEV_ARM_VGIC_V3  7u  /* GICv3: see vgic.h */
#define CVMM_DEV_ARM_VGIC_ITS 8u  /* its ITS: see vgic.h */
#define CVMM_DEV_ARM_PV_TIME  10u /* stolen time; a number without a device */
#define CVMM_DEV_RISCV_AIA    11u /* APLIC and IMSIC: see riscv.h */
#define CVMM_DEV_ARM_VGIC_V5  16u /* GICv5 */
/** CVMM_CREATE_DEVICE_TEST: flag of KVM_CREATE_DEVICE: only ask; cvmm_vm_test_device() sets it. */
#define CVMM_CREATE_DEVICE_TEST 1u

/* MP states */
#define CVMM_MP_STATE_UNINITIALIZED 1u	/* x86: waits for INIT */
#define CVMM_MP_STATE_INIT_RECEIVED 2u	/* x86: waits for SIPI */
#define CVMM_MP_STATE_HALTED	    3u	/* x86: HLT, until an interrupt */
#define CVMM_MP_STATE_SIPI_RECEIVED 4u	/* x86: about to start */
#define CVMM_MP_STATE_AP_RESET_HOLD 9u	/* x86: SEV-ES, waits to be started */
#define CVMM_MP_STATE_RUNNABLE	    0u	/* all: runs when asked to */
#define CVMM_MP_STATE_STOPPED	    5u	/* arm64: PSCI off; riscv64: stopped */
#define CVMM_MP_STATE_SUSPENDED	    10u /* arm64: waits for a wake-up event */

#endif
