/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Golden files restore for ever: each machine-KERNEL-CPU-FORMAT.snap goes back to the simulated kernel that it was saved
 * on, and the file that is then saved in its format has the same registers with the same values, counters apart.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <criterion/criterion.h>

#include "rig.h"

static struct rig rig;

static const struct fuzz_host *host_of(const char *file)
{
	uint32_t i;

	for (i = 0; i < fuzz_hosts(); i++) {
		const struct fuzz_host *h = fuzz_profile(i);
		size_t n = strlen(h->name);

		if (!strncmp(file + strlen("machine-"), h->name, n) && file[strlen("machine-") + n] == '-')
			return fuzz_host(i);
	}
	return NULL;
}

static void same_values(const char *file, const struct cvmm_view *a, const struct cvmm_view *b)
{
	uint32_t i, k;

	cr_assert_eq(a->nvcpus, b->nvcpus);
	cr_assert_eq(a->nshapes, b->nshapes);
	for (k = 0; k < a->nvcpus; k++) {
		const struct cvmm_regset *x = &a->shape[a->vcpu[k].shape].regs, *y = &b->shape[b->vcpu[k].shape].regs;

		cr_assert_eq(x->n, y->n);
		for (i = 0; i < x->n; i++)
			cr_assert(x->item[i].id == y->item[i].id &&
					  !memcmp(cvmm_regset_value(x, i, a->vcpu[k].col),
						  cvmm_regset_value(y, i, b->vcpu[k].col), x->item[i].size),
				"%s: vCPU %u: register %lx", file, k, (unsigned long)x->item[i].id);
	}
}

static void restore(const char *file)
{
	static uint8_t buf[1 << 16];
	const struct fuzz_host *h = host_of(file);
	char path[4096];
	struct cvmm_view v, after;
	struct cvmm_plan p;
	struct cvmm_error e;
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), CVMM_SOURCE_DIR "/snapshot/golden/%s", file);
	f = fopen(path, "rb");
	cr_assert_not_null(f);
	cr_assert_not_null(h, "%s: no such kernel", file);
	len = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	cr_assert_eq(rig_read(buf, len, &v, &e), 0, "%s: %s", file, cvmm_reason_name(e.reason));
	cr_assert_eq(rig_plan(&v, h, NULL, &p, &e), 0, "%s: %s", file, cvmm_reason_name(e.reason));
	cr_assert_eq(p.nrefused, 0, "%s: refused on %s", file, h->name);
	cr_assert_eq(rig_restore(&rig, h, &h->be, &v, &p, &e), 0, "%s: %s, id %lx", file, cvmm_reason_name(e.reason),
		(unsigned long)e.id);
	cr_assert_eq(rig_capture(&rig, h, &after, &e), 0, "%s: %s", file, cvmm_reason_name(e.reason));
	same_values(file, &v, &after);
	rig_close(&rig);
}

Test(golden, machines_restore)
{
	DIR *dir = opendir(CVMM_SOURCE_DIR "/snapshot/golden");
	struct dirent *d;
	int n = 0;

	cr_assert_not_null(dir);
	while ((d = readdir(dir)))
		if (!strncmp(d->d_name, "machine-", 8)) {
			restore(d->d_name);
			n++;
		}
	closedir(dir);
	cr_assert_geq(n, 3);
}
