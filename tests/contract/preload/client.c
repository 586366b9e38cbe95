/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * An ordinary KVM client: knows /dev/kvm and numbers, nothing of this project. Run with the preload shim it must get along;
 * each line that fails is named.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int failed;
#define CHECK(x)                                                                 \
	do {                                                                     \
		if (!(x)) {                                                      \
			printf("line %d: %s (errno %d)\n", __LINE__, #x, errno); \
			failed++;                                                \
		}                                                                \
	} while (0)
#define FAILS(x, err) CHECK((x) < 0 && errno == (err))

#define VCPUS	      512
#define MEMSLOTS      32767

static int vcpu[VCPUS];
static uint8_t *run[VCPUS];

static int vm_new(int kvm)
{
	int vm = ioctl(kvm, 0xae01, 0ul);

	CHECK(vm >= 0);
	return vm;
}

static int vcpu_new(int vm, unsigned long id)
{
	uint32_t init[8] = { 5, 4 };
	int v = ioctl(vm, 0xae41, id);

	CHECK(v >= 0);
	CHECK(ioctl(v, 0x4020aeae, init) == 0);
	return v;
}

static void many(int kvm)
{
	int vm = vm_new(kvm), efd[VCPUS], size = ioctl(kvm, 0xae04, 0ul), i;

	CHECK(size == 8192);
	for (i = 0; i < VCPUS; i++) {
		uint32_t irqfd[8] = { 0 };

		vcpu[i] = vcpu_new(vm, (unsigned long)i);
		run[i] = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu[i], 0);
		CHECK(run[i] != MAP_FAILED);
		efd[i] = eventfd(0, EFD_CLOEXEC);
		irqfd[0] = (uint32_t)efd[i];
		CHECK(ioctl(vm, 0x4020ae76, irqfd) == 0);
		CHECK(eventfd_write(efd[i], 5) == 0);
	}
	CHECK(efd[VCPUS - 1] > 1000);
	for (i = 0; i < VCPUS; i++) {
		eventfd_t n = 0;

		CHECK(eventfd_read(efd[i], &n) == 0 && n == 5);
		close(efd[i]);
		/* Each kvm_run area is the vCPU's own, and both sides see it. */
		run[i][100] = (uint8_t)i;
	}
	for (i = 0; i < VCPUS; i++)
		CHECK(run[i][100] == (uint8_t)i);
	CHECK(ioctl(vcpu[7], 0xae80, 0ul) == 0);
	CHECK(run[7][8] == 6 && run[8][8] == 0);
	for (i = 0; i < VCPUS; i++) {
		munmap(run[i], (size_t)size);
		close(vcpu[i]);
	}
	close(vm);
}

static void memslots(int kvm)
{
	int vm = vm_new(kvm);
	struct {
		uint32_t slot, flags;
		uint64_t gpa, size, hva;
	} r = { .size = 4096 };
	struct timespec a, b;

	clock_gettime(CLOCK_MONOTONIC, &a);
	for (r.slot = 0; r.slot < MEMSLOTS; r.slot++) {
		r.gpa = r.slot * 4096ull;
		r.hva = 0x10000 + r.gpa;
		if (ioctl(vm, 0x4020ae46, &r)) {
			CHECK(0 && "memslot");
			break;
		}
	}
	FAILS(ioctl(vm, 0x4020ae46, &r), EINVAL);
	clock_gettime(CLOCK_MONOTONIC, &b);
	CHECK(b.tv_sec - a.tv_sec < 10);
	close(vm);
}

static int started;

static void *vcpu_thread(void *arg)
{
	int i = *(int *)arg;

	while (!__atomic_load_n(&run[i][1], __ATOMIC_ACQUIRE)) {
		CHECK(ioctl(vcpu[i], 0xae80, 0ul) == 0 || errno == EINTR);
		__atomic_store_n(&started, 1, __ATOMIC_RELEASE);
	}
	FAILS(ioctl(vcpu[i], 0xae80, 0ul), EINTR);
	return NULL;
}

static void on_signal(int sig)
{
	(void)sig;
}

static void threads(int kvm)
{
	struct sigaction sa = { .sa_handler = on_signal };
	pthread_t t[8];
	int vm = vm_new(kvm), id[8], i;

	sigaction(SIGUSR1, &sa, NULL);
	for (i = 0; i < 8; i++) {
		id[i] = i;
		vcpu[i] = vcpu_new(vm, (unsigned long)i);
		run[i] = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu[i], 0);
		CHECK(pthread_create(&t[i], NULL, vcpu_thread, &id[i]) == 0);
	}
	while (!__atomic_load_n(&started, __ATOMIC_ACQUIRE))
		usleep(1000);
	for (i = 0; i < 8; i++) {
		__atomic_store_n(&run[i][1], 1, __ATOMIC_RELEASE);
		pthread_kill(t[i], SIGUSR1);
	}
	for (i = 0; i < 8; i++) {
		pthread_join(t[i], NULL);
		munmap(run[i], 8192);
		close(vcpu[i]);
	}
	close(vm);
}

/* A run with an interrupt controller that is not ready is the VM's end. */
static void dead(int kvm)
{
	uint32_t gic[3] = { 7 };
	int vm = vm_new(kvm), v;

	CHECK(ioctl(vm, 0xc00caee0, gic) == 0);
	v = vcpu_new(vm, 0);
	FAILS(ioctl(v, 0xae80, 0ul), ENXIO);
	FAILS(ioctl(v, 0xae80, 0ul), EIO);
	FAILS(ioctl(vm, 0xae41, 1ul), EIO);
	CHECK(close((int)gic[1]) == 0 && close(v) == 0 && close(vm) == 0);
}

static void stats(int kvm)
{
	int vm = vm_new(kvm), v = vcpu_new(vm, 0), fd = ioctl(v, 0xaece, 0ul);
	uint32_t head[6] = { 0 };

	CHECK(fd >= 0);
	close(v);
	close(vm);
	CHECK(pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) && head[1] == 48);
	close(fd);
}

static void copies(int kvm)
{
	int vm = vm_new(kvm), two = dup(vm), three = fcntl(vm, F_DUPFD_CLOEXEC, 900), v, n, status;
	pid_t pid;

	CHECK(two >= 0 && three >= 900 && fcntl(three, F_GETFD) == FD_CLOEXEC);
	close(vm);
	v = vcpu_new(two, 0);
	CHECK(dup2(three, two) == two);
	CHECK(ioctl(two, 0xae03, 70ul) == 1);
	pid = fork();
	if (pid == 0) {
		failed = 0;
		FAILS(ioctl(two, 0xae41, 5ul), EIO);
		FAILS(ioctl(v, 0x4010aeab, &n), EIO);
		CHECK(close(v) == 0 && close(two) == 0 && close(three) == 0);
		_exit(failed);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(ioctl(v, 0x8004ae98, &n) == 0 && n == 0);
	CHECK(ioctl(two, 0xae41, 5ul) >= 0);
	CHECK(close(two) == 0 && close(three) == 0);
	FAILS(close(two), EBADF);
	FAILS(ioctl(two, 0xae03, 70ul), EBADF);
	CHECK(ioctl(v, 0x8004ae98, &n) == 0);
	close(v);
}

int main(void)
{
	struct rlimit lim = { 4096, 4096 };
	int kvm, again, pipes[2], n;

	setrlimit(RLIMIT_NOFILE, &lim);
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	CHECK(kvm >= 0 && kvm < 100);
	CHECK(ioctl(kvm, 0xae00, 0ul) == 12);
	again = openat(AT_FDCWD, "/dev/kvm", O_RDWR);
	CHECK(ioctl(again, 0xae00, 0ul) == 12 && close(again) == 0);
	FAILS(ioctl(again, 0xae00, 0ul), EBADF);
	/* What is not KVM's is left alone. */
	CHECK(pipe(pipes) == 0 && write(pipes[1], "abc", 3) == 3 && ioctl(pipes[0], FIONREAD, &n) == 0 && n == 3);
	CHECK(open("/dev/kvm-none", O_RDWR) < 0 && errno == ENOENT);
	many(kvm);
	many(kvm);
	memslots(kvm);
	threads(kvm);
	dead(kvm);
	stats(kvm);
	copies(kvm);
	CHECK(close(kvm) == 0);
	printf("%d failed\n", failed);
	return failed ? 1 : 0;
}
