/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: strict line-by-line text: the reader and writer under profiles, baselines and rules
 *
 * All of c-vmm's text forms share one shape: lines that end in a line feed, words separated by exactly one space, numbers
 * written in exactly one way. So a text has one meaning and a meaning has one text, and files compare by bytes. Pure: no
 * Linux header, no ioctl.
 */
#ifndef CVMM_KVM_IOCTLS_TEXT_H
#define CVMM_KVM_IOCTLS_TEXT_H

#include <cvmm/kvm-ioctls/error.h>

CVMM_BEGIN_DECLS

/**
 * struct cvmm_text - a reader's place in a text
 * @at:    the next byte to read
 * @eol:   end of the current line: its line feed
 * @end:   end of the text
 * @first: start of the text, for offsets
 * @line:  number of the current line, from 1; 0 before the first
 * @zero:  0
 * @e:     where errors go, or NULL
 *
 * Filled by cvmm_text_init(); callers may look at @line.
 */
struct cvmm_text {
	const char *at;
	const char *eol;
	const char *end;
	const char *first;
	uint32_t line;
	uint32_t zero;
	struct cvmm_error *e;
};

/**
 * struct cvmm_word - a word of a line
 * @p:   its first byte; not zero-terminated
 * @len: its length, never 0 in a word that was read
 */
struct cvmm_word {
	const char *p;
	size_t len;
};

/**
 * cvmm_text_init() - start to read
 * @t:    receives the place before the first line
 * @text: the text, not zero-terminated; it outlives @t
 * @len:  its length
 * @e:    receives later errors, with the line in section and the byte in offset; or NULL
 */
CVMM_API void cvmm_text_init(struct cvmm_text *t, const char *text, size_t len, struct cvmm_error *e);

/**
 * cvmm_text_fail() - refuse the text at the current place
 * @t:      the reader
 * @reason: a CVMM_REASON_TEXT_... reason, or another that fits
 * @id:     what it is about, or 0
 *
 * Return: -EINVAL, always; the error has @reason, @id, the line number in section and the byte in offset.
 */
CVMM_API int cvmm_text_fail(const struct cvmm_text *t, enum cvmm_reason reason, uint64_t id);

/**
 * cvmm_text_line() - go to the next line
 * @t:    the reader
 * @kind: receives the line's first word
 *
 * The rest of the current line is skipped without a look; cvmm_text_done() is how a caller says that it was read.
 * Return: 1 with @kind, 0 at the end of the text; -EINVAL (TEXT_SYNTAX) for an empty line, a leading space or a last line
 * without a line feed.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_text_line(struct cvmm_text *t, struct cvmm_word *kind);

/**
 * cvmm_text_more() - is there another word in the current line?
 * @t: the reader
 *
 * Return: 1 or 0.
 */
static inline int cvmm_text_more(const struct cvmm_text *t)
{
	return t->at < t->eol;
}

/**
 * cvmm_text_word() - read the next word
 * @t: the reader
 * @w: receives it: printable ASCII without spaces
 *
 * Return: 0, or -EINVAL (TEXT_SYNTAX): the line ends, two spaces follow each other, or another byte is in the word.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_text_word(struct cvmm_text *t, struct cvmm_word *w);

/**
 * cvmm_text_hex16() - read a number of exactly 16 lower-case hex digits
 * @t: the reader
 * @v: receives it
 *
 * Return: 0, or -EINVAL (TEXT_SYNTAX without a word, otherwise TEXT_NUMBER).
 */
CVMM_API CVMM_MUST_CHECK int cvmm_text_hex16(struct cvmm_text *t, uint64_t *v);

/**
 * cvmm_text_hex() - read a number of 1 to 16 lower-case hex digits without leading zeros
 * @t: the reader
 * @v: receives it
 *
 * Return: as cvmm_text_hex16().
 */
CVMM_API CVMM_MUST_CHECK int cvmm_text_hex(struct cvmm_text *t, uint64_t *v);

/**
 * cvmm_text_dec() - read a decimal number without leading zeros
 * @t:   the reader
 * @max: largest acceptable value
 * @v:   receives it
 *
 * Return: as cvmm_text_hex16().
 */
CVMM_API CVMM_MUST_CHECK int cvmm_text_dec(struct cvmm_text *t, uint64_t max, uint64_t *v);

/**
 * cvmm_text_reg_id() - read a register id of an architecture
 * @t:    the reader
 * @arch: enum cvmm_arch that it has to belong to
 * @id:   receives it
 *
 * Return: as cvmm_text_hex16(); -EINVAL with WRONG_ARCH or REG_ID_MALFORMED (a size that KVM does not define) as well.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_text_reg_id(struct cvmm_text *t, uint32_t arch, uint64_t *id);

/**
 * cvmm_text_bytes() - read an integer of exactly 2 * @size lower-case hex digits
 * @t:    the reader
 * @size: bytes, 1 to CVMM_REG_BYTES_MAX
 * @out:  receives @size bytes, little-endian; not touched on failure
 *
 * Return: as cvmm_text_hex16().
 */
CVMM_API CVMM_MUST_CHECK int cvmm_text_bytes(struct cvmm_text *t, uint32_t size, uint8_t *out);

/**
 * cvmm_text_features() - read the rest of a line as a vCPU feature set
 * @t:    the reader
 * @arch: enum cvmm_arch; all but arm64 have "none" only
 * @set:  receives the set: bit n is KVM_ARM_VCPU feature n; not touched on failure
 *
 * "none" alone, or names in ascending order of their bits; power_off is none of them, because it says how a vCPU starts,
 * not what it is. Return: 0, or -EINVAL (TEXT_SYNTAX, TEXT_NAME, TEXT_ORDER, TEXT_DUPLICATE).
 */
CVMM_API CVMM_MUST_CHECK int cvmm_text_features(struct cvmm_text *t, uint32_t arch, uint64_t *set);

/**
 * cvmm_text_done() - the line must end here
 * @t: the reader
 *
 * Return: 0, or -EINVAL (TEXT_SYNTAX) if anything follows, a space included.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_text_done(const struct cvmm_text *t);

/** cvmm_word_is() - is the word @text? Return: 1 or 0. */
CVMM_API int cvmm_word_is(const struct cvmm_word *w, const char *text);

/**
 * struct cvmm_out - a writer into the caller's buffer
 * @buf: the buffer, may be NULL if @cap is 0
 * @cap: its size
 * @len: bytes that the text has so far, also those that did not fit
 *
 * Start with { buf, cap, 0 }; at the end the text is complete if @len <= @cap. Never writes beyond @cap.
 */
struct cvmm_out {
	char *buf;
	size_t cap;
	size_t len;
};

/** cvmm_out_mem() - append @len bytes */
CVMM_API void cvmm_out_mem(struct cvmm_out *o, const char *p, size_t len);

/** cvmm_out_str() - append a zero-terminated text */
CVMM_API void cvmm_out_str(struct cvmm_out *o, const char *text);

/** cvmm_out_hex() - append @v in at least @digits lower-case hex digits (1: no padding) */
CVMM_API void cvmm_out_hex(struct cvmm_out *o, uint64_t v, uint32_t digits);

/** cvmm_out_dec() - append @v in decimal */
CVMM_API void cvmm_out_dec(struct cvmm_out *o, uint64_t v);

/**
 * cvmm_out_features() - append a vCPU feature set as cvmm_text_features() reads it, without a leading space
 * @o:    the writer
 * @arch: enum cvmm_arch
 * @set:  the set
 *
 * Return: 0, or -EINVAL if the set has no text (an unknown bit, power_off, not arm64); then something may have been appended.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_out_features(struct cvmm_out *o, uint32_t arch, uint64_t set);

/** cvmm_out_bytes() - append @size little-endian bytes as an integer of 2 * @size hex digits */
CVMM_API void cvmm_out_bytes(struct cvmm_out *o, const uint8_t *p, uint32_t size);

CVMM_END_DECLS

#endif
