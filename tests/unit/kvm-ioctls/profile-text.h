/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A small profile with every kind of line, and the reader called on a text of exactly its length. */
#ifndef PROFILE_TEXT_H
#define PROFILE_TEXT_H

#include "profiles.h"

#define HEAD  "cvmm-profile 1\narch arm64\nkernel 6.1.192\ncpu max\n"
#define X0    "6030000000100000"
#define X1    "6030000000100002"
#define V0    "6040000000100054"
#define ZEROS "0000000000000000"

static _Alignas(16) char store[1 << 16];

static int parse(const char *text, size_t len, struct cvmm_profile *p, struct cvmm_error *e)
{
	size_t need = 0;
	/* A copy of exactly this length, so that a sanitizer sees a read beyond it. */
	char *copy = malloc(len ? len : 1);
	int ret;

	memcpy(copy, text, len);
	cr_assert_eq(cvmm_profile_need(copy, len, &need, e), 0);
	cr_assert_leq(need, 4 * len + 1024);
	cr_assert_leq(need, sizeof(store));
	ret = cvmm_profile_parse(copy, len, store, need, p, e);
	free(copy);
	return ret;
}

static const char good[] =
	HEAD "cap 9 1\ncap 126 18446744073709551615\ntrait unified-features 0\ntrait writable-masks 1\n"
	     "mask 603000000013c020 00000000ff000000\nlower 603000000013c020 0f00000000000000\n"
	     "bits 6030000000160000 0000000000000001\nfeatures none\nfeatures psci_0_2\n"
	     "reg 60200000001000d4 0000000f\nreg " X0 " 0123456789abcdef\n"
	     "reg " V0 " 00112233445566778899aabbccddeeff\n"
	     "guest 603000000013d801 000000008444c004\nhvc 80000000 0 10001 0 0 0\nhvc 84000000 0 10000 * 0 0\n"
	     "features psci_0_2 pmu_v3\nreg " X0 " " ZEROS "\n";

#endif
