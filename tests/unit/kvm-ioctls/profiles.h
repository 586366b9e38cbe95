/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* For tests: all recorded profiles of the repository, read and parsed. */
#ifndef CVMM_TEST_PROFILES_H
#define CVMM_TEST_PROFILES_H

#include <cvmm/kvm-ioctls/profile.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#define MAX_PROFILES 256

struct loaded_profile {
	char file[256];
	char *text;
	size_t len;
	void *store;
	struct cvmm_profile p;
};

static uint32_t nprofiles;

static void load_profile(struct loaded_profile *l, const char *file)
{
	struct cvmm_error e = { 0 };
	char path[512];
	size_t need = 0;
	FILE *f;

	snprintf(l->file, sizeof(l->file), "%s", file);
	snprintf(path, sizeof(path), "%s/kvm-sim/profiles/%s", CVMM_SOURCE_DIR, file);
	f = fopen(path, "rb");
	cr_assert(f, "cannot open %s", path);
	/* Exactly as long as the file, so that a sanitizer sees a read beyond it. */
	l->text = malloc(1 << 20);
	l->len = fread(l->text, 1, 1 << 20, f);
	fclose(f);
	l->text = realloc(l->text, l->len);
	cr_assert_eq(cvmm_profile_need(l->text, l->len, &need, &e), 0);
	l->store = aligned_alloc(16, (need + 15) & ~(size_t)15);
	cr_assert_eq(cvmm_profile_parse(l->text, l->len, l->store, need, &l->p, &e), 0, "%s: %s, line %u", file,
		cvmm_reason_name(e.reason), e.section);
}

static inline struct loaded_profile *load_profiles(void)
{
	struct loaded_profile *all = calloc(MAX_PROFILES, sizeof(*all));
	DIR *dir = opendir(CVMM_SOURCE_DIR "/kvm-sim/profiles");
	const struct dirent *d;

	cr_assert(dir, "no kvm-sim/profiles");
	nprofiles = 0;
	while ((d = readdir(dir)) != NULL) {
		const char *dot = strrchr(d->d_name, '.');

		if (dot && !strcmp(dot, ".profile") && nprofiles < MAX_PROFILES)
			load_profile(&all[nprofiles++], d->d_name);
	}
	closedir(dir);
	cr_assert_gt(nprofiles, 40u, "only %u profiles", nprofiles);
	return all;
}

static inline void free_profiles(struct loaded_profile *all)
{
	uint32_t i;

	for (i = 0; i < nprofiles; i++) {
		free(all[i].text);
		free(all[i].store);
	}
	free(all);
}

#endif
