/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "mem.h"
#include "opt.h"
#include "say.h"

static int too_long(const char *name, const char *what, size_t max)
{
	say("%s: too long: %s has at most %zu MiB", name, what, max >> 20);
	return STATUS_ERROR;
}

/* Reads up to max + 1 bytes, so that a device or a growing file cannot take more memory than a proper one. */
static int read_all(int fd, const char *name, size_t max, size_t guess, struct bytes *out)
{
	size_t cap = guess < max ? guess + 1 : max + 1;
	uint8_t *p = mem_get(cap);
	size_t len = 0;

	for (;;) {
		ssize_t n = read(fd, p + len, cap - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return say_errno(name, errno);
		if (n == 0)
			break;
		len += (size_t)n;
		if (len == cap && cap <= max) {
			uint8_t *more;

			cap = cap < max / 2 ? 2 * cap : max + 1;
			more = mem_get(cap);
			memcpy(more, p, len);
			mem_drop(p);
			p = more;
		} else if (len == cap) {
			break;
		}
	}
	out->name = name;
	out->p = p;
	out->len = len;
	return STATUS_YES;
}

int file_read(const char *name, size_t max, const char *what, struct bytes *out)
{
	struct stat st;
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return say_errno(name, errno);
	if (fstat(fd, &st)) {
		ret = say_errno(name, errno);
	} else if (S_ISDIR(st.st_mode)) {
		say("%s: is a directory, not %s", name, what);
		ret = STATUS_ERROR;
	} else if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > max) {
		ret = too_long(name, what, max);
	} else {
		ret = read_all(fd, name, max, S_ISREG(st.st_mode) ? (size_t)st.st_size : 65535, out);
		if (!ret && out->len > max)
			ret = too_long(name, what, max);
		if (!ret && out->len == 0) {
			say("%s: is empty, not %s", name, what);
			ret = STATUS_ERROR;
		}
	}
	(void)close(fd);
	return ret;
}

static int write_all(int fd, const uint8_t *p, size_t len)
{
	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	/* Some file systems cannot sync a directory; that is not a failure to write. */
	if (fsync(fd) && errno != EINVAL && errno != EROFS)
		ret = -errno;
	(void)close(fd);
	return ret;
}

/* Everything from the first byte to the rename, with signals held back, so that Ctrl-C leaves no half file behind. */
static int replace(const char *target, const char *folder, mode_t mode, const void *p, size_t len)
{
	char *temp = mem_format("%s/.cvmm-XXXXXX", folder);
	int fd = mkostemp(temp, O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = write_all(fd, p, len);
	if (!ret && (fchmod(fd, mode) || fsync(fd)))
		ret = -errno;
	if (close(fd) && !ret)
		ret = -errno;
	if (!ret && rename(temp, target))
		ret = -errno;
	if (ret)
		(void)unlink(temp);
	else
		ret = sync_folder(folder);
	return ret;
}

static char *folder_of(const char *target)
{
	const char *slash = strrchr(target, '/');

	if (!slash)
		return mem_copy(".", 1);
	return mem_copy(target, slash == target ? 1 : (size_t)(slash - target));
}

static mode_t mode_for_new(void)
{
	mode_t mask = umask(0);

	(void)umask(mask);
	return 0666 & ~mask;
}

static int write_through(const char *name, const void *p, size_t len)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = write_all(fd, p, len);
	if (close(fd) && !ret)
		ret = -errno;
	return ret;
}

int file_write(const char *name, const void *p, size_t len)
{
	sigset_t all, before;
	struct stat st;
	const char *target = name;
	char real[PATH_MAX];
	int there = stat(name, &st) == 0;
	int ret;

	if (there && S_ISDIR(st.st_mode))
		return say_errno(name, EISDIR);
	if (there && !S_ISREG(st.st_mode)) {
		ret = write_through(name, p, len);
		return ret ? say_errno(name, -ret) : STATUS_YES;
	}
	/* A file that its owner made read-only stays as it is, although its folder would allow to replace it. */
	if (there && access(name, W_OK))
		return say_errno(name, errno);
	if (there && realpath(name, real))
		target = real;
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &before);
	ret = replace(target, folder_of(target), there ? st.st_mode & 0777 : mode_for_new(), p, len);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return ret ? say_errno(name, -ret) : STATUS_YES;
}
