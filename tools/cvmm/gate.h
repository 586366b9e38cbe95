/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: cvmm baseline --gate: what may be switched on now for these hosts, and what waits for whom
 */
#ifndef CVMM_TOOL_GATE_H
#define CVMM_TOOL_GATE_H

#include "baseline.h"

/** gate_print() - for people; Return: enum status */
int gate_print(FILE *f, const struct baseline *b);

/** gate_json() - key "gate" of the open object; Return: enum status */
int gate_json(struct json *j, const struct baseline *b);

#endif
