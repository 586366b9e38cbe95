/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <stdio.h>
#include <string.h>

#include <cvmm/vm-regs/vm-regs.h>

#include "commands.h"
#include "file.h"
#include "host.h"
#include "mem.h"
#include "probe_dev.h"
#include "say.h"

/* Bits of the trait vmm-formats. */
#define READS_1_0 1u
#define READS_1_1 2u

static int as_text(const char *name, const struct cvmm_profile *p, const char **text, size_t *len)
{
	struct cvmm_error e;
	char *buf;

	if (cvmm_profile_write(p, NULL, 0, len, &e) && e.reason != CVMM_REASON_BUFFER_TOO_SMALL)
		return say_error(name, &e);
	buf = mem_get(*len);
	if (cvmm_profile_write(p, buf, *len, len, &e))
		return say_error(name, &e);
	*text = buf;
	return STATUS_YES;
}

/* The other half of a host is its VMM. This one reads both formats and speaks each way that a KVM may offer. */
static const struct cvmm_pair vmm[] = {
	{ CVMM_TRAIT_VMM_FORMATS, READS_1_0 | READS_1_1 },
	{ CVMM_TRAIT_VMM_DIALECTS, CVMM_DIALECT_VCPU | CVMM_DIALECT_SCOPE | CVMM_DIALECT_VM },
};

#define NVMM (sizeof(vmm) / sizeof(vmm[0]))

static void tell_vmm(struct cvmm_profile *p)
{
	struct cvmm_pair *trait = mem_array(p->ntraits + NVMM, sizeof(*trait));
	uint32_t i, n = 0, k = 0;

	for (i = 0; i < p->ntraits; i++) {
		while (k < NVMM && vmm[k].id < p->trait[i].id)
			trait[n++] = vmm[k++];
		trait[n++] = p->trait[i];
	}
	while (k < NVMM)
		trait[n++] = vmm[k++];
	p->trait = trait;
	p->ntraits = n;
}

/* A simulated kernel is asked by ioctl like a real one; only its name cannot be asked for. */
static int measure(const struct host *h, struct cvmm_profile *p)
{
	struct cvmm_backend be;
	int ret = host_backend(h, PROBE_VCPUS, &be);
	const char *kernel = h->kind == HOST_DEV ? NULL : h->profile.kernel;
	const char *cpu = h->kind == HOST_DEV ? NULL : h->profile.cpu;

	if (ret)
		return ret;
	if (host_arch(h) == CVMM_ARCH_X86_64)
		return probe_profile_x86(&be, kernel, cpu, h->name, p);
	return probe_profile(&be, kernel, cpu, h->name, p);
}

static int run(const struct args *a)
{
	struct cvmm_profile p;
	const char *text = NULL;
	struct host h;
	size_t len = 0;
	int ret = host_find(a->kvm ? a->kvm : "dev", 0, &h);

	if (!ret)
		ret = measure(&h, &p);
	if (!ret) {
		tell_vmm(&p);
		ret = as_text(h.name, &p, &text, &len);
	}
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
		"host profile: one fact per line, sorted, made to be kept in git. Throwaway VMs are made for that "
		"and,\n"
		"on an arm64 host, a small guest is run, which tells what only a guest can see.",
	.opt = options,
	.run = run,
};
