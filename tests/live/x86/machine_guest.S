/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The guest of the machine test: position-independent, 64-bit mode, identity-mapped. It computes with general registers,
 * keeps what it computed in SSE and x87 registers, in MSRs and in debug registers, takes one interrupt in each round from the
 * local APIC's timer, its TSC deadline or the 8254, and ends with one number that only depends on its arguments: whatever
 * is lost on the way makes it another one, or no end.
 *
 * Hosts exist whose KVM runs such a guest by its instruction emulator alone (kvm_pvm). It knows moves to and from SSE
 * registers, FXSAVE and FXRSTOR, and neither arithmetic with them nor IRETQ; so arithmetic is for guests that are told that
 * there is some, and interrupts return with POPFQ and RET.
 *
 * On entry: rdi vCPU, rsi rounds, rdx number of vCPUs, rcx bits: 1 AVX, 2 TSC deadline, 4 SSE and x87 arithmetic.
 * Kept all the way: r13 the vCPU's page, r12 the local APIC, r14 its data, r8 the computation, r9 round, r10 rounds.
 */
#define APIC		0xfee00000
#define IOAPIC		0xfec00000
#define PAGES		0x20000
#define DATA		0x100000
#define DATA_SHIFT	18
#define P_DONE		0
#define P_RESULT	8
#define P_TICKS		16
#define P_ID		24
#define P_VCPUS		32
#define P_FLAGS		40
#define P_ARMED		48
#define P_SAVED		80
#define P_SCRATCH	64
#define P_LANES		128
#define P_FX		512
#define VECTOR		0x30
#define MSR_GS		0xc0000102
#define MSR_LSTAR	0xc0000082
#define MSR_CSTAR	0xc0000083
#define MSR_DEADLINE	0x6e0
#define STEPS		8
#define WORDS		64

	.section .rodata
	.balign 16
	.globl machine_guest
	.globl machine_guest_end
	.globl machine_guest_timer
	.globl machine_guest_fault
machine_guest:
	mov	%rdi, %r13
	shl	$12, %r13
	add	$PAGES, %r13
	mov	%rdi, %r14
	shl	$DATA_SHIFT, %r14
	add	$DATA, %r14
	mov	$APIC, %r12d
	mov	%rdi, P_ID(%r13)
	mov	%rdx, P_VCPUS(%r13)
	mov	%rcx, P_FLAGS(%r13)
	mov	%rsi, %r10
	movl	$0x1ff, 0xf0(%r12)
	movl	$0xb, 0x3e0(%r12)
	movabs	$0x9e3779b97f4a7c15, %r8
	lea	1(%rdi), %rax
	imul	%rax, %r8
	test	%rdi, %rdi
	jnz	1f
	/* the 8254's interrupt: pin 0 of the I/O APIC, edge, to vCPU 0; the 8259s stay silent */
	mov	$0xff, %al
	out	%al, $0x21
	out	%al, $0xa1
	mov	$IOAPIC, %ebx
	movl	$0x11, (%rbx)
	movl	$0, 0x10(%rbx)
	movl	$0x10, (%rbx)
	movl	$VECTOR, 0x10(%rbx)
1:
	fninit
	mov	%r8, P_LANES(%r13)
	mov	%rax, P_LANES+8(%r13)
	movdqu	P_LANES(%r13), %xmm0
	movdqu	P_LANES(%r13), %xmm7
	movdqu	P_LANES(%r13), %xmm15
	fxsave	P_FX(%r13)
	testl	$4, P_FLAGS(%r13)
	jz	2f
	cvtsi2sd %r8, %xmm1
	cvtsi2sd %rax, %xmm2
	xorpd	%xmm3, %xmm3
	fldpi
	fld1
	testl	$1, P_FLAGS(%r13)
	jz	2f
	xor	%ecx, %ecx
	mov	$7, %eax
	xor	%edx, %edx
	xsetbv
	movq	%r8, %xmm9
	vinsertf128 $1, %xmm9, %ymm9, %ymm9
	vxorpd	%ymm8, %ymm8, %ymm8
2:
	xor	%r9d, %r9d
round:
	call	arm_timer
	call	keep_msrs
	mov	$STEPS, %r11d
step:
	movabs	$0x5851f42d4c957f2d, %rax
	imul	%rax, %r8
	add	$0x14057b7e, %r8
	mov	%r8, %rax
	shr	$58, %rax
	xor	%r8, (%r14,%rax,8)
	testl	$4, P_FLAGS(%r13)
	jz	3f
	mov	%r8, %rax
	shr	$33, %rax
	cvtsi2sd %rax, %xmm4
	addsd	%xmm2, %xmm4
	addsd	%xmm4, %xmm1
	movq	%r8, %xmm5
	paddq	%xmm5, %xmm3
	fadd	%st(1), %st
	testl	$1, P_FLAGS(%r13)
	jz	3f
	vmovapd	%ymm9, %ymm10
	vxorpd	%ymm10, %ymm8, %ymm8
	vaddpd	%ymm8, %ymm9, %ymm10
	vxorpd	%ymm10, %ymm9, %ymm9
3:
	dec	%r11d
	jnz	step
	call	check_msrs
	call	turn_lanes
	inc	%r9
4:
	cli
	cmp	P_TICKS(%r13), %r9
	jbe	5f
	sti
	hlt
	jmp	4b
5:
	sti
	cmp	%r10, %r9
	jb	round
	cli
	jmp	finish

/*
 * One interrupt to come: which timer it is follows from the round. KVM fires a one-shot timer that has fired once more when it
 * is restored (KVM_SET_LAPIC, KVM_SET_PIT2), so one that nobody waits for does not count.
 */
arm_timer:
	movq	$1, P_ARMED(%r13)
	mov	%r9, %rax
	xor	%edx, %edx
	mov	$3, %ecx
	div	%rcx
	cmp	$2, %edx
	je	6f
	cmp	$1, %edx
	je	7f
5:
	movl	$VECTOR, 0x320(%r12)
	movl	$30000, 0x380(%r12)
	ret
7:
	testl	$2, P_FLAGS(%r13)
	jz	5b
	movl	$(0x40000 + VECTOR), 0x320(%r12)
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	add	$60000, %rax
	mov	%rax, %rdx
	shr	$32, %rdx
	mov	$MSR_DEADLINE, %ecx
	wrmsr
	ret
6:
	cmpq	$0, P_ID(%r13)
	jne	5b
	mov	$0x30, %al
	out	%al, $0x43
	mov	$40, %al
	out	%al, $0x40
	xor	%eax, %eax
	out	%al, $0x40
	ret

/* Values that are read back at the end of the round: a canonical address each, and debug registers. */
keep_msrs:
	mov	%r8, P_SCRATCH(%r13)
	mov	%r8, %rbx
	shr	$18, %rbx
	mov	$MSR_GS, %ecx
	call	keep_one
	mov	$MSR_LSTAR, %ecx
	call	keep_one
	mov	$MSR_CSTAR, %ecx
	call	keep_one
	mov	%rbx, %dr0
	inc	%rbx
	mov	%rbx, %dr3
	ret
keep_one:
	mov	%ebx, %eax
	mov	%rbx, %rdx
	shr	$32, %rdx
	wrmsr
	inc	%rbx
	ret

check_msrs:
	mov	P_SCRATCH(%r13), %rbx
	shr	$18, %rbx
	mov	$MSR_GS, %ecx
	call	check_one
	mov	$MSR_LSTAR, %ecx
	call	check_one
	mov	$MSR_CSTAR, %ecx
	call	check_one
	mov	%dr0, %rax
	cmp	%rbx, %rax
	jne	machine_guest_fault
	inc	%rbx
	mov	%dr3, %rax
	cmp	%rbx, %rax
	jne	machine_guest_fault
	ret
check_one:
	rdmsr
	shl	$32, %rdx
	mov	%eax, %eax
	or	%rdx, %rax
	cmp	%rbx, %rax
	jne	machine_guest_fault
	inc	%rbx
	ret

/*
 * SSE registers hold what was computed from one round to the next; so does ST7, through FXRSTOR of an image that was changed.
 * The image in memory is forgotten in between.
 */
turn_lanes:
	movdqu	%xmm15, P_LANES(%r13)
	xor	%r8, P_LANES(%r13)
	movdqu	P_LANES(%r13), %xmm0
	movdqu	%xmm7, P_LANES(%r13)
	add	%r8, P_LANES+8(%r13)
	movdqu	P_LANES(%r13), %xmm15
	movdqu	%xmm0, P_LANES(%r13)
	rolq	$7, P_LANES(%r13)
	movdqu	P_LANES(%r13), %xmm7
	testl	$4, P_FLAGS(%r13)
	jnz	1f
	fxsave	P_FX(%r13)
	mov	P_FX+32(%r13), %rax
	rol	$9, %rax
	xor	%r8, %rax
	xor	%rax, (%r14)
	mov	%rax, P_FX+32(%r13)
	fxrstor	P_FX(%r13)
	movq	$0, P_FX+32(%r13)
1:
	ret

/* One number of everything. */
finish:
	movabs	$0x100000001b3, %rcx
	mov	%r8, %rax
	xor	P_TICKS(%r13), %rax
	imul	%rcx, %rax
	xor	%edx, %edx
6:
	xor	(%r14,%rdx,8), %rax
	imul	%rcx, %rax
	inc	%rdx
	cmp	$WORDS, %rdx
	jb	6b
	movdqu	%xmm0, P_LANES(%r13)
	xor	P_LANES(%r13), %rax
	imul	%rcx, %rax
	movdqu	%xmm7, P_LANES(%r13)
	xor	P_LANES+8(%r13), %rax
	imul	%rcx, %rax
	movdqu	%xmm15, P_LANES(%r13)
	xor	P_LANES(%r13), %rax
	imul	%rcx, %rax
	testl	$4, P_FLAGS(%r13)
	jz	7f
	movupd	%xmm1, P_LANES(%r13)
	xor	P_LANES(%r13), %rax
	imul	%rcx, %rax
	movupd	%xmm3, P_LANES(%r13)
	xor	P_LANES(%r13), %rax
	imul	%rcx, %rax
	fstpl	P_SCRATCH(%r13)
	xor	P_SCRATCH(%r13), %rax
	imul	%rcx, %rax
	fstpl	P_SCRATCH(%r13)
	xor	P_SCRATCH(%r13), %rax
	imul	%rcx, %rax
	testl	$1, P_FLAGS(%r13)
	jz	7f
	vmovupd	%ymm8, P_LANES(%r13)
	xor	P_LANES(%r13), %rax
	xor	P_LANES+24(%r13), %rax
	imul	%rcx, %rax
7:
	mov	%rax, P_RESULT(%r13)
	movq	$1, P_DONE(%r13)
	cmpq	$0, P_ID(%r13)
	jne	9f
	/* vCPU 0 waits for the others and adds up. */
	mov	P_VCPUS(%r13), %rdi
	mov	%r13, %rbx
8:
	dec	%rdi
	jz	10f
	add	$0x1000, %rbx
11:
	pause
	cmpq	$0, P_DONE(%rbx)
	je	11b
	add	P_RESULT(%rbx), %rax
	jmp	8b
10:
	mov	%rax, P_RESULT(%r13)
	out	%al, $0xf4
9:
	cli
	hlt
	jmp	9b

	.balign 16
machine_guest_timer:
	cmpq	$0, P_ARMED(%r13)
	je	1f
	movq	$0, P_ARMED(%r13)
	incq	P_TICKS(%r13)
1:
	movl	$0, 0xb0(%r12)
	mov	%rax, P_SAVED(%r13)
	mov	%rbx, P_SAVED+8(%r13)
	mov	(%rsp), %rax
	mov	16(%rsp), %rbx
	mov	24(%rsp), %rsp
	push	%rax
	push	%rbx
	mov	P_SAVED(%r13), %rax
	mov	P_SAVED+8(%r13), %rbx
	popfq
	ret

	.balign 16
machine_guest_fault:
	out	%al, $0xf6
	jmp	machine_guest_fault
machine_guest_end:
	.section .note.GNU-stack, "", @progbits
