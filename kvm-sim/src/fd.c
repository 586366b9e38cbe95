/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* File descriptors: a table of what each one stands for. A VM lives until its last fd is closed. */
#include "internal.h"

#define PACK(type, vm, idx) ((uint64_t)(type) << 56 | (uint64_t)(vm) << 32 | (idx))

static struct sim_fd *fd_table(struct sim *s)
{
	return sim_at(s, s->fds);
}

/* Called with the state's lock held. */
int cvmm_sim_fd_new(struct sim *s, enum sim_fd_type type, uint32_t vm, uint32_t idx)
{
	struct sim_fd *t = fd_table(s);
	uint32_t i;

	for (i = 0; i < s->nfds; i++) {
		if (atomic_load_explicit(&t[i].packed, memory_order_relaxed))
			continue;
		atomic_store_explicit(&t[i].packed, PACK(type, vm, idx), memory_order_release);
		return CVMM_SIM_FD_BASE + (int)i;
	}
	return -EMFILE;
}

enum sim_fd_type cvmm_sim_fd_get(struct sim *s, int fd, struct sim_call *c)
{
	uint64_t p;
	enum sim_fd_type type;

	if (fd < CVMM_SIM_FD_BASE || (uint32_t)(fd - CVMM_SIM_FD_BASE) >= s->nfds)
		return SIM_FD_FREE;
	p = atomic_load_explicit(&fd_table(s)[fd - CVMM_SIM_FD_BASE].packed, memory_order_acquire);
	type = (enum sim_fd_type)(p >> 56);
	c->s = s;
	c->v = NULL;
	c->vm = NULL;
	c->vm_idx = (uint32_t)(p >> 32) & 0xffffff;
	c->idx = (uint32_t)p;
	if (type >= SIM_FD_VM)
		c->vm = sim_vm(s, c->vm_idx);
	if (type == SIM_FD_VCPU)
		c->v = sim_vcpu(s, c->vm_idx, c->idx);
	return type;
}

int cvmm_sim_open(void *ctx)
{
	struct sim *s = ctx;
	struct sim_fd *t = fd_table(s);
	uint32_t i, n = 0;
	int fd;

	sim_count(s, CVMM_SIM_COUNT_OPEN);
	sim_acquire(&sim_state(s)->lock);
	for (i = 0; i < s->nfds; i++)
		n += atomic_load_explicit(&t[i].packed, memory_order_relaxed) >> 56 == SIM_FD_SYSTEM;
	fd = n < s->cfg.max_opens ? cvmm_sim_fd_new(s, SIM_FD_SYSTEM, 0, 0) : -EMFILE;
	sim_release(&sim_state(s)->lock);
	return fd;
}

/* The VM's last fd is gone: its SVE blocks and its counts go back to where they came from. */
static void vm_free(struct sim *s, uint32_t idx)
{
	struct sim_vm *vm = sim_vm(s, idx);
	uint32_t i, k;

	for (i = 0; i < vm->nvcpus; i++) {
		struct sim_vcpu *v = sim_vcpu(s, idx, i);

		for (k = 0; k < CVMM_SIM_NCOUNTS; k++)
			atomic_fetch_add_explicit(&sim_state(s)->count[k], sim_calls(v, k), memory_order_relaxed);
		if (v->sve)
			sim_sve_used(s)[v->sve - 1] = 0;
		v->used = 0;
	}
	vm->nvcpus = 0;
}

int cvmm_sim_close(void *ctx, int fd)
{
	struct sim *s = ctx;
	struct sim_call c;
	enum sim_fd_type type;
	int ret = 0;

	sim_count(s, CVMM_SIM_COUNT_CLOSE);
	sim_acquire(&sim_state(s)->lock);
	type = cvmm_sim_fd_get(s, fd, &c);
	if (type == SIM_FD_FREE) {
		ret = -EBADF;
	} else {
		atomic_store_explicit(&fd_table(s)[fd - CVMM_SIM_FD_BASE].packed, 0, memory_order_release);
		if (type >= SIM_FD_VM && --c.vm->refs == 0)
			vm_free(s, c.vm_idx);
	}
	sim_release(&sim_state(s)->lock);
	return ret;
}

void *cvmm_sim_mmap(void *ctx, int fd, size_t len, int *err)
{
	struct sim *s = ctx;
	struct sim_call c;
	enum sim_fd_type type = cvmm_sim_fd_get(s, fd, &c);
	int bad = 0;

	sim_count(s, CVMM_SIM_COUNT_MMAP);
	if (type == SIM_FD_FREE)
		bad = -EBADF;
	else if (type != SIM_FD_VCPU)
		bad = -ENODEV;
	else if (len == 0 || len > CVMM_SIM_RUN_BYTES)
		bad = -EINVAL;
	if (bad) {
		if (err)
			*err = bad;
		return NULL;
	}
	return sim_run(s, c.vm_idx, c.idx);
}

int cvmm_sim_munmap(void *ctx, void *p, size_t len)
{
	(void)ctx;
	return !p || len == 0 ? -EINVAL : 0;
}
