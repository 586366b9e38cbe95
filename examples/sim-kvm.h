/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What the examples share: a simulated KVM by name, in storage of the heap. The libraries never allocate; a program may. */
#ifndef SIM_KVM_H
#define SIM_KVM_H

#include <cvmm/kvm-sim/profiles.h>
#include <cvmm/kvm-sim/sim.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sim_kvm {
	struct cvmm_profile profile;
	struct cvmm_backend backend;
	void *facts;
	void *store;
};

/* aligned_alloc() wants a multiple of the alignment. */
static inline void *sim_storage(size_t bytes)
{
	return aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
}

static inline int sim_kvm_profile(struct sim_kvm *s, const char *name, struct cvmm_error *why)
{
	uint32_t i, n = cvmm_sim_profile_count();
	size_t len, bytes;
	const char *text;

	for (i = 0; i < n && strcmp(cvmm_sim_profile_name(i), name) != 0; i++)
		;
	text = cvmm_sim_profile_text(i, &len);
	if (!text || cvmm_profile_need(text, len, &bytes, why) < 0)
		return -1;
	s->facts = sim_storage(bytes);
	return s->facts ? cvmm_profile_parse(text, len, s->facts, bytes, &s->profile, why) : -1;
}

static inline int sim_kvm_open(struct sim_kvm *s, const char *name)
{
	struct cvmm_sim_config cfg = { .size = sizeof(cfg), .profile = &s->profile };
	struct cvmm_error why = { 0 };
	size_t bytes;

	memset(s, 0, sizeof(*s));
	if (sim_kvm_profile(s, name, &why) == 0 && cvmm_sim_need(&cfg, &bytes, &why) == 0) {
		s->store = sim_storage(bytes);
		if (s->store && cvmm_sim_init(&cfg, s->store, bytes, &s->backend, &why) == 0)
			return 0;
	}
	fprintf(stderr, "%s: %s\n", name, cvmm_reason_text(why.reason));
	return -1;
}

static inline void sim_kvm_close(struct sim_kvm *s)
{
	free(s->store);
	free(s->facts);
}

#endif
