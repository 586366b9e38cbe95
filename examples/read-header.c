/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What is this file? Reads a snapshot's header alone: works for every format version, whatever the body is. */
#include <cvmm/snapshot/format.h>

#include <stdio.h>

int main(int argc, char **argv)
{
	struct cvmm_snapshot_info info;
	struct cvmm_error why;
	unsigned char head[4096];
	size_t len;
	FILE *f;

	if (argc != 2) {
		fprintf(stderr, "usage: read-header FILE\n");
		return 2;
	}
	f = fopen(argv[1], "rb");
	if (!f) {
		perror(argv[1]);
		return 1;
	}
	len = fread(head, 1, sizeof(head), f);
	fclose(f);
	if (cvmm_snapshot_peek(head, len, &info, &why) < 0) {
		fprintf(stderr, "%s: %s\n", argv[1], cvmm_reason_text(why.reason));
		return 1;
	}
	printf("format %u.%u, %u vCPUs, taken on Linux %s by %s\n", info.format >> 16, info.format & 0xffff, info.vcpus,
		info.kernel, info.writer);
	return 0;
}
