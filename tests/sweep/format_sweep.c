/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Every truncation and every single-bit flip of every golden file, checksums left alone and repaired. Left alone:
 * refused, and the part is named. Repaired: refused with a reason, or accepted, and then written again it is the same
 * bytes. There is no third outcome.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#include "snap.h"

#define FILES 32

static struct golden {
	char name[64];
	uint8_t *bytes;
	size_t len;
} golden[FILES];
static size_t ngolden;

static _Alignas(16) uint8_t store[1 << 20];
static uint8_t bad[1 << 18], again[1 << 18], kept[1 << 18];
static unsigned long accepted, refused;

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct golden *)a)->name, ((const struct golden *)b)->name);
}

static void load(void)
{
	char path[4096];
	struct dirent *d;
	DIR *dir = opendir(CVMM_SOURCE_DIR "/snapshot/golden");

	cr_assert_not_null(dir);
	while ((d = readdir(dir))) {
		struct golden *g = &golden[ngolden];
		size_t n = strlen(d->d_name);
		FILE *f;

		if (n < 6 || strcmp(d->d_name + n - 5, ".snap"))
			continue;
		cr_assert_lt(ngolden, FILES);
		snprintf(g->name, sizeof(g->name), "%.63s", d->d_name);
		snprintf(path, sizeof(path), CVMM_SOURCE_DIR "/snapshot/golden/%s", d->d_name);
		f = fopen(path, "rb");
		cr_assert_not_null(f);
		g->len = fread(bad, 1, sizeof(bad), f);
		fclose(f);
		g->bytes = malloc(g->len);
		memcpy(g->bytes, bad, g->len);
		ngolden++;
	}
	closedir(dir);
	cr_assert_geq(ngolden, 5);
	qsort(golden, ngolden, sizeof(golden[0]), by_name);
}

static void unload(void)
{
	while (ngolden)
		free(golden[--ngolden].bytes);
}

/* What an accepted input has to look like written again: without the sections that the reader skipped. */
static size_t known_parts(const uint8_t *buf, size_t len, uint8_t *out, size_t cap)
{
	struct snap_part part[64];
	size_t n = snap_split(buf, len, part, 64), i, k = 0;

	for (i = 0; i < n; i++)
		if (part[i].flags || part[i].type >= CVMM_SECTION_EMBEDDER ||
			(part[i].type == 9 && part[i].version == 1 && buf[10] == 1))
			part[k++] = part[i];
	return snap_join(buf, part, k, out, cap);
}

static int read_it(const uint8_t *buf, size_t len, struct cvmm_view *v, struct cvmm_error *e)
{
	memset(e, 0, sizeof(*e));
	return cvmm_snapshot_read(buf, len, store, sizeof(store), v, e);
}

static void either_way(const struct golden *g, size_t len, const char *what, size_t at)
{
	const uint8_t *expected = bad;
	struct cvmm_view v;
	struct cvmm_error e;
	size_t wrote = 0, want = len;

	if (read_it(bad, len, &v, &e)) {
		/* A reason of the format, or of an id. */
		cr_assert((e.reason >= 300 && e.reason < 400) || e.reason == CVMM_REASON_WRONG_ARCH ||
				  e.reason == CVMM_REASON_REG_SIZE || e.reason == CVMM_REASON_REG_ID_MALFORMED,
			"%s, %s %zu: reason %u", g->name, what, at, e.reason);
		cr_assert(e.section || e.offset < SNAP_HEADER + SNAP_ENTRY * 257 || e.reason == CVMM_REASON_TRUNCATED ||
				  e.reason == CVMM_REASON_TRAILING,
			"%s, %s %zu: %s names no part", g->name, what, at, cvmm_reason_name(e.reason));
		refused++;
		return;
	}
	cr_assert_eq(cvmm_snapshot_write(&v, v.format, again, sizeof(again), &wrote, &e), 0, "%s, %s %zu: %s", g->name,
		what, at, cvmm_reason_name(e.reason));
	if (v.skipped) {
		want = known_parts(bad, len, kept, sizeof(kept));
		expected = kept;
	}
	cr_assert(wrote == want && !memcmp(expected, again, want), "%s, %s %zu: written again it is not the same",
		g->name, what, at);
	accepted++;
}

Test(sweep, golden_files_are_read_and_written_alike, .init = load, .fini = unload)
{
	size_t i;

	for (i = 0; i < ngolden; i++) {
		accepted = 0;
		memcpy(bad, golden[i].bytes, golden[i].len);
		either_way(&golden[i], golden[i].len, "as it is", 0);
		cr_assert_eq(accepted, 1, "%s is refused", golden[i].name);
	}
}

Test(sweep, every_truncation, .init = load, .fini = unload)
{
	struct cvmm_view v;
	struct cvmm_error e;
	size_t i, k;

	for (i = 0; i < ngolden; i++)
		for (k = 0; k < golden[i].len; k++) {
			memcpy(bad, golden[i].bytes, k);
			cr_assert_eq(read_it(bad, k, &v, &e), -EBADMSG);
			cr_assert_eq(e.reason, CVMM_REASON_TRUNCATED);
			if (k < SNAP_HEADER)
				continue;
			snap_put(bad + 24, 8, k);
			snap_repair(bad, k);
			cr_assert_eq(read_it(bad, k, &v, &e), -EBADMSG, "%s cut at %zu", golden[i].name, k);
			either_way(&golden[i], k, "cut at", k);
		}
}

Test(sweep, every_bit, .init = load, .fini = unload)
{
	struct cvmm_view v;
	struct cvmm_error e;
	size_t i, k;

	for (i = 0; i < ngolden; i++) {
		const struct golden *g = &golden[i];
		size_t table = SNAP_HEADER + SNAP_ENTRY * snap_get(g->bytes + 36, 4);

		memcpy(bad, g->bytes, g->len);
		for (k = 0; k < 8 * g->len; k++) {
			size_t at = k / 8;
			enum cvmm_reason reason = at < 8	     ? CVMM_REASON_MAGIC
						  : at < SNAP_HEADER ? CVMM_REASON_HEADER_CRC
						  : at < table	     ? CVMM_REASON_TABLE_CRC
								     : CVMM_REASON_SECTION_CRC;

			bad[at] ^= (uint8_t)(1u << k % 8);
			cr_assert_eq(read_it(bad, g->len, &v, &e), -EBADMSG, "%s bit %zu", g->name, k);
			cr_assert_eq(e.reason, reason, "%s bit %zu: %s", g->name, k, cvmm_reason_name(e.reason));
			if (at >= table) {
				size_t from = snap_section(g->bytes, g->len, e.section);

				cr_assert(from && from <= at, "%s bit %zu: not in section %u", g->name, k, e.section);
			}
			bad[at] ^= (uint8_t)(1u << k % 8);
		}
		for (k = 0; k < 8 * g->len; k++) {
			memcpy(bad, g->bytes, g->len);
			bad[k / 8] ^= (uint8_t)(1u << k % 8);
			snap_repair(bad, g->len);
			either_way(g, g->len, "repaired, bit", k);
		}
	}
	/* Both outcomes happen, or the sweep proves nothing. */
	cr_assert_gt(accepted, 1000);
	cr_assert_gt(refused, 1000);
	fprintf(stderr, "sweep: %lu accepted and written alike, %lu refused\n", accepted, refused);
}
