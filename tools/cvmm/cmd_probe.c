/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <stdio.h>

#include "commands.h"
#include "file.h"
#include "host.h"
#include "mem.h"
#include "probe.h"
#include "say.h"

/* The profile's canonical text: what a simulated kernel was made from is all that it can answer. */
static int canonical(const struct host *h, const char **text, size_t *len)
{
	struct cvmm_error e;
	char *buf;

	if (cvmm_profile_write(&h->profile, NULL, 0, len, &e) && e.reason != CVMM_REASON_BUFFER_TOO_SMALL)
		return say_error(h->name, &e);
	buf = mem_get(*len);
	if (cvmm_profile_write(&h->profile, buf, *len, len, &e))
		return say_error(h->name, &e);
	*text = buf;
	return STATUS_YES;
}

static int run(const struct args *a)
{
	const char *text;
	struct host h;
	size_t len;
	int ret = host_measure(a->kvm ? a->kvm : "dev", 0, &h);

	if (!ret)
		ret = canonical(&h, &text, &len);
	if (ret)
		return ret;
	if (a->out)
		return file_write(a->out, text, len);
	(void)fwrite(text, 1, len, stdout);
	return STATUS_YES;
}

static const struct opt options[] = {
	OPT_KVM,
	OPT_ROW("-o", OPT_STRING, out, "F", "where to write it; default standard output"),
	OPT_END,
};

const struct command command_probe = {
	.name = "probe",
	.usage = "[--kvm K] [-o F]",
	.what = "write this host's profile",
	.help = "Asks a KVM everything that decides whether a guest may continue on it, and writes the answers as a\n"
		"host profile: one fact per line, sorted, made to be kept in git. Of a simulated kernel it writes the\n"
		"profile that the kernel was made from.",
	.opt = options,
	.run = run,
};
