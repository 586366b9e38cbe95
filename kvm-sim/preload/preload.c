/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What a program calls when it uses KVM, for a program that does not know. What is not about our fds goes to the C library. */
#define _GNU_SOURCE
#include "preload.h"

#include <cvmm/kvm-ioctls/abi.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PUBLIC	    __attribute__((visibility("default")))
#define STATS_FD    0xaeceul
#define GUEST_MEMFD 0xc040aed4ul
#define STATS_CAP   203u

/* ---- open ---- */

static int open_kvm(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct shim_host *h = shim_host();
	int sim;

	if (h->err) {
		errno = h->err;
		return -1;
	}
	pthread_once(&once, shim_watch_forks);
	sim = h->be.ops->open(h->be.ctx);
	if (sim < 0) {
		errno = -sim;
		return -1;
	}
	return shim_stand_for(sim);
}

static int is_kvm(const char *path)
{
	return path && !strcmp(path, "/dev/kvm");
}

#define MODE(flags, last)                                          \
	mode_t mode = 0;                                           \
	if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE) { \
		va_list ap;                                        \
		va_start(ap, last);                                \
		mode = (mode_t)va_arg(ap, int);                    \
		va_end(ap);                                        \
	}

PUBLIC int open(const char *path, int flags, ...);
PUBLIC int open(const char *path, int flags, ...)
{
	MODE(flags, flags)
	return is_kvm(path) ? open_kvm() : shim_libc()->open(path, flags, mode);
}

/* musl: macros, since its off_t always has 64 bits. */
#ifndef open64
PUBLIC int open64(const char *path, int flags, ...);
PUBLIC int open64(const char *path, int flags, ...)
{
	MODE(flags, flags)
	return is_kvm(path) ? open_kvm() : shim_libc()->open(path, flags | O_LARGEFILE, mode);
}
#endif

PUBLIC int openat(int dir, const char *path, int flags, ...);
PUBLIC int openat(int dir, const char *path, int flags, ...)
{
	MODE(flags, flags)
	return is_kvm(path) ? open_kvm() : shim_libc()->openat(dir, path, flags, mode);
}

#ifndef openat64
PUBLIC int openat64(int dir, const char *path, int flags, ...);
PUBLIC int openat64(int dir, const char *path, int flags, ...)
{
	MODE(flags, flags)
	return is_kvm(path) ? open_kvm() : shim_libc()->openat(dir, path, flags | O_LARGEFILE, mode);
}
#endif

/* What the fortified headers call. */
PUBLIC int __open_2(const char *path, int flags);
PUBLIC int __open_2(const char *path, int flags)
{
	return is_kvm(path) ? open_kvm() : shim_libc()->open(path, flags);
}

PUBLIC int __open64_2(const char *path, int flags);
PUBLIC int __open64_2(const char *path, int flags)
{
	return is_kvm(path) ? open_kvm() : shim_libc()->open(path, flags | O_LARGEFILE);
}

/* ---- close and copies ---- */

PUBLIC int close(int fd)
{
	shim_forget(fd);
	return shim_libc()->close(fd);
}

PUBLIC int dup(int fd)
{
	return shim_copied(fd, shim_libc()->dup(fd));
}

PUBLIC int dup2(int fd, int to)
{
	return shim_copied(fd, shim_libc()->dup2(fd, to));
}

PUBLIC int dup3(int fd, int to, int flags)
{
	return shim_copied(fd, shim_libc()->dup3(fd, to, flags));
}

static int do_fcntl(int fd, int cmd, void *arg)
{
	int ret = shim_libc()->fcntl(fd, cmd, arg);

	return cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC ? shim_copied(fd, ret) : ret;
}

PUBLIC int fcntl(int fd, int cmd, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	return do_fcntl(fd, cmd, arg);
}

PUBLIC int fcntl64(int fd, int cmd, ...);
PUBLIC int fcntl64(int fd, int cmd, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	return do_fcntl(fd, cmd, arg);
}

/* ---- mmap: a kvm_run area is a piece of the store ---- */

static void *map(void *addr, size_t len, int prot, int flags, int fd, long off)
{
	int32_t sim = flags & MAP_ANONYMOUS ? 0 : shim_lookup(fd);
	struct shim_host *h;
	uint8_t *run;
	int err = EINVAL;
	size_t want;

	if (!sim)
		return shim_libc()->mmap(addr, len, prot, flags, fd, off);
	h = shim_host();
	want = len > CVMM_SIM_RUN_BYTES ? CVMM_SIM_RUN_BYTES : len;
	run = sim == SHIM_INHERITED || off ? NULL : h->be.ops->mmap(h->be.ctx, sim, want, &err);
	if (!run) {
		errno = err < 0 ? -err : err;
		return MAP_FAILED;
	}
	/* KVM lets more be mapped than there is; what is beyond cannot be touched. */
	if (want < len) {
		addr = shim_libc()->mmap(
			addr, len, PROT_NONE, (flags & MAP_FIXED) | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (addr == MAP_FAILED)
			return addr;
		flags |= MAP_FIXED;
	}
	return shim_libc()->mmap(addr, want, prot, flags, h->memfd, (long)(run - (uint8_t *)h->store));
}

PUBLIC void *mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off)
{
	return map(addr, len, prot, flags, fd, (long)off);
}

#ifndef mmap64
PUBLIC void *mmap64(void *addr, size_t len, int prot, int flags, int fd, off64_t off);
PUBLIC void *mmap64(void *addr, size_t len, int prot, int flags, int fd, off64_t off)
{
	return map(addr, len, prot, flags, fd, (long)off);
}
#endif

/* ---- ioctl ---- */

/* An fd of its own with the statistics' header: it can be read for as long as it is open. */
static int stats_fd(void)
{
	const struct {
		uint32_t flags, name_size, num_desc, id_offset, desc_offset, data_offset;
		char id[48];
	} head = { .name_size = 48, .id_offset = 24, .desc_offset = 72, .data_offset = 72, .id = "kvm-sim" };
	int fd = memfd_create("kvm-stats", MFD_CLOEXEC);

	if (fd >= 0 && write(fd, &head, sizeof(head)) != (ssize_t)sizeof(head)) {
		shim_libc()->close(fd);
		errno = ENOMEM;
		return -1;
	}
	return fd;
}

/* Calls that make an fd: the caller gets a real one. */
static int new_fd(struct shim_host *h, int sim, unsigned long req, uintptr_t arg)
{
	struct cvmm_kvm_create_device d;
	int ret = h->be.ops->ioctl(h->be.ctx, sim, req, arg), fd;

	if (ret < 0)
		return ret;
	if (req != CVMM_KVM_CREATE_DEVICE) {
		fd = shim_stand_for(ret);
		return fd < 0 ? -errno : fd;
	}
	memcpy(&d, (const void *)arg, sizeof(d));
	if (d.flags & 1)
		return ret;
	fd = shim_stand_for((int)d.fd);
	if (fd < 0)
		return -errno;
	d.fd = (uint32_t)fd;
	memcpy((void *)arg, &d, sizeof(d));
	return 0;
}

static int sim_ioctl(int32_t sim, unsigned long req, uintptr_t arg)
{
	struct shim_host *h = shim_host();
	int ret;

	if (sim == SHIM_INHERITED)
		return -EIO;
	if (req == CVMM_KVM_CREATE_VM || req == CVMM_KVM_CREATE_VCPU || req == CVMM_KVM_CREATE_DEVICE ||
		req == GUEST_MEMFD)
		return new_fd(h, sim, req, arg);
	if (req == STATS_FD && cvmm_profile_cap(h->profile, STATS_CAP)) {
		ret = stats_fd();
		return ret < 0 ? -errno : ret;
	}
	ret = h->be.ops->ioctl(h->be.ctx, sim, req, arg);
	if (req == CVMM_KVM_RUN && ret == 0) {
		uint8_t *run = h->be.ops->mmap(h->be.ctx, sim, CVMM_SIM_RUN_BYTES, NULL);

		ret = run ? shim_exit(sim, run) : ret;
	}
	return ret;
}

PUBLIC int ioctl(int fd, unsigned long req, ...);
PUBLIC int ioctl(int fd, unsigned long req, ...)
{
	int32_t sim = shim_lookup(fd);
	uintptr_t arg;
	va_list ap;
	int ret;

	va_start(ap, req);
	arg = va_arg(ap, uintptr_t);
	va_end(ap);
	if (!sim)
		return shim_libc()->ioctl(fd, req, arg);
	ret = sim_ioctl(sim, (uint32_t)req, arg);
	if (ret >= 0)
		return ret;
	errno = -ret;
	return -1;
}
