/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: the caller's rules as a text
 *
 * What an operator decides differently from the libraries, one decision per line; RULES.md describes the lines. The
 * result is a struct cvmm_rules for cvmm_plan_make(): the same mechanism as the libraries' own rules, asked before them.
 * Pure: no Linux header, no ioctl.
 */
#ifndef CVMM_SNAPSHOT_RULES_H
#define CVMM_SNAPSHOT_RULES_H

#include <cvmm/kvm-ioctls/error.h>
#include <cvmm/kvm-ioctls/row.h>

CVMM_BEGIN_DECLS

/** Longer texts and longer lists are refused before anything is sized from them. */
#define CVMM_RULES_BYTES_MAX (1u << 20)
#define CVMM_RULES_MAX	     1024u

/**
 * cvmm_rules_need() - how much storage a rules text takes
 * @text:  the text, not zero-terminated
 * @len:   its length in bytes
 * @bytes: receives the storage that cvmm_rules_parse() never exceeds for this text
 * @e:     receives the error, or NULL
 *
 * Counts lines, nothing else. Return: 0, or -E2BIG with CVMM_REASON_TEXT_LIMIT.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_rules_need(const char *text, size_t len, size_t *bytes, struct cvmm_error *e);

/**
 * cvmm_rules_parse() - read a rules text
 * @text:  the text, not zero-terminated; not needed afterwards
 * @len:   its length in bytes
 * @store: storage, aligned to 16 bytes
 * @cap:   its size; cvmm_rules_need() tells
 * @out:   receives the rules and rows, which point into @store
 * @e:     receives the error, or NULL: section is the line, from 1
 *
 * Return: 0; -E2BIG: too long, or @store is too small (CVMM_REASON_BUFFER_TOO_SMALL, other: the bytes needed); -EINVAL
 * with CVMM_REASON_TEXT_VERSION (line 1 is not "cvmm-rules 1"), _TEXT_SYNTAX, _TEXT_KIND, _TEXT_ORDER (a rule or row
 * before the line "arch"), _TEXT_NAME (a register, event, test, action, reason or key that is not known), _TEXT_NUMBER,
 * _TEXT_LIMIT (more than CVMM_RULES_MAX lines), _TEXT_DUPLICATE (a row for a register that the catalogue or an earlier
 * row knows; other: the line of that one), or _RULES_OVERLAP: a rule that can never decide, or that decides otherwise
 * than an earlier one in the very same case (other: the line of that one, id: the register).
 */
CVMM_API CVMM_MUST_CHECK int cvmm_rules_parse(
	const char *text, size_t len, void *store, size_t cap, struct cvmm_rules *out, struct cvmm_error *e);

CVMM_END_DECLS

#endif
