/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * /init of a live boot. Runs the lines of /commands one after the other, each "NAME SECONDS PROGRAM ARGUMENT..." in
 * /out, with its output in /out/NAME.log; writes NAME, exit status and milliseconds to /out/status; then sends all of
 * /out through the raw disk or the second serial line (a newc archive on /dev/nvme0n1 or /dev/ttyS1) and prints the end marker.
 * Kernels whose KVM is a module get it from /modules, in the order of the names. QEMU's own exit status says
 * nothing about what happened in here: only the marker with the right number of commands counts.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define WORDS_MAX 64
#define DISK	  "/dev/nvme0n1"
#define LINE	  "/dev/ttyS1"

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void nap(void)
{
	const struct timespec ms = { .tv_nsec = 2000000 };

	nanosleep(&ms, NULL);
}

static void mounts(void)
{
	int fd;

	mkdir("/dev", 0755);
	mkdir("/proc", 0755);
	mkdir("/tmp", 0755);
	mkdir("/out", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount("proc", "/proc", "proc", 0, NULL);
	fd = open("/dev/console", O_RDWR);
	if (fd >= 0) {
		dup2(fd, 0);
		dup2(fd, 1);
		dup2(fd, 2);
	}
}

static int shown(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void modules(void)
{
	struct dirent **name;
	int n = scandir("/modules", &name, shown, alphasort), i, fd;

	for (i = 0; i < n; i++) {
		char path[512];

		snprintf(path, sizeof(path), "/modules/%s", name[i]->d_name);
		fd = open(path, O_RDONLY);
		if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0)
			printf("CVMM-LIVE %s: %s\n", path, strerror(errno));
		close(fd);
	}
}

/* A terminal passes bytes on as they are only if it is told to. */
static FILE *open_line(void)
{
	FILE *f = fopen(LINE, "r+");
	struct termios t;

	if (f && tcgetattr(fileno(f), &t) == 0) {
		cfmakeraw(&t);
		tcsetattr(fileno(f), TCSANOW, &t);
	}
	return f;
}

static void child(const char *name, char **argv)
{
	char log[128];
	int fd, null = open("/dev/null", O_RDONLY);

	snprintf(log, sizeof(log), "/out/%s.log", name);
	fd = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || null < 0 || chdir("/out") < 0)
		_exit(126);
	dup2(null, 0);
	dup2(fd, 1);
	dup2(fd, 2);
	execv(argv[0], argv);
	dprintf(2, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* The exit status; 128 + the signal; 124 after the time is over. */
static int run(const char *name, long seconds, char **argv)
{
	long end = now_ms() + 1000 * seconds;
	int status = 0, late = 0;
	pid_t pid = fork();

	if (pid == 0)
		child(name, argv);
	if (pid < 0)
		return 126;
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (now_ms() > end && !late) {
			late = 1;
			kill(pid, SIGKILL);
		}
		nap();
	}
	if (late)
		return 124;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int run_all(void)
{
	FILE *in = fopen("/commands", "r"), *out = fopen("/out/status", "w");
	char line[4096], *word[WORDS_MAX + 1];
	int done = 0;

	if (!in || !out)
		return -1;
	while (fgets(line, sizeof(line), in)) {
		long start = now_ms();
		int n = 0, status;
		char *p;

		for (p = strtok(line, " \n"); p && n < WORDS_MAX; p = strtok(NULL, " \n"))
			word[n++] = p;
		word[n] = NULL;
		if (n < 3)
			continue;
		status = run(word[0], atol(word[1]), word + 2);
		fprintf(out, "%s %d %ld\n", word[0], status, now_ms() - start);
		done++;
	}
	fclose(in);
	fclose(out);
	return done;
}

static void pad(FILE *disk, long n)
{
	for (; n % 4; n++)
		fputc(0, disk);
}

static void archive_entry(FILE *disk, const char *name, unsigned int mode, const char *data, size_t len)
{
	static unsigned int ino;

	fprintf(disk, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x%s", ++ino, mode, 0u, 0u, 1u, 0u,
		len, 0u, 0u, 0u, 0u, strlen(name) + 1, 0u, name);
	fputc(0, disk);
	pad(disk, (long)(110 + strlen(name) + 1));
	fwrite(data, 1, len, disk);
	pad(disk, (long)len);
}

static int archive_file(FILE *disk, const char *name)
{
	struct stat st;
	char *data;
	int fd = open(name, O_RDONLY);
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return 0;
	}
	data = malloc((size_t)st.st_size + 1);
	n = data ? read(fd, data, (size_t)st.st_size) : -1;
	close(fd);
	if (n != st.st_size)
		return -1;
	archive_entry(disk, name, 0100644, data, (size_t)n);
	free(data);
	return 0;
}

static int send_out(void)
{
	static char buffer[1 << 20];
	long end = now_ms() + 5000;
	struct dirent *entry;
	FILE *disk;
	DIR *dir;
	int ret = 0;

	disk = access("/modules", F_OK) == 0 ? open_line() : NULL;
	while (!disk && !(disk = fopen(DISK, "r+")) && now_ms() < end)
		nap();
	dir = opendir(".");
	if (!disk || !dir)
		return -1;
	setvbuf(disk, buffer, _IOFBF, sizeof(buffer));
	while ((entry = readdir(dir)))
		if (archive_file(disk, entry->d_name) < 0)
			ret = -1;
	archive_entry(disk, "TRAILER!!!", 0, "", 0);
	/* The device takes whole blocks; what follows the trailer is not read. */
	for (end = 0; end < 4096; end++)
		fputc(0, disk);
	if (fflush(disk) || (isatty(fileno(disk)) ? tcdrain(fileno(disk)) : fsync(fileno(disk))) || fclose(disk))
		ret = -1;
	return ret;
}

int main(void)
{
	int done;

	if (getpid() != 1) {
		fprintf(stderr, "this is the init of a live boot\n");
		return 2;
	}
	mounts();
	modules();
	done = chdir("/out") < 0 ? -1 : run_all();
	if (done >= 0 && send_out() < 0)
		printf("CVMM-LIVE cannot write " DISK ": %s\n", strerror(errno));
	else
		printf("CVMM-LIVE-END %d\n", done);
	fflush(stdout);
	sync();
	tcdrain(1);
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
