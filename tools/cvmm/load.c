/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <string.h>

#include "file.h"
#include "load.h"
#include "mem.h"
#include "opt.h"
#include "say.h"
#include "words.h"

int snap_decode(const char *name, const uint8_t *p, size_t len, struct snap *s)
{
	struct cvmm_error e;
	size_t need;

	memset(s, 0, sizeof(*s));
	s->name = name;
	s->bytes = p;
	s->len = len;
	if (cvmm_snapshot_peek(p, len, &s->info, &e))
		return say_error(name, &e);
	if (cvmm_snapshot_need(p, len, &need, &e))
		return say_error(name, &e);
	s->store = mem_get(need);
	if (cvmm_snapshot_read(p, len, s->store, need, &s->view, &e))
		return say_error(name, &e);
	return STATUS_YES;
}

int snap_load(const char *name, struct snap *s)
{
	struct bytes b;
	int ret = file_read(name, CVMM_SNAPSHOT_BYTES_MAX, "a snapshot", &b);

	memset(s, 0, sizeof(*s));
	if (ret)
		return ret;
	ret = snap_decode(name, b.p, b.len, s);
	s->file = b.p;
	return ret;
}

void snap_drop(struct snap *s)
{
	mem_drop(s->store);
	mem_drop(s->file);
	s->store = NULL;
	s->file = NULL;
}

int snap_encode(const char *name, const struct cvmm_view *v, uint32_t format, uint8_t **p, size_t *len)
{
	struct cvmm_error e;
	size_t bytes;

	if (cvmm_snapshot_size(v, format, &bytes, &e))
		return say_error(name, &e);
	*p = mem_get(bytes);
	if (cvmm_snapshot_write(v, format, *p, bytes, len, &e))
		return say_error(name, &e);
	return STATUS_YES;
}

/* What an older reader would not learn, and could do without; what it could not is refused by the writer. */
static void tell_losses(const char *name, const struct cvmm_view *v, uint32_t format)
{
	struct cvmm_loss loss[CVMM_SNAPSHOT_SECTIONS_MAX];
	uint32_t i, n;

	if (cvmm_snapshot_losses(v, format, loss, CVMM_SNAPSHOT_SECTIONS_MAX, &n, NULL))
		return;
	for (i = 0; i < n; i++)
		say("%s: format %u.%u cannot carry %s: %s", name, format >> 16, format & 0xffff,
			section_word(loss[i].section), loss[i].critical ? "must not be lost" : "left out");
}

int snap_store(const char *name, const struct cvmm_view *v, uint32_t format)
{
	uint8_t *p = NULL;
	size_t len = 0;
	int ret;

	tell_losses(name, v, format);
	ret = snap_encode(name, v, format, &p, &len);
	if (!ret)
		ret = file_write(name, p, len);
	return ret;
}

int format_parse(const char *s, uint32_t *format)
{
	*format = CVMM_FORMAT_NEWEST;
	if (!s || strcmp(s, "1.1") == 0)
		return STATUS_YES;
	*format = CVMM_FORMAT_1_0;
	if (strcmp(s, "1.0") == 0)
		return STATUS_YES;
	say("--format %s: there are 1.0 and 1.1", s);
	return STATUS_USAGE;
}

int file_kind_of(const uint8_t *p, size_t len)
{
	static const struct {
		const char *start;
		int kind;
	} kinds[] = {
		{ "cvmmsnap", FILE_SNAPSHOT },
		{ "cvmm-profile ", FILE_PROFILE },
		{ "cvmm-baseline ", FILE_BASELINE },
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i].start);

		if (len >= n && memcmp(p, kinds[i].start, n) == 0)
			return kinds[i].kind;
	}
	return -1;
}
