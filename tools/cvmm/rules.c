/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <string.h>

#include <cvmm/snapshot/rules.h>

#include "file.h"
#include "mem.h"
#include "opt.h"
#include "rules.h"
#include "say.h"

/* More than anybody writes by hand; the library refuses sooner. */
#define RULES_BYTES_MAX (1u << 20)

int rules_load(const char *name, struct cvmm_rules *out)
{
	struct cvmm_error e;
	struct bytes b;
	size_t need = 0;
	void *store;
	int ret;

	memset(out, 0, sizeof(*out));
	if (!name)
		return STATUS_YES;
	ret = file_read(name, RULES_BYTES_MAX, "a file of rules", &b);
	if (ret)
		return ret;
	if (cvmm_rules_need((const char *)b.p, b.len, &need, &e) < 0)
		return say_error(name, &e);
	/* Kept as long as the process: the plan and its report point into it. */
	store = mem_get(need);
	return cvmm_rules_parse((const char *)b.p, b.len, store, need, out, &e) < 0 ? say_error(name, &e) : STATUS_YES;
}
