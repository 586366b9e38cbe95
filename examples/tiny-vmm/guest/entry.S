/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The guest's assembler part: entry, vectors, and the accesses that C cannot express. It runs at EL1, MMU off. Whatever
 * an access raises is caught: the vector skips the instruction and leaves the syndrome, with bit 63 set, in x9.
 */
#include "facts.h"

	.section .text.entry, "ax"
	.globl	guest_entry
guest_entry:				/* x0: index of the vCPU */
	adrp	x1, guest_vectors
	add	x1, x1, :lo12:guest_vectors
	msr	vbar_el1, x1
	adrp	x1, guest_stacks
	add	x1, x1, :lo12:guest_stacks
	add	x2, x0, #1
	add	x1, x1, x2, lsl #12	/* 4 KiB each */
	mov	sp, x1
	mov	x1, #(3 << 20)		/* CPACR_EL1.FPEN; ZEN is tried by guest_sve_bytes */
	msr	cpacr_el1, x1
	isb
	bl	guest_main
1:	wfi
	b	1b

	.section .text
	.balign	2048
guest_vectors:
	.rept	16
	.balign	128
	mrs	x9, esr_el1
	orr	x9, x9, #(1 << 63)
	mrs	x10, elr_el1
	add	x10, x10, #4
	msr	elr_el1, x10
	eret
	.endr

/* One stub of two instructions per register; the index chooses. x0: value read or written. */
#define READ(name, op0, op1, crn, crm, op2, ...) \
	.inst 0xd5200000 | (op0) << 19 | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5; ret;
#define WRITE(name, op0, op1, crn, crm, op2, ...) \
	.inst 0xd5000000 | (op0) << 19 | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5; ret;

	.balign	8
read_id:
	GUEST_ID_REGS(READ)
read_state:
	GUEST_STATE_REGS(READ)
write_state:
	GUEST_STATE_REGS(WRITE)

/* void name(unsigned int index, struct guest_value *v): read into, or write from, v->value */
	.macro	accessor name, stubs, load
	.globl	\name
\name:	stp	x29, x30, [sp, #-32]!
	str	x19, [sp, #16]
	mov	x19, x1
	adr	x2, \stubs
	add	x2, x2, w0, uxtw #3
	mov	x0, #0
	mov	x9, #0
	.if	\load
	ldr	x0, [x19]
	.endif
	blr	x2
	isb
	stp	x0, x9, [x19]
	ldr	x19, [sp, #16]
	ldp	x29, x30, [sp], #32
	ret
	.endm

	accessor guest_read_id, read_id, 0
	accessor guest_read_state, read_state, 0
	accessor guest_write_state, write_state, 1

	.globl	guest_hvc		/* x0: function, x1: argument, x2: struct guest_answer * */
guest_hvc:
	stp	x19, x30, [sp, #-16]!
	mov	x19, x2
	mov	x2, #0x2222
	mov	x3, #0x3333
	mov	x9, #0
	hvc	#0
	stp	x0, x1, [x19]
	stp	x2, x3, [x19, #16]
	str	x9, [x19, #32]
	ldp	x19, x30, [sp], #16
	ret

	.globl	guest_mmio		/* x0: address, w1: 4 or 8 bytes, x2: struct guest_value * */
guest_mmio:
	mov	x3, #0
	mov	x9, #0
	cmp	w1, #8
	b.eq	1f
	ldr	w3, [x0]
	b	2f
1:	ldr	x3, [x0]
2:	stp	x3, x9, [x2]
	ret

/*
 * void guest_cross(unsigned long *port, unsigned long value, unsigned long *dump): give every general-purpose register
 * a value of its own, stop at the port, and on the other side write down what all 31 registers hold.
 */
	.altmacro
	.macro	pattern n
	movz	x\n, #(0x1000 + \n), lsl #48
	movk	x\n, #0x5a5a, lsl #16
	movk	x\n, #(0x100 + \n)
	.endm
	.macro	keep n, m
	stp	x\n, x\m, [sp, #(\n * 8)]
	.endm

	.globl	guest_cross
guest_cross:
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	str	x2, [sp, #-16]!
	sub	sp, sp, #256
	.set	n, 2
	.rept	29
	pattern	%n
	.set	n, n + 1
	.endr
	str	x1, [x0]
	.set	n, 0
	.rept	15
	keep	%n, %(n + 1)
	.set	n, n + 2
	.endr
	str	x30, [sp, #240]
	ldr	x2, [sp, #256]
	mov	x3, #0
1:	ldr	x4, [sp, x3, lsl #3]
	str	x4, [x2, x3, lsl #3]
	add	x3, x3, #1
	cmp	x3, #31
	b.ne	1b
	add	sp, sp, #272
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret

/* FP and SIMD: x0 is a buffer of 32 times 16 bytes, loaded into or stored from the registers. */
	.arch_extension fp
	.arch_extension simd
	.macro	pair op, n, m
	\op	q\n, q\m, [x0, #(\n * 16)]
	.endm
	.globl	guest_fp_load, guest_fp_store
guest_fp_load:
	.set	n, 0
	.rept	16
	pair	ldp, %n, %(n + 1)
	.set	n, n + 2
	.endr
	ret
guest_fp_store:
	.set	n, 0
	.rept	16
	pair	stp, %n, %(n + 1)
	.set	n, n + 2
	.endr
	ret

/* SVE: bytes of a Z register, 0 if there is no SVE; then the same for 32 Z registers and 16 predicates. */
	.arch_extension sve
	.macro	vec op, n
	\op	z\n, [x0, #\n, mul vl]
	.endm
	.macro	pred op, n
	\op	p\n, [x1, #\n, mul vl]
	.endm
	.globl	guest_sve_bytes, guest_sve_load, guest_sve_store
guest_sve_bytes:
	mrs	x1, cpacr_el1
	orr	x1, x1, #(3 << 16)
	msr	cpacr_el1, x1
	isb
	mov	x0, #15
	mov	x9, #0
	.inst	0xd5181200		/* msr zcr_el1, x0: as wide as the vCPU may */
	isb
	mov	x0, #0
	rdvl	x0, #1
	cmp	x9, #0
	csel	x0, x0, xzr, eq
	ret
guest_sve_load:
	.set	n, 0
	.rept	32
	vec	ldr, %n
	.set	n, n + 1
	.endr
	.set	n, 0
	.rept	16
	pred	ldr, %n
	.set	n, n + 1
	.endr
	ret
guest_sve_store:
	.set	n, 0
	.rept	32
	vec	str, %n
	.set	n, n + 1
	.endr
	.set	n, 0
	.rept	16
	pred	str, %n
	.set	n, n + 1
	.endr
	ret

	.section .bss.stacks, "aw", %nobits
	.balign	4096
guest_stacks:
	.space	4096 * GUEST_VCPUS_MAX
	.section .note.GNU-stack, "", %progbits
