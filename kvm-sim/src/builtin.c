/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The built-in profiles' index; their texts are in builtin.S, which CMake writes. */
#include <cvmm/kvm-sim/profiles.h>

struct builtin {
	const char *name;
	const char *text;
	const char *end;
};

extern const struct builtin cvmm_sim_builtin[] __attribute__((visibility("hidden")));
extern const uint32_t cvmm_sim_builtins __attribute__((visibility("hidden")));

uint32_t cvmm_sim_profile_count(void)
{
	return cvmm_sim_builtins;
}

const char *cvmm_sim_profile_name(uint32_t i)
{
	return i < cvmm_sim_builtins ? cvmm_sim_builtin[i].name : NULL;
}

const char *cvmm_sim_profile_text(uint32_t i, size_t *len)
{
	if (i >= cvmm_sim_builtins)
		return NULL;
	*len = (size_t)(cvmm_sim_builtin[i].end - cvmm_sim_builtin[i].text);
	return cvmm_sim_builtin[i].text;
}
