/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: the commands, one file each
 */
#ifndef CVMM_TOOL_COMMANDS_H
#define CVMM_TOOL_COMMANDS_H

#include "opt.h"

extern const struct command command_kernels;
extern const struct command command_probe;
extern const struct command command_save;
extern const struct command command_inspect;
extern const struct command command_diff;
extern const struct command command_check;
extern const struct command command_restore;
extern const struct command command_baseline;
extern const struct command command_matrix;
extern const struct command command_reg;
extern const struct command command_audit;
extern const struct command command_edit;
extern const struct command command_demo;

#endif
