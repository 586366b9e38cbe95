/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The backend that talks to /dev/kvm. */
#include <cvmm/kvm-ioctls/hot.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static int dev_open(void *ctx)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	(void)ctx;
	return fd < 0 ? -errno : fd;
}

static int dev_close(void *ctx, int fd)
{
	(void)ctx;
	return close(fd) < 0 ? -errno : 0;
}

int cvmm_backend_dev_ioctl(void *ctx, int fd, unsigned long req, uintptr_t arg)
{
	(void)ctx;
	return cvmm_sys_ioctl(fd, req, arg);
}

int cvmm_ioctl(const struct cvmm_backend *be, int fd, unsigned long req, uintptr_t arg, struct cvmm_error *e)
{
	return cvmm_ioctl_hot(be, fd, req, arg, e);
}

static void *dev_mmap(void *ctx, int fd, size_t len, int *err)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	(void)ctx;
	if (p != MAP_FAILED)
		return p;
	*err = -errno;
	return NULL;
}

static int dev_munmap(void *ctx, void *p, size_t len)
{
	(void)ctx;
	return munmap(p, len) < 0 ? -errno : 0;
}

static const struct cvmm_backend_ops dev_ops = {
	.size = sizeof(dev_ops),
	.open = dev_open,
	.close = dev_close,
	.ioctl = cvmm_backend_dev_ioctl,
	.mmap = dev_mmap,
	.munmap = dev_munmap,
};

static const struct cvmm_backend dev_backend = { .ops = &dev_ops };

const struct cvmm_backend *cvmm_backend_dev(void)
{
	return &dev_backend;
}
