/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A host with a register that no catalogue knows. */
#ifndef CVMM_TESTS_STRANGE_H
#define CVMM_TESTS_STRANGE_H

#include <criterion/criterion.h>

#include <string.h>

#include "world.h"

#define STRANGE_HOST "6.1.192-neoverse-n1"
#define STRANGER     UINT64_C(0x603000000013ffff)

static const struct cvmm_row strange_row = { .first = STRANGER,
	.compare = UINT64_MAX,
	.count = 1,
	.phase = CVMM_PHASE_STATE,
	.name = "STRANGER",
	.kernels = "",
	.source = "" };

/* For vCPUs of the feature set psci_0_2: STRANGER is the last system register of that list, 0 when they are fresh. */
static inline void strange_open(struct world *w, uint32_t vcpus)
{
	static const char reg[] = "\nreg 603000000013ffff 0000000000000000";
	static char text[1 << 18];
	size_t len = 0, at;
	const char *from = world_text(STRANGE_HOST, &len), *features = strstr(from, "\nfeatures psci_0_2\n"), *line;

	cr_assert(features);
	for (line = strstr(features, "\nreg 603000000013"); strncmp(line + 1, "reg 603000000013", 16) == 0;
		line = strchr(line + 1, '\n'))
		;
	at = (size_t)(line - from);
	memcpy(text, from, at);
	memcpy(text + at, reg, sizeof(reg) - 1);
	memcpy(text + at + sizeof(reg) - 1, line, len - at);
	world_open_text(w, "strange", text, len + sizeof(reg) - 1, vcpus);
}

#endif
