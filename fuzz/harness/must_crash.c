/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Target functions: none. This one has to crash: it shows that the net catches.
 *
 * A decoder that believes a count: a snapshot whose fifth section is a register list with more than 40 registers writes
 * beyond an array. Only the structure-aware mutator gets there. */
#include <string.h>

#include "../check.h"
#include "../input.h"
#include "../rig.h"

const size_t fuzz_prefix = 0;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t *id = malloc(40 * sizeof(*id));
	struct cvmm_view v;
	uint32_t i;

	if (id && !rig_read(data, size, &v, NULL))
		for (i = 0; i < v.shape[0].regs.n; i++)
			id[i] = v.shape[0].regs.item[i].id;
	FUZZ_CHECK(!id || size < 8 || id[0] != 1, "keeps the stores");
	free(id);
	return 0;
}
