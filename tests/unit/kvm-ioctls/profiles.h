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
	char file[300];
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

static void load_folder(struct loaded_profile *all, const char *folder)
{
	char path[512], file[300];
	const struct dirent *d;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/kvm-sim/profiles/%s", CVMM_SOURCE_DIR, folder);
	dir = opendir(path);
	cr_assert(dir, "no %s", path);
	while ((d = readdir(dir)) != NULL) {
		const char *dot = strrchr(d->d_name, '.');

		snprintf(file, sizeof(file), "%s%s", folder, d->d_name);
		if (dot && !strcmp(dot, ".profile") && nprofiles < MAX_PROFILES)
			load_profile(&all[nprofiles++], file);
	}
	closedir(dir);
}

/* arm64's, which have kernels and CPU models enough for questions about fleets. */
static inline struct loaded_profile *load_profiles(void)
{
	struct loaded_profile *all = calloc(MAX_PROFILES, sizeof(*all));

	nprofiles = 0;
	load_folder(all, "");
	cr_assert_gt(nprofiles, 40u, "only %u profiles", nprofiles);
	return all;
}

/* Those of every architecture. */
static inline struct loaded_profile *load_all_profiles(void)
{
	struct loaded_profile *all = load_profiles();

	load_folder(all, "riscv64/");
	load_folder(all, "x86_64/");
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
