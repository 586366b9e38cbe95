/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Texts of host profiles that were cut or changed anywhere. */
#include "profile-text.h"

#include <errno.h>

/* Whatever a text lacks at its end, the reader says so or gives a shorter profile; a sanitizer watches it. */
Test(profile, a_text_cut_anywhere_is_no_trouble)
{
	size_t len;

	for (len = 0; len < strlen(good); len++) {
		struct cvmm_profile p;
		struct cvmm_error e;
		int ret = parse(good, len, &p, &e);

		cr_assert(ret == -EINVAL || (ret == 0 && good[len - 1] == '\n'), "%zu", len);
	}
}

Test(profile, a_recorded_text_cut_anywhere_is_no_trouble)
{
	struct loaded_profile l = { 0 };
	size_t cap, len, need = 0, shorter = 0;
	struct cvmm_error e;
	struct cvmm_profile p;
	char *copy;

	load_profile(&l, "6.1.192-neoverse-n1.profile");
	/* The second variant has the same kinds of lines again. */
	for (cap = l.len / 2; memcmp(l.text + cap, "\nfeatures", 9) && cap < l.len - 9; cap++)
		;
	copy = malloc(cap);
	cr_assert_eq(cvmm_profile_need(l.text, l.len, &need, &e), 0);
	for (len = 0; len < cap; len++) {
		/* Ends where its allocation ends, so that a sanitizer sees a read beyond it. */
		char *text = copy + cap - len;
		int ret;

		memcpy(text, l.text, len);
		ret = cvmm_profile_parse(text, len, l.store, need, &p, &e);
		cr_assert(ret == -EINVAL || (ret == 0 && text[len - 1] == '\n'));
		shorter += ret == 0;
	}
	cr_assert_gt(shorter, 200u);
	free(copy);
	free(l.text);
	free(l.store);
}

/* Every single changed byte either leaves a canonical profile or is refused. */
Test(profile, a_changed_byte_never_gives_a_text_that_writes_differently)
{
	static const char bytes[] = { 0, ' ', '\n', '0', '1', 'f', 'g', 'x', '-', '*', (char)0xff };
	char text[sizeof(good)], out[sizeof(good)];
	size_t at, b, accepted = 0;

	for (at = 0; at < strlen(good); at++) {
		for (b = 0; b < sizeof(bytes); b++) {
			struct cvmm_profile p;
			struct cvmm_error e;
			size_t len = 0;

			memcpy(text, good, sizeof(good));
			text[at] = bytes[b];
			if (parse(text, strlen(good), &p, &e) || p.nskipped)
				continue;
			cr_assert_eq(cvmm_profile_write(&p, out, sizeof(out), &len, &e), 0, "%s", text);
			cr_assert_eq(len, strlen(good), "byte %zu", at);
			cr_assert_eq(memcmp(out, text, len), 0, "byte %zu", at);
			accepted++;
		}
	}
	cr_assert_gt(accepted, 500u);
}
