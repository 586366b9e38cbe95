/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Which kernel to be: CVMM_SIM=RELEASE[/CPU] or CVMM_SIM=@PROFILE. */
#define _GNU_SOURCE
#include "preload.h"

#include <cvmm/kvm-sim/profiles.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define DEFAULT_SIM "7.3"
#define DEFAULT_CPU "neoverse-n1"

static struct cvmm_profile profile;
static struct shim_host host = { .profile = &profile, .memfd = -1, .err = ENOENT };

/* Whole leading components: 6.1 is 6.1.192, never 6.12.117. */
static int release_matches(const char *name, const char *want, size_t n)
{
	return !strncmp(name, want, n) && (name[n] == '.' || name[n] == '-');
}

/* The newest built-in kernel that is meant; they ascend. */
static const char *builtin(const char *want, size_t *len)
{
	const char *slash = strchr(want, '/'), *cpu = slash ? slash + 1 : DEFAULT_CPU, *text = NULL;
	size_t n = slash ? (size_t)(slash - want) : strlen(want);
	uint32_t i;

	for (i = 0; i < cvmm_sim_profile_count(); i++) {
		const char *name = cvmm_sim_profile_name(i), *dash = strchr(name, '-');

		if (n && release_matches(name, want, n) && dash && !strcmp(dash + 1, cpu))
			text = cvmm_sim_profile_text(i, len);
	}
	return text;
}

static const char *from_file(const char *path, size_t *len)
{
	int fd = shim_libc()->open(path, O_RDONLY | O_CLOEXEC);
	off_t end = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	void *p = MAP_FAILED;

	if (end > 0 && (size_t)end <= CVMM_PROFILE_BYTES_MAX)
		p = shim_libc()->mmap(NULL, (size_t)end, PROT_READ, MAP_PRIVATE, fd, 0);
	if (fd >= 0)
		shim_libc()->close(fd);
	*len = end > 0 ? (size_t)end : 0;
	return p == MAP_FAILED ? NULL : p;
}

static void *memory(size_t n, int fd)
{
	void *p = shim_libc()->mmap(
		NULL, n, PROT_READ | PROT_WRITE, fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

static int make(const char *text, size_t len, struct cvmm_error *e)
{
	struct cvmm_sim_config cfg = { .size = sizeof(cfg),
		.profile = &profile,
		.max_vms = SHIM_VMS,
		.max_vcpus = SHIM_VCPUS,
		.max_devices = 16,
		.max_memslots = SHIM_MEMSLOTS,
		.max_opens = 256 };
	size_t need;
	void *facts;

	if (cvmm_profile_need(text, len, &need, e))
		return EINVAL;
	facts = memory(need, -1);
	if (!facts)
		return ENOMEM;
	if (cvmm_profile_parse(text, len, facts, need, &profile, e) || cvmm_sim_need(&cfg, &need, e))
		return EINVAL;
	host.bytes = need;
	host.memfd = memfd_create("kvm-sim", MFD_CLOEXEC);
	if (host.memfd < 0 || ftruncate(host.memfd, (off_t)need))
		return ENOMEM;
	host.store = memory(need, host.memfd);
	if (!host.store)
		return ENOMEM;
	return cvmm_sim_init(&cfg, host.store, need, &host.be, e) ? EINVAL : 0;
}

static void start(void)
{
	const char *want = getenv("CVMM_SIM"), *text;
	struct cvmm_error e = { 0 };
	size_t len = 0;

	want = want && *want ? want : DEFAULT_SIM;
	text = *want == '@' ? from_file(want + 1, &len) : builtin(want, &len);
	if (!text)
		fprintf(stderr, "kvm-sim: CVMM_SIM=%s: no such %s\n", want, *want == '@' ? "file" : "simulated kernel");
	else
		host.err = make(text, len, &e);
	if (text && host.err)
		fprintf(stderr, "kvm-sim: CVMM_SIM=%s: line %u: %s\n", want, e.section, cvmm_reason_text(e.reason));
}

struct shim_host *shim_host(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, start);
	return &host;
}
