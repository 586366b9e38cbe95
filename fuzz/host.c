/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "host.h"

#include <string.h>

#include <cvmm/kvm-sim/profiles.h>

#include "check.h"

#define HOSTS 64u

static struct fuzz_host hosts[HOSTS];

struct text {
	const char *name;
	const char *text;
	const char *end;
};

/* more_hosts.S, which CMake writes; ends with a NULL name. */
extern const struct text fuzz_more_hosts[];

static uint32_t others(void)
{
	uint32_t n = 0;

	while (fuzz_more_hosts[n].name && n + fuzz_hosts() < HOSTS)
		n++;
	return n;
}

uint32_t fuzz_hosts(void)
{
	uint32_t n = cvmm_sim_profile_count();

	return n < HOSTS ? n : HOSTS;
}

/* Storage that lives as long as the process: a fuzzer's leak check must still see it. */
static void *keep(size_t bytes)
{
	void *p = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);

	FUZZ_CHECK(p, "out of memory");
	return p;
}

static struct fuzz_host *get(uint32_t i)
{
	struct fuzz_host *h;
	const char *text;
	size_t len, need = 0;

	i %= fuzz_hosts() + others();
	h = &hosts[i];
	if (h->name)
		return h;
	text = cvmm_sim_profile_text(i, &len);
	if (i >= fuzz_hosts()) {
		text = fuzz_more_hosts[i - fuzz_hosts()].text;
		len = (size_t)(fuzz_more_hosts[i - fuzz_hosts()].end - text);
	}
	FUZZ_CHECK(!cvmm_profile_need(text, len, &need, NULL), "profile %u", i);
	FUZZ_CHECK(!cvmm_profile_parse(text, len, keep(need), need, &h->profile, NULL), "profile %u", i);
	h->name = i < fuzz_hosts() ? cvmm_sim_profile_name(i) : fuzz_more_hosts[i - fuzz_hosts()].name;
	return h;
}

uint32_t fuzz_any(uint32_t byte)
{
	if (byte < FUZZ_OTHERS || !others())
		return byte % fuzz_hosts();
	return fuzz_hosts() + (byte - FUZZ_OTHERS) % others();
}

uint32_t fuzz_peer(uint32_t i, uint32_t byte)
{
	uint32_t all = fuzz_hosts() + others(), k;

	if (i < fuzz_hosts()) {
		k = byte % fuzz_hosts();
		return k == i ? (k + 1) % fuzz_hosts() : k;
	}
	for (k = i + 1 + byte % others(); k % all == i || get(k)->profile.arch != get(i)->profile.arch; k++)
		;
	return k % all;
}

const struct fuzz_host *fuzz_profile(uint32_t i)
{
	return get(i);
}

const struct fuzz_host *fuzz_host(uint32_t i)
{
	struct fuzz_host *h = get(i);
	struct cvmm_sim_config cfg = {
		.size = sizeof(cfg),
		.profile = &h->profile,
		.max_vms = 3,
		.max_vcpus = FUZZ_VCPUS,
		.max_sve = 2 * FUZZ_VCPUS,
	};
	size_t need = 0;

	if (!h->be.ops) {
		FUZZ_CHECK(!cvmm_sim_need(&cfg, &need, NULL), "%s", h->name);
		FUZZ_CHECK(!cvmm_sim_init(&cfg, keep(need), need, &h->clean, NULL), "%s", h->name);
		FUZZ_CHECK(!cvmm_sim_clone(&h->clean, keep(need), need, &h->be, NULL), "%s", h->name);
	}
	FUZZ_CHECK(!cvmm_sim_rewind(&h->be, &h->clean), "%s", h->name);
	return h;
}
