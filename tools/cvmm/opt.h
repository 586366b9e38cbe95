/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: arguments: one table per command, one parser
 */
#ifndef CVMM_TOOL_OPT_H
#define CVMM_TOOL_OPT_H

#include <stddef.h>
#include <stdint.h>

#include <cvmm/kvm-ioctls/base.h>

/** CVMM_VERSION_TEXT: what cvmm --version prints; CVMM_WRITER: how the command signs what it writes. */
#define CVMM_TEXT2(x) #x
#define CVMM_TEXT(x)  CVMM_TEXT2(x)
#define CVMM_VERSION_TEXT \
	CVMM_TEXT(CVMM_VERSION_MAJOR) "." CVMM_TEXT(CVMM_VERSION_MINOR) "." CVMM_TEXT(CVMM_VERSION_PATCH)
#define CVMM_WRITER "cvmm " CVMM_VERSION_TEXT

/** The command's exit statuses; scripts rely on them. */
enum status {
	STATUS_YES = 0,
	STATUS_ERROR = 1,
	STATUS_USAGE = 2,
	STATUS_REFUSED = 3,
};

/** enum opt_kind - what follows an option's name */
enum opt_kind {
	OPT_FLAG,   /* nothing; sets an int */
	OPT_STRING, /* one word; sets a const char * */
	OPT_NUMBER, /* a decimal number within min and max; sets a uint32_t */
	OPT_WORDS,  /* every word up to the next option; appends to a struct words */
	OPT_EDIT,   /* one word, appended to args.edit together with the option's name, in order */
};

/** struct words - a list of words of the command line */
struct words {
	const char **v;
	size_t n;
};

/** struct edit - one change that was asked for: 'd' drop, 's' set */
struct edit {
	char what;
	const char *arg;
};

/** struct args - everything that any command can be told */
struct args {
	struct words files;
	struct words on;
	struct edit *edit;
	size_t nedits;
	const char *kvm;
	const char *from;
	const char *out;
	const char *html;
	const char *features;
	const char *baseline;
	const char *format;
	const char *rules;
	uint32_t vcpus;
	int json;
	int gate;
	int all;
	int delta;
	int audit;
	int help;
};

/**
 * struct opt - an option of a command
 * @name:   its long name with dashes, or "-o"
 * @kind:   enum opt_kind
 * @needed: 1 if the command makes no sense without it
 * @field:  offset in struct args
 * @min:    OPT_NUMBER: smallest value
 * @max:    OPT_NUMBER: largest value
 * @arg:    what the help calls its argument
 * @help:   one line
 */
struct opt {
	const char *name;
	uint8_t kind;
	uint8_t needed;
	uint16_t field;
	uint32_t min;
	uint32_t max;
	const char *arg;
	const char *help;
};

/**
 * struct command - a command of cvmm
 * @name:  its name
 * @usage: what follows the name
 * @what:  one line for the overview
 * @help:  paragraphs for --help
 * @opt:   its options, ended by a row without name
 * @min:   fewest file arguments
 * @max:   most file arguments
 * @run:   does it; returns enum status
 */
struct command {
	const char *name;
	const char *usage;
	const char *what;
	const char *help;
	const struct opt *opt;
	unsigned int min;
	unsigned int max;
	int (*run)(const struct args *a);
};

/** Rows that several commands share. */
#define OPT_ROW(opt_name, opt_kind, member, opt_arg, text)                                                        \
	{                                                                                                         \
		.name = (opt_name), .kind = (opt_kind), .field = offsetof(struct args, member), .arg = (opt_arg), \
		.help = (text)                                                                                    \
	}
#define OPT_KVM	  OPT_ROW("--kvm", OPT_STRING, kvm, "K", "dev (/dev/kvm), sim:RELEASE[/CPU] or sim:@FILE; default dev")
#define OPT_JSON  OPT_ROW("--json", OPT_FLAG, json, NULL, "for a machine: JSON on standard output")
#define OPT_RULES OPT_ROW("--rules", OPT_STRING, rules, "R", "a file of rules that come before the built-in ones")
#define OPT_END              \
	{                    \
		.name = NULL \
	}

/**
 * opt_parse() - fill @a from a command's words
 *
 * @argv starts after the command's name. Mistakes are named on standard error, with a pointer to --help. Return:
 * STATUS_YES, or STATUS_USAGE.
 */
int opt_parse(const struct command *c, int argc, char **argv, struct args *a);

/** opt_help() - a command's --help, on standard output */
void opt_help(const struct command *c);

/** number_parse() - a decimal number, nothing else in @s; Return: 0, or -1 */
int number_parse(const char *s, uint64_t min, uint64_t max, uint64_t *out);

/** hex_or_decimal() - 0x... or decimal; Return: 0, or -1 */
int hex_or_decimal(const char *s, uint64_t *out);

#endif
