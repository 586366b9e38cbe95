/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * A harness without an engine: runs files, and everything in folders, through it. With any compiler, under any tool.
 *
 *   fuzz-NAME [--mutate N] FILE|FOLDER...
 *
 * --mutate N runs N mutations as well, of the inputs and of their mutations; always the same ones.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "check.h"
#include "mutator.h"

int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed) __attribute__((weak));

#define KEPT 64

static uint8_t kept[KEPT][FUZZ_MAX];
static size_t kept_len[KEPT], nkept;
static unsigned long runs;

static void run(const uint8_t *p, size_t n)
{
	/* Memory of exactly this size, so that a sanitizer sees a read beyond it. */
	uint8_t *copy = malloc(n ? n : 1);

	FUZZ_CHECK(copy, "out of memory");
	memcpy(copy, p, n);
	(void)LLVMFuzzerTestOneInput(copy, n);
	free(copy);
	runs++;
}

static int run_file(const char *path)
{
	static uint8_t buf[FUZZ_MAX];
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 1;
	}
	n = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	memcpy(kept[nkept % KEPT], buf, n);
	kept_len[nkept++ % KEPT] = n;
	run(buf, n);
	return 0;
}

static int run_path(const char *path)
{
	char name[4096];
	struct dirent *d;
	struct stat st;
	int fails = 0;
	DIR *dir;

	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		return run_file(path);
	dir = opendir(path);
	while (dir && (d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, d->d_name);
		fails += run_path(name);
	}
	if (dir)
		closedir(dir);
	return fails;
}

static void mutate(unsigned long n)
{
	struct fuzz_rng r = { 1 };
	unsigned long i;

	if (!nkept)
		kept_len[nkept++] = 0;
	for (i = 0; i < n; i++) {
		size_t have = nkept < KEPT ? nkept : KEPT;
		uint32_t from = fuzz_below(&r, (uint32_t)have), to = fuzz_below(&r, KEPT), k;
		size_t len = kept_len[from];

		if (have < KEPT)
			to = (uint32_t)(nkept++ % KEPT);
		memmove(kept[to], kept[from], len);
		if (LLVMFuzzerCustomMutator)
			len = LLVMFuzzerCustomMutator(kept[to], len, FUZZ_MAX, (unsigned int)fuzz_next(&r));
		else
			for (k = fuzz_below(&r, 8) + 1; k; k--) {
				if (len < 512)
					kept[to][len++] = (uint8_t)fuzz_next(&r);
				kept[to][fuzz_below(&r, (uint32_t)len)] = (uint8_t)fuzz_next(&r);
			}
		kept_len[to] = len;
		run(kept[to], len);
	}
}

int main(int argc, char **argv)
{
	unsigned long mutations = 0;
	int i, fails = 0;

	if (LLVMFuzzerInitialize)
		(void)LLVMFuzzerInitialize(&argc, &argv);
	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--mutate") && i + 1 < argc)
			mutations = strtoul(argv[++i], NULL, 0);
		else
			fails += run_path(argv[i]);
	}
	mutate(mutations);
	printf("%lu inputs, no crash\n", runs);
	return fails != 0;
}
