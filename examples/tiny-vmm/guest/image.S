/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The guest's flat image as data of the VMM. GUEST_IMAGE is the file's name, from the build. */
	.section .rodata
	.balign	16
	.globl	tiny_guest_image, tiny_guest_image_end
tiny_guest_image:
	.incbin	GUEST_IMAGE
tiny_guest_image_end:
	.section .note.GNU-stack, "", %progbits
