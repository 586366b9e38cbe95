/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The x86_64 guest's assembler part: entry, tables, vectors, and the accesses that C cannot express. It runs in 64-bit
 * mode with 4 GiB mapped one to one. An exception that nobody expects is said and is the end.
 *
 * KVMs exist that run all of this by their instruction emulator (kvm_pvm), which knows no IRETQ and no XSAVE.
 */
#include "x86_64_facts.h"

	.section .text.entry, "ax"
	.globl	guest_entry
guest_entry:				/* RDI: index of the vCPU, RSI: may XSAVE be used? */
	lea	1(%rdi), %rax
	shl	$12, %rax		/* 4 KiB each */
	lea	guest_stacks(%rip), %rsp
	add	%rax, %rsp
	lgdt	gdt_pointer(%rip)
	cld
	call	guest_main
1:	hlt
	jmp	1b

	.balign	8
gdt:	.quad	0
	.quad	0x00af9b000000ffff	/* GUEST_X86_CODE */
	.quad	0x00cf93000000ffff	/* GUEST_X86_DATA */
gdt_pointer:
	.short	gdt_pointer - gdt - 1
	.quad	gdt

	.section .text.tables, "ax"
	.balign	4096
	.globl	guest_pml4
guest_pml4:				/* at GUEST_X86_CR3 */
	.quad	guest_pdpt + 3
	.fill	511, 8, 0
guest_pdpt:
	.set	n, 0
	.rept	4
	.quad	guest_pd + 3 + n * 4096
	.set	n, n + 1
	.endr
	.fill	508, 8, 0
guest_pd:
	.set	n, 0
	.rept	2048
	.quad	n << 21 | 0x83
	.set	n, n + 1
	.endr

	.section .text
/* RDMSR and WRMSR are two bytes; the vector for #GP skips one of them and leaves the flag in R8. */
	.globl	guest_rdmsr, guest_wrmsr
guest_rdmsr:				/* EDI: number, RSI: struct guest_value * */
	mov	%edi, %ecx
	xor	%eax, %eax
	xor	%edx, %edx
	xor	%r8d, %r8d
try_read:
	rdmsr
	shl	$32, %rdx
	or	%rdx, %rax
	mov	%rax, (%rsi)
	mov	%r8, 8(%rsi)
	ret
guest_wrmsr:
	mov	%edi, %ecx
	mov	(%rsi), %eax
	mov	4(%rsi), %edx
	xor	%r8d, %r8d
try_write:
	wrmsr
	mov	%r8, 8(%rsi)
	ret

/* IRETQ within one privilege level: RIP and flags go to where RSP was, and everything else back. */
	.macro	leave_vector
	push	%rax
	push	%rcx
	mov	40(%rsp), %rax
	mov	16(%rsp), %rcx
	mov	%rcx, -8(%rax)
	mov	32(%rsp), %rcx
	mov	%rcx, -16(%rax)
	mov	8(%rsp), %rcx
	mov	%rcx, -24(%rax)
	mov	(%rsp), %rcx
	mov	%rcx, -32(%rax)
	lea	-32(%rax), %rsp
	pop	%rcx
	pop	%rax
	popfq
	ret
	.endm

	.globl	guest_vector_gp
guest_vector_gp:			/* error code, RIP, ... */
	push	%rax
	mov	16(%rsp), %rax
	cmp	$try_read, %rax
	je	1f
	cmp	$try_write, %rax
	je	1f
	pop	%rax
	push	$13
	jmp	unexpected
1:	addq	$2, 16(%rsp)
	pop	%rax
	mov	$13, %r8d
	bts	$63, %r8
	add	$8, %rsp
	leave_vector

/* What stands on the stack then: the vector, an error code if it has one, RIP. */
	.globl	guest_vectors_bad
	.balign	16
guest_vectors_bad:
	.set	n, 0
	.rept	32
	.balign	16
	push	$n
	jmp	unexpected
	.set	n, n + 1
	.endr
unexpected:
	cld
	mov	(%rsp), %rdi
	mov	8(%rsp), %rsi
	mov	16(%rsp), %rdx
	call	guest_unexpected

/* guest_vector_ack counts and ends its interrupt, guest_vector_keep leaves it in service. */
	.globl	guest_vector_ack, guest_vector_keep
guest_vector_ack:
	push	%rax
	movl	$GUEST_X86_LAPIC, %eax
	movl	$0, 0xb0(%rax)
	incq	guest_acks(%rip)
	pop	%rax
	leave_vector
guest_vector_keep:
	incq	guest_kept(%rip)
	leave_vector

/*
 * void guest_cross(volatile u64 *port, u64 value, u64 dump[16]): give every general-purpose register and the flags a value
 * of its own, stop at the port, and on the other side write down what they hold.
 */
	.altmacro
	.macro	pattern reg, n
	movabs	$(0x1000 + \n) << 48 | 0x5a5a0000 | 0x100 + \n, %\reg
	.endm
	.globl	guest_cross
guest_cross:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdx
	pattern	rax, 0
	pattern	rbx, 1
	pattern	rcx, 2
	pattern	rdx, 3
	pattern	rbp, 6
	pattern	r8, 7
	pattern	r9, 8
	pattern	r10, 9
	pattern	r11, 10
	pattern	r12, 11
	pattern	r13, 12
	pattern	r14, 13
	pattern	r15, 14
	pushq	$0x4d7			/* CF PF AF ZF SF DF, bit 1; interrupts masked */
	popfq
	mov	%rsi, (%rdi)
	pushfq
	push	%r15
	push	%r14
	push	%r13
	push	%r12
	push	%r11
	push	%r10
	push	%r9
	push	%r8
	push	%rbp
	push	%rdi
	push	%rsi
	push	%rdx
	push	%rcx
	push	%rbx
	push	%rax
	cld
	mov	128(%rsp), %rdi
	mov	%rsp, %rsi
	mov	$16, %ecx
	rep movsq
	add	$136, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

	.section .bss.stacks, "aw", @nobits
	.balign	4096
guest_stacks:
	.space	4096 * GUEST_VCPUS_MAX
	.section .note.GNU-stack, "", @progbits
