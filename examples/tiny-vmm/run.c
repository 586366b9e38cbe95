/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The run loop: one vCPU after the other runs to its next checkpoint. What the guest writes goes to stdout. */
#include "tiny-vmm.h"

#include <errno.h>
#include <stdio.h>

static void console(const uint8_t *text, uint32_t len)
{
	uint32_t n = 0;

	while (n < len && text[n])
		n++;
	fwrite(text, 1, n, stdout);
}

/*
 * A store to the checkpoint register leaves the vCPU in the middle of an instruction: KVM finishes it on the next
 * KVM_RUN, which immediate_exit makes return at once. Only then are the registers those of a stopped guest.
 */
static int finish_instruction(struct tiny *t, uint32_t i, struct cvmm_error *e)
{
	int ret;

	t->run[i]->immediate_exit = 1;
	ret = cvmm_vcpu_run(t->vcpu[i], e);
	t->run[i]->immediate_exit = 0;
	return ret == -EINTR || ret == 0 ? 0 : ret;
}

static int run_to_checkpoint(struct tiny *t, uint32_t i, struct cvmm_error *e)
{
	for (;;) {
		struct cvmm_exit x;
		int ret = cvmm_vcpu_run_exit(t->vcpu[i], t->run[i], t->run_bytes, &x, e);

		if (ret == -EINTR || ret == -EAGAIN)
			continue;
		if (ret < 0)
			return ret;
		if (x.reason != CVMM_EXIT_MMIO || !x.mmio->is_write) {
			fprintf(stderr, "tiny-vmm: vCPU %u stopped with exit %u\n", t->vcpu[i].id, x.reason);
			return cvmm_fail(e, -EIO, CVMM_REASON_NONE);
		}
		if (x.mmio->phys_addr == GUEST_CONSOLE + GUEST_PORT_CHECK) {
			t->differences += cvmm_load_le(x.data, (uint32_t)x.bytes);
			return finish_instruction(t, i, e);
		}
		if (x.mmio->phys_addr == GUEST_CONSOLE + GUEST_PORT_TEXT)
			console(x.data, (uint32_t)x.bytes);
	}
}

int tiny_round(struct tiny *t, struct cvmm_error *e)
{
	uint32_t i;

	t->step = "running the guest";
	for (i = 0; i < t->nvcpus; i++) {
		int ret = run_to_checkpoint(t, i, e);

		fflush(stdout);
		if (ret < 0)
			return ret;
	}
	return 0;
}
