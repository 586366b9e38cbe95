/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Reading, first half: header, table, bounds and checksums. FORMAT.md, "Order of checks", 1 to 7. */
#include "reader.h"

#include <errno.h>
#include <string.h>

static const char magic[8] = { 'c', 'v', 'm', 'm', 's', 'n', 'a', 'p' };

static int bad_header(struct cvmm_error *e, enum cvmm_reason reason, size_t offset)
{
	return cvmm_fail_at(e, reason == CVMM_REASON_LIMIT ? -E2BIG : -EBADMSG, reason, 0, offset);
}

static int header_is_whole(const uint8_t *h, size_t len, struct cvmm_error *e)
{
	if (len < HEADER_BYTES)
		return bad_header(e, CVMM_REASON_TRUNCATED, len);
	if (memcmp(h, magic, sizeof(magic)))
		return bad_header(e, CVMM_REASON_MAGIC, 0);
	if (cvmm_crc32c(0, h, HEADER_CRC) != get32(h + HEADER_CRC))
		return bad_header(e, CVMM_REASON_HEADER_CRC, HEADER_CRC);
	return 0;
}

/* A name is printable and ends within its field, and zeroes follow. */
static int name_is_good(const uint8_t *field)
{
	size_t i = 0;

	while (i < HEADER_NAME && field[i] >= 0x20 && field[i] <= 0x7e)
		i++;
	return i < HEADER_NAME && all_zero(field + i, HEADER_NAME - i);
}

static void copy_name(char *to, const uint8_t *field)
{
	uint32_t i;

	/* A header of a version that is not known may hold anything; what reaches a terminal is printable. */
	for (i = 0; i < CVMM_SNAPSHOT_NAME_MAX && field[i]; i++)
		to[i] = field[i] >= 0x20 && field[i] <= 0x7e ? (char)field[i] : '?';
	memset(to + i, 0, HEADER_NAME - i);
}

int cvmm_snapshot_peek(const void *buf, size_t len, struct cvmm_snapshot_info *info, struct cvmm_error *e)
{
	const uint8_t *h = buf;
	int err = header_is_whole(h, len, e);

	if (err)
		return err;
	info->format = get16(h + HEADER_MAJOR) << 16 | get16(h + HEADER_MINOR);
	info->arch = get32(h + HEADER_ARCH);
	info->bytes = get64(h + HEADER_TOTAL);
	info->vcpus = get32(h + HEADER_VCPUS);
	info->zero = 0;
	copy_name(info->kernel, h + HEADER_KERNEL);
	copy_name(info->writer, h + HEADER_WRITER);
	return 0;
}

static int check_header(struct cvmm_reader *r, struct cvmm_error *e)
{
	const uint8_t *h = r->buf;
	uint64_t total;
	int err;

	r->format = get16(h + HEADER_MAJOR) << 16 | get16(h + HEADER_MINOR);
	err = cvmm_format_known(r->format, e);
	if (err)
		return err;
	r->arch = get32(h + HEADER_ARCH);
	r->nvcpus = get32(h + HEADER_VCPUS);
	r->nsections = get32(h + HEADER_SECTIONS);
	if (r->arch != CVMM_ARCH_ARM64 && r->arch != CVMM_ARCH_X86_64 && r->arch != CVMM_ARCH_RISCV64)
		return bad_header(e, CVMM_REASON_HEADER_FIELD, HEADER_ARCH);
	if (get32(h + HEADER_SIZE) != HEADER_BYTES)
		return bad_header(e, CVMM_REASON_HEADER_FIELD, HEADER_SIZE);
	if (get32(h + HEADER_TABLE) != HEADER_BYTES)
		return bad_header(e, CVMM_REASON_HEADER_FIELD, HEADER_TABLE);
	if (!r->nvcpus || !r->nsections)
		return bad_header(e, CVMM_REASON_HEADER_FIELD, r->nvcpus ? HEADER_SECTIONS : HEADER_VCPUS);
	if (r->nvcpus > CVMM_VCPUS_MAX)
		return bad_header(e, CVMM_REASON_LIMIT, HEADER_VCPUS);
	if (r->nsections > CVMM_SNAPSHOT_SECTIONS_MAX)
		return bad_header(e, CVMM_REASON_LIMIT, HEADER_SECTIONS);
	if (!name_is_good(h + HEADER_KERNEL))
		return bad_header(e, CVMM_REASON_HEADER_FIELD, HEADER_KERNEL);
	if (!name_is_good(h + HEADER_WRITER))
		return bad_header(e, CVMM_REASON_HEADER_FIELD, HEADER_WRITER);
	if (!all_zero(h + HEADER_ZERO1, HEADER_KERNEL - HEADER_ZERO1))
		return bad_header(e, CVMM_REASON_PADDING, HEADER_ZERO1);
	if (!all_zero(h + HEADER_ZERO2, HEADER_CRC - HEADER_ZERO2))
		return bad_header(e, CVMM_REASON_PADDING, HEADER_ZERO2);
	total = get64(h + HEADER_TOTAL);
	if (total > CVMM_SNAPSHOT_BYTES_MAX)
		return bad_header(e, CVMM_REASON_LIMIT, HEADER_TOTAL);
	if (total != r->len)
		return bad_header(e, total > r->len ? CVMM_REASON_TRUNCATED : CVMM_REASON_TRAILING,
			total > r->len ? r->len : (size_t)total);
	return 0;
}

static int check_table(struct cvmm_reader *r, struct cvmm_error *e)
{
	struct cvmm_span all = { r->buf, HEADER_BYTES, r->len };

	r->table = cvmm_span_take(&all, (size_t)r->nsections * ENTRY_BYTES);
	if (!r->table)
		return bad_header(e, CVMM_REASON_SECTION_BOUNDS, HEADER_SECTIONS);
	if (cvmm_crc32c(0, r->table, (size_t)r->nsections * ENTRY_BYTES) != get32(r->buf + HEADER_TABCRC))
		return bad_header(e, CVMM_REASON_TABLE_CRC, HEADER_BYTES);
	return 0;
}

struct cvmm_section cvmm_reader_section(const struct cvmm_reader *r, uint32_t i)
{
	const uint8_t *t = r->table + (size_t)i * ENTRY_BYTES;
	struct cvmm_section s = {
		.type = get32(t + ENTRY_TYPE),
		.version = (uint16_t)get16(t + ENTRY_VERSION),
		.critical = (t[ENTRY_FLAGS] & FLAG_CRITICAL) != 0,
		.offset = (size_t)get64(t + ENTRY_OFFSET),
		.bytes = (size_t)get64(t + ENTRY_LENGTH),
	};

	return s;
}

static int check_entries(const struct cvmm_reader *r, struct cvmm_error *e)
{
	size_t end = HEADER_BYTES + (size_t)r->nsections * ENTRY_BYTES;
	uint32_t i, last = 0;

	for (i = 0; i < r->nsections; i++) {
		const uint8_t *t = r->table + (size_t)i * ENTRY_BYTES;
		size_t at = HEADER_BYTES + (size_t)i * ENTRY_BYTES;
		uint64_t offset = get64(t + ENTRY_OFFSET), bytes = get64(t + ENTRY_LENGTH);
		uint32_t type = get32(t + ENTRY_TYPE);

		if (get16(t + ENTRY_FLAGS) & ~FLAG_CRITICAL)
			return cvmm_fail_at(e, -EBADMSG, CVMM_REASON_PADDING, type, at + ENTRY_FLAGS);
		if (get32(t + ENTRY_ZERO))
			return cvmm_fail_at(e, -EBADMSG, CVMM_REASON_PADDING, type, at + ENTRY_ZERO);
		if (type <= last)
			return cvmm_fail_at(e, -EBADMSG, CVMM_REASON_SECTION_ORDER, type, at + ENTRY_TYPE);
		last = type;
		if (offset < end || offset > r->len || bytes > r->len - offset)
			return cvmm_fail_at(e, -EBADMSG, CVMM_REASON_SECTION_BOUNDS, type, at + ENTRY_OFFSET);
		if (offset > end)
			return cvmm_fail_at(e, -EBADMSG, CVMM_REASON_NOT_CANONICAL, type, at + ENTRY_OFFSET);
		end = round_up((size_t)(offset + bytes), SECTION_ALIGN);
		if (end > r->len)
			return cvmm_fail_at(e, -EBADMSG, CVMM_REASON_SECTION_BOUNDS, type, at + ENTRY_LENGTH);
	}
	return end == r->len ? 0 : bad_header(e, CVMM_REASON_TRAILING, end);
}

static int check_sums(const struct cvmm_reader *r, struct cvmm_error *e)
{
	uint32_t i;

	for (i = 0; i < r->nsections; i++) {
		struct cvmm_section s = cvmm_reader_section(r, i);
		size_t padded = round_up(s.bytes, SECTION_ALIGN);
		const uint8_t *p = r->buf + s.offset;

		if (cvmm_crc32c(0, p, padded) != get32(r->table + (size_t)i * ENTRY_BYTES + ENTRY_CRC))
			return cvmm_fail_at(e, -EBADMSG, CVMM_REASON_SECTION_CRC, s.type, s.offset);
		if (!all_zero(p + s.bytes, padded - s.bytes))
			return cvmm_fail_at(e, -EBADMSG, CVMM_REASON_PADDING, s.type, s.offset + s.bytes);
	}
	return 0;
}

/* Sort the sections into ours, the embedder's and unknown ones. */
static int check_kinds(struct cvmm_reader *r, struct cvmm_error *e)
{
	const struct cvmm_section_kind *k;
	uint32_t i;

	for (i = 0; i < r->nsections; i++) {
		struct cvmm_section s = cvmm_reader_section(r, i);

		if (s.type >= CVMM_SECTION_EMBEDDER) {
			r->nextra++;
			continue;
		}
		k = cvmm_section_kind(s.type, r->format & 0xffff);
		if (!k || s.version != SECTION_VERSION) {
			if (s.critical)
				return cvmm_fail_at(e, -EPROTONOSUPPORT, CVMM_REASON_SECTION_UNKNOWN, s.type, s.offset);
			r->skipped++;
			continue;
		}
		if ((k->critical && !s.critical) || !s.bytes)
			return cvmm_fail_at(e, -EBADMSG, CVMM_REASON_NOT_CANONICAL, s.type, s.offset);
		r->ours[s.type] = s;
	}
	for (i = 1; i < SECTION_OURS; i++) {
		k = cvmm_section_kind(i, r->format & 0xffff);
		if (k && k->required && !r->ours[i].bytes)
			return cvmm_fail_at(e, -EBADMSG, CVMM_REASON_SECTION_MISSING, i, 0);
	}
	return 0;
}

int cvmm_reader_open(struct cvmm_reader *r, const void *buf, size_t len, struct cvmm_error *e)
{
	int err;

	memset(r, 0, sizeof(*r));
	r->buf = buf;
	r->len = len;
	err = header_is_whole(r->buf, len, e);
	if (!err)
		err = check_header(r, e);
	if (!err)
		err = check_table(r, e);
	if (!err)
		err = check_entries(r, e);
	if (!err)
		err = check_sums(r, e);
	return err ? err : check_kinds(r, e);
}
