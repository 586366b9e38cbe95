/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: riscv64: constants of KVM's ABI, our own definitions
 *
 * riscv64 has no ioctl of its own: a vCPU is saved and restored through the register list and ONE_REG (vcpu.h) and
 * MP_STATE; interrupts from outside use cvmm_vcpu_interrupt(); the interrupt controller (AIA) is a device with
 * attributes (device.h). What is left are numbers. Names of registers and register ids are in reg-id.h.
 */
#ifndef CVMM_KVM_IOCTLS_RISCV_H
#define CVMM_KVM_IOCTLS_RISCV_H

#include <cvmm/kvm-ioctls/base.h>

/** CVMM_RISCV_INTERRUPT_SET, _UNSET: what cvmm_vcpu_interrupt() takes: the VS-level external interrupt on or off. */
#define CVMM_RISCV_INTERRUPT_SET   UINT32_MAX
#define CVMM_RISCV_INTERRUPT_UNSET (UINT32_MAX - 1)

/** CVMM_RISCV_FAIL_ENTRY_NO_VSFILE: reason of CVMM_EXIT_FAIL_ENTRY: the host CPU has no free interrupt file. */
#define CVMM_RISCV_FAIL_ENTRY_NO_VSFILE 1u

/** CVMM_RISCV_DEV_AIA: device type of the AIA (6.5), for cvmm_vm_create_device(). */
#define CVMM_RISCV_DEV_AIA 11u

/* The AIA's attribute groups; values are 32 bits in CONFIG, 64 bits in ADDR, and none in CTRL. */

/** CVMM_RISCV_AIA_CONFIG: mode, and how many of what; before CTRL_INIT. Attributes follow. */
#define CVMM_RISCV_AIA_CONFIG 0u
/** CVMM_RISCV_AIA_CONFIG_MODE: 0 emulated, 1 in hardware, 2 in hardware where there is some. */
#define CVMM_RISCV_AIA_CONFIG_MODE	  0u
#define CVMM_RISCV_AIA_CONFIG_IDS	  1u /* interrupt identities of an IMSIC, 63 to 2047 */
#define CVMM_RISCV_AIA_CONFIG_SRCS	  2u /* wired interrupts of the APLIC */
#define CVMM_RISCV_AIA_CONFIG_GROUP_BITS  3u /* bits of an IMSIC address that number the group */
#define CVMM_RISCV_AIA_CONFIG_GROUP_SHIFT 4u /* and where they start */
#define CVMM_RISCV_AIA_CONFIG_HART_BITS	  5u /* bits that number the hart */
#define CVMM_RISCV_AIA_CONFIG_GUEST_BITS  6u /* bits that number the guest file */

/** CVMM_RISCV_AIA_ADDR: guest addresses, before CTRL_INIT. Attribute 0: the APLIC; 1 + n: the IMSIC of vCPU n. */
#define CVMM_RISCV_AIA_ADDR 1u

/** CVMM_RISCV_AIA_CTRL: attribute 0 initialises; after the last vCPU, before the first run. */
#define CVMM_RISCV_AIA_CTRL 2u

/** CVMM_RISCV_AIA_APLIC: the APLIC's registers; the attribute is the offset, 4-byte aligned, below 0x4000. */
#define CVMM_RISCV_AIA_APLIC 3u

/** CVMM_RISCV_AIA_IMSIC: a vCPU's IMSIC; the attribute is (vCPU << 12) | register select (0x70 to 0xff). */
#define CVMM_RISCV_AIA_IMSIC 4u

#endif
