/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * CVMM_SIM_EXITS=FILE: the exits of each vCPU's KVM_RUN, one per line, from the first line on; # starts a comment.
 *
 *	mmio write|read ADDRESS BYTES VALUE     KVM_EXIT_MMIO
 *	event TYPE                              KVM_EXIT_SYSTEM_EVENT: 1 shutdown, 2 reset, 3 crash
 *	intr                                    KVM_RUN fails with EINTR
 *	block                                   waits until a signal arrives, then EINTR
 *	again                                   continues at the first line
 *
 * After the last line KVM_RUN blocks. Without the variable every exit is the simulator's: a write of 8 bytes, value 0x42,
 * to the address in X1.
 */
#define _GNU_SOURCE
#include "preload.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINES	   256
#define VCPUS	   4096
#define EXIT_MMIO  6u
#define EXIT_EVENT 24u
#define EXIT_INTR  10u

enum what { MMIO, EVENT, INTR, BLOCK, AGAIN };

static struct {
	enum what what;
	uint32_t write, len, type;
	uint64_t addr, value;
} lines[LINES];
static uint32_t nlines;
static uint32_t at[VCPUS];

static int parse(const char *text, uint32_t i)
{
	char word[16] = "", dir[16] = "";
	unsigned long long a = 0, b = 0, c = 0;
	int n = sscanf(text, "%15s %15s %lli %lli %lli", word, dir, (long long *)&a, (long long *)&b, (long long *)&c);

	lines[i].addr = a;
	lines[i].len = (uint32_t)b;
	lines[i].value = c;
	lines[i].write = dir[0] == 'w';
	if (!strcmp(word, "mmio") && n == 5 && b && b <= 8)
		lines[i].what = MMIO;
	else if (!strcmp(word, "event") && n == 2)
		lines[i].what = EVENT;
	else if (n == 1 && (!strcmp(word, "intr") || !strcmp(word, "block") || !strcmp(word, "again")))
		lines[i].what = word[0] == 'i' ? INTR : word[0] == 'b' ? BLOCK : AGAIN;
	else
		return -1;
	lines[i].type = (uint32_t)strtoul(dir, NULL, 0);
	return 0;
}

static void load(void)
{
	const char *path = getenv("CVMM_SIM_EXITS");
	char line[256];
	FILE *f = path ? fopen(path, "re") : NULL;
	uint32_t no = 0;

	if (path && !f)
		fprintf(stderr, "kvm-sim: CVMM_SIM_EXITS=%s: %s\n", path, strerror(errno));
	while (f && fgets(line, sizeof(line), f) && nlines < LINES) {
		no++;
		if (line[strspn(line, " \t\r\n")] == 0 || line[0] == '#')
			continue;
		if (parse(line, nlines) == 0)
			nlines++;
		else
			fprintf(stderr, "kvm-sim: %s:%u: not an exit\n", path, no);
	}
	if (f)
		fclose(f);
}

static void put(uint8_t *run, uint32_t off, uint64_t v, uint32_t n)
{
	memcpy(run + off, &v, n);
}

static int wait_for_signal(uint8_t *run)
{
	/* immediate_exit may be set by the handler of a signal that came just before. */
	while (!__atomic_load_n(&run[1], __ATOMIC_ACQUIRE))
		if (poll(NULL, 0, 10) < 0 && errno == EINTR)
			break;
	put(run, 8, EXIT_INTR, 4);
	return -EINTR;
}

int shim_exit(int sim_fd, uint8_t *run)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	uint32_t *pos = &at[(uint32_t)sim_fd % VCPUS], i;

	pthread_once(&once, load);
	if (!getenv("CVMM_SIM_EXITS"))
		return 0;
	if (*pos < nlines && lines[*pos].what == AGAIN)
		*pos = 0;
	if (*pos >= nlines || lines[*pos].what == AGAIN)
		return wait_for_signal(run);
	i = (*pos)++;
	switch (lines[i].what) {
	case MMIO:
		put(run, 8, EXIT_MMIO, 4);
		put(run, 32, lines[i].addr, 8);
		put(run, 40, lines[i].value, 8);
		put(run, 48, lines[i].len, 4);
		run[52] = (uint8_t)lines[i].write;
		return 0;
	case EVENT:
		put(run, 8, EXIT_EVENT, 4);
		put(run, 32, lines[i].type, 4);
		put(run, 36, 0, 4);
		return 0;
	case BLOCK: return wait_for_signal(run);
	default: put(run, 8, EXIT_INTR, 4); return -EINTR;
	}
}
