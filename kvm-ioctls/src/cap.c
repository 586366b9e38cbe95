/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <cvmm/kvm-ioctls/cap.h>

#include <errno.h>
#include <string.h>

#define PREFIX	     "KVM_CAP_"
#define PREFIX_BYTES (sizeof(PREFIX) - 1)

struct cap {
	uint32_t number;
	const char *name;
};

static const struct cap caps[] = {
#define CAP_ENTRY(symbol, number) { number, PREFIX #symbol },
	CVMM_CAPS(CAP_ENTRY)
#undef CAP_ENTRY
};

const char *cvmm_cap_name(uint32_t cap)
{
	size_t i;

	for (i = 0; i < sizeof(caps) / sizeof(caps[0]); i++)
		if (caps[i].number == cap)
			return caps[i].name;
	return NULL;
}

int cvmm_cap_from_name(const char *name, size_t len)
{
	size_t i;

	if (len > PREFIX_BYTES && memcmp(name, PREFIX, PREFIX_BYTES) == 0) {
		name += PREFIX_BYTES;
		len -= PREFIX_BYTES;
	}
	for (i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
		const char *have = caps[i].name + PREFIX_BYTES;

		if (strlen(have) == len && memcmp(have, name, len) == 0)
			return (int)caps[i].number;
	}
	return -ENOENT;
}
