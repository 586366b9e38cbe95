/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "host.h"
#include "json.h"
#include "words.h"

/* The registers of the smallest variant: what a guest without extras has. */
static uint32_t registers(const struct cvmm_profile *p)
{
	return p->nvariants ? p->variant[0].regs.n : 0;
}

static uint64_t offered(const struct cvmm_profile *p)
{
	uint64_t all = 0;
	uint32_t i;

	for (i = 0; i < p->nvariants; i++)
		all |= p->variant[i].features;
	return all;
}

static void kernel_json(struct json *j, const struct host *h)
{
	uint32_t i, bit;

	json_flat(j, NULL);
	json_string(j, "kvm", h->name);
	json_string(j, "kernel", h->profile.kernel);
	json_string(j, "cpu", h->profile.cpu);
	json_string(j, "arch", arch_word(h->profile.arch));
	json_number(j, "registers", registers(&h->profile));
	json_list(j, "features");
	for (bit = 0; bit < 64; bit++)
		if (offered(&h->profile) >> bit & 1 && cvmm_feature_name(bit))
			json_string(j, NULL, cvmm_feature_name(bit));
	json_end(j);
	json_list(j, "variants");
	for (i = 0; i < h->profile.nvariants; i++)
		json_hex(j, NULL, h->profile.variant[i].features);
	json_end(j);
	json_end(j);
}

static int run(const struct args *a)
{
	char features[FEATURES_TEXT_MAX];
	size_t n, i;
	const struct host_builtin *b = host_builtins(&n);
	struct host h;
	struct json j;
	int ret = STATUS_YES;

	if (a->json) {
		json_begin(&j, stdout, "kernels");
		json_array(&j, "kernels");
	} else {
		printf("%-26s %5s  %s\n", "KVM", "REGS", "VCPU FEATURES OFFERED");
	}
	for (i = 0; i < n && !ret; i++) {
		ret = host_from_builtin(&b[i], &h);
		if (ret)
			break;
		if (a->json)
			kernel_json(&j, &h);
		else
			printf("%-26s %5u  %s\n", h.name, registers(&h.profile),
				features_text(offered(&h.profile), features));
	}
	if (a->json)
		json_finish(&j);
	return ret;
}

static const struct opt options[] = { OPT_JSON, OPT_END };

const struct command command_kernels = {
	.name = "kernels",
	.usage = "[--json]",
	.what = "the simulated kernels that are built in",
	.help = "Lists the simulated kernels that are built in: recordings of real arm64 kernels under QEMU. REGS is\n"
		"the number of registers of a vCPU without extra features.",
	.opt = options,
	.run = run,
};
