/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cvmm/kvm-sim/profiles.h>
#include <cvmm/kvm-sim/sim.h>

#include "file.h"
#include "host.h"
#include "mem.h"
#include "opt.h"
#include "probe_dev.h"
#include "say.h"
#include "words.h"

/* Room for machines beside the one that a command works with: a throwaway VM, the other end of a hop. */
#define SIM_VMS 2u

const struct host_builtin *host_builtins(size_t *n)
{
	static struct host_builtin *all;
	static size_t count;
	uint32_t i;

	if (!all) {
		count = cvmm_sim_profile_count();
		all = mem_array(count, sizeof(*all));
		for (i = 0; i < count; i++) {
			const char *name = cvmm_sim_profile_name(i);
			size_t release = strcspn(name, "-");

			all[i].kernel = mem_copy(name, release);
			all[i].cpu = name[release] ? name + release + 1 : "";
			all[i].text = cvmm_sim_profile_text(i, &all[i].len);
		}
	}
	*n = count;
	return all;
}

int profile_load(const char *name, const char *text, size_t len, struct cvmm_profile *out)
{
	struct cvmm_error e;
	size_t need;
	void *store;

	if (cvmm_profile_need(text, len, &need, &e))
		return say_error(name, &e);
	store = mem_get(need);
	if (cvmm_profile_parse(text, len, store, need, out, &e))
		return say_error(name, &e);
	return STATUS_YES;
}

int host_from_builtin(const struct host_builtin *b, struct host *h)
{
	h->name = mem_format("sim:%s/%s", b->kernel, b->cpu);
	h->label = h->name + strlen("sim:");
	h->kind = HOST_SIM;
	return profile_load(h->name, b->text, b->len, &h->profile);
}

/* Is @want (@len bytes) the release @have, or leading whole components of it? */
static int release_matches(const char *have, const char *want, size_t len)
{
	return len > 0 && strncmp(have, want, len) == 0 && (have[len] == '\0' || have[len] == '.');
}

/* The list ascends by release, so the last match is the newest point release. */
static const struct host_builtin *builtin_find(const char *release, size_t len, const char *cpu)
{
	const struct host_builtin *found = NULL;
	size_t n, i;
	const struct host_builtin *b = host_builtins(&n);

	for (i = 0; i < n; i++)
		if (strcmp(b[i].cpu, cpu) == 0 && release_matches(b[i].kernel, release, len))
			found = &b[i];
	return found;
}

/* Adds @word to a list of words with spaces, once. */
static char *list_add(char *list, const char *word)
{
	size_t len = strlen(word);
	const char *at = list;

	while ((at = strstr(at, word))) {
		if ((at == list || at[-1] == ' ') && (at[len] == '\0' || at[len] == ' '))
			return list;
		at += len;
	}
	return mem_format("%s%s%s", list, *list ? " " : "", word);
}

static int unknown_builtin(const char *word)
{
	char *kernels = mem_format("%s", "");
	char *cpus = mem_format("%s", "");
	size_t n, i;
	const struct host_builtin *b = host_builtins(&n);

	for (i = 0; i < n; i++) {
		kernels = list_add(kernels, b[i].kernel);
		cpus = list_add(cpus, b[i].cpu);
	}
	say("%s: no such simulated kernel; releases: %s; CPUs: %s (cvmm kernels lists them)", word, kernels, cpus);
	return STATUS_USAGE;
}

static int find_file(const char *word, const char *name, struct host *h)
{
	struct bytes b;
	int ret = file_read(name, CVMM_PROFILE_BYTES_MAX, "a host profile", &b);

	if (ret)
		return ret;
	h->name = word;
	h->label = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
	ret = profile_load(name, (const char *)b.p, b.len, &h->profile);
	mem_drop(b.p);
	return ret;
}

static int find_sim(const char *word, struct host *h)
{
	const char *release = word + strlen("sim:");
	size_t len = strcspn(release, "/");
	const char *cpu = release[len] ? release + len + 1 : HOST_CPU_DEFAULT;
	const struct host_builtin *b;

	h->kind = HOST_SIM;
	if (*release == '@')
		return find_file(word, release + 1, h);
	b = builtin_find(release, len, cpu);
	return b ? host_from_builtin(b, h) : unknown_builtin(word);
}

int host_find(const char *word, int files, struct host *h)
{
	memset(h, 0, sizeof(*h));
	if (strcmp(word, "dev") == 0) {
		h->name = word;
		h->label = word;
		h->kind = HOST_DEV;
		return STATUS_YES;
	}
	if (strncmp(word, "sim:", 4) == 0)
		return find_sim(word, h);
	h->kind = HOST_FILE;
	if (files)
		return find_file(word, word, h);
	say("%s: not a KVM: dev, sim:RELEASE[/CPU] or sim:@FILE is", word);
	return STATUS_USAGE;
}

int host_arm64(const char *word, struct host *h)
{
	int ret = host_find(word, 0, h);

	if (!ret && h->kind == HOST_DEV && HOST_ARCH_OF_DEV != CVMM_ARCH_ARM64) {
		say("%s: vCPUs of this machine are %s; only arm64 ones can be measured so far", word,
			arch_word(HOST_ARCH_OF_DEV));
		return STATUS_ERROR;
	}
	return ret;
}

uint32_t host_arch(const struct host *h)
{
	return h->kind == HOST_DEV ? HOST_ARCH_OF_DEV : h->profile.arch;
}

#if defined(__aarch64__) || defined(__x86_64__)

static int measure_dev(struct host *h)
{
	struct cvmm_backend be;
	int ret = host_backend(h, PROBE_VCPUS, &be);

	if (ret)
		return ret;
	if (host_arch(h) == CVMM_ARCH_X86_64)
		return probe_profile_x86(&be, NULL, NULL, h->name, &h->profile);
	return probe_profile(&be, NULL, NULL, h->name, &h->profile);
}

#else

/*
 * vCPUs of another architecture cannot be measured yet. What can be said of such a host is said: its
 * architecture, which is what decides about every snapshot that there is today.
 */
static int measure_dev(struct host *h)
{
	static struct utsname u;

	if (access("/dev/kvm", R_OK | W_OK))
		return say_errno("/dev/kvm", errno);
	(void)uname(&u);
	h->profile.arch = HOST_ARCH_OF_DEV;
	h->profile.kernel = u.release;
	h->profile.cpu = "";
	return STATUS_YES;
}

#endif

int host_measure(const char *word, int files, struct host *h)
{
	int ret = host_find(word, files, h);

	if (!ret && h->kind == HOST_DEV)
		ret = measure_dev(h);
	return ret;
}

int host_backend(const struct host *h, uint32_t vcpus, struct cvmm_backend *be)
{
	struct cvmm_sim_config cfg = {
		.size = sizeof(cfg),
		.profile = &h->profile,
		.max_vms = SIM_VMS,
		.max_vcpus = vcpus < 8 ? 8 : vcpus,
	};
	struct cvmm_error e;
	uintptr_t at;
	size_t need;

	if (h->kind == HOST_DEV) {
		*be = *cvmm_backend_dev();
		return STATUS_YES;
	}
	if (cvmm_sim_need(&cfg, &need, &e))
		return say_error(h->name, &e);
	at = (uintptr_t)mem_get(need + CVMM_SIM_ALIGN);
	at = (at + CVMM_SIM_ALIGN - 1) & ~(uintptr_t)(CVMM_SIM_ALIGN - 1);
	if (cvmm_sim_init(&cfg, (void *)at, need, be, &e))
		return say_error(h->name, &e);
	return STATUS_YES;
}
