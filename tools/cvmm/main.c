/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "mem.h"
#include "say.h"

/* In the order of a first day's work. */
static const struct command *const commands[] = {
	&command_kernels,
	&command_probe,
	&command_save,
	&command_inspect,
	&command_diff,
	&command_check,
	&command_restore,
	&command_baseline,
	&command_matrix,
	&command_reg,
	&command_audit,
	&command_edit,
	&command_demo,
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static void overview(FILE *f)
{
	size_t i;

	fprintf(f, "cvmm: may this guest, saved here, continue there?\n\nusage: cvmm COMMAND ...\n\n");
	for (i = 0; i < NCOMMANDS; i++)
		fprintf(f, "  %-9s %s\n", commands[i]->name, commands[i]->what);
	fprintf(f, "\n"
		   "  K is dev (/dev/kvm), sim:RELEASE[/CPU] (a simulated kernel: sim:6.1, sim:6.12/max) or\n"
		   "  sim:@FILE (a simulated kernel made from a host profile). Where only a host's answers\n"
		   "  count, PROFILE is K or the file of a host profile.\n"
		   "\n"
		   "  cvmm COMMAND --help tells more. Exit status: 0 yes, 1 error, 2 usage, 3 refused.\n");
}

static const struct command *find(const char *name)
{
	size_t i;

	for (i = 0; i < NCOMMANDS; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static int run(const struct command *c, int argc, char **argv)
{
	struct args a = { .help = 0 };
	int ret = opt_parse(c, argc, argv, &a);

	if (ret)
		return ret;
	if (a.help) {
		opt_help(c);
		return STATUS_YES;
	}
	return c->run(&a);
}

static int dispatch(int argc, char **argv)
{
	const struct command *c;

	if (argc < 2) {
		overview(stderr);
		return STATUS_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts(CVMM_WRITER);
		return STATUS_YES;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
		(strcmp(argv[1], "help") == 0 && argc == 2)) {
		overview(stdout);
		return STATUS_YES;
	}
	c = find(argv[1]);
	if (!c) {
		say("%s: unknown command; see cvmm --help", argv[1]);
		return STATUS_USAGE;
	}
	return run(c, argc - 2, argv + 2);
}

int main(int argc, char **argv)
{
	int ret = dispatch(argc, argv);

	/* A full disk must not look like an answer. */
	if (fflush(stdout) || ferror(stdout)) {
		say("standard output: %s", strerror(errno));
		ret = STATUS_ERROR;
	}
	mem_end();
	return ret;
}
