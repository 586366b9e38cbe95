/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The preload shim: real fds that stand for the simulated KVM's. */
#ifndef PRELOAD_H
#define PRELOAD_H

#include <cvmm/kvm-sim/sim.h>

#include <stddef.h>
#include <stdint.h>

#define SHIM_FDS      65536 /* real fds that can be told apart */
#define SHIM_VCPUS    512u
#define SHIM_MEMSLOTS 32768u
#define SHIM_VMS      4u

/* host.c: the simulated KVM of this process, made when /dev/kvm is opened for the first time; its store is a memfd. */
struct shim_host {
	struct cvmm_backend be;
	const struct cvmm_profile *profile;
	void *store;
	size_t bytes;
	int memfd;
	int err; /* why there is none: an errno */
};
struct shim_host *shim_host(void);

/* script.c: what KVM_RUN exits with. Returns 0 or -errno. */
int shim_exit(int sim_fd, uint8_t *run);

/* table.c: which real fds stand for which simulated ones. */
#define SHIM_INHERITED INT32_MAX  /* from before a fork */
int32_t shim_lookup(int fd);	  /* 0: not ours */
int shim_stand_for(int sim);	  /* a real fd for a new simulated one; -1 with errno, and @sim is closed */
void shim_forget(int fd);	  /* the real fd is about to be closed */
int shim_copied(int old, int fd); /* @fd is a copy of @old, whatever it was before; gives @fd */
void shim_watch_forks(void);

/* libc.c: the real functions. */
struct shim_libc {
	int (*open)(const char *, int, ...);
	int (*openat)(int, const char *, int, ...);
	int (*close)(int);
	int (*ioctl)(int, unsigned long, ...);
	void *(*mmap)(void *, size_t, int, int, int, long);
	int (*dup)(int);
	int (*dup2)(int, int);
	int (*dup3)(int, int, int);
	int (*fcntl)(int, int, ...);
};
const struct shim_libc *shim_libc(void);

#endif
