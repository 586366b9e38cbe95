/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: the snapshot format: reader and writer
 *
 * The bytes are defined in FORMAT.md. A snapshot is untrusted input: the reader checks length, magic, architecture,
 * version, the checksums of header and table, then each section's bounds and checksum, then meaning; nothing is sized
 * from a number that was not checked. The same state always gives the same bytes. Pure: no Linux header, no ioctl.
 */
#ifndef CVMM_SNAPSHOT_FORMAT_H
#define CVMM_SNAPSHOT_FORMAT_H

#include <cvmm/snapshot/view.h>

CVMM_BEGIN_DECLS

/** Format versions, major << 16 | minor. 1.1 stores columns without runs of reset values. */
#define CVMM_FORMAT_1_0	   0x00010000u
#define CVMM_FORMAT_1_1	   0x00010001u
#define CVMM_FORMAT_NEWEST CVMM_FORMAT_1_1

/** Sections with this type and above belong to the embedding VMM. */
#define CVMM_SECTION_EMBEDDER 0x80000000u

/**
 * struct cvmm_snapshot_info - what the header alone tells, whatever the body is
 * @format: format version, also one that this library cannot read
 * @arch:   enum cvmm_arch
 * @bytes:  length of the whole snapshot
 * @vcpus:  number of vCPUs
 * @kernel: release of the kernel it was taken on, zero-terminated
 * @writer: program that wrote it, zero-terminated
 */
struct cvmm_snapshot_info {
	uint32_t format;
	uint32_t arch;
	uint64_t bytes;
	uint32_t vcpus;
	uint32_t zero;
	char kernel[CVMM_SNAPSHOT_NAME_MAX + 1];
	char writer[CVMM_SNAPSHOT_NAME_MAX + 1];
};

/**
 * cvmm_snapshot_peek() - read the header alone
 * @buf:  the bytes
 * @len:  their number; the header's length is enough
 * @info: receives what the header says
 * @e:    receives the error, or NULL
 *
 * Works for every format version with our magic, so that an operator always learns what a file is. Return: 0; -EBADMSG
 * with CVMM_REASON_TRUNCATED, _MAGIC or _HEADER_CRC.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_snapshot_peek(
	const void *buf, size_t len, struct cvmm_snapshot_info *info, struct cvmm_error *e);

/**
 * cvmm_snapshot_need() - how much storage reading takes
 * @buf:   the snapshot
 * @len:   its length
 * @bytes: receives the storage that cvmm_snapshot_read() needs for exactly this input
 * @e:     receives the error, or NULL
 *
 * Return: 0, or what cvmm_snapshot_read() would refuse it with up to the checksums.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_snapshot_need(const void *buf, size_t len, size_t *bytes, struct cvmm_error *e);

/**
 * cvmm_snapshot_read() - decode and validate a snapshot
 * @buf:   the snapshot; has to outlive the view
 * @len:   its length
 * @store: storage, aligned to 16 bytes
 * @cap:   its size
 * @out:   receives the view, which points into @buf and @store
 * @e:     receives the error, or NULL: section, offset, id and vcpu say where
 *
 * Return: 0; -EBADMSG damaged or malformed (the reason says how); -EPROTONOSUPPORT an unknown version or critical
 * section; -E2BIG a limit is exceeded, or @store is too small (CVMM_REASON_BUFFER_TOO_SMALL, other: bytes needed).
 */
CVMM_API CVMM_MUST_CHECK int cvmm_snapshot_read(
	const void *buf, size_t len, void *store, size_t cap, struct cvmm_view *out, struct cvmm_error *e);

/**
 * cvmm_snapshot_size() - how long the snapshot of a view will be
 * @v:      the view
 * @format: CVMM_FORMAT_...
 * @bytes:  receives the length
 * @e:      receives the error, or NULL
 *
 * Return: 0; -EINVAL for a view that breaks the rules of view.h; -EPROTONOSUPPORT with CVMM_REASON_FORMAT_LOSS if the
 * older format cannot carry something that a reader must not lose.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_snapshot_size(
	const struct cvmm_view *v, uint32_t format, size_t *bytes, struct cvmm_error *e);

/**
 * cvmm_snapshot_write() - encode a view
 * @v:      the view
 * @format: CVMM_FORMAT_...
 * @buf:    receives the snapshot
 * @cap:    its size
 * @len:    receives the length; also when @buf is too small
 * @e:      receives the error, or NULL
 *
 * The view is walked once. Return: 0; -E2BIG; otherwise as cvmm_snapshot_size(). The contents of @buf are unspecified on
 * failure, and behind the length.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_snapshot_write(
	const struct cvmm_view *v, uint32_t format, void *buf, size_t cap, size_t *len, struct cvmm_error *e);

/**
 * cvmm_snapshot_sink - receives a snapshot piece by piece
 * @arg: the caller's
 * @p:   the next bytes; valid during the call only
 * @len: their number, at least 1
 *
 * Return: 0, or a negative errno, which ends the writing.
 */
typedef int(cvmm_snapshot_sink)(void *arg, const void *p, size_t len);

/**
 * cvmm_snapshot_stream() - encode a view without a buffer of its size
 * @v:      the view; must not change meanwhile
 * @format: CVMM_FORMAT_...
 * @sink:   is called with the snapshot's bytes in order, in pieces of up to 4096 bytes or one column
 * @arg:    handed to @sink
 * @len:    receives the length
 * @e:      receives the error, or NULL
 *
 * The same bytes as cvmm_snapshot_write(). The view is walked twice, because the checksums stand in front. Nothing
 * reaches @sink unless the whole view is valid. Return: 0; @sink's errno; otherwise as cvmm_snapshot_size().
 */
CVMM_API CVMM_MUST_CHECK int cvmm_snapshot_stream(const struct cvmm_view *v, uint32_t format, cvmm_snapshot_sink *sink,
	void *arg, size_t *len, struct cvmm_error *e);

/**
 * struct cvmm_loss - something that an older format cannot carry
 * @section:  type of the section that it would stand in
 * @critical: 1: a reader must not lose it, so writing is refused; 0: it is left out
 */
struct cvmm_loss {
	uint32_t section;
	uint32_t critical;
};

/**
 * cvmm_snapshot_losses() - what a reader of an older format would lose
 * @v:      the view
 * @format: CVMM_FORMAT_... to be written
 * @loss:   receives the losses, ascending by section; may be NULL if @cap is 0
 * @cap:    entries that fit
 * @n:      receives their number; also when @loss is too small
 * @e:      receives the error, or NULL
 *
 * Return: 0; -E2BIG; -EPROTONOSUPPORT with CVMM_REASON_FORMAT_VERSION for a format that is not known.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_snapshot_losses(const struct cvmm_view *v, uint32_t format, struct cvmm_loss *loss,
	uint32_t cap, uint32_t *n, struct cvmm_error *e);

/**
 * cvmm_crc32c() - CRC-32C of some bytes
 * @crc: checksum so far; 0 to begin
 * @p:   the bytes
 * @len: their number
 *
 * By the processor's instruction where there is one, with equal result otherwise. Return: the checksum.
 */
CVMM_API uint32_t cvmm_crc32c(uint32_t crc, const void *p, size_t len);

CVMM_END_DECLS

#endif
