/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: the one JSON writer
 *
 * Numbers that need more than 53 bits, register ids and values among them, are strings "0x..."; text that is not valid
 * UTF-8 gets U+FFFD in place of each wrong byte. Inside arrays @key is NULL.
 */
#ifndef CVMM_TOOL_JSON_H
#define CVMM_TOOL_JSON_H

#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH_MAX 16

/** struct json - a document that is being written */
struct json {
	FILE *f;
	unsigned int depth;
	char close[JSON_DEPTH_MAX];
	uint8_t filled[JSON_DEPTH_MAX];
	uint8_t flat[JSON_DEPTH_MAX];
};

/** json_begin() - start a document on @f; its top is an object. Keys "cvmm" (version of the keys) and "command" */
void json_begin(struct json *j, FILE *f, const char *command);

/** json_finish() - end it, with a newline */
void json_finish(struct json *j);

void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);

/** json_flat() - as json_object(), but everything in it stands on one line */
void json_flat(struct json *j, const char *key);

/** json_list() - as json_array(), but on one line */
void json_list(struct json *j, const char *key);

/** json_end() - close the innermost object or array */
void json_end(struct json *j);

void json_string(struct json *j, const char *key, const char *value);
void json_number(struct json *j, const char *key, uint64_t value);
void json_bool(struct json *j, const char *key, int value);
void json_null(struct json *j, const char *key);

/** json_hex() - "0x..." */
void json_hex(struct json *j, const char *key, uint64_t value);

/** json_text() - escape @s as the inside of a JSON string, without the quotes; "<" too, so that it can stand in HTML */
void json_text(FILE *f, const char *s);

#endif
