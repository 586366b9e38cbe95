/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The page that cvmm matrix --html fills, as bytes of the command. */
	.section .rodata
	.global cvmm_matrix_page
	.global cvmm_matrix_page_end
cvmm_matrix_page:
	.incbin CVMM_MATRIX_PAGE
cvmm_matrix_page_end:
	.byte 0
	.section .note.GNU-stack, "", %progbits
