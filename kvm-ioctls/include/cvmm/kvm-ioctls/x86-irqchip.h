/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: x86_64: interrupt controllers and timer of a VM: 8259 pair, I/O APIC, 8254
 *
 * They exist after cvmm_vm_create_irqchip() of irq.h and cvmm_vm_create_pit2(). Local APICs belong to vCPUs: x86-vcpu.h.
 *
 * What holds for every function here: @vm is the VM; @e receives the error, or is NULL. Return: 0, or
 * -errno: -EFAULT a bad pointer, -EBADF a closed handle, -EIO the VM is dying. Further errors stand with each function.
 */
#ifndef CVMM_KVM_IOCTLS_X86_IRQCHIP_H
#define CVMM_KVM_IOCTLS_X86_IRQCHIP_H

#include <cvmm/kvm-ioctls/handle.h>
#include <cvmm/kvm-ioctls/x86.h>

CVMM_BEGIN_DECLS

/**
 * struct cvmm_x86_pic - one half of the 8259 pair
 * @last_irr: lines as they were last seen (edges)
 * @irr:      requests
 * @imr:      masked lines
 * @isr:      being serviced
 */
struct cvmm_x86_pic {
	uint8_t last_irr, irr, imr, isr;
	uint8_t priority_add, irq_base, read_reg_select, poll;
	uint8_t special_mask, init_state, auto_eoi, rotate_on_auto_eoi;
	uint8_t special_fully_nested_mode, init4, elcr, elcr_mask;
};

/** struct cvmm_x86_ioapic - the I/O APIC; @redirtbl as its registers lay it out */
struct cvmm_x86_ioapic {
	uint64_t base_address;
	uint32_t ioregsel;
	uint32_t id;
	uint32_t irr;
	uint32_t pad;
	uint64_t redirtbl[24];
};

/**
 * struct cvmm_x86_irqchip - one of the three interrupt controllers (KVM_GET/SET_IRQCHIP)
 * @chip_id: CVMM_X86_CHIP_...; an input of both requests
 * @pad:     0
 * @pic:     CVMM_X86_CHIP_PIC_MASTER, CVMM_X86_CHIP_PIC_SLAVE
 * @ioapic:  CVMM_X86_CHIP_IOAPIC
 */
struct cvmm_x86_irqchip {
	uint32_t chip_id;
	uint32_t pad;
	union {
		uint8_t dummy[512];
		struct cvmm_x86_pic pic;
		struct cvmm_x86_ioapic ioapic;
	};
};

#define CVMM_X86_CHIP_PIC_MASTER 0u
#define CVMM_X86_CHIP_PIC_SLAVE	 1u
#define CVMM_X86_CHIP_IOAPIC	 2u

/** CVMM_X86_PIT_COUNT_MAX: what a count of 0 stands for; KVM gives it back as this number. */
#define CVMM_X86_PIT_COUNT_MAX 65536u
/** CVMM_X86_PIT_MODE_NONE: the mode of a counter that was never programmed. */
#define CVMM_X86_PIT_MODE_NONE 0xffu

/**
 * struct cvmm_x86_pit_channel - one counter of the 8254; members as its data sheet calls them
 * @count:           what it counts down from; CVMM_X86_PIT_COUNT_MAX for 0
 * @latched_count:   what a latched read gives
 * @mode:            0 to 5 (6 and 7 are 2 and 3), or CVMM_X86_PIT_MODE_NONE
 * @bcd:             counts in decimal
 * @gate:            its gate input
 * @count_load_time: when @count was loaded, in ns of the host's clock
 */
struct cvmm_x86_pit_channel {
	uint32_t count;
	uint16_t latched_count;
	uint8_t count_latched, status_latched, status;
	uint8_t read_state, write_state, write_latch;
	uint8_t rw_mode, mode, bcd, gate;
	int64_t count_load_time;
};

/**
 * struct cvmm_x86_pit - the 8254 (KVM_GET/SET_PIT2)
 * @channels: its counters
 * @flags:    1: HPET legacy mode; 2: speaker data on
 * @reserved: 0
 */
struct cvmm_x86_pit {
	struct cvmm_x86_pit_channel channels[3];
	uint32_t flags;
	uint32_t reserved[9];
};

/**
 * struct cvmm_x86_pit1 - the same without flags (KVM_GET/SET_PIT, for hosts without KVM_CAP_PIT_STATE2)
 * @channels: its counters
 */
struct cvmm_x86_pit1 {
	struct cvmm_x86_pit_channel channels[3];
};

/**
 * struct cvmm_x86_pit_config - argument of KVM_CREATE_PIT2
 * @flags: 1: the speaker port is emulated too
 * @pad:   0
 */
struct cvmm_x86_pit_config {
	uint32_t flags;
	uint32_t pad[15];
};

/**
 * struct cvmm_x86_reinject - argument of KVM_REINJECT_CONTROL
 * @pit_reinject: 1: ticks that the guest missed are repeated (as after creation); 0: they are lost
 * @reserved:     0
 */
struct cvmm_x86_reinject {
	uint8_t pit_reinject;
	uint8_t reserved[31];
};

#define CVMM_KVM_GET_IRQCHIP	  CVMM_IOWR(0x62, struct cvmm_x86_irqchip)   /* chip_id says which */
#define CVMM_KVM_SET_IRQCHIP	  CVMM_IOR(0x63, struct cvmm_x86_irqchip)    /* the same (declared as read) */
#define CVMM_KVM_CREATE_PIT	  CVMM_IO(0x64)				     /* no argument */
#define CVMM_KVM_GET_PIT	  CVMM_IOWR(0x65, struct cvmm_x86_pit1)	     /* older; declared as both */
#define CVMM_KVM_SET_PIT	  CVMM_IOR(0x66, struct cvmm_x86_pit1)	     /* the same (declared as read) */
#define CVMM_KVM_REINJECT_CONTROL CVMM_IO(0x71)				     /* struct cvmm_x86_reinject */
#define CVMM_KVM_CREATE_PIT2	  CVMM_IOW(0x77, struct cvmm_x86_pit_config) /* 2.6.31 */
#define CVMM_KVM_GET_PIT2	  CVMM_IOR(0x9f, struct cvmm_x86_pit)	     /* CVMM_CAP_PIT_STATE2 */
#define CVMM_KVM_SET_PIT2	  CVMM_IOW(0xa0, struct cvmm_x86_pit)	     /* the same */

/**
 * cvmm_vm_get_irqchip() - read one interrupt controller (KVM_GET_IRQCHIP)
 * @vm:   the VM
 * @chip: chip_id is looked at, the rest is written
 * @e:    receives the error, or NULL
 *
 * Return: 0; -ENXIO no interrupt controllers in the kernel; -EINVAL an unknown chip_id.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_get_irqchip(
	struct cvmm_vm vm, struct cvmm_x86_irqchip *chip, struct cvmm_error *e);

/**
 * cvmm_vm_set_irqchip() - write one interrupt controller
 * @vm:   the VM
 * @chip: the controller
 * @e:    receives the error, or NULL
 *
 * KVM_SET_IRQCHIP. Return: 0, or -errno as cvmm_vm_get_irqchip().
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_set_irqchip(
	struct cvmm_vm vm, const struct cvmm_x86_irqchip *chip, struct cvmm_error *e);

/**
 * cvmm_vm_create_pit2() - make the 8254
 * @vm:    the VM
 * @flags: flags
 * @e:     receives the error, or NULL
 *
 * KVM_CREATE_PIT2. Unknown flags are not refused. Return: 0, or -errno: -ENOENT no interrupt controllers in the kernel (6.1
 * does not mind), -EEXIST there is one.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_create_pit2(struct cvmm_vm vm, uint32_t flags, struct cvmm_error *e);

/**
 * cvmm_vm_create_pit() - the same in the form before 2.6.31
 * @vm: the VM
 * @e:  receives the error, or NULL
 *
 * KVM_CREATE_PIT. Return: 0 or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_create_pit(struct cvmm_vm vm, struct cvmm_error *e);

/**
 * cvmm_vm_get_pit2() - read the 8254
 * @vm:  the VM
 * @pit: receives its state
 * @e:   receives the error, or NULL
 *
 * KVM_GET_PIT2. Return: 0, or -errno: -ENXIO: there is none.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_get_pit2(struct cvmm_vm vm, struct cvmm_x86_pit *pit, struct cvmm_error *e);

/**
 * cvmm_vm_set_pit2() - write the 8254
 * @vm:  the VM
 * @pit: its state
 * @e:   receives the error, or NULL
 *
 * KVM_SET_PIT2. Return: 0, or -errno: -ENXIO: there is none. A count of 0 stands for 65536.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_set_pit2(struct cvmm_vm vm, const struct cvmm_x86_pit *pit, struct cvmm_error *e);

/**
 * cvmm_vm_get_pit() - the same without flags
 * @vm:  the VM
 * @pit: receives its state
 * @e:   receives the error, or NULL
 *
 * KVM_GET_PIT. Return: 0 or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_get_pit(struct cvmm_vm vm, struct cvmm_x86_pit1 *pit, struct cvmm_error *e);

/**
 * cvmm_vm_set_pit() - the same without flags
 * @vm:  the VM
 * @pit: its state
 * @e:   receives the error, or NULL
 *
 * KVM_SET_PIT. Return: 0 or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_set_pit(struct cvmm_vm vm, const struct cvmm_x86_pit1 *pit, struct cvmm_error *e);

/**
 * cvmm_vm_reinject_control() - repeat timer interrupts that the guest missed, or not
 * @vm:       the VM
 * @reinject: 1 to repeat them, 0 not to
 * @e:        receives the error, or NULL
 *
 * KVM_REINJECT_CONTROL (KVM_CAP_REINJECT_CONTROL). Return: 0, or -errno: -ENXIO there is no 8254.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_reinject_control(struct cvmm_vm vm, uint8_t reinject, struct cvmm_error *e);

CVMM_END_DECLS

#endif
