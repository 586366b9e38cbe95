/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A backend whose every ioctl is answered by the test's own function. */
#ifndef MOCK_H
#define MOCK_H

#include <cvmm/kvm-ioctls/handle.h>

#include <errno.h>
#include <string.h>

typedef int mock_fn(unsigned long req, void *arg);

static int mock_open(void *ctx)
{
	(void)ctx;
	return 3;
}

static int mock_close(void *ctx, int fd)
{
	(void)ctx;
	(void)fd;
	return 0;
}

static int mock_ioctl(void *ctx, int fd, unsigned long req, uintptr_t arg)
{
	mock_fn *const *answer = ctx;

	(void)fd;
	return (*answer)(req, (void *)arg);
}

static void *mock_mmap(void *ctx, int fd, size_t len, int *err)
{
	(void)ctx;
	(void)fd;
	(void)len;
	*err = -ENODEV;
	return NULL;
}

static int mock_munmap(void *ctx, void *p, size_t len)
{
	(void)ctx;
	(void)p;
	(void)len;
	return 0;
}

static const struct cvmm_backend_ops mock_ops = {
	.size = sizeof(mock_ops),
	.open = mock_open,
	.close = mock_close,
	.ioctl = mock_ioctl,
	.mmap = mock_mmap,
	.munmap = mock_munmap,
};

/* Handles of one VM whose ioctls @answer gets. */
struct mock {
	mock_fn *answer;
	struct cvmm_backend be;
	struct cvmm_kvm kvm;
	struct cvmm_vm vm;
	struct cvmm_vcpu vcpu;
};

static inline void mock_init(struct mock *m, mock_fn *answer)
{
	m->answer = answer;
	m->be = (struct cvmm_backend){ .ops = &mock_ops, .ctx = &m->answer };
	m->kvm = (struct cvmm_kvm){ .be = &m->be, .fd = 3 };
	m->vm = (struct cvmm_vm){ .be = &m->be, .fd = 4 };
	m->vcpu = (struct cvmm_vcpu){ .be = &m->be, .fd = 5, .id = 11 };
}

#endif
