/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: numbers of the libraries in words
 */
#ifndef CVMM_TOOL_WORDS_H
#define CVMM_TOOL_WORDS_H

#include <cvmm/kvm-ioctls/profile.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/row.h>

/* Names of enumerators; never NULL. */
const char *arch_word(uint32_t arch);
const char *phase_word(uint32_t phase);
const char *scope_word(uint32_t scope);
const char *access_word(uint32_t access);
const char *window_word(uint32_t window);
const char *write_word(uint32_t write);
const char *default_word(uint32_t dflt);
const char *combine_word(uint32_t combine);
const char *safe_word(uint32_t safe);
const char *action_word(uint32_t act);

/** section_word() - what a snapshot's section type is called; in a static buffer for unknown ones */
const char *section_word(uint32_t type);

/** arch_known() - is this one of the architectures of enum cvmm_arch? */
int arch_known(uint32_t arch);

/** Room for value_text(): "0x", two digits a byte, the end. */
#define VALUE_TEXT_MAX (2 * CVMM_REG_BYTES_MAX + 3)

/** value_text() - @size little-endian bytes as "0x..." without leading zeros, "(N bytes)" of a block; Return: @buf */
const char *value_text(const uint8_t *p, uint32_t size, char buf[VALUE_TEXT_MAX]);

/** reg_text() - a register's name; Return: @buf */
const char *reg_text(uint64_t id, char buf[CVMM_REG_NAME_MAX]);

/** Room for features_text(). */
#define FEATURES_TEXT_MAX 160

/** features_text() - a vCPU feature set as names with commas, "none" for an empty one; Return: @buf */
const char *features_text(uint64_t features, char buf[FEATURES_TEXT_MAX]);

/** features_parse() - names with commas or spaces; @bad receives the name that is none; Return: 0 or -1 */
int features_parse(const char *s, uint64_t *out, const char **bad, size_t *bad_len);

/** reg_row() - the row of a register, whoever owns it; @scope receives enum cvmm_scope; NULL if nobody knows it */
const struct cvmm_row *reg_row(uint64_t id, uint32_t *scope);

/** field_differences() - "CSV3 1 here, 0 there; ..." for the fields of @row in which two values differ */
void field_differences(const struct cvmm_row *row, uint64_t a, uint64_t b, const char *a_has, const char *b_has,
	char *buf, size_t cap);

#endif
