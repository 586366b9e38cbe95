/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Exits: one table says what is known, one function checks the few that carry a size. */
#include <cvmm/kvm-ioctls/exit.h>
#include <cvmm/kvm-ioctls/vcpu.h>

#include <errno.h>
#include <stddef.h>

/* The part that KVM has always filled; the area of a kernel with more sync registers only gets longer. */
#define RUN_MIN offsetof(struct cvmm_run, sync)

/* Indexed by reason; the numbers have no gaps. */
static const char *const names[] = {
#define EXIT_ENTRY(symbol, number, member) [number] = "KVM_EXIT_" #symbol,
	CVMM_EXITS(EXIT_ENTRY)
#undef EXIT_ENTRY
};

const char *cvmm_exit_name(uint32_t reason)
{
	return reason < sizeof(names) / sizeof(names[0]) ? names[reason] : NULL;
}

int cvmm_vcpu_map_run(struct cvmm_vcpu vcpu, size_t bytes, struct cvmm_run **run, struct cvmm_error *e)
{
	int err = -EIO;
	void *p;

	if (bytes < RUN_MIN)
		return cvmm_fail_id(e, -EINVAL, CVMM_REASON_ARGUMENT, 0, RUN_MIN);
	p = vcpu.be->ops->mmap(vcpu.be->ctx, vcpu.fd, bytes, &err);
	if (!p) {
		(void)cvmm_fail(e, err, CVMM_REASON_IOCTL);
		if (e)
			e->vcpu = vcpu.id;
		return err;
	}
	*run = (struct cvmm_run *)p;
	return 0;
}

int cvmm_vcpu_unmap_run(struct cvmm_vcpu vcpu, struct cvmm_run *run, size_t bytes)
{
	return vcpu.be->ops->munmap(vcpu.be->ctx, run, bytes);
}

static int not_plausible(struct cvmm_error *e, uint32_t reason)
{
	return cvmm_fail_id(e, -EIO, CVMM_REASON_ARGUMENT, 0, reason);
}

static int check_io(struct cvmm_run *run, size_t bytes, struct cvmm_exit *x, struct cvmm_error *e)
{
	uint64_t len = (uint64_t)run->io.size * run->io.count;

	if (run->io.data_offset > bytes || len > bytes - run->io.data_offset)
		return not_plausible(e, CVMM_EXIT_IO);
	x->data = (uint8_t *)run + run->io.data_offset;
	x->bytes = (size_t)len;
	return 0;
}

static int check_mmio(struct cvmm_run *run, struct cvmm_exit *x, struct cvmm_error *e)
{
	if (run->mmio.len > sizeof(run->mmio.data))
		return not_plausible(e, CVMM_EXIT_MMIO);
	x->data = run->mmio.data;
	x->bytes = run->mmio.len;
	return 0;
}

int cvmm_run_exit(struct cvmm_run *run, size_t bytes, struct cvmm_exit *out, struct cvmm_error *e)
{
	struct cvmm_exit x = { .reason = run->exit_reason, .raw = run->raw };
	int ret = 0;

	x.known = cvmm_exit_name(x.reason) != NULL;
	if (x.reason == CVMM_EXIT_IO)
		ret = check_io(run, bytes, &x, e);
	else if (x.reason == CVMM_EXIT_MMIO)
		ret = check_mmio(run, &x, e);
	else if (x.reason == CVMM_EXIT_INTERNAL_ERROR && run->internal.ndata > 16)
		ret = not_plausible(e, x.reason);
	if (ret == 0)
		*out = x;
	return ret;
}

int cvmm_vcpu_run_exit(
	struct cvmm_vcpu vcpu, struct cvmm_run *run, size_t bytes, struct cvmm_exit *out, struct cvmm_error *e)
{
	int ret = cvmm_vcpu_run(vcpu, e);

	return ret < 0 ? ret : cvmm_run_exit(run, bytes, out, e);
}
