/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Files, and guest RAM as a list of the pages that are not zero. */
#include "tiny-vmm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 512u /* small ones: the guest's notes are few and far between */

void *tiny_read_file(const char *file, size_t *len)
{
	FILE *f = fopen(file, "rb");
	uint8_t *p = NULL;
	long n;

	if (!f)
		return NULL;
	if (fseek(f, 0, SEEK_END) == 0 && (n = ftell(f)) > 0 && fseek(f, 0, SEEK_SET) == 0 &&
		(p = malloc((size_t)n)) != NULL) {
		*len = fread(p, 1, (size_t)n, f);
		if (*len != (size_t)n) {
			free(p);
			p = NULL;
		}
	}
	fclose(f);
	return p;
}

int tiny_write_file(const char *file, const void *data, size_t len)
{
	FILE *f = fopen(file, "wb");
	int ret = 0;

	if (!f)
		return -errno;
	if (fwrite(data, 1, len, f) != len)
		ret = -EIO;
	if (fclose(f) != 0)
		ret = -EIO;
	return ret;
}

/* Each entry: page number, 4 bytes, then the page. */
int tiny_ram_pack(const uint8_t *ram, uint8_t *out, size_t cap, size_t *len)
{
	static const uint8_t zero[PAGE];
	uint32_t page;
	size_t n = 0;

	for (page = 0; page < GUEST_RAM_SIZE / PAGE; page++) {
		if (memcmp(ram + page * PAGE, zero, PAGE) == 0)
			continue;
		if (cap - n < 4 + PAGE)
			return -E2BIG;
		cvmm_store_le(out + n, 4, page);
		memcpy(out + n + 4, ram + page * PAGE, PAGE);
		n += 4 + PAGE;
	}
	*len = n;
	return 0;
}

int tiny_ram_unpack(uint8_t *ram, const uint8_t *in, size_t len)
{
	size_t n;

	if (len % (4 + PAGE))
		return -EBADMSG;
	memset(ram, 0, GUEST_RAM_SIZE);
	for (n = 0; n < len; n += 4 + PAGE) {
		uint64_t page = cvmm_load_le(in + n, 4);

		if (page >= GUEST_RAM_SIZE / PAGE)
			return -EBADMSG;
		memcpy(ram + page * PAGE, in + n + 4, PAGE);
	}
	return 0;
}

int tiny_profile(const char *file, struct cvmm_profile *out)
{
	struct cvmm_error e;
	size_t len, bytes;
	char *text = tiny_read_file(file, &len);
	void *store;
	int ret;

	if (!text)
		return -ENOENT;
	ret = cvmm_profile_need(text, len, &bytes, &e);
	if (ret == 0) {
		store = aligned_alloc(16, (bytes + 15) & ~(size_t)15);
		ret = store ? cvmm_profile_parse(text, len, store, bytes, out, &e) : -ENOMEM;
	}
	free(text);
	if (ret < 0)
		fprintf(stderr, "tiny-vmm: %s, line %u: %s\n", file, e.section, cvmm_reason_text(e.reason));
	return ret;
}

int tiny_baseline(const char *file, struct cvmm_baseline *out, struct cvmm_error *e)
{
	size_t len;
	char *text = tiny_read_file(file, &len);
	int ret;

	if (!text)
		return cvmm_fail(e, -ENOENT, CVMM_REASON_NONE);
	ret = cvmm_baseline_parse(text, len, out, e);
	free(text);
	return ret;
}
