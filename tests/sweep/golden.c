/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * golden DIR: writes the golden files that are made from sample views. They are committed; this program is kept to show
 * where they come from, and a test compares. A file that was released is never written anew.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "snap.h"

static int save(const char *dir, const char *name, const struct cvmm_view *v, uint32_t format)
{
	static uint8_t buf[1 << 16];
	char path[4096];
	size_t len = 0;
	FILE *f;
	int err = cvmm_snapshot_write(v, format, buf, sizeof(buf), &len, NULL);

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = err ? NULL : fopen(path, "wb");
	if (!f || fwrite(buf, 1, len, f) != len || fclose(f)) {
		fprintf(stderr, "golden: %s: %s\n", path, strerror(err ? -err : errno));
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct snap_sample s;
	int fails = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: golden DIR\n");
		return 2;
	}
	fails += save(argv[1], "small-1.0.snap", snap_small(&s), CVMM_FORMAT_1_0);
	fails += save(argv[1], "small-1.1.snap", snap_small(&s), CVMM_FORMAT_1_1);
	fails += save(argv[1], "rich-1.0.snap", snap_rich(&s), CVMM_FORMAT_1_0);
	(void)snap_rich(&s);
	s.view.clock = (struct cvmm_clock){ CVMM_CLOCK_CONTINUE, 0, UINT64_C(1700000000000000000) };
	fails += save(argv[1], "rich-1.1.snap", &s.view, CVMM_FORMAT_1_1);
	(void)snap_rich(&s);
	s.view.clock = (struct cvmm_clock){ CVMM_CLOCK_STOP, 0, 0 };
	fails += save(argv[1], "rich-1.1-stop.snap", &s.view, CVMM_FORMAT_1_1);
	return fails != 0;
}
