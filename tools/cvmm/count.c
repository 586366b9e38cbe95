/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <cvmm/kvm-ioctls/abi.h>

#include "count.h"

static int count_open(void *ctx)
{
	struct count *c = ctx;

	return c->in->ops->open(c->in->ctx);
}

static int count_close(void *ctx, int fd)
{
	struct count *c = ctx;

	return c->in->ops->close(c->in->ctx, fd);
}

static int count_ioctl(void *ctx, int fd, unsigned long req, uintptr_t arg)
{
	struct count *c = ctx;

	c->all++;
	c->set += req == CVMM_KVM_SET_ONE_REG;
	c->get += req == CVMM_KVM_GET_ONE_REG;
	c->list += req == CVMM_KVM_GET_REG_LIST;
	c->vcpus += req == CVMM_KVM_CREATE_VCPU;
	return c->in->ops->ioctl(c->in->ctx, fd, req, arg);
}

static void *count_mmap(void *ctx, int fd, size_t len, int *err)
{
	struct count *c = ctx;

	return c->in->ops->mmap(c->in->ctx, fd, len, err);
}

static int count_munmap(void *ctx, void *p, size_t len)
{
	struct count *c = ctx;

	return c->in->ops->munmap(c->in->ctx, p, len);
}

static const struct cvmm_backend_ops count_ops = {
	.size = sizeof(struct cvmm_backend_ops),
	.open = count_open,
	.close = count_close,
	.ioctl = count_ioctl,
	.mmap = count_mmap,
	.munmap = count_munmap,
};

void count_begin(struct count *c, const struct cvmm_backend *in, struct cvmm_backend *out)
{
	*c = (struct count){ .in = in };
	*out = (struct cvmm_backend){ .ops = &count_ops, .ctx = c };
}

struct count count_since(const struct count *c, const struct count *before)
{
	return (struct count){
		.in = c->in,
		.all = c->all - before->all,
		.set = c->set - before->set,
		.get = c->get - before->get,
		.list = c->list - before->list,
		.vcpus = c->vcpus - before->vcpus,
	};
}
