/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * machine PROFILE TIMES: a guest that computes is interrupted at a random point, saved into a file, and continued in a new VM
 * of a new process: with one vCPU and with two, TIMES times in all. Its answer is the one that it has uninterrupted.
 * Exits 77 where there is no /dev/kvm.
 *
 * machine --continue PROFILE FILE is that new process: prints the answer.
 */
#include "machine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SKIP	    77
#define LONG_US	    20000000u
#define WORKERS	    6u
#define SAVES	    12u
#define TRIES	    20
#define ENOUGH_US   5000u
#define MOST_ROUNDS 3000u

static struct machine machine;
static uint64_t seed = 1;

static uint64_t random_below(uint64_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (seed >> 33) % n;
}

static uint64_t now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* A guest for this host: so many rounds that there is something to interrupt. */
struct work {
	uint32_t nvcpus;
	uint32_t rounds;
	int arithmetic;
	uint64_t answer; /* when nobody interrupts it */
	uint64_t us;
};

static int uninterrupted(const char *profile, struct work *w)
{
	int ret = machine_start(&machine, profile, w->nvcpus, w->rounds, w->arithmetic);

	if (ret == 0) {
		w->us = now_us();
		ret = machine_run(&machine, LONG_US, &w->answer) == 1 ? 0 : -1;
		w->us = now_us() - w->us;
	}
	machine_close(&machine);
	return ret;
}

/* The shortest time of three, and three times the same answer. */
static int reference(const char *profile, struct work *w)
{
	int ret, i;

	/*
	 * A KVM that emulates its guests (kvm_pvm) knows no arithmetic with SSE registers, and a processor that QEMU emulates may
	 * lose AVX in a guest; nobody interrupts this one.
	 */
	for (w->arithmetic = 2; (ret = uninterrupted(profile, w)) != 0 && w->arithmetic; w->arithmetic--)
		printf("skipped: %s: a guest cannot compute with it on this host\n",
			w->arithmetic == 2 ? "AVX" : "SSE and x87");
	while (ret == 0 && w->us < ENOUGH_US && w->rounds < MOST_ROUNDS) {
		w->rounds *= 2;
		ret = uninterrupted(profile, w);
	}
	for (i = 0; ret == 0 && i < 2; i++) {
		struct work again = *w;

		ret = uninterrupted(profile, &again);
		if (ret == 0 && again.answer != w->answer)
			ret = -1;
		w->us = again.us < w->us ? again.us : w->us;
	}
	return ret;
}

static int continue_here(const char *profile, const char *file)
{
	uint64_t answer;
	int ret = machine_restore(&machine, profile, file);

	if (ret == 0 && machine_run(&machine, LONG_US, &answer) != 1) {
		fprintf(stderr, "the guest does not finish\n");
		machine_tell(&machine);
		ret = -1;
	}
	machine_close(&machine);
	if (ret == 0)
		printf("%016llx\n", (unsigned long long)answer);
	return ret ? 1 : 0;
}

static int continue_elsewhere(const char *self, const char *profile, const char *file, uint64_t *answer)
{
	char text[32] = "";
	int pipe_fd[2], status;
	ssize_t n;
	pid_t pid;

	if (pipe(pipe_fd))
		return -1;
	pid = fork();
	if (pid == 0) {
		(void)dup2(pipe_fd[1], STDOUT_FILENO);
		(void)close(pipe_fd[0]);
		(void)execl(self, self, "--continue", profile, file, (char *)NULL);
		_exit(127);
	}
	(void)close(pipe_fd[1]);
	n = read(pipe_fd[0], text, sizeof(text) - 1);
	(void)close(pipe_fd[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status || n <= 0)
		return -1;
	*answer = strtoull(text, NULL, 16);
	return 0;
}

/* 1: saved in the middle; 0: the guest was faster; -1. */
static int save_somewhere(const char *profile, const struct work *w, uint64_t us, const char *file)
{
	uint64_t answer;
	int ret = machine_start(&machine, profile, w->nvcpus, w->rounds, w->arithmetic);

	if (ret == 0)
		ret = machine_run(&machine, 1 + random_below(us), &answer);
	if (ret == 0)
		ret = machine_save(&machine, file) ? -1 : 1;
	else if (ret == 1)
		ret = 0;
	machine_close(&machine);
	return ret;
}

/* The same, saved once more before anything happens. */
static int save_twice(const char *profile, const struct work *w, uint64_t us, const char *file, const char *again)
{
	uint64_t answer;
	int ret = machine_start(&machine, profile, w->nvcpus, w->rounds, w->arithmetic);

	if (ret == 0)
		ret = machine_run(&machine, 1 + random_below(us), &answer);
	if (ret == 0)
		ret = machine_save(&machine, file) || machine_save(&machine, again) ? -1 : 1;
	else if (ret == 1)
		ret = 0;
	machine_close(&machine);
	return ret;
}

static int one_move(const char *self, const char *profile, const char *file, const struct work *w)
{
	uint64_t got = 0;
	int ret = 0, i;

	for (i = 0; ret == 0 && i < TRIES; i++)
		ret = save_somewhere(profile, w, (w->us >> i) + 1, file);
	if (ret != 1 || continue_elsewhere(self, profile, file, &got))
		return -1;
	if (got == w->answer)
		return 0;
	fprintf(stderr, "%u vCPUs: %016llx instead of %016llx\n", w->nvcpus, (unsigned long long)got,
		(unsigned long long)w->answer);
	return -1;
}

/*
 * Saved, restored in this process, saved again: the same but for time, and for interrupts that timers have raised since. Saved
 * twice without a restore in between as well.
 */
static int save_and_save(const char *profile, const struct work *w, const char *file)
{
	char again[4096], third[4096];
	int ret = 0, i;

	(void)snprintf(again, sizeof(again), "%s.again", file);
	(void)snprintf(third, sizeof(third), "%s.third", file);
	for (i = 0; ret == 0 && i < TRIES; i++)
		ret = save_twice(profile, w, (w->us >> i) + 1, file, again);
	ret = ret == 1 ? machine_files_differ(file, again) : -1;
	if (ret == 0) {
		ret = machine_restore(&machine, profile, file);
		if (ret == 0)
			ret = machine_save(&machine, third);
		machine_close(&machine);
	}
	if (ret == 0)
		ret = machine_files_differ(file, third);
	(void)unlink(again);
	(void)unlink(third);
	return ret;
}

/* Every so many of the moves; the files are this worker's own. Returns how many failed. */
static int some_moves(
	const char *self, const char *profile, const struct work *work, unsigned long first, unsigned long times)
{
	char file[] = "/tmp/cvmm-machine-XXXXXX", mem[sizeof(file) + 4];
	int fd = mkstemp(file), failed = 0;
	unsigned long i;

	if (fd < 0)
		return 1;
	(void)close(fd);
	for (i = first; i < times; i += WORKERS) {
		seed = i * 2654435761u + 1;
		if (i < SAVES && save_and_save(profile, &work[i % VCPUS_MAX], file)) {
			fprintf(stderr, "save and save again %lu failed\n", i);
			failed++;
		}
		if (one_move(self, profile, file, &work[i / WORKERS % 4 == 3])) {
			fprintf(stderr, "move %lu failed\n", i);
			failed++;
		}
	}
	(void)unlink(file);
	(void)snprintf(mem, sizeof(mem), "%s.mem", file);
	(void)unlink(mem);
	return failed > 100 ? 100 : failed;
}

/* Closing a VM waits for the kernel much longer than it computes, so several go on at a time. */
static int all_moves(const char *self, const char *profile, unsigned long times)
{
	struct work work[VCPUS_MAX] = { { .nvcpus = 1, .rounds = LEAST_ROUNDS },
		{ .nvcpus = 2, .rounds = LEAST_ROUNDS } };
	uint64_t begin = now_us();
	pid_t pid[WORKERS];
	int failed = 0;
	uint32_t n;

	for (n = 0; n < VCPUS_MAX; n++) {
		if (reference(profile, &work[n]))
			return 1;
		printf("%u vCPUs, %u rounds: %016llx after %llu us\n", work[n].nvcpus, work[n].rounds,
			(unsigned long long)work[n].answer, (unsigned long long)work[n].us);
	}
	(void)fflush(stdout);
	for (n = 0; n < WORKERS; n++) {
		pid[n] = fork();
		if (pid[n] == 0)
			_exit(some_moves(self, profile, work, n, times));
	}
	for (n = 0; n < WORKERS; n++) {
		int status = 0;

		if (pid[n] < 0 || waitpid(pid[n], &status, 0) != pid[n] || !WIFEXITED(status))
			return 1;
		failed += WEXITSTATUS(status);
	}
	printf("%lu of %lu moves right, %llu ms\n", times - (unsigned long)failed, times,
		(unsigned long long)((now_us() - begin) / 1000));
	return failed != 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "--continue") == 0)
		return continue_here(argv[2], argv[3]);
	if (argc != 3) {
		fprintf(stderr, "usage: machine PROFILE TIMES\n");
		return 2;
	}
	if (access("/dev/kvm", R_OK | W_OK)) {
		printf("skipped: %s moves of a running guest (no /dev/kvm)\n", argv[2]);
		return SKIP;
	}
	return all_moves(argv[0], argv[1], strtoul(argv[2], NULL, 10));
}
