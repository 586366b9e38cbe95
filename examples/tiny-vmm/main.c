/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "tiny-vmm.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cvmm/kvm-ioctls/reg-id.h>

static const char usage[] =
	"usage: tiny-vmm [--vcpus N] [--features HEX] [--baseline B] [--profile P] [--save F]\n"
	"       tiny-vmm --restore F --profile P [--naive] [--save G]\n"
	"\n"
	"Runs a guest that looks at its own machine until it says that it may be stopped. With --save the machine is "
	"then\n"
	"written to a file; with --restore it continues from one, looks again, and says by name what is not as "
	"before.\n"
	"P is this host's profile (cvmm probe -o P), B what several hosts can promise (cvmm baseline).\n"
	"--naive writes every register back as most VMMs do, whatever c-vmm thinks of it.\n"
	"\n"
	"Exit status: 0 the guest found nothing changed, 1 error, 2 usage, 3 refused, 4 the guest found differences.\n";

static int parse(int argc, char **argv, struct tiny_options *o)
{
	static const struct option option[] = {
		{ "vcpus", required_argument, NULL, 'v' },
		{ "features", required_argument, NULL, 'f' },
		{ "baseline", required_argument, NULL, 'b' },
		{ "profile", required_argument, NULL, 'p' },
		{ "save", required_argument, NULL, 's' },
		{ "restore", required_argument, NULL, 'r' },
		{ "naive", no_argument, NULL, 'n' },
		{ NULL, 0, NULL, 0 },
	};
	char *end = NULL;
	int c;

	*o = (struct tiny_options){ .nvcpus = 1 };
	while ((c = getopt_long(argc, argv, "", option, NULL)) != -1) {
		switch (c) {
		case 'v': o->nvcpus = (uint32_t)strtoul(optarg, &end, 10); break;
		case 'f': o->features = strtoull(optarg, &end, 16); break;
		case 'b': o->baseline = optarg; break;
		case 'p': o->profile = optarg; break;
		case 's': o->save = optarg; break;
		case 'r': o->restore = optarg; break;
		case 'n': o->naive = 1; break;
		default: return -1;
		}
		if (end && *end)
			return -1;
	}
	if (optind != argc || !o->nvcpus || o->nvcpus > GUEST_VCPUS_MAX)
		return -1;
	return o->restore && !o->profile && !o->naive ? -1 : 0;
}

static int complain(const struct tiny *t, const struct cvmm_error *e)
{
	char name[CVMM_REG_NAME_MAX] = "";

	if (e->id)
		(void)cvmm_reg_name(e->id, name, sizeof(name));
	fflush(stdout);
	fprintf(stderr, "tiny-vmm: %s: %s (%s) %s vcpu %d phase %u other %llx\n", t->step ? t->step : "start",
		cvmm_reason_text(e->reason), strerror(-e->err), name, (int)e->vcpu, e->phase,
		(unsigned long long)e->other);
	return e->reason == CVMM_REASON_PLAN_REFUSED ? TINY_REFUSED : TINY_ERROR;
}

static int run(struct tiny *t, const struct tiny_options *o, const struct cvmm_profile *host, struct cvmm_error *e)
{
	int ret = o->restore ? tiny_restore(t, o, host, e) : tiny_new(t, o, host, e);

	if (ret >= 0)
		ret = tiny_round(t, e);
	if (ret >= 0 && o->save)
		ret = tiny_save(t, o->save, host, e);
	return ret;
}

int main(int argc, char **argv)
{
	static struct tiny t = { .kvm.fd = -1, .vm.fd = -1, .gic.fd = -1, .its.fd = -1 };
	struct cvmm_profile host;
	struct tiny_options o;
	struct cvmm_error e;
	int ret;

	if (parse(argc, argv, &o) < 0) {
		fputs(usage, stderr);
		return TINY_USAGE;
	}
	if (o.profile && tiny_profile(o.profile, &host) < 0)
		return TINY_ERROR;
	ret = run(&t, &o, o.profile ? &host : NULL, &e);
	if (ret < 0) {
		ret = complain(&t, &e);
	} else {
		printf("result: %llu differences\n", (unsigned long long)t.differences);
		ret = t.differences ? TINY_DIFFERENT : TINY_OK;
	}
	tiny_close(&t);
	return ret;
}
