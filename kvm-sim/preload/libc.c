/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The functions that the shim stands in front of. */
#define _GNU_SOURCE
#include "preload.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

static struct shim_libc libc;

static void look_up(void)
{
	static const struct {
		const char *name;
		size_t off;
	} names[] = { { "open", offsetof(struct shim_libc, open) }, { "openat", offsetof(struct shim_libc, openat) },
		{ "close", offsetof(struct shim_libc, close) }, { "ioctl", offsetof(struct shim_libc, ioctl) },
		{ "mmap", offsetof(struct shim_libc, mmap) }, { "dup", offsetof(struct shim_libc, dup) },
		{ "dup2", offsetof(struct shim_libc, dup2) }, { "dup3", offsetof(struct shim_libc, dup3) },
		{ "fcntl", offsetof(struct shim_libc, fcntl) } };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		void *f = dlsym(RTLD_NEXT, names[i].name);

		memcpy((char *)&libc + names[i].off, &f, sizeof(f));
	}
}

const struct shim_libc *shim_libc(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, look_up);
	return &libc;
}
