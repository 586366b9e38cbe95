/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Each fd of the simulated KVM is stood for by one or more real ones (of /dev/null), so that numbers, dup(), CLOEXEC and
 * limits are the kernel's; a table leads from the real number to the simulated one.
 */
#define _GNU_SOURCE
#include "preload.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>

#define SIM_FDS 8192

static _Atomic int32_t sim_of[SHIM_FDS]; /* real fd -> simulated fd; 0: not ours; SHIM_INHERITED: from before a fork */
static uint32_t refs[SIM_FDS];		 /* simulated fd -> real fds; guarded by the lock */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int32_t shim_lookup(int fd)
{
	return fd < 0 || fd >= SHIM_FDS ? 0 : __atomic_load_n((int32_t *)&sim_of[fd], __ATOMIC_ACQUIRE);
}

static int sim_close(int sim)
{
	struct shim_host *h = shim_host();

	return h->be.ops->close(h->be.ctx, sim);
}

/* The real fd now stands for @sim. Called with the lock held. */
static void enter(int fd, int32_t sim)
{
	if (sim != SHIM_INHERITED)
		refs[(uint32_t)(sim - CVMM_SIM_FD_BASE) % SIM_FDS]++;
	__atomic_store_n((int32_t *)&sim_of[fd], sim, __ATOMIC_RELEASE);
}

/* The real fd goes away. Called with the lock held. */
static void leave(int fd)
{
	int32_t sim = shim_lookup(fd);

	if (!sim)
		return;
	__atomic_store_n((int32_t *)&sim_of[fd], 0, __ATOMIC_RELEASE);
	if (sim != SHIM_INHERITED && --refs[(uint32_t)(sim - CVMM_SIM_FD_BASE) % SIM_FDS] == 0)
		sim_close(sim);
}

int shim_stand_for(int sim)
{
	int fd = shim_libc()->open("/dev/null", O_RDWR | O_CLOEXEC), err = fd < 0 ? errno : EMFILE;

	if (fd < 0 || fd >= SHIM_FDS) {
		if (fd >= 0)
			shim_libc()->close(fd);
		sim_close(sim);
		errno = err;
		return -1;
	}
	pthread_mutex_lock(&lock);
	enter(fd, sim);
	pthread_mutex_unlock(&lock);
	return fd;
}

void shim_forget(int fd)
{
	if (!shim_lookup(fd))
		return;
	pthread_mutex_lock(&lock);
	leave(fd);
	pthread_mutex_unlock(&lock);
}

int shim_copied(int old, int fd)
{
	int32_t sim = shim_lookup(old);

	if (fd < 0 || fd >= SHIM_FDS || fd == old || (!sim && !shim_lookup(fd)))
		return fd;
	pthread_mutex_lock(&lock);
	leave(fd);
	if (sim)
		enter(fd, sim);
	pthread_mutex_unlock(&lock);
	return fd;
}

/* A child shares the store's memory but not the VMs: as in KVM, they belong to the process that made them. */
static void after_fork(void)
{
	int fd;

	pthread_mutex_init(&lock, NULL);
	for (fd = 0; fd < SHIM_FDS; fd++)
		if (shim_lookup(fd))
			__atomic_store_n((int32_t *)&sim_of[fd], SHIM_INHERITED, __ATOMIC_RELEASE);
	memset(refs, 0, sizeof(refs));
}

void shim_watch_forks(void)
{
	(void)pthread_atfork(NULL, NULL, after_fork);
}
