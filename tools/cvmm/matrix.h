/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: the matrix of all moves, ready to be printed
 */
#ifndef CVMM_TOOL_MATRIX_H
#define CVMM_TOOL_MATRIX_H

#include <stdio.h>

#include "host.h"
#include "json.h"

/** enum matrix_start - how the guest was started */
enum matrix_start {
	MATRIX_DEFAULT,
	MATRIX_BASELINE,
	MATRIX_NSTARTS,
};

/**
 * struct objection - a register that stands in the way
 * @id:     the register, or 0: it is not about one
 * @a:      what the guest has, or one host, as text
 * @b:      what the host has, or the other one
 * @reason: enum cvmm_reason
 */
struct objection {
	uint64_t id;
	const char *a;
	const char *b;
	uint32_t reason;
};

/** struct objections - all of one move; none: the guest can move. @v is there in detail, and shared by moves that have the same */
struct objections {
	const struct objection *v;
	uint32_t n;
};

/**
 * struct matrix - every ordered pair of hosts
 * @host:     the hosts
 * @n:        their number
 * @cls:      for each host its class: hosts of one class gave equal answers
 * @rep:      for each class its first host
 * @nclasses: their number
 * @rules:    the caller's rules
 * @move:     for each start, from-class, to-class: the objections
 */
struct matrix {
	const struct host *host;
	uint32_t n;
	uint32_t *cls;
	uint32_t *rep;
	uint32_t nclasses;
	const struct cvmm_rules *rules;
	struct objections *move[MATRIX_NSTARTS];
};

/**
 * matrix_make() - judge all pairs of classes, with the caller's @rules
 * @detail: 1: with the objections; 0: with their number alone, which is a fraction of the work
 *
 * Return: enum status
 */
int matrix_make(const struct host *h, uint32_t n, const struct cvmm_rules *rules, int detail, struct matrix *out);

/** matrix_of() - the objections to a move */
const struct objections *matrix_of(const struct matrix *m, uint32_t from, uint32_t to, enum matrix_start start);

/** matrix_html() - the page, as text in memory of the command */
void matrix_html(const struct matrix *m, char **text, size_t *len);

#endif
